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
from dangol.identity.once import Source
from dangol.identity.place import Placed
from dangol.identity.slices import slices
from dangol.identity.standing import Standing
from dangol.identity.values import MOVED, Resolution

_CHANGED = """
SELECT i.node, i.kind, CASE WHEN p.node IS NULL THEN i.customer_id ELSE p.customer_id END AS customer_id,
  coalesce(i.born_as, p.born_as) AS born_as, coalesce(i.value, g.value) AS value,
  least(i.first_seen, coalesce(g.first_seen, i.first_seen)) AS first_seen,
  greatest(i.last_seen, coalesce(g.last_seen, i.last_seen)) AS last_seen,
  CASE WHEN g.first_seen < i.first_seen OR g.first_seen = i.first_seen AND g.source < i.source
    THEN g.source ELSE i.source END AS source,
  CASE WHEN p.node IS NULL THEN i.blocked ELSE p.blocked END AS blocked,
  i.batch, i.customer_id AS old_id
FROM registered AS i
LEFT JOIN given AS g ON g.node = i.node
LEFT JOIN placed AS p ON p.node = i.node
WHERE g.first_seen < i.first_seen OR g.last_seen > i.last_seen OR (i.value IS NULL AND NOT g.value IS NULL)
  OR (g.first_seen = i.first_seen AND g.source < i.source)
  OR (NOT p.node IS NULL AND (i.customer_id IS DISTINCT FROM p.customer_id
    OR i.blocked IS DISTINCT FROM p.blocked OR NOT p.born_as IS NULL))
"""

_COUNTS = """
SELECT
  count(CASE WHEN born_as = old_id AND customer_id <> born_as THEN 1 END) AS merges,
  count(CASE WHEN born_as <> old_id AND customer_id = born_as THEN 1 END) AS splits,
  count(CASE WHEN born_as <= :last AND old_id IS DISTINCT FROM customer_id THEN 1 END) AS redirects,
  count(*) AS known
FROM changed
"""

_KNOWN = "SELECT count(*) AS known FROM changed"

_MOVED = """
SELECT node, old_id, customer_id AS new_id, FALSE AS fresh FROM changed WHERE old_id IS DISTINCT FROM customer_id
"""

_MET = """
SELECT DISTINCT i.customer_id AS id FROM i
WHERE i.node IN (SELECT g.node FROM given AS g) AND NOT i.customer_id IS NULL
"""

_CONFLICTS = """
SELECT node, kind, reason, list_sort(array_agg(DISTINCT CAST(customer AS TEXT))) AS customers, max(at) AS at
FROM claims GROUP BY node, kind, reason
"""

_COLUMNS = "SELECT node, kind, customer_id, born_as, value, first_seen, last_seen, source, blocked, batch FROM t"

_ENTER = """
SELECT f.node, f.kind, p.customer_id, p.born_as, f.value, f.first_seen, f.last_seen, f.source, p.blocked, :batch AS batch
FROM f JOIN p ON p.node = f.node WHERE :new AND :placed
"""


@dataclass(frozen=True, slots=True)
class Change:
    """A step worked out and not yet written: scratch tables (None: nothing in them), counts, and what to tell.

    :param placed: registered identifiers of the region. :param changed: rows of `identifiers` that will differ.
    :param known: how many those are. :param redirects: how many old ids lead elsewhere.
    """

    placed: str | None
    changed: str | None
    claims: pa.Table
    known: int
    redirects: int
    said: Resolution


@contextmanager
def work_out(
    engine: Engine, placed: Placed, before: Standing, *, given: Source | None = None, near: str = "identifiers"
) -> Iterator[Change]:
    """Find the rows that differ; writes nothing but scratch tables.

    :param given: a batch's identifiers, or None for a step without a batch.
    :param near: `identifiers`, or a smaller copy that has all of `given` that is registered.
    """
    with ExitStack() as stack:
        where = changed = None
        counts = {"merges": 0, "splits": 0, "redirects": 0, "known": 0}
        moved, met = [_moved_in(placed.fresh)], _NOBODY
        if placed.known.num_rows:
            where = stack.enter_context(engine.scratch(placed.known))
        if before.identifiers and (where is not None or given is not None):
            changed = stack.enter_context(engine.scratch(_changed(where, placed.rows, given, near)))
            if where is None:  # nobody who was here is placed anew: they were only seen again
                counts["known"] = engine.run(sql(_KNOWN, tables={"changed": changed}))["known"][0].as_py()
            else:
                counts = engine.run(sql(_COUNTS, tables={"changed": changed}, last=before.id)).to_pylist()[0]
                moved.append(engine.run(sql(_MOVED, tables={"changed": changed})).cast(MOVED))
        if given is not None and before.identifiers:
            met = engine.run(sql(_MET, tables={"given": given, "i": near}))["id"].to_numpy()
        refused = zip(placed.claims["node"].to_pylist(), placed.claims["reason"].to_pylist(), strict=True)
        every = pa.concat_tables(moved)
        said = Resolution(
            new_customers=placed.minted,
            known_customers=len(met),
            merges=counts["merges"],
            splits=counts["splits"],
            conflicts=len(set(refused)),
            moved=every,
            touched=_touched(every, met),
        )
        yield Change(where, changed, placed.claims, counts["known"], counts["redirects"], said)


def _changed(where: str | None, rows: Source | None, given: Source | None, near: str) -> exp.Expr:
    """The query of `_CHANGED` over the region's rows and those that a batch names outside it."""
    registered = [] if rows is None else [sql("SELECT m.* FROM m", tables={"m": rows})]
    if given is not None:
        outside = sql("SELECT n.* FROM n WHERE n.node IN (SELECT g.node FROM g)", tables={"n": near, "g": given})
        if where is not None:
            outside = sql(
                "SELECT o.* FROM o WHERE NOT EXISTS (SELECT 1 FROM p WHERE p.node = o.node)",
                tables={"o": outside, "p": where},
            )
        registered.append(outside)
    union = registered[0] if len(registered) == 1 else exp.union(*registered, distinct=False)
    nothing = sql("SELECT node, value, first_seen, last_seen, source FROM identifiers WHERE FALSE")
    nowhere = sql("SELECT node, customer_id, born_as, blocked FROM identifiers WHERE FALSE")
    tables = {"registered": union, "given": given or nothing, "placed": where or nowhere}
    return sql(_CHANGED, tables=tables)


_NOBODY = np.empty(0, np.int64)


def _moved_in(fresh: pa.Table) -> pa.Table:
    """New identifiers that have a customer, as rows of `MOVED`."""
    own = fresh if not fresh["customer_id"].null_count else fresh.filter(fresh["customer_id"].is_valid())
    n = own.num_rows
    columns = (own["node"], pa.nulls(n, pa.int64()), own["customer_id"], pa.repeat(True, n))
    return pa.table(dict(zip(MOVED.names, columns, strict=True))).cast(MOVED)


def _touched(moved: pa.Table, met: np.ndarray) -> pa.Array:
    ids = [pc.drop_null(moved[name]).to_numpy() for name in ("old_id", "new_id")]
    return pa.array(np.unique(np.concatenate([*ids, met])), pa.int64())


def write(engine: Engine, change: Change, before: Standing) -> None:
    """What was registered: identifiers, redirects and conflicts as the change has them, in the caller's transaction."""
    if change.changed is not None and change.known:
        names = {"changed": change.changed}
        engine.delete("identifiers", sql("node IN (SELECT c.node FROM changed AS c)", tables=names))
        engine.append("identifiers", sql(_COLUMNS, tables={"t": change.changed}))
        if change.redirects:
            gone = "old_id IN (SELECT c.born_as FROM changed AS c WHERE NOT c.born_as IS NULL)"
            engine.delete("redirects", sql(gone, tables=names))
            now = "SELECT born_as AS old_id, customer_id FROM changed WHERE born_as <> customer_id"
            engine.append("redirects", sql(now, tables=names))
    if before.conflicts and change.placed is not None:
        engine.delete("identity_conflicts", sql("node IN (SELECT p.node FROM p)", tables={"p": change.placed}))
    if change.claims.num_rows:
        with engine.scratch(change.claims) as claims:
            engine.append("identity_conflicts", sql(_CONFLICTS, tables={"claims": claims}))


def enter(engine: Engine, fresh: Source, placed: pa.Table, *, batch: int) -> None:
    """Register a batch's new identifiers where `Placed.fresh` puts them, in rising order of node."""
    if not placed.num_rows:
        return
    with engine.scratch(placed) as where:
        for piece in slices(placed.num_rows):
            new, mine = (piece.holds(exp.column("node", table=t)) for t in ("f", "p"))
            rows = sql(_ENTER, tables={"f": fresh, "p": where}, batch=batch, new=new, placed=mine)
            engine.append("identifiers", rows)
