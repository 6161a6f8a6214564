"""Formulas and conditions over traits: parsed by sqlglot, checked against a short list, made safe to run.

Numbers are computed as float64; dividing by zero and the logarithm of nothing give null, on every engine.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache

import sqlglot
from rapidfuzz import process
from sqlglot import exp

from dangol.engine import DIALECT, literal, sql
from dangol.schema import Problem, Text, Type, did_you_mean

NUMERIC: frozenset[Type] = frozenset({"int64", "float64", "money"})

_ARITHMETIC: tuple[type[exp.Expr], ...] = (
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg, exp.Paren, exp.Column, exp.Identifier, exp.Literal, exp.Placeholder,
    exp.Coalesce, exp.Greatest, exp.Least, exp.Round, exp.Ln, exp.Abs,
)  # fmt: skip
_LOGIC: tuple[type[exp.Expr], ...] = (
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.Null, exp.In, exp.Between,
    exp.Boolean,
)  # fmt: skip
ALLOWED = "trait names, numbers, :settings, + - * /, coalesce, greatest, least, round, ln, abs"
ALLOWED_IN_CONDITIONS = ALLOWED + ", comparisons, in, between, is null, and, or, not"


@lru_cache(maxsize=1024)
def _tree(text: str) -> exp.Expr:
    return sqlglot.parse_one(text, dialect=DIALECT)


def parse(text: str) -> exp.Expr:
    return _tree(text).copy()


def names(text: str) -> tuple[str, ...]:
    """Traits that a formula reads, in order of appearance; empty when it cannot be parsed."""
    try:
        tree = _tree(text)
    except sqlglot.errors.SqlglotError:
        return ()
    return tuple(dict.fromkeys(c.name for c in tree.find_all(exp.Column)))


def check(text: str, where: str, *, condition: bool = False, settings: Collection[str] = ()) -> list[Problem]:
    """What is wrong with a formula, names of traits apart (those are checked where all traits are known)."""
    allowed = _ARITHMETIC + (_LOGIC if condition else ())
    words = ALLOWED_IN_CONDITIONS if condition else ALLOWED
    try:
        tree = _tree(text)
    except sqlglot.errors.SqlglotError as error:
        return [
            Problem(
                Text(
                    f"'{text}' cannot be read: {str(error).splitlines()[0]}",
                    f"'{text}': 읽을 수 없습니다: {str(error).splitlines()[0]}",
                ),
                where,
                Text(f"allowed: {words}", f"쓸 수 있는 것: {words}"),
            )
        ]
    problems = []
    for node in tree.walk():
        if not isinstance(node, allowed):
            problems.append(
                Problem(
                    Text(
                        f"'{node.sql(DIALECT)}' may not be used here", f"'{node.sql(DIALECT)}': 여기에서 쓸 수 없습니다"
                    ),
                    where,
                    Text(f"allowed: {words}", f"쓸 수 있는 것: {words}"),
                )
            )
            break
        if isinstance(node, exp.Column) and node.table:
            problems.append(
                Problem(
                    Text(f"'{node.sql(DIALECT)}' is not a trait name", f"'{node.sql(DIALECT)}': 속성 이름이 아닙니다"),
                    where,
                    Text("write the name alone", "이름만 적으세요"),
                )
            )
        if isinstance(node, exp.Placeholder) and node.name not in settings:
            near = process.extractOne(node.name, list(settings))
            declare = Text("declare it under `settings:` with a default", "`settings:` 아래에 기본값과 함께 적으세요")
            hint = did_you_mean(f"':{near[0]}'") if near else declare
            problems.append(
                Problem(Text(f"there is no setting ':{node.name}'", f"':{node.name}' 설정값이 없습니다"), where, hint)
            )
        if isinstance(node, exp.Literal) and node.is_string and not condition:
            problems.append(
                Problem(
                    Text("a formula computes with numbers, not text", "수식은 글자가 아니라 숫자로 계산합니다"), where
                )
            )
    return problems


def build(text: str, types: Mapping[str, Type], settings: Mapping[str, float]) -> exp.Expr:
    """The expression over columns of the wide table."""
    tree = exp.Paren(this=parse(text).transform(lambda node: _leaf(node, types, settings)))
    for node in reversed(list(tree.find_all(exp.Div, exp.Ln, bfs=True))):  # the innermost first
        if isinstance(node, exp.Div):
            safe = sql("(CAST(:a AS DOUBLE) / NULLIF(CAST(:b AS DOUBLE), 0))", a=node.this, b=node.expression)
        else:
            safe = sql("LN(CASE WHEN CAST(:x AS DOUBLE) > 0 THEN CAST(:x AS DOUBLE) END)", x=node.this)
        node.replace(safe)
    return tree


def _leaf(node: exp.Expr, types: Mapping[str, Type], settings: Mapping[str, float]) -> exp.Expr:
    if isinstance(node, exp.Column):
        column = exp.column(node.name, quoted=True)
        return exp.cast(column, "double") if types.get(node.name) in NUMERIC else column
    if isinstance(node, exp.Placeholder):
        return exp.cast(literal(settings[node.name]), "double")
    return node
