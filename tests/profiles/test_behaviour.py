"""Every trait function over events and order lines, against plain loops."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangol.profiles import Definitions, refresh_traits
from tests.profiles.reading import Customer
from tests.profiles.shop import CATALOGUE, NOW, Row, customers, shop, worlds

ORDERS = "Order Completed"
Read = Callable[[Customer], Any]

EVENTS: dict[str, tuple[dict[str, Any], Read]] = {
    "events_all": ({"count": "events"}, lambda c: len(c.rows)),
    "orders_": ({"did": ORDERS, "count": "events"}, lambda c: len(c.did(ORDERS).rows)),
    "net": ({"did": [ORDERS, "Order Refunded"], "sum": "amount"}, lambda c: c.did(ORDERS, "Order Refunded").sum("amount")),
    "net_30": ({"within": "30 days", "sum": "amount"}, lambda c: c.within(30).sum("amount")),
    "basket": ({"did": ORDERS, "average": "amount"}, lambda c: c.did(ORDERS).average("amount")),
    "smallest": ({"min": "amount"}, lambda c: min(c.values("amount"), default=None)),
    "largest": ({"max": "amount"}, lambda c: max(c.values("amount"), default=None)),
    "first_at": ({"min": "at"}, lambda c: min((r["at"].replace(tzinfo=None) for r in c.rows), default=None)),
    "first_word": ({"first": "channel"}, lambda c: next(iter(c.values("channel")), None)),
    "last_word": ({"last": "channel"}, lambda c: next(reversed(c.values("channel")), None)),
    "usual_word": ({"most_frequent": "channel"}, lambda c: c.most_frequent("channel")),
    "dearest_word": ({"most_frequent": {"field": "channel", "by": "amount"}}, lambda c: c.most_frequent("channel", "amount")),
    "usual_page": ({"most_frequent": "properties.page"}, lambda c: c.most_frequent("properties.page")),
    "scored": ({"sum": "properties.score"}, lambda c: float(sum(map(float, c.values("properties.score"))))),
    "usual_weekday": ({"most_frequent": "weekday"}, lambda c: c.most_frequent("weekday")),
    "usual_hour": ({"most_frequent": "hour"}, lambda c: c.most_frequent("hour")),
    "days_": ({"distinct": "day"}, lambda c: len(c.days())),
    "words": ({"list": "channel"}, lambda c: sorted(set(c.values("channel")), key=lambda w: w.encode()) or None),
    "two_words": (
        {"list": {"field": "channel", "limit": 2}},
        lambda c: sorted(set(c.values("channel")), key=lambda w: w.encode())[:2] or None,
    ),
    "since_last": ({"did": ORDERS, "days_since": "last"}, lambda c: c.did(ORDERS).days_since("last")),
    "since_first": ({"days_since": "first"}, lambda c: c.days_since("first")),
    **{
        f"gap_{how}": ({"days_between": how}, lambda c, how=how: c.between(how))  # type: ignore[misc]
        for how in ("median", "average", "min", "max", "last", "median_before_last")
    },
    **{f"run_{unit}": ({"streak": unit}, lambda c, unit=unit: c.streak(unit)) for unit in ("days", "weeks", "months")},  # type: ignore[misc]
    "run_now": ({"streak": {"of": "weeks", "which": "current"}}, lambda c: c.streak("weeks", current=True)),
    "web_share": ({"share": {"where": {"channel": "web"}}}, lambda c: c.share(lambda r: r["channel"] == "web")),
    "weekend_share_": (
        {"did": ORDERS, "share": {"where": {"weekday": {"in": ["sat", "sun"]}}}},
        lambda c: c.did(ORDERS).share(lambda r: c.get(r, "weekday") in ("sat", "sun")),
    ),
    "evening": (
        {"where": {"hour": {"between": [18, 23]}}, "count": "events"},
        lambda c: sum(c.get(r, "hour") >= 18 for r in c.rows),
    ),
    "trend_sum": ({"within": "60 days", "trend": {"sum": "amount"}}, lambda c: c.trend(60, "amount")),
    "trend_count": ({"within": "60 days", "trend": {"count": "events"}}, lambda c: c.trend(60)),
    "trend_ratio": ({"within": "60 days", "trend": {"as": "ratio"}}, lambda c: c.trend(60, how="ratio")),
}  # fmt: skip

DEPARTMENT = {r["product_id"]: r["department"] for r in CATALOGUE}
CATEGORY = {r["product_id"]: r["category"] for r in CATALOGUE}
ITEMS: dict[str, tuple[dict[str, Any], Read]] = {
    "lines": ({"count": "items"}, lambda c: len(c.rows)),
    "kinds": ({"distinct": "category"}, lambda c: len(set(c.values("category")))),
    "first_kind": ({"first": "category"}, lambda c: next(iter(c.values("category")), None)),
    "last_product": ({"last": "product_id"}, lambda c: next(reversed(c.values("product_id")), None)),
    "usual_kind": ({"most_frequent": "category"}, lambda c: c.most_frequent("category")),
    "top_department": (
        {"most_frequent": {"field": "department", "by": "amount"}},
        lambda c: c.most_frequent("department", "amount"),
    ),
    "tea": (
        {"where": {"category": "tea"}, "sum": "amount"},
        lambda c: c.narrowed(lambda r: r["category"] == "tea").sum("amount"),
    ),
    "bakery_share": (
        {"share": {"where": {"department": "bakery"}, "sum": "amount"}},
        lambda c: c.share(lambda r: r["department"] == "bakery", "amount"),
    ),
}  # fmt: skip


def documents() -> list[dict[str, Any]]:
    says = {"says": {"ko": "시험", "en": "test"}}
    made = [{"trait": name, **says, **body} for name, (body, _) in EVENTS.items()]
    return made + [{"trait": name, "of": "items", **says, **body} for name, (body, _) in ITEMS.items()]


DEFINED = Definitions.of(documents(), with_shipped=False)


def same(found: Any, expected: Any) -> bool:
    if isinstance(expected, float) and found is not None:
        return math.isclose(float(found), expected, rel_tol=1e-12, abs_tol=1e-12)
    if isinstance(expected, Decimal | int) and not isinstance(expected, bool) and found is not None:
        return Decimal(found) == Decimal(expected)
    return bool(found == expected)


def check(world: tuple[list[Row], list[Row]], zone: str) -> None:
    events, items = world
    tz = ZoneInfo(zone)
    engine = shop(events, items, products=CATALOGUE, customers=[99])
    refresh_traits(engine, DEFINED, now=NOW, tz=tz)
    found = customers(engine)
    numbered = [{"event_id": i, **e} for i, e in enumerate(events, 1)]
    filled = [
        {"event_id": 10_000 + i, "line": 1, **r, "category": r["category"] or CATEGORY.get(r["product_id"]),
         "department": DEPARTMENT.get(r["product_id"])}
        for i, r in enumerate(items, 1)
    ]  # fmt: skip
    everyone = {99} | {r["customer_id"] for r in [*numbered, *filled]}
    assert set(found) == everyone
    for customer in everyone:
        for rows, functions in ((numbered, EVENTS), (filled, ITEMS)):
            reading = Customer([r for r in rows if r["customer_id"] == customer], NOW, tz)
            for name, (_, read) in functions.items():
                assert same(found[customer][name], read(reading)), (zone, name, found[customer][name], read(reading))
    engine.close()


ZONES = st.sampled_from(["Asia/Seoul", "America/New_York", "Europe/London", "Asia/Kathmandu"])


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(worlds(120), ZONES)
def test_every_function_agrees_with_plain_loops(world: tuple[list[Row], list[Row]], zone: str) -> None:
    check(world, zone)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(worlds(140), ZONES)
def test_every_function_agrees_with_plain_loops_at_length(world: tuple[list[Row], list[Row]], zone: str) -> None:
    check(world, zone)
