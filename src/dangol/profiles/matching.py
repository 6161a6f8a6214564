"""Who matches which segment, for one refresh: many segments in a few scans where passes can, a query each elsewhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from sqlglot import exp

from dangol.engine import Engine, literal, sql
from dangol.profiles.definitions import Definitions
from dangol.profiles.state import CUSTOMERS
from dangol.rules import Context, compile_rule
from dangol.rules.passes import Matrix, Passes, Ranks

By: TypeAlias = Literal["best", "passes", "sql"]
"""How segments are asked. best: passes for the touched, and for everyone where the engine gives rows back quickly;
passes: wherever they can; sql: never. The answers are equal."""

MATCHES = pa.schema([("segment", pa.string()), ("customer_id", pa.int64()), ("version", pa.int64())])
_PART = 25_000


class Matching:
    """The segments of one refresh, made ready.

    :param people: table of the customers asked about; None for everyone.

    `ranked` are the segments in which a touched customer may push others in or out: they are always asked about everyone.
    `steps` are the segments in the order they can be asked, those of one step together.
    """

    def __init__(
        self, engine: Engine, definitions: Definitions, people: str | None, *, now: dt.datetime, tz: ZoneInfo, by: By
    ) -> None:
        self._engine, self._definitions, self._people = engine, definitions, people
        self.rules = definitions.rules
        self.ranked = definitions.ranked if people is not None else frozenset()
        self._context = Context(
            now=now, tz=tz, population=people, customers=CUSTOMERS, segments="stored", catalog=definitions.catalog,
            as_of=False,
        )  # fmt: skip
        # passes read the segments a rule names in the rule's place, so they need no order
        self._inline = replace(self._context, segments="inline").only(None)
        self.quick = self._choose(by)
        slow = [tuple(n for n in level if n not in self.quick) for level in definitions.levels]
        self.steps = tuple(step for step in (self.quick, *slow) if step)

    def _choose(self, by: By) -> tuple[str, ...]:
        if by == "sql" or not self.rules:
            return ()
        known = Passes(list(self.rules.values()), self._inline, Ranks({}))
        whole = by == "passes" or self._engine.capabilities.point_reads
        return tuple(n for n, rule in self.rules.items() if known.supports(rule) and (whole or not self._everyone(n)))

    def _everyone(self, name: str) -> bool:
        return self._people is None or name in self.ranked

    def among(self, names: Collection[str]) -> list[tuple[str, ...]]:
        """The steps with no other segments than these."""
        kept = [tuple(n for n in step if n in names) for step in self.steps]
        return [step for step in kept if step]

    def matches(self, names: Sequence[str]) -> Iterator[pa.Table | exp.Select]:
        """Rows of `MATCHES` for the segments of one step, in parts of bounded size."""
        quick = [n for n in names if n in self.quick]
        for everyone in (False, True):
            group = [n for n in quick if self._everyone(n) is everyone]
            if group:
                yield from (
                    rows_of(matrix, group, self._definitions) for matrix in self._passed(group, everyone=everyone)
                )
        for name in names:
            if name not in self.quick:
                yield self._asked(name)

    def _passed(self, names: list[str], *, everyone: bool) -> Iterator[Matrix]:
        rules = [self.rules[n] for n in names]
        passes = Passes(rules, self._inline, Ranks.read(self._engine, rules, self._inline))
        if everyone:
            yield from passes.everyone(self._engine, _PART)
            return
        query = sql("SELECT customer_id FROM people ORDER BY customer_id", tables={"people": self._people})
        ids = self._engine.run(query)["customer_id"].combine_chunks()
        if len(ids) == 1:
            yield passes.run(self._engine, ids[0].as_py())
        elif len(ids) <= _PART:
            yield passes.run(self._engine, self._people)
        else:
            for first in range(0, len(ids), _PART):
                with self._engine.scratch(pa.table({"customer_id": ids.slice(first, _PART)})) as part:
                    yield passes.run(self._engine, part)

    def _asked(self, name: str) -> exp.Select:
        context = self._context.only(None) if self._everyone(name) else self._context
        return exp.select(
            literal(name).as_("segment"), exp.column("customer_id"),
            exp.cast(literal(self._definitions.segments[name].version), "bigint").as_("version"), copy=False,
        ).from_(compile_rule(self.rules[name], context).subquery("members", copy=False), copy=False)  # fmt: skip


def rows_of(matrix: Matrix, names: Sequence[str], definitions: Definitions) -> pa.Table:
    """Rows of `MATCHES` for the rules of a matrix, which are the segments named."""
    segment, customer = np.nonzero(matrix.member.T)
    versions = np.asarray([definitions.segments[n].version for n in names], np.int64)
    words = pa.DictionaryArray.from_arrays(pa.array(segment.astype(np.int32)), pa.array(names, pa.string()))
    return pa.table([words.cast(pa.string()), matrix.ids[customer], versions[segment]], schema=MATCHES)
