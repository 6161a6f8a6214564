"""JSON lines: one object per line; nested objects become ``outer.inner`` columns, lists stay JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from dangol.collect.sheets import cell_text

_DEPTH = 4


def objects(lines: Iterable[tuple[str, bool]]) -> Iterator[tuple[int, dict[str, str | None] | None, str]]:
    """(line number, flat object or null where it cannot be read, text)."""
    for number, (line, good) in enumerate(lines, start=1):
        text = line.strip()
        if not text:
            continue
        yield number, _object(text) if good else None, text


def _object(text: str) -> dict[str, str | None] | None:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return flat(value) if isinstance(value, dict) else None


def flat(value: dict[str, Any], prefix: str = "", depth: int = 0) -> dict[str, str | None]:
    out: dict[str, str | None] = {}
    for key, inner in value.items():
        name = prefix + key
        if isinstance(inner, dict) and inner and depth < _DEPTH:
            out |= flat(inner, name + ".", depth + 1)
        elif isinstance(inner, dict | list):
            out[name] = orjson.dumps(inner).decode()
        else:
            out[name] = cell_text(inner)
    return out
