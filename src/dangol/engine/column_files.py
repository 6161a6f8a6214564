"""The files of a column copy: written slice by slice, read as memory maps."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
from sqlglot import exp

from dangol.engine.columns import Ints, Part, Words, part_of
from dangol.engine.sql import literal, sql
from dangol.engine.whole import write_whole

Ask = Callable[[exp.Expr], pa.Table]


def query(words: Mapping[str, exp.Expr], numbers: Mapping[str, exp.Expr], whose: exp.Expr) -> exp.Select:
    """SELECT customer_id, at and the fields over some customers' events, in order."""
    columns: list[exp.Expr] = [exp.column("customer_id"), exp.column("at")]
    columns += [
        exp.cast(e.copy(), "varchar").as_(name) for name, e in zip(names("w", words), words.values(), strict=True)
    ]
    columns += [
        exp.cast(e.copy(), "decimal(18,4)").as_(name)
        for name, e in zip(names("n", numbers), numbers.values(), strict=True)
    ]
    order = [exp.column(c) for c in ("customer_id", "at", "event_id")]
    return exp.select(*columns).from_("events").where(whose).order_by(*order)


def names(letter: str, fields: Mapping[str, Any]) -> list[str]:
    """Columns the fields are read as."""
    return [f"{letter}{i}" for i in range(len(fields))]


def read_part(table: pa.Table, words: Mapping[str, Any], numbers: Mapping[str, Any]) -> Part:
    """What `query` gave as a part."""
    return part_of(
        table, dict(zip(words, names("w", words), strict=True)), dict(zip(numbers, names("n", numbers), strict=True))
    )


def build(
    folder: Path, ask: Ask, words: Mapping[str, exp.Expr], numbers: Mapping[str, exp.Expr], *, most: int,
    wanted: Callable[[], bool],
) -> dict[str, Any]:  # fmt: skip
    """Write the files of everybody's events, about `most` rows at a time.

    :param wanted: asked after each slice; False stops. :returns: what `load` needs to know.
    :raises OSError: no room. :raises InterruptedError: not wanted any more.
    """
    edges = ask(sql("SELECT MIN(customer_id) AS low, MAX(customer_id) AS high, COUNT(customer_id) AS n FROM events"))
    low, high, n = (edges[c][0].as_py() for c in ("low", "high", "n"))
    ids: list[Ints] = []
    starts: list[Ints] = [np.zeros(1, np.int64)]
    rows = 0
    known: list[dict[str, int]] = [{} for _ in words]
    files = _opened(folder, len(words), len(numbers))
    try:
        for first, after in _ranges(low, high, n, most):
            inside = sql("customer_id >= :a AND customer_id < :b", a=literal(first), b=literal(after))
            part = read_part(ask(query(words, numbers, inside)), words, numbers)
            ids.append(part.ids)
            starts.append(part.starts[1:] + rows)
            rows += part.rows
            part.at.tofile(files["at"])
            for i, field in enumerate(words):
                _common(part.words[field], known[i]).tofile(files[f"w{i}"])
            for i, field in enumerate(numbers):
                part.numbers[field].tofile(files[f"n{i}"])
            if not wanted():
                raise InterruptedError
    finally:
        for file in files.values():
            file.close()
    np.save(folder / "ids.npy", np.concatenate(ids) if ids else np.zeros(0, np.int64))
    np.save(folder / "starts.npy", np.concatenate(starts))
    for i, codes in enumerate(known):
        write_whole(folder / f"w{i}.json", json.dumps(list(codes), ensure_ascii=False))
    return {"version": 1, "rows": rows, "words": list(words), "numbers": list(numbers)}


def load(folder: Path, told: Mapping[str, Any]) -> Part:
    """The files as a part, nothing of it read yet. Raises OSError and ValueError when they are not whole."""
    rows = int(told["rows"])
    words = {}
    for i, field in enumerate(told["words"]):
        words[field] = Words(
            np.memmap(folder / f"w{i}", np.int32, "r", shape=(rows,)),
            tuple(json.loads((folder / f"w{i}.json").read_text())),
        )
    numbers = {f: np.memmap(folder / f"n{i}", np.int64, "r", shape=(rows,)) for i, f in enumerate(told["numbers"])}
    at = np.memmap(folder / "at", np.int64, "r", shape=(rows,))
    return Part(np.load(folder / "ids.npy"), np.load(folder / "starts.npy"), at, words, numbers)


def _opened(folder: Path, words: int, numbers: int) -> dict[str, BinaryIO]:
    every = ["at", *(f"w{i}" for i in range(words)), *(f"n{i}" for i in range(numbers))]
    return {name: (folder / name).open("wb") for name in every}


def _ranges(low: int | None, high: int | None, n: int, most: int) -> list[tuple[int, int]]:
    if low is None or high is None:
        return []
    pieces = max(1, -(-n // most))
    step = max(1, -(-(high - low + 1) // pieces))
    return [(first, min(first + step, high + 1)) for first in range(low, high + 1, step)]


def _common(column: Words, known: dict[str, int]) -> np.ndarray[Any, np.dtype[np.int32]]:
    """A slice's codes as codes of all slices; new words join `known`."""
    table = np.asarray([known.setdefault(word, len(known)) for word in column.words] + [-1], np.int32)
    return table[column.codes]
