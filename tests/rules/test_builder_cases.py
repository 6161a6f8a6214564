"""spec/builder: rules as the builder gets them. pytest holds that they are rules, vitest that the builder keeps all of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dangol.rules import EXAMPLE_CATALOG, examples, parse, to_body
from tests.oracle.rules_worlds import CATALOG

CASES = json.loads((Path(__file__).parents[2] / "spec" / "builder" / "cases.json").read_text(encoding="utf-8"))


def plain(body: Any) -> Any:
    return json.loads(json.dumps(body, default=lambda day: day.isoformat(), ensure_ascii=False))


def test_every_construct_is_among_them() -> None:
    written = {name: plain(to_body(parse(body, EXAMPLE_CATALOG))) for name, body in examples().items()}
    assert CASES["examples"] == written


@pytest.mark.parametrize("body", CASES["drawn"], ids=range(len(CASES["drawn"])))
def test_each_is_a_rule_written_in_the_canonical_way(body: Any) -> None:
    assert plain(to_body(parse(body, CATALOG))) == body
