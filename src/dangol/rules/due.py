"""When time alone may change an answer: the moments a time wheel has to ask again at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlglot import exp

from dangol.engine import literal
from dangol.rules.compile_did import conditions_of
from dangol.rules.compile_tests import bounds_sql
from dangol.rules.context import Context
from dangol.rules.dependencies import leaves
from dangol.rules.nodes import Day, Did, Duration, Node, Sequence, Trait, Window
from dangol.rules.parse import Rule
from dangol.rules.surroundings import fields_of
from dangol.rules.windows import TICK, back, calendar, day_start, window_bounds


@dataclass(frozen=True, slots=True)
class Due:
    """When to ask again.

    everyone  a moment (aware, UTC) at which a calendar window turns for all customers; None when there is none
    query     (customer_id, due_at): for each customer the first moment after now at which a fact enters or leaves a
              window; None when there is none. Asking at that moment and never earlier is enough; the answer may stay.
    """

    everyone: dt.datetime | None
    query: exp.Select | None


def due(rule: Rule | Node, context: Context) -> Due:
    """The next moments at which the rule's answer may change without a new fact. Traits and segments have their own."""
    root = rule.root if isinstance(rule, Rule) else rule
    turns: list[dt.datetime] = []
    queries: list[exp.Select] = []
    for node in leaves(root):
        turns.extend(t for t in _turns(node, context) if t > context.now)
        queries.extend(_queries(node, context))
    if not queries:
        return Due(min(turns, default=None), None)
    every: exp.Query = queries[0]
    for query in queries[1:]:
        every = exp.Union(this=every, expression=query, distinct=False)
    earliest = exp.alias_(exp.Min(this=exp.column("due_at")), "due_at", copy=False)
    first = (
        exp.select("customer_id", earliest, copy=False)
        .from_(every.subquery("due", copy=False), copy=False)
        .group_by("customer_id", copy=False)
    )
    return Due(min(turns, default=None), first)


def _turns(node: Node, ctx: Context) -> Iterator[dt.datetime]:
    """Boundaries that are the same for everybody."""
    tomorrow = day_start(ctx.now.astimezone(ctx.tz).date() + dt.timedelta(days=1), ctx.tz)
    if isinstance(node, Day):
        yield tomorrow
    for window in windows_of(node):
        if isinstance(window.value, str):
            first, after = calendar(window.value, ctx.now, ctx.tz)
            yield from (day_start(first, ctx.tz), day_start(after, ctx.tz))
            # `this month` moves on when it ends; `last month` when the present month does
            yield day_start(calendar(_present(window.value), ctx.now, ctx.tz)[1], ctx.tz)
        elif isinstance(window.value, Duration):
            if isinstance(node, Trait) and ctx.catalog.traits[node.name].type == "date":
                yield tomorrow
        else:
            yield from (edge for edge in window_bounds(window, ctx.now, ctx.tz) if edge is not None)


def _present(phrase: str) -> str:
    unit = phrase.split()[-1].removesuffix("s")
    return f"this {unit}" if unit in ("week", "month", "quarter", "year") else "today"


def windows_of(node: Node) -> tuple[Window, ...]:
    """The windows of one leaf."""
    match node:
        case Did(windows=windows) | Sequence(windows=windows):
            return windows
        case Trait(tests=tests):
            return tuple(t.value for t in tests if isinstance(t.value, Window))
        case Day(window=window):
            return (window,)
    return ()


def _queries(node: Node, ctx: Context) -> Iterator[exp.Select]:
    for window in windows_of(node):
        if not isinstance(window.value, Duration) or isinstance(node, Day):
            continue
        if isinstance(node, Trait):
            if ctx.catalog.traits[node.name].type == "timestamp":
                yield from _trait(node.name, window, window.value, ctx)
        elif isinstance(node, Did):
            yield _facts(replace(node, windows=()), window.value, ctx)
        elif isinstance(node, Sequence):
            for step in node.steps:
                yield _facts(step.did, window.value, ctx)


def _facts(did: Did, span: Duration, ctx: Context) -> exp.Select:
    """Facts younger than the span: each changes side at its time plus the span; later facts also when they happen."""
    table = ctx.facts(did.of, fields_of(did))
    recent = bounds_sql(exp.column("at"), (back(ctx.now, span, ctx.tz) + TICK, ctx.now + TICK))
    moment = _later(exp.Min(this=exp.column("at")), span)
    if span.fixed is None:  # months differ in length, so from the nominal day on it is asked daily
        tomorrow = day_start(ctx.now.astimezone(ctx.tz).date() + dt.timedelta(days=1), ctx.tz)
        moment = exp.Greatest(this=moment, expressions=[literal(tomorrow)])
    found = exp.select("customer_id", exp.alias_(moment, "due_at", copy=False), copy=False).from_(table, copy=False)
    return found.where(*conditions_of(did, ctx), *recent, copy=False).group_by("customer_id", copy=False)


def _trait(name: str, window: Window, span: Duration, ctx: Context) -> Iterator[exp.Select]:
    """A moment trait enters or leaves at itself plus or minus the span, and `within` a future moment at itself."""
    value = exp.column(name, quoted=True)
    moments: list[exp.Expr] = [value.copy()] if window.kind != "not_within" else []
    moments.append(_later(value.copy(), span, -1 if window.kind == "within_next" else 1))
    for moment in moments:
        after = exp.GT(this=moment.copy(), expression=literal(ctx.now))
        query = exp.select("customer_id", exp.alias_(moment, "due_at", copy=False), copy=False).from_(
            exp.to_table(ctx.customers), copy=False
        )
        yield query.where(ctx.whose(), after, copy=False)


def _later(at: exp.Expr, span: Duration, sign: int = 1) -> exp.Expr:
    fixed = span.fixed
    n, unit = (int(fixed.total_seconds()), "SECOND") if fixed is not None else (span.n, span.unit.upper())
    kind = exp.Add if sign > 0 else exp.Sub
    return kind(this=at, expression=exp.Interval(this=exp.Literal.string(str(n)), unit=exp.var(unit)))
