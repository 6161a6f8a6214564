"""The vault: direct personal data under a data key per customer, each row bound to customer, node and kind."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.dialects import postgresql, sqlite

from dangol.privacy import tellings
from dangol.privacy.erasing import Receipt, erase, finish_erasing
from dangol.privacy.keys import Keys, Random
from dangol.privacy.mask import mask
from dangol.privacy.pseudonym import Pseudonymiser
from dangol.privacy.wrap import DataKeys, drop_unused, opened, pieces
from dangol.schema import KINDS, Text, WorkspaceError
from dangol.store import Store, bulk
from dangol.store.tables import VAULT_ENTRIES as T
from dangol.store.tables import VAULT_KEYS

BULK = 50_000
"""Rows encrypted and written at a time; about 40 MB."""

PIECE = 2_500
"""Rows that a transaction of its own writes or deletes, where others must not wait: a fraction of a second."""

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICRO = dt.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class VaultRow:
    """One piece of personal data of one customer.

    node    the identifier of the record it came with; for an identifier's own value, its own node
    kind    identifier kind, or `name`, `address`, `birth_date`
    at      when it was last given, aware; null when no record says
    """

    node: int
    customer_id: int
    kind: str
    value: str
    at: dt.datetime | None
    source: str
    batch: int

    def __repr__(self) -> str:
        return f"VaultRow(C{self.customer_id}, {self.kind}, …)"


class Vault:
    """Keeps, reads, moves and erases personal data. Unmasked reads are written to the audit log, with who and why."""

    def __init__(
        self, store: Store, keys: Keys, pseudonymiser: Pseudonymiser | None = None, *, random: Random = os.urandom
    ) -> None:
        self._store = store
        self._keys = keys
        self._pseudonymiser = pseudonymiser or Pseudonymiser(keys.pseudonym)
        self._random = random

    def put(self, rows: Iterable[VaultRow]) -> int:
        """Keep rows; returns how many were new.

        The same (node, kind, value) of a customer is kept once, with the latest time it was given. One transaction: all
        rows or none.
        """
        new = 0
        with self._store.writing() as connection:
            keys = DataKeys(connection, self._keys.wrap, self._random)
            for some in pieces(rows, BULK):
                new += self._put(connection, keys, some)
                keys.forget()
        return new

    def put_by_pieces(self, rows: Iterable[VaultRow]) -> int:
        """The same in transactions of their own, between which others write: for an import, which takes a failed one back by
        `withdraw`. Returns how many were new."""
        new = 0
        for some in pieces(rows, PIECE):
            new += self.put(some)
            self._store.give_way()
        return new

    def read(self, customer_ids: Iterable[int], *, reason: str, actor: str, now: dt.datetime) -> list[VaultRow]:
        """Personal data in the clear, by customer, kind and time; each look is written to the audit log first."""
        customers = sorted(set(customer_ids))
        subjects = [f"customer/{c}" for c in customers]
        with self._store.writing():
            self._store.audit.write_many(actor, "vault.read", subjects, now=now, reason=reason)
            return list(self._rows(customers))

    def masked(self, customer_ids: Iterable[int]) -> list[VaultRow]:
        """The same with every value masked (김*수, 010-****-5678); not audited."""
        customers = sorted(set(customer_ids))
        rows = self._of_one(*customers) if len(customers) == 1 else self._rows(customers)
        return [replace(row, value=mask(row.kind, row.value)) for row in rows]

    def move(self, moves: Iterable[tuple[int, int | None, int]] | Mapping[int, int]) -> int:
        """Give nodes' rows to other customers after a merge or unmerge; returns rows moved.

        They are encrypted anew under the new customer's key; a customer left without rows loses its key.

        :param moves: (node, old customer id, new customer id), as `identity` reports them; old is null for a new node.
            Or node → new customer id: then the rows are looked for in one pass over the whole vault (seconds per million).
        """
        if not moves:
            return 0
        triples = [(n, c, moves[n]) for n, c in self.nodes() if n in moves] if isinstance(moves, Mapping) else moves
        steps = {(node, old): new for node, old, new in triples if old is not None and old != new}
        left = sorted({old for _, old in steps})
        moved = 0
        with self._store.writing() as connection:
            keys = DataKeys(connection, self._keys.wrap, self._random)
            for some in pieces(left):
                found = connection.execute(sa.select(T).where(T.c.customer_id.in_(some))).all()
                going = [
                    (row, steps[row.node, row.customer_id]) for row in found if (row.node, row.customer_id) in steps
                ]
                keys.load(row.customer_id for row, _ in going)
                keys.make_missing(new for _, new in going)
                self._write(connection, [self._moved(keys, row, new) for row, new in going], told=True)
                bulk(
                    connection,
                    _REMOVE,
                    ("of_customer", "of_digest"),
                    [(row.customer_id, row.digest) for row, _ in going],
                )
                moved += len(going)
            drop_unused(connection, left)
        return moved

    def drop(self, pairs: Iterable[tuple[int, int]]) -> int:
        """Delete what (node, customer id) pairs hold; returns rows deleted.

        For an identifier that was blocked: it is nobody's, so what came with it is not kept, as with one that was blocked
        before it came. A customer left without rows loses its key.
        """
        wanted = sorted({(customer, node) for node, customer in pairs})
        deleted = 0
        with self._store.writing() as connection:
            for some in pieces(wanted, 1_000):
                query = sa.select(T.c.customer_id, T.c.digest, T.c.node).where(
                    T.c.customer_id.in_({c for c, _ in some})
                )
                here = set(some)
                gone = [(row[0], row[1]) for row in connection.execute(query).all() if (row[0], row[2]) in here]
                bulk(connection, _REMOVE, ("of_customer", "of_digest"), gone)
                tellings.forget(connection, [digest for _, digest in gone])
                deleted += len(gone)
            drop_unused(connection, sorted({customer for customer, _ in wanted}))
        return deleted

    def withdraw(self, batch: int) -> int:
        """Delete what an import gave and no other did; returns rows deleted. A customer left without rows loses its key.

        Piece by piece, so that others may write between; in one transaction inside `Store.writing`.
        """
        deleted, last = 0, tellings.FIRST
        while True:
            with self._store.reading() as connection:
                some = tellings.page(connection, batch, last, PIECE)
            if not some:
                break
            with self._store.writing() as connection:
                deleted += tellings.withdraw(connection, batch, some)
            self._store.give_way()
            last = some[-1]
        with self._store.writing() as connection:
            tellings.forget_batch(connection, batch)
        return deleted

    def given_by(self, batch: int) -> tuple[int, int]:
        """How many rows stand under an import's number, and how many of them no other import gave."""
        with self._store.reading() as connection:
            return tellings.count(connection, batch)

    def nodes(self) -> list[tuple[int, int]]:
        """Every (node, customer id) that has rows, to compare with `identifiers` after a crash. Holds all of them."""
        with self._store.reading() as connection:
            return [
                (node, customer)
                for node, customer in connection.execute(sa.select(T.c.node, T.c.customer_id).distinct())
            ]

    def erase(
        self,
        customer_ids: Iterable[int],
        *,
        actor: str,
        reason: str,
        now: dt.datetime,
        values: Sequence[str] = (),
        nodes: Sequence[int] = (),
    ) -> Receipt:
        """Destroy these customers' rows and keys, and quarantined rows that name them; clear the bytes from the files.

        :param values: further values that are theirs (logins, membership numbers), looked for as whole cells of quarantined rows.
        :param nodes: their anonymous ids, whose session recordings go, too.
        """
        customers = sorted(set(customer_ids))
        rows = list(self._rows(customers))
        anywhere = {row.value for row in rows if row.kind in ("email", "phone")}
        cells = {row.value for row in rows if row.kind in KINDS and row.kind not in ("email", "phone", "card")}
        return erase(
            self._store,
            self._keys,
            customers,
            anywhere,
            cells | set(values),
            actor=actor,
            reason=reason,
            now=now,
            nodes=nodes,
        )

    def finish_erasing(self) -> bool:
        """Clear bytes that an interrupted `erase` left in the files; says whether there were any. Call when opening."""
        return finish_erasing(self._store)

    def export(self, customer_ids: Iterable[int], *, actor: str, reason: str, now: dt.datetime) -> dict[str, Any]:
        """Everything the vault has on these customers, as plain JSON (for the right of access and portability)."""
        customers = sorted(set(customer_ids))
        facts: dict[int, list[dict[str, Any]]] = {c: [] for c in customers}
        for row in self.read(customers, reason=reason, actor=actor, now=now):
            at = row.at.isoformat() if row.at else None
            facts[row.customer_id].append({"kind": row.kind, "value": row.value, "given_at": at, "source": row.source})
        return {
            "format": "dangol/person/1",
            "exported_at": now.isoformat(),
            "customers": [{"customer_id": c, "id": f"C{c}", "personal_data": f} for c, f in facts.items()],
        }

    def find(self, kind: str, raw: str) -> int | None:
        """The node of an identifier as a person types it; null when it cannot be read. Look it up in `identifiers`."""
        return self._pseudonymiser.of(kind, raw)[0]

    # -- inside ------------------------------------------------------------------------------------------------------
    def _put(self, connection: sa.Connection, keys: DataKeys, rows: list[VaultRow]) -> int:
        keys.make_missing(row.customer_id for row in rows)
        pool = self._random(12 * len(rows))
        digest = hashlib.blake2b(digest_size=8, key=self._keys.digest).copy
        values: list[_Values] = []
        for place, row in enumerate(rows):
            node, customer, kind = row.node, row.customer_id, row.kind
            text, nonce = row.value.encode(), pool[12 * place : 12 * place + 12]
            state = digest()
            state.update(b"%d/%s/%s" % (node, kind.encode(), text))
            number = int.from_bytes(state.digest(), "big", signed=True)
            sealed = nonce + keys[customer].encrypt(nonce, text, _bound(customer, node, kind))
            at = None if row.at is None else (row.at - _EPOCH) // _MICRO
            values.append((customer, number, node, kind, sealed, at, row.source, row.batch))
        return self._write(connection, values, told=True)

    def _write(self, connection: sa.Connection, values: list[_Values], *, told: bool = False) -> int:
        """Add rows; those already there take the later time, and `told` keeps who gave them. Returns how many were new."""
        values.sort(key=_place)
        new = bulk(connection, _insert(connection), _COLUMNS, values)
        if new < len(values):
            if told:
                tellings.keep(connection, [(v[0], (v[1], v[7], v[5], v[6])) for v in values])
            bulk(
                connection,
                _LATER,
                ("of_customer", "of_digest", "later", "later_source", "later_batch"),
                _latest(values),
            )
        return new

    def _rows(self, customers: list[int]) -> Iterator[VaultRow]:
        with self._store.reading() as connection:
            keys = DataKeys(connection, self._keys.wrap, self._random)
            for some in pieces(customers):
                keys.load(some)
                query = (
                    sa.select(T)
                    .where(T.c.customer_id.in_(some))
                    .order_by(T.c.customer_id, T.c.kind, T.c.at, T.c.digest)
                )
                yield from (_read(keys[row.customer_id], row) for row in connection.execute(query).all())

    def _of_one(self, customer: int) -> Iterator[VaultRow]:
        """The same rows of one customer, by one statement, which needs no transaction to be consistent in itself."""
        found = self._store.ask(_OF_ONE, {"customer": customer})
        if found:
            key = opened(self._keys.wrap, customer, found[0].wrapped)
            yield from map(partial(_read, key), found)

    def _moved(self, keys: DataKeys, row: sa.Row[Any], customer: int) -> _Values:
        nonce = self._random(12)
        sealed = nonce + keys[customer].encrypt(
            nonce, _opened(keys[row.customer_id], row), _bound(customer, row.node, row.kind)
        )
        return customer, row.digest, row.node, row.kind, sealed, row.at, row.source, row.batch


def _read(key: AESGCM, row: sa.Row[Any]) -> VaultRow:
    at = None if row.at is None else _EPOCH + row.at * _MICRO
    value = _opened(key, row).decode()
    return VaultRow(row.node, row.customer_id, row.kind, value, at, row.source, row.batch)


def _opened(key: AESGCM, row: sa.Row[Any]) -> bytes:
    try:
        bound = _bound(row.customer_id, row.node, row.kind)
        return key.decrypt(row.sealed[:12], row.sealed[12:], bound)
    except InvalidTag:
        raise WorkspaceError(
            Text(
                f"a vault row of C{row.customer_id} was changed outside dangol",
                f"C{row.customer_id}의 보관함 행이 dangol 밖에서 바뀌었습니다",
            ),
            hint=Text("restore the store from a backup", "백업에서 저장소를 되돌리세요"),
        ) from None


def _bound(customer: int, node: int, kind: str) -> bytes:
    """What a sealed value belongs to: moved to another row by hand, it does not open."""
    return b"%d/%d/%s" % (customer, node, kind.encode())


def _latest(values: list[_Values]) -> list[tuple[Any, ...]]:
    """Of rows with the same key the one given last, and of those the first source in the alphabet; ordered by key."""
    found: dict[tuple[int, int], _Values] = {}
    for row in values:
        if row[5] is None:
            continue
        known = found.get(row[:2])
        if known is None or (-row[5], row[6]) < (-(known[5] or 0), known[6]):
            found[row[:2]] = row
    return [(*key, *row[5:]) for key, row in found.items()]


def _insert(connection: sa.Connection) -> sa.Insert:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(T).on_conflict_do_nothing(index_elements=["customer_id", "digest"])
    return sqlite.insert(T).on_conflict_do_nothing(index_elements=["customer_id", "digest"])


_Values = tuple[int, int, int, str, bytes, int | None, str, int]
"""A row of the table, in the order of its columns."""

_COLUMNS = tuple(column.name for column in T.c)
_place = itemgetter(0, 1)
_SAME = (T.c.customer_id == sa.bindparam("of_customer")) & (T.c.digest == sa.bindparam("of_digest"))
_NEWER = T.c.at.is_(None) | (T.c.at < sa.bindparam("later"))
_TIE = (T.c.at == sa.bindparam("later")) & (T.c.source > sa.bindparam("later_source"))
_LATER = (
    sa.update(T)
    .where(_SAME, _NEWER | _TIE)
    .values(at=sa.bindparam("later"), source=sa.bindparam("later_source"), batch=sa.bindparam("later_batch"))
)
_REMOVE = sa.delete(T).where(_SAME)
_OF_ONE = (
    sa.select(T, VAULT_KEYS.c.wrapped)
    .join_from(T, VAULT_KEYS, T.c.customer_id == VAULT_KEYS.c.customer_id, isouter=True)
    .where(T.c.customer_id == sa.bindparam("customer"))
    .order_by(T.c.kind, T.c.at, T.c.digest)
)
