"""How things stand before a step: the last numbers given out, and which tables hold anything."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from dangol.engine import Engine, sql

_STANDING = """
SELECT g.seq, g.entry, greatest(g.gone, i.born) AS id, i.identifiers, c.conflicts, g.withdrawn
FROM (
  SELECT coalesce(max(seq), 0) AS seq, coalesce(max(entry), 0) AS entry,
    coalesce(max(CASE WHEN action IN ('erase', 'withdraw') THEN TRY_CAST(fact AS BIGINT) END), 0) AS gone,
    count(CASE WHEN action = 'withdraw' THEN 1 END) AS withdrawn
  FROM identity_log
) AS g
CROSS JOIN (SELECT coalesce(max(born_as), 0) AS born, count(*) AS identifiers FROM identifiers) AS i
CROSS JOIN (SELECT count(*) AS conflicts FROM identity_conflicts) AS c
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """Read once per step; what is empty need not be asked again.

    :param seq: number of the last log entry.
    :param entry: number of the last by-hand action.
    :param id: the highest customer id ever given out; ids of customers that are gone are not given again.
    :param identifiers, conflicts: rows there are.
    :param withdrawn: imports that were taken back: their links count no more.
    """

    seq: int
    entry: int
    id: int
    identifiers: int
    conflicts: int
    withdrawn: tuple[int, ...] = ()


def stand(engine: Engine) -> Standing:
    found = engine.run(sql(_STANDING)).to_pylist()[0]
    return Standing(**{**found, "withdrawn": withdrawn(engine) if found["withdrawn"] else ()})


def withdrawn(engine: Engine) -> tuple[int, ...]:
    """Imports that were taken back."""
    rows = engine.run(sql("SELECT DISTINCT batch FROM identity_log WHERE action = 'withdraw' ORDER BY batch"))
    return tuple(rows["batch"].to_pylist())


def standing(batches: tuple[int, ...]) -> exp.Expr:
    """The condition that a row of the log (as `g`) did not come with one of these imports."""
    return sql("(g.batch IS NULL OR NOT g.batch IN :b)", b=list(batches)) if batches else exp.true()
