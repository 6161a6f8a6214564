"""Many rows at once: a statement compiled once and handed to the driver, without SQLAlchemy's work per row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import visitors


def bulk(
    connection: sa.Connection, statement: sa.Executable, names: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> int:
    """Run `statement` for each row, whose values are in the order of `names`; returns rows inserted or changed.

    Only for types the driver takes as they are: int, str, bytes, null. An update or delete must meet each row of its
    table once: the order of `rows` decides nothing.
    """
    if not rows:
        return 0
    if connection.dialect.name == "postgresql":
        return connection.execute(_at_once(statement, names, rows)).rowcount
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(names))  # type: ignore[attr-defined]
    if not compiled.positional:
        keyed = [dict(zip(names, row, strict=True)) for row in rows]
        return connection.exec_driver_sql(str(compiled), keyed).rowcount
    order = [names.index(name) for name in compiled.positiontup]
    if order != list(range(len(names))):
        rows = [tuple(row[i] for i in order) for row in rows]
    return connection.exec_driver_sql(str(compiled), list(rows)).rowcount


_ARRAYS: dict[type, Any] = {int: sa.BigInteger, str: sa.Text, bytes: sa.LargeBinary}


def _at_once(statement: Any, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> Any:
    """The same for all rows in one statement: they travel as one array a column, since each statement is a journey."""
    columns = list(zip(*rows, strict=True))
    kinds = [next((_ARRAYS[type(v)] for v in column if v is not None), sa.BigInteger) for column in columns]
    arrays = [
        sa.bindparam(f"array_{name}", list(values), type_=postgresql.ARRAY(kind))
        for name, values, kind in zip(names, columns, kinds, strict=True)
    ]
    given = sa.func.unnest(*arrays).table_valued(*[sa.column(n, k) for n, k in zip(names, kinds, strict=True)])
    given = given.render_derived(name="given")
    if statement.is_insert:
        return statement.from_select(list(names), sa.select(*given.c))

    def filled(element: Any, **_: Any) -> Any:
        return given.c[element.key] if isinstance(element, sa.BindParameter) and element.key in names else None

    return visitors.replacement_traverse(statement, {}, filled)
