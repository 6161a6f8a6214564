import datetime as dt
import errno
import importlib.util
import os
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

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


class _Msvcrt(types.ModuleType):
    """Windows' locks as its documentation has them: bytes from the file's position on, refused at once with EACCES."""

    LK_NBLCK, LK_UNLCK = 2, 0

    def __init__(self) -> None:
        super().__init__("msvcrt")
        self.held: dict[tuple[int, int], int] = {}

    def locking(self, file: int, mode: int, count: int) -> None:
        assert count == 1
        byte = (os.fstat(file).st_ino, os.lseek(file, 0, os.SEEK_CUR))
        if mode == self.LK_UNLCK:
            if self.held.pop(byte, None) != file:
                raise OSError(errno.EACCES, "not locked")
        elif self.held.setdefault(byte, file) != file:
            raise OSError(errno.EACCES, "Permission denied")


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> tuple[Any, _Msvcrt]:
    """The module as Windows loads it, over a stand-in for what this computer does not have."""
    import dangol.store.lock as ours

    system = _Msvcrt()
    monkeypatch.setitem(sys.modules, "msvcrt", system)
    monkeypatch.setattr(sys, "platform", "win32")
    assert ours.__spec__ is not None
    assert ours.__spec__.loader is not None
    module = importlib.util.module_from_spec(ours.__spec__)
    ours.__spec__.loader.exec_module(module)
    monkeypatch.undo()
    return module, system


def test_windows_locks_a_byte_that_holds_no_words(
    windows: tuple[Any, _Msvcrt], tmp_path: Path, now: dt.datetime
) -> None:
    module, system = windows
    path = tmp_path / "lock"
    with module.WorkspaceLock(path, command="import 주문.csv", now=now, pid=7):
        assert [byte for _, byte in system.held] == [1 << 30]
        assert path.stat().st_size < 200  # locking far behind the end does not make the file long
        with pytest.raises(BusyError, match=r"import 주문\.csv.*process 7"):
            module.WorkspaceLock(path, command="refresh", now=now).acquire()
    assert system.held == {}
    with module.WorkspaceLock(path, command="refresh", now=now):
        assert len(system.held) == 1
