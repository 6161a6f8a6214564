"""Each leaf of a rule as numpy over a population's facts. Equal leaves, filters and row sets are worked out once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from dangol.rules.catalog import Catalog, segment_body
from dangol.rules.compile_other import day_marks, window_days
from dangol.rules.context import Context
from dangol.rules.measured import split_position
from dangol.rules.nodes import (
    All,
    AnyOf,
    Day,
    Did,
    Field,
    In,
    Node,
    Not,
    Sequence,
    Split,
    Test,
    Trait,
    Waterfall,
    Window,
)
from dangol.rules.parse import parse
from dangol.rules.parse_did import field_group
from dangol.rules.passes.columns import Bools, Col, Ints, bounds_us, held
from dangol.rules.passes.facts import Facts, Rows
from dangol.rules.surroundings import FIELDS
from dangol.rules.windows import TICK

_NEVER = np.iinfo(np.int64).min


def supports(node: Node, catalog: Catalog, segments: str = "inline") -> bool:
    """Whether passes decide this leaf themselves; what they do not goes by SQL."""
    match node:
        case Trait(name):
            return catalog.traits[name].type != "list<text>"
        case Did(of=of, measure=measure):
            inexact = FIELDS.get(measure.field) == "float64"  # sums of floats depend on their order
            return not measure.field or (field_group(measure.field, of) not in (None, "json", "time") and not inexact)
        case Day(birthday=birthday):
            return birthday
        case In() | Waterfall():
            return segments == "inline"
        case Sequence() | Split():
            return True
    return False


@dataclass(slots=True)
class Evaluator:
    """Truth per customer of any node, over one population. `decided`: leaves SQL has decided already."""

    facts: Facts
    ctx: Context
    decided: dict[Node, Bools]
    clock: dict[tuple[Window, ...], tuple[int | None, int | None]] = field(default_factory=dict)
    """Windows as bounds; the same for every population at one moment, so whoever asks again hands it in."""
    _truth: dict[Node, Bools] = field(default_factory=dict)
    _masks: dict[Any, Bools] = field(default_factory=dict)
    _rows: dict[Any, Ints] = field(default_factory=dict)
    _splits: dict[str, npt.NDArray[np.float64]] = field(default_factory=dict)

    def truth(self, node: Node) -> Bools:
        """One bool per customer of the population, in its order."""
        found = self._truth.get(node)
        if found is None:
            found = self._truth[node] = self._work_out(node)
        return found

    def _work_out(self, node: Node) -> Bools:
        match node:
            case All(parts):
                return reduce(np.logical_and, (self.truth(p) for p in parts))
            case AnyOf(parts):
                return reduce(np.logical_or, (self.truth(p) for p in parts))
            case Not(part):
                return np.logical_not(self.truth(part))
        if node in self.decided:
            return self.decided[node]
        match node:
            case Trait(name, tests, or_missing):
                col = self.facts.trait(name)
                found = held(col, tests, self.ctx)
                return found | ~col.valid if or_missing else found
            case Did():
                return self._did(node)
            case Sequence():
                return self._sequence(node)
            case In(segments):
                return reduce(np.logical_or, (self._segment(s) for s in segments))
            case Waterfall(groups, take):
                before = groups[: groups.index(take)]
                return reduce(lambda kept, g: kept & ~self._segment(g), before, self._segment(take))
            case Split():
                return self._split(node)
            case Day(trait):
                marks = tuple(day_marks(window_days(node, self.ctx)))
                return held(self.facts.trait(trait), (Test("in", marks),), self.ctx)
        raise AssertionError(node)

    def _segment(self, name: str) -> Bools:
        catalog = self.ctx.catalog
        return self.truth(parse(segment_body(catalog.segments[name]), catalog, where=name, name=name).root)

    def _split(self, split: Split) -> Bools:
        if split.name not in self._splits:
            places = [split_position(split, self.ctx.salt, int(i)) for i in self.facts.ids]
            self._splits[split.name] = np.asarray(places, np.float64)
        place = self._splits[split.name]
        # the same 32-bit edges as the SQL's
        low, high = (round(edge * 2**32) / 2**32 for edge in (split.low, split.high))
        return (place >= low) & (place < high)

    # -- behaviour ---------------------------------------------------------------------------------------------------
    def mask(self, did: Did) -> Bools:
        """Rows that are such events: names and `where`, without windows."""
        key = (did.names, did.of, did.where)
        if key not in self._masks:
            rows = self.facts.rows[did.of]
            found = np.ones(len(rows.who), bool)
            if did.names:
                found &= held(rows.col("name"), (Test("in", did.names),), self.ctx)
            if did.where is not None:
                found &= self._where(did.where, rows, did.of)
            self._masks[key] = found
        return self._masks[key]

    def rows(self, did: Did) -> Ints:
        """Positions of the rows that are such events inside the windows."""
        key = (did.names, did.of, did.where, did.windows)
        if key not in self._rows:
            found = self.mask(did)
            low, high = self._bounds(did.windows)
            at = self.facts.rows[did.of].at
            if low is not None:
                found = found & (at >= low)
            if high is not None:
                found = found & (at < high)
            self._rows[key] = np.flatnonzero(found)
        return self._rows[key]

    def _bounds(self, windows: tuple[Window, ...]) -> tuple[int | None, int | None]:
        if windows not in self.clock:
            self.clock[windows] = bounds_us(windows, self.ctx)
        return self.clock[windows]

    def _where(self, node: Node, rows: Rows, of: str) -> Bools:
        key = (of, node)
        if key in self._masks:
            return self._masks[key]
        match node:
            case All(parts):
                found = reduce(np.logical_and, (self._where(p, rows, of) for p in parts))
            case AnyOf(parts):
                found = reduce(np.logical_or, (self._where(p, rows, of) for p in parts))
            case Not(part):
                found = np.logical_not(self._where(part, rows, of))
            case Field(name, tests):
                found = held(rows.col(name), self.ctx.around().tests(name, tests), self.ctx)
            case _:
                raise AssertionError(node)
        self._masks[key] = found
        return found

    def _did(self, did: Did) -> Bools:
        source = self.facts.rows[did.of]
        at = self.rows(replace(did, since=None) if did.since else did)
        has: Bools | None = None
        if did.since is not None:
            events = self.facts.rows["events"]
            anchors = self.rows(did.since)
            last = np.full(source.size, _NEVER, np.int64)
            last[events.who[anchors]] = events.at[anchors]  # rows are in time's order: the last assignment stays
            has = last != _NEVER
            owner = source.who[at]
            at = at[has[owner] & (source.at[at] > last[owner])]
        found = held(self._measured(did, source, at), did.tests, self.ctx)
        return found if has is None else found & has

    def _measured(self, did: Did, source: Rows, at: Ints) -> Col:
        """The measure per customer."""
        kind, n = did.measure.kind, source.size
        if kind == "count":
            return Col("number", np.bincount(source.who[at], minlength=n), np.ones(n, bool))
        col = source.col(did.measure.field)
        at = at[col.valid[at]]
        owner, values = source.who[at], col.data[at]
        if kind == "distinct":
            pairs = np.unique(owner * (len(col.words) + 1) + values) if col.kind in ("text", "json") else None
            if pairs is not None:
                counts = np.bincount(pairs // (len(col.words) + 1), minlength=n)
            else:
                _, codes = np.unique(values, return_inverse=True)
                width = len(codes) + 1
                counts = np.bincount(np.unique(owner * width + codes) // width, minlength=n)
            return Col("number", counts, np.ones(n, bool))
        return _reduced(kind, col, owner, values, n)

    def _sequence(self, sequence: Sequence) -> Bools:
        """The walk of `compile_did.sequence_query` along sorted rows."""
        source = self.facts.rows["events"]
        found = np.zeros(source.size, bool)
        if not len(source.who):
            return found
        low, high = self._bounds(sequence.windows)
        inside = np.ones(len(source.who), bool)
        if low is not None:
            inside &= source.at >= low
        if high is not None:
            inside &= source.at < high
        reached = self.mask(sequence.steps[0].did) & inside
        for step in sequence.steps[1:]:
            before = _latest(reached, source)
            here = self.mask(step.did) & inside & (before >= 0)
            if step.within is not None and step.within.fixed is not None:
                here &= source.at - source.at[before] <= step.within.fixed // TICK
            if step.not_between is not None:
                barred = _latest(self.mask(step.not_between) & inside, source)
                here &= (barred < 0) | (source.at[barred] <= source.at[before])
            reached = here
        found[source.who[reached]] = True
        return found


def _latest(flag: Bools, source: Rows) -> Ints:
    """For each row the last flagged row of the same customer at an earlier moment; −1 where there is none."""
    moment, customer = source.moments()
    last = np.maximum.accumulate(np.where(flag, np.arange(len(flag)), -1))
    before = np.where(moment > 0, last[np.maximum(moment - 1, 0)], -1)
    return np.where(before >= customer, before, -1)


def _reduced(kind: str, col: Col, owner: Ints, values: npt.NDArray[Any], n: int) -> Col:
    """sum, average, min, max, first or last of values that are sorted by owner."""
    data = np.zeros(n, values.dtype)
    valid = np.zeros(n, bool)
    if len(owner):
        new = np.ones(len(owner), bool)
        new[1:] = owner[1:] != owner[:-1]
        starts = np.flatnonzero(new)
        who = owner[starts]
        valid[who] = True
        if kind in ("sum", "average"):
            data[who] = np.add.reduceat(values, starts)
        elif kind in ("min", "max"):
            data[who] = (np.minimum if kind == "min" else np.maximum).reduceat(values, starts)
        else:
            data[who] = values[starts if kind == "first" else np.append(starts[1:], len(owner)) - 1]
    if kind == "sum":
        return Col(col.kind, data, np.ones(n, bool), scale=col.scale)
    if kind == "average":
        count = np.bincount(owner, minlength=n)
        return Col("float", data / col.scale / np.maximum(count, 1), valid)
    return Col(col.kind, data, valid, col.words, col.scale)
