"""Rows that may come several times, made one per key: by grouping, or by finding that they need none."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from sqlglot import exp

from dangol.engine import Engine, sql
from dangol.identity import slices

Source = str | exp.Query
"""A table's name, or a query."""


def once(
    engine: Engine,
    source: Source,
    keys: Callable[[Source], exp.Expr],
    grouped: Callable[[Source, exp.Expr], exp.Expr],
    plain: Callable[[Source], exp.Expr],
    first: exp.Expr,
    stack: ExitStack,
) -> Source:
    """One row per key of `source`, as a scratch table or as a query.

    Small batches are grouped at once. Of large ones it is asked first whether any key comes twice: what `collect` gives is
    grouped already, and then nothing is copied. If so, they are grouped slice by slice.

    :param keys: source → query with each row's key as columns ``x, y``, without the rows that do not count.
    :param grouped: source and a condition on its rows → query with one row per key.
    :param plain: source → the same rows, given that no key comes twice.
    :param first: the node that slices go by, over columns of `source`.
    """
    count = _number(engine, sql("SELECT count(*) AS n FROM s", tables={"s": source}))
    if count <= slices.ROWS:
        return stack.enter_context(engine.scratch(grouped(source, exp.true())))
    if not isinstance(source, str):
        source = stack.enter_context(engine.scratch(source))
    every, alone = keys(source), plain(source)
    different = sql("SELECT count(*) AS n FROM (SELECT k.x, k.y FROM k GROUP BY k.x, k.y) AS d", tables={"k": every})
    if _number(engine, different) == _number(engine, sql("SELECT count(*) AS n FROM k", tables={"k": every})):
        assert isinstance(alone, exp.Query)
        return alone
    pieces = slices.slices(count)
    made = stack.enter_context(engine.scratch(grouped(source, pieces[0].holds(first))))
    for piece in pieces[1:]:
        engine.append(made, grouped(source, piece.holds(first)))
    return made


def _number(engine: Engine, query: exp.Expr) -> int:
    return int(engine.run(query)["n"][0].as_py())
