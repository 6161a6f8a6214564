"""Large batches in slices of the hash space, so that sorting, grouping and joining them stay in memory.

Nodes are keyed hashes, so equal ranges of them hold about equally many rows. A slice's rows are sorted and written before
the next is looked at; since the ranges rise, so does what is written. (Spilling instead was measured: the first load of
10 M pairs took 230 s in the engine under a limit of 1 GB, most of it writing and reading overflow.)
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from dangol.engine import sql

ROWS = 1_000_000
"""Rows of one slice: some 100 MB where they are widest."""

SPACE = 2**63
"""Nodes are below this."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Nodes from `low` to below `high`; None: no limit on that side."""

    low: int | None
    high: int | None

    def holds(self, node: exp.Expr) -> exp.Expr:
        """The condition that this column (or expression) is a node in this slice."""
        edges = []
        if self.low is not None:
            edges.append(sql(":x >= :low", x=node, low=self.low))
        if self.high is not None:
            edges.append(sql(":x < :high", x=node, high=self.high))
        return exp.and_(*edges) if edges else exp.true()


def slices(rows: int) -> list[Slice]:
    """Rising ranges that together hold every node, as many as `rows` rows need."""
    pieces = max(1, -(-rows // ROWS))
    edges = [None, *(i * SPACE // pieces for i in range(1, pieces)), None]
    return [Slice(edges[i], edges[i + 1]) for i in range(pieces)]
