"""Uploaded files: private, bounded, gone when they are not wanted; names that mean harm."""

from __future__ import annotations

import datetime as dt
import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.app import spool
from dangol.app.spool import Spool, plain_name
from dangol.schema import FileError, NotFoundError

ID = "0123456789abcdef"


def test_a_file_arrives_in_pieces_and_is_private(tmp_path: Path) -> None:
    place = Spool(tmp_path / "spool", 100)
    with place.begin(ID, "주문.csv", 6) as arriving:
        arriving.write(b"abc")
        arriving.write(b"def")
        kept = arriving.whole()
    assert (kept.name, kept.size, kept.path.read_bytes()) == ("주문.csv", 6, b"abcdef")
    assert place.get(ID) == kept
    assert kept.path.stat().st_mode & 0o077 == 0
    assert (tmp_path / "spool").stat().st_mode & 0o077 == 0
    place.remove(ID)
    with pytest.raises(NotFoundError):
        place.get(ID)


def test_nothing_stays_of_what_did_not_come_whole(tmp_path: Path) -> None:
    place = Spool(tmp_path / "spool", 100)
    with suppress(ValueError), place.begin(ID, "a.csv") as arriving:
        arriving.write(b"abc")
        raise ValueError
    assert list((tmp_path / "spool").iterdir()) == []


def test_a_file_too_large_is_refused_by_what_it_says_and_by_what_comes(tmp_path: Path) -> None:
    place = Spool(tmp_path / "spool", 10)
    with pytest.raises(FileError, match="larger"):
        place.begin(ID, "a.csv", 11)
    with pytest.raises(FileError, match="larger"), place.begin(ID, "a.csv") as arriving:
        arriving.write(b"x" * 11)
    assert list((tmp_path / "spool").iterdir()) == []


def test_a_full_disk_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Spool(tmp_path / "spool", 10**12)
    usage = spool.shutil.disk_usage(tmp_path)
    with pytest.raises(FileError, match="no room"):
        place.begin(ID, "a.csv", usage.free + 1)

    class Full:
        def __init__(self, real: Any) -> None:
            self.real = real

        def write(self, data: bytes) -> Any:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        def flush(self) -> None: ...

        def close(self) -> None:
            self.real.close()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with place.begin(ID, "a.csv") as arriving:
        monkeypatch.setattr(arriving, "_file", Full(arriving._file))
        with pytest.raises(FileError, match="no room"):
            arriving.write(b"x")
    assert list((tmp_path / "spool").iterdir()) == []
    with place.begin(ID, "a.csv") as arriving:
        monkeypatch.setattr(arriving, "_file", Full(arriving._file))
        with pytest.raises(FileError, match="no room"):
            arriving.whole()
    assert list((tmp_path / "spool").iterdir()) == []


def test_what_nobody_imports_goes_after_a_day(tmp_path: Path) -> None:
    place = Spool(tmp_path / "spool", 100)
    with place.begin(ID, "a.csv") as arriving:
        arriving.whole()
    now = dt.datetime.now(dt.UTC)
    assert place.sweep(now) == 0
    assert place.sweep(now + dt.timedelta(days=1, minutes=1)) == 1
    with pytest.raises(NotFoundError):
        place.get(ID)


@pytest.mark.parametrize("name", ["..", "../../etc", "a", "0123456789abcdeg", "", "0123456789ABCDEF"])
def test_an_id_is_never_a_path(tmp_path: Path, name: str) -> None:
    (tmp_path / "spool").mkdir()
    (tmp_path / "outside").write_text("x")
    place = Spool(tmp_path / "spool", 100)
    place.remove(name)
    with pytest.raises(NotFoundError):
        place.get(name)
    assert (tmp_path / "outside").exists()


@given(st.text(max_size=400))
def test_a_name_stays_within_its_folder(name: str) -> None:
    plain = plain_name(name)
    assert plain
    assert plain not in (".", "..")
    assert "/" not in plain
    assert "\0" not in plain
    assert len(plain.encode()) <= 240


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("C:\\Users\\kim\\주문.xlsx", "주문.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("", "file"),
        ("...", "file"),
        (f"{'가' * 300}.csv", None),
    ],
)
def test_names_of_files(given_: str, kept: str | None) -> None:
    plain = plain_name(given_)
    assert plain == kept if kept else plain.endswith(".csv")
