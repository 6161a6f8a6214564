"""A small shop in memory: rows as Python dicts, put into an engine as Arrow. What tests build worlds from."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from dangol.engine import DuckDBEngine, Engine, arrow_schema, sql
from dangol.schema import EVENTS, GIVEN, IDENTIFIERS, MEMBERSHIPS, ORDER_ITEMS, PRODUCTS, TABLES, Table

Row = dict[str, Any]
UTC = dt.UTC


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=UTC)


def arrow(table: Table, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows as the table's Arrow columns; aware times become naive UTC, missing columns null."""
    plain = [
        {
            k: v.astimezone(UTC).replace(tzinfo=None) if isinstance(v, dt.datetime) and v.tzinfo else v
            for k, v in r.items()
        }
        for r in rows
    ]
    return pa.Table.from_pylist(plain, schema=arrow_schema(table))


def event(customer: int | None, at: dt.datetime, name: str = "Order Completed", /, **more: Any) -> Row:
    """One event; amounts as text or numbers become decimals, `properties` becomes JSON."""
    row: Row = {"customer_id": customer, "node": customer, "at": at, "name": name, "source": "test", **more}
    for money in ("amount", "discount", "quantity"):
        if row.get(money) is not None:
            row[money] = Decimal(str(row[money]))
    if isinstance(row.get("properties"), dict):
        row["properties"] = json.dumps(row["properties"], ensure_ascii=False)
    return row


def shop(
    events: Iterable[Row] = (), items: Iterable[Row] = (), given: Iterable[Row] = (), products: Iterable[Row] = (),
    customers: Iterable[int] = (), engine: Engine | None = None,
) -> Engine:  # fmt: skip
    """An engine with these facts; every customer of a fact, and of `customers`, has one identifier."""
    made = engine or DuckDBEngine(threads=1)
    made.ensure(TABLES.values())
    events = [{"event_id": i, **e} for i, e in enumerate(events, 1)]
    items = [{"event_id": 10_000 + i, "line": 1, **e} for i, e in enumerate(items, 1)]
    made.append(EVENTS.name, arrow(EVENTS, events))
    made.append(ORDER_ITEMS.name, arrow(ORDER_ITEMS, items))
    made.append(GIVEN.name, arrow(GIVEN, given))
    made.append(PRODUCTS.name, arrow(PRODUCTS, products))
    seen: dict[int, list[dt.datetime]] = {c: [] for c in customers}
    for fact in [*events, *items]:
        if fact["customer_id"] is not None:
            seen.setdefault(fact["customer_id"], []).append(fact["at"])
    for fact in given:
        seen.setdefault(fact["customer_id"], [])
    rows = [
        {"node": c, "kind": "user_id", "customer_id": c, "first_seen": min(at, default=utc(2020, 1, 1)),
         "last_seen": max(at, default=utc(2020, 1, 1))}
        for c, at in seen.items()
    ]  # fmt: skip
    made.append(IDENTIFIERS.name, arrow(IDENTIFIERS, rows))
    assert MEMBERSHIPS.name in made.tables()
    return made


def customers(engine: Engine, *columns: str) -> dict[int, Row]:
    """customer_id → traits."""
    rows = engine.run(sql("SELECT * FROM customers ORDER BY customer_id")).to_pylist()
    return {r["customer_id"]: ({c: r[c] for c in columns} if columns else r) for r in rows}


def column(engine: Engine, name: str) -> dict[int, Any]:
    return {c: r[name] for c, r in customers(engine, name).items()}


NOW = utc(2026, 4, 3, 2, 30)
_START = utc(2025, 10, 1)
_WORDS = st.sampled_from(["web", "store", "가게", "call", None])


@st.composite
def worlds(draw: st.DrawFn, most: int = 60) -> tuple[list[Row], list[Row]]:
    """Events and order lines of a few customers over half a year that holds both clock changes; many share a moment."""
    moments = st.integers(0, 265_000).map(lambda m: _START + dt.timedelta(minutes=m))
    shared = draw(st.lists(moments, min_size=1, max_size=8))
    at = st.one_of(st.sampled_from(shared), moments)
    cents = st.one_of(st.none(), st.integers(-99_999, 999_999).map(lambda c: Decimal(c) / 100))
    facts = st.tuples(
        st.integers(1, 6), at, st.sampled_from(["Order Completed", "Order Refunded", "Page Viewed"]), _WORDS, cents
    )
    events = [
        event(c, a, n, channel=w, amount=v, properties={"page": w or "none", "score": str(len(w or ""))})
        for c, a, n, w, v in draw(st.lists(facts, max_size=most))
    ]
    products = st.sampled_from(["p1", "p2", "p3", None])
    lines = st.tuples(st.integers(1, 6), at, products, st.sampled_from(["tea", "bread", None]), cents)
    items = [
        event(c, a, "Order Completed", product_id=p, category=k, amount=v)
        for c, a, p, k, v in draw(st.lists(lines, max_size=most))
    ]
    return events, items


CATALOGUE = [
    {"product_id": "p1", "category": "tea", "department": "drinks", "brand": "own"},
    {"product_id": "p2", "category": "cake", "department": "bakery", "brand": "own"},
]
