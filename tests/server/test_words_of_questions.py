"""The console has words in both languages for everything a question may say: its fields, their choices, its place on the list."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from dangol.insights import KINDS

HERE = Path(__file__).resolve().parents[2] / "console" / "src" / "screens" / "understand"
SAID_ELSEWHERE = {"kind", "where", "filter", "segment"}
"""Pills and the screen itself."""


def keys(file: str) -> tuple[set[str], set[str]]:
    """Keys of a words file, English and Korean."""
    text = (HERE / file).read_text(encoding="utf-8")
    english, korean = text.split("\n  ko: {")
    return _keys(english), _keys(korean)


def _keys(text: str) -> set[str]:
    return set(re.findall(r"^    (\w+):", text, re.MULTILINE))


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_and_choice_has_a_word(kind: str) -> None:
    english, korean = keys("editor/fields.words.ts")
    assert english == korean
    schema = KINDS[kind].model.model_json_schema()
    missing = []
    for name, field in schema["properties"].items():
        if name in SAID_ELSEWHERE:
            continue
        if not {name, f"{kind}_{name}"} & english:
            missing.append(name)
        missing += [f"{name}__{choice}" for choice in _choices(field) if f"{name}__{choice}" not in english]
    assert missing == []


def _choices(field: dict[str, Any]) -> list[str]:
    found = [*field.get("enum", []), *([field["const"]] if "const" in field else [])]
    return [str(choice) for choice in found]


def test_every_question_is_on_the_list() -> None:
    """A new kind needs a sentence to be found by, and a picture."""
    english, korean = keys("words.ts")
    pictures = (HERE / "pictures" / "index.ts").read_text(encoding="utf-8")
    for kind in KINDS:
        assert {kind, f"{kind}_ask", f"{kind}_find"} <= english & korean
        assert f'"./{kind}"' in pictures
    assert english == korean
