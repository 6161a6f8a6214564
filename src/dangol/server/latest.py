"""Of several questions that one tab asks while somebody types, only the newest is answered: it ends those before it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dangol.schema import ConflictError, EngineError, Text

MOST = 500
"""Tabs remembered; those not heard of for longest are forgotten."""


class Latest:
    """Which question of each tab is the newest, and what ends the one that runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: OrderedDict[str, int] = OrderedDict()
        self._running: dict[str, tuple[int, Callable[[], None]]] = {}

    @contextmanager
    def only(self, tab: str, number: int, stop: Callable[[], None]) -> Iterator[None]:
        """Ask inside, unless a newer question of the tab came first; a newer one that comes meanwhile ends this.

        :param tab: empty: no tab, nothing is ended.
        :param stop: ends what this thread asks, from another.
        :raises ConflictError: there is a newer question.
        """
        if not tab:
            yield
            return
        with self._lock:
            if number < self._newest.get(tab, number):
                raise _superseded()
            self._newest[tab] = number
            self._newest.move_to_end(tab)
            while len(self._newest) > MOST:
                self._newest.popitem(last=False)
            if tab in self._running:
                self._running[tab][1]()
            self._running[tab] = (number, stop)
        try:
            yield
        except EngineError:
            if self._newest.get(tab, number) > number:
                raise _superseded() from None
            raise
        finally:
            with self._lock:
                if self._running.get(tab, (0,))[0] == number:
                    del self._running[tab]


def _superseded() -> ConflictError:
    return ConflictError(
        Text("a newer question of this tab took its place", "이 탭의 더 새로운 질문이 대신합니다"),
        hint=Text("only the newest is answered", "가장 새로운 질문에만 답합니다"),
    )
