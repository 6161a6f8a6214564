"""Parts of session recordings, sealed before they come here. A session is what its parts add up to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy as sa

from dangol.store.tables import REPLAYS as T

if TYPE_CHECKING:
    from dangol.store.store import Store

_SOME = 5_000
"""Values in one IN list."""


@dataclass(frozen=True, slots=True)
class ReplayPart:
    """One part of a recording.

    session    number of source, anonymous id and session: the visit it belongs to
    recording  number of one page's recording; parts count from 0 in it
    node       pseudonym of the anonymous id; null when it names nobody
    page       number of recording and path, to count pages
    size       bytes of its JSON before it was packed
    sealed     packed and encrypted
    at         when it arrived
    """

    session: int
    recording: int
    part: int
    source: str
    node: int | None
    page: int
    first_at: dt.datetime
    last_at: dt.datetime
    events: int
    size: int
    sealed: bytes = field(repr=False)
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded session: `size` are bytes as sent, `kept` bytes on the disk; `missing` parts never came."""

    session: int
    source: str
    node: int | None
    started_at: dt.datetime
    ended_at: dt.datetime
    pages: int
    parts: int
    missing: int
    events: int
    size: int
    kept: int


@dataclass(frozen=True, slots=True)
class Shown:
    """That a recording shows a page (`ReplayPart.page`), and when it first did."""

    session: int
    recording: int
    page: int
    first_at: dt.datetime


class Replays:
    """`store.replays`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, parts: Sequence[ReplayPart]) -> int:
        """Keep parts; those that are here stay as they are. Returns how many were new."""
        asked = {(p.session, p.recording, p.part): p for p in reversed(parts)}  # of two alike the first
        with self._store.writing() as connection:
            known = self._known(connection, sorted({p.session for p in parts}))
            rows = [asdict(part) for key, part in asked.items() if key not in known]
            if rows:
                connection.execute(sa.insert(T), rows)
        return len(rows)

    def sessions(
        self,
        *,
        nodes: Sequence[int] | None = None,
        sessions: Sequence[int] | None = None,
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
        limit: int | None = None,
    ) -> list[Recorded]:
        """Recorded sessions, the newest first: all of them, those of these anonymous ids, or these.

        :param since: only sessions of which something was recorded from then on; `until`: and before then. They are measured
            whole, whenever they began.
        """
        chosen = _between(since, until)
        if nodes is not None:
            chosen.append(T.c.node.in_(list(nodes)))
        where = [T.c.session.in_(sa.select(T.c.session).where(*chosen))] if chosen else []
        if sessions is not None:
            where.append(T.c.session.in_(list(sessions)))
        recordings = (
            sa.select(T.c.session, T.c.recording, (sa.func.max(T.c.part) + 1 - sa.func.count()).label("missing"))
            .where(*where)
            .group_by(T.c.session, T.c.recording)
            .subquery()
        )
        lost = sa.select(recordings.c.session, sa.func.sum(recordings.c.missing).label("missing")).group_by(
            recordings.c.session
        )
        gaps = lost.subquery()
        started = sa.func.min(T.c.first_at).label("started_at")
        query = (
            sa.select(
                T.c.session,
                sa.func.min(T.c.source).label("source"),
                sa.func.max(T.c.node).label("node"),
                started,
                sa.func.max(T.c.last_at).label("ended_at"),
                sa.func.count(sa.distinct(T.c.page)).label("pages"),
                sa.func.count().label("parts"),
                sa.func.max(gaps.c.missing).label("missing"),
                sa.func.sum(T.c.events).label("events"),
                sa.func.sum(T.c.size).label("size"),
                sa.func.sum(sa.func.length(T.c.sealed)).label("kept"),
            )
            .join(gaps, gaps.c.session == T.c.session)
            .where(*where)
            .group_by(T.c.session)
            .order_by(started.desc(), T.c.session)
            .limit(limit)
        )
        with self._store.reading() as connection:
            rows = connection.execute(query).all()
        counts = ("pages", "parts", "missing", "events", "size", "kept")
        return [
            Recorded(r.session, r.source, r.node, r.started_at, r.ended_at, *(int(getattr(r, c)) for c in counts))
            for r in rows
        ]

    def shown(
        self, *, since: dt.datetime | None = None, until: dt.datetime | None = None, limit: int | None = None
    ) -> list[Shown]:
        """Which recordings show which pages, the newest first; between two moments, when given."""
        first = sa.func.min(T.c.first_at).label("first_at")
        query = (
            sa.select(T.c.session, T.c.recording, T.c.page, first)
            .where(*_between(since, until))
            .group_by(T.c.session, T.c.recording, T.c.page)
            .order_by(first.desc(), T.c.recording, T.c.page)
            .limit(limit)
        )
        with self._store.reading() as connection:
            return [Shown(r.session, r.recording, r.page, r.first_at) for r in connection.execute(query)]

    def parts(self, session: int, *, recording: int | None = None, part: int | None = None) -> list[ReplayPart]:
        """A session's parts in the order they were recorded in; of one recording, or one part of it, when asked."""
        query = sa.select(T).where(T.c.session == session)
        if recording is not None:
            query = query.where(T.c.recording == recording)
        if part is not None:
            query = query.where(T.c.part == part)
        with self._store.reading() as connection:
            return _ordered(
                [ReplayPart(**{**r._mapping, "sealed": bytes(r.sealed)}) for r in connection.execute(query)]
            )

    def kept(self, sessions: Sequence[int]) -> dict[int, int]:
        """Bytes on the disk, by session; those that are not here are left out."""
        query = sa.select(T.c.session, sa.func.sum(sa.func.length(T.c.sealed))).group_by(T.c.session)
        with self._store.reading() as connection:
            return {
                int(session): int(size)
                for start in range(0, len(sessions), _SOME)
                for session, size in connection.execute(
                    query.where(T.c.session.in_(list(sessions[start : start + _SOME])))
                )
            }

    def forget(self, nodes: Sequence[int]) -> int:
        """Delete every part of these anonymous ids; returns how many. Joins the transaction this thread is in."""
        with self._store.writing() as connection:
            return sum(
                connection.execute(sa.delete(T).where(T.c.node.in_(list(nodes[start : start + _SOME])))).rowcount
                for start in range(0, len(nodes), _SOME)
            )

    def forget_older(self, before: dt.datetime) -> int:
        """Delete parts that arrived before a moment; returns how many."""
        with self._store.writing() as connection:
            return connection.execute(sa.delete(T).where(T.c.at < before)).rowcount

    def measured(self, session: int) -> list[ReplayPart]:
        """Its parts without what they hold (`sealed` is empty), in the order they were recorded in."""
        kept = [c for c in T.c if c.name != "sealed"]
        query = sa.select(*kept).where(T.c.session == session)
        with self._store.reading() as connection:
            return _ordered([ReplayPart(**r._mapping, sealed=b"") for r in connection.execute(query)])

    @staticmethod
    def _known(connection: sa.Connection, sessions: Sequence[int]) -> set[tuple[int, int, int]]:
        query = sa.select(T.c.session, T.c.recording, T.c.part)
        return {
            (r.session, r.recording, r.part)
            for start in range(0, len(sessions), _SOME)
            for r in connection.execute(query.where(T.c.session.in_(list(sessions[start : start + _SOME]))))
        }


def _between(since: dt.datetime | None, until: dt.datetime | None) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if since is not None:
        found.append(T.c.first_at >= since)
    if until is not None:
        found.append(T.c.first_at < until)
    return found


def _ordered(found: list[ReplayPart]) -> list[ReplayPart]:
    begun: dict[int, dt.datetime] = {}
    for part in found:
        begun[part.recording] = min(part.first_at, begun.get(part.recording, part.first_at))
    return sorted(found, key=lambda p: (begun[p.recording], p.recording, p.part))
