"""Connected components against networkx and scipy, compiled and plain."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from dangol.identity import _compiled, components
from dangol.identity.components import SMALL, connect, find
from tests.budget import examples

ids = st.integers(0, 2**63 - 1)
few = st.sampled_from([0, 1, 2, 3, 5, 8, 2**62, 2**63 - 1])


@settings(deadline=None)
@given(st.lists(st.tuples(few | ids, few | ids), max_size=60))
def test_as_networkx(pairs: list[tuple[int, int]]) -> None:
    a, b = (np.array([p[i] for p in pairs], np.int64) for i in (0, 1))
    nodes, labels = components(a, b)
    graph = nx.Graph(pairs)
    assert nodes.tolist() == sorted(graph.nodes)
    expected = {n: min(c) for c in nx.connected_components(graph) for n in c}
    assert dict(zip(nodes.tolist(), labels.tolist(), strict=True)) == expected


@pytest.mark.parametrize("shape", ["random", "path", "star", "descending"])
def test_compiled_and_plain_and_scipy_agree(shape: str) -> None:
    random = np.random.default_rng(7)
    n, m = 80_000, SMALL + 10_000
    a, b = {
        "random": (random.integers(0, n, m), random.integers(0, n, m)),
        "path": (np.arange(m), np.arange(1, m + 1)),
        "star": (np.full(m, m + 1), random.permutation(m)),
        "descending": (np.arange(m, 0, -1), np.arange(m - 1, -1, -1)),
    }[shape]
    n = max(n, int(max(a.max(), b.max())) + 1)
    compiled = connect(n, a, b)
    half = m // 2
    plain = connect(n, a[:half], b[:half])
    both = plain[connect_over(plain, a[half:], b[half:])]
    _, scipy = connected_components(coo_array((np.ones(m, np.int8), (a, b)), shape=(n, n)), directed=False)
    first = np.full(scipy.max() + 1, n)
    np.minimum.at(first, scipy, np.arange(n))
    assert np.array_equal(compiled, first[scipy])
    assert np.array_equal(both, compiled)


def connect_over(labels: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Go on from labels that were found before; each half is small enough for plain numpy."""
    return connect(len(labels), np.append(labels[a], []).astype(np.int32), labels[b])[labels]


@settings(max_examples=examples(30), deadline=None)  # the first call may compile
@given(st.integers(0, 2**32))
def test_large_ids_are_found_whichever_way(seed: int) -> None:
    random = np.random.default_rng(seed)
    nodes = np.unique(random.integers(0, 2**63 - 1, 200))
    asked = np.concatenate([random.choice(nodes, 300), random.integers(0, 2**63 - 1, 20)])
    assert np.array_equal(find(nodes, asked), _compiled.find(nodes, asked))
    assert np.array_equal(nodes[find(nodes, asked)][:300], asked[:300])


def test_compiled_densify_on_real_sized_hashes() -> None:
    random = np.random.default_rng(3)
    pool = random.integers(0, 2**63 - 1, 40_000)
    a, b = random.choice(pool, SMALL + 1), random.choice(pool, SMALL + 1)
    nodes, labels = components(a, b)
    expected, places = np.unique(np.concatenate([a, b]), return_inverse=True)
    assert np.array_equal(nodes, expected)
    plain = connect(len(expected), places[:SMALL], places[len(a) : len(a) + SMALL])
    last = connect_over(plain, places[SMALL : len(a)], places[len(a) + SMALL :])
    assert np.array_equal(labels, expected[plain[last]])
