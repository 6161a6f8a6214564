"""Session recordings over HTTP: found by friction, given to the player part by part, and added up to the heat of a page."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any, Literal

from fastapi import FastAPI, Path, Query
from pydantic import BaseModel, Field

from dangol.app import Right, Workspace
from dangol.app.replay_search import MANY, Friction
from dangol.server.access import need
from dangol.server.numbers import Number
from dangol.server.reply import Plain


class Behind(BaseModel):
    """The number whose customers' visits are wanted, as in the people of a question."""

    question: dict[str, Any] = Field(description="the question as it was asked, with its kind")
    cell: dict[str, Any] = Field(default_factory=dict, description="what the row of the answer says of itself")


class Wanted(BaseModel):
    """Which recordings: those that pass every test given."""

    friction: list[Friction] = Field(
        default_factory=list, description="any of these happened; empty: whatever happened"
    )
    customers: list[int] | None = Field(None, max_length=MANY, description="only these customers'")
    behind: Behind | None = Field(None, description="only of customers behind this number of an answer")
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    seconds: Number = Field(0, ge=0, description="at least so long")
    limit: int = Field(50, ge=1, le=500)
    offset: int = Field(0, ge=0, le=2**53)


def add_replays(app: FastAPI, workspace: Workspace, _turn: threading.Lock) -> None:
    """The routes. A recording is masked where it was made, so seeing is enough."""
    ours = threading.Semaphore(2)

    @app.post(
        "/v1/replays/search", summary="Recorded sessions, by what went wrong in them", dependencies=[need(Right.SEE)]
    )
    def search(wanted: Wanted) -> Plain:
        behind = (wanted.behind.question, wanted.behind.cell) if wanted.behind else None
        with ours:
            answer = workspace.find_replays(
                behind=behind,
                friction=tuple(wanted.friction),
                customers=wanted.customers,
                since=_aware(wanted.since),
                until=_aware(wanted.until),
                seconds=wanted.seconds,
                limit=wanted.limit,
                offset=wanted.offset,
            )
        return Plain({"replays": answer.table.to_pylist(), **answer.facts, "note": answer.note})

    @app.get("/v1/replays/{session}", summary="A recording's parts, for the player", dependencies=[need(Right.SEE)])
    def opened(session: str) -> Plain:
        return Plain(workspace.replay_opened(session))

    @app.get(
        "/v1/replays/{session}/{recording}/{part}",
        summary="One part of a recording: the recorder's own events, masked",
        dependencies=[need(Right.SEE)],
    )
    def part(session: str, recording: str, part: int = Path(ge=0, le=2**31)) -> Plain:
        return Plain(workspace.replay_part(session, recording, part))

    @app.get("/v1/heat", summary="Pages that recordings show", dependencies=[need(Right.SEE)])
    def pages(limit: int = Query(100, ge=1, le=300)) -> Plain:
        with ours:
            return Plain(workspace.recorded_pages(limit=limit))

    @app.get(
        "/v1/heat/page",
        summary="Clicks, moves and scrolling of a page, with its picture",
        dependencies=[need(Right.SEE)],
    )
    def heat(
        path: str = Query(min_length=1, max_length=1000),
        device: Literal["mobile", "tablet", "desktop"] | None = None,
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
    ) -> Plain:
        with ours:
            return Plain(workspace.heat(path, device=device, since=_aware(since), until=_aware(until)))


def _aware(moment: dt.datetime | None) -> dt.datetime | None:
    """A moment without a zone is UTC."""
    return moment.replace(tzinfo=dt.UTC) if moment is not None and moment.tzinfo is None else moment
