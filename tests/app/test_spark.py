"""A workspace on Spark gives the answers of one on DuckDB, from the file to the profile."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from dangol.app import Workspace
from tests.app import shop
from tests.engine.conftest import needs_java

HEAD = "주문번호,품목별 주문번호,주문상품명,수량,판매가,결제금액,주문자명,주문자 아이디,주문자 휴대전화,주문일시,상품품목코드"
ORDERS = f"""{HEAD}
20260101-1,20260101-1-01,등산화,1,"59,000원","59,000",가나다,hiker,010-9234-6781,2026-01-01 오후 3:05,P1
20260105-2,20260105-2-01,양말,3,"3,000원","9,000",라마바,walker,010-9345-6782,2026.01.05 11:00,P2
20260110-3,20260110-3-01,모자,1,"20,000원","20,000",가나다,hiker,010-9234-6781,2026-01-10 09:00,P3
"""
TABLES = ("events", "order_items", "identifiers", "customers")


@pytest.mark.slow
@pytest.mark.spark
def test_one_file_has_one_answer_on_both_engines(empty: Path, tmp_path: Path) -> None:
    needs_java()
    export = tmp_path / "orders.csv"
    export.write_text(ORDERS, encoding="cp949")
    found: dict[str, dict[str, Any]] = {}
    for engine in ("duckdb", "spark"):
        place = Path(shutil.copytree(empty, tmp_path / engine))
        settings = place / "dangol.yaml"
        settings.write_text(settings.read_text(encoding="utf-8") + f"\nengine: {engine}\n", encoding="utf-8")
        with Workspace.open(place, watch=lambda: shop.NOW) as ws:
            done = ws.import_files([export])
            assert (done.total("taken"), done.new_customers) == (3, 2)
            found[engine] = {t: ws.sql(f"SELECT * FROM {t} ORDER BY 1, 2").table.to_pylist() for t in TABLES}
            found[engine]["person"] = ws.customer(1).person.table.to_pylist()
            found[engine]["timeline"] = ws.timeline(1, "en")
    assert found["spark"] == found["duckdb"]
    assert found["spark"]["customers"][0]["revenue"] == 79_000
