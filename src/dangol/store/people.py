"""People who work here: what they may, how they sign in, and what is known of them, sealed. `privacy` seals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dangol.schema import NotFoundError, Text
from dangol.store.tables import PEOPLE as T

if TYPE_CHECKING:
    from dangol.store.store import Store


@dataclass(frozen=True, slots=True, repr=False)
class PersonRow:
    """One person as the table has them.

    sealed       e-mail and name, sealed; null for somebody who was removed
    password     argon2's own text; null where none was ever set
    subject      what the provider of sign-in calls them, keyed; null where they never came that way
    choices      lang, theme
    disabled_at  since when they may not sign in; null: they may
    """

    id: int
    sealed: bytes | None
    role: str
    password: str | None
    subject: bytes | None
    choices: Mapping[str, Any]
    made_at: dt.datetime
    seen_at: dt.datetime | None
    disabled_at: dt.datetime | None
    removed_at: dt.datetime | None

    @property
    def active(self) -> bool:
        return self.disabled_at is None and self.removed_at is None

    def __repr__(self) -> str:
        return f"PersonRow({self.id}, {self.role})"


class People:
    """`store.people`. Writing is left to `app`, which says in the audit log what changed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, *, address: bytes, sealed: bytes, role: str, password: str | None, now: dt.datetime) -> PersonRow:
        """A new person. The caller has seen that nobody has the address."""
        with self._store.writing() as connection:
            statement = sa.insert(T).values(
                address=address, sealed=sealed, role=role, password=password, choices={}, made_at=now
            )
            made = connection.execute(statement).inserted_primary_key
            assert made is not None
        return self.get(int(made[0]))

    def get(self, number: int) -> PersonRow:
        """One person, removed ones too. Raises `NotFoundError`."""
        found = self._list(T.c.id == number)
        if not found:
            raise NotFoundError(
                Text(f"there is no person {number}", f"{number}번 사람이 없습니다"),
                hint=Text("`dangol people` lists them", "`dangol people`로 목록을 보세요"),
            )
        return found[0]

    def at(self, address: bytes) -> PersonRow | None:
        """Who has this address (its keyed hash)."""
        found = self._list(T.c.address == address)
        return found[0] if found else None

    def known_as(self, subject: bytes) -> PersonRow | None:
        """Whom the provider of sign-in calls so (a keyed hash)."""
        found = self._list(T.c.subject == subject)
        return found[0] if found else None

    def all(self) -> list[PersonRow]:
        """Everybody who was not removed, by number."""
        return self._list(T.c.removed_at.is_(None))

    def change(self, number: int, **values: Any) -> PersonRow:
        """Set columns of one person. Raises `NotFoundError`."""
        with self._store.writing() as connection:
            self.get(number)
            connection.execute(sa.update(T).where(T.c.id == number).values(**values))
        return self.get(number)

    def owners(self) -> int:
        """How many owners may sign in."""
        return len([p for p in self.all() if p.role == "owner" and p.active])

    def _list(self, where: sa.ColumnElement[bool]) -> list[PersonRow]:
        columns = [T.c[name] for name in PersonRow.__slots__]
        with self._store.reading() as connection:
            return [PersonRow(*row) for row in connection.execute(sa.select(*columns).where(where).order_by(T.c.id))]
