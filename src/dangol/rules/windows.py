"""Windows of time as bounds in UTC. Every window is half-open: start ≤ at < end.

`within: 90 days` means later than 90 days before now and not after now, so a fact leaves the window exactly 90 days
after it happened; in whole microseconds that is [now − 90 days + 1 µs, now + 1 µs).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from dangol.rules.nodes import Duration, Window
from dangol.rules.words import duration, moment, phrase
from dangol.schema import DefinitionError, Problem, Text, josa

BEGIN = dt.datetime.min.replace(tzinfo=dt.UTC)
END = dt.datetime.max.replace(tzinfo=dt.UTC)
TICK = dt.timedelta(microseconds=1)
Bounds = tuple[dt.datetime | None, dt.datetime | None]
WINDOW_KEYS = ("within", "not within", "not_within", "within_next", "during", "between", "before", "after", "since")


def read_window(key: str, value: object, place: str, problems: list[Problem]) -> Window | None:
    """One window from its key and value; what is wrong goes to `problems`."""
    kind = key.replace(" ", "_")
    if kind in ("within", "not_within", "within_next"):
        span = duration(value)
        if span is None:
            problems.append(
                Problem(
                    Text(f"{value!r} is not a length of time", f"{value!r}: 시간 길이가 아닙니다"),
                    place,
                    Text("write it like 90 days, 2 weeks or 3개월", "90 days, 2 weeks, 3개월처럼 적으세요"),
                )
            )
        elif span.n == 0:
            problems.append(
                Problem(
                    Text("an empty window: nothing can happen in it", "기간이 비어 있어 아무 일도 일어날 수 없습니다"),
                    place,
                    Text("give it a length above zero", "0보다 긴 기간을 적으세요"),
                )
            )
            span = None
        return Window(kind, span) if span else None  # type: ignore[arg-type]
    if kind == "during":
        text = phrase(value)
        if text is None:
            problems.append(
                Problem(
                    Text(f"{value!r} is not a calendar phrase", f"{value!r}: 달력 표현이 아닙니다"),
                    place,
                    Text("such as today, this month, last year, 지난 달", "예: today, this month, last year, 지난 달"),
                )
            )
        return Window("during", text) if text else None
    if kind == "between":
        pair = [moment(v) for v in value] if isinstance(value, list | tuple) and len(value) == 2 else []
        if len(pair) != 2 or pair[0] is None or pair[1] is None:
            problems.append(
                Problem(
                    Text(f"{value!r} is not two dates", f"{value!r}: 날짜 둘이 아닙니다"),
                    place,
                    Text("write [2026-01-01, 2026-01-31]", "[2026-01-01, 2026-01-31]처럼 적으세요"),
                )
            )
            return None
        if _compare_key(pair[0]) > _compare_key(pair[1]):
            problems.append(
                Problem(
                    Text(
                        f"an empty window: {pair[0]} is after {pair[1]}",
                        f"기간이 비어 있습니다: {josa(str(pair[0]), '이/가')} {pair[1]}보다 뒤입니다",
                    ),
                    place,
                    Text("put the earlier date first", "이른 날짜를 먼저 적으세요"),
                )
            )
        return Window("between", (pair[0], pair[1]))
    one = moment(value)
    if one is None:
        problems.append(
            Problem(
                Text(f"{value!r} is not a date", f"{value!r}: 날짜가 아닙니다"),
                place,
                Text("write it like 2026-01-31", "2026-01-31처럼 적으세요"),
            )
        )
    return Window(kind, one) if one is not None else None  # type: ignore[arg-type]


def window_bounds(window: Window | Mapping[str, Any] | Iterable[Window], now: dt.datetime, tz: ZoneInfo) -> Bounds:
    """Start (included) and end (excluded) in aware UTC; None where the window is open. Several windows intersect.

    :param window: a `Window`, several, or a mapping such as ``{"within": "90 days"}``.
    :raises DefinitionError: when a mapping is not a window.
    """
    if isinstance(window, Mapping):
        problems: list[Problem] = []
        read = [read_window(k, v, k, problems) for k, v in window.items() if k in WINDOW_KEYS]
        if problems:
            raise DefinitionError(problems)
        window = [w for w in read if w is not None]
    if isinstance(window, Window):
        return _bounds(window, now, tz)
    start: dt.datetime | None = None
    end: dt.datetime | None = None
    for one in window:
        low, high = _bounds(one, now, tz)
        start = low if start is None else start if low is None else max(start, low)
        end = high if end is None else end if high is None else min(end, high)
    return start, end


def back(now: dt.datetime, span: Duration, tz: ZoneInfo, sign: int = -1) -> dt.datetime:
    """`span` before now (or after, with sign 1), in UTC. Beyond the calendar's ends it stops at them."""
    try:
        if span.fixed is not None:
            return now.astimezone(dt.UTC) + sign * span.fixed
        local = now.astimezone(tz)
        months = local.year * 12 + local.month - 1 + sign * span.n * (12 if span.unit == "year" else 1)
        year, month = divmod(months, 12)
        day = min(local.day, (_month(year, month + 1, 1) - dt.timedelta(days=1)).day)
        return local.replace(year=year, month=month + 1, day=day).astimezone(dt.UTC)
    except (OverflowError, ValueError):
        return BEGIN if sign < 0 else END


def calendar(text: str, now: dt.datetime, tz: ZoneInfo) -> tuple[dt.date, dt.date]:
    """First day and the day after the last of a calendar phrase, local dates."""
    today = now.astimezone(tz).date()
    words = text.split()
    if len(words) == 1:
        shift = {"yesterday": -1, "today": 0, "tomorrow": 1}[text]
        return today + dt.timedelta(days=shift), today + dt.timedelta(days=shift + 1)
    if len(words) == 3:  # the last n whole units before this one
        unit, n = words[2].rstrip("s"), int(words[1])
        return _unit_start(today, unit, -n), _unit_start(today, unit, 0)
    shift = {"last": -1, "this": 0, "next": 1}[words[0]]
    return _unit_start(today, words[1], shift), _unit_start(today, words[1], shift + 1)


def day_start(day: dt.date, tz: ZoneInfo) -> dt.datetime:
    """The first moment of a local day, in UTC."""
    try:
        return dt.datetime.combine(day, dt.time(), tz).astimezone(dt.UTC)
    except OverflowError:  # the first or last day there is, seen from a zone beyond it
        return BEGIN if day.year == 1 else END


def _bounds(window: Window, now: dt.datetime, tz: ZoneInfo) -> Bounds:
    now = now.astimezone(dt.UTC)
    match window.kind, window.value:
        case "within", Duration() as span:
            return back(now, span, tz) + TICK, now + TICK
        case "not_within", Duration() as span:
            return None, back(now, span, tz) + TICK
        case "within_next", Duration() as span:
            return now, back(now, span, tz, 1) + TICK
        case "during", str(text):
            first, after = calendar(text, now, tz)
            return day_start(first, tz), day_start(after, tz)
        case "between", (low, high):
            return _edges(low, tz)[0], _edges(high, tz)[1]
        case "before", dt.date() as day:
            return None, _edges(day, tz)[0]
        case "after", dt.date() as day:
            return _edges(day, tz)[1], None
        case "since", dt.date() as day:
            return _edges(day, tz)[0], None
    raise AssertionError(window)


def _edges(value: dt.date, tz: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    """The stretch a moment stands for: a whole local day, or one microsecond."""
    if isinstance(value, dt.datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=tz)
        return aware.astimezone(dt.UTC), aware.astimezone(dt.UTC) + TICK
    if value == dt.date.max:
        return day_start(value, tz), END
    return day_start(value, tz), day_start(value + dt.timedelta(days=1), tz)


def _unit_start(day: dt.date, unit: str, shift: int) -> dt.date:
    if unit == "day":
        return day + dt.timedelta(days=shift)
    if unit == "week":
        return day + dt.timedelta(days=7 * shift - day.weekday())
    if unit == "month":
        return _month(day.year, day.month, shift)
    if unit == "quarter":
        return _month(day.year, (day.month - 1) // 3 * 3 + 1, 3 * shift)
    return dt.date(day.year + shift, 1, 1)


def _month(year: int, month: int, shift: int) -> dt.date:
    y, m = divmod(year * 12 + month - 1 + shift, 12)
    return dt.date(y, m + 1, 1)


def _compare_key(value: dt.date) -> dt.datetime:
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    return dt.datetime.combine(value, dt.time())
