"""What an analytical engine promises. Rooms above speak to this protocol and never to a driver."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

import pyarrow as pa
from sqlglot import exp

from dangol.engine.columns import Columns
from dangol.schema import EngineError, Table, Text, Type

Rows: TypeAlias = pa.Table | pa.RecordBatchReader | exp.Expr
"""What can be appended: an Arrow table, a stream of batches, or a query the engine runs itself."""

ARROW_TYPES: dict[Type, pa.DataType] = {
    "int64": pa.int64(),
    "float64": pa.float64(),
    "text": pa.string(),
    "bool": pa.bool_(),
    "timestamp": pa.timestamp("us"),
    "date": pa.date32(),
    "money": pa.decimal128(18, 4),
    "list<text>": pa.list_(pa.string()),
}


def spoilt() -> EngineError:
    """For a transaction in which something failed and was caught: it must not be committed."""
    return EngineError(
        Text(
            "a change inside this one failed, so nothing of it was written",
            "이 변경 안의 다른 변경이 실패하여 아무것도 쓰지 않았습니다",
        ),
        hint=Text("look at the first error, mend it, repeat", "첫 오류를 보고 고친 뒤 다시 하세요"),
    )


def arrow_schema(table: Table) -> pa.Schema:
    """The Arrow schema of a table's columns."""
    return pa.schema([(c.name, ARROW_TYPES[c.type]) for c in table.columns])


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What engines differ in. Rooms ask for these and never for the engine's name.

    transactions  several writes become visible together or not at all
    files         reads CSV and Parquet files from the local disk itself
    point_reads   one customer's rows come back in milliseconds, so that a request may ask
    columns       keeps a copy of events as columns for compiled passes (`Engine.columns`)
    numbered      rows have a number, ``rowid``, that stays theirs while a transaction lasts and finds them at once
    """

    transactions: bool
    files: bool
    point_reads: bool
    columns: bool = False
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class TableStats:
    """One table: rows, the share of them (0 to 1) outside the clustered part, and the groups one customer's rows cost.

    `recent` and `reads` are null for tables without a sort order.
    """

    name: str
    rows: int
    recent: float | None = None
    reads: float | None = None


@dataclass(frozen=True, slots=True)
class EngineStats:
    """What the engine holds: its tables and the bytes they take on disk (0 in memory)."""

    tables: tuple[TableStats, ...]
    disk_bytes: int


@runtime_checkable
class Engine(Protocol):
    """An analytical engine: catalog, run, append, replace, delete. All raise `EngineError` when they fail.

    One engine may be used from several threads: writes take turns, and a thread's transaction and scratch tables are
    its own. A transaction inside another is part of it; when it fails, the whole fails, even if the error is caught.
    """

    capabilities: Capabilities

    def ensure(self, tables: Iterable[Table]) -> None:
        """Create the tables that are missing and add the columns that are; never drops anything."""

    def tables(self) -> dict[str, list[str]]:
        """Table name → column names, in order."""

    def run(self, query: exp.Expr) -> pa.Table:
        """Run a query and hold its whole result."""

    def point(self, text: str, n: int) -> list[dict[str, Any]]:
        """The few rows of one customer or identifier: a fixed text (as `sql` reads it) whose hole ``:n`` is a number."""

    def stream(self, query: exp.Expr, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Run a query and read its result batch by batch, in bounded memory; other calls may come between batches."""

    def append(self, table: str, rows: Rows, *, from_file: bool = False) -> int:
        """Add rows, in the table's sort order; columns go by name, missing ones become null. Returns how many.

        :param from_file: the rows come out of a file, whose size the engine may take for a few rows: what they are joined
            with is looked up, and not the other way round.
        """

    def replace(self, table: str, rows: Rows) -> int:
        """Put these rows in place of everything in the table (made with the rows' columns if it is missing)."""

    def delete(self, table: str, where: exp.Expr) -> int:
        """Delete rows; returns how many."""

    def forgetting(self) -> AbstractContextManager[None]:
        """Rows deleted inside leave no bytes in the engine's files either, once the ``with`` ends (outside a transaction)."""

    def update(self, table: str, values: Mapping[str, exp.Expr], where: exp.Expr) -> int:
        """Change columns of rows; returns how many."""

    def drop(self, table: str) -> None:
        """Drop a table if it exists."""

    def transaction(self) -> AbstractContextManager[None]:
        """Writes inside become visible together, or (on any exception) not at all."""

    def scratch(self, rows: Rows) -> AbstractContextManager[str]:
        """A temporary table that lives inside the ``with``; its name is unique."""

    def to_sql(self, query: exp.Expr, *, pretty: bool = False) -> str:
        """The text this engine runs for a query; `pretty` lays it out to be read."""

    def sql(self, text: str, *, limit: int | None = None, timeout: float | None = None) -> pa.Table:
        """Run a person's own SELECT. Anything that writes or reaches outside raises `RefusedError`.

        :param limit: read at most this many rows (ask for one more than is shown to know whether there are more).
        :param timeout: give up after this many seconds, with an `EngineError`.
        """

    def interrupt(self) -> None:
        """Stop what this thread's connection is running; for another thread to call through a saved method."""

    def interrupter(self) -> Callable[[], None]:
        """What another thread calls to stop what this thread is running here."""

    def columns(
        self, words: Mapping[str, exp.Expr], numbers: Mapping[str, exp.Expr] | None = None, *, wait: bool = False
    ) -> Columns | None:
        """Everybody's events as columns sorted by customer, time and number, for compiled passes; None where there are none
        (yet): the question goes by SQL then, which is what the numbers mean.

        :param words: field → expression over a row of events, as text; `numbers`: likewise, as money.
        :param wait: wait for a copy that is being made.
        """

    def perhaps(self, ids: pa.ChunkedArray) -> bool:
        """Whether any of these events (by event_id) may be here already; False where none is, for as long as nobody else
        writes. An engine that cannot tell without reading says True."""

    def compact(self) -> list[str]:
        """Fold the recent part of each table into its sort order where that pays; names the tables rewritten."""

    def stats(self) -> EngineStats:
        """Rows, clustering and bytes on disk."""

    def close(self) -> None:
        """Let go of files and memory."""
