"""The row that names the columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

from dangol.collect.limits import Limits
from dangol.schema import FileError, Text

LOOK = 5
"""Rows the header is looked for in: malls put a notice above it."""


def key(name: str) -> str:
    """A column name as it is compared: NFC, without case, spaces and the mark of a byte order."""
    return "".join(unicodedata.normalize("NFC", name).casefold().replace("\ufeff", "").split())


def find(rows: Sequence[Sequence[str | None]], known: Callable[[Sequence[str]], bool] | None) -> int:
    """Index of the header among the first rows.

    The first row a preset knows; else the first, unless it has one filled cell or two and a later one has more: a notice.
    """
    if known:
        for index, row in enumerate(rows[:LOOK]):
            if known([c or "" for c in row]):
                return index
    filled = [sum(1 for c in row if c and c.strip()) for row in rows[:LOOK]]
    if not filled:
        return 0
    most = max(filled)
    if filled[0] <= 2 < most or filled[0] == 0:
        return next(i for i, n in enumerate(filled) if n >= max(2, most * 0.6) or n == most)
    return 0


def names(row: Sequence[str | None], limits: Limits, file: str) -> tuple[str, ...]:
    """Names of the columns, NFC and distinct: an empty one is called after its place, a second ``수량`` becomes ``수량 (2)``."""
    if len(row) > limits.columns:
        raise FileError(
            Text(
                f"has {len(row):,} columns; at most {limits.columns:,} are read",
                f"열이 {len(row):,}개입니다. {limits.columns:,}개까지만 읽습니다",
            ),
            where=file,
            hint=Text(
                "check the delimiter, or leave out columns; nothing of it was taken",
                "구분자를 확인하거나 열을 줄이세요. 이 파일에서는 아무것도 들여오지 않았습니다",
            ),
        )
    out: list[str] = []
    seen: dict[str, int] = {}
    for place, cell in enumerate(row, start=1):
        name = " ".join(unicodedata.normalize("NFC", cell or "").replace("\ufeff", "").split()) or f"column {place}"
        again = seen[key(name)] = seen.get(key(name), 0) + 1
        out.append(name if again == 1 else f"{name} ({again})")
    return tuple(out)
