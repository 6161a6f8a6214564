"""`Workspace`, the part about taking in from the console: uploads, jobs, sources, quarantine; and the rules of identity."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from dangol.app.settings_read import bytes_of
from dangol.app.workspace import Base

if TYPE_CHECKING:
    from dangol.app import Workspace
    from dangol.app.jobs import Jobs
    from dangol.app.spool import Spool


class Taking(Base):
    """Files on their way in, and the work that a server does in the background."""

    @cached_property
    def spool(self) -> Spool:
        """Where uploaded files lie until they are imported."""
        from dangol.app.spool import Spool

        return Spool(self.folder / "spool", bytes_of(self.settings.upload))

    @property
    def jobs(self) -> Jobs:
        """Long work, one after the other in a thread of its own."""
        from dangol.app import held, joining, soon, uploads
        from dangol.app.jobs import Jobs

        with self._opening:
            if self._jobs is None:
                kinds = {
                    "import": uploads.import_job,
                    "undo": uploads.undo_job,
                    "replay": held.replay_job,
                    soon.KIND: soon.compute_job,
                    "identity.try": joining.try_job,
                    "identity.publish": joining.publish_job,
                    "identity.revert": joining.revert_job,
                }
                self._jobs = Jobs(cast("Workspace", self), kinds, folder=self.folder / "jobs")
            return self._jobs

    def end_jobs(self) -> None:
        """Stop what runs in the background; it can be run again."""
        if self._jobs is not None:
            self._jobs.close()

    _jobs: Jobs | None = None
