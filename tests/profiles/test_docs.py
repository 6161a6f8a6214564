"""The examples of docs/traits.md are sound definitions, and the document names every function and shipped trait file."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import yaml

from dangol.profiles import Definitions
from dangol.profiles.parse import DERIVED, FUNCTIONS

TEXT = (Path(__file__).parents[2] / "docs" / "traits.md").read_text(encoding="utf-8")


def test_every_example_is_a_sound_definition() -> None:
    found = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)]
    defined = Definitions.of([d for d in found if "trait" in d], [d for d in found if "segment" in d])
    assert "tea-lovers" in defined.segments
    assert len(found) >= 6


def test_every_function_and_shipped_file_is_documented() -> None:
    for word in (*FUNCTIONS, *DERIVED, "given", "score"):
        assert f"`{word}" in TEXT or f"{word}:" in TEXT, word
    shipped = resources.files("dangol.profiles") / "shipped"
    assert all(f"`{f.name}`" in TEXT for f in shipped.iterdir() if f.name.endswith(".yaml"))
