"""Who is who, as a pure function of a graph and a policy. `docs/identity.md` says it in words and pictures."""

from __future__ import annotations

import numpy as np

from dangol.identity.components import Flags, Places, connect
from dangol.identity.graph import Graph, Limits, Refused
from dangol.identity.policy import Policy
from dangol.identity.tiers import settle

_NOTHING = np.empty(0, np.int32)
_NO_FLAGS = np.empty(0, np.bool_)
_NONE = Refused(_NOTHING, _NOTHING, np.empty(0, np.int8), _NO_FLAGS, _NO_FLAGS, np.empty(0, np.int64))


def partition(graph: Graph, policy: Policy) -> tuple[Places, Refused]:
    """Which identifiers are one customer.

    What is connected and breaks no limit is one customer at once (nearly everything). Only what is left goes through
    the tiers of `settle`; the two agree, because a part of something that breaks no limit breaks none either.

    :return: for each identifier the smallest identifier of its customer, shape (n,); and the pairs that did not join.
    """
    labels = connect(graph.n, graph.a, graph.b)
    bad = _breaking(graph, labels, Limits.of(graph.kinds, policy))
    if not bad.any():
        return labels, _NONE
    nodes = np.flatnonzero(bad[labels]).astype(np.int32)
    settled, refused = settle(graph.some(nodes), policy)
    labels[nodes] = nodes[settled]
    return labels, Refused(
        nodes[refused.a], nodes[refused.b], refused.reason, refused.free_a, refused.free_b, refused.at
    )


def _breaking(graph: Graph, labels: Places, limits: Limits) -> Flags:
    """By label: holds more values of a kind than it may, or two identifiers that a person cut apart."""
    bad = np.zeros(graph.n, np.bool_)
    for kind, cap in enumerate(limits.cap):
        holders = labels[graph.kind == kind]
        if len(holders) > cap:
            bad |= np.bincount(holders, minlength=graph.n) > cap
    cut = labels[graph.apart] == labels[graph.others]
    bad[labels[graph.apart[cut]]] = True
    return bad
