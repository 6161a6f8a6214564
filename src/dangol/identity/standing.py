"""How things stand before a step: the last numbers given out, and which tables hold anything."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from dangol.engine import Engine, sql

_STANDING = """
SELECT
  (SELECT coalesce(max(seq), 0) FROM identity_log) AS seq,
  (SELECT coalesce(max(entry), 0) FROM identity_log) AS entry,
  greatest((SELECT coalesce(max(born_as), 0) FROM identifiers),
    (SELECT coalesce(max(TRY_CAST(fact AS BIGINT)), 0) FROM identity_log WHERE action IN ('erase', 'withdraw'))) AS id,
  (SELECT count(*) FROM identifiers) AS identifiers,
  (SELECT count(*) FROM identity_conflicts) AS conflicts,
  (SELECT count(*) FROM identity_log WHERE action = 'withdraw') AS withdrawn
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
