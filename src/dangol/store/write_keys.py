"""Write keys: which source a request speaks for, and what it may. Only a key's fingerprint is kept."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa

from dangol.schema import NotFoundError, Text
from dangol.store.tables import WRITE_KEY_DAYS as D
from dangol.store.tables import WRITE_KEYS as T

if TYPE_CHECKING:
    from dangol.store.store import Store

Side = Literal["browser", "server"]

LONGEST = 200
"""Letters of a key that are looked at: no longer one exists."""


@dataclass(frozen=True, slots=True)
class WriteKey:
    """One key of a source.

    side        a browser's key may be seen by anybody; a server's is refused where a web page sends it
    hint        its last four letters, to tell keys apart
    origins     web origins a browser's key is used from; empty: any
    ip          how much of an address is kept: truncated, full or none
    per_minute  requests a minute; 0 is no limit
    per_day     events a day of the shop; 0 is no limit
    """

    id: int
    source: str
    side: Side
    hint: str
    origins: tuple[str, ...]
    ip: Literal["truncated", "full", "none"]
    per_minute: int
    actor: str
    made_at: dt.datetime
    revoked_at: dt.datetime | None
    per_day: int = 0


class WriteKeys:
    """`store.write_keys`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(
        self,
        key: str,
        *,
        source: str,
        side: Side,
        origins: Sequence[str] = (),
        ip: str = "truncated",
        per_minute: int = 0,
        per_day: int = 0,
        actor: str,
        now: dt.datetime,
    ) -> WriteKey:
        """Keep the fingerprint of a new key; the key itself is the caller's to show once."""
        limits = {"per_minute": per_minute, "per_day": per_day}
        values = {"source": source, "side": side, "origins": list(origins), "ip": ip, **limits}
        with self._store.writing() as connection:
            statement = sa.insert(T).values(**values, digest=_digest(key), hint=key[-4:], actor=actor, made_at=now)
            made = connection.execute(statement).inserted_primary_key
            assert made is not None
            self._store.audit.write(actor, "write_key.made", f"write_key/{made[0]}", now=now)
        return self.get(int(made[0]))

    def find(self, key: str) -> WriteKey | None:
        """The key, unless it is unknown or was revoked. It is looked up by its SHA-256: there is nothing to time."""
        found = self._list((T.c.digest == _digest(key)) & T.c.revoked_at.is_(None)) if len(key) <= LONGEST else []
        return found[0] if found else None

    def get(self, number: int) -> WriteKey:
        """One key by its number. Raises `NotFoundError`."""
        found = self._list(T.c.id == number)
        if not found:
            raise NotFoundError(
                Text(f"there is no write key {number}", f"{number}번 쓰기 키가 없습니다"),
                hint=Text("`dangol sources` lists them", "`dangol sources`로 목록을 보세요"),
            )
        return found[0]

    def all(self) -> list[WriteKey]:
        """Every key, revoked ones too, by source and age."""
        return sorted(self._list(sa.true()), key=lambda k: (k.source, k.id))

    def revoke(self, number: int, *, actor: str, now: dt.datetime) -> WriteKey:
        """From now on the key opens nothing. Raises `NotFoundError`."""
        with self._store.writing() as connection:
            self.get(number)
            connection.execute(sa.update(T).where(T.c.id == number, T.c.revoked_at.is_(None)).values(revoked_at=now))
            self._store.audit.write(actor, "write_key.revoked", f"write_key/{number}", now=now)
        return self.get(number)

    def count(self, day: dt.date, events: Mapping[int, int]) -> None:
        """Add to the events that keys (by number) have sent on a day of the shop."""
        with self._store.writing() as connection:
            for key, number in sorted(events.items()):
                here = (D.c.key == key) & (D.c.day == day)
                done = connection.execute(sa.update(D).where(here).values(events=D.c.events + number))
                if done.rowcount == 0:
                    connection.execute(sa.insert(D).values(key=key, day=day, events=number))

    def counted(self, day: dt.date) -> dict[int, int]:
        """Key by number → the events it has sent on a day of the shop."""
        with self._store.reading() as connection:
            return {r.key: r.events for r in connection.execute(sa.select(D).where(D.c.day == day))}

    def _list(self, where: sa.ColumnElement[bool]) -> list[WriteKey]:
        with self._store.reading() as connection:
            rows = connection.execute(sa.select(T).where(where)).all()
        return [
            WriteKey(
                r.id,
                r.source,
                r.side,
                r.hint,
                tuple(r.origins),
                r.ip,
                r.per_minute,
                r.actor,
                r.made_at,
                r.revoked_at,
                r.per_day,
            )
            for r in rows
        ]


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
