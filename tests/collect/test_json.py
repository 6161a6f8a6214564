"""One JSON document reads like JSON lines: as an array, inside an object, on one line or many, cut off or damaged."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangol.collect import Limits, read
from dangol.collect.reading import numbered_rows
from dangol.engine import DuckDBEngine
from dangol.schema import FileError

from .conftest import Taker, rows

Save = Callable[..., Path]

FIRST = {"user_id": "u1", "event": "검색", "timestamp": "2026-01-01T10:00:00Z", "message_id": "m1"}
EVENTS: list[dict[str, Any]] = [
    FIRST | {"context": {"device": {"type": "mobile"}}},
    FIRST | {"timestamp": "2026-01-02T10:00:00Z", "message_id": "m2", "amount": 12.5, "tags": ["a", {"b": 1}]},
]


def cells(path: Path, **options: Any) -> list[dict[str, str | None]]:
    reading = read(path, **options)
    return [dict(zip(reading.header, row, strict=True)) for _, row, _ in numbered_rows(reading) if row is not None]


def lines_of(objects: list[dict[str, Any]]) -> str:
    return "\n".join(json.dumps(o, ensure_ascii=False) for o in objects)


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("wrap", ["{}", '{{"orders": {}}}', '{{"total": 2, "data": {{"orders": {}}}, "next": null}}'])
def test_every_shape_reads_as_its_lines_do(save: Save, indent: int | None, wrap: str) -> None:
    wanted = cells(save(lines_of(EVENTS), "a.jsonl"))
    text = wrap.format(json.dumps(EVENTS, ensure_ascii=False, indent=indent))
    assert cells(save(text, "b.json")) == wanted
    assert cells(save(gzip.compress(text.encode()), "b.json.gz")) == wanted
    assert cells(save(text.encode("cp949"), "c.json")) == wanted
    assert cells(save("\ufeff" + text, "d.json")) == wanted


scalars = st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.text(max_size=8) | st.floats(-1e9, 1e9)
objects = st.dictionaries(
    st.text("abc가나", min_size=1, max_size=3),
    scalars
    | st.lists(scalars, max_size=2)
    | st.dictionaries(st.text("xy", min_size=1, max_size=2), scalars, max_size=2),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(made=st.lists(objects, min_size=1, max_size=5))
def test_an_array_reads_as_its_lines_do(made: list[dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps(o) for o in made), encoding="utf-8")
    (tmp_path / "a.json").write_text(json.dumps(made), encoding="utf-8")
    assert cells(tmp_path / "a.json") == cells(tmp_path / "a.jsonl")


def test_an_array_of_events_is_taken(taking: Taker, engine: DuckDBEngine, save: Save) -> None:
    with taking(
        save(json.dumps([*EVENTS, 7, EVENTS[0] | {"timestamp": "soon", "message_id": "m3"}]), "e.json")
    ) as taken:
        found = rows(engine, taken.events, "at")
        assert [(e["name"], e["device"]) for e in found] == [("검색", "mobile"), ("검색", None)]
        assert taken.counts.quarantined == {"bad_row": 1, "bad_date": 1}
        assert [q["row"] for q in rows(engine, taken.quarantine, "row")] == [3, 4]


@pytest.mark.parametrize("cut", [-1, -2, -20])
@pytest.mark.parametrize("wrap", ["{}", '{{\n"orders": {}}}'])
def test_a_document_that_was_cut_off_is_refused_whole(save: Save, cut: int, wrap: str) -> None:
    text = wrap.format(json.dumps(EVENTS))[:cut]
    with pytest.raises(FileError, match=r"cut off|damaged") as caught:
        read(save(text, "cut.json"))
    assert "nothing of it was taken" in caught.value.hint.en


def test_damage_several_lists_no_list_and_a_huge_element(save: Save) -> None:
    for text, said in (
        ('[{"a": 1}, {"a" 2}]', "damaged"),
        ('{\n"orders": [{"a": 1}], "customers": [{"b": 1}]}', "more than one list"),
        ("[]", "no list"),
    ):
        with pytest.raises(FileError, match=said):
            read(save(text, "odd.json"))
    huge = json.dumps([{"a": "x" * 8_000_000}, {"a": "y"}])
    assert len(cells(save(huge, "huge.json"))) == 2
    with pytest.raises(FileError, match="longer than"):
        read(save(huge, "huge.json"), limits=Limits(line=1 << 20))


def test_lines_stay_lines(save: Save) -> None:
    order = {"order_id": 1, "items": [{"sku": "a"}, {"sku": "b"}]}
    assert read(save(lines_of([order, order]), "a.json")).format == "jsonl"
    assert read(save(lines_of([order]), "a.jsonl")).format == "jsonl"
    assert read(save("[id],[name]\n1,a\n", "a.csv")).format == "csv"
