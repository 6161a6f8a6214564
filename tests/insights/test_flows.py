"""Lifecycle flows: stages of the past are what a shop that knew only the past would have computed."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given, settings

from dangol.engine import Engine
from dangol.insights import Context, people, question
from dangol.profiles import Definitions, refresh_traits, shipped_traits
from dangol.schema import DefinitionError, NotFoundError
from tests.budget import examples
from tests.insights.orders import Fact, ask, fill, rows, shops
from tests.insights.world import NOW, SEOUL, shop

WHOLE = Definitions.of(segments=[])


@pytest.fixture(scope="module")
def engines() -> Iterable[tuple[Engine, Engine]]:
    with shop() as one, shop() as two:
        yield one, two


def stages(engine: Engine, facts: list[Fact], at: dt.datetime) -> dict[int, str | None]:
    """By the ordinary refresh of a shop whose facts end there."""
    known = [f for f in facts if f.at <= at]
    if not known:
        return {}
    fill(engine, known)
    refresh_traits(engine, WHOLE.only({"lifecycle_stage"}), now=at, tz=SEOUL)
    from dangol.engine import sql

    found = engine.run(sql("SELECT customer_id, lifecycle_stage FROM customers")).to_pylist()
    return {r["customer_id"]: r["lifecycle_stage"] for r in found}


@settings(max_examples=examples(12), deadline=None)
@given(facts=shops())
def test_stages_of_the_past(engines: tuple[Engine, Engine], facts: list[Fact]) -> None:
    engine, other = engines
    fill(engine, facts)
    found = ask(engine, "flows", period="2026-02-01..2026-03-15", interval="month")
    moments = found.facts["moments"]
    assert [m.astimezone(SEOUL).date().isoformat() for m in moments] == ["2026-01-31", "2026-02-28", "2026-03-15"]
    for start, end in itertools.pairwise(moments):
        before, after = stages(other, facts, start), stages(other, facts, end)
        pairs = Counter((before.get(c), after.get(c)) for c in before.keys() | after.keys())
        pairs.pop((None, None), None)
        told = {(r["source"], r["target"]): r["customers"] for r in rows(found, "flows") if r["start"] == start}
        assert told == dict(pairs)
    for at in moments:
        sizes = Counter(s for s in stages(other, facts, at).values() if s is not None)
        assert {r["stage"]: r["customers"] for r in rows(found, "stages") if r["at"] == at} == dict(sizes)


def test_who_moved(engines: tuple[Engine, Engine]) -> None:
    engine, _ = engines
    facts = [Fact(1, NOW - dt.timedelta(days=400 - 10 * i), i + 1, items=(("tea", 1),)) for i in range(6)]
    facts.append(Fact(2, NOW - dt.timedelta(days=3), 90, items=(("cup", 1),)))
    fill(engine, facts)
    refresh_traits(engine, WHOLE, now=NOW, tz=SEOUL)
    asked = question("flows", {"period": "30 days"})
    here = Context(now=NOW, tz=SEOUL, definitions=WHOLE)
    assert people(engine, asked, {"source": None, "target": "new"}, here).ids == (2,)
    assert people(engine, asked, {"source": "lost", "target": "lost"}, here).ids == (1,)
    assert people(engine, asked, {"stage": "new"}, here).ids == (2,)
    few = question("flows", {"period": "30 days", "top": 1})  # lost is shown, new is one of the others
    assert people(engine, few, {"source": None, "target": "(others)"}, here).ids == (2,)
    assert people(engine, few, {"stage": "(others)"}, here).ids == (2,)


def test_stages_are_words(engines: tuple[Engine, Engine]) -> None:
    engine, _ = engines
    with pytest.raises(NotFoundError):
        ask(engine, "flows", trait="no_such_trait")
    with pytest.raises(DefinitionError):
        ask(engine, "flows", trait="revenue")
    with pytest.raises(DefinitionError):
        ask(engine, "flows", period="2 years", interval="week")
    assert shipped_traits()
