"""How many events a key may send a day of the shop, counted so that a restart does not start anew."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections import Counter
from collections.abc import Callable

from dangol.schema import DangolError
from dangol.store import WriteKey, WriteKeys

EVERY = 2.0
"""Seconds between two writings of the counts: so much counting a killed process forgets."""

log = logging.getLogger("dangol.server")


class Quota:
    """Counts in memory, written to the store every `EVERY` seconds while `start` … `stop`."""

    def __init__(self, keys: WriteKeys, *, now: Callable[[], dt.datetime], zone: Callable[[], dt.tzinfo]) -> None:
        """:param zone: the shop's, whose midnight begins a day; from the next day on where it changes."""
        self._keys = keys
        self._now = now
        self._zone = zone
        self._turn = threading.Lock()
        self._writing = threading.Lock()
        self._day: dt.date | None = None
        self._begun = self._ends = dt.datetime.min.replace(tzinfo=dt.UTC)
        self._told: Counter[int] = Counter()
        self._unwritten: Counter[tuple[dt.date, int]] = Counter()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def take(self, key: WriteKey, events: int) -> int:
        """Count events that are about to be kept, or none of them: then the seconds until a new day begins."""
        moment = self._now()
        with self._turn:
            if self._day is None or not self._begun <= moment < self._ends:
                self._turn_to(moment.astimezone(self._zone()).date())
            assert self._day is not None
            if key.per_day and self._told[key.id] + events > key.per_day:
                return max(1, int((self._ends - moment).total_seconds()))
            self._count(self._day, key.id, events)
            return 0

    def give_back(self, key: WriteKey, events: int) -> None:
        """They were not kept after all."""
        with self._turn:
            if self._day is not None:
                self._count(self._day, key.id, -events)

    def _count(self, day: dt.date, key: int, events: int) -> None:
        self._told[key] += events
        self._unwritten[day, key] += events

    def _turn_to(self, day: dt.date) -> None:
        """Begin a day with what the store knows of it."""
        if day != self._day:
            known = Counter(self._keys.counted(day))
            known.update({key: n for (d, key), n in self._unwritten.items() if d == day})
            self._day, self._told = day, known
        zone = self._zone()
        self._begun, self._ends = (
            dt.datetime.combine(day + dt.timedelta(days=n), dt.time(), zone).astimezone(dt.UTC) for n in (0, 1)
        )

    def write(self) -> None:
        """Write what was counted. What the store does not take now is kept for the next time."""
        with self._writing:
            self._write()

    def look_again(self) -> None:
        """Write what was counted, and ask the store what others have counted today: they go on, or this one does."""
        with self._writing:
            self._write()
            with self._turn:
                self._day = None

    def _write(self) -> None:
        with self._turn:
            counted, self._unwritten = self._unwritten, Counter()
        left = {place: n for place, n in counted.items() if n}
        for day in sorted({day for day, _ in left}):
            of_day = {key: n for (d, key), n in left.items() if d == day}
            try:
                self._keys.count(day, of_day)
            except DangolError as error:
                log.warning("counts of write keys wait: %s", error.message)
                with self._turn:
                    for key, n in of_day.items():
                        self._unwritten[day, key] += n

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="quota", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write the last counts."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()
        self.write()

    def _run(self) -> None:
        while not self._ending.wait(EVERY):
            self.write()
