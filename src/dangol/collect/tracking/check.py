"""An event held against its source's plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dangol.collect.tracking.examples import shape
from dangol.collect.tracking.plan import Expected, Plan, plain
from dangol.collect.tracking.seen import type_of

KINDS = ("unknown_event", "unknown_property", "missing_property", "wrong_type", "not_allowed", "deprecated")


@dataclass(frozen=True, slots=True)
class Violation:
    """What an event does that its plan does not say. `shape`: what the value looks like, without saying it."""

    kind: str
    event: str
    property: str = ""
    shape: str = ""


def check(plan: Plan, event: str, properties: Mapping[str, Any]) -> Iterator[Violation]:
    """Every violation of one event.

    :param properties: as `told_of` gives them: names with dots for what is inside an object.
    """
    planned = plan.events.get(event)
    if planned is None:
        if plan.strictness == "strict":
            yield Violation("unknown_event", event)
        return
    if planned.deprecated:
        yield Violation("deprecated", event)
    for name, expected in planned.properties.items():
        if name in properties:
            yield from _property(event, name, properties[name], expected)
        elif expected.required:
            yield Violation("missing_property", event, name)
    if plan.strictness == "strict":
        for name, value in properties.items():
            if name not in planned.properties and not _inside(name, planned.properties):
                yield Violation("unknown_property", event, name, shape(value))


def _inside(name: str, planned: Mapping[str, Expected]) -> bool:
    """Whether it lies in an object that is planned whole, or is one whose inside is planned."""
    parts = name.split(".")
    return any(".".join(parts[:n]) in planned for n in range(1, len(parts))) or any(
        other.startswith(f"{name}.") for other in planned
    )


def _property(event: str, name: str, value: Any, expected: Expected) -> Iterator[Violation]:
    if expected.deprecated:
        yield Violation("deprecated", event, name)
    kind = type_of(value)
    if expected.type and kind != expected.type and not (expected.type == "text" and kind == "moment"):
        yield Violation("wrong_type", event, name, shape(value))
        return
    fits = not expected.allowed or plain(value) in expected.allowed
    if fits and expected.pattern:
        fits = bool(pc.match_substring_regex(pa.array([plain(value)]), expected.pattern)[0].as_py())
    if not fits:
        yield Violation("not_allowed", event, name, shape(value))
