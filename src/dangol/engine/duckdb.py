"""The default engine: one DuckDB file, in this process."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, TypedDict, TypeVar

import duckdb
import pyarrow as pa
from sqlglot import exp

from dangol.engine import duckdb_compact, duckdb_forget
from dangol.engine.base import Capabilities, EngineStats, Rows, TableStats, spoilt
from dangol.engine.clustering import worth_it
from dangol.engine.duckdb_catalog import LISTED, Remembered, addition, creation, solid
from dangol.engine.duckdb_files import Files, gone, pages, temporary
from dangol.engine.duckdb_open import connect, plain_errors, roll_back
from dangol.engine.duckdb_points import Points
from dangol.engine.guard import guard
from dangol.engine.patience import patiently
from dangol.engine.sql import DIALECT, copied, sql
from dangol.schema import TABLES, EngineError, Table

T = TypeVar("T")
_SCRATCH = "scratch_"


class _How(TypedDict):
    """How a file is opened."""

    memory: str
    threads: int | None
    read_only: bool
    private: bool


class _Session(threading.local):
    """One thread's connection (a cursor of the first), its depth in transactions, and whether one of them failed."""

    def __init__(self, root: duckdb.DuckDBPyConnection) -> None:
        self.con = root.cursor()
        self.points = Points(self.con)
        self.depth = 0
        self.doomed = False
        self.forgetting = False
        self.altered = False


class DuckDBEngine(Files):
    """Events, links and traits in one file.

    :param path: the database file; ``:memory:`` keeps nothing.
    :param memory: DuckDB's memory limit, such as ``1500MB``; larger work spills to ``<path>.tmp``.
    :param threads: how many cores to use; all when not given.
    :param read_only: several processes may read at once while none writes.
    :param private: what goes through here is personal data, so what overflows is encrypted (at a third of the speed).
    """

    capabilities = Capabilities(transactions=True, files=True, point_reads=True, numbered=True)

    def __init__(
        self,
        path: Path | str = ":memory:",
        *,
        memory: str = "1GB",
        threads: int | None = None,
        read_only: bool = False,
        private: bool = False,
    ) -> None:
        self._path = str(path)
        self._how: _How = {"memory": memory, "threads": threads, "read_only": read_only, "private": private}
        self._root = connect(self._path, **self._how)
        self._session = _Session(self._root)
        self._names = itertools.count(1)
        self._writing = threading.RLock()
        self._remembered = Remembered()
        self._hollow: set[str] = set()

    # -- catalog -----------------------------------------------------------------------------------------------------
    def ensure(self, tables: Iterable[Table]) -> None:
        wanted, have = list(tables), self.tables()
        if all(t.name in have and {*t.names} <= {*have[t.name]} for t in wanted):
            return
        with self.transaction():
            have = self.tables()
            for table in wanted:
                if table.name not in have:
                    self._alter(creation(table))
                    continue
                for column in table.columns:
                    if column.name not in have[table.name]:
                        self._alter(addition(table, column.name, column.type))

    def tables(self) -> dict[str, list[str]]:
        return self._listed() if self._session.altered else self._remembered.tables(self._listed)

    def _listed(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for row in self.run(LISTED).to_pylist():
            found.setdefault(row["t"], []).append(row["c"])
        return found

    # -- reading -----------------------------------------------------------------------------------------------------
    def run(self, query: exp.Expr) -> pa.Table:
        con, text = self._con, self.to_sql(query)
        return self._wait(con, lambda: con.sql(text).to_arrow_table())

    def point(self, text: str, n: int) -> list[dict[str, Any]]:
        points = self._session.points
        return self._wait(self._con, lambda: points.read(text, n))

    def stream(self, query: exp.Expr, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        # DuckDB lets nothing else happen on a connection while a result is open, so a stream has its own when
        # everything it reads is committed; else its result is spooled into a temporary table (it may overflow to disk).
        committed = {*self.tables(), *(cte.alias for cte in query.find_all(exp.CTE))}
        named = {t.name for t in query.find_all(exp.Table) if isinstance(t.this, exp.Identifier)}
        if self._session.depth or not named <= committed:
            return self._spooled(query, rows)
        return self._streamed(query, rows)

    def _streamed(self, query: exp.Expr, rows: int) -> Iterator[pa.RecordBatch]:
        with self._own() as con:
            text = self.to_sql(query)
            reader = self._wait(con, lambda: con.sql(text).to_arrow_reader(rows))
            while (batch := self._wait(con, lambda: next(reader, None))) is not None:
                yield batch

    def _spooled(self, query: exp.Expr, rows: int) -> Iterator[pa.RecordBatch]:
        """Pages of a result kept in a temporary table: made here, read wherever the pages are asked for (another engine pulls
        them in a thread of its own)."""
        con, name = self._con, f"scratch_{next(self._names)}"
        self._do(temporary(name, exp.select("*").from_(query.subquery("given"))).sql(DIALECT))  # type: ignore[attr-defined]

        def ask(query: exp.Expr) -> pa.Table:
            text = self.to_sql(query)
            return self._wait(con, lambda: con.sql(text).to_arrow_table())

        return pages(name, rows, ask, lambda: con.execute(gone(name)))

    def to_sql(self, query: exp.Expr, *, pretty: bool = False) -> str:
        return copied(query).sql(DIALECT, pretty=pretty, copy=False)

    def sql(self, text: str, *, limit: int | None = None, timeout: float | None = None) -> pa.Table:
        query = guard(text, self.tables())
        with self._own() as con:
            statement = query.sql(DIALECT)

            def read() -> pa.Table:
                con.execute("BEGIN TRANSACTION READ ONLY")  # the second wall behind the guard
                reader = con.sql(statement).to_arrow_reader(65_536 if limit is None else max(1, min(limit, 65_536)))
                batches: list[pa.RecordBatch] = []
                while limit is None or sum(b.num_rows for b in batches) < limit:
                    batch = next(reader, None)
                    if batch is None:
                        break
                    batches.append(batch)
                return pa.Table.from_batches(batches, schema=reader.schema).slice(0, limit)

            return self._wait(con, read, timeout=timeout)

    def interrupt(self) -> None:
        self._con.interrupt()

    def interrupter(self) -> Callable[[], None]:
        con = self._con
        return con.interrupt

    # -- writing -----------------------------------------------------------------------------------------------------
    def append(self, table: str, rows: Rows, *, from_file: bool = False) -> int:
        if table in self._hollow:
            self._hollow.discard(table)
            self._do(solid(table, self._types(table), passing=True))
        turn = nullcontext() if table.startswith(_SCRATCH) else self._writing  # nobody else sees scratch: no waiting
        with turn, self._source(rows) as (source, columns), self.joins_as_written(from_file):
            target = exp.Schema(
                this=exp.to_table(table), expressions=[exp.to_identifier(c, quoted=True) for c in columns]
            )
            query = exp.select(*[exp.column(c, quoted=True) for c in columns], copy=False).from_(source, copy=False)
            order = [c for c in TABLES[table].sort if c in columns] if table in TABLES else []
            if order and order[0] == TABLES[table].sort[0]:  # else the order is the caller's affair
                query = query.order_by(*[exp.column(c, quoted=True) for c in order], copy=False)
            return self._count(exp.Insert(this=target, expression=query))

    def replace(self, table: str, rows: Rows) -> int:
        with self.transaction():
            if table in TABLES and table in self.tables():
                self._do(exp.Delete(this=exp.to_table(table)).sql(DIALECT))
                return self.append(table, rows)
            with self._source(rows) as (source, _):
                make = exp.Create(
                    this=exp.to_table(table), kind="TABLE", replace=True, expression=exp.select("*").from_(source)
                )
                self._alter(make.sql(DIALECT))
            count = self._rows(table)
            if not count:
                self._alter(solid(table, self._types(table), passing=False))
            return count

    def delete(self, table: str, where: exp.Expr) -> int:
        with self._writing:
            if self._session.forgetting:
                return duckdb_forget.blank_and_delete(self, table, where)
            return self.count_deleted(table, where)

    def count_deleted(self, table: str, where: exp.Expr) -> int:
        """Delete rows, leaving their bytes to the file; returns how many."""
        return self._count(exp.delete(table).where(where))

    @contextmanager
    def forgetting(self) -> Iterator[None]:
        with self._writing:
            self._session.forgetting = True
            try:
                yield
            finally:
                self._session.forgetting = False
            if self._path != ":memory:" and not self._session.depth:
                duckdb_forget.clear_bytes(self, Path(self._path))

    def write_anew(self) -> None:
        """Write the file anew and go on with that; nothing else may be using the engine."""
        fresh = Path(f"{self._path}.new")
        with self._writing:
            try:
                duckdb_forget.copy_into(self, fresh)
                self.close()
                with plain_errors():
                    fresh.replace(self._path)
            finally:
                fresh.unlink(missing_ok=True)
                self._root = connect(self._path, **self._how)
                self._session = _Session(self._root)
                self._remembered.forget()

    def update(self, table: str, values: Mapping[str, exp.Expr], where: exp.Expr) -> int:
        with self._writing:
            return self._count(exp.update(table, {c: copied(v) for c, v in values.items()}, where=copied(where)))

    def drop(self, table: str) -> None:
        with self._writing:
            self._alter(gone(table))

    def rename(self, table: str, name: str) -> None:
        """Give a table another name (one that is free)."""
        with self._writing:
            self._alter(exp.rename_table(table, name).sql(DIALECT))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._writing:
            session = self._session
            outer = session.depth == 0
            session.depth += 1
            try:
                if outer:
                    session.doomed = False
                    self._do("BEGIN")
                yield
                if outer and session.doomed:
                    raise spoilt()
                if outer:
                    self._do("COMMIT")
            except BaseException:
                session.doomed = True
                if outer:
                    roll_back(session.con)
                raise
            finally:
                session.depth -= 1
                if outer and session.altered:
                    session.altered = False
                    self._remembered.forget()

    @contextmanager
    def scratch(self, rows: Rows) -> Iterator[str]:
        name = f"{_SCRATCH}{next(self._names)}"
        with self._source(rows, named=False) as (source, _):
            if not self._count(temporary(name, exp.select("*").from_(source, copy=False))):
                self._hollow.add(name)
        try:
            yield name
        finally:
            self._hollow.discard(name)
            with suppress(EngineError):  # the transaction it was made in is gone, and it with it
                self._do(gone(name))

    # -- upkeep ------------------------------------------------------------------------------------------------------
    def compact(self) -> list[str]:
        done: list[str] = []
        with self._writing:
            have = self.tables()
            for table in TABLES.values():
                if not table.sort or table.name not in have:
                    continue
                found = duckdb_compact.state(self, table)
                if worth_it(found, share=duckdb_compact.RECENT, reads=duckdb_compact.READS):
                    duckdb_compact.rewrite(self, table)
                    done.append(table.name)
            if done and not self._session.depth:
                self._do("CHECKPOINT")
        return done

    def stats(self) -> EngineStats:
        found: list[TableStats] = []
        for name in sorted(self.tables()):
            table = TABLES.get(name)
            state = duckdb_compact.state(self, table) if table and table.sort else None
            found.append(
                TableStats(name, self._rows(name), state.recent if state else None, state.reads if state else None)
            )
        files = [Path(self._path), Path(f"{self._path}.wal")]
        return EngineStats(tuple(found), sum(f.stat().st_size for f in files if f.exists()))

    def close(self) -> None:
        with suppress(duckdb.Error):
            self._session.con.close()
        with plain_errors():
            self._root.close()

    # -- inside ------------------------------------------------------------------------------------------------------
    @property
    def _con(self) -> duckdb.DuckDBPyConnection:
        return self._session.con

    @contextmanager
    def _own(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for one reading, closed after it."""
        with plain_errors():
            con = self._root.cursor()
        try:
            yield con
        finally:
            con.close()

    @contextmanager
    def _source(self, rows: Rows, *, named: bool = True) -> Iterator[tuple[exp.Expr, list[str]]]:
        """Rows as something a FROM can name, and (if `named`) their columns. Never reads a stream ahead."""
        if isinstance(rows, exp.Expr):
            given = exp.TableAlias(this=exp.to_identifier("given"))
            query = copied(rows)
            source = exp.Subquery(this=query, alias=given) if isinstance(query, exp.Query) else query
            yield source, self._columns(rows) if named else []
            return
        name = f"incoming_{next(self._names)}"
        with plain_errors():
            self._con.register(name, rows)
        try:
            yield exp.to_table(name), list(rows.schema.names)
        finally:
            with suppress(duckdb.Error):
                self._con.unregister(name)

    def _columns(self, rows: exp.Expr) -> list[str]:
        """What a query's columns are called: as it says itself, or (behind a star) as the engine finds without running it."""
        if isinstance(rows, exp.Select) and all(c.output_name not in ("", "*") for c in rows.expressions):
            return list(rows.named_selects)
        source = rows.subquery("given") if isinstance(rows, exp.Query) else rows
        con, text = self._con, exp.select("*").from_(source).sql(DIALECT)
        return self._wait(con, lambda: list(con.sql(text).columns))

    def _types(self, table: str) -> dict[str, str]:
        """Column → type, as DuckDB writes it."""
        con, text = self._con, exp.select("*").from_(exp.to_table(table)).sql(DIALECT)
        rows = self._wait(con, lambda: con.sql(text))
        return {c: str(t) for c, t in zip(rows.columns, rows.types, strict=True)}

    def _rows(self, table: str) -> int:
        return int(self.run(sql("SELECT count(*) AS n FROM t", tables={"t": table}))["n"][0].as_py())

    def _wait(self, con: duckdb.DuckDBPyConnection, call: Callable[[], T], *, timeout: float | None = None) -> T:
        with plain_errors():
            return patiently(call, con.interrupt, timeout=timeout)

    def statement(self, text: str) -> None:
        """Run a statement without a result, such as CHECKPOINT."""
        self._do(text)
        self._remembered.forget()

    def _alter(self, text: str) -> None:
        """Make, change or drop a table; others see it when the transaction ends."""
        with self.transaction():
            self._session.altered = True
            self._do(text)

    def _do(self, text: str) -> duckdb.DuckDBPyConnection:
        con = self._con
        return self._wait(con, lambda: con.execute(text))

    def _count(self, tree: exp.Expr) -> int:
        con, text = self._con, tree.sql(DIALECT, copy=False)
        row = self._wait(con, lambda: con.execute(text).fetchone())
        return int(row[0]) if row else 0
