"""`dangol events`, `tracking` and `weather`: in both languages, narrow enough for a terminal, and as JSON."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.app import shop
from tests.app.test_live import send
from tests.cli.run import commands

HANGUL = re.compile("[가-힣]")


@pytest.fixture
def at(empty: Path, tmp_path: Path) -> list[str]:
    folder = Path(shutil.copytree(empty, tmp_path / "shop"))
    with shop.reopen(folder) as ws:
        calls = [
            {"type": "track", "event": "Product Viewed", "anonymousId": f"a-{i}", "messageId": f"v-{i}",
             "properties": {"product_id": "p", "color": "red"}}
            for i in range(5)
        ]  # fmt: skip
        send(ws, {"batch": calls})
        ws.drain()
    return ["-w", str(folder)]


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_from_what_came_to_what_should(at: list[str], tmp_path: Path, lang: str) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("tracking: site\nevents: {Product Viewed: {properties: {color: number}}}\n", encoding="utf-8")
    listed, shown, none, accepted, plans, yaml, broken, checked, unknown, rows = commands(
        lang,
        ["events", *at],
        ["events", "show", "Product Viewed", *at],
        ["tracking", *at],
        ["tracking", "accept", "site", *at],
        ["tracking", *at],
        ["tracking", "show", "site", *at],
        ["tracking", "violations", *at],
        ["tracking", "check", str(plan), *at],
        ["events", "show", "Product View", *at],
        ["events", "show", "Product Viewed", "--json", *at],
    )
    assert [s.code for s in (listed, shown, none, accepted, plans, yaml, broken, checked, rows)] == [0] * 9
    assert unknown.code == 1
    assert "Product Viewed" in unknown.err
    assert "product_id" in shown.out
    assert accepted.out.strip() == yaml.out.strip()
    assert "wrong_type" in checked.out
    assert "unknown_property" in checked.out
    for said in (listed, shown, none, plans, broken):
        assert bool(HANGUL.search(said.out)) is (lang == "ko"), said.out
        assert [r for r in said.out.splitlines() if cell_len(r.rstrip()) > 80] == []
    told = json.loads(rows.out)
    assert {r["property"]: r["examples"] for r in told["properties"]} == {"color": ["red"], "product_id": []}
    assert all(set(r) == {"day", "source", "count"} for r in told["volumes"])  # which days depends on the real clock


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_weather_is_taken_and_shown(at: list[str], tmp_path: Path, lang: str) -> None:
    file = tmp_path / "w.csv"
    file.write_text(
        "time,place,condition\n2026-11-16T19:00,강남,비\n2026-11-16T22:00,강남,맑음\nsoon,,\n", encoding="utf-8"
    )
    none, taken, shown, fetched, rows = commands(
        lang,
        ["weather", *at],
        ["weather", "import", str(file), *at],
        ["weather", "status", *at],
        ["weather", "fetch", *at],
        ["weather", "--json", *at],
    )
    assert [s.code for s in (none, taken, shown, fetched, rows)] == [0, 1, 0, 1, 0]  # a row could not be read
    assert "4" in taken.out  # the row that cannot be read
    for said in (none, taken, shown):
        assert bool(HANGUL.search(said.out.replace("강남", ""))) is (lang == "ko"), said.out
    assert bool(HANGUL.search(fetched.err)) is (lang == "ko")
    assert "DANGOL_KMA_KEY" in fetched.err
    (row,) = json.loads(rows.out)
    assert (row["place"], row["hours"], row["missing"]) == ("강남", 2, 2)
