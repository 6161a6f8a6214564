"""Customers: personal data in the vault only, merge and unmerge to the last value, erasure that leaves nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from dangol.app import Workspace
from dangol.app.linking import follow_through
from dangol.app.people import left_behind
from dangol.identity import block
from dangol.schema import NotFoundError, RefusedError
from tests.app import shop, world

CLOCKS = (*world.DERIVED, "entered_at", "left_at")


def _who(ws: Workspace, value: str) -> int:
    return int(next(iter(ws.customers(find=value)))["customer_id"])


def _members(ws: Workspace) -> list[tuple[str, int]]:
    """Who is in what now; the log of entries and exits also keeps what was believed in between."""
    query = "SELECT segment, customer_id FROM memberships WHERE left_at IS NULL ORDER BY segment, customer_id"
    return [(r["segment"], r["customer_id"]) for r in ws.sql(query)]


def test_personal_data_lies_nowhere_but_in_the_vault(original: Path) -> None:
    assert world.holding(original, *shop.SECRETS) == []


def test_resident_numbers_lie_nowhere(ready: Path, tmp_path: Path) -> None:
    """Not even in quarantine, opened: the row that is put aside carries one in free text."""
    with shop.reopen(ready) as ws:
        file = shop.orders(tmp_path / "again.csv", start=0, count=2, bad=False)
        text = file.read_bytes().decode("cp949").replace('"10,000원"', "만원").replace("20260601-", "20260701-")
        file.write_bytes(text.encode("cp949"))
        report = ws.import_files([file])
        assert sum(report.quarantined.values()) == 1
        (row,) = ws.quarantine()
        kept = json.dumps(ws.quarantined_row(row["id"], reason="a test"), ensure_ascii=False)
        assert not [form for form in shop.RESIDENT_FORMS if form in kept]
        for name in ws.engine.tables():
            assert not [
                form
                for form in shop.RESIDENT_FORMS
                if form in repr(list(ws.engine.run(world.exp.select("*").from_(name)).to_pylist()))
            ]
        who = _who(ws, shop.PHONE)
        assert not [form for form in shop.RESIDENT_FORMS if form in ws.export_person(who, reason="a test")]
    assert world.holding(ready, *shop.RESIDENT_FORMS[:2]) == []


def test_no_listing_says_personal_data(seen: Workspace) -> None:
    who = _who(seen, shop.PHONE)
    answers = [
        *(seen.status("ko"), seen.doctor("en"), seen.customers(limit=1000), seen.quarantine(), seen.conflicts()),
        *(seen.segments("ko"), seen.traits("en"), seen.members("regulars")),
    ]
    said = [repr(a.table.to_pylist()) for a in answers]
    said += [repr(seen.customer(who).as_dict()), seen.why("regulars", who).text("en")]
    assert [s for s in shop.SECRETS for text in said if s in text] == []


def test_a_look_at_personal_data_needs_a_reason_and_is_written_down(ws: Workspace) -> None:
    who = _who(ws, shop.PHONE)
    masked = {r["kind"]: r["value"] for r in ws.customer(who).person}
    assert masked["name"] != shop.NAME
    assert masked["name"].startswith("남")
    with pytest.raises(RefusedError, match="reason"):
        ws.customer(who, reveal=True)
    with pytest.raises(RefusedError, match="reason"):
        ws.export_person(who, reason=" ")
    clear = {r["value"] for r in ws.customer(who, reveal=True, reason="call back").person}
    assert {shop.NAME, shop.EMAIL} <= clear
    looks = [e for e in ws.store.audit.entries() if e.reason == "call back"]
    assert [e.actor for e in looks] == ["tester"]


def test_everything_known_is_handed_over(ws: Workspace) -> None:
    who = _who(ws, shop.PHONE)
    body = json.loads(ws.export_person(who, reason="access request"))
    assert {r["kind"] for r in body["person"]} >= {"name", "phone", "email", "address", "birth_date"}
    assert {shop.NAME, shop.EMAIL} <= {r["value"] for r in body["person"]}
    for table in ("events", "order_items", "memberships", "given"):
        assert (
            len(body[table]) == world.one(ws, f"SELECT count(*) FROM {table} WHERE customer_id = {who}")
            if table != "given"
            else body[table]
        )
    assert {r["kind"] for r in body["identifiers"]} >= {"phone", "email", "user_id"}
    assert body["traits"]["behavioural"]


def test_merge_then_unmerge_gives_everything_back(ws: Workspace) -> None:
    one, other = _who(ws, "010-3000-0001"), _who(ws, "010-3000-0002")
    before, held, members = world.tables(ws, without=CLOCKS), world.held(ws), _members(ws)
    preview = ws.merge(one, other, dry_run=True)
    assert len(preview) > 0
    assert world.tables(ws, without=CLOCKS) == before
    done = ws.merge(one, other, reason="the same person on the phone")
    assert ws.customer(max(one, other)).customer_id == min(one, other)
    assert world.one(ws, f"SELECT orders FROM customers WHERE customer_id = {min(one, other)}") == 2
    assert "merged by hand" in repr(list(ws.customer(one).identifiers))
    ws.unmerge(one, entry=done.facts["entry"], reason="they are two")
    after = world.tables(ws, without=CLOCKS)
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"identity_log", "trait_state", "segment_state", "memberships"}, changed
    assert _members(ws) == members
    assert world.held(ws) == held
    logged = [e for e in ws.store.audit.entries() if e.action in ("merge", "unmerge")]
    assert len(logged) == 2


def test_an_identifier_taken_off_goes_on_alone(ws: Workspace) -> None:
    who = _who(ws, shop.PHONE)
    visits = world.one(ws, "SELECT count(*) FROM events WHERE source = 'event-list'")
    node = world.one(ws, "SELECT node FROM identifiers WHERE kind = 'mall_buyer_id' AND value = 'naver:naver0'")
    ws.unmerge(who, identifiers=[node], reason="another buyer")
    now = world.one(ws, f"SELECT customer_id FROM identifiers WHERE node = {node}")
    assert now != who
    assert world.one(ws, f"SELECT count(*) FROM events WHERE node = {node} AND customer_id <> {now}") == 0
    assert world.one(ws, "SELECT count(*) FROM events WHERE source = 'event-list'") == visits


def test_erasure_leaves_nothing_in_any_table_or_file(ready: Path) -> None:
    with shop.reopen(ready) as ws:
        who = _who(ws, shop.PHONE)
        ws.engine.compact()
        nodes = [r["node"] for r in ws.customer(who).identifiers]
        others = world.one(ws, f"SELECT count(*) FROM events WHERE customer_id <> {who}")
    assert "engine.duckdb" in {name.removesuffix(".wal") for name, _ in world.holding(ready, shop.LOGIN)}
    with shop.reopen(ready) as ws:
        receipt = ws.erase(who, reason="asked for it")
        assert receipt["rows"]["events"] > 10
        assert receipt["vault"]["keys"]
        assert receipt["vault"]["entries"] >= 5
        assert set(left_behind(ws, [who]).values()) == {0}
        for table in ("events", "order_items", "identifiers", "given", "consents"):
            named = world.one(ws, f"SELECT count(*) FROM {table} WHERE node IN ({', '.join(map(str, nodes))})")
            assert (table, named) == (table, 0)
        assert world.one(ws, f"SELECT count(*) FROM customers WHERE customer_id = {who}") == 0
        assert list(ws.customers(find=shop.PHONE)) == []
        assert list(ws.vault.masked([who])) == []
        with pytest.raises(NotFoundError):
            ws.customer(who)
        with pytest.raises(NotFoundError):
            ws.erase(who)
        assert world.one(ws, f"SELECT count(*) FROM events WHERE customer_id <> {who}") == others
        assert [r for r in ws.doctor("en") if r["state"] == "wrong"] == []
        assert world.holding(ready, shop.LOGIN, *shop.SECRETS) == []  # while it is open, with its logs
    assert world.holding(ready, shop.LOGIN, *shop.SECRETS) == []
    packed = json.dumps(receipt, ensure_ascii=False)
    assert not [s for s in (*shop.SECRETS, shop.LOGIN) if s in packed]


def test_an_erased_customer_who_comes_back_is_new(ws: Workspace, exports: list[Path], tmp_path: Path) -> None:
    who = _who(ws, shop.PHONE)
    ws.erase(who)
    ws.import_files([shop.orders(tmp_path / "late.csv", start=60, count=3)])
    assert _who(ws, shop.PHONE) != who


def test_an_erased_customer_is_gone_from_quarantine(ws: Workspace, tmp_path: Path) -> None:
    file = shop.orders(tmp_path / "late.csv", start=60, count=1)
    file.write_bytes(file.read_bytes().decode("cp949").replace(",1,", ",한개,").encode("cp949"))
    ws.import_files([file])
    assert len(ws.quarantine()) == 1
    receipt = ws.erase(_who(ws, shop.PHONE))
    assert receipt["rows"]["quarantine"] == 1
    assert world.held(ws)["quarantine"] == 0


def test_ids_and_columns_that_are_not_there(seen: Workspace) -> None:
    with pytest.raises(NotFoundError, match="999"):
        seen.customer(999)
    with pytest.raises(NotFoundError) as wrong:
        seen.customers(columns=["revenu"])
    assert "revenue" in wrong.value.hint.en
    with pytest.raises(NotFoundError):
        seen.merge(1, 999)
    assert list(seen.customers(find="010-9999-9999")) == []


def test_customers_are_paged_and_ordered(seen: Workspace) -> None:
    every = [r["customer_id"] for r in seen.customers(limit=100)]
    assert every == sorted(every)
    paged = [r["customer_id"] for start in range(0, 25, 5) for r in seen.customers(limit=5, offset=start)]
    assert paged == every
    spent = [r["revenue"] or 0 for r in seen.customers(columns=["revenue"], order="-revenue")]
    assert spent == sorted(spent, reverse=True)


def test_a_copy_of_the_folder_is_a_working_workspace(original: Path, tmp_path: Path) -> None:
    with shop.reopen(Path(shutil.copytree(original, tmp_path / "elsewhere"))) as ws:
        assert len(ws.customers()) == 21


def test_a_blocked_identifier_leaves_the_customer_with_what_came_with_it(ws: Workspace) -> None:
    before = {row["value"] for row in ws.customer(_who(ws, shop.PHONE), reveal=True, reason="a call").person}
    assert "+821098761234" in before
    node = ws.vault.find("phone", shop.PHONE)
    assert node is not None
    with ws.store.writing(), ws.engine.transaction():
        found = block(ws.engine, node, actor="tester", now=shop.NOW, policy=ws.policy)
        follow_through(ws, found)
    ws.refresh_touched([found.touched])
    after = {row["value"] for row in ws.customer(_who(ws, shop.EMAIL), reveal=True, reason="a call").person}
    assert "+821098761234" not in after
    assert {shop.EMAIL, shop.NAME} <= after
    assert len(ws.customers(find=shop.PHONE)) == 0
    assert node not in {n for n, _ in ws.vault.nodes()}
    assert [r for r in ws.doctor("en") if r["state"] == "wrong"] == []
