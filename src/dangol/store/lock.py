"""One writer per workspace: an operating-system lock, so that a killed process never leaves one behind."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from pathlib import Path
from types import TracebackType

from dangol.schema import BusyError, Text, WorkspaceError, josa, system_says

_FAR = 1 << 30
"""Windows locks bytes and forbids reading them; a byte far behind the words leaves those readable."""


class WorkspaceLock:
    """``with WorkspaceLock(path, command="import", now=now):`` holds the workspace; the second comer gets `BusyError`.

    The file says who holds it (pid, command, since). What it says without a lock on it is old and does not matter.
    """

    def __init__(self, path: str | Path, *, command: str, now: dt.datetime, pid: int | None = None) -> None:
        self._path = Path(path)
        self._words = {"pid": os.getpid() if pid is None else pid, "command": command, "since": now.isoformat()}
        self._file: int | None = None

    def __enter__(self) -> WorkspaceLock:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def acquire(self) -> None:
        """Take the lock or raise `BusyError` that names the holder."""
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise WorkspaceError(
                Text(
                    f"the workspace cannot be locked: {system_says(error).en}",
                    f"작업 공간을 잠글 수 없습니다: {system_says(error).ko}",
                ),
                hint=Text("check its folder's rights", "폴더의 권한을 확인하세요"),
            ) from error
        try:
            _lock(file)
        except OSError as error:
            os.close(file)
            raise self._busy() from error
        os.ftruncate(file, 0)
        os.lseek(file, 0, os.SEEK_SET)
        os.write(file, json.dumps(self._words, ensure_ascii=False).encode())
        self._file = file

    def release(self) -> None:
        """Give the lock back; the file stays, empty (removing it could let two in)."""
        if self._file is not None:
            os.ftruncate(self._file, 0)
            _unlock(self._file)
            os.close(self._file)
            self._file = None

    def _busy(self) -> BusyError:
        try:
            words = json.loads(self._path.read_text("utf-8"))
            named = f"`{words['command']}`"
            who = Text(
                f"{named} (process {words['pid']}, since {words['since']})",
                f"{named}(프로세스 {words['pid']}, {words['since']}부터)",
            )
        except (OSError, ValueError, KeyError, TypeError):
            who = Text("another process", "다른 프로세스")
        return BusyError(
            Text(f"the workspace is in use by {who.en}", f"{josa(who.ko, '이/가')} 작업 공간을 쓰고 있습니다"),
            hint=Text("wait for it to end, or stop it, and try again", "끝나기를 기다리거나 멈춘 뒤 다시 하세요"),
        )


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        os.lseek(file, _FAR, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

    def _unlock(file: int) -> None:
        os.lseek(file, _FAR, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
