"""Reading single settings: a value of a kind, checked, or why it does not fit."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dangol.app.settings_around import READ as AROUND
from dangol.app.settings_around import UnfitError, pairs
from dangol.schema import Text, currencies, currency_hint


def _text(value: Any, choices: tuple[str, ...]) -> str:
    if choices and str(value) not in choices:
        raise UnfitError(
            Text(
                f"allowed: {', '.join(c or '(empty)' for c in choices)}",
                f"쓸 수 있는 값: {', '.join(c or '(비움)' for c in choices)}",
            )
        )
    return str(value)


def _timezone(value: Any, _: tuple[str, ...]) -> str:
    try:
        ZoneInfo(str(value))
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise UnfitError(
            Text("no such time zone; write one such as Asia/Seoul", "그런 시간대가 없음. 예: Asia/Seoul")
        ) from error
    return str(value)


def _currency(value: Any, _: tuple[str, ...]) -> str:
    code = str(value).strip().upper()
    if code not in currencies():
        raise UnfitError(currency_hint(code))
    return code


def _rates(value: Any, _: tuple[str, ...]) -> dict[str, str]:
    rates = {_currency(k, ()): Decimal(str(v)) for k, v in pairs(value).items()}
    if not all(rate.is_finite() and _RATES[0] <= rate <= _RATES[1] for rate in rates.values()):
        said = (
            "rates are positive numbers, from 0.000001 to 1,000,000,000",
            "환율은 0.000001 이상 1,000,000,000 이하의 수",
        )
        raise UnfitError(Text(*said))
    return {code: str(rate) for code, rate in rates.items()}


_RATES = (Decimal("0.000001"), Decimal(1_000_000_000))
"""Beyond them an amount would not fit its column, or vanish in it."""


def _count(value: Any, _: tuple[str, ...]) -> int:
    number = int(value)
    if isinstance(value, bool) or (not isinstance(value, str) and number != value):
        raise UnfitError(Text("a whole number", "정수"))
    return number


def _list(value: Any, _: tuple[str, ...]) -> list[str]:
    return [v.strip() for v in value.split(",") if v.strip()] if isinstance(value, str) else [str(v) for v in value]


def _size(value: Any, _: tuple[str, ...]) -> str:
    text = str(value).strip().upper().replace(" ", "")
    number = text[:-2].replace(".", "", 1)
    if not (text[-2:] in ("MB", "GB") and number.isascii() and number.isdigit()):
        raise UnfitError(Text("such as 500MB or 2GB", "예: 500MB, 2GB"))
    if not _SIZES[0] <= bytes_of(text) <= _SIZES[1]:
        raise UnfitError(Text("from 0.01MB to 1000000GB", "0.01MB 이상 1000000GB 이하"))
    return text


_SIZES = (10_000, 10**15)


def bytes_of(size: str) -> int:
    """A setting such as ``2GB`` in bytes. Raises `OverflowError` beyond what a computer counts."""
    return int(float(size[:-2]) * {"MB": 1_000_000, "GB": 1_000_000_000}[size[-2:]])


def expect_within(number: Any, bounds: tuple[int, int] | None) -> None:
    """Raises `UnfitError` for a number below the least or above the most of its setting."""
    if bounds is not None and not bounds[0] <= number <= bounds[1]:
        least, most = bounds
        raise UnfitError(Text(f"a number from {least:,} to {most:,}", f"{least:,} 이상 {most:,} 이하의 수"))


def without_password(address: str) -> tuple[str, str]:
    """A database address without its password, and the password; both as they were where there is none."""
    parts = urlsplit(address) if "://" in address else None
    if parts is None or "@" not in parts.netloc:
        return address, ""
    who, _, place = parts.netloc.rpartition("@")
    user, _, password = who.partition(":")
    return urlunsplit(parts._replace(netloc=f"{user}@{place}")), unquote(password)


def unfit(value: Any, error: Exception) -> Text:
    """What is wrong with a value, in words."""
    why = error.why if isinstance(error, UnfitError) else Text("it cannot be read", "읽을 수 없습니다")
    return Text(f"'{value}' does not fit: {why.en}", f"'{value}': 맞지 않는 값입니다({why.ko})")


READ: dict[str, Callable[[Any, tuple[str, ...]], Any]] = {
    **AROUND,
    "text": _text,
    "secret": _text,
    "timezone": _timezone,
    "currency": _currency,
    "rates": _rates,
    "count": _count,
    "list": _list,
    "size": _size,
}
"""Kind of setting → how it is read. Raises `UnfitError`, `ValueError`, `TypeError` or `InvalidOperation`."""
