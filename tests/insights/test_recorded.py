"""Heat out of recordings: positions are the page's, whatever the window and wherever it was scrolled to."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.app import heatmaps
from dangol.insights.recorded import CELL, COLUMNS, Reader, Seen, add_up
from tests.collect.test_real import DATA


def meta(width: int, height: int) -> dict[str, Any]:
    return {"type": 4, "timestamp": 1, "data": {"href": "", "width": width, "height": height}}


def snapshot(top: int = 0) -> dict[str, Any]:
    return {"type": 2, "timestamp": 2, "data": {"node": {"id": 1, "type": 0}, "initialOffset": {"left": 0, "top": top}}}


def change(source: int, **data: Any) -> dict[str, Any]:
    return {"type": 3, "timestamp": 3, "data": {"source": source, **data}}


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("scroll"), st.integers(0, 5000)),
            st.tuples(st.just("inner"), st.integers(0, 5000)),
            st.tuples(st.just("click"), st.tuples(st.integers(0, 1000), st.integers(0, 800))),
            st.tuples(st.just("move"), st.tuples(st.integers(0, 1000), st.integers(0, 800))),
        ),
        max_size=30,
    ),
    st.integers(0, 300),
)
def test_every_mark_lies_where_it_was_made(did: list[tuple[str, Any]], top: int) -> None:
    events, scrolled, deepest = [meta(1000, 800), snapshot(top)], top, top + 800
    clicks: Counter[tuple[int, int]] = Counter()
    moves: Counter[tuple[int, int]] = Counter()
    for what, said in did:
        if what == "scroll":
            scrolled, deepest = said, max(deepest, said + 800)
            events.append(change(3, id=1, x=0, y=said))
        elif what == "inner":
            events.append(change(3, id=77, x=0, y=said))
        else:
            x, y = said
            cell = (min(99, x * 100 // 1000), (y + scrolled) // CELL)
            if what == "click":
                clicks[cell] += 1
                events.append(change(2, type=2, id=5, x=x, y=y))
            else:
                moves[cell] += 1
                events.append(change(1, positions=[{"x": x, "y": y, "id": 5, "timeOffset": 0}]))
    reader = Reader()
    reader.read(events)
    assert (reader.seen.clicks, reader.seen.moves, reader.seen.depth, reader.seen.device) == (
        clicks,
        moves,
        deepest,
        "tablet",
    )
    heat = add_up([reader.seen, Seen(width=1000, height=800, depth=100)])
    assert heat.visits == 2
    assert sum(n for _, _, n in heat.clicks) == clicks.total()
    assert heat.reached[0] == 2
    assert len(heat.reached) == -(-deepest // 100)


def test_what_lies_on_another_page_is_not_counted() -> None:
    reader = Reader()
    reader.read([meta(1200, 700), snapshot(), change(3, id=1, x=0, y=900)], counted=False)
    reader.read([change(2, type=2, id=5, x=600, y=100)])
    assert reader.seen.snapshot is None
    assert reader.seen.clicks == {(50, 1000 // CELL): 1}


def test_nonsense_is_passed_over() -> None:
    reader = Reader()
    odd: list[dict[str, Any]] = [
        {},
        {"type": 3},
        {"type": 3, "data": {"source": 1, "positions": 7}},
        change(2, type=2, x="a", y=None),
    ]
    reader.read([*odd, {"type": 4, "data": {"width": "wide"}}, {"type": 2, "data": {"node": 3}}])
    assert reader.seen.clicks == {}


@pytest.mark.real
def test_the_players_own_demo_recording() -> None:
    file = DATA / "rrweb_recordings" / "rrweb-player-demo.events.json"
    if not file.exists():
        pytest.skip(f"{file.name} is not there; set DANGOL_DATA to the folder of data sets")
    events = json.loads(file.read_text(encoding="utf-8"))
    reader = Reader()
    reader.read(events)
    clicks = [e for e in events if e["type"] == 3 and e["data"]["source"] == 2 and e["data"]["type"] in (2, 7)]
    assert reader.seen.clicks.total() == len(clicks) > 0
    places = [p for e in events if e["type"] == 3 and e["data"]["source"] in (1, 6, 12) for p in e["data"]["positions"]]
    assert reader.seen.moves.total() == sum(0 <= p["x"] <= reader.seen.width and p["y"] >= 0 for p in places) > 50
    assert reader.seen.snapshot is not None
    assert all(0 <= x < COLUMNS for x, _ in reader.seen.moves)


def test_of_hundreds_of_recordings_one_picture_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [Seen(width=1200, height=900, depth=900, snapshot={"type": 2, "data": {"n": n}}) for n in range(3)]
    first = SimpleNamespace(first_at=dt.datetime(2026, 3, 1, tzinfo=dt.UTC), session=1)
    monkeypatch.setattr(heatmaps, "_shown", lambda *_: [])
    monkeypatch.setattr(heatmaps, "_pages", lambda *_: ((page, first) for page in pages))
    found = heatmaps.heat(cast("Any", None), heatmaps.Asked("/cart"))
    assert found["snapshot"]["events"][1]["data"] == {"n": 0}
    assert (found["visits"], [page.snapshot for page in pages]) == (3, [None] * 3)
