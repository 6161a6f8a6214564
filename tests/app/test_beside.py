"""Beside an import: what people save waits for nobody, and an import that fails takes back what it had kept by pieces."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dangol.app import Role, Workspace, recovery, take
from dangol.app.access import begin
from dangol.app.jobs import DONE
from dangol.schema import BusyError, RefusedError, Text
from tests.app import shop, world
from tests.app.test_undoing import batches, compare, people, state
from tests.server.signed import person

SOON = 2.0
"""Seconds; before, it was the length of the import, or 423 after ten."""


class Held:
    """An import in a thread of its own, held in its long part until it is let go."""

    def __init__(self, ws: Workspace, files: list[Path], patch: pytest.MonkeyPatch, *, dry_run: bool = False) -> None:
        self.inside, self.go = threading.Event(), threading.Event()
        before = take._facts

        def held(*args: Any) -> Any:
            self.inside.set()
            assert self.go.wait(60)
            return before(*args)

        patch.setattr(take, "_facts", held)
        self.report: Any = None
        self.thread = threading.Thread(target=self.run, args=(ws, files, dry_run))
        self.thread.start()
        assert self.inside.wait(60)

    def run(self, ws: Workspace, files: list[Path], dry_run: bool) -> None:
        self.report = ws.import_files(files, dry_run=dry_run)

    def end(self) -> Any:
        self.go.set()
        self.thread.join(60)
        return self.report


def timed(work: Callable[[], Any]) -> Any:
    start = time.monotonic()
    found = work()
    assert time.monotonic() - start < SOON
    return found


@pytest.mark.parametrize("dry_run", [False, True])
def test_what_people_save_waits_for_no_import(
    dry_run: bool, ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = person(ws)
    before, held = world.tables(ws), Held(ws, [shop.orders(tmp_path / "o.csv", start=60)], monkeypatch, dry_run=dry_run)
    document = {"says": {"ko": "산 사람", "en": "Buyers"}, "where": {"did": "Order Completed"}}
    try:
        timed(lambda: ws.save_draft("buyers", document, base=0, seen=0))
        timed(lambda: ws.publish("buyers", document, seen=0))
        timed(lambda: ws.store.audit.write("tester", "test.done", "test", now=shop.NOW))
        timed(lambda: begin(ws, who, device="test"))
        timed(lambda: ws.add_source("site"))
        monkeypatch.setattr("dangol.app.both.PATIENCE", 0.1)
        with pytest.raises(BusyError, match="facts"), ws.facts_turn(seconds=0.1):
            pass
        assert len(ws.segment_past("buyers", months=2)) > 0, "questions wait for no import either"
    finally:
        report = held.end()
    assert not report.failed
    assert report.total("taken") > 0
    (job,) = ws.jobs.all()
    assert (job.kind, ws.jobs.wait(job.id, 60).state) == ("compute", DONE)
    everyone = world.one(ws, "SELECT count(DISTINCT customer_id) FROM events WHERE name = 'Order Completed'")
    assert {r["segment"]: r["members"] for r in ws.segment_state()}["buyers"] == everyone
    if dry_run:
        assert {n for n, rows in world.tables(ws).items() if rows != before.get(n)} <= {"memberships", "segment_state"}
    assert ws.store.people.get(who).role == Role.OWNER.value


def lists(folder: Path) -> list[Path]:
    """Two people, the second told twice, and a list that says they are one."""
    folder.mkdir()
    one, two = "010-7253-9181", "ga@haneul-mail.kr"
    return [
        people(folder / "a.csv", [("가나다", one, "")]),
        people(folder / "b.csv", [("라마바", "", two)]),
        people(folder / "c.csv", [("라마바", "", two), ("사아자", "010-7253-9182", "")]),
        people(folder / "d.csv", [("라마바", one, two), ("차카타", "010-7253-9183", "")]),
    ]


def told(ws: Workspace) -> tuple[set[tuple[int, int]], int, int]:
    """Whose rows the vault holds, its keys, and rows put aside: also of customers that are not in the engine."""
    with ws.store.reading() as connection:
        keys = connection.exec_driver_sql("SELECT count(*) FROM vault_keys").scalar_one()
        rows = connection.exec_driver_sql("SELECT count(*) FROM vault_entries").scalar_one()
    return set(ws.vault.nodes()), keys, rows


def broken(*_: object) -> None:
    raise RefusedError(Text("the store broke", "저장소가 고장났습니다"))


def test_a_failed_import_takes_back_what_it_kept_by_pieces(
    empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    *first, last = lists(tmp_path / "lists")
    orders = shop.orders(tmp_path / "orders.csv", bad=True)
    monkeypatch.setattr(Workspace, "refresh_touched", lambda *_, **__: None)  # slow, and not what is asked here
    with shop.reopen(Path(shutil.copytree(empty, tmp_path / "shop"))) as ws:
        for file in first:
            ws.import_files([file], preset="customer-list")
        before, kept = state(ws), told(ws)
        during: list[Any] = []
        with monkeypatch.context() as patched:
            patched.setattr("dangol.privacy.vault.PIECE", 1)
            patched.setattr(take, "personal_follows", lambda *_: (during.append(told(ws)), broken()))
            for file, preset in ((last, "customer-list"), (orders, None)):
                assert ws.import_files([file], preset=preset).failed
                compare(state(ws), before)
                assert told(ws) == kept
            assert [len(d[0]) > len(kept[0]) for d in during] == [True, True], "by then much of it was in the store"
            # a store that fails then, too: whoever changes facts next takes it back, before customers get their numbers
            patched.setattr(take, "settle", broken)
            ws.import_files([last], preset="customer-list")
            assert (len(ws.unsettled), told(ws) != kept) == (1, True)
            patched.undo()
            ws.import_files([orders])
            ws.undo_import(batches(ws)["orders.csv"])
            compare(state(ws), before)
            assert told(ws) == kept
        with monkeypatch.context() as patched:  # a kill: the next process takes it back by the number
            patched.setattr(take, "personal_follows", broken)
            patched.setattr(take, "settle", broken)
            patched.setattr(ws.store.batches, "fail", broken)
            ws.import_files([last], preset="customer-list")
        assert told(ws) != kept
        ws.unsettled.clear()
        recovery.opened(ws)
        compare(state(ws), before)
        assert told(ws) == kept
        assert [b.status for b in ws.store.batches.all() if b.file == last.name] == ["failed"] * 3
        with monkeypatch.context() as patched:  # much personal data goes by pieces after the facts
            patched.setattr("dangol.app.undoing.AT_ONCE", 0)
            patched.setattr("dangol.privacy.vault.PIECE", 1)
            assert ws.import_files([last], preset="customer-list").merges == 1
            ws.undo_import(batches(ws)[last.name])
        compare(state(ws), before)
