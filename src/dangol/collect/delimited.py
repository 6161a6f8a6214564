"""CSV and TSV as people make them: the delimiter is found, and a row that cannot be split is put aside alone."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator

DELIMITERS = (",", "\t", ";", "|")
_JOIN = 200
"""Lines one quoted cell may run over; more than that is a stray quote."""


def delimiter(lines: list[str]) -> str:
    """The delimiter that splits the first lines most evenly into most columns; first of all one that its quotes agree with."""

    def score(mark: str) -> tuple[bool, float]:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=mark) if row)
        if not widths:
            return False, 0
        width, count = max(widths.items(), key=lambda item: (item[0] > 1, item[1], item[0]))
        return width > 1 and _agrees(lines, mark), (width - 1) * (count / widths.total()) ** 2

    csv.field_size_limit(1 << 30)
    return max(DELIMITERS, key=score)


def _agrees(lines: list[str], mark: str) -> bool:
    """Whether every quote stands where quotes may stand with this delimiter."""
    try:
        return all(row is not None for row in csv.reader(lines, delimiter=mark, strict=True))
    except csv.Error:
        return False


def records(
    lines: Iterable[tuple[str, bool]], mark: str, width: int | None
) -> Iterator[tuple[int, list[str] | None, str]]:
    """(record number, cells, text) for every record; cells are null where it cannot be read.

    A quote that is opened and never closed would swallow the rest of the file. So a record grows by at most 200 lines;
    if it still does not close, its first line is put aside and reading goes on with the next.
    """
    source = _Lines(lines)
    number = 0
    while (item := source.take()) is not None:
        line, good = item
        number += 1
        text = line.rstrip("\r\n")
        if not good:
            yield number, None, text
        elif not text:
            continue
        elif '"' not in line:
            cells = text.split(mark)
            yield number, cells if width is None or len(cells) == width else None, text
        else:
            cells_or_none, text = _quoted(line, source, mark, width)
            yield number, cells_or_none, text


class _Lines:
    """Lines that can be given back."""

    def __init__(self, lines: Iterable[tuple[str, bool]]) -> None:
        self._source = iter(lines)
        self._back: list[tuple[str, bool]] = []

    def take(self) -> tuple[str, bool] | None:
        return self._back.pop() if self._back else next(self._source, None)

    def give_back(self, lines: list[tuple[str, bool]]) -> None:
        self._back.extend(reversed(lines))


def _quoted(line: str, source: _Lines, mark: str, width: int | None) -> tuple[list[str] | None, str]:
    taken: list[tuple[str, bool]] = []
    text = line
    while True:
        cells = _parse(text, mark)
        if cells is not None:
            if width is None or len(cells) == width:
                return cells, text.rstrip("\r\n")
            break
        item = source.take() if len(taken) < _JOIN else None
        if item is None:
            break
        taken.append(item)
        text += item[0]
        if not item[1]:
            break
    source.give_back(taken)
    return None, line.rstrip("\r\n")


def _parse(text: str, mark: str) -> list[str] | None:
    """Cells of one record; null while a quote is open or misplaced."""
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None
