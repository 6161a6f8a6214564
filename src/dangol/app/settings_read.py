"""Reading single settings: a value of a kind, checked, or why it does not fit."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dangol.app.settings_around import READ as AROUND
from dangol.app.settings_around import UnfitError
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
    rates = {_currency(k, ()): str(Decimal(str(v))) for k, v in dict(value).items()}
    if any(Decimal(v) <= 0 for v in rates.values()):
        raise UnfitError(Text("rates are positive numbers", "환율은 0보다 큰 수"))
    return rates


def _count(value: Any, _: tuple[str, ...]) -> int:
    if int(value) < 0:
        raise UnfitError(Text("zero or more", "0 이상의 수"))
    return int(value)


def _list(value: Any, _: tuple[str, ...]) -> list[str]:
    return [v.strip() for v in value.split(",") if v.strip()] if isinstance(value, str) else [str(v) for v in value]


def _size(value: Any, _: tuple[str, ...]) -> str:
    text = str(value).strip().upper().replace(" ", "")
    if not (text[-2:] in ("MB", "GB") and text[:-2].replace(".", "", 1).isdigit()):
        raise UnfitError(Text("such as 500MB or 2GB", "예: 500MB, 2GB"))
    return text


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
