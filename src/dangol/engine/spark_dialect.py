"""Where sqlglot's DuckDB → Spark translation is missing or means something else. The one place to mend it."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.dialects.spark import Spark


def to_spark(query: exp.Expr, *, pretty: bool = False) -> str:
    """The Spark text of a query written in the DuckDB dialect."""
    return query.sql(Spark, pretty=pretty)
