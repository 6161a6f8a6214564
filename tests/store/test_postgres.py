"""PostgreSQL: one clear error for each way it fails, never with the password; two at once; a restart."""

from __future__ import annotations

import datetime as dt
import gc
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from dangol.schema import BusyError, WorkspaceError
from dangol.store import Store, bulk
from dangol.store.address import read_address
from dangol.store.tables import VAULT_KEYS
from tests.postgres import PASSWORD, USER, Server, running


@pytest.fixture
def database(postgres: Server, blank_database: str) -> Iterator[str]:
    name = postgres.make(blank_database)
    yield name
    postgres.drop(name)


@pytest.fixture(scope="module")
def stoppable() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture
def mortal(stoppable: Server) -> Iterator[Server]:
    """A server of its own for tests that stop it. pg8000 leaves the socket of a lost connection to the collector."""
    yield stoppable
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def _says(error: pytest.ExceptionInfo[WorkspaceError], *words: str) -> None:
    said = f"{error.value} {error.value.as_dict('en')} {error.value.as_dict('ko')}"
    assert all(word in said for word in words), said
    assert error.value.hint
    assert "öffne" not in said
    assert "%C3%B6ffne" not in said


def test_a_short_address_is_enough_and_the_password_may_come_apart(postgres: Server, database: str) -> None:
    bare = f"postgresql://{USER}@127.0.0.1:{postgres.port}/{database}"
    with Store.open(bare, password=PASSWORD) as store:
        assert store.state.all() == {}
    assert "öffne" not in repr(read_address(bare, PASSWORD)[0])


def test_a_wrong_password_and_a_missing_database(postgres: Server, database: str) -> None:
    with pytest.raises(WorkspaceError) as error:
        Store.open(postgres.url(database, password="öffne-nicht"))
    _says(error, "refused the user or the password", "DANGOL_STORE_PASSWORD")
    with pytest.raises(WorkspaceError) as error:
        Store.open(postgres.url("nowhere"))
    _says(error, "no such database")


def test_nobody_answers() -> None:
    with pytest.raises(WorkspaceError) as error:
        Store.open(f"postgresql://{USER}:%C3%B6ffne@127.0.0.1:1/x")
    _says(error, "cannot be reached")


def test_a_host_that_says_nothing_is_left_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setattr("dangol.store.postgres.CONNECT_SECONDS", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(WorkspaceError) as error:
            Store.open(f"postgresql://{USER}:%C3%B6ffne@127.0.0.1:{silent.getsockname()[1]}/x?sslmode=disable")
    _says(error, "cannot be reached")


@pytest.mark.parametrize("address", ["postgresql:///name", "postgresql://h/x?option=1", "postgresql://h:öffne/x"])
def test_an_address_that_cannot_be_used(address: str) -> None:
    with pytest.raises(WorkspaceError) as error:
        Store.open(address)
    _says(error, "address cannot be used")


def test_encryption_is_asked_for_as_libpq_does(postgres: Server, database: str) -> None:
    with pytest.raises(WorkspaceError) as error:
        Store.open(postgres.url(database) + "?sslmode=require")  # this server has no certificate
    _says(error, "encrypted")
    with pytest.raises(WorkspaceError) as error:
        Store.open(postgres.url(database) + "?sslmode=perhaps")
    _says(error, "verify-full")
    with Store.open(postgres.url(database) + "?sslmode=disable") as store:
        assert store.state.all() == {}


def test_a_user_without_rights(postgres: Server) -> None:
    name = postgres.make()
    postgres.psql("CREATE ROLE guest LOGIN PASSWORD 'öffne'")
    try:
        with pytest.raises(WorkspaceError) as error:
            Store.open(f"postgresql://guest:%C3%B6ffne@127.0.0.1:{postgres.port}/{name}")
        _says(error, "may not")
    finally:
        postgres.drop(name)
        postgres.psql("DROP ROLE guest")


def test_a_store_of_a_newer_dangol_is_left_alone(postgres: Server, database: str) -> None:
    postgres.psql("UPDATE alembic_version SET version_num = '9999'", database)
    with pytest.raises(WorkspaceError, match="newer dangol"):
        Store.open(postgres.url(database))


def test_a_locked_store_is_busy(
    postgres: Server, database: str, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dangol.store.connect.BUSY_SECONDS", 0.1)
    address = postgres.url(database)
    with Store.open(address) as store, Store.open(address) as other:
        with other.writing(), pytest.raises(BusyError):
            store.state.put("a", 1, now=now)
        store.state.put("a", 1, now=now)


def test_the_first_opening_by_two_at_once(postgres: Server) -> None:
    address, failed = postgres.url(postgres.make()), []

    def opening() -> None:
        try:
            Store.open(address).close()
        except WorkspaceError as error:
            failed.append(error)

    threads = [threading.Thread(target=opening) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


_HOLDER = (
    "import sys\n"
    "from dangol.store import Store\n"
    "store = Store.open(sys.argv[1], password=sys.argv[2])\n"
    "store.claim('dangol import')\n"
    "print('held', flush=True)\n"
    "with store.writing():\n"
    "    print('writing', flush=True)\n"
    "    sys.stdin.read()\n"
)


def test_the_second_hears_who_holds_it_and_a_killed_one_leaves_nothing(postgres: Server, database: str) -> None:
    bare = f"postgresql://{USER}@127.0.0.1:{postgres.port}/{database}"
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, bare, PASSWORD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ}
    )  # fmt: skip
    with Store.open(bare, password=PASSWORD) as second:
        try:
            assert holder.stdout is not None
            assert [holder.stdout.readline() for _ in range(2)] == [b"held\n", b"writing\n"]
            with pytest.raises(BusyError) as error:
                second.claim("dangol refresh")
            _says(error, "dangol import", str(holder.pid), "UTC")
        finally:
            holder.kill()
            holder.communicate()
        second.claim("dangol refresh")
        second.state.put("a", 1, now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))


def test_it_is_given_back_at_the_end(postgres: Server, database: str) -> None:
    for _ in range(2):
        with Store.open(postgres.url(database)) as store:
            store.claim("dangol")


def test_a_server_that_is_restarted(mortal: Server, now: dt.datetime) -> None:
    address = mortal.url(mortal.make())
    with Store.open(address) as store:
        store.claim("dangol import")
        store.state.put("before", 1, now=now)

        def stopped_midway() -> None:
            with store.writing():
                store.state.put("half", 1, now=now)
                mortal.stop()
                store.state.put("more", 1, now=now)

        with pytest.raises(WorkspaceError) as error:
            stopped_midway()
        _says(error, "half-written")
        with pytest.raises(WorkspaceError) as error:
            store.state.put("down", 1, now=now)
        _says(error, "reached")
        mortal.start()
        store.state.put("after", 1, now=now)
        assert store.state.all() == {"before": 1, "after": 1}
        with Store.open(address) as second, pytest.raises(BusyError, match="dangol import"):
            second.claim("dangol refresh")  # the claim was taken again


def test_a_server_that_is_gone_leaves_no_socket_open(mortal: Server, caplog: pytest.LogCaptureFixture) -> None:
    with Store.open(mortal.url(mortal.make())) as store:
        connection = store._engine.connect()
        wire = connection.connection.dbapi_connection
        assert wire is not None
        held = wire._usock
        mortal.stop()
        with pytest.raises(sa.exc.DBAPIError):
            connection.exec_driver_sql("SELECT 1")
        connection.close()
        assert held.fileno() == -1
        assert not caplog.records  # and nobody is told of a goodbye that could not be said
        mortal.start()


def test_the_claim_may_be_gone_after_a_restart(mortal: Server, now: dt.datetime) -> None:
    address = mortal.url(mortal.make())
    with Store.open(address) as first, Store.open(address) as second:
        first.claim("dangol import")
        mortal.stop()
        mortal.start()
        second.claim("dangol refresh")
        with pytest.raises(BusyError, match="dangol refresh"):
            first.state.put("a", 1, now=now)


def test_readers_see_one_state(postgres: Server, database: str, now: dt.datetime) -> None:
    with Store.open(postgres.url(database)) as store, Store.open(postgres.url(database)) as other:
        store.state.put("a", 1, now=now)
        with store.reading() as connection:
            query = sa.text("SELECT count(*) FROM state")
            assert connection.execute(query).scalar() == 1
            other.state.put("b", 1, now=now)
            assert connection.execute(query).scalar() == 1


def test_many_rows_travel_at_once(postgres: Server, database: str) -> None:
    rows = [(n, bytes([n % 256, 0, 92, 34])) for n in range(20_000)]
    with Store.open(postgres.url(database)) as store, store.writing() as connection:
        assert bulk(connection, sa.insert(VAULT_KEYS), ("customer_id", "wrapped"), rows) == 20_000
        found = connection.execute(sa.select(VAULT_KEYS).order_by(VAULT_KEYS.c.customer_id)).all()
        gone = sa.delete(VAULT_KEYS).where(VAULT_KEYS.c.customer_id == sa.bindparam("who"))
        assert bulk(connection, gone, ("who",), [(n,) for n in range(19_990)]) == 19_990
    assert [tuple(row) for row in found] == rows


def test_bytes_are_forgotten(postgres: Server, database: str, now: dt.datetime) -> None:
    with Store.open(postgres.url(database)) as store:
        with store.writing() as connection:
            connection.execute(sa.insert(VAULT_KEYS).values(customer_id=1, wrapped=b"k" * 60))
            connection.execute(sa.delete(VAULT_KEYS))
        store.forget_bytes()
    size = postgres.psql("SELECT pg_relation_size('vault_keys')", database)
    assert size == [(0,)]


def test_the_store_is_a_file_unless_it_is_an_address(tmp_path: Path) -> None:
    assert read_address(tmp_path / "s.sqlite")[0].get_backend_name() == "sqlite"
