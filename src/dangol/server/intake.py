"""Group commit: requests that arrive together become durable together, and each hears 200 only after that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from dangol.privacy import Sealer
from dangol.schema import DangolError
from dangol.server.backlog import Backlog
from dangol.store import IntakeLog

MOST_WAITING = 64_000_000
"""Bytes that may wait for the disk; beyond that new requests are told to come back."""

GATHER = 0.01
"""Seconds between the beginnings of two commits, at least: what comes one by one in quick succession shares a commit. What comes
after a pause waits for nobody."""


class FullError(Exception):
    """The disk does not keep up, or does not take anything: 503."""


class ShedError(Exception):
    """More waits to be taken in than may wait: 429."""


class Intake:
    """Appends records in groups: what came while one commit ran goes with the next. One per server, on one event loop."""

    def __init__(
        self,
        log: IntakeLog,
        sealer: Sealer,
        *,
        arrived: Callable[[], None] = lambda: None,
        most: int = 0,
    ) -> None:
        """:param arrived: called after each commit, from the writing thread (the drain is woken by it).

        :param most: bytes that may wait in the log; 0 is no limit.
        """
        self._log = log
        self._sealer = sealer
        self._arrived = arrived
        self._backlog = Backlog(log, most)
        self._looking: asyncio.Future[None] | None = None
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="intake")
        self._next: list[bytes] = []
        self._bytes = 0
        self._waiting: list[asyncio.Future[None]] = []
        self._task: asyncio.Task[None] | None = None
        self._begun = float("-inf")

    async def put(self, record: bytes) -> None:
        """Returns when the record is on the disk. Raises `FullError` where it is not, `ShedError` where too much waits."""
        if self._backlog.full:
            self._look_again()
            raise ShedError
        if self._bytes + len(record) > MOST_WAITING:
            raise FullError
        loop = asyncio.get_running_loop()
        done = loop.create_future()  # each its own: a client that hangs up must not take the others' answer away
        self._next.append(record)
        self._waiting.append(done)
        self._bytes += len(record)
        if self._task is None:
            self._task = loop.create_task(self._commit())
        await done

    async def _commit(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._next:
                if (pause := self._begun + GATHER - loop.time()) > 0:
                    await asyncio.sleep(pause)
                self._begun = loop.time()
                records, waiting, size = self._next, self._waiting, self._bytes
                self._next, self._waiting = [], []
                failed = False
                try:
                    await loop.run_in_executor(self._writer, self._append, records)
                except (DangolError, OSError):
                    failed = True
                self._bytes -= size
                for done in waiting:
                    if done.done():  # the client is gone
                        continue
                    if failed:
                        done.set_exception(FullError())
                    else:
                        done.set_result(None)
        finally:
            self._task = None

    def _append(self, records: list[bytes]) -> None:
        sealed = self._sealer.seal_all(records)
        self._log.append(sealed)
        self._arrived()
        with suppress(DangolError):  # they are kept, whatever the log says about its size
            self._backlog.grew(sum(map(len, sealed)))

    def _look_again(self) -> None:
        """See, beside the requests, whether there is room again."""
        if self._backlog.due() and (self._looking is None or self._looking.done()):
            self._looking = asyncio.get_running_loop().run_in_executor(self._writer, self._look)

    def _look(self) -> None:
        self._arrived()  # what waits should not wait for more to come
        with suppress(DangolError):
            self._backlog.look()

    def close(self) -> None:
        """Wait for the commit that runs."""
        self._writer.shutdown(wait=True)
