"""Questions that are being answered: how long already, how long the last time, and stopped by whoever asked.

The browser makes a ticket up and gives it with the question. With it the same person may ask how far the answer is, or end it:
by a button, or because they went on to something else. A question that nobody waits for any more computes nothing.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from dangol.schema import DangolError, RefusedError, Text

MOST = 500
"""Tickets stopped before their question came, and durations, that are remembered."""

AGAIN = 0.05
"""Seconds between two words to the engine to stop: one that comes between two queries is not heard."""

PATIENCE = 5.0
"""Seconds for which it is told so; what runs in compiled code ends by itself."""

Key = tuple[str, str]


@dataclass
class Asked:
    """One question. `running` is since when, by `clock`; null while it waits for its turn."""

    kind: str
    clock: Callable[[], float]
    began: float
    running: float | None = None
    stop: Callable[[], None] | None = None
    stopped: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def expect_wanted(self) -> None:
        """Raises `RefusedError` once somebody ended the question."""
        if self.stopped.is_set():
            raise RefusedError(
                Text("the question was stopped", "질문을 멈췄습니다"), hint=Text("ask it again", "다시 물어보세요")
            )

    @contextmanager
    def turn(self, turns: threading.Semaphore) -> Iterator[None]:
        """Wait for a turn, unless it is stopped before."""
        while not turns.acquire(timeout=AGAIN):
            self.expect_wanted()
        try:
            yield
        finally:
            turns.release()

    @contextmanager
    def stopping(self, stop: Callable[[], None]) -> Iterator[None]:
        """What is asked inside ends with `stop`; once it is over nothing is told to the engine any more.

        :raises RefusedError: it was stopped.
        """
        with self.lock:
            self.stop, self.running = stop, self.clock()
        try:
            self.expect_wanted()
            yield
        except DangolError:
            self.expect_wanted()
            raise
        finally:
            with self.lock:
                self.stop = None

    def end(self) -> None:
        """From another thread: stop it, and wait a moment until it has heard."""
        self.stopped.set()
        until = self.clock() + PATIENCE
        while self.clock() < until:
            with self.lock:
                if self.stop is None:
                    return
                self.stop()
            time.sleep(AGAIN)


class Underway:
    """Every question of one server that has a ticket."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._asked: dict[Key, Asked] = {}
        self._ended: OrderedDict[Key, None] = OrderedDict()
        self._took: OrderedDict[str, float] = OrderedDict()

    @contextmanager
    def asking(self, who: str, ticket: str, kind: str) -> Iterator[Asked]:
        """A question, from its arrival to its answer; without a ticket nobody can ask for it.

        :raises RefusedError: it was stopped before it came.
        """
        asked, key = Asked(kind, self._clock, self._clock()), (who, ticket)
        if ticket:
            with self._lock:
                self._asked[key] = asked
                if key in self._ended:
                    asked.stopped.set()
        try:
            asked.expect_wanted()
            yield asked
            self._keep(asked)
        finally:
            with self._lock:
                if self._asked.get(key) is asked:
                    del self._asked[key]

    def _keep(self, asked: Asked) -> None:
        if asked.running is not None:
            with self._lock:
                self._took[asked.kind] = self._clock() - asked.running

    def look(self, who: str, ticket: str) -> dict[str, Any]:
        """How far it is: `state` (none, waiting, running), `seconds` since it runs (or waits), `usual`: what the last of its
        kind took, where there was one."""
        with self._lock:
            asked = self._asked.get((who, ticket))
            usual = self._took.get(asked.kind) if asked else None
        if asked is None:
            return {"state": "none", "seconds": 0.0, "usual": None}
        since, state = (asked.began, "waiting") if asked.running is None else (asked.running, "running")
        return {
            "state": state,
            "seconds": round(self._clock() - since, 2),
            "usual": None if usual is None else round(usual, 2),
        }

    def end(self, who: str, ticket: str) -> bool:
        """Stop it, also before it came. Returns whether it was being answered."""
        with self._lock:
            asked = self._asked.get((who, ticket))
            if asked is None:
                self._ended[who, ticket] = None
                while len(self._ended) > MOST:
                    self._ended.popitem(last=False)
                return False
        asked.end()
        return True
