"""Forgetting bytes: DuckDB keeps deleted rows in their row groups, and freed blocks in the file, as they were.

A file of up to `SMALL` bytes is written anew and swapped in: nothing is left, whatever lay where. In a larger one that would
take minutes, so rows to forget are first overwritten with nulls (the checkpoint then writes their columns anew), and the
blocks that this freed are filled once with hashes of nothing; the cost grows with the row groups touched and the free space.
What can be left there are pieces in blocks that small columns share, until those are written again.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlglot import exp

from dangol.engine.sql import DIALECT, sql

if TYPE_CHECKING:
    from dangol.engine.duckdb import DuckDBEngine

SMALL = 64 << 20
"""Bytes of a file that is written anew as a whole."""

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


def clear_bytes(engine: DuckDBEngine, path: Path) -> None:
    """Leave nothing of deleted rows in the file. Outside a transaction; needs disk for a second copy of a small file."""
    engine.statement("CHECKPOINT")
    if path.stat().st_size <= SMALL:
        engine.write_anew()
    else:
        overwrite_free(engine)


def copy_into(engine: DuckDBEngine, fresh: Path) -> None:
    """Write every table to the new database file `fresh`, rows in their order."""
    fresh.unlink(missing_ok=True)
    name = exp.Literal.string(str(fresh)).sql(DIALECT)
    here = engine.run(sql("SELECT current_database() AS d"))["d"][0].as_py()
    engine.statement(" ".join(("ATTACH", name, "AS fresh")))
    try:
        source = exp.to_identifier(here, quoted=True).sql(DIALECT)
        engine.statement(" ".join(("COPY FROM DATABASE", source, "TO fresh")))
    finally:
        engine.statement("DETACH fresh")


def overwrite_free(engine: DuckDBEngine) -> None:
    """Fill the blocks that no table uses any more."""
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
