"""The catalogue of events and properties, and the violations of tracking plans: rows as `collect.tracking` sums them up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dangol.store.tables import SEEN, VIOLATIONS

if TYPE_CHECKING:
    from dangol.store.store import Store

SAMPLES = 5
"""Samples a row of violations keeps: the first of its day."""

_BROKEN = ("day", "source", "event", "property", "kind")


class SeenRows:
    """`store.seen`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def rows(self, source: str | None = None, events: Collection[str] | None = None) -> list[dict[str, Any]]:
        """Rows of the catalogue by source, event and property: all, or those of some events."""
        query = sa.select(SEEN).order_by(SEEN.c.source, SEEN.c.event, SEEN.c.property)
        if source is not None:
            query = query.where(SEEN.c.source == source)
        if events is not None:
            query = query.where(SEEN.c.event.in_(list(events)))
        with self._store.reading() as connection:
            return [dict(row._mapping) for row in connection.execute(query)]

    def events(self) -> dict[str, int]:
        """Source → how many events the catalogue keeps of it."""
        query = sa.select(SEEN.c.source, sa.func.count()).where(SEEN.c.property == "").group_by(SEEN.c.source)
        with self._store.reading() as connection:
            return {source: int(n) for source, n in connection.execute(query)}

    def put(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Keep rows in place of those with the same source, event and property."""
        _replace(self._store, SEEN, ("source", "event", "property"), [dict(r) for r in rows])

    def broken(self, *, since: str = "", source: str | None = None, event: str | None = None) -> list[dict[str, Any]]:
        """Violations from a day (``2026-11-22``) on, the newest day and the most frequent first."""
        query = sa.select(VIOLATIONS).where(VIOLATIONS.c.day >= since)
        if source is not None:
            query = query.where(VIOLATIONS.c.source == source)
        if event is not None:
            query = query.where(VIOLATIONS.c.event == event)
        order = [VIOLATIONS.c.day.desc(), VIOLATIONS.c.count.desc(), *(VIOLATIONS.c[n] for n in _BROKEN[1:])]
        with self._store.reading() as connection:
            return [dict(row._mapping) for row in connection.execute(query.order_by(*order))]

    def breach(self, rows: Iterable[Mapping[str, Any]], *, now: dt.datetime) -> None:
        """Add violations to what is known of their day: counts go up, samples fill up to `SAMPLES`."""
        new = [dict(r) for r in rows]
        if not new:
            return
        with self._store.writing() as connection:
            days = {r["day"] for r in new}
            found = connection.execute(sa.select(VIOLATIONS).where(VIOLATIONS.c.day.in_(days)))
            known = {tuple(row._mapping[n] for n in _BROKEN): row for row in found}
            for row in new:
                old = known.get(tuple(row[n] for n in _BROKEN))
                if old is not None:
                    row["count"] += old.count
                    row["samples"] = [*old.samples, *row["samples"]]
                row["samples"] = row["samples"][:SAMPLES]
                row["last_at"] = now
            _replace(self._store, VIOLATIONS, _BROKEN, new)


def _replace(store: Store, table: sa.Table, key: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    with store.writing() as connection:
        same = sa.and_(*(table.c[n] == sa.bindparam(f"old_{n}") for n in key))
        connection.execute(sa.delete(table).where(same), [{f"old_{n}": r[n] for n in key} for r in rows])
        connection.execute(sa.insert(table), rows)
