"""Files that are there wholly or not at all, whatever happens while they are written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

BESIDE = ".part"
"""How a file's name ends while it is written."""


@contextmanager
def whole_file(path: Path, *, mode: int | None = None) -> Iterator[BinaryIO]:
    """Write into the file that is yielded: at the end it is on the disk and in `path`'s place, or `path` is as it was.

    :param mode: who may read it; without, whoever could read the old file, and under the process's mask for a new one.

    Raises OSError; nothing half-written stays.
    """
    beside = path.with_name(f"{path.name}{BESIDE}")
    if mode is None and path.exists():
        mode = path.stat().st_mode & 0o777
    try:
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC
        with os.fdopen(os.open(beside, flags, 0o666 if mode is None else 0o600), "r+b") as out:
            if mode is not None:
                beside.chmod(mode)
            yield out
            out.flush()
            os.fsync(out.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def write_whole(path: Path, text: str | bytes) -> None:
    """The whole new file (text as UTF-8) or the whole old one. Raises OSError."""
    with whole_file(path) as out:
        out.write(text.encode() if isinstance(text, str) else text)
