"""A workspace whose store is PostgreSQL gives the answers of one on SQLite, survives the same kills, and locks out a second."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dangol.app import Workspace
from dangol.app.settings import Settings
from dangol.schema import BusyError, DefinitionError, WorkspaceError
from tests.app import shop, world
from tests.app.test_bad_days import AGAIN, TOLD
from tests.cli.run import ROOT
from tests.postgres import PASSWORD, USER, Server


@pytest.fixture
def address(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty database; its password is in the environment, as docs/start.md says."""
    name = postgres.make()
    monkeypatch.setenv("DANGOL_STORE_PASSWORD", PASSWORD)
    yield f"postgresql://{USER}@127.0.0.1:{postgres.port}/{name}"
    postgres.drop(name)


@pytest.fixture
def moved(empty: Path, tmp_path: Path, address: str) -> Path:
    """The empty workspace, its store moved to PostgreSQL: with the same key, equal values have equal nodes."""
    folder = Path(shutil.copytree(empty, tmp_path / "moved"))
    with shop.reopen(folder) as ws:
        ws.move_store(address)
    (folder / "store.sqlite").unlink()
    return folder


def _life(folder: Path, exports: list[Path], definitions: Path) -> list[Any]:
    """Import, define, merge, unmerge, erase; what is seen after each."""
    seen: list[Any] = []

    def look(ws: Workspace) -> None:
        seen.append((world.tables(ws, without=AGAIN), world.held(ws), ws.segments().table.to_pylist()))

    with shop.reopen(folder) as ws:
        report = ws.import_files([exports[0].parent])
        assert not report.failed
        ws.apply(ws.plan(shop.definitions(definitions)))
        look(ws)
        customer = ws.customers(find=shop.PHONE).table["customer_id"][0].as_py()
        entry = ws.merge(customer, 9, reason="one person").facts["entry"]
        look(ws)
        person = ws.customer(customer, reveal=True, reason="a call").person.table.to_pylist()
        seen.append(sorted((p["kind"], p["value"]) for p in person))
        ws.unmerge(customer, entry=entry)
        look(ws)
        seen.append({k: v for k, v in ws.erase(customer, reason="asked").items() if k in ("entries", "customers")})
        look(ws)
    with shop.reopen(folder) as ws:
        look(ws)
        assert [r for r in ws.doctor("en") if r["state"] == "wrong"] == []
    return seen


def test_the_same_life_on_both(empty: Path, moved: Path, tmp_path: Path, exports: list[Path], postgres: Server) -> None:
    plain = Path(shutil.copytree(empty, tmp_path / "plain"))
    expected = _life(plain, exports, tmp_path / "definitions")
    found = _life(moved, exports, tmp_path / "definitions")
    assert len(found) == len(expected)
    for step, (one, other) in enumerate(zip(found, expected, strict=True)):
        assert one == other, f"step {step}"
    assert not (moved / "store.sqlite").exists()
    assert world.holding(postgres.folder / "data" / "base", *shop.RESIDENT_FORMS[:2], *shop.SECRETS) == []


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["commit+", "vault+"])
def test_a_killed_import_is_completed_by_the_next(
    moment: str, empty: Path, moved: Path, tmp_path: Path, exports: list[Path]
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.app.stopped", str(moved), str(exports[0].parent), moment, "KILL"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=200,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"},
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    plain = Path(shutil.copytree(empty, tmp_path / "plain"))
    with shop.reopen(moved) as ws, shop.reopen(plain) as undisturbed:
        assert not ws.import_files([exports[0].parent]).failed
        undisturbed.import_files([exports[0].parent])
        expected = world.tables(undisturbed, without=AGAIN)
        tables = world.tables(ws, without=AGAIN)
        again = (
            TOLD if moment == "commit+" else set()
        )  # told by the killed try and by the second (tests/app/test_bad_days.py)
        assert {n for n in tables if tables[n] != expected.get(n)} - {"imports"} <= again
        assert world.held(ws) == world.held(undisturbed)


def test_another_folder_on_the_same_database_hears_who_has_it(moved: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(moved, tmp_path / "other"))
    with shop.reopen(moved) as ws:
        with pytest.raises(BusyError, match=str(os.getpid())):
            shop.reopen(other)
        assert ws.status("en").table.num_rows
    shop.reopen(other).close()


def test_there_and_back(ready: Path, address: str) -> None:
    def everything() -> list[Any]:
        with shop.reopen(ready) as ws:
            return [world.tables(ws), sorted(ws.vault.nodes()), ws.store.batches.all(), ws.store.audit.entries()]

    (ready / "dangol.yaml").write_text((ready / "dangol.yaml").read_text() + "# ours\n", encoding="utf-8")
    before = everything()
    with shop.reopen(ready) as ws:
        assert ws.move_store(address).facts["rows"] > 50
    (ready / "store.sqlite").unlink()
    assert everything() == before
    assert "# ours" in (ready / "dangol.yaml").read_text()
    with shop.reopen(ready) as ws:
        ws.store.audit.write("kim", "a.b", "c", now=shop.NOW)  # numbers go on after those that were copied
        with pytest.raises(WorkspaceError, match="already"):
            ws.move_store(address)
        ws.move_store("")
    assert (ready / "store.sqlite").exists()
    after = everything()
    assert after[:3] == before[:3]
    assert after[3][1:] == before[3]


def test_only_an_empty_database_is_moved_into(ready: Path, empty: Path, tmp_path: Path, address: str) -> None:
    taken = Path(shutil.copytree(empty, tmp_path / "taken"))
    with shop.reopen(taken) as ws:
        ws.move_store(address)
    with shop.reopen(ready) as ws, pytest.raises(WorkspaceError, match="holds something"):
        ws.move_store(address)
    with shop.reopen(ready) as ws:
        assert ws.settings.store == ""


def test_a_workspace_made_on_postgresql_keeps_no_password(postgres: Server, tmp_path: Path) -> None:
    full = postgres.url(postgres.make())
    with Workspace.create(tmp_path / "new", store=full, watch=lambda: shop.NOW) as ws:
        assert "öffne" not in repr(ws.settings)
    for body in world.bytes_of(tmp_path / "new").values():
        assert PASSWORD.encode() not in body
        assert b"ffne" not in body
    with pytest.raises(WorkspaceError, match="password") as error:
        shop.reopen(tmp_path / "new")
    assert "DANGOL_STORE_PASSWORD" in str(error.value)


def test_a_password_in_the_settings_file_is_refused(ready: Path) -> None:
    (ready / "dangol.yaml").write_text("store: postgresql://u:geheim@host/x\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match="password") as error:
        Workspace.open(ready)
    assert "geheim" not in str(error.value)
    assert Settings.load(None, {"DANGOL_STORE": "postgresql://u:a%2Fb@h:5/x"}).store_password == "a/b"
