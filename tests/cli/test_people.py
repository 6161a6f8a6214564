"""`dangol people`, `keys`, `audit`, `settings`, `backup` and `restore`, in both languages; links and keys are shown once."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from dangol.app import Desk
from dangol.app.signing import use_link
from tests.app import shop
from tests.cli.run import commands

HANGUL = re.compile("[가-힣]")


@pytest.fixture
def folder(empty: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(empty, tmp_path / "shop"))


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_people_come_change_and_go(folder: Path, lang: str) -> None:
    at = ["-w", str(folder)]
    none, link, invited = commands(
        lang,
        ["people", *at],
        ["people", "link", *at],
        ["people", "link", "--email", "lee@team.example", "--role", "analyst", *at],
    )
    assert [s.code for s in (none, link, invited)] == [0, 0, 0]
    assert bool(HANGUL.search(none.out)) is (lang == "ko")
    found = re.fullmatch(r"http://localhost:8700/sign-in#link=(\S{43})\s*", link.out)
    assert found, link.out
    with Desk.open(folder) as desk:
        use_link(desk, found[1], email="kim@team.example", name="Kim", password="horse battery staple")
        token = invited.out.strip().partition("#link=")[2]
        lee = use_link(desk, token, email="", name="Lee", password="horse battery staple")
    listed, last, role, gone, back, removed, rows = commands(
        lang,
        ["people", *at],
        ["people", "disable", "1", *at],
        ["people", "role", str(lee), "viewer", *at],
        ["people", "disable", str(lee), *at],
        ["people", "enable", str(lee), *at],
        ["people", "remove", str(lee), *at],
        ["people", "--json", *at],
        columns=140,
    )
    assert [s.code for s in (listed, last, role, gone, back, removed, rows)] == [0, 1, 0, 0, 0, 0, 0]
    assert "kim@team.example" in listed.out
    assert bool(HANGUL.search(listed.out)) is (lang == "ko")
    assert ("소유자" if lang == "ko" else "owner") in last.err
    assert [(r["email"], r["role"], r["state"]) for r in json.loads(rows.out)] == [
        ("kim@team.example", "owner", "active")
    ]
    said, wrong = commands(lang, ["audit", "--kind", "person", "--json", *at], ["audit", "--since", "soon", *at])
    told = [(r["action"], r["before"], r["after"]) for r in json.loads(said.out)]
    assert ("person.role", '{"role":"analyst"}', '{"role":"viewer"}') in told
    assert [r["action"] for r in json.loads(said.out)].count("person.joined") == 2
    assert wrong.code == 1


def test_settings_as_the_console_has_them(folder: Path) -> None:
    """All or none, audited; what only the file or the environment may say is refused with where it belongs."""
    at = ["-w", str(folder)]
    listed, several, rates, none, got, wrong, only_file, rows, noted = commands(
        "ko",
        ["settings", *at],
        ["settings", "set", "session_hours=8", "own_identifiers=02-123-4567, a@b.example", *at],
        ["settings", "set", "rates=USD: 1350, JPY: 9.5", "--json", *at],
        ["settings", "set", "session_hours=8", *at],
        ["settings", "get", "rates", *at],
        ["settings", "set", "session_hours=0", "rates=13", "port=9", "key=x", "time_zone=UTC", "name=x", *at],
        ["settings", "get", "store", *at],
        ["settings", "--json", *at],
        ["audit", "--kind", "settings", "--json", *at],
        columns=240,
    )
    assert [s.code for s in (listed, several, rates, none, got, wrong, only_file)] == [0, 0, 0, 0, 0, 1, 1]
    assert "가게의 시간대" in listed.out
    assert "session_hours: 12 → 8" in several.out
    assert json.loads(rates.out) == {"changed": ["rates"], "recomputed": True}
    assert got.out.strip() == "USD: 1350, JPY: 9.5"
    assert all(f"• {name}: " in wrong.err for name in ("session_hours", "rates", "port", "key", "time_zone"))
    assert all(hint in wrong.err for hint in ("dangol.yaml", "DANGOL_KEY", "timezone"))
    assert "dangol.yaml" in only_file.err
    now = {row["setting"]: row["value"] for row in json.loads(rows.out)}
    assert now["rates"] == {"USD": "1350", "JPY": "9.5"}
    assert now["own_identifiers"] == ["02-123-4567", "a@b.example"]
    assert now["name"] == "시험 가게"
    assert "port" not in now
    assert [r["action"] for r in json.loads(noted.out)] == ["settings.changed"] * 2


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_keys_of_programs(folder: Path, lang: str) -> None:
    at = ["-w", str(folder)]
    made, listed, owner, gone, audit = commands(
        lang,
        ["keys", "add", "nightly", "--role", "analyst", *at],
        ["keys", *at],
        ["keys", "add", "root", "--role", "owner", *at],
        ["keys", "revoke", "1", *at],
        ["audit", *at],
    )
    assert [s.code for s in (made, listed, owner, gone, audit)] == [0, 0, 1, 0, 0]
    assert re.fullmatch(r"dka_[\w-]{43}\s*", made.out)
    assert made.out.strip() not in listed.out + audit.out
    assert bool(HANGUL.search(listed.out)) is bool(HANGUL.search(audit.out)) is (lang == "ko")


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_backup_and_restore(ready: Path, tmp_path: Path, lang: str) -> None:
    at, key = ["-w", str(ready)], ready / "keys" / "workspace.key"
    made, listed, there, again, damaged = commands(
        lang,
        ["backup", str(tmp_path / "one.dangol-backup"), "--json", *at],
        ["backup", "--list", *at],
        ["restore", str(tmp_path / "one.dangol-backup"), "--to", str(ready)],
        [
            "restore",
            str(tmp_path / "one.dangol-backup"),
            "--to",
            str(tmp_path / "new"),
            "--key",
            str(key),
        ],
        ["restore", str(ready / "dangol.yaml"), "--to", str(tmp_path / "third")],
    )
    assert [s.code for s in (made, listed, there, again, damaged)] == [0, 0, 1, 0, 1], (made.err, again.err)
    assert json.loads(made.out)["bytes"] > 10_000
    assert bool(HANGUL.search(again.out)) is bool(HANGUL.search(damaged.err)) is (lang == "ko")
    assert not (tmp_path / "third" / "dangol.yaml").exists()
    with shop.reopen(tmp_path / "new") as ws:
        assert ws.count("regulars").customers > 0
