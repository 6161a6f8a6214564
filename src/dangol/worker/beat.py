"""One beat: whatever is due now. Times come from the caller."""

from __future__ import annotations

import datetime as dt

from dangol.app import Workspace

STALE = dt.timedelta(hours=24)
"""After a day everyone is computed anew, so that values that no rule turns on (days since an order) are right too."""

TURN = dt.timedelta(hours=1)
"""How often those are looked at whom time alone moves into or out of a segment."""


def beat(workspace: Workspace, now: dt.datetime) -> bool:
    """Refresh everyone once a day, and in between hourly whom time alone has moved. Returns whether it did either."""
    whole, turned = workspace.whole_at(), workspace.turned_at()
    if whole is None or turned is None or now - whole >= STALE:
        workspace.refresh(now=now)
        return True
    if now - turned < TURN:
        return False
    workspace.refresh_due(now=now)
    return True
