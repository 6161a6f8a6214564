"""Tables as files: CSV that spreadsheets open well, and Parquet."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from typing import Any, Literal

import pyarrow as pa

Format = Literal["csv", "parquet"]


def as_file(table: pa.Table, how: Format) -> bytes:
    """The whole table. CSV has a byte order mark, so that Excel reads Hangul, and moments in ISO 8601, UTC."""
    return _parquet(table) if how == "parquet" else _csv(table)


def _parquet(table: pa.Table) -> bytes:
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()


def _csv(table: pa.Table) -> bytes:
    out = io.StringIO(newline="")
    write = csv.writer(out, lineterminator="\r\n")
    write.writerow(table.column_names)
    for batch in table.to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            write.writerow([_cell(value) for value in row.values()])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def _cell(value: Any) -> Any:
    """A value as a spreadsheet may have it: a text that begins like a formula is made a text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
    if isinstance(value, list):
        return _cell(" > ".join(str(v) for v in value))
    if isinstance(value, dt.datetime):
        return (
            (value if value.tzinfo else value.replace(tzinfo=dt.UTC))
            .astimezone(dt.UTC)
            .isoformat()
            .replace("+00:00", "Z")
        )
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else value
    return value
