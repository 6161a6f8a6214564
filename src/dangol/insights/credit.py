"""Markov removal over aggregated journeys: no database, no rows, no dates."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

START, GOAL, LOST = "\x00start", "\x00goal", "\x00lost"
"""Names of a chain's ends; no channel is called so."""

Steps = Mapping[tuple[str, str], float]
"""(from, to) → how often it happened, the ends among them."""


def removal_effects(steps: Steps) -> dict[str, float]:
    """Channel → share of conversions (0 to 1) that a chain loses when the channel leads nowhere.

    A first-order chain (Anderl, Becker, von Wangenheim and Schumann, International Journal of Research in Marketing 33,
    2016): the chance to reach the goal from the start, before and after every way into the channel ends in nothing.
    What is lost are the walks that visit the channel, so one solution serves all: with N the fundamental matrix, the
    chance to visit it from the start (N[s, i] / N[i, i]) times the chance to convert from there.
    """
    names = sorted({name for pair in steps for name in pair} - {START, GOAL, LOST})
    if not names:
        return {}
    place = {name: i for i, name in enumerate([START, *names])}
    size = len(place)
    moves, goal, out = np.zeros((size, size)), np.zeros(size), np.zeros(size)
    for (here, there), count in steps.items():
        if here not in place:
            continue
        out[place[here]] += count
        if there in place:
            moves[place[here], place[there]] += count
        elif there == GOAL:
            goal[place[here]] += count
    out[out == 0] = 1.0
    visits = np.linalg.inv(np.eye(size) - moves / out[:, None])
    reach = visits @ (goal / out)
    if reach[0] <= 0:
        return dict.fromkeys(names, 0.0)
    lost = {n: visits[0, i] / visits[i, i] * reach[i] / reach[0] for n, i in place.items() if n != START}
    return {name: float(min(1.0, max(0.0, share))) for name, share in lost.items()}


def markov(steps: Steps) -> dict[str, float]:
    """Channel → its share of all conversions (they sum to 1), in proportion to what its removal would cost."""
    effects = removal_effects(steps)
    whole = sum(effects.values())
    return {name: effect / whole if whole else 0.0 for name, effect in effects.items()}
