"""Quotas a day, and what happens when more waits than may: told in time, counted over restarts, over by itself."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx2 as httpx
import pytest

from dangol.app import Desk, Workspace
from dangol.schema import BusyError, Text
from dangol.server.backlog import Backlog
from dangol.server.quota import Quota
from dangol.store import Store, StoreLog, WriteKey
from tests.server.live import serving

TRACK = {"type": "track", "event": "Product Viewed", "anonymousId": "a-1"}
SEOUL = ZoneInfo("Asia/Seoul")


def key(store: Store, per_day: int) -> WriteKey:
    now = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    return store.write_keys.add("k", source="s", side="browser", per_day=per_day, actor="kim", now=now)


def test_a_day_s_events_are_counted_to_the_last_one(store: Store) -> None:
    clock = [dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC)]  # noon in Seoul
    mine = key(store, 10)
    quota = Quota(store.write_keys, now=lambda: clock[0], zone=lambda: SEOUL)
    assert [quota.take(mine, n) for n in (4, 5)] == [0, 0]
    assert quota.take(mine, 2) == 12 * 3600, "a request that does not fit is refused whole, until midnight"
    assert quota.take(mine, 1) == 0
    assert quota.take(mine, 1) > 0
    quota.give_back(mine, 1)
    assert quota.take(mine, 1) == 0
    quota.write()
    again = Quota(store.write_keys, now=lambda: clock[0], zone=lambda: SEOUL)
    assert again.take(mine, 1) == 12 * 3600, "a restart does not begin a new day"
    clock[0] += dt.timedelta(hours=12)
    assert again.take(mine, 10) == 0, "midnight in the shop does"
    again.write()
    assert store.write_keys.counted(dt.date(2026, 11, 22)) == {mine.id: 10}
    assert store.write_keys.counted(dt.date(2026, 11, 23)) == {mine.id: 10}


def test_a_day_of_a_clock_change_is_as_long_as_it_is(store: Store) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    mine = key(store, 1)
    quota = Quota(store.write_keys, now=lambda: dt.datetime(2026, 10, 24, 22, tzinfo=dt.UTC), zone=lambda: berlin)
    assert (quota.take(mine, 1), quota.take(mine, 1)) == (0, 25 * 3600)


def test_counts_the_store_does_not_take_are_kept_for_later(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = key(store, 0)
    now = dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC)
    quota = Quota(store.write_keys, now=lambda: now, zone=lambda: SEOUL)
    quota.take(mine, 3)

    def locked(*_: object) -> None:
        raise BusyError(Text("locked", "잠김"))

    with monkeypatch.context() as broken:
        broken.setattr(store.write_keys, "count", locked)
        quota.write()
    quota.take(mine, 4)
    quota.write()
    quota.write()
    assert store.write_keys.counted(now.date()) == {mine.id: 7}


def test_what_many_threads_count_adds_up(store: Store) -> None:
    mine = key(store, 500)
    now = dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC)
    quota = Quota(store.write_keys, now=lambda: now, zone=lambda: SEOUL)
    taken: list[int] = []

    def send() -> None:
        for _ in range(100):
            if quota.take(mine, 1) == 0:
                taken.append(1)
            if len(taken) % 40 == 0:
                quota.write()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    quota.write()
    assert len(taken) == 500
    assert store.write_keys.counted(now.date()) == {mine.id: 500}


def test_who_counts_on_knows_what_others_counted(store: Store) -> None:
    """Two processes of one server take turns."""
    mine = key(store, 10)
    now = dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC)
    first, second = (Quota(store.write_keys, now=lambda: now, zone=lambda: SEOUL) for _ in range(2))
    assert (first.take(mine, 3), second.take(mine, 1)) == (0, 0)
    first.look_again()
    second.look_again()
    assert [second.take(mine, n) > 0 for n in (7, 5)] == [True, False]
    second.look_again()
    first.look_again()
    assert [first.take(mine, n) > 0 for n in (2, 1, 1)] == [True, False, True]
    first.write()
    assert store.write_keys.counted(now.date()) == {mine.id: 10}


def test_over_http_and_over_a_restart(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "shop") as ws:
        limited, made = ws.add_source("limited", per_day=5)
    batch = {"writeKey": limited, "batch": [TRACK] * 3}
    for first in (True, False):
        with serving(tmp_path / "shop") as live, httpx.Client(base_url=live.url) as client:
            if first:
                assert client.post("/v1/batch", json=batch).status_code == 200
            answer = client.post("/v1/batch", json=batch, headers={"accept-language": "ko"})
            assert (answer.status_code, answer.json()["code"]) == (429, "quota")
            assert "오늘" in answer.json()["message"]
            assert 1 <= int(answer.headers["retry-after"]) <= 86_400
            assert client.post("/v1/t", json={**TRACK, "writeKey": live.browser}).status_code == 200
    with Desk.open(tmp_path / "shop") as desk:
        told = {r["key"]: (r["per_day"], r["today"]) for r in desk.sources()}
    assert told[made.id] == (5, 3)


class Slow:
    """A log that says what it is told to."""

    def __init__(self) -> None:
        self.size, self.asked = 0, 0

    def waiting(self) -> object:
        self.asked += 1
        return type("Waiting", (), {"bytes": self.size})


def test_a_backlog_is_measured_seldom_and_again_when_full() -> None:
    log, clock = Slow(), [100.0]
    backlog = Backlog(log, 16_000, clock=lambda: clock[0])  # type: ignore[arg-type]
    for _ in range(100):
        backlog.grew(100)
    assert log.asked == 1 + 9, "once in the beginning, then each time a sixteenth has come in"
    assert not backlog.full
    log.size = 20_000
    for _ in range(10):
        backlog.grew(100)
    assert backlog.full
    assert not backlog.due()
    clock[0] += 1.5
    assert backlog.due()
    log.size = 10
    backlog.look()
    assert not backlog.full
    unlimited = Backlog(log, 0)  # type: ignore[arg-type]
    unlimited.grew(10**12)
    assert not unlimited.full


def test_too_much_waiting_is_429_until_it_is_taken_in(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "shop", backlog="0.05MB"):
        pass
    log = StoreLog.open(tmp_path / "log.sqlite")
    with serving(tmp_path / "shop", log=log) as live, httpx.Client(base_url=live.url) as client:
        body = {**TRACK, "writeKey": live.browser, "properties": {"x": "y" * 5_000}}

        def shed() -> bool:
            return client.post("/v1/t", json=body).status_code == 429

        assert eventually(shed)
        answer = client.post("/v1/t", json=body)
        assert (answer.status_code, answer.json()["code"]) == (429, "overloaded")
        assert int(answer.headers["retry-after"]) > 0
        kept = live.ws.intake.waiting().records
        assert client.get("/health").status_code == 200
        live.drain()
        assert kept > 5
        assert eventually(lambda: client.post("/v1/t", json=body).status_code == 200)
    log.close()


def eventually(what: Callable[[], bool], seconds: float = 20.0) -> bool:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if what():
            return True
        time.sleep(0.05)
    return False
