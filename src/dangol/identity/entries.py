"""Entries of the log that are few: blocks, and what a person did."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa
from sqlglot import exp

from dangol.engine import Engine, arrow_schema, sql
from dangol.identity.once import Source
from dangol.identity.region import EVIDENCE
from dangol.identity.slices import slices
from dangol.schema import IDENTITY_LOG

_ROWS = pa.schema([f for f in arrow_schema(IDENTITY_LOG) if f.name not in ("seq", "recorded_at")])


def entries(
    action: str,
    pairs: Iterable[tuple[int | None, int | None]],
    *,
    rule: str,
    now: dt.datetime,
    actor: str | None = None,
    entry: int | None = None,
    fact: str | None = None,
    batch: int | None = None,
) -> pa.Table:
    """Log rows of one action; `append` numbers them."""
    at = now.astimezone(dt.UTC).replace(tzinfo=None)
    same = {"action": action, "rule": rule, "fact": fact, "at": at, "actor": actor, "entry": entry, "batch": batch}
    return pa.Table.from_pylist([{**same, "a": a, "b": b} for a, b in pairs], _ROWS)


def blocks(reasons: Mapping[int, str], *, now: dt.datetime, batch: int | None = None) -> pa.Table:
    """Log rows of what dangol blocked by itself; the rule is the reason."""
    made = [entries("block", [(node, None)], rule=why, now=now, batch=batch) for node, why in sorted(reasons.items())]
    return pa.concat_tables(made) if made else _ROWS.empty_table()


def append(engine: Engine, rows: pa.Table, *, last: int, now: dt.datetime) -> int:
    """Number rows after `last` and append them to the log, in the order they have; returns the new last number."""
    if not rows.num_rows:
        return last
    with engine.scratch(rows.append_column("place", pa.array(range(1, rows.num_rows + 1), pa.int64()))) as name:
        engine.append(
            "identity_log",
            sql(
                "SELECT r.place + :last AS seq, r.action, r.a, r.b, r.rule, r.source, r.fact, r.at,"
                " :now AS recorded_at, r.actor, r.entry, r.batch FROM r",
                tables={"r": name},
                last=last,
                now=now,
            ),
        )
    return last + int(rows.num_rows)


def append_links(engine: Engine, pairs: Source, count: int, *, last: int, batch: int, now: dt.datetime) -> int:
    """Append a batch's new pairs (`count` of them) to the log, in order of their ends."""
    for piece in slices(count):
        last += engine.append(
            "identity_log",
            sql(
                "SELECT row_number() OVER (ORDER BY p.a, p.b) + :last AS seq, 'link' AS action, p.a, p.b,"
                " 'same_record' AS rule, p.source, p.fact, p.at, :now AS recorded_at, :batch AS batch FROM p"
                " WHERE :here",
                tables={"p": pairs},
                last=last,
                now=now,
                batch=batch,
                here=piece.holds(exp.column("a", table="p")),
            ),
        )
    return last


def append_junk(engine: Engine, fresh: Source, *, last: int, batch: int, now: dt.datetime) -> int:
    """Append a block for every new identifier that normalising found to be nobody's."""
    added: int = engine.append(
        "identity_log",
        sql(
            "SELECT row_number() OVER (ORDER BY f.node) + :last AS seq, 'block' AS action, f.node AS a,"
            " f.blocked AS rule, f.source, f.first_seen AS at, :now AS recorded_at, :batch AS batch"
            " FROM f WHERE NOT f.blocked IS NULL",
            tables={"f": fresh},
            last=last,
            now=now,
            batch=batch,
        ),
    )
    return last + added


def as_evidence(tables: Sequence[pa.Table]) -> pa.Table:
    """Not yet logged cuts and merges as a region takes them: later than everything logged."""
    rows = pa.concat_tables([_ROWS.empty_table(), *tables])
    late = pa.array(range(2**62, 2**62 + rows.num_rows), pa.int64())
    return rows.append_column("seq", late).select(EVIDENCE.names).cast(EVIDENCE)
