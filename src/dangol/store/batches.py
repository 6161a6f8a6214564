"""Imports: each one, what it read and how it ended. A batch that never ended was killed; the next run completes it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from dangol.schema import NotFoundError, Text
from dangol.store.tables import BATCHES as T

if TYPE_CHECKING:
    from dangol.store.store import Store

Status = Literal["running", "done", "failed", "undone"]


@dataclass(frozen=True, slots=True)
class Batch:
    """One import of one file. `digest` is the SHA-256 of its bytes; `report` is what the end report said."""

    id: int
    source: str
    file: str
    digest: str
    preset: str | None
    mapping: Any
    status: Status
    report: Any
    why: str | None
    started_at: dt.datetime
    ended_at: dt.datetime | None


class Batches:
    """`store.batches`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(self, source: str, file: str, digest: str, preset: str | None, mapping: Any, now: dt.datetime) -> int:
        """Write down that an import starts; returns its number."""
        values = {"source": source, "file": file, "digest": digest, "preset": preset, "mapping": mapping}
        with self._store.writing() as connection:
            result = connection.execute(sa.insert(T).values(**values, status="running", started_at=now))
            key = result.inserted_primary_key
        assert key is not None  # an INSERT of one row always tells its key
        return int(key[0])

    def finish(self, batch: int, report: Mapping[str, Any], now: dt.datetime) -> None:
        """The import took; `report` is plain JSON without personal data."""
        self._end(batch, status="done", report=dict(report), ended_at=now)

    def fail(self, batch: int, why: str, now: dt.datetime) -> None:
        """The import did not take; `why` is a sentence without personal data."""
        self._end(batch, status="failed", why=why, ended_at=now)

    def undo(self, batch: int, why: str) -> None:
        """The import was taken back: a file with its bytes is no longer known. `why` is what a person said."""
        self._end(batch, status="undone", why=why or None)

    def get(self, batch: int) -> Batch:
        """One batch. Raises `NotFoundError`."""
        found = self._list(T.c.id == batch)
        if not found:
            raise NotFoundError(
                Text(f"no import number {batch}", f"{batch}번 가져오기가 없습니다"),
                hint=Text("`dangol imports` lists them", "`dangol imports`로 목록을 보세요"),
            )
        return found[0]

    def unfinished(self) -> list[Batch]:
        """Imports that were begun and never ended, oldest first."""
        return self._list(T.c.status == "running")

    def find(self, digest: str) -> list[Batch]:
        """Imports of a file with these bytes that took, oldest first."""
        return self._list((T.c.digest == digest) & (T.c.status == "done"))

    def numbers(self, preset: str) -> list[int]:
        """The numbers of every import by a preset, oldest first."""
        with self._store.reading() as connection:
            return list(connection.scalars(sa.select(T.c.id).where(T.c.preset == preset).order_by(T.c.id)))

    def all(self) -> list[Batch]:
        """Every import, oldest first."""
        return self._list(sa.true())

    def _list(self, where: sa.ColumnElement[bool]) -> list[Batch]:
        with self._store.reading() as connection:
            return [Batch(**row._mapping) for row in connection.execute(sa.select(T).where(where).order_by(T.c.id))]

    def _end(self, batch: int, **values: Any) -> None:
        with self._store.writing() as connection:
            if connection.execute(sa.update(T).where(T.c.id == batch).values(**values)).rowcount == 0:
                raise NotFoundError(Text(f"no import number {batch}", f"{batch}번 가져오기가 없습니다"))
