"""Many rows at once: a statement compiled once and handed to the driver, without SQLAlchemy's work per row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa


def bulk(
    connection: sa.Connection, statement: sa.Executable, names: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> int:
    """Run `statement` for each row, whose values are in the order of `names`; returns rows inserted or changed.

    Only for types the driver takes as they are: int, str, bytes, null.
    """
    if not rows:
        return 0
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(names))  # type: ignore[attr-defined]
    if not compiled.positional:
        keyed = [dict(zip(names, row, strict=True)) for row in rows]
        return connection.exec_driver_sql(str(compiled), keyed).rowcount
    order = [names.index(name) for name in compiled.positiontup]
    if order != list(range(len(names))):
        rows = [tuple(row[i] for i in order) for row in rows]
    return connection.exec_driver_sql(str(compiled), list(rows)).rowcount
