"""Everyone, in ranges of customers: what a full refresh groups and joins at a time stays in memory.

Facts lie clustered by customer, so a range is read without reading the rest. Whole, 10 M events of 1 M customers overflowed
to disk in every pass and did not end within the hour.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise

from sqlglot import exp

from dangol.engine import Engine, sql
from dangol.profiles.model import Behaviour, Trait
from dangol.schema import TABLES as SCHEMA

ROWS = 1_000_000
"""Events and identifiers of one range, about."""

FEW = 16
"""Up to so many traits the rows beside the facts are narrow, and a range may be so much longer."""

LONGER = 4

TABLES = ("events", "order_items", "given", "identifiers", "scores")
"""What traits read per customer."""


@dataclass(frozen=True, slots=True)
class Need:
    """What the traits at hand read of a table: columns (None: every one) and rows."""

    columns: tuple[str, ...] | None
    where: exp.Expr | None = None

    def of(self, table: str) -> exp.Select:
        """These rows and columns of the table."""
        every = [exp.column(c, quoted=True) for c in self.columns] if self.columns is not None else ["*"]
        query = exp.select(*every).from_(table)
        return query.where(self.where.copy()) if self.where is not None else query


Needs = Mapping[str, Need]


def needs(queries: Iterable[exp.Expr], traits: Iterable[Trait], now: dt.datetime) -> Needs:
    """What some passes read, by table: a copy of that and no more gives what the whole table would. A segment's past asks for
    three traits of orders; copying every column of every event for them took ten times as long as the answer.

    :param queries: the passes' own, over the tables themselves.
    """
    read: dict[str, set[str] | None] = {}
    for query in queries:
        every = any(not isinstance(star.parent, exp.Count) for star in query.find_all(exp.Star))
        columns = {column.name for column in query.find_all(exp.Column)}
        for name in {t.name for t in query.find_all(exp.Table)} & {*TABLES}:
            known = read.get(name, set())
            read[name] = None if every or known is None else known | columns
    rows = _rows(traits, now)
    return {
        name: Need(
            None if columns is None else tuple(c for c in SCHEMA[name].names if c in columns | {"customer_id"}),
            rows.get(name),
        )
        for name, columns in read.items()
    }


def _rows(traits: Iterable[Trait], now: dt.datetime) -> dict[str, exp.Expr]:
    """The rows of events and order lines that behaviour is computed from: up to now, and of the names asked for."""
    asked: dict[str, set[str] | None] = {}
    for trait in traits:
        if isinstance(trait.spec, Behaviour):
            table, names = "order_items" if trait.spec.of == "items" else "events", {*trait.spec.did}
            known = asked.get(table, set())
            asked[table] = known | names if names and known is not None else None
    return {
        table: sql("at <= :now", now=now)
        if names is None
        else sql("at <= :now AND name IN :n", now=now, n=sorted(names))
        for table, names in asked.items()
    }


def ranges(engine: Engine, needed: Needs | None = None, *, few: bool = False) -> list[exp.Expr | None]:
    """Conditions on `customer_id` that split everyone, in rising order; ``[None]`` where they are few.

    Also where the engine does not read one customer's rows without the others': there each range would cost a whole scan.

    :param needed: count only the rows that are needed. :param few: few traits are computed.
    """
    if not engine.capabilities.point_reads or (needed is not None and not {*needed} - {"identifiers"}):
        return [None]
    most = ROWS * LONGER if few else ROWS
    rows = needed["events"].where if needed is not None and "events" in needed else None
    every = sql(
        "SELECT customer_id FROM events WHERE :rows UNION ALL SELECT customer_id FROM identifiers",
        rows=rows if rows is not None else sql("customer_id IS NOT NULL"),
    )
    count = int(engine.run(sql("SELECT count(*) AS n FROM e", tables={"e": every}))["n"][0].as_py())
    pieces = -(-count // most)
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
def copies(engine: Engine, condition: exp.Expr | None, needed: Needs) -> Iterator[dict[str, str]]:
    """Scratch copies of what is needed of the facts of a range, by table; none for everyone."""
    with ExitStack() as stack:
        yield (
            {}
            if condition is None
            else {
                name: stack.enter_context(engine.scratch(need.of(name).where(condition.copy())))
                for name, need in needed.items()
            }
        )
