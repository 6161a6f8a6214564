"""The membership log by passes is the log by SQL: for everyone and for the touched, over several refreshes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dangol.engine import DuckDBEngine, Engine, sql
from dangol.profiles import Definitions, refresh_segments, refresh_traits, turn
from dangol.profiles.matching import By, Matching
from dangol.schema import TABLES
from tests.profiles.shop import NOW, Row, event, shop, worlds

SEOUL = ZoneInfo("Asia/Seoul")
SAYS = {"says": {"ko": "시험", "en": "test"}}
TRAITS = [
    {"trait": "n", **SAYS, "count": "events"},
    {"trait": "spent", **SAYS, "sum": "amount"},
    {"trait": "pages", **SAYS, "list": "channel"},
    {"trait": "latest", **SAYS, "last": "at", "type": "timestamp"},
]
SEGMENTS: dict[str, Any] = {
    "frequent": {"trait": "n", "at_least": 3},
    "silent": {"not": {"did": "Order Completed", "within": "60 days"}},
    "spender": {"did": "Order Completed", "sum": "amount", "at_least": 500, "within": "90 days"},
    "walk": {"sequence": [{"did": "Page Viewed"}, {"did": "Order Completed", "within": "20 days"}]},
    "drinkers": {"did": "Order Completed", "of": "items", "where": {"category": "tea"}},
    "best": {"top": {"by": "spent", "n": 2}},
    "upper": {"rank": "spent", "at_least": 50},
    "web": {"trait": "pages", "contains": "web"},
    "half": {"split": {"name": "test", "share": "50%"}},
    "reached": {"reachable": "web"},
    "fresh": {"trait": "latest", "within": "30 days"},
    "both": {"all": [{"in": "frequent"}, {"in": "spender"}]},
    "web-both": {"any": [{"in": "both"}, {"in": "web"}]},
    "not-best": {"all": [{"not": {"in": "best"}}, {"not": {"in": "silent"}}]},
    "rest": {"waterfall": ["best", "web-both", "silent"], "take": "silent"},
}
QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much]
FOUND = (Phase.explicit, Phase.reuse, Phase.generate)  # a world shrinks too slowly


def defined(names: set[str]) -> Definitions:
    """These segments and all that they name."""
    return Definitions.of(
        TRAITS, [{"segment": n, **SAYS, "where": SEGMENTS[n]} for n in closed(names)], with_shipped=False
    )


def closed(names: set[str]) -> list[str]:
    found: set[str] = set()
    queue = list(names)
    while queue:
        name = queue.pop()
        if name not in found:
            found.add(name)
            queue += [n for n in SEGMENTS if f"'{n}'" in str(SEGMENTS[name])]
    return sorted(found)


@pytest.fixture(scope="module")
def engines() -> Iterator[dict[By, DuckDBEngine]]:
    made: dict[By, DuckDBEngine] = {"sql": DuckDBEngine(threads=1), "passes": DuckDBEngine(threads=1)}
    yield made
    for engine in made.values():
        engine.close()


def emptied(engine: DuckDBEngine) -> DuckDBEngine:
    """The same engine with nothing in it: opening one for every world would take most of the time."""
    have = engine.tables()
    for table in TABLES.values():
        if table.name in have:
            engine.delete(table.name, sql("TRUE"))
    engine.drop("customers")
    return engine


def log(engine: Engine) -> list[tuple[Any, ...]]:
    rows = engine.run(sql("SELECT * FROM memberships ORDER BY segment, customer_id, entered_at")).to_pylist()
    return [tuple(r.values()) for r in rows]


moments = st.lists(st.tuples(st.integers(0, 90), st.sets(st.integers(1, 8), max_size=3)), max_size=2)


@settings(max_examples=6, deadline=None, suppress_health_check=QUIET, phases=FOUND)
@given(world=worlds(most=25), names=st.sets(st.sampled_from(sorted(SEGMENTS)), min_size=1), later=moments)
def test_the_log_by_passes_is_the_log_by_sql(
    engines: dict[By, DuckDBEngine], world: tuple[list[Row], list[Row]], names: set[str], later: list[Any]
) -> None:
    same(engines, world, names, later)


@pytest.mark.slow
@settings(max_examples=30, deadline=None, suppress_health_check=QUIET, phases=FOUND)
@given(world=worlds(), names=st.sets(st.sampled_from(sorted(SEGMENTS)), min_size=1), later=moments)
def test_the_log_by_passes_is_the_log_by_sql_many_times(
    engines: dict[By, DuckDBEngine], world: tuple[list[Row], list[Row]], names: set[str], later: list[Any]
) -> None:
    same(engines, world, names, later)


def same(
    engines: dict[By, DuckDBEngine], world: tuple[list[Row], list[Row]], names: set[str], later: list[Any]
) -> None:
    """A full refresh, then for each later day a partial one (a full one when nobody is named) and a new order before it.

    Whom time moved is touched, too, as in life: a segment that ranks everybody may read the others' memberships from the log.
    """
    definitions = defined(names)
    logs: dict[str, list[Any]] = {}
    for by, engine in engines.items():
        shop(*world, customers=range(1, 8), engine=emptied(engine))
        now, seen = NOW, logs.setdefault(by, [])
        for place, (days, touched) in enumerate([(0, set()), *later]):
            since, now = now, now + dt.timedelta(days=days, seconds=1)
            more = [
                {"event_id": 90_000 + 10 * place + c, **event(c, now, amount=400)} for c in sorted(touched & {2, 5})
            ]
            if more:
                engine.append("events", _rows(more))
            population = _with_moved(engine, definitions, touched, since, now)
            refresh_traits(engine, definitions, now=now, tz=SEOUL, population=population)
            found = refresh_segments(engine, definitions, now=now, tz=SEOUL, population=population, by=by)
            seen.append((found.changes, found.full, log(engine)))
    assert logs["passes"] == logs["sql"]


def _with_moved(
    engine: Engine, definitions: Definitions, touched: set[int], since: dt.datetime, now: dt.datetime
) -> set[int] | None:
    if not touched:
        return None
    moved = turn(engine, definitions, since=since, now=now, tz=SEOUL)
    return None if moved.everyone else touched | set(moved.customers["customer_id"].to_pylist())


def _rows(rows: list[Row]) -> Any:
    from dangol.schema import EVENTS
    from tests.profiles.shop import arrow

    return arrow(EVENTS, rows)


def test_what_goes_by_passes_and_in_what_order() -> None:
    engine, definitions = DuckDBEngine(threads=1), defined(set(SEGMENTS))
    quick = set(SEGMENTS) - {"web", "reached", "web-both", "rest"}
    with engine.scratch(sql("SELECT CAST(1 AS BIGINT) AS customer_id")) as people:
        some = Matching(engine, definitions, people, now=NOW, tz=SEOUL, by="best")
    assert set(some.quick) == quick
    assert some.ranked == {"best", "upper", "not-best", "rest"}
    assert [set(step) for step in some.steps] == [quick, {"web", "reached"}, {"web-both"}, {"rest"}]
    assert Matching(engine, definitions, None, now=NOW, tz=SEOUL, by="sql").steps == definitions.levels
    engine.capabilities = type(engine.capabilities)(transactions=True, files=True, point_reads=False)
    assert Matching(engine, definitions, None, now=NOW, tz=SEOUL, by="best").quick == ()
    touched = Matching(engine, definitions, people, now=NOW, tz=SEOUL, by="best")
    assert set(touched.quick) == quick - {"best", "upper", "not-best"}
    engine.close()


def test_many_touched_customers_come_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = shop([event(c, NOW, amount=c) for c in range(1, 12)])
    definitions = defined({"frequent", "silent", "best"})
    refresh_traits(engine, definitions, now=NOW, tz=SEOUL)
    whole = refresh_segments(engine, definitions, now=NOW, tz=SEOUL, by="sql")
    before = log(engine)
    engine.delete("memberships", sql("segment = 'best' OR customer_id > 3"))
    monkeypatch.setattr("dangol.profiles.matching._PART", 3)
    again = refresh_segments(engine, definitions, now=NOW, tz=SEOUL, population=range(1, 12))
    assert [c.members for c in again.changes] == [c.members for c in whole.changes]
    assert log(engine) == before
    engine.close()
