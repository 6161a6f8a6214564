import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dangol.schema import BusyError, WorkspaceError
from dangol.store import Store, WorkspaceLock

_HOLDER = (
    "import sys, datetime as dt\n"
    "from dangol.store import Store, WorkspaceLock\n"
    "now = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)\n"
    "WorkspaceLock(sys.argv[1], command='import 주문.csv', now=now).acquire()\n"
    "store = Store.open(sys.argv[2])\n"
    "store.state.put('before', 1, now=now)\n"
    "with store.writing():\n"
    "    store.state.put('half', 1, now=now)\n"
    "    print('held', flush=True)\n"
    "    sys.stdin.read()\n"
)


def test_the_second_process_hears_who_holds_it_and_a_killed_one_leaves_nothing(
    tmp_path: Path, now: dt.datetime
) -> None:
    path, stored = tmp_path / "lock", tmp_path / "store.sqlite"
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(path), str(stored)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ},
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(BusyError) as error:
            WorkspaceLock(path, command="refresh", now=now).acquire()
        assert "import 주문.csv" in error.value.message.en
        assert str(holder.pid) in error.value.message.en
        assert "2026-11-22" in error.value.message.en
        assert error.value.hint.en
    finally:
        holder.kill()
        holder.communicate()
    # Its words are still in the file, its lock is not; of its transaction nothing is there.
    with WorkspaceLock(path, command="refresh", now=now), Store.open(stored) as store:
        assert store.state.all() == {"before": 1}


def test_it_is_given_back(tmp_path: Path, now: dt.datetime) -> None:
    path = tmp_path / "lock"
    with WorkspaceLock(path, command="one", now=now), pytest.raises(BusyError, match="one"):
        WorkspaceLock(path, command="two", now=now).acquire()
    with pytest.raises(RuntimeError), WorkspaceLock(path, command="three", now=now):
        raise RuntimeError
    lock = WorkspaceLock(path, command="four", now=now)
    lock.acquire()
    lock.release()
    lock.release()


def test_broken_words_do_not_break_the_message(tmp_path: Path, now: dt.datetime) -> None:
    path = tmp_path / "lock"
    with WorkspaceLock(path, command="one", now=now):
        path.write_text("{half")
        with pytest.raises(BusyError, match="another process"):
            WorkspaceLock(path, command="two", now=now).acquire()


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path, now: dt.datetime) -> None:
    with pytest.raises(WorkspaceError, match="cannot be locked"):
        WorkspaceLock(tmp_path / "missing" / "lock", command="x", now=now).acquire()
