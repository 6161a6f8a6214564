"""Small shops for questions: few customers, many ties in time, so that every rule about order is needed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from hypothesis import strategies as st

from dangol.engine import DuckDBEngine, Engine, arrow_schema
from dangol.insights import Context
from dangol.insights.asking import Use
from dangol.profiles import Definitions
from dangol.schema import EVENTS, TABLES

SEOUL = ZoneInfo("Asia/Seoul")
NOW = dt.datetime(2026, 3, 31, 3, 0, tzinfo=dt.UTC)
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
DEFINITIONS = Definitions.of(segments=[])


@dataclass(frozen=True, order=True)
class Event:
    """One event as the reference implementations read it; ordered as dangol orders a customer's events."""

    customer: int
    at: dt.datetime
    event_id: int
    name: str
    channel: str | None = None
    amount: Decimal | None = None
    page: str | None = None


def context(now: dt.datetime = NOW, use: Use = "best") -> Context:
    return Context(now=now, tz=SEOUL, definitions=DEFINITIONS, use=use)


def load(engine: Engine, events: list[Event]) -> None:
    """Put these events in place of what is there."""
    engine.replace("events", rows_of(events))


def rows_of(events: list[Event]) -> pa.Table:
    """Events as the engine takes them."""
    rows: list[dict[str, Any]] = []
    for event in events:
        row: dict[str, Any] = dict.fromkeys(EVENTS.names)
        properties = {"context": {"page": {"path": event.page}}} if event.page else None
        row |= {
            "event_id": event.event_id, "customer_id": event.customer or None, "node": event.customer,
            "at": event.at.replace(tzinfo=None), "name": event.name, "channel": event.channel, "amount": event.amount,
            "order_id": f"o{event.event_id}" if event.name.startswith("Order") else None,
            "properties": json.dumps(properties) if properties else None, "source": "shop", "batch": 1,
        }  # fmt: skip
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=arrow_schema(EVENTS))


@contextmanager
def shop(events: list[Event] | None = None) -> Iterator[Engine]:
    engine = DuckDBEngine(":memory:", memory="400MB", threads=1)
    engine.ensure(TABLES.values())
    if events is not None:
        load(engine, events)
    try:
        yield engine
    finally:
        engine.close()


NAMES = ("Product Viewed", "Product Added", "Order Completed", "Signed In")


@st.composite
def histories(draw: st.DrawFn, *, most: int = 40, days: int = 60) -> list[Event]:
    """Events of up to five customers, most of them at whole days and half hours, so that many share a moment."""
    found = []
    for number in range(draw(st.integers(0, most))):
        at = START + draw(
            st.one_of(
                st.integers(0, days).map(lambda d: dt.timedelta(days=d)),
                st.integers(0, days * 48).map(lambda h: dt.timedelta(minutes=30 * h)),
                st.integers(0, days * 86_400_000_000).map(lambda us: dt.timedelta(microseconds=us)),
            )
        )
        name = draw(st.sampled_from(NAMES))
        found.append(
            Event(
                customer=draw(st.integers(1, 5)),
                at=at,
                event_id=number + 1,
                name=name,
                channel=draw(st.sampled_from(("web", "store", None))),
                amount=Decimal(draw(st.integers(1, 90))) if name.startswith("Order") else None,
                page=draw(st.sampled_from((None, "/", "/cart", "/tea"))),
            )
        )
    return found
