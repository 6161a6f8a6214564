"""Who is in which segments today, a bit a segment: one reading of the membership log gives every size, value and overlap.

Asking SQL for each pair took twenty seconds for a million customers in a hundred segments; a mask a customer takes one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from dangol.engine import SCALE, Engine, sql
from dangol.engine.columns import ten_thousandths

BITS = 62
"""Segments in one word: sums of bits stay below a signed 64-bit number's end."""

SLICE = 1024
"""Words of 64 customers looked at together, so that they stay near the processor."""

Masks = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Together:
    """names   the segments, in the order of their bits
    masks   (words, customers): who is in which; customers who are in none are left out
    worth   what each is worth, in ten-thousandths where `exact`, else as it is
    """

    names: tuple[str, ...]
    masks: Masks
    worth: npt.NDArray[Any]
    exact: bool

    @classmethod
    def read(cls, engine: Engine, names: Sequence[str], money: exp.Expr) -> Together:
        """:param money: what a customer is worth, over the row ``c`` of customers."""
        words = -(-len(names) // BITS)
        places = range(len(names))
        table = pa.table(
            {
                "segment": pa.array(names, pa.string()),
                "word": pa.array([place // BITS for place in places], pa.int64()),
                "bit": pa.array([1 << place % BITS for place in places], pa.int64()),
            }
        )
        sums = [
            sql("CAST(SUM(CASE WHEN b.word = :w THEN b.bit ELSE 0 END) AS BIGINT)", w=w).as_(f"w{w}")
            for w in range(words)
        ]
        with engine.scratch(table) as bits:
            masked = exp.select(exp.column("customer_id", "m"), *sums).from_(exp.to_table("memberships").as_("m"))
            masked = masked.join(exp.to_table(bits).as_("b"), on="b.segment = m.segment")
            masked = masked.where(sql("m.left_at IS NULL")).group_by(exp.column("customer_id", "m"))
            query = sql(
                "SELECT masked.*, :money AS worth FROM masked LEFT JOIN customers AS c ON c.customer_id = masked.customer_id",
                tables={"masked": masked},
                money=money,
            )
            found = engine.run(query)
        return cls(
            tuple(names),
            np.array([found[f"w{w}"].to_numpy() for w in range(words)], np.int64).reshape(words, found.num_rows),
            *_worth(found["worth"]),
        )

    def figures(self) -> tuple[dict[str, dict[str, Any]], dict[tuple[str, str], int]]:
        """Segment → customers, value; and (a, b) with a before b → customers in both, where there are any."""
        shared, values = self._shared(), self._values()
        sizes = {
            name: {"customers": int(shared[place, place]), "value": self._money(values[place])}
            for place, name in enumerate(self.names)
        }
        pairs = {
            (min(a, b), max(a, b)): int(shared[i, j])
            for i, a in enumerate(self.names)
            for j, b in enumerate(self.names)
            if i < j and shared[i, j]
        }
        return sizes, pairs

    def _octets(self) -> list[npt.NDArray[np.uint8]]:
        """The masks cut into bytes, eight to a word."""
        words = [np.ascontiguousarray(word, "<i8").view(np.uint8).reshape(-1, 8) for word in self.masks]
        return [np.ascontiguousarray(word[:, part]) for word in words for part in range(8)]

    def _shared(self) -> npt.NDArray[np.int64]:
        """How many are in both, for a segment and itself or a later one: a row of bits a segment, counted word by word."""
        many, octets = len(self.names), self._octets()
        packed = np.zeros((many, -(-self.masks.shape[1] // 64) * 8), np.uint8)
        for place in range(many):
            octet, bit = divmod(place % BITS, 8)
            row = np.packbits(octets[place // BITS * 8 + octet] & (1 << bit))
            packed[place, : len(row)] = row
        rows, shared = packed.view(np.uint64), np.zeros((many, many), np.int64)
        for start in range(0, rows.shape[1], SLICE):
            here = rows[:, start : start + SLICE]
            for place in range(many):
                shared[place, place:] += np.bitwise_count(here[place] & here[place:]).sum(axis=1, dtype=np.int64)
        return shared

    def _values(self) -> list[Any]:
        """What those in each segment are worth together: summed once by what a byte of the mask says, then told apart by bit."""
        parts, said = self._parts(self.worth), np.arange(256)
        sums = np.zeros((len(parts), len(self.names)))
        for number, octet in enumerate(self._octets()):
            by = [np.bincount(octet, part, 256) for part in parts]
            for bit in range(8):
                place = number // 8 * BITS + number % 8 * 8 + bit
                if number % 8 * 8 + bit < BITS and place < len(self.names):
                    sums[:, place] = [one[(said >> bit & 1) == 1].sum() for one in by]
        return self._joined(*sums)

    def _parts(self, worth: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
        """Money in parts of 22 bits: sums of less than two thousand million of them are exact in a float."""
        if not self.exact:
            return [worth]
        return [part.astype(np.float64) for part in (worth >> 44, (worth >> 22) & 0x3FFFFF, worth & 0x3FFFFF)]

    def _joined(self, *sums: npt.NDArray[Any]) -> list[Any]:
        if not self.exact:
            return [float(v) for v in sums[0]]
        return [(int(a) << 44) + (int(b) << 22) + int(c) for a, b, c in zip(*sums, strict=True)]

    def intersections(self, chosen: Sequence[str]) -> list[dict[str, Any]]:
        """Exclusive intersections of these (at most `BITS`), the largest first: segments, customers, value."""
        if not self.masks.shape[1]:
            return []
        key = np.zeros(self.masks.shape[1], np.int64)
        for bit, name in enumerate(chosen):
            place = self.names.index(name)
            key |= ((self.masks[place // BITS] >> (place % BITS)) & 1) << bit
        masks, which, counts = np.unique(key, return_inverse=True, return_counts=True)
        sums = [np.bincount(which, part, len(masks)) for part in self._parts(self.worth)]
        values = self._joined(*sums)
        found = [
            {
                "segments": [n for bit, n in enumerate(chosen) if int(mask) >> bit & 1],
                "customers": int(counts[place]),
                "value": self._money(values[place]),
            }
            for place, mask in enumerate(masks)
            if mask
        ]
        return sorted(found, key=lambda row: -row["customers"])

    def _money(self, value: Any) -> Any:
        return Decimal(value) / SCALE if self.exact else value


def _worth(column: pa.ChunkedArray) -> tuple[npt.NDArray[Any], bool]:
    """What customers are worth as numbers, and whether in ten-thousandths; who has no row is worth nothing."""
    if pa.types.is_decimal(column.type):
        exact = column.cast(pa.decimal128(18, 4)).combine_chunks()
        return ten_thousandths(pc.fill_null(exact, Decimal(0))), True
    return np.nan_to_num(column.cast(pa.float64()).to_numpy()), False
