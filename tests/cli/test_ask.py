"""`dangol ask`: what can be asked, an answer in both languages, and who is behind a number."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from dangol.insights import KINDS
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
