"""The compiled inner loops. Imported only where there is enough to do, because numba takes half a second to load.

Union-find keeps the smaller node as the root, so a label does not depend on the order of the pairs; paths are halved on
the way up (Tarjan and van Leeuwen 1984). Ids are looked up in an open-addressing table with linear probing.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Ints = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]

_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: spreads ids that are not hashes already


@njit(cache=True)
def _insert(ids: Ints, keys: Ints, slots: Places, places: Places, start: int, shift: int) -> int:
    mask = len(keys) - 1
    count = start
    for i in range(len(ids)):
        key = ids[i]
        at = np.int64((np.uint64(key) * _MIX) >> np.uint64(shift))
        while slots[at] >= 0 and keys[at] != key:
            at = (at + 1) & mask
        if slots[at] < 0:
            slots[at] = count
            keys[at] = key
            count += 1
        places[i] = slots[at]
    return count


@njit(cache=True)
def _fill(keys: Ints, slots: Places, out: Ints) -> None:
    for at in range(len(keys)):
        if slots[at] >= 0:
            out[slots[at]] = keys[at]


@njit(cache=True)
def _look(ids: Ints, keys: Ints, slots: Places, places: Places, shift: int) -> None:
    mask = len(keys) - 1
    for i in range(len(ids)):
        at = np.int64((np.uint64(ids[i]) * _MIX) >> np.uint64(shift))
        while slots[at] >= 0 and keys[at] != ids[i]:
            at = (at + 1) & mask
        places[i] = slots[at]


@njit(cache=True)
def _union(parent: Places, a: Places, b: Places) -> None:
    for i in range(len(a)):
        x, y = a[i], b[i]
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        while parent[y] != y:
            parent[y] = parent[parent[y]]
            y = parent[y]
        if x < y:
            parent[y] = x
        elif y < x:
            parent[x] = y
    for i in range(len(parent)):  # roots are the smallest of their set, so one pass upward settles all
        parent[i] = parent[parent[i]]


def connect(n: int, a: Places, b: Places) -> Places:
    """For each of the nodes ``0..n-1`` the smallest node it is connected to."""
    parent = np.arange(n, dtype=np.int32)
    _union(parent, a, b)
    return parent


def densify(a: Ints, b: Ints) -> tuple[Ints, Places]:
    """Distinct ids in ascending order, and the place of every id of `a` and then `b` among them."""
    bits = max(8, (2 * (len(a) + len(b))).bit_length() - 1)
    keys, slots = np.zeros(1 << bits, np.int64), np.full(1 << bits, -1, np.int32)
    places = np.empty(len(a) + len(b), np.int32)
    count = _insert(a, keys, slots, places[: len(a)], 0, 64 - bits)
    count = _insert(b, keys, slots, places[len(a) :], count, 64 - bits)
    met = np.empty(count, np.int64)
    _fill(keys, slots, met)
    del keys, slots
    order = np.argsort(met, kind="stable")
    rank = np.empty(count, np.int32)
    rank[order] = np.arange(count, dtype=np.int32)
    return met[order], rank[places]


def find(nodes: Ints, ids: Ints) -> Places:
    """Places of `ids` among the distinct `nodes`; -1 for an id that is not there."""
    bits = max(8, (2 * len(nodes)).bit_length())
    keys, slots = np.full(1 << bits, -1, np.int64), np.full(1 << bits, -1, np.int32)
    _insert(nodes, keys, slots, np.empty(len(nodes), np.int32), 0, 64 - bits)
    places = np.empty(len(ids), np.int32)
    _look(ids, keys, slots, places, 64 - bits)
    return places
