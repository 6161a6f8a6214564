"""Everything again, from the log alone. Under the same policy it must change nothing; under another it is how that is applied."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dangol.engine import Engine, sql
from dangol.identity.crowd import TOO_COMMON
from dangol.identity.entries import append, blocks, entries
from dangol.identity.place import Placed
from dangol.identity.policy import Policy
from dangol.identity.region import EVIDENCE, WHO, Region
from dangol.identity.resolve import settle_region
from dangol.identity.standing import Standing, stand, standing
from dangol.identity.values import Resolution
from dangol.identity.write import work_out, write

NOT_COMMON = "not_common"
"""Why a value is free again that dangol had found to be everybody's: the policy allows more now."""

_BLOCKED = """
SELECT i.node,
  CASE WHEN h.action = 'block' THEN h.rule WHEN h.action = 'unblock' THEN NULL ELSE d.rule END AS blocked,
  h.a IS NULL AND d.rule = :crowd AS found
FROM identifiers AS i
LEFT JOIN (
  SELECT a, arg_max(action, seq) AS action, arg_max(rule, seq) AS rule FROM identity_log
  WHERE action IN ('block', 'unblock') AND NOT entry IS NULL GROUP BY a
) AS h ON h.a = i.node
LEFT JOIN (
  SELECT a, CASE WHEN arg_max(action, seq) = 'block' THEN arg_max(rule, seq) END AS rule FROM identity_log
  WHERE action IN ('block', 'unblock') AND entry IS NULL GROUP BY a
) AS d ON d.a = i.node
"""


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything placed anew, and nothing written.

    :param fresh: values that are everybody's under this policy and were not before, with the reason.
    :param free: values that were found to be everybody's and are not any more.
    """

    placed: Placed
    fresh: Mapping[int, str]
    free: frozenset[int]


def rebuild(engine: Engine, *, now: dt.datetime, policy: Policy | None = None) -> Resolution:
    """Recompute every customer from the log; what differs is written and returned like any other step.

    Registered identifiers and the ids they were born with are facts and stay; customers, blocks, redirects and
    conflicts are derived and are made anew. Holds the whole log in memory: some 40 bytes a link and 60 an identifier.
    """
    policy = policy or Policy()
    with engine.transaction(), ExitStack() as stack:
        before = stand(engine)
        found = whole(engine, before, policy, stack)
        freed = entries("unblock", [(n, None) for n in sorted(found.free)], rule=NOT_COMMON, now=now)
        last = append(engine, blocks(found.fresh, now=now), last=before.seq, now=now)
        append(engine, freed, last=last, now=now)
        change = stack.enter_context(work_out(engine, found.placed, before))
        write(engine, change, before)
        engine.replace(
            "redirects", sql("SELECT born_as AS old_id, customer_id FROM identifiers WHERE born_as <> customer_id")
        )
        engine.delete(
            "identity_conflicts", sql("NOT node IN (SELECT i.node FROM identifiers AS i WHERE i.blocked IS NULL)")
        )
        return change.said


def whole(
    engine: Engine,
    before: Standing,
    policy: Policy,
    stack: ExitStack,
    *,
    blocked: Mapping[int, str | None] | None = None,
) -> Whole:
    """Place everybody under a policy, from the log alone. Writes nothing but scratch tables, which live as long as `stack`.

    What dangol itself found to be everybody's is found anew, since the policy says how many are too many.

    :param blocked: node → reason, or None for one that may join: as if a person said so now.
    """
    said = dict(blocked or {})
    judged = stack.enter_context(engine.scratch(sql(_BLOCKED, crowd=TOO_COMMON)))
    rows = engine.run(
        sql(
            "SELECT i.node, i.kind, i.born_as, i.first_seen, b.blocked, b.found FROM identifiers AS i"
            " JOIN b ON b.node = i.node",
            tables={"b": judged},
        )
    )
    crowd = rows.filter(pc.fill_null(rows["found"], False))["node"]
    open_ = pc.if_else(pc.fill_null(rows["found"], False), pa.scalar(None, pa.string()), rows["blocked"])
    who = rows.set_column(rows.column_names.index("blocked"), "blocked", open_).select(WHO.names).cast(WHO)
    links = engine.run(
        sql(
            "SELECT g.a, g.b, g.at FROM identity_log AS g WHERE g.action = 'link' AND :counts",
            counts=standing(before.withdrawn),
        )
    )
    region = Region.of([who], who.num_rows, [links], _by_hand(engine), "identifiers")
    placed, shut = settle_region(engine, region, said, before, policy)
    known = {int(n) for n in np.asarray(crowd)}
    fresh = {n: why for n, why in shut.items() if n not in known and n not in said}
    return Whole(placed, fresh, frozenset(known - set(shut) - set(said)))


def _by_hand(engine: Engine) -> pa.Table:
    return engine.run(
        sql(
            "SELECT g.seq, g.action, g.a, g.b, g.at, g.entry FROM identity_log AS g WHERE g.action IN ('cut', 'merge')"
            " AND NOT g.entry IN (SELECT r.entry FROM identity_log AS r WHERE r.action = 'revoke')"
        )
    ).cast(EVIDENCE)
