"""Quarantine over HTTP: by reason, row by row (masked), mended, replayed, closed for a reason, exported."""

from __future__ import annotations

import threading
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from dangol.app import Right, Workspace, held
from dangol.app.asking import speaking
from dangol.schema import NotFoundError, Text
from dangol.server.access import need
from dangol.server.imports import Change
from dangol.server.numbers import Number
from dangol.server.reply import Plain, language, whole
from dangol.server.table import attached
from dangol.server.turns import long_turn


def which(
    batch: Number | None = None,
    reason: Annotated[str | None, Query(max_length=60)] = None,
    field: Annotated[str | None, Query(max_length=200)] = None,
    status: Annotated[str, Query(pattern="^(open|replayed|dismissed)$")] = "open",
) -> held.Which:
    """The rows a request speaks of."""
    return held.Which(batch, reason, field, status)


class Reason(BaseModel):
    """Why personal data is looked at."""

    reason: str = Field("", max_length=500)


class Mended(BaseModel):
    """A mended mapping, for the rows of one import."""

    batch: Number
    mapping: dict[str, Any]


class Edit(BaseModel):
    """A mapping so far, and columns taken for something else."""

    mapping: dict[str, Any]
    change: list[Change] = Field(default_factory=list, max_length=2_000)


class Replay(BaseModel):
    """Read rows again: of one import, or of all; with a mended mapping, or as they were read before."""

    batch: Number | None = None
    mapping: dict[str, Any] | None = None


class Dismiss(BaseModel):
    """Close rows without taking them: these, or all that fit."""

    reason: str = Field("", max_length=500)
    ids: list[str] = Field(default_factory=list, max_length=10_000)
    batch: Number | None = None
    code: str | None = Field(None, max_length=60, description="only rows with this reason")
    field: str | None = Field(None, max_length=200)


def add_held(app: FastAPI, workspace: Workspace, turn: threading.Lock) -> None:
    """The routes; `turn` is what changes wait for."""
    long = long_turn(app)
    see, take = [need(Right.SEE)], [need(Right.TAKE)]

    @app.get("/v1/quarantine", summary="Rows that could not be read, masked", dependencies=take)
    def rows(
        request: Request,
        asked: Annotated[held.Which, Depends(which)],
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
        offset: Annotated[int, Query(ge=0, le=2**53)] = 0,
        lang: str = "",
    ) -> Plain:
        with speaking(language(request, lang)):
            return Plain(held.page(workspace, asked, limit=limit, offset=offset))

    @app.get("/v1/quarantine/reasons", summary="Why rows could not be read, and how many", dependencies=see)
    def reasons(request: Request, lang: str = "") -> Plain:
        with speaking(language(request, lang)):
            return Plain(held.groups(workspace))

    @app.get("/v1/quarantine/export", summary="The list as CSV", dependencies=[need(Right.EXPORT)])
    def export(request: Request, asked: Annotated[held.Which, Depends(which)], lang: str = "") -> Response:
        with long, speaking(language(request, lang)):
            return attached(held.exported(workspace, asked).table, "quarantine.csv")

    @app.post(
        "/v1/quarantine/{row}/reveal", summary="A row as it came, for a reason", dependencies=[need(Right.REVEAL)]
    )
    def reveal(request: Request, row: str, wanted: Reason, lang: str = "") -> Plain:
        with speaking(language(request, lang)):
            return Plain({"row": workspace.quarantined_row(_number(row), reason=wanted.reason)})

    @app.get("/v1/imports/{batch}/mapping", summary="What an import was read with", dependencies=take)
    def mapping(request: Request, batch: Number, lang: str = "") -> Plain:
        with speaking(language(request, lang)):
            return Plain(held.described(workspace, batch))

    @app.post("/v1/imports/{batch}/mapping", summary="The same while it is being mended", dependencies=take)
    def edited(request: Request, batch: Number, wanted: Edit, lang: str = "") -> Plain:
        with speaking(language(request, lang)):
            change = [c.model_dump() for c in wanted.change]
            return Plain(held.described(workspace, batch, wanted.mapping, change))

    @app.post("/v1/quarantine/try", summary="What a mended mapping would take", dependencies=take)
    def try_mapping(request: Request, wanted: Mended, lang: str = "") -> Plain:
        with turn, speaking(language(request, lang)):
            return Plain(held.try_mapping(workspace, wanted.batch, wanted.mapping))

    @app.post("/v1/quarantine/replay", summary="Read rows again: a job", dependencies=take, status_code=202)
    def replay(request: Request, wanted: Replay, lang: str = "") -> Plain:
        with speaking(language(request, lang)):
            return Plain(workspace.jobs.start("replay", wanted.model_dump()).as_dict(), status_code=202)

    @app.post("/v1/quarantine/dismiss", summary="Close rows without taking them", dependencies=take)
    def dismiss(request: Request, wanted: Dismiss, lang: str = "") -> Plain:
        asked = held.Which(wanted.batch, wanted.code, wanted.field)
        with turn, speaking(language(request, lang)):
            closed = held.dismiss(workspace, asked, [_number(i) for i in wanted.ids], wanted.reason)
            return Plain({"closed": closed})


def _number(text: str) -> int:
    number = whole(text)
    if number is None:
        raise NotFoundError(Text("there is no such row in quarantine", "격리된 행 가운데 그런 것이 없습니다"))
    return number
