"""Events as columns for compiled passes: sorted by customer, time and number, words as codes. What an engine with the
capability `columns` gives; see `duckdb_columns` for how DuckDB's is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
NULL = np.iinfo(np.int64).min
"""A missing number."""
SCALE = 10_000
"""Money is kept in ten-thousandths."""


@dataclass(frozen=True, slots=True)
class Words:
    """A column of words: `codes` into `words`, −1 where there is none."""

    codes: Codes
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Some customers' events, each customer's in the order of (at, event_id).

    ids      customers, ascending; `starts` (one longer) says where each one's rows begin
    at       microseconds since 1970, UTC
    words    field → its words; `numbers`: field → ten-thousandths, `NULL` where there is none
    left     which customers are left out, because a newer part has them; None: nobody
    """

    ids: Ints
    starts: Ints
    at: Ints
    words: Mapping[str, Words]
    numbers: Mapping[str, Ints]
    left: Bools | None = None

    @property
    def rows(self) -> int:
        return len(self.at)


@dataclass(frozen=True, slots=True)
class Columns:
    """Everybody's events, in parts; every customer is in one of them."""

    parts: tuple[Part, ...]

    @property
    def rows(self) -> int:
        return sum(p.rows for p in self.parts)


def part_of(table: pa.Table, words: Mapping[str, str], numbers: Mapping[str, str]) -> Part:
    """A part from rows with customer_id and at, sorted by customer_id, at, event_id.

    :param words: field → the name of its column; `numbers` likewise (decimal(18,4)).
    """
    who = np.asarray(table["customer_id"].combine_chunks(), np.int64)
    new = np.ones(len(who), bool)
    new[1:] = who[1:] != who[:-1]
    starts = np.append(np.flatnonzero(new), len(who)).astype(np.int64)
    coded = {}
    for field, column in words.items():
        one = pc.dictionary_encode(table[column].combine_chunks())
        coded[field] = Words(np.asarray(one.indices.fill_null(-1), np.int32), tuple(one.dictionary.to_pylist()))
    return Part(
        who[new], starts, micros(table["at"]), coded, {f: ten_thousandths(table[c]) for f, c in numbers.items()}
    )


def micros(array: pa.ChunkedArray | pa.Array) -> Ints:
    """A timestamp column as microseconds."""
    one = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return np.asarray(one.cast(pa.timestamp("us")).cast(pa.int64()), np.int64)


def ten_thousandths(array: pa.ChunkedArray | pa.Array) -> Ints:
    """A money column as whole numbers."""
    one = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    if not len(one):
        return np.zeros(0, np.int64)
    low = np.frombuffer(one.cast(pa.decimal128(18, 4)).buffers()[1], np.int64).reshape(-1, 2)[:, 0]
    found = low[one.offset : one.offset + len(one)] if len(low) != len(one) else low
    return np.where(np.asarray(one.is_null()), NULL, found).astype(np.int64)
