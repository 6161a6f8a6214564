"""Rows of a file as an engine table of text: `nr` (row of the file), `c0`, `c1`, …; and those that could not be split."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import pyarrow as pa
from sqlglot import exp

from dangol.collect.reading import Reading, numbered_rows
from dangol.collect.ways import LookAgain
from dangol.engine import FileEngine, scan_csv, scan_parquet, sql
from dangol.schema import DangolError, EngineError, FileError, Text

BATCH = 20_000
_KEEP = 200_000
"""Unsplittable rows kept in memory; a file with more is not a table."""


@dataclass(slots=True)
class Unsplit:
    """Rows that cannot be split into columns: (row, reason, text)."""

    rows: list[tuple[int, str, str]] = field(default_factory=list)


def columns(reading: Reading) -> list[str]:
    """Names of the columns in the engine: by place, so that no header can break a query."""
    return [f"c{i}" for i in range(len(reading.header))]


@contextmanager
def scanned(engine: FileEngine, reading: Reading) -> Iterator[str]:
    """The file as a view, without row numbers: read by the engine each time it is asked. For plain files only."""
    assert reading.path is not None
    if reading.format == "parquet":
        query = scan_parquet(reading.path, reading.header, columns(reading))
    else:
        query = scan_csv(
            reading.path,
            columns(reading),
            delimiter=reading.delimiter or ",",
            skip=reading.skip,
            line=reading.limits.line,
            packed=reading.packed,
        )
    with engine.view(query) as name:
        yield name


@contextmanager
def loaded(engine: FileEngine, reading: Reading) -> Iterator[tuple[str, Unsplit]]:
    """The file as a scratch table with row numbers, and its unsplittable rows. Raises `LookAgain`."""
    with ExitStack() as stack:
        unsplit = Unsplit()
        read = _by_engine(engine, reading, stack) if reading.plain else _by_rows(engine, reading, stack, unsplit)
        yield read, unsplit


def _by_engine(engine: FileEngine, reading: Reading, stack: ExitStack) -> str:
    """The engine's own reader. It stumbles over a malformed row, which `_by_rows` can put aside alone."""
    try:
        view = stack.enter_context(scanned(engine, reading))
        return stack.enter_context(engine.scratch(_numbered(view, reading)))
    except EngineError as error:
        if reading.format == "parquet" or not malformed(error):
            raise
        raise LookAgain("lines") from None


def _by_rows(engine: FileEngine, reading: Reading, stack: ExitStack, unsplit: Unsplit) -> str:
    trouble: list[DangolError] = []
    fields = [pa.field("nr", pa.int64()), *(pa.field(c, pa.string()) for c in columns(reading))]
    schema = pa.schema(fields)

    def guarded() -> Iterator[pa.RecordBatch]:
        try:
            yield from batches(reading, schema, unsplit)
        except DangolError as error:  # the engine would wrap it; keep the clear word
            trouble.append(error)

    name = stack.enter_context(engine.scratch(pa.RecordBatchReader.from_batches(schema, guarded())))
    if trouble:
        raise trouble[0]
    return name


def batches(reading: Reading, schema: pa.Schema, unsplit: Unsplit) -> Iterator[pa.RecordBatch]:
    """Rows as Arrow batches. Raises `FileError` when most rows cannot be split."""
    numbers: list[int] = []
    rows: list[object] = []
    total = 0
    for number, cells, text in numbered_rows(reading):
        total += 1
        if cells is None:
            unsplit.rows.append((number, "bad_row", text[:10_000]))
            if len(unsplit.rows) > _KEEP:
                raise _not_a_table(reading, len(unsplit.rows), total)
            continue
        numbers.append(number)
        rows.append(cells)
        if len(rows) >= BATCH:
            yield _batch(schema, numbers, rows)
            numbers, rows = [], []
    if rows:
        yield _batch(schema, numbers, rows)
    if len(unsplit.rows) > 20 and len(unsplit.rows) > total * reading.limits.bad:
        raise _not_a_table(reading, len(unsplit.rows), total)


def _batch(schema: pa.Schema, numbers: list[int], rows: list[object]) -> pa.RecordBatch:
    # Stripped here, so that the engine need not look for odd blanks in every cell.
    rows = [[c.strip() if c else None for c in row] for row in rows]  # type: ignore[attr-defined]
    texts = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    return pa.RecordBatch.from_arrays([pa.array(numbers, pa.int64()), *texts], schema=schema)


def _numbered(view: str, reading: Reading) -> exp.Expr:
    return sql(
        "SELECT row_number() OVER () + :above AS nr, t.* FROM t",
        tables={"t": view},
        above=max(reading.header_row, 1),
    )


def malformed(error: EngineError) -> bool:
    return any(word in str(error) for word in ("CSV", "quote", "Unicode", "UTF"))


def _not_a_table(reading: Reading, bad: int, total: int) -> FileError:
    return FileError(
        Text(
            f"{bad:,} of {total:,} rows do not have the {len(reading.header)} columns of the header",
            f"{total:,}행 가운데 {bad:,}행은 열 개수가 머리글의 {len(reading.header)}개와 다릅니다",
        ),
        where=reading.name,
        hint=Text(
            "a wrong delimiter or encoding, or a stray quote near the top; nothing of it was taken",
            "구분자나 인코딩이 다르거나 앞쪽에 짝이 없는 따옴표가 있습니다. 이 파일에서는 아무것도 들여오지 않았습니다",
        ),
    )
