"""Taking an import's evidence back: its links count no more, identifiers that it alone told go, the rest stands as if it had
never been told. One more entry in the log says so; no entry is deleted."""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from dangol.engine import Engine, sql
from dangol.identity.entries import append, blocks, entries
from dangol.identity.policy import Policy
from dangol.identity.region import members, read
from dangol.identity.resolve import settle_region
from dangol.identity.standing import Standing, stand, standing
from dangol.identity.values import Resolution
from dangol.identity.write import work_out, write

UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What taking an import back did to who is who.

    :param identifiers: how many are gone, since no other import told them.
    :param links: how many entries of the log count no more.
    :param resolution: what changed for those that stay; `touched` has everybody the import told of, vanished ones included.
    """

    identifiers: int
    links: int
    resolution: Resolution


def withdraw(
    engine: Engine, batch: int, *, actor: str, now: dt.datetime, why: str | None = None, policy: Policy | None = None
) -> Withdrawn:
    """Take an import back, inside the transaction that takes its facts back. Doing it again changes nothing."""
    policy = policy or Policy()
    with engine.transaction(), ExitStack() as stack:
        before = stand(engine)
        told = stack.enter_context(engine.scratch(_told(batch)))
        gone = stack.enter_context(engine.scratch(sql(_GONE, batch=batch)))
        opened = stack.enter_context(engine.scratch(sql(_OPENED, tables={"t": told, "gone": gone}, batch=batch)))
        shut = engine.run(sql(_SHUT, tables={"o": opened, "gone": gone}))
        seeds, whose = _around(engine, told, gone, opened, before, stack)
        links = _count(engine, sql("SELECT * FROM identity_log AS g WHERE g.action = 'link' AND g.batch = :b", b=batch))
        last = before.seq
        if batch not in before.withdrawn:
            note = entries(
                "withdraw", [(None, None)], rule=UNDONE, fact=str(before.id), now=now, actor=actor, batch=batch
            )
            last = append(engine, note, last=last, now=now)
        last = _relink(engine, batch, (*before.withdrawn, batch), last, now, stack)
        count = _count(engine, exp.select("*").from_(gone))
        _heirs(engine, gone)
        _rewrite(engine, batch, told, gone, opened, stack)
        found, stopped = _settle(engine, seeds, policy, stack)
        return Withdrawn(count, links, _noted(engine, found, stopped, shut, whose, batch, last, now))


def _settle(engine: Engine, seeds: str, policy: Policy, stack: ExitStack) -> tuple[Resolution, dict[int, str]]:
    after = stand(engine)
    placed, stopped = settle_region(engine, read(engine, after, stack, seeds=seeds), {}, after, policy)
    change = stack.enter_context(work_out(engine, placed, after))
    write(engine, change, after)
    return change.said, stopped


def _noted(
    engine: Engine, found: Resolution, stopped: dict[int, str], shut: pa.Table, whose: pa.Array, batch: int, last: int,
    now: dt.datetime,
) -> Resolution:  # fmt: skip
    """Log which blocks ended with the import, and which began; and tell whom it was about."""
    was = dict(zip(shut["node"].to_pylist(), shut["blocked"].to_pylist(), strict=True))
    ended = [(node, None) for node, reason in sorted(was.items()) if stopped.get(node) != reason]
    last = append(engine, entries("unblock", ended, rule=UNDONE, now=now, batch=batch), last=last, now=now)
    begun = {node: reason for node, reason in stopped.items() if was.get(node) != reason}
    append(engine, blocks(begun, now=now), last=last, now=now)
    touched = pc.unique(pa.concat_arrays([found.touched.cast(pa.int64()), whose.cast(pa.int64())]))
    return replace(found, touched=touched)


def _told(batch: int) -> exp.Expr:
    return sql(
        "SELECT node FROM identifiers WHERE batch = :b UNION SELECT node FROM identifiers_told WHERE batch = :b"
        " UNION SELECT a AS node FROM identity_log WHERE action = 'link' AND batch = :b"
        " UNION SELECT b AS node FROM identity_log WHERE action = 'link' AND batch = :b",
        b=batch,
    )


_GONE = """
SELECT i.node, i.customer_id, i.born_as, i.blocked FROM identifiers AS i
WHERE i.batch = :batch AND NOT i.node IN (SELECT t.node FROM identifiers_told AS t WHERE t.batch <> :batch)
"""

# Blocked ones that stay and may be open without the import: everybody's values, and junk that it alone called so.
_OPENED = """
SELECT i.node, i.blocked, l.blocked AS junk FROM identifiers AS i
LEFT JOIN (SELECT node, min(blocked) AS blocked FROM identifiers_told WHERE batch <> :batch GROUP BY node) AS l
  ON l.node = i.node
WHERE i.node IN (SELECT t.node FROM t) AND NOT i.node IN (SELECT gone.node FROM gone) AND NOT i.blocked IS NULL
  AND (i.blocked = 'too_common' OR (NOT l.node IS NULL AND l.blocked IS DISTINCT FROM i.blocked))
  AND NOT i.node IN (SELECT g.a FROM identity_log AS g WHERE g.action IN ('block', 'unblock') AND NOT g.entry IS NULL)
"""

_SHUT = "SELECT node, blocked FROM o UNION ALL SELECT node, blocked FROM gone WHERE NOT blocked IS NULL"


def _around(
    engine: Engine, told: str, gone: str, opened: str, before: Standing, stack: ExitStack
) -> tuple[str, pa.Array]:
    """Identifiers that stay of everyone the import met (a scratch table), and the customers it told of."""
    counts = standing(before.withdrawn)
    reach = sql(
        "SELECT t.node FROM t"
        " UNION SELECT g.b AS node FROM identity_log AS g JOIN o ON o.node = g.a WHERE g.action IN ('link', 'merge') AND :counts"
        " UNION SELECT g.a AS node FROM identity_log AS g JOIN o ON o.node = g.b WHERE g.action IN ('link', 'merge') AND :counts",
        tables={"t": told, "o": opened},
        counts=counts,
    )
    met = stack.enter_context(engine.scratch(reach))
    whose = sql(
        "SELECT DISTINCT customer_id FROM identifiers WHERE NOT customer_id IS NULL AND node IN (SELECT t.node FROM t)",
        tables={"t": told},
    )
    customers = engine.run(whose)["customer_id"].combine_chunks()
    with members(engine, met, before) as around:
        stay = sql(
            "SELECT m.node FROM m WHERE NOT m.node IN (SELECT gone.node FROM gone)", tables={"m": around, "gone": gone}
        )
        return stack.enter_context(engine.scratch(stay)), customers


def _relink(
    engine: Engine, batch: int, withdrawn: tuple[int, ...], last: int, now: dt.datetime, stack: ExitStack
) -> int:
    """Log the pairs of this import that others told, too, as the earliest of those told them. Returns the last number."""
    told = sql(
        "SELECT t.* FROM links_told AS t JOIN (SELECT DISTINCT g.a, g.b FROM identity_log AS g"
        " WHERE g.action = 'link' AND g.batch = :b) AS mine ON mine.a = t.a AND mine.b = t.b"
        " WHERE t.batch <> :b AND NOT EXISTS (SELECT 1 FROM identity_log AS g"
        "  WHERE g.action = 'link' AND g.a = t.a AND g.b = t.b AND :counts)"
        " QUALIFY row_number() OVER (PARTITION BY t.a, t.b ORDER BY t.batch) = 1",
        b=batch,
        counts=standing(withdrawn),
    )
    again = stack.enter_context(engine.scratch(told))
    added = engine.append(
        "identity_log",
        sql(
            "SELECT row_number() OVER (ORDER BY p.a, p.b) + :last AS seq, 'link' AS action, p.a, p.b,"
            " 'same_record' AS rule, p.source, p.fact, p.at, :now AS recorded_at, p.batch FROM p",
            tables={"p": again},
            last=last,
            now=now,
        ),
    )
    engine.delete("links_told", sql("batch = :b", b=batch))
    left = (
        "SELECT t.* FROM links_told AS t WHERE NOT EXISTS"
        " (SELECT 1 FROM p WHERE p.a = t.a AND p.b = t.b AND p.batch = t.batch)"
    )
    if added:
        with engine.scratch(sql(left, tables={"p": again})) as rest:
            engine.replace("links_told", exp.select("*").from_(rest))
    return last + added


def _heirs(engine: Engine, gone: str) -> None:
    """A customer whose first identifier goes keeps its number if it has another that was not born under one of its own."""
    query = sql(
        "SELECT i.node, g.born_as FROM identifiers AS i JOIN gone AS g ON g.born_as = i.customer_id"
        " WHERE i.born_as IS NULL AND NOT i.node IN (SELECT gone.node FROM gone)"
        " QUALIFY row_number() OVER (PARTITION BY g.born_as ORDER BY i.first_seen, i.node) = 1",
        tables={"gone": gone},
    )
    with engine.scratch(query) as heirs:
        columns = sql(
            "SELECT i.* EXCLUDE (born_as), h.born_as FROM identifiers AS i JOIN h ON h.node = i.node",
            tables={"h": heirs},
        )
        with engine.scratch(columns) as rows:
            engine.delete("identifiers", sql("node IN (SELECT h.node FROM h)", tables={"h": heirs}))
            engine.append("identifiers", exp.select("*").from_(rows))


_LEFT = """
SELECT i.node, i.kind, i.customer_id, i.born_as, i.value,
  CASE WHEN i.first_seen < s.low THEN i.first_seen ELSE s.first_seen END AS first_seen,
  CASE WHEN i.last_seen > s.high THEN i.last_seen ELSE s.last_seen END AS last_seen,
  CASE WHEN i.first_seen < s.low THEN i.source ELSE f.source END AS source,
  CASE WHEN o.node IS NULL THEN i.blocked ELSE o.junk END AS blocked, s.batch
FROM identifiers AS i
JOIN (SELECT node, min(first_seen) AS low, max(last_seen) AS high,
    min(CASE WHEN batch <> :batch THEN first_seen END) AS first_seen,
    max(CASE WHEN batch <> :batch THEN last_seen END) AS last_seen, min(CASE WHEN batch <> :batch THEN batch END) AS batch
  FROM identifiers_told WHERE node IN (SELECT t.node FROM t) GROUP BY node) AS s ON s.node = i.node
JOIN (SELECT t.node, t.source FROM identifiers_told AS t WHERE t.batch <> :batch
  QUALIFY row_number() OVER (PARTITION BY t.node ORDER BY t.first_seen, t.source) = 1) AS f ON f.node = i.node
LEFT JOIN o ON o.node = i.node
"""


def _rewrite(engine: Engine, batch: int, told: str, gone: str, opened: str, stack: ExitStack) -> None:
    """Identifiers as the other imports told them; those that none of them did go."""
    names = {"t": told, "o": opened}
    rows = stack.enter_context(engine.scratch(sql(_LEFT, tables=names, batch=batch)))
    for table in ("identity_conflicts", "identifiers", "identifiers_told"):
        engine.delete(table, sql("node IN (SELECT g.node FROM g)", tables={"g": gone}))
    born = sql("old_id IN (SELECT g.born_as FROM g WHERE NOT g.born_as IS NULL)", tables={"g": gone})
    engine.delete("redirects", born)
    engine.delete("identifiers", sql("node IN (SELECT r.node FROM r)", tables={"r": rows}))
    engine.append("identifiers", exp.select("*").from_(rows))
    engine.delete("identifiers_told", sql("batch = :b", b=batch))
    alone = sql(
        "SELECT node FROM identifiers_told WHERE node IN (SELECT t.node FROM t) GROUP BY node HAVING count(*) = 1",
        tables={"t": told},
    )
    with engine.scratch(alone) as single:
        engine.delete("identifiers_told", sql("node IN (SELECT s.node FROM s)", tables={"s": single}))


def _count(engine: Engine, query: exp.Expr) -> int:
    return int(engine.run(sql("SELECT count(*) AS n FROM q", tables={"q": query}))["n"][0].as_py())
