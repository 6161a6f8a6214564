"""The docs run: the README's Python is executed, YAML parsed by the real parsers, commands exist, nothing is left out."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

import dangol
from dangol.app import Settings
from dangol.app.boards import read_board
from dangol.cli import app
from dangol.collect import mapping_from_yaml, presets
from dangol.collect.tracking import read_plan
from dangol.identity import differences, read_policy
from dangol.profiles import Definitions
from dangol.rules import parse
from tests.app import shop
from tests.app.test_live import send
from tests.docs.generate import ROOT, openapi

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "CONTRIBUTING.md"]
GENERATED = {"cli.md", "cli.ko.md", "settings.md", "tables.md"}
BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _blocks(language: str) -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for number, (kind, text) in enumerate(BLOCK.findall(page.read_text(encoding="utf-8")), 1):
            if kind == language:
                yield f"{page.name}:{number}", text


def test_the_python_example_of_the_readme_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (text,) = [t for where, t in _blocks("python") if where.startswith("README")]
    shop.orders(tmp_path / "orders.csv")
    shop.members(tmp_path / "members.csv")
    shop.definitions(tmp_path / "segments")
    here = Path.cwd()
    os.chdir(tmp_path)
    names: dict[str, object] = {}
    try:
        exec(compile(text, "README.md", "exec"), names)
    finally:
        os.chdir(here)
        names["shop"].close()  # type: ignore[attr-defined]
    said = capsys.readouterr().out
    assert "53 rows, 13 customers" in said
    assert "Regulars" in said
    assert "Order Completed" in said


def test_the_python_example_of_the_tracking_plan_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (text,) = [t for where, t in _blocks("python") if where.startswith("tracking-plan")]
    with shop.create(tmp_path / "shop") as ws:
        send(
            ws, {"batch": [{"type": "track", "event": "Product Viewed", "userId": "u", "properties": {"color": "red"}}]}
        )
        ws.drain()
        exec(compile(text, "tracking-plan.md", "exec"), {"shop": ws})
    assert "color" in capsys.readouterr().out


def test_the_package_says_how_it_is_used() -> None:
    assert "shop.import_files" in (dangol.__doc__ or "")


@pytest.mark.parametrize(("where", "text"), [pytest.param(w, t, id=w) for w, t in _blocks("yaml")])
def test_yaml_examples_are_read_by_the_real_parsers(where: str, text: str) -> None:
    shipped = Definitions.of(traits=[], segments=[])
    for body in yaml.safe_load_all(text):
        if isinstance(body, dict) and "segment" in body:
            found = parse(body["where"], shipped.catalog, where=where)
            assert found is not None
        elif isinstance(body, dict) and "trait" in body and "says" in body:
            assert Definitions.of(traits=[body], segments=[]).traits[body["trait"]]
        elif isinstance(body, dict) and "tracking" in body:
            assert read_plan(body).events
        elif isinstance(body, dict) and "dashboard" in body:
            assert read_board(body["dashboard"], body).tiles
        elif isinstance(body, dict) and "kinds" in body:
            assert differences(read_policy(body)) == body
        elif isinstance(body, dict) and set(body) <= set(Settings.__dataclass_fields__):
            assert Settings.load(None, {}, **body) != Settings()
        elif isinstance(body, dict) and "mapping" in body:
            assert mapping_from_yaml(yaml.safe_dump(body, allow_unicode=True), where=where)


def _commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from _commands(child, (*path, name))


COMMANDS = dict(_commands(get_command(app)))


def _shown() -> Iterator[tuple[str, list[str]]]:
    """Commands shown in shell blocks and in `code` of prose."""
    for page in PAGES:
        if page.name in GENERATED:
            continue
        text = page.read_text(encoding="utf-8")
        lines = [line for kind, body in BLOCK.findall(text) if kind == "sh" for line in body.splitlines()]
        lines += re.findall(r"`(dangol [^`]+)`", BLOCK.sub("", text))
        for line in lines:
            found = re.match(r"(?:\S*/)?dangol (.+)", line.strip())
            if found:
                yield page.name, [w for w in shlex.split(found[1], comments=True) if w not in ("…", "|")]


def test_commands_shown_in_the_docs_exist() -> None:
    wrong = []
    for page, words in _shown():
        path: tuple[str, ...] = ()
        options = [w.split("=")[0] for w in words if w.startswith("--")]
        rest = [w for w in words if not w.startswith("-")]
        for word in rest:
            if (*path, word) in COMMANDS:
                path = (*path, word)
            elif not path and word not in ("ko", "en"):
                wrong.append((page, words))
                break
        known = {
            o for step in range(len(path) + 1) for p in COMMANDS[path[:step]].params for o in p.opts + p.secondary_opts
        }
        wrong += [(page, words) for o in options if o not in known | {"--help"}]
    assert wrong == []


def test_every_command_is_in_the_reference() -> None:
    for name in ("cli.md", "cli.ko.md"):
        text = (ROOT / "docs" / name).read_text(encoding="utf-8")
        missing = [" ".join(path) for path in COMMANDS if f"## `{' '.join(('dangol', *path))}" not in text]
        assert missing == [], name


def test_every_setting_is_in_the_docs() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert [n for n in Settings.__dataclass_fields__ if f"`{n}`" not in text] == []


def test_every_word_is_in_the_concepts() -> None:
    text = (ROOT / "docs" / "concepts.md").read_text(encoding="utf-8")
    words = [
        "source",
        "event",
        "identifier",
        "customer",
        "trait",
        "segment",
        "rule",
        "consent",
        "channel",
        "quarantine",
        "vault",
    ]
    korean = ["데이터 원천", "이벤트", "식별자", "고객", "속성", "세그먼트", "조건", "동의", "채널", "격리", "금고"]
    assert [w for w in [*words, *korean] if f"| {w} |" not in text] == []


def test_every_route_is_described() -> None:
    """By its path, or by its last word where a row lists several (`POST /v1/track`, `identify`, …)."""
    text = (ROOT / "docs" / "http.md").read_text(encoding="utf-8")
    said = set(re.findall(r"`(?:[A-Z]+ )?([^`\n]+)`", text))
    every = {place.removesuffix("…") for place in said if place.endswith("/…")}
    missing = [
        path
        for path in json.loads(openapi())["paths"]
        if not {path, path.rsplit("/", 1)[-1]} & said and not any(path.startswith(place) for place in every)
    ]
    assert missing == []


def test_every_preset_is_in_the_docs() -> None:
    text = (ROOT / "docs" / "presets.md").read_text(encoding="utf-8")
    assert [p for p in presets() if p not in text] == []


def test_links_between_pages_lead_somewhere() -> None:
    lost = []
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not target.startswith(("http:", "https:", "mailto:")) and not (page.parent / target).exists():
                lost.append((page.name, target))
    assert lost == []
