"""Following touched customers writes the log that refreshing them writes, and leaves alone what needs everybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.engine import DuckDBEngine, sql
from dangol.profiles import Definitions, Follower, refresh_segments, refresh_traits
from tests.budget import examples
from tests.profiles.shop import NOW, Row, event, shop, worlds
from tests.profiles.test_matching import FOUND, QUIET, SEGMENTS, SEOUL, _rows, defined, emptied, log, moments

Engines = dict[str, DuckDBEngine]


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    made = {"follow": DuckDBEngine(threads=1), "refresh": DuckDBEngine(threads=1)}
    yield made
    for engine in made.values():
        engine.close()


@settings(max_examples=examples(40), deadline=None, suppress_health_check=QUIET, phases=FOUND)
@given(world=worlds(most=25), names=st.sets(st.sampled_from(sorted(SEGMENTS)), min_size=1), later=moments)
def test_following_is_refreshing(
    engines: Engines, world: tuple[list[Row], list[Row]], names: set[str], later: list[Any]
) -> None:
    definitions = defined(names)
    follower = Follower(definitions, tz=SEOUL)
    for engine in engines.values():
        shop(*world, customers=range(1, 8), engine=emptied(engine))
        refresh_traits(engine, definitions, now=NOW, tz=SEOUL)
        refresh_segments(engine, definitions, now=NOW, tz=SEOUL)
    now = NOW
    for place, (days, touched) in enumerate(later):
        now += dt.timedelta(days=days, seconds=1)
        more = [{"event_id": 90_000 + 10 * place + c, **event(c, now, amount=400)} for c in sorted(touched & {2, 5})]
        for engine in engines.values():
            engine.append("events", _rows(more))
        before = {row[:3] for row in log(engines["follow"])}
        found = follower.follow(engines["follow"], pa.array(sorted(touched), pa.int64()), now=now)
        refresh_traits(engines["refresh"], definitions, now=now, tz=SEOUL, population=touched)
        refresh_segments(engines["refresh"], definitions, now=now, tz=SEOUL, population=touched)
        assert found is not None
        logs = {name: [r for r in log(e) if r[0] in follower.segments] for name, e in engines.items()}
        assert logs["follow"] == logs["refresh"]
        entered = {(r["segment"], r["customer_id"]) for r in found.moves.to_pylist() if r["change"] == "entered"}
        assert entered == {row[:2] for row in log(engines["follow"]) if row[:3] not in before}


def test_segments_that_need_everybody_are_left_out() -> None:
    definitions = defined(set(SEGMENTS))
    follower = Follower(definitions, tz=SEOUL)
    assert definitions.ranked == {"best", "upper", "not-best", "rest"}
    assert set(follower.segments) | definitions.ranked == set(SEGMENTS)


def test_without_traits_of_everyone_nothing_is_followed() -> None:
    engine, one = shop([event(1, NOW)]), defined({"frequent"})
    who = pa.array([1], pa.int64())
    assert Follower(one, tz=SEOUL).follow(engine, who, now=NOW) is None
    refresh_traits(engine, one, now=NOW, tz=SEOUL)
    assert Follower(one, tz=SEOUL).follow(engine, who, now=NOW) is not None
    says = {"says": {"ko": "시험", "en": "test"}}
    other = Definitions.of([{"trait": "n", **says, "count": "events", "did": "Order Completed"}], with_shipped=False)
    assert Follower(other, tz=SEOUL).follow(engine, who, now=NOW) is None
    engine.close()


def test_a_customer_who_was_merged_away_leaves() -> None:
    engine, one = shop([event(1, NOW), event(1, NOW), event(1, NOW)]), defined({"frequent"})
    refresh_traits(engine, one, now=NOW, tz=SEOUL)
    refresh_segments(engine, one, now=NOW, tz=SEOUL)
    engine.delete("identifiers", sql("customer_id = 1"))
    engine.delete("events", sql("customer_id = 1"))
    found = Follower(one, tz=SEOUL).follow(engine, pa.array([1], pa.int64()), now=NOW + dt.timedelta(seconds=1))
    assert found is not None
    assert found.moves.to_pylist() == [{"segment": "frequent", "customer_id": 1, "change": "left"}]
    assert engine.run(sql("SELECT count(*) AS n FROM memberships WHERE left_at IS NULL"))["n"][0].as_py() == 0
    engine.close()
