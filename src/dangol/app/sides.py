"""What is needed to judge whether two groups of identifiers are one person: masked, with what they did and what ties them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dangol.engine import sql
from dangol.identity import Change, Pair

if TYPE_CHECKING:
    from dangol.app import Workspace

NODES = 60
"""Identifiers of one side that are looked at."""

LISTED = 8
TIES = 6

_KNOWN = """
SELECT i.node, i.kind, i.value, i.customer_id, i.first_seen, i.last_seen FROM identifiers AS i
WHERE i.node IN (SELECT s.node FROM s)
"""

_DID = """
SELECT e.node, count(*) AS events, count(CASE WHEN e.name = 'Order Completed' THEN 1 END) AS orders,
  sum(e.amount) AS amount, min(e."at") AS first_at, max(e."at") AS last_at
FROM events AS e WHERE e.node IN (SELECT s.node FROM s) GROUP BY e.node
"""

_TIES = """
SELECT s.pair, s.side, g.a AS node, g.b AS other, g.rule, g.source, g.fact, g."at" FROM identity_log AS g
JOIN s ON s.node = g.a WHERE g.action IN ('link', 'merge')
UNION ALL
SELECT s.pair, s.side, g.b AS node, g.a AS other, g.rule, g.source, g.fact, g."at" FROM identity_log AS g
JOIN s ON s.node = g.b WHERE g.action IN ('link', 'merge')
"""

_KINDS = """
SELECT i.customer_id, i.kind, count(*) AS n FROM identifiers AS i WHERE i.customer_id IN (SELECT c.id FROM c)
GROUP BY i.customer_id, i.kind
"""


def changes_shown(ws: Workspace, changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Customers before and after (ten of each), how many there are, and which kinds of identifier they hold."""
    ids = sorted({c for change in changes for c in change.before})
    kinds: dict[int, Counter[str]] = defaultdict(Counter)
    if ids:
        with ws.engine.scratch(pa.table({"id": pa.array(ids, pa.int64())})) as who:
            for r in ws.engine.run(sql(_KINDS, tables={"c": who})).to_pylist():
                kinds[r["customer_id"]][r["kind"]] += r["n"]
    known = {c for change in changes for c in change.before}
    return [
        {
            "change": str(c.number),
            "before": [f"C{i}" for i in c.before[:10]],
            "customers_before": len(c.before),
            "after": [f"C{i}" if i in known else None for i in c.after[:10]],
            "customers_after": len(c.after),
            "identifiers": c.identifiers,
            "kinds": dict(sum((kinds[i] for i in c.before), Counter())),
        }
        for c in changes
    ]


def pairs_shown(ws: Workspace, pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    """Each pair with both its sides and the records that tie them."""
    if not pairs:
        return []
    rows = [
        {"pair": place, "side": side, "node": node}
        for place, pair in enumerate(pairs)
        for side, nodes in enumerate((pair.one, pair.other))
        for node in nodes[:NODES]
    ]
    types = pa.schema([("pair", pa.int64()), ("side", pa.int64()), ("node", pa.int64())])
    with ws.engine.scratch(pa.Table.from_pylist(rows, schema=types)) as sides:
        known = {r["node"]: r for r in ws.engine.run(sql(_KNOWN, tables={"s": sides})).to_pylist()}
        did = {r["node"]: r for r in ws.engine.run(sql(_DID, tables={"s": sides})).to_pylist()}
        ties = ws.engine.run(sql(_TIES, tables={"s": sides})).to_pylist()
    values = _values(ws, {r["customer_id"] for r in known.values() if r["customer_id"]})
    by_pair: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for tie in ties:
        by_pair[tie["pair"]].append(tie)
    return [
        {
            "key": pair.key,
            "joins": pair.joins,
            "sides": [_side(nodes, known, did, values) for nodes in (pair.one, pair.other)],
            "ties": _ties(pair, by_pair[place]),
        }
        for place, pair in enumerate(pairs)
    ]


def _values(ws: Workspace, customers: set[int]) -> dict[int, list[tuple[str, str]]]:
    """Masked personal data by the identifier it came with."""
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for row in ws.vault.masked(sorted(customers)):
        found[row.node].append((row.kind, row.value))
    return found


def _side(
    nodes: Sequence[int],
    known: dict[int, dict[str, Any]],
    did: dict[int, dict[str, Any]],
    values: dict[int, list[tuple[str, str]]],
) -> dict[str, Any]:
    rows = [known[n] for n in nodes[:NODES] if n in known]
    identifiers = [
        {
            "kind": r["kind"],
            "value": r["value"] or next((v for k, v in values.get(r["node"], []) if k == r["kind"]), None),
            "first_seen": r["first_seen"],
            "last_seen": r["last_seen"],
        }
        for r in sorted(rows, key=lambda r: r["last_seen"], reverse=True)
    ]
    person = sorted({(k, v) for n in nodes for k, v in values.get(n, []) if k not in {r["kind"] for r in rows}})
    acts = [did[n] for n in nodes if n in did]
    whose = [r["customer_id"] for r in rows if r["customer_id"]]
    return {
        "customer": f"C{min(whose)}" if whose else None,
        "identifiers": identifiers[:LISTED],
        "more": max(0, len(nodes) - LISTED),
        "person": [{"kind": k, "value": v} for k, v in person[:LISTED]],
        "events": sum(a["events"] for a in acts),
        "orders": sum(a["orders"] for a in acts),
        "amount": sum(a["amount"] or 0 for a in acts),
        "first_at": min((a["first_at"] for a in acts), default=None),
        "last_at": max((a["last_at"] for a in acts), default=None),
    }


def _ties(pair: Pair, ties: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Records that carry an identifier of both sides, or of each side and one that is shared."""
    sides = (set(pair.one), set(pair.other))
    reached = [{t["other"] for t in ties if t["side"] == side} for side in (0, 1)]
    shared = (reached[0] & reached[1]) - sides[0] - sides[1]
    found = [t for t in ties if (t["side"] == 0 and t["other"] in sides[1]) or t["other"] in shared]
    return [
        {"rule": t["rule"], "source": t["source"], "fact": t["fact"], "at": t["at"], "shared": t["other"] in shared}
        for t in found[:TIES]
    ]
