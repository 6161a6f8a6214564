"""Windows as bounds: the day, the month, leap years, summer time, the ends of the calendar; and when time alone changes them."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.engine import DuckDBEngine, arrow_schema
from dangol.rules import Catalog, Context, TraitInfo, compile_rule, due, parse, window_bounds
from dangol.schema import EVENTS, DefinitionError

SEOUL, NEW_YORK, UTC = ZoneInfo("Asia/Seoul"), ZoneInfo("America/New_York"), ZoneInfo("UTC")
TICK = dt.timedelta(microseconds=1)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("window", "now", "tz", "start", "end"),
    [
        ({"during": "today"}, "2026-11-22T03:00", SEOUL, "2026-11-21T15:00", "2026-11-22T15:00"),
        ({"during": "today"}, "2026-11-22T15:00", SEOUL, "2026-11-22T15:00", "2026-11-23T15:00"),
        ({"during": "yesterday"}, "2026-11-22T03:00", UTC, "2026-11-21T00:00", "2026-11-22T00:00"),
        ({"during": "this week"}, "2026-11-22T03:00", UTC, "2026-11-16T00:00", "2026-11-23T00:00"),
        ({"during": "지난 주"}, "2026-11-22T03:00", UTC, "2026-11-09T00:00", "2026-11-16T00:00"),
        ({"during": "this month"}, "2026-11-30T15:00", SEOUL, "2026-11-30T15:00", "2026-12-31T15:00"),
        ({"during": "last month"}, "2026-03-31T00:00", UTC, "2026-02-01T00:00", "2026-03-01T00:00"),
        ({"during": "last quarter"}, "2026-02-01T00:00", UTC, "2025-10-01T00:00", "2026-01-01T00:00"),
        ({"during": "last 3 months"}, "2026-11-22T03:00", UTC, "2026-08-01T00:00", "2026-11-01T00:00"),
        ({"during": "작년"}, "2025-12-31T15:00", SEOUL, "2024-12-31T15:00", "2025-12-31T15:00"),
        # the day of the change to summer time has 23 hours, the one back 25
        ({"during": "today"}, "2026-03-08T12:00", NEW_YORK, "2026-03-08T05:00", "2026-03-09T04:00"),
        ({"during": "today"}, "2026-11-01T12:00", NEW_YORK, "2026-11-01T04:00", "2026-11-02T05:00"),
        (
            {"between": [dt.date(2026, 1, 1), dt.date(2026, 2, 1)]},
            "2026-11-22T03:00",
            SEOUL,
            "2025-12-31T15:00",
            "2026-02-01T15:00",
        ),
        ({"before": "2026-01-01"}, "2026-11-22T03:00", SEOUL, None, "2025-12-31T15:00"),
        ({"after": "2026-01-01"}, "2026-11-22T03:00", SEOUL, "2026-01-01T15:00", None),
        ({"since": "2026-01-01"}, "2026-11-22T03:00", SEOUL, "2025-12-31T15:00", None),
        ({"since": "2026-01-01T12:00:00"}, "2026-11-22T03:00", SEOUL, "2026-01-01T03:00", None),
        ({"since": "2026-01-01T12:00:00+00:00"}, "2026-11-22T03:00", SEOUL, "2026-01-01T12:00", None),
        (
            {"since": "2026-01-01", "before": "2026-02-01"},
            "2026-11-22T03:00",
            UTC,
            "2026-01-01T00:00",
            "2026-02-01T00:00",
        ),
    ],
)
def test_calendar_windows(window: dict[str, Any], now: str, tz: ZoneInfo, start: str | None, end: str | None) -> None:
    assert window_bounds(window, at(now), tz) == (start and at(start), end and at(end))


@pytest.mark.parametrize(
    ("text", "now", "start"),
    [
        ("90 days", "2026-11-22T03:00", "2026-08-24T03:00"),
        ("36 hours", "2026-11-22T03:00", "2026-11-20T15:00"),
        ("2주", "2026-11-22T03:00", "2026-11-08T03:00"),
        ("1 month", "2026-03-31T03:00", "2026-02-28T03:00"),
        ("1 month", "2024-03-31T03:00", "2024-02-29T03:00"),
        ("1 year", "2024-02-29T03:00", "2023-02-28T03:00"),
        ("12개월", "2026-11-22T03:00", "2025-11-22T03:00"),
    ],
)
def test_relative_windows_leave_exactly_after_their_length(text: str, now: str, start: str) -> None:
    assert window_bounds({"within": text}, at(now), SEOUL) == (at(start) + TICK, at(now) + TICK)
    assert window_bounds({"not within": text}, at(now), SEOUL) == (None, at(start) + TICK)


def test_the_ends_of_the_calendar_do_not_break_it() -> None:
    for window in (
        {"since": "0001-01-01"},
        {"before": "0001-01-01"},
        {"after": "9999-12-31"},
        {"between": ["0001-01-01", "9999-12-31"]},
    ):
        for tz in (SEOUL, NEW_YORK):
            window_bounds(window, at("2026-11-22T03:00"), tz)
    assert window_bounds({"within": "200 years"}, at("0100-01-01T00:00"), UTC)[0] is not None
    with pytest.raises(DefinitionError, match="not a length of time"):
        window_bounds({"within": "soon"}, at("2026-11-22T03:00"), UTC)


@settings(deadline=None)
@given(
    now=st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2080, 1, 1), timezones=st.just(dt.UTC)),  # noqa: DTZ001
    phrase=st.sampled_from(["today", "this week", "this month", "this quarter", "this year"]),
    tz=st.sampled_from([SEOUL, NEW_YORK, UTC, ZoneInfo("Pacific/Apia")]),
)
def test_this_holds_now_and_last_ends_where_this_begins(now: dt.datetime, phrase: str, tz: ZoneInfo) -> None:
    start, end = window_bounds({"during": phrase}, now, tz)
    assert start is not None
    assert end is not None
    assert start <= now < end
    before = "yesterday" if phrase == "today" else phrase.replace("this", "last")
    assert window_bounds({"during": before}, now, tz)[1] == start


HOURS = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 24 * 40)), min_size=1, max_size=6)


@settings(max_examples=15, deadline=None)
@given(
    facts=HOURS,
    hours=st.sampled_from([24, 24 * 7, 24 * 30]),
    words=st.sampled_from(["within", "not within"]),
    least=st.integers(1, 2),
)
def test_nobody_changes_before_being_due(facts: list[tuple[int, int]], hours: int, words: str, least: int) -> None:
    """Walk hour by hour: whoever enters or leaves without a new fact was due by then."""
    first = at("2026-11-22T03:00")
    engine = ENGINE
    rows = [
        {"event_id": i, "customer_id": c, "at": (first - dt.timedelta(hours=h)).replace(tzinfo=None), "name": "A"}
        for i, (c, h) in enumerate(facts)
    ]
    engine.replace("due_events", pa.Table.from_pylist(rows, schema=arrow_schema(EVENTS)))
    catalog = Catalog({"age": TraitInfo("int64")})
    rule = parse({"did": "A", words: f"{hours} hours", "at_least": least}, catalog)

    def ctx(now: dt.datetime) -> Context:
        return Context(now, SEOUL, catalog, None, "due_customers", tables={"events": "due_events"})

    before = set(engine.run(compile_rule(rule, ctx(first)))["customer_id"].to_pylist())
    query = due(rule, ctx(first)).query
    assert query is not None
    when = {r["customer_id"]: r["due_at"].replace(tzinfo=dt.UTC) for r in engine.run(query).to_pylist()}
    assert all(moment > first for moment in when.values())
    for moment in sorted(when.values()):
        for probe in (moment - TICK, moment):
            now = set(engine.run(compile_rule(rule, ctx(probe)))["customer_id"].to_pylist())
            assert all(when[c] <= probe for c in now ^ before)


ENGINE = DuckDBEngine(threads=1)
ENGINE.replace("due_customers", pa.table({"customer_id": [1, 2, 3], "age": [1, 2, 3]}))


def test_calendar_windows_are_due_for_everyone_when_they_turn() -> None:
    catalog = Catalog({"birthday": TraitInfo("text"), "seen": TraitInfo("timestamp")})
    ctx = Context(at("2026-11-22T03:00"), SEOUL, catalog)
    assert due(parse({"did": "A", "during": "this month"}, catalog), ctx).everyone == at("2026-11-30T15:00")
    assert due(parse({"did": "A", "during": "last month"}, catalog), ctx).everyone == at("2026-11-30T15:00")
    assert due(parse({"did": "A", "during": "last 7 days"}, catalog), ctx).everyone == at("2026-11-22T15:00")
    assert due(parse({"birthday": {"within_next": "7 days"}}, catalog), ctx).everyone == at("2026-11-22T15:00")
    assert due(parse({"did": "A", "before": "2027-01-01"}, catalog), ctx).everyone == at("2026-12-31T15:00")
    assert due(parse({"did": "A"}, catalog), ctx) == due(parse({"trait": "birthday", "exists": True}, catalog), ctx)
    assert due(parse({"trait": "seen", "within": "7 days"}, catalog), ctx).query is not None
