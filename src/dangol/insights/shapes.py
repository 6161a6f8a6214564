"""Results as the answers have them: whole numbers are int64 on every engine."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from sqlglot import exp

from dangol.insights.asking import Asking


def tidy(table: pa.Table) -> pa.Table:
    """Sums of counts as int64: DuckDB gives a sum of whole numbers 128 bits, which Arrow reads as a decimal."""
    for place, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type) and field.type.scale == 0:
            table = table.set_column(place, field.name, table[field.name].cast(pa.int64()))
    return table


def told(asking: Asking, query: exp.Expr) -> pa.Table:
    """Run a query, keep its text for whoever wants to copy it, and tidy what it gives."""
    return tidy(asking.run(query))


def peeked(asking: Asking, query: exp.Expr) -> pa.Table:
    """Run a query that is no part of the answer's definition, such as how many rows there were."""
    return tidy(asking.engine.run(query))


def one(asking: Asking, query: exp.Expr) -> dict[str, Any]:
    """The only row of a query that is no part of the answer's definition."""
    row: dict[str, Any] = peeked(asking, query).to_pylist()[0]
    return row
