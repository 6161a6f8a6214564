"""Shops with orders and their lines, touches and visits, for the questions about what was bought, where and after what."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from dangol.engine import Engine, arrow_schema
from dangol.insights import Answered, Context, answer, question
from dangol.profiles import Definitions
from dangol.schema import EVENTS, IDENTIFIERS, ORDER_ITEMS, TABLES
from tests.insights.world import NOW, SEOUL, START

DEFINITIONS = Definitions.of(segments=[])


@dataclass(frozen=True, order=True)
class Fact:
    """One event; `items` are (category, amount) of an order's lines."""

    customer: int
    at: dt.datetime
    event_id: int
    name: str = "Order Completed"
    channel: str | None = None
    campaign: str | None = None
    amount: int = 0
    items: tuple[tuple[str, int], ...] = ()
    more: tuple[tuple[str, Any], ...] = field(default=())


def day(n: float, *, hour: float = 0) -> dt.datetime:
    return START + dt.timedelta(days=n, hours=hour)


def fill(engine: Engine, facts: Sequence[Fact]) -> None:
    """Put these facts in place of what is there."""
    engine.ensure(TABLES.values())
    events, lines = [], []
    for fact in facts:
        at = fact.at.replace(tzinfo=None)
        amount = Decimal(fact.amount or sum(a for _, a in fact.items))
        who = {
            "customer_id": fact.customer or None,
            "node": fact.customer or None,
            "at": at,
            "name": fact.name,
            "source": "shop",
        }
        row: dict[str, Any] = dict.fromkeys(EVENTS.names)
        row |= {
            **who,
            "event_id": fact.event_id,
            "channel": fact.channel,
            "campaign": fact.campaign,
            "amount": amount,
            "batch": 1,
        }
        row |= {"order_id": f"o{fact.event_id}" if fact.name.startswith("Order") else None}
        row |= {"properties": json.dumps(dict(fact.more)) if fact.more else None}
        row |= {k: v for k, v in fact.more if k in ("device",)}
        events.append(row)
        for number, (category, price) in enumerate(fact.items, 1):
            line: dict[str, Any] = dict.fromkeys(ORDER_ITEMS.names)
            line |= {**who, "event_id": fact.event_id, "line": number, "line_key": fact.event_id * 100 + number}
            line |= {
                "category": category,
                "product_id": f"p-{category}",
                "quantity": Decimal(1),
                "amount": Decimal(price),
            }
            line |= {"order_id": f"o{fact.event_id}", "channel": fact.channel, "batch": 1}
            lines.append(line)
    engine.replace("events", pa.Table.from_pylist(events, schema=arrow_schema(EVENTS)))
    engine.replace("order_items", pa.Table.from_pylist(lines, schema=arrow_schema(ORDER_ITEMS)))
    people: dict[int, list[dt.datetime]] = {}
    for fact in facts:
        if fact.customer:
            people.setdefault(fact.customer, []).append(fact.at.replace(tzinfo=None))
    known = [
        dict.fromkeys(IDENTIFIERS.names)
        | {
            "node": c,
            "kind": "user_id",
            "customer_id": c,
            "born_as": c,
            "first_seen": min(a),
            "last_seen": max(a),
            "source": "shop",
            "batch": 1,
        }
        for c, a in sorted(people.items())
    ]
    engine.replace("identifiers", pa.Table.from_pylist(known, schema=arrow_schema(IDENTIFIERS)))


def ask(engine: Engine, kind: str, now: dt.datetime = NOW, **said: Any) -> Answered:
    return answer(engine, question(kind, said), Context(now=now, tz=SEOUL, definitions=DEFINITIONS))


def rows(found: Answered, table: str) -> list[dict[str, Any]]:
    return list(found.data[table].to_pylist())


CAMPAIGNS = ("spring", "naver", "letter")
CATEGORIES = ("tea", "cup", "cake", "pot")


@st.composite
def shops(draw: st.DrawFn, *, most: int = 30) -> list[Fact]:
    """Orders and touches of up to four customers; many at one moment, some of one touch within half an hour."""
    found = []
    for number in range(draw(st.integers(1, most))):
        minutes = draw(
            st.one_of(st.integers(0, 60).map(lambda d: 1440 * d), st.integers(0, 60 * 96).map(lambda q: 15 * q))
        )
        at = START + dt.timedelta(minutes=minutes)
        order = draw(st.booleans())
        items = tuple(
            (c, draw(st.integers(1, 50))) for c in draw(st.lists(st.sampled_from(CATEGORIES), min_size=1, max_size=3))
        )
        found.append(
            Fact(
                customer=draw(st.integers(1, 4)),
                at=at,
                event_id=number + 1,
                name="Order Completed" if order else "Campaign Reached",
                channel=draw(st.sampled_from(("web", "store", "app", None))),
                campaign=None if order else draw(st.sampled_from((*CAMPAIGNS, None))),
                items=items if order else (),
            )
        )
    return found
