"""Exports dangol knows by their header. One YAML file each; the recipe for a new one is in CONTRIBUTING.md."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from rapidfuzz import process

from dangol.collect.mapping import Mapping
from dangol.collect.mapping_yaml import mapping_from_yaml
from dangol.schema import NOTHING, NotFoundError, Text, did_you_mean


@cache
def presets() -> dict[str, Mapping]:
    """Name → mapping, in the order of names."""
    found = {}
    for file in sorted(files(__name__).iterdir(), key=lambda f: f.name):
        if file.name.endswith(".yaml"):
            mapping = mapping_from_yaml(file.read_text(encoding="utf-8"), where=file.name)
            found[mapping.name] = mapping
    return found


def preset(name: str) -> Mapping:
    """Raises `NotFoundError` with the nearest name."""
    known = presets()
    if name not in known:
        near = process.extractOne(name, list(known))
        raise NotFoundError(
            Text(f"there is no preset '{name}'", f"'{name}' 양식이 없습니다"),
            hint=did_you_mean(f"'{near[0]}'") if near else NOTHING,
        )
    return known[name]


def recognise(header: Sequence[str]) -> Mapping | None:
    """The preset that fits a header best; null when none has all its required columns."""
    best = max(presets().values(), key=lambda p: p.fits(header), default=None)
    return best if best and best.fits(header) else None
