"""Files on their way in: uploaded into a private folder of the workspace, read from there, and gone afterwards.

spool/<id>/<name of the file>. What is there is personal data as it came, so only this user may read it and nothing stays
longer than a day.
"""

from __future__ import annotations

import datetime as dt
import errno
import os
import re
import shutil
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol

from dangol.schema import FileError, NotFoundError, Text, system_says

KEPT = dt.timedelta(days=1)
"""How long an uploaded file may lie that nobody imports."""

ROOM = 64 << 20
"""Bytes that stay free on the disk for everything else."""

LONGEST = 120
_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Upload:
    """One file that came whole. `id` is random and says nothing."""

    id: str
    path: Path
    size: int

    @property
    def name(self) -> str:
        return self.path.name


class _Written(Protocol):
    def write(self, data: bytes, /) -> object: ...

    def close(self) -> None: ...

    def flush(self) -> None: ...


class Arriving:
    """A file while it comes: `write` pieces, then `whole`. Left otherwise, nothing of it stays."""

    def __init__(self, folder: Path, name: str, most: int) -> None:
        self._folder, self._most = folder, most
        self._path = folder / name
        self.size = 0
        self._done = False
        try:
            folder.mkdir(mode=0o700, parents=True)
            self._file: _Written = os.fdopen(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")
        except OSError as error:
            raise unwritable(error) from error

    def __enter__(self) -> Arriving:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._done:
            with suppress(OSError):  # what could not be flushed is not wanted any more
                self._file.close()
            shutil.rmtree(self._folder, ignore_errors=True)

    def write(self, piece: bytes) -> None:
        """Append a piece. Raises `FileError` beyond the limit, or where the disk is full."""
        self.size += len(piece)
        if self.size > self._most:
            raise too_large(self._most)
        try:
            self._file.write(piece)
        except OSError as error:
            raise unwritable(error) from error

    def whole(self) -> Upload:
        """All of it came."""
        try:
            self._file.close()
        except OSError as error:
            raise unwritable(error) from error
        self._done = True
        return Upload(self._folder.name, self._path, self.size)


class Spool:
    """The folder. Made when something is put into it."""

    def __init__(self, folder: Path, most: int) -> None:
        """:param most: bytes that one file may have."""
        self._folder = folder
        self.most = most
        self.passwords: dict[str, str] = {}

    def begin(self, id_: str, name: str, size: int | None = None) -> Arriving:
        """Start taking a file in.

        :param id_: sixteen hexadecimal digits that nobody can guess.
        :param name: what the sender calls it. :param size: bytes it says it has.
        :raises FileError: it is too large, or the disk has no room for it.
        """
        if size is not None and size > self.most:
            raise too_large(self.most)
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            free = shutil.disk_usage(self._folder).free
        except OSError as error:
            raise unwritable(error) from error
        if size is not None and size + ROOM > free:
            raise unwritable(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        return Arriving(self._folder / id_, plain_name(name), self.most)

    def get(self, id_: str) -> Upload:
        """A file that came whole. Raises `NotFoundError`."""
        if _ID.fullmatch(id_) and (self._folder / id_).is_dir():
            for path in (self._folder / id_).iterdir():
                with suppress(OSError):  # the day begins anew: a job may still read it
                    os.utime(path.parent)
                return Upload(id_, path, path.stat().st_size)
        raise NotFoundError(
            Text("this uploaded file is not here any more", "올린 파일이 더 이상 없습니다"),
            hint=Text("upload it again", "다시 올려 주세요"),
        )

    def remove(self, id_: str) -> None:
        """Nothing happens where it is gone already."""
        self.passwords.pop(id_, None)
        if _ID.fullmatch(id_):
            shutil.rmtree(self._folder / id_, ignore_errors=True)

    def sweep(self, now: dt.datetime) -> int:
        """Remove what has lain too long; returns how many files."""
        gone = 0
        for place in self._folder.iterdir() if self._folder.is_dir() else ():
            if place.is_dir() and now.timestamp() - place.stat().st_mtime > KEPT.total_seconds():
                shutil.rmtree(place, ignore_errors=True)
                gone += 1
        return gone


def plain_name(name: str) -> str:
    """The name of a file without its folders, and without what cannot stand in a name."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*').strip(" .")
    stem, dot, suffix = clean.rpartition(".")
    short = f"{stem[: LONGEST - len(suffix) - 1]}{dot}{suffix}" if dot and len(suffix) < 10 else clean[:LONGEST]
    while len(short.encode()) > 240:
        short = short[1:]
    return short or "file"


def too_large(most: int) -> FileError:
    size = f"{most / 1e9:g} GB" if most >= 1e9 else f"{most / 1e6:g} MB"
    return FileError(
        Text(f"the file is larger than {size}", f"파일이 {size}보다 큽니다"),
        where="upload",
        hint=Text(
            "split it, pack it (.gz, .zst), raise the setting upload, or import it on this machine: dangol import",
            "나누거나 압축(.gz, .zst)하거나 설정 upload를 늘리세요. 서버에서 dangol import로 가져올 수도 있습니다",
        ),
    )


def unwritable(error: OSError) -> FileError:
    """The one error of a disk that does not take a file."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FileError(
            Text("the server's disk has no room for this file", "서버 디스크에 이 파일을 둘 자리가 없습니다"),
            where="upload",
            hint=Text("make room on the disk, and upload it again", "디스크를 비운 뒤 다시 올려 주세요"),
        )
    why = system_says(error)
    return FileError(
        Text(f"the file cannot be kept: {why.en}", f"파일을 받아 둘 수 없습니다: {why.ko}"),
        where="upload",
        hint=Text("check the workspace's folder and its rights", "작업 공간 폴더와 권한을 확인하세요"),
    )
