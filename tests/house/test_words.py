"""What people read: both languages, documented errors; and what must never be committed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from dangol.schema import DangolError
from tests.house.source import ROOT, SRC, committed

_HANGUL = re.compile("[가-힣]")


def _subclasses(kind: type[DangolError]) -> Iterator[type[DangolError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _subclasses(child)


def test_every_error_code_is_documented() -> None:
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    assert {c.code for c in _subclasses(DangolError) if f"`{c.code}`" not in text} == set()


def _says(node: Any, where: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        if "says" in node:
            yield where, node["says"]
        for key, value in node.items():
            yield from _says(value, f"{where}.{key}")
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from _says(value, f"{where}[{i}]")


def test_shipped_definitions_speak_both_languages() -> None:
    files = [*SRC.rglob("*.yaml"), *(ROOT / "examples").rglob("*.yaml")]
    assert files
    said = [
        pair
        for file in files
        for document in yaml.safe_load_all(file.read_text(encoding="utf-8"))
        for pair in _says(document, file.relative_to(ROOT).as_posix())
    ]
    assert len(said) > 20
    wrong = [
        where
        for where, words in said
        if not isinstance(words, dict)
        or not _HANGUL.search(str(words.get("ko", "")))
        or not str(words.get("en", "")).strip()
    ]
    assert wrong == []


_MACHINE = re.compile(
    "|".join(
        [
            r"(?<![\w.])/" + r"work/\w",
            r"(?<![\w.])/" + r"tmp/\w",
            r"(?<![\w.~])/" + r"(root|home)/\w",
            r"py" + r"pi\.org",
            r"python" + r"hosted",
            r"registry\." + r"npmjs",
            r"(?:index|registry)-" + r"url\s*=",
            r"\bfarm" + r"-\w",
        ]
    )
)
_TEXT = {
    ".py",
    ".md",
    ".toml",
    ".yaml",
    ".yml",
    ".json",
    ".txt",
    ".in",
    ".cfg",
    ".ini",
    ".sh",
    ".html",
    ".ts",
    ".tsx",
    ".js",
    ".css",
    ".svg",
    "",
}


def test_no_machine_and_no_registry_is_named() -> None:
    found = []
    for file in committed():
        if file.suffix not in _TEXT or file.stat().st_size > 3_000_000:
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if _MACHINE.search(line):
                found.append(f"{file.relative_to(ROOT)}:{number}")
    assert found == []


def test_no_large_or_private_file_is_committed() -> None:
    big = [str(f.relative_to(ROOT)) for f in committed() if f.stat().st_size > 5_000_000]
    assert big == []
    assert [
        str(f.relative_to(ROOT)) for f in committed() if f.name.endswith((".duckdb", ".sqlite", ".key", ".pem"))
    ] == []
