"""The beat after a drain: memberships of whom it touched at once, every trait of theirs a moment later.

Two speeds, since one customer's segments cost a few milliseconds and all traits some hundred: `follow` writes entries and exits
in the beat that touched them; `catch_up` computes the wide table for all that gathered meanwhile.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from dangol.app import recovery, refreshing, upkeep
from dangol.app.definitions import current
from dangol.app.manners import Manners
from dangol.app.turning import Wheel
from dangol.profiles import Followed, Follower
from dangol.schema import BusyError

if TYPE_CHECKING:
    from dangol.app import Workspace

RESTS = 3.0
"""So many times as long as a piece of background work took does it rest after it."""

_NOBODY = pa.array([], pa.int64())


class Beat:
    """What a running workspace knows between two beats. One thread drains, one catches up, one turns the wheel; the first and
    the last follow, one after the other, since who reads first and writes last would write what is no longer so."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._lock = threading.Lock()
        self._following = threading.Lock()
        self._behind: list[pa.Array] = []
        self._unfollowed: list[pa.Array] = []
        self._everyone = recovery.refresh_is_due(ws)  # a process was killed before its customers were refreshed
        self._touched: list[pa.Array] = []
        self._manners = Manners(RESTS)
        self._wheel = Wheel(ws, self._time_moved, self._manners.rest)
        self._follower: Follower | None = None

    @property
    def behind(self) -> bool:
        """Whether somebody's traits wait for `catch_up`."""
        with self._lock:
            return self._everyone or bool(self._behind)

    def follow(self, touched: pa.Array) -> Followed | None:
        """Bring these customers' memberships up to date. None where everyone has to be computed first: `catch_up` will."""
        with self._following:
            with self._lock:
                who = pc.unique(pa.concat_arrays([_NOBODY, touched, *self._unfollowed]))
                if not len(who):
                    return None
                self._unfollowed, waits = [who], self._everyone  # until it is done: a store may fail
                self._behind.append(who)
                self._touched.append(who)
            found = None if waits else self._ready().follow(self._ws.engine, who, now=self._ws.now())
            with self._lock:
                self._unfollowed = []
                self._everyone |= found is None
            return found

    def catch_up(self, *, portion: bool = False) -> int:
        """Compute the traits of everybody who waits; returns how many customers that were (-1: all).

        :param portion: not of more than are soon done: a drain that runs beside it would wait for seconds.
        """
        with self._lock:
            who = pc.unique(pa.concat_arrays([_NOBODY, *self._behind]))
            most = refreshing.portion(self._ws) if portion else len(who)
            everyone, self._everyone = self._everyone, False
            self._behind = [] if everyone or len(who) <= most else [who.slice(most)]
            who = who.slice(0, most)
        try:
            if everyone:
                refreshing.refresh(self._ws, progress=self._manners.pieces())
            elif len(who):
                refreshing.refresh_touched(self._ws, [who], followed=True, progress=self._manners.pieces())
        except BaseException:
            with self._lock:
                self._behind.append(who)
                self._everyone |= everyone
            raise
        with suppress(BusyError), self._ws.facts_turn():  # nobody is taking facts in now; an import would say it again
            if not self.behind:
                recovery.facts_computed(self._ws)
        return -1 if everyone else len(who)

    def turn(self) -> bool:
        """Follow whom time alone has moved since the last turn; returns whether everybody was asked (seconds, on much data)."""
        with self._lock:
            touched, self._touched = self._touched, []
        everybody = self._wheel.turn(self._ws.now(), pa.concat_arrays([_NOBODY, *touched]))
        if everybody:
            upkeep.daily(self._ws)
        return everybody

    def hurry(self) -> None:
        """Rest no more between pieces: the server ends."""
        self._manners.hurry()

    def close(self) -> None:
        """Let go of what the wheel keeps; by the thread that turned it."""
        self._wheel.close()

    def _time_moved(self, who: pa.Array | None) -> None:
        if who is None:
            with self._lock:
                self._everyone = True
        else:
            self.follow(who)

    def _ready(self) -> Follower:
        definitions = current(self._ws)
        tz = self._ws.settings.tz
        if self._follower is None or self._follower.definitions is not definitions or self._follower.tz != tz:
            self._follower = Follower(definitions, tz=tz)
        return self._follower
