"""Who may come in: every request is somebody's, every route says what right it needs, and what says nothing is refused.

`admit` puts the door before the application; `need(Right.SEE)` is a route's dependency, `anybody()` that of the few routes
that are there for people who have not signed in. `request.state.person` is who asks.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dangol.app import Right, Workspace
from dangol.app.access import Person, by_key, by_session, computer
from dangol.app.workspace import acting
from dangol.privacy import RIGHT_WORDS
from dangol.schema import RefusedError, SignInError, Text
from dangol.server.errors import answered
from dangol.server.local import is_loopback, is_own_name

HEADER, CONSOLE = "x-dangol", "console"
"""What a page of another site cannot send: the browser would have to ask first, and nobody answers."""

_SAFE = {"GET", "HEAD", "OPTIONS"}

LARGEST, STRANGERS = 8_000_000, 64_000
"""Bytes of a body: of what people here say, and of what whoever has not signed in says."""

REMEMBERED = 5.0
"""Seconds a key is believed to be what it was. One that this server's own process revokes is forgotten at once; so long does
one go on working that another process revoked, and a pass whose day is over."""

MOST = 1_000
"""Keys that are remembered."""

_LONG = {"/v1/uploads"}
"""Bodies that go to the disk piece by piece, under a setting of their own."""


class Need:
    """A route's dependency: the right it asks for. Null: anybody may come."""

    def __init__(self, right: Right | None) -> None:
        self.right = right

    async def __call__(self, request: Request) -> None:
        """Nothing: `guard` reads it, so that a route without one is refused rather than forgotten."""


def need(right: Right) -> Any:
    """``dependencies=[need(Right.DEFINE)]``: only for people and programs that have this right."""
    return Depends(Need(right))


def anybody() -> Any:
    """``dependencies=[anybody()]``: for people who have not signed in."""
    return Depends(Need(None))


def whoever(request: Request) -> Person:
    """Who asks. Raises `SignInError` where nobody is known."""
    person: Person | None = getattr(request.state, "person", None)
    if person is None:
        raise _unknown()
    return person


async def guard(request: Request) -> None:
    """A dependency of the whole application. Raises `SignInError` for nobody, `RefusedError` for who may not."""
    asked = needed(request.scope.get("route"))
    if asked is None:
        raise RefusedError(Text("this address says nobody may use it", "아무도 쓸 수 없는 주소입니다"))
    if asked.right is None:
        return
    expect(whoever(request), asked.right)


def expect(person: Person, wanted: Right) -> None:
    """Raises `RefusedError` for whoever may not."""
    if not person.may(wanted):
        right = RIGHT_WORDS[wanted]
        raise RefusedError(
            Text(f"your role may not do this: {right.en}", f"이 역할로는 할 수 없습니다: {right.ko}"),
            hint=Text("ask an owner for a role that may", "할 수 있는 역할을 소유자에게 부탁하세요"),
        )


def needed(route: object) -> Need | None:
    """What a route asks for; null where it does not say."""
    found = [d.dependency for d in getattr(route, "dependencies", ()) if isinstance(d.dependency, Need)]
    return found[0] if found else None


class Keyring:
    """Whose keys these are: of a program that asks ten times a second the store is not asked each time."""

    def __init__(self, workspace: Workspace, clock: Callable[[], float] = time.monotonic) -> None:
        self._ws = workspace
        self._clock = clock
        self._known: dict[bytes, tuple[float, int, Person]] = {}

    async def find(self, key: str) -> Person | None:
        """Whoever holds the key; null where it opens nothing. Keys that open nothing are not remembered."""
        place = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
        now, revocations = self._clock(), self._ws.store.api_keys.revocations
        known = self._known.get(place)
        if known is not None and known[1] == revocations and now - known[0] < REMEMBERED:
            return known[2]
        person = await run_in_threadpool(by_key, self._ws, key)
        if person is None:
            self._known.pop(place, None)
            return None
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[place] = now, revocations, person
        return person


class Door:
    """ASGI: finds out who asks, and turns away requests that other sites made, or that nobody may make."""

    def __init__(
        self, app: ASGIApp, workspace: Workspace, routes: Callable[[], Sequence[object]], open_here: bool
    ) -> None:
        """:param open_here: requests of this computer's own programs and people are the owner's, without an account."""
        self._app = app
        self._ws = workspace
        self._routes = routes
        self._open_here = open_here
        self._public: list[re.Pattern[str]] | None = None
        self._keys = Keyring(workspace)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        refused: RefusedError | SignInError | None = self._wrong_place(request)
        person, ambient = None, True
        if refused is None:
            person, ambient = await self._who(request)
            refused = self._turned_away(request, person, ambient)
        if refused is not None:
            await answered(request, refused)(scope, receive, send)
            return
        scope.setdefault("state", {})["person"] = person
        if request.method not in _SAFE and request.url.path not in _LONG:
            receive = _bounded(request, receive, STRANGERS if self._is_public(request.url.path) else LARGEST)
        with acting(person.actor if person else ""):
            await self._app(scope, receive, send)

    async def _who(self, request: Request) -> tuple[Person | None, bool]:
        """Who asks, and whether a browser would say so by itself, whichever page asks."""
        kind, _, key = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return await self._keys.find(key.strip()), False
        token = request.cookies.get(self._ws.staff.cookie, "")
        person = await run_in_threadpool(by_session, self._ws, token) if token else None
        if person is None and self._open_here and _from_here(request):
            person = computer(self._ws)
        return person, True

    def _wrong_place(self, request: Request) -> RefusedError | None:
        """A name that is not ours is somebody's trick (DNS rebinding); our own name from elsewhere needs TLS."""
        host = re.sub(r":\d+$", "", request.headers.get("host", "")).lower()
        if is_own_name(host):
            return None
        settings = self._ws.settings
        if host not in [name.lower() for name in settings.allowed_hosts]:
            return RefusedError(
                Text("this name is not this machine's", "이 컴퓨터의 이름이 아닙니다"),
                hint=Text(
                    "open it as 127.0.0.1 or localhost, or name it in allowed_hosts",
                    "127.0.0.1이나 localhost로 열거나, 설정 allowed_hosts에 적으세요",
                ),
            )
        if request.url.scheme != "https" and settings.plain_http != "yes":
            return RefusedError(
                Text("from other machines only with TLS (https)", "다른 컴퓨터에서는 TLS(https)로만 열 수 있습니다"),
                hint=Text(
                    "put a proxy with a certificate before it, or set plain_http: yes in a network you trust",
                    "인증서가 있는 프록시를 앞에 두거나, 믿는 망이면 plain_http: yes로 정하세요",
                ),
            )
        return None

    def _turned_away(self, request: Request, person: Person | None, ambient: bool) -> RefusedError | SignInError | None:
        if ambient and request.method not in _SAFE and _of_another_site(request):
            return RefusedError(
                Text("this request did not come from the console", "콘솔에서 보낸 요청이 아닙니다"),
                hint=Text(f"send the header {HEADER}: {CONSOLE}", f"헤더 {HEADER}: {CONSOLE}를 보내세요"),
            )
        if person is None and request.url.path.startswith("/v1/") and not self._is_public(request.url.path):
            return _unknown(key=not ambient)
        return None

    def _is_public(self, path: str) -> bool:
        """Whether a route is there for people who have not signed in. Bodies of others' requests are not even read."""
        if self._public is None:
            routes = [r for r in self._routes() if isinstance(r, APIRoute)]
            asked = [(r.path_regex, needed(r)) for r in routes]
            self._public = [pattern for pattern, said in asked if said is not None and said.right is None]
        return path == "/v1/openapi.json" or any(pattern.match(path) for pattern in self._public)


def admit(app: FastAPI, workspace: Workspace, *, open_here: bool) -> None:
    """Put the door before everything that `app` answers."""
    app.add_middleware(Door, workspace=workspace, routes=lambda: app.routes, open_here=open_here)


def _bounded(request: Request, receive: Receive, most: int) -> Receive:
    """`receive` as far as `most` bytes: what is said to be longer is not read, what is longer is not read on."""
    said, heard = request.headers.get("content-length", ""), 0
    long = said.isascii() and said.isdigit() and (len(said) > 15 or int(said) > most)

    async def hear() -> Message:
        nonlocal heard
        message: Message = {} if long else await receive()
        heard += len(message.get("body", b""))
        if long or heard > most:
            raise HTTPException(413)
        return message

    return hear


def _from_here(request: Request) -> bool:
    """Whether this computer itself asks, and nobody through a proxy on it."""
    passed_on = any(name in request.headers for name in ("x-forwarded-for", "x-real-ip", "forwarded", "via"))
    return not passed_on and is_loopback(request.client.host if request.client else "")


def _of_another_site(request: Request) -> bool:
    if request.headers.get(HEADER) != CONSOLE:
        return True
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("origin")
    if origin is None:
        return False
    try:
        return urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower()
    except ValueError:
        return True


def _unknown(*, key: bool = False) -> SignInError:
    if key:
        return SignInError(
            Text("this key opens nothing, or not any more", "쓸 수 없거나 취소된 키입니다"),
            hint=Text("make one: dangol keys add NAME", "키를 만드세요: dangol keys add 이름"),
        )
    return SignInError(
        Text("nobody is signed in", "로그인하지 않았습니다"),
        hint=Text(
            "sign in, or send a key: Authorization: Bearer …", "로그인하거나 키를 보내세요: Authorization: Bearer …"
        ),
    )
