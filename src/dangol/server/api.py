"""The API: the same answers as the terminal and Python, as JSON. One error shape: {code, message, where?, hint?}."""

from __future__ import annotations

import threading
from functools import partial
from typing import ClassVar

from fastapi import Depends, FastAPI, Query, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dangol.app import Right, Workspace, customer_number
from dangol.app.arriving import arriving
from dangol.server.access import admit, guard, need
from dangol.server.audit import add_audit
from dangol.server.backups import add_backups
from dangol.server.catalogue import add_catalogue
from dangol.server.customers import add_customers
from dangol.server.dashboards import add_dashboards
from dangol.server.described import described
from dangol.server.errors import speak_plainly
from dangol.server.held import add_held
from dangol.server.home import add_home
from dangol.server.identity import add_identity
from dangol.server.imports import add_imports
from dangol.server.insights import add_insights
from dangol.server.listing import add_listing
from dangol.server.origins import add_origins
from dangol.server.people import add_people
from dangol.server.provider import add_provider
from dangol.server.replays import add_replays
from dangol.server.reply import Plain, language
from dangol.server.rules import add_rules
from dangol.server.shared import add_shared
from dangol.server.shelf import add_shelf
from dangol.server.shop import add_shop
from dangol.server.signing import Keeper, add_signing
from dangol.server.stream import Stream, add_stream
from dangol.server.turns import long_turn


def create(workspace: Workspace, stream: Stream | None = None, *, open_here: bool = False) -> FastAPI:
    """The application over one open workspace. Changes are made one at a time; `turns` says what else waits for what.

    :param stream: what `/v1/events/live` tells; silent without.
    :param open_here: whoever asks from this computer is the owner, without an account.
    """
    app = FastAPI(
        title="dangol",
        version="1",
        description="Customers, traits and segments of one workspace. Personal data is masked.",
        default_response_class=Plain,
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        dependencies=[Depends(guard)],
    )
    turn = threading.Lock()
    speak_plainly(app)
    admit(app, workspace, open_here=open_here)
    app.add_middleware(Careful)
    app.openapi = partial(described, app)  # type: ignore[method-assign]

    _answers(app, workspace)
    keeper = Keeper(workspace)
    add_signing(app, workspace, keeper)
    add_provider(app, workspace, keeper)
    add_people(app, workspace)
    add_audit(app, workspace)
    add_shop(app, workspace, turn)
    add_backups(app, workspace)
    add_catalogue(app, workspace)
    add_rules(app, workspace)
    add_shelf(app, workspace, turn)
    add_customers(app, workspace)
    add_home(app, workspace)
    add_listing(app, workspace, turn)
    add_imports(app, workspace, turn)
    add_held(app, workspace, turn)
    add_origins(app, workspace, turn)
    add_identity(app, workspace, turn)
    add_insights(app, workspace, turn)
    add_dashboards(app, workspace, turn)
    add_shared(app, workspace)
    add_replays(app, workspace, turn)
    add_stream(app, stream or Stream(partial(arriving, workspace)))
    return app


def _answers(app: FastAPI, workspace: Workspace) -> None:
    long = long_turn(app)

    @app.get("/v1/status", summary="What is here, and how fresh it is", dependencies=[need(Right.SEE)])
    def status(request: Request, lang: str = "") -> Plain:
        return Plain(workspace.status(language(request, lang)))

    @app.get("/v1/traits", summary="Traits by family, with rule and freshness", dependencies=[need(Right.SEE)])
    def traits(request: Request, family: str | None = None, lang: str = "") -> Plain:
        return Plain(workspace.traits(language(request, lang), family=family))

    @app.get("/v1/segments", summary="Segments with their size and sentence", dependencies=[need(Right.SEE)])
    def segments(request: Request, lang: str = "") -> Plain:
        return Plain(workspace.segments(language(request, lang)))

    @app.get(
        "/v1/segments/{segment}/members",
        summary="Who is in a segment, now or as of a date",
        dependencies=[need(Right.SEE)],
    )
    def members(segment: str, as_of: str | None = None) -> Plain:
        return Plain(workspace.members(_named(workspace, segment), as_of=as_of))

    @app.get(
        "/v1/segments/{segment}/profile",
        summary="How members differ from everyone else",
        dependencies=[need(Right.SEE)],
    )
    def profile(request: Request, segment: str, limit: int = Query(20, ge=1, le=500), lang: str = "") -> Plain:
        with long:
            return Plain(workspace.segment_profile(_named(workspace, segment), language(request, lang), limit=limit))

    @app.get(
        "/v1/segments/{segment}/why/{customer}",
        summary="Why a customer is in a segment, or not",
        dependencies=[need(Right.SEE)],
    )
    def why(segment: str, customer: str) -> Plain:
        return Plain(workspace.why(_named(workspace, segment), customer_number(customer)).as_dict())

    @app.get("/v1/customers", summary="Customers with chosen traits, page by page", dependencies=[need(Right.SEE)])
    def customers(
        columns: str = "",
        order: str | None = None,
        limit: int = Query(50, ge=1, le=1000),
        offset: int = Query(0, ge=0, le=2**53),
    ) -> Plain:
        chosen = [c.strip() for c in columns.split(",") if c.strip()]
        return Plain(workspace.customers(columns=chosen, order=order, limit=limit, offset=offset))


def _named(workspace: Workspace, segment: str) -> str:
    """Only names over HTTP: a path to a file would let a request read this machine's disk."""
    return workspace.segment_name(segment)


HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none';"
    " form-action 'none'",
}
"""On every answer: nothing is kept, guessed, framed or run."""


class Careful:
    """ASGI: puts them there. Not as a middleware that calls the next one: its tasks cost more than many a question."""

    _ours: ClassVar = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def carefully(message: Message) -> None:
            if message["type"] == "http.response.start":
                theirs = [h for h in message.get("headers", ()) if h[0].decode("latin-1").lower() not in HEADERS]
                message["headers"] = [*theirs, *self._ours]
            await send(message)

        await self._app(scope, receive, carefully)
