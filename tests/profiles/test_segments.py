"""The membership log: entries, exits, intervals, order; and what a change of definitions would do."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.engine import DuckDBEngine, Engine, sql
from dangol.profiles import (
    Definitions,
    count,
    inside_now,
    members,
    moment_of,
    moves,
    plan,
    refresh_segments,
    refresh_traits,
    segment_sql,
    sizes_by_day,
    why,
)
from dangol.schema import MEMBERSHIPS, SEGMENT_STATE, NotFoundError
from tests.profiles.shop import NOW, arrow, event, shop, utc

SEOUL = ZoneInfo("Asia/Seoul")
SAYS = {"says": {"ko": "시험", "en": "test"}}
TRAITS = [{"trait": "n", **SAYS, "count": "events"}, {"trait": "spent", **SAYS, "sum": "amount"}]


def defined(*segments: dict[str, Any]) -> Definitions:
    return Definitions.of(TRAITS, [{**SAYS, **s} for s in segments], with_shipped=False)


def test_who_is_in_now_is_read_from_the_log_until_the_definition_changes() -> None:
    engine = shop([event(c, NOW, amount=1) for c in (1, 1, 2)], customers=[1, 2, 3])
    once, twice = ({"segment": "s", "where": {"trait": "n", "at_least": n}} for n in (1, 2))
    refresh_traits(engine, defined(once), now=NOW, tz=SEOUL)
    refresh_segments(engine, defined(once), now=NOW, tz=SEOUL)

    def inside(definitions: Definitions) -> tuple[bool, list[int]]:
        query = inside_now(engine, definitions, "s", now=NOW, tz=SEOUL)
        return "memberships" in engine.to_sql(query), sorted(engine.run(query)["customer_id"].to_pylist())

    assert inside(defined(once)) == (True, [1, 2])
    assert inside(defined(twice)) == (False, [1])
    engine.close()


def log(engine: Engine, segment: str) -> list[tuple[Any, ...]]:
    rows = engine.run(sql("SELECT * FROM memberships WHERE segment = :s ORDER BY customer_id, entered_at", s=segment))
    return [(r["customer_id"], r["entered_at"], r["left_at"]) for r in rows.to_pylist()]


FREQUENT = {"segment": "frequent", "where": {"trait": "n", "at_least": 2}}
RECENT = {"segment": "recent", "where": {"did": "Order Completed", "within": "10 days"}}
BOTH = {"segment": "both", "where": {"all": [{"in": "frequent"}, {"in": "recent"}]}}


@settings(max_examples=5, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(0, 40)), max_size=15),
    st.lists(st.tuples(st.integers(0, 45), st.booleans()), min_size=1, max_size=5, unique_by=lambda t: t[0]),
)
def test_intervals_of_the_log_say_who_was_in_at_every_refresh(
    visits: list[tuple[int, int]], days: list[tuple[int, bool]]
) -> None:
    start = utc(2026, 1, 1, 3)
    engine = shop([event(c, start + dt.timedelta(days=d)) for c, d in visits], customers=range(1, 6))
    segments = defined(BOTH, FREQUENT, RECENT)
    assert segments.levels == (("frequent", "recent"), ("both",))
    truth: dict[dt.datetime, dict[str, set[int]]] = {}
    for number, (day, partial) in enumerate(sorted(days)):
        now = start + dt.timedelta(days=day, hours=1)
        population = list(range(1, 6)) if partial and number else None
        refresh_traits(engine, segments, now=now, tz=SEOUL, population=population)
        found = refresh_segments(engine, segments, now=now, tz=SEOUL, population=population)
        seen = {
            c: [start + dt.timedelta(days=d) for k, d in visits if k == c and start + dt.timedelta(days=d) <= now]
            for c in range(1, 6)
        }
        frequent = {c for c, at in seen.items() if len(at) >= 2}
        recent = {c for c, at in seen.items() if any(a > now - dt.timedelta(days=10) for a in at)}
        truth[now] = {"frequent": frequent, "recent": recent, "both": frequent & recent}
        assert {c.segment: c.members for c in found.changes} == {n: len(m) for n, m in truth[now].items()}
    for now, groups in truth.items():
        for name, expected in groups.items():
            rows = members(engine, segments, name, now=NOW, tz=SEOUL, as_of=now)
            assert rows.facts["by"] == "log"
            assert {r["customer_id"] for r in rows} == expected
    for name in ("frequent", "recent", "both"):
        for customer in range(1, 6):
            spans = [(a, b) for c, a, b in log(engine, name) if c == customer]
            assert all(b is not None and b > a for a, b in spans[:-1])
            assert all(x[1] <= y[0] for x, y in pairwise(spans))
    engine.close()


def test_entries_and_exits_are_counted_and_read_back() -> None:
    day = dt.timedelta(days=1)
    engine = shop([event(1, NOW - 9 * day), event(2, NOW)], customers=[1, 2, 3])
    segments = defined(RECENT)
    for now in (NOW, NOW + 5 * day):
        refresh_traits(engine, segments, now=now, tz=SEOUL)
        found = refresh_segments(engine, segments, now=now, tz=SEOUL).change("recent")
    assert (found.members, found.entered, found.left) == (1, 0, 1)
    assert [tuple(r.values()) for r in moves(engine, NOW + 5 * day)] == [("recent", 1, "left")]
    assert len(moves(engine, NOW, "recent")) == 2
    again = refresh_segments(engine, segments, now=NOW + 6 * day, tz=SEOUL).change("recent")
    assert (again.entered, again.left) == (0, 0)
    refresh_segments(engine, defined(FREQUENT), now=NOW + 7 * day, tz=SEOUL)  # `recent` is no longer defined
    assert all(left is not None for _, _, left in log(engine, "recent"))
    engine.close()


def test_a_touched_customer_pushes_another_out_of_a_ranking() -> None:
    events = [event(c, NOW, amount=c * 10) for c in (1, 2, 3)]
    engine = shop(events)
    segments = defined(
        {"segment": "best", "where": {"top": {"by": "spent", "n": 1}}},
        {"segment": "not-best", "where": {"not": {"in": "best"}}},
    )
    refresh_traits(engine, segments, now=NOW, tz=SEOUL)
    refresh_segments(engine, segments, now=NOW, tz=SEOUL)
    later = NOW + dt.timedelta(days=1)
    more = shop([event(1, NOW, amount=500)], customers=[])
    engine.append("events", more.run(sql("SELECT * FROM events")))
    refresh_traits(engine, segments, now=later, tz=SEOUL, population=[1])
    found = refresh_segments(engine, segments, now=later, tz=SEOUL, population=[1])
    assert [(c.entered, c.left) for c in found.changes] == [(1, 1), (1, 1)]
    assert [c for c, _, left in log(engine, "best") if left is None] == [1]
    assert [c for c, _, left in log(engine, "not-best") if left is None] == [2, 3]
    engine.close()
    more.close()


def test_count_why_and_sql_of_a_segment_and_of_a_draft() -> None:
    engine = shop([event(1, NOW), event(1, NOW), event(2, NOW)], customers=[3])
    segments = defined(FREQUENT, RECENT, BOTH)
    refresh_traits(engine, segments, now=NOW, tz=SEOUL)
    found = count(engine, segments, "both", now=NOW, tz=SEOUL)
    assert (found.customers, found.everyone) == (1, 3)
    assert found.sentence("ko") != found.sentence("en")
    assert count(engine, segments, {"trait": "n", "at_most": 1}, now=NOW, tz=SEOUL).customers == 2
    reason = why(engine, segments, "frequent", 2, now=NOW, tz=SEOUL)
    assert not reason.explanation.met
    assert reason.traits == {"n": 1}
    assert segment_sql(engine, segments, "frequent", now=NOW, tz=SEOUL).startswith("SELECT")
    with pytest.raises(NotFoundError, match="'recnt'") as caught:
        count(engine, segments, "recnt", now=NOW, tz=SEOUL)
    assert "recent" in caught.value.hint.en
    with pytest.raises(NotFoundError):
        why(engine, segments, "frequent", 77, now=NOW, tz=SEOUL)
    engine.close()


def test_a_plan_says_who_would_enter_and_leave() -> None:
    engine = shop(
        [event(1, NOW, amount=1), event(1, NOW, amount=2), event(2, NOW - dt.timedelta(days=20), amount=9)],
        customers=[3],
    )
    now_ = defined(FREQUENT, RECENT, BOTH)
    refresh_traits(engine, now_, now=NOW, tz=SEOUL)
    refresh_segments(engine, now_, now=NOW, tz=SEOUL)
    assert plan(engine, now_, now_, now=NOW, tz=SEOUL).empty
    proposed = Definitions.of(
        [
            {**TRAITS[0], "did": "Order Completed", "within": "1 day"},
            TRAITS[1],
            {"trait": "mean", **SAYS, "formula": "spent / n"},
        ],
        [
            {**SAYS, "segment": "frequent", "where": {"trait": "n", "at_least": 1}},
            {**SAYS, "segment": "both", "where": {"all": [{"in": "frequent"}, {"trait": "spent", "above": 0}]}},
            {**SAYS, "segment": "spenders", "where": {"trait": "spent", "at_least": 9}},
        ],
        with_shipped=False,
    )  # fmt: skip
    found = plan(engine, now_, proposed, now=NOW, tz=SEOUL)
    assert {(t.trait, t.status, t.customers) for t in found.traits} == {("n", "changed", 1), ("mean", "new", 1)}
    assert {(s.segment, s.status, s.enters, s.leaves, s.stays) for s in found.segments} == {
        ("frequent", "changed", 0, 0, 1),
        ("both", "changed", 0, 0, 1),
        ("spenders", "new", 1, 0, 0),
        ("recent", "removed", 0, 1, 0),
    }
    assert len(found.answer) == 6
    engine.close()


def test_a_date_means_the_end_of_the_local_day() -> None:
    assert moment_of(dt.date(2026, 3, 1), SEOUL) == utc(2026, 3, 1, 14, 59, 59, 999_999)
    assert moment_of(utc(2026, 3, 1, 5), SEOUL) == utc(2026, 3, 1, 5)


def test_sizes_by_day_are_those_of_the_shops_days() -> None:
    zone, now = ZoneInfo("America/New_York"), dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)  # clocks change on the 8th
    begun = {c: now - dt.timedelta(days=1 + c % 9, hours=7 * c % 24) for c in range(1, 40)}
    spans = [(c, at, None if c % 3 else min(now, at + dt.timedelta(hours=11 * c % 60))) for c, at in begun.items()]
    engine = DuckDBEngine()
    since = now - dt.timedelta(days=4)
    engine.ensure([MEMBERSHIPS])
    assert sizes_by_day(engine, "s", since=since, now=now, tz=zone).num_rows == 0  # nothing was ever refreshed
    engine.ensure([SEGMENT_STATE])
    logged = [{"segment": "s", "customer_id": c, "entered_at": a, "left_at": b} for c, a, b in spans]
    engine.append(MEMBERSHIPS.name, arrow(MEMBERSHIPS, logged))
    engine.append(SEGMENT_STATE.name, arrow(SEGMENT_STATE, [{"segment": "s", "first_at": utc(2026, 1, 1)}]))
    found = sizes_by_day(engine, "s", since=since, now=now, tz=zone).to_pylist()
    assert len(found) == 5
    for row in found:
        ends = dt.datetime.combine(row["day"] + dt.timedelta(days=1), dt.time(), zone)
        assert row["customers"] == sum(a < ends and (b is None or b >= ends) for _, a, b in spans), row["day"]
        assert row["entered"] == sum(a.astimezone(zone).date() == row["day"] for _, a, _ in spans)
        assert row["left"] == sum(b is not None and b.astimezone(zone).date() == row["day"] for _, _, b in spans)
    engine.close()
