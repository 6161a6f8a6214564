"""The two real shops, held to published counts and to sums made another way (pyarrow)."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from dangol.collect import in_order, read, recognise
from dangol.engine import DuckDBEngine, sql

from .conftest import Settings, Taker

DATA = Path(os.environ.get("DANGOL_DATA") or Path(__file__).parents[3] / "shared" / "data")
RETAIL = Path(__file__).parents[2] / "examples" / "online-retail" / "data" / "online_retail.parquet"


def one(engine: DuckDBEngine, text: str, table: str | None) -> dict[str, object]:
    [found] = engine.run(sql(text, tables={"t": table})).to_pylist()
    return dict(found)


@pytest.mark.slow
def test_online_retail_adds_up(taking: Taker, engine: DuckDBEngine) -> None:
    source = pq.read_table(RETAIL)
    worth = pc.multiply(pc.cast(source["Quantity"], "float64"), source["UnitPrice"])
    with taking(RETAIL, settings=Settings(timezone="Europe/London", currency="GBP")) as taken:
        counts = taken.counts
        assert (counts.rows, counts.quarantined) == (541_909, {})
        # 25,900 invoices (UCI): sales, 3,836 credit notes, 1,336 stock adjustments and 3 of bad debt on an invoice each.
        assert counts.skipped == {"stock_adjustment": 1_336, "bad_debt": 3}
        assert counts.events == {"Order Completed": 25_900 - 3_836 - 1_336 - 3, "Order Cancelled": 3_836}
        cancelled = one(engine, "SELECT count(*) AS n FROM t WHERE name = 'Order Cancelled'", taken.items)
        assert cancelled == {"n": 9_288}
        total = one(engine, "SELECT sum(amount) AS s, count(DISTINCT node) AS n FROM t", taken.events)
        debt = pc.sum(pc.filter(worth, pc.starts_with(source["InvoiceNo"], "A"))).as_py()
        assert abs(float(str(total["s"])) - (pc.sum(worth).as_py() - debt)) < 1
        assert total["n"] == 4_372


@pytest.mark.real
@pytest.mark.slow
def test_complete_journey_adds_up(taking: Taker, engine: DuckDBEngine) -> None:
    folder = DATA / "completejourney"
    if not folder.exists():
        pytest.skip(f"the full Complete Journey is not at {folder.name}; set DANGOL_DATA to the folder of data sets")
    files = [(r, m) for p in sorted(folder.glob("*.parquet")) if (m := recognise((r := read(p)).header))]
    assert len(files) == 7
    references = {m.name: r for r, m in files if m.grain == "reference"}
    rows = {}
    for reading, mapping in in_order(files):
        with taking(reading, mapping, settings=Settings(currency="USD"), references=references) as taken:
            assert taken.counts.quarantined == {}
            rows[mapping.name] = taken.counts.rows
            if mapping.grain != "order_lines":
                continue
            source = pq.read_table(reading.path)
            assert (
                one(engine, "SELECT count(*) AS n FROM t", taken.events)["n"]
                == pc.count_distinct(source["basket_id"]).as_py()
            )
            assert (
                one(engine, "SELECT count(DISTINCT node) AS n FROM t", taken.events)["n"]
                == pc.count_distinct(source["household_id"]).as_py()
            )
            total = Decimal(str(one(engine, "SELECT sum(amount) AS s FROM t", taken.items)["s"]))
            assert abs(float(total) - pc.sum(source["sales_value"]).as_py()) < 0.01
    assert rows["complete-journey-transactions"] == 1_101_174
    assert rows["complete-journey-campaigns"] == 6_589
    assert rows["complete-journey-coupon-redemptions"] == 1_237
    assert rows["complete-journey-demographics"] == 801
