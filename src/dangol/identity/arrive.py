"""What a batch brings: one row per identifier, those not known yet, and the pairs not logged yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from sqlglot import exp

from dangol.engine import Engine, sql
from dangol.identity.policy import Policy
from dangol.identity.standing import Standing
from dangol.schema import DangolError, NotFoundError

Source = str | exp.Query
"""A table's name, or a query."""

_GIVEN = """
SELECT node, max(kind) AS kind, max(value) AS value,
  min(coalesce(first_seen, last_seen, :now)) AS first_seen, max(coalesce(last_seen, first_seen, :now)) AS last_seen,
  arg_min(source, coalesce(first_seen, last_seen, :now)) AS source, min(blocked) AS blocked
FROM i WHERE NOT node IS NULL GROUP BY node
"""

_PAIRS = """
SELECT least(a, b) AS a, greatest(a, b) AS b, min(coalesce(at, :now)) AS at,
  arg_min(fact, coalesce(at, :now)) AS fact, arg_min(source, coalesce(at, :now)) AS source,
  max(coalesce(at, :now)) AS last
FROM l WHERE a <> b GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Names of scratch tables.

    :param given: every identifier of the batch, once (columns of `identifiers` but the derived ones).
    :param near: the rows of `identifiers` that the batch names: read once, asked often.
    :param fresh: those of them that are not registered.
    :param pairs: ``a < b, at, fact, source``: pairs the log does not have; None when there are none.
    :param links: how many those are.
    :param barred: nodes known and open until now that this batch's normalising blocks, with the reason.
    :param junk: whether any identifier comes blocked.
    """

    given: str
    near: str
    fresh: str
    pairs: str | None
    links: int
    barred: dict[int, str]
    junk: bool


@contextmanager
def arrive(
    engine: Engine, identifiers: Source, links: Source | None, before: Standing, *, now: dt.datetime, policy: Policy
) -> Iterator[Arrival]:
    """Read a batch into scratch tables.

    :raises NotFoundError: an identifier's kind is unknown.
    :raises DangolError: a link names an identifier that is neither in the batch nor known.
    """
    with ExitStack() as stack:
        given = stack.enter_context(engine.scratch(_given(engine, identifiers, now)))
        junk = _check_kinds(engine, given, policy)
        pairs, count, fresh, near = None, 0, given, "identifiers"
        if links is not None:
            pairs = stack.enter_context(engine.scratch(sql(_PAIRS, tables={"l": links}, now=now)))
            if before.seq:
                pairs = stack.enter_context(engine.scratch(_unlogged(pairs, policy.shared_device)))
        if before.identifiers:
            near = stack.enter_context(engine.scratch(_near(given, pairs)))
            fresh = stack.enter_context(engine.scratch(_unseen(given, near)))
        if pairs is not None:
            count = _count(engine, pairs, given, near)
        barred = _barred(engine, given, near) if junk and before.identifiers else {}
        yield Arrival(given, near, fresh, pairs if count else None, count, barred, junk)


def _check_kinds(engine: Engine, given: str, policy: Policy) -> bool:
    """Whether any identifier comes blocked; and all are of a kind that there is."""
    query = "SELECT kind, count(*) AS n, count(blocked) AS blocked FROM g GROUP BY kind ORDER BY kind"
    rows = engine.run(sql(query, tables={"g": given})).to_pylist()
    for row in rows:
        if row["kind"] not in policy.kinds:
            raise NotFoundError(
                f"no kind of identifier is called {row['kind']!r}", hint=f"kinds: {', '.join(policy.kinds)}"
            )
    return any(row["blocked"] for row in rows)


def _given(engine: Engine, identifiers: Source, now: dt.datetime) -> exp.Expr:
    """One row per node; `blocked` may be missing from what comes."""
    columns = engine.run(sql("SELECT * FROM i LIMIT 0", tables={"i": identifiers})).column_names
    query = sql(_GIVEN, tables={"i": identifiers}, now=now)
    for name in ("blocked", "value", "source"):
        if name not in columns:
            query = query.transform(lambda n, gone=name: _null_text(n, gone))
    return query


def _null_text(node: exp.Expr, name: str) -> exp.Expr:
    if isinstance(node, exp.Column) and node.name == name:
        return exp.cast(exp.null(), "text")
    return node


def _near(given: str, pairs: str | None) -> exp.Expr:
    if pairs is None:
        return sql("SELECT i.* FROM identifiers AS i WHERE i.node IN (SELECT g.node FROM g)", tables={"g": given})
    return sql(
        "SELECT i.* FROM identifiers AS i WHERE i.node IN"
        " (SELECT g.node FROM g UNION SELECT p.a AS node FROM p UNION SELECT p.b AS node FROM p)",
        tables={"g": given, "p": pairs},
    )


def _unseen(given: str, near: str) -> exp.Expr:
    return sql(
        "SELECT g.* FROM g WHERE NOT EXISTS (SELECT 1 FROM i WHERE i.node = g.node)", tables={"g": given, "i": near}
    )


def _unlogged(pairs: str, repeat: str) -> exp.Expr:
    """Pairs the log does not have; under a policy that goes by time also those with evidence from outside its span."""
    if repeat == "nobody":
        return sql(
            "SELECT p.* FROM p WHERE NOT EXISTS"
            " (SELECT 1 FROM identity_log AS g WHERE g.action = 'link' AND g.a = p.a AND g.b = p.b)",
            tables={"p": pairs},
        )
    tables = {
        "p": pairs,
        "g": sql(
            "SELECT g.a, g.b, min(g.at) AS low, max(g.at) AS high FROM identity_log AS g"
            " JOIN p ON p.a = g.a AND p.b = g.b WHERE g.action = 'link' GROUP BY g.a, g.b",
            tables={"p": pairs},
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


def _count(engine: Engine, pairs: str, given: str, near: str) -> int:
    """How many pairs; each must name identifiers that came with the batch or are registered."""
    found = engine.run(
        sql(
            "SELECT count(*) AS n, count(CASE WHEN NOT EXISTS (SELECT 1 FROM g WHERE g.node = p.a)"
            " OR NOT EXISTS (SELECT 1 FROM g WHERE g.node = p.b) THEN 1 END) AS elsewhere FROM p",
            tables={"p": pairs, "g": given},
        )
    ).to_pylist()[0]
    if found["elsewhere"]:
        _refuse_strangers(engine, pairs, given, near)
    return int(found["n"])


def _refuse_strangers(engine: Engine, pairs: str, given: str, near: str) -> None:
    query = (
        "SELECT count(*) AS n FROM (SELECT a AS node FROM p UNION SELECT b AS node FROM p) AS e"
        " WHERE NOT EXISTS (SELECT 1 FROM i WHERE i.node = e.node)"
        " AND NOT EXISTS (SELECT 1 FROM g WHERE g.node = e.node)"
    )
    missing = int(engine.run(sql(query, tables={"p": pairs, "g": given, "i": near}))["n"][0].as_py())
    if missing:
        raise DangolError(
            f"{missing:,} identifiers are linked but neither given with the batch nor known",
            where="links",
            hint="give every identifier of a link in `identifiers` too",
        )


def _barred(engine: Engine, given: str, near: str) -> dict[int, str]:
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
