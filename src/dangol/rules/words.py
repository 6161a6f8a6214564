"""How amounts of time, numbers of times, dates and shares are written: in English or Korean."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from dangol.rules.nodes import Duration, Unit

UNITS: dict[str, Unit] = {
    **dict.fromkeys(("second", "seconds", "초"), "second"),
    **dict.fromkeys(("minute", "minutes", "min", "분"), "minute"),
    **dict.fromkeys(("hour", "hours", "시간"), "hour"),
    **dict.fromkeys(("day", "days", "일"), "day"),
    **dict.fromkeys(("week", "weeks", "주", "주일"), "week"),
    **dict.fromkeys(("month", "months", "개월", "달"), "month"),
    **dict.fromkeys(("year", "years", "년"), "year"),
}
PHRASES = (
    "today",
    "yesterday",
    "tomorrow",
    *(f"{which} {unit}" for which in ("this", "last", "next") for unit in ("week", "month", "quarter", "year")),
)
"""Calendar phrases, in the workspace's zone; weeks begin on Monday."""
KOREAN_PHRASES = {
    "오늘": "today",
    "어제": "yesterday",
    "내일": "tomorrow",
    **{f"{ko} 주": f"{en} week" for ko, en in (("이번", "this"), ("지난", "last"), ("다음", "next"))},
    **{f"{ko} 달": f"{en} month" for ko, en in (("이번", "this"), ("지난", "last"), ("다음", "next"))},
    **{f"{ko} 분기": f"{en} quarter" for ko, en in (("이번", "this"), ("지난", "last"), ("다음", "next"))},
    "올해": "this year",
    "작년": "last year",
    "내년": "next year",
}
_LONGEST_DAYS = 366 * 200
_DAYS = {"second": 1 / 86_400, "minute": 1 / 1440, "hour": 1 / 24, "day": 1, "week": 7, "month": 31, "year": 366}


def duration(value: object) -> Duration | None:
    """`90 days`, `2 weeks`, `36 hours`, `3개월`; None when it is not one (or longer than 200 years)."""
    match = re.fullmatch(r"\s*(\d{1,9})\s*([A-Za-z가-힣]+)\s*", value) if isinstance(value, str) else None
    unit = UNITS.get(match[2].lower()) if match else None
    if match is None or unit is None:
        return None
    found = Duration(int(match[1]), unit)
    return found if found.n * _DAYS[unit] <= _LONGEST_DAYS else None


def phrase(value: object) -> str | None:
    """A calendar phrase in its English form."""
    text = " ".join(value.split()).lower() if isinstance(value, str) else ""
    text = KOREAN_PHRASES.get(text, text)
    if text in PHRASES:
        return text
    several = re.fullmatch(r"last (\d{1,3}) (day|week|month|quarter|year)s", text)
    return text if several and int(several[1]) > 0 else None


def moment(value: object) -> dt.date | None:
    """A date or a date-time from YAML or ISO text (a date-time without offset is in the workspace's zone)."""
    if isinstance(value, dt.date):
        return value
    if not isinstance(value, str) or not re.match(r"\d{4}-\d{2}-\d{2}", value):
        return None
    try:
        return dt.date.fromisoformat(value) if len(value) == 10 else dt.datetime.fromisoformat(value)
    except ValueError:
        return None


def times(value: object) -> int | None:
    """`2 times`, `3회`, `once`, or a whole number."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if value >= 0 else None
    if not isinstance(value, str):
        return None
    words = {"once": 1, "twice": 2, "one time": 1}
    match = re.fullmatch(r"\s*(\d{1,9})\s*(times?|회|번)?\s*", value)
    return words.get(value.strip().lower()) if match is None else int(match[1])


def number(value: object) -> int | float | Decimal | None:
    """A finite number as YAML gives it."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return None if isinstance(value, float) and (value != value or abs(value) == float("inf")) else value


def share(value: object) -> float | None:
    """`10%` or 0.1, between 0 and 1."""
    if isinstance(value, str) and (match := re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%\s*", value)):
        found = float(Decimal(match[1]) / 100)
    elif (plain := number(value)) is not None:
        found = float(plain)
    else:
        return None
    return found if 0 <= found <= 1 else None
