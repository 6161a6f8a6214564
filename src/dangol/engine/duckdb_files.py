"""What the DuckDB engine adds for reading files: named queries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from sqlglot import exp

from dangol.schema import EngineError

if TYPE_CHECKING:
    import itertools

    import duckdb


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
