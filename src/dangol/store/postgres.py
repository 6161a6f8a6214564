"""What PostgreSQL is told so that it keeps the promises SQLite keeps: one writer at a time, readers with one view."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress
from typing import Any

import sqlalchemy as sa

from dangol.schema import BusyError, Text
from dangol.store.failing import plain_errors

CONNECT_SECONDS = 10.0
"""How long to wait for a server that does not answer."""

_SPACE = 0x64616E67
"""'dang': the first half of our advisory locks, so that they meet nobody else's."""
_WRITING, _HOLDING = 1, 2


def startup(busy_seconds: float) -> dict[str, str]:
    """Settings of a session: how long to wait for a lock, long imports allowed, a dead peer noticed within a minute."""
    return {
        "lock_timeout": f"{int(busy_seconds * 1000)}ms",
        "idle_in_transaction_session_timeout": "0",
        "tcp_keepalives_idle": "30",
        "tcp_keepalives_interval": "10",
        "tcp_keepalives_count": "3",
        "client_encoding": "utf8",
    }


def connecting(dialect: Any, record: Any, args: list[Any], options: dict[str, Any]) -> Any:
    """Connect with a time limit that ends with connecting: pg8000's own `timeout` would also stop long statements."""
    try:
        connection = dialect.connect(*args, **{"password": "", **options}, timeout=CONNECT_SECONDS)
    except OSError as error:  # a server that hears and never answers
        raise dialect.loaded_dbapi.InterfaceError("Can't create a connection") from error
    connection._usock.settimeout(None)
    return connection


def hang_up(wire: Any) -> None:
    """Close a connection, and with it the file that pg8000 keeps over the socket: a peer that is gone must not leave it open."""
    file = wire._sock
    with suppress(Exception):  # a server that is gone cannot be told goodbye
        wire.close()
    if file is not None:
        with suppress(OSError):
            file.close()


def checkout(wire: Any, record: object, proxy: object) -> None:
    """See that a kept connection still lives before it is used; SQLAlchemy's own way would leave a transaction open."""
    wire.autocommit = True
    try:
        wire.cursor().execute("SELECT 1")
    except Exception as error:  # whatever it is, this connection is of no use
        raise sa.exc.DisconnectionError from error
    wire.autocommit = False


def begin(connection: sa.Connection) -> None:
    """Writers queue for one lock, as on SQLite; readers see one state of everything until they end."""
    writes = connection.get_execution_options().get("writes", True)
    if writes:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s, %s)", (_SPACE, _WRITING))
    elif writes is False:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


class Claim:
    """Holds a database for one workspace: the second comer, on whatever machine, gets `BusyError` that names the first.

    The lock belongs to a connection of its own, so a killed process leaves none behind.
    """

    def __init__(self, engine: sa.Engine, command: str) -> None:
        self._engine = engine
        self._name = f"{command} (process {os.getpid()} on {socket.gethostname()})"[:63]
        self._turn = threading.Lock()
        self._connection: sa.Connection | None = None

    def take(self) -> None:
        """Take the lock or raise `BusyError`."""
        with self._turn, plain_errors():
            self._take()

    def release(self) -> None:
        """Give the lock back; safe to call twice."""
        with self._turn:
            self._drop()

    def hold(self) -> None:
        """See that the lock is still ours; take it again after the server was restarted. Raises `BusyError`."""
        with self._turn, plain_errors():
            if self._connection is not None:
                try:
                    self._connection.exec_driver_sql("SELECT 1")
                except sa.exc.DBAPIError:
                    self._drop()
                else:
                    return
            self._take()

    def _take(self) -> None:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT", writes=None)
        try:
            connection.detach()  # never given to anybody else, and truly closed at the end
            connection.exec_driver_sql("SELECT set_config('application_name', %s, false)", (self._name,))
            got = connection.exec_driver_sql("SELECT pg_try_advisory_lock(%s, %s)", (_SPACE, _HOLDING)).scalar()
            who = None if got else connection.exec_driver_sql(_HOLDER, (_SPACE, _HOLDING)).first()
        except BaseException:
            connection.close()
            raise
        if not got:
            connection.close()
            raise _busy(*who) if who and who[0] else _busy("?", "?")
        self._connection = connection

    def _drop(self) -> None:
        if self._connection is not None:
            with suppress(sa.exc.DBAPIError):
                self._connection.close()
            self._connection = None


def _busy(who: str, since: str) -> BusyError:
    return BusyError(
        Text(
            f"the workspace's database is in use by `{who}`, since {since}",
            f"작업 공간의 데이터베이스를 `{who}`에서 {since}부터 쓰고 있습니다",
        ),
        hint=Text("wait for it to end, or stop it, and try again", "끝나기를 기다리거나 멈춘 뒤 다시 하세요"),
    )


_HOLDER = (
    "SELECT a.application_name, to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI \"UTC\"')"
    " FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid"
    " WHERE l.locktype = 'advisory' AND l.granted AND l.classid::bigint = %s AND l.objid::bigint = %s"
    " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
