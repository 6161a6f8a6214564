"""The threads behind the server: one takes in what waits in the log and follows whom it touched, one has read meanwhile what
comes next, one brings traits up to date, one turns the time wheel."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from dangol.app import Beat, Reader, Workspace
from dangol.schema import DangolError

PAUSE = 0.05
"""Seconds a drain waits for company: what comes together is taken in together."""

LATER = 2.0
"""Seconds until another try where a store failed."""

LAG = 1.0
"""Seconds between a touch and all traits of whom it touched, at least."""

REST = 4.0
"""So many times as long as a turn took does the wheel rest: the drain needs the machine more. Catching up rests between its
pieces."""

YIELD = 10.0
"""Seconds that catching up waits for a drain that has more to do, at most: memberships go before traits."""

TICK = 1.0
"""Seconds between two turns of the wheel, at least."""

log = logging.getLogger("dangol.server")


class Pulse:
    """Runs until `stop`."""

    def __init__(self, workspace: Workspace, give_way: Callable[[Callable[[], bool]], None] | None = None) -> None:
        """:param give_way: waits before a drain while receiving needs the machine more, or until what it is given is true."""
        self._workspace = workspace
        self._give_way = give_way or (lambda ended: None)
        self._beat = Beat(workspace)
        self._reader = Reader(workspace)
        self._woken = threading.Event()
        self._draining = threading.Event()
        self._drained = threading.Event()
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=work, name=name, daemon=True)
            for name, work in (
                ("drain", self._drain),
                ("ahead", self._ahead),
                ("catch-up", self._catch_up),
                ("wheel", self._turn),
            )
        ]

    def wake(self) -> None:
        """Something arrived."""
        self._woken.set()

    def start(self) -> None:
        self._woken.set()  # an earlier process may have left something
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let what runs finish, and nothing else begin."""
        self._ended.set()
        self._woken.set()
        self._drained.set()
        self._draining.set()
        self._beat.hurry()
        for thread in self._threads:
            thread.join()
        self._reader.close()
        if self._beat.behind:
            _trying("traits wait", self._beat.catch_up)

    def _drain(self) -> None:
        while True:
            self._woken.wait()
            if self._ended.is_set():
                return
            time.sleep(PAUSE)
            self._woken.clear()
            self._drained.clear()
            self._draining.set()
            done = _trying("intake waits", self._take_in)
            self._draining.clear()
            self._drained.set()
            if not done:
                self._ended.wait(LATER)
                self._woken.set()

    def _take_in(self) -> None:
        while not self._ended.is_set():
            self._give_way(self._ended.is_set)
            drained = self._workspace.drain(refresh=False, reader=self._reader)
            if not drained.requests:
                return
            self._beat.follow(drained.touched)

    def _ahead(self) -> None:
        while not self._ended.wait(PAUSE):
            if self._draining.wait(TICK):
                self._reader.ahead()

    def _catch_up(self) -> None:
        rest = LAG
        while not self._ended.wait(rest):
            rest = LAG
            if self._beat.behind:
                self._drained.wait(YIELD)
                self._give_way(self._ended.is_set)
                rest = LAG if _trying("traits wait", lambda: self._beat.catch_up(portion=True)) else LATER

    def _turn(self) -> None:
        rest = TICK
        while not self._ended.wait(rest):
            self._give_way(self._ended.is_set)
            start = time.monotonic()
            done = _trying("the time wheel waits", self._beat.turn)
            rest = max(TICK, REST * (time.monotonic() - start)) if done else LATER
        self._beat.close()


def _trying(what: str, work: Callable[[], object]) -> bool:
    """Do it; say what failed, and whether it did not. A queue must not die of one mistake."""
    try:
        work()
    except DangolError as error:
        log.warning("%s: %s", what, error.message)
    except Exception as error:  # what it was is not told: it may be personal
        log.error("%s: %s", what, type(error).__name__)
    else:
        return True
    return False
