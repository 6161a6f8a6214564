"""Tracking plans written by hand: held against what was seen, before they are kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
import yaml

from dangol.app.tracking import BROKEN, KIND
from dangol.collect.tracking import Plan, check, read_plan
from dangol.profiles import documents
from dangol.schema import Answer, DefinitionError, Problem, Text

if TYPE_CHECKING:
    from dangol.app.workspace import Base


def put(ws: Base, text: str, *, dry_run: bool = False) -> Answer:
    """Keep a plan written as YAML; returns what of everything seen so far would have been a violation.

    :raises DefinitionError: with everything that is wrong in it.
    """
    try:
        body = yaml.safe_load(text)
    except yaml.YAMLError as error:
        said = " ".join(str(error).split())
        wrong = Text(f"not valid YAML: {said}", f"YAML로 읽을 수 없습니다: {said}")
        raise DefinitionError([Problem(wrong)], where="tracking") from error
    body = orjson.loads(orjson.dumps(body, default=str))
    plan = read_plan(body)
    found = against(ws, [plan])
    if not dry_run:
        ws.store.definitions.put(KIND, plan.source, body, actor=ws.actor, now=ws.real_now(), note="")
    return found


def check_file(ws: Base, path: Path) -> Answer:
    """Read plans from a file and hold what was seen so far against them: what would have been a violation.

    :raises DefinitionError: with everything that is wrong in the file.
    """
    bodies = [d for d in documents(path) if KIND in d]
    if not bodies:
        wrong = Text("there is no tracking plan in it", "수집 계획이 없습니다")
        raise DefinitionError([Problem(wrong, path.name, Text.same("tracking: site"))])
    return against(ws, [read_plan(body) for body in bodies])


def against(ws: Base, plans: Iterable[Plan]) -> Answer:
    """What was seen so far, held against plans."""
    rows = []
    for plan in plans:
        found = ws.store.seen.rows(plan.source)
        totals = {r["event"]: r["count"] for r in found if not r["property"]}
        had: dict[str, dict[str, Mapping[str, int]]] = {event: {} for event in totals}
        for r in found:
            if r["property"] and r["event"] in had:
                had[r["event"]][r["property"]] = r["types"]
        for event, count in totals.items():
            rows += [{"source": plan.source, "event": event, **row} for row in _would(plan, event, had[event], count)]
    fine = ws.say("What was seen so far fits.", "지금까지 온 것은 모두 맞습니다.")
    schema = pa.schema([(n, t) for n, t in zip(BROKEN.names, BROKEN.types, strict=True) if n not in ("day", "samples")])
    return Answer(pa.Table.from_pylist(rows, schema=schema), note="" if rows else fine)


_STAND_INS: Mapping[str, Any] = {
    "text": "x",
    "number": 1,
    "bool": True,
    "moment": "2026-01-01",
    "list": [],
    "object": {},
}


def _would(plan: Plan, event: str, had: Mapping[str, Mapping[str, int]], count: int) -> Iterable[dict[str, Any]]:
    """Violations by type alone: values were not kept."""
    for name, types in had.items():
        for kind, n in types.items():
            for broken in check(plan, event, {name: _STAND_INS[kind]}):
                if broken.property == name and broken.kind != "not_allowed":
                    yield {"property": name, "kind": broken.kind, "count": n}
    for broken in check(plan, event, dict.fromkeys(had, "")):
        if broken.kind in ("unknown_event", "missing_property") or (
            broken.kind == "deprecated" and not broken.property
        ):
            yield {"property": broken.property, "kind": broken.kind, "count": count}
    planned = plan.events.get(event)
    for name, expected in (planned.properties if planned else {}).items():
        without = count - sum(had[name].values()) if name in had else 0
        if expected.required and without > 0:
            yield {"property": name, "kind": "missing_property", "count": without}
