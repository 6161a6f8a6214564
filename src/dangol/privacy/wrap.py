"""Data keys: 32 random bytes per customer, wrapped (AES-256-GCM) under the wrap key and bound to the customer's id."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dangol.schema import Text, WorkspaceError
from dangol.store import bulk
from dangol.store.tables import VAULT_ENTRIES, VAULT_KEYS

IN = 5_000
"""Values in one IN list; SQLite takes 32,766, PostgreSQL 65,535."""


class DataKeys:
    """Customers' data keys inside one transaction: loaded in bulk, made where missing."""

    def __init__(self, connection: sa.Connection, wrap: bytes, random: Callable[[int], bytes]) -> None:
        self._connection = connection
        self._box = AESGCM(wrap)
        self._random = random
        self._keys: dict[int, AESGCM] = {}

    def load(self, customers: Iterable[int]) -> None:
        """Unwrap the keys of these customers; those without one are left out."""
        wanted = sorted(set(customers) - self._keys.keys())
        if not wanted:
            return
        column = VAULT_KEYS.c.customer_id
        if wanted[-1] - wanted[0] < 4 * len(wanted):  # close together, as an import has them: one range, not many lists
            where: Iterable[sa.ColumnElement[bool]] = [column.between(wanted[0], wanted[-1])]
        else:
            where = (column.in_(some) for some in pieces(wanted))
        asked = set(wanted)
        for some in where:
            for customer, wrapped in self._connection.execute(sa.select(column, VAULT_KEYS.c.wrapped).where(some)):
                if customer in asked:
                    self._keys[customer] = AESGCM(unwrap(self._box, customer, wrapped))

    def make_missing(self, customers: Iterable[int]) -> None:
        """Load, and make and keep a key for each customer that has none."""
        wanted = set(customers)
        self.load(wanted)
        missing = sorted(wanted - self._keys.keys())
        if not missing:
            return
        pool = self._random(44 * len(missing))
        rows = []
        for place, customer in enumerate(missing):
            key, nonce = pool[44 * place : 44 * place + 32], pool[44 * place + 32 : 44 * place + 44]
            self._keys[customer] = AESGCM(key)
            rows.append((customer, nonce + self._box.encrypt(nonce, key, _bound(customer))))
        bulk(self._connection, sa.insert(VAULT_KEYS), ("customer_id", "wrapped"), rows)

    def forget(self) -> None:
        """Let go of the keys loaded so far, so that memory does not grow with the customers."""
        self._keys.clear()

    def __getitem__(self, customer: int) -> AESGCM:
        try:
            return self._keys[customer]
        except KeyError:
            raise missing(customer) from None


def opened(wrap: bytes, customer: int, wrapped: bytes | None) -> AESGCM:
    """One customer's data key, as it was found. Raises `WorkspaceError` where there is none, or it does not open."""
    if wrapped is None:
        raise missing(customer)
    return AESGCM(unwrap(AESGCM(wrap), customer, wrapped))


def missing(customer: int) -> WorkspaceError:
    """For rows without their key."""
    return WorkspaceError(
        Text(
            f"the data key of C{customer} is missing, so its rows cannot be read",
            f"C{customer}의 데이터 열쇠가 없어 그 행을 읽을 수 없습니다",
        ),
        hint=Text("restore the store from a backup", "백업에서 저장소를 되돌리세요"),
    )


def unwrap(box: AESGCM, customer: int, wrapped: bytes) -> bytes:
    """A customer's data key. Raises `WorkspaceError` when it was wrapped by another workspace key, or changed."""
    try:
        return box.decrypt(wrapped[:12], wrapped[12:], _bound(customer))
    except InvalidTag:
        raise WorkspaceError(
            Text(f"the data key of C{customer} does not open", f"C{customer}의 데이터 열쇠가 열리지 않습니다"),
            hint=Text(
                "the workspace key is wrong, or the store was changed outside dangol",
                "작업 공간 열쇠가 다르거나 저장소가 dangol 밖에서 바뀌었습니다",
            ),
        ) from None


def fingerprint(key: bytes) -> str:
    """Names a destroyed key in a receipt: 16 hex digits of a BLAKE2b hash. The key cannot be found from it."""
    return hashlib.blake2b(key, digest_size=8, person=b"dangol-erased").hexdigest()


def rewrap_all(connection: sa.Connection, old: bytes, new: bytes, random: Callable[[int], bytes]) -> int:
    """Wrap every data key under another wrap key; returns how many."""
    before, after = AESGCM(old), AESGCM(new)
    where = VAULT_KEYS.c.customer_id == sa.bindparam("customer")
    statement = sa.update(VAULT_KEYS).where(where).values(wrapped=sa.bindparam("anew"))
    found = connection.execute(sa.select(VAULT_KEYS.c.customer_id, VAULT_KEYS.c.wrapped)).all()
    for some in pieces(found, 20_000):
        changes = []
        for customer, wrapped in some:
            nonce = random(12)
            key = unwrap(before, customer, wrapped)
            changes.append((customer, nonce + after.encrypt(nonce, key, _bound(customer))))
        bulk(connection, statement, ("customer", "anew"), changes)
    return len(found)


def vault_in_use(connection: sa.Connection) -> bool:
    """Whether any customer has a data key."""
    return connection.execute(sa.select(VAULT_KEYS.c.customer_id).limit(1)).first() is not None


def drop_unused(connection: sa.Connection, customers: Iterable[int]) -> int:
    """Destroy the keys of those of these customers that have no rows any more (merged away); returns how many."""
    count = 0
    for some in pieces(sorted(set(customers))):
        used = sa.select(VAULT_ENTRIES.c.customer_id).where(VAULT_ENTRIES.c.customer_id.in_(some))
        unused = VAULT_KEYS.c.customer_id.in_(some) & VAULT_KEYS.c.customer_id.not_in(used)
        count += connection.execute(sa.delete(VAULT_KEYS).where(unused)).rowcount
    return count


def pieces(things: Iterable[Any], size: int = IN) -> Iterator[list[Any]]:
    """Lists of at most `size`."""
    rest = iter(things)
    while some := list(islice(rest, size)):
        yield some


def _bound(customer: int) -> bytes:
    return b"dangol/key/" + customer.to_bytes(8, "big")
