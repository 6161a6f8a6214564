"""Passes give what the SQL gives, for everyone and for one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings

from dangol.engine import DuckDBEngine
from dangol.rules import compile_rule
from dangol.rules.passes import Passes, Ranks
from dangol.schema import TABLES
from tests.oracle.rules_reading import Reader
from tests.oracle.rules_worlds import NOW, SEGMENTS, load, worlds
from tests.oracle.test_rules_oracle import FOUND, QUIET, context, read, several, zones


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    engine = DuckDBEngine(threads=1)
    engine.ensure(TABLES.values())
    yield engine
    engine.close()


@settings(max_examples=8, deadline=None, suppress_health_check=QUIET, phases=FOUND)
@given(world=worlds, bodies=several, tz=zones)
def test_passes_are_the_sql(engine: DuckDBEngine, world: Any, bodies: list[Any], tz: str) -> None:
    against_sql(engine, world, bodies, tz)


@pytest.mark.slow
@settings(max_examples=400, deadline=None, suppress_health_check=QUIET, phases=FOUND)
@given(world=worlds, bodies=several, tz=zones)
def test_passes_are_the_sql_many_times(engine: DuckDBEngine, world: Any, bodies: list[Any], tz: str) -> None:
    against_sql(engine, world, bodies, tz)


def against_sql(engine: DuckDBEngine, world: Any, bodies: list[Any], tz: str) -> None:
    load(engine, world)
    ctx = context(tz)
    pairs = [(rule, body) for body in bodies if (rule := read(body))]
    rules = [rule for rule, _ in pairs]
    passes = Passes(rules, ctx, Ranks.read(engine, rules, ctx))
    everyone, one = passes.run(engine, None), passes.run(engine, 3)
    parts = list(passes.everyone(engine, customers=2))
    oracle = Reader(world, NOW, ZoneInfo(tz), SEGMENTS, "key")
    for j, (rule, body) in enumerate(pairs):
        expected = sorted(engine.run(compile_rule(rule, ctx))["customer_id"].to_pylist())
        assert everyone.of(j).tolist() == expected == oracle.members(body), body
        assert [i for part in parts for i in part.of(j).tolist()] == expected
        assert one.of(j).tolist() == [i for i in expected if i == 3], body


def test_what_passes_cannot_do_goes_by_sql(engine: DuckDBEngine) -> None:
    rules = [read({"reachable": "email"}), read({"did": "A"}), read({"top": {"by": "revenue", "n": 1}})]
    passes = Passes([r for r in rules if r], context())
    assert [passes.supports(r) for r in rules if r] == [False, True, False]
    assert len(passes.by_sql) == 2
