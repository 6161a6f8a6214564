"""Where an answer says that a rule finds exactly the customers behind a number, it does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings

from dangol.engine import Engine
from dangol.insights import Context, people, question
from dangol.profiles import refresh_traits, who
from tests.budget import examples
from tests.insights.orders import DEFINITIONS, Fact, ask, fill, rows, shops
from tests.insights.world import NOW, SEOUL, shop

HERE = Context(now=NOW, tz=SEOUL, definitions=DEFINITIONS)
PERIOD = "2026-01-05..2026-02-20"


@pytest.fixture(scope="module")
def engine() -> Iterable[Engine]:
    with shop() as made:
        yield made


def cells(engine: Engine) -> Iterable[tuple[str, dict[str, Any], dict[str, Any]]]:
    for kind, table, keys in (("timing", "hours", ("weekday", "hour")), ("channels", "channels", ("channel",)),
                              ("campaigns", "campaigns", ("campaign",))):  # fmt: skip
        said = {"period": PERIOD}
        for row in rows(ask(engine, kind, **said), table):
            if row.get("events", 1):
                cell = {k: row[k] for k in keys}
                yield kind, said, cell
                if kind == "campaigns":
                    yield from ((kind, said, cell | {"redeemed": redeemed}) for redeemed in (True, False))


@settings(max_examples=examples(20), deadline=None)
@given(facts=shops(most=15))
def test_rules_that_are_exact_are(engine: Engine, facts: list[Fact]) -> None:
    fill(engine, facts)
    refresh_traits(engine, DEFINITIONS.only({"orders"}), now=NOW, tz=SEOUL)
    for kind, said, cell in cells(engine):
        found = people(engine, question(kind, said), cell, HERE)
        assert found.exact
        assert found.sentence.ko != found.sentence.en
        query = who(DEFINITIONS, dict(found.rule or {}), now=NOW, tz=SEOUL)
        assert sorted(engine.run(query)["customer_id"].to_pylist()) == list(found.ids), (kind, cell, found.rule)


def test_a_campaign_that_did_not_begin_in_the_time_reached_nobody_and_no_rule_says_so(engine: Engine) -> None:
    fill(engine, [])
    for redeemed in (True, False, None):
        found = people(
            engine, question("campaigns", {"period": PERIOD}), {"campaign": "spring", "redeemed": redeemed}, HERE
        )
        assert (found.customers, found.exact) == (0, False)


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        ("affinity", {"a": "tea", "b": "cup", "without": True}),
        ("entry", {"entry": "tea"}),
        ("clicks", {"path": "/", "selector": "#a"}),
        ("attribution", {"touch": "spring", "converted": True}),
        ("flows", {"source": "new", "target": "active"}),
    ],
)
def test_the_others_have_a_rule_that_reads(engine: Engine, kind: str, cell: dict[str, Any]) -> None:
    fill(engine, [])
    refresh_traits(engine, DEFINITIONS, now=NOW, tz=SEOUL)
    found = people(engine, question(kind, {}), cell, HERE)
    assert not found.exact
    assert found.rule
    assert found.sentence.ko
