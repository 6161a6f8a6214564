"""The operational store: one SQLite file by default, PostgreSQL by URL."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from dangol.schema import BusyError, Text
from dangol.store.audit import Audit
from dangol.store.batches import Batches
from dangol.store.connect import connect, expect_current
from dangol.store.definitions import Definitions
from dangol.store.failing import plain_errors
from dangol.store.people import People
from dangol.store.postgres import Claim
from dangol.store.replays import Replays
from dangol.store.retention import prune
from dangol.store.seen import SeenRows
from dangol.store.sessions import ApiKeys, Links, Sessions
from dangol.store.shares import Shares
from dangol.store.state import State
from dangol.store.write_keys import WriteKeys


class Store:
    """Definitions, batches, state and audit; `privacy` keeps its encrypted rows here.

    Every method is one transaction; those inside ``with store.writing():`` (in one thread) are one together.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._open = threading.local()
        self._claim: Claim | None = None
        self._counting = threading.Lock()
        self._waiting = 0
        self.definitions = Definitions(self)
        self.batches = Batches(self)
        self.state = State(self)
        self.defined = 0
        """Transactions of this process that changed definitions: while it is the same, they are the same."""
        self.audit = Audit(self)
        self.write_keys = WriteKeys(self)
        self.people = People(self)
        self.sessions = Sessions(self)
        self.links = Links(self)
        self.api_keys = ApiKeys(self)
        self.replays = Replays(self)
        self.seen = SeenRows(self)
        self.shares = Shares(self)

    @classmethod
    def open(cls, where: str | Path, *, password: str | None = None) -> Store:
        """Open (or make) a store at a file path or database URL and bring its tables up to date.

        :param password: of the database's user, where the URL has none.

        Raises `WorkspaceError` where it cannot be read or is newer than this dangol, `BusyError` where it is locked.
        """
        return cls(connect(where, password))

    @classmethod
    def beside(cls, where: str | Path, *, password: str | None = None) -> Store:
        """Open a store that another process holds: as it is. Raises `BusyError` where it is not this version's."""
        return cls(connect(where, password, expect_current))

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file or the server."""
        if self._claim is not None:
            self._claim.release()
        self._engine.dispose()

    def claim(self, command: str) -> None:
        """Keep others out until `close`: two workspaces, on two machines even, could share one PostgreSQL database.

        A SQLite file lies in the workspace, whose `WorkspaceLock` keeps others out. Raises `BusyError` naming the holder.
        """
        if self._engine.dialect.name == "postgresql":
            self._claim = Claim(self._engine, command)
            self._claim.take()

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that may write: all of it happens, or none. Joins the one this thread is in."""
        inside: sa.Connection | None = getattr(self._open, "connection", None)
        if inside is not None:
            yield inside
            return
        if self._claim is not None:
            self._claim.hold()
        with plain_errors(), ExitStack() as stack:
            connection = self._begun(stack)
            self._open.connection = connection
            try:
                yield connection
            finally:
                self._open.connection = None
        if getattr(self._open, "defining", False):
            self._open.defining = False
            self.defined += 1

    def _begun(self, stack: ExitStack) -> sa.Connection:
        with self._counting:
            self._waiting += 1
        try:
            return stack.enter_context(self._engine.begin())
        finally:
            with self._counting:
                self._waiting -= 1

    def give_way(self, seconds: float = 0.5) -> None:
        """Between two pieces of long work: whoever waits to write goes first. Inside `writing` it does nothing."""
        limit = time.monotonic() + seconds
        while self._waiting and not self.inside and time.monotonic() < limit:
            time.sleep(0.002)

    @property
    def inside(self) -> bool:
        """Whether this thread is in `writing`: then it may see what others do not see yet."""
        return getattr(self._open, "connection", None) is not None

    def defining(self) -> None:
        """A definition changes: `defined` counts one more once that is committed."""
        self._open.defining = True

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One consistent view. Inside `writing` it sees what was written so far."""
        inside: sa.Connection | None = getattr(self._open, "connection", None)
        if inside is not None:
            yield inside
            return
        with plain_errors(), self._engine.connect().execution_options(writes=False) as connection:
            yield connection

    def ask(self, question: sa.Select[Any], values: Mapping[str, Any]) -> Sequence[sa.Row[Any]]:
        """Every row of one SELECT, which is consistent in itself: without a transaction around it, that only costs time.
        Inside `writing` it sees what was written so far."""
        inside: sa.Connection | None = getattr(self._open, "connection", None)
        if inside is not None:
            return inside.execute(question, values).all()
        with plain_errors(), self._engine.connect().execution_options(writes=None) as connection:
            return connection.execute(question, values).all()

    def prune(self, now: dt.datetime, keep: Mapping[str, dt.timedelta] | None = None) -> dict[str, int]:
        """Delete what the retention rules no longer keep; see `RETENTION`. Returns rows deleted by table."""
        return prune(self, now, keep)

    def forget_bytes(self) -> None:
        """Rewrite the files so that nothing deleted can be found in them: SQLite's file and its log, or the tables.

        Must not be called inside `writing`. Needs free disk space of the size of the store.
        """
        if self._engine.dialect.name == "sqlite":
            with plain_errors(), self._engine.connect().execution_options(writes=None) as connection:
                connection.exec_driver_sql("VACUUM")
                busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").first()
            if busy is not None and busy[0]:
                raise BusyError(
                    Text(
                        "the store is being read, so deleted bytes could not be cleared",
                        "저장소를 읽는 중이라 지운 자리를 비우지 못했습니다",
                    ),
                    hint=Text("try again", "다시 하세요"),
                )
        elif self._engine.dialect.name == "postgresql":
            with (
                plain_errors(),
                self._engine.connect().execution_options(isolation_level="AUTOCOMMIT", writes=None) as connection,
            ):
                for statement in _POSTGRESQL_REWRITES:
                    connection.exec_driver_sql(statement)


_POSTGRESQL_REWRITES = ("VACUUM (FULL) vault_keys", "VACUUM (FULL) vault_entries", "VACUUM (FULL) quarantined",
                        "VACUUM (FULL) replays")  # fmt: skip
