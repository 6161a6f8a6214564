"""Which tables a file holds, remembered: asking DuckDB costs ten milliseconds, and a beat asks five times."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from sqlglot import exp

from dangol.engine.sql import DIALECT, sql
from dangol.schema import Table, Type

Tables = dict[str, list[str]]
"""Name → columns in order."""

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

LISTED = sql(
    "SELECT table_name AS t, column_name AS c FROM information_schema.columns"
    " WHERE table_schema = 'main' AND table_catalog = current_database() ORDER BY table_name, ordinal_position"
)


class Remembered:
    """What was read last, until a table is made, changed or dropped. A thread that did so in an open transaction reads anew."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tables: Tables | None = None
        self._changes = 0

    def tables(self, ask: Callable[[], Tables]) -> Tables:
        """The tables that others may see. The answer is the caller's to read, not to change."""
        with self._lock:
            if self._tables is not None:
                return self._tables
            before = self._changes
        found = ask()
        with self._lock:
            if self._changes == before:  # else somebody changed one meanwhile
                self._tables = found
        return found

    def forget(self) -> None:
        """A table was made, changed or dropped, for everybody to see."""
        with self._lock:
            self._tables = None
            self._changes += 1


def creation(table: Table) -> str:
    """The statement that makes a table."""
    columns: list[exp.Expr] = [_column(c.name, c.type) for c in table.columns]
    made = exp.Create(this=exp.Schema(this=exp.to_table(table.name), expressions=columns), kind="TABLE")
    return made.sql(DIALECT)


def solid(name: str, columns: Mapping[str, str], *, passing: bool) -> str:
    """The statement that makes a table anew, with its columns named.

    DuckDB 2.0 loses rows of a table that `CREATE TABLE … AS` left empty and that is filled from Arrow in the same transaction:
    from one row group (122,880 rows) on, joins and groups by several threads see none. One made with named columns is fine.
    """
    made = [exp.ColumnDef(this=exp.to_identifier(c, quoted=True), kind=exp.DataType.build(t, dialect=DIALECT))
            for c, t in columns.items()]  # fmt: skip
    here = exp.Properties(expressions=[exp.TemporaryProperty()]) if passing else None
    make = exp.Create(
        this=exp.Schema(this=exp.to_table(name), expressions=made), kind="TABLE", replace=True, properties=here
    )
    return make.sql(DIALECT)


def addition(table: Table, name: str, kind: Type) -> str:
    """The statement that gives a table one more column."""
    return exp.Alter(this=exp.to_table(table.name), kind="TABLE", actions=[_column(name, kind)]).sql(DIALECT)


def _column(name: str, kind: Type) -> exp.ColumnDef:
    return exp.ColumnDef(
        this=exp.to_identifier(name, quoted=True), kind=exp.DataType.build(_TYPES[kind], dialect=DIALECT)
    )
