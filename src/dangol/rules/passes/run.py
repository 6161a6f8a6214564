"""Many rules over any population in a few scans: the quick way of what `compile_rule` defines.

The rows of the population's customers are read once, sorted by customer and time; every distinct leaf of every rule is
worked out once with numpy; leaves that passes do not know are decided by their own SQL over the same population. The SQL
stays the definition: tests hold the two equal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dangol.engine import Engine
from dangol.rules.compile import compile_rule
from dangol.rules.context import Context, Population
from dangol.rules.nodes import Day, Did, Node, Of, Rank, Top, Trait, Window
from dangol.rules.nodes import Sequence as Steps
from dangol.rules.parse import Rule
from dangol.rules.passes.columns import Bools, Ints
from dangol.rules.passes.facts import Facts, rows_of, rows_query, traits_query
from dangol.rules.passes.leaves import Evaluator, supports
from dangol.rules.passes.ranks import Ranks, all_leaves
from dangol.rules.surroundings import fields_of
from dangol.rules.windows import Bounds, window_bounds


@dataclass(frozen=True, slots=True)
class Matrix:
    """Who matches what. `ids`: the population, ascending. `member[i, j]`: customer i matches rule j."""

    ids: Ints
    member: Bools

    def of(self, rule: int) -> Ints:
        """The customers who match one rule."""
        return self.ids[self.member[:, rule]]


class Passes:
    """Rules made ready to be asked of any population, again and again, at one moment.

    :param context: as for `compile_rule`; its population is left open until `run`.
    :param ranks: whole-base facts for `top` and `rank` (`Ranks.read`); without them those leaves go by SQL.
    """

    def __init__(self, rules: Sequence[Rule | Node], context: Context, ranks: Ranks | None = None) -> None:
        self.context = context.only(None)
        self.roots = [r.root if isinstance(r, Rule) else r for r in rules]
        self._ranks = ranks
        self._leaves = list(dict.fromkeys(leaf for root in self.roots for leaf in all_leaves(root, self.context)))
        self.by_sql = tuple(leaf for leaf in self._leaves if not self._knows(leaf))
        """Leaves that only their SQL decides."""
        self._quick = [leaf for leaf in self._leaves if self._knows(leaf)]
        self._clock: dict[tuple[Window, ...], tuple[int | None, int | None]] = {}
        self._traits = sorted({name for leaf in self._quick for name in _traits(leaf)})
        self._fields: dict[Of, set[str]] = {}
        for did in (d for leaf in self._quick for d in _dids(leaf)):
            fields = self._fields.setdefault(did.of, {"name"})
            fields.update(fields_of(did))

    def supports(self, rule: Rule | Node) -> bool:
        """Whether a rule is decided without any SQL of its own."""
        root = rule.root if isinstance(rule, Rule) else rule
        return all(self._knows(leaf) for leaf in all_leaves(root, self.context))

    def run(self, engine: Engine, population: Population) -> Matrix:
        """Ask every rule of every customer of the population (who has a row in the table of traits)."""
        ctx = self.context.only(population)
        traits = engine.run(traits_query(self._traits, ctx))
        ids = np.asarray(traits["customer_id"].combine_chunks(), np.int64)
        tables = {of: engine.run(rows_query(of, fields, ctx, self._bounds(of))) for of, fields in self._fields.items()}
        decided = {leaf: _among(ids, engine.run(compile_rule(leaf, ctx))) for leaf in self.by_sql}
        return self.evaluate(traits, tables, decided)

    def everyone(self, engine: Engine, customers: int = 25_000) -> Iterator[Matrix]:
        """Ask every rule of everybody, `customers` ids at a time: one read of the events, in bounded memory."""
        ids = engine.run(traits_query((), self.context))["customer_id"].to_numpy()
        for first in range(0, len(ids), customers):
            part = ids[first : first + customers]
            yield self.run(engine, range(int(part[0]), int(part[-1]) + 1))

    def evaluate(
        self, traits: pa.Table, tables: dict[Of, pa.Table], decided: dict[Node, Bools] | None = None
    ) -> Matrix:
        """The same over Arrow tables in hand: traits sorted by customer_id, rows by customer_id, at, event_id (and line).

        :param decided: truth per customer of the leaves in `by_sql`.
        """
        ids = np.asarray(traits["customer_id"].combine_chunks(), np.int64)
        rows = {}
        for of, table in tables.items():
            owners = np.asarray(table["customer_id"].combine_chunks(), np.int64)
            known = np.isin(owners, ids)
            rows[of] = rows_of(table if known.all() else table.filter(pa.array(known)), ids)
        facts = Facts(ids, traits, rows)
        evaluator = Evaluator(facts, self.context, dict(decided or {}), self._clock)
        if self._ranks is not None:
            evaluator.decided.update(
                {
                    leaf: self._ranks.truth(leaf, facts, self.context)
                    for leaf in self._leaves
                    if isinstance(leaf, Top | Rank)
                }
            )
        member = np.zeros((len(ids), len(self.roots)), bool)
        for j, root in enumerate(self.roots):
            member[:, j] = evaluator.truth(root)
        return Matrix(ids, member)

    def _knows(self, leaf: Node) -> bool:
        if isinstance(leaf, Top | Rank):
            return self._ranks is not None
        return supports(leaf, self.context.catalog, self.context.segments)

    def _bounds(self, of: Of) -> Bounds:
        """The stretch of time outside which no leaf looks."""
        starts: list[dt.datetime | None] = []
        ends: list[dt.datetime | None] = []
        for leaf in self._quick:
            for did in _dids(leaf):
                if did.of == of:
                    windows = leaf.windows if isinstance(leaf, Steps) else did.windows
                    start, end = window_bounds(windows, self.context.now, self.context.tz)
                    starts.append(start)
                    ends.append(end)
        first = None if None in starts else min(s for s in starts if s is not None)
        last = None if None in ends else max(e for e in ends if e is not None)
        return first, last


def _among(ids: Ints, found: pa.Table) -> Bools:
    return np.isin(ids, np.asarray(found["customer_id"].combine_chunks(), np.int64))


def _traits(leaf: Node) -> Iterator[str]:
    match leaf:
        case Trait(name) | Day(name) | Top(name) | Rank(name):
            yield name


def _dids(leaf: Node) -> Iterator[Did]:
    match leaf:
        case Did(since=since):
            yield leaf
            if since is not None:
                yield since
        case Steps(steps):
            for step in steps:
                yield step.did
                if step.not_between is not None:
                    yield step.not_between
