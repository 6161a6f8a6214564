"""Which imports gave the same personal data: digests of vault rows and who told them, so that one import can be taken back.

A digest is a keyed hash, so nothing personal is here. A vault row that one import alone told has no tellings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from dangol.privacy.wrap import drop_unused, pieces
from dangol.store import bulk
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


Place = tuple[int, int]
"""customer, digest: the key of a vault row."""

FIRST: Place = (-(2**63), -(2**63))
"""Before every row."""


def page(connection: sa.Connection, batch: int, after: Place, size: int) -> list[Place]:
    """The next rows under an import's number."""
    query = (
        sa.select(E.customer_id, E.digest)
        .where(
            E.batch == batch,
            sa.tuple_(E.customer_id, E.digest) > sa.tuple_(*(sa.literal(n, sa.BigInteger) for n in after)),
        )
        .order_by(E.customer_id, E.digest)
        .limit(size)
    )
    return [(row[0], row[1]) for row in connection.execute(query)]


def withdraw(connection: sa.Connection, batch: int, mine: Sequence[Place]) -> int:
    """Take rows of an import's personal data away; what others gave, too, is theirs now. Returns rows deleted."""
    deleted = 0
    for some in pieces(mine, 500):
        left: dict[int, Telling] = {}
        told = sa.select(T.digest, T.batch, T.at, T.source).where(T.digest.in_([d for _, d in some]), T.batch != batch)
        for row in connection.execute(told):
            one = (row[0], row[1], row[2], row[3])
            if row[0] not in left or _rank(one) < _rank(left[row[0]]):
                left[row[0]] = one
        theirs = [(*place, *left[place[1]][1:]) for place in some if place[1] in left]
        bulk(connection, _RETURN, ("of_customer", "of_digest", "its_batch", "its_at", "its_source"), theirs)
        gone = [place for place in some if place[1] not in left]
        deleted += bulk(connection, _REMOVE, ("of_customer", "of_digest"), gone)
    drop_unused(connection, sorted({customer for customer, _ in mine}))
    return deleted


def count(connection: sa.Connection, batch: int) -> tuple[int, int]:
    """How many rows stand under an import's number, and how many of them `withdraw` would delete."""
    others = sa.select(T.digest).where(T.digest == E.digest, T.batch != batch).exists()
    query = sa.select(sa.func.count(), sa.func.count().filter(~others)).where(E.batch == batch)
    every, alone = connection.execute(query.select_from(VAULT_ENTRIES)).one()
    return int(every), int(alone)


def forget_batch(connection: sa.Connection, batch: int) -> None:
    """An import that was taken back tells nothing any more."""
    connection.execute(sa.delete(VAULT_TOLD).where(T.batch == batch))


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


_SAME = (E.customer_id == sa.bindparam("of_customer")) & (E.digest == sa.bindparam("of_digest"))
_REMOVE = sa.delete(VAULT_ENTRIES).where(_SAME)
_RETURN = (
    sa.update(VAULT_ENTRIES)
    .where(_SAME)
    .values(batch=sa.bindparam("its_batch"), at=sa.bindparam("its_at"), source=sa.bindparam("its_source"))
)
