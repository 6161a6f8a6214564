"""Writing a step down: mint ids, rewrite the identifiers rows that differ, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from dangol.engine import Engine, sql
from dangol.identity.place import Placed
from dangol.identity.standing import Standing
from dangol.identity.values import MOVED, Resolution

_NOWHERE = """
SELECT CAST(NULL AS BIGINT) AS node, CAST(NULL AS TEXT) AS kind, CAST(NULL AS TIMESTAMP) AS first_seen,
  CAST(NULL AS BIGINT) AS customer_id, CAST(NULL AS BIGINT) AS founder, CAST(NULL AS TEXT) AS blocked WHERE FALSE
"""

_MINT = """
SELECT h.node, row_number() OVER (ORDER BY h.first_seen, h.node) + :last AS id
FROM (
  SELECT p.node, p.first_seen FROM placed AS p WHERE p.founder = p.node
  UNION ALL
  SELECT f.node, f.first_seen FROM fresh AS f
  WHERE f.blocked IS NULL AND NOT EXISTS (SELECT 1 FROM placed AS q WHERE q.node = f.node)
) AS h
"""

_CHANGED = """
SELECT i.node, i.kind,
  CASE WHEN p.node IS NULL THEN i.customer_id ELSE coalesce(p.customer_id, m.id) END AS customer_id,
  coalesce(i.born_as, b.id) AS born_as, coalesce(i.value, g.value) AS value,
  least(i.first_seen, coalesce(g.first_seen, i.first_seen)) AS first_seen,
  greatest(i.last_seen, coalesce(g.last_seen, i.last_seen)) AS last_seen,
  CASE WHEN g.first_seen < i.first_seen OR g.first_seen = i.first_seen AND g.source < i.source
    THEN g.source ELSE i.source END AS source,
  CASE WHEN p.node IS NULL THEN i.blocked ELSE p.blocked END AS blocked,
  i.batch, i.customer_id AS old_id, FALSE AS fresh
FROM (
  SELECT w.* FROM identifiers AS w
  WHERE w.node IN (SELECT n.node FROM given AS n UNION ALL SELECT n.node FROM placed AS n)
) AS i
LEFT JOIN given AS g ON g.node = i.node
LEFT JOIN placed AS p ON p.node = i.node
LEFT JOIN minted AS m ON m.node = p.founder
LEFT JOIN minted AS b ON b.node = i.node
WHERE g.first_seen < i.first_seen OR g.last_seen > i.last_seen OR (i.value IS NULL AND NOT g.value IS NULL)
  OR (g.first_seen = i.first_seen AND g.source < i.source)
  OR (NOT p.node IS NULL AND (i.customer_id IS DISTINCT FROM coalesce(p.customer_id, m.id)
    OR i.blocked IS DISTINCT FROM p.blocked OR NOT b.id IS NULL))
UNION ALL
SELECT f.node, f.kind, coalesce(p.customer_id, m.id, b.id) AS customer_id, b.id AS born_as, f.value, f.first_seen,
  f.last_seen, f.source, coalesce(f.blocked, p.blocked) AS blocked, :batch AS batch,
  CAST(NULL AS BIGINT) AS old_id, TRUE AS fresh
FROM fresh AS f
LEFT JOIN placed AS p ON p.node = f.node
LEFT JOIN minted AS m ON m.node = p.founder
LEFT JOIN minted AS b ON b.node = f.node
"""

_COUNTS = """
SELECT
  count(CASE WHEN born_as > :last THEN 1 END) AS new_customers,
  count(CASE WHEN NOT fresh AND born_as = old_id AND customer_id <> born_as THEN 1 END) AS merges,
  count(CASE WHEN NOT fresh AND born_as <> old_id AND customer_id = born_as THEN 1 END) AS splits,
  count(CASE WHEN NOT fresh AND born_as <= :last AND old_id IS DISTINCT FROM customer_id THEN 1 END) AS redirects,
  count(CASE WHEN NOT fresh THEN 1 END) AS known
FROM changed
"""

_MOVED = """
SELECT node, old_id, customer_id AS new_id, fresh FROM changed WHERE old_id IS DISTINCT FROM customer_id
"""

_MET = """
SELECT DISTINCT i.customer_id AS id FROM i
WHERE i.node IN (SELECT g.node FROM given AS g) AND NOT i.customer_id IS NULL
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

_COLUMNS = "SELECT node, kind, customer_id, born_as, value, first_seen, last_seen, source, blocked, batch FROM t"


@dataclass(frozen=True, slots=True)
class Change:
    """A step worked out and not yet written: names of scratch tables, counts, and what to tell."""

    placed: str | exp.Expr
    minted: str
    changed: str
    claims: pa.Table
    known: int
    redirects: int
    said: Resolution


@contextmanager
def work_out(
    engine: Engine,
    placed: Placed,
    before: Standing,
    *,
    given: str | None = None,
    fresh: str | None = None,
    near: str = "identifiers",
    batch: int = 0,
) -> Iterator[Change]:
    """Mint ids and find the rows that differ; writes nothing but scratch tables.

    :param given, fresh: scratch tables of a batch's identifiers, or None for a step without a batch.
    :param near: `identifiers`, or a smaller copy that has all of `given` that is registered.
    """
    with ExitStack() as stack:
        where = stack.enter_context(engine.scratch(placed.rows)) if placed.rows.num_rows else sql(_NOWHERE)
        nothing = sql("SELECT node, kind, value, first_seen, last_seen, source, blocked FROM identifiers WHERE FALSE")
        names: dict[str, object] = {"placed": where, "given": given or nothing, "fresh": fresh or nothing}
        names["minted"] = minted = stack.enter_context(engine.scratch(sql(_MINT, tables=names, last=before.id)))
        changed = stack.enter_context(engine.scratch(sql(_CHANGED, tables=names, batch=batch)))
        counts = engine.run(sql(_COUNTS, tables={"changed": changed}, last=before.id)).to_pylist()[0]
        moved = engine.run(sql(_MOVED, tables={"changed": changed})).cast(MOVED)
        met = _NOBODY
        if given is not None and before.identifiers:
            met = engine.run(sql(_MET, tables={"given": given, "i": near}))["id"].to_numpy()
        said = Resolution(
            new_customers=counts["new_customers"],
            known_customers=len(met),
            merges=counts["merges"],
            splits=counts["splits"],
            conflicts=len(
                set(zip(placed.claims["node"].to_pylist(), placed.claims["reason"].to_pylist(), strict=True))
            ),
            moved=moved,
            touched=_touched(moved, met),
        )
        yield Change(where, minted, changed, placed.claims, counts["known"], counts["redirects"], said)


_NOBODY = np.empty(0, np.int64)


def _touched(moved: pa.Table, met: np.ndarray) -> pa.Array:
    ids = [pc.drop_null(moved[name]).to_numpy() for name in ("old_id", "new_id")]
    return pa.array(np.unique(np.concatenate([*ids, met])), pa.int64())


def write(engine: Engine, change: Change, before: Standing) -> None:
    """Identifiers, redirects and conflicts as the change has them; inside the caller's transaction."""
    names = {"changed": change.changed, "placed": change.placed, "minted": change.minted}
    if change.known:
        engine.delete("identifiers", sql("node IN (SELECT c.node FROM changed AS c WHERE NOT c.fresh)", tables=names))
    if change.known or change.said.moved.num_rows:
        engine.append("identifiers", sql(_COLUMNS, tables={"t": change.changed}))
    if change.redirects:
        gone = "old_id IN (SELECT c.born_as FROM changed AS c WHERE NOT c.born_as IS NULL AND NOT c.fresh)"
        engine.delete("redirects", sql(gone, tables=names))
        now = "SELECT born_as AS old_id, customer_id FROM changed WHERE born_as <> customer_id"
        engine.append("redirects", sql(now, tables=names))
    if before.conflicts and not isinstance(change.placed, exp.Expr):
        engine.delete("identity_conflicts", sql("node IN (SELECT p.node FROM placed AS p)", tables=names))
    if change.claims.num_rows:
        with engine.scratch(change.claims) as claims:
            engine.append("identity_conflicts", sql(_CONFLICTS, tables={**names, "claims": claims}))
