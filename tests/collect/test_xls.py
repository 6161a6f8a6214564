"""The old binary `.xls` (BIFF) with real contents, through a shipped preset."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import xlwt

from dangol.collect import read, recognise
from dangol.engine import DuckDBEngine

from .conftest import Taker, rows

HEAD = [
    "주문번호",
    "품목별 주문번호",
    "주문일시",
    "상품번호",
    "주문상품명",
    "수량",
    "판매가",
    "상품옵션",
    "주문상태",
    "주문자명",
]
HEAD += ["주문자 아이디", "주문자 휴대전화"]
DAY = dt.datetime(2026, 3, 1, 15, 5)  # noqa: DTZ001 - a spreadsheet's wall clock


def made(path: Path) -> Path:
    """Cafe24 orders: a notice above the header, an order number merged over its two lines, dates, numbers and phones as cells."""
    book = xlwt.Workbook(encoding="utf-8")
    book.add_sheet("빈 시트")
    sheet = book.add_sheet("주문내역")
    day, won = xlwt.easyxf(num_format_str="YYYY-MM-DD HH:MM"), xlwt.easyxf(num_format_str="#,##0")
    sheet.write_merge(0, 0, 0, 5, "엑셀 다운로드 안내: 개인정보를 보호해 주세요")
    for column, name in enumerate(HEAD):
        sheet.write(1, column, name)
    lines = [
        (DAY, 880, "등산화 (방수) ™", 1, 12900, "빨강/270", "배송완료"),
        (DAY, 881, "양말 뷁", 2, 1000.5, "", "배송완료"),
        (DAY + dt.timedelta(days=1), 880, "등산화 (방수) ™", 1, 12900, "파랑/260", "취소완료"),
    ]
    sheet.write_merge(2, 3, 0, 0, "20260301-0000001")
    sheet.write(4, 0, "20260302-0000002")
    for place, (at, product, title, quantity, price, option, state) in enumerate(lines, start=2):
        sheet.write(place, 1, f"2026030{min(place - 1, 2)}-000000{place - 1}-01")
        sheet.write(place, 2, at, day)
        for column, value in enumerate((product, title, quantity), start=3):
            sheet.write(place, column, value)
        sheet.write(place, 6, price, won)
        for column, value in enumerate((option, state, "남궁단비", "danbi"), start=7):
            sheet.write(place, column, value)
        sheet.write(place, 11, 1072539184)  # the spreadsheet took its first zero
    book.save(str(path))
    return path


def test_an_old_spreadsheet_is_read_whole(tmp_path: Path) -> None:
    reading = read(made(tmp_path / "주문.xls"))
    assert (reading.format, reading.header, reading.header_row) == ("xls", tuple(HEAD), 2)
    found = recognise(reading.header)
    assert found is not None
    assert found.name == "cafe24-orders"
    first, second, third = reading.sample
    assert first["주문번호"] == second["주문번호"] == "20260301-0000001"
    assert (first["주문일시"], first["상품번호"], second["판매가"]) == ("2026-03-01 15:05:00", "880", "1000.5")
    assert (second["주문상품명"], third["상품옵션"], third["주문자 휴대전화"]) == ("양말 뷁", "파랑/260", "1072539184")


def test_its_orders_are_taken(taking: Taker, engine: DuckDBEngine, tmp_path: Path) -> None:
    with taking(made(tmp_path / "orders.xls")) as taken:
        assert taken.counts.quarantined == {}
        events = sorted((e["order_id"], e["name"], e["amount"], e["at"]) for e in rows(engine, taken.events))
        utc = DAY - dt.timedelta(hours=9)
        assert events == [
            ("20260301-0000001", "Order Completed", Decimal(14_901), utc),
            ("20260302-0000002", "Order Cancelled", Decimal(-12_900), utc + dt.timedelta(days=1)),
            ("20260302-0000002", "Order Completed", Decimal(12_900), utc + dt.timedelta(days=1)),
        ]
        assert len(rows(engine, taken.items)) == 4
        facts = {(f.kind, f.value) for page in taken.vault() for f in page}
        assert facts == {("name", "남궁단비"), ("phone", "+821072539184")}
