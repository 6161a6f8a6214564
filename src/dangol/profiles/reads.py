"""What a rule reads: the traits and segments it names."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from dangol.rules import Rule
from dangol.rules.nodes import Day, In, Rank, Top, Trait, Waterfall


def names(rule: Rule) -> tuple[frozenset[str], frozenset[str]]:
    """(traits, segments) that a rule names anywhere."""
    traits: set[str] = set()
    segments: set[str] = set()
    for node in _walk(rule.root):
        match node:
            case Trait(name=name) | Rank(by=name) | Top(by=name) | Day(trait=name):
                traits.add(name)
            case In(segments=many) | Waterfall(groups=many):
                segments.update(many)
    return frozenset(traits), frozenset(segments)


def _walk(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for part in value:
            yield from _walk(part)
    elif dataclasses.is_dataclass(value):
        yield value
        for field in dataclasses.fields(value):
            yield from _walk(getattr(value, field.name))
