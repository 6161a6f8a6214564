"""The default engine: one DuckDB file, in this process."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
from sqlglot import exp

from dangol.engine.base import Capabilities, Rows
from dangol.engine.duckdb_files import Files
from dangol.engine.sql import DIALECT, sql
from dangol.schema import TABLES, BusyError, EngineError, RefusedError, Table, Type

_TYPES: dict[Type, str] = {
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "text": "VARCHAR",
    "bool": "BOOLEAN",
    "timestamp": "TIMESTAMP",
    "date": "DATE",
    "money": "DECIMAL(18,4)",
    "list<text>": "VARCHAR[]",
}


class DuckDBEngine(Files):
    """Events, links and traits in one file.

    :param path: the database file; ``:memory:`` keeps nothing.
    :param memory: DuckDB's memory limit, such as ``1500MB``; larger work spills to `temp`.
    """

    capabilities = Capabilities(transactions=True, files=True, point_reads=True)

    def __init__(self, path: Path | str = ":memory:", *, memory: str = "1GB", threads: int | None = None) -> None:
        config: dict[str, str | int] = {"memory_limit": memory, "TimeZone": "UTC", "autoinstall_known_extensions": "false"}
        if threads:
            config["threads"] = threads
        if str(path) != ":memory:":
            config["temp_directory"] = f"{path}.tmp"
        try:
            self._con = duckdb.connect(str(path), config=config)
        except duckdb.IOException as error:
            if "lock" in str(error).lower():
                raise BusyError(
                    "another process has this workspace open",
                    where=str(path),
                    hint="wait until it ends, or stop it; `dangol status` names it",
                ) from error
            raise EngineError(f"the database file cannot be opened: {_first_line(error)}", where=str(path)) from error
        self._names = itertools.count(1)
        self._depth = 0

    # -- catalog -----------------------------------------------------------------------------------------------------
    def ensure(self, tables: Iterable[Table]) -> None:
        have = self.tables()
        for table in tables:
            if table.name not in have:
                self._do(_create(table).sql(DIALECT))
                continue
            for column in table.columns:
                if column.name not in have[table.name]:
                    add = exp.Alter(this=exp.to_table(table.name), kind="TABLE", actions=[_column(column.name, column.type)])
                    self._do(add.sql(DIALECT))

    def tables(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        rows = self._do(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'main'"
            " ORDER BY table_name, ordinal_position"
        ).fetchall()
        for table, column in rows:
            found.setdefault(table, []).append(column)
        return found

    # -- reading -----------------------------------------------------------------------------------------------------
    def run(self, query: exp.Expr) -> pa.Table:
        with _plain_errors():
            return self._con.sql(self.to_sql(query)).to_arrow_table()

    def stream(self, query: exp.Expr, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        with _plain_errors():
            yield from self._con.sql(self.to_sql(query)).to_arrow_reader(rows)

    def to_sql(self, query: exp.Expr) -> str:
        return query.sql(DIALECT)

    def sql(self, text: str) -> pa.Table:
        try:
            statements = duckdb.extract_statements(text)
        except duckdb.ParserException as error:
            raise RefusedError(f"that is not SQL dangol can read: {_first_line(error)}", where="sql") from error
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise RefusedError("only one SELECT at a time", where="sql", hint="dangol sql reads; imports and definitions write")
        with _plain_errors():
            return self._con.sql(text).to_arrow_table()

    # -- writing -----------------------------------------------------------------------------------------------------
    def append(self, table: str, rows: Rows) -> int:
        with self._source(rows) as source:
            columns = self._columns(source)
            target = exp.Schema(this=exp.to_table(table), expressions=[exp.to_identifier(c, quoted=True) for c in columns])
            query = exp.select(*[exp.column(c, quoted=True) for c in columns]).from_(source)
            return self._count(exp.Insert(this=target, expression=query).sql(DIALECT))

    def replace(self, table: str, rows: Rows) -> int:
        with self.transaction(), self._source(rows) as source:
            if table in self.tables() and table in TABLES:
                self._do(exp.Delete(this=exp.to_table(table)).sql(DIALECT))
                return self.append(table, exp.select("*").from_(source))
            make = exp.Create(
                this=exp.to_table(table), kind="TABLE", replace=True, expression=exp.select("*").from_(source)
            )
            self._do(make.sql(DIALECT))
            return int(self.run(sql("SELECT count(*) AS n FROM t", tables={"t": table}))["n"][0].as_py())

    def delete(self, table: str, where: exp.Expr) -> int:
        return self._count(exp.delete(table).where(where).sql(DIALECT))

    def update(self, table: str, values: dict[str, exp.Expr], where: exp.Expr) -> int:
        return self._count(exp.update(table, dict(values), where=where).sql(DIALECT))

    def drop(self, table: str) -> None:
        self._do(exp.Drop(tables=[exp.to_table(table)], kind="TABLE", exists=True).sql(DIALECT))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self._depth:  # a transaction inside another is part of it
            yield
            return
        self._do("BEGIN")
        self._depth += 1
        try:
            yield
            self._do("COMMIT")
        except BaseException:
            try:
                self._con.execute("ROLLBACK")
            except duckdb.Error:  # a failed COMMIT has rolled back already
                pass
            raise
        finally:
            self._depth -= 1

    @contextmanager
    def scratch(self, rows: Rows) -> Iterator[str]:
        name = f"scratch_{next(self._names)}"
        with self._source(rows) as source:
            make = exp.Create(
                this=exp.to_table(name),
                kind="TABLE",
                properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
                expression=exp.select("*").from_(source),
            )
            self._do(make.sql(DIALECT))
        try:
            yield name
        finally:
            try:
                self.drop(name)
            except EngineError:  # the transaction it was made in is gone, and it with it
                pass

    def compact(self) -> None:
        for table in TABLES.values():
            if table.sort and table.name in self.tables():
                with self.transaction():
                    order = [exp.column(c) for c in table.sort]
                    name = f"{table.name}_sorted"
                    make = exp.Create(
                        this=exp.to_table(name),
                        kind="TABLE",
                        replace=True,
                        expression=exp.select("*").from_(table.name).order_by(*order),
                    )
                    self._do(make.sql(DIALECT))
                    self.drop(table.name)
                    self._do(exp.rename_table(name, table.name).sql(DIALECT))
        self._do("CHECKPOINT")

    def close(self) -> None:
        self._con.close()

    # -- inside ------------------------------------------------------------------------------------------------------
    @contextmanager
    def _source(self, rows: Rows) -> Iterator[exp.Expr]:
        """Rows as something a FROM can name."""
        if isinstance(rows, exp.Expr):
            yield rows.subquery("given") if isinstance(rows, exp.Query) else rows
            return
        name = f"incoming_{next(self._names)}"
        self._con.register(name, rows)
        try:
            yield exp.to_table(name)
        finally:
            self._con.unregister(name)

    def _columns(self, source: exp.Expr) -> list[str]:
        return list(self.run(exp.select("*").from_(source).limit(0)).column_names)

    def _do(self, text: str) -> duckdb.DuckDBPyConnection:
        with _plain_errors():
            return self._con.execute(text)

    def _count(self, text: str) -> int:
        with _plain_errors():
            row = self._con.execute(text).fetchone()
        return int(row[0]) if row else 0


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise EngineError(
            f"not enough memory or temporary disk for this: {_first_line(error)}",
            hint="raise the memory setting, or free disk space, and run it again; nothing was half-written",
        ) from error
    except duckdb.IOException as error:
        raise EngineError(
            f"the disk refused: {_first_line(error)}", hint="free some space and run it again; nothing was half-written"
        ) from error
    except duckdb.Error as error:
        raise EngineError(_first_line(error)) from error


def _create(table: Table) -> exp.Create:
    columns: list[exp.Expr] = [_column(c.name, c.type) for c in table.columns]
    return exp.Create(this=exp.Schema(this=exp.to_table(table.name), expressions=columns), kind="TABLE")


def _column(name: str, kind: Type) -> exp.ColumnDef:
    return exp.ColumnDef(this=exp.to_identifier(name, quoted=True), kind=exp.DataType.build(_TYPES[kind], dialect=DIALECT))


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:300]
