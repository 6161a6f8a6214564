"""Territories: which of several claimants each part of a graph is nearest to, if it is nearest to one only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dangol.identity.components import Flags, Ints, Places

NOBODY = -1
_UNSEEN = -2


@dataclass(frozen=True, slots=True)
class Breaker:
    """Decides ties: parts that may be given away although tied, and by edge what comes first (smallest wins)."""

    may: Flags
    rank: Ints

    def only(self, edges: Ints) -> Breaker:
        return Breaker(self.may, self.rank[edges])


def territories(n: int, u: Places, v: Places, source: Places, label: Places, breaker: Breaker | None = None) -> Places:
    """Spread labels from their sources over a graph, in steps, all at once.

    :param n: parts are ``0..n-1``.
    :param u, v: edges between parts.
    :param source, label: parts that have a label (not negative) from the start.
    :return: the label each part is nearest to, counted in edges; `NOBODY` where two labels are equally near or where
        everything on the way is nobody's; so are parts that no label reaches.
    """
    drawn = np.full(n, _UNSEEN, np.int32)
    drawn[source] = label
    near, far = np.concatenate([u, v]), np.concatenate([v, u])
    edge = np.concatenate([np.arange(len(u)), np.arange(len(u))])
    while True:
        waiting = drawn[far] == _UNSEEN
        near, far, edge = near[waiting], far[waiting], edge[waiting]
        step = drawn[near] != _UNSEEN
        if not step.any():
            break
        reached, met, by = far[step], drawn[near[step]], edge[step]
        low, high = np.full(n, np.iinfo(np.int32).max, np.int32), np.full(n, _UNSEEN, np.int32)
        np.minimum.at(low, reached, met)
        np.maximum.at(high, reached, met)
        some = np.unique(reached)
        drawn[some] = np.where(low[some] == high[some], low[some], NOBODY)
        if breaker is not None:
            _break_ties(drawn, reached, met, breaker.rank[by], breaker.may)
    drawn[drawn == _UNSEEN] = NOBODY
    return drawn


def _break_ties(drawn: Places, reached: Places, met: Places, rank: Ints, may: Flags) -> None:
    """Give each tied part that may be given away to the claimant whose edge ranks first, then to the smallest label."""
    open_ = (drawn[reached] == NOBODY) & may[reached] & (met != NOBODY)
    reached, met, rank = reached[open_], met[open_], rank[open_]
    order = np.lexsort((met, rank, reached))
    reached, met = reached[order], met[order]
    first = np.ones(len(reached), np.bool_)
    first[1:] = reached[1:] != reached[:-1]
    drawn[reached[first]] = met[first]
