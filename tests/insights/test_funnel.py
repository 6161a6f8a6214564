"""Funnels against every attempt tried one by one."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.engine import Engine
from dangol.insights import Answered, Funnel, Step, answer, people
from dangol.schema import DefinitionError, NotFoundError
from tests.insights import reading
from tests.insights.world import NAMES, START, Event, context, histories, load, shop

STEPS = ("Product Viewed", "Product Added", "Order Completed")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with shop() as made:
        yield made


def matches(names: tuple[str, ...]) -> list[reading.Match]:
    def one(name: str) -> reading.Match:
        return lambda event: name in ("", event.name)

    return [one(name) for name in names]


def customers(found: Answered, table: str = "steps") -> list[int]:
    return [row["customers"] for row in found.data[table].to_pylist()]


WINDOWS = ("30 minutes", "1 day", "5 days", "30 days")
LENGTH = dict(zip(WINDOWS, (dt.timedelta(minutes=30), *(dt.timedelta(days=n) for n in (1, 5, 30))), strict=True))


@settings(max_examples=40, deadline=None)
@given(
    histories(),
    st.lists(st.sampled_from((*NAMES, "")), min_size=2, max_size=4).map(tuple),
    st.sampled_from(WINDOWS),
    st.sampled_from(("ordered", "strict", "any")),
    st.sampled_from(("2026-01-01..2026-03-01", "2026-01-20..2026-02-10")),
)
def test_every_attempt_tried(
    engine: Engine, events: list[Event], names: tuple[str, ...], window: str, order: str, period: str
) -> None:
    load(engine, events)
    asked = Funnel(steps=tuple(Step(event=n) for n in names), window=window, order=order, period=period)  # type: ignore[arg-type]
    found = answer(engine, asked, context())
    steps, start, end = matches(names), found.start, found.end
    levels = {
        who: reading.furthest(rows, steps, LENGTH[window], order, start, end)
        for who, rows in reading.by_customer(events).items()
    }
    assert customers(found) == reading.funnel_counts(list(levels.values()), len(steps))
    step = len(events) % len(steps) + 1
    reached = people(engine, asked, {"step": step}, context())
    assert set(reached.ids) == {who for who, level in levels.items() if level >= step}
    if step > 1:
        dropped = people(engine, asked, {"step": step, "dropped": True}, context())
        assert set(dropped.ids) == {who for who, level in levels.items() if level == step - 1}


@settings(max_examples=25, deadline=None)
@given(histories(), st.sampled_from(WINDOWS))
def test_times_between_steps(engine: Engine, events: list[Event], window: str) -> None:
    load(engine, events)
    asked = Funnel(steps=tuple(Step(event=n) for n in STEPS), window=window, period="all")
    found = answer(engine, asked, context())
    each = [
        reading.gaps(rows, matches(STEPS), LENGTH[window], found.start, found.end)
        for rows in reading.by_customer(events).values()
    ]
    for row in found.data["steps"].to_pylist()[1:]:
        times = sorted(g[row["step"]][0] for g in each if row["step"] in g)
        totals = sorted(g[row["step"]][1] for g in each if row["step"] in g)
        for name, share in (("q1", 0.25), ("median", 0.5), ("q3", 0.75)):
            assert row[name] == (_disc(times, share) if times else None)
        assert row["total"] == (_disc(totals, 0.5) if totals else None)


def _disc(values: list[dt.timedelta], share: float) -> float:
    return values[max(0, math.ceil(share * len(values)) - 1)].total_seconds()


@settings(max_examples=25, deadline=None)
@given(histories(), st.sampled_from(("ordered", "any")))
def test_holding_and_breakdown(engine: Engine, events: list[Event], order: str) -> None:
    load(engine, events)
    steps = tuple(Step(event=n) for n in STEPS)
    asked = Funnel(steps=steps, window="5 days", period="all", holding="channel", order=order)  # type: ignore[arg-type]
    found = answer(engine, asked, context())
    levels = []
    for rows in reading.by_customer(events).values():
        held = [[e for e in rows if e.channel == c] for c in ("web", "store")]
        levels.append(
            max(reading.furthest(h, matches(STEPS), LENGTH["5 days"], order, found.start, found.end) for h in held)
        )
    assert customers(found) == reading.funnel_counts(levels, 3)
    split = answer(engine, asked.model_copy(update={"holding": "", "by": "property:channel"}), context())
    whole = answer(engine, asked.model_copy(update={"holding": ""}), context())
    for step in (1, 2, 3):
        parts = [r["customers"] for r in split.data["split"].to_pylist() if r["step"] == step]
        assert sum(parts) == customers(whole)[step - 1]


def test_a_tie_goes_by_the_number_of_the_event(engine: Engine) -> None:
    at = START + dt.timedelta(days=3)
    first = [Event(1, at, 1, "Product Added"), Event(1, at, 2, "Product Viewed")]
    load(engine, [*first, Event(2, at, 3, "Product Viewed"), Event(2, at, 4, "Product Added")])
    asked = Funnel(steps=(Step(event="Product Viewed"), Step(event="Product Added")), period="all")
    assert customers(answer(engine, asked, context())) == [2, 1]


def test_what_a_person_gets_without_saying_anything(engine: Engine) -> None:
    at = START + dt.timedelta(days=3)
    load(engine, [Event(1, at, 1, "Order Completed"), Event(1, at + dt.timedelta(days=1), 2, "Order Completed")])
    found = answer(engine, Funnel(period="all"), context())
    assert customers(found) == [1, 1, 0]
    assert found.rows_read == 2
    assert found.sql
    assert found.notes


def test_mistakes_are_told(engine: Engine) -> None:
    with pytest.raises(DefinitionError, match="two steps"):
        answer(engine, Funnel(steps=(Step(event="a"),)), context())
    with pytest.raises(DefinitionError, match="no length"):
        answer(engine, Funnel(steps=(Step(event="a"), Step(event="b")), window="2 months"), context())
    with pytest.raises(NotFoundError):
        people(engine, Funnel(steps=(Step(event="a"), Step(event="b"))), {"step": 9}, context())
