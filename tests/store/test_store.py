import datetime as dt
import sqlite3
import stat
import sys
import threading
import zoneinfo
from pathlib import Path

import pytest
import sqlalchemy as sa

from dangol.schema import BusyError, NotFoundError, WorkspaceError
from dangol.store import Store, bulk
from dangol.store.tables import VAULT_KEYS


def test_batches_live_and_end(store: Store, now: dt.datetime) -> None:
    first = store.batches.begin("mall", "주문.csv", "d1", "cafe24-orders", {"columns": {"a": "b"}}, now)
    second = store.batches.begin("mall", "회원.csv", "d2", None, None, now)
    assert [b.id for b in store.batches.unfinished()] == [first, second]
    store.batches.finish(first, {"rows": 3}, now + dt.timedelta(seconds=2))
    store.batches.fail(second, "the file is truncated", now)
    assert store.batches.unfinished() == []
    done, failed = store.batches.all()
    assert (done.status, done.report, done.ended_at) == ("done", {"rows": 3}, now + dt.timedelta(seconds=2))
    assert (done.file, done.preset, done.mapping) == ("주문.csv", "cafe24-orders", {"columns": {"a": "b"}})
    assert (failed.status, failed.why, failed.mapping) == ("failed", "the file is truncated", None)
    assert [b.id for b in store.batches.find("d1")] == [first]
    assert store.batches.find("d2") == []  # a failed import may be tried again
    with pytest.raises(NotFoundError):
        store.batches.finish(99, {}, now)
    with pytest.raises(NotFoundError):
        store.batches.get(99)


def test_state_keeps_the_newest(store: Store, now: dt.datetime) -> None:
    assert store.state.get("watermark", 7) == 7
    store.state.put("watermark", {"at": "x"}, now=now)
    store.state.put("watermark", [1], now=now)
    store.state.put("other", None, now=now)
    assert store.state.get("watermark") == [1]
    assert store.state.get("other", "default") is None
    assert store.state.all("wat") == {"watermark": [1]}
    store.state.remove("watermark")
    assert store.state.get("watermark") is None


def test_moments_come_back_aware_and_naive_ones_are_refused(store: Store) -> None:
    seoul = dt.datetime(2026, 3, 1, 0, 30, tzinfo=zoneinfo.ZoneInfo("Asia/Seoul"))
    store.audit.write("kim", "a.b", "c", now=seoul)
    at = store.audit.entries()[0].at
    assert at == seoul
    assert at.tzinfo is dt.UTC
    with pytest.raises(sa.exc.StatementError, match="time zone"):
        store.audit.write("kim", "a.b", "c", now=dt.datetime(2026, 3, 1))  # noqa: DTZ001


def test_audit_filters_and_orders(store: Store, now: dt.datetime) -> None:
    store.audit.write_many("kim", "vault.read", [f"customer/{i}" for i in range(3)], now=now, reason="call back")
    store.audit.write("lee", "vault.erase", "customer/1", now=now, before={"n": 1}, after={"n": 0})
    assert [e.actor for e in store.audit.entries(subject="customer/1")] == ["lee", "kim"]
    assert len(store.audit.entries(action="vault.read")) == 3
    assert len(store.audit.entries(actor="kim", limit=2)) == 2
    assert store.audit.entries(actor="lee")[0].before == {"n": 1}


def test_writing_is_all_or_nothing(store: Store, now: dt.datetime) -> None:
    def half() -> None:
        with store.writing():
            store.state.put("a", 1, now=now)
            store.definitions.put("segment", "x", {}, actor="kim", now=now)
            assert store.state.get("a") == 1
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert store.state.get("a") is None
    assert store.definitions.all("segment") == {}
    with store.writing():
        store.state.put("a", 1, now=now)
    assert store.state.get("a") == 1


def test_threads_do_not_share_a_transaction(store: Store, now: dt.datetime) -> None:
    seen = []
    with store.writing():
        store.state.put("a", 1, now=now)
        other = threading.Thread(target=lambda: seen.append(store.state.get("a", "nothing")))
        other.start()
        other.join()
    assert seen == ["nothing"]


def test_writers_wait_for_each_other(store: Store, now: dt.datetime) -> None:
    def add() -> None:
        for _ in range(20):
            with store.writing():
                store.state.put("n", store.state.get("n", 0) + 1, now=now)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.state.get("n") == 80


def test_sqlite_is_set_up_for_safety(sqlite: Store) -> None:
    with sqlite.reading() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "secure_delete", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "foreign_keys": 1, "secure_delete": 1, "busy_timeout": 10_000}


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX rights")
def test_the_file_is_private(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s.sqlite"):
        assert stat.S_IMODE((tmp_path / "s.sqlite").stat().st_mode) == 0o600
        assert all(stat.S_IMODE(f.stat().st_mode) == 0o600 for f in tmp_path.iterdir())


def test_a_file_that_is_no_store_says_so(tmp_path: Path) -> None:
    (tmp_path / "s.sqlite").write_bytes(b"not a database, but long enough to be taken for one" * 100)
    with pytest.raises(WorkspaceError, match=r"s\.sqlite cannot be read"):
        Store.open(tmp_path / "s.sqlite")
    with pytest.raises(WorkspaceError, match="cannot be opened"):
        Store.open(tmp_path / "no" / "folder" / "s.sqlite")
    with pytest.raises(WorkspaceError, match="address"):
        Store.open("nosuchdatabase://host/x")


def test_a_store_of_a_newer_dangol_is_left_alone(tmp_path: Path) -> None:
    Store.open(tmp_path / "s.sqlite").close()
    with sqlite3.connect(tmp_path / "s.sqlite") as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    with pytest.raises(WorkspaceError, match="newer dangol"):
        Store.open(tmp_path / "s.sqlite")


def test_a_locked_store_is_busy(tmp_path: Path, now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dangol.store.connect.BUSY_SECONDS", 0.05)
    with Store.open(tmp_path / "s.sqlite") as store:
        other = sqlite3.connect(tmp_path / "s.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(BusyError):
            store.state.put("a", 1, now=now)
        other.execute("ROLLBACK")
        other.close()
        store.state.put("a", 1, now=now)


def test_bulk_counts_and_orders_by_name(store: Store) -> None:
    with store.writing() as connection:
        insert = sa.insert(VAULT_KEYS)
        assert bulk(connection, insert, ("wrapped", "customer_id"), [(b"a", 1), (b"b", 2)]) == 2
        assert bulk(connection, insert, ("wrapped", "customer_id"), []) == 0
        change = (
            sa.update(VAULT_KEYS)
            .where(VAULT_KEYS.c.customer_id == sa.bindparam("who"))
            .values(wrapped=sa.bindparam("to"))
        )
        assert bulk(connection, change, ("who", "to"), [(1, b"c"), (9, b"d")]) == 1
        rows = connection.execute(
            sa.select(VAULT_KEYS.c.customer_id, VAULT_KEYS.c.wrapped).order_by(sa.text("1"))
        ).all()
    assert [tuple(r) for r in rows] == [(1, b"c"), (2, b"b")]


def test_a_full_disk_leaves_nothing_half_written(sqlite: Store, now: dt.datetime) -> None:
    sqlite.state.put("before", 1, now=now)
    with sqlite.writing() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")

    def much() -> None:
        with sqlite.writing():
            sqlite.state.put("half", 1, now=now)
            sqlite.state.put("large", "x" * 100_000, now=now)

    with pytest.raises(WorkspaceError, match="disk is full"):
        much()
    assert sqlite.state.all() == {"before": 1}
    sqlite.state.put("after", 1, now=now)


def test_a_broken_file_says_so(tmp_path: Path, now: dt.datetime) -> None:
    path = tmp_path / "s.sqlite"
    with Store.open(path) as store:
        store.state.put("large", "x" * 100_000, now=now)
    broken = bytearray(path.read_bytes())
    broken[8192:-4096] = b"\xff" * (len(broken) - 12288)
    path.write_bytes(broken)

    def use() -> None:
        with Store.open(path) as store:
            store.state.all()
            store.batches.all()
            store.audit.entries()

    with pytest.raises(WorkspaceError):
        use()
