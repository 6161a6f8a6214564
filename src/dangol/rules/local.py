"""Local time inside the engine: naive UTC columns shifted to a time zone by its own list of offsets.

Engines disagree on time zone functions (and DuckDB's are slow), so the offsets come from Python's zone data as plain
arithmetic: one constant for Asia/Seoul, a short CASE where clocks change twice a year. Facts before 2000 get the offset
that 2000 began with.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlglot import exp

from dangol.engine import literal, sql
from dangol.schema import Type

Span = tuple[dt.datetime, dt.datetime]
"""First and last moment (aware, UTC) that a column may hold."""

_FLOOR = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_CEILING = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONDAY = dt.date(1970, 1, 5)

PARTS: dict[str, Type] = {"day": "date", "weekday": "text", "hour": "int64", "month": "int64"}
"""Fields that every event has beside its columns, in the workspace's time zone; weekday is mon … sun."""


@lru_cache(maxsize=256)
def offsets(tz: ZoneInfo, span: Span) -> list[tuple[dt.datetime, dt.timedelta]]:
    """(from this UTC moment on, offset) over the span, by bisection to the second."""
    start, end = max(span[0], _FLOOR), min(max(span[1], _FLOOR), _CEILING)
    found = [(start, _offset(tz, start))]
    step = dt.timedelta(days=7)
    at = start
    while at < end:
        after = min(at + step, end)
        if _offset(tz, after) != found[-1][1]:
            low, high = at, after
            while high - low > dt.timedelta(seconds=1):
                middle = low + (high - low) / 2
                low, high = (middle, high) if _offset(tz, middle) == found[-1][1] else (low, middle)
            turn = high.replace(microsecond=0)
            found.append((turn, _offset(tz, high)))
            after = high
        at = after
    return found


def _offset(tz: ZoneInfo, at: dt.datetime) -> dt.timedelta:
    return at.astimezone(tz).utcoffset() or dt.timedelta(0)


def local(column: exp.Expr, tz: ZoneInfo, span: Span) -> exp.Expr:
    """`column` (naive UTC) as naive local time."""
    turns = offsets(tz, span)
    if len(turns) == 1:
        return _shift(column, turns[0][1])
    cases = exp.Case()
    for (_, offset), (until, _next) in pairwise(turns):
        cases = cases.when(exp.LT(this=column.copy(), expression=literal(until)), _shift(column, offset))
    return cases.else_(_shift(column, turns[-1][1]))


def _shift(column: exp.Expr, offset: dt.timedelta) -> exp.Expr:
    if not offset:
        return column.copy()
    step = exp.Interval(this=exp.Literal.string(str(int(offset.total_seconds()))), unit=exp.Var(this="SECOND"))
    return exp.Add(this=column.copy(), expression=step)


def part(name: str, column: exp.Expr, tz: ZoneInfo, span: Span) -> exp.Expr:
    """One of `PARTS` of a naive UTC column."""
    here = local(column, tz, span)
    if name == "day":
        return sql("CAST(:here AS DATE)", here=here)
    if name == "hour":
        return sql("CAST(EXTRACT(HOUR FROM :here) AS BIGINT)", here=here)
    if name == "month":
        return sql("CAST(EXTRACT(MONTH FROM :here) AS BIGINT)", here=here)
    names = exp.Case(this=weekday_number(here))
    for index, word in enumerate(_WEEKDAYS):
        names = names.when(literal(index), literal(word))
    return names


def weekday_number(here: exp.Expr) -> exp.Expr:
    """0 for a Monday … 6 for a Sunday, of naive local time."""
    return sql("((DATE_DIFF('day', :monday, CAST(:here AS DATE)) % 7) + 7) % 7", here=here, monday=literal(_MONDAY))


def day_of(moment: exp.Expr, tz: ZoneInfo, span: Span) -> exp.Expr:
    """The local date of a naive UTC expression."""
    return part("day", moment, tz, span)


def today(now: dt.datetime, tz: ZoneInfo) -> dt.date:
    """The local date at `now`."""
    return now.astimezone(tz).date()
