"""The audit log over HTTP. Owners only."""

from __future__ import annotations

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response

from dangol.app import Right, Workspace, auditing
from dangol.app.auditing import Looking
from dangol.server.access import need
from dangol.server.reply import Plain, language
from dangol.server.table import attached

MOST_EXPORTED = 100_000
ADMINISTER = [need(Right.ADMINISTER)]


def add_audit(app: FastAPI, workspace: Workspace) -> None:
    """The routes."""

    @app.get("/v1/audit", summary="Who did what, the newest first", dependencies=ADMINISTER)
    def audit(
        request: Request,
        actor: str = Query("", max_length=100),
        action: str = Query("", max_length=60),
        kind: str = Query("", max_length=40),
        subject: str = Query("", max_length=200),
        since: str = Query("", max_length=40),
        until: str = Query("", max_length=40),
        limit: int = Query(50, ge=1, le=500),
        offset: int = Query(0, ge=0, le=2**40),
        lang: str = "",
    ) -> Plain:
        asked = Looking(actor, action, kind, subject, since, until, limit, offset)
        found = auditing.looked(workspace, asked, language(request, lang))
        return Plain({"rows": found, "total": found.facts["total"]})

    @app.get("/v1/audit/actors", summary="Whom the audit log names, and what it can tell of", dependencies=ADMINISTER)
    def actors(request: Request, lang: str = "") -> Plain:
        said = language(request, lang)
        actions = [{"action": name, "says": text.say(said)} for name, text in auditing.ACTIONS.items()]
        return Plain({"actors": auditing.who_acted(workspace), "actions": actions})

    @app.get(
        "/v1/audit/export",
        summary="The audit log as CSV",
        dependencies=ADMINISTER,
        response_class=Response,
        responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    )
    def export(
        request: Request,
        actor: str = Query("", max_length=100),
        action: str = Query("", max_length=60),
        since: str = Query("", max_length=40),
        until: str = Query("", max_length=40),
        lang: str = "",
    ) -> Response:
        asked = Looking(actor=actor, action=action, since=since, until=until, limit=MOST_EXPORTED)
        found = auditing.looked(workspace, asked, language(request, lang))
        workspace.store.audit.write(
            workspace.actor, "rows.exported", "audit", now=workspace.real_now(), after={"rows": len(found)}
        )
        return attached(found.table, "audit.csv")
