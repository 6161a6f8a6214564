"""Where everybody stands by a trait: read once, so that `top` and `rank` of one customer need no scan."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from dangol.engine import Engine
from dangol.rules.catalog import segment_body
from dangol.rules.compile_tests import present
from dangol.rules.context import Context
from dangol.rules.dependencies import leaves
from dangol.rules.nodes import In, Node, Rank, Top, Waterfall
from dangol.rules.parse import Rule, parse
from dangol.rules.passes.columns import Bools, Col, Ints, column, held
from dangol.rules.passes.facts import Facts


def all_leaves(root: Node, ctx: Context) -> Iterator[Node]:
    """Leaves of the rule and, where segments are read inline, of the segments it names."""
    for leaf in leaves(root):
        yield leaf
        if ctx.segments == "inline" and isinstance(leaf, In | Waterfall):
            for name in leaf.segments if isinstance(leaf, In) else leaf.groups:
                rule = parse(segment_body(ctx.catalog.segments[name]), ctx.catalog, where=name, name=name)
                yield from all_leaves(rule.root, ctx)


@dataclass(frozen=True, slots=True)
class Ranks:
    """Per trait: the values of everybody who has it, ascending, and their ids. As of when it was read."""

    sorted: dict[str, tuple[npt.NDArray[Any], Ints]]

    @classmethod
    def read(cls, engine: Engine, rules: Sequence[Rule | Node], ctx: Context) -> Ranks:
        """One scan of one column per trait that some rule ranks by."""
        roots = [r.root if isinstance(r, Rule) else r for r in rules]
        names = {leaf.by for root in roots for leaf in all_leaves(root, ctx) if isinstance(leaf, Top | Rank)}
        found = {}
        for name in sorted(names):
            value = exp.column(name, quoted=True)
            query = exp.select("customer_id", value).from_(exp.to_table(ctx.customers)).where(present(value))
            table = engine.run(query)
            ids = np.asarray(table["customer_id"].combine_chunks(), np.int64)
            values = column(table[name]).data
            order = np.lexsort((ids, values))
            found[name] = values[order], ids[order]
        return cls(found)

    def truth(self, leaf: Node, facts: Facts, ctx: Context) -> Bools:
        """The leaf for each customer of the population."""
        if isinstance(leaf, Top):
            return self._top(leaf, facts)
        assert isinstance(leaf, Rank)
        col = facts.trait(leaf.by)
        values, _ = self.sorted[leaf.by]
        below = np.searchsorted(values, col.data, side="left")
        place = 100 * below / max(len(values) - 1, 1)
        return held(Col("float", place, col.valid), leaf.tests, ctx)

    def _top(self, top: Top, facts: Facts) -> Bools:
        values, ids = self.sorted[top.by]
        n = len(values)
        wanted = top.n if top.n is not None else math.ceil(Decimal(str(top.percent)) * n / 100)
        col = facts.trait(top.by)
        if wanted >= n:
            return col.valid.copy()
        if wanted == 0:
            return np.zeros(len(col.data), bool)
        edge = values[wanted - 1] if top.lowest else values[n - wanted]
        first, after = np.searchsorted(values, edge, "left"), np.searchsorted(values, edge, "right")
        better = first if top.lowest else n - after
        youngest = ids[first:after][wanted - better - 1]  # among equals the older ids come first
        ahead = col.data < edge if top.lowest else col.data > edge
        return np.asarray(col.valid & (ahead | ((col.data == edge) & (facts.ids <= youngest))), bool)
