"""Behaviour as SQL: which customers did it, how much, since when, in what order."""

from __future__ import annotations

from sqlglot import exp

from dangol.rules.compile_tests import (
    ORDER,
    absent,
    both,
    bounds_sql,
    field_sql,
    filter_sql,
    held_sql,
    inverse,
    number_of,
    present,
)
from dangol.rules.context import Context
from dangol.rules.nodes import Did, Sequence, Test, Window
from dangol.rules.parse_did import field_group
from dangol.rules.parse_tests import Group
from dangol.rules.surroundings import fields_of
from dangol.rules.windows import TICK, window_bounds

_ZERO = ("count", "sum", "distinct")
"""Measures that are 0, not missing, for a customer without a single event."""


def did_sql(did: Did, who: exp.Column, ctx: Context) -> exp.Expr:
    """A condition on `who`. Customers without any event are judged by what the measure is of nothing."""
    if holds_at_nothing(did):
        outside = exp.Not(this=_among(who, members_query(did, ctx, opposite=True)))
        if did.since is None:
            return outside
        return both([_among(who, _plain(did.since, ctx)), outside])
    return _among(who, members_query(did, ctx))


def holds_at_nothing(did: Did) -> bool:
    """Whether a customer without such an event matches."""
    return did.measure.kind in _ZERO and all(_holds(test, 0) for test in did.tests)


def members_query(did: Did, ctx: Context, *, opposite: bool = False) -> exp.Select:
    """Customers who have such events and whose measure passes the tests (or, `opposite`, does not)."""
    if did.measure.kind == "count" and did.since is None and _any_number(did, opposite):
        return _plain(did, ctx)
    condition = _result_sql(did, exp.column("m"), ctx)
    measured = measure_query(did, ctx).subquery("measured", copy=False)
    return (
        exp.select("customer_id", copy=False)
        .from_(measured, copy=False)
        .where(inverse(condition) if opposite else condition, copy=False)
    )


def measure_query(did: Did, ctx: Context) -> exp.Select:
    """(customer_id, m): the measure of each customer who has such events."""
    order = ["at", "event_id", *(["line"] if did.of == "items" else [])]
    columns: list[exp.Expr] = [exp.column("customer_id"), *(exp.column(c) for c in order)]
    conditions = conditions_of(did, ctx)
    if did.measure.field:
        value = _value(did, ctx)
        columns.append(exp.alias_(value, "v", copy=False))
        if did.measure.kind in ("first", "last"):
            conditions.append(present(value))
    rows = (
        exp.select(*columns, copy=False)
        .from_(_table(did, ctx), copy=False)
        .where(*conditions, copy=False)
        .subquery("e", copy=False)
    )
    query = exp.select(exp.column("customer_id", "e"), copy=False).from_(rows, copy=False)
    if did.since is not None:
        query = _after_anchor(query, did.since, ctx)
    if did.measure.kind in ("first", "last"):
        direction = did.measure.kind == "last"
        ordering = [exp.Ordered(this=exp.column(c, "e"), desc=direction, nulls_first=False) for c in order]
        place = exp.Window(
            this=exp.RowNumber(), partition_by=[exp.column("customer_id", "e")], order=exp.Order(expressions=ordering)
        )
        numbered = query.select(
            exp.alias_(exp.column("v", "e"), "m", copy=False), exp.alias_(place, "place", copy=False), copy=False
        ).subquery("numbered", copy=False)
        return (
            exp.select("customer_id", "m", copy=False)
            .from_(numbered, copy=False)
            .where(exp.column("place").eq(1), copy=False)
        )
    return query.select(exp.alias_(_aggregate(did), "m", copy=False), copy=False).group_by(
        exp.column("customer_id", "e"), copy=False
    )


def conditions_of(did: Did, ctx: Context) -> list[exp.Expr]:
    """What a row of events (or order lines) has to be, population included."""
    found: list[exp.Expr] = [ctx.whose()]
    if len(did.names) == 1:
        found.append(exp.column("name").eq(did.names[0]))
    elif did.names:
        found.append(exp.In(this=exp.column("name"), expressions=[exp.convert(n) for n in did.names]))
    if did.where is not None:
        around = ctx.around(window_bounds(did.windows, ctx.now, ctx.tz))
        condition = filter_sql(did.where, did.of, (ctx.now, ctx.tz), around=around)
        found.append(exp.paren(condition, copy=False) if isinstance(condition, exp.Or) else condition)
    return found + _time(did.windows, ctx)


def _time(windows: tuple[Window, ...], ctx: Context) -> list[exp.Expr]:
    start, end = window_bounds(windows, ctx.now, ctx.tz)
    if ctx.as_of:
        end = ctx.now + TICK if end is None else min(end, ctx.now + TICK)
    return bounds_sql(exp.column("at"), (start, end))


def sequence_sql(sequence: Sequence, who: exp.Column, ctx: Context) -> exp.Expr:
    return _among(who, sequence_query(sequence, ctx))


def sequence_query(sequence: Sequence, ctx: Context) -> exp.Select:
    """Customers with the steps in order.

    One row per customer and moment says which steps happened then. Going along time, a step is reached when the nearest
    reached step before it is near enough and nothing forbidden lies between; the nearest is the best choice, since it
    leaves the shortest gap. So each step is one window function, and nothing is joined.
    """
    query = _moments(sequence, ctx)
    for k, step in enumerate(sequence.steps[1:], start=1):
        before = exp.column("at")
        reached = [exp.column(f"s{k}").eq(1), present(exp.column("prev"))]
        if step.within is not None and step.within.fixed is not None:
            seconds = int(step.within.fixed.total_seconds())
            limit = exp.Add(
                this=exp.column("prev"),
                expression=exp.Interval(this=exp.Literal.string(str(seconds)), unit=exp.var("SECOND")),
            )
            reached.append(exp.LTE(this=before, expression=limit))
        if step.not_between is not None:
            clear = [absent(exp.column("barred")), exp.LTE(this=exp.column("barred"), expression=exp.column("prev"))]
            reached.append(exp.paren(exp.or_(*clear, copy=False), copy=False))
        looked = query.select(exp.alias_(_latest(f"s{k - 1}"), "prev", copy=False), copy=False)
        if step.not_between is not None:
            looked = looked.select(exp.alias_(_latest(f"b{k}"), "barred", copy=False), copy=False)
        keep = [exp.column(c) for c in ("customer_id", "at", *_later_flags(sequence, k))]
        flag = exp.Case().when(both(reached), exp.convert(1)).else_(exp.convert(0))
        inner = looked.subquery("looked", copy=False)
        query = exp.select(*keep, exp.alias_(flag, f"s{k}", copy=False), copy=False).from_(inner, copy=False)
        query = exp.select("*", copy=False).from_(query.subquery(f"step{k}", copy=False), copy=False)
    last = len(sequence.steps) - 1
    return (
        exp.select("customer_id", copy=False)
        .from_(query.subquery("walked", copy=False), copy=False)
        .where(exp.column(f"s{last}").eq(1), copy=False)
    )


def _moments(sequence: Sequence, ctx: Context) -> exp.Select:
    flags: list[exp.Expr] = []
    wanted: list[exp.Expr] = []
    for k, step in enumerate(sequence.steps):
        for name, did in ((f"s{k}", step.did), (f"b{k}", step.not_between)):
            if did is None:
                continue
            is_it = both(conditions_of(did, ctx.only(None))[1:])
            wanted.append(exp.paren(is_it.copy(), copy=False))
            flag = exp.Case().when(is_it, exp.convert(1)).else_(exp.convert(0))
            flags.append(exp.alias_(exp.Max(this=flag), name, copy=False))
    dids = [did for step in sequence.steps for did in (step.did, step.not_between) if did is not None]
    facts = ctx.facts("events", [name for did in dids for name in fields_of(did)])
    rows = exp.select("customer_id", "at", *flags, copy=False).from_(facts, copy=False)
    rows = rows.where(
        ctx.whose(), exp.paren(exp.or_(*wanted, copy=False), copy=False), *_time(sequence.windows, ctx), copy=False
    )
    grouped = rows.group_by("customer_id", "at", copy=False).subquery("moments", copy=False)
    return exp.select("*", copy=False).from_(grouped, copy=False)


def _later_flags(sequence: Sequence, k: int) -> list[str]:
    """Flags that steps after k still need."""
    later = range(k + 1, len(sequence.steps))
    return [f"s{j}" for j in later] + [f"b{j}" for j in later if sequence.steps[j].not_between is not None]


def _latest(flag: str) -> exp.Window:
    """The latest earlier moment at which the flag was up."""
    spec = exp.WindowSpec(
        kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end=exp.convert(1), end_side="PRECEDING"
    )
    moment = exp.Case().when(exp.column(flag).eq(1), exp.column("at"))
    order = exp.Order(expressions=[exp.Ordered(this=exp.column("at"), nulls_first=False)])
    return exp.Window(this=exp.Max(this=moment), partition_by=[exp.column("customer_id")], order=order, spec=spec)


def _after_anchor(query: exp.Select, since: Did, ctx: Context) -> exp.Select:
    latest = exp.alias_(exp.Max(this=exp.column("at")), "since_at", copy=False)
    anchor = (
        exp.select("customer_id", latest, copy=False)
        .from_(_table(since, ctx), copy=False)
        .where(*conditions_of(since, ctx), copy=False)
        .group_by("customer_id", copy=False)
    )
    same = exp.column("customer_id", "e").eq(exp.column("customer_id", "anchor"))
    after = exp.GT(this=exp.column("at", "e"), expression=exp.column("since_at", "anchor"))
    return query.join(anchor.subquery("anchor", copy=False), on=exp.and_(same, after, copy=False), copy=False)


def _plain(did: Did, ctx: Context) -> exp.Select:
    return (
        exp.select("customer_id", copy=False)
        .from_(_table(did, ctx), copy=False)
        .where(*conditions_of(did, ctx), copy=False)
    )


def _table(did: Did, ctx: Context) -> exp.Table | exp.Subquery:
    return ctx.facts(did.of, fields_of(did))


def _value(did: Did, ctx: Context) -> exp.Expr:
    value = field_sql(did.measure.field, did.of, ctx.around(window_bounds(did.windows, ctx.now, ctx.tz)))
    if did.measure.kind in ("sum", "average", "min", "max") and field_group(did.measure.field, did.of) == "json":
        return number_of(value)
    return value


def _aggregate(did: Did) -> exp.Expr:
    value = exp.column("v", "e")
    match did.measure.kind:
        case "count":
            return exp.Count(this=exp.Star())
        case "sum":
            return exp.Coalesce(this=exp.Sum(this=value), expressions=[exp.convert(0)])
        case "average":  # a sum of decimals is exact, whatever the order of its terms
            total = exp.cast(exp.Sum(this=value), "double")
            return exp.Div(
                this=total,
                expression=exp.func("nullif", exp.Count(this=value.copy()), exp.convert(0)),
                typed=False,
                safe=False,
            )
        case "min":
            return exp.Min(this=value)
        case "max":
            return exp.Max(this=value)
        case _:
            return exp.Count(this=exp.Distinct(expressions=[value]))


def _result_sql(did: Did, column: exp.Expr, ctx: Context) -> exp.Expr:
    return held_sql(column, did.tests, result_group(did), (ctx.now, ctx.tz), guard=True)


def result_group(did: Did) -> Group:
    """The type of what is measured."""
    if did.measure.kind in ("first", "last"):
        return field_group(did.measure.field, did.of) or "json"
    return "number"


def _any_number(did: Did, opposite: bool) -> bool:
    """The question is only whether there is any such event."""
    if opposite:
        return did.tests in ((Test("is", 0),), (Test("at_most", 0),), (Test("below", 1),))
    return did.tests in ((Test("at_least", 1),), (Test("above", 0),))


def _among(who: exp.Column, query: exp.Select) -> exp.Expr:
    return exp.In(this=who.copy(), query=query.subquery(copy=False))


def _holds(test: Test, value: float) -> bool:
    held = test.value
    match test.op, held:
        case "between", (low, high):
            return bool(low <= value <= high)  # type: ignore[operator]
        case (("is" | "is_not"), _):
            return (held == value) == (test.op == "is")
        case (("in" | "not_in"), tuple()):
            return (value in held) == (test.op == "in")
        case "exists", _:
            return True
        case "missing", _:
            return False
    compare = ORDER[test.op]
    return bool(
        {exp.GTE: value >= held, exp.LTE: value <= held, exp.GT: value > held, exp.LT: value < held}[compare]  # type: ignore[operator]
    )


__all__ = [
    "conditions_of",
    "did_sql",
    "holds_at_nothing",
    "measure_query",
    "members_query",
    "result_group",
    "sequence_query",
    "sequence_sql",
]
