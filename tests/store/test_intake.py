"""The intake log on each database and on NATS: durable, in order, until acknowledged; and write keys."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from dangol.schema import NotFoundError, WorkspaceError
from dangol.store import IntakeLog, Store, StoreLog, carry_over
from dangol.store.tables import WRITE_KEYS
from tests.budget import examples
from tests.nats import fresh_log


@dataclass
class Kept:
    """One log's place: `open` opens it (again), `files` is where it lies, `extra` what it adds to a record's bytes."""

    open: Callable[[], IntakeLog]
    files: Path
    extra: int = 0


@pytest.fixture(params=["sqlite", "postgresql", "nats"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    """Where an empty log is: each kind there is."""
    if request.param == "sqlite":
        yield Kept(lambda: StoreLog.open(tmp_path / "intake.sqlite"), tmp_path)
    elif request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        name = server.make(request.getfixturevalue("blank_database"))
        yield Kept(lambda: StoreLog.open(server.url(name)), tmp_path)
        server.drop(name)
    else:
        nats = request.getfixturevalue("nats")
        yield Kept(lambda: fresh_log(nats, tmp_path.name), nats.folder / "streams", extra=250)


@pytest.fixture
def log(kept: Kept) -> Iterator[IntakeLog]:
    found = kept.open()
    yield found
    found.close()


def test_what_was_appended_is_read_until_it_is_acknowledged(log: IntakeLog, kept: Kept) -> None:
    log.append([b"a", b"b"])
    log.append([b"c" * 100])
    found = log.read(10)
    assert [r.sealed for r in found] == [b"a", b"b", b"c" * 100]
    assert [r.sealed for r in log.read(2)] == [b"a", b"b"]
    assert [r.sealed for r in log.read(10, after=found[0].position)] == [b"b", b"c" * 100]
    assert [r.sealed for r in log.read(10, most_bytes=2)] == [b"a", b"b"]
    assert log.waiting().records == 3
    assert 102 <= log.waiting().bytes <= 102 + 3 * kept.extra
    log.ack([r.position for r in found[:2]])
    assert [r.sealed for r in log.read(10)] == [b"c" * 100]
    assert "ccc" not in repr(log.read(1))


def test_a_position_is_never_given_twice(log: IntakeLog) -> None:
    last = 0
    for _ in range(3):
        log.append([b"x", b"y"])
        found = log.read(10)
        assert [r.position for r in found] == sorted(r.position for r in found)
        assert found[0].position > last
        last = found[-1].position
        log.ack([r.position for r in found])
        assert log.read(10) == []


def test_many_are_acknowledged_at_once(log: IntakeLog) -> None:
    log.append([b"x"] * 12_000)
    log.ack([r.position for r in log.read(20_000)][:11_999])
    assert log.waiting().records == 1


@pytest.mark.parametrize("left", [0, 1])
def test_nothing_acknowledged_stays_in_the_files(log: IntakeLog, kept: Kept, left: int) -> None:
    log.append([b"sealed-secret", *([b"stays"] * left)])
    log.ack([r.position for r in log.read(1)])
    log.forget_bytes()
    if left and log.kind == "nats":  # it clears a block once nothing in it is needed
        log.ack([r.position for r in log.read(1)])
        left = 0
    assert [f for f in kept.files.rglob("*") if f.is_file() and b"sealed-secret" in f.read_bytes()] == []
    assert [r.sealed for r in log.read(9)] == [b"stays"] * left


def test_what_one_process_held_the_next_one_reads(log: IntakeLog, kept: Kept) -> None:
    log.append([b"a", b"b", b"c"])
    held = log.read(5)
    log.ack([held[1].position])
    again = kept.open()  # as after a kill: the first one never said goodbye
    assert [r.sealed for r in again.read(5)] == [b"a", b"c"]
    again.ack([r.position for r in again.read(5)])
    assert (again.read(5), again.waiting().records) == ([], 0)
    again.close()


def test_what_waited_in_another_log_is_carried_over(log: IntakeLog, tmp_path: Path) -> None:
    before = StoreLog.open(tmp_path / "before.sqlite")
    before.append([b"%d" % i for i in range(2_500)])
    log.append([b"first"])
    assert carry_over(before, log) == 2_500
    assert [r.sealed for r in log.read(9_999)] == [b"first", *(b"%d" % i for i in range(2_500))]
    assert before.waiting().records == carry_over(before, log) == 0
    before.close()


class Against(RuleBasedStateMachine):
    """Whatever is done in whatever order, a log is a list from which what is acknowledged is struck out."""

    kept: Kept

    def __init__(self) -> None:
        super().__init__()
        self.log = self.kept.open()
        self.log.ack([r.position for r in self.log.read(10_000)])
        self.model: dict[int, bytes] = {}
        self.unknown: list[bytes] = []
        self.last = 0

    @rule(records=st.lists(st.binary(max_size=40), min_size=1, max_size=6))
    def append(self, records: list[bytes]) -> None:
        self.log.append(records)
        self.unknown += records

    def learn(self) -> None:
        """Positions are the log's to give; they grow."""
        for record in self.log.read(10_000, after=self.last):
            assert record.position > self.last
            self.last = record.position
            self.model[record.position] = record.sealed
            assert self.unknown.pop(0) == record.sealed
        assert self.unknown == []

    @rule(limit=st.integers(1, 8), data=st.data())
    def read(self, limit: int, data: st.DataObject) -> None:
        self.learn()
        after = data.draw(st.sampled_from([0, *self.model]))
        wanted = [(p, s) for p, s in self.model.items() if p > after][:limit]
        assert [(r.position, r.sealed) for r in self.log.read(limit, after=after)] == wanted

    @rule(data=st.data())
    def ack(self, data: st.DataObject) -> None:
        self.learn()
        some = data.draw(st.sets(st.sampled_from(sorted(self.model)))) if self.model else set()
        self.log.ack(sorted(some))
        for position in some:
            del self.model[position]

    @rule()
    def reopen(self) -> None:
        self.log.close()
        self.log = self.kept.open()

    @rule()
    def forget(self) -> None:
        self.log.forget_bytes()

    @invariant()
    def as_many_as_there_are(self) -> None:
        assert self.log.waiting().records == len(self.model) + len(self.unknown)

    def teardown(self) -> None:
        self.log.close()


def test_it_is_a_list_whatever_is_done(kept: Kept) -> None:
    machine = type("Against", (Against,), {"kept": kept})
    asked = settings(max_examples=examples(25), stateful_step_count=12, deadline=None,
                     suppress_health_check=[HealthCheck.too_slow])  # fmt: skip
    run_state_machine_as_test(machine, settings=asked)  # type: ignore[no-untyped-call]


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
