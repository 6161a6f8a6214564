"""Erasure: rows and keys destroyed, quarantined rows that name the person too, their bytes cleared from the files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dangol.privacy import tellings
from dangol.privacy.keys import Keys
from dangol.privacy.quarantine import Quarantine
from dangol.privacy.wrap import fingerprint, pieces, unwrap
from dangol.store import Store
from dangol.store.tables import QUARANTINED, VAULT_ENTRIES, VAULT_KEYS

_PENDING = "vault.clear_pending"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an erasure destroyed. Holds no personal data, so it may be kept and shown.

    customers     customer ids
    entries       vault rows deleted
    keys          fingerprints of the data keys destroyed (16 hex digits each)
    quarantined   ids of the quarantined rows deleted, because they named the person
    at            when, UTC
    replays       parts of session recordings deleted
    """

    customers: tuple[int, ...]
    entries: int
    keys: tuple[str, ...]
    quarantined: tuple[int, ...]
    at: dt.datetime
    replays: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {**asdict(self), "at": self.at.isoformat()}


def erase(
    store: Store,
    keys: Keys,
    customers: list[int],
    anywhere: Iterable[str],
    cells: Iterable[str],
    *,
    actor: str,
    reason: str,
    now: dt.datetime,
    nodes: Sequence[int] = (),
) -> Receipt:
    """See `Vault.erase` and `Quarantine.naming`. Where the bytes cannot be cleared (`BusyError`) the rows are gone anyway."""
    quarantine = Quarantine(store, keys)
    with store.writing() as connection:
        named = quarantine.naming(anywhere, cells)
        receipt = Receipt(
            tuple(customers),
            _delete_entries(connection, customers),
            _destroy_keys(connection, keys, customers),
            tuple(named),
            now,
            store.replays.forget(nodes),
        )
        for some in pieces(named):
            connection.execute(sa.delete(QUARANTINED).where(QUARANTINED.c.id.in_(some)))
        store.audit.write_many(
            actor, "vault.erase", [f"customer/{c}" for c in customers], now=now, reason=reason, after=receipt.as_dict()
        )
        store.state.put(_PENDING, True, now=now)
    finish_erasing(store)
    return receipt


def finish_erasing(store: Store) -> bool:
    """Clear the bytes of deleted rows from the files, if an erasure still waits for it."""
    if not store.state.get(_PENDING, False):
        return False
    store.forget_bytes()
    store.state.remove(_PENDING)
    return True


def _delete_entries(connection: sa.Connection, customers: list[int]) -> int:
    tellings.forget_customers(connection, customers)
    return sum(
        connection.execute(sa.delete(VAULT_ENTRIES).where(VAULT_ENTRIES.c.customer_id.in_(some))).rowcount
        for some in pieces(customers)
    )


def _destroy_keys(connection: sa.Connection, keys: Keys, customers: list[int]) -> tuple[str, ...]:
    box, names = AESGCM(keys.wrap), []
    for some in pieces(customers):
        where = VAULT_KEYS.c.customer_id.in_(some)
        query = (
            sa.select(VAULT_KEYS.c.customer_id, VAULT_KEYS.c.wrapped).where(where).order_by(VAULT_KEYS.c.customer_id)
        )
        names += [fingerprint(unwrap(box, customer, wrapped)) for customer, wrapped in connection.execute(query)]
        connection.execute(sa.delete(VAULT_KEYS).where(where))
    return tuple(names)
