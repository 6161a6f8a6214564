"""Quarantine on a screen: what may be about somebody is masked, in whatever language it is called."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.app.held import _cells
from dangol.collect import mapping_from_body

NAMES = st.text(st.characters(categories=["L"]), min_size=3, max_size=12)


def shown(row: dict[str, Any], mapping: Any = None, field: str | None = None) -> dict[str, str | None]:
    return {cell["column"]: cell["value"] for cell in _cells(row, mapping, field)}


@settings(deadline=None)
@given(
    NAMES,
    st.sampled_from(["받는분", "수령인", "properties.주문자", "properties.order.recipient", "body", "text", "memo"]),
)
def test_a_call_shows_what_is_known_to_be_about_nobody(who: str, path: str) -> None:
    event: Any = {"type": "track", "event": "Order Completed", "properties": {"revenue": "12,000", "order_id": "A-7"}}
    place = event
    *folders, last = path.split(".")
    for folder in folders:
        place = place.setdefault(folder, {})
    place[last] = f"{who} {who}"
    cells = shown({"event": event})
    assert who not in str(cells[path])
    assert (cells["type"], cells["event"], cells["properties.revenue"]) == ("track", "Order Completed", "12,000")
    assert cells["properties.order_id"] == "A-7"
    assert who not in str(shown({"event": who * 2}))
    assert who not in str(shown({"event": {"traits": {"category": who * 2}}}))


def test_a_file_shows_its_fields_and_no_words_of_a_shop_s_own() -> None:
    mapping = mapping_from_body(
        {
            "mapping": "list",
            "grain": "order_lines",
            "columns": {"at": "날짜", "order_id": "번호", "amount": "금액"},
            "identifiers": {"user_id": "아이디"},
            "properties": {"memo": "메모", "box": "상자"},
        },
        draft=[],
    )
    row = {
        "날짜": "어제",
        "번호": "A-7",
        "금액": "한개",
        "아이디": "danbi77",
        "메모": "남궁단비 문 앞",
        "상자": "12",
        "그 밖": "남궁단비",
    }
    cells = shown(row, mapping, "at")
    assert (cells["날짜"], cells["번호"], cells["금액"], cells["상자"]) == ("어제", "A-7", "한개", "12")
    assert "남궁단비" not in str(cells)
    assert "danbi77" not in str(cells)
