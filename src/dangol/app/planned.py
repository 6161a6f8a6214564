"""Tracking plans written by hand: held against what was seen before they are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import yaml

from dangol.app.tracking import KIND, against
from dangol.collect.tracking import read_plan
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
