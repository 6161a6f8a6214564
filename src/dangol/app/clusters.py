"""Who is who, to look at: how many customers from how many identifiers, one customer's graph, what is blocked, and the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dangol import identity
from dangol.app import recovery
from dangol.app.both import both
from dangol.app.linking import follow_through
from dangol.app.lookup import Named
from dangol.app.people import whoever
from dangol.engine import sql
from dangol.identity import Resolution, explain, identifiers_of
from dangol.schema import KINDS, Answer, NotFoundError, RefusedError, Strength, Text

if TYPE_CHECKING:
    from dangol.app import Workspace

MOST = 150
"""Identifiers of a customer that its graph shows, the latest."""

_BY_KIND = """
SELECT kind, count(*) AS identifiers, count(customer_id) AS placed, count(blocked) AS blocked,
  min(first_seen) AS first_seen, max(last_seen) AS last_seen
FROM identifiers GROUP BY kind ORDER BY identifiers DESC
"""
_MOST = """
SELECT kind, count(*) AS customers, max(n) AS most, count(CASE WHEN n > 1 THEN 1 END) AS several FROM (
  SELECT kind, customer_id, count(*) AS n FROM identifiers WHERE NOT customer_id IS NULL GROUP BY kind, customer_id
) AS t GROUP BY kind
"""
_SIZES = """
SELECT CASE WHEN n >= 20 THEN 20 WHEN n >= 10 THEN 10 WHEN n >= 5 THEN 5 ELSE n END AS size, count(*) AS customers FROM (
  SELECT customer_id, count(*) AS n FROM identifiers WHERE NOT customer_id IS NULL GROUP BY customer_id
) AS t GROUP BY size ORDER BY size
"""
_BLOCKED = """
SELECT i.node, i.kind, i.value, i.blocked AS reason, i.first_seen, i.last_seen, i.source, l.n AS links FROM identifiers AS i
LEFT JOIN (SELECT node, count(*) AS n FROM (
  SELECT a AS node FROM identity_log WHERE action = 'link' UNION ALL SELECT b AS node FROM identity_log WHERE action = 'link'
) AS ends WHERE node IN (SELECT b.node FROM identifiers AS b WHERE NOT b.blocked IS NULL) GROUP BY node) AS l ON l.node = i.node
WHERE NOT i.blocked IS NULL ORDER BY l.n DESC NULLS LAST, i.node LIMIT :limit OFFSET :offset
"""
_LOG = """
SELECT action, entry, any_value(actor) AS actor, any_value(fact) AS why, any_value(rule) AS rule, min(recorded_at) AS at,
  list_sort(array_agg(DISTINCT a)) AS nodes, list_sort(array_agg(DISTINCT b)) AS others, max(seq) AS seq
FROM identity_log WHERE action IN ('merge', 'cut', 'block', 'unblock', 'revoke') AND NOT entry IS NULL
GROUP BY action, entry ORDER BY seq DESC LIMIT :limit OFFSET :offset
"""
_WITHIN = """
SELECT action, a, b, rule, source, fact, "at", actor, entry FROM identity_log AS g
WHERE action IN ('link', 'merge', 'cut') AND a IN (SELECT n.node FROM n) AND b IN (SELECT n.node FROM n)
  AND (entry IS NULL OR NOT entry IN (SELECT r.entry FROM identity_log AS r WHERE r.action = 'revoke')) ORDER BY seq
"""


def overview(ws: Workspace) -> dict[str, Any]:
    """Counts: customers, identifiers by kind, how many identifiers a customer has, conflicts and blocked values by reason."""
    engine = ws.engine
    most = {r["kind"]: r for r in engine.run(sql(_MOST)).to_pylist()}
    policy = ws.policy
    kinds = []
    for r in engine.run(sql(_BY_KIND)).to_pylist():
        kind = policy.kinds[r["kind"]]
        more = most.get(r["kind"], {})
        kinds.append(
            {**r, "customers": more.get("customers", 0), "most": more.get("most", 0), "several": more.get("several", 0),
             "strength": Strength(kind.strength).name.lower(), "unique": kind.unique, "cap": kind.cap}
        )  # fmt: skip
    sizes = engine.run(sql(_SIZES)).to_pylist()
    conflicts = sql("SELECT reason, count(*) AS n FROM identity_conflicts GROUP BY reason ORDER BY n DESC")
    blocked = sql(
        "SELECT blocked AS reason, count(*) AS n FROM identifiers WHERE NOT blocked IS NULL GROUP BY blocked ORDER BY n DESC"
    )
    merged = sql("SELECT count(*) AS n FROM redirects")
    return {
        "customers": sum(int(r["customers"]) for r in sizes),
        "identifiers": sum(k["identifiers"] for k in kinds),
        "merged": int(engine.run(merged)["n"][0].as_py()),
        "kinds": kinds,
        "sizes": sizes,
        "conflicts": engine.run(conflicts).to_pylist(),
        "blocked": engine.run(blocked).to_pylist(),
    }


def biggest(ws: Workspace, limit: int = 20) -> Answer:
    """Customers with the most identifiers."""
    found = identity.biggest(ws.engine, limit)
    names = pa.array([f"C{c}" for c in found.table["customer_id"].to_pylist()], pa.string())
    return Answer(found.table.append_column("customer", names), query=found.query)


def conflicts(ws: Workspace, limit: int = 200) -> list[dict[str, Any]]:
    """Joins that were refused: the identifier (masked), the reason, and the customers that claim it."""
    rows = list(identity.conflicts(ws.engine, limit))
    claimed = {int(c) for r in rows for c in r["customers"]}
    values = _values(ws, claimed, [r["node"] for r in rows])
    return [
        {**r, "node": str(r["node"]), "value": values.get(r["node"]), "customers": [f"C{c}" for c in r["customers"]]}
        for r in rows
    ]


def _values(ws: Workspace, customers: set[int], nodes: list[int]) -> dict[int, str]:
    """Identifiers' values as they may be shown: readable where they are not personal, masked where they are."""
    readable = sql("SELECT node, kind, value, customer_id FROM identifiers WHERE node IN :n", n=nodes or [0])
    rows = ws.engine.run(readable).to_pylist()
    found = {r["node"]: r["value"] for r in rows if r["value"]}
    kinds = {r["node"]: r["kind"] for r in rows}
    whose = customers | {r["customer_id"] for r in rows if r["customer_id"]}
    for row in ws.vault.masked(sorted(whose)):
        if kinds.get(row.node) == row.kind:
            found.setdefault(row.node, row.value)
    return found


def graph(ws: Workspace, asked: int) -> dict[str, Any]:
    """One customer's identifiers and what ties them: nodes (masked), ties, and why each identifier is here."""
    number = whoever(ws, asked)
    rows = identifiers_of(ws.engine, number).to_pylist()
    every = len(rows)
    rows = sorted(rows, key=lambda r: (r["born_as"] != number, -r["last_seen"].timestamp()))[:MOST]
    with ws.engine.scratch(pa.table({"node": pa.array([r["node"] for r in rows], pa.int64())})) as named:
        ties = ws.engine.run(sql(_WITHIN, tables={"n": named})).to_pylist()
    values = _values(ws, {number}, [r["node"] for r in rows])
    policy = ws.policy
    chains = {e.node: len(e.chain) for e in explain(ws.engine, number, policy=policy)}
    merged: dict[tuple[int, int], dict[str, Any]] = {}
    for t in ties:
        pair = min(t["a"], t["b"]), max(t["a"], t["b"])
        if t["action"] == "cut":
            merged.pop(pair, None)
        elif t["action"] == "merge" or pair not in merged:
            merged[pair] = t
    return {
        "customer": f"C{number}",
        "customer_id": number,
        "identifiers": every,
        "nodes": [
            {"node": str(r["node"]), "kind": r["kind"], "value": values.get(r["node"]), "first_seen": r["first_seen"],
             "last_seen": r["last_seen"], "source": r["source"], "oldest": r["born_as"] == number,
             "steps": chains.get(r["node"], 0), "strength": Strength(policy.kinds[r["kind"]].strength).name.lower()}
            for r in rows
        ],
        "ties": [
            {"a": str(a), "b": str(b), "rule": t["rule"], "source": t["source"], "fact": t["fact"], "at": t["at"],
             "by_hand": t["action"] == "merge", "entry": t["entry"],
             "strength": Strength(min(policy.kinds[k].strength for k in _kinds_of(rows, a, b))).name.lower()}
            for (a, b), t in merged.items()
        ],
    }  # fmt: skip


def _kinds_of(rows: list[dict[str, Any]], a: int, b: int) -> list[str]:
    return [r["kind"] for r in rows if r["node"] in (a, b)]


# -- blocked values ------------------------------------------------------------------------------------------------------
def blocked(ws: Workspace, *, limit: int = 100, offset: int = 0) -> dict[str, Any]:
    """Values that join nobody, those seen with the most others first."""
    total = ws.engine.run(sql("SELECT count(*) AS n FROM identifiers WHERE NOT blocked IS NULL"))["n"][0].as_py()
    rows = ws.engine.run(sql(_BLOCKED, limit=limit, offset=offset)).to_pylist()
    return {"total": int(total), "rows": [{**r, "node": str(r["node"]), "links": r["links"] or 0} for r in rows]}


def node_of(ws: Workspace, named: Named) -> int:
    """The registered identifier a person means. Raises `DefinitionError`, or `NotFoundError` for one never seen."""
    if named.kind not in KINDS:
        raise NotFoundError(
            Text("there is no such kind of identifier", "그런 종류의 식별자가 없습니다"),
            where="kind",
            hint=Text.same(", ".join(KINDS)),
        )
    found = [int(n) for n in ws.privacy.pseudonymiser.pseudonyms(named.kind, [named.value]).nodes if n]
    here = sql("SELECT node FROM identifiers WHERE node IN :n", n=found or [0])
    if not ws.engine.run(here).num_rows:
        raise NotFoundError(
            Text("this identifier was never seen", "본 적이 없는 식별자입니다"),
            where="value",
            hint=Text(
                "check its kind and value; the shop's own go into the setting own_identifiers",
                "종류와 값을 확인하세요. 가게 자신의 것은 설정 own_identifiers에 적습니다",
            ),
        )
    return found[0]


def judge_value(ws: Workspace, node: int, *, block: bool, reason: str = "", dry_run: bool = False) -> dict[str, Any]:
    """Block a value, or let it join again: what changes, and (unless it is a dry run) done."""
    step = identity.block if block else identity.unblock

    def run() -> Resolution:
        return step(ws.engine, node, actor=ws.actor, now=ws.real_now(), policy=ws.policy, preview=dry_run)

    if dry_run:
        return _counts(run())
    with ws.facts_turn():  # until they are computed, too: a request must not come to wait for an import
        with both(ws) as keep:
            found = run()
            keep()
            follow_through(ws, found)
            recovery.facts_change(ws)
            action = f"identity.{'block' if block else 'unblock'}"
            after = {"entry": found.entry, "identifiers": found.moved.num_rows}
            ws.store.audit.write(ws.actor, action, f"identifier/{node}", now=ws.real_now(), reason=reason, after=after)
        ws.refresh_touched([found.touched])
    return _counts(found)


def _counts(found: Resolution) -> dict[str, Any]:
    moved = found.moved.to_pylist()
    return {
        "merges": found.merges,
        "splits": found.splits,
        "identifiers": len(moved),
        "customers": [f"C{c}" for c in found.touched.to_pylist()[:20]],
        "entry": found.entry,
    }


# -- the log -------------------------------------------------------------------------------------------------------------
def history(ws: Workspace, *, limit: int = 50, offset: int = 0) -> list[dict[str, Any]]:
    """What people did to who is who, newest first: action, who, when, why, and whether it still stands."""
    rows = ws.engine.run(sql(_LOG, limit=limit, offset=offset)).to_pylist()
    gone = ws.engine.run(sql("SELECT DISTINCT entry FROM identity_log WHERE action = 'revoke'"))["entry"].to_pylist()
    nodes = [n for r in rows for n in (*(r["nodes"] or ()), *(r["others"] or ())) if n is not None]
    whose = {
        r["node"]: r
        for r in ws.engine.run(
            sql("SELECT node, kind, customer_id FROM identifiers WHERE node IN :n", n=nodes or [0])
        ).to_pylist()
    }
    shown = []
    for r in rows:
        mine = [n for n in (*(r["nodes"] or ()), *(r["others"] or ())) if n is not None]
        shown.append(
            {
                "entry": r["entry"],
                "action": r["action"],
                "actor": r["actor"],
                "at": r["at"],
                "why": r["why"],
                "undone": r["action"] in ("merge", "cut") and r["entry"] in gone,
                "kinds": sorted({whose[n]["kind"] for n in mine if n in whose}),
                "customers": sorted({f"C{whose[n]['customer_id']}" for n in mine if n in whose and whose[n]["customer_id"]}),
                "node": str(mine[0]) if r["action"] in ("block", "unblock") and mine else None,
            }
        )  # fmt: skip
    return shown


def take_back(ws: Workspace, entry: int, *, reason: str = "", dry_run: bool = False) -> dict[str, Any]:
    """Take a merge or a cut back as if it had never been said."""
    found = ws.engine.run(sql("SELECT action FROM identity_log WHERE entry = :e", e=entry))["action"].to_pylist()
    if not set(found) & {"merge", "cut"}:
        raise RefusedError(
            Text(f"entry {entry} is no merge and no cut", f"{entry}번은 합치기나 나누기 기록이 아닙니다"),
            hint=Text("a block is taken back by unblocking the value", "막은 값은 막기를 풀어서 되돌립니다"),
        )
    done = ws.unmerge(0, entry=entry, reason=reason, dry_run=dry_run)
    return {"identifiers": len(done), "entry": entry}
