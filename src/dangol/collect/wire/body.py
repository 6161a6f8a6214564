"""A request's body: unpacked, read as JSON, and the write key found wherever the SDK put it."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from dangol.schema import DangolError, Text


@dataclass(frozen=True, slots=True)
class WireLimits:
    """Sizes in bytes. `unpacked` bounds a gzip body: RudderStack's SDKs put 4 MB of JSON into one packed request."""

    event: int = 32 * 1024
    request: int = 500_000
    unpacked: int = 4_000_000
    events: int = 2_500


class BodyError(DangolError):
    """A body that cannot be taken at all; the sender is told 400 (413 when it is too large)."""

    code = "body"

    def __init__(self, message: Text, *, too_large: bool = False) -> None:
        super().__init__(message)
        self.too_large = too_large


def unpacked(body: bytes, encoding: str, limits: WireLimits) -> bytes:
    """The body as JSON text. What counts is the header, not the content type: rudder-sdk-node calls gzip a form."""
    named = encoding.strip().lower()
    if named in ("", "identity"):
        if len(body) > limits.request:
            raise _large(limits.request)
        return body
    if named not in ("gzip", "x-gzip", "deflate"):
        raise BodyError(
            Text("the body's Content-Encoding is not gzip", "본문의 Content-Encoding이 gzip이 아닙니다"),
        )
    stream = zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip or zlib, told apart by the first bytes
    try:
        found = stream.decompress(body, limits.unpacked + 1)
    except zlib.error:
        raise BodyError(Text("the body is not valid gzip", "본문을 gzip으로 풀 수 없습니다")) from None
    if len(found) > limits.unpacked:
        raise _large(limits.unpacked)
    if not stream.eof:
        raise BodyError(Text("the gzip body breaks off", "gzip 본문이 중간에서 끊겼습니다"))
    return found


def _large(limit: int) -> BodyError:
    return BodyError(
        Text(f"the request is larger than {limit:,} bytes", f"요청이 {limit:,}바이트보다 큽니다"), too_large=True
    )


def read_body(text: bytes) -> dict[str, Any]:
    """The JSON object of a body. Raises `BodyError`: not JSON, not UTF-8, nested too deep, NaN, or no object."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise BodyError(Text("the body is not valid JSON", "본문이 올바른 JSON이 아닙니다")) from None
    if not isinstance(found, dict):
        raise BodyError(Text("the body is not a JSON object", "본문이 JSON 객체가 아닙니다"))
    return found


@lru_cache(maxsize=4_096)
def basic_user(authorization: str) -> str:
    """The user name of a Basic header: the write key. The colon after it may be missing; empty for other schemes."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value.strip() + "==").decode().partition(":")[0]
    except ValueError:  # not base64, not ASCII, not UTF-8
        return ""


def write_key(authorization: str, body: Mapping[str, Any], query: str) -> str:
    """The write key: of the header, else of the body, else of the query; a Bearer header leaves it to the body."""
    said = body.get("writeKey")
    if not isinstance(said, str):
        said = ""
    return basic_user(authorization) or said or query


def is_oversized(call: str, text: bytes, limits: WireLimits) -> bool:
    """Whether a single event is larger than one may be; those inside a batch are looked at one by one later."""
    return call not in ("batch", "replay") and len(text) > limits.event
