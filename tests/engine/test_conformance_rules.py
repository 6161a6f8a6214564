"""Every rule construct on Spark: the hand-reasoned members of each case in spec/rules, which DuckDB is held to elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from sqlglot import exp

from dangol.engine import Engine
from dangol.rules import compile_rule, parse
from tests.engine.conftest import spark_for_tests
from tests.rules.spec import World, worlds

pytestmark = pytest.mark.spark

TOGETHER = 4
"""Cases asked in one query: starting a Spark job costs more than the work in it."""


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = spark_for_tests(tmp_path_factory.mktemp("rules") / "warehouse")
    yield engine
    engine.close()


def _numbered(world: World, number: int) -> exp.Select:
    rule = parse(world.cases[number]["rule"], world.context.catalog)
    members = compile_rule(rule, world.context).subquery("members")
    return exp.select(exp.Literal.number(number).as_("number"), exp.column("customer_id")).from_(members)


def _members(engine: Engine, world: World, numbers: range) -> dict[int, list[int]]:
    query: Any = _numbered(world, numbers[0])
    for number in numbers[1:]:
        query = exp.union(query, _numbered(world, number), distinct=False)
    found: dict[int, list[int]] = defaultdict(list)
    for row in engine.run(query).to_pylist():
        found[row["number"]].append(row["customer_id"])
    return found


@pytest.mark.parametrize("world", list(worlds()), ids=lambda w: w.name)
def test_every_construct_has_the_same_members(spark: Engine, world: World) -> None:
    world.load(spark)
    wrong = {}
    for start in range(0, len(world.cases), TOGETHER):
        numbers = range(start, min(start + TOGETHER, len(world.cases)))
        found = _members(spark, world, numbers)
        for number in numbers:
            case = world.cases[number]
            if sorted(found[number]) != case["members"]:
                wrong[case["what"]] = (sorted(found[number]), case["members"])
    assert wrong == {}
