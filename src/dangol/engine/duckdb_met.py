"""Whether events are here already, told without reading their table: a Bloom filter of their numbers, in memory.

It may say "perhaps" of an event that is not here (of one in 24,000), and never "no" of one that is; at "perhaps" the table itself
is asked, which a drain of new events is spared.

- Every append is told to it before it happens. Rows that go leave their bits, and so does a write that is rolled back: harmless.
- It is made when it is first asked, in the background: of one snapshot, opened while nobody is amid a write, and of all that is
  told from then on. Until then everything is "perhaps".
- A file's rows, and a table that is put in place of the old one, throw it away: it is made anew when it is next asked.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator
from contextlib import closing
from typing import TYPE_CHECKING, cast

import numpy as np
import pyarrow as pa

from dangol.engine.sql import sql

if TYPE_CHECKING:
    from dangol.engine.bloom import Filter, Ints
    from dangol.engine.duckdb_passes import DuckDBEngine

_log = logging.getLogger(__name__)

FEW = 100_000
"""Below so many events the table is asked as quickly."""

SPARE = 1.5
"""Room in a filter, by what it is made of; when that is full, a larger one is made."""

PAUSE = 100
"""Times it is asked in vain where there are few events, or it could not be made, before another try."""

PIECE = 500_000
"""Numbers read at once while it is made."""


class Met:
    """The filter of one engine. All methods may be called from any thread."""

    def __init__(self, engine: DuckDBEngine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._filter: Filter | None = None
        self._meanwhile: list[pa.ChunkedArray] | None = None
        self._making: threading.Thread | None = None
        self._given_up = threading.Event()
        self._idle = 0
        self.least = FEW

    def any(self, ids: pa.ChunkedArray) -> bool:
        """Whether any of these events may be here; nobody else may be writing."""
        with self._lock:
            kept = self._filter
            full = kept is not None and kept.held > kept.room
            self._idle -= kept is None
        if full or (kept is None and self._idle <= 0):
            self._make()
        return kept is None or bool(kept.holds(_numbers(ids)).any())

    def tell(self, ids: Callable[[], pa.ChunkedArray | None]) -> None:
        """Events are about to be appended.

        :param ids: their numbers; None where they are too many to say. Asked only where there is a filter, or one is made.
        """
        with self._lock:
            if self._filter is None and self._meanwhile is None:
                return
        found = ids()
        if found is None:
            self.forget()
            return
        with self._lock:
            if self._filter is not None:
                self._filter.add(_numbers(found))
            if self._meanwhile is not None:
                self._meanwhile.append(found)

    def forget(self) -> None:
        """Throw it away, and what is being made of it."""
        with self._lock:
            self._filter = self._meanwhile = None
            self._given_up.set()

    def close(self) -> None:
        """Leave nobody reading. Whoever calls may be writing."""
        self.forget()
        if self._making is not None:
            self._making.join()

    def _make(self) -> None:
        with self._lock:
            if self._making is not None and self._making.is_alive():
                return
            self._given_up = threading.Event()
            self._making = threading.Thread(target=self._made, args=(self._given_up,), name="met", daemon=True)
            self._making.start()

    def _made(self, given_up: threading.Event) -> None:
        try:
            self._read(given_up)
        except InterruptedError:  # thrown away meanwhile
            pass
        except Exception as error:  # a thread of its own: nobody else would say it
            _log.warning("whether events are here is asked of their table: %s", type(error).__name__)
            self.forget()
            self._idle = PAUSE  # not at every drain

    def _read(self, given_up: threading.Event) -> None:
        from dangol.engine.bloom import Filter

        count = int(self._engine.run(_COUNT)["n"][0].as_py())
        if count < self.least:
            self._idle = PAUSE
            return
        with self._engine.quietly(given_up), self._lock:  # nobody is amid a write, and whoever comes is noted
            self._meanwhile = []
        made = Filter(int(SPARE * count))
        pieces = cast("Generator[pa.RecordBatch, None, None]", self._engine.stream(_IDS, PIECE))
        with closing(pieces) as read:  # one state of the table, no older than what is noted
            for piece in read:
                if given_up.is_set():
                    raise InterruptedError
                made.add(_numbers(piece["event_id"]))
        with self._lock:
            if given_up.is_set() or self._meanwhile is None:
                raise InterruptedError
            for ids in self._meanwhile:
                made.add(_numbers(ids))
            self._filter, self._meanwhile = made, None


_COUNT = sql("SELECT count(*) AS n FROM events")
_IDS = sql("SELECT event_id FROM events")


def _numbers(ids: pa.Array | pa.ChunkedArray) -> Ints:
    return np.ascontiguousarray(ids.drop_null().to_numpy(zero_copy_only=False), np.int64)
