"""The browser SDK's own traffic, as a real Chromium sent it (sdk/js writes and compares the file), read by the collector."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from dangol.collect.wire import Call, Envelope, Money, Refused, WireLimits, read_body, read_calls, unpacked, write_key

SENT = Path(__file__).parents[3] / "spec" / "wire" / "browser.json"
RECEIVED = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)
ENVELOPE = Envelope("r1", "web", "browser", "batch", RECEIVED)


def _calls() -> list[Call]:
    raw = json.dumps(json.loads(SENT.read_text(encoding="utf-8")), ensure_ascii=False).encode()
    body = read_body(unpacked(raw, "", WireLimits()))
    assert write_key("", body, "") == "wk_test"
    found = list(read_calls(ENVELOPE, body, Money("KRW", {})))
    assert [c for c in found if isinstance(c, Refused)] == []
    return [c for c in found if isinstance(c, Call)]


def test_every_call_of_the_browser_sdk_is_read() -> None:
    assert [c.event.name if c.event else c.type for c in _calls()] == [
        "Page Viewed",
        "identify",
        "group",
        "Products Searched",
        "Product Viewed",
        "Product Added",
        "Order Completed",
        "Order Refunded",
        "Page Viewed",
        "Odd",
        "Consent Updated",
        "Form Started",
        "Element Clicked",
    ]


def test_times_are_the_collectors_clock() -> None:
    """Sent a minute after they happened, whatever the visitor's clock says."""
    assert {c.at for c in _calls()} == {RECEIVED - dt.timedelta(minutes=1)}


def test_who_it_was_goes_on_every_call_after_the_first() -> None:
    first, *rest = _calls()
    assert [kind for kind, _ in first.identifiers] == ["anonymous_id"]
    assert {dict(c.identifiers)["anonymous_id"] for c in rest} == {dict(first.identifiers)["anonymous_id"]}
    assert {dict(c.identifiers)["user_id"] for c in rest} == {"u-1"}


def test_the_circumstances_come_along() -> None:
    view, *_, click = (c.event for c in _calls() if c.event)
    assert view.channel == click.channel == "web"
    assert view.device == "desktop"
    assert view.campaign == click.campaign == "가을"
    order = next(c.event for c in _calls() if c.event and c.event.name == "Order Completed")
    assert (order.order_id, order.worth.amount) == ("A-1", 129000)


def test_a_thank_you_page_shown_twice_is_one_order() -> None:
    sent = json.loads(SENT.read_text(encoding="utf-8"))
    (order,) = [c for c in sent["batch"] if c.get("event") == "Order Completed"]
    later = {**order, "timestamp": "2026-11-22T03:00:30.000Z", "context": {}}
    body = {**sent, "batch": [order, later]}
    first, again = (c for c in read_calls(ENVELOPE, body, Money("KRW", {})) if isinstance(c, Call))
    assert first.at != again.at
    assert first.key == again.key


def test_field_values_and_halves_of_letters_are_not_sent() -> None:
    text = SENT.read_text(encoding="utf-8")
    assert "hidden@" not in text
    assert "\\ud83d" not in text
