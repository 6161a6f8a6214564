"""Questions over time and about order: one answer on every engine."""

from __future__ import annotations

from typing import Any

import pytest

from dangol.engine import Engine
from dangol.insights import Context, answer, people, question
from dangol.profiles import Definitions, refresh_traits
from dangol.schema import EngineError
from tests.engine.world import NOW, load
from tests.insights.world import SEOUL

VIEWED, ORDERED = {"event": "Product Viewed"}, {"event": "Order Completed"}
ALL = {"period": "2025-01-01..2026-03-01"}
ASKED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("trends", {**ALL, "interval": "week", "compare": "before"}, {}),
    ("trends", {**ALL, "measure": "customers", "by": "property:channel", "top": 1}, {"other": True}),
    ("trends", {**ALL, "measure": "average:amount", "by": "trait:gender", "interval": "month"}, {"value": "male"}),
    ("trends", {**ALL, "measure": "sum:quantity", "of": "items", "by": "property:brand"}, {"value": "k"}),
    ("trends", {"period": "2 days", "interval": "hour", "measure": "max:n", "event": "any"}, {}),
    ("trends", {**ALL, "measure": "distinct:color", "filter": {"weekday": {"in": ["mon", "sun"]}}}, {}),
    ("funnel", {**ALL, "steps": [VIEWED, ORDERED], "window": "60 days"}, {"step": 2, "dropped": True}),
    ("funnel", {**ALL, "steps": [{}, ORDERED, {}], "order": "strict", "window": "90 days"}, {"step": 3}),
    ("funnel", {**ALL, "steps": [ORDERED, VIEWED], "order": "any", "by": "property:channel"}, {"step": 1, "value": "web"}),
    ("funnel", {**ALL, "steps": [ORDERED, ORDERED], "holding": "place", "window": "60 days", "by": "trait:gender"}, {"step": 2}),
    ("retention", {**ALL, "interval": "week"}, {}),
    ("retention", {**ALL, "first": False, "back": {}, "rolling": True, "by": "property:channel"}, {}),
    ("retention", {**ALL, "brackets": [1, 2, 4], "start": {"where": {"channel": "web"}}, "by": "trait:gender"}, {}),
    ("paths", {**ALL, "gap": ""}, {"step": 1, "label": "Order Completed"}),
    ("paths", {**ALL, "gap": "20 days", "before": ORDERED, "nodes": "channel", "top": 2}, {"break": "web"}),
    ("paths", {**ALL, "gap": "20 days", "after": VIEWED, "by": "trait:gender", "depth": 2}, {"break": "Product Viewed"}),
]  # fmt: skip


def _differing(one: dict[str, Any], other: dict[str, Any]) -> list[Any]:
    """The first rows that differ, by table."""
    pairs = ((name, zip(one[name], other[name], strict=False)) for name in one)
    return [
        next(((name, a, b) for a, b in rows if a != b), (name, len(one[name]), len(other[name])))
        for name, rows in pairs
    ]


@pytest.mark.spark
@pytest.mark.slow
def test_one_answer_on_every_engine(both: tuple[Engine, Engine]) -> None:
    definitions = Definitions.of()
    here = Context(now=NOW, tz=SEOUL, definitions=definitions, use="sql")
    for engine in both:
        load(engine)
        refresh_traits(engine, definitions.only(["gender", "orders"]), now=NOW, tz=SEOUL)
    wrong: list[tuple[str, dict[str, Any], Any]] = []
    for kind, said, cell in ASKED:
        asked = question(kind, said)
        try:
            one, other = (answer(engine, asked, here) for engine in both)
        except EngineError as error:
            wrong.append((kind, said, {"error": str(error)}))
            continue
        told = [{name: table.to_pylist() for name, table in found.data.items()} for found in (one, other)]
        if told[0] != told[1] or one.rows_read != other.rows_read or not one.rows_read:
            wrong.append((kind, said, _differing(*told)))
        if cell or kind == "trends":
            crowds = [people(engine, asked, cell, here) for engine in both]
            if crowds[0].ids != crowds[1].ids:
                wrong.append((kind, said, cell))
    assert wrong == []
