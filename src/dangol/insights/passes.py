"""Questions about order by compiled passes over the engine's columns. The SQL is what the numbers mean; these must equal it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from dangol.engine import NULL, SCALE, Columns, Part
from dangol.insights.asking import Asking
from dangol.insights.question import Step
from dangol.rules import Context, parse_where
from dangol.rules.nodes import All, AnyOf, Field, Node, Not
from dangol.rules.parse_did import field_group
from dangol.rules.passes.columns import Col, held
from dangol.rules.surroundings import FIELDS
from dangol.schema import EVENTS

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
T = TypeVar("T")
_NUMBERS = ("amount", "discount", "tax", "quantity")
_NO_DATES = ("at", "received_at", "event_id", "node", "batch", "customer_id")
MOST_STEPS = 15


@dataclass(frozen=True, slots=True)
class Prepared:
    """One part, ready for a loop: `lut[codes[row]]` says what a row is, `keep` whose rows count."""

    part: Part
    codes: Codes
    lut: Codes
    keep: Bools

    @property
    def rows(self) -> tuple[Ints, Ints, Codes, Codes]:
        """What every loop takes first: starts, at, codes, lut."""
        return self.part.starts, still(self.part.at), self.codes, self.lut


def columns(
    asking: Asking, steps: Sequence[Step], *, words: Mapping[str, exp.Expr] | None = None, numbers: Sequence[str] = ()
) -> Columns | None:
    """The engine's columns with every field the steps and the question's filter ask for; None: the question goes by SQL."""
    use = asking.context.use
    if use == "sql" or not asking.engine.capabilities.columns or len(steps) > MOST_STEPS:
        return None
    fields: set[str] = set()
    for body in (asking.question.filter, *(s.where for s in steps)):
        found = list(_fields(_node(body, asking)))
        if any(f.name in FIELDS or f.name in _NO_DATES for f in found):
            return None
        fields |= {f.name for f in found}
    wanted = {f: asking.field(f) for f in sorted(fields) if f not in _NUMBERS}
    told = {f: exp.column(f) for f in sorted({*numbers, *(f for f in fields if f in _NUMBERS)})}
    return asking.engine.columns({"name": exp.column("name"), **wanted, **(words or {})}, told, wait=use == "passes")


def prepared(asking: Asking, found: Columns, steps: Sequence[Step]) -> Iterator[Prepared]:
    """Each part with what its rows are: bit j for step j."""
    ids = None
    if asking.population is not None:
        ids = np.asarray(asking.engine.run(asking.population)["customer_id"].combine_chunks(), np.int64)
    plain = not asking.question.filter and not any(s.where for s in steps)
    for part in found.parts:
        keep = np.ones(len(part.ids), bool) if part.left is None else ~part.left
        if ids is not None:
            keep &= np.isin(part.ids, ids)
        lut = _named(part.words["name"].words, steps)
        if plain:
            yield Prepared(part, still(part.words["name"].codes), lut, keep)
            continue
        bits = lut[part.words["name"].codes]
        for j, step in enumerate(steps):
            if step.where:
                hit = _mask(_node(step.where, asking), part, asking.rule_context)
                bits[~hit] &= ~np.int32(1 << j)
        if asking.question.filter:
            bits[~_mask(_node(asking.question.filter, asking), part, asking.rule_context)] = -1
        yield Prepared(part, still(bits), _identity(len(steps)), keep)


def _identity(k: int) -> Codes:
    """Bits as they are; the last place is what −1 reads."""
    return np.append(np.arange(1 << k), -1).astype(np.int32)


def _named(words: Sequence[str], steps: Sequence[Step]) -> Codes:
    """Code of a name → bits of the steps that take it; the last place is for no name at all."""
    every = sum(1 << j for j, step in enumerate(steps) if not step.names)
    found = np.full(len(words) + 1, every, np.int32)
    for i, word in enumerate(words):
        found[i] |= sum(1 << j for j, step in enumerate(steps) if word in step.names)
    return found


def still(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Not to be written, as a memory map is not: one kind of array means one compilation of a loop."""
    if array.flags.writeable:
        array = array.view()
        array.flags.writeable = False
    return array


def in_turns(prepared_: Prepared, run: Callable[..., T], *more: Any) -> list[T]:
    """``run(prepared, low, high, *more)`` over stretches of customers on every core; each has about as many rows."""
    part = prepared_.part
    pieces = max(1, min(os.cpu_count() or 1, 4)) if part.rows > 200_000 else 1
    edges = [int(np.searchsorted(part.starts, part.rows * i // pieces)) for i in range(pieces)] + [len(part.ids)]
    if pieces == 1:
        return [run(prepared_, 0, len(part.ids), *more)]
    with ThreadPoolExecutor(pieces) as pool:
        return list(pool.map(lambda edge: run(prepared_, *edge, *more), pairwise(edges)))


def micros(at: Any) -> int:
    """An aware moment as microseconds since 1970."""
    return int(np.datetime64(at.replace(tzinfo=None) if at.utcoffset() is None else _utc(at), "us").astype(np.int64))


def _utc(at: Any) -> Any:
    import datetime as dt

    return at.astimezone(dt.UTC).replace(tzinfo=None)


def one_dictionary(found: Columns, field: str) -> tuple[list[Codes], tuple[str, ...]]:
    """The codes of each part in one common list of words; the first part's stay as they are."""
    words: dict[str, int] = {}
    each: list[Codes] = []
    for part in found.parts:
        own = part.words[field]
        table = np.asarray([words.setdefault(w, len(words)) for w in own.words] + [-1], np.int32)
        same = np.array_equal(table[:-1], np.arange(len(own.words)))
        each.append(still(own.codes if same else table[own.codes]))
    return each, tuple(words)


# -- filters -----------------------------------------------------------------------------------------------------------
def _node(body: Any, asking: Asking) -> Node | None:
    return parse_where(body, "events", asking.catalog) if body else None


def _fields(node: Node | None) -> Iterator[Field]:
    match node:
        case Field():
            yield node
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from _fields(part)
        case Not(part):
            yield from _fields(part)


def _mask(node: Node | None, part: Part, ctx: Context) -> Bools:
    """Rows that pass a filter, as the SQL reads it: a missing value passes nothing but `missing`."""
    match node:
        case All(parts):
            return np.logical_and.reduce([_mask(p, part, ctx) for p in parts])  # type: ignore[no-any-return]
        case AnyOf(parts):
            return np.logical_or.reduce([_mask(p, part, ctx) for p in parts])  # type: ignore[no-any-return]
        case Not(inner):
            return ~_mask(inner, part, ctx)
        case Field(name, tests):
            return held(_column(name, part), tests, ctx)
        case None:
            return np.ones(part.rows, bool)
    raise NotImplementedError(type(node).__name__)  # a kind of condition that the SQL knows and this does not


def _column(name: str, part: Part) -> Col:
    if name in part.numbers:
        data = np.asarray(part.numbers[name])
        valid = data != NULL
        return Col("number", np.where(valid, data, 0), valid, scale=SCALE)
    own = part.words[name]
    codes = np.asarray(own.codes, np.int64)
    known = EVENTS.column(name) is not None and field_group(name, "events") != "json"
    return Col("text" if known else "json", np.maximum(codes, 0), codes >= 0, own.words)
