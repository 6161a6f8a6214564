"""A tracking plan: which events a source should send, with which properties. A definition like any other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from dangol.rules import nearest
from dangol.schema import DefinitionError, Problem, Text, one_of

TYPES = ("text", "number", "bool", "moment", "list", "object")
"""What a property can be. A moment is a text too, and a whole number is a number."""

STRICTNESS = ("strict", "known")
"""strict: what the plan does not name is a violation; known: only what it names is checked."""

_TOP = ("tracking", "says", "strictness", "events")
_EVENT = ("says", "properties", "deprecated")
_PROPERTY = ("type", "required", "allowed", "pattern", "deprecated", "says")


@dataclass(frozen=True, slots=True)
class Expected:
    """One property. allowed: the only values (as text); pattern: RE2, anywhere in the text."""

    type: str = ""
    required: bool = False
    allowed: tuple[str, ...] = ()
    pattern: str = ""
    deprecated: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """One event."""

    properties: Mapping[str, Expected] = field(default_factory=dict)
    deprecated: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What one source should send."""

    source: str
    strictness: Literal["strict", "known"]
    events: Mapping[str, Planned]


def read_plan(body: Any) -> Plan:
    """Read a plan. Raises `DefinitionError` with every problem, each with its place and the nearest valid word."""
    problems: list[Problem] = []
    if not isinstance(body, Mapping) or not isinstance(body.get("tracking"), str) or not body["tracking"].strip():
        wrong = Text("a tracking plan names its source", "수집 계획에는 원천 이름이 필요합니다")
        raise DefinitionError([Problem(wrong, "tracking", Text.same("tracking: site"))])
    source = str(body["tracking"])
    _keys(body, _TOP, source, problems)
    strictness = body.get("strictness", "strict")
    if strictness not in STRICTNESS:
        problems.append(_unfit(strictness, f"{source}.strictness", STRICTNESS))
    said = body.get("events")
    if not isinstance(said, Mapping) or not said:
        problems.append(
            Problem(
                Text("which events are expected?", "어떤 이벤트가 와야 하는지 적혀 있지 않습니다"),
                f"{source}.events",
                Text.same("events: {Product Viewed: {properties: {product_id: text}}}"),
            )
        )
        said = {}
    events = {str(name): _event(one, f"{source}.events.{name}", problems) for name, one in said.items()}
    if problems:
        raise DefinitionError(problems)
    return Plan(source, "known" if strictness == "known" else "strict", events)


def _event(body: Any, place: str, problems: list[Problem]) -> Planned:
    body = body if body is not None else {}
    if not isinstance(body, Mapping):
        problems.append(_mapping(place, "{properties: {product_id: text}}"))
        return Planned()
    _keys(body, _EVENT, place, problems)
    said = body.get("properties") or {}
    if not isinstance(said, Mapping):
        problems.append(_mapping(f"{place}.properties", "{product_id: text}"))
        said = {}
    read = {str(n): _property(one, f"{place}.properties.{n}", problems) for n, one in said.items()}
    return Planned(read, body.get("deprecated") is True)


def _property(body: Any, place: str, problems: list[Problem]) -> Expected:
    body = {"type": body} if isinstance(body, str) else body if body is not None else {}
    if not isinstance(body, Mapping):
        problems.append(_mapping(place, "{type: text, required: true}"))
        return Expected()
    _keys(body, _PROPERTY, place, problems)
    kind = body.get("type", "")
    if kind and kind not in TYPES:
        problems.append(_unfit(kind, f"{place}.type", TYPES))
    for flag in ("required", "deprecated"):
        if not isinstance(body.get(flag, False), bool):
            problems.append(_unfit(body[flag], f"{place}.{flag}", ("true", "false")))
    allowed = body.get("allowed", [])
    if not isinstance(allowed, list):
        problems.append(_mapping(f"{place}.allowed", "[web, app]"))
        allowed = []
    pattern = str(body.get("pattern", ""))
    try:
        pc.match_substring_regex(pa.array([""]), pattern)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        wrong = Text(f"{pattern!r} is not a pattern RE2 can read", f"{pattern!r}: RE2로 읽을 수 있는 정규식이 아닙니다")
        problems.append(Problem(wrong, f"{place}.pattern"))
    values = tuple(plain(v) for v in allowed)
    return Expected(str(kind), body.get("required") is True, values, pattern, body.get("deprecated") is True)


def plain(value: object) -> str:
    """A scalar as text: as it is compared with `allowed`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _keys(body: Mapping[Any, Any], known: Iterable[str], place: str, problems: list[Problem]) -> None:
    for key in body:
        if key not in known:
            wrong = Text(f"{key!r} means nothing here", f"{key!r}: 여기에서 쓸 수 없는 키입니다")
            problems.append(Problem(wrong, f"{place}.{key}", nearest(str(key), known)))


def _unfit(value: object, place: str, known: tuple[str, ...]) -> Problem:
    return Problem(Text(f"{value!r} does not fit here", f"{value!r}: 쓸 수 없는 값입니다"), place, one_of(known))


def _mapping(place: str, example: str) -> Problem:
    wrong = Text("this has another shape", "모양이 다릅니다")
    return Problem(wrong, place, Text(f"write it like {example}", f"{example}처럼 적으세요"))


def plan_of(
    source: str, seen: Mapping[str, Mapping[str, Mapping[str, int]]], counts: Mapping[str, int], before: Any = None
) -> dict[str, Any]:
    """A plan accepted from what was seen: event → property → type → how often, and event → how often.

    A property that every event had is required; one of several types has none. What `before` (a plan's body) says of an
    event or property stays as somebody wrote it.
    """
    body: dict[str, Any] = dict(before) if isinstance(before, Mapping) else {"tracking": source, "strictness": "strict"}
    events: dict[str, Any] = dict(body.get("events") or {})
    for event, properties in sorted(seen.items()):
        kept = dict(events.get(event) or {})
        known = dict(kept.get("properties") or {})
        for name, types in sorted(properties.items()):
            if name not in known:
                total = sum(types.values())
                one = next(iter(types)) if len(types) == 1 else ""
                known[name] = {
                    **({"type": one} if one else {}),
                    **({"required": True} if total >= counts.get(event, 0) > 0 else {}),
                }
        events[event] = {**kept, "properties": known}
    return {**body, "events": events}
