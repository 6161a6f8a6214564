"""Visits of a made-up shop's site, with recordings of some of them: what the screens about the site are shown with."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from typing import Any

import httpx2 as httpx

from tests.server.live import Live

BEGAN = dt.datetime(2026, 11, 20, 1, 0, tzinfo=dt.UTC)
WAY = ("Product Viewed", "Product Added", "Checkout Started", "Order Completed")
VISITORS = 12
STAYED = (4, 3, 3, 2, 2, 2, 1, 1, 1, 1, 4, 1)
"""How far each visitor went along the way to an order."""
RECORDED = range(6)


def visit(live: Live) -> None:
    """Twelve visitors, a minute apart: half of them recorded, one in anger."""
    with httpx.Client(base_url=live.url, timeout=20) as http:
        for n in range(VISITORS):
            for call in _calls(live.browser, n):
                kind = "page" if call.pop("page", False) else "track"
                assert http.post(f"/v1/{kind}", json=call).status_code == 200
            if n in RECORDED:
                for number, events in enumerate(_recording(_at(n))):
                    assert http.post("/v1/replay", content=_part(live.browser, n, number, events)).status_code == 200
    live.drain()


def _at(n: int) -> int:
    return int((BEGAN + dt.timedelta(minutes=n)).timestamp() * 1000)


def _who(n: int) -> str:
    return f"visitor-{n:04d}-0000"


def _calls(key: str, n: int) -> list[dict[str, Any]]:
    context = {"page": {"path": "/cart", "url": "https://shop.example/cart"}}
    head = {"writeKey": key, "anonymousId": _who(n), "context": context}

    def at(seconds: int) -> str:
        return (BEGAN + dt.timedelta(minutes=n, seconds=seconds)).isoformat()

    calls: list[dict[str, Any]] = [{**head, "page": True, "timestamp": at(0), "properties": context["page"]}]
    more = {"product_id": "p1", "category": "등산", "currency": "KRW"}
    for step, event in enumerate(WAY[: STAYED[n]]):
        said = {**more, "order_id": f"web-{n}", "total": 129000} if event == "Order Completed" else more
        calls.append({**head, "event": event, "timestamp": at(4 * step + 2), "properties": said})
    clicked = {"selector": "#pay", "text": "구매하기", "tag": "button"}
    calls.append({**head, "event": "Element Clicked", "timestamp": at(6), "properties": clicked})
    calls.append(
        {**head, "event": "Page Scrolled", "timestamp": at(20), "properties": {"depth": 30 + 6 * n, "seconds": 20}}
    )
    if n == 1:
        calls.append({**head, "event": "Rage Clicked", "timestamp": at(8), "properties": clicked})
    return calls


def _node(number: int, tag: str, children: list[dict[str, Any]], **attributes: str) -> dict[str, Any]:
    return {"id": number, "type": 2, "tagName": tag, "attributes": attributes, "childNodes": children}


def _words(number: int, text: str) -> dict[str, Any]:
    return {"id": number, "type": 3, "textContent": text}


def _recording(at: int) -> list[list[dict[str, Any]]]:
    """Two parts of one page as rrweb records it: masked words, a pointer that moves and clicks, a script that must not run."""
    style = "body{font-family:sans-serif;margin:40px}button{background:#14705a;color:#fff;border:0;padding:14px 28px}"
    head = _node(3, "head", [_node(4, "style", [_words(5, style)]), _node(14, "noscript", [])])
    pay = _node(8, "button", [_words(9, "****")], id="pay", onclick="window.top.ran = true")
    title, words = _node(7, "h1", [_words(10, "**** ***")]), _node(11, "p", [_words(12, "*** **** ****")])
    body = _node(6, "body", [title, pay, words])
    doctype = {"id": 13, "type": 1, "name": "html", "publicId": "", "systemId": ""}
    tree = {"id": 1, "type": 0, "childNodes": [doctype, _node(2, "html", [head, body])]}
    moves = [{"x": 40 * k, "y": 20 * k, "id": 6, "timeOffset": -50 * (10 - k)} for k in range(1, 10)]
    first = [
        {"type": 4, "timestamp": at, "data": {"href": "https://shop.example/cart", "width": 1200, "height": 800}},
        {"type": 2, "timestamp": at + 1, "data": {"node": tree, "initialOffset": {"left": 0, "top": 0}}},
        {"type": 3, "timestamp": at + 3000, "data": {"source": 1, "positions": moves}},
    ]
    click = {"source": 2, "type": 2, "id": 8, "x": 100, "y": 130}
    clicks = [{"type": 3, "timestamp": at + 6000 + 300 * k, "data": click} for k in range(4)]
    scrolled = {"type": 3, "timestamp": at + 9000, "data": {"source": 3, "id": 1, "x": 0, "y": 200}}
    return [first, [*clicks, scrolled]]


def _part(key: str, n: int, number: int, events: list[dict[str, Any]]) -> bytes:
    page = {"path": "/cart", "url": "https://shop.example/cart"}
    body = {"writeKey": key, "sentAt": None, "anonymousId": _who(n), "sessionId": _at(n), "replayId": f"r-{n}", "part": number,
            "page": page, "events": events}  # fmt: skip
    return gzip.compress(json.dumps(body).encode())
