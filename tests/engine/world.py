"""A small shop, the same on every engine: customers, events, order lines, facts, consents. Reproducible (a fixed seed)."""

from __future__ import annotations

import datetime as dt
import json
import random
from decimal import Decimal
from typing import Any

import pyarrow as pa

from dangol.engine import Engine, arrow_schema
from dangol.schema import CONSENTS, EVENTS, GIVEN, IDENTIFIERS, ORDER_ITEMS, PRODUCTS, TABLES, Table

NOW = dt.datetime(2026, 3, 1, 2, 30, tzinfo=dt.UTC)
CUSTOMERS = 40
_CATEGORIES = ["등산", "캠핑", "tea", "PASTA", None]
_CHANNELS = ["web", "app", "store", None]


def load(engine: Engine) -> None:
    """Fill every table rules and traits read."""
    engine.ensure(TABLES.values())
    draw = random.Random(7)
    identifiers, given, consents, events, items = _people(draw), [], [], [], []
    for customer in range(1, CUSTOMERS + 1):
        given += _given(draw, customer)
        consents += _consents(draw, customer)
        if customer % 9:  # some have nothing but an identifier
            for _ in range(draw.randrange(1, 16)):
                event, lines = _event(draw, customer, len(events) + 1)
                events.append(event)
                items += lines
    products = [
        {
            "product_id": f"p{i}",
            "title": f"상품 {i}",
            "category": draw.choice(_CATEGORIES),
            "brand": draw.choice(["k", "n", None]),
        }
        for i in range(12)
    ]
    for table, rows in (
        (IDENTIFIERS, identifiers),
        (GIVEN, given),
        (CONSENTS, consents),
        (EVENTS, events),
        (ORDER_ITEMS, items),
        (PRODUCTS, products),
    ):
        engine.append(table.name, _table(table, rows))


def _table(table: Table, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist([{c: r.get(c) for c in table.names} for r in rows], schema=arrow_schema(table))


def _when(draw: random.Random) -> dt.datetime:
    back = draw.choice([draw.uniform(0, 3), draw.uniform(0, 40), draw.uniform(0, 500)])
    edges = [dt.timedelta(days=60, hours=11, minutes=30), dt.timedelta(hours=11, minutes=30)]  # midnight in Seoul
    ago = dt.timedelta(days=back) if draw.random() > 0.1 else draw.choice(edges)
    return (NOW - ago).replace(tzinfo=None, microsecond=draw.choice([0, 1, 999_999]))


def _people(draw: random.Random) -> list[dict[str, Any]]:
    rows = []
    for customer in range(1, CUSTOMERS + 1):
        for kind in draw.sample(["email", "phone", "anonymous_id"], draw.randrange(1, 4)):
            seen = _when(draw)
            rows.append(
                {
                    "node": len(rows) + 1,
                    "kind": kind,
                    "customer_id": customer,
                    "first_seen": seen,
                    "last_seen": max(seen, _when(draw)),
                    "source": draw.choice(["crm", "mall"]),
                    "blocked": draw.choice([None, None, None, "junk"]),
                    "batch": 1,
                }
            )
    return rows


def _given(draw: random.Random, customer: int) -> list[dict[str, Any]]:
    choices = {
        "gender": ["female", "male"],
        "birth_year": ["1950", "1962", "1990", "2004"],
        "birthday": ["02-28", "02-29", "03-01", "03-05", "12-31"],
        "region": ["서울", "부산", "제주"],
        "district": ["종로구", "해운대구"],
        "grade": ["gold", "silver", "basic"],
        "household_size": ["1", "2", "5+"],
        "income": ["Under 15K", "50-74K"],
    }
    return [
        {
            "customer_id": customer,
            "node": customer,
            "trait": trait,
            "value": draw.choice(values),
            "at": _when(draw),
            "source": draw.choice(["crm", "mall"]),
            "batch": 1,
        }
        for trait, values in choices.items()
        for _ in range(draw.randrange(0, 3))
    ]


def _consents(draw: random.Random, customer: int) -> list[dict[str, Any]]:
    return [
        {
            "customer_id": customer,
            "node": customer,
            "purpose": draw.choice(["advertising", "profiling"]),
            "channel": draw.choice(["email", "sms"]),
            "state": draw.choice(["granted", "refused", "withdrawn"]),
            "at": _when(draw),
            "source": "crm",
            "batch": 1,
        }
        for _ in range(draw.randrange(0, 4))
    ]


def _event(draw: random.Random, customer: int, event_id: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    name = draw.choice(
        ["Order Completed"] * 3 + ["Order Cancelled", "Order Refunded", "Product Viewed", "Coupon Redeemed"]
    )
    sign = {"Order Completed": 1, "Order Cancelled": -1, "Order Refunded": -1}.get(name, 0)
    shared = {
        "event_id": event_id,
        "customer_id": customer,
        "node": customer,
        "at": _when(draw),
        "name": name,
        "source": "mall",
        "channel": draw.choice(_CHANNELS),
        "place": draw.choice(["강남점", "web", None]),
        "order_id": f"o{event_id}" if sign else None,
        "coupon": draw.choice([None, None, "c1"]),
        "batch": 1,
    }
    lines = [
        {
            **shared,
            "line": line,
            "product_id": f"p{draw.randrange(12)}",
            "title": f"상품 {line}",
            "category": draw.choice(_CATEGORIES),
            "brand": draw.choice(["k", "n", None]),
            "quantity": Decimal(sign * draw.randrange(1, 4)),
            "price": Decimal(draw.randrange(100, 90_000)) / 4,
            "amount": Decimal(sign * draw.randrange(100, 90_000)) / 4,
            "discount": Decimal(draw.randrange(0, 400)) / 100,
        }
        for line in range(1, draw.randrange(2, 4) if sign else 1)
    ]
    properties = draw.choice(
        [
            None,
            {},
            {"color": "red", "n": 7},
            {"n": "many", "color": None},
            {"n": 0.5, "ship": {"cost": 3}},
            {"한글": "값", "n": True},
        ]
    )
    event = {
        **shared,
        "category": draw.choice(_CATEGORIES),
        "amount": sum((x["amount"] for x in lines), Decimal(0)) if sign else None,
        "discount": sum((x["discount"] for x in lines), Decimal(0)) if sign else None,
        "quantity": sum((x["quantity"] for x in lines), Decimal(0)) if sign else None,
        "currency": "KRW",
        "device": draw.choice(["mobile", "desktop", None]),
        "campaign": draw.choice([None, "spring"]),
        "properties": None if properties is None else json.dumps(properties, ensure_ascii=False),
        "received_at": NOW.replace(tzinfo=None),
    }
    return event, lines
