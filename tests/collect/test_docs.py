"""docs/presets.md says what there is."""

from __future__ import annotations

import re
from pathlib import Path

from dangol.collect import FIELDS, GRAINS, mapping_from_yaml, mapping_to_yaml, presets

TEXT = (Path(__file__).parents[2] / "docs" / "presets.md").read_text(encoding="utf-8")


def test_every_preset_field_and_grain_is_in_the_docs() -> None:
    for name in (*presets(), *FIELDS, *GRAINS):
        assert re.search(rf"\b{name}\b", TEXT), name


def test_the_example_is_a_mapping() -> None:
    example = re.search(r"```yaml\n(.*?)```", TEXT, re.S)
    assert example
    mapping = mapping_from_yaml(example[1])
    assert mapping_from_yaml(mapping_to_yaml(mapping)) == mapping
