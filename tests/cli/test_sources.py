"""`dangol sources`: a key is shown once, listed without it, and revoked; in both languages."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from rich.cells import cell_len

from dangol.app import Desk, Workspace
from dangol.server.gate import REMEMBERED, Gate
from dangol.store.connect import HEAD
from tests.cli.run import commands
from tests.postgres import PASSWORD, Server

HANGUL = re.compile("[가-힣]")


@pytest.fixture
def at(empty: Path, tmp_path: Path) -> list[str]:
    return ["-w", str(shutil.copytree(empty, tmp_path / "shop"))]


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_keys_are_made_listed_and_revoked(at: list[str], lang: str) -> None:
    none, made, as_json, listed, gone, after, rows = commands(
        lang,
        ["sources", *at],
        ["sources", "add", "site", "--origin", "https://shop.example", "--per-minute", "600", *at],
        ["sources", "add", "backend", "--side", "server", "--ip", "none", "--json", *at],
        ["sources", *at],
        ["sources", "revoke", "1", *at],
        ["sources", *at],
        ["sources", "--json", *at],
    )
    assert [s.code for s in (none, made, as_json, listed, gone, after, rows)] == [0] * 7
    found = re.search(r"dkb_[\w-]{32}", made.out)
    assert found is not None
    key, server = found[0], json.loads(as_json.out)["write_key"]
    assert server.startswith("dks_")
    tag = f'<script async src="http://127.0.0.1:8700/sdk/dangol.js" data-key="{key}"></script>'
    assert tag in made.out
    assert json.loads(as_json.out)["tag"] is None
    for said in (listed, after, rows):
        assert key not in said.out
        assert server not in said.out
    for said in (none, made, listed, gone, after):
        assert bool(HANGUL.search(said.out)) is (lang == "ko"), said.out
    assert [r for r in listed.out.splitlines() if cell_len(r.rstrip()) > 80] == []
    told = {r["source"]: r for r in json.loads(rows.out)}
    assert (told["site"]["side"], told["site"]["origins"], told["site"]["per_minute"]) == (
        "browser",
        "https://shop.example",
        600,
    )
    assert told["site"]["ends_in"] == key[-4:]
    assert told["site"]["revoked_at"]
    assert (told["backend"]["side"], told["backend"]["ip"], told["backend"]["revoked_at"]) == ("server", "none", None)
    with Workspace.open(Path(at[1])) as ws:
        assert ws.store.write_keys.find(key) is None
        assert ws.store.write_keys.find(server) is not None


def test_everything_that_is_wrong_is_told_at_once(at: list[str]) -> None:
    wrong, unknown = commands(
        "en",
        ["sources", "add", "a/b", "--side", "desktop", "--ip", "half", "--origin", "shop.example", "--json", *at],
        ["sources", "revoke", "9", *at],
    )
    assert wrong.code == unknown.code == 1
    assert [p["where"] for p in json.loads(wrong.out)["problems"]] == ["source", "side", "ip", "origin"]
    assert "no write key 9" in unknown.err


def test_keys_are_made_and_revoked_while_the_workspace_is_open(at: list[str]) -> None:
    """As while `dangol up` runs: the server hears of a new key at once, of a revoked one within seconds."""
    with Workspace.open(Path(at[1]), command="dangol up") as ws:
        gate = Gate(ws.store.write_keys, clock=lambda: clock[0])
        clock = [0.0]
        made, listed, other = commands(
            "en",
            ["sources", "add", "site", "--per-day", "1000", "--json", *at],
            ["sources", "--json", *at],
            ["status", *at],
        )
        assert (made.code, listed.code, other.code) == (0, 0, 1)
        assert "in use by `dangol up`" in other.err
        key = json.loads(made.out)["write_key"]
        (told,) = json.loads(listed.out)
        assert (told["source"], told["per_day"], told["today"]) == ("site", 1000, 0)
        assert gate.ask(key).key is not None
        (gone,) = commands("ko", ["sources", "revoke", str(told["key"]), *at])
        assert gone.code == 0, gone.err
        clock[0] += REMEMBERED + 1
        assert gate.ask(key).refused == "unknown_key"
        assert {e.action for e in ws.store.audit.entries()} >= {"write_key.made", "write_key.revoked"}


def test_a_workspace_that_another_version_holds_is_left_alone(at: list[str]) -> None:
    with Workspace.open(Path(at[1]), command="dangol up") as ws:
        with ws.store.writing() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
        (said,) = commands("en", ["sources", *at])
        assert said.code == 1
        assert "another version" in said.err
        with ws.store.writing() as connection:
            connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{HEAD}'")


def test_on_postgresql_as_well(postgres: Server, blank_database: str, tmp_path: Path) -> None:
    name = postgres.make(blank_database)
    with Workspace.create(tmp_path / "shop", store=postgres.url(name)) as ws:
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("DANGOL_STORE_PASSWORD", PASSWORD)
            with Desk.open(tmp_path / "shop") as desk:
                key, _ = desk.add_source("site")
        assert ws.store.write_keys.find(key) is not None
    postgres.drop(name)
