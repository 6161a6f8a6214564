"""A Bloom filter: a set of numbers in a few bits each that may take another number for one of its own, and never the reverse.

Imported only where there is enough to do, because numba takes half a second to load.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

BITS, HASHES = 24, 8
"""Bits a number, and how many of them it sets: one in 24,000 that are not there seems to be."""

MOST = 2**31
"""Bits of the largest filter: 256 MB. Fuller, it errs more often."""

LEAST = 1_000_000

Ints = npt.NDArray[np.int64]


class Filter:
    """Numbers that were added, and a few that were not."""

    def __init__(self, room: int) -> None:
        """:param room: how many numbers it is made for."""
        self.room = max(room, LEAST)
        self.held = 0
        self._size = min(MOST, BITS * self.room)
        self._bytes = np.zeros(self._size // 8 + 1, np.uint8)

    def add(self, ids: Ints) -> None:
        _add(self._bytes, self._size, ids.view(np.uint64))
        self.held += len(ids)

    def holds(self, ids: Ints) -> npt.NDArray[np.bool_]:
        """Which of these may have been added: all that were."""
        return np.asarray(_holds(self._bytes, self._size, ids.view(np.uint64)), bool)


@njit(nogil=True, cache=True)
def _mixed(x: np.uint64) -> np.uint64:
    """splitmix64: numbers in a row are spread over all of 64 bits."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@njit(nogil=True, cache=True)
def _place(mixed: np.uint64, step: np.uint64, turn: int, size: int) -> np.uint64:
    """The bit of one turn: two hashes give them all (Kirsch and Mitzenmacher, 2006)."""
    here = (mixed + np.uint64(turn) * step) & np.uint64(0xFFFFFFFF)
    return (here * np.uint64(size)) >> np.uint64(32)


@njit(nogil=True, cache=True)
def _add(kept: npt.NDArray[np.uint8], size: int, ids: npt.NDArray[np.uint64]) -> None:
    for i in range(len(ids)):
        mixed = _mixed(ids[i])
        step = _mixed(mixed) | np.uint64(1)
        for turn in range(HASHES):
            place = _place(mixed, step, turn, size)
            kept[place >> np.uint64(3)] |= np.uint8(1) << np.uint8(place & np.uint64(7))


@njit(nogil=True, cache=True)
def _holds(kept: npt.NDArray[np.uint8], size: int, ids: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    found = np.ones(len(ids), np.bool_)
    for i in range(len(ids)):
        mixed = _mixed(ids[i])
        step = _mixed(mixed) | np.uint64(1)
        for turn in range(HASHES):
            place = _place(mixed, step, turn, size)
            if not (kept[place >> np.uint64(3)] >> np.uint8(place & np.uint64(7))) & np.uint8(1):
                found[i] = False
                break
    return found
