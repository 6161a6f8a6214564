"""How answers leave the server: JSON, in the language that was asked for."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import orjson
from fastapi import Request
from fastapi.responses import Response

from dangol.schema import Answer, Lang


class Plain(Response):
    """JSON with decimals as numbers and times in ISO 8601 (UTC)."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content, default=_plain, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS)


def _plain(value: object) -> object:
    if isinstance(value, Answer):
        return value.table.to_pylist()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)


def language(request: Request, asked: str) -> Lang:
    """``?lang=`` decides, then the first of ko and en that the browser prefers (RFC 9110, 12.5.4), then English."""
    best: Lang = "en"
    most = 0.0
    for part in (asked or request.headers.get("accept-language", "")).lower().split(","):
        tag, _, weight = part.strip().partition(";q=")
        much = float(weight) if re.fullmatch(r"[01](\.\d{1,3})?", weight) else 1.0
        if tag[:2] in ("ko", "en") and much > most:
            best, most = ("ko" if tag[:2] == "ko" else "en"), much
    return best


def whole(text: str) -> int | None:
    """A number of 64 bits by its digits; none for what is no such number, ``²`` and ``--5`` among it."""
    if not re.fullmatch(r"-?[0-9]{1,19}", text):
        return None
    number = int(text)
    return number if -(2**63) <= number < 2**63 else None


def spoken(request: Request) -> Lang:
    """The language of an answer whose route never came to run."""
    return language(request, request.query_params.get("lang", ""))
