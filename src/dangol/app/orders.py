"""Orders and their lines: malls cut exports by line, so an order may arrive in several files.

The lines are the facts; an order's event is what they add up to. Lines that come later complete it: they are added, and the
event is folded again from all of them. The fold knows no order (sums, and the smallest of what else differs), so every way of
cutting an export gives the same orders.
"""

from __future__ import annotations

import pyarrow as pa
from sqlglot import exp

from dangol.engine import Engine, sql
from dangol.schema import EVENTS, ORDER_ITEMS

_NOBODY = pa.array([], pa.int64())
_CUSTOMERS = (
    "SELECT DISTINCT customer_id FROM events WHERE customer_id IS NOT NULL AND event_id IN (SELECT event_id FROM g)"
)


def owned(rows: exp.Expr, order: tuple[str, ...]) -> exp.Select:
    """Staged rows with the customer their node points at, clustered."""
    query = sql("SELECT s.*, i.customer_id FROM s LEFT JOIN identifiers AS i ON i.node = s.node", tables={"s": rows})
    assert isinstance(query, exp.Select)
    return query.order_by(*[exp.column(c) for c in order])


def described(items: exp.Expr) -> exp.Expr:
    """Lines with what the catalogue says where the order said nothing."""
    return sql(
        "SELECT i.* EXCLUDE (title, category, brand), coalesce(i.title, p.title) AS title,"
        " coalesce(i.category, p.category) AS category, coalesce(i.brand, p.brand) AS brand,"
        " nullif(concat(CASE WHEN i.title IS NULL AND NOT p.title IS NULL THEN 't' ELSE '' END,"
        " CASE WHEN i.category IS NULL AND NOT p.category IS NULL THEN 'c' ELSE '' END,"
        " CASE WHEN i.brand IS NULL AND NOT p.brand IS NULL THEN 'b' ELSE '' END), '') AS described"
        " FROM i LEFT JOIN products AS p ON p.product_id = i.product_id",
        tables={"i": items},
    )


def add_lines(engine: Engine, items: str, orders: exp.Expr) -> None:
    """Append the staged lines of these orders (a query of their event_id), described and with their customer."""
    arrived = sql("SELECT i.* FROM i WHERE i.event_id IN (SELECT o.event_id FROM o)", tables={"i": items, "o": orders})
    engine.append("order_items", owned(described(arrived), ORDER_ITEMS.sort))


def complete(engine: Engine, events: str, items: str) -> tuple[int, pa.Array]:
    """Add the lines that known orders did not have yet, before new orders are appended.

    :param events: staged order events of a file.
    :param items: their staged lines. Lines that are here already (by `line_key`) change nothing.
    :return: how many orders grew, and the customers they were and are about. An order told without lines never grows.
    """
    with engine.scratch(_known(events)) as known, engine.scratch(_fresh(items, known)) as fresh:
        grown = sql("SELECT DISTINCT event_id FROM f", tables={"f": fresh})
        count = int(engine.run(sql("SELECT count(*) AS n FROM g", tables={"g": grown}))["n"][0].as_py())
        if not count:
            return 0, _NOBODY
        named = {"g": grown}
        before = engine.run(sql(_CUSTOMERS, tables=named))
        with engine.scratch(_lines(fresh)) as lines, engine.scratch(_folded(events, lines)) as folded:
            _swap(engine, "events", owned(exp.select("*").from_(folded), EVENTS.sort), grown)
            told = sql(
                "SELECT l.*, e.node, e.at FROM l JOIN e ON e.event_id = l.event_id", tables={"l": lines, "e": folded}
            )
            _swap(engine, "order_items", owned(told, ORDER_ITEMS.sort), grown)
        after = engine.run(sql(_CUSTOMERS, tables=named))
        return count, pa.concat_arrays([t["customer_id"].combine_chunks() for t in (before, after)])


def _known(events: str) -> exp.Expr:
    return sql(
        "SELECT s.event_id FROM s WHERE s.event_id IN (SELECT event_id FROM order_items WHERE line_key IS NOT NULL)",
        tables={"s": events},
    )


def _fresh(items: str, known: str) -> exp.Expr:
    return sql(
        "SELECT i.* FROM i WHERE i.event_id IN (SELECT k.event_id FROM k) AND NOT EXISTS"
        " (SELECT 1 FROM order_items AS o WHERE o.event_id = i.event_id AND o.line_key = i.line_key)",
        tables={"i": items, "k": known},
    )


def _lines(fresh: str) -> exp.Expr:
    """All lines of the orders that grow, without node and time; new ones are numbered after those that are here."""
    columns = [c for c in ORDER_ITEMS.names if c not in ("customer_id", "node", "at")]
    here = (
        exp.select(*columns)
        .from_("order_items")
        .where(sql("event_id IN (SELECT f.event_id FROM f)", tables={"f": fresh}))
    )
    added = sql(
        "SELECT f.* EXCLUDE (line), h.last + row_number() OVER (PARTITION BY f.event_id ORDER BY f.line) AS line FROM f"
        " JOIN (SELECT event_id, max(line) AS last FROM h GROUP BY event_id) AS h ON h.event_id = f.event_id",
        tables={"f": described(exp.select("*").from_(fresh)), "h": here},
    )
    return exp.union(here, exp.select(*columns).from_(added.subquery("a")), distinct=False)  # type: ignore[attr-defined]


_SUMS = ("amount", "discount", "tax", "quantity")


def _folded(events: str, lines: str) -> exp.Expr:
    """The events of these lines: the smallest of what is here and what is told, and the sums over the lines."""
    columns = [c for c in EVENTS.names if c != "customer_id"]
    pick = [exp.column(c) for c in columns if c not in _SUMS]
    which = sql("event_id IN (SELECT l.event_id FROM l)", tables={"l": lines})
    both = exp.union(
        exp.select(*pick).from_("events").where(which), exp.select(*pick).from_(events).where(which), distinct=False
    )
    least = [exp.Min(this=c.copy()).as_(c.name) for c in pick if c.name != "event_id"]
    sums = [exp.cast(exp.Sum(this=exp.column(c)), "decimal(18,4)").as_(c) for c in _SUMS]
    return sql(
        "SELECT e.*, s.* EXCLUDE (event_id) FROM e JOIN s ON s.event_id = e.event_id",
        tables={
            "e": exp.select("event_id", *least).from_(both.subquery("b")).group_by("event_id"),
            "s": exp.select("event_id", *sums).from_(lines).group_by("event_id"),
        },
    )


def _swap(engine: Engine, table: str, rows: exp.Expr, orders: exp.Expr) -> None:
    """Write these rows in place of those of the orders; read before the old ones go."""
    with engine.scratch(rows) as kept:
        engine.delete(table, sql("event_id IN (SELECT g.event_id FROM g)", tables={"g": orders}))
        engine.append(table, exp.select("*").from_(kept))
