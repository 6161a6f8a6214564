"""What the DuckDB engine adds for reading files and handing them on: named queries, and results by the page."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import duckdb
import pyarrow as pa
from sqlglot import exp

from dangol.engine.sql import sql
from dangol.schema import EngineError


class Files:
    """Mixed into `DuckDBEngine`; implements `engine.files.FileEngine`."""

    _names: itertools.count[int]

    def _do(self, text: str) -> duckdb.DuckDBPyConnection:
        raise NotImplementedError

    @contextmanager
    def view(self, query: exp.Query) -> Iterator[str]:
        name = f"view_{next(self._names)}"
        make = exp.Create(
            this=exp.to_table(name),
            kind="VIEW",
            properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
            expression=query,
        )
        self._do(make.sql("duckdb"))
        try:
            yield name
        finally:
            with suppress(EngineError):  # the transaction it was made in is gone, and it with it
                self._do(exp.Drop(tables=[exp.to_table(name)], kind="VIEW", exists=True).sql("duckdb"))

    @contextmanager
    def joins_as_written(self, wanted: bool) -> Iterator[None]:
        """Have hash tables built of the right side of a join, where it is written, and not of ten million rows of a CSV."""
        if not wanted:
            yield
            return
        self._do("SET disabled_optimizers = 'build_side_probe_side'")
        try:
            yield
        finally:
            with suppress(EngineError):
                self._do("RESET disabled_optimizers")


def temporary(name: str, query: exp.Query) -> exp.Create:
    """The statement that keeps a result in a temporary table."""
    here = exp.Properties(expressions=[exp.TemporaryProperty()])
    return exp.Create(this=exp.to_table(name), kind="TABLE", properties=here, expression=query)


def gone(table: str) -> str:
    """The statement that drops a table, if it is there."""
    return exp.Drop(tables=[exp.to_table(table)], kind="TABLE", exists=True).sql("duckdb")


def pages(
    table: str, rows: int, ask: Callable[[exp.Expr], pa.Table], drop: Callable[[], object]
) -> Iterator[pa.RecordBatch]:
    """A temporary table by `rows` at a time; it is dropped after the last."""
    try:
        first = ask(sql("SELECT min(rowid) AS a FROM t", tables={"t": table}))["a"][0].as_py()  # not 0 in a transaction
        for start in itertools.count(first or 0, rows):
            part = "SELECT * FROM t WHERE rowid >= :a AND rowid < :b"
            page = ask(sql(part, tables={"t": table}, a=start, b=start + rows))
            if not page.num_rows:
                return
            yield page.combine_chunks().to_batches()[0]
    finally:
        with suppress(duckdb.Error, EngineError):  # the transaction it was made in may be gone, and it with it
            drop()
