"""docs/identity.md: its example runs, and it names every action, reason and setting there is."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from dangol.engine import sql
from dangol.identity import Policy, rehome, resolve
from dangol.identity.graph import REASONS
from dangol.schema import IDENTITY_LOG
from tests.identity.shop import NOW, Shop

TEXT = (Path(__file__).parents[2] / "docs" / "identity.md").read_text(encoding="utf-8")


def test_the_example_runs() -> None:
    shop = Shop()
    shop.take(["u1"])
    example = re.search(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert example
    refreshed = []
    names = {
        "engine": shop.engine,
        "identifiers": sql("SELECT node, kind, first_seen, last_seen FROM identifiers"),
        "links": None,
        "now": NOW,
        "Policy": Policy,
        "resolve": resolve,
        "rehome": rehome,
        "refresh": lambda customers: refreshed.append(customers.to_pylist()),
    }
    exec(example.group(1), names)
    assert refreshed == [[1]]


def test_every_word_is_explained() -> None:
    action = IDENTITY_LOG.column("action")
    assert action
    words = [*action.help.split(", "), *REASONS.values(), *(f.name for f in dataclasses.fields(Policy))]
    assert [w for w in words if f"`{w}`" not in TEXT and f"`policy.{w}`" not in TEXT] == []
