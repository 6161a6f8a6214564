"""What lets somebody in: sessions of people, one-time links, keys of programs. Only fingerprints are kept.

Each is 32 random bytes, looked up by its SHA-256: nothing of it can be guessed or timed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dangol.schema import NotFoundError, Text
from dangol.store.tables import API_KEYS as K
from dangol.store.tables import LINKS as L
from dangol.store.tables import SESSIONS as S

if TYPE_CHECKING:
    from dangol.store.store import Store

LONGEST = 200
"""Letters of a token that are looked at: no longer one exists."""


@dataclass(frozen=True, slots=True)
class Session:
    """One browser that somebody signed in with; `device` is what it is, in a few words."""

    id: int
    person: int
    device: str
    made_at: dt.datetime
    seen_at: dt.datetime
    ended_at: dt.datetime | None


@dataclass(frozen=True, slots=True, repr=False)
class Link:
    """A link that works once: `kind` is owner, invite or reset; `sealed` the address it was made for, if any."""

    id: int
    kind: str
    role: str
    person: int | None
    sealed: bytes | None
    actor: str
    made_at: dt.datetime
    until: dt.datetime
    used_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What a program shows; `hint` is its last four letters."""

    id: int
    name: str
    role: str
    hint: str
    actor: str
    made_at: dt.datetime
    used_at: dt.datetime | None
    revoked_at: dt.datetime | None


class Sessions:
    """`store.sessions`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(self, token: str, *, person: int, device: str, now: dt.datetime) -> Session:
        values = {"person": person, "device": device, "made_at": now, "seen_at": now}
        return Session(_insert(self._store, S, digest=_digest(token), **values), person, device, now, now, None)

    def find(self, token: str) -> Session | None:
        """The session of a token, ended ones too: whether it still counts is the caller's to say."""
        found = self._list(S.c.digest == _digest(token)) if 0 < len(token) <= LONGEST else []
        return found[0] if found else None

    def of(self, person: int) -> list[Session]:
        """Every session of somebody that was not ended, the last used first."""
        return sorted(
            self._list((S.c.person == person) & S.c.ended_at.is_(None)), key=lambda s: s.seen_at, reverse=True
        )

    def seen(self, number: int, *, now: dt.datetime) -> None:
        _update(self._store, S, S.c.id == number, seen_at=now)

    def end(self, *, person: int, now: dt.datetime, only: int | None = None, but: int | None = None) -> int:
        """End one session of a person (`only`), or all of them (`but` one); returns how many ended."""
        where = (S.c.person == person) & S.c.ended_at.is_(None)
        where = where & (S.c.id == only) if only is not None else where
        where = where & (S.c.id != but) if but is not None else where
        return _update(self._store, S, where, ended_at=now)

    def end_all(self, *, now: dt.datetime) -> int:
        """End every session of everybody; returns how many ended."""
        return _update(self._store, S, S.c.ended_at.is_(None), ended_at=now)

    def _list(self, where: sa.ColumnElement[bool]) -> list[Session]:
        return [Session(**row._mapping) for row in _select(self._store, S, Session.__slots__, where)]


class Links:
    """`store.links`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, token: str, *, now: dt.datetime, **values: Any) -> Link:
        return self.get(_insert(self._store, L, digest=_digest(token), made_at=now, **values))

    def get(self, number: int) -> Link:
        """Raises `NotFoundError`."""
        found = self._list(L.c.id == number)
        if not found:
            raise NotFoundError(Text(f"there is no link {number}", f"{number}번 링크가 없습니다"))
        return found[0]

    def find(self, token: str) -> Link | None:
        found = self._list(L.c.digest == _digest(token)) if 0 < len(token) <= LONGEST else []
        return found[0] if found else None

    def open(self, now: dt.datetime) -> list[Link]:
        """Links that still work, the newest first."""
        return self._list(L.c.used_at.is_(None) & (L.c.until > now))[::-1]

    def use(self, number: int, *, now: dt.datetime) -> bool:
        """Whether it was unused until now; from now on it is used."""
        return _update(self._store, L, (L.c.id == number) & L.c.used_at.is_(None), used_at=now, sealed=None) == 1

    def close(self, *, kind: str, now: dt.datetime, person: int | None = None) -> int:
        """Let links of a kind (for one person) work no more: a newer one takes their place."""
        where = (L.c.kind == kind) & L.c.used_at.is_(None)
        where = where & (L.c.person == person) if person is not None else where
        return _update(self._store, L, where, used_at=now, sealed=None)

    def _list(self, where: sa.ColumnElement[bool]) -> list[Link]:
        return [Link(**row._mapping) for row in _select(self._store, L, Link.__slots__, where)]


class ApiKeys:
    """`store.api_keys`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.revocations = 0
        """Of this process: while it is the same, a key that opened something a moment ago still does."""

    def add(self, key: str, *, name: str, role: str, actor: str, now: dt.datetime) -> ApiKey:
        """Keep the fingerprint of a new key; the key itself is the caller's to show once."""
        values = {"name": name, "role": role, "hint": key[-4:], "actor": actor, "made_at": now}
        with self._store.writing():
            number = _insert(self._store, K, digest=_digest(key), **values)
            after = {"name": name, "role": role}
            self._store.audit.write(actor, "api_key.made", f"key/{number}", now=now, after=after)
        return self.get(number)

    def get(self, number: int) -> ApiKey:
        """Raises `NotFoundError`."""
        found = self._list(K.c.id == number)
        if not found:
            raise NotFoundError(
                Text(f"there is no API key {number}", f"{number}번 API 키가 없습니다"),
                hint=Text("`dangol keys` lists them", "`dangol keys`로 목록을 보세요"),
            )
        return found[0]

    def find(self, key: str) -> ApiKey | None:
        """The key, unless it is unknown or was revoked."""
        known = (K.c.digest == _digest(key)) & K.c.revoked_at.is_(None)
        found = self._list(known) if 0 < len(key) <= LONGEST else []
        return found[0] if found else None

    def all(self) -> list[ApiKey]:
        """Every key, revoked ones too, by number."""
        return self._list(sa.true())

    def used(self, number: int, *, now: dt.datetime) -> None:
        _update(self._store, K, K.c.id == number, used_at=now)

    def revoke(self, number: int, *, actor: str, now: dt.datetime) -> ApiKey:
        """From now on the key opens nothing. Raises `NotFoundError`."""
        with self._store.writing():
            before = self.get(number)
            if _update(self._store, K, (K.c.id == number) & K.c.revoked_at.is_(None), revoked_at=now):
                told = {"name": before.name, "role": before.role}
                self._store.audit.write(actor, "api_key.revoked", f"key/{number}", now=now, before=told)
        self.revocations += 1
        return self.get(number)

    def _list(self, where: sa.ColumnElement[bool]) -> list[ApiKey]:
        return [ApiKey(**row._mapping) for row in _select(self._store, K, ApiKey.__slots__, where)]


def _select(store: Store, table: sa.Table, names: Sequence[str], where: sa.ColumnElement[bool]) -> list[sa.Row[Any]]:
    query = sa.select(*(table.c[name] for name in names)).where(where).order_by(table.c.id)
    with store.reading() as connection:
        return list(connection.execute(query))


def _insert(store: Store, table: sa.Table, **values: Any) -> int:
    with store.writing() as connection:
        made = connection.execute(sa.insert(table).values(**values)).inserted_primary_key
        assert made is not None
        return int(made[0])


def _update(store: Store, table: sa.Table, where: sa.ColumnElement[bool], **values: Any) -> int:
    with store.writing() as connection:
        return int(connection.execute(sa.update(table).where(where).values(**values)).rowcount)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
