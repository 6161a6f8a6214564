"""`dangol ask`: what can be asked, an answer in both languages, who is behind a number; `dangol dashboards`: answers kept."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from dangol.app import Workspace
from dangol.insights import KINDS
from dangol.schema import NotFoundError
from tests.cli.run import commands

HANGUL = re.compile("[가-힣]")


@pytest.fixture
def at(original: Path, tmp_path: Path) -> list[str]:
    return ["-w", str(shutil.copytree(original, tmp_path / "shop"))]


def test_an_answer_in_the_terminal(at: list[str], tmp_path: Path) -> None:
    funnel = "{steps: [{event: Order Completed}, {event: Order Completed}], period: all}"
    listed, plain, told, people, wrong, missing, saved = commands(
        "ko",
        ["ask", *at],
        ["ask", "trends", "{measure: orders, period: 전체, interval: month}", *at],
        ["ask", "funnel", funnel, "--json", *at],
        ["ask", "funnel", funnel, "--people", '{"step": 2, "dropped": true}', *at],
        ["ask", "trends", "{measure: profit}", *at],
        ["ask", "trends", "--table", "lines", *at],
        ["ask", "funnel", funnel, "--csv", str(tmp_path / "steps.csv"), *at],
    )
    assert [line.split()[0] for line in listed.out.splitlines() if line.split()[0] in KINDS] == list(KINDS)
    assert plain.code == 0, plain.err
    assert HANGUL.search(plain.out)
    answer = json.loads(told.out)
    first, second = answer["data"]["steps"]
    assert first["customers"] - second["customers"] == json.loads(people.out)["customers"]
    assert (wrong.code, missing.code) == (1, 1)
    assert HANGUL.search(wrong.err + wrong.out)
    assert saved.code == 0
    assert (tmp_path / "steps.csv").read_text(encoding="utf-8-sig").splitlines()[0].startswith('"step"')


BOARD = """
dashboard: monthly
says: {ko: 월간 점검, en: Monthly review}
period: all
tiles:
  - {id: orders, question: {kind: trends, measure: orders, interval: month}, title: 주문 수}
  - {id: gone, question: {kind: trends, segment: none-such}, x: 6}
"""


def test_a_dashboard_in_the_terminal(at: list[str], tmp_path: Path) -> None:
    """Whatever needs no answer also works while another process, a server say, has the workspace open."""
    file, other = tmp_path / "board.yaml", tmp_path / "other.yaml"
    file.write_text(BOARD, encoding="utf-8")
    other.write_text(BOARD.replace("월간", "매달"), encoding="utf-8")
    with Workspace.open(Path(at[1])) as ws:
        nobody, tried, made, same, which, late, changed, pinned, listed, versions, first, shared, ended, links = (
            commands(
                "ko",
                ["dashboards", *at],
                ["dashboards", "import", str(file), "--dry-run", "--json", *at],
                ["dashboards", "import", str(file), "--json", *at],
                ["dashboards", "import", str(file), "--json", *at],
                ["dashboards", "import", str(other), *at],
                ["dashboards", "import", str(other), "--version", "7", *at],
                ["dashboards", "import", str(other), "--version", "1", "--json", *at],
                ["dashboards", "pin", "monthly", "channels", "{period: all}", "--json", *at],
                ["dashboards", *at],
                ["dashboards", "versions", "monthly", "--csv", "-", *at],
                ["dashboards", "share", "monthly", *at],
                ["dashboards", "share", "monthly", "--days", "0", "--json", *at],
                ["dashboards", "revoke", "monthly", "1", *at],
                ["dashboards", "links", "monthly", *at],
            )
        )
        link = json.loads(shared.out)
        assert ws.shared(link["address"].partition("#")[2], "ko")["says"] == "매달 점검"
        with pytest.raises(NotFoundError):
            ws.shared(first.out.strip().partition("#")[2], "ko")
    assert "dangol dashboards import" in nobody.out
    whats = [json.loads(s.out)["what"] for s in (tried, made, same, changed)]
    assert (whats, ended.code) == (["new", "new", "same", "changed"], 0)
    assert (which.code, late.code) == (1, 1)
    assert "--version 1" in which.err
    assert json.loads(pinned.out)["version"] == 3
    assert "매달 점검" in listed.out
    assert HANGUL.search(listed.out.splitlines()[1])
    assert len(versions.out.splitlines()) == 4
    assert link["address"].split("#")[1] not in links.out
    assert "열림" in links.out


def test_a_dashboard_is_answered_and_taken_out_again(at: list[str], tmp_path: Path) -> None:
    file = tmp_path / "board.yaml"
    file.write_text(BOARD, encoding="utf-8")
    _, shown, one, told, csv, many, exported, removed, gone = commands(
        "ko",
        ["dashboards", "import", str(file), *at],
        ["dashboards", "show", "monthly", *at],
        ["dashboards", "show", "monthly", "--tile", "none-such", *at],
        ["dashboards", "show", "monthly", "--json", *at],
        ["dashboards", "show", "monthly", "--tile", "orders", "--csv", "-", *at],
        ["dashboards", "show", "monthly", "--csv", "-", *at],
        ["dashboards", "export", "monthly", "--to", str(tmp_path / "out.yaml"), *at],
        ["dashboards", "remove", "monthly", "--yes", *at],
        ["dashboards", "show", "monthly", *at],
    )
    assert (shown.code, one.code, told.code, many.code, exported.code, removed.code, gone.code) == (1, 1, 1, 1, 0, 0, 1)
    assert "주문 수: 점  [orders]" in shown.out, "a tile that fails takes no other with it"
    assert "none-such" in shown.err
    assert csv.out.splitlines()[0].startswith('"bucket"')
    tiles = json.loads(told.out)["tiles"]
    assert [("data" in t, "error" in t) for t in tiles] == [(True, False), (False, True)]
    assert len(tiles[0]["data"]["series"]) == len(csv.out.splitlines()) - 1
    with Workspace.open(Path(at[1])) as ws:
        assert ws.take_dashboard((tmp_path / "out.yaml").read_text(encoding="utf-8"))["what"] == "new"
