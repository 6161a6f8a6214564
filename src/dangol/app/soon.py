"""Computing after somebody saved a definition or a setting: at once, or as a job where an import would have to be waited for."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, cast

from dangol.app import recovery, refreshing
from dangol.app.definitions import current
from dangol.profiles import refresh_segments
from dangol.schema import BusyError

if TYPE_CHECKING:
    from dangol.app import Workspace
    from dangol.app.jobs import Running
    from dangol.app.workspace import Base

KIND = "compute"
"""Of the job."""

AT_MOST = 1.0
"""Seconds that whoever saved something waits for a drain."""


def compute(ws: Base, segments: Collection[str] | None = None) -> bool:
    """Bring these segments (None: everything) up to date; False where that is left to a job."""
    try:
        with ws.facts_turn(seconds=AT_MOST):
            _compute(cast("Workspace", ws), segments)
    except BusyError:
        recovery.facts_change(
            cast("Workspace", ws)
        )  # a process that ends before the job computes everybody at its next start
        asked = None if segments is None else sorted(segments)
        cast("Workspace", ws).jobs.start(KIND, {"segments": asked})
        return False
    return True


def compute_job(ws: Workspace, asked: dict[str, Any], running: Running) -> dict[str, Any]:
    """The work of the job: {segments}. Those that were archived meanwhile are left out."""
    running.progress("segments")
    _compute(ws, asked.get("segments"))
    return {"segments": asked.get("segments")}


def _compute(ws: Workspace, segments: Collection[str] | None) -> None:
    if segments is None:
        refreshing.refresh(ws)
        return
    definitions = current(ws)
    only = set(segments) & set(definitions.segments)
    refresh_segments(ws.engine, definitions, now=ws.now(), tz=ws.settings.tz, only=only)
