"""Named JSON values: positions, watermarks, the sealed keys. The newest value only."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dangol.store.tables import STATE as T

if TYPE_CHECKING:
    from dangol.store.store import Store


class State:
    """`store.state`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, name: str, default: Any = None) -> Any:
        """The value, or `default` where there is none."""
        with self._store.reading() as connection:
            row = connection.execute(sa.select(T.c.value).where(T.c.name == name)).first()
        return default if row is None else row.value

    def put(self, name: str, value: Any, *, now: dt.datetime) -> None:
        """Set a value in place of the one before."""
        with self._store.writing() as connection:
            done = connection.execute(sa.update(T).where(T.c.name == name).values(value=value, at=now))
            if done.rowcount == 0:
                connection.execute(sa.insert(T).values(name=name, value=value, at=now))

    def remove(self, name: str) -> None:
        """Forget a value; nothing happens where there is none."""
        with self._store.writing() as connection:
            connection.execute(sa.delete(T).where(T.c.name == name))

    def all(self, prefix: str = "") -> dict[str, Any]:
        """Every value whose name starts with `prefix`."""
        with self._store.reading() as connection:
            rows = connection.execute(sa.select(T.c.name, T.c.value).order_by(T.c.name)).all()
        return {row.name: row.value for row in rows if row.name.startswith(prefix)}
