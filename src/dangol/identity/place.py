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
from dangol.identity.once import Source
from dangol.identity.partition import partition
from dangol.identity.policy import Policy
from dangol.identity.region import Region
from dangol.schema import NotFoundError, Text

_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the identifiers of a region go: ``node, customer_id`` (null when blocked), ``born_as`` (the id minted now for
    the identifier that starts a customer, else null), ``blocked``.

    :param known: registered identifiers, in ascending order of node.
    :param fresh: new ones, likewise.
    :param rows: the table or query with the known ones' rows of `identifiers`, as they are; None when there are none.
    :param minted: how many ids were minted.
    :param claims: one per refused pair and claimant: ``node, kind, reason, customer, at``.
    """

    known: pa.Table
    fresh: pa.Table
    rows: Source | None
    minted: int
    claims: pa.Table


@dataclass(frozen=True, slots=True)
class _Who:
    """A region's identifiers as arrays in ascending order of node; 0 stands for no id."""

    node: Ints
    kind: npt.NDArray[np.int8]
    kinds: tuple[str, ...]
    born: Ints
    first_seen: Ints
    fresh: Flags
    blocked: npt.NDArray[np.object_] | None


def place(region: Region, blocked: Mapping[int, str | None], last: int, policy: Policy) -> Placed:
    """Partition a region and give every part its id: the oldest in it, or else a new one.

    :param blocked: node → reason, or None for one that may join again; over what the region says.
    :param last: the last id given out. New ones go by the parts' first sight, then by node.
    """
    who = _who(region, blocked, policy)
    n = len(who.node)
    barred = np.zeros(n, np.bool_) if who.blocked is None else who.blocked != None  # noqa: E711
    open_ = np.flatnonzero(~barred).astype(np.int32)
    graph = _graph(region, who, open_, policy)
    part, refused = partition(graph, policy)
    found, heads = _ids(part, who.born[open_], who.first_seen[open_], last)
    customer, born = np.zeros(n, np.int64), np.zeros(n, np.int64)
    customer[open_] = found
    born[open_[heads]] = found[heads]
    claims = _claims(graph, refused, who.node[open_], found, policy)
    return Placed(
        _rows(who, customer, born, ~who.fresh),
        _rows(who, customer, born, who.fresh),
        region.rows,
        len(heads),
        claims,
    )


def _who(region: Region, blocked: Mapping[int, str | None], policy: Policy) -> _Who:
    table, node = region.who, region.node
    coded = table["kind"].combine_chunks().dictionary_encode()
    kinds = tuple(coded.dictionary.to_pylist())
    if unknown := sorted(set(kinds) - set(policy.kinds)):
        raise NotFoundError(
            Text(
                f"no kind of identifier is called {unknown[0]!r}", f"식별자 종류에 {unknown[0]!r}: 그런 이름이 없습니다"
            ),
            hint=Text(f"kinds: {', '.join(policy.kinds)}", f"종류: {', '.join(policy.kinds)}"),
        )
    reasons = None
    if table["blocked"].null_count < len(node) or blocked:
        reasons = table["blocked"].to_numpy(zero_copy_only=False)
        changed = np.fromiter(blocked, np.int64, len(blocked))
        for at, value in zip(find(node, changed), blocked.values(), strict=True):
            if at >= 0:
                reasons[at] = value
    return _Who(
        node,
        coded.indices.to_numpy(zero_copy_only=False).astype(np.int8),
        kinds,
        pc.fill_null(table["born_as"], 0).to_numpy(),
        table["first_seen"].cast(pa.int64()).to_numpy(),
        region.fresh,
        reasons,
    )


def _graph(region: Region, who: _Who, open_: Places, policy: Policy) -> Graph:
    node, kind = who.node[open_], who.kind[open_]
    strength = Limits.of(who.kinds, policy).strength
    a, b, at = *region.ends, region.at
    if len(open_) < len(who.node):  # blocked ones stand outside
        place = np.full(len(who.node) + 1, -1, np.int32)  # the last for -1, which is outside already
        place[open_] = np.arange(len(open_), dtype=np.int32)
        a, b = place[a], place[b]
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


def _ids(part: Places, born: Ints, first_seen: Ints, last: int) -> tuple[Ints, Places]:
    """For each identifier its customer's id, and the places of those that an id was minted for."""
    n = len(part)
    oldest, seen = np.full(n, _NEVER, np.int64), np.full(n, _NEVER, np.int64)
    has = np.flatnonzero(born > 0)
    np.minimum.at(oldest, part[has], born[has])
    without = np.flatnonzero(oldest[part] == _NEVER).astype(np.int32)
    own = part[without]
    np.minimum.at(seen, own, first_seen[without])
    # of a part those seen first; of them the smallest starts it
    first = without[first_seen[without] == seen[own]]
    del own, without, seen
    head = np.full(n, n, np.int32)
    np.minimum.at(head, part[first], first)
    heads = head[head < n]
    heads = heads[np.lexsort((heads, first_seen[heads]))]
    oldest[part[heads]] = np.arange(last + 1, last + 1 + len(heads))
    return oldest[part], heads


def _claims(graph: Graph, refused: Refused, node: Ints, customer: Ints, policy: Policy) -> pa.Table:
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
            "kind": _texts(graph.kind[np.concatenate([it, it[owned]])], graph.kinds),
            "customer": customer[np.concatenate([other, it[owned]])],
            "reason": pa.array(names[np.concatenate([refused.reason, refused.reason[owned]])], pa.string()),
            "at": np.concatenate([refused.at, refused.at[owned]]).view("M8[us]"),
        }
    )


def _texts(codes: npt.NDArray[np.int8], names: tuple[str, ...]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(codes.astype(np.int32), pa.array(names, pa.string())).cast(pa.string())


def _rows(who: _Who, customer: Ints, born: Ints, mine: Flags) -> pa.Table:
    """The identifiers that `mine` marks, as `Placed` has them."""
    reasons = pa.nulls(int(mine.sum()), pa.string())
    if who.blocked is not None:
        reasons = pa.array(who.blocked[mine], pa.string())
    columns = (who.node[mine], _null_zero(customer[mine]), _null_zero(born[mine]), reasons)
    return pa.table(dict(zip(("node", "customer_id", "born_as", "blocked"), columns, strict=True)))


def _null_zero(ids: Ints) -> pa.Array:
    return pa.array(ids, pa.int64(), mask=ids == 0)
