"""What a batch brings: one row per identifier, those not known yet, and the pairs not logged yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from sqlglot import exp

from dangol.engine import Engine, sql
from dangol.identity.once import Source, once
from dangol.identity.policy import Policy
from dangol.identity.standing import Standing, standing
from dangol.schema import NotFoundError, Text

_GIVEN = """
SELECT node, max(kind) AS kind, max(value) AS value,
  min(coalesce(first_seen, last_seen, :now)) AS first_seen, max(coalesce(last_seen, first_seen, :now)) AS last_seen,
  arg_min(source, coalesce(first_seen, last_seen, :now)) AS source, min(blocked) AS blocked
FROM i WHERE NOT node IS NULL AND :here GROUP BY node
"""
_GIVEN_ONCE = """
SELECT node, kind, value AS value, coalesce(first_seen, last_seen, :now) AS first_seen,
  coalesce(last_seen, first_seen, :now) AS last_seen, source AS source, blocked AS blocked
FROM i WHERE NOT node IS NULL
"""

_PAIRS = """
SELECT least(a, b) AS a, greatest(a, b) AS b, min(coalesce(at, :now)) AS at,
  arg_min(fact, coalesce(at, :now)) AS fact, arg_min(source, coalesce(at, :now)) AS source,
  max(coalesce(at, :now)) AS last
FROM l WHERE a <> b AND :here GROUP BY 1, 2
"""
_PAIRS_ONCE = """
SELECT least(a, b) AS a, greatest(a, b) AS b, coalesce(at, :now) AS at, fact, source, coalesce(at, :now) AS last
FROM l WHERE a <> b
"""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Scratch tables; queries over the batch's own tables where those need no work.

    :param given: every identifier of the batch, once (columns of `identifiers` but the derived ones).
    :param near: the rows of `identifiers` that the batch or a conflict names: read once, asked often.
    :param fresh: those of the batch that are not registered.
    :param pairs: ``a < b, at, fact, source``: pairs the log does not have; None when there are none.
    :param links: how many those are.
    :param every: all pairs of the batch, once, with columns of `pairs`; None without.
    :param barred: nodes known and open until now that this batch's normalising blocks, with the reason.
    :param junk: whether any identifier comes blocked.
    """

    given: Source
    near: str
    fresh: Source
    pairs: Source | None
    links: int
    every: Source | None
    barred: dict[int, str]
    junk: bool


@contextmanager
def arrive(
    engine: Engine, identifiers: Source, links: Source | None, before: Standing, *, now: dt.datetime, policy: Policy
) -> Iterator[Arrival]:
    """Read a batch into scratch tables.

    :raises NotFoundError: an identifier's kind is unknown.
    """
    with ExitStack() as stack:
        given = _given(engine, identifiers, now, stack)
        junk = _check_kinds(engine, given, policy)
        pairs: Source | None = None
        every: Source | None = None
        count, fresh, near = 0, given, "identifiers"
        if links is not None:
            every = pairs = _pairs(engine, links, now, stack)
            if before.seq:
                unlogged = _unlogged(pairs, policy.shared_device, before.withdrawn)
                pairs = stack.enter_context(engine.scratch(unlogged))
        if before.identifiers:
            near = stack.enter_context(engine.scratch(_near(given, pairs, before)))
            fresh = stack.enter_context(engine.scratch(_unseen(given, near)))
        if pairs is not None:
            count = int(engine.run(sql("SELECT count(*) AS n FROM p", tables={"p": pairs}))["n"][0].as_py())
        barred = _barred(engine, given, near) if junk and before.identifiers else {}
        yield Arrival(given, near, fresh, pairs if count else None, count, every, barred, junk)


def _check_kinds(engine: Engine, given: Source, policy: Policy) -> bool:
    """Whether any identifier comes blocked; and all are of a kind that there is."""
    query = "SELECT kind, count(*) AS n, count(blocked) AS blocked FROM g GROUP BY kind ORDER BY kind"
    rows = engine.run(sql(query, tables={"g": given})).to_pylist()
    for row in rows:
        if row["kind"] not in policy.kinds:
            raise NotFoundError(
                Text(
                    f"no kind of identifier is called {row['kind']!r}",
                    f"식별자 종류에 {row['kind']!r}: 그런 이름이 없습니다",
                ),
                hint=Text(f"kinds: {', '.join(policy.kinds)}", f"종류: {', '.join(policy.kinds)}"),
            )
    return any(row["blocked"] for row in rows)


def _given(engine: Engine, identifiers: Source, now: dt.datetime, stack: ExitStack) -> Source:
    """One row per node; columns that are null for all may be missing from what comes."""
    columns = engine.run(sql("SELECT * FROM i LIMIT 0", tables={"i": identifiers})).column_names
    missing = [name for name in ("blocked", "value", "source") if name not in columns]

    def filled(query: exp.Expr) -> exp.Expr:
        for name in missing:
            query = query.transform(lambda n, gone=name: _null_text(n, gone))
        return query

    return once(
        engine,
        identifiers,
        lambda source: sql("SELECT node AS x, 0 AS y FROM i WHERE NOT node IS NULL", tables={"i": source}),
        lambda source, here: filled(sql(_GIVEN, tables={"i": source}, now=now, here=here)),
        lambda source: filled(sql(_GIVEN_ONCE, tables={"i": source}, now=now)),
        exp.column("node"),
        stack,
    )


def _pairs(engine: Engine, links: Source, now: dt.datetime, stack: ExitStack) -> Source:
    """One row per pair, the smaller node first."""
    return once(
        engine,
        links,
        lambda source: sql("SELECT least(a, b) AS x, greatest(a, b) AS y FROM l WHERE a <> b", tables={"l": source}),
        lambda source, here: sql(_PAIRS, tables={"l": source}, now=now, here=here),
        lambda source: sql(_PAIRS_ONCE, tables={"l": source}, now=now),
        sql("least(a, b)"),
        stack,
    )


def _null_text(node: exp.Expr, name: str) -> exp.Expr:
    if isinstance(node, exp.Column) and node.name == name:
        return exp.cast(exp.null(), "text")
    return node


def _near(given: Source, pairs: Source | None, before: Standing) -> exp.Expr:
    """What the batch names, and what conflicts are about, in one reading of the table."""
    named = [sql("SELECT g.node FROM g", tables={"g": given})]
    if pairs is not None:
        named.append(sql("SELECT p.a AS node FROM p UNION ALL SELECT p.b AS node FROM p", tables={"p": pairs}))
    if before.conflicts:
        named.append(sql("SELECT c.node FROM identity_conflicts AS c"))
    every = named[0]
    for part in named[1:]:
        every = exp.union(every, part, distinct=False)
    return sql("SELECT i.* FROM identifiers AS i WHERE i.node IN (SELECT n.node FROM n)", tables={"n": every})


def _unseen(given: Source, near: str) -> exp.Expr:
    return sql(
        "SELECT g.* FROM g WHERE NOT EXISTS (SELECT 1 FROM i WHERE i.node = g.node)", tables={"g": given, "i": near}
    )


def _unlogged(pairs: Source, repeat: str, withdrawn: tuple[int, ...]) -> exp.Expr:
    """Pairs the log does not have; under a policy that goes by time also those with evidence from outside its span."""
    counts = standing(withdrawn)
    if repeat == "nobody":
        return sql(
            "SELECT p.* FROM p WHERE NOT EXISTS (SELECT 1 FROM identity_log AS g"
            " WHERE g.action = 'link' AND g.a = p.a AND g.b = p.b AND :counts)",
            tables={"p": pairs},
            counts=counts,
        )
    tables = {
        "p": pairs,
        "g": sql(
            "SELECT g.a, g.b, min(g.at) AS low, max(g.at) AS high FROM identity_log AS g"
            " JOIN p ON p.a = g.a AND p.b = g.b WHERE g.action = 'link' AND :counts GROUP BY g.a, g.b",
            tables={"p": pairs},
            counts=counts,
        ),
    }
    if repeat == "first":
        return sql(
            "SELECT p.* FROM p LEFT JOIN g ON g.a = p.a AND g.b = p.b WHERE g.low IS NULL OR p.at < g.low",
            tables=tables,
        )
    return sql(
        "SELECT p.a, p.b, p.last AS at, p.fact, p.source, p.last FROM p LEFT JOIN g ON g.a = p.a AND g.b = p.b"
        " WHERE g.high IS NULL OR p.last > g.high",
        tables=tables,
    )


def _barred(engine: Engine, given: Source, near: str) -> dict[int, str]:
    rows = engine.run(
        sql(
            "SELECT g.node, g.blocked FROM g JOIN i ON i.node = g.node"
            " WHERE NOT g.blocked IS NULL AND i.blocked IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM identity_log AS b"
            "  WHERE b.action IN ('block', 'unblock') AND b.a = g.node AND NOT b.entry IS NULL)",
            tables={"g": given, "i": near},
        )
    )
    return dict(zip(rows["node"].to_pylist(), rows["blocked"].to_pylist(), strict=True))
