"""The intake log: what was received and is not taken in yet. A sender hears 200 only once its record is here.

The store's own (SQLite in a file of its own, or PostgreSQL) is one implementation of `IntakeLog`; NATS JetStream
(`jetstream.py`) is the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from dangol.store.bulk import bulk
from dangol.store.connect import connect
from dangol.store.failing import plain_errors
from dangol.store.tables import INTAKE
from dangol.store.tables import INTAKE_LOG as T


@dataclass(frozen=True, slots=True)
class Record:
    """One record and its position; positions grow and are never given twice."""

    position: int
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is in the log: records and their bytes."""

    records: int
    bytes: int


class IntakeLog(Protocol):
    """At least once: a record that was appended is read until it is acknowledged. One appends, one reads.

    All raise `WorkspaceError` when the log fails (a full disk, a lost connection); nothing is half-done then, and the same
    log works again once the cause is gone.
    """

    @property
    def kind(self) -> str:
        """sqlite, postgresql or nats."""

    def append(self, records: Sequence[bytes]) -> None:
        """Keep records, all or none, in their order; they are on the disk when this returns."""

    def read(self, limit: int, *, after: int = 0, most_bytes: int = 16_000_000) -> list[Record]:
        """The oldest records after a position: at most `limit`, and no more once `most_bytes` are passed."""

    def ack(self, positions: Sequence[int]) -> None:
        """These are taken in: forget them."""

    def waiting(self) -> Waiting:
        """How much there is, as the log keeps it."""

    def forget_bytes(self) -> None:
        """Leave nothing of what was acknowledged in the files either, where that is in this process's hands.

        NATS does it as soon as nothing waits.
        """

    def close(self) -> None:
        """Let go of the file or the server."""


class StoreLog:
    """`IntakeLog` in a database: SQLite by a path, PostgreSQL by a URL."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @property
    def kind(self) -> str:
        return self._engine.dialect.name

    @classmethod
    def open(cls, where: str | Path, *, password: str | None = None) -> StoreLog:
        """Open (or make) the log. Raises `WorkspaceError`."""
        return cls(connect(where, password, _prepare))

    def append(self, records: Sequence[bytes]) -> None:
        with plain_errors(), self._appending().begin() as connection:
            if self.kind == "postgresql":
                bulk(connection, sa.insert(T), ("sealed",), [(r,) for r in records])
                return
            for some in _handfuls(records):
                connection.exec_driver_sql(_insert(len(some)), tuple(some))

    def read(self, limit: int, *, after: int = 0, most_bytes: int = 16_000_000) -> list[Record]:
        query = sa.select(T.c.id, T.c.sealed).where(T.c.id > after).order_by(T.c.id).limit(limit)
        found: list[Record] = []
        total = 0
        with plain_errors(), self._engine.connect().execution_options(writes=False) as connection:
            for row in connection.execute(query, execution_options={"yield_per": 500}):
                found.append(Record(row.id, bytes(row.sealed)))
                total += len(found[-1].sealed)
                if total >= most_bytes:
                    break
        return found

    def ack(self, positions: Sequence[int]) -> None:
        with plain_errors(), self._appending().begin() as connection:
            for start in range(0, len(positions), 5_000):
                some = list(positions[start : start + 5_000])
                connection.execute(sa.delete(T).where(T.c.id.in_(some)))

    def waiting(self) -> Waiting:
        with plain_errors(), self._engine.connect().execution_options(writes=False) as connection:
            length = sa.func.coalesce(sa.func.sum(sa.func.length(T.c.sealed)), 0)
            row = connection.execute(sa.select(sa.func.count(), length).select_from(T)).one()
        return Waiting(int(row[0]), int(row[1]))

    def forget_bytes(self) -> None:
        with plain_errors(), self._engine.connect().execution_options(writes=None) as connection:
            if (
                self._engine.dialect.name == "sqlite"
            ):  # deleted rows are overwritten at once; their copies lie in the WAL
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            else:
                plain = connection.execution_options(isolation_level="AUTOCOMMIT")
                plain.exec_driver_sql("VACUUM (FULL) intake_log")

    def close(self) -> None:
        self._engine.dispose()

    def _appending(self) -> Any:
        """On PostgreSQL an append must not queue behind the store's writers (a whole drain): no lock, a plain transaction."""
        return (
            self._engine.execution_options(writes=None) if self._engine.dialect.name == "postgresql" else self._engine
        )


MOST_AT_ONCE = 256
"""Rows of one statement: each statement of SQLite's driver waits once for Python's lock, and a busy drain holds it."""

_LARGE = 4_000_000


def _handfuls(records: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Records in their order, by few sizes, so that few statements are ever prepared."""
    size = MOST_AT_ONCE if sum(map(len, records)) < _LARGE else 8
    start = 0
    while start < len(records):
        while size > len(records) - start:
            size //= 2
        yield records[start : start + size]
        start += size


@lru_cache(maxsize=16)
def _insert(rows: int) -> str:
    """One statement for so many rows; SQLite numbers them in their order."""
    return str(sa.insert(T).values([{"sealed": b""}] * rows).compile(dialect=sqlite.dialect()))


def carry_over(before: IntakeLog, log: IntakeLog) -> int:
    """Move what waits in another log into this one, in its order. Returns records moved; a kill moves some of them twice."""
    moved = 0
    while records := before.read(1_000):
        log.append([r.sealed for r in records])
        before.ack([r.position for r in records])
        moved += len(records)
    return moved


def _prepare(engine: sa.Engine) -> None:
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _durable)
        engine.dispose()
    INTAKE.create_all(engine)


def _durable(connection: Any, record: object) -> None:
    """200 means that it is on the disk: WAL syncs at every commit only in this mode."""
    connection.execute("PRAGMA synchronous = FULL")
