"""Links under which a dashboard is shown to whoever has them, until they end. Only fingerprints are kept."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from dangol.schema import NotFoundError, Text
from dangol.store.tables import SHARES as T

if TYPE_CHECKING:
    from dangol.store.store import Store

LONGEST = 200
"""Letters of a token that are looked at: no longer one exists."""


@dataclass(frozen=True, slots=True)
class Share:
    """One link.

    hint   the last four letters of its token, to tell links apart
    least  numbers of fewer customers than this are left out; 0: none are
    until  when it ends by itself; null: when somebody ends it
    seen   how often it was opened
    """

    id: int
    dashboard: str
    hint: str
    least: int
    actor: str
    made_at: dt.datetime
    until: dt.datetime | None
    ended_at: dt.datetime | None
    seen: int
    seen_at: dt.datetime | None


class Shares:
    """`store.shares`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(
        self, token: str, *, dashboard: str, least: int, until: dt.datetime | None, actor: str, now: dt.datetime
    ) -> Share:
        """Keep the fingerprint of a new link; the token is the caller's to show once."""
        values = {"dashboard": dashboard, "least": least, "until": until, "actor": actor, "made_at": now}
        with self._store.writing() as connection:
            row = sa.insert(T).values(**values, digest=_digest(token), hint=token[-4:], seen=0)
            made = connection.execute(row).inserted_primary_key
            assert made is not None
            told = {"dashboard": dashboard, "least": least, "until": until.isoformat() if until else None}
            self._store.audit.write(actor, "share.made", f"share/{made[0]}", now=now, after=told)
        return self.get(int(made[0]))

    def find(self, token: str, *, now: dt.datetime) -> Share | None:
        """The link, unless it is unknown or over. Looked up by its SHA-256: there is nothing to time."""
        if len(token) > LONGEST:
            return None
        open_ = T.c.ended_at.is_(None) & (T.c.until.is_(None) | (T.c.until > now))
        found = self._list((T.c.digest == _digest(token)) & open_)
        return found[0] if found else None

    def get(self, number: int) -> Share:
        """One link by its number. Raises `NotFoundError`."""
        found = self._list(T.c.id == number)
        if not found:
            raise NotFoundError(
                Text(f"there is no link {number}", f"{number}번 공유 링크가 없습니다"),
                hint=Text("the dashboard lists its links", "대시보드에 공유 링크 목록이 있습니다"),
            )
        return found[0]

    def of(self, dashboard: str | None = None) -> list[Share]:
        """Links of a dashboard, or all of them, ended ones too, the newest first."""
        return self._list(sa.true() if dashboard is None else T.c.dashboard == dashboard)

    def end(self, number: int, *, actor: str, now: dt.datetime) -> Share:
        """From now on the link shows nothing. Raises `NotFoundError`."""
        self.get(number)
        with self._store.writing() as connection:
            here = (T.c.id == number) & T.c.ended_at.is_(None)
            if connection.execute(sa.update(T).where(here).values(ended_at=now)).rowcount:
                self._store.audit.write(actor, "share.ended", f"share/{number}", now=now)
        return self.get(number)

    def count(self, number: int, *, now: dt.datetime) -> None:
        """It was opened once more."""
        with self._store.writing() as connection:
            connection.execute(sa.update(T).where(T.c.id == number).values(seen=T.c.seen + 1, seen_at=now))

    def _list(self, where: sa.ColumnElement[bool]) -> list[Share]:
        kept = [c for c in T.c if c.name != "digest"]
        with self._store.reading() as connection:
            rows = connection.execute(sa.select(*kept).where(where).order_by(T.c.id.desc()))
            return [Share(**row._mapping) for row in rows]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
