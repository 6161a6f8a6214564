"""Static SQL text with named holes, as sqlglot trees. The only way SQL is put together outside the rule compiler.

`sql("SELECT count(*) AS n FROM events WHERE at < :now", now=moment)` parses once (cached), fills `:now` with a literal or a
tree, and never joins strings. A hole in place of a table is written as a table whose name is given in `tables=`.
"""

from __future__ import annotations

import datetime as dt
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
    return sqlglot.parse_one(text, dialect=DIALECT)


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
    tree = _parsed(text).copy()
    if holes:
        filled = {name: _hole(value) for name, value in holes.items()}

        def fill(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Placeholder) and node.name in filled:
                return filled[node.name].copy()
            return node

        tree = tree.transform(fill, copy=False)
    if tables:

        def place(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Table) and not node.db and node.name in tables:
                what = tables[node.name]
                alias = node.alias or node.name
                if isinstance(what, str):
                    return exp.to_table(what).as_(alias)
                inner = what.copy()
                return (
                    inner.subquery(alias)
                    if isinstance(inner, exp.Query) and not isinstance(inner, exp.Subquery)
                    else inner
                )
            return node

        tree = tree.transform(place, copy=False)
    return tree


def _hole(value: object) -> exp.Expr:
    if isinstance(value, list | tuple | set | frozenset):
        return exp.Tuple(expressions=[literal(v) for v in value])
    return literal(value)
