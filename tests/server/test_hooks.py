"""Inbound webhooks: signed as Shopify, Stripe and Slack do, kept before 200, read in the drain, put aside and read again."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.app.hooks import Door
from dangol.app.people import found
from dangol.collect.wire.hook_signs import signed
from dangol.collect.wire.hook_yaml import Signature, read_hook
from dangol.collect.wire.hooks import Delivery, translated
from dangol.schema import DefinitionError, NotFoundError
from tests.server.live import Live, serving

KEY = "shpss_1234"
NOW = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)
SHOP = """
hook: shop-orders
source: online-shop
signature: {scheme: hmac-sha256, header: X-Shopify-Hmac-Sha256, encoding: base64}
event:
  path: header.X-Shopify-Topic
  values: {orders/create: Order Completed, orders/cancelled: Order Cancelled}
  ignore: [orders/updated]
id: id
at: [processed_at, created_at]
identifiers: {user_id: customer.id, email: [customer.email, email], phone: customer.phone}
person: {name: customer.name}
traits: {grade: customer.tags}
order: {order_id: name, total: total_price, currency: currency}
items: {each: line_items, product_id: product_id, name: title, quantity: quantity, price: price}
properties: {referrer: referring_site}
channel: web
"""
ORDER = {
    "id": 820982911946154508,
    "name": "#1001",
    "created_at": "2026-11-21T10:00:00+09:00",
    "total_price": "31000",
    "currency": "KRW",
    "referring_site": "search",
    "customer": {"id": 115310627314723954, "email": "danbi@haneul-mail.kr", "name": "남궁단비", "tags": "VIP"},
    "line_items": [
        {"product_id": 1, "title": "등산화", "quantity": 2, "price": "14000"},
        {"product_id": 2, "title": "양말", "quantity": 1, "price": "3000"},
    ],
}


def sign(body: bytes, *, key: str = KEY) -> str:
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


def hook(text: str = SHOP) -> Any:
    return read_hook(yaml.safe_load(text))


# -- signatures ----------------------------------------------------------------------------------------------------------
def test_a_signature_over_the_body() -> None:
    how = hook().signature
    body = b'{"a":1}'
    good = {"x-shopify-hmac-sha256": sign(body)}
    arguments: dict[str, Any] = {"query": {}, "now": NOW}
    assert signed(how, KEY, headers=good, body=body, **arguments)
    assert not signed(how, KEY, headers=good, body=body + b" ", **arguments)
    assert not signed(how, "other", headers=good, body=body, **arguments)
    assert not signed(how, "", headers={"x-shopify-hmac-sha256": sign(body, key="")}, body=body, **arguments)
    assert not signed(how, KEY, headers={}, body=body, **arguments)
    github = Signature("hmac-sha256", header="X-Hub-Signature-256", prefix="sha256=")
    made = "sha256=" + hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()
    assert signed(github, KEY, headers={"x-hub-signature-256": made}, body=body, **arguments)


STRIPE = Signature("timestamped", header="Stripe-Signature")
SLACK = Signature(
    "timestamped", header="X-Slack-Signature", prefix="v0=", timestamp="X-Slack-Request-Timestamp",
    payload="v0:{timestamp}:{body}",
)  # fmt: skip


@pytest.mark.parametrize("late", [0, 299, 301, -301])
def test_a_signature_with_a_time_grows_old(late: int) -> None:
    at, body = str(int(NOW.timestamp()) - late), '{"ok": "예"}'.encode()
    stripe = hmac.new(KEY.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    slack = hmac.new(KEY.encode(), b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()
    cases = [
        (STRIPE, {"stripe-signature": f"t={at},v1=00ff,v1={stripe},v0=1"}),
        (SLACK, {"x-slack-signature": f"v0={slack}", "x-slack-request-timestamp": at}),
    ]
    for how, headers in cases:
        assert signed(how, KEY, headers=headers, query={}, body=body, now=NOW) is (abs(late) <= 300)
        assert not signed(how, KEY, headers=headers, query={}, body=body + b"x", now=NOW)


def test_a_token_in_a_header_or_in_the_address() -> None:
    arguments: dict[str, Any] = {"body": b"{}", "now": NOW}
    header = Signature("token", header="Authorization", prefix="Bearer ")
    assert signed(header, KEY, headers={"authorization": f"Bearer {KEY}"}, query={}, **arguments)
    assert not signed(header, KEY, headers={"authorization": "Bearer no"}, query={}, **arguments)
    query = Signature("token", query="token")
    assert signed(query, KEY, headers={}, query={"token": KEY}, **arguments)
    assert not signed(query, KEY, headers={}, query={}, **arguments)


@settings(max_examples=50, deadline=None)
@given(st.text(), st.text(), st.binary(max_size=40))
def test_whatever_a_stranger_sends_is_refused(one: str, other: str, body: bytes) -> None:
    headers = dict.fromkeys(("stripe-signature", "x-slack-signature", "x-shopify-hmac-sha256", "x-t"), one)
    headers["x-slack-request-timestamp"] = other
    for how in (STRIPE, SLACK, hook().signature, Signature("token", header="x-t")):
        assert one == KEY or not signed(how, KEY, headers=headers, query={}, body=body, now=NOW)


# -- definitions ---------------------------------------------------------------------------------------------------------
def test_every_mistake_of_a_definition_is_told_together() -> None:
    wrong = """
hook: bad name!
identifiers: {emial: a}
signature: {scheme: md5, header: X, tolerance: 0}
event: {values: {a: b}}
items: {name: title}
order: {amount: 3}
"""
    with pytest.raises(DefinitionError) as told:
        hook(wrong)
    where = {p.where for p in told.value.problems}
    assert {
        "hook",
        "identifiers",
        "signature.scheme",
        "signature.tolerance",
        "event.path",
        "items.each",
        "order",
    } <= where


# -- translation ---------------------------------------------------------------------------------------------------------
def test_paths_lists_and_forms() -> None:
    text = """
hook: form
event: identify
each: entries
identifiers: {email: "answers[0].email", phone: $.shop.phone}
person: {name: "answers[-1].name"}
"""
    body = {
        "shop": {"phone": "010-1"},
        "entries": [{"answers": [{"email": "a@b.kr"}, {"name": "가"}]}, {"answers": []}],
    }
    first, second = translated(hook(text), Delivery({}, json.dumps(body).encode()))
    assert first["traits"] == {"email": "a@b.kr", "phone": "010-1", "name": "가"}
    assert (first["type"], second["traits"]) == ("identify", {"phone": "010-1"})
    form = Delivery({"content-type": "application/x-www-form-urlencoded"}, b"email=a%40b.kr&name=%EA%B0%80")
    flat = hook("hook: f\nevent: identify\nidentifiers: {email: email}\nperson: {name: name}\n")
    assert translated(flat, form)[0]["traits"] == {"email": "a@b.kr", "name": "가"}


# -- through the server --------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("hooks")
    with serving(folder / "shop") as running:
        file = folder / "hook.yaml"
        file.write_text(SHOP, encoding="utf-8")
        with pytest.raises(DefinitionError, match="secret is needed"):
            running.ws.add_hook(file)
        running.ws.add_hook(file, secret=KEY)
        yield running


def post(live: Live, body: bytes, headers: dict[str, str], *, name: str = "shop-orders") -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(f"{live.url}/v1/hooks/{name}", data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def deliver(live: Live, topic: str, **changes: Any) -> int:
    body = json.dumps({**ORDER, **changes}).encode()
    head = {"X-Shopify-Hmac-Sha256": sign(body), "X-Shopify-Topic": topic, "Content-Type": "application/json"}
    return post(live, body, head)[0]


def test_an_order_arrives_once_and_its_cancellation_undoes_it(live: Live) -> None:
    assert deliver(live, "orders/create") == deliver(live, "orders/create") == 200
    assert deliver(live, "orders/updated") == deliver(live, "orders/cancelled") == 200
    told = [(e["name"], int(e["amount"]), e["order_id"], e["source"], e["channel"]) for e in live.events()]
    assert told == [
        ("Order Cancelled", -31000, "#1001", "online-shop", "web"),
        ("Order Completed", 31000, "#1001", "online-shop", "web"),
    ]
    assert sorted(i["title"] for i in live.table("order_items") if i["name"] == "Order Completed") == ["등산화", "양말"]
    (who,) = found(live.ws, "danbi@haneul-mail.kr")
    kinds = {r["kind"] for r in live.ws.customer(who).identifiers}
    assert kinds == {"user_id", "email"}
    assert {r["kind"] for r in live.ws.customer(who).person} == {"email", "name"}


def test_who_does_not_sign_is_refused(live: Live) -> None:
    body = json.dumps(ORDER).encode()
    for head in ({}, {"X-Shopify-Hmac-Sha256": sign(body, key="guess")}, {"X-Shopify-Hmac-Sha256": "é"}):
        status, said = post(live, body, head)
        assert (status, said["code"]) == (401, "signature")
    status, said = post(live, body, {"Accept-Language": "ko"}, name="nobody")
    assert (status, said) == (404, {"code": "not_found", "message": "이 이름의 웹훅이 없습니다"})
    assert post(live, b"x" * 1_000_001, {})[0] == 413


def test_what_cannot_be_read_is_put_aside_and_read_again_with_a_mended_definition(live: Live, tmp_path: Path) -> None:
    live.drain()
    before = len(live.table("events"))
    assert deliver(live, "orders/paid", id=7, name="#1007") == 200
    broken = b"[1, 2"
    assert post(live, broken, {"X-Shopify-Hmac-Sha256": sign(broken), "Content-Type": "application/json"})[0] == 200
    live.drain()
    assert len(live.table("events")) == before
    assert sorted(
        (q["field"], q["reason"]) for q in live.table("quarantine") if q["status"] == "open" and q["field"]
    ) == [("name", "missing")]
    assert len([q for q in live.table("quarantine") if q["status"] == "open"]) == 2
    mended = tmp_path / "mended.yaml"
    mended.write_text(SHOP.replace("orders/create:", "orders/paid: Order Completed, orders/create:"), encoding="utf-8")
    live.ws.add_hook(mended)
    live.ws.replay()
    assert [e["order_id"] for e in live.events() if e["order_id"] == "#1007"] == ["#1007"]
    assert len([q for q in live.table("quarantine") if q["status"] == "open"]) == 1, "the broken one stays"


def test_a_sample_is_tried_out_and_nothing_is_kept(live: Live, tmp_path: Path) -> None:
    sample = tmp_path / "sample.json"
    sample.write_text(json.dumps(ORDER), encoding="utf-8")
    (told,) = live.ws.test_hook("shop-orders", sample, headers={"X-Shopify-Topic": "orders/create"})
    assert (told["event"], told["order_id"], int(told["amount"]), told["lines"]) == (
        "Order Completed",
        "#1001",
        31000,
        2,
    )
    assert "danbi" not in repr(told)
    assert live.ws.test_hook("shop-orders", sample) == [{"problem": "name:missing"}]
    with pytest.raises(NotFoundError):
        live.ws.test_hook("nobody", sample)


def test_a_secret_is_kept_sealed_and_never_shown(live: Live) -> None:
    assert KEY not in repr(list(live.ws.hooks()))
    assert KEY not in repr(live.ws.store.state.get("hook.secret.shop-orders"))
    opened = Door(live.ws).find("shop-orders", NOW)
    assert opened is not None
    assert opened.secret == KEY
    assert KEY not in repr(opened)
    assert live.ws.hooks().table["secret"].to_pylist() == [live.ws.say("kept", "있음")]
