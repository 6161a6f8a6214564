"""The time wheel: refreshing only whom time may have moved leaves the log that refreshing everyone leaves."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dangol.engine import Engine, sql
from dangol.profiles import Definitions, refresh_segments, refresh_traits, turn
from tests.profiles.shop import event, shop, utc

SAYS = {"says": {"ko": "시험", "en": "test"}}
ORDER = {"did": "Order Completed"}
TRAITS: list[dict[str, Any]] = [
    {"trait": "n", "count": "events"},
    {"trait": "idle", **ORDER, "days_since": "last"},
    {"trait": "known", "days_since": "first"},
    {"trait": "lately", **ORDER, "within": "10 days", "count": "events"},
    {"trait": "spent_this_month", "during": "this month", "sum": "amount"},
    {"trait": "rise", "within": "7 days", "trend": {"count": "events", "as": "difference"}},
    {"trait": "weeks_running", "streak": {"of": "weeks", "which": "current"}},
    {"trait": "last_at", "max": "at"},
    {"trait": "pace", "formula": "idle / (n + 1)"},
    {"trait": "stage", "cases": [
        {"when": "idle <= 5", "then": "active"}, {"when": "pace > 6", "then": "lost"}, {"else": "fading"}]},
    {"trait": "quiet", "quantile": {"trait": "idle", "of": 3}},
    {"trait": "birth_year", "family": "demographic", "type": "int64", "given": "birth_year"},
    {"trait": "birthday", "family": "demographic", "given": "birthday"},
    {"trait": "age", "family": "demographic", "age": {"year": "birth_year", "birthday": "birthday"}},
]  # fmt: skip
SEGMENTS: list[dict[str, Any]] = [
    {"segment": "recent", "where": {**ORDER, "within": "10 days"}},
    {"segment": "month", "where": {"did": "Page Viewed", "at_least": 2, "within": "1 month"}},
    {"segment": "idle", "where": {"trait": "idle", "at_least": 12}},
    {"segment": "band", "where": {"trait": "idle", "between": [3, 8]}},
    {"segment": "old-hand", "where": {"trait": "known", "above": 20}},
    {"segment": "busy", "where": {"trait": "lately", "at_least": 2}},
    {"segment": "month-to-date", "where": {"trait": "spent_this_month", "above": 0}},
    {"segment": "rising", "where": {"trait": "rise", "above": 0}},
    {"segment": "running", "where": {"trait": "weeks_running", "at_least": 1}},
    {"segment": "fresh", "where": {"trait": "last_at", "within": "36 hours"}},
    {"segment": "lost", "where": {"trait": "stage", "is": "lost"}},
    {"segment": "quiet", "where": {"trait": "quiet", "is": 3}},
    {"segment": "grown", "where": {"trait": "age", "at_least": 30}},
    {"segment": "birthday", "where": {"birthday": {"within_next": "3 days"}}},
    {"segment": "two-steps", "where": {"sequence": [{"did": "Page Viewed"}, ORDER], "within": "14 days"}},
    {"segment": "of-segments", "where": {"all": [{"in": "recent"}, {"not": {"in": "busy"}}]}},
    {"segment": "nested", "where": {"any": [{"in": "of-segments"}, {"in": "lost"}]}},
    {"segment": "biggest", "where": {"top": {"by": "lately", "n": 2}}},
]


def defined(*names: str) -> Definitions:
    chosen = [s for s in SEGMENTS if not names or s["segment"] in names]
    return Definitions.of([{**SAYS, **t} for t in TRAITS], [{**SAYS, **s} for s in chosen], with_shipped=False)


def log(engine: Engine) -> list[tuple[Any, ...]]:
    rows = engine.run(sql("SELECT * FROM memberships ORDER BY segment, customer_id, entered_at")).to_pylist()
    return [(r["segment"], r["customer_id"], r["entered_at"], r["left_at"]) for r in rows]


def refresh(engine: Engine, definitions: Definitions, now: dt.datetime, tz: ZoneInfo, people: Any) -> None:
    refresh_traits(engine, definitions, now=now, tz=tz, population=people)
    refresh_segments(engine, definitions, now=now, tz=tz, population=people)


START = utc(2026, 2, 20, 3)
FOUND = (Phase.explicit, Phase.reuse, Phase.generate)
"""A failing world is shown as it was found: making it smaller would take an hour."""
zones = st.sampled_from(["Asia/Seoul", "America/New_York"])
visits = st.lists(
    st.tuples(st.integers(1, 5), st.integers(0, 80 * 24), st.sampled_from(["Order Completed", "Page Viewed"])),
    max_size=14,
)
steps = st.lists(st.sampled_from([1, 5, 12, 24, 36, 100, 200, 500]), min_size=1, max_size=5)


@settings(max_examples=2, deadline=None, phases=FOUND, suppress_health_check=list(HealthCheck))
@given(zones, visits, steps)
def test_refreshing_whom_time_moved_is_refreshing_everyone(
    zone: str, facts: list[tuple[int, int, str]], hours: list[int]
) -> None:
    _hold(ZoneInfo(zone), facts, hours[:2])


@pytest.mark.slow
@settings(max_examples=30, deadline=None, phases=FOUND, suppress_health_check=list(HealthCheck))
@given(zones, visits, steps)
def test_many_more_worlds(zone: str, facts: list[tuple[int, int, str]], hours: list[int]) -> None:
    _hold(ZoneInfo(zone), facts, hours)


def _hold(tz: ZoneInfo, facts: list[tuple[int, int, str]], hours: list[int]) -> None:
    """Facts lie before, between and after the moments: the future ones were told early (a booking, a wrong clock)."""
    definitions = defined()
    events = [event(c, START + dt.timedelta(hours=h - 40 * 24), n, amount=5) for c, h, n in facts]
    births = [(1, "birth_year", "1996"), (1, "birthday", "03-01"), (2, "birth_year", "1996"), (2, "birthday", "03-08")]
    told = [{"customer_id": c, "node": c, "trait": t, "value": v, "source": "crm"} for c, t, v in births]
    whole, wheel = (shop(events, given=told, customers=range(1, 6)) for _ in range(2))
    now = START
    for engine in (whole, wheel):
        refresh(engine, definitions, now, tz, None)
    for step in hours:
        since, now = now, now + dt.timedelta(hours=step)
        found = turn(wheel, definitions, since=since, now=now, tz=tz)
        refresh(wheel, definitions, now, tz, range(1, 6) if found.everyone else found.customers)
        refresh(whole, definitions, now, tz, range(1, 6))
        assert log(wheel) == log(whole)
    whole.close()
    wheel.close()


def test_only_those_that_time_moved_are_asked() -> None:
    tz = ZoneInfo("Asia/Seoul")
    definitions = defined("idle", "recent", "of-segments", "busy", "lost")
    day = dt.timedelta(days=1)
    engine = shop([event(c, START - c * day) for c in range(1, 31)], customers=range(1, 40))
    refresh(engine, definitions, START, tz, None)
    moved = {}
    for days in (1, 2, 3):
        found = turn(engine, definitions, since=START + (days - 1) * day, now=START + days * day, tz=tz)
        assert not found.everyone
        moved[days] = found.customers["customer_id"].to_pylist()
        refresh(engine, definitions, START + days * day, tz, found.customers)
    # idle from the 12th day, out of `recent` and `busy` after the 10th, lost when half of the days passed 6: `pace` is idle / 2
    assert moved == {1: [9, 11, 12], 2: [8, 10, 11], 3: [7, 9, 10]}
    nothing = turn(engine, definitions, since=START + 3 * day, now=START + 3 * day, tz=tz)
    assert (nothing.everyone, nothing.customers.num_rows) == (False, 0)
    engine.close()


def test_everyone_is_asked_with_a_reason() -> None:
    tz, day = ZoneInfo("Asia/Seoul"), dt.timedelta(days=1)
    engine = shop([event(c, START - c * day) for c in range(1, 4)])
    definitions = defined("idle")
    when = {"since": START, "now": START + day, "tz": tz}
    assert "no table" in turn(engine, definitions, **when).why  # type: ignore[arg-type]
    refresh(engine, definitions, START, tz, None)
    assert turn(engine, definitions, **when).why == ""  # type: ignore[arg-type]
    ranked = Definitions.of(
        [{**SAYS, **t} for t in TRAITS],
        [{**SAYS, "segment": "longest", "where": {"top": {"by": "pace", "n": 1}}}],
        with_shipped=False,
    )
    assert "pace" in turn(engine, ranked, **when).why  # type: ignore[arg-type]
    assert turn(engine, ranked, since=START, now=START + dt.timedelta(hours=1), tz=tz).why == ""
    turning = Definitions.of(
        [{**SAYS, **t} for t in TRAITS],
        [{**SAYS, "segment": "march", "where": {**ORDER, "during": "this month"}}],
        with_shipped=False,
    )
    assert "march" in turn(engine, turning, since=START, now=START + 10 * day, tz=tz).why
    engine.close()
