"""Answers of lately: what takes seconds to work out over everybody's past, kept for a while.

An answer is kept with all that people may change about it: definitions, settings, the audit log (every import, merge, erasure
is in it) and the last refresh of everybody. When one of these moved, it is worked out anew. What comes in live does not drop
it; therefore whoever keeps an answer here tells as of when it is.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dangol.app.workspace import Base

MOST = 200
"""Answers kept; those not asked for longest are forgotten."""

WHOLE = "refresh.whole"


@dataclass(frozen=True, slots=True)
class _Kept:
    value: Any
    at: dt.datetime
    state: tuple[Any, ...]


class Lately:
    """The answers of one workspace, for any thread."""

    def __init__(self, ws: Base) -> None:
        self._ws = ws
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._asking: dict[Hashable, threading.Lock] = {}

    def ask(self, key: Hashable, most: dt.timedelta, answer: Callable[[], Any]) -> tuple[Any, dt.datetime]:
        """The answer, and when (UTC) it was worked out: at most so long ago.

        Of two who ask at once the second waits for the first. What is given out is the caller's to read, not to change.
        """
        with self._lock:
            turn = self._asking.setdefault(key, threading.Lock())
        with turn:
            now, state = self._ws.real_now(), self._state()
            with self._lock:
                kept = self._kept.get(key)
                if kept is not None and kept.state == state and dt.timedelta(0) <= now - kept.at <= most:
                    self._kept.move_to_end(key)
                    return kept.value, kept.at
            value = answer()
            with self._lock:
                self._kept[key] = _Kept(value, now, state)  # as it was when we began: a change meanwhile drops it
                self._kept.move_to_end(key)
                while len(self._kept) > MOST:
                    old, _ = self._kept.popitem(last=False)
                    self._asking.pop(old, None)
            return value, now

    def _state(self) -> tuple[Any, ...]:
        store = self._ws.store
        return store.definitions.newest(), store.audit.newest(), store.state.get(WHOLE), self._ws.settings
