"""Facts follow their identifiers: rewrite the derived customer of every fact whose identifier moved."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from dangol.engine import Engine, sql
from dangol.schema import IDENTIFIERS, TABLES, Table


def facts() -> tuple[Table, ...]:
    """The tables whose rows belong to the customer of their `node`."""
    return tuple(
        t for t in TABLES.values() if t.column("node") and t.column("customer_id") and t.name != IDENTIFIERS.name
    )


def rehome(engine: Engine, moved: pa.Table, *, fresh: bool = False) -> dict[str, int]:
    """Give the facts of moved identifiers their new customer.

    :param moved: `Resolution.moved`.
    :param fresh: also look for facts of identifiers that are new; needed only when facts were written before `resolve`.
    :return: by table, how many rows changed.
    """
    rows = moved if fresh else moved.filter(pc.invert(moved["fresh"]))
    if not rows.num_rows:
        return {table.name: 0 for table in facts()}
    have = engine.tables()
    changed = {}
    with engine.transaction(), engine.scratch(rows.select(["node", "new_id"])) as name:
        for table in facts():
            changed[table.name] = _move(engine, table, name) if table.name in have else 0
    return changed


def _move(engine: Engine, table: Table, moved: str) -> int:
    """Delete and append: on every engine that is one pass, and rows that did not move stay where they are."""
    columns = [
        exp.column("new_id", table="m").as_("customer_id") if name == "customer_id" else exp.column(name, table="t")
        for name in table.names
    ]
    query = exp.select(*columns).from_(exp.to_table(table.name).as_("t"))
    with engine.scratch(query.join(exp.to_table(moved).as_("m"), on=sql("m.node = t.node"))) as rows:
        count = int(engine.run(sql("SELECT count(*) AS n FROM r", tables={"r": rows}))["n"][0].as_py())
        if count:
            engine.delete(table.name, sql("node IN (SELECT m.node FROM m)", tables={"m": moved}))
            engine.append(table.name, sql("SELECT * FROM r", tables={"r": rows}))
    return count
