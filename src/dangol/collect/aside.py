"""Rows that could not be read: set aside with their reason, and kept whole for another try."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from sqlglot import exp

from dangol.collect import cells, header
from dangol.collect.loading import Unsplit
from dangol.collect.people import pages
from dangol.collect.plan import Plan
from dangol.collect.reading import Reading
from dangol.collect.reasons import message
from dangol.collect.who import Known
from dangol.engine import FileEngine, sql
from dangol.privacy import FREE_TEXT, scrub


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row as it came, without resident numbers and dropped columns; to be kept encrypted under `id`.

    `row` maps column → text, and ``row`` → its number in the file, so that `read_rows` can take it again.
    """

    id: int
    row: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Aside:
    """`table` has the columns of `quarantine`; `raw` the cells of its rows."""

    table: str | None
    raw: str | None
    names: tuple[str, ...]
    dropped: frozenset[str]
    lines: tuple[tuple[int, int, str], ...]

    def rows(self, engine: FileEngine) -> Iterator[Rejected]:
        yield from (Rejected(id_, {"row": row, "line": text}) for id_, row, text in self.lines)
        for page in pages(engine, self.raw, "nth"):
            for found in page:
                cells_ = {n: found[f"c{i}"] for i, n in enumerate(self.names) if header.key(n) not in self.dropped}
                yield Rejected(int(str(found["id"])), {"row": found["nr"], **cells_})


def doubts(rows: str, lookups: list[Known]) -> exp.Query:
    """nr, field, reason of every row with a problem; the first problem of each."""
    first = exp.Case()
    for place, one in enumerate(lookups):
        first.append("ifs", exp.If(this=sql(":p IS NOT NULL", p=exp.column("problem", table=f"k{place}")),
            true=sql("concat(:kind, ':', :p)", kind=one.kind, p=exp.column("problem", table=f"k{place}"))))  # fmt: skip
    query = exp.select("t.nr").from_(exp.to_table(rows).as_("t"))
    for place, one in enumerate(lookups):
        query = query.join(
            one.table, join_type="left", join_alias=f"k{place}",
            on=exp.column("raw", table=f"k{place}").eq(exp.column(one.column, table="t")),
        )  # fmt: skip
    why = sql("coalesce(t.bad, :first)", first=first) if lookups else sql("t.bad")
    query = query.select(why.as_("why")).where("t.skip IS NULL")
    return sql(  # type: ignore[return-value]
        "SELECT nr, split_part(why, ':', 1) AS field, split_part(why, ':', 2) AS reason FROM q WHERE why IS NOT NULL",
        tables={"q": query},
    )


def aside(
    engine: FileEngine, plan: Plan, reading: Reading, doubtful: str, raw: str, unsplit: Unsplit, *,
    batch: int, now: dt.datetime, stack: ExitStack, taken: Counter[str],
) -> Aside:  # fmt: skip
    """Build the quarantine of a file from its doubtful rows and those that could not be split."""
    made = cells.key(exp.Literal.string(reading.digest), sql("CAST(nr AS VARCHAR)"))
    found = engine.run(
        sql("SELECT nr, :id AS id, field, reason FROM d ORDER BY nr", tables={"d": doubtful}, id=made)
    ).to_pylist()
    numbers = pa.table({"nr": pa.array([n for n, _, _ in unsplit.rows], pa.int64())})
    ids = dict(
        _rows(
            engine.run(
                sql("SELECT nr, :id AS id FROM d", tables={"d": stack.enter_context(engine.scratch(numbers))}, id=made)
            )
        )
    )
    lines = []
    for number, reason, text in unsplit.rows:
        clean, counts = scrub(text, take=FREE_TEXT[:2])
        taken.update(counts)
        lines.append((ids[number], number, clean))
        found.append({"id": ids[number], "nr": number, "field": None, "reason": reason})
    if not found:
        return Aside(None, None, plan.names, frozenset(), ())
    table = stack.enter_context(engine.scratch(_quarantine(found, plan.source, reading.name, batch, now)))
    kept = sql(
        "SELECT row_number() OVER (ORDER BY r.nr) AS nth, :id AS id, r.* FROM r WHERE r.nr IN (SELECT d.nr FROM d)",
        tables={"r": raw, "d": doubtful},
        id=made,
    )
    dropped = frozenset(header.key(c) for c in plan.mapping.drop)
    return Aside(table, stack.enter_context(engine.scratch(kept)), plan.names, dropped, tuple(lines))


def _rows(table: pa.Table) -> Iterator[tuple[int, int]]:
    yield from zip(table["nr"].to_pylist(), table["id"].to_pylist(), strict=True)


def _quarantine(found: list[dict[str, Any]], source: str, file: str, batch: int, now: dt.datetime) -> pa.Table:
    at = now.astimezone(dt.UTC).replace(tzinfo=None)
    n = len(found)
    text = pa.string()
    return pa.table(
        {
            "id": pa.array([f["id"] for f in found], pa.int64()),
            "batch": pa.array([batch] * n, pa.int64()),
            "source": pa.array([source] * n, text),
            "file": pa.array([file] * n, text),
            "row": pa.array([f["nr"] for f in found], pa.int64()),
            "field": pa.array([f["field"] for f in found], text),
            "reason": pa.array([f["reason"] for f in found], text),
            "message": pa.array([message(f["reason"], f["field"]) for f in found], text),
            "status": pa.array(["open"] * n, text),
            "at": pa.array([at] * n, pa.timestamp("us")),
        }
    )
