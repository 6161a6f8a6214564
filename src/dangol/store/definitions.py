"""Versioned definitions: what people define, every version of it, who changed it and when."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dangol.schema import NotFoundError, Text, did_you_mean, kind_ko, one_of
from dangol.store.tables import DEFINITIONS as T

if TYPE_CHECKING:
    from dangol.store.store import Store

DEFINITION_KINDS = ("trait", "segment", "mapping", "settings", "tracking", "hook", "identity", "draft", "dashboard")


@dataclass(frozen=True, slots=True)
class Definition:
    """One version of one definition. `body` is plain JSON; a removed one has null."""

    kind: str
    name: str
    version: int
    body: Any
    actor: str
    at: dt.datetime
    note: str
    removed: bool


class Definitions:
    """`store.definitions`. Nothing is overwritten: a change is a new version, a removal too."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._newest: dict[tuple[str, ...], tuple[int, int]] = {}

    def put(self, kind: str, name: str, body: Any, *, actor: str, now: dt.datetime, note: str = "") -> int:
        """Keep a body; returns its version, which is the old one when nothing changed."""
        _check(kind)
        with self._store.writing() as connection:
            last = self._last(connection, kind, name)
            if last and not last.removed and _canon(last.body) == _canon(body):
                return last.version
            version = last.version + 1 if last else 1
            row = Definition(kind, name, version, body, actor, now, note, False)
            self._write(connection, row, last)
            return version

    def remove(self, kind: str, name: str, *, actor: str, now: dt.datetime, note: str = "") -> int:
        """Take a definition out of use; its versions stay. Raises `NotFoundError`. Returns the version that says so."""
        with self._store.writing() as connection:
            last = self._last(connection, kind, name)
            if last is None or last.removed:
                raise self._missing(kind, name)
            self._write(connection, Definition(kind, name, last.version + 1, None, actor, now, note, True), last)
            return last.version + 1

    def get(self, kind: str, name: str, version: int | None = None) -> Definition:
        """The newest version in use, or the one asked for. Raises `NotFoundError` with the nearest name."""
        with self._store.reading() as connection:
            found = (
                self._last(connection, kind, name) if version is None else self._one(connection, kind, name, version)
            )
        if found is None or (version is None and found.removed):
            raise self._missing(kind, name)
        return found

    def all(self, kind: str) -> dict[str, Definition]:
        """Every definition of a kind in use, newest version, by name."""
        return self._newest_of(kind, removed=False)

    def removed(self, kind: str) -> dict[str, Definition]:
        """Every definition of a kind that was taken out of use, the version that says so, by name."""
        return self._newest_of(kind, removed=True)

    def newest(self, *kinds: str) -> int:
        """The number of the last change of any definition of these kinds: while it is the same, so are they all."""
        changes, known = self._store.defined, self._newest.get(kinds)
        if known is not None and known[0] == changes and not self._store.inside:
            return known[1]
        query = sa.select(sa.func.coalesce(sa.func.max(T.c.id), 0)).where(T.c.kind.in_(kinds))
        with self._store.reading() as connection:
            found = int(connection.execute(query).scalar_one())
        if not self._store.inside:
            self._newest[kinds] = changes, found
        return found

    def versions(self, kind: str, name: str) -> list[Definition]:
        """Every version, oldest first, removals among them."""
        query = sa.select(T).where(T.c.kind == kind, T.c.name == name).order_by(T.c.version)
        with self._store.reading() as connection:
            return [_definition(row) for row in connection.execute(query)]

    def _newest_of(self, kind: str, *, removed: bool) -> dict[str, Definition]:
        _check(kind)
        newest = sa.select(T.c.name, sa.func.max(T.c.version).label("v")).where(T.c.kind == kind).group_by(T.c.name)
        last = newest.subquery()
        query = (
            sa.select(T)
            .join(last, (T.c.name == last.c.name) & (T.c.version == last.c.v))
            .where(T.c.kind == kind, T.c.removed.is_(removed))
            .order_by(T.c.name)
        )
        with self._store.reading() as connection:
            return {row.name: _definition(row) for row in connection.execute(query)}

    def _last(self, connection: sa.Connection, kind: str, name: str) -> Definition | None:
        query = sa.select(T).where(T.c.kind == kind, T.c.name == name).order_by(T.c.version.desc()).limit(1)
        row = connection.execute(query).first()
        return _definition(row) if row else None

    def _one(self, connection: sa.Connection, kind: str, name: str, version: int) -> Definition | None:
        row = connection.execute(sa.select(T).where(T.c.kind == kind, T.c.name == name, T.c.version == version)).first()
        return _definition(row) if row else None

    def _write(self, connection: sa.Connection, new: Definition, last: Definition | None) -> None:
        self._store.defining()
        connection.execute(sa.insert(T).values(**{c.name: getattr(new, c.name) for c in T.c if c.name != "id"}))
        self._store.audit.write(
            new.actor,
            f"definition.{'remove' if new.removed else 'put'}",
            f"{new.kind}/{new.name}",
            now=new.at,
            reason=new.note,
            before=None if last is None else {"version": last.version},
            after={"version": new.version},
        )

    def _missing(self, kind: str, name: str) -> NotFoundError:
        names = list(self.all(kind))
        near = get_close_matches(name, names, n=3)
        many = Text(f"there are {len(names)} {kind}s", f"{kind_ko(kind)} 정의는 모두 {len(names)}개입니다")
        hint = did_you_mean(", ".join(near)) if near else many
        return NotFoundError(
            Text(f"no {kind} named {name!r}", f"{name!r}: 그런 이름의 {kind_ko(kind)} 정의가 없습니다"), hint=hint
        )


def _check(kind: str) -> None:
    if kind not in DEFINITION_KINDS:
        raise NotFoundError(
            Text(f"no such kind of definition: {kind}", f"그런 종류의 정의가 없습니다: {kind}"),
            hint=one_of(DEFINITION_KINDS),
        )


def _canon(body: Any) -> str:
    return json.dumps(body, sort_keys=True, ensure_ascii=False)


def _definition(row: sa.Row[Any]) -> Definition:
    return Definition(row.kind, row.name, row.version, row.body, row.actor, row.at, row.note, row.removed)
