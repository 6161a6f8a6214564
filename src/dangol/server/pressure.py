"""Whether requests need the processor now: then what was received waits a moment before it is taken in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

EVERY = 0.2
"""Seconds between two looks."""

HIGH = 0.6
"""Share of a core that answering takes in a flood."""

BUSY = 64.0
"""Requests that wait for their answer in a flood, on average. A thousand events a second, one by one, are no flood."""

MOST = 4.0
"""Seconds that taking in gives way at most: a burst is taken first, and a flood that never ends does not starve it."""


class Pressure:
    """Measures the processor time of the thread that answers requests, and how many wait for their answer."""

    def __init__(
        self, *, clock: Callable[[], float] = time.thread_time, told: Callable[[bool], None] = lambda high: None
    ) -> None:
        """:param clock: processor time of the thread that calls it.

        :param told: hears when `high` changes.
        """
        self._clock = clock
        self._told = told
        self._loop: asyncio.AbstractEventLoop | None = None
        self._at = self._used = 0.0
        self._average = 0.0
        self.open = 0
        self.high = False
        self.elsewhere = False
        """The same of the process that receives, where that is another."""

    async def over(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """A request's answer, counted while it lasts."""
        self.begin(asyncio.get_running_loop())
        self.open += 1
        try:
            await app(scope, receive, send)
        finally:
            self.open -= 1

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Measure this loop from now on; called from its own thread."""
        if self._loop is not loop:
            self._loop = loop
            self._at, self._used = loop.time(), self._clock()
            loop.call_later(EVERY, self._look)

    def _look(self) -> None:
        assert self._loop is not None
        at, used = self._loop.time(), self._clock()
        self._average = 0.6 * self._average + 0.4 * self.open
        high = used - self._used > HIGH * (at - self._at) and self._average > BUSY
        if high != self.high:
            self.high = high
            self._told(high)
        self._at, self._used = at, used
        self._loop.call_later(EVERY, self._look)

    def give_way(self, ending: Callable[[], bool]) -> None:
        """Wait, in another thread, while requests need the processor: at most `MOST` seconds."""
        limit = time.monotonic() + MOST
        while (self.high or self.elsewhere) and not ending() and time.monotonic() < limit:
            time.sleep(EVERY / 4)
