"""Everything again, from the log alone. Must change nothing; a difference would be a fault, or another policy."""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack

import pyarrow as pa

from dangol.engine import Engine, sql
from dangol.identity.entries import append, blocks
from dangol.identity.policy import Policy
from dangol.identity.region import EVIDENCE, WHO, Region
from dangol.identity.resolve import settle_region
from dangol.identity.standing import stand, standing
from dangol.identity.values import Resolution
from dangol.identity.write import work_out, write

_BLOCKED = """
SELECT i.node,
  CASE WHEN h.action = 'block' THEN h.rule WHEN h.action = 'unblock' THEN NULL ELSE d.rule END AS blocked
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


def rebuild(engine: Engine, *, now: dt.datetime, policy: Policy | None = None) -> Resolution:
    """Recompute every customer from the log; what differs is written and returned like any other step.

    Registered identifiers and the ids they were born with are facts and stay; customers, blocks, redirects and
    conflicts are derived and are made anew. Holds the whole log in memory: some 40 bytes a link and 60 an identifier.
    """
    policy = policy or Policy()
    with engine.transaction(), ExitStack() as stack:
        before = stand(engine)
        blocked = stack.enter_context(engine.scratch(sql(_BLOCKED)))
        who = engine.run(
            sql(
                "SELECT i.node, i.kind, i.born_as, i.first_seen, b.blocked FROM identifiers AS i"
                " JOIN b ON b.node = i.node",
                tables={"b": blocked},
            )
        ).cast(WHO)
        links = engine.run(
            sql(
                "SELECT g.a, g.b, g.at FROM identity_log AS g WHERE g.action = 'link' AND :counts",
                counts=standing(before.withdrawn),
            )
        )
        region = Region.of([who], who.num_rows, [links], _by_hand(engine), "identifiers")
        placed, new_blocks = settle_region(engine, region, {}, before, policy)
        append(engine, blocks(new_blocks, now=now), last=before.seq, now=now)
        change = stack.enter_context(work_out(engine, placed, before))
        write(engine, change, before)
        engine.replace(
            "redirects", sql("SELECT born_as AS old_id, customer_id FROM identifiers WHERE born_as <> customer_id")
        )
        engine.delete(
            "identity_conflicts", sql("NOT node IN (SELECT i.node FROM identifiers AS i WHERE i.blocked IS NULL)")
        )
        return change.said


def _by_hand(engine: Engine) -> pa.Table:
    return engine.run(
        sql(
            "SELECT g.seq, g.action, g.a, g.b, g.at, g.entry FROM identity_log AS g WHERE g.action IN ('cut', 'merge')"
            " AND NOT g.entry IN (SELECT r.entry FROM identity_log AS r WHERE r.action = 'revoke')"
        )
    ).cast(EVIDENCE)
