"""How well a table is clustered, and which ranges to rewrite it in. Pure: the engines bring the numbers.

Rows come back fast for one customer when their row group is the only one whose key range holds the customer. What
counts is therefore not how sorted a table is, but how the ranges of its groups overlap.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """One row group: smallest and largest key in it, and how many rows it has."""

    low: int
    high: int
    rows: int


@dataclass(frozen=True, slots=True)
class Clustering:
    """How a table lies on disk.

    recent    share of rows (0 to 1) outside the largest set of groups whose key ranges do not overlap
    reads     groups that a question about one average customer has to read; 1 is the best
    """

    recent: float
    reads: float


def clustering(groups: Sequence[Group]) -> Clustering:
    """Weighted interval scheduling over the groups' key ranges (which may share an edge: a customer may span two)."""
    total = sum(g.rows for g in groups)
    if not groups or not total:
        return Clustering(0.0, 0.0)
    ordered = sorted(groups, key=lambda g: (g.high, g.low))
    highs = [g.high for g in ordered]
    best = [0]
    for i, group in enumerate(ordered):
        fits = bisect_right(highs, group.low, 0, i)
        best.append(max(best[-1], best[fits] + group.rows))
    low, high = min(g.low for g in groups), max(g.high for g in groups)
    reads = sum(g.high - g.low + 1 for g in groups) / (high - low + 1)
    return Clustering(1 - best[-1] / total, reads)


def worth_it(state: Clustering, *, share: float, reads: float) -> bool:
    """Whether a rewrite pays: more than `share` of the rows lie outside and a customer costs over `reads` groups."""
    return state.recent > share and state.reads > reads
