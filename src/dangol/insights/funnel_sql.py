"""The funnel as SQL: the definition that passes are held against.

Rows of one customer (and one held value) stand in order of (at, event_id). For the ordered funnel `t1, t2, …` of a row that
reaches step j are the times of the attempt it belongs to. The attempt a row continues is the newest one that reached the
step before: its first step is the latest of all, so it has the most time left, and no other can succeed where it fails.
All its times grow with the rows, so "the newest" is a running maximum, and nothing is joined.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal

from sqlglot import exp

from dangol.engine import literal, sql

Order = Literal["ordered", "strict", "any"]


def levels(rows: exp.Select, k: int, *, order: Order, window: dt.timedelta, end: dt.datetime) -> exp.Select:
    """SELECT customer_id, held, read, level, g2 … gk, w2 … wk.

    level is the furthest step reached (0: none); gj the microseconds between step j and the one before it, in the first
    attempt to get there; wj those since its first step; read the number of rows.

    :param rows: customer_id, held, at, event_id, m1 … mk (whether the row is such an event).
    :param end: an attempt has to begin before this.
    """
    marked = _any(rows, k, window, end) if order == "any" else _chained(rows, k, order, window, end)
    columns: list[exp.Expr] = [sql("COUNT(*)").as_("read")]
    reached = exp.Case()
    for j in range(k, 0, -1):
        reached = reached.when(sql("MAX(:r) = 1", r=_c(f"r{j}")), literal(j))
    columns.append(reached.else_(literal(0)).as_("level"))
    for j in range(2, k + 1):  # the first row to get there has the smallest of each time, since all of them grow
        columns.append(exp.Min(this=_c(f"a{j}")).as_(f"a{j}"))
        columns.append(exp.Min(this=_c(f"p{j}")).as_(f"p{j}"))
        columns.append(exp.Min(this=_c(f"s{j}")).as_(f"s{j}"))
    found = (
        exp.select("customer_id", "held", *columns)
        .from_(marked.subquery("m", copy=False), copy=False)
        .group_by("customer_id", "held")
    )
    shown: list[exp.Expr] = [_c("customer_id"), _c("held"), _c("read"), _c("level")]
    for j in range(2, k + 1):
        shown.append(_micros(f"p{j}", f"a{j}").as_(f"g{j}"))
        shown.append(_micros(f"s{j}", f"a{j}").as_(f"w{j}"))
    return exp.select(*shown).from_(found.subquery("l", copy=False), copy=False)


def _c(name: str) -> exp.Column:
    return exp.column(name)


def _micros(start: str, end: str) -> exp.Expr:
    return sql("DATE_DIFF('microsecond', :a, :b)", a=_c(start), b=_c(end))


def _over(what: exp.Expr, *, to: str = "1 preceding") -> exp.Window:
    """An aggregate over the customer's rows before this one (or from this one on)."""
    before = to == "1 preceding"
    spec = exp.WindowSpec(
        kind="ROWS",
        start="UNBOUNDED" if before else "CURRENT ROW",
        start_side="PRECEDING" if before else None,
        end=literal(1) if before else "UNBOUNDED",
        end_side="PRECEDING" if before else "FOLLOWING",
    )
    return exp.Window(this=what, partition_by=[_c("customer_id"), _c("held")], order=_order(), spec=spec)


def _order() -> exp.Order:
    return exp.Order(expressions=[exp.Ordered(this=_c(c), nulls_first=False) for c in ("at", "event_id")])


def _before(column: str, order: Order) -> exp.Expr:
    """The newest value of a column in the rows before; strictly: that of the row just before."""
    if order == "strict":
        return exp.Window(
            this=exp.Lag(this=_c(column), offset=literal(1)),
            partition_by=[_c("customer_id"), _c("held")],
            order=_order(),
        )
    return _over(exp.Max(this=_c(column)))


def _chained(rows: exp.Select, k: int, order: Order, window: dt.timedelta, end: dt.datetime) -> exp.Select:
    """The rows with, for each step j: rj (reached here), aj (this time), pj (time of the step before), sj (of the first)."""
    first = exp.and_(_c("m1"), sql("at < :end", end=end))
    query = exp.select(
        "*", _flag(first).as_("r1"), exp.Case().when(first.copy(), _c("at")).as_("a1"),
        exp.Case().when(first.copy(), _c("at")).as_("s1"),
    ).from_(rows.subquery("e", copy=False), copy=False)  # fmt: skip
    for j in range(2, k + 1):
        seen = exp.select(
            "*", _before(f"a{j - 1}", order).as_(f"b{j}"), _before(f"s{j - 1}", order).as_(f"f{j}")
        ).from_(query.subquery(f"q{j}", copy=False), copy=False)  # fmt: skip
        here = exp.and_(
            _c(f"m{j}"), sql("NOT :f IS NULL", f=_c(f"f{j}")),
            exp.LTE(this=_c("at"), expression=exp.Add(this=_c(f"f{j}"), expression=_interval(window))),
        )  # fmt: skip
        query = exp.select(
            "*", _flag(here).as_(f"r{j}"), exp.Case().when(here.copy(), _c("at")).as_(f"a{j}"),
            exp.Case().when(here.copy(), _c(f"b{j}")).as_(f"p{j}"),
            exp.Case().when(here.copy(), _c(f"f{j}")).as_(f"s{j}"),
        ).from_(seen.subquery(f"w{j}", copy=False), copy=False)  # fmt: skip
    return query


def _any(rows: exp.Select, k: int, window: dt.timedelta, end: dt.datetime) -> exp.Select:
    """The rows with rj: from this row on, j different steps happen within the window. There are no times between steps."""
    nexts = [
        _over(exp.Min(this=exp.Case().when(_c(f"m{j}"), _c("at"))), to="end").as_(f"n{j}") for j in range(1, k + 1)
    ]
    seen = exp.select("*", *nexts).from_(rows.subquery("e", copy=False), copy=False)
    starts: list[exp.Expr] = [_c(f"m{j}") for j in range(1, k + 1)]
    begins = exp.and_(sql("at < :end", end=end), exp.paren(exp.or_(*starts)))
    total: exp.Expr = literal(0)
    for j in range(1, k + 1):
        near = exp.LTE(this=_c(f"n{j}"), expression=exp.Add(this=_c("at"), expression=_interval(window)))
        total = exp.Add(this=total, expression=exp.Case().when(near, literal(1)).else_(literal(0)))
    reached = exp.Case().when(begins, total).else_(literal(0)).as_("found")
    counted = exp.select("*", reached).from_(seen.subquery("n", copy=False), copy=False)
    columns: list[exp.Expr] = []
    nothing = sql("CAST(NULL AS TIMESTAMP)")
    for j in range(1, k + 1):
        columns.append(exp.Case().when(sql("found >= :j", j=j), literal(1)).else_(literal(0)).as_(f"r{j}"))
        if j >= 2:
            columns += [nothing.copy().as_(f"{c}{j}") for c in "aps"]
    return exp.select("customer_id", "held", *columns).from_(counted.subquery("c", copy=False), copy=False)


def _flag(condition: exp.Expr) -> exp.Expr:
    return exp.Case().when(condition.copy(), literal(1)).else_(literal(0))


def _interval(window: dt.timedelta) -> exp.Expr:
    return exp.Interval(this=exp.Literal.string(str(int(window.total_seconds()))), unit=exp.Var(this="SECOND"))


def quartiles(column: str) -> Sequence[exp.Expr]:
    """The quarter, half and three-quarter values of a column: the smallest with so large a share at or below it."""
    return [sql("PERCENTILE_DISC(:p) WITHIN GROUP (ORDER BY :x)", p=p, x=_c(column)) for p in (0.25, 0.5, 0.75)]
