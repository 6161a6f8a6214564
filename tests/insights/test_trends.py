"""Trends against events counted one by one; periods on the shop's clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.engine import Engine
from dangol.insights import Trends, answer, people, question, read_period
from dangol.schema import DefinitionError, NotFoundError
from tests.insights import reading
from tests.insights.world import NOW, SEOUL, START, Event, context, histories, load, shop

MONEY = ("Order Completed", "Order Cancelled", "Order Refunded")
NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with shop() as made:
        yield made


def measured(measure: str, events: Sequence[Event]) -> float | None:
    amounts = [e.amount for e in events if e.amount is not None]
    channels = {e.channel for e in events if e.channel}
    plain: dict[str, Any] = {
        "events": len(events),
        "customers": len({e.customer for e in events}),
        "orders": len({e.event_id for e in events if e.name == "Order Completed"}),
        "revenue": sum((e.amount or Decimal(0) for e in events if e.name in MONEY), Decimal(0)),
        "distinct:channel": len(channels),
        "sum:amount": sum(amounts, Decimal(0)),
        "max:amount": max(amounts, default=None),
        "average:amount": sum(amounts, Decimal(0)) / len(amounts) if amounts else None,
    }
    return None if plain[measure] is None else float(plain[measure])


@settings(max_examples=40, deadline=None)
@given(
    histories(),
    st.sampled_from(
        ("events", "customers", "orders", "revenue", "distinct:channel", "sum:amount", "max:amount", "average:amount")
    ),
    st.sampled_from(("hour", "day", "week", "month")),
    st.booleans(),
)
def test_events_counted_one_by_one(
    engine: Engine, events: list[Event], measure: str, interval: str, split: bool
) -> None:
    load(engine, events)
    asked = Trends(
        measure=measure, interval=interval, period="2026-01-10..2026-02-20", by="property:channel" if split else "",
        top=1, compare="before",
    )  # type: ignore[arg-type]  # fmt: skip
    found = answer(engine, asked, context())
    assert found.compared == (START.replace(day=9, hour=15) - dt.timedelta(days=42), START.replace(day=9, hour=15))
    inside = [e for e in events if found.start <= e.at < found.end]
    named = inside
    if measure in ("orders", "revenue"):
        named = [e for e in inside if e.name in (MONEY if measure == "revenue" else MONEY[:1])]
    totals = found.data["totals"].to_pylist()
    shown = [r["value"] for r in totals if not r["other"]]
    for row in totals:
        rows = [
            e for e in named if not split or (e.channel not in shown if row["other"] else e.channel == row["value"])
        ]
        assert row["n"] == pytest.approx(measured(measure, rows))
    for row in found.data["series"].to_pylist():
        rows = [e for e in named if _bucket(e, interval) == row["bucket"]]
        if split:
            rows = [e for e in rows if (e.channel not in shown if row["other"] else e.channel == row["value"])]
        assert row["n"] == pytest.approx(measured(measure, rows)), row
        if rows and row["bucket"] == _bucket(named[0], interval) and not split:
            crowd = people(engine, asked, {"bucket": row["bucket"]}, context())
            assert set(crowd.ids) == {e.customer for e in rows}
            assert crowd.exact


def _bucket(event: Event, interval: str) -> str:
    if interval == "hour":
        return f"{event.at.astimezone(SEOUL):%Y-%m-%dT%H:00}"
    return str(reading.bucket(event.at, interval))


def test_who_is_asked_about(engine: Engine) -> None:
    day = START + dt.timedelta(days=40)
    load(engine, [Event(c, day, c, "Order Completed", "web", Decimal(10 * c)) for c in (1, 2, 3)])
    engine.replace("customers", pa.table({"customer_id": [1, 2, 3], "orders": [1, 1, 5], "gender": ["f", "m", None]}))
    found = answer(engine, Trends(period="all", where={"trait": "orders", "at_least": 2}), context())
    assert found.data["totals"]["n"].to_pylist() == [30.0]
    split = answer(engine, Trends(period="all", by="trait:gender"), context())
    assert {r["value"]: r["n"] for r in split.data["totals"].to_pylist()} == {None: 30.0, "m": 20.0, "f": 10.0}
    assert any("now" in note.en for note in split.notes)
    crowd = people(engine, Trends(period="all", by="trait:gender"), {"value": "m"}, context())
    assert (crowd.customers, crowd.ids) == (1, (2,))
    assert crowd.rule == {"all": [{"trait": "gender", "is": "m"}, crowd.rule["all"][1]]}  # type: ignore[index]


@pytest.mark.parametrize(
    ("said", "tz", "start", "end", "before"),
    [
        ("7 days", SEOUL, "2026-03-24T15:00", None, "2026-03-17T15:00"),
        ("7일", SEOUL, "2026-03-24T15:00", None, "2026-03-17T15:00"),
        ("3 months", SEOUL, "2025-12-31T15:00", None, "2025-09-30T15:00"),
        ("last month", SEOUL, "2026-01-31T15:00", "2026-02-28T15:00", "2025-12-31T15:00"),
        ("지난 달", SEOUL, "2026-01-31T15:00", "2026-02-28T15:00", "2025-12-31T15:00"),
        ("2026-03-08..2026-03-08", NEW_YORK, "2026-03-08T05:00", "2026-03-09T04:00", "2026-03-07T05:00"),
        ("1 hour", SEOUL, "2026-03-31T03:00", None, "2026-03-31T02:00"),
        ("2026-03-30..", SEOUL, "2026-03-29T15:00", None, "2026-03-27T15:00"),
    ],
)
def test_periods_are_the_shops(said: str, tz: ZoneInfo, start: str, end: str | None, before: str) -> None:
    found = read_period(said, now=NOW, tz=tz, first=None)
    assert found.start == dt.datetime.fromisoformat(start).replace(tzinfo=dt.UTC)
    if end is None:
        assert found.end == NOW + dt.timedelta(microseconds=1)
    else:
        assert found.end == dt.datetime.fromisoformat(end).replace(tzinfo=dt.UTC)
    compared = found.before("before")
    assert compared is not None
    assert compared.start == dt.datetime.fromisoformat(before).replace(tzinfo=dt.UTC)


def test_a_year_ago() -> None:
    days = read_period("2026-03-01..2026-03-10", now=NOW, tz=SEOUL, first=None).before("year")
    weeks = read_period("2 weeks", now=NOW, tz=SEOUL, first=None).before("year")
    assert days is not None
    assert weeks is not None
    assert days.local(days.start) == dt.datetime(2025, 3, 1)  # noqa: DTZ001
    assert weeks.local(weeks.start) == dt.datetime(2025, 3, 24)  # noqa: DTZ001


def test_mistakes_are_told_together_and_in_both_languages(engine: Engine) -> None:
    with pytest.raises(DefinitionError) as wrong:
        question("trends", {"measuer": "orders", "top": 0, "interval": "year"})
    assert {p.where for p in wrong.value.problems} == {"measuer", "top", "interval"}
    assert all(p.message.ko != p.message.en for p in wrong.value.problems)
    far = ("9999-12-31..9999-12-31", "0001-01-01..", "last 999 years", "1000-01-01..1001-01-01")
    for period in far:
        with pytest.raises(DefinitionError, match="too far"):
            read_period(period, now=NOW, tz=SEOUL, first=None)
    for body in ({"measure": "profit"}, {"period": "soon"}, {"by": "colour"}, {"measure": "sum"}):
        with pytest.raises(DefinitionError):
            answer(engine, question("trends", body), context())
    with pytest.raises(NotFoundError, match="gendr"):
        answer(engine, question("trends", {"by": "trait:gendr"}), context())
    with pytest.raises(NotFoundError, match="no question"):
        question("trend", {})
