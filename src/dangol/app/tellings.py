"""Which import told what. A fact that several imports told is kept once, and each telling of it beside it, so that any of the
imports can be taken back and what remains is what the others told.

A fact has no row in its table of tellings, or one for every import that told it (`events_told`, `order_items_told`); of given
traits, consents and products, where a telling is the whole fact, the rows are those that are not in the table itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from dangol.app.orders import add_lines, complete, owned
from dangol.engine import Engine, sql
from dangol.schema import CONSENTS, EVENTS, GIVEN, ORDER_ITEMS

_AGAIN = """
SELECT DISTINCT s.event_id FROM s JOIN events AS e ON e.event_id = s.event_id
WHERE e.batch <> :b AND NOT s.event_id IN (SELECT t.event_id FROM events_told AS t WHERE t.batch = :b)
"""
_FIRST = """
SELECT k.* FROM k WHERE k.event_id IN (SELECT a.event_id FROM a)
AND NOT k.event_id IN (SELECT t.event_id FROM events_told AS t)
"""
_SAME = {
    "given": "k.node = g.node AND k.trait = g.trait AND k.value = g.value AND k.at IS NOT DISTINCT FROM g.at"
    " AND k.source = g.source",
    "consents": "k.node = g.node AND k.purpose = g.purpose AND k.channel = g.channel AND k.state = g.state"
    " AND k.at IS NOT DISTINCT FROM g.at",
}
_SORT = {"given": GIVEN.sort, "consents": CONSENTS.sort}


def keep_events(engine: Engine, events: str, items: str | None, batch: int) -> int:
    """Keep every telling of the staged events that another import told, before they change anything here. Returns how many."""
    with engine.scratch(sql(_AGAIN, tables={"s": events}, b=batch)) as again:
        count = _rows(engine, again)
        if not count:
            return 0
        for table in ("order_items", "events"):  # lines first: whether they are kept already is asked of the events
            engine.append(f"{table}_told", sql(_FIRST, tables={"k": table, "a": again}))
        for table, staged, sort in (("order_items", items, ORDER_ITEMS.sort), ("events", events, EVENTS.sort)):
            if staged:
                mine = "SELECT s.* FROM s WHERE s.event_id IN (SELECT a.event_id FROM a)"
                engine.append(f"{table}_told", owned(sql(mine, tables={"s": staged, "a": again}), sort))
    return count


def keep_rows(engine: Engine, table: str, staged: str, batch: int) -> None:
    """Keep given traits or consents that another import had told before."""
    said: exp.Expr = exp.maybe_parse(_SAME[table], dialect="duckdb")
    again = sql(
        "SELECT DISTINCT g.* FROM g WHERE EXISTS (SELECT 1 FROM t AS k WHERE k.batch <> :b AND :same)",
        tables={"g": staged, "t": table},
        b=batch,
        same=said,
    )
    engine.append(f"{table}_told", owned(again, _SORT[table]))


@dataclass(frozen=True, slots=True)
class Facts:
    """What left the tables of facts: rows by table, events folded again or told by another now, and whom all that was about."""

    rows: dict[str, int]
    again: int
    touched: pa.Array


def take_back(engine: Engine, batch: int) -> Facts:
    """Take an import's facts away and tell the others' tellings of them again. After identity: owners are as they will be."""
    touched = [_customers(engine, batch)]
    rows: dict[str, int] = {}
    mine = sql(
        "SELECT event_id FROM events WHERE batch = :b UNION SELECT event_id FROM order_items WHERE batch = :b"
        " UNION SELECT event_id FROM events_told WHERE batch = :b",
        b=batch,
    )
    told = sql("SELECT t.product_id FROM products AS t WHERE t.batch = :b UNION SELECT t.product_id"
               " FROM products_told AS t WHERE t.batch = :b", b=batch)  # fmt: skip
    shared = "SELECT DISTINCT t.event_id FROM events_told AS t WHERE t.event_id IN (SELECT m.event_id FROM m)"
    with engine.scratch(told) as products, engine.scratch(sql(shared, tables={"m": mine})) as several:
        rows["products"] = _products(engine, batch)
        lines, events, again = _events(engine, batch, several)
        rows |= {"events": events, "order_items": lines}
        _describe(engine, products, several)
        touched += [
            _whose(engine, "events", "event_id", several),
            _whose(engine, "order_items", "product_id", products),
        ]
    for table in _SAME:
        rows[table] = _same_rows(engine, table, batch)
    rows["quarantine"] = engine.delete("quarantine", sql("batch = :b", b=batch))
    engine.delete("imports", sql("batch = :b", b=batch))
    return Facts(rows, again, pa.concat_arrays([t.cast(pa.int64()) for t in touched]))


def _whose(engine: Engine, table: str, column: str, among: str) -> pa.Array:
    """Customers of the rows whose value of a column is among those of a scratch table."""
    query = "SELECT DISTINCT k.customer_id FROM k WHERE NOT k.customer_id IS NULL AND :x IN (SELECT :y FROM w)"
    asked = sql(
        query, tables={"k": table, "w": among}, x=exp.column(column, table="k"), y=exp.column(column, table="w")
    )
    return engine.run(asked)["customer_id"].combine_chunks()


def _customers(engine: Engine, batch: int) -> pa.Array:
    query = "SELECT customer_id FROM t WHERE batch = :b AND NOT customer_id IS NULL"
    parts = [
        sql(query, tables={"t": t}, b=batch) for t in ("events", "order_items", "events_told", "given", "consents")
    ]
    every = exp.union(*parts, distinct=True)
    return engine.run(every)["customer_id"].combine_chunks()


def _events(engine: Engine, batch: int, several: str) -> tuple[int, int, int]:
    """Lines and events that left for good, and events that others told and that are told again from their tellings."""
    again = _rows(engine, several)
    named = {"s": several}
    before = {table: _rows(engine, table) for table in ("order_items", "events")}
    for table in ("order_items", "events"):
        engine.delete(f"{table}_told", sql("batch = :b", b=batch))
        if again:
            engine.delete(table, sql("event_id IN (SELECT s.event_id FROM s)", tables=named))
        engine.delete(table, sql("batch = :b", b=batch))
    if again:
        others = sql(
            "SELECT DISTINCT t.batch FROM events_told AS t WHERE t.event_id IN (SELECT s.event_id FROM s) ORDER BY t.batch",
            tables=named,
        )
        for other in engine.run(others)["batch"].to_pylist():
            _tell(engine, several, int(other))
        _forget_single(engine, several)
    lines, events = (before[table] - _rows(engine, table) for table in ("order_items", "events"))
    return lines, events, again


def _tell(engine: Engine, several: str, batch: int) -> None:
    """One import's tellings of these events once more, as when it came."""
    here = "SELECT t.* EXCLUDE (customer_id) FROM t WHERE t.batch = :b AND t.event_id IN (SELECT s.event_id FROM s)"
    own = """
        SELECT t.* EXCLUDE (customer_id, described, title, category, brand),
          CASE WHEN t.described LIKE '%t%' THEN NULL ELSE t.title END AS title,
          CASE WHEN t.described LIKE '%c%' THEN NULL ELSE t.category END AS category,
          CASE WHEN t.described LIKE '%b%' THEN NULL ELSE t.brand END AS brand
        FROM t WHERE t.batch = :b AND t.event_id IN (SELECT s.event_id FROM s)"""
    with (
        engine.scratch(sql(here, tables={"t": "events_told", "s": several}, b=batch)) as events,
        engine.scratch(sql(own, tables={"t": "order_items_told", "s": several}, b=batch)) as items,
    ):
        complete(engine, events, items)
        fresh = "SELECT e.* FROM e WHERE NOT e.event_id IN (SELECT k.event_id FROM events AS k)"
        with engine.scratch(sql(fresh, tables={"e": events})) as new:
            engine.append("events", owned(exp.select("*").from_(new), EVENTS.sort))
            add_lines(engine, items, exp.select("event_id").from_(new))


def _forget_single(engine: Engine, several: str) -> None:
    """What one import alone tells now needs no tellings."""
    query = (
        "SELECT t.event_id FROM events_told AS t WHERE t.event_id IN (SELECT s.event_id FROM s)"
        " GROUP BY t.event_id HAVING count(*) = 1"
    )
    with engine.scratch(sql(query, tables={"s": several})) as single:
        for table in ("order_items_told", "events_told"):
            engine.delete(table, sql("event_id IN (SELECT s.event_id FROM s)", tables={"s": single}))


def _same_rows(engine: Engine, table: str, batch: int) -> int:
    """Rows of this import go; one that another told, too, is that one's now."""
    said: exp.Expr = exp.maybe_parse(_SAME[table], dialect="duckdb")
    keys = "node, trait, value, at, source" if table == "given" else "node, purpose, channel, state, at"
    told = f"{table}_told"
    query = sql(
        "SELECT k.* FROM t AS k WHERE k.batch <> :b AND EXISTS (SELECT 1 FROM h AS g WHERE g.batch = :b AND :same)",
        tables={"t": told, "h": table},
        b=batch,
        same=said,
    )
    parts = [exp.column(c.strip()) for c in keys.split(",")]
    nth = exp.Window(
        this=exp.RowNumber(), partition_by=parts, order=exp.Order(expressions=[exp.Ordered(this=exp.column("batch"))])
    )
    first = sql("SELECT q.* FROM q QUALIFY :nth = 1", tables={"q": query}, nth=nth)
    with engine.scratch(first) as back:
        count = engine.delete(table, sql("batch = :b", b=batch))
        engine.delete(told, sql("batch = :b", b=batch))
        kept = engine.append(table, exp.select("*").from_(back))
        if kept:
            left = sql(
                "SELECT g.* FROM t AS g WHERE NOT EXISTS (SELECT 1 FROM b AS k WHERE k.batch = g.batch AND :same)",
                tables={"t": told, "b": back},
                same=said,
            )
            with engine.scratch(left) as rest:
                engine.replace(told, exp.select("*").from_(rest))
    return count - kept


def _products(engine: Engine, batch: int) -> int:
    """What this import said of products goes, and what was said before it stands again."""
    gone = engine.delete("products", sql("batch = :b", b=batch))
    engine.delete("products_told", sql("batch = :b", b=batch))
    back = sql(
        "SELECT t.* FROM products_told AS t WHERE NOT t.product_id IN (SELECT p.product_id FROM products AS p)"
        " QUALIFY row_number() OVER (PARTITION BY t.product_id ORDER BY t.batch DESC) = 1"
    )
    with engine.scratch(back) as rows:
        kept = engine.append("products", exp.select("*").from_(rows))
        if kept:
            left = sql(
                "SELECT t.* FROM products_told AS t WHERE NOT EXISTS"
                " (SELECT 1 FROM r WHERE r.product_id = t.product_id AND r.batch = t.batch)",
                tables={"r": rows},
            )
            with engine.scratch(left) as rest:
                engine.replace("products_told", exp.select("*").from_(rest))
    return gone - kept


_TOUCHED = """
SELECT o.* EXCLUDE (title, category, brand),
  CASE WHEN n.named AND o.described LIKE '%t%' THEN NULL ELSE o.title END AS title,
  CASE WHEN n.named AND o.described LIKE '%c%' THEN NULL ELSE o.category END AS category,
  CASE WHEN n.named AND o.described LIKE '%b%' THEN NULL ELSE o.brand END AS brand,
  o.title AS title0, o.category AS category0, o.brand AS brand0, coalesce(n.named, FALSE) AS named
FROM order_items AS o
LEFT JOIN (SELECT k.event_id, k.line, TRUE AS named FROM order_items AS k
  WHERE k.product_id IN (SELECT p.product_id FROM p) OR k.event_id IN (SELECT s.event_id FROM s)) AS n
  ON n.event_id = o.event_id AND n.line = o.line
WHERE o.event_id IN (SELECT k.event_id FROM order_items AS k WHERE k.product_id IN (SELECT p.product_id FROM p))
  OR o.event_id IN (SELECT s.event_id FROM s)
"""
_BASE = """
SELECT l.event_id, l.line, t.title, t.category, t.brand FROM l JOIN t ON t.product_id = l.product_id AND t.batch <= l.batch
WHERE l.named QUALIFY row_number() OVER (PARTITION BY l.event_id, l.line ORDER BY t.batch DESC) = 1
"""
_NEXT = """
SELECT l.event_id, l.line, t.title, t.category, t.brand FROM l JOIN t ON t.product_id = l.product_id AND t.batch > l.batch
LEFT JOIN b ON b.event_id = l.event_id AND b.line = l.line
WHERE l.named AND l.category IS NULL AND b.category IS NULL AND NOT t.category IS NULL
QUALIFY row_number() OVER (PARTITION BY l.event_id, l.line ORDER BY t.batch) = 1
"""
_DESCRIBED = """
SELECT l.* EXCLUDE (title, category, brand, title0, category0, brand0, named, described),
  coalesce(l.title, b.title, n.title) AS title, coalesce(l.category, b.category, n.category) AS category,
  coalesce(l.brand, b.brand, n.brand) AS brand,
  CASE WHEN NOT l.named THEN l.described ELSE nullif(concat(
    CASE WHEN l.title IS NULL AND NOT coalesce(b.title, n.title) IS NULL THEN 't' ELSE '' END,
    CASE WHEN l.category IS NULL AND NOT coalesce(b.category, n.category) IS NULL THEN 'c' ELSE '' END,
    CASE WHEN l.brand IS NULL AND NOT coalesce(b.brand, n.brand) IS NULL THEN 'b' ELSE '' END), '') END AS described
FROM l LEFT JOIN b ON b.event_id = l.event_id AND b.line = l.line
LEFT JOIN n ON n.event_id = l.event_id AND n.line = l.line
"""


def _describe(engine: Engine, products: str, several: str) -> None:
    """Lines of these products and orders, described as the catalogue that remains did in its time.

    The catalogue of when a line came describes it, and where that had no category the first one after it that has.
    """
    catalogue = sql("SELECT t.* FROM products AS t UNION ALL SELECT t.* FROM products_told AS t")
    with (
        engine.scratch(sql(_TOUCHED, tables={"p": products, "s": several})) as lines,
        engine.scratch(sql(_BASE, tables={"l": lines, "t": catalogue})) as base,
        engine.scratch(sql(_NEXT, tables={"l": lines, "t": catalogue, "b": base})) as later,
        engine.scratch(sql(_DESCRIBED, tables={"l": lines, "b": base, "n": later})) as described,
    ):
        if _rows(engine, described):
            engine.delete("order_items", sql("event_id IN (SELECT d.event_id FROM d)", tables={"d": described}))
            engine.append("order_items", exp.select("*").from_(described))


def _rows(engine: Engine, table: str) -> int:
    return int(engine.run(sql("SELECT count(*) AS n FROM t", tables={"t": table}))["n"][0].as_py())
