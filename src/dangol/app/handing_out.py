"""Tables as files: CSV that spreadsheets open well and run nothing of, and Parquet. The only writer of CSV for people."""

from __future__ import annotations

import csv
import io
from typing import Literal

import orjson
import pyarrow as pa
import pyarrow.compute as pc

Format = Literal["csv", "parquet"]

AT_ONCE = 10_000
"""Rows that are turned into text together."""

_RUNS = "^[=+\\-@\t\r]"
"""How a cell begins that a spreadsheet takes for a formula."""


def as_file(table: pa.Table, how: Format) -> bytes:
    """The whole table. CSV has a byte order mark, so that Excel reads Hangul, moments in ISO 8601, UTC, lists as ``a > b``,
    and no cell that a spreadsheet would run: a text that begins like a formula is made a text."""
    return _parquet(table) if how == "parquet" else _csv(table)


def _parquet(table: pa.Table) -> bytes:
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()


def _csv(table: pa.Table) -> bytes:
    out = io.StringIO(newline="")
    write = csv.writer(out, lineterminator="\r\n")
    write.writerow(_safe(pa.array(table.column_names, pa.string())).to_pylist())
    for at in range(0, table.num_rows, AT_ONCE):
        piece = table.slice(at, AT_ONCE)
        write.writerows(zip(*(_cells(column).to_pylist() for column in piece.columns), strict=True))
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def _cells(column: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    """A column as texts, or as the numbers it is. Whole columns at once: a list may be of everybody."""
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return column
    if pa.types.is_boolean(kind) or pa.types.is_date(kind):
        return column.cast(pa.string())
    if pa.types.is_decimal(kind):
        return pc.replace_substring_regex(column.cast(pa.string()), r"\.0+$", "")
    if pa.types.is_timestamp(kind):
        text = column.cast(pa.timestamp("us")).cast(pa.string())  # without a zone it is UTC, with one it becomes so
        text = pc.replace_substring_regex(pc.replace_substring(text, " ", "T"), r"\.0+$", "")
        return pc.binary_join_element_wise(text, "Z", "")
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        each = [None if row is None else " > ".join(_said(value) for value in row) for row in column.to_pylist()]
        return _safe(pa.array(each, pa.string()))
    if pa.types.is_nested(kind):
        return _safe(pa.array([None if row is None else _said(row) for row in column.to_pylist()], pa.string()))
    return _safe(column.cast(pa.string()))


def _said(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value, default=str).decode()


def _safe(texts: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    runs = pc.match_substring_regex(texts, _RUNS)
    return pc.if_else(runs, pc.binary_join_element_wise("'", texts, ""), texts)
