"""A made-up shop of any size: the same seed gives the same customers, events, orders and segments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pyarrow as pa
from sqlglot import exp

from dangol.app import Workspace
from dangol.engine import sql

STEP = 1_000_000
SOURCE = "bench"


def user(number: int) -> str:
    """The `user_id` of a customer, as SDKs would send it."""
    return f"shopper-{number}"


def fill(
    ws: Workspace, customers: int, events: int, *, now: dt.datetime, told: Callable[[int], None] = lambda n: None
) -> None:
    """Put a year of events, with the orders among them, into an empty workspace, clustered as an import leaves them.

    :param told: called with the number of events written so far.
    """
    engine, before = ws.engine, now - dt.timedelta(days=365)
    _people(ws, customers, before, now)
    who = sql("SELECT customer_id, node FROM identifiers ORDER BY customer_id")
    with engine.scratch(who) as known:
        for first in range(0, events, STEP):
            last = min(events, first + STEP)
            with engine.scratch(_facts(known, customers, events, first, last, before)) as facts:
                engine.append("events", sql(_EVENTS, tables={"f": facts}, source=SOURCE, now=now))
                engine.append("order_items", sql(_ITEMS, tables={"f": facts}, source=SOURCE))
            told(last)


def _people(ws: Workspace, customers: int, first: dt.datetime, last: dt.datetime) -> None:
    for start in range(1, customers + 1, STEP):
        numbers = range(start, min(customers + 1, start + STEP))
        nodes = ws.privacy.pseudonymiser.pseudonyms("user_id", [user(n) for n in numbers]).nodes
        rows = pa.table({"node": pa.array(nodes, pa.int64()), "customer_id": pa.array(numbers, pa.int64())})
        with ws.engine.scratch(rows) as table:
            known = sql(_IDENTIFIERS, tables={"t": table}, first=first, last=last, source=SOURCE)
            ws.engine.append("identifiers", known)


def _facts(known: str, customers: int, events: int, first: int, last: int, since: dt.datetime) -> exp.Expr:
    """Events `first` to before `last`, of customers in rising order."""
    asked = {"customers": customers, "events": events, "first": first, "last": last, "since": since}
    return sql(_FACTS, tables={"k": known}, **asked)


_IDENTIFIERS = """
SELECT node, 'user_id' AS kind, customer_id, customer_id AS born_as, CAST(:first AS TIMESTAMP) AS first_seen,
    CAST(:last AS TIMESTAMP) AS last_seen, :source AS source, CAST(1 AS BIGINT) AS batch FROM t
"""
_FACTS = """
SELECT n.event_id, k.customer_id, k.node, n.at, n.h,
    CASE WHEN n.k < 45 THEN 'Page Viewed' WHEN n.k < 75 THEN 'Product Viewed' WHEN n.k < 85 THEN 'Product Added'
        WHEN n.k < 99 THEN 'Order Completed' ELSE 'Order Refunded' END AS name,
    CASE WHEN n.h % 3 = 0 THEN 'web' WHEN n.h % 3 = 1 THEN 'app' ELSE 'store' END AS channel,
    CAST(CASE WHEN n.k BETWEEN 85 AND 98 THEN 1000 + n.h % 90000 WHEN n.k = 99 THEN -(1000 + n.h % 9000) END
        AS DECIMAL(18,4)) AS amount
FROM (
    SELECT i AS event_id, CAST(1 + i * :customers // :events AS BIGINT) AS customer_id,
        CAST(:since AS TIMESTAMP) + INTERVAL '1' SECOND * CAST(hash(i) % 31536000 AS BIGINT) AS at,
        CAST(hash(i + 1) % 100 AS BIGINT) AS k, CAST(hash(i + 3) % 1000003 AS BIGINT) AS h
    FROM range(:first, :last) AS t(i)
) AS n JOIN k ON k.customer_id = n.customer_id
"""
_EVENTS = """
SELECT event_id, customer_id, node, at, name, :source AS source, channel, amount, 'KRW' AS currency,
    CASE WHEN name LIKE 'Order%' THEN CAST(event_id AS VARCHAR) END AS order_id,
    CASE WHEN name LIKE 'Product%' THEN CAST(h % 5000 AS VARCHAR) END AS product_id,
    CASE WHEN name LIKE 'Product%' THEN 'category ' || CAST(h % 40 AS VARCHAR) END AS category,
    CASE WHEN h % 2 = 0 THEN 'mobile' ELSE 'desktop' END AS device, CAST(:now AS TIMESTAMP) AS received_at,
    CAST(1 AS BIGINT) AS batch
FROM f
"""
_ITEMS = """
SELECT event_id, CAST(1 AS BIGINT) AS line, event_id AS line_key, customer_id, node, at, name, :source AS source,
    channel, CAST(event_id AS VARCHAR) AS order_id, CAST(h % 5000 AS VARCHAR) AS product_id,
    'category ' || CAST(h % 40 AS VARCHAR) AS category, CAST(1 AS DECIMAL(18,4)) AS quantity, amount,
    CAST(1 AS BIGINT) AS batch
FROM f WHERE name LIKE 'Order%'
"""


def segments() -> dict[str, dict[str, object]]:
    """100 live segments of ten kinds, each with other names, numbers and windows: behaviour, traits, sequences, both."""
    return {
        name: {"segment": name, "says": {"ko": name, "en": name}, "where": made(i)}
        for i in range(10)
        for kind, made in _KINDS.items()
        for name in [f"bench-{kind}-{i}"]
    }


_NAMES = ("Product Viewed", "Product Added", "Order Completed", "Page Viewed", "Order Refunded")
_KINDS: dict[str, Callable[[int], dict[str, object]]] = {
    "count": lambda i: {"did": _NAMES[i % 5], "at_least": i % 3 + 2, "within": f"{20 + 30 * i} days"},
    "lapsed": lambda i: {
        "all": [{"did": "Order Completed"}, {"not": {"did": "Order Completed", "within": f"{30 + 30 * i} days"}}]
    },
    "sum": lambda i: {
        "did": "Order Completed", "sum": "amount", "at_least": 50_000 + 20_000 * i, "within": f"{90 + 30 * i} days",
    },
    "category": lambda i: {
        "did": "Product Viewed", "where": {"category": {"in": [f"category {i}", f"category {i + 10}"]}},
        "at_least": "2 times", "within": f"{60 + 10 * i} days",
    },
    "traits": lambda i: {
        "all": [{"trait": "orders", "at_least": 1 + i % 4}, {"trait": "revenue", "at_least": 10_000 * (i + 1)}]
    },
    "mixed": lambda i: {
        "all": [
            {"trait": "orders", "at_least": 1},
            {"did": "Product Viewed", "within": f"{30 + i} days"},
            {"not": {"did": "Order Refunded"}},
        ]
    },
    "distinct": lambda i: {
        "did": "Product Viewed", "distinct": "category", "at_least": 2 + i % 4, "within": f"{100 + 10 * i} days",
    },
    "sequence": lambda i: {
        "sequence": [{"did": "Product Added"}, {"did": "Order Completed", "within": f"{i + 1} days"}],
        "within": "365 days",
    },
    "last": lambda i: {"did": "Product Viewed", "last": "category", "is": f"category {i}"},
    "either": lambda i: {
        "any": [
            {"did": "Product Added", "at_least": 2, "within": f"{i + 2} days"},
            {"all": [{"in": f"bench-count-{i}"}, {"not": {"in": f"bench-lapsed-{i}"}}]},
        ]
    },
}  # fmt: skip
