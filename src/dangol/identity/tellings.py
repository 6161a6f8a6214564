"""Who else told it: identifiers and links that a batch brings although another had brought them, kept so that one can go."""

from __future__ import annotations

from sqlglot import exp

from dangol.engine import Engine, sql
from dangol.identity.arrive import Arrival
from dangol.identity.standing import Standing

_FIRST = """
SELECT n.node, n.kind, n.value, n.first_seen, n.last_seen, n.source,
  CASE WHEN n.blocked IN ('too_common', 'by_hand') THEN NULL ELSE n.blocked END AS blocked, n.batch
FROM n WHERE n.batch <> :batch AND n.node IN (SELECT g.node FROM g)
  AND NOT n.node IN (SELECT t.node FROM identifiers_told AS t)
"""
_AGAIN = """
SELECT g.node, g.kind, g.value, g.first_seen, g.last_seen, g.source, g.blocked, :batch AS batch
FROM g JOIN n ON n.node = g.node
WHERE n.batch <> :batch AND NOT g.node IN (SELECT t.node FROM identifiers_told AS t WHERE t.batch = :batch)
"""
_LINKS = """
SELECT e.a, e.b, e.fact, e.at, e.source, :batch AS batch FROM e
WHERE NOT EXISTS (SELECT 1 FROM p WHERE p.a = e.a AND p.b = e.b)
  AND NOT EXISTS (SELECT 1 FROM links_told AS t WHERE t.batch = :batch AND t.a = e.a AND t.b = e.b)
"""


def keep(engine: Engine, came: Arrival, before: Standing, *, batch: int) -> None:
    """Write down what a batch tells again. An identifier has no row in `identifiers_told`, or one for each batch that told it."""
    if before.identifiers:
        tables = {"g": came.given, "n": came.near}
        engine.append("identifiers_told", sql(_FIRST, tables=tables, batch=batch))
        engine.append("identifiers_told", sql(_AGAIN, tables=tables, batch=batch))
    if before.seq and came.every is not None:
        new = came.pairs if came.pairs is not None else _NONE
        engine.append("links_told", sql(_LINKS, tables={"e": came.every, "p": new}, batch=batch))


_NONE: exp.Expr = sql("SELECT a, b FROM identity_log WHERE FALSE")
