"""The place of each identifier of a region: with whom, under which id, blocked or not, and what was refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dangol.identity.components import Flags, Ints, Places, find
from dangol.identity.graph import BY_HAND, OVER_CAP, REASONS, Graph, Limits, Refused
from dangol.identity.partition import partition
from dangol.identity.policy import Policy
from dangol.identity.region import Region
from dangol.schema import NotFoundError


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the identifiers of a region go.

    :param rows: one per identifier: ``node, kind, first_seen, customer_id`` (null: to be minted, or blocked), ``founder``
        (the identifier whose minted id the customer gets, or null), ``blocked``.
    :param claims: one per refused pair and claimant: ``node, claim`` (the other identifier), ``reason, at``.
    """

    rows: pa.Table
    claims: pa.Table


@dataclass(frozen=True, slots=True)
class _Who:
    """A region's identifiers as arrays in ascending order of node; 0 stands for no id."""

    node: Ints
    kind: npt.NDArray[np.int8]
    kinds: tuple[str, ...]
    born: Ints
    first_seen: Ints
    blocked: npt.NDArray[np.object_] | None


def place(region: Region, blocked: Mapping[int, str | None], policy: Policy) -> Placed:
    """Partition a region and give every part its id.

    :param blocked: node → reason, or None for one that may join again; over what the region says.
    """
    who = _who(region, blocked, policy)
    barred = np.zeros(len(who.node), np.bool_) if who.blocked is None else who.blocked != None  # noqa: E711
    open_ = np.flatnonzero(~barred).astype(np.int32)
    graph = _graph(region, who, open_, policy)
    part, refused = partition(graph, policy)
    customer, founder = _ids(part, who.born[open_], who.first_seen[open_])
    node = who.node[open_]
    rows = {
        "node": np.concatenate([node, who.node[barred]]),
        "kind": _names(who, np.concatenate([open_, np.flatnonzero(barred)])),
        "first_seen": np.concatenate([who.first_seen[open_], who.first_seen[barred]]).view("M8[us]"),
        "customer_id": _null_zero(customer, barred),
        "founder": _null_zero(np.where(founder >= 0, node[founder], 0), barred),
        "blocked": _reasons(who, barred),
    }
    return Placed(pa.table(rows), _claims(graph, refused, node, policy))


def _who(region: Region, blocked: Mapping[int, str | None], policy: Policy) -> _Who:
    table = region.who
    node = table["node"].to_numpy()
    order = np.argsort(node, kind="stable")
    node = np.ascontiguousarray(node[order])
    coded = table["kind"].combine_chunks().dictionary_encode()
    kinds = tuple(coded.dictionary.to_pylist())
    if unknown := sorted(set(kinds) - set(policy.kinds)):
        raise NotFoundError(f"no kind of identifier is called {unknown[0]!r}", hint=f"kinds: {', '.join(policy.kinds)}")
    reasons = None
    if table["blocked"].null_count < len(node) or blocked:
        reasons = table["blocked"].to_numpy(zero_copy_only=False)[order]
        changed = np.fromiter(blocked, np.int64, len(blocked))
        for at, value in zip(find(node, changed), blocked.values(), strict=True):
            if at >= 0:
                reasons[at] = value
    return _Who(
        node,
        coded.indices.to_numpy(zero_copy_only=False).astype(np.int8)[order],
        kinds,
        pc.fill_null(table["born_as"], 0).to_numpy()[order],
        table["first_seen"].cast(pa.int64()).to_numpy()[order],
        reasons,
    )


def _graph(region: Region, who: _Who, open_: Places, policy: Policy) -> Graph:
    node, kind = who.node[open_], who.kind[open_]
    strength = Limits.of(who.kinds, policy).strength
    a, b, at = find(node, region.links[0]), find(node, region.links[1]), region.links[2]
    inside = (a >= 0) & (b >= 0) & (a != b)
    if not inside.all():
        a, b, at = a[inside], b[inside], at[inside]
    apart = others = np.empty(0, np.int32)
    tier = np.minimum(strength[kind[a]], strength[kind[b]])
    if region.hand.num_rows:
        mine, yours, cut, when = _latest(region.hand, node)
        n = max(len(node), 1)
        keys = np.minimum(mine, yours).astype(np.int64) * n + np.maximum(mine, yours)
        left = ~np.isin(np.minimum(a, b).astype(np.int64) * n + np.maximum(a, b), keys)
        a, b = np.concatenate([a[left], mine[~cut]]), np.concatenate([b[left], yours[~cut]])
        tier = np.concatenate([tier[left], np.full(int((~cut).sum()), BY_HAND, np.int8)])
        at = np.concatenate([at[left], when[~cut]])
        apart, others = mine[cut], yours[cut]
    return Graph(kind, a, b, tier, at, apart, others, who.kinds)


def _latest(hand: pa.Table, node: Ints) -> tuple[Places, Places, Flags, Ints]:
    """Of each pair touched by hand the latest word: its ends, whether it is a cut, and when."""
    seq = hand["seq"].to_numpy()
    order = np.argsort(seq, kind="stable")[::-1]
    a, b = find(node, hand["a"].to_numpy()[order]), find(node, hand["b"].to_numpy()[order])
    cut = pc.equal(hand["action"], "cut").to_numpy(zero_copy_only=False)[order]
    at = hand["at"].cast(pa.int64()).to_numpy()[order]
    inside = (a >= 0) & (b >= 0) & (a != b)
    a, b, cut, at = a[inside], b[inside], cut[inside], at[inside]
    keys = np.minimum(a, b).astype(np.int64) << 32 | np.maximum(a, b)
    _, first = np.unique(keys, return_index=True)
    return a[first], b[first], cut[first], at[first]


def _ids(part: Places, born: Ints, first_seen: Ints) -> tuple[Ints, Places]:
    """For each identifier its customer's id (0: to be minted) and, if it is, the place of its founder (else -1)."""
    n = len(part)
    big = np.iinfo(np.int64).max
    oldest = np.full(n, big, np.int64)
    has = np.flatnonzero(born > 0)
    np.minimum.at(oldest, part[has], born[has])
    customer = np.where(oldest[part] == big, 0, oldest[part])
    without = np.flatnonzero(customer == 0)
    order = without[np.lexsort((without, first_seen[without], part[without]))]
    first = np.ones(len(order), np.bool_)
    first[1:] = part[order][1:] != part[order][:-1]
    head = np.full(n, -1, np.int32)
    head[part[order[first]]] = order[first]
    return customer, np.where(customer == 0, head[part], -1).astype(np.int32)


def _claims(graph: Graph, refused: Refused, node: Ints, policy: Policy) -> pa.Table:
    """One row per refused pair and claimant, under the end that would have joined the two.

    That is the end which is nobody's; else the weaker; else the greater. Where it does belong to somebody, its own
    customer is a claimant too.
    """
    strength = Limits.of(graph.kinds, policy).strength[graph.kind]
    a, b = refused.a, refused.b
    b_is_it = (refused.free_b & ~refused.free_a) | (
        (refused.free_a == refused.free_b) & ((strength[b] < strength[a]) | ((strength[a] == strength[b]) & (b > a)))
    )
    it, other = np.where(b_is_it, b, a), np.where(b_is_it, a, b)
    owned = ~np.where(b_is_it, refused.free_b, refused.free_a) & (refused.reason != OVER_CAP)
    names = np.array(["", *(REASONS[r] for r in sorted(REASONS))], dtype=object)
    return pa.table(
        {
            "node": node[np.concatenate([it, it[owned]])],
            "claim": node[np.concatenate([other, it[owned]])],
            "reason": pa.array(names[np.concatenate([refused.reason, refused.reason[owned]])], pa.string()),
            "at": np.concatenate([refused.at, refused.at[owned]]).view("M8[us]"),
        }
    )


def _names(who: _Who, places: Ints) -> pa.Array:
    return pa.DictionaryArray.from_arrays(who.kind[places].astype(np.int32), list(who.kinds)).cast(pa.string())


def _null_zero(ids: Ints, barred: Flags) -> pa.Array:
    full = np.concatenate([ids, np.zeros(int(barred.sum()), np.int64)]).astype(np.int64)
    return pa.array(full, pa.int64(), mask=full == 0)


def _reasons(who: _Who, barred: Flags) -> pa.Array:
    given = [] if who.blocked is None else list(who.blocked[barred])
    return pa.concat_arrays([pa.nulls(int((~barred).sum()), pa.string()), pa.array(given, pa.string())])
