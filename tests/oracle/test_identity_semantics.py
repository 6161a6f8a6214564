"""Who is who, read slowly: the words of docs/identity.md over networkx, one component and one tier at a time."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import combinations

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.identity import Policy
from dangol.identity.graph import BY_HAND, REASONS, Graph
from dangol.identity.partition import partition
from dangol.identity.tiers import settle
from dangol.schema import KINDS, Kind, Strength
from tests.budget import examples

NAMES = ("user_id", "household_id", "email", "phone", "device_id", "membership_no")
LOW_CAPS = {
    name: Kind(k.name, k.strength, k.unique, k.personal, 1 if k.unique else 2, k.ko, k.en) for name, k in KINDS.items()
}
TIERS = (BY_HAND, 3, 2, 1)


@st.composite
def graphs(draw: st.DrawFn, by_hand: bool = True) -> Graph:
    n = draw(st.integers(1, 11))
    kind = draw(st.lists(st.integers(0, len(NAMES) - 1), min_size=n, max_size=n))
    pairs = list(combinations(range(n), 2))
    edges = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=16)) if pairs else []
    strength = [int(KINDS[NAMES[k]].strength) for k in kind]
    hand = draw(st.lists(st.sampled_from(edges), unique=True, max_size=2)) if edges and by_hand else []
    left = [p for p in pairs if p not in edges]
    cuts = draw(st.lists(st.sampled_from(left), unique=True, max_size=3)) if left and by_hand else []
    turned = draw(st.lists(st.booleans(), min_size=len(cuts), max_size=len(cuts)))
    tier = [BY_HAND if e in hand else min(strength[e[0]], strength[e[1]]) for e in edges]
    at = draw(st.lists(st.integers(0, 3), min_size=len(edges), max_size=len(edges)))
    return Graph(
        np.array(kind, np.int8),
        np.array([e[0] for e in edges], np.int32),
        np.array([e[1] for e in edges], np.int32),
        np.array(tier, np.int8),
        np.array(at, np.int64),
        np.array([c[t] for c, t in zip(cuts, turned, strict=True)], np.int32),
        np.array([c[1 - t] for c, t in zip(cuts, turned, strict=True)], np.int32),
        NAMES,
    )


policies = st.builds(
    Policy,
    max_partners=st.just(50),
    shared_device=st.sampled_from(["nobody", "first", "last"]),
    kinds=st.sampled_from([KINDS, LOW_CAPS]),
)


def slow(graph: Graph, policy: Policy) -> tuple[set[frozenset[int]], set[tuple[int, int, str]]]:
    """The partition and the refused pairs with their reasons."""
    parts = [frozenset({i}) for i in range(graph.n)]
    refused: set[tuple[int, int, str]] = set()
    for tier in TIERS:
        refused = set()
        merged: list[frozenset[int]] = []
        for lot in lots(graph, parts, tier):
            merged += one_lot(graph, policy, lot, tier, refused)
        parts = merged
    return set(parts), refused


def lots(graph: Graph, parts: list[frozenset[int]], tier: int) -> list[nx.MultiGraph]:
    """Connected parts, over all evidence at least as strong."""
    home = {i: p for p in parts for i in p}
    whole = nx.MultiGraph()
    whole.add_nodes_from(parts)
    for place, (a, b, level) in enumerate(zip(graph.a, graph.b, graph.tier, strict=True)):
        if level >= tier and home[a] != home[b]:
            whole.add_edge(home[a], home[b], ends=(int(a), int(b)), at=int(graph.at[place]))
    return [whole.subgraph(c) for c in nx.connected_components(whole)]


def one_lot(
    graph: Graph, policy: Policy, lot: nx.MultiGraph, tier: int, refused: set[tuple[int, int, str]]
) -> list[frozenset[int]]:
    reasons: dict[tuple[int, int], str] = {}
    for label, why in constraints(graph, policy, lot, tier):
        for p, q, edge in lot.edges(data=True):
            if label[p] != label[q] and reasons.get(edge["ends"]) != "cut_between":
                reasons[edge["ends"]] = why
    if tier != BY_HAND:
        for only_kind in (True, False):
            kept = keep(lot, reasons)
            for group in list(nx.connected_components(kept)):
                for kind in over_cap(graph, policy, group):
                    for _, _, edge in kept.subgraph(group).edges(data=True):
                        if not only_kind or kind in (kind_of(graph, edge["ends"][0]), kind_of(graph, edge["ends"][1])):
                            reasons[edge["ends"]] = "over_cap"
    refused |= {(*ends, why) for ends, why in reasons.items()}
    return [frozenset().union(*c) for c in nx.connected_components(keep(lot, reasons))]


def keep(lot: nx.MultiGraph, reasons: dict[tuple[int, int], str]) -> nx.MultiGraph:
    kept = nx.MultiGraph()
    kept.add_nodes_from(lot)
    kept.add_edges_from((p, q, e) for p, q, e in lot.edges(data=True) if e["ends"] not in reasons)
    return kept


def kind_of(graph: Graph, node: int) -> Kind:
    return KINDS[graph.kinds[graph.kind[node]]]


def over_cap(graph: Graph, policy: Policy, group: set[frozenset[int]]) -> list[Kind]:
    over = []
    for kind in KINDS.values():
        values = [sum(kind_of(graph, i) is kind for i in part) for part in group]
        if not kind.unique and sum(values) > policy.kinds[kind.name].cap and sum(v > 0 for v in values) > 1:
            over.append(kind)
    return over


def constraints(
    graph: Graph, policy: Policy, lot: nx.MultiGraph, tier: int
) -> list[tuple[dict[frozenset[int], object], str]]:
    """For each broken constraint, which side each part is on; None is nobody's side."""
    found: list[tuple[dict[frozenset[int], object], str]] = []
    if tier != BY_HAND:
        for kind in (k for k in KINDS.values() if k.unique):
            holders = [p for p in lot if any(kind_of(graph, i) is kind for i in p)]
            if len(holders) > 1:
                rule = policy.shared_device if tier == Strength.WEAK else "nobody"
                found.append((sides(graph, lot, {p: min(p) for p in holders}, rule), "contested"))
    home = {i: p for p in lot for i in p}
    stayed: dict[int, set[int]] = defaultdict(set)
    for one, other in zip(graph.apart, graph.others, strict=True):
        if one in home and other in home and home[one] != home[other]:
            stayed[int(one)].add(int(other))
    for one, others in stayed.items():
        label: dict[frozenset[int], object] = {home[i]: "rest" for i in others}
        label[home[one]] = "out"
        found.append((sides(graph, lot, label, "nobody"), "cut_between"))
    return found


def sides(
    graph: Graph, lot: nx.MultiGraph, label: dict[frozenset[int], object], rule: str
) -> dict[frozenset[int], object]:
    """The side each part is nearest to."""
    away = {source: nx.single_source_shortest_path_length(lot, source) for source in label}
    distance = {p: min(away[s].get(p, math.inf) for s in label) for p in lot}
    nearest = {p: {label[s] for s in label if away[s].get(p) == distance[p]} for p in lot}
    out: dict[frozenset[int], object] = {}
    for part in sorted(lot, key=lambda p: distance[p]):
        before = [q for q in lot[part] if distance[q] == distance[part] - 1]
        if part in label:
            out[part] = label[part]
        elif rule == "nobody":
            out[part] = next(iter(nearest[part])) if len(nearest[part]) == 1 else None
        elif len({out[q] for q in before}) == 1:
            out[part] = out[before[0]]
        elif any(kind_of(graph, i).strength > Strength.WEAK for i in part):
            out[part] = None
        else:
            sign = 1 if rule == "first" else -1
            evidence = [
                (sign * e["at"], out[q])
                for q in before
                if out[q] is not None
                for e in lot.get_edge_data(part, q).values()
            ]
            out[part] = min(evidence)[1]  # type: ignore[type-var]
    return out


def as_groups(labels: np.ndarray) -> set[frozenset[int]]:
    groups: dict[int, set[int]] = defaultdict(set)
    for i, label in enumerate(labels.tolist()):
        groups[label].add(i)
    assert all(label == min(members) for label, members in groups.items())
    return {frozenset(g) for g in groups.values()}


@settings(max_examples=examples(250), deadline=None)
@given(graphs(), policies)
def test_the_answer_is_what_the_words_say(graph: Graph, policy: Policy) -> None:
    labels, refused = partition(graph, policy)
    expected, reasons = slow(graph, policy)
    assert as_groups(labels) == expected
    said = {(int(a), int(b), REASONS[r]) for a, b, r in zip(refused.a, refused.b, refused.reason, strict=True)}
    assert said == reasons


@settings(max_examples=examples(80), deadline=None)
@given(graphs(), policies)
def test_the_quick_way_and_the_careful_way_agree(graph: Graph, policy: Policy) -> None:
    assert as_groups(partition(graph, policy)[0]) == as_groups(settle(graph, policy)[0])


@settings(max_examples=examples(80), deadline=None)
@given(graphs(by_hand=False), policies)
def test_no_customer_breaks_a_limit_and_no_refused_pair_is_inside_one(graph: Graph, policy: Policy) -> None:
    labels, refused = partition(graph, policy)
    for group in as_groups(labels):
        kinds = [policy.kinds[graph.kinds[graph.kind[i]]] for i in group]
        for kind in set(kinds):
            assert kinds.count(kind) <= kind.cap
    assert (labels[refused.a] != labels[refused.b]).all()
    across = int((labels[graph.a] != labels[graph.b]).sum())
    assert across == len(refused.a)


@settings(max_examples=examples(80), deadline=None)
@given(graphs(), policies)
def test_no_cut_pair_is_on_one_customer(graph: Graph, policy: Policy) -> None:
    labels, _ = partition(graph, policy)
    assert (labels[graph.apart] != labels[graph.others]).all()


@settings(max_examples=examples(80), deadline=None)
@given(graphs(), policies, st.randoms())
def test_the_order_of_evidence_does_not_matter(graph: Graph, policy: Policy, random: object) -> None:
    order = list(range(len(graph.a)))
    random.shuffle(order)  # type: ignore[attr-defined]
    turned = Graph(
        graph.kind,
        graph.b[order],
        graph.a[order],
        graph.tier[order],
        graph.at[order],
        graph.apart[::-1],
        graph.others[::-1],
        graph.kinds,
    )
    assert np.array_equal(partition(graph, policy)[0], partition(turned, policy)[0])


def test_without_limits_it_is_connected_components() -> None:
    random = np.random.default_rng(11)
    for n, m in ((50, 20), (500, 400), (5_000, 4_000), (60_000, 55_000)):
        a, b = random.integers(0, n, m), random.integers(0, n, m)
        pairs = np.unique(np.stack([a, b])[:, a != b], axis=1).astype(np.int32)
        free = {"email": Kind("email", Strength.MEDIUM, False, True, 10**9, "이메일", "e-mail")}
        graph = Graph(
            np.zeros(n, np.int8),
            pairs[0],
            pairs[1],
            np.full(pairs.shape[1], 2, np.int8),
            np.zeros(pairs.shape[1], np.int64),
            np.empty(0, np.int32),
            np.empty(0, np.int32),
            ("email",),
        )
        labels, refused = partition(graph, Policy(kinds=free))
        whole = nx.Graph()
        whole.add_nodes_from(range(n))
        whole.add_edges_from(pairs.T.tolist())
        assert as_groups(labels) == {frozenset(c) for c in nx.connected_components(whole)}
        assert len(refused.a) == 0


def test_every_reason_is_met_and_agreed_on() -> None:
    """The oracle is worth something only if what it is asked about happens: larger graphs, by plain chance."""
    random = np.random.default_rng(5)
    policy = Policy(kinds=LOW_CAPS)
    met: set[str] = set()
    for _ in range(150):
        graph = by_chance(random)
        labels, refused = partition(graph, policy)
        expected, reasons = slow(graph, policy)
        assert as_groups(labels) == expected
        said = {(int(a), int(b), REASONS[r]) for a, b, r in zip(refused.a, refused.b, refused.reason, strict=True)}
        assert said == reasons
        met |= {why for _, _, why in reasons}
    assert met == set(REASONS.values())


def by_chance(random: np.random.Generator, n: int = 25) -> Graph:
    kind = random.integers(0, len(NAMES), n).astype(np.int8)
    pairs = random.permutation(np.array(list(combinations(range(n), 2)), np.int32))
    edges, cuts = pairs[:22], pairs[22:25]
    strength = np.array([int(KINDS[k].strength) for k in NAMES], np.int8)[kind]
    tier = np.minimum(strength[edges[:, 0]], strength[edges[:, 1]])
    tier[:1] = BY_HAND
    at = random.integers(0, 5, len(edges))
    return Graph(kind, edges[:, 0], edges[:, 1], tier, at, cuts[:, 0], cuts[:, 1], NAMES)
