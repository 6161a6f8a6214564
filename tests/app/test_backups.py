"""Backups: everything comes back, nothing half-way, nobody who was erased."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from dangol.app import Workspace, backing
from dangol.app.restoring import restore
from dangol.schema import DangolError, FileError, NotFoundError, WorkspaceError
from tests.app import shop


def everything(ws: Workspace) -> dict[str, list[Any]]:
    """Every row of every table of the engine, and what the store says, in an order that does not depend on the file."""
    tables = {
        name: sorted(map(repr, ws.engine.run(backing.exp.select("*").from_(name)).to_pylist()))
        for name in ws.engine.tables()
    }
    tables["definitions"] = [repr((d.name, d.version, d.body)) for d in ws.store.definitions.all("segment").values()]
    tables["batches"] = [repr(b) for b in ws.store.batches.all()]
    return tables


def person(ws: Workspace) -> int:
    return int(next(iter(ws.customers(find=shop.PHONE)))["customer_id"])


def test_everything_comes_back_in_another_folder(ws: Workspace, tmp_path: Path) -> None:
    before, who = everything(ws), person(ws)
    told = [(r.kind, r.value) for r in ws.vault.read([who], reason="test", actor="t", now=shop.NOW)]
    file = ws.backup()
    assert [row["backup"] for row in ws.backups()] == [file.name]
    assert file.stat().st_mode & 0o077 == 0
    key = ws.folder / "keys" / "workspace.key"
    restore(file, tmp_path / "again", key=key, watch=lambda: shop.NOW)
    with shop.reopen(tmp_path / "again") as again:
        assert everything(again) == before
        assert again.settings == ws.settings
        assert [(r.kind, r.value) for r in again.vault.read([who], reason="t", actor="t", now=shop.NOW)] == told
        assert [c for c in again.doctor() if c["state"] == "wrong"] == []
        again.refresh()
        assert again.count("regulars").customers == ws.count("regulars").customers
        assert again.store.audit.entries(action="backup.restored")


def test_in_place_takes_back_what_came_after_and_keeps_it_beside(ready: Path, tmp_path: Path) -> None:
    with shop.reopen(ready) as ws:
        before = everything(ws)
        file = ws.backup(tmp_path / "one.dangol-backup")
        ws.store.definitions.remove("segment", "regulars", actor="t", now=shop.NOW)
        with pytest.raises(WorkspaceError, match="in use"):
            restore(file, ready, in_place=True, watch=lambda: shop.NOW)
    with pytest.raises(WorkspaceError, match="already"):
        restore(file, ready, watch=lambda: shop.NOW)
    restore(file, ready, in_place=True, watch=lambda: shop.NOW)
    with shop.reopen(ready) as ws:
        assert everything(ws) == before
        assert [f.name for f in ready.glob("before-*/store.sqlite")] == ["store.sqlite"]


def test_whoever_was_erased_since_stays_erased(ready: Path, tmp_path: Path) -> None:
    with shop.reopen(ready) as ws:
        who = person(ws)
        file = ws.backup(tmp_path / "one.dangol-backup")
        ws.erase(who, reason="asked for it")
    restore(file, ready, in_place=True, watch=lambda: shop.NOW)
    with shop.reopen(ready) as ws:
        assert list(ws.customers(find=shop.PHONE)) == []
        with pytest.raises(NotFoundError):
            ws.customer(who)
        assert ws.store.audit.entries(action="backup.restored")[0].after["erased_again"] == 1


def test_without_the_key_nothing_is_restored(ws: Workspace, tmp_path: Path) -> None:
    file = ws.backup()
    with pytest.raises(WorkspaceError, match="key"):
        restore(file, tmp_path / "again", watch=lambda: shop.NOW)
    packed = zipfile.ZipFile(file)
    key = (ws.folder / "keys" / "workspace.key").read_bytes().strip()
    for name in packed.namelist():
        body = packed.read(name)
        assert key not in body
        for secret in (shop.NAME, shop.PHONE, shop.EMAIL):
            assert secret.encode() not in body, name


@pytest.mark.parametrize("how", ["cut", "changed", "no zip", "missing part", "nothing"])
def test_a_damaged_backup_changes_nothing(ready: Path, tmp_path: Path, how: str) -> None:
    with shop.reopen(ready) as ws:
        before = everything(ws)
        good = ws.backup(tmp_path / "good.dangol-backup")
    bad = Path(shutil.copy(good, tmp_path / "bad.dangol-backup"))
    raw = bytearray(good.read_bytes())
    if how == "cut":
        bad.write_bytes(raw[: len(raw) // 2])
    elif how == "changed":
        raw[len(raw) // 2] ^= 0xFF
        bad.write_bytes(raw)
    elif how == "no zip":
        bad.write_bytes(b"not a zip at all")
    elif how == "missing part":
        with zipfile.ZipFile(good) as old, zipfile.ZipFile(bad, "w") as new:
            for name in old.namelist():
                if name != "events.parquet":
                    new.writestr(name, old.read(name))
    else:
        bad.unlink()
    with pytest.raises(FileError):
        restore(bad, ready, in_place=True, watch=lambda: shop.NOW)
    with shop.reopen(ready) as ws:
        assert everything(ws) == before


def test_a_full_disk_leaves_no_half_a_backup(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backing.pq.ParquetWriter, "write_batch", full)
    with pytest.raises(FileError) as told:
        ws.backup()
    assert "가득" in told.value.say("ko")
    assert list((ws.folder / "backups").iterdir()) == []
    assert list(ws.backups()) == []


@pytest.mark.parametrize("name", ["../dangol.yaml", "dangol.yaml", "/etc/passwd", "x.dangol-backup", "..", ""])
def test_a_name_is_never_a_path(ws: Workspace, name: str) -> None:
    ws.backup()
    with pytest.raises(DangolError):
        backing.found(ws, name)
