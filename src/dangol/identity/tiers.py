"""The careful way: joins tried from the strongest tier down, and refused where they would break a limit.

In each tier all pairs at least as strong are looked at, between the parts that are already joined. Where a connected
lot of parts would break a constraint (two logins, or two identifiers that a person cut apart), the constraint draws
territories over it and pairs that cross a border are refused. Everything is array work over all such lots at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dangol.identity.components import Flags, Ints, Places, connect
from dangol.identity.graph import BY_HAND, CONTESTED, CUT_BETWEEN, OVER_CAP, Graph, Limits, Refused
from dangol.identity.policy import Policy
from dangol.identity.territory import NOBODY, Breaker, territories
from dangol.schema import Strength

TIERS = (BY_HAND, int(Strength.STRONG), int(Strength.MEDIUM), int(Strength.WEAK))


@dataclass(frozen=True, slots=True)
class _Tier:
    """One tier's pairs between parts. `edge` is their place in the graph; `u` and `v` are the parts they tie."""

    level: int
    edge: Places
    u: Places
    v: Places
    lot: Places


def settle(graph: Graph, policy: Policy) -> tuple[Places, Refused]:
    """As `partition`, tier by tier."""
    limits = Limits.of(graph.kinds, policy)
    part = np.arange(graph.n, dtype=np.int32)
    for level in TIERS:
        edge = np.flatnonzero((graph.tier >= level) & (part[graph.a] != part[graph.b])).astype(np.int32)
        u, v = part[graph.a[edge]], part[graph.b[edge]]
        tier = _Tier(level, edge, u, v, connect(graph.n, u, v))
        reason, free_u, free_v = _borders(graph, policy, limits, part, tier)
        if level != BY_HAND:
            _caps(graph, limits, part, tier, reason)
        kept = reason == 0
        part = connect(graph.n, u[kept], v[kept])[part]
    out = reason > 0  # the last tier has looked at every pair, so what it refused is all that is refused
    edge = edge[out]
    return part, Refused(graph.a[edge], graph.b[edge], reason[out], free_u[out], free_v[out], graph.at[edge])


def _borders(
    graph: Graph, policy: Policy, limits: Limits, part: Places, tier: _Tier
) -> tuple[npt.NDArray[np.int8], Flags, Flags]:
    """Why each pair is refused (0: it is not), and which of its ends is nobody's."""
    reason = np.zeros(len(tier.edge), np.int8)
    free_u, free_v = np.zeros(len(tier.edge), np.bool_), np.zeros(len(tier.edge), np.bool_)
    breaker = _breaker(graph, policy, limits, part, tier)
    for why, source, label in _constraints(graph, limits, part, tier):
        where = np.isin(tier.lot[tier.u], _violated(tier.lot[source], label))
        inside = np.flatnonzero(where)
        ties = breaker.only(inside) if breaker is not None and why == CONTESTED else None
        drawn = territories(graph.n, tier.u[inside], tier.v[inside], source, label, ties)
        mine, yours = drawn[tier.u[inside]], drawn[tier.v[inside]]
        across = mine != yours
        reason[inside[across]] = np.maximum(reason[inside[across]], why)
        free_u[inside[across]] |= mine[across] == NOBODY
        free_v[inside[across]] |= yours[across] == NOBODY
    return reason, free_u, free_v


def _constraints(graph: Graph, limits: Limits, part: Places, tier: _Tier) -> Iterator[tuple[int, Places, Places]]:
    """Each constraint broken somewhere: its reason, and parts with labels that may not meet."""
    if tier.level != BY_HAND:
        for kind in np.flatnonzero(limits.unique):
            holders = np.unique(part[graph.kind == kind])
            if len(_violated(tier.lot[holders], holders)):
                yield CONTESTED, holders, holders
    for node in np.unique(graph.apart):
        mine = graph.apart == node
        stayed = np.unique(part[graph.others[mine]])
        source = np.concatenate([part[[node]], stayed[stayed != part[node]]]).astype(np.int32)
        label = (np.arange(len(source)) > 0).astype(np.int32)
        if len(_violated(tier.lot[source], label)):
            yield CUT_BETWEEN, source, label


def _violated(lots: Places, labels: Places) -> Places:
    """The lots that hold more than one label."""
    pairs = np.unique(lots.astype(np.int64) << 32 | labels)
    found, count = np.unique(pairs >> 32, return_counts=True)
    several: Places = found[count > 1].astype(np.int32)
    return several


def _breaker(graph: Graph, policy: Policy, limits: Limits, part: Places, tier: _Tier) -> Breaker | None:
    """What decides a tie, if the policy lets something decide: only for parts that are devices and nothing else."""
    if policy.shared_device == "nobody" or tier.level != Strength.WEAK:
        return None
    weak = np.ones(graph.n, np.bool_)
    weak[part[limits.strength[graph.kind] > Strength.WEAK]] = False
    at: Ints = graph.at[tier.edge]
    return Breaker(weak, at if policy.shared_device == "first" else -at)


def _caps(graph: Graph, limits: Limits, part: Places, tier: _Tier, reason: npt.NDArray[np.int8]) -> None:
    """Refuse, where too many values of a kind would meet, the pairs of that kind; and where that is not enough, all."""
    ends = graph.kind[graph.a[tier.edge]], graph.kind[graph.b[tier.edge]]
    for only_kind in (True, False):
        kept = reason == 0
        lot = connect(graph.n, tier.u[kept], tier.v[kept])
        of_edge = lot[tier.u]
        drop = np.zeros(len(kept), np.bool_)
        for kind in np.flatnonzero(~limits.unique):
            over = _over(lot, part[graph.kind == kind], int(limits.cap[kind]), graph.n)
            touches = (ends[0] == kind) | (ends[1] == kind) if only_kind else True
            drop |= kept & over[of_edge] & touches
        reason[drop] = OVER_CAP


def _over(lot: Places, holders: Places, cap: int, n: int) -> Flags:
    """By lot: more than `cap` values of the kind, and not all of them in one part already."""
    if len(holders) <= cap:
        return np.zeros(n, np.bool_)
    many: Flags = np.bincount(lot[holders], minlength=n) > cap
    return many & (np.bincount(lot[np.unique(holders)], minlength=n) > 1)
