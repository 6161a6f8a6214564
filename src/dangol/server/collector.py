"""The collector: Segment's and RudderStack's HTTP interfaces, as the SDKs in use really speak them. Lean: no framework here.

The answer to everything that was kept is exactly ``200 {"success":true}``: some SDKs take any other 2xx for a failure, and send
again.
What is wrong with an event is found later, and put aside; only what cannot be taken at all is told to the sender.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import parse_qsl

import orjson

from dangol.collect.wire import (
    GZIP,
    BodyError,
    Envelope,
    WireLimits,
    basic_user,
    check_replay,
    is_oversized,
    kept_ip,
    read_body,
    replay_text,
    unpacked,
    write_key,
)
from dangol.schema import DangolError, Lang, Text
from dangol.server.arrival import whole
from dangol.server.gate import Gate, Verdict
from dangol.server.intake import FullError, Intake, ShedError
from dangol.server.visitor import renewed
from dangol.store import WriteKey

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

CALLS = {
    **{f"/v1/{name}": name for name in ("identify", "track", "page", "screen", "group", "alias", "merge", "batch")},
    **dict(zip(("/v1/i", "/v1/t", "/v1/p", "/v1/s", "/v1/g", "/v1/a", "/v1/b"),
               ("identify", "track", "page", "screen", "group", "alias", "batch"), strict=True)),
    "/v1/import": "batch",
    "/beacon/v1/batch": "batch",
    "/v1/m": "metrics",
    "/v1/replay": "replay",
    "/v1/visitor": "visitor",
}  # fmt: skip
PIXELS = {
    "/pixel/v1/track": "track",
    "/pixel/v1/page": "page",
    **{f"/v1/pixel/{name}": name for name in ("track", "page", "identify", "screen", "group", "alias")},
}
SETTINGS = ("/v1/projects/", "/settings")
SOURCE_CONFIG = "/sourceConfig"
ALIVE = ("/health", "/version")

BODY_SECONDS = 30.0
"""How long a body may take to arrive."""

_OK = b'{"success":true}'
_TAKEN_HEAD = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(_OK)),
        (b"cache-control", b"no-store"),
    ],
}
_TAKEN_BODY = {"type": "http.response.body", "body": _OK}
_GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_REFUSED: dict[str, tuple[int, Text]] = {
    "no_key": (401, Text("the request carries no write key", "요청에 쓰기 키가 없습니다")),
    "unknown_key": (401, Text("the write key is unknown or was revoked", "모르는 쓰기 키이거나 취소된 키입니다")),
    "server_key_in_browser": (
        403,
        Text("this is a server's key: a web page must use a browser key", "서버 키입니다. 웹페이지에서는 브라우저 키를 쓰세요"),
    ),
    "origin": (403, Text("the key may not be used from this web origin", "이 웹 출처에서는 쓸 수 없는 키입니다")),
    "replay_off": (403, Text("session recordings are not taken here", "여기서는 세션 녹화를 받지 않습니다")),
    "too_often": (429, Text("more requests than the key allows", "키에 정해진 한도를 넘었습니다")),
    "quota": (429, Text("the key has sent as many events as it may today", "키가 오늘 보낼 수 있는 이벤트를 다 보냈습니다")),
    "overloaded": (429, Text("too many events wait to be taken in", "처리를 기다리는 이벤트가 너무 많습니다")),
    "slow": (408, Text("the request took too long to arrive", "요청이 도착하는 데 너무 오래 걸렸습니다")),
    "full": (503, Text("events cannot be kept right now", "지금은 이벤트를 받아 둘 수 없습니다")),
    "method_not_allowed": (405, Text("this address cannot be used that way", "이 주소는 그렇게 쓸 수 없습니다")),
}  # fmt: skip


class Watching(Protocol):
    """Whoever looks at what arrives."""

    @property
    def watched(self) -> bool:
        """Whether anybody does. Asked at every request."""

    def tell(self, envelope: Envelope, text: bytes) -> None:
        """A request was kept. Never waits."""


class Collector:
    """An ASGI application for the paths `takes` names."""

    def __init__(
        self,
        intake: Intake,
        gate: Gate,
        *,
        now: Callable[[], dt.datetime],
        token: Callable[[], str],
        limits: WireLimits | None = None,
        replays: Callable[[], bool] = lambda: True,
        stream: Watching | None = None,
    ) -> None:
        """:param token: a new name for each request, that no other has.

        :param replays: whether session recordings are taken, now.
        :param stream: is told what was kept while somebody looks.
        """
        self._intake = intake
        self._gate = gate
        self._now = now
        self._token = token
        self._limits = limits or WireLimits()
        self._replays = replays
        self._stream = stream

    @staticmethod
    def takes(path: str) -> bool:
        """Whether a path is the collector's."""
        return (
            path in CALLS
            or path in PIXELS
            or path in ALIVE
            or path.rstrip("/") == SOURCE_CONFIG
            or (path.startswith(SETTINGS[0]) and path.endswith(SETTINGS[1]))
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope["method"]
        headers = {_named(name): value.decode("latin-1") for name, value in scope["headers"]}
        asked = scope["query_string"]
        query = dict(parse_qsl(asked.decode("latin-1"), keep_blank_values=True)) if asked else {}
        try:
            if method == "OPTIONS":
                await _answer(send, 204, b"", {**_cors(headers), **_preflight(headers)})
            elif path in CALLS and method == "POST":
                await self._post(scope, headers, query, receive, send)
            elif path in PIXELS and method in ("GET", "HEAD"):
                await self._pixel(scope, headers, query, send)
            elif method in ("GET", "HEAD") and path not in CALLS:
                await self._tell(scope, headers, query, send)
            else:
                await _refuse(send, headers, "method_not_allowed")
        except BodyError as error:
            said = error.as_dict(_language(headers))
            await _answer(send, 413 if error.too_large else 400, orjson.dumps(said), _cors(headers))
        except TimeoutError:
            await _refuse(send, headers, "slow", 0, {"connection": "close"})
        except ShedError:
            await _refuse(send, headers, "overloaded", 10)
        except (FullError, DangolError):
            await _refuse(send, headers, "full", 5)

    async def _post(
        self, scope: Scope, headers: Mapping[str, str], query: Mapping[str, str], receive: Receive, send: Send
    ) -> None:
        call = CALLS[scope["path"]]
        async with asyncio.timeout(BODY_SECONDS):
            raw, encoding = await whole(headers, receive, self._limits.request), headers.get("content-encoding", "")
        text = (replay_text if call == "replay" else unpacked)(raw, encoding, self._limits)
        if call == "metrics":  # an SDK about itself: nothing of it is about a customer
            await _answer(send, 200, _OK, _cors(headers))
            return
        body = read_body(text)
        if is_oversized(call, text, self._limits):
            raise BodyError(Text("the event is larger than 32 KB", "이벤트가 32KB보다 큽니다"), too_large=False)
        key = write_key(headers.get("authorization", ""), body, query.get("writeKey", ""))
        verdict = self._ask(key, headers, _told(call, body))
        if verdict.key is None:
            await _refuse(send, headers, verdict.refused, verdict.wait)
            return
        if call == "visitor":
            await _renew(send, body, scope, headers)
            return
        if call == "replay":
            if not self._replays():
                await _refuse(send, headers, "replay_off")
                return
            check_replay(body)
            text = raw if raw[:2] == GZIP else text  # the log takes it packed, as it came
        await self._keep(verdict, call, text, scope, headers)
        await _taken(send, headers)

    async def _pixel(self, scope: Scope, headers: Mapping[str, str], query: dict[str, str], send: Send) -> None:
        """An image that tells an event: Segment's ``data`` (JSON in base64), or RudderStack's parameters with dots."""
        body = _pixel_body(query)
        verdict = self._ask(write_key("", body, query.get("writeKey", "")), headers, 1)
        if verdict.key is not None:
            await self._keep(verdict, PIXELS[scope["path"]], orjson.dumps(body), scope, headers)
        status = 200 if verdict.key is not None else _REFUSED[verdict.refused][0]
        await _answer(send, status, _GIF, _cors(headers), "image/gif")

    async def _keep(self, verdict: Verdict, call: str, text: bytes, scope: Scope, headers: Mapping[str, str]) -> None:
        key = verdict.key
        assert key is not None
        ip = kept_ip(_address(scope, headers), key.ip)
        agent = headers.get("user-agent", "")[:512]
        envelope = Envelope(self._token(), key.source, key.side, call, self._now(), ip, agent)
        try:
            await self._intake.put(envelope.pack(text))
        except (FullError, ShedError):
            self._gate.not_kept(verdict)
            raise
        if self._stream is not None and self._stream.watched and call != "replay":
            self._stream.tell(envelope, text)

    async def _tell(self, scope: Scope, headers: Mapping[str, str], query: Mapping[str, str], send: Send) -> None:
        path: str = scope["path"]
        if path in ALIVE:
            await _answer(send, 200, b'{"server":"UP"}', _cors(headers))
            return
        if path.startswith(SETTINGS[0]):
            asked = path.removeprefix(SETTINGS[0]).removesuffix(SETTINGS[1])
            body = _segment_settings(asked, scope, headers)
        else:
            asked = query.get("writeKey", "") or basic_user(headers.get("authorization", ""))
            body = {}
        key = self._gate.find(asked)
        if key is None or key.side == "server":
            await _refuse(send, headers, "unknown_key" if asked else "no_key")
            return
        await _answer(send, 200, orjson.dumps(body or _source_config(asked, key)), _cors(headers))

    def _ask(self, key: str, headers: Mapping[str, str], events: int) -> Verdict:
        origin, referer = headers.get("origin", ""), headers.get("referer", "")
        return self._gate.ask(key, origin=origin, referer=referer, events=events)


def _told(call: str, body: Mapping[str, Any]) -> int:
    """How many events a body tells, as quotas count them."""
    if call in ("replay", "visitor"):
        return 0
    batch = body.get("batch")
    return len(batch) if call == "batch" and isinstance(batch, list) else 1


async def _renew(send: Send, body: Mapping[str, Any], scope: Scope, headers: Mapping[str, str]) -> None:
    host, secure = _place(scope, headers)
    cookie = renewed(body, origin=headers.get("origin", ""), host=host, secure=secure)
    if cookie is None:
        await _refuse(send, headers, "origin")
        return
    await _answer(send, 200, _OK, {**_cors(headers), "set-cookie": cookie})


# -- what is told --------------------------------------------------------------------------------------------------------
def _segment_settings(key: str, scope: Scope, headers: Mapping[str, str]) -> dict[str, Any]:
    """What `analytics-next` asks before it starts. Without any of these it does not start, or sends to Segment."""
    host, secure = _place(scope, headers)
    return {
        "integrations": {
            "Segment.io": {"apiKey": key, "apiHost": f"{host}/v1", "protocol": "https" if secure else "http"}
        },
        "metrics": {"sampleRate": 0},
        "plan": {"track": {"__default": {"enabled": True, "integrations": {}}}},
        "remotePlugins": [],
    }


def _source_config(asked: str, key: WriteKey) -> dict[str, Any]:
    """What RudderStack's JavaScript SDK asks before it starts."""
    silent = {"errors": {"enabled": False}, "metrics": {"enabled": False}}
    source = {
        "id": str(key.id),
        "name": key.source,
        "writeKey": asked,
        "enabled": True,
        "workspaceId": "dangol",
        "config": {"statsCollection": silent},
        "destinations": [],
        "dataplanes": {},
    }
    return {"source": source, "updatedAt": key.made_at.isoformat()}


def _pixel_body(query: Mapping[str, str]) -> dict[str, Any]:
    if "data" in query:
        try:
            data = base64.b64decode(query["data"].replace("-", "+").replace("_", "/") + "==")
        except ValueError:  # what is not ASCII, too
            raise BodyError(Text("data is not base64", "data가 base64가 아닙니다")) from None
        return read_body(data)
    body: dict[str, Any] = {}
    for name, value in query.items():
        *way, last = name.split(".")[:8]
        place = body
        for step in way:
            inner = place.setdefault(step, {})
            if not isinstance(inner, dict):
                raise BodyError(Text("a parameter is told twice", "매개변수가 겹칩니다"))
            place = inner
        place[last] = value
    return body


@lru_cache(maxsize=1_024)
def _named(name: bytes) -> str:
    return name.decode("latin-1").lower()


# -- HTTP ----------------------------------------------------------------------------------------------------------------
def _cors(headers: Mapping[str, str]) -> dict[str, str]:
    """Pages elsewhere may send; the key's own list of origins says which ones are heard."""
    origin = headers.get("origin")
    if not origin:
        return {}
    return {
        "access-control-allow-origin": origin,
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "Retry-After, X-RateLimit-Reset",
        "vary": "origin",
    }


def _preflight(headers: Mapping[str, str]) -> dict[str, str]:
    asked = headers.get("access-control-request-headers", "")
    usual = "authorization, content-type, content-encoding, x-retry-count, anonymousid, sentat"
    return {
        "access-control-allow-methods": "GET, POST, OPTIONS",
        "access-control-allow-headers": f"{usual}, {asked}" if asked else usual,
        "access-control-max-age": "86400",
    }


def _place(scope: Scope, headers: Mapping[str, str]) -> tuple[str, bool]:
    """The host a client calls us by, and whether over TLS; a proxy on this machine is believed."""
    near = _is_near(scope)
    host = (headers.get("x-forwarded-host") if near else None) or headers.get("host", "")
    scheme = (headers.get("x-forwarded-proto") if near else None) or scope.get("scheme", "http")
    return host.partition(",")[0].strip(), scheme.partition(",")[0].strip() == "https"


def _address(scope: Scope, headers: Mapping[str, str]) -> str:
    """The client's address: the last that a proxy on this machine saw, else the connection's own."""
    peer = (scope.get("client") or ("", 0))[0]
    forwarded = headers.get("x-forwarded-for", "") if _is_near(scope) else ""
    return forwarded.rpartition(",")[2].strip() or peer


def _is_near(scope: Scope) -> bool:
    return (scope.get("client") or ("", 0))[0] in ("127.0.0.1", "::1", "testclient")


def _language(headers: Mapping[str, str]) -> Lang:
    return "ko" if headers.get("accept-language", "").lower().startswith("ko") else "en"


async def _refuse(
    send: Send, headers: Mapping[str, str], code: str, wait: int = 0, also: Mapping[str, str] | None = None
) -> None:
    status, message = _REFUSED[code]
    more = {"retry-after": str(wait), "x-ratelimit-reset": str(wait)} if wait else {}
    body = orjson.dumps({"code": code, "message": message.say(_language(headers))})
    await _answer(send, status, body, {**_cors(headers), **more, **(also or {})})


async def _taken(send: Send, headers: Mapping[str, str]) -> None:
    """The answer that nearly every request gets; without an origin it is always the same."""
    if headers.get("origin"):
        await _answer(send, 200, _OK, _cors(headers))
        return
    await send(_TAKEN_HEAD)
    await send(_TAKEN_BODY)


async def _answer(
    send: Send, status: int, body: bytes, more: Mapping[str, str], kind: str = "application/json"
) -> None:
    said = {"content-type": kind, "content-length": str(len(body)), "cache-control": "no-store", **more}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in said.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
