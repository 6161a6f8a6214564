"""Journeys by compiled passes: equal to `paths_sql`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlglot import exp

from dangol.engine import SCALE
from dangol.insights import passes
from dangol.insights.asking import Asking
from dangol.insights.breakdown import OTHERS
from dangol.insights.paths_sql import END
from dangol.insights.question import Step

if TYPE_CHECKING:
    from dangol.insights.paths import Paths, Plan

NEVER = Step(event="\u2063never")
_FOREVER = 2**62
_MOST_CELLS = 30_000_000


@dataclass(frozen=True, slots=True)
class Walked:
    """What `paths_sql` gives: node counts (pos, label, n), totals by position, links (pos, source, target, n), breaks."""

    counted: list[dict[str, Any]]
    totals: dict[int, int]
    links: list[dict[str, Any]]
    breaks: list[dict[str, Any]]
    read: int


def run(question: Paths, asking: Asking, plan: Plan, label: exp.Expr) -> Walked | None:
    """Everything a paths question tells, without a breakdown; None when passes cannot tell it."""
    anchor = question.after or question.before
    steps = (NEVER, question.goal, anchor or NEVER)
    key = f"label {label.sql()}"
    found = None if question.by else passes.columns(asking, steps, words={key: label}, numbers=("amount",))
    if found is None:
        return None
    labels, words = passes.one_dictionary(found, key)
    if (question.depth + 1) * len(words) > _MOST_CELLS or not words:
        return None
    return _Walk(question, asking, plan, found, labels, words).told()


class _Walk:
    """The loops over every part, and what they counted as rows."""

    def __init__(
        self,
        question: Paths,
        asking: Asking,
        plan: Plan,
        found: Any,
        labels: list[passes.Codes],
        words: tuple[str, ...],
    ) -> None:
        from dangol.insights import kernels

        self.kernels = kernels
        self.question, self.plan, self.words = question, plan, words
        anchor = question.after or question.before
        self.anchored, self.backwards = anchor is not None, question.before is not None
        steps = (NEVER, question.goal, anchor or NEVER)
        self.parts = list(zip(passes.prepared(asking, found, steps), labels, strict=True))
        self.begin, self.end = passes.micros(asking.stretch.start), passes.micros(asking.stretch.end)
        self.gap = _FOREVER if plan.gap is None else int(plan.gap.total_seconds()) * 1_000_000
        self.over = passes.micros(plan.present) - (0 if plan.gap is None else self.gap)

    def told(self) -> Walked:
        depth, top = self.question.depth, self.question.top
        none = np.zeros((0, 0, 0), np.int64)
        blank = np.zeros((depth + 1, len(self.words)), np.int32)
        nodes, read = np.zeros((depth + 1, len(self.words)), np.int64), 0
        for n, part_nodes, _ in self._walks(blank, none.shape):
            nodes += part_nodes
            read += n
        counted, names, shown = self._named(nodes, top)
        links = np.zeros((depth, top + 1, top + 2), np.int64)
        for _, _, part_links in self._walks(names, links.shape):
            links += part_links
        totals = {pos: int(nodes[pos].sum()) for pos in range(depth + 1) if nodes[pos].any()}
        return Walked(counted, totals, _linked(links, shown), self._breaks(), read)

    def _walks(self, names: passes.Codes, shape: tuple[int, ...]) -> Any:
        depth, size = self.question.depth, len(self.words)

        def go(one: passes.Prepared, lo: int, hi: int, labels: passes.Codes) -> tuple[int, passes.Ints, passes.Ints]:
            nodes, links = np.zeros((depth + 1, size), np.int64), np.zeros(shape, np.int64)
            how = (self.begin, self.end, self.gap, depth, self.anchored, self.backwards, names)
            read = self.kernels.walk(lo, hi, *one.rows, labels, one.keep, *how, nodes, links)
            return int(read), nodes, links

        for one, labels in self.parts:
            yield from passes.in_turns(one, go, labels)

    def _named(self, nodes: passes.Ints, top: int) -> tuple[list[dict[str, Any]], passes.Codes, dict[int, list[str]]]:
        """The labels that are named at each position, and label → its place there (`top` for the others)."""
        names = np.full(nodes.shape, top, np.int32)
        counted, shown = [], {}
        for pos in range(nodes.shape[0]):
            seen = [int(i) for i in np.flatnonzero(nodes[pos])]
            best = sorted(seen, key=lambda i: (-int(nodes[pos, i]), self.words[i]))[:top]
            shown[pos] = [self.words[i] for i in best]
            for place, i in enumerate(best):
                names[pos, i] = place
                counted.append({"pos": pos, "label": self.words[i], "n": int(nodes[pos, i])})
        return counted, names, shown

    def _breaks(self) -> list[dict[str, Any]]:
        size = len(self.words)
        sums = [np.zeros(size, np.int64) for _ in range(4)]

        def go(one: passes.Prepared, lo: int, hi: int, labels: passes.Codes) -> list[passes.Ints]:
            own = [np.zeros(size, np.int64) for _ in range(4)]
            amounts = passes.still(one.part.numbers["amount"])
            how = (self.begin, self.end, self.gap, self.over)
            self.kernels.breaks(lo, hi, *one.rows, labels, amounts, one.keep, *how, *own)
            return own

        for one, labels in self.parts:
            for own in passes.in_turns(one, go, labels):
                sums = [a + b for a, b in zip(sums, own, strict=True)]
        passed, broke, won, worth = sums
        return [
            {
                "label": self.words[i], "value": None, "passed": int(passed[i]), "broke": int(broke[i]), "won": int(won[i]),
                "worth": int(worth[i]) / SCALE,
            }
            for i in np.flatnonzero(passed)
        ]  # fmt: skip


def _linked(links: passes.Ints, shown: dict[int, list[str]]) -> list[dict[str, Any]]:
    found = []
    depth, width, _ = links.shape
    for pos in range(depth):
        here = [*shown[pos], *[OTHERS] * (width - len(shown[pos]))]
        there = [*shown[pos + 1], *[OTHERS] * (width - len(shown[pos + 1]))]
        there = [*there[: width - 1], OTHERS, END]
        for i, j in zip(*np.nonzero(links[pos]), strict=True):
            source = here[i] if i < width - 1 else OTHERS
            found.append({"pos": pos, "source": source, "target": there[j], "n": int(links[pos, i, j])})
    return sorted(found, key=lambda r: (r["pos"], -r["n"], r["source"], r["target"]))
