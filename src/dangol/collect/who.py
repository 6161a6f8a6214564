"""Identifiers of a file: their distinct values to nodes, and the pairs that stand on one record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from dangol.collect.mapping import Identifier
from dangol.engine import FileEngine, sql
from dangol.schema import KINDS, Pseudonymises

_SCHEMA = pa.schema(
    [
        ("raw", pa.string()),
        ("node", pa.int64()),
        ("value", pa.string()),
        ("blocked", pa.string()),
        ("problem", pa.string()),
        ("secret", pa.bool_()),
    ]
)
_SOME = 50_000


@dataclass(frozen=True, slots=True)
class Known:
    """One identifier column: `table` holds raw, node (null without one), value, blocked, problem, secret."""

    kind: str
    column: str
    table: str


def known(
    engine: FileEngine, rows: str, identifiers: Sequence[Identifier], pseudonymiser: Pseudonymises, stack: ExitStack
) -> list[Known]:
    """A lookup table per identifier column of `rows`; each distinct value is hashed once."""
    out = []
    for place, one in enumerate(identifiers):
        column = exp.column(f"id{place}")
        query = exp.select(column.as_("raw")).from_(rows).where(sql(":c IS NOT NULL", c=column)).group_by(column)
        values = engine.run(query)["raw"]
        reader = pa.RecordBatchReader.from_batches(_SCHEMA, _hashed(one.kind, values, pseudonymiser))
        out.append(Known(one.kind, f"id{place}", stack.enter_context(engine.scratch(reader))))
    return out


def _hashed(kind: str, values: pa.ChunkedArray, pseudonymiser: Pseudonymises) -> Iterator[pa.RecordBatch]:
    for start in range(0, len(values), _SOME):
        raws = values.slice(start, _SOME).to_pylist()
        found = pseudonymiser.pseudonyms(kind, raws)
        nodes = pa.array(found.nodes, pa.int64(), mask=found.nodes == 0)
        secret = KINDS[kind].personal
        hidden = pa.array([secret or place in found.personal for place in range(len(raws))], pa.bool_())
        columns = [
            pa.array(raws, pa.string()),
            nodes,
            *(pa.array(c, pa.string()) for c in (found.values, found.blocked, found.problems)),
        ]
        yield pa.RecordBatch.from_arrays([*columns, hidden], schema=_SCHEMA)


def joined(rows: exp.Query | str, lookups: Sequence[Known], *, keep: bool = True) -> exp.Select:
    """`rows` with `node` (the strongest identifier that may join) and, when kept, every node as n0, n1, …"""
    source = exp.to_table(rows).as_("t") if isinstance(rows, str) else rows.subquery("t")
    query = exp.select("t.*").from_(source)
    open_nodes: list[exp.Expr] = []
    for place, one in enumerate(lookups):
        alias = f"k{place}"
        match = exp.column("raw", table=alias).eq(exp.column(one.column, table="t"))
        query = query.join(one.table, join_type="left", join_alias=alias, on=match)
        node, blocked = exp.column("node", table=alias), exp.column("blocked", table=alias)
        allowed = sql("CASE WHEN :b IS NULL THEN :n END", b=blocked, n=node)
        open_nodes.append(allowed)
        if keep:
            query = query.select(node.as_(f"n{place}"), allowed.as_(f"open{place}"))
    if not open_nodes:
        return query.select(exp.cast(exp.null(), "bigint").as_("node"))
    return query.select(exp.Coalesce(this=open_nodes[0], expressions=open_nodes[1:]).as_("node"))


def identifiers(
    rows: str, lookups: Sequence[Known], *, source: str, now: dt.datetime, last: str = "at"
) -> exp.Query | None:
    """node, kind, value (never a personal one), first_seen, last_seen, source, blocked."""
    parts = [
        sql(
            """SELECT k.node AS node, :kind AS kind, CASE WHEN any_value(k.secret) THEN NULL ELSE any_value(k.value) END AS value,
               coalesce(min(t.at), :now) AS first_seen, coalesce(max(:last), :now) AS last_seen, :source AS source,
               any_value(k.blocked) AS blocked
               FROM t JOIN k ON k.raw = :column WHERE k.node IS NOT NULL GROUP BY k.node""",
            tables={"t": rows, "k": one.table},
            kind=one.kind,
            now=now,
            source=source,
            column=exp.column(one.column, table="t"),
            last=exp.column(last, table="t"),
        )
        for one in lookups
    ]
    return _union(parts, "node") if parts else None


def _union(parts: Sequence[exp.Expr], by: str) -> exp.Query:
    """Two columns of one kind may hold the same identifier: once is enough."""
    whole = parts[0]
    for part in parts[1:]:
        whole = exp.union(whole, part, distinct=False)
    if len(parts) == 1:
        return whole  # type: ignore[return-value]
    return sql(  # type: ignore[return-value]
        """SELECT node, any_value(kind) AS kind, any_value(value) AS value, min(first_seen) AS first_seen,
           max(last_seen) AS last_seen, any_value(source) AS source, any_value(blocked) AS blocked FROM u GROUP BY node""",
        tables={"u": whole},
    )


def links(rows: str, lookups: Sequence[Known], *, fact: exp.Expr, source: str, now: dt.datetime) -> exp.Query | None:
    """a, b, fact, at, source: pairs of identifiers on one record, a < b, each once with its earliest fact. Blocked ones never."""
    if len(lookups) < 2:
        return None
    ends = [(i, j) for i in range(len(lookups)) for j in range(i + 1, len(lookups))]
    parts = [
        sql(
            "SELECT least(:x, :y) AS a, greatest(:x, :y) AS b, :fact AS fact, at FROM t WHERE :x <> :y",
            tables={"t": rows},
            x=exp.column(f"open{i}"),
            y=exp.column(f"open{j}"),
            fact=fact,
        )
        for i, j in ends
    ]
    whole = parts[0]
    for part in parts[1:]:
        whole = exp.union(whole, part, distinct=False)
    return sql(  # type: ignore[return-value]
        """SELECT a, b, min_by(fact, coalesce(at, :now)) AS fact, coalesce(min(at), :now) AS at, :source AS source
           FROM u GROUP BY a, b""",
        tables={"u": whole},
        now=now,
        source=source,
    )
