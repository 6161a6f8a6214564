"""The beat behind the server: an event moves segments at once, time moves them by itself, traits follow."""

from __future__ import annotations

import datetime as dt
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pytest

from dangol.app import Beat, Workspace, refreshing
from dangol.app.turning import Wheel
from dangol.collect.wire import Envelope
from dangol.engine import sql
from dangol.schema import EngineError
from tests.app import shop
from tests.server.live import Live, serving

RULES = """
segment: viewers
says: {ko: 상품을 본 고객, en: Viewers}
where: {did: Product Viewed}
---
segment: just-now
says: {ko: 방금 본 고객, en: Just now}
where: {did: Product Viewed, within: 6 seconds}
---
segment: lost-interest
says: {ko: 관심이 식은 고객, en: Lost interest}
where: {all: [{in: viewers}, {not: {in: just-now}}]}
---
segment: top-viewer
says: {ko: 가장 많이 본 고객, en: Top viewer}
where: {top: {by: views, n: 1}}
---
trait: views
says: {ko: 본 횟수, en: Views}
count: events
did: Product Viewed
"""


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with Workspace.create(tmp_path / "shop", name="shop") as ws:
        ws.apply(ws.plan(shop.definitions(tmp_path / "defs", RULES)))
        ws.refresh()
    with serving(tmp_path / "shop", draining=True) as served:
        yield served


def view(live: Live, user: str) -> None:
    call = {"event": "Product Viewed", "userId": user, "properties": {"product_id": "1"}, "writeKey": live.server}
    asked = urllib.request.Request(f"{live.url}/v1/track", orjson.dumps(call))
    with urllib.request.urlopen(asked, timeout=60) as answer:
        assert answer.status == 200


def members(live: Live, segment: str) -> set[int]:
    query = sql("SELECT customer_id FROM memberships WHERE segment = :s AND left_at IS NULL", s=segment)
    return set(live.ws.engine.run(query)["customer_id"].to_pylist())


def within(seconds: float, holds: Callable[[], Any]) -> bool:
    """Whether it comes to hold. The machine may be busy with other tests, so speed is measured elsewhere."""
    limit = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > limit:
            return False
        time.sleep(0.05)
    return True


def test_events_and_time_move_segments_and_traits_follow(live: Live) -> None:
    view(live, "kim")
    assert within(60, lambda: members(live, "viewers") == {1})
    assert within(60, lambda: members(live, "lost-interest") == {1}), "time alone moved nobody"
    assert members(live, "just-now") == set()
    assert within(60, lambda: members(live, "top-viewer") == {1}), "segments that rank everybody come with the traits"
    for _ in range(2):
        view(live, "lee")
    assert within(60, lambda: members(live, "viewers") == {1, 2})
    assert within(60, lambda: members(live, "top-viewer") == {2})
    traits = live.ws.engine.run(sql("SELECT customer_id, views FROM customers ORDER BY customer_id")).to_pylist()
    assert traits == [{"customer_id": 1, "views": 1}, {"customer_id": 2, "views": 2}]
    assert within(60, lambda: not live.ws.store.state.get("refresh.due"))


def test_whom_a_failing_store_kept_waiting_is_followed_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Workspace.create(tmp_path / "shop", name="shop") as ws:
        ws.apply(ws.plan(shop.definitions(tmp_path / "defs", RULES)))
        ws.refresh()
        beat, asked = Beat(ws), []

        class Failing:
            definitions = None

            def follow(self, engine: Any, who: pa.Array, *, now: dt.datetime) -> Any:
                asked.append(who.to_pylist())
                if len(asked) == 1:
                    raise EngineError("the disk is full")
                return "followed"

        monkeypatch.setattr(beat, "_ready", Failing)
        with pytest.raises(EngineError):
            beat.follow(pa.array([3], pa.int64()))
        assert beat.follow(pa.array([4], pa.int64())) == "followed"
        assert sorted(asked[1]) == [3, 4]
        assert beat.behind


def test_the_wheel_asks_everybody_once_an_hour_and_at_midnight(tmp_path: Path) -> None:
    start = dt.datetime(2026, 11, 22, 13, 10, tzinfo=dt.UTC)  # 22:10 in Seoul
    now = [start]
    with Workspace.create(tmp_path / "shop", name="shop", watch=lambda: now[0]) as ws:
        ws.apply(ws.plan(shop.definitions(tmp_path / "defs", RULES)))
        ws.refresh()
        wheel = Wheel(ws, lambda who: None)
        nobody = pa.array([], pa.int64())
        looked = []
        for minutes in range(1, 180, 5):
            now[0] = start + dt.timedelta(minutes=minutes)
            if wheel.turn(now[0], nobody):
                looked.append(minutes)
        wheel.close()
    assert looked == [1, 61, 111, 171]  # 23:11, midnight at minute 110, an hour after that


def test_traits_come_in_portions_and_end_as_a_whole_refresh_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refreshing, "portion", lambda ws: 3)
    monkeypatch.setattr(refreshing, "many", lambda ws, people: False)
    with Workspace.create(tmp_path / "shop", name="shop") as ws:
        ws.apply(ws.plan(shop.definitions(tmp_path / "defs", RULES)))
        ws.refresh()
        beat = Beat(ws)
        calls = [
            {"event": "Product Viewed", "userId": f"u{n}", "messageId": f"m{n}-{k}"} for n in range(8) for k in range(n)
        ]
        ws.intake.append(
            [
                ws.privacy.sealer.seal(
                    Envelope(c["messageId"], "site", "server", "track", ws.now()).pack(orjson.dumps(c))
                )
                for c in calls
            ]
        )
        beat.follow(ws.drain(refresh=False).touched)
        beat.catch_up()  # the first is a whole one: nothing was computed before
        beat.follow(pa.array(range(1, 8), pa.int64()))
        turns = []
        while beat.behind:
            turns.append(beat.catch_up(portion=True))
        assert turns == [3, 3, 1]
        query = sql("SELECT customer_id, views FROM customers ORDER BY customer_id")
        portions = ws.engine.run(query).to_pylist()
        ws.refresh()
        assert ws.engine.run(query).to_pylist() == portions
        assert sorted(row["views"] for row in portions) == list(range(1, 8))
