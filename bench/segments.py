"""100 mixed segments against 100 bare SQL queries: everyone, 10,000 touched customers, one customer.

    python -m bench.segments --events 1000000 --customers 100000

Prints the three ratios the project promises, measured in one run: the same machine, file and data. The bare queries are
written by hand, as an analyst would, and run one after another; every answer is compared with theirs.
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from sqlglot import exp

from bench.common import Row, best, machine, measure, ratio_table
from dangol.engine import DuckDBEngine, sql
from dangol.rules import Catalog, Context, Rule, TraitInfo, compile_rule, parse
from dangol.rules.passes import Passes, Ranks
from dangol.schema import EVENTS

NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
CATEGORIES = 40
CATALOG = Catalog(
    {
        "age": TraitInfo("int64", "demographic"),
        "region": TraitInfo("text", "demographic"),
        "revenue": TraitInfo("money"),
        "churn": TraitInfo("float64", "analytic"),
    }
)


@dataclass(frozen=True, slots=True)
class Case:
    """One segment and the query an analyst would write for it."""

    body: Any
    bare: exp.Expr


def cases() -> list[Case]:
    """100 of ten kinds, each with other names, numbers and windows."""
    return [kind(i) for i in range(10) for kind in KINDS]


def days(n: int) -> dt.datetime:
    return NOW - dt.timedelta(days=n) + dt.timedelta(microseconds=1)


NAMES = ("Product Viewed", "Product Added", "Order Completed", "Email Opened", "Page Viewed")


def _count(i: int) -> Case:
    name, n, span = NAMES[i % 5], i % 3 + 2, 20 + 30 * i
    return Case(
        {"did": name, "at_least": n, "within": f"{span} days"},
        sql(
            "SELECT customer_id FROM events WHERE name = :name AND at >= :since GROUP BY customer_id HAVING count(*) >= :n",
            name=name,
            since=days(span),
            n=n,
        ),
    )


def _lapsed(i: int) -> Case:
    span = 30 + 30 * i
    return Case(
        {"all": [{"did": "Order Completed"}, {"not": {"did": "Order Completed", "within": f"{span} days"}}]},
        sql(
            "SELECT customer_id FROM events WHERE name = 'Order Completed' GROUP BY customer_id HAVING max(at) < :since",
            since=days(span),
        ),
    )


def _sum(i: int) -> Case:
    limit, span = 50_000 + 20_000 * i, 90 + 30 * i
    return Case(
        {"did": "Order Completed", "sum": "amount", "at_least": limit, "within": f"{span} days"},
        sql(
            "SELECT customer_id FROM events WHERE name = 'Order Completed' AND at >= :since"
            " GROUP BY customer_id HAVING sum(amount) >= :n",
            since=days(span),
            n=limit,
        ),
    )


def _category(i: int) -> Case:
    wanted, span = [f"category {i}", f"category {i + 10}"], 60 + 10 * i
    return Case(
        {
            "did": "Product Viewed",
            "where": {"category": {"in": wanted}},
            "at_least": "2 times",
            "within": f"{span} days",
        },
        sql(
            "SELECT customer_id FROM events WHERE name = 'Product Viewed' AND category IN :wanted AND at >= :since"
            " GROUP BY customer_id HAVING count(*) >= 2",
            wanted=wanted,
            since=days(span),
        ),
    )


def _traits(i: int) -> Case:
    return Case(
        {
            "all": [
                {"trait": "age", "at_least": 30 + i},
                {"trait": "region", "in": [f"region {i}", f"region {i + 1}"]},
                {"score": "churn", "above": i / 10},
            ]
        },
        sql(
            "SELECT customer_id FROM customers WHERE age >= :a AND region IN :r AND churn > :c",
            a=30 + i,
            r=[f"region {i}", f"region {i + 1}"],
            c=i / 10,
        ),
    )


def _mixed(i: int) -> Case:
    return Case(
        {
            "all": [
                {"trait": "age", "between": [20 + i, 40 + i]},
                {"did": "Email Opened", "within": f"{30 + i} days"},
                {"did": "Order Completed", "never": True},
            ]
        },
        sql(
            "SELECT customer_id FROM customers WHERE age BETWEEN :a AND :b"
            " AND customer_id IN (SELECT customer_id FROM events WHERE name = 'Email Opened' AND at >= :since)"
            " AND customer_id NOT IN (SELECT customer_id FROM events WHERE name = 'Order Completed' AND customer_id IS NOT NULL)",
            a=20 + i,
            b=40 + i,
            since=days(30 + i),
        ),
    )


def _distinct(i: int) -> Case:
    return Case(
        {"did": "Product Viewed", "distinct": "category", "at_least": 2 + i % 4, "within": f"{100 + 10 * i} days"},
        sql(
            "SELECT customer_id FROM events WHERE name = 'Product Viewed' AND at >= :since"
            " GROUP BY customer_id HAVING count(DISTINCT category) >= :n",
            since=days(100 + 10 * i),
            n=2 + i % 4,
        ),
    )


def _sequence(i: int) -> Case:
    return Case(
        {
            "sequence": [{"did": "Product Added"}, {"did": "Order Completed", "within": f"{i + 1} days"}],
            "within": "365 days",
        },
        sql(
            "SELECT DISTINCT customer_id FROM (SELECT customer_id, name, at,"
            " max(CASE WHEN name = 'Product Added' THEN at END) OVER ("
            " PARTITION BY customer_id ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS added"
            " FROM events WHERE name IN ('Product Added', 'Order Completed') AND at >= :since) AS steps"
            " WHERE name = 'Order Completed' AND at > added AND at <= added + to_days(:n)",
            since=days(365),
            n=i + 1,
        ),
    )


def _last(i: int) -> Case:
    return Case(
        {"did": "Order Completed", "last": "category", "is": f"category {i}"},
        sql(
            "SELECT customer_id FROM events WHERE name = 'Order Completed' AND category IS NOT NULL"
            " GROUP BY customer_id HAVING arg_max(category, at) = :c",
            c=f"category {i}",
        ),
    )


def _either(i: int) -> Case:
    return Case(
        {
            "any": [
                {"did": "Order Completed", "average": "amount", "above": 60_000 + 5_000 * i},
                {"top": {"by": "revenue", "percent": i + 1}},
            ]
        },
        sql(
            "SELECT customer_id FROM customers WHERE customer_id IN ("
            " SELECT customer_id FROM events WHERE name = 'Order Completed'"
            " GROUP BY customer_id HAVING avg(amount) > :n) OR customer_id IN (SELECT customer_id FROM ("
            " SELECT customer_id, row_number() OVER (ORDER BY revenue DESC, customer_id) AS place,"
            " count(*) OVER () AS n FROM customers"
            " WHERE revenue IS NOT NULL) AS ranked WHERE (place - 1) * 100 < n * :p)",
            n=60_000 + 5_000 * i,
            p=i + 1,
        ),
    )


KINDS: tuple[Callable[[int], Case], ...] = (
    _count,
    _lapsed,
    _sum,
    _category,
    _traits,
    _mixed,
    _distinct,
    _sequence,
    _last,
    _either,
)


def fill(engine: DuckDBEngine, events: int, customers: int) -> None:
    """A shop by arithmetic: some customers do much, most do little; written customer by customer, in order of time."""
    engine.ensure([EVENTS])
    step = max(1, min(events, 3_000_000))
    for first in range(0, events, step):
        rows = sql(
            """
            SELECT i AS event_id, customer_id, at, name, category,
              CASE WHEN name = 'Order Completed' THEN CAST(hash(i + 5) % 100000 AS DECIMAL(18,4)) END AS amount, 'web' AS channel
            FROM (
              SELECT i, CAST(floor(:customers * pow(i / :events, 1.3)) AS BIGINT) + 1 AS customer_id,
                TIMESTAMP '2024-11-01' + to_microseconds(CAST(hash(i + 1) % 63072000000000 AS BIGINT)) AS at,
                CASE WHEN hash(i + 2) % 100 < 45 THEN 'Page Viewed' WHEN hash(i + 2) % 100 < 75 THEN 'Product Viewed'
                  WHEN hash(i + 2) % 100 < 85 THEN 'Product Added' WHEN hash(i + 2) % 100 < 92 THEN 'Email Opened'
                  ELSE 'Order Completed' END AS name,
                concat('category ', hash(i + 3) % :categories) AS category
              FROM range(:first, :last) AS r(i)
            ) AS made ORDER BY customer_id, at, event_id
            """,
            customers=customers,
            events=float(events),
            categories=CATEGORIES,
            first=first,
            last=min(events, first + step),
        )
        engine.append("events", rows)
    traits = sql(
        """
        SELECT i AS customer_id, CAST(18 + hash(i) % 60 AS BIGINT) AS age, concat('region ', hash(i + 1) % 17) AS region,
          CAST(hash(i + 2) % 1000000 AS DECIMAL(18,4)) AS revenue,
          CASE WHEN hash(i) % 3 > 0 THEN (hash(i + 3) % 1000) / 1000 END AS churn
        FROM range(1, :last) AS r(i)
        """,
        last=customers + 1,
    )
    engine.replace("customers", traits)


def bench(engine: DuckDBEngine, customers: int, touched: int = 10_000) -> list[Row]:
    """The three ratios; raises when an answer differs from the bare query's."""
    every = cases()
    ctx = Context(NOW, ZoneInfo("Asia/Seoul"), CATALOG)
    rules: list[Rule] = [parse(case.body, CATALOG) for case in every]
    bare = measure(lambda: [_ids(engine, case.bare) for case in every])
    ours = measure(lambda: [_ids(engine, compile_rule(rule, ctx)) for rule in rules])
    for case, theirs, mine in zip(every, bare.result, ours.result, strict=True):
        if not np.array_equal(theirs, mine):
            raise SystemExit(f"different answers: {len(theirs)} and {len(mine)} for {case.body}")
    prepared = measure(lambda: Passes(rules, ctx, Ranks.read(engine, rules, ctx)))
    passes: Passes = prepared.result
    some = np.unique(np.random.default_rng(7).integers(1, customers + 1, touched))
    with engine.scratch(pa.table({"customer_id": some})) as table:
        many = best(lambda: passes.run(engine, table), 2)
    one_id = int(some[len(some) // 2])
    one = best(lambda: passes.run(engine, one_id), 5)
    for j, theirs in enumerate(bare.result):
        if not np.array_equal(many.result.of(j), np.intersect1d(theirs, some)) or not np.array_equal(
            one.result.of(j), theirs[theirs == one_id]
        ):
            raise SystemExit(f"passes differ for {every[j].body}")
    whole = measure(lambda: member_ids(passes, engine))
    for case, theirs, mine in zip(every, bare.result, whole.result, strict=True):
        if not np.array_equal(theirs, mine):
            raise SystemExit(f"passes over everyone differ for {case.body}")
    total = bare.seconds
    return [
        Row("100 bare queries, seconds", total, note=f"peak {bare.peak_mb:,.0f} MB"),
        Row(
            "everyone by passes ÷ bare",
            whole.seconds / total,
            1.0,
            note=f"{whole.seconds:.2f} s, peak {whole.peak_mb:,.0f} MB",
        ),
        Row(
            "everyone by the segments' SQL ÷ bare",
            ours.seconds / total,
            note=f"{ours.seconds:.2f} s, peak {ours.peak_mb:,.0f} MB",
        ),
        Row(
            f"{len(some):,} touched ÷ bare",
            many.seconds / total,
            0.05,
            note=f"{many.seconds * 1000:,.0f} ms, peak {many.peak_mb:,.0f} MB",
        ),
        Row("one customer ÷ bare", one.seconds / total, 0.002, note=f"{one.seconds * 1000:,.1f} ms"),
        Row("getting ready (once a beat), seconds", prepared.seconds),
    ]


def member_ids(passes: Passes, engine: DuckDBEngine) -> list[Any]:
    """Members of every rule among everybody."""
    found: list[list[Any]] = [[] for _ in passes.roots]
    for matrix in passes.everyone(engine):
        for j, kept in enumerate(found):
            kept.append(matrix.of(j))
    return [np.concatenate(kept) for kept in found]


def _ids(engine: DuckDBEngine, query: exp.Expr) -> Any:
    return np.sort(np.asarray(engine.run(query)["customer_id"].combine_chunks(), np.int64))


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    reader.add_argument("--events", type=int, default=1_000_000)
    reader.add_argument("--customers", type=int, default=0, help="default: a thirtieth of the events")
    reader.add_argument("--memory", default="3GB")
    reader.add_argument("--folder", default="", help="where the database file may live while it runs")
    asked = reader.parse_args()
    customers = asked.customers or max(1, asked.events // 30)
    with tempfile.TemporaryDirectory(dir=asked.folder or None) as folder:
        engine = DuckDBEngine(Path(folder) / "bench.duckdb", memory=asked.memory)
        start = time.perf_counter()
        fill(engine, asked.events, customers)
        print(
            f"{machine()}; {asked.events:,} events, {customers:,} customers, filled in {time.perf_counter() - start:.0f} s"
        )
        print(ratio_table(bench(engine, customers)))
        engine.close()


if __name__ == "__main__":
    main()
