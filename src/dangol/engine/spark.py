"""Spark as the engine, in this process: the same promises on Parquet files, for more data than one machine's DuckDB takes.

What it does not do is said by its capabilities: no local files, no reads in milliseconds. Deleting and updating rewrite the
table (new files beside the old ones, then one rename).
"""

from __future__ import annotations

import itertools
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from dangol.engine.base import ARROW_TYPES, Capabilities, EngineStats, Rows, TableStats, spoilt
from dangol.engine.guard import guard
from dangol.engine.patience import patiently
from dangol.engine.spark_dialect import to_spark
from dangol.engine.spark_session import plain_errors, start
from dangol.engine.spark_warehouse import Stored, Warehouse, files, write
from dangol.engine.sql import sql
from dangol.schema import TABLES, EngineError, Table, Text, Type

T = TypeVar("T")

_TYPES: dict[Type, str] = {
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "text": "STRING",
    "bool": "BOOLEAN",
    "timestamp": "TIMESTAMP_NTZ",
    "date": "DATE",
    "money": "DECIMAL(18,4)",
    "list<text>": "ARRAY<STRING>",
}
_PARTS = 20
"""`compact` folds a table with more part folders than this into one, sorted."""


class SparkEngine:
    """Tables in a warehouse folder, queries on Spark (local mode; Java 17 or newer).

    :param path: the warehouse folder; made when missing. One process at a time.
    :param memory: Java heap, such as ``2GB``. Holds from the first engine of the process on.
    :raises EngineError: PySpark or Java is missing. :raises BusyError: another process has the warehouse.
    """

    capabilities = Capabilities(transactions=True, files=False, point_reads=False)

    def __init__(self, path: Path | str, *, memory: str = "1GB", threads: int | None = None) -> None:
        self._house = Warehouse.open(Path(path))
        try:
            self._spark = start(self._house.folder, memory=memory, threads=threads)
        except BaseException:
            self._house.close()
            raise
        self._names = itertools.count(1)
        self._turn = (
            threading.RLock()
        )  # views are the session's, so a transaction keeps other threads out until it ends
        self._depth = 0
        self._doomed = False
        self._views: dict[str, Stored] = {}

    # -- catalog -----------------------------------------------------------------------------------------------------
    def ensure(self, tables: Iterable[Table]) -> None:
        with self.transaction():
            for table in tables:
                wanted = tuple((c.name, _TYPES[c.type]) for c in table.columns)
                have = self._house.tables.get(table.name, Stored(()))
                more = tuple(c for c in wanted if c[0] not in have.names)
                if more:
                    self._house.tables[table.name] = replace(have, columns=(*have.columns, *more))

    def tables(self) -> dict[str, list[str]]:
        with self._turn:
            return {name: stored.names for name, stored in sorted(self._house.tables.items())}

    # -- reading -----------------------------------------------------------------------------------------------------
    def run(self, query: exp.Expr) -> pa.Table:
        with self._turn:
            return self._wait(lambda: _bare(self._frame(query).toArrow()))

    def point(self, text: str, n: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.run(sql(text, n=n)).to_pylist()
        return found

    def stream(self, query: exp.Expr, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        with self._turn:
            spool = self._scratch_folder()
            self._wait(lambda: self._frame(query).write.parquet(str(spool)))
        try:
            for file in files(spool):
                yield from pq.ParquetFile(file).iter_batches(rows)
        finally:
            shutil.rmtree(spool, ignore_errors=True)

    def to_sql(self, query: exp.Expr, *, pretty: bool = False) -> str:
        return to_spark(query, pretty=pretty)

    def sql(self, text: str, *, limit: int | None = None, timeout: float | None = None) -> pa.Table:
        query = guard(text, list(self._house.tables))
        with self._turn:

            def read() -> pa.Table:
                frame = self._frame(query)
                return _bare((frame if limit is None else frame.limit(limit)).toArrow())

            return self._wait(read, timeout=timeout)

    def interrupt(self) -> None:
        self._spark.interruptAll()

    def columns(
        self, words: Mapping[str, exp.Expr], numbers: Mapping[str, exp.Expr] | None = None, *, wait: bool = False
    ) -> None:
        """Spark keeps no copy: questions go by SQL."""

    def perhaps(self, ids: pa.ChunkedArray) -> bool:
        return True

    def interrupter(self) -> Callable[[], None]:
        def stop() -> None:
            self._spark.interruptAll()

        return stop

    # -- writing -----------------------------------------------------------------------------------------------------
    def append(self, table: str, rows: Rows, *, from_file: bool = False) -> int:
        with self.transaction():
            stored = self._known(table)
            order = TABLES[table].sort if table in TABLES else ()
            part = self._write(self._house.part(table), rows, stored, order)
            self._house.add(table, part)
            return self._house.rows([part])

    def replace(self, table: str, rows: Rows) -> int:
        with self.transaction():
            stored = self._house.tables.get(table) if table in TABLES else None
            part = self._write(self._house.part(table), rows, stored, TABLES[table].sort if stored else ())
            columns = stored.columns if stored else _columns(part)
            self._house.put(table, Stored(columns, (self._house.relative(part),)))
            return self._house.rows([part])

    def delete(self, table: str, where: exp.Expr) -> int:
        with self.transaction():
            before = self._house.rows(self._house.paths(table))
            kept = exp.select("*").from_(exp.to_table(table)).where(_not(where))
            return before - self._rewrite(table, [kept])

    @contextmanager
    def forgetting(self) -> Iterator[None]:
        yield  # a delete writes new files and the commit removes the old ones

    def update(self, table: str, values: Mapping[str, exp.Expr], where: exp.Expr) -> int:
        with self.transaction():
            stored = self._known(table)
            changed = exp.select(
                *[
                    exp.cast(
                        values[name].copy() if name in values else exp.column(name, table=table, quoted=True),
                        kind,
                        dialect="spark",
                    ).as_(name, quoted=True)
                    for name, kind in stored.columns
                ]
            )
            changed = changed.from_(exp.to_table(table)).where(where.copy())
            kept = exp.select("*").from_(exp.to_table(table)).where(_not(where))
            total = self._house.rows(self._house.paths(table))
            touched = int(
                self.run(
                    exp.select(exp.Count(this=exp.Star()).as_("n")).from_(exp.to_table(table)).where(where.copy())
                )["n"][0].as_py()
            )
            if touched and self._rewrite(table, [kept, changed]) != total:
                raise EngineError(
                    Text(
                        f"updating '{table}' lost rows, so nothing was changed",
                        f"'{table}' 테이블을 고치다 행이 사라져서 아무것도 바꾸지 않았습니다",
                    ),
                    hint=Text("please report this", "이 문제를 알려 주세요"),
                )
            return touched

    def drop(self, table: str) -> None:
        with self.transaction():
            self._house.tables.pop(table, None)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._turn:
            outer = self._depth == 0
            if outer:
                self._doomed = False
                scratch = dict(self._house.scratch)
            self._depth += 1
            try:
                yield
                if outer and self._doomed:
                    raise spoilt()
                if outer:
                    self._house.commit()
            except BaseException:
                self._doomed = True
                if outer:
                    self._house.rollback()
                    self._house.scratch = scratch
                raise
            finally:
                self._depth -= 1

    @contextmanager
    def scratch(self, rows: Rows) -> Iterator[str]:
        with self._turn:
            name = f"scratch_{next(self._names)}"
            part = self._write(self._scratch_folder(), rows, None, ())
            self._house.scratch[name] = Stored(_columns(part), (self._house.relative(part),))
        try:
            yield name
        finally:
            with self._turn:
                for left in self._house.paths(name):
                    shutil.rmtree(left, ignore_errors=True)
                self._house.scratch.pop(name, None)

    # -- upkeep ------------------------------------------------------------------------------------------------------
    def compact(self) -> list[str]:
        done = []
        with self._turn:
            for table in TABLES.values():
                stored = self._house.tables.get(table.name)
                if stored and table.sort and len(stored.parts) > _PARTS:
                    with self.transaction():
                        self._rewrite(table.name, [exp.select("*").from_(exp.to_table(table.name))])
                    done.append(table.name)
        return done

    def stats(self) -> EngineStats:
        with self._turn:
            found = [TableStats(n, self._house.rows(self._house.paths(n))) for n in sorted(self._house.tables)]
            return EngineStats(tuple(found), self._house.disk_bytes)

    def close(self) -> None:
        """Let go of the warehouse. Spark itself stays for the next engine of this process, and ends with it."""
        for name in self._views:
            self._spark.catalog.dropTempView(name)
        self._views.clear()
        self._house.close()

    # -- inside ------------------------------------------------------------------------------------------------------
    def _frame(self, query: exp.Expr) -> Any:
        self._show({t.name for t in query.find_all(exp.Table)})
        return self._spark.sql(self.to_sql(query))

    def _write(self, part: Path, rows: Rows, stored: Stored | None, order: tuple[str, ...]) -> Path:
        """Write rows as a new part, with the table's columns and types when it has some."""
        if isinstance(rows, exp.Expr):
            frame = self._frame(rows if isinstance(rows, exp.Query) else exp.select("*").from_(rows))
            if stored:
                frame = frame.select(*[frame[n].cast(k).alias(n) for n, k in stored.columns if n in frame.columns])
            sort = [c for c in order if c in frame.columns]
            if sort:
                frame = frame.orderBy(*[frame[c].asc_nulls_last() for c in sort])
            self._wait(lambda: frame.write.parquet(str(part)))
            return part
        kinds = dict(stored.columns) if stored else {}
        unknown = [n for n in rows.schema.names if stored and n not in kinds]
        if unknown:
            raise EngineError(
                Text(f"there is no column '{unknown[0]}'", f"'{unknown[0]}' 열이 없습니다"),
                hint=Text(f"columns: {', '.join(kinds)}", f"열: {', '.join(kinds)}"),
            )
        schema = pa.schema(
            [pa.field(f.name, _arrow(kinds[f.name]) if f.name in kinds else f.type) for f in rows.schema]
        )
        with plain_errors():
            write(part, schema, _cast(rows, schema))
        return part

    def _rewrite(self, table: str, parts: list[exp.Select]) -> int:
        """Put the rows of these queries in place of the table's; returns how many they are."""
        stored = self._known(table)
        order = TABLES[table].sort if table in TABLES else ()
        fresh = [self._write(self._house.part(table), query, stored, order) for query in parts]
        self._house.put(table, replace(stored, parts=tuple(self._house.relative(p) for p in fresh)))
        return self._house.rows(fresh)

    def _known(self, table: str) -> Stored:
        stored = self._house.find(table)
        if stored is None:
            raise EngineError(
                Text(f"there is no table '{table}'", f"'{table}' 테이블이 없습니다"),
                hint=Text(
                    f"tables: {', '.join(sorted(self._house.tables))}",
                    f"테이블: {', '.join(sorted(self._house.tables))}",
                ),
            )
        return stored

    def _show(self, names: set[str]) -> None:
        """Let a query see these tables as the (staged) manifest has them now."""
        for name in names | set(self._views):
            stored = self._house.find(name)
            if stored is None and name in self._views:
                self._spark.catalog.dropTempView(name)
                del self._views[name]
            elif stored is not None and name in names and self._views.get(name) != stored:
                self._view(name, stored, self._house.paths(name))
                self._views[name] = stored

    def _view(self, name: str, stored: Stored, parts: list[Path]) -> None:
        with plain_errors():
            folders = parts or [self._house.nothing]
            frame = self._spark.read.schema(stored.ddl).parquet(*[str(p) for p in folders])
            frame.createOrReplaceTempView(name)

    def _scratch_folder(self) -> Path:
        folder = self._house.folder / "scratch"
        folder.mkdir(exist_ok=True)
        return folder / f"given_{next(self._names):08d}"

    def _wait(self, call: Callable[[], T], *, timeout: float | None = None) -> T:
        with plain_errors():
            return patiently(call, self._spark.interruptAll, timeout=timeout)


def _not(where: exp.Expr) -> exp.Expr:
    return exp.not_(exp.Coalesce(this=exp.paren(where.copy()), expressions=[exp.false()]))


def _bare(table: pa.Table) -> pa.Table:
    """Without Spark's notes on fields."""
    return table.cast(pa.schema([pa.field(f.name, f.type) for f in table.schema])).replace_schema_metadata(None)


def _cast(rows: pa.Table | pa.RecordBatchReader, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    batches = rows.to_batches() if isinstance(rows, pa.Table) else rows
    for batch in batches:
        yield from pa.Table.from_batches([batch]).cast(schema).to_batches()


def _columns(part: Path) -> tuple[tuple[str, str], ...]:
    """Columns and Spark types of a part, from its file."""
    return tuple((f.name, _ddl(f.type)) for f in pq.read_schema(files(part)[0]))


_BY_ARROW = {str(ARROW_TYPES[t]): name for t, name in _TYPES.items()}


def _ddl(kind: pa.DataType) -> str:
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision},{kind.scale})"
    if pa.types.is_timestamp(kind):
        return "TIMESTAMP_NTZ"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"ARRAY<{_ddl(kind.value_type)}>"
    if pa.types.is_signed_integer(kind):
        return {8: "TINYINT", 16: "SMALLINT", 32: "INT", 64: "BIGINT"}[kind.bit_width]
    if pa.types.is_float32(kind):
        return "FLOAT"
    if pa.types.is_large_string(kind):
        return "STRING"
    return _BY_ARROW.get(str(kind), "STRING")


def _arrow(ddl: str) -> pa.DataType:
    """The Arrow type of a column the engine made from `schema.Type`."""
    return next((ARROW_TYPES[t] for t, name in _TYPES.items() if name == ddl), pa.string())
