"""Dashboards over HTTP: made, changed, answered tile by tile, shared, taken as files."""

from __future__ import annotations

import threading
from typing import Annotated, Any

from fastapi import Body, FastAPI, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from dangol.app import Right, Workspace
from dangol.app.handing_out import Format
from dangol.server.access import need
from dangol.server.numbers import MOST, Number
from dangol.server.reply import Plain, language
from dangol.server.table import attached

AT_ONCE = 2
"""Tiles answered at once: more would only make each of them wait."""


class Change(BaseModel):
    """A dashboard's document, and the version it was changed on."""

    document: dict[str, Any] = Field(description="says, note, tiles, period, compare, schedule")
    version: Number = Field(0, ge=0, description="the version this change was made on; 0: it is new")
    note: str = Field("", max_length=500, description="why")


class Pin(BaseModel):
    """An answer to pin."""

    question: dict[str, Any] = Field(description="the question as it was asked, with its kind")
    view: str = Field("auto", max_length=40)
    table: str = Field("", max_length=40)
    title: str = Field("", max_length=200)


class Link(BaseModel):
    """A link to make."""

    days: int | None = Field(90, ge=1, le=3650, description="it ends after so many days; null: when somebody ends it")
    least: int = Field(10, ge=0, le=1000, description="numbers of fewer customers than this are left out")


def add_dashboards(app: FastAPI, workspace: Workspace, _turn: threading.Lock) -> None:
    """The routes. Answers have a turn of their own, as questions have."""
    _kept(app, workspace)
    _answers(app, workspace, threading.Semaphore(AT_ONCE))
    _links(app, workspace)


def _kept(app: FastAPI, workspace: Workspace) -> None:
    @app.get("/v1/dashboards", summary="Every dashboard", dependencies=[need(Right.SEE)])
    def listed(request: Request, lang: str = "") -> Plain:
        return Plain(workspace.dashboards(language(request, lang)))

    @app.post("/v1/dashboards", summary="Make a dashboard", dependencies=[need(Right.DEFINE)])
    def make(change: Change) -> Plain:
        return Plain(workspace.make_dashboard(change.document, note=change.note), status_code=201)

    @app.get("/v1/dashboards/{name}", summary="One dashboard: version and document", dependencies=[need(Right.SEE)])
    def opened(name: str) -> Plain:
        return Plain(workspace.dashboard(name))

    @app.get("/v1/dashboards/{name}/versions", summary="Every version of a dashboard", dependencies=[need(Right.SEE)])
    def versions(name: str) -> Plain:
        return Plain(workspace.dashboard_versions(name))

    @app.put(
        "/v1/dashboards/{name}",
        summary="Change a dashboard; 409 when somebody else was quicker",
        dependencies=[need(Right.DEFINE)],
    )
    def save(name: str, change: Change) -> Plain:
        return Plain(workspace.save_dashboard(name, change.document, version=change.version, note=change.note))

    @app.delete(
        "/v1/dashboards/{name}", summary="Take a dashboard away; its links end", dependencies=[need(Right.DEFINE)]
    )
    def remove(name: str, version: int = Query(ge=1, le=MOST), note: str = "") -> Plain:
        workspace.remove_dashboard(name, version=version, note=note)
        return Plain({"removed": name})

    @app.post("/v1/dashboards/{name}/tiles", summary="Pin an answer", dependencies=[need(Right.DEFINE)])
    def pin(name: str, pin: Pin) -> Plain:
        return Plain(workspace.pin(name, pin.question, view=pin.view, table=pin.table, title=pin.title))


def _answers(app: FastAPI, workspace: Workspace, ours: threading.Semaphore) -> None:
    @app.get("/v1/dashboards/{name}/tiles/{tile}", summary="A tile's answer", dependencies=[need(Right.SEE)])
    def tile(request: Request, name: str, tile: str, period: str = "", lang: str = "") -> Plain:
        said = language(request, lang)
        with ours:
            return Plain(workspace.tile(name, tile, period=period).as_dict(said))

    def file(kind: str, question: dict[str, Any], how: Format, table: str) -> Response:
        with ours:
            text = workspace.file_of({**question, "kind": kind}, how, table=table)
        name = f"{kind}-{table}.{how}" if table.isidentifier() and table.isascii() else f"answer.{how}"
        return attached(text, name, how)

    @app.post("/v1/insights/{kind}/csv", summary="A table of an answer as CSV", dependencies=[need(Right.EXPORT)])
    def as_csv(kind: str, question: Annotated[dict[str, Any] | None, Body()] = None, table: str = "") -> Response:
        return file(kind, question or {}, "csv", table)

    @app.post(
        "/v1/insights/{kind}/parquet", summary="A table of an answer as Parquet", dependencies=[need(Right.EXPORT)]
    )
    def as_parquet(kind: str, question: Annotated[dict[str, Any] | None, Body()] = None, table: str = "") -> Response:
        return file(kind, question or {}, "parquet", table)


def _links(app: FastAPI, workspace: Workspace) -> None:
    @app.get("/v1/dashboards/{name}/links", summary="Links to a dashboard", dependencies=[need(Right.DEFINE)])
    def links(name: str) -> Plain:
        return Plain(workspace.dashboard_links(name))

    @app.post(
        "/v1/dashboards/{name}/links",
        summary="Make a link that shows a dashboard; its token is shown once",
        dependencies=[need(Right.DEFINE)],
    )
    def share(name: str, link: Link) -> Plain:
        token, made = workspace.share_dashboard(name, days=link.days, least=link.least)
        return Plain({"token": token, "path": f"/shared#{token}", "id": made.id, "until": made.until}, status_code=201)

    @app.delete("/v1/dashboards/{name}/links/{number}", summary="End a link", dependencies=[need(Right.DEFINE)])
    def end(name: str, number: Number) -> Plain:
        workspace.end_link(name, number)
        return Plain({"ended": number})
