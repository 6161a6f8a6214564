"""`dangol replays`: what was recorded, readable in a terminal; handed out with a reason and not without."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from pathlib import Path

import pytest
from rich.cells import cell_len

from dangol.app import Workspace, replays
from dangol.collect.wire import Envelope, read_replay
from tests.cli.run import commands

HANGUL = re.compile("[가-힣]")


@pytest.fixture
def at(empty: Path, tmp_path: Path) -> list[str]:
    return ["-w", str(shutil.copytree(empty, tmp_path / "shop"))]


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_recordings_are_listed_and_handed_out_with_a_reason(at: list[str], tmp_path: Path, lang: str) -> None:
    with Workspace.open(Path(at[1])) as ws:
        now = ws.real_now()
        moment = int((now - dt.timedelta(minutes=1)).timestamp() * 1000)
        events = [{"type": 4, "timestamp": moment}, {"type": 3, "timestamp": moment + 42_000}]
        body = {"anonymousId": "a-0001-0001", "sessionId": moment, "replayId": "r-1", "part": 0, "events": events}
        part = read_replay(Envelope("e", "site", "browser", "replay", now), json.dumps(body).encode())
        assert replays.keep(ws, [part]) == 1
    code = f"{part.session:016x}"
    listed, rows, without, handed, unknown, found, calm, older, wrong, pages, heat = commands(
        lang,
        ["replays", *at],
        ["replays", "--json", *at],
        ["replays", "export", code, *at],
        ["replays", "export", code, "--reason", "a fault", "--to", str(tmp_path / "r.json"), *at],
        ["replays", "export", "none-such", "--reason", "a fault", *at],
        ["replays", "find", "--seconds", "42", *at],
        ["replays", "find", "--friction", "rage", "--friction", "dead", "--json", *at],
        ["replays", "find", "--until", "2020-01-01", "--json", *at],
        ["replays", "find", "--friction", "anger", *at],
        ["replays", "heat", *at],
        ["replays", "heat", "/cart", *at],
    )
    assert [s.code for s in (listed, rows, without, handed, unknown)] == [0, 0, 1, 0, 1]
    (row,) = json.loads(rows.out)
    assert (row["session"], row["seconds"], row["pages"], row["parts"]) == (code, 42, 1, 1)
    assert [r for r in listed.out.splitlines() if cell_len(r.rstrip()) > 80] == []
    assert code in listed.out
    assert code in found.out
    assert [r for r in found.out.splitlines() if cell_len(r.rstrip()) > 80] == []
    assert [json.loads(s.out) for s in (calm, older)] == [[], []]
    assert (wrong.code, pages.code, heat.code) == (1, 0, 1)
    assert "rage" in wrong.err
    for said in (listed, without, unknown, found, wrong, pages, heat):
        assert bool(HANGUL.search(said.out + said.err)) is (lang == "ko")
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["pages"][0]["events"] == events
