"""Who else told it: identifiers and links that a batch brings although another had brought them, kept so that one can go."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from dangol.engine import Engine, sql
from dangol.identity.arrive import Arrival
from dangol.identity.standing import Standing

_FIRST = """
SELECT n.node, n.kind, n.value, n.first_seen, n.last_seen, n.source,
  CASE WHEN n.blocked IN ('too_common', 'by_hand') THEN NULL ELSE n.blocked END AS blocked, n.batch
FROM n WHERE NOT n.batch IN :same AND n.node IN (SELECT g.node FROM g)
  AND NOT n.node IN (SELECT t.node FROM identifiers_told AS t)
"""
_AGAIN = """
SELECT g.node, g.kind, g.value, g.first_seen, g.last_seen, g.source, g.blocked, :batch AS batch
FROM g JOIN n ON n.node = g.node
WHERE NOT n.batch IN :same AND NOT g.node IN (SELECT t.node FROM identifiers_told AS t WHERE t.batch IN :same)
"""
_OTHERS = "SELECT count(*) AS n FROM n WHERE NOT n.batch IN :same AND n.node IN (SELECT g.node FROM g)"
_REPEATED = (
    "SELECT e.a, e.b, e.fact, e.at, e.source FROM e WHERE NOT EXISTS (SELECT 1 FROM p WHERE p.a = e.a AND p.b = e.b)"
)
_LINKS = """
SELECT e.a, e.b, e.fact, e.at, e.source, :batch AS batch FROM e
WHERE NOT EXISTS (SELECT 1 FROM identity_log AS g WHERE g.action = 'link' AND g.a = e.a AND g.b = e.b AND g.batch IN :same)
  AND NOT EXISTS (SELECT 1 FROM links_told AS t WHERE t.batch IN :same AND t.a = e.a AND t.b = e.b)
"""


def keep(engine: Engine, came: Arrival, before: Standing, *, batch: int, same: Sequence[int] = ()) -> None:
    """Write down what a batch tells again. An identifier has no row in `identifiers_told`, or one for each teller.

    :param same: batches that are one teller with this one (the days of live events).
    """
    teller = sorted({batch, *same})
    tables = {"g": came.given, "n": came.near}
    if before.identifiers and _count(engine, sql(_OTHERS, tables=tables, same=teller)):
        engine.append("identifiers_told", sql(_FIRST, tables=tables, same=teller))
        engine.append("identifiers_told", sql(_AGAIN, tables=tables, batch=batch, same=teller))
    if before.seq and came.every is not None:
        new = came.pairs if came.pairs is not None else _NONE
        with engine.scratch(sql(_REPEATED, tables={"e": came.every, "p": new})) as again:
            if _count(engine, sql("SELECT count(*) AS n FROM a", tables={"a": again})):  # else the log need not be read
                engine.append("links_told", sql(_LINKS, tables={"e": again}, batch=batch, same=teller))


def _count(engine: Engine, query: exp.Expr) -> int:
    return int(engine.run(query)["n"][0].as_py())


_NONE: exp.Expr = sql("SELECT a, b FROM identity_log WHERE FALSE")
