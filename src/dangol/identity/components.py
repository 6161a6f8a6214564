"""Connected components of pairs of 64-bit ids: union-find, compiled where there is much to do, else plain numpy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

SMALL = 250_000
"""Below this many pairs plain numpy takes some 0.1 s, and spares the second in which numba is loaded."""


def components(a: npt.ArrayLike, b: npt.ArrayLike) -> tuple[Ints, Ints]:
    """Connected components of the pairs ``(a[i], b[i])``.

    :param a, b: equally long int64 arrays of ids, in any order, with repeats and loops allowed.
    :return: ``nodes`` (every distinct id, ascending) and ``labels`` (for each, the smallest id it is connected to).
    """
    left, right = np.ascontiguousarray(a, np.int64), np.ascontiguousarray(b, np.int64)
    if len(left) <= SMALL:
        nodes = np.unique(np.concatenate([left, right]))
        return nodes, nodes[connect(len(nodes), find(nodes, left), find(nodes, right))]
    from dangol.identity import _compiled

    nodes, places = _compiled.densify(left, right)
    labels = _compiled.connect(len(nodes), places[: len(left)], places[len(left) :])
    return nodes, nodes[labels]


def connect(n: int, a: npt.NDArray[np.integer], b: npt.NDArray[np.integer]) -> Places:
    """Components of a graph whose nodes are ``0..n-1``: for each node the smallest node it is connected to."""
    if len(a) > SMALL:
        from dangol.identity import _compiled

        return _compiled.connect(n, a.astype(np.int32, copy=False), b.astype(np.int32, copy=False))
    parent = np.arange(n, dtype=np.int32)
    while len(a):
        a, b = parent[a], parent[b]
        open_ = a != b
        a, b = a[open_], b[open_]
        np.minimum.at(parent, np.maximum(a, b), np.minimum(a, b))  # every root hooks onto its smallest neighbour
        while True:  # and then everybody points at a root again
            up = parent[parent]
            if np.array_equal(up, parent):
                break
            parent = up
    return parent


def find(nodes: Ints, ids: Ints) -> Places:
    """Places of `ids` in the ascending array `nodes`; -1 for an id that is not there."""
    if len(ids) > SMALL:
        from dangol.identity import _compiled

        return _compiled.find(nodes, ids)
    if not len(nodes):
        return np.full(len(ids), -1, np.int32)
    places = np.searchsorted(nodes, ids).clip(max=len(nodes) - 1)
    return np.where(nodes[places] == ids, places, -1).astype(np.int32)
