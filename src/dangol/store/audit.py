"""The audit log: who did what, when, to whom and why. Append-only; it never holds personal data, only customer ids."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dangol.store.tables import AUDIT as T

if TYPE_CHECKING:
    from dangol.store.store import Store


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """`action` is `room.verb`; `subject` is what it was done to (`customer/1042`, `segment/lapsing`)."""

    id: int
    at: dt.datetime
    actor: str
    action: str
    subject: str
    reason: str
    before: Any
    after: Any


class Audit:
    """`store.audit`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def write(
        self,
        actor: str,
        action: str,
        subject: str,
        *,
        now: dt.datetime,
        reason: str = "",
        before: Any = None,
        after: Any = None,
    ) -> None:
        """Write one entry down."""
        self.write_many(actor, action, [subject], now=now, reason=reason, before=before, after=after)

    def write_many(
        self,
        actor: str,
        action: str,
        subjects: Iterable[str],
        *,
        now: dt.datetime,
        reason: str = "",
        before: Any = None,
        after: Any = None,
    ) -> None:
        """The same entry for each subject."""
        common = {"at": now, "actor": actor, "action": action, "reason": reason, "before": before, "after": after}
        rows = [{**common, "subject": subject} for subject in subjects]
        if rows:
            with self._store.writing() as connection:
                connection.execute(sa.insert(T), rows)

    def entries(
        self, *, subject: str | None = None, action: str | None = None, actor: str | None = None, limit: int = 1000
    ) -> list[AuditEntry]:
        """The newest entries that fit, newest first."""
        return self.page(subject=subject, action=action, actor=actor, limit=limit)

    def page(self, *, limit: int = 1000, offset: int = 0, **asked: Any) -> list[AuditEntry]:
        """A page of the entries that fit (`_fits`), the newest first."""
        query = sa.select(T).where(_fits(**asked)).order_by(T.c.id.desc()).limit(limit).offset(offset)
        with self._store.reading() as connection:
            return [AuditEntry(**row._mapping) for row in connection.execute(query)]

    def newest(self) -> int:
        """The number of the last entry; 0 before the first."""
        with self._store.reading() as connection:
            return int(connection.execute(sa.select(sa.func.max(T.c.id))).scalar_one() or 0)

    def count(self, **asked: Any) -> int:
        """How many entries fit."""
        with self._store.reading() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(T).where(_fits(**asked))).scalar_one())

    def actors(self) -> list[str]:
        """Whoever did anything."""
        with self._store.reading() as connection:
            return list(connection.scalars(sa.select(T.c.actor).distinct().order_by(T.c.actor)))


def _fits(
    *,
    subject: str | None = None,
    action: str | None = None,
    actor: str | None = None,
    kind: str | None = None,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> sa.ColumnElement[bool]:
    """`kind` is what stands before the dot of an action; `since` belongs to the span, `until` does not."""
    found: list[sa.ColumnElement[bool]] = [
        column == wanted
        for column, wanted in ((T.c.subject, subject), (T.c.action, action), (T.c.actor, actor))
        if wanted is not None
    ]
    if kind is not None:
        found.append((T.c.action == kind) | T.c.action.startswith(f"{kind}.", autoescape=True))
    if since is not None:
        found.append(T.c.at >= since)
    if until is not None:
        found.append(T.c.at < until)
    return sa.and_(sa.true(), *found)
