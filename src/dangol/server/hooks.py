"""``POST /v1/hooks/NAME``: deliveries of other systems, checked for who sent them, kept before they are answered."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

import orjson

from dangol.app.hooks import Door
from dangol.collect.wire import HOOK, BodyError, Envelope
from dangol.collect.wire.hook_signs import signed
from dangol.collect.wire.hooks import Delivery
from dangol.schema import DangolError, Lang, Text
from dangol.server.arrival import whole
from dangol.server.intake import FullError, Intake, ShedError

PATH = "/v1/hooks/"
MOST = 1_000_000
"""Bytes of a delivery."""
BODY_SECONDS = 30.0

_REFUSED: dict[str, tuple[int, Text]] = {
    "not_found": (404, Text("there is no webhook under this name", "이 이름의 웹훅이 없습니다")),
    "signature": (401, Text("the signature does not fit", "서명이 맞지 않습니다")),
    "method_not_allowed": (405, Text("this address cannot be used that way", "이 주소는 그렇게 쓸 수 없습니다")),
    "slow": (408, Text("the request took too long to arrive", "요청이 도착하는 데 너무 오래 걸렸습니다")),
    "overloaded": (429, Text("too many events wait to be taken in", "처리를 기다리는 이벤트가 너무 많습니다")),
    "full": (503, Text("deliveries cannot be kept right now", "지금은 받아 둘 수 없습니다")),
}


class Hooks:
    """An ASGI application for the paths below `PATH`."""

    def __init__(self, intake: Intake, door: Door, *, now: Callable[[], dt.datetime], token: Callable[[], str]) -> None:
        self._intake, self._door, self._now, self._token = intake, door, now, token

    @staticmethod
    def takes(path: str) -> bool:
        """Whether a path is a webhook's."""
        return path.startswith(PATH)

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        lang: Lang = "ko" if headers.get("accept-language", "").lower().startswith("ko") else "en"
        refused, wait = "", 0
        try:
            refused = await self._keep(scope, headers, query, receive)
        except BodyError as error:
            await _answer(send, 413 if error.too_large else 400, error.as_dict(lang))
            return
        except TimeoutError:
            refused = "slow"
        except ShedError:
            refused, wait = "overloaded", 10
        except (FullError, DangolError):
            refused, wait = "full", 5
        if refused:
            status, said = _REFUSED[refused]
            await _answer(send, status, {"code": refused, "message": said.say(lang)}, wait)
        else:
            await _answer(send, 200, {"success": True})

    async def _keep(
        self,
        scope: MutableMapping[str, Any],
        headers: dict[str, str],
        query: dict[str, str],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
    ) -> str:
        """Keep a delivery. Returns why it is refused; empty where it was kept."""
        if scope["method"] != "POST":
            return "method_not_allowed"
        async with asyncio.timeout(BODY_SECONDS):
            body = await whole(headers, receive, MOST)
        now, name = self._now(), scope["path"].removeprefix(PATH).strip("/")
        found = self._door.find(name, now)
        if found is None:
            return "not_found"
        how = found.hook.signature
        if not signed(how, found.secret, headers=headers, query=query, body=body, now=now):
            return "signature"
        wanted = {key: value[:2_000] for key, value in headers.items() if key in found.hook.headers()}
        agent = headers.get("user-agent", "")[:512]
        envelope = Envelope(self._token(), found.hook.source, "server", HOOK + name, now, "", agent)
        await self._intake.put(envelope.pack(Delivery(wanted, body).pack()))
        return ""


async def _answer(
    send: Callable[[MutableMapping[str, Any]], Awaitable[None]], status: int, body: dict[str, Any], wait: int = 0
) -> None:
    said = orjson.dumps(body)
    head = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(said)),
        (b"cache-control", b"no-store"),
    ]
    if wait:
        head.append((b"retry-after", b"%d" % wait))
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": said})
