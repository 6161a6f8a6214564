"""Payloads of the SDKs in use to calls: names, times, people, amounts; and that nothing is dropped."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from dangol.collect import REASONS, cells
from dangol.collect.wire import Call, Refused, number
from dangol.engine import DuckDBEngine
from tests.collect.wire.payloads import (
    ANALYTICS_NEXT,
    CHROME,
    IPHONE,
    NOW,
    RUDDER_NODE,
    RUDDER_PYTHON,
    one,
    read,
    refused,
)

WHO = {"userId": "u1", "messageId": "m1"}
ORDER = {**WHO, "event": "Order Completed"}


def _told(call: Call) -> dict[str, Any]:
    assert call.event is not None
    return json.loads(call.event.properties or "{}")  # type: ignore[no-any-return]


def test_a_browser_s_call() -> None:
    call = one(ANALYTICS_NEXT)
    assert call.at == dt.datetime(2026, 11, 22, 2, 59, 58, tzinfo=dt.UTC)
    assert call.identifiers == (("anonymous_id", "3f4c-anon"),)
    assert call.event is not None
    assert (call.event.name, call.event.channel, call.event.device) == ("Product Viewed", "web", "mobile")
    assert (call.event.product_id, call.event.category, call.event.campaign) == ("p-7", "등산", "fall")
    assert call.event.worth.amount is None  # a price is not what somebody paid
    told = _told(call)
    assert told["price"] == 39000
    assert told["context"]["page"]["url"] == "https://shop.example/p/7?utm_source=naver"
    assert told["context"]["agent"] == {
        "browser": "Mobile Safari", "browser_version": "17", "os": "iOS", "os_version": "17", "device": "mobile", "bot": False,
    }  # fmt: skip
    assert (told["context"]["locale"], told["context"]["timezone"]) == ("ko-KR", "Asia/Seoul")
    assert told["context"]["ip"] == "203.0.113.0"
    assert "SECRET" not in json.dumps(told)
    assert "sessid" not in json.dumps(told)


def test_traits_are_read_from_the_context_too() -> None:
    (call,) = read(RUDDER_PYTHON, side="server")
    assert isinstance(call, Call)
    assert call.identifiers == (("user_id", "u-1"), ("email", "kim@haneul-mail.kr"))
    assert call.given == (("grade", "gold"),)
    assert call.event is None


def test_a_call_s_own_traits_beat_those_of_the_context() -> None:
    call = one(
        {**WHO, "traits": {"grade": "gold"}, "context": {"traits": {"grade": "silver", "since": 2020}}}, "identify"
    )
    assert set(call.given) == {("grade", "gold"), ("since", "2020")}


def test_the_original_time_counts_and_the_clock_is_set_right() -> None:
    (call,) = read(RUDDER_NODE, side="server")
    assert isinstance(call, Call)
    assert call.at == NOW - dt.timedelta(seconds=5)


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ({}, NOW),
        ({"timestamp": "2026-11-20T00:00:00Z"}, dt.datetime(2026, 11, 20, tzinfo=dt.UTC)),
        ({"timestamp": "2026-11-20T09:00:00+09:00"}, dt.datetime(2026, 11, 20, tzinfo=dt.UTC)),
        ({"timestamp": "2026-11-20T00:00:00"}, dt.datetime(2026, 11, 20, tzinfo=dt.UTC)),
        ({"timestamp": 1_763_596_800}, dt.datetime(2025, 11, 20, tzinfo=dt.UTC)),
        ({"timestamp": 1_763_596_800_000}, dt.datetime(2025, 11, 20, tzinfo=dt.UTC)),
        # a clock an hour fast: sent "04:00", in truth 03:00; what it says of 03:59 was at 02:59
        ({"timestamp": "2026-11-22T03:59:00Z", "sentAt": "2026-11-22T04:00:00Z"}, NOW - dt.timedelta(minutes=1)),
        # nothing happens after it arrived
        ({"timestamp": "2026-11-25T00:00:00Z"}, NOW),
        ({"timestamp": "2026-11-20T00:00:00Z", "sentAt": "nonsense"}, dt.datetime(2026, 11, 20, tzinfo=dt.UTC)),
        ({"timestamp": None, "originalTimestamp": ""}, NOW),
        # rudder-sdk-node puts "now" beside what the shop said; Segment hands on what it has set right, beside the browser's
        (
            {
                "timestamp": "2026-11-01T00:00:00Z",
                "originalTimestamp": "2026-11-22T04:00:00Z",
                "sentAt": "2026-11-22T04:00:01Z",
            },
            dt.datetime(2026, 11, 1, tzinfo=dt.UTC),
        ),
        # the same said twice is one word, of a clock that may be wrong
        (
            {
                "timestamp": "2026-11-22T03:59:00Z",
                "originalTimestamp": "2026-11-22T12:59:00+09:00",
                "sentAt": "2026-11-22T04:00:00Z",
            },
            NOW - dt.timedelta(minutes=1),
        ),
    ],
)
def test_when(said: dict[str, Any], at: dt.datetime) -> None:
    assert one({**WHO, "event": "X", **said}).at == at


def test_a_time_that_was_not_believed_is_kept() -> None:
    assert _told(one({**WHO, "event": "X", "timestamp": "2026-11-25T00:00:00Z"}))["context"]["claimed_at"].startswith(
        "2026-11-25"
    )


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (1_795_316_400_000, "1795316400000"),
        (1_801_010_000_000, "1801010000000"),  # a moment of 2027: thirteen digits that begin like a birth date
        (1_795_316_400, "1795316400"),
        ("1795316400000", "1795316400000"),
        ("3f0e8a52-9f1b-4f6e-8f39-1f0a4cbb8a11", "3f0e8a52-9f1b-4f6e-8f39-1f0a4cbb8a11"),
        ("01012345678", None),  # a phone
        ("850312-1234567", None),  # a resident number, and below it without its hyphen
        (8_503_121_234_567, None),
        ("kim@example.com", None),
        (True, None),
        (None, None),
        ({"a": 1}, None),
        (1.5, None),
    ],
)
def test_the_visit_is_kept_and_nothing_that_is_none(said: Any, kept: str | None) -> None:
    found = _told(one({**WHO, "event": "X", "context": {"locale": "ko", "sessionId": said, "sessionStart": True}}))
    assert found["context"].get("session_id") == kept
    assert found["context"].get("session_start") is (None if kept is None else True)


REFUSED = {
    "no name": ({**WHO}, "track", "name", "missing"),
    "empty name": ({**WHO, "event": "  "}, "track", "name", "missing"),
    "nobody": ({"event": "X"}, "track", "identifier", "no_identifier"),
    "nobody, with nulls": ({"event": "X", "userId": None, "anonymousId": ""}, "track", "identifier", "no_identifier"),
    "a date": ({**WHO, "event": "X", "timestamp": "yesterday"}, "track", "at", "bad_date"),
    "a year": ({**WHO, "event": "X", "timestamp": "0001-01-01T00:00:00Z"}, "track", "at", "bad_year"),
    "an amount": ({**WHO, "event": "Order Completed", "properties": {"total": "much"}}, "track", "total", "bad_number"),
    "a huge amount": ({**WHO, "event": "Order Completed", "properties": {"total": 1e300}}, "track", "total", "too_large"),
    "no amount": ({**WHO, "event": "Order Completed", "properties": {}}, "track", "amount", "missing"),
    "a currency": ({**ORDER, "properties": {"total": 1, "currency": "EUR"}}, "track", "currency", "no_rate"),
    "a product": ({**ORDER, "properties": {"total": 1, "products": ["p"]}}, "track", "products", "bad_shape"),
    "alias of nobody": ({"userId": "u1"}, "alias", "identifier", "missing"),
    "group of nothing": ({"userId": "u1"}, "group", "groupId", "missing"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_taken_is_put_aside_with_its_reason(name: str) -> None:
    body, call, field, reason = REFUSED[name]
    found = refused(body, call)
    assert (found.field, found.reason) == (field, reason)
    assert reason in REASONS


def test_one_bad_call_of_a_batch_does_not_stop_the_others() -> None:
    good = {"type": "track", "event": "X", "userId": "u1"}
    found = read(
        {"batch": [good, 5, None, [], {"type": "dance", "userId": "u1"}, {"userId": "u1"}, good | {"messageId": "2"}]}
    )
    assert [c.reason if isinstance(c, Refused) else "" for c in found] == [
        "", "bad_shape", "bad_shape", "bad_shape", "bad_type", "missing", "",
    ]  # fmt: skip


def test_limits_of_a_batch() -> None:
    good = {"type": "track", "event": "X", "userId": "u1"}
    (found,) = read({"batch": [good] * 2_501})
    assert isinstance(found, Refused)
    assert found.reason == "too_many"
    assert len(found.raw["batch"]) == 2_501
    big = read({"batch": [good, good | {"properties": {"x": "a" * 33_000}}]})
    assert [type(c) for c in big] == [Call, Refused]
    assert isinstance(big[1], Refused)
    assert big[1].reason == "too_big"
    (none,) = read({"event": "X"})
    assert isinstance(none, Refused)
    assert none.reason == "bad_shape"


def test_a_batch_s_context_is_beneath_its_calls() -> None:
    calls = read(
        {
            "context": {"locale": "ko-KR", "timezone": "Asia/Seoul"},
            "batch": [{"type": "track", "event": "X", "userId": "u", "context": {"locale": "en-GB"}}],
        }
    )
    assert isinstance(calls[0], Call)
    assert _told(calls[0])["context"]["locale"] == "en-GB"
    assert _told(calls[0])["context"]["timezone"] == "Asia/Seoul"


def test_page_and_screen_are_events() -> None:
    page = one({**WHO, "name": "Start", "category": "Docs", "properties": {"path": "/a"}}, "page")
    assert page.event is not None
    assert (page.event.name, page.event.category, _told(page)["name"]) == ("Page Viewed", "Docs", "Start")
    screen = one({**WHO, "name": "Home"}, "screen")
    assert screen.event is not None
    assert screen.event.name == "Screen Viewed"


def test_who_is_who() -> None:
    alias = one({"previousId": "anon-1", "userId": "u1"}, "alias")
    assert set(alias.identifiers) == {("user_id", "u1"), ("anonymous_id", "anon-1")}
    external = [{"id": "01012345678", "type": "phone"}, {"id": "x", "type": "shoe"}]
    merge = one(
        {"mergeProperties": [{"type": "email", "value": "a@b.kr"}, {"type": "phone", "value": "01012345678"}]}, "merge"
    )
    assert {kind for kind, _ in merge.identifiers} == {"email", "phone"}
    track = one({"userId": 17, "event": "X", "context": {"externalIds": external, "device": {"id": "d-1"}}})
    assert track.identifiers == (("user_id", "17"), ("phone", "01012345678"), ("device_id", "d-1"))


def test_personal_data_goes_to_the_vault_and_nowhere_else() -> None:
    traits = {
        "email": "kim@haneul-mail.kr", "phone": "010-9876-1234", "firstName": "단비", "lastName": "남궁",
        "birthday": "1985-03-12",
        "address": {"city": "서울특별시", "street": "마포구 은하수로 77", "postalCode": "04001"}, "avatar": "https://x/kim.jpg",
        "gender": "여", "grade": "gold", "memo": "전화 010-9876-1234로 주세요", "tags": ["a", "kim@haneul-mail.kr"], "b": True,
    }  # fmt: skip
    call = one({**WHO, "traits": traits}, "identify")
    assert set(call.person) == {
        ("name", "남궁단비"), ("birth_date", "1985-03-12"), ("address", "04001 서울특별시 마포구 은하수로 77"),
    }  # fmt: skip
    assert set(call.given) == {
        ("gender", "여"), ("grade", "gold"), ("memo", "전화 [phone]로 주세요"), ("tags", '["a","[email]"]'), ("b", "true"),
    }  # fmt: skip


@pytest.mark.parametrize("resident", ["900101-2345670", "9001012345670", 9001012345670])
def test_resident_numbers_are_never_kept(resident: Any) -> None:
    body = {
        **WHO,
        "event": "X",
        "properties": {"a": resident, "b": [{"c": resident}], "order_id": resident, str(resident): 1},
    }
    call = one(body)
    assert "2345670" not in repr(call.event)
    assert "2345670" not in repr(one({**WHO, "traits": {"a": resident}}, "identify").given)


def test_a_moment_in_milliseconds_is_no_resident_number() -> None:
    assert _told(one({**WHO, "event": "X", "properties": {"started_at": 1712123456789}}))["started_at"] == 1712123456789


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ({"total": 110, "revenue": 90, "tax": 10, "shipping": 10}, "110"),
        ({"revenue": 90, "tax": 10, "shipping": 10}, "110"),
        ({"value": "1,234.5"}, "1234.5"),
        ({"total": 2, "currency": "usd"}, "2800"),
        ({"products": [{"price": 10, "quantity": 3}, {"price": "5"}]}, "35"),
        ({"products": [{"price": 10, "quantity": 3}], "currency": "USD"}, "42000"),
    ],
)
def test_what_an_order_is_worth(said: dict[str, Any], amount: str) -> None:
    call = one({**WHO, "event": "Order Completed", "properties": {"order_id": "o1", **said}})
    assert call.event is not None
    assert call.event.worth.amount == Decimal(amount)
    back = one({**WHO, "event": "Order Refunded", "properties": {"order_id": "o1", **said}})
    assert back.event is not None
    assert back.event.worth.amount == -Decimal(amount)
    assert all(line.amount is not None and line.amount < 0 for line in back.event.lines)


def test_consent_is_kept_as_it_came() -> None:
    context = {
        "consent": {"categoryPreferences": {"Advertising": False}}, "tcString": "CPcabc", "gpp": "DBACNY~CPcabc", "gpc": True,
        "consentManagement": {"deniedConsentIds": ["ads"], "provider": "custom"},
    }  # fmt: skip
    told = _told(one({**WHO, "event": "X", "context": context}))["context"]
    assert told["consent"]["categoryPreferences"] == {"Advertising": False}
    assert (told["tc"], told["gpp"], told["gpc"]) == ("CPcabc", "DBACNY~CPcabc", True)
    assert told["consent_management"]["deniedConsentIds"] == ["ads"]


def test_a_server_s_own_agent_and_address_are_not_the_customer_s() -> None:
    told = _told(
        one({**WHO, "event": "X", "context": {"userAgent": CHROME}}, side="server", agent="analytics-python/2.4.0")
    )
    assert told["context"]["agent"]["browser"] == "Chrome"
    assert "context" not in _told(one({**WHO, "event": "X"}, side="server", agent=IPHONE, ip=""))


@pytest.mark.parametrize(
    "agent", ["Mozilla/5.0 (compatible; Yeti/1.1; +https://naver.me/spd)", "Googlebot/2.1", "HeadlessChrome/126.0"]
)
def test_robots_are_labelled_not_dropped(agent: str) -> None:
    call = one({**WHO, "event": "X"}, agent=agent)
    assert _told(call)["context"]["agent"]["bot"] is True
    assert call.event is not None
    assert call.event.device is None


def test_one_message_has_one_key() -> None:
    twice = [one({"userId": "u", "event": "X", "messageId": "m"}, id=f"e{i}") for i in (1, 2)]
    assert twice[0].key == twice[1].key
    assert one({"userId": "u", "event": "X", "messageId": "m"}, source="other").key != twice[0].key
    orders = [
        one({"userId": "u", "event": "Order Completed", "messageId": m, "properties": {"order_id": 7, "total": 1}})
        for m in "ab"
    ]
    assert orders[0].key == orders[1].key
    timed = [
        one({"userId": "u", "event": "X", "timestamp": "2026-11-20", "sentAt": s}, id=s)
        for s in ("2026-11-22", "2026-11-21")
    ]
    assert timed[0].key == timed[1].key
    assert one({"userId": "u", "event": "X"}, id="e1").key != one({"userId": "u", "event": "X"}, id="e2").key


ENGINE = DuckDBEngine(threads=1)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=2, max_size=4))
@settings(max_examples=30, deadline=None)
def test_keys_are_those_of_files(parts: list[str]) -> None:
    query = exp.select(cells.key(*[exp.Literal.string(p) for p in parts]).as_("k"))
    assert ENGINE.run(query)["k"][0].as_py() == number(*parts)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    ["type", "event", "userId", "anonymousId", "messageId", "timestamp", "sentAt", "originalTimestamp", "properties", "traits",
     "context", "channel", "groupId", "previousId", "name", "category", "mergeProperties", "products", "total", "device", "page"]
)  # fmt: skip
BODY = st.dictionaries(NAMES, JSON | st.dictionaries(NAMES, JSON, max_size=5), max_size=8)


@given(BODY, st.sampled_from(["track", "identify", "page", "screen", "group", "alias", "merge"]))
@settings(max_examples=80, deadline=None)
def test_any_json_is_a_call_or_put_aside(body: dict[str, Any], call: str) -> None:
    (found,) = read(body, call)
    assert isinstance(found, Call | Refused)
    assert found.key >= 0
    (inside,) = read({"batch": [{**body, "type": call}]})
    assert isinstance(inside, type(found))
