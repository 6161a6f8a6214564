"""The SDKs in use, unmodified, against a real server: every call arrives once, with traits, context and times right."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
import rudderstack.analytics.client as rudder
import segment.analytics.client as segment

from tests.server.live import Live, serving

THEN = dt.datetime(2026, 11, 1, 3, 4, 5, 678_000, tzinfo=dt.UTC)
CONTEXT = {"locale": "ko-KR", "campaign": {"name": "fall"}, "ip": "198.51.100.77"}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serving(tmp_path_factory.mktemp("sdk") / "shop") as server:
        yield server


def _errors(into: list[Any]) -> Any:
    return lambda error, items: into.append((error, items))


def _segment(live: Live, failed: list[Any]) -> Any:
    return segment.Client(live.server, host=live.url, on_error=_errors(failed), max_retries=2, timeout=10, gzip=False)


def _segment_packed(live: Live, failed: list[Any]) -> Any:
    return segment.Client(live.server, host=live.url, on_error=_errors(failed), max_retries=2, timeout=10, gzip=True)


def _rudder(live: Live, failed: list[Any]) -> Any:
    return rudder.Client(live.server, host=live.url, on_error=_errors(failed), max_retries=2, timeout=10)


CLIENTS = {"segment": _segment, "segment-gzip": _segment_packed, "rudder": _rudder}


@pytest.mark.parametrize("name", CLIENTS)
def test_every_call_arrives_once(live: Live, name: str) -> None:
    failed: list[Any] = []
    before = {e["event_id"] for e in live.events()}
    client = CLIENTS[name](live, failed)
    who = f"{name}-u1"
    client.identify(who, {"email": f"{name}@haneul-mail.kr", "name": "김단비", "plan": "gold"}, context=CONTEXT)
    client.track(who, "Product Viewed", {"product_id": "p1", "category": "등산"}, context=CONTEXT, timestamp=THEN)
    client.page(who, "Docs", "Start", {"url": "https://shop.example/start?token=x&utm_source=naver"})
    client.screen(who, "App", "Home")
    client.group(who, f"{name}-g", {"industry": "retail"})
    client.alias(f"{name}-old", who)
    client.track(
        who,
        "Order Completed",
        {"order_id": f"{name}-o1", "total": 25000, "currency": "KRW",
         "products": [{"product_id": "p1", "price": 10000, "quantity": 2}, {"product_id": "p2", "price": 5000, "quantity": 1}]},
    )  # fmt: skip
    client.join()
    assert failed == []
    new = [e for e in live.events() if e["event_id"] not in before]
    assert sorted(e["name"] for e in new) == ["Order Completed", "Page Viewed", "Product Viewed", "Screen Viewed"]
    viewed = next(e for e in new if e["name"] == "Product Viewed")
    assert abs(viewed["at"].replace(tzinfo=dt.UTC) - THEN) < dt.timedelta(seconds=5)
    told = json.loads(viewed["properties"])
    assert told["context"]["locale"] == "ko-KR"
    assert (viewed["campaign"], viewed["category"], viewed["source"]) == ("fall", "등산", "backend")
    order = next(e for e in new if e["name"] == "Order Completed")
    assert (order["amount"], order["quantity"]) == (25000, 3)
    assert len([i for i in live.table("order_items") if i["event_id"] == order["event_id"]]) == 2
    page = next(e for e in new if e["name"] == "Page Viewed")
    assert json.loads(page["properties"])["url"] == "https://shop.example/start?utm_source=naver"
    assert len({e["customer_id"] for e in new}) == 1
    _person(live, new[0]["customer_id"], name)


def _person(live: Live, customer: int, name: str) -> None:
    given = {(g["trait"], g["value"]) for g in live.table("given") if g["customer_id"] == customer}
    assert {("plan", "gold"), ("group", f"{name}-g"), ("group.industry", "retail")} <= given
    kinds = {i["kind"] for i in live.table("identifiers") if i["customer_id"] == customer}
    assert kinds == {"user_id", "email", "anonymous_id"}
    rows = live.ws.vault.read([customer], reason="test", actor="test", now=THEN)
    assert {("name", "김단비"), ("email", f"{name}@haneul-mail.kr")} <= {(r.kind, r.value) for r in rows}


@pytest.mark.parametrize("name", CLIENTS)
def test_a_wrong_key_is_told_at_once(live: Live, name: str) -> None:
    """Dropped by the SDK after one request, not tried again and again."""
    failed: list[Any] = []
    waiting = live.ws.intake.waiting().records
    client = CLIENTS[name](Live(live.ws, live.url, "", "nobody-s-key"), failed)
    client.track("u", "Product Viewed")
    client.join()
    assert len(failed) == 1
    assert "401" in str(failed[0][0]) or "unknown" in str(failed[0][0])
    assert live.ws.intake.waiting().records == waiting
