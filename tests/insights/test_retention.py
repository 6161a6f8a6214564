"""Retention against customers read one by one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.engine import Engine
from dangol.insights import Retention, Step, answer, people
from dangol.insights.retention import wilson
from tests.insights import reading
from tests.insights.world import NAMES, Event, context, histories, load, shop


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with shop() as made:
        yield made


@settings(max_examples=40, deadline=None)
@given(
    histories(),
    st.sampled_from((*NAMES, "")),
    st.sampled_from((*NAMES, "")),
    st.sampled_from(("day", "week", "month")),
    st.booleans(),
    st.booleans(),
    st.sampled_from(("2026-01-01..2026-03-01", "2026-01-20..2026-02-10")),
)
def test_customers_read_one_by_one(
    engine: Engine, events: list[Event], begin: str, back: str, interval: str, first: bool, rolling: bool, period: str
) -> None:
    load(engine, events)
    asked = Retention(
        start=Step(event=begin), back=Step(event=back), interval=interval, first=first, rolling=rolling, period=period,
        most=40,
    )  # type: ignore[arg-type]  # fmt: skip
    found = answer(engine, asked, context())
    expected = reading.retention(
        events, lambda e: begin in ("", e.name), lambda e: back in ("", e.name), interval, first=first,
        start=found.start, end=found.end,
    )  # fmt: skip
    sizes = {r["cohort"]: r["size"] for r in found.data["cohorts"].to_pylist() if r["size"]}
    assert sizes == {str(day): size for day, (size, _, _) in expected.items()}
    cells = {(r["cohort"], r["first"]): r["customers"] for r in found.data["cells"].to_pylist() if r["customers"]}
    which = 2 if rolling else 1
    assert cells == {
        (str(day), n): count for day, told in expected.items() for n, count in told[which].items() if n <= 40
    }
    for (day, n), count in list(cells.items())[:1]:
        crowd = people(engine, asked, {"cohort": day, "first": n, "last": n}, context())
        assert crowd.customers == count
        away = people(engine, asked, {"cohort": day, "first": n, "last": n, "away": True}, context())
        assert away.customers == sizes[day] - count


def test_brackets_hold_several_intervals(engine: Engine) -> None:
    events = [Event(1, reading_at(d), d + 1, "Order Completed") for d in (0, 3, 9)]
    load(engine, events)
    asked = Retention(interval="day", brackets=(1, 2, 7), most=30, period="2026-01-01..2026-01-05", first=True)
    found = answer(engine, asked, context())
    first = [r for r in found.data["cells"].to_pylist() if r["cohort"] == "2026-01-01"]
    assert [(r["first"], r["last"], r["customers"]) for r in first] == [(1, 1, 0), (2, 6, 1), (7, 30, 1)]


def reading_at(days: int) -> object:
    import datetime as dt

    from tests.insights.world import START

    return START + dt.timedelta(days=days)


def test_wilson_is_the_published_interval() -> None:
    """Newcombe 1998, table I: 15 of 148 and 0 of 20, method 3."""
    assert [round(x, 4) for x in wilson(15, 148)] == [0.0624, 0.1605]
    assert [round(x, 4) for x in wilson(0, 20)] == [0.0, 0.1611]
