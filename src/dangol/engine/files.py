"""Reading files with the engine's own readers, for engines whose capability `files` is true (DuckDB).

The scans are queries like any other, so that a file can be filtered and grouped without being copied first. Every column
is read as text: what a cell means is decided by the rooms above.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, runtime_checkable

from sqlglot import exp

from dangol.engine.base import Engine
from dangol.engine.sql import sql


@runtime_checkable
class FileEngine(Engine, Protocol):
    """An engine that reads local files itself and can name a query."""

    def view(self, query: exp.Query) -> AbstractContextManager[str]:
        """A temporary view that lives inside the ``with``; nothing is run or copied until it is read."""


def scan_csv(
    path: Path, columns: Sequence[str], *, delimiter: str, skip: int, line: int, packed: str = "none"
) -> exp.Query:
    """Rows of a well-formed UTF-8 CSV as text columns. A malformed row fails the query that reads it.

    :param skip: lines above the first row (the header too).
    :param line: longest record, in bytes.
    :param packed: ``none``, ``gzip`` or ``zstd``.
    """
    types = exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier(c), expression=exp.Literal.string("VARCHAR")) for c in columns
        ]
    )
    return _query(
        sql(
            """SELECT * FROM read_csv(:path, columns = :types, delim = :delimiter, skip = :skip, max_line_size = :line,
            buffer_size = :buffer, compression = :packed, header = false, auto_detect = false, quote = '"', escape = '"',
            strict_mode = true, null_padding = false)""",
            path=str(path),
            types=types,
            delimiter=delimiter,
            skip=skip,
            line=line,
            buffer=max(line * 4, 1 << 25),
            packed=packed,
        )
    )


def scan_parquet(path: Path, source: Sequence[str], columns: Sequence[str]) -> exp.Query:
    """Rows of a Parquet file: column `source[i]` as text under the name `columns[i]`."""
    picked = [
        exp.cast(exp.column(s, quoted=True), "varchar").as_(c, quoted=True)
        for s, c in zip(source, columns, strict=True)
    ]
    return _query(sql("SELECT * FROM read_parquet(:path)", path=str(path))).select(*picked, append=False)


def _query(tree: exp.Expr) -> exp.Select:
    assert isinstance(tree, exp.Select)
    return tree
