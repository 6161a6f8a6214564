"""Erasure leaves nothing: not a row, not a key, not a byte in the files."""

import datetime as dt
import json
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from dangol.privacy import Privacy, Receipt, VaultRow
from dangol.privacy.erasing import finish_erasing
from dangol.schema import BusyError
from dangol.store import Store
from dangol.store.tables import QUARANTINED, VAULT_ENTRIES, VAULT_KEYS
from tests.postgres import Server


def _fill(privacy: Privacy, now: dt.datetime, customers: int = 400) -> None:
    privacy.vault.put(
        VaultRow(c * 10 + n, c, kind, f"{kind} of customer {c} {'x' * (c % 90)}", now, "crm", 1)
        for c in range(1, customers + 1)
        for n, kind in enumerate(("name", "email", "address"))
    )


def _secrets(store: Store, *customers: int) -> list[bytes]:
    """Every ciphertext and wrapped key of these customers."""
    with store.reading() as connection:
        sealed = connection.scalars(sa.select(VAULT_ENTRIES.c.sealed).where(VAULT_ENTRIES.c.customer_id.in_(customers)))
        wrapped = connection.scalars(sa.select(VAULT_KEYS.c.wrapped).where(VAULT_KEYS.c.customer_id.in_(customers)))
        return [*sealed, *wrapped]


def _on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("store.sqlite*")))


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_nothing_is_left_in_the_files(privacy: Privacy, store: Store, tmp_path: Path, now: dt.datetime) -> None:
    _fill(privacy, now)
    privacy.vault.move([(c * 10, c, c + 100) for c in range(1, 50)])  # rows that lived elsewhere before
    gone, stay = _secrets(store, 7, 42, 107), _secrets(store, 8, 43, 108)
    assert len(gone) == 2 + 1 + 2 + 1 + 4 + 1
    assert all(secret in _on_disk(tmp_path) for secret in gone)

    receipt = privacy.vault.erase([7, 42, 107], actor="kim", reason="asked by the customer", now=now)

    raw = _on_disk(tmp_path)
    assert not any(secret in raw for secret in gone)
    assert not any(secret[12:28] in raw for secret in gone)  # nor a part of one
    assert all(secret in raw for secret in stay)
    assert (receipt.customers, receipt.entries, len(receipt.keys)) == ((7, 42, 107), 8, 3)
    assert privacy.vault.masked([7, 42, 107]) == []
    assert len(privacy.vault.masked([8])) == 2


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_bytes_are_gone_without_closing_even_from_the_log(
    privacy: Privacy, store: Store, tmp_path: Path, now: dt.datetime
) -> None:
    _fill(privacy, now, 5)
    secrets = _secrets(store, 3)
    assert (tmp_path / "store.sqlite-wal").stat().st_size > 0
    privacy.vault.erase([3], actor="kim", reason="asked", now=now)
    assert not any(secret in _on_disk(tmp_path) for secret in secrets)


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_nothing_is_left_in_the_tables_of_a_server(
    privacy: Privacy, store: Store, postgres: Server, now: dt.datetime
) -> None:
    def on_disk() -> bytes:
        postgres.psql("CHECKPOINT")
        return b"".join(path.read_bytes() for path in (postgres.folder / "data" / "base").rglob("*") if path.is_file())

    _fill(privacy, now)
    gone, stay = _secrets(store, 7, 42), _secrets(store, 8, 43)
    assert all(secret in on_disk() for secret in gone)
    privacy.vault.erase([7, 42], actor="kim", reason="asked by the customer", now=now)
    raw = on_disk()
    assert not any(secret in raw for secret in gone)
    assert all(secret in raw for secret in stay)


def test_the_receipt_names_no_person_and_is_kept_in_the_audit_log(
    privacy: Privacy, store: Store, now: dt.datetime
) -> None:
    privacy.vault.put([VaultRow(1, 1, "email", "kim@naver.com", now, "crm", 1)])
    receipt = privacy.vault.erase([1], actor="kim", reason="asked", now=now)
    (entry,) = store.audit.entries(action="vault.erase")
    assert entry.after == json.loads(json.dumps(receipt.as_dict()))
    assert (entry.subject, entry.reason, entry.actor) == ("customer/1", "asked", "kim")
    assert "kim@" not in json.dumps(receipt.as_dict())
    assert receipt.at == now
    assert len(receipt.keys[0]) == 16


def test_erasing_nobody_is_no_error(privacy: Privacy, now: dt.datetime) -> None:
    assert privacy.vault.erase([9], actor="kim", reason="asked", now=now) == Receipt((9,), 0, (), (), now)


def test_the_customer_comes_back_under_a_new_key(privacy: Privacy, now: dt.datetime) -> None:
    row = VaultRow(1, 1, "email", "kim@naver.com", now, "crm", 1)
    privacy.vault.put([row])
    first = privacy.vault.erase([1], actor="kim", reason="asked", now=now)
    assert privacy.vault.put([row]) == 1
    second = privacy.vault.erase([1], actor="kim", reason="asked", now=now)
    assert first.keys != second.keys


def test_quarantined_rows_that_name_the_person_go_too(
    privacy: Privacy, store: Store, tmp_path: Path, now: dt.datetime
) -> None:
    privacy.vault.put(
        [
            VaultRow(1, 1, "phone", "+821023456789", now, "crm", 1),
            VaultRow(1, 1, "email", "kim@naver.com", now, "crm", 1),
        ]
    )
    rows = [
        (1, {"전화": "010-2345-6789", "금액": "abc"}),
        (2, {"전화": "1023456789"}),
        (3, {"메일": "KIM@naver.com "}),
        (4, {"비고": "+82 10 2345 6789 김민수"}),
        (5, {"전화": "010-9999-8888"}),
        (6, {"아이디": "kim_login"}),
        (7, {"메일": "akim@naver.com"}),
        (8, {"메일": "kim@naver.com.au"}),
        (9, {"아이디": "kim_login2", "비고": "kim_login"[:-1]}),
        (10, {"주문": "20260010234567891"}),
        (11, {"비고": "kim@naver.com로, 010 2345 6789"}),
        (12, {"전화": "８２－１０－２３４５－６７８９"}),
    ]
    privacy.quarantine.put(1, rows, now=now)
    privacy.quarantine.close([3], "dismissed", now=now)
    with store.reading() as connection:
        sealed = {row.id: row.sealed for row in connection.execute(sa.select(QUARANTINED))}
    receipt = privacy.vault.erase([1], actor="kim", reason="asked", now=now, values=["kim_login"])
    assert receipt.quarantined == (1, 2, 3, 4, 6, 11, 12)
    assert [q.id for q in privacy.quarantine.rows()] == [5, 7, 8, 9, 10]
    raw = _on_disk(tmp_path)
    assert not any(sealed[i] in raw for i in receipt.quarantined)


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_a_reader_in_the_way_is_said_and_the_clearing_made_up_for(
    privacy: Privacy, store: Store, tmp_path: Path, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(privacy, now, 5)
    secrets = _secrets(store, 3)
    reader = sqlite3.connect(tmp_path / "store.sqlite", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM vault_keys").fetchone()
    with store.reading() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 50")
    with pytest.raises(BusyError):
        privacy.vault.erase([3], actor="kim", reason="asked", now=now)
    assert privacy.vault.masked([3]) == []  # the rows are gone all the same
    reader.execute("COMMIT")
    reader.close()
    assert finish_erasing(store)
    assert not any(secret in _on_disk(tmp_path) for secret in secrets)
    assert not privacy.vault.finish_erasing()
