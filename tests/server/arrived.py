"""What every server SDK is asked to say, and what must be in the workspace afterwards."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from tests.server.live import Live

THEN = dt.datetime(2026, 11, 1, 3, 4, 5, 678_000, tzinfo=dt.UTC)
CONTEXT = {"locale": "ko-KR", "campaign": {"name": "fall"}, "ip": "198.51.100.77"}


def say_everything(client: Any, name: str) -> None:
    """Each call of a Python SDK once; `tests/server/node/send.mjs` says the same."""
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


def check_everything(live: Live, known: set[int], name: str) -> None:
    """Each call arrived once, with traits, context and times right.

    :param known: events that were there before.
    """
    now = dt.datetime.now(dt.UTC)
    new = [e for e in live.events() if e["event_id"] not in known]
    assert sorted(e["name"] for e in new) == ["Order Completed", "Page Viewed", "Product Viewed", "Screen Viewed"]
    viewed = next(e for e in new if e["name"] == "Product Viewed")
    assert abs(viewed["at"].replace(tzinfo=dt.UTC) - THEN) < dt.timedelta(seconds=5)
    others = [e["at"].replace(tzinfo=dt.UTC) for e in new if e is not viewed]
    assert all(abs(at - now) < dt.timedelta(seconds=60) for at in others)
    told = json.loads(viewed["properties"])
    assert told["context"]["locale"] == "ko-KR"
    assert (viewed["campaign"], viewed["category"], viewed["source"]) == ("fall", "등산", "backend")
    order = next(e for e in new if e["name"] == "Order Completed")
    assert (order["amount"], order["quantity"]) == (25000, 3)
    assert len([i for i in live.table("order_items") if i["event_id"] == order["event_id"]]) == 2
    page = next(e for e in new if e["name"] == "Page Viewed")
    assert json.loads(page["properties"])["url"] == "https://shop.example/start?utm_source=naver"
    assert len({e["customer_id"] for e in new}) == 1
    check_person(live, new[0]["customer_id"], name)


def check_person(live: Live, customer: int, name: str) -> None:
    given = {(g["trait"], g["value"]) for g in live.table("given") if g["customer_id"] == customer}
    assert {("plan", "gold"), ("group", f"{name}-g"), ("group.industry", "retail")} <= given
    kinds = {i["kind"] for i in live.table("identifiers") if i["customer_id"] == customer}
    assert kinds == {"user_id", "email", "anonymous_id"}
    rows = live.ws.vault.read([customer], reason="test", actor="test", now=THEN)
    assert {("name", "김단비"), ("email", f"{name}@haneul-mail.kr")} <= {(r.kind, r.value) for r in rows}
