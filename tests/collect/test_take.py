"""What files become: events, items, people, and what is put aside."""

# ruff: noqa: E501, DTZ001 - rows of files stay on one line; the engine keeps naive UTC

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from dangol.collect import in_order, mapping_from_yaml, new_only, read, read_rows, recognise
from dangol.engine import DuckDBEngine, sql
from dangol.schema import CONSENTS, EVENTS, GIVEN, ORDER_ITEMS, PRODUCTS, QUARANTINE, DefinitionError, FileError

from .conftest import NOW, WHO, Settings, Taker, rows

Save = Callable[..., Path]

SMART = (
    "상품주문번호,주문번호,구매자ID,구매자명,구매자연락처,주문상태,결제일,상품번호,상품명,수량,상품가격,최종 상품별 총 주문금액,개인통관고유부호\n"
    'P1,O1,kim,김단골,010-7253-9184,구매확정,2026.11.01 09:30,880,등산화,1,"12,900원","12,900",P123456789012\n'
    "P2,O1,kim,김단골,010-7253-9184,구매확정,2026.11.01 09:30,881,양말,2,1000,2000,\n"
    "P3,O2,lee,이손님,10-4628-1937,취소,2026-11-02 오후 3:05,880,등산화,1,12900,12900,\n"
)
EVENT_HEADER = "user_id,event,timestamp,message_id,amount,channel\n"


def test_smartstore_orders(taking: Taker, engine: DuckDBEngine, save: Save) -> None:
    with taking(save(SMART)) as taken:
        found = rows(engine, taken.events, "order_id")
        assert [
            (e["order_id"], e["name"], e["amount"], e["quantity"])
            for e in sorted(found, key=lambda e: (e["order_id"], e["name"]))
        ] == [
            ("O1", "Order Completed", Decimal(14900), Decimal(3)),
            ("O2", "Order Cancelled", Decimal(-12900), Decimal(-1)),
            ("O2", "Order Completed", Decimal(12900), Decimal(1)),
        ]
        assert found[0]["at"] == dt.datetime(2026, 11, 1, 0, 30)
        assert {e["node"] for e in found} == set(WHO.pseudonyms("phone", ["01072539184", "01046281937"]).nodes.tolist())
        assert len(rows(engine, taken.items)) == 4
        assert taken.counts.blocked == {"customs": 1}
        assert taken.consents is None  # consent stays unknown: nothing is advertised to buyers of a mall
        facts = {(f.kind, f.value) for page in taken.vault() for f in page}
        assert facts == {("name", "김단골"), ("name", "이손님"), ("phone", "+821072539184"), ("phone", "+821046281937")}
        everything = str(
            [
                engine.run(sql("SELECT * FROM t", tables={"t": t})).to_pylist()
                for t in (taken.events, taken.items, taken.identifiers, taken.links)
                if t
            ]
        )
        assert not any(secret in everything for secret in ("김단골", "7253", "P12345", "kim,"))


def test_columns_are_those_the_engine_keeps(taking: Taker, engine: DuckDBEngine, save: Save) -> None:
    members = "아이디,이름,휴대전화,이메일,생년월일,성별,SMS 수신여부,회원등급\nkim,김단골,010-7253-9184,k@shop.kr,1985-03-12,여,T,VIP\nlee,이손님,xx,l@shop.kr,,남,,일반\n"
    wanted = {
        "events": EVENTS,
        "items": ORDER_ITEMS,
        "given": GIVEN,
        "consents": CONSENTS,
        "quarantine": QUARANTINE,
        "products": PRODUCTS,
    }
    seen = set()
    goods = "product_id,manufacturer_id,department,product_category,product_type,brand,package_size\n1,2,A,B,C,D,E\n"
    for text in (SMART, SMART.replace("2026.11.01 09:30,880", "언젠가,880"), members, goods):
        with taking(save(text)) as taken:
            for name, table in wanted.items():
                staged = getattr(taken, name)
                if staged:
                    seen.add(name)
                    assert set(engine.run(sql("SELECT * FROM t", tables={"t": staged})).column_names) == set(
                        table.names
                    ) - {"customer_id", "described"}  # said when they are appended
    assert seen == set(wanted)


def test_members_give_traits_consents_links_and_the_vault(taking: Taker, engine: DuckDBEngine, save: Save) -> None:
    text = (
        "아이디,이름,휴대전화,이메일,생년월일,성별,SMS 수신여부,이메일 수신여부,회원등급,가입일,주소1,주소2\n"
        "kim,김단골,1072539184,Kim@Shop.kr,1985.03.12,여,T,F,VIP,2020-01-02,서울특별시 종로구,1층\n"
        "lee,이손님,,,,남,,,일반,2021-01-02,,\n"
    )
    with taking(save(text), "cafe24-members") as taken:
        given = {
            (g["trait"], g["value"])
            for g in rows(engine, taken.given)
            if g["node"] == WHO.pseudonyms("user_id", ["kim"]).nodes[0]
        }
        assert {
            ("gender", "female"),
            ("grade", "VIP"),
            ("birth_year", "1985"),
            ("birthday", "03-12"),
            ("joined_on", "2020-01-02"),
        } <= given
        assert any(t == "region" for t, _ in given)
        phone, email = (
            int(WHO.pseudonyms(k, [v]).nodes[0]) for k, v in (("phone", "010-7253-9184"), ("email", "kim@shop.kr"))
        )
        assert {(c["node"], c["channel"], c["state"]) for c in rows(engine, taken.consents)} == {
            (phone, "sms", "granted"),
            (email, "email", "refused"),
        }
        assert len(rows(engine, taken.links)) == 3
        assert all(link["a"] < link["b"] for link in rows(engine, taken.links))
        values = {i["kind"]: i["value"] for i in rows(engine, taken.identifiers) if i["kind"] != "user_id"}
        assert values == {"phone": None, "email": None}
        facts = {(f.kind, f.value) for page in taken.vault() for f in page}
        assert {("name", "김단골"), ("birth_date", "1985-03-12"), ("phone", "+821072539184")} <= facts


def test_the_quick_way_and_the_numbered_way_agree(taking: Taker, engine: DuckDBEngine, save: Save) -> None:
    body = "".join(
        f"u{i % 50},Product Viewed,2026-01-{i % 28 + 1:02d} 10:00:00,m{i},{i * 100},web\n" for i in range(500)
    )
    plain = save(EVENT_HEADER + body, "plain.csv")
    with taking(plain) as quick:
        # A plain event list leaves out columns it has nothing for; appended by name they are null.
        names = set(EVENTS.names) - {"customer_id"}
        fast = [{n: e.get(n) for n in names} for e in rows(engine, quick.events, "event_id")]
        who = rows(engine, quick.identifiers, "node")
        assert quick.quarantine is None
    # One row that cannot be read sends the whole file the other way.
    with taking(save(EVENT_HEADER + body + "u1,Product Viewed,soon,m-bad,1,web\n", "odd.csv")) as slow:
        assert rows(engine, slow.events, "event_id") == fast
        assert rows(engine, slow.identifiers, "node") == who
        assert slow.counts.quarantined == {"bad_date": 1}
        assert [(q["row"], q["field"]) for q in rows(engine, slow.quarantine)] == [(502, "at")]


def test_repeated_messages_count_once_either_way(taking: Taker, engine: DuckDBEngine, save: Save) -> None:
    line = "u1,Search,2026-01-01 10:00:00,m1,,web\n"
    for extra in ("", "u1,Search,never,m3,,web\n"):
        with taking(save(EVENT_HEADER + line * 3 + "u1,Search,2026-01-01 10:00:00,m2,,web\n" + extra)) as taken:
            assert len(rows(engine, taken.events)) == 2
            assert taken.counts.repeated == 2


def test_taking_again_and_an_overlapping_export_add_nothing(taking: Taker, engine: DuckDBEngine, save: Save) -> None:
    engine.ensure([EVENTS])
    head = "user_id,event,timestamp,channel\n"  # no message ids: the content and its place among equals identify a row
    lines = ["u1,Search,2026-01-01 10:00:00,web\n"] * 2 + ["u2,Search,2026-01-02 10:00:00,web\n"]
    added = []
    for text in (head + "".join(lines), head + "".join(lines), head + lines[2] + "u3,Search,2026-01-03 10:00:00,web\n"):
        with taking(save(text)) as taken:
            assert taken.events
            added.append(engine.append("events", new_only(taken.events)))
    assert added == [3, 0, 1]


def test_identity_of_events_does_not_depend_on_the_format(taking: Taker, engine: DuckDBEngine, save: Save) -> None:
    ids = []
    json_line = '{"user_id": "u1", "event": "Search", "timestamp": "2026-01-01 10:00:00", "message_id": "m1", "amount": "5", "channel": "web"}'
    for body, name in ((EVENT_HEADER + "u1,Search,2026-01-01 10:00:00,m1,5,web\n", "a.csv"), (json_line, "a.jsonl")):
        with taking(save(body, name)) as taken:
            ids.append([(e["event_id"], e["node"], e["amount"]) for e in rows(engine, taken.events)])
    assert ids[0] == ids[1]


@pytest.mark.parametrize(
    ("field", "text", "reason"),
    [
        ("timestamp", "0000-01-01", "bad_year"), ("timestamp", "9999-12-31", "bad_year"), ("timestamp", "내일", "bad_date"),
        ("timestamp", "", "missing"), ("amount", "많음", "bad_number"), ("amount", "99999999999999999999", "too_large"),
        ("amount", "5000000000000", "too_large"), ("event", "", "missing"), ("timestamp", "2026-02-30", "bad_date"),
    ],
)  # fmt: skip
def test_rows_that_cannot_be_read_wait_and_come_back(
    taking: Taker, engine: DuckDBEngine, save: Save, field: str, text: str, reason: str
) -> None:
    good = {
        "user_id": "u1",
        "event": "Search",
        "timestamp": "2026-01-01",
        "message_id": "m1",
        "amount": "-5",
        "channel": "web",
    }
    bad = good | {"message_id": "m2", field: text}
    body = EVENT_HEADER + "".join(",".join(r.values()) + "\n" for r in (good, bad))
    with taking(save(body)) as taken:
        assert (taken.counts.rows, taken.counts.taken, taken.counts.quarantined) == (2, 1, {reason: 1})
        [put] = rows(engine, taken.quarantine)
        [kept] = taken.rejected()
        assert (put["row"], put["reason"], put["id"]) == (3, reason, kept.id)
        assert text == "" or text not in put["message"]
    mended = read_rows([kept.row | {field: good[field]}], name="file.csv")
    with taking(mended, "event-list") as taken:
        assert taken.counts.quarantined == {}
        assert len(rows(engine, taken.events)) == 1


def test_a_stray_quote_and_a_short_row_cost_only_themselves(taking: Taker, engine: DuckDBEngine, save: Save) -> None:
    lines = [f"u{i},Search,2026-01-01,m{i},{i},web\n" for i in range(300)]
    lines[100] = 'u100,"Search,2026-01-01,m100,100,web\n'
    lines[200] = "u200,Search\n"
    with taking(save(EVENT_HEADER + "".join(lines))) as taken:
        assert (taken.counts.rows, taken.counts.taken, taken.counts.quarantined) == (300, 298, {"bad_row": 2})
        assert [q["row"] for q in rows(engine, taken.quarantine, "row")] == [102, 202]
        assert "u100" in next(iter(taken.rejected())).row["line"]


def test_lines_in_no_encoding_wait(taking: Taker, engine: DuckDBEngine, save: Save) -> None:
    body = (
        EVENT_HEADER.encode()
        + "u1,검색,2026-01-01,m1,1,웹\n".encode()
        + "u2,검색,2026-01-01,m2,1,웹\n".encode("cp949")
        + b"u3,\xff\xfe\xff,2026-01-01,m3,1,x\n"
    )
    with taking(save(body)) as taken:
        assert {e["name"] for e in rows(engine, taken.events)} == {"검색"}
        assert taken.counts.quarantined == {"bad_row": 1}


def test_a_file_of_rubbish_is_refused_whole(taking: Taker, save: Save) -> None:
    with pytest.raises(FileError, match="do not have the"), taking(save(EVENT_HEADER + "x\n" * 100)):
        pass


def test_resident_numbers_are_in_no_table(taking: Taker, engine: DuckDBEngine, save: Save) -> None:
    number, barcode = "850312-2345678", "8801234567893"
    text = (
        "리뷰등록일,구매자평점,리뷰상세내용,상품주문번호,상품번호,구매자ID\n"
        f"2026-01-01,5,제 번호는 {number} 이고 010-7253-9184 로 연락 주세요,1,{barcode},kim\n"
        f"2026-01-02,4,좋아요,{number},880,{number}\n"
        f"언젠가,3,{number},3,880,lee\n"
    )
    with taking(save(text)) as taken:
        staged = [getattr(taken, n) for n in ("events", "identifiers", "links", "quarantine") if getattr(taken, n)]
        everything = str([engine.run(sql("SELECT * FROM t", tables={"t": t})).to_pylist() for t in staged]) + str(
            [r.row for r in taken.rejected()]
        )
        assert not any(secret in everything for secret in (number, number.replace("-", ""), "7253-9184"))
        assert barcode in everything
        assert taken.counts.blocked == {"resident": 4}
        assert taken.counts.removed == {"phone": 1}


def test_a_line_that_cannot_be_read_holds_its_order_back(taking: Taker, engine: DuckDBEngine, save: Save) -> None:
    with taking(save(SMART.replace("양말,2,", "양말,둘,"))) as taken:
        assert {e["order_id"] for e in rows(engine, taken.events)} == {"O2"}
        assert taken.counts.quarantined == {"bad_number": 1, "order_held": 1}
        again = read_rows([r.row | {"수량": r.row["수량"].replace("둘", "2")} for r in taken.rejected()], name="replay")
    with taking(again, "smartstore-orders") as taken:
        [event] = rows(engine, taken.events)
        assert (event["order_id"], event["amount"]) == ("O1", Decimal(14900))


def test_currency_is_converted_or_waits(taking: Taker, engine: DuckDBEngine, save: Save) -> None:
    text = "user_id,event,timestamp,amount,currency\nu1,Order Completed,2026-01-01,10,usd\nu1,Order Completed,2026-01-01,10,KRW\nu1,Order Completed,2026-01-01,10,EUR\n"
    with taking(save(text), settings=Settings(rates={"USD": "1350.5"})) as taken:
        assert sorted(e["amount"] for e in rows(engine, taken.events)) == [Decimal(10), Decimal(13505)]
        assert taken.counts.quarantined == {"no_rate": 1}


def test_times_are_local_unless_they_say_otherwise(taking: Taker, engine: DuckDBEngine, save: Save) -> None:
    shown = {
        "2026-07-01 12:00": (2026, 7, 1, 3, 0), "2026-07-01T12:00:00Z": (2026, 7, 1, 12, 0), "2026-07-01T12:00:00-04:00": (2026, 7, 1, 16, 0),
        "2026.07.01": (2026, 6, 30, 15, 0), "2026년 7월 1일 오후 3시 5분": (2026, 7, 1, 6, 5), "Jul 01, 2026 03:05 PM": (2026, 7, 1, 6, 5), "46204": (2026, 6, 30, 15, 0),
        "20260701": (2026, 6, 30, 15, 0), "1782874800": (2026, 7, 1, 3, 0), "２０２６-０７-０１": (2026, 6, 30, 15, 0),
    }  # fmt: skip
    lines = "".join(f'u1,Search,"{text}",m{i},,web\n' for i, text in enumerate(shown))
    with taking(save(EVENT_HEADER + lines)) as taken:
        assert taken.counts.quarantined == {}
        assert sorted(e["at"] for e in rows(engine, taken.events)) == sorted(dt.datetime(*v) for v in shown.values())


def test_summer_time_of_a_shop_that_has_it(taking: Taker, engine: DuckDBEngine, save: Save) -> None:
    body = EVENT_HEADER + "u1,Search,2026-07-01 12:00:00,m1,,web\nu1,Search,2026-01-01 12:00:00,m2,,web\n"
    with taking(save(body), settings=Settings(timezone="Europe/London")) as taken:
        assert sorted(e["at"].hour for e in rows(engine, taken.events)) == [11, 12]


def test_pos_returns_and_coupang_without_identity(taking: Taker, engine: DuckDBEngine, save: Save) -> None:
    pos = "영업일자,포스번호,영수증번호,매출구분,결제일시,순매출액,할인,포인트전화번호\n20260101,1,7,정상,2026-01-01 10:00,5000,0,010-5829-4417\n20260101,1,8,반품,2026-01-01 11:00,-5000,0,\n"
    with taking(save(pos)) as taken:
        assert sorted((e["name"], e["amount"]) for e in rows(engine, taken.events)) == [
            ("Order Completed", Decimal(5000)),
            ("Order Refunded", Decimal(-5000)),
        ]
    coupang = "묶음배송번호,주문번호,결제일,노출상품명(옵션명),결제액,구매수(수량),구매자,구매자전화번호\n1,C1,2026-01-01,양말,5000,1,김단골,0502-123-4567\n"
    with taking(save(coupang)) as taken:
        assert [e["node"] for e in rows(engine, taken.events)] == [None]
        assert not taken.identifiers
        assert not list(taken.vault())


def test_references_lend_columns_and_come_first(taking: Taker, engine: DuckDBEngine, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"campaign_id": [1, 2], "household_id": [10, 11]}), tmp_path / "campaigns.parquet")
    pq.write_table(
        pa.table(
            {
                "campaign_id": [1, 2],
                "campaign_type": ["A", "B"],
                "start_date": ["2017-03-03", "2017-03-08"],
                "end_date": ["x", "y"],
            }
        ),
        tmp_path / "descriptions.parquet",
    )
    files = [(r, m) for p in sorted(tmp_path.iterdir()) if (m := recognise((r := read(p)).header))]
    ordered = in_order(files)
    assert [m.grain for _, m in ordered] == ["reference", "events"]
    reading, mapping = ordered[1]
    with taking(reading, mapping, references={m.name: r for r, m in ordered if m.grain == "reference"}) as taken:
        assert [(e["campaign"], e["at"]) for e in rows(engine, taken.events, "campaign")] == [
            ("1", dt.datetime(2017, 3, 2, 15)),
            ("2", dt.datetime(2017, 3, 7, 15)),
        ]
    with pytest.raises(DefinitionError, match="not here"), taking(reading, mapping):
        pass


def test_xlsx_orders_with_merged_order_numbers(taking: Taker, engine: DuckDBEngine, tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["엑셀 다운로드 안내: 비밀번호는 1234"], ["주문번호", "품목별 주문번호", "수량", "판매가", "주문일시", "주문자 아이디"],
                ["20260101-0000001", "a", 2, 1000, dt.datetime(2026, 1, 1, 9), "kim"], [None, "b", 1, 500, dt.datetime(2026, 1, 1, 9), "kim"]):  # fmt: skip
        sheet.append(row)
    sheet.merge_cells("A3:A4")
    sheet["G2"], sheet["G3"] = "합계", "=C3*D3"
    book.save(tmp_path / "orders.xlsx")
    with taking(tmp_path / "orders.xlsx") as taken:
        [event] = rows(engine, taken.events)
        assert (event["order_id"], event["amount"], event["at"]) == (
            "20260101-0000001",
            Decimal(2500),
            dt.datetime(2026, 1, 1),
        )


def test_a_mapping_that_asks_for_too_much(taking: Taker, save: Save) -> None:
    mapping = mapping_from_yaml("{mapping: mine, grain: events, columns: {at: 언제, name: 무엇}}")
    with pytest.raises(DefinitionError, match="언제") as caught, taking(save("a,b\n1,2\n"), mapping):
        pass
    assert len(caught.value.problems) == 2


def test_nothing_is_left_when_it_is_over(taking: Taker, engine: DuckDBEngine, save: Save) -> None:
    before = engine.tables()
    with taking(save(SMART)) as taken:
        assert taken.counts.first is not None
        assert taken.counts.first.tzinfo is dt.UTC
    assert engine.tables() == before
    assert taken.counts.first < NOW
