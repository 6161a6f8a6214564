"""The first screen, and how fresh things are."""

from __future__ import annotations

from fastapi import FastAPI, Query, Request

from dangol.app import Right, Workspace
from dangol.server.access import need
from dangol.server.reply import Plain, language
from dangol.server.turns import long_turn


def add_home(app: FastAPI, workspace: Workspace) -> None:
    """The routes. Only who moved has to be worked out; the rest waits for nobody."""
    long = long_turn(app)

    @app.get("/v1/home", summary="What changed and what could be done next", dependencies=[need(Right.SEE)])
    def home(
        request: Request, days: int = Query(1, description="1, 7 or 28 days back from now"), lang: str = ""
    ) -> Plain:
        return Plain(workspace.home(language(request, lang), days=days))

    @app.get("/v1/home/flows", summary="Who moved between lifecycle stages", dependencies=[need(Right.SEE)])
    def flows(
        request: Request, days: int = Query(28, description="1, 7 or 28 days back from now"), lang: str = ""
    ) -> Plain:
        with long:
            return Plain(workspace.lifecycle_flows(language(request, lang), days=days))

    @app.get("/v1/pulse", summary="When things were computed last, and how much waits", dependencies=[need(Right.SEE)])
    def pulse() -> Plain:
        return Plain(workspace.pulse())
