"""Traits at size: a full refresh of the shipped set, and partial ones of 1, 1,000 and 10,000 customers.

python -m bench.profiles [--customers 1000000] [--events 10000000] [--memory 1500MB]
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.common import measure
from dangol.engine import DuckDBEngine, Engine, sql
from dangol.profiles import PROFILE_TABLES, Definitions, refresh_traits
from dangol.schema import TABLES

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def world(engine: Engine, customers: int, events: int) -> None:
    """Orders over a year, spread evenly over customers, each with one line; clustered as an import leaves them."""
    engine.ensure([*TABLES.values(), *PROFILE_TABLES])
    numbers = sql(
        "SELECT i AS event_id, CAST(1 + i * :customers // :events AS BIGINT) AS customer_id,"
        " TIMESTAMP '2025-01-01' + INTERVAL '1' SECOND * (hash(i) % 31536000) AS at,"
        " CASE WHEN hash(i + 1) % 20 = 0 THEN 'Order Refunded' WHEN hash(i + 1) % 2 = 0 THEN 'Page Viewed'"
        " ELSE 'Order Completed' END AS name, CAST((hash(i + 2) % 9000) / 100.0 AS DECIMAL(18,4)) AS amount,"
        " hash(i + 3) AS h FROM range(:events) AS t(i)",
        customers=customers,
        events=events,
    )
    channel = "CASE WHEN h % 3 = 0 THEN 'web' WHEN h % 3 = 1 THEN 'app' ELSE 'store' END"
    with engine.scratch(numbers) as facts:
        engine.append(
            "events",
            sql(
                "SELECT event_id, customer_id, customer_id AS node, at, name, :channel AS channel, amount,"
                " CAST(h % 500 AS DECIMAL(18,4)) / 100 AS discount, CAST(h % 40 AS VARCHAR) AS place,"
                " CASE WHEN h % 2 = 0 THEN 'mobile' ELSE 'desktop' END AS device FROM facts ORDER BY customer_id, at",
                tables={"facts": facts},
                channel=sql(channel),
            ),
        )
        engine.append(
            "order_items",
            sql(
                "SELECT event_id, 1 AS line, customer_id, customer_id AS node, at, name, CAST(h % 5000 AS VARCHAR) AS product_id,"
                " 'category ' || CAST(h % 60 AS VARCHAR) AS category, amount FROM facts WHERE name <> 'Page Viewed'"
                " ORDER BY customer_id, at",
                tables={"facts": facts},
            ),
        )
    engine.append(
        "identifiers",
        sql(
            "SELECT i AS node, 'user_id' AS kind, i AS customer_id, TIMESTAMP '2025-01-01' AS first_seen,"
            " TIMESTAMP '2025-12-31' AS last_seen FROM range(1, :n + 1) AS t(i)",
            n=customers,
        ),
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--customers", type=int, default=1_000_000)
    asked.add_argument("--events", type=int, default=10_000_000)
    asked.add_argument("--memory", default="1500MB")
    args = asked.parse_args()
    seoul, shipped = ZoneInfo("Asia/Seoul"), Definitions.of()
    with tempfile.TemporaryDirectory() as folder:
        engine = DuckDBEngine(Path(folder) / "engine.duckdb", memory=args.memory, threads=2)
        made = measure(lambda: world(engine, args.customers, args.events))
        print(f"made {args.events:,} events of {args.customers:,} customers in {made.seconds:.0f} s", flush=True)
        full = measure(lambda: refresh_traits(engine, shipped, now=NOW, tz=seoul))
        print(f"full refresh of {len(shipped.traits)} traits: {full.seconds:.1f} s, {full.peak_mb:.0f} MB", flush=True)
        for size in (1, 1_000, 10_000):
            step = max(1, args.customers // size)
            some = list(range(1, args.customers + 1, step))[:size]
            part = measure(lambda some=some: refresh_traits(engine, shipped, now=NOW, tz=seoul, population=some))
            print(f"partial refresh of {size:,} customers: {part.seconds:.2f} s", flush=True)
        engine.close()


if __name__ == "__main__":
    main()
