"""The worker's beat: everyone once a day, and every hour those whom time alone has moved."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from dangol.app import Workspace
from dangol.worker import beat
from tests.app import shop, world

HOUR = dt.timedelta(hours=1)


def test_a_beat_refreshes_once_a_day_and_turns_the_wheel_every_hour(ws: Workspace) -> None:
    assert not beat(ws, shop.NOW + HOUR / 2)
    assert beat(ws, shop.NOW + 2 * HOUR)
    assert (ws.turned_at(), ws.whole_at()) == (shop.NOW + 2 * HOUR, shop.NOW)
    assert not beat(ws, shop.NOW + 2.5 * HOUR)
    assert beat(ws, shop.NOW + 25 * HOUR)
    assert ws.refreshed_at() == ws.whole_at() == ws.turned_at() == shop.NOW + 25 * HOUR
    assert not beat(ws, shop.NOW + 25.5 * HOUR)


def test_the_wheel_leaves_the_memberships_a_refresh_of_everyone_leaves(ws: Workspace, tmp_path: Path) -> None:
    rule = "segment: lately\nsays: {ko: 최근, en: Lately}\nwhere: {did: Order Completed, within: 30 days}\n"
    ws.apply(ws.plan(shop.definitions(tmp_path / "defs", rule)))
    ws.refresh(now=shop.NOW)
    query = "SELECT count(*) FROM memberships WHERE segment = 'lately' AND left_at IS NULL"
    before = world.one(ws, query)
    later = shop.NOW + dt.timedelta(days=20)
    ws.refresh_due(now=later)
    after = world.one(ws, query)
    assert after < before
    assert after == len(ws.members("lately"))
    assert sum(row["entered"] + row["left"] for row in ws.refresh(now=later)) == 0
