"""Retention by a compiled pass: equal to the SQL of `retention.returns`."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from dangol.insights import passes
from dangol.insights.asking import Asking
from dangol.insights.period import next_bucket

if TYPE_CHECKING:
    from dangol.insights.retention import Plan, Retention

Cells = dict[tuple[str | None, dt.date, int], int]


def run(question: Retention, asking: Asking, plan: Plan, end: dt.datetime) -> tuple[Cells, int] | None:
    """The cells of a question without a breakdown (column −1 is a cohort's size), and how many rows were read; None when passes
    cannot tell them.

    :param end: up to when customers could come back.
    """
    found = None if question.by or not plan.cohorts else passes.columns(asking, (question.start, question.back))
    if found is None:
        return None
    from dangol.insights import kernels

    buckets = list(plan.cohorts)
    while buckets[-1] < plan.stretch.local(end):
        buckets.append(next_bucket(buckets[-1], question.interval))
    edges = np.asarray([_utc(b, asking) for b in buckets] + [_utc(next_bucket(buckets[-1], question.interval), asking)])
    n, width = len(buckets), len(plan.steps)
    column = np.full(n + 1, -1, np.int32)
    for i, (low, high) in enumerate(plan.steps):
        column[low : high + 1] = i
    if question.rolling:
        column[plan.steps[-1][1] + 1 :] = width - 1
    begin, closes, last = (passes.micros(at) for at in (plan.stretch.start, plan.stretch.end, end))
    sizes, cells, read = np.zeros(n, np.int64), np.zeros((n, width), np.int64), 0

    def go(one: passes.Prepared, lo: int, hi: int) -> tuple[int, passes.Ints, passes.Ints]:
        size, cell = np.zeros(n, np.int64), np.zeros((n, width), np.int64)
        rows = kernels.retention(
            lo,
            hi,
            *one.rows,
            one.keep,
            edges,
            column,
            question.first,
            begin,
            closes,
            last,
            question.rolling,
            size,
            cell,
        )
        return int(rows), size, cell

    for one in passes.prepared(asking, found, (question.start, question.back)):
        for rows, size, cell in passes.in_turns(one, go):
            read += rows
            sizes += size
            cells += cell
    told: Cells = {}
    for b, begun in enumerate(buckets):
        if sizes[b]:
            told[None, begun.date(), -1] = int(sizes[b])
            told |= {(None, begun.date(), i): int(cells[b, i]) for i in range(width) if cells[b, i]}
    return told, read


def _utc(local: dt.datetime, asking: Asking) -> int:
    return passes.micros(local.replace(tzinfo=asking.context.tz))
