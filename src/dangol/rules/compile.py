"""A rule as one SELECT with one column, customer_id, over the wide table `customers` (the universe of every rule)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlglot import exp

from dangol.rules.catalog import Catalog, segment_body
from dangol.rules.compile_did import did_sql, sequence_sql
from dangol.rules.compile_other import consent_sql, day_sql, rank_sql, reachable_sql, split_sql, stored_sql, top_sql
from dangol.rules.compile_tests import absent, both, filter_sql, held_sql, inverse, one_of
from dangol.rules.context import Context
from dangol.rules.nodes import (
    All,
    AnyOf,
    Consent,
    Day,
    Did,
    In,
    Node,
    Not,
    Of,
    Rank,
    Reachable,
    Sequence,
    Split,
    Top,
    Trait,
    Waterfall,
)
from dangol.rules.parse import Rule, parse, parse_where
from dangol.rules.parse_tests import GROUPS


def compile_rule(rule: Rule | Node, context: Context) -> exp.Select:
    """The customers of the population who match.

    :returns: a SELECT in DuckDB's dialect with the one column customer_id (int64), each customer once.
    """
    who = exp.column("customer_id", "c")
    universe = exp.alias_(exp.to_table(context.customers), "c", table=True, copy=False)
    root = rule.root if isinstance(rule, Rule) else rule
    query = exp.select(who, copy=False).from_(universe, copy=False).where(condition(root, context), copy=False)
    return query.where(context.whose(who.copy()), copy=False) if context.population is not None else query


def compile_filter(
    where: Mapping[str, Any] | list[Any] | Node | None, of: Of, catalog: Catalog, context: Context | None = None
) -> exp.Expr:
    """A `where` over events or items as a condition on unqualified columns; TRUE when it asks nothing.

    :param context: needed when the filter holds windows on a time column, or asks what stands around events.
    :raises DefinitionError: with every problem, when `where` is not read yet.
    """
    node = parse_where(where, of, catalog) if isinstance(where, Mapping | list) or where is None else where
    when = (context.now, context.tz) if context else _NO_TIME
    return filter_sql(node, of, when, around=context.around() if context else None)


_NO_TIME: Any = (None, None)


def condition(node: Node, ctx: Context, *, guard: bool = False) -> exp.Expr:
    """The node as a condition on the row `c` of customers."""
    who = exp.column("customer_id", "c")
    match node:
        case All(parts):
            return both(_wrapped(condition(p, ctx, guard=guard)) for p in parts)
        case AnyOf(parts):
            return exp.paren(one_of(_wrapped(condition(p, ctx, guard=guard)) for p in parts), copy=False)
        case Not(part):
            return inverse(condition(part, ctx, guard=True))
        case Trait():
            return _trait_sql(node, ctx, guard)
        case Did():
            return did_sql(node, who, ctx)
        case Sequence():
            return sequence_sql(node, who, ctx)
        case In(segments):
            return exp.paren(one_of(_segment(name, ctx, guard) for name in segments), copy=False)
        case Waterfall(groups, take):
            before = groups[: groups.index(take)]
            return both([_segment(take, ctx, guard), *(inverse(_segment(g, ctx, True)) for g in before)])
        case Top():
            return top_sql(node, who, ctx)
        case Rank():
            return rank_sql(node, who, ctx)
        case Split():
            return split_sql(node, who, ctx)
        case Consent():
            return consent_sql(node, who, ctx)
        case Reachable():
            return reachable_sql(node, who, ctx)
        case Day():
            return day_sql(node, ctx, guard)
    raise AssertionError(node)


def _trait_sql(trait: Trait, ctx: Context, guard: bool) -> exp.Expr:
    info = ctx.catalog.traits[trait.name]
    value = exp.column(trait.name, "c", quoted=True)
    found = held_sql(value, trait.tests, GROUPS[info.type], (ctx.now, ctx.tz), is_date=info.type == "date", guard=guard)
    return exp.paren(exp.or_(absent(value), found, copy=False), copy=False) if trait.or_missing else found


def _segment(name: str, ctx: Context, guard: bool) -> exp.Expr:
    if ctx.segments == "stored":
        return stored_sql(name, exp.column("customer_id", "c"), ctx)
    rule = parse(segment_body(ctx.catalog.segments[name]), ctx.catalog, where=name, name=name)
    return exp.paren(condition(rule.root, ctx, guard=guard), copy=False)


def _wrapped(found: exp.Expr) -> exp.Expr:
    return exp.paren(found, copy=False) if isinstance(found, exp.Or) else found
