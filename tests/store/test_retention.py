import datetime as dt

import sqlalchemy as sa

from dangol.store import Store
from dangol.store.tables import QUARANTINED, VAULT_ENTRIES, VAULT_KEYS

DAY = dt.timedelta(days=1)


def _quarantined(store: Store, id_: int, at: dt.datetime, closed: dt.datetime | None = None) -> None:
    status = "open" if closed is None else "replayed"
    with store.writing() as connection:
        connection.execute(
            sa.insert(QUARANTINED).values(id=id_, batch=1, status=status, sealed=b"x", at=at, closed_at=closed)
        )


def _ids(store: Store) -> list[int]:
    with store.reading() as connection:
        return list(connection.scalars(sa.select(QUARANTINED.c.id).order_by(QUARANTINED.c.id)))


def test_quarantine_ends(store: Store, now: dt.datetime) -> None:
    _quarantined(store, 1, now - 181 * DAY)
    _quarantined(store, 2, now - 179 * DAY)
    _quarantined(store, 3, now - 40 * DAY, closed=now - 31 * DAY)
    _quarantined(store, 4, now - 40 * DAY, closed=now - 29 * DAY)
    assert store.prune(now)["quarantined"] == 2
    assert _ids(store) == [2, 4]
    assert store.prune(now, {"quarantined": 90 * DAY})["quarantined"] == 1
    assert _ids(store) == [4]


def test_audit_stays_three_years_and_the_rest_for_good(store: Store, now: dt.datetime) -> None:
    for age in (1, 1000, 1200):
        store.audit.write("kim", "vault.read", f"customer/{age}", now=now - age * DAY)
    store.definitions.put("segment", "x", {}, actor="kim", now=now - 4000 * DAY)
    store.batches.begin("s", "f", "d", None, None, now - 4000 * DAY)
    store.state.put("k", 1, now=now - 4000 * DAY)
    store.write_keys.count((now - 100 * DAY).date(), {1: 5})
    store.write_keys.count(now.date(), {1: 5})
    gone = {"vault_keys": 0, "quarantined": 0, "audit": 2, "replays": 0, "write_key_days": 1, "violations": 0}
    assert store.prune(now) == gone | {"sessions": 0, "links": 0}
    assert store.write_keys.counted(now.date()) == {1: 5}
    assert {e.subject for e in store.audit.entries()} == {"customer/1", "customer/1000"}
    assert (len(store.definitions.all("segment")), len(store.batches.all()), store.state.get("k")) == (1, 1, 1)


def test_a_key_without_rows_goes(store: Store, now: dt.datetime) -> None:
    with store.writing() as connection:
        connection.execute(sa.insert(VAULT_KEYS), [{"customer_id": c, "wrapped": b"k"} for c in (1, 2)])
        entry = {"customer_id": 1, "digest": 1, "node": 1, "kind": "name", "sealed": b"s", "source": "s", "batch": 1}
        connection.execute(sa.insert(VAULT_ENTRIES).values(**entry))
    assert store.prune(now)["vault_keys"] == 1
    with store.reading() as connection:
        assert list(connection.scalars(sa.select(VAULT_KEYS.c.customer_id))) == [1]
