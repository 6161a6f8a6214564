"""Segments as people write them, over HTTP: drafts, publishing, versions; the segment map and the RFM map."""

from __future__ import annotations

import threading
from typing import Any

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from dangol.app import Right, Workspace
from dangol.server.access import need
from dangol.server.reply import Plain, language
from dangol.server.turns import long_turn

SEE, DEFINE = need(Right.SEE), need(Right.DEFINE)


class Draft(BaseModel):
    """A draft as it is, finished or not."""

    document: dict[str, Any] = Field(description="segment, says, where, tags, folder")
    base: int = Field(0, ge=0, description="published version it was begun on; 0: none")
    seen: int = Field(0, ge=0, description="version of the draft that was changed; 0: none yet")


class Published(BaseModel):
    """A change of the published segment."""

    document: dict[str, Any] | None = Field(None, description="null archives the segment")
    seen: int = Field(0, ge=0, description="published version it was made on; 0: none")
    note: str = Field("", max_length=500, description="why, for whoever reads the versions")
    dry_run: bool = Field(False, description="only say what it would do")


def add_shelf(app: FastAPI, workspace: Workspace, turn: threading.Lock) -> None:
    """The routes."""
    ws = workspace

    @app.get("/v1/definitions/segments", summary="Segments with folder, tags, state", dependencies=[SEE])
    def listed(request: Request, lang: str = "") -> Plain:
        return Plain(ws.shelf(language(request, lang)))

    @app.get("/v1/definitions/segments.yaml", summary="Every published segment as YAML", dependencies=[SEE])
    def exported() -> Response:
        return Response(ws.segments_yaml(), media_type="application/yaml")

    @app.get("/v1/definitions/segments/{segment}", summary="One segment for its editor", dependencies=[SEE])
    def opened(request: Request, segment: str, lang: str = "") -> Plain:
        return Plain(ws.open_segment(segment, language(request, lang)))

    @app.get("/v1/definitions/segments/{segment}/versions", summary="Its versions", dependencies=[SEE])
    def versions(request: Request, segment: str, lang: str = "") -> Plain:
        return Plain(ws.segment_versions(segment, language(request, lang)))

    @app.put("/v1/definitions/segments/{segment}/draft", summary="Keep a draft", dependencies=[DEFINE])
    def save(segment: str, draft: Draft) -> Plain:
        return Plain(ws.save_draft(segment, draft.document, base=draft.base, seen=draft.seen))

    @app.delete("/v1/definitions/segments/{segment}/draft", summary="Throw a draft away", dependencies=[DEFINE])
    def drop(segment: str, seen: int = Query(ge=0)) -> Plain:
        ws.drop_draft(segment, seen=seen)
        return Plain({"dropped": segment})

    @app.post("/v1/definitions/segments/{segment}/publish", summary="Publish or archive it", dependencies=[DEFINE])
    def publish(segment: str, change: Published) -> Plain:
        with turn:
            done = ws.publish(segment, change.document, seen=change.seen, note=change.note, dry_run=change.dry_run)
            return Plain(done)

    _add_map(app, workspace)


def _add_map(app: FastAPI, ws: Workspace) -> None:
    long = long_turn(app)

    @app.get("/v1/segments/map", summary="Sizes, value, intersections, containment", dependencies=[SEE])
    def picture(request: Request, chosen: str = Query("", max_length=2000), lang: str = "") -> Plain:
        with long:
            return Plain(ws.segment_map(language(request, lang), chosen=_names(chosen)))

    @app.get("/v1/segments/flows", summary="Movement between segments over time", dependencies=[SEE])
    def flows(
        request: Request,
        since: str = Query(max_length=40),
        chosen: str = Query(max_length=2000),
        until: str = Query("", max_length=40),
        lang: str = "",
    ) -> Plain:
        with long:
            tongue = language(request, lang)
            return Plain(ws.segment_flows(chosen=_names(chosen), since=since, until=until, lang=tongue))

    @app.get("/v1/segments/{segment}/trend", summary="How its size went, day by day", dependencies=[SEE])
    def trend(segment: str, days: int = Query(90, ge=1, le=1100)) -> Plain:
        return Plain(ws.segment_trend(segment, days=days))

    @app.get("/v1/segments/{segment}/past", summary="Its size in past months, computed", dependencies=[SEE])
    def past(segment: str, months: int = Query(12, ge=1, le=36)) -> Plain:
        with long:
            return Plain(ws.segment_past(segment, months=months))

    @app.get("/v1/rfm", summary="Customers and worth by recency and frequency", dependencies=[SEE])
    def rfm() -> Plain:
        return Plain(ws.rfm())


def _names(text: str) -> list[str]:
    return [n.strip() for n in text.split(",") if n.strip()]
