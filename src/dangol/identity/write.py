"""Writing a step down: mint ids, rewrite the identifiers rows that differ, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from dangol.engine import Engine, sql
from dangol.identity.place import Placed
from dangol.identity.values import MOVED, Resolution

_MINT = """
SELECT h.node, row_number() OVER (ORDER BY h.first_seen, h.node) + :last AS id
FROM (
  SELECT node, first_seen FROM heads
  UNION ALL
  SELECT f.node, f.first_seen FROM fresh AS f
  WHERE f.blocked IS NULL AND NOT EXISTS (SELECT 1 FROM placed AS p WHERE p.node = f.node)
) AS h
"""

_KNOWN = """
SELECT i.node, i.kind,
  CASE WHEN p.node IS NULL THEN i.customer_id ELSE coalesce(p.customer_id, m.id) END AS customer_id,
  coalesce(i.born_as, b.id) AS born_as, coalesce(i.value, g.value) AS value,
  least(i.first_seen, coalesce(g.first_seen, i.first_seen)) AS first_seen,
  greatest(i.last_seen, coalesce(g.last_seen, i.last_seen)) AS last_seen,
  CASE WHEN g.first_seen < i.first_seen OR g.first_seen = i.first_seen AND g.source < i.source
    THEN g.source ELSE i.source END AS source,
  CASE WHEN p.node IS NULL THEN i.blocked ELSE p.blocked END AS blocked,
  i.batch, i.customer_id AS old_id
FROM identifiers AS i
LEFT JOIN given AS g ON g.node = i.node
LEFT JOIN placed AS p ON p.node = i.node
LEFT JOIN minted AS m ON m.node = p.founder
LEFT JOIN minted AS b ON b.node = i.node
WHERE g.first_seen < i.first_seen OR g.last_seen > i.last_seen OR (i.value IS NULL AND NOT g.value IS NULL)
  OR (g.first_seen = i.first_seen AND g.source < i.source)
  OR (NOT p.node IS NULL AND (i.customer_id IS DISTINCT FROM coalesce(p.customer_id, m.id)
    OR i.blocked IS DISTINCT FROM p.blocked OR NOT b.id IS NULL))
"""

_FRESH = """
SELECT f.node, f.kind, coalesce(p.customer_id, m.id, b.id) AS customer_id, b.id AS born_as, f.value, f.first_seen,
  f.last_seen, f.source, coalesce(f.blocked, p.blocked) AS blocked, :batch AS batch
FROM fresh AS f
LEFT JOIN placed AS p ON p.node = f.node
LEFT JOIN minted AS m ON m.node = p.founder
LEFT JOIN minted AS b ON b.node = f.node
"""

_MOVED = """
SELECT node, old_id, customer_id AS new_id, FALSE AS fresh FROM known WHERE old_id IS DISTINCT FROM customer_id
UNION ALL
SELECT node, CAST(NULL AS BIGINT) AS old_id, customer_id AS new_id, TRUE AS fresh FROM added
WHERE NOT customer_id IS NULL
"""

_CONFLICTS = """
SELECT c.node, p.kind, c.reason,
  list_sort(array_agg(DISTINCT CAST(coalesce(o.customer_id, m.id) AS TEXT))) AS customers, max(c.at) AS at
FROM claims AS c
JOIN placed AS p ON p.node = c.node
JOIN placed AS o ON o.node = c.claim
LEFT JOIN minted AS m ON m.node = o.founder
GROUP BY c.node, p.kind, c.reason
"""

_TOUCHED = """
SELECT DISTINCT id FROM (
  SELECT old_id AS id FROM moved UNION ALL SELECT new_id AS id FROM moved
  UNION ALL SELECT i.customer_id AS id FROM identifiers AS i WHERE i.node IN (SELECT g.node FROM given AS g)
) AS t WHERE NOT id IS NULL ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Change:
    """A step worked out and not yet written: names of scratch tables."""

    placed: str
    minted: str
    known: str
    added: str
    conflicts: str


@contextmanager
def work_out(engine: Engine, placed: Placed, *, given: str, fresh: str, batch: int) -> Iterator[Change]:
    """Mint ids and find the rows that differ; writes nothing but scratch tables."""
    with ExitStack() as stack:
        rows = stack.enter_context(engine.scratch(placed.rows))
        heads = stack.enter_context(engine.scratch(placed.heads))
        claims = stack.enter_context(engine.scratch(placed.claims))
        names = {"placed": rows, "heads": heads, "claims": claims, "given": given, "fresh": fresh}
        minted = stack.enter_context(engine.scratch(sql(_MINT, tables=names, last=last_id(engine))))
        names["minted"] = minted
        known = stack.enter_context(engine.scratch(sql(_KNOWN, tables=names)))
        added = stack.enter_context(engine.scratch(sql(_FRESH, tables=names, batch=batch)))
        conflicts = stack.enter_context(engine.scratch(sql(_CONFLICTS, tables=names)))
        yield Change(rows, minted, known, added, conflicts)


def write(engine: Engine, change: Change) -> None:
    """Identifiers, redirects and conflicts as the change has them; inside the caller's transaction."""
    names = {"known": change.known, "placed": change.placed}
    if _count(engine, change.known):
        engine.delete("identifiers", sql("node IN (SELECT k.node FROM known AS k)", tables=names))
        engine.append("identifiers", sql(_COLUMNS, tables={"t": change.known}))
        engine.delete(
            "redirects", sql("old_id IN (SELECT k.born_as FROM known AS k WHERE NOT k.born_as IS NULL)", tables=names)
        )
        engine.append(
            "redirects",
            sql("SELECT born_as AS old_id, customer_id FROM known WHERE born_as <> customer_id", tables=names),
        )
    engine.append("identifiers", sql(_COLUMNS, tables={"t": change.added}))
    if _count(engine, change.placed):
        engine.delete("identity_conflicts", sql("node IN (SELECT p.node FROM placed AS p)", tables=names))
        engine.append("identity_conflicts", sql("SELECT * FROM c", tables={"c": change.conflicts}))


_COLUMNS = "SELECT node, kind, customer_id, born_as, value, first_seen, last_seen, source, blocked, batch FROM t"

_COUNTS = """
SELECT
  (SELECT count(*) FROM minted) AS new_customers,
  (SELECT count(*) FROM known WHERE born_as = old_id AND customer_id <> born_as) AS merges,
  (SELECT count(*) FROM known WHERE born_as <> old_id AND customer_id = born_as) AS splits,
  (SELECT count(*) FROM c) AS conflicts,
  (SELECT count(DISTINCT i.customer_id) FROM identifiers AS i WHERE i.node IN (SELECT g.node FROM given AS g)) AS met
"""


def summary(engine: Engine, change: Change, *, given: str, links: int, entry: int) -> Resolution:
    """What the change does; read before it is written."""
    names = {
        "known": change.known,
        "added": change.added,
        "given": given,
        "minted": change.minted,
        "c": change.conflicts,
    }
    counts = engine.run(sql(_COUNTS, tables=names)).to_pylist()[0]
    moved = engine.run(sql(_MOVED, tables=names)).cast(MOVED)
    with engine.scratch(moved) as rows:
        touched = engine.run(sql(_TOUCHED, tables={"moved": rows, "given": given}))
    return Resolution(
        new_customers=counts["new_customers"],
        known_customers=counts["met"],
        merges=counts["merges"],
        splits=counts["splits"],
        conflicts=counts["conflicts"],
        links=links,
        moved=moved,
        touched=touched["id"].combine_chunks(),
        entry=entry,
    )


def last_id(engine: Engine) -> int:
    """The highest customer id ever given out; ids of erased customers are not given again."""
    found = engine.run(
        sql(
            "SELECT greatest(coalesce((SELECT max(born_as) FROM identifiers), 0),"
            " coalesce((SELECT max(CAST(fact AS BIGINT)) FROM identity_log WHERE action = 'erase'), 0)) AS id"
        )
    )
    return int(found["id"][0].as_py())


def _count(engine: Engine, table: str) -> int:
    return int(engine.run(sql("SELECT count(*) AS n FROM t", tables={"t": table}))["n"][0].as_py())
