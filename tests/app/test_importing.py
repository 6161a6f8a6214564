"""Files in: twice, overlapping, dry, unknown, quarantined, in any order."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangol.app import Workspace
from dangol.app.report import FAILED, KNOWN, NEEDS_MAPPING, TAKEN
from dangol.schema import DefinitionError, FileError, NotFoundError
from tests.app import shop, world


def test_the_report_counts_what_the_files_hold(original: Path, seen: Workspace) -> None:
    assert world.one(seen, "SELECT count(*) FROM events WHERE source = 'cafe24' AND name = 'Order Completed'") == 40
    assert world.one(seen, "SELECT count(*) FROM events WHERE name = 'Order Cancelled'") == 3
    assert world.one(seen, "SELECT count(*) FROM order_items WHERE source = 'smartstore'") == 8
    # 13 members (one of them in every file), 7 more buyers on SmartStore, 1 more in the list
    assert world.one(seen, "SELECT count(DISTINCT customer_id) FROM identifiers") == 21
    assert world.one(seen, "SELECT sum(amount) FROM events WHERE source = 'smartstore'") == 160_000
    rows = {r["source"]: r["rows"] for r in seen.sql("SELECT source, rows FROM imports")}
    assert rows == {"cafe24": 40, "smartstore": 8, "customer-list": 2, "event-list": 10} or rows["smartstore"] == 8


def test_one_customer_in_five_files_is_one(seen: Workspace) -> None:
    found = {tuple(r["customer_id"] for r in seen.customers(find=v)) for v in (shop.PHONE, shop.EMAIL, shop.LOGIN)}
    assert len(found) == 1
    (who,) = next(iter(found))
    kinds = {r["kind"] for r in seen.customer(who).identifiers}
    assert kinds == {"phone", "email", "user_id", "mall_buyer_id", "anonymous_id"}


def test_the_same_files_again_change_nothing(ws: Workspace, exports: list[Path]) -> None:
    before, held = world.tables(ws), world.held(ws)
    report = ws.import_files(exports)
    assert {f.status for f in report.files} == {KNOWN}
    assert world.tables(ws) == before
    assert world.held(ws) == held


def test_the_same_rows_in_another_file_change_nothing(ws: Workspace, tmp_path: Path) -> None:
    """Another file name and other bytes (UTF-8 instead of CP949), the same facts."""
    again = tmp_path / "orders-again.csv"
    again.write_text(shop.orders(tmp_path / "orders.csv").read_bytes().decode("cp949"), encoding="utf-8")
    before, held = world.tables(ws, without=world.DERIVED), world.held(ws)
    report = ws.import_files([again])
    assert report.new_customers == 0
    after = world.tables(ws, without=world.DERIVED)
    changed = {name for name in before if before[name] != after[name]}
    tellings = {name for name in after if name.endswith("_told")}  # which import told what, should one be taken back
    assert changed <= {"imports", "trait_state", "segment_state"} | tellings
    assert (report.total("taken"), report.total("repeated")) == (0, 40)
    assert world.held(ws) == held


def test_overlapping_exports_add_only_what_is_new(ws: Workspace, tmp_path: Path) -> None:
    report = ws.import_files([shop.orders(tmp_path / "late.csv", start=30, count=20)])
    (file,) = report.files
    assert file.rows == 20
    assert world.one(ws, "SELECT count(*) FROM events WHERE source = 'cafe24' AND name = 'Order Completed'") == 50


def test_a_dry_run_tells_everything_and_writes_nothing(ready: Path, tmp_path: Path) -> None:
    file = shop.orders(tmp_path / "late.csv", start=40, count=20, bad=True)
    with shop.reopen(ready) as ws:
        before, held = world.tables(ws), world.held(ws)
        dry = ws.import_files([file], dry_run=True)
        assert world.tables(ws) == before
        assert world.held(ws) == held
        assert ws.store.batches.find(dry.files[0].file) == []
        wet = ws.import_files([file])
    assert (dry.total("rows"), dry.total("taken"), dry.quarantined, dry.new_customers) == (
        wet.total("rows"), wet.total("taken"), wet.quarantined, wet.new_customers,
    )  # fmt: skip


def test_a_dry_run_of_many_files_lets_each_see_the_ones_before(tmp_path: Path, exports: list[Path]) -> None:
    twice = tmp_path / "the-same-again.csv"
    shutil.copy(exports[0], twice)
    late = shop.orders(tmp_path / "late.csv", start=30, count=20)
    with shop.create(tmp_path / "dry") as ws:
        empty = world.tables(ws)
        dry = ws.import_files([*exports, twice, late], dry_run=True)
        assert world.tables(ws) == empty
        wet = ws.import_files([*exports, twice, late])
        again = ws.import_files(exports, dry_run=True)
    told = ("status", "rows", "taken", "repeated", "quarantined", "skipped", "blocked")
    assert [[getattr(f, n) for n in told] for f in dry.files] == [[getattr(f, n) for n in told] for f in wet.files]
    numbers = ("new_customers", "known_customers", "merges", "conflicts", "first_at", "last_at")
    assert [getattr(dry, n) for n in numbers] == [getattr(wet, n) for n in numbers]
    assert wet.merges or wet.new_customers < sum(f.rows for f in wet.files)
    assert {f.status for f in again.files} == {KNOWN}


def test_an_unknown_header_is_proposed_edited_and_imported(ws: Workspace, tmp_path: Path) -> None:
    file = shop.unknown(tmp_path / "strange.csv")
    report = ws.import_files([file])
    (said,) = report.files
    assert said.status == NEEDS_MAPPING
    assert report.failed
    assert said.preview is not None
    assert any(f"dangol import {file} --mapping {said.mapping}" in line for line in report.advice("en"))
    before = world.one(ws, "SELECT count(*) FROM events")
    mapping = tmp_path / "mine.yaml"
    mapping.write_text(
        "mapping: my-shop\ngrain: events\nsays: {ko: 내 가게, en: My shop}\nsource: my-shop\n"
        "recognise: {required: [언제, 손님전화, 낸돈]}\n"
        "columns: {at: 언제, amount: 낸돈, category: 뭐샀나}\nconstants: {name: Order Completed, channel: store}\n"
        "identifiers: {phone: 손님전화}\ncurrency: KRW\n",
        encoding="utf-8",
    )
    done = ws.import_files([file], mapping=mapping)
    assert [f.status for f in done.files] == [TAKEN], done.files
    assert world.one(ws, "SELECT count(*) FROM events") == before + 2
    assert done.new_customers == 1  # the other phone is known
    assert Path(said.mapping).exists()


def test_a_proposed_mapping_is_never_written_over(ws: Workspace, tmp_path: Path) -> None:
    file = shop.unknown(tmp_path / "strange.csv")
    place = Path(ws.import_files([file]).files[0].mapping)
    place.write_text(place.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    ws.import_files([file])
    assert place.read_text(encoding="utf-8").endswith("# mine\n")


def test_quarantined_rows_are_kept_shown_and_replayed(ws: Workspace, tmp_path: Path) -> None:
    report = ws.import_files([shop.orders(tmp_path / "late.csv", start=40, count=5, bad=True)])
    assert sum(report.quarantined.values()) == 1
    (row,) = ws.quarantine()
    assert (row["row"], row["field"]) == (3, "quantity") or row["reason"] == "bad_number", row
    with pytest.raises(Exception, match="say why"):
        ws.quarantined_row(row["id"], reason=" ")
    kept = ws.quarantined_row(row["id"], reason="a test")
    assert "한개" in kept.values()
    mended = tmp_path / "mended.yaml"
    text = ws.preset_yaml("cafe24-orders").replace("mapping: cafe24-orders", "mapping: mended", 1)
    mended.write_text(text.replace("  quantity: 수량\n", ""), encoding="utf-8")
    before = world.one(ws, "SELECT count(*) FROM events")
    done = ws.replay(mapping=mended)
    assert done.total("taken") == 1, done.files
    assert world.one(ws, "SELECT count(*) FROM events") == before + 1
    assert list(ws.quarantine()) == []
    assert [r["status"] for r in ws.quarantine(status="all")] == ["replayed"]
    assert list(ws.replay().files) == []


def test_dismissed_rows_are_closed(ws: Workspace, tmp_path: Path) -> None:
    ws.import_files([shop.orders(tmp_path / "late.csv", start=40, count=5, bad=True)])
    ids = [r["id"] for r in ws.quarantine()]
    assert ws.dismiss(ids) == 1
    assert ws.dismiss(ids) == 0
    assert world.held(ws)["quarantine"] == 0
    with pytest.raises(NotFoundError):
        ws.quarantined_row(ids[0], reason="a test")


def test_one_broken_file_does_not_stop_the_others(ws: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    whole = gzip.compress(shop.events(tmp_path / "e.csv").read_bytes())
    (folder / "cut.csv.gz").write_bytes(whole[: len(whole) // 2])
    (folder / "bomb.csv.gz").write_bytes(gzip.compress(b"a,b\n" + b"0" * 400_000_000, 9))
    (folder / "empty.csv").write_bytes(b"")
    shop.orders(folder / "good.csv", start=40, count=5)
    report = ws.import_files([folder])
    status = {f.file: f.status for f in report.files}
    assert status["good.csv"] == TAKEN
    assert {status[n] for n in ("cut.csv.gz", "empty.csv")} == {FAILED}
    assert status["bomb.csv.gz"] in (FAILED, NEEDS_MAPPING)
    assert all(f.note for f in report.files if f.status == FAILED)
    assert world.one(ws, "SELECT count(*) FROM imports WHERE file <> 'good.csv' AND batch > 5") == 0


def test_names_that_are_not_there(ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="nothing under this name"):
        ws.import_files([tmp_path / "nowhere.csv"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileError, match="no file here"):
        ws.import_files([tmp_path / "empty"])
    file = shop.events(tmp_path / "e.csv")
    with pytest.raises(NotFoundError):
        ws.import_files([file], preset="cafe24-order")
    broken = tmp_path / "broken.yaml"
    broken.write_text("mapping: [", encoding="utf-8")
    with pytest.raises(DefinitionError):
        ws.import_files([file], mapping=broken)
    with pytest.raises(FileError):
        ws.import_files([file], mapping=tmp_path / "no.yaml")


def test_consent_is_unknown_unless_the_file_says_so(seen: Workspace) -> None:
    rows = list(seen.sql("SELECT purpose, channel, state FROM consents"))
    assert rows == [{"purpose": "advertising", "channel": "sms", "state": "refused"}]


def _alone(empty: Path, folder: Path, order: list[str], sources: list[Path]) -> tuple[object, ...]:
    by_name = {p.name: p for p in sources}
    with shop.reopen(Path(shutil.copytree(empty, folder))) as ws:
        for name in order:
            ws.import_files([by_name[name]])
        totals = ws.sql("SELECT count(*) AS n, sum(amount) AS amount FROM events").table.to_pylist()
        items = world.one(ws, "SELECT sum(amount) FROM order_items")
        kept = world.held(ws)["vault"]
        traits = ["orders", "revenue", "average_basket", "favourite_weekday", "rfm_frequency", "lifecycle_stage"]
        have = set(ws.engine.tables()["customers"])
        wide = sorted(
            repr({k: v for k, v in r.items() if k != "customer_id"})
            for r in ws.customers(columns=[t for t in traits if t in have])
        )
        return world.partition(ws), totals, items, kept, wide


@pytest.mark.slow
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(order=st.permutations(sorted(shop.MAKERS)))
def test_any_order_of_files_gives_the_same_shop(
    order: list[str], empty: Path, exports: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("order")
    assert _alone(empty, folder / "a", order, exports) == _alone(empty, folder / "b", sorted(shop.MAKERS), exports)


@pytest.mark.parametrize("messages", [True, False])
def test_a_stray_quote_deep_in_a_file_costs_only_its_row(ws: Workspace, tmp_path: Path, messages: bool) -> None:
    """The engine's reader fails on it in the middle of a transaction; the file is then read row by row."""
    file = tmp_path / "long.csv"
    lines = [f"reader-{i % 7},Search,2026-01-02 10:00:00,{f'q{i}' if messages else ''},note {i}" for i in range(3_000)]
    lines.insert(2_500, 'reader-1,Search,2026-01-02 10:00:00,,"st"ray')
    file.write_text("\n".join(["user_id,event,timestamp,message_id,note", *lines]) + "\n", encoding="utf-8")
    report = ws.import_files([file])
    assert [(f.status, f.rows, f.taken, f.quarantined) for f in report.files] == [(TAKEN, 3_001, 3_000, {"bad_row": 1})]
    assert world.one(ws, "SELECT count(*) FROM events WHERE name = 'Search' AND source = 'event-list'") >= 3_000


def test_a_list_that_repeats_messages_says_how_often(ws: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "repeats.csv"
    lines = [f"reader-{i % 7},Search,2026-01-02 10:00:00,r{i % 90}" for i in range(100)]
    file.write_text("\n".join(["user_id,event,timestamp,message_id", *lines]) + "\n", encoding="utf-8")
    (told,) = ws.import_files([file]).files
    assert (told.rows, told.taken, told.repeated) == (100, 100, 10)
    again = tmp_path / "again.csv"
    again.write_text(file.read_text(encoding="utf-8") + "reader-1,Search,2026-01-02 10:00:00,r90\n", encoding="utf-8")
    (told,) = ws.import_files([again]).files
    assert (told.rows, told.taken, told.repeated) == (101, 1, 100)
