"""Why an identifier is on a customer: the shortest chain of evidence from it to the customer's oldest identifier."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Any

import pyarrow as pa

from dangol.engine import Engine, sql
from dangol.identity.lookup import follow, identifiers_of
from dangol.identity.policy import Policy
from dangol.identity.standing import standing, withdrawn
from dangol.identity.values import Evidence, Step
from dangol.schema import Strength

_LOG = """
SELECT g.seq, g.action, g.a, g.b, g.rule, g.source, g.fact, g.at, g.actor, g.entry FROM identity_log AS g
WHERE g.action IN ('link', 'cut', 'merge')
  AND g.a IN (SELECT m.node FROM m) AND g.b IN (SELECT m.node FROM m)
  AND (g.entry IS NULL OR NOT g.entry IN (SELECT r.entry FROM identity_log AS r WHERE r.action = 'revoke'))
  AND :counts
ORDER BY g.seq
"""


def explain(engine: Engine, customer_id: int, *, policy: Policy | None = None) -> tuple[Evidence, ...]:
    """For every identifier of a customer, why it is there; oldest identifier first.

    Of equally short chains the one over stronger, then earlier evidence is told.

    :raises NotFoundError: there is no such customer.
    """
    policy = policy or Policy()
    today = follow(engine, customer_id)
    rows = identifiers_of(engine, today).to_pylist()
    root = next(r["node"] for r in rows if r["born_as"] == today)
    chains = _chains(root, _ties(engine, rows, policy))
    rows.sort(key=lambda r: (r["node"] != root, r["first_seen"], r["node"]))
    return tuple(
        Evidence(
            node=r["node"],
            kind=r["kind"],
            value=r["value"],
            first_seen=r["first_seen"],
            last_seen=r["last_seen"],
            source=r["source"],
            oldest=r["node"] == root,
            chain=chains[r["node"]],
        )
        for r in rows
    )


def _ties(engine: Engine, rows: list[dict[str, Any]], policy: Policy) -> dict[int, list[tuple[int, dict[str, Any]]]]:
    """For each identifier the ones it is tied to and by what, best evidence first."""
    strength = {r["node"]: policy.kinds[r["kind"]].strength for r in rows}
    with engine.scratch(pa.table({"node": pa.array(list(strength), pa.int64())})) as members:
        log = engine.run(sql(_LOG, tables={"m": members}, counts=standing(withdrawn(engine)))).to_pylist()
    word: dict[tuple[int, int], dict[str, Any]] = {}
    for entry in log:  # in order, so that a by-hand word is replaced by a later one, and a link never replaces one
        pair = min(entry["a"], entry["b"]), max(entry["a"], entry["b"])
        if entry["action"] != "link" or pair not in word:
            word[pair] = entry
    ties: dict[int, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    for (a, b), entry in word.items():
        if entry["action"] != "cut":
            ties[a].append((b, entry))
            ties[b].append((a, entry))

    def rank(tie: tuple[int, dict[str, Any]], node: int) -> tuple[int, Any, int]:
        by_hand = tie[1]["action"] == "merge"
        tier = Strength.STRONG + 1 if by_hand else min(strength[node], strength[tie[0]])
        return -tier, tie[1]["at"], tie[0]

    for node, found in ties.items():
        found.sort(key=lambda tie, node=node: rank(tie, node))  # type: ignore[misc]
    return ties


def _chains(root: int, ties: dict[int, list[tuple[int, dict[str, Any]]]]) -> dict[int, tuple[Step, ...]]:
    chains: dict[int, tuple[Step, ...]] = {root: ()}
    waiting = deque([root])
    while waiting:
        here = waiting.popleft()
        for there, entry in ties[here]:
            if there not in chains:
                step = Step(there, here, *(entry[k] for k in ("rule", "source", "fact", "at", "actor", "entry")))
                chains[there] = (step, *chains[here])
                waiting.append(there)
    return chains
