"""Carry a store to another database, wholly or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dangol.schema import Text, WorkspaceError
from dangol.store.tables import METADATA

if TYPE_CHECKING:
    from dangol.store.store import Store

_SOME = 5_000
"""Rows on the way at a time."""


def copy_into(source: Store, target: Store) -> dict[str, int]:
    """Copy every row of every table into an empty store, in one transaction; returns rows by table.

    Raises `WorkspaceError` where the target holds something already, or did not take every row.
    """
    counts: dict[str, int] = {}
    with source.reading() as old, target.writing() as new:
        for table in METADATA.sorted_tables:
            if new.execute(sa.select(sa.func.count()).select_from(table)).scalar_one():
                raise WorkspaceError(
                    Text("the other database holds something already", "옮겨 갈 데이터베이스가 비어 있지 않습니다"),
                    hint=Text("name an empty database", "빈 데이터베이스를 쓰세요"),
                )
            for rows in _pieces(old, table):
                new.execute(_many(table, new), rows)
            counts[table.name] = _count(new, table)
            if counts[table.name] != _count(old, table):
                raise WorkspaceError(
                    Text("not every row arrived; nothing was changed", "모든 행이 옮겨지지 않아 되돌렸습니다"),
                    hint=Text("try again", "다시 하세요"),
                )
            _continue_numbers(new, table)
    return counts


def _pieces(connection: sa.Connection, table: sa.Table) -> Iterator[list[dict[str, Any]]]:
    found = connection.execute(sa.select(table), execution_options={"yield_per": _SOME})
    for rows in found.partitions(_SOME):
        yield [dict(row._mapping) for row in rows]


def _many(table: sa.Table, connection: sa.Connection) -> sa.Insert:
    """With a RETURNING, SQLAlchemy sends many rows in a statement where the driver would send them one by one."""
    insert = sa.insert(table)
    return insert.returning(*table.primary_key) if connection.dialect.name == "postgresql" else insert


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def _continue_numbers(connection: sa.Connection, table: sa.Table) -> None:
    """PostgreSQL counts rows apart from the table: let it go on after the highest number."""
    if connection.dialect.name != "postgresql" or table.autoincrement_column is None:
        return
    highest = sa.select(sa.func.max(table.c.id)).scalar_subquery()
    sequence = sa.func.pg_get_serial_sequence(table.name, "id")
    connection.execute(sa.select(sa.func.setval(sequence, sa.func.coalesce(highest, 1), highest.is_not(None))))
