"""Mappings as YAML, presets by header, proposals for headers nobody has seen, and previews."""

# ruff: noqa: E501 - headers stay on one line

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from dangol.collect import mapping_from_yaml, mapping_to_yaml, preset, presets, preview, propose, read, recognise
from dangol.engine import DuckDBEngine
from dangol.schema import DefinitionError, NotFoundError

from .conftest import Settings, Taker, rows

Save = Callable[..., Path]

HEADERS = {
    "complete-journey-transactions": "household_id store_id basket_id product_id quantity sales_value retail_disc coupon_disc"
    " coupon_match_disc week transaction_timestamp",
    "complete-journey-products": "product_id manufacturer_id department brand product_category product_type package_size",
    "complete-journey-demographics": "household_id age income home_ownership marital_status household_size household_comp kids_count",
    "complete-journey-campaigns": "campaign_id household_id",
    "complete-journey-campaign-descriptions": "campaign_id campaign_type start_date end_date",
    "complete-journey-coupons": "coupon_upc product_id campaign_id",
    "complete-journey-coupon-redemptions": "household_id coupon_upc campaign_id redemption_date",
    "complete-journey-promotions": "product_id store_id display_location mailer_location week",
    "online-retail": "InvoiceNo StockCode Description Quantity InvoiceDate UnitPrice CustomerID Country",
    "smartstore-reviews": "리뷰등록일 구매자평점 리뷰상세내용 포토/영상 답글여부 상품주문번호",
    "pos-receipts": "영업일자 포스번호 영수증번호 매출구분 결제일시 총매출액 순매출액 할인 현금금액 카드금액",
    "event-list": "user_id event timestamp channel product_id category amount quantity message_id",
    "customer-list": "이름 휴대폰 이메일 생년월일",
}
CAFE24 = "주문번호,품목별 주문번호,상품품목코드,주문상품명,상품옵션,수량,판매가,총주문금액,결제금액,주문자명,주문자 아이디,주문자 휴대전화,수령인"
COUPANG = "묶음배송번호,주문번호,노출상품명(옵션명),등록상품명,결제액,옵션판매가(판매단가),구매자,구매자전화번호,수취인이름,구매수(수량)"
MEMBERS = "아이디,이름,휴대전화,이메일,회원등급,가입일,SMS 수신여부"


@pytest.mark.parametrize("name", sorted(presets()))
def test_every_preset_is_the_same_after_yaml(name: str) -> None:
    assert mapping_from_yaml(mapping_to_yaml(preset(name))) == preset(name)
    assert preset(name).ko
    assert preset(name).en


@pytest.mark.parametrize(
    ("name", "header"),
    [
        *((n, h.split()) for n, h in HEADERS.items()),
        ("cafe24-orders", CAFE24.split(",")),
        ("coupang-orders", COUPANG.split(",")),
        ("cafe24-members", MEMBERS.split(",")),
    ],
)
def test_presets_are_recognised_by_their_header(name: str, header: list[str]) -> None:
    found = recognise(header)
    assert found is not None
    assert found.name == name
    again = recognise([h.upper() + " " for h in reversed(header)])
    assert again == found


def test_the_real_smartstore_header() -> None:
    header = (
        "상품주문번호, 주문번호, 배송속성, 판매채널, 구매자명, 구매자ID, 수취인명, 주문상태, 주문세부상태, 결제일, 상품번호, 상품명, 수량,"
        " 최종 상품별 총 주문금액, 구매자연락처, 개인통관고유부호, 주문일시"
    )
    found = recognise(header.split(", "))
    assert found is not None
    assert found.name == "smartstore-orders"
    assert "개인통관고유부호" in found.drop
    assert not found.consents


def test_an_unknown_header_is_not_guessed_to_be_a_preset() -> None:
    assert recognise(["a", "b"]) is None
    with pytest.raises(NotFoundError, match="no preset") as caught:
        preset("smartstore-order")
    assert "smartstore-orders" in caught.value.hint.en


def test_every_mistake_is_reported_at_once() -> None:
    text = """
mapping: mine
grain: order_line
colums: {at: 날짜}
columns: {at: 날짜, orderid: 번호}
identifiers: {mail: 이메일}
undone: [{column: 상태, event: Order Canceled}]
numbers: dot
"""
    with pytest.raises(DefinitionError) as caught:
        mapping_from_yaml(text)
    said = [str(p) for p in caught.value.problems]
    for where, hint in (
        ("grain", "order_lines"), ("colums", "columns"), ("columns.orderid", "order_id"), ("identifiers.mail", "email"),
        ("undone[0]", "is:"), ("undone[0].event", "Order Cancelled"), ("numbers", "point"),
    ):  # fmt: skip
        assert any(s.startswith(where) and hint in s for s in said), (where, said)


def test_broken_yaml_and_a_list_are_refused() -> None:
    for text in ("a: [", "- a\n- b\n"):
        with pytest.raises(DefinitionError):
            mapping_from_yaml(text)


def test_a_korean_order_file_nobody_has_seen(taking: Taker, engine: DuckDBEngine, save: Save) -> None:
    text = (
        "주문번호,주문일,상품명,수량,결제금액,고객명,연락처,비고\n"
        'A1,2026.01.01,등산화,1,"12,900원",김단골,010-7253-9184,빠른 배송\n'
        "A2,2026.01.02,양말,2,3000원,이손님,010-4628-1937,\n"
        "A3,2026.01.03,모자,1,9000원,박손님,010-5829-4417,\n"
    )
    reading = read(save(text))
    assert recognise(reading.header) is None
    mapping = propose(reading.header, reading.sample)
    assert (mapping.grain, [i.kind for i in mapping.identifiers], dict(mapping.person).keys()) == (
        "order_lines",
        ["phone"],
        {"name"},
    )
    assert mapping_from_yaml(mapping_to_yaml(mapping)) == mapping
    shown = preview(engine, reading, mapping, settings=Settings(), rows=2)
    assert [(r["event"], r["amount"], r["phone"], r["problem"]) for r in shown] == [
        ("Order Completed", Decimal(12900), "01***", None),
        ("Order Completed", Decimal(3000), "01***", None),
    ]
    with taking(reading, mapping) as taken:
        assert next((e["order_id"], e["properties"]) for e in rows(engine, taken.events, "order_id")) == (
            "A1",
            '{"비고":"빠른 배송"}',
        )


def test_columns_without_telling_names_are_known_by_their_values() -> None:
    sample: list[dict[str, str | None]] = [
        {"가": f"{i}@shop.kr", "나": f"010-7253-918{i}", "다": f"2026.01.0{i}", "라": f"{i},900원", "마": "무엇"}
        for i in range(1, 6)
    ]
    mapping = propose(list(sample[0]), sample)
    assert {i.kind: i.ref.columns for i in mapping.identifiers} == {"email": ("가",), "phone": ("나",)}
    assert {k: r.columns for k, r in mapping.columns} == {"at": ("다",), "amount": ("라",)}
    assert [p.name for p in mapping.properties] == ["마"]
    assert mapping.grain == "events"


def test_a_list_of_purchases_without_order_numbers_is_one_of_orders(
    taking: Taker, engine: DuckDBEngine, save: Save
) -> None:
    text = (
        "구매일,고객번호,핸드폰,결제금액,상품명,수량,비고\n"
        "2026.07.01 15:05,K1,010-7253-9184,12900,등산화,1,선물\n"
        "2026.07.01 15:05,K1,010-7253-9184,3000,양말,2,\n"
        "2026.07.02,K2,010-4628-1937,9000,모자,1,\n"
    )
    reading = read(save(text))
    mapping = propose(reading.header, reading.sample)
    assert mapping.grain == "order_lines"
    assert mapping_from_yaml(mapping_to_yaml(mapping)) == mapping
    assert mapping.name == propose(reading.header, []).name != propose(reading.header[:-1], []).name
    with taking(reading, mapping) as taken:
        assert sorted((e["name"], e["amount"]) for e in rows(engine, taken.events)) == [
            ("Order Completed", Decimal(9000)),
            ("Order Completed", Decimal(15900)),
        ]
        assert sorted(i["title"] for i in rows(engine, taken.items)) == ["등산화", "모자", "양말"]


def test_a_phone_never_becomes_part_of_an_order_number(taking: Taker, engine: DuckDBEngine, save: Save) -> None:
    reading = read(save("구매일,핸드폰,결제금액,상품명\n2026.07.01,010-7253-9184,12900,등산화\n"))
    mapping = propose(reading.header, reading.sample)
    with taking(reading, mapping) as taken:
        (event,) = rows(engine, taken.events)
    assert (event["name"], event["amount"], event["order_id"]) == ("Order Completed", Decimal(12900), None)
    assert "등산화" in event["properties"]


def test_a_customer_list_is_proposed_and_numbers_of_persons_are_dropped() -> None:
    mapping = propose(["성명", "핸드폰", "성별", "주민등록번호"], [])
    assert mapping.grain == "customers"
    assert mapping.drop == ("주민등록번호",)
    assert [(t.name, t.kind) for t in mapping.traits] == [("gender", "gender")]


def test_decimal_commas_are_seen_in_the_amounts() -> None:
    sample: list[dict[str, str | None]] = [{"date": "2026-01-01", "amount": "1.234,56", "customer_id": "1"}] * 3
    assert propose(["date", "amount", "customer_id"], sample).numbers == "comma"


def test_a_preview_says_what_cannot_be_read(engine: DuckDBEngine, save: Save) -> None:
    reading = read(save("user_id,event,timestamp\nu1,Search,2026-01-01\nu2,Search,언젠가\n"))
    shown = list(preview(engine, reading, preset("event-list"), settings=Settings()))
    assert [(r["row"], r["problem"]) for r in shown] == [(2, None), (3, "at:bad_date")]


def test_a_list_of_customers_gives_traits_where_the_sample_is_usable_and_names_the_rest() -> None:
    sample: list[dict[str, str | None]] = [
        {
            "고객명": f"김손님{i}", "핸드폰": f"010-7253-91{i:02d}", "포인트": f"{i + 1},500점", "유입경로": ["인스타", "지인 소개"][i % 2],
            "첫 상담일": f"2026.01.{i + 1:02d}", "메모": f"손님이 {i}번째로 남긴 긴 이야기입니다, 다음에 전화 드리기로 함",
            "계좌": f"110{i:09d}", "담당": f"담당{i}",
        }
        for i in range(8)
    ]  # fmt: skip
    mapping = propose(list(sample[0]), sample)
    assert mapping.grain == "customers"
    assert {t.name: t.kind for t in mapping.traits} == {"포인트": "number", "유입경로": "text", "첫 상담일": "date"}
    assert mapping.untaken(list(sample[0])) == ("메모", "계좌", "담당")
    assert mapping_from_yaml(mapping_to_yaml(mapping)) == mapping


def test_what_is_dropped_is_among_what_is_not_taken() -> None:
    names = ["성명", "핸드폰", "주민등록번호", "비고"]
    assert propose(names, []).untaken(names) == ("주민등록번호", "비고")
    orders = ["주문번호", "주문일", "상품명", "수량", "연락처", "비고"]
    assert propose(orders, []).untaken(orders) == ()
