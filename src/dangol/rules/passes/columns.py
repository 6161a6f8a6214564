"""Arrow columns as numpy arrays that comparisons are quick on: exact integers for money, codes for words."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dangol.rules.compile_tests import date_bounds
from dangol.rules.context import Context
from dangol.rules.nodes import Test, Window
from dangol.rules.windows import window_bounds

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Kind = Literal["number", "float", "text", "json", "time", "date", "bool"]
SCALE = 10_000
_EPOCH_DAY = np.datetime64("1970-01-01", "D")
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_LIMIT = 2**62


@dataclass(frozen=True, slots=True)
class Col:
    """One column of n rows.

    data    int64 (number: units of 1/`scale`; time: µs; date: days; text: codes into `words`), float64 or bool
    valid   which rows have a value
    """

    kind: Kind
    data: npt.NDArray[Any]
    valid: Bools
    words: tuple[str, ...] = ()
    scale: int = 1

    def take(self, rows: Ints) -> Col:
        return Col(self.kind, self.data[rows], self.valid[rows], self.words, self.scale)


def column(array: pa.ChunkedArray | pa.Array, *, json: bool = False) -> Col:
    """An Arrow column; lists and other types are not for passes (ValueError)."""
    one = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    valid = ~np.asarray(one.is_null()) if one.null_count else np.ones(len(one), bool)
    kind = one.type
    if pa.types.is_decimal128(kind):
        raw = (
            np.frombuffer(one.buffers()[1], np.int64).reshape(-1, 2)[one.offset : one.offset + len(one), 0]
            if len(one)
            else np.zeros(0, np.int64)
        )
        return Col("number", np.where(valid, raw, 0), valid, scale=10**kind.scale)
    if pa.types.is_string(kind) or pa.types.is_dictionary(kind):
        coded = one if pa.types.is_dictionary(kind) else pc.dictionary_encode(one)
        codes = np.asarray(coded.indices.fill_null(0), np.int64)
        return Col("json" if json else "text", codes, valid, tuple(coded.dictionary.to_pylist()))
    if pa.types.is_timestamp(kind):
        return Col("time", np.asarray(one.cast(pa.timestamp("us")).cast(pa.int64()).fill_null(0)), valid)
    if pa.types.is_date32(kind):
        return Col("date", np.asarray(one.cast(pa.int32()).fill_null(0), np.int64), valid)
    if pa.types.is_boolean(kind):
        return Col("bool", np.asarray(one.fill_null(False)), valid)
    if pa.types.is_floating(kind):
        return Col("float", np.asarray(one.fill_null(0.0), np.float64), valid)
    if pa.types.is_integer(kind):
        return Col("number", np.asarray(one.fill_null(0), np.int64), valid)
    raise ValueError(f"passes cannot read {kind}")


def held(col: Col, tests: Sequence[Test], ctx: Context) -> Bools:
    """Rows that pass every test; a missing value passes only `missing`."""
    found = np.ones(len(col.data), bool)
    for test in tests:
        if test.op == "missing":
            found &= ~col.valid
        elif test.op == "exists":
            found &= col.valid
        else:
            found &= col.valid & _held(col, test, ctx)
    return found


def _held(col: Col, test: Test, ctx: Context) -> Bools:
    if isinstance(test.value, Window):
        return _inside(col, test.value, ctx)
    if col.kind in ("text", "json"):
        passes = [_word(word, test, col.kind == "json") for word in col.words]
        passing: Bools = np.asarray(passes or [False], bool)
        return passing[col.data]  # type: ignore[no-any-return]
    if col.kind == "bool":
        return np.asarray((col.data == test.value) == (test.op == "is"), bool)
    if test.op in ("is", "is_not", "in", "not_in"):
        values = test.value if isinstance(test.value, tuple) else (test.value,)
        found = np.zeros(len(col.data), bool)
        for value in values:
            exact = _edge(col, value)
            if exact[0] == exact[1]:
                found |= col.data == exact[0]
        return found if test.op in ("is", "in") else ~found
    if test.op == "between" and isinstance(test.value, tuple):
        return np.asarray((col.data >= _edge(col, test.value[0])[1]) & (col.data <= _edge(col, test.value[1])[0]), bool)
    floor, ceiling = _edge(col, test.value)
    compare: dict[str, Callable[[], Any]] = {
        "at_least": lambda: col.data >= ceiling,
        "above": lambda: col.data > floor,
        "at_most": lambda: col.data <= floor,
        "below": lambda: col.data < ceiling,
    }
    return np.asarray(compare[test.op](), bool)


def _edge(col: Col, value: Any) -> tuple[float, float]:
    """The value in the column's units, rounded down and up; equal when the units hold it exactly."""
    if col.kind == "float":
        return float(value), float(value)
    exact = Decimal(str(value)) * col.scale
    low, high = math.floor(exact), math.ceil(exact)
    return max(-_LIMIT, min(_LIMIT, low)), max(-_LIMIT, min(_LIMIT, high))


def bounds_us(windows: Sequence[Window], ctx: Context) -> tuple[int | None, int | None]:
    """Windows as µs since 1970, start included and end excluded."""
    start, end = window_bounds(tuple(windows), ctx.now, ctx.tz)
    return (None if start is None else _us(start)), (None if end is None else _us(end))


def _us(moment: Any) -> int:
    return int(np.datetime64(moment.replace(tzinfo=None), "us").astype(np.int64))


def _inside(col: Col, window: Window, ctx: Context) -> Bools:
    low: int | None
    high: int | None
    if col.kind == "time":
        low, high = bounds_us((window,), ctx)
    else:
        first, after = date_bounds(window, ctx.now, ctx.tz)
        low = None if first is None else int((np.datetime64(first, "D") - _EPOCH_DAY).astype(int))
        high = None if after is None else int((np.datetime64(after, "D") - _EPOCH_DAY).astype(int))
    found = np.ones(len(col.data), bool)
    if low is not None:
        found &= col.data >= low
    if high is not None:
        found &= col.data < high
    return found


def _word(word: str, test: Test, json: bool) -> bool:
    """One distinct value against one test, as the SQL reads it."""
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    if json and all(not isinstance(v, bool) and isinstance(v, int | float | Decimal) for v in values):
        if not _NUMBER.fullmatch(word):
            return False
        return _number(float(word), test.op, [float(v) for v in values])  # type: ignore[arg-type]
    texts = [_text(v) for v in values]
    one = texts[0]
    return {
        "is": lambda: word == one,
        "is_not": lambda: word != one,
        "in": lambda: word in texts,
        "not_in": lambda: word not in texts,
        "contains": lambda: one in word,
        "starts_with": lambda: word.startswith(one),
        "ends_with": lambda: word.endswith(one),
        "matches": lambda: bool(pc.match_substring_regex(pa.array([word]), one)[0].as_py()),
    }[test.op]()


def _number(value: float, op: str, values: list[float]) -> bool:
    one, last = values[0], values[-1]
    return {
        "is": value == one,
        "is_not": value != one,
        "in": value in values,
        "not_in": value not in values,
        "at_least": value >= one,
        "at_most": value <= one,
        "above": value > one,
        "below": value < one,
        "between": one <= value <= last,
    }[op]


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
