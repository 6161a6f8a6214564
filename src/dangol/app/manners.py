"""Work behind the scenes gives way to who waits for an answer: after each piece it rests some times as long as the piece took."""

from __future__ import annotations

import threading
import time

SMALL = 0.05
"""Seconds of a piece that nobody notices: small shops need no manners."""

MOST = 2.0
"""Seconds of one rest at most."""


class Manners:
    """Shared by the threads of one beat. `hurry`, and nothing rests any more: somebody waits for the end."""

    def __init__(self, times: float) -> None:
        """:param times: how many times as long as a piece took the rest after it is."""
        self._times = times
        self._hurried = threading.Event()

    def rest(self, seconds: float) -> None:
        """After a piece of work that took so long."""
        if seconds > SMALL:
            self._hurried.wait(min(self._times * seconds, MOST))

    def hurry(self) -> None:
        self._hurried.set()

    def pieces(self) -> Pieces:
        """What a piece after piece tells its progress to."""
        return Pieces(self)


class Pieces:
    """A `Progress` that rests between the steps of computing traits. Segments are written in one transaction: no rest there."""

    def __init__(self, manners: Manners) -> None:
        self._manners = manners
        self._since = time.monotonic()

    def __call__(self, what: str, done: int, total: int) -> None:
        if what == "traits":
            self._manners.rest(time.monotonic() - self._since)
            self._since = time.monotonic()
