"""Once a day: retention rules are applied, and the engine is asked to fold recent facts into place."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

from dangol.app import Workspace, upkeep
from dangol.store import RETENTION
from tests.app import shop


def test_once_a_day_what_no_rule_keeps_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [shop.NOW]
    keep = RETENTION["audit"].keep
    assert keep is not None
    with Workspace.create(tmp_path / "shop", name="shop", watch=lambda: now[0]) as ws:
        folded: list[str] = []
        monkeypatch.setattr(ws.engine, "compact", lambda: folded.append("folded") or [])
        ws.store.audit.write("kim", "looked", "C1", now=now[0], reason="a question")
        assert upkeep.daily(ws)
        assert not upkeep.daily(ws)
        assert len(folded) == 1
        assert [e.action for e in ws.store.audit.entries() if e.action == "looked"] == ["looked"]
        now[0] += keep + dt.timedelta(days=1)
        assert upkeep.daily(ws)
        assert [e.action for e in ws.store.audit.entries() if e.action == "looked"] == []
        assert len(folded) == 2
        with ws.spool.begin("0" * 16, "orders.csv", None) as arriving:
            arriving.write(b"a,b")
            upload = arriving.whole()
        os.utime(upload.path.parent, (now[0].timestamp(),) * 2)
        now[0] += dt.timedelta(days=1)
        assert upkeep.daily(ws)
        assert upload.path.exists()
        now[0] += dt.timedelta(days=1)
        assert upkeep.daily(ws)
        assert not upload.path.exists()


def test_an_import_keeps_house_too(empty: Path, exports: list[Path], tmp_path: Path) -> None:
    import shutil

    with shop.reopen(Path(shutil.copytree(empty, tmp_path / "shop"))) as ws:
        ws.import_files(exports[:1], dry_run=True)
        assert ws.store.state.get("upkeep.day") is None
        ws.import_files(exports[:1])
        assert ws.store.state.get("upkeep.day")
