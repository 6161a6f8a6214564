"""The measure of clustering against a slow second opinion."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from dangol.engine.clustering import Clustering, Group, clustering, worth_it

groups = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 6), st.integers(1, 9)).map(lambda t: Group(t[0], t[0] + t[1], t[2])),
    min_size=1,
    max_size=8,
)


def _apart(chosen: tuple[Group, ...]) -> bool:
    return all(a.high <= b.low or b.high <= a.low for a, b in combinations(chosen, 2))


@given(groups)
def test_the_clustered_part_is_the_heaviest_set_without_overlap(given_groups: list[Group]) -> None:
    total = sum(g.rows for g in given_groups)
    best = max(
        sum(g.rows for g in chosen)
        for size in range(len(given_groups) + 1)
        for chosen in combinations(given_groups, size)
        if _apart(chosen)
    )
    found = clustering(given_groups)
    assert abs(found.recent - (1 - best / total)) < 1e-9
    low, high = min(g.low for g in given_groups), max(g.high for g in given_groups)
    visits = sum(sum(g.low <= key <= g.high for g in given_groups) for key in range(low, high + 1))
    assert abs(found.reads - visits / (high - low + 1)) < 1e-9


def test_a_sorted_table_is_not_rewritten() -> None:
    ordered = [Group(i * 10, i * 10 + 10, 100) for i in range(50)]
    assert clustering(ordered).recent == 0
    assert not worth_it(clustering(ordered), share=0.1, reads=2)
    assert clustering([]) == Clustering(0, 0)
