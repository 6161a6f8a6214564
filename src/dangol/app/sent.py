"""`Workspace`, the part about what senders send: the catalogue of events and the tracking plans."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dangol.app import planned, tracking
from dangol.app.workspace import Base
from dangol.schema import Answer


class Sent(Base):
    """What is sent, and what should be."""

    def events(self, *, source: str | None = None) -> Answer:
        """The catalogue: every event seen, how often, since when, whether a plan names it."""
        return tracking.events(self, source=source)

    def event_properties(self, event: str, *, source: str | None = None) -> Answer:
        """What came with an event: types, how often, examples (never personal), and what the plan says."""
        return tracking.properties(self, event, source=source)

    def event_volumes(self, event: str, *, days: int = tracking.DAYS, source: str | None = None) -> Answer:
        """How many a day."""
        return tracking.volumes(self, event, days=days, source=source)

    def tracking(self) -> Answer:
        """Tracking plans by source."""
        return tracking.plans(self)

    def tracking_yaml(self, source: str) -> str:
        """A source's plan. Raises `NotFoundError`."""
        return tracking.plan_yaml(self, source)

    def violations(self, *, days: int = 7, source: str | None = None, event: str | None = None) -> Answer:
        """What broke a tracking plan, by day and kind, with samples."""
        return tracking.violations(self, days=days, source=source, event=event)

    def accept_tracking(self, source: str, *, events: Sequence[str] = (), dry_run: bool = False) -> str:
        """Take what a source sent so far into its plan; returns the plan as YAML."""
        return tracking.as_yaml(tracking.accept(self, source, only=events, dry_run=dry_run))

    def check_tracking(self, file: str | Path) -> Answer:
        """What of everything seen so far would have broken the plans in a file."""
        return planned.check_file(self, Path(file))
