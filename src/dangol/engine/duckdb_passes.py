"""The default engine with its column copy and its filter of events: every write to events is told to both before it happens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlglot import exp

from dangol.engine import duckdb as plain
from dangol.engine.base import Rows
from dangol.engine.columns import Columns
from dangol.engine.duckdb_columns import ONE_WRITE, TABLE, Copy
from dangol.engine.duckdb_met import Met
from dangol.engine.duckdb_open import plain_errors
from dangol.engine.sql import sql


class DuckDBEngine(plain.DuckDBEngine):
    __doc__ = plain.DuckDBEngine.__doc__

    capabilities = replace(plain.DuckDBEngine.capabilities, columns=True)

    def __init__(self, path: Path | str = ":memory:", **how: Any) -> None:
        super().__init__(path, **how)
        kept = str(path) != ":memory:" and not how.get("private") and not how.get("read_only")
        self.copy = Copy(self, Path(f"{path}.columns") if kept else None)
        self.met = Met(self)

    def columns(
        self, words: Mapping[str, exp.Expr], numbers: Mapping[str, exp.Expr] | None = None, *, wait: bool = False
    ) -> Columns | None:
        return self.copy.columns(words, numbers or {}, wait=wait)

    def perhaps(self, ids: pa.ChunkedArray) -> bool:
        return self.met.any(ids)

    # -- writing -----------------------------------------------------------------------------------------------------
    def append(self, table: str, rows: Rows, *, from_file: bool = False) -> int:
        if table == TABLE:
            with self._writing:
                self.copy.touch(lambda: None if from_file else self._owners(rows))
                self.met.tell(lambda: None if from_file else self._numbers(rows))
                return super().append(table, rows, from_file=from_file)
        return super().append(table, rows, from_file=from_file)

    def replace(self, table: str, rows: Rows) -> int:
        if table == TABLE:
            with self._writing:
                self.copy.throw_away()
                self.met.forget()
                return super().replace(table, rows)
        return super().replace(table, rows)

    def delete(self, table: str, where: exp.Expr) -> int:
        if table == TABLE:
            with self._writing:
                self.copy.touch(lambda: None if self._session.forgetting else self._whose(where))
                return super().delete(table, where)
        return super().delete(table, where)

    def update(self, table: str, values: Mapping[str, exp.Expr], where: exp.Expr) -> int:
        if table == TABLE:
            with self._writing:
                self.copy.touch(lambda: None if "customer_id" in values else self._whose(where))
                if "event_id" in values:
                    self.met.forget()
                return super().update(table, values, where)
        return super().update(table, values, where)

    def drop(self, table: str) -> None:
        super().drop(table)  # clustering drops the table and puts the same rows in its place

    def close(self) -> None:
        self.met.close()
        self.copy.close()
        super().close()

    # -- for the copy ------------------------------------------------------------------------------------------------
    def _owners(self, rows: Rows) -> pa.Table | None:
        """The customers of rows to be appended."""
        if isinstance(rows, pa.Table):
            return rows.select(["customer_id"]) if rows.num_rows <= ONE_WRITE else None
        if isinstance(rows, exp.Expr):
            query = rows if isinstance(rows, exp.Query) else exp.select("*").from_(rows)
            return self.run(_distinct(query))
        return None  # a stream can be read once only

    def _numbers(self, rows: Rows) -> pa.ChunkedArray | None:
        """The numbers of events to be appended; None where they are many."""
        if isinstance(rows, pa.Table):
            return rows["event_id"]
        if isinstance(rows, exp.Expr):
            query = rows if isinstance(rows, exp.Query) else exp.select("*").from_(rows)
            found = self.run(sql("SELECT event_id FROM q LIMIT :most", tables={"q": query}, most=ONE_WRITE + 1))
            return found["event_id"] if found.num_rows <= ONE_WRITE else None
        return None

    def _whose(self, where: exp.Expr) -> pa.Table:
        return self.run(_distinct(exp.select("customer_id").from_(TABLE).where(where.copy())))

    @contextmanager
    def quietly(self, given_up: threading.Event) -> Iterator[None]:
        """While nobody else writes. Raises InterruptedError when it is given up before that."""
        while not self._writing.acquire(timeout=0.05):
            if given_up.is_set():
                raise InterruptedError
        try:
            yield
        finally:
            self._writing.release()

    @contextmanager
    def snapshot(self) -> Iterator[Callable[[exp.Expr], pa.Table]]:
        """Reads of one state of the database, whatever is written meanwhile."""
        with self._own() as con:
            with plain_errors():
                con.execute("BEGIN TRANSACTION READ ONLY")
                con.execute(self.to_sql(sql("SELECT COUNT(*) FROM events"))).fetchall()
            yield lambda query: self._wait(con, lambda: con.sql(self.to_sql(query)).to_arrow_table())


def _distinct(query: exp.Expr) -> exp.Expr:
    return sql("SELECT DISTINCT customer_id FROM q LIMIT :most", tables={"q": query}, most=ONE_WRITE + 1)
