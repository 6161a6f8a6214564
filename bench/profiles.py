"""Traits at size: a full refresh of the shipped set by family, and partial ones of 1, 1,000 and 10,000 customers.

python -m bench.profiles [--customers 1000000] [--events 10000000] [--memory 1500MB]
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.common import machine, measure
from dangol.engine import DuckDBEngine, Engine, sql
from dangol.profiles import Definitions, refresh_traits
from dangol.schema import TABLES

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
STEP = 1_000_000
FAMILIES = {
    "most_frequent": "most frequent",
    "days_between": "intervals and streaks",
    "streak": "intervals and streaks",
    "trend": "counts, sums, shares, trends",
}


def world(engine: Engine, customers: int, events: int) -> None:
    """Orders over a year, spread evenly over customers, each with one line; clustered as an import leaves them."""
    engine.ensure(TABLES.values())
    for first in range(0, events, STEP):
        _some(engine, customers, events, first, min(events, first + STEP))
    engine.append(
        "identifiers",
        sql(
            "SELECT i AS node, 'user_id' AS kind, i AS customer_id, TIMESTAMP '2025-01-01' AS first_seen,"
            " TIMESTAMP '2025-12-31' AS last_seen FROM range(1, :n + 1) AS t(i)",
            n=customers,
        ),
    )


def _some(engine: Engine, customers: int, events: int, first: int, last: int) -> None:
    """Events `first` to before `last`, of customers in rising order."""
    numbers = sql(
        "SELECT i AS event_id, CAST(1 + i * :customers // :events AS BIGINT) AS customer_id,"
        " TIMESTAMP '2025-01-01' + INTERVAL '1' SECOND * (hash(i) % 31536000) AS at,"
        " CASE WHEN hash(i + 1) % 20 = 0 THEN 'Order Refunded' WHEN hash(i + 1) % 2 = 0 THEN 'Page Viewed'"
        " ELSE 'Order Completed' END AS name, CAST((hash(i + 2) % 9000) / 100.0 AS DECIMAL(18,4)) AS amount,"
        " hash(i + 3) AS h FROM range(:first, :last) AS t(i)",
        customers=customers,
        events=events,
        first=first,
        last=last,
    )
    channel = "CASE WHEN h % 3 = 0 THEN 'web' WHEN h % 3 = 1 THEN 'app' ELSE 'store' END"
    with engine.scratch(numbers) as facts:
        engine.append(
            "events",
            sql(
                "SELECT event_id, customer_id, customer_id AS node, at, name, :channel AS channel, amount,"
                " CAST(h % 500 AS DECIMAL(18,4)) / 100 AS discount, CAST(h % 40 AS VARCHAR) AS place,"
                " CASE WHEN h % 2 = 0 THEN 'mobile' ELSE 'desktop' END AS device FROM facts",
                tables={"facts": facts},
                channel=sql(channel),
            ),
        )
        engine.append(
            "order_items",
            sql(
                "SELECT event_id, 1 AS line, customer_id, customer_id AS node, at, name, CAST(h % 5000 AS VARCHAR) AS product_id,"
                " 'category ' || CAST(h % 60 AS VARCHAR) AS category, amount FROM facts WHERE name <> 'Page Viewed'",
                tables={"facts": facts},
            ),
        )


@dataclass
class Clock:
    """Seconds of a refresh by what it was at, from the words that progress tells."""

    spent: dict[str, float] = field(default_factory=dict)
    at: str = "reading a range"
    since: float = field(default_factory=time.perf_counter)

    def tell(self, done: int, steps: int, what: str) -> None:
        now = time.perf_counter()
        self.spent[self.at] = self.spent.get(self.at, 0.0) + now - self.since
        self.at, self.since = what, now

    def families(self, definitions: Definitions) -> list[tuple[str, float]]:
        """The same by family of traits, the dearest first."""
        found: dict[str, float] = {}
        for what, seconds in self.spent.items():
            trait = definitions.traits.get(what.split(", ")[0])
            function = getattr(trait.spec, "function", "") if trait else ""
            family = FAMILIES.get(function, "counts, sums, shares, trends") if function else "demographic"
            name = family if trait else "reading ranges, joining, scores and writing"
            found[name] = found.get(name, 0.0) + seconds
        return sorted(found.items(), key=lambda one: -one[1])


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--customers", type=int, default=1_000_000)
    asked.add_argument("--events", type=int, default=10_000_000)
    asked.add_argument("--memory", default="1500MB")
    args = asked.parse_args()
    seoul, shipped = ZoneInfo("Asia/Seoul"), Definitions.of()
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        engine = DuckDBEngine(Path(folder) / "engine.duckdb", memory=args.memory, threads=2)
        made = measure(lambda: world(engine, args.customers, args.events))
        print(f"made {args.events:,} events of {args.customers:,} customers in {made.seconds:.0f} s", flush=True)
        clock = Clock()
        refresh = partial(refresh_traits, engine, shipped, now=NOW, tz=seoul)
        full = measure(lambda: refresh(progress=clock.tell))
        print(
            f"full refresh of {len(shipped.traits)} traits: {full.seconds:.1f} s ({full.cpu:.1f} s of CPU),"
            f" {full.peak_mb:.0f} MB",
            flush=True,
        )
        for family, seconds in clock.families(shipped):
            print(f"  {family}: {seconds:.1f} s", flush=True)
        for size in (1, 1_000, 10_000):
            some = list(range(1, args.customers + 1, max(1, args.customers // size)))[:size]
            part = measure(partial(refresh, population=some))
            print(f"partial refresh of {size:,} customers: {part.seconds:.2f} s ({part.cpu:.2f} s of CPU)", flush=True)
        engine.close()


if __name__ == "__main__":
    main()
