"""`Workspace`, the part about keeping it: backups, and the audit log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from dangol.app import auditing, backing
from dangol.app.auditing import Looking
from dangol.app.workspace import Base, Progress, no_progress
from dangol.schema import Answer, Lang

if TYPE_CHECKING:
    from dangol.app.api import Workspace


class Kept(Base):
    """What is kept, and who did what."""

    def backups(self) -> Answer:
        """Backups that lie in the workspace, the newest first: name, when, bytes."""
        return backing.listed(cast("Workspace", self))

    def backup(self, to: str | Path | None = None, *, progress: Progress = no_progress) -> Path:
        """Everything of the workspace, as it is at one moment, in one file; see `backing.make`."""
        return backing.make(cast("Workspace", self), to=Path(to) if to is not None else None, progress=progress)

    def audit(self, asked: Looking | None = None, lang: Lang | None = None) -> Answer:
        """Who did what, the newest first; see `auditing.Looking`."""
        return auditing.looked(self, asked or Looking(), lang or self.lang)
