"""Forgetting bytes: DuckDB keeps deleted rows in their row groups, and freed blocks in the file, as they were.

So a row to forget is first overwritten with nulls (the checkpoint then writes its columns anew), and the blocks that this
freed are filled once with hashes of nothing. The cost grows with the row groups touched and the free space of the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from dangol.engine.sql import DIALECT, sql

if TYPE_CHECKING:
    from dangol.engine.duckdb import DuckDBEngine

BLOCK_VALUES = 32_768
"""64-bit values that fill a block of 256 KiB; hashes do not compress."""

FILLER = "forgotten_filler"


def blank_and_delete(engine: DuckDBEngine, table: str, where: exp.Expr) -> int:
    """Overwrite the rows with nulls, then delete them. Lists are left: changing one moves the row."""
    blanks = {name: exp.null() for name, kind in _columns(engine, table) if not kind.endswith("[]")}
    rows = exp.select(exp.column("rowid").as_("place")).from_(table).where(where)
    with engine.transaction(), engine.scratch(rows) as found:
        these = sql("rowid IN (SELECT f.place FROM f)", tables={"f": found})
        engine.update(table, blanks, these)
        return engine.count_deleted(table, these)


def overwrite_free(engine: DuckDBEngine) -> None:
    """Fill the blocks that no table uses any more. Outside a transaction."""
    engine.statement("CHECKPOINT")
    free = engine.run(sql("SELECT free_blocks AS n FROM pragma_database_size()"))["n"][0].as_py()
    hashes = sql("SELECT hash(r.range) AS x FROM range(:n) AS r", n=(int(free) + 2) * BLOCK_VALUES)
    make = exp.Create(this=exp.to_table(FILLER), kind="TABLE", replace=True, expression=hashes)
    engine.statement(make.sql(DIALECT))
    engine.statement("CHECKPOINT")
    engine.drop(FILLER)
    engine.statement("CHECKPOINT")


def _columns(engine: DuckDBEngine, table: str) -> list[tuple[str, str]]:
    query = sql(
        "SELECT column_name AS c, data_type AS t FROM information_schema.columns WHERE table_name = :t", t=table
    )
    return [(r["c"], r["t"]) for r in engine.run(query).to_pylist()]
