"""A request's body as it arrives: no more of it is kept than may be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from dangol.collect.wire import BodyError
from dangol.schema import Text

PATIENCE = 20
"""How many times too large a body is heard to its end, unkept: who is cut off amid sending never reads the answer."""


async def whole(
    headers: Mapping[str, str], receive: Callable[[], Awaitable[MutableMapping[str, Any]]], limit: int
) -> bytes:
    """The body. Raises `BodyError` where it is larger than `limit` bytes or breaks off."""
    declared = headers.get("content-length", "")
    if declared.isdecimal() and (int(declared) > limit * PATIENCE or ("expect" in headers and int(declared) > limit)):
        raise _large(limit)
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BodyError(Text("the request broke off", "요청이 중간에서 끊겼습니다"))
        part = message.get("body", b"")
        size += len(part)
        more = message.get("more_body", False)
        if size <= limit:
            parts.append(part)
        elif not more or size > limit * PATIENCE:
            raise _large(limit)
        else:
            parts.clear()
    return b"".join(parts)


def _large(limit: int) -> BodyError:
    return BodyError(
        Text(f"the request is larger than {limit:,} bytes", f"요청이 {limit:,}바이트보다 큽니다"), too_large=True
    )
