"""One beat: whatever is due now. Times come from the caller."""

from __future__ import annotations

import datetime as dt

from dangol.app import Workspace

STALE = dt.timedelta(hours=24)
"""Relative windows move by themselves; without live events a day is fine enough for them."""


def beat(workspace: Workspace, now: dt.datetime) -> bool:
    """Refresh traits and segments if the last refresh is older than a day. Returns whether it did."""
    last = workspace.refreshed_at()
    if last is not None and now - last < STALE:
        return False
    workspace.refresh(now=now)
    return True
