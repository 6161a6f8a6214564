"""Which imports gave the same personal data: digests of vault rows and who told them, so that one import can be taken back.

A digest is a keyed hash, so nothing personal is here. A vault row that one import alone told has no tellings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from dangol.privacy.wrap import drop_unused, pieces
from dangol.store.tables import VAULT_ENTRIES, VAULT_TOLD

E, T = VAULT_ENTRIES.c, VAULT_TOLD.c

Telling = tuple[int, int, int | None, str]
"""digest, batch, at, source"""


def keep(connection: sa.Connection, wanted: Sequence[tuple[int, Telling]]) -> None:
    """Keep tellings of (customer, telling) whose rows another import gave, and the tellings of that one, too.

    Call it before the rows take the later time.
    """
    for some in pieces(wanted, 1_000):
        mine: dict[int, Telling] = {}
        for _, told in some:
            known = mine.get(told[0])
            if known is None or _rank(told) < _rank(known):
                mine[told[0]] = told
        query = sa.select(E.digest, E.batch, E.at, E.source).where(E.customer_id.in_({c for c, _ in some}))
        others = [
            (row[0], row[1], row[2], row[3])
            for row in connection.execute(query)
            if row[0] in mine and row[1] != mine[row[0]][1]
        ]
        if others:
            rows = [*others, *(mine[digest] for digest, *_ in others)]
            names = ("digest", "batch", "at", "source")
            connection.execute(_insert(connection), [dict(zip(names, row, strict=True)) for row in rows])


def withdraw(connection: sa.Connection, batch: int) -> int:
    """Take an import's personal data away; what others gave, too, is theirs now. Returns rows deleted."""
    mine = connection.execute(sa.select(E.customer_id, E.digest).where(E.batch == batch)).all()
    deleted = 0
    for some in pieces(mine, 500):
        digests = [row.digest for row in some]
        left: dict[int, Telling] = {}
        told = sa.select(T.digest, T.batch, T.at, T.source).where(T.digest.in_(digests), T.batch != batch)
        for row in connection.execute(told):
            one = (row[0], row[1], row[2], row[3])
            if row[0] not in left or _rank(one) < _rank(left[row[0]]):
                left[row[0]] = one
        for customer, digest in some:
            where = (E.customer_id == customer) & (E.digest == digest)
            if digest in left:
                _, other, at, source = left[digest]
                values = {"batch": other, "at": at, "source": source}
                connection.execute(sa.update(VAULT_ENTRIES).where(where).values(**values))
            else:
                deleted += connection.execute(sa.delete(VAULT_ENTRIES).where(where)).rowcount
    connection.execute(sa.delete(VAULT_TOLD).where(T.batch == batch))
    drop_unused(connection, sorted({row.customer_id for row in mine}))
    return deleted


def forget(connection: sa.Connection, digests: Sequence[int]) -> None:
    """Rows with these digests are gone: their tellings go, too."""
    for some in pieces(digests, 500):
        connection.execute(sa.delete(VAULT_TOLD).where(T.digest.in_(some)))


def forget_customers(connection: sa.Connection, customers: Sequence[int]) -> None:
    """The rows of these customers are about to go: their tellings go first."""
    for some in pieces(customers, 500):
        of_theirs = sa.select(E.digest).where(E.customer_id.in_(some))
        connection.execute(sa.delete(VAULT_TOLD).where(T.digest.in_(of_theirs)))


def _rank(told: Telling) -> tuple[Any, ...]:
    """The latest first, of those the first source in the alphabet, then the earlier import."""
    at = told[2]
    return (at is None, -(at or 0), told[3], told[1])


def _insert(connection: sa.Connection) -> sa.Insert:
    keys = ["digest", "batch"]
    if connection.dialect.name == "postgresql":
        return postgresql.insert(VAULT_TOLD).on_conflict_do_nothing(index_elements=keys)
    return sqlite.insert(VAULT_TOLD).on_conflict_do_nothing(index_elements=keys)
