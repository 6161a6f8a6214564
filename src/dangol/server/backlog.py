"""How much may wait in the intake log before senders are told to come back later."""

from __future__ import annotations

import time
from collections.abc import Callable

from dangol.store import IntakeLog

AGAIN = 1.0
"""Seconds after which a full log is looked at again."""


class Backlog:
    """Measured, not counted: the log is asked again once a sixteenth of what may wait has come in since."""

    def __init__(self, log: IntakeLog, most: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """:param most: bytes that may wait; 0 is no limit."""
        self._log = log
        self._most = most
        self._clock = clock
        self._since: int | None = None
        self._looked = 0.0
        self.full = False

    def grew(self, size: int) -> None:
        """`size` bytes were appended; called where waiting for the log is no harm. Raises `WorkspaceError`."""
        if not self._most:
            return
        self._since = size if self._since is None else self._since + size
        if self.full or self._looked == 0.0 or self._since >= self._most // 16:
            self.look()

    def due(self) -> bool:
        """Whether a full log should be looked at again."""
        return self.full and self._clock() - self._looked >= AGAIN

    def look(self) -> None:
        """Ask the log. Raises `WorkspaceError`."""
        self._looked = self._clock()
        self.full = self._log.waiting().bytes >= self._most
        self._since = 0
