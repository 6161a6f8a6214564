"""Values that belong to everybody: linked to more logins than one person can have."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dangol.engine import Engine, sql
from dangol.identity.components import Ints
from dangol.identity.policy import Policy
from dangol.identity.region import Region

TOO_COMMON = "too_common"


def too_common(engine: Engine, region: Region, policy: Policy, spared: set[int]) -> list[int]:
    """Nodes of the region linked to more than `policy.max_partners` different identifiers of a unique kind.

    The links alone decide, blocked partners included, so that the order in which evidence came does not matter.

    :param spared: nodes a person judges right now; what a person has judged before stays as they said.
    """
    node, ends = region.node, region.ends
    degree = sum((np.bincount(e[e >= 0], minlength=len(node)) for e in ends), np.zeros(len(node), np.int64))
    hub = degree > policy.max_partners
    if not hub.any():
        return []
    at_hub = [hub[e] & (e >= 0) for e in ends]
    hubs = np.concatenate([region.names(end, at_hub[end]) for end in (0, 1)])
    partners = np.concatenate([region.names(1 - end, at_hub[end]) for end in (0, 1)])
    pairs = np.stack([hubs, partners])
    pairs = np.unique(pairs, axis=1)
    pairs = pairs[:, np.isin(pairs[1], _unique_nodes(engine, region, pairs[1], policy))]
    nodes, count = np.unique(pairs[0], return_counts=True)
    found = {int(n) for n in nodes[count > policy.max_partners]} - spared
    return sorted(found - _judged(engine)) if found else []


def _judged(engine: Engine) -> set[int]:
    """Nodes that a person blocked or unblocked."""
    rows = engine.run(
        sql("SELECT a FROM identity_log WHERE action IN ('block', 'unblock') AND NOT entry IS NULL GROUP BY a")
    )
    return set(rows["a"].to_pylist())


def _unique_nodes(engine: Engine, region: Region, nodes: Ints, policy: Policy) -> Ints:
    """Which of these nodes are of a unique kind; partners outside the region are looked up."""
    unique = sorted(k.name for k in policy.kinds.values() if k.unique)
    with engine.scratch(pa.table({"node": np.unique(nodes)})) as asked:
        outside = engine.run(
            sql(
                "SELECT i.node FROM identifiers AS i WHERE i.node IN (SELECT q.node FROM q) AND i.kind IN :kinds",
                tables={"q": asked},
                kinds=unique,
            )
        )
    inside = region.node[pc.is_in(region.who["kind"], pa.array(unique, pa.string())).to_numpy()]
    return np.union1d(outside["node"].to_numpy(), inside)
