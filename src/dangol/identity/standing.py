"""How things stand before a step: the last numbers given out, and which tables hold anything."""

from __future__ import annotations

from dataclasses import dataclass

from dangol.engine import Engine, sql

_STANDING = """
SELECT
  (SELECT coalesce(max(seq), 0) FROM identity_log) AS seq,
  (SELECT coalesce(max(entry), 0) FROM identity_log) AS entry,
  greatest((SELECT coalesce(max(born_as), 0) FROM identifiers),
    (SELECT coalesce(max(TRY_CAST(fact AS BIGINT)), 0) FROM identity_log WHERE action = 'erase')) AS id,
  (SELECT count(*) FROM identifiers) AS identifiers,
  (SELECT count(*) FROM identity_conflicts) AS conflicts
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """Read once per step; what is empty need not be asked again.

    :param seq: number of the last log entry.
    :param entry: number of the last by-hand action.
    :param id: the highest customer id ever given out; ids of erased customers are not given again.
    :param identifiers, conflicts: rows there are.
    """

    seq: int
    entry: int
    id: int
    identifiers: int
    conflicts: int


def stand(engine: Engine) -> Standing:
    return Standing(**engine.run(sql(_STANDING)).to_pylist()[0])
