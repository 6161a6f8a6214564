"""JSON values as they may be kept: without numbers and addresses of persons, in bounded depth, NFC."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from dangol.privacy import FREE_TEXT, RESIDENT, scrub

DEEP = 8
_MANY = (dict, list)
LONGEST = 8_192
_SHORT = 200
_TIME_NAMES = re.compile(r"(?:at|time|timestamp|date|ts|ms)$", re.I)
_KEPT_PARAMETERS = re.compile(
    r"utm_\w+|gclid|fbclid|msclkid|n_media|n_query|n_rank|n_ad_group|n_ad|n_keyword|q|query|page|ref"
)
"""Of an address's parameters those that say how somebody came; others may hold tokens and names."""


def text(value: Any, taken: Counter[str], *, take: tuple[str, ...] = FREE_TEXT) -> str | None:
    """A scalar as NFC text without spaces around it and personal numbers; null for nothing and for what is no scalar."""
    if value is None or isinstance(value, _MANY):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    said = str(value)
    clean, counts = _short(said, take) if len(said) <= _SHORT else _clean(said, take)
    if counts:
        taken.update(counts)
    return clean


def _clean(said: str, take: tuple[str, ...]) -> tuple[str | None, Counter[str] | None]:
    found = unicodedata.normalize("NFC", said.replace("\0", "")).strip()[:LONGEST]
    return scrub(found, take=take) if found else (None, None)


_short = lru_cache(maxsize=16_384)(_clean)
"""Senders repeat themselves: pages, products, what the SDK says of itself."""


def identifier(value: Any) -> str | None:
    """An identifier as it came; numbers as their digits. Null for nothing and for what is no scalar."""
    if isinstance(value, bool) or value is None or isinstance(value, _MANY):
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        value = int(value)
    return str(value).replace("\0", "").strip()[:LONGEST] or None


def code(value: Any, taken: Counter[str]) -> str | None:
    """The number of an order or product, a coupon: only resident numbers are taken out of it."""
    return text(value, taken, take=RESIDENT)


def value(name: str, found: Any, taken: Counter[str], depth: int = 0) -> Any:
    """Any JSON value, cleaned; deeper than `DEEP` nothing is kept."""
    if isinstance(found, str):
        return url(found, taken) if found.startswith(("http://", "https://")) else text(found, taken)
    if found is None or isinstance(found, bool | float):
        return found
    if isinstance(found, int):
        if len(str(found)) == 13 and not _TIME_NAMES.search(name):
            return found if text(found, taken, take=RESIDENT) == str(found) else None
        return found
    if depth >= DEEP:
        return None
    if isinstance(found, dict):
        return {key(k): value(k, v, taken, depth + 1) for k, v in found.items()}
    return [value(name, v, taken, depth + 1) for v in found]


@lru_cache(maxsize=4096)
def key(name: str) -> str:
    """The name of a property, NFC, bounded; a name may be somebody's, too."""
    return scrub(unicodedata.normalize("NFC", name.replace("\0", ""))[:200])[0]


def url(address: str, taken: Counter[str]) -> str | None:
    """A web address without its fragment and without parameters that may be anybody's secret."""
    clean, counts = _url(address) if len(address) <= _SHORT else _url.__wrapped__(address)
    if counts:
        taken.update(counts)
    return clean


@lru_cache(maxsize=16_384)
def _url(address: str) -> tuple[str | None, Counter[str]]:
    taken: Counter[str] = Counter()
    try:
        parts = urlsplit(address[:LONGEST])
        kept = [(k, v) for k, v in parse_qsl(parts.query) if _KEPT_PARAMETERS.fullmatch(k.lower())]
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return text(address, taken), taken
    safe = [(k, text(v, taken) or "") for k, v in kept]
    path = parts.path if "%" not in parts.path else unquote(parts.path)
    return urlunsplit((parts.scheme, host, text(path, taken) or "", urlencode(safe), "")), taken


def number(found: Any) -> Decimal | None:
    """A JSON number, or a text that is one, to four places. Raises ValueError for anything else that is said."""
    if found is None or found == "":
        return None
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        raise ValueError("bad_number")
    said = found.strip().replace(",", "") if isinstance(found, str) else repr(found)
    try:
        made = Decimal(said)
        if not made.is_finite():
            raise ValueError("bad_number")
        if abs(made) > 1_000_000_000_000:
            raise ValueError("too_large")
        return made.quantize(Decimal("0.0001"))
    except InvalidOperation:
        raise ValueError("bad_number") from None
