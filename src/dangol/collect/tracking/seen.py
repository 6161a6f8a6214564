"""What a drain or a file tells of events and their properties, summed up; and how sums are folded into the catalogue."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from dangol.collect.tracking.examples import PEOPLE, may_show, shown

OTHER = "…"
"""Stands for the events of a source, or the properties of an event, beyond what the catalogue keeps apart."""

MOST_EVENTS = 500
MOST_PROPERTIES = 200
EXAMPLES = 5
_CANDIDATES = 12
_DEEP = 3
_LONGEST = 120
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?")
COLUMNS = (
    "order_id", "product_id", "category", "amount", "discount", "tax", "quantity", "place", "campaign",
    "coupon",
)  # fmt: skip
"""Columns of `events` that senders fill; they count as properties, by the column's name."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event as it is looked at: who sent it, what it is called, and its properties (dots for what is inside objects)."""

    source: str
    event: str
    at: dt.datetime
    node: int | None
    properties: Mapping[str, Any]


@dataclass(slots=True)
class Seen:
    """A property of an event of a source (an empty name: the event itself) as the catalogue keeps it.

    types     type → how often
    examples  at most `EXAMPLES`, none of them personal
    held      candidates: a keyed fingerprint of a text → fingerprints of who said it
    """

    source: str
    event: str
    property: str
    count: int = 0
    first_at: dt.datetime | None = None
    last_at: dt.datetime | None = None
    types: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    held: dict[str, list[str]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict, repr=False)
    """The candidates of this sum in clear; never kept."""


def type_of(value: object) -> str:
    """One of `plan.TYPES`."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, list):
        return "list"
    if isinstance(value, Mapping):
        return "object"
    dated = isinstance(value, str) and value[4:5] == "-" and _MOMENT.fullmatch(value)
    return "moment" if dated else "text"


def told_of(row: Mapping[str, Any]) -> Told:
    """A row of `events`: its filled columns and its properties, without what the SDK says of itself (`context`)."""
    found: dict[str, Any] = {}
    for name in COLUMNS:
        value = row.get(name)
        if value is not None:
            found[name] = value if isinstance(value, str) else float(value)
    said = orjson.loads(row["properties"]) if row.get("properties") else {}
    if isinstance(said, dict):
        found |= _flat({k: v for k, v in said.items() if k != "context"})
    return Told(row["source"], row["name"], row["at"], row.get("node"), found)


def _flat(said: Mapping[str, Any], before: str = "", deep: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in said.items():
        if value is None:
            continue
        place = before + (str(name)[:_LONGEST] or "''")  # an empty name is the event's own row
        if isinstance(value, Mapping) and value and deep < _DEEP:
            found |= _flat(value, f"{place}.", deep + 1)
        else:
            found[place] = value
    return found


def tally(told: Iterable[Told], key: bytes) -> dict[tuple[str, str, str], Seen]:
    """Sum events up by source, event and property.

    :param key: keys the fingerprints, so that nobody can try names against them.
    """
    found: dict[tuple[str, str, str], Seen] = {}
    for one in told:
        at = one.at.replace(tzinfo=dt.UTC)
        for name, value in (("", None), *one.properties.items()):
            place = (one.source, one.event[:_LONGEST], name)
            seen = found.get(place)
            if seen is None:
                seen = found[place] = Seen(*place)
            seen.count += 1
            seen.first_at = min(seen.first_at or at, at)
            seen.last_at = max(seen.last_at or at, at)
            if name:
                seen.types[type_of(value)] += 1
                _note(seen, name, value, one.node, key)
    return found


def _note(seen: Seen, name: str, value: Any, node: int | None, key: bytes) -> None:
    if len(seen.examples) >= EXAMPLES or isinstance(value, list | Mapping):
        return
    text = _example(name, value)
    if text is None or text in seen.examples:
        return
    if not isinstance(value, str):
        seen.examples.append(text)
        return
    if node is None:
        return
    what = _mark(text, key)
    seen.texts[what] = text
    _hold(seen, what, [_mark(f"{what}/{node}", key)], text)


def _hold(seen: Seen, what: str, who: list[str], text: str) -> None:
    """Another telling of a candidate; when enough people said it, it is an example. The oldest candidates make room."""
    said = list(dict.fromkeys([*seen.held.pop(what, []), *who]))
    if len(said) >= PEOPLE:
        if len(seen.examples) < EXAMPLES and text not in seen.examples:
            seen.examples.append(text)
        return
    while len(seen.held) >= _CANDIDATES:
        gone = next(iter(seen.held))
        del seen.held[gone]
    seen.held[what] = said


@lru_cache(maxsize=8192, typed=True)
def _example(name: str, value: Any) -> str | None:
    """A scalar as it may be shown; None where it may not. Senders repeat themselves, so answers are kept."""
    return shown(value) if may_show(name, value) else None


@lru_cache(maxsize=8192)
def _mark(text: str, key: bytes) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=key[:32], digest_size=6).hexdigest()


def folded(
    known: Mapping[tuple[str, str, str], Seen], new: Iterable[Seen], events: Mapping[str, int]
) -> Iterator[Seen]:
    """New sums folded into what the catalogue has of them; what is beyond its bounds goes to a row called `OTHER`.

    :param known: rows of the catalogue, of every event that `new` names and of `OTHER`.
    :param events: source → how many events the catalogue keeps of it.
    """
    kept = dict(known)
    many = Counter(events)
    properties = Counter((source, event) for source, event, name in known if name)
    changed: dict[tuple[str, str, str], Seen] = {}
    for one in sorted(new, key=lambda s: (s.source, s.event, s.property)):
        event, name = one.event, one.property
        if (one.source, event, "") not in kept:
            if many[one.source] >= MOST_EVENTS:
                event, name = OTHER, ""
            elif not name:
                many[one.source] += 1
        if event == OTHER and one.property:
            continue  # of events beyond the bound only their number is kept
        if name and (one.source, event, name) not in kept:
            if properties[one.source, event] >= MOST_PROPERTIES:
                name = OTHER
            else:
                properties[one.source, event] += 1
        place = (one.source, event, name)
        row = kept.get(place)
        if row is None:
            row = kept[place] = Seen(*place)
        _add(row, one, plain=name != OTHER)
        changed[place] = row
    yield from changed.values()


def _add(row: Seen, one: Seen, *, plain: bool) -> None:
    row.count += one.count
    row.first_at = min(filter(None, (row.first_at, one.first_at)), default=None)
    row.last_at = max(filter(None, (row.last_at, one.last_at)), default=None)
    row.types.update(one.types)
    if not plain:
        return
    row.examples += [e for e in one.examples if e not in row.examples][: EXAMPLES - len(row.examples)]
    for what, who in one.held.items():
        if one.texts.get(what) not in row.examples:
            _hold(row, what, who, one.texts[what])
    if len(row.examples) >= EXAMPLES:
        row.held = {}
