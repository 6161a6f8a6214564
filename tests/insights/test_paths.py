"""Paths against journeys walked one by one."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.engine import Engine
from dangol.insights import Paths, Step, answer, people
from tests.insights import reading
from tests.insights.world import NAMES, Event, context, histories, load, shop


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with shop() as made:
        yield made


GAPS = {"": None, "30 minutes": dt.timedelta(minutes=30), "2 days": dt.timedelta(days=2)}


@settings(max_examples=30, deadline=None)
@given(
    histories(),
    st.sampled_from(list(GAPS)),
    st.sampled_from(("", *NAMES)),
    st.booleans(),
    st.sampled_from(("event", "page")),
    st.integers(1, 4),
)
def test_journeys_walked_one_by_one(
    engine: Engine, events: list[Event], gap: str, anchor: str, back: bool, nodes: str, depth: int
) -> None:
    load(engine, events)
    step = {"before" if back else "after": Step(event=anchor)} if anchor else {}
    asked = Paths(gap=gap, nodes=nodes, depth=depth, period="all", top=50, **step)  # type: ignore[arg-type]
    found = answer(engine, asked, context())

    def goal(event: Event) -> bool:
        return event.name == "Order Completed"

    def label(event: Event) -> str:
        return event.name if nodes == "event" else event.page or ("Order Completed" if goal(event) else "")

    def home(event: Event) -> bool:
        return event.name == anchor

    links: Counter[tuple[int, str | None, str | None]] = Counter()
    all_journeys = []
    for rows in reading.by_customer(events).values():
        for journey in reading.journeys([e for e in rows if label(e)], GAPS[gap]):
            all_journeys.append(journey)
            seen = reading.walked(journey, label, home if anchor else None, depth, back=back and bool(anchor))
            for i, here in enumerate(seen[:depth]):
                there = seen[i + 1] if i + 1 < len(seen) else None
                links[(-i, there, here) if back and anchor else (i, here, there)] += 1
    told = {(r["step"], r["source"], r["target"]): r["journeys"] for r in found.data["links"].to_pylist()}
    assert told == dict(links)
    expected = reading.breaks(all_journeys, label, goal, found.end - (GAPS[gap] or dt.timedelta(0)))
    broken = {r["label"]: (r["journeys"], r["broke"], r["won"], r["worth"]) for r in found.data["breaks"].to_pylist()}
    assert broken == {k: (*v[:3], float(v[3])) for k, v in expected.items() if v[1]}
    for word, row in list(broken.items())[:1]:
        assert 0 < people(engine, asked, {"break": word}, context()).customers <= row[1]


def test_the_dearest_break_comes_first(engine: Engine) -> None:
    at = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
    half = dt.timedelta(minutes=5)
    events, number = [], 0
    for customer, names in enumerate(
        (["Cart", "Order Completed"], ["Cart"], ["Cart"], ["Home"], ["Home"], ["Home"]), 1
    ):
        for i, name in enumerate(names):
            number += 1
            events.append(
                Event(customer, at + i * half, number, name, amount=100 if name.startswith("Order") else None)
            )  # type: ignore[arg-type]
    load(engine, events)
    rows = answer(engine, Paths(period="all"), context()).data["breaks"].to_pylist()
    assert [(r["label"], r["broke"], r["cost"]) for r in rows] == [("Cart", 2, 200.0), ("Home", 3, None)]


def test_others_are_put_together(engine: Engine) -> None:
    at = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
    load(engine, [Event(i, at, i, f"e{i // 2}") for i in range(1, 6)])
    found = answer(engine, Paths(period="all", top=1), context()).data
    assert [(r["source"], r["source_kind"], r["journeys"]) for r in found["links"].to_pylist()] == [
        (None, "others", 3), ("e1", "node", 2),
    ]  # fmt: skip
    assert [(r["label"], r["kind"], r["journeys"]) for r in found["nodes"].to_pylist()] == [
        ("e1", "node", 2), (None, "others", 3),
    ]  # fmt: skip
