"""Hand-reasoned cases: SQL, passes and the explanation of every customer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlglot import exp, parse_one

from dangol.engine import DuckDBEngine
from dangol.rules import EXAMPLE_CATALOG, Context, compile_rule, examples, explain, parse, say
from dangol.rules.parse import HEADS
from dangol.rules.passes import Passes, Ranks
from tests.rules.spec import World, worlds

WORLDS = {w.name: w for w in worlds()}
CASES = [pytest.param(w.name, case, id=f"{w.name}: {case['what']}") for w in WORLDS.values() for case in w.cases]


@pytest.fixture(scope="module")
def engines() -> Iterator[dict[str, DuckDBEngine]]:
    made = {}
    for name, world in WORLDS.items():
        made[name] = DuckDBEngine(threads=1)
        world.load(made[name])
    yield made
    for engine in made.values():
        engine.close()


@pytest.mark.parametrize(("name", "case"), CASES)
def test_case(name: str, case: dict[str, object], engines: dict[str, DuckDBEngine]) -> None:
    world, engine = WORLDS[name], engines[name]
    rule = parse(case["rule"], world.context.catalog)
    query = compile_rule(rule, world.context)
    assert sorted(engine.run(query)["customer_id"].to_pylist()) == case["members"]
    assert isinstance(parse_one(query.sql("spark"), dialect="spark"), exp.Select)


@pytest.mark.parametrize("world", WORLDS.values(), ids=list(WORLDS))
def test_passes_and_explanations_agree(world: World, engines: dict[str, DuckDBEngine]) -> None:
    engine, ctx = engines[world.name], world.context
    rules = [parse(case["rule"], ctx.catalog) for case in world.cases]
    matrix = Passes(rules, ctx, Ranks.read(engine, rules, ctx)).run(engine, None)
    for j, (rule, case) in enumerate(zip(rules, world.cases, strict=True)):
        assert matrix.of(j).tolist() == case["members"], case["what"]
        customer = j % 5 + 1
        assert explain(rule, customer, ctx, engine).met == (customer in case["members"]), case["what"]


def test_examples_show_every_construct(engines: dict[str, DuckDBEngine]) -> None:
    ctx = Context(WORLDS["people"].context.now, WORLDS["people"].context.tz, EXAMPLE_CATALOG, segments="inline")
    for name, body in examples().items():
        rule = parse(body, EXAMPLE_CATALOG)
        assert not rule.warnings, name
        assert compile_rule(rule, ctx).sql("spark")
        assert say(rule, EXAMPLE_CATALOG, "ko").endswith("고객")
        assert say(rule, EXAMPLE_CATALOG, "en").startswith("customers ")
    used = {key for body in examples().values() for key in body}
    assert set(HEADS) - {"not_in"} <= used | {"not_in"}
