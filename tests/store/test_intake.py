"""The intake log on each database: durable, in order, until acknowledged; and write keys."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from dangol.schema import NotFoundError, WorkspaceError
from dangol.store import Store, StoreLog
from dangol.store.tables import WRITE_KEYS


@pytest.fixture
def log(address: str) -> Iterator[StoreLog]:
    found = StoreLog.open(address if "://" in address else address.replace("store.sqlite", "intake.sqlite"))
    yield found
    found.close()


def test_what_was_appended_is_read_until_it_is_acknowledged(log: StoreLog) -> None:
    log.append([b"a", b"b"])
    log.append([b"c" * 100])
    found = log.read(10)
    assert [r.sealed for r in found] == [b"a", b"b", b"c" * 100]
    assert [r.sealed for r in log.read(2)] == [b"a", b"b"]
    assert [r.sealed for r in log.read(10, after=found[0].position)] == [b"b", b"c" * 100]
    assert [r.sealed for r in log.read(10, most_bytes=2)] == [b"a", b"b"]
    assert (log.waiting().records, log.waiting().bytes) == (3, 102)
    log.ack([r.position for r in found[:2]])
    assert [r.sealed for r in log.read(10)] == [b"c" * 100]
    assert "ccc" not in repr(log.read(1))


def test_a_position_is_never_given_twice(log: StoreLog) -> None:
    last = 0
    for _ in range(3):
        log.append([b"x", b"y"])
        found = log.read(10)
        assert [r.position for r in found] == sorted(r.position for r in found)
        assert found[0].position > last
        last = found[-1].position
        log.ack([r.position for r in found])
        assert log.read(10) == []


def test_many_are_acknowledged_at_once(log: StoreLog) -> None:
    log.append([b"x"] * 12_000)
    log.ack([r.position for r in log.read(20_000)][:11_999])
    assert log.waiting().records == 1


def test_nothing_acknowledged_stays_in_the_files(log: StoreLog, tmp_path: Path) -> None:
    log.append([b"sealed-secret"])
    log.ack([r.position for r in log.read(1)])
    log.forget_bytes()
    assert [f for f in tmp_path.rglob("*") if f.is_file() and b"sealed-secret" in f.read_bytes()] == []
    assert log.read(1) == []


def test_another_process_that_opens_it_reads_the_same(tmp_path: Path) -> None:
    log = StoreLog.open(tmp_path / "intake.sqlite")
    log.append([b"a"])
    again = StoreLog.open(tmp_path / "intake.sqlite")
    assert [r.sealed for r in again.read(5)] == [b"a"]
    again.close()
    log.close()


def test_an_append_is_synced_to_the_disk(tmp_path: Path) -> None:
    log = StoreLog.open(tmp_path / "intake.sqlite")
    with log._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
    log.close()
    assert (tmp_path / "intake.sqlite").stat().st_mode & 0o077 == 0


def test_an_append_does_not_wait_for_the_store(blank: Path, tmp_path: Path) -> None:
    """A drain holds the store's transaction for as long as it writes; requests go on being answered."""
    store = Store.open(shutil.copy(blank, tmp_path / "store.sqlite"))
    log = StoreLog.open(tmp_path / "intake.sqlite")
    with store.writing():
        other = threading.Thread(target=log.append, args=([b"x"],))
        other.start()
        other.join(5)
        assert not other.is_alive()
    assert log.waiting().records == 1
    log.close()
    store.close()


def test_a_full_disk_is_told_and_passes(tmp_path: Path) -> None:
    log = StoreLog.open(tmp_path / "intake.sqlite")
    with log._engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
        wire = connection.connection.driver_connection
        assert isinstance(wire, sqlite3.Connection)
    with pytest.raises(WorkspaceError, match="full"):
        log.append([b"x" * 100_000])
    assert log.waiting().records == 0
    with log._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 100000")
    log.append([b"x" * 100_000])
    assert log.waiting().records == 1
    log.close()


def test_write_keys(store: Store, now: dt.datetime) -> None:
    made = store.write_keys.add(
        "dkb_secret", source="site", side="browser", origins=["https://a.kr"], actor="kim", now=now
    )
    store.write_keys.add("dks_other", source="back", side="server", ip="none", per_minute=60, actor="kim", now=now)
    assert store.write_keys.find("dkb_secret") == made
    assert (made.hint, made.origins, made.ip, made.per_minute) == ("cret", ("https://a.kr",), "truncated", 0)
    assert [k.source for k in store.write_keys.all()] == ["back", "site"]
    for wrong in ("", "dkb_secre", "dkb_secret ", "DKB_SECRET", "x" * 10_000, "\ud800"):
        assert store.write_keys.find(wrong) is None
    with store.reading() as connection:
        assert "dkb_secret" not in repr(connection.execute(sa.select(WRITE_KEYS)).all())
    gone = store.write_keys.revoke(made.id, actor="kim", now=now)
    assert gone.revoked_at == now
    assert store.write_keys.find("dkb_secret") is None
    with pytest.raises(NotFoundError):
        store.write_keys.revoke(99, actor="kim", now=now)
    assert {e.action for e in store.audit.entries()} == {"write_key.made", "write_key.revoked"}
