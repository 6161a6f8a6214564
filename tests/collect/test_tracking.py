"""Sums of any cut of the same events are the same catalogue; whatever JSON comes, it is bounded and says nothing personal."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import pairwise
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.collect.tracking import OTHER, Seen, check, folded, read_plan, shape, tally, told_of
from dangol.collect.tracking.examples import may_show
from dangol.collect.tracking.seen import type_of

KEY = b"k" * 32
NOW = dt.datetime(2026, 11, 22)  # noqa: DTZ001

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=9),
)
values = st.recursive(
    scalars,
    lambda v: st.one_of(st.lists(v, max_size=3), st.dictionaries(st.text(max_size=5), v, max_size=3)),
    max_leaves=6,
)
rows = st.fixed_dictionaries(
    {
        "source": st.sampled_from(["site", "app"]),
        "name": st.sampled_from(["A", "B", "C"]),
        "at": st.integers(0, 100).map(lambda h: NOW - dt.timedelta(hours=h)),
        "node": st.one_of(st.none(), st.integers(1, 5)),
        "category": st.sampled_from([None, "등산", "tea"]),
        "properties": st.one_of(
            st.none(), st.dictionaries(st.text(max_size=6), values, max_size=4).map(lambda d: orjson.dumps(d).decode())
        ),
    }
)


def catalogue(parts: list[list[dict[str, Any]]]) -> dict[tuple[str, str, str], Seen]:
    known: dict[tuple[str, str, str], Seen] = {}
    for part in parts:
        events = Counter(source for source, event, name in known if not name)
        sums = tally([told_of(row) for row in part], KEY)
        for seen in folded(known, sums.values(), events):
            known[seen.source, seen.event, seen.property] = seen
    return known


@settings(max_examples=80, deadline=None)
@given(told=st.lists(rows, max_size=12), cuts=st.lists(st.integers(0, 12), max_size=3))
def test_any_cut_is_the_same_catalogue(told: list[dict[str, Any]], cuts: list[int]) -> None:
    edges = [0, *sorted(min(c, len(told)) for c in cuts), len(told)]
    whole, parts = catalogue([told]), catalogue([told[a:b] for a, b in pairwise(edges)])
    assert whole.keys() == parts.keys()
    for key, seen in whole.items():
        other = parts[key]
        assert (seen.count, seen.types, seen.first_at, seen.last_at) == (
            other.count, other.types, other.first_at, other.last_at,
        )  # fmt: skip
    for (source, event, name), seen in whole.items():
        mine = [r for r in told if (r["source"], r["name"]) == (source, event)]
        if not name:
            assert seen.count == len(mine)
        assert len(seen.examples) <= 5


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=30))
def test_what_one_person_says_is_never_an_example(texts: list[str]) -> None:
    said = [
        {"source": "s", "name": "A", "at": NOW, "node": 1, "properties": orjson.dumps({"x": t}).decode()} for t in texts
    ]
    assert [s.examples for s in catalogue([said]).values() if s.property == "x"] in ([], [[]])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("email", "x"), ("회원이름", "김"), ("받는사람", "김"), ("user", "x"), ("orderId", "x"), ("note", "a@b.kr"),
        ("x", "010-1234-5678"), ("x", "900101-2345670"), ("x", "4111 1111 1111 1111"), ("x", "ab12cd34ef56"), ("x", ""),
        ("x", 1_012_345_678), ("x", "김단비 [phone]"), ("x", "https://a.example/u/1"), ("x", None), ("x", [1]),
    ],
)  # fmt: skip
def test_what_may_be_personal_is_no_example(name: str, value: Any) -> None:
    assert not may_show(name, value)


@pytest.mark.parametrize(("value", "is_"), [
    ("남궁 Danbi 77!", "가가 aaaaa 99!"), (12.5, "99.9"), (True, "true/false"), ([1, 2], "[2]"), ({"a": 1}, "{…}"),
    (None, "null"),
])  # fmt: skip
def test_a_shape_says_nothing(value: Any, is_: str) -> None:
    assert shape(value) == is_


@pytest.mark.parametrize(("value", "is_"), [
    ("a", "text"), (1, "number"), (1.5, "number"), (True, "bool"), ([], "list"), ({}, "object"), ("2026-11-22", "moment"),
    ("2026-11-22T03:00:00.5Z", "moment"), ("2026-11-22 03:00+09:00", "moment"), ("2026-11-22x", "text"),
])  # fmt: skip
def test_types(value: Any, is_: str) -> None:
    assert type_of(value) == is_


def test_what_lies_inside_a_planned_object_is_planned() -> None:
    plan = read_plan({"tracking": "s", "events": {"A": {"properties": {"page": "object", "ship.cost": "number"}}}})
    told = told_of(
        {"source": "s", "name": "A", "at": NOW, "properties": '{"page": {"name": "x"}, "ship": {"cost": 1, "way": 2}}'}
    )
    assert [(v.kind, v.property) for v in check(plan, "A", told.properties)] == [("unknown_property", "ship.way")]
    assert OTHER not in told.properties
