"""Where sqlglot's DuckDB → Spark translation is missing or means something else. The one place to mend it."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.dialects.spark import Spark


def to_spark(query: exp.Expr, *, pretty: bool = False) -> str:
    """The Spark text of a query written in the DuckDB dialect."""
    return query.transform(_null_not_error).sql(Spark, pretty=pretty)


def _null_not_error(node: exp.Expr) -> exp.Expr:
    """x / 0 is null here, and what TRY_CAST cannot read; in Spark's ANSI mode both are errors."""
    if isinstance(node, exp.TryCast):
        node.set("safe", True)  # else sqlglot takes the column for one that always fits, and writes CAST
    if isinstance(node, exp.Div | exp.IntDiv | exp.Mod) and not _sure(node.expression):
        zero = exp.Literal.number(0)
        node.set("expression", exp.Nullif(this=exp.Paren(this=node.expression), expression=zero))
    return node


def _sure(divisor: exp.Expr) -> bool:
    """Whether it can be seen that this is not zero, or that it has been taken care of."""
    while isinstance(divisor, exp.Paren):
        divisor = divisor.this
    number = isinstance(divisor, exp.Literal) and not divisor.is_string
    return isinstance(divisor, exp.Nullif) or (number and float(divisor.this) != 0)
