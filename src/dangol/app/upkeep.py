"""What a workspace needs now and then: what its retention rules no longer keep goes, uploads that nobody
imported, too, and recent facts are folded into place."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from dangol.engine import sql
from dangol.store import RETENTION

if TYPE_CHECKING:
    from dangol.app import Workspace

_LAST = "upkeep.day"


def daily(ws: Workspace) -> bool:
    """Once a day of the shop's, whoever asks first. Returns whether it was done now."""
    now = ws.real_now()
    day = now.astimezone(ws.settings.tz).date().isoformat()
    if ws.store.state.get(_LAST) == day:
        return False
    ws.store.prune(now, {"replays": dt.timedelta(days=ws.settings.replay_days)})
    aside = RETENTION["quarantined"].keep
    if aside is not None:  # the rows themselves have just gone: nothing is left to replay
        ws.engine.delete("quarantine", sql("status = 'open' AND at < :moment", moment=now - aside))
    ws.engine.compact()
    ws.spool.sweep(now)
    ws.store.state.put(_LAST, day, now=now)
    return True
