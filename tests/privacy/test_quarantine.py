import datetime as dt
import decimal

import pytest
import sqlalchemy as sa

from dangol.privacy import Privacy
from dangol.schema import WorkspaceError
from dangol.store import Store
from dangol.store.tables import QUARANTINED


def test_rows_come_back_as_they_were(privacy: Privacy, store: Store, now: dt.datetime) -> None:
    rows = {1: {"이름": "김민수", "금액": "12,9OO원", "빈칸": None}, 2: {"a": "\u0000é", "n": 3}}
    assert privacy.quarantine.put(4, rows.items(), now=now) == 2
    assert {q.id: q.row for q in privacy.quarantine.rows()} == rows
    assert {q.batch for q in privacy.quarantine.rows(batch=4)} == {4}
    assert list(privacy.quarantine.rows(batch=5)) == []
    assert [q.id for q in privacy.quarantine.rows(ids=[2, 9])] == [2]
    assert list(privacy.quarantine.rows(ids=[])) == []
    with store.reading() as connection:
        sealed = b"".join(connection.scalars(sa.select(QUARANTINED.c.sealed)))
    assert "김민수".encode() not in sealed
    assert "김민수" not in repr(list(privacy.quarantine.rows()))


def test_putting_again_takes_the_place(privacy: Privacy, now: dt.datetime) -> None:
    privacy.quarantine.put(1, [(1, {"a": "old"})], now=now)
    privacy.quarantine.put(2, [(1, {"a": "new"})], now=now)
    assert [(q.batch, q.row) for q in privacy.quarantine.rows()] == [(2, {"a": "new"})]


def test_closed_rows_are_done(privacy: Privacy, now: dt.datetime) -> None:
    privacy.quarantine.put(1, [(n, {"n": str(n)}) for n in range(1, 5)], now=now)
    assert privacy.quarantine.close([1, 2], "replayed", now=now) == 2
    assert privacy.quarantine.close([2, 3], "dismissed", now=now) == 1
    assert [q.id for q in privacy.quarantine.rows()] == [4]


def test_values_of_other_types_become_text(privacy: Privacy, now: dt.datetime) -> None:
    privacy.quarantine.put(1, [(1, {"d": dt.date(2026, 1, 2), "m": decimal.Decimal("1.50"), 3: "x"})], now=now)  # type: ignore[dict-item]
    assert next(privacy.quarantine.rows()).row == {"d": "2026-01-02", "m": "1.50", "3": "x"}


def test_pages_join_without_a_gap(privacy: Privacy, now: dt.datetime) -> None:
    privacy.quarantine.put(1, ((n, {"n": str(n)}) for n in range(1, 12_001)), now=now)
    assert [q.id for q in privacy.quarantine.rows()] == list(range(1, 12_001))


def test_a_row_moved_by_hand_does_not_open(privacy: Privacy, store: Store, now: dt.datetime) -> None:
    privacy.quarantine.put(1, [(1, {"a": "b"})], now=now)
    with store.writing() as connection:
        connection.execute(sa.update(QUARANTINED).values(batch=2))
    with pytest.raises(WorkspaceError, match="quarantined row 1 was changed"):
        list(privacy.quarantine.rows())


def test_short_or_empty_values_name_nobody(privacy: Privacy, now: dt.datetime) -> None:
    privacy.quarantine.put(1, [(1, {"a": "abc 12"})], now=now)
    assert privacy.quarantine.naming(["12", "", "a"]) == []
