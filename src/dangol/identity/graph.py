"""The question identity answers, as arrays: identifiers, the pairs that tie them, the pairs that keep them apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dangol.identity.components import Flags, Ints, Places
from dangol.identity.policy import Policy

BY_HAND = 4
"""The tier of pairs a person merged: above every `Strength`."""

CONTESTED, CUT_BETWEEN, OVER_CAP = 1, 2, 3
REASONS = {CONTESTED: "contested", CUT_BETWEEN: "cut_between", OVER_CAP: "over_cap"}


@dataclass(frozen=True, slots=True)
class Graph:
    """Identifiers ``0..n-1``, in ascending order of node, and what was seen of them. Nobody in it is blocked.

    :param kind: place of each identifier's kind in `kinds`, shape (n,).
    :param a, b: the two ends of each pair that ties, shape (m,), no pair twice.
    :param tier: how strongly the pair ties: the weaker end's `Strength`, or `BY_HAND`, shape (m,).
    :param at: time of the evidence in microseconds, shape (m,); only a shared device's policy reads it.
    :param apart, others: pairs a person cut, the one taken out and the one that stayed, shape (c,).
    :param kinds: names of kinds.
    """

    kind: npt.NDArray[np.int8]
    a: Places
    b: Places
    tier: npt.NDArray[np.int8]
    at: Ints
    apart: Places
    others: Places
    kinds: tuple[str, ...]

    @property
    def n(self) -> int:
        return len(self.kind)

    def some(self, nodes: Places) -> Graph:
        """The part of the graph among these (ascending) nodes, renumbered."""
        place = np.full(self.n, -1, np.int32)
        place[nodes] = np.arange(len(nodes), dtype=np.int32)
        kept = (place[self.a] >= 0) & (place[self.b] >= 0)
        cut = (place[self.apart] >= 0) & (place[self.others] >= 0)
        return Graph(
            self.kind[nodes],
            place[self.a[kept]],
            place[self.b[kept]],
            self.tier[kept],
            self.at[kept],
            place[self.apart[cut]],
            place[self.others[cut]],
            self.kinds,
        )


@dataclass(frozen=True, slots=True)
class Refused:
    """Pairs that did not join: the two ends, why, and which ends nobody may claim.

    :param a, b: ends, shape (r,).
    :param reason: `CONTESTED`, `CUT_BETWEEN` or `OVER_CAP`, shape (r,).
    :param free_a, free_b: the end belongs to none of those who claim it, shape (r,).
    :param at: time of the evidence in microseconds, shape (r,).
    """

    a: Places
    b: Places
    reason: npt.NDArray[np.int8]
    free_a: Flags
    free_b: Flags
    at: Ints


@dataclass(frozen=True, slots=True)
class Limits:
    """A policy's kinds as arrays over a graph's kinds."""

    strength: npt.NDArray[np.int8]
    unique: Flags
    cap: Ints

    @classmethod
    def of(cls, kinds: tuple[str, ...], policy: Policy) -> Limits:
        found = [policy.kinds[name] for name in kinds]
        return cls(
            np.array([k.strength for k in found], np.int8),
            np.array([k.unique for k in found], bool),
            np.array([1 if k.unique else k.cap for k in found], np.int64),
        )
