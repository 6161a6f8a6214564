"""Rules that find the customers behind a number, for a segment that goes on living."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from dangol.insights.asking import Asking

Rule = dict[str, Any]


def did(asking: Asking, names: Sequence[str], *wheres: Any, of: str = "events", always: bool = False) -> Rule:
    """Whoever did it in the question's period (or ever: `always`), under its filter and these."""
    stretch, tick = asking.stretch, dt.timedelta(microseconds=1)
    found: Rule = {"did": list(names) or "any"}
    if of == "items":
        found["of"] = of
    if not always:
        low, high = stretch.local(stretch.start), stretch.local(stretch.end) - tick
        found["between"] = [low.isoformat(sep=" "), high.isoformat(sep=" ")]
    asked = [w for w in (None if always else asking.question.filter, *wheres) if w]
    if asked:
        found["where"] = asked[0] if len(asked) == 1 else {"all": asked}
    return found


def is_(field: str, value: str | None) -> Rule:
    """A filter: the field has this value, or none."""
    return {field: {"missing": True} if value is None else {"is": value}}


def whole(asking: Asking, *parts: Mapping[str, Any] | None) -> Rule:
    """All of these, of the customers the question is about."""
    kept = [dict(p) for p in (asking.rule(), *parts) if p]
    return kept[0] if len(kept) == 1 else {"all": kept}
