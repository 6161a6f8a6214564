"""What is sent, what should be sent, and the weather, over HTTP: all of it to read, none of it personal."""

from __future__ import annotations

from fastapi import FastAPI, Query

from dangol.app import Right, Workspace
from dangol.server.access import need
from dangol.server.reply import Plain


def add_catalogue(app: FastAPI, workspace: Workspace) -> None:
    """The routes. They wait for nobody."""

    @app.get(
        "/v1/events",
        summary="The catalogue of events: how often, since when, planned or not",
        dependencies=[need(Right.SEE)],
    )
    def events(source: str | None = None) -> Plain:
        return Plain(workspace.events(source=source))

    @app.get(
        "/v1/events/properties",
        summary="An event's properties: types, how often, examples, what the plan says",
        dependencies=[need(Right.SEE)],
    )
    def properties(event: str, source: str | None = None) -> Plain:
        return Plain(workspace.event_properties(event, source=source))

    @app.get("/v1/tracking", summary="Tracking plans by source", dependencies=[need(Right.SEE)])
    def plans() -> Plain:
        return Plain(workspace.tracking())

    @app.get(
        "/v1/tracking/violations",
        summary="What broke a tracking plan, by day and kind, with samples",
        dependencies=[need(Right.SEE)],
    )
    def violations(days: int = Query(7, ge=0, le=90), source: str | None = None, event: str | None = None) -> Plain:
        return Plain(workspace.violations(days=days, source=source, event=event))

    @app.get(
        "/v1/weather",
        summary="What is known of each place's weather, and what is missing",
        dependencies=[need(Right.SEE)],
    )
    def weather() -> Plain:
        return Plain(workspace.weather())
