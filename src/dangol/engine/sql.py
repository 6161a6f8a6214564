"""Static SQL text with named holes, as sqlglot trees. The only way SQL is put together outside the rule compiler.

`sql("SELECT count(*) AS n FROM events WHERE at < :now", now=moment)` parses once (cached), fills `:now` with a literal or a
tree, and never joins strings. A hole in place of a table is written as a table whose name is given in `tables=`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any

import sqlglot
from sqlglot import exp

DIALECT = "duckdb"
"""Queries are written in this dialect and translated for other engines."""


# DuckDB 2.0 reads a bare `at` as the start of a time-travel clause, so `MIN(at)` must be written `MIN("at")`.
_Generator = sqlglot.Dialect.get_or_raise(DIALECT).generator_class
_Generator.RESERVED_KEYWORDS = {*_Generator.RESERVED_KEYWORDS, "at"}


@lru_cache(maxsize=2048)
def _parsed(text: str) -> exp.Expr:
    """The tree of a text; never changed, only copied. Without the positions of words, which cost more to copy than the tree."""
    tree = sqlglot.parse_one(text, dialect=DIALECT)
    for node in tree.walk():
        node._meta = None
    return tree


@lru_cache(maxsize=256)
def as_text(text: str) -> str:
    """A text as it is run, its holes left as named parameters: what is asked again and again is put together once."""
    return _parsed(text).sql(DIALECT)


def copied(tree: exp.Expr, swap: Callable[[exp.Expr], exp.Expr | None] | None = None) -> exp.Expr:
    """A tree of its own, some nodes of it swapped on the way (once, not inside what they are swapped for).

    :param swap: node → what stands in its place (it becomes the copy's own), or None to copy the node.
    """
    first = swap(tree) if swap else None
    if first is not None:
        return first
    root = tree.__class__()
    stack = [(tree, root)]
    while stack:
        node, copy = stack.pop()
        copy.comments, copy._type = node.comments, node._type
        if node._meta:
            copy._meta = dict(node._meta)
        args = copy.args
        for key, value in node.args.items():
            if isinstance(value, exp.Expr):
                args[key] = _child(value, copy, key, None, stack, swap)
            elif type(value) is list:
                args[key] = [
                    _child(v, copy, key, i, stack, swap) if isinstance(v, exp.Expr) else v for i, v in enumerate(value)
                ]
            else:
                args[key] = value
    return root


def _child(
    node: exp.Expr, parent: exp.Expr, key: str, index: int | None, stack: list[tuple[exp.Expr, exp.Expr]],
    swap: Callable[[exp.Expr], exp.Expr | None] | None,
) -> exp.Expr:  # fmt: skip
    child = swap(node) if swap else None
    if child is None:
        child = node.__class__()
        stack.append((node, child))
    child.parent, child.arg_key, child.index = parent, key, index
    return child


def literal(value: object) -> exp.Expr:
    """A Python value as a typed SQL literal (timestamps are naive UTC, money is a decimal)."""
    if isinstance(value, exp.Expr):
        return value
    if isinstance(value, dt.datetime):
        naive = value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value
        return exp.cast(exp.Literal.string(naive.isoformat(sep=" ", timespec="microseconds")), "timestamp")
    if isinstance(value, dt.date):
        return exp.cast(exp.Literal.string(value.isoformat()), "date")
    if isinstance(value, Decimal):
        return exp.cast(exp.Literal.string(str(value)), "decimal(18,4)")
    return exp.convert(value)


def sql(text: str, *, tables: dict[str, Any] | None = None, **holes: object) -> exp.Expr:
    """Parse `text` and fill its holes.

    :param tables: name in the text → a table name, or a query to read in its place.
    :param holes: name → Python value or tree; lists become tuples for ``IN``.
    """
    if not holes and not tables:
        return copied(_parsed(text))
    filled = {name: _hole(value) for name, value in holes.items()}
    named = tables or {}

    def swap(node: exp.Expr) -> exp.Expr | None:
        if isinstance(node, exp.Placeholder) and node.name in filled:
            return copied(filled[node.name])
        if isinstance(node, exp.Table) and not node.db and node.name in named:
            return _placed(named[node.name], node.alias or node.name)
        return None

    return copied(_parsed(text), swap)


def _placed(what: Any, alias: str) -> exp.Expr:
    """A table by another name, or a query, where the text names a table."""
    if isinstance(what, str) and what.isidentifier():
        return exp.Table(this=exp.to_identifier(what), alias=exp.TableAlias(this=exp.to_identifier(alias)))
    if isinstance(what, str):
        return exp.to_table(what).as_(alias)
    inner = copied(what)
    if isinstance(inner, exp.Query) and not isinstance(inner, exp.Subquery):
        return exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier(alias)))
    return inner


def _hole(value: object) -> exp.Expr:
    if isinstance(value, list | tuple | set | frozenset):
        return exp.Tuple(expressions=[literal(v) for v in value])
    return literal(value)
