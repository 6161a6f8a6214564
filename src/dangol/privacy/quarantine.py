"""Rows that could not be read, encrypted under the quarantine key until they are replayed, dismissed or too old."""

from __future__ import annotations

import datetime as dt
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.dialects import postgresql, sqlite

from dangol.privacy.keys import Keys, Random
from dangol.privacy.wrap import pieces
from dangol.schema import Text, WorkspaceError
from dangol.store import Store
from dangol.store.tables import QUARANTINED as T

Closed = Literal["replayed", "dismissed"]
PIECE = 2_500
"""Rows that a transaction of its own keeps, where others must not wait."""


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row as it came, field → text. `id` is the id in the engine's `quarantine` table."""

    id: int
    batch: int
    row: dict[str, Any]

    def __repr__(self) -> str:
        return f"QuarantinedRow({self.id}, …)"


class Quarantine:
    """Keeps quarantined rows; the engine's `quarantine` table says why each is here, without its contents."""

    def __init__(self, store: Store, keys: Keys, *, random: Random = os.urandom) -> None:
        self._store = store
        self._box = AESGCM(keys.quarantine)
        self._random = random

    def put(self, batch: int, rows: Iterable[tuple[int, Mapping[str, Any]]], *, now: dt.datetime) -> int:
        """Keep rows (id, field → value) of an import; a row with a known id takes its place. Returns how many."""
        count = 0
        with self._store.writing() as connection:
            for some in pieces(rows, 10_000):
                values = [
                    {"id": id_, "batch": batch, "status": "open", "sealed": self._seal(id_, batch, row), "at": now}
                    for id_, row in some
                ]
                connection.execute(_upsert(connection), values)
                count += len(values)
        return count

    def add(self, batch: int, rows: Iterable[tuple[int, Mapping[str, Any]]], *, now: dt.datetime) -> set[int]:
        """Keep those of an import's rows that are new, in transactions of their own, between which others write.

        Returns the ids that were here before: `put` takes their place once the import is certain.
        """
        before: set[int] = set()
        for some in pieces(rows, PIECE):
            with self._store.writing() as connection:
                asked = sa.select(T.c.id).where(T.c.id.in_([id_ for id_, _ in some]))
                here = set(connection.scalars(asked))
                self.put(batch, ((id_, row) for id_, row in some if id_ not in here), now=now)
            before |= here
            self._store.give_way()
        return before

    def rows(self, *, batch: int | None = None, ids: Iterable[int] | None = None) -> Iterator[QuarantinedRow]:
        """Open rows, by id: all of them, one import's, or these."""
        where = T.c.status == "open"
        if batch is not None:
            where &= T.c.batch == batch
        wanted: list[Any] = [None] if ids is None else list(pieces(sorted(set(ids))))
        for some in wanted:
            yield from self._page(where if some is None else where & T.c.id.in_(some))

    def close(self, ids: Iterable[int], status: Closed, *, now: dt.datetime) -> int:
        """Say that rows were replayed or dismissed; they are deleted 30 days later. Returns how many were open."""
        count = 0
        with self._store.writing() as connection:
            for some in pieces(sorted(set(ids))):
                statement = (
                    sa.update(T).where(T.c.id.in_(some), T.c.status == "open").values(status=status, closed_at=now)
                )
                count += connection.execute(statement).rowcount
        return count

    def withdraw(self, batch: int) -> int:
        """Delete the rows of an import that is taken back, open or closed; returns how many."""
        with self._store.writing() as connection:
            return int(connection.execute(sa.delete(T).where(T.c.batch == batch)).rowcount)

    def naming(self, anywhere: Iterable[str], cells: Iterable[str] = ()) -> list[int]:
        """Ids of rows, open or closed, that name a person. Reads and decrypts every row: about 30,000 a second.

        :param anywhere: e-mail addresses and phones (as normalised), found inside any text, in any usual spelling.
        :param cells: logins and the like, found only where they are a whole cell: 17850 may be an amount elsewhere.
        """
        pattern = _anywhere(anywhere)
        whole = {_plain(cell) for cell in cells} - {""}
        if pattern is None and not whole:
            return []
        named = []
        for found in self._page(sa.true()):
            texts = [_plain(str(value)) for value in found.row.values() if value is not None]
            if not whole.isdisjoint(texts) or (pattern and pattern.search("\n".join(texts))):
                named.append(found.id)
        return named

    def _page(self, where: sa.ColumnElement[bool], size: int = 5_000) -> Iterator[QuarantinedRow]:
        last = None
        while True:
            query = sa.select(T).where(where).order_by(T.c.id).limit(size)
            with self._store.reading() as connection:
                found = connection.execute(query if last is None else query.where(T.c.id > last)).all()
            for row in found:
                yield QuarantinedRow(row.id, row.batch, self._open(row))
            if len(found) < size:
                return
            last = found[-1].id

    def _seal(self, id_: int, batch: int, row: Mapping[str, Any]) -> bytes:
        nonce = self._random(12)
        text = orjson.dumps(dict(row), default=str, option=orjson.OPT_NON_STR_KEYS)
        return nonce + self._box.encrypt(nonce, text, b"%d/%d" % (id_, batch))

    def _open(self, row: sa.Row[Any]) -> dict[str, Any]:
        try:
            text = self._box.decrypt(row.sealed[:12], row.sealed[12:], b"%d/%d" % (row.id, row.batch))
        except InvalidTag:
            raise WorkspaceError(
                Text(
                    f"quarantined row {row.id} was changed outside dangol",
                    f"격리된 {row.id}번 행이 dangol 밖에서 바뀌었습니다",
                ),
                hint=Text("restore the store from a backup", "백업에서 저장소를 되돌리세요"),
            ) from None
        opened: dict[str, Any] = orjson.loads(text)
        return opened


def _upsert(connection: sa.Connection) -> sa.Insert:
    kept = ("batch", "status", "sealed", "at")
    if connection.dialect.name == "postgresql":
        new = postgresql.insert(T)
        made = new.on_conflict_do_update(index_elements=["id"], set_={name: new.excluded[name] for name in kept})
        return made.returning(T.c.id)  # with it SQLAlchemy sends many rows in a statement, not one by one
    newer = sqlite.insert(T)
    return newer.on_conflict_do_update(index_elements=["id"], set_={name: newer.excluded[name] for name in kept})


def _plain(text: str) -> str:
    text = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return text.strip().casefold().removesuffix(".0")


def _anywhere(values: Iterable[str]) -> re.Pattern[str] | None:
    """Finds any of these values, but not inside a longer one (akim@naver.com is somebody else)."""
    forms = []
    for value in values:
        plain = _plain(value)
        if plain.startswith("+82"):  # with the country code, with the zero, or with neither (Excel took it)
            digits = r"[\s.()-]*".join(plain[3:])
            forms.append(rf"(?<![0-9])(?:(?:\+|00)?82[\s.()-]*)?0?[\s.()-]*{digits}(?![0-9])")
        elif len(plain) >= 4:
            forms.append(rf"(?<![a-z0-9._%+-]){re.escape(plain)}(?![a-z0-9-]|\.[a-z0-9])")
    return re.compile("|".join(forms)) if forms else None
