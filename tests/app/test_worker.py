"""The worker's beat: a refresh when the last one is a day old, and not before."""

from __future__ import annotations

import datetime as dt

from dangol.app import Workspace
from dangol.worker import beat
from tests.app import shop


def test_a_beat_refreshes_once_a_day(ws: Workspace) -> None:
    assert not beat(ws, shop.NOW + dt.timedelta(hours=23))
    assert beat(ws, shop.NOW + dt.timedelta(hours=25))
    assert ws.refreshed_at() == shop.NOW + dt.timedelta(hours=25)
    assert not beat(ws, shop.NOW + dt.timedelta(hours=26))
