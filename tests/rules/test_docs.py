"""Every YAML block of docs/rules.md is a rule, and every construct and operator is mentioned there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from dangol.rules import EXAMPLE_CATALOG, parse, say
from dangol.rules.parse import HEADS
from dangol.rules.parse_did import MEASURES
from dangol.rules.parse_tests import ALL_OPERATORS

PAGE = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=[b.split("\n")[0] for b in BLOCKS])
def test_block_is_a_rule(block: str) -> None:
    rule = parse(yaml.safe_load(block), EXAMPLE_CATALOG)
    assert say(rule, EXAMPLE_CATALOG, "ko")


def test_every_word_of_the_language_is_on_the_page() -> None:
    words = {*HEADS, *MEASURES, *ALL_OPERATORS, "never", "or_missing", "of", "where"} - {"not_within"}
    assert not [w for w in words if not re.search(rf"(?<!\w){re.escape(w)}(?!\w)", PAGE)]
