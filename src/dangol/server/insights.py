"""Questions over HTTP: what can be asked, the answer, and who is behind a number."""

from __future__ import annotations

import threading
from typing import Annotated, Any

from fastapi import Body, FastAPI, Query, Request
from pydantic import BaseModel, Field

from dangol.app import Right, Workspace
from dangol.server.access import need, whoever
from dangol.server.reply import Plain, language
from dangol.server.underway import Underway

AT_ONCE = 2
"""Questions answered at once: more would only make each of them wait."""


Ticket = Annotated[
    str, Query(pattern="^[0-9a-f]{0,32}$", description="made up by who asks: to look how far, and to stop")
]


class Behind(BaseModel):
    """Which number, and which page of the customers behind it."""

    question: dict[str, Any] = Field(default_factory=dict, description="the question as it was asked")
    cell: dict[str, Any] = Field(default_factory=dict, description="what the row of the answer says of itself")
    limit: int = Field(100, ge=0, le=10_000, description="customer ids given back at most")
    offset: int = Field(0, ge=0, le=2**53)


def add_insights(app: FastAPI, workspace: Workspace, _turn: threading.Lock) -> None:
    """The routes. They have a turn of their own, so that nobody waits for a picture who wants to see a customer."""
    ours, underway = threading.Semaphore(AT_ONCE), Underway()

    @app.get("/v1/insights", summary="Every kind of question, with its JSON Schema", dependencies=[need(Right.SEE)])
    def kinds(request: Request, lang: str = "") -> Plain:
        return Plain(workspace.questions(language(request, lang)))

    @app.post("/v1/insights/{kind}", summary="Ask a question", dependencies=[need(Right.SEE)])
    def ask(
        request: Request,
        kind: str,
        question: Annotated[dict[str, Any] | None, Body()] = None,
        lang: str = "",
        ticket: Ticket = "",
    ) -> Plain:
        said = language(request, lang)
        with (
            underway.asking(_who(request), ticket, kind) as asked,
            asked.turn(ours),
            asked.stopping(workspace.stopper()),
        ):
            return Plain(workspace.ask({**(question or {}), "kind": kind}, said).as_dict(said))

    @app.get(
        "/v1/insights/underway/{ticket}",
        summary="How far the answer to a question is",
        dependencies=[need(Right.SEE)],
    )
    def look(request: Request, ticket: str) -> Plain:
        return Plain(underway.look(_who(request), ticket[:32]))

    @app.delete(
        "/v1/insights/underway/{ticket}",
        summary="Stop a question that nobody waits for any more",
        dependencies=[need(Right.SEE)],
    )
    def stop(request: Request, ticket: str) -> Plain:
        return Plain({"stopped": underway.end(_who(request), ticket[:32])})

    @app.post(
        "/v1/insights/{kind}/people",
        summary="The customers behind one number of an answer",
        dependencies=[need(Right.SEE)],
    )
    def people(request: Request, kind: str, behind: Behind, lang: str = "") -> Plain:
        said = language(request, lang)
        with ours:
            found = workspace.ask_people(
                {**behind.question, "kind": kind}, behind.cell, limit=behind.limit, offset=behind.offset
            )
            return Plain(found.as_dict(said))


def _who(request: Request) -> str:
    person = whoever(request)
    return f"{person.kind}:{person.id}"
