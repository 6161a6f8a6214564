"""Everyone, in ranges of customers: what a full refresh groups and joins at a time stays in memory.

Facts lie clustered by customer, so a range is read without reading the rest. Whole, 10 M events of 1 M customers overflowed
to disk in every pass and did not end within the hour.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise

from sqlglot import exp

from dangol.engine import Engine, sql

ROWS = 1_000_000
"""Events and identifiers of one range, about."""

TABLES = ("events", "order_items", "given", "identifiers", "scores")
"""What traits read per customer."""


def ranges(engine: Engine) -> list[exp.Expr | None]:
    """Conditions on `customer_id` that split everyone, in rising order; ``[None]`` where they are few.

    Also where the engine does not read one customer's rows without the others': there each range would cost a whole scan.
    """
    if not engine.capabilities.point_reads:
        return [None]
    every = sql("SELECT customer_id FROM events UNION ALL SELECT customer_id FROM identifiers")
    rows = int(engine.run(sql("SELECT count(*) AS n FROM e", tables={"e": every}))["n"][0].as_py())
    pieces = -(-rows // ROWS)
    if pieces <= 1:
        return [None]
    steps = exp.Array(expressions=[exp.Literal.number(i / pieces) for i in range(1, pieces)])
    found = engine.run(
        sql("SELECT approx_quantile(customer_id, :steps) AS cuts FROM e", tables={"e": every}, steps=steps)
    )
    edges: list[int | None] = [None, *sorted({int(c) for c in found["cuts"][0].as_py() or []}), None]
    return [_between(low, high) for low, high in pairwise(edges)]


def _between(low: int | None, high: int | None) -> exp.Expr:
    above = sql("customer_id > :low", low=low) if low is not None else sql("customer_id IS NOT NULL")
    return exp.and_(above, sql("customer_id <= :high", high=high)) if high is not None else above


@contextmanager
def copies(engine: Engine, condition: exp.Expr | None) -> Iterator[dict[str, str]]:
    """Scratch copies of the facts of a range, by table; none for everyone."""
    with ExitStack() as stack:
        yield (
            {}
            if condition is None
            else {
                name: stack.enter_context(engine.scratch(exp.select("*").from_(name).where(condition)))
                for name in TABLES
            }
        )
