import datetime as dt
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.privacy import Privacy, Vault, VaultRow, WorkspaceKey, open_privacy
from dangol.schema import WorkspaceError
from dangol.store import Store
from dangol.store.tables import VAULT_ENTRIES, VAULT_KEYS
from tests.budget import examples

KIM = (
    VaultRow(11, 1, "phone", "+821023456789", dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "crm", 1),
    VaultRow(11, 1, "name", "김민수", dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "crm", 1),
    VaultRow(12, 1, "email", "kim@naver.com", None, "mall", 2),
    VaultRow(
        12, 1, "address", "서울시 강남구 테헤란로 1", dt.datetime(2026, 2, 1, 3, 4, 5, 678, tzinfo=dt.UTC), "mall", 2
    ),
)
LEE = (VaultRow(21, 2, "name", "이서연", None, "crm", 1),)


def _read(privacy: Privacy, *customers: int) -> set[VaultRow]:
    rows = privacy.vault.read(customers, reason="test", actor="kim", now=dt.datetime(2026, 11, 22, tzinfo=dt.UTC))
    assert len(rows) == len(set(rows))
    return set(rows)


def test_what_is_put_is_read_and_nobody_else(privacy: Privacy) -> None:
    assert privacy.vault.put(iter(KIM + LEE)) == 5
    assert _read(privacy, 1) == set(KIM)
    assert _read(privacy, 1, 2) == set(KIM + LEE)
    assert _read(privacy, 3) == set()


def test_putting_again_changes_nothing(privacy: Privacy, store: Store) -> None:
    privacy.vault.put(KIM)
    with store.reading() as connection:
        before = connection.execute(sa.select(VAULT_ENTRIES)).all()
    assert privacy.vault.put(KIM + KIM) == 0
    with store.reading() as connection:
        assert connection.execute(sa.select(VAULT_ENTRIES)).all() == before


_TIMES = st.none() | st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2030, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001


@given(st.data(), st.lists(st.tuples(_TIMES, st.sampled_from("abc")), min_size=1, max_size=6))
@settings(max_examples=examples(25), deadline=None)
def test_the_latest_time_wins_in_any_order_and_any_batching(
    blank: Path,
    tmp_path_factory: pytest.TempPathFactory,
    data: st.DataObject,
    seen: list[tuple[dt.datetime | None, str]],
) -> None:
    with Store.open(shutil.copy(blank, tmp_path_factory.mktemp("v"))) as store:
        privacy = open_privacy(store, WorkspaceKey(b"k" * 32, "test"), now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
        for at, source in data.draw(st.permutations(seen)):
            privacy.vault.put([VaultRow(1, 1, "name", "김민수", at, source, 1)])
        (row,) = _read(privacy, 1)
        known = [(at, source) for at, source in seen if at is not None]
        if known:
            latest = max(at for at, _ in known)
            assert row.at == latest
            assert row.source == min(source for at, source in known if at == latest)
        else:
            assert row.at is None


def test_rows_are_bound_to_customer_node_and_kind(privacy: Privacy, store: Store) -> None:
    privacy.vault.put(KIM + LEE)
    for change in ({"node": 99}, {"kind": "email"}):
        with store.writing() as connection:
            connection.execute(sa.update(VAULT_ENTRIES).where(VAULT_ENTRIES.c.customer_id == 2).values(**change))
        with pytest.raises(WorkspaceError, match=r"C2 was changed outside"):
            _read(privacy, 2)
        with store.writing() as connection:
            connection.execute(
                sa.update(VAULT_ENTRIES).where(VAULT_ENTRIES.c.customer_id == 2).values(node=21, kind="name")
            )
    with store.writing() as connection:  # another customer's wrapped key
        other = connection.scalar(sa.select(VAULT_KEYS.c.wrapped).where(VAULT_KEYS.c.customer_id == 1))
        connection.execute(sa.update(VAULT_KEYS).where(VAULT_KEYS.c.customer_id == 2).values(wrapped=other))
    with pytest.raises(WorkspaceError, match="C2 does not open"):
        _read(privacy, 2)
    with store.writing() as connection:
        connection.execute(sa.delete(VAULT_KEYS).where(VAULT_KEYS.c.customer_id == 2))
    with pytest.raises(WorkspaceError, match="C2 is missing"):
        _read(privacy, 2)
    assert _read(privacy, 1) == set(KIM)


def test_nothing_readable_is_on_disk(privacy: Privacy, store: Store, tmp_path: object) -> None:
    privacy.vault.put(KIM + LEE)
    with store.reading() as connection:
        rows = connection.execute(sa.select(VAULT_ENTRIES)).all()
    raw = repr(rows).encode() + b"".join(bytes(r.sealed) for r in rows)
    for value in ("+821023456789", "김민수", "kim@naver.com", "테헤란로", "이서연"):
        assert value.encode() not in raw
        assert value not in repr(KIM + LEE)


def test_every_look_in_the_clear_is_audited_and_masks_are_not(privacy: Privacy, store: Store, now: dt.datetime) -> None:
    privacy.vault.put(KIM + LEE)
    assert {r.value for r in privacy.vault.masked([1])} == {
        "010-****-6789",
        "김*수",
        "k***@naver.com",
        "서울 강남구 ***",
    }
    assert store.audit.entries(action="vault.read") == []
    privacy.vault.read([1, 2], reason="call back", actor="lee", now=now)
    assert [(e.actor, e.subject, e.reason, e.at) for e in store.audit.entries(action="vault.read")] == [
        ("lee", "customer/2", "call back", now),
        ("lee", "customer/1", "call back", now),
    ]


def test_export_is_plain_json_and_audited(privacy: Privacy, store: Store, now: dt.datetime) -> None:
    privacy.vault.put(KIM)
    out = json.loads(json.dumps(privacy.vault.export([1, 7], actor="kim", reason="asked", now=now)))
    assert [c["id"] for c in out["customers"]] == ["C1", "C7"]
    facts = out["customers"][0]["personal_data"]
    assert {(f["kind"], f["value"]) for f in facts} == {(r.kind, r.value) for r in KIM}
    assert {"kind": "email", "value": "kim@naver.com", "given_at": None, "source": "mall"} in facts
    assert out["customers"][1]["personal_data"] == []
    assert len(store.audit.entries(action="vault.read")) == 2


def test_a_merge_moves_rows_and_an_unmerge_moves_them_back(privacy: Privacy, store: Store) -> None:
    privacy.vault.put(KIM + LEE)
    assert privacy.vault.move([(21, 2, 1), (30, None, 5), (11, 1, 1)]) == 1
    assert _read(privacy, 1) == {*KIM, replace(LEE[0], customer_id=1)}
    assert _read(privacy, 2) == set()
    with store.reading() as connection:
        assert set(connection.scalars(sa.select(VAULT_KEYS.c.customer_id))) == {1}  # nothing left, no key
    assert privacy.vault.move([(21, 1, 2)]) == 1
    assert (_read(privacy, 1), _read(privacy, 2)) == (set(KIM), set(LEE))
    assert privacy.vault.move([(12, 1, 2)]) == 2  # part of a customer
    assert {r.kind for r in _read(privacy, 1)} == {"phone", "name"}


def test_move_finds_rows_by_node_alone(privacy: Privacy) -> None:
    privacy.vault.put(KIM + LEE)
    assert sorted(privacy.vault.nodes()) == [(11, 1), (12, 1), (21, 2)]
    assert privacy.vault.move({21: 1, 99: 4, 11: 1}) == 1
    assert privacy.vault.move({}) == 0
    assert sorted(privacy.vault.nodes()) == [(11, 1), (12, 1), (21, 1)]


def test_a_row_that_came_again_before_the_move_is_one_row_after_it(privacy: Privacy, now: dt.datetime) -> None:
    privacy.vault.put(LEE)
    privacy.vault.put([replace(LEE[0], customer_id=1, at=now)])
    privacy.vault.move([(21, 2, 1)])
    assert _read(privacy, 1) == {replace(LEE[0], customer_id=1, at=now)}
    assert _read(privacy, 2) == set()


_PARTS = st.lists(st.tuples(st.integers(1, 8), st.integers(1, 4)), max_size=12)


@given(_PARTS)
@settings(max_examples=examples(20), deadline=None)
def test_any_moves_lose_nothing(
    blank: Path, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int]]
) -> None:
    """Nodes moved about at random, against a dict that remembers where each is."""
    with Store.open(shutil.copy(blank, tmp_path_factory.mktemp("v"))) as store:
        privacy = open_privacy(store, WorkspaceKey(b"k" * 32, "test"), now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
        where = {node: node % 4 + 1 for node in range(1, 9)}
        privacy.vault.put(
            VaultRow(n, c, k, f"{k}{n}", None, "s", 1) for n, c in where.items() for k in ("name", "email")
        )
        for node, to in steps:
            privacy.vault.move([(node, where[node], to)])
            where[node] = to
        found = {(r.node, r.customer_id, r.value) for r in _read(privacy, 1, 2, 3, 4)}
        assert found == {(n, c, f"{k}{n}") for n, c in where.items() for k in ("name", "email")}


def test_a_failing_put_leaves_nothing(privacy: Privacy) -> None:
    def rows() -> object:
        yield from KIM
        raise RuntimeError("the reader broke")

    with pytest.raises(RuntimeError):
        privacy.vault.put(rows())  # type: ignore[arg-type]
    assert _read(privacy, 1) == set()


def test_find_gives_the_node_of_what_a_person_types(privacy: Privacy) -> None:
    assert privacy.vault.find("phone", "010-2345-6789") == privacy.pseudonymiser.node("phone", "+821023456789")
    assert privacy.vault.find("email", " KIM@naver.com") == privacy.pseudonymiser.node("email", "kim@naver.com")
    assert privacy.vault.find("email", "nonsense") is None


def test_many_rows_in_several_bulks(privacy: Privacy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dangol.privacy.vault.BULK", 700)
    rows = [VaultRow(n * 7919, n // 3 + 1, "phone", f"+8210{n:08d}", None, "s", 1) for n in range(5_000)]
    assert privacy.vault.put(reversed(rows)) == 5_000
    assert _read(privacy, *range(1, 1700)) == set(rows)


@pytest.mark.slow
def test_many_rows_go_in_bulk(store: Store, key: WorkspaceKey, now: dt.datetime) -> None:
    """A lost bulk path would be a statement a row; nothing is lost on the way."""
    many, statements = 200_000, 0
    vault = Vault(store, open_privacy(store, key, now=now).keys)

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    sa.event.listen(sa.Engine, "before_cursor_execute", count)
    try:
        taken = vault.put(VaultRow(n * 7919, n // 3 + 1, "phone", f"+8210{n:08d}", now, "s", 1) for n in range(many))
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", count)
    assert taken == many
    assert statements < many / 100
    assert {r.value for r in vault.masked([33_333])} == {"010-****-9996", "010-****-9997", "010-****-9998"}


def test_what_came_with_a_blocked_identifier_goes(privacy: Privacy, store: Store, now: dt.datetime) -> None:
    rows = [
        VaultRow(10, 1, "phone", "+82212345678", now, "crm", 1),
        VaultRow(10, 1, "name", "가게", now, "crm", 1),
        VaultRow(11, 1, "email", "a@naver.com", now, "crm", 1),
        VaultRow(10, 2, "phone", "+82212345678", now, "crm", 1),
    ]
    privacy.vault.put(rows)
    assert privacy.vault.drop([(10, 1), (10, 2), (99, 1)]) == 3
    assert privacy.vault.nodes() == [(11, 1)]
    with store.reading() as connection:
        assert list(connection.scalars(sa.select(VAULT_KEYS.c.customer_id))) == [1]
    assert privacy.vault.drop([]) == 0
