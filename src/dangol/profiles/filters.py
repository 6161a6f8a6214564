"""Filters of traits: the rule language's own, plus local time parts and the product's department."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlglot import exp

from dangol.engine import literal, sql
from dangol.profiles import clock
from dangol.profiles.clock import PARTS
from dangol.profiles.reading import Reading
from dangol.rules import Context, compile_filter
from dangol.schema import DefinitionError, Problem, Text, one_of

_OWN = (*PARTS, "department")
_COMPARE = {
    "is": ":x = :v", "is_not": ":x <> :v", "in": ":x IN :v", "not_in": "NOT :x IN :v",
    "at_least": ":x >= :v", "at_most": ":x <= :v", "above": ":x > :v", "below": ":x < :v",
}  # fmt: skip


def compile_where(where: Mapping[str, Any], of: str, reading: Reading) -> exp.Expr:
    """One condition over columns of the rows. Fields of our own are compiled here, the rest by `rules`.

    :raises DefinitionError: unknown fields or comparisons.
    """
    mine = {k: v for k, v in where.items() if k in _OWN and not (k == "department" and of == "events")}
    theirs = {k: v for k, v in where.items() if k not in mine}
    found = [_own(field, said, reading) for field, said in mine.items()]
    if theirs:
        context = Context(reading.now, reading.tz, reading.catalog)
        found.append(compile_filter(theirs, "items" if of == "items" else "events", reading.catalog, context))
    return exp.and_(*found) if found else exp.true()


def _own(field: str, said: Any, reading: Reading) -> exp.Expr:
    column = clock.part(field, exp.column("at"), reading.tz, reading.span) if field in PARTS else exp.column(field)
    tests = said if isinstance(said, Mapping) else {"in" if isinstance(said, list) else "is": said}
    found = []
    for word, value in tests.items():
        if word == "between" and isinstance(value, list) and len(value) == 2:
            found.append(sql(":x BETWEEN :low AND :high", x=column, low=literal(value[0]), high=literal(value[1])))
        elif word in _COMPARE:
            found.append(sql(_COMPARE[word], x=column, v=value))
        else:
            raise DefinitionError(
                [
                    Problem(
                        Text(f"'{word}' cannot be asked of {field}", f"{field}에는 '{word}' 조건을 쓸 수 없습니다"),
                        field,
                        one_of((*_COMPARE, "between")),
                    )
                ]
            )
    return exp.and_(*found)
