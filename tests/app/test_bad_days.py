"""Kills, full disks, two at once, lost keys, broken settings: one clear error each, nothing lost, nothing half-done."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dangol.app import Workspace
from dangol.schema import TABLES, BusyError, DangolError, DefinitionError, WorkspaceError
from tests.app import shop, stopped, world
from tests.cli.run import ROOT, commands

AGAIN = (*world.DERIVED, "id", "at")
TOLD = {name for name in TABLES if name.endswith("_told")}


def _run(folder: Path, exports: Path, moment: str, how: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.app.stopped", str(folder), str(exports), moment, how],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=200,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"},
    )  # fmt: skip


@pytest.fixture(scope="module")
def clean(
    empty: Path, tmp_path_factory: pytest.TempPathFactory, exports: list[Path]
) -> tuple[dict[str, list[str]], dict[str, int]]:
    """What an import that nothing disturbs leaves."""
    with shop.reopen(Path(shutil.copytree(empty, tmp_path_factory.mktemp("clean") / "shop"))) as ws:
        ws.import_files([exports[0].parent])
        return world.tables(ws, without=AGAIN), world.held(ws)


QUICK = ("commit+",)


@pytest.mark.parametrize(
    "moment", [m if m in QUICK else pytest.param(m, marks=pytest.mark.slow) for m in stopped.MOMENTS]
)
def test_a_killed_import_is_completed_by_the_next(
    moment: str, empty: Path, tmp_path: Path, exports: list[Path], clean: tuple[dict[str, list[str]], dict[str, int]]
) -> None:
    folder = Path(shutil.copytree(empty, tmp_path / "shop"))
    done = _run(folder, exports[0].parent, moment, "KILL")
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    with shop.reopen(folder) as ws:
        report = ws.import_files([exports[0].parent])
        assert not report.failed
        tables, held = world.tables(ws, without=AGAIN), world.held(ws)
        # facts that were in already, under the number of the killed try, are told again by the second: `undo` takes both back
        again = TOLD if moment == "commit+" else set()
        assert {n for n in tables if tables[n] != clean[0].get(n)} - {"imports"} <= again
        assert held == clean[1]
        assert [r for r in ws.doctor("en") if r["state"] == "wrong" or (r["name"] == "imports" and r["found"])] == []
        if moment == "commit+":
            for batch in [b.id for b in ws.store.batches.all() if b.status == "done"]:
                ws.undo_import(batch)
            assert {
                n: rows for n, rows in world.tables(ws).items() if rows and n in ("events", "identifiers", "given")
            } == {}
    assert world.holding(folder, *shop.SECRETS, *shop.RESIDENT_FORMS[:2]) == []


@pytest.mark.slow
def test_ctrl_c_stops_with_everything_whole(tmp_path: Path, exports: list[Path]) -> None:
    folder = tmp_path / "shop"
    shop.create(folder).close()
    done = _run(folder, exports[0].parent, "facts+", "INT")
    assert done.returncode != 0
    assert "KeyboardInterrupt" in done.stderr
    with shop.reopen(folder) as ws:
        assert world.one(ws, "SELECT count(*) FROM imports") == 1  # the first file; the second was under way
        assert not ws.import_files([exports[0].parent]).failed
        assert world.one(ws, "SELECT count(*) FROM imports") == 5


@pytest.mark.slow
def test_a_full_disk_takes_nothing_and_says_so(ready: Path, tmp_path: Path) -> None:
    big = tmp_path / "big"
    big.mkdir()
    shop.orders(big / "orders.csv", start=100, count=4000)
    with shop.reopen(ready) as ws:
        before, held = world.tables(ws), world.held(ws)
    done = _run(ready, big, "reading", "FULL:300000")
    assert "Traceback" not in done.stderr or "DangolError" in done.stderr or "EngineError" in done.stderr, done.stderr
    said = done.stdout + done.stderr
    assert any(word in said for word in ("disk", "space")), said[-2000:]
    with shop.reopen(ready) as ws:
        after = world.tables(ws)
        assert {n for n in before if before[n] != after[n]} == set()
        assert world.held(ws) == held
        report = ws.import_files([big])
        assert not report.failed
        assert report.total("rows") == 4000


HOLD = """
import pathlib, sys
from tests.app import shop
ws = shop.reopen(pathlib.Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
"""


def test_the_second_process_is_told_who_has_it(ready: Path) -> None:
    first = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(ready)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"},
    )  # fmt: skip
    try:
        assert first.stdout is not None
        assert first.stdout.readline() == "open\n"
        with pytest.raises(BusyError, match=str(first.pid)):
            Workspace.open(ready)
        ko, en = (commands(lang, ["status", "-w", str(ready)])[0] for lang in ("ko", "en"))
        for said in (ko, en):
            assert said.code == 1
            assert str(first.pid) in said.err
            assert "Traceback" not in said.err
    finally:
        first.communicate("", timeout=30)
    with shop.reopen(ready) as ws:
        assert len(ws.customers()) == 21


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("name: [", "YAML"),
        ("- a\n- b\n", "settings"),
        ("just words", "settings"),
        ("timezoen: Asia/Seoul", "timezone"),
        ("timezone: Mars/Olympus", "Mars"),
        ("currency: wons", "wons"),
        ("key: abc", "key"),
        ("rates: {USD: -1}", "positive"),
        ("max_partners: many", "many"),
        ("engine: oracle", "duckdb"),
        ("memory: lots", "500MB"),
    ],
)
def test_broken_settings_are_named(ready: Path, text: str, word: str) -> None:
    (ready / "dangol.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError, match=word):
        Workspace.open(ready)


def test_all_broken_settings_come_together(ready: Path) -> None:
    (ready / "dangol.yaml").write_text("timezone: Mars\ncurrency: wons\nclock: later\n", encoding="utf-8")
    with pytest.raises(DefinitionError) as wrong:
        Workspace.open(ready)
    assert {p.where for p in wrong.value.problems} == {"timezone", "currency", "clock"}


def test_a_settings_file_that_is_not_text(ready: Path) -> None:
    (ready / "dangol.yaml").write_bytes(b"\xff\xfe\x00name")
    with pytest.raises(DefinitionError):
        Workspace.open(ready)


def test_a_lost_key_says_that_it_is_lost_and_harms_nothing(ready: Path, tmp_path: Path) -> None:
    kept = shutil.move(ready / "keys" / "workspace.key", tmp_path / "workspace.key")
    with pytest.raises(WorkspaceError, match="key"):
        Workspace.open(ready)
    assert not (ready / "keys" / "workspace.key").exists(), "a new key would make the old data unreadable for good"
    shutil.move(kept, ready / "keys" / "workspace.key")
    with shop.reopen(ready) as ws:
        assert len(ws.customers(find=shop.PHONE)) == 1


def test_another_shops_key_is_refused(ready: Path, tmp_path: Path) -> None:
    shop.create(tmp_path / "other").close()
    shutil.copy(tmp_path / "other" / "keys" / "workspace.key", ready / "keys" / "workspace.key")
    with pytest.raises(WorkspaceError, match="key"):
        Workspace.open(ready)


@pytest.mark.parametrize("name", ["engine.duckdb", "store.sqlite"])
def test_a_damaged_file_is_named(ready: Path, name: str) -> None:
    (ready / name).write_bytes(b"this is no database" * 1000)
    for left in ready.glob(f"{name}[.-]*"):
        left.unlink()
    with pytest.raises(DangolError) as wrong:
        Workspace.open(ready)
    assert wrong.value.hint.en


def test_there_is_no_workspace_here(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="no dangol workspace"):
        Workspace.open(tmp_path)
    shop.create(tmp_path / "shop").close()
    with pytest.raises(WorkspaceError, match="already"):
        shop.create(tmp_path / "shop")
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(WorkspaceError, match="cannot be written"):
        Workspace.create(file / "shop")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the administrator may write everywhere")
def test_a_folder_that_may_not_be_written(ready: Path) -> None:
    for path in [*ready.rglob("*"), ready]:
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        with pytest.raises(DangolError, match=r"rights|permission|Permission"):
            Workspace.open(ready)
    finally:
        for path in [ready, *ready.rglob("*")]:
            path.chmod(0o700 if path.is_dir() else 0o600)
