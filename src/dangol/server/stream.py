"""What arrives, to whoever looks: server-sent events, for debugging.

Requests are never held up by it: they are handed over only while somebody looks, read in a thread of their own, and a reader
that is too slow loses events and is told how many.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import orjson
from fastapi import FastAPI, Query
from fastapi.responses import StreamingResponse

from dangol.app import Right
from dangol.collect.wire import Envelope
from dangol.schema import BusyError, Text
from dangol.server.access import need

WAITING = 1_000
"""Requests that wait to be read; of more the newest are lost."""

BUFFER = 2_000
"""Events that wait for one reader; of more the oldest are lost."""

MOST_READERS = 50

HEARTBEAT = 15.0
"""Seconds of silence after which a line without meaning is sent: proxies close what is silent."""

Read = Callable[[Envelope, bytes], Iterator[dict[str, Any]]]


class Reader:
    """One who looks, on one event loop."""

    def __init__(self, source: str, name: str) -> None:
        self._source, self._name = source, name.casefold()
        self._loop = asyncio.get_running_loop()
        self._events: deque[bytes] = deque()
        self._lost = 0
        self._ended = False
        self._woken = asyncio.Event()

    def wants(self, event: dict[str, Any]) -> bool:
        if self._source and event.get("source") != self._source:
            return False
        return not self._name or str(event.get("name") or "").casefold() == self._name

    def tell(self, lines: list[bytes], lost: int = 0) -> None:
        """Hand lines over, from any thread."""
        self._call(self._put, lines, lost)

    def end(self) -> None:
        """There will be nothing more."""
        self._call(self._put, None, 0)

    def _call(self, what: Callable[..., None], *values: object) -> None:
        try:
            self._loop.call_soon_threadsafe(what, *values)
        except RuntimeError:  # its loop is closed: it looks no more
            self._ended = True

    def _put(self, lines: list[bytes] | None, lost: int) -> None:
        if lines is None:
            self._ended = True
        else:
            self._events.extend(lines)
            self._lost += lost
            while len(self._events) > BUFFER:
                self._events.popleft()
                self._lost += 1
        self._woken.set()

    async def lines(self) -> AsyncIterator[bytes]:
        """Events as they come, a heartbeat where none do, until the server ends."""
        yield b": dangol\n\n"
        while not self._ended:
            try:
                await asyncio.wait_for(self._woken.wait(), HEARTBEAT)
            except TimeoutError:
                yield b": alive\n\n"
                continue
            self._woken.clear()
            if self._lost:
                lost, self._lost = self._lost, 0
                yield _line("lost", {"events": lost})
            while self._events:
                yield self._events.popleft()


class Stream:
    """Everybody who looks, and the thread that reads for them."""

    def __init__(self, read: Read) -> None:
        """:param read: the calls of a request as they may be shown."""
        self._read = read
        self._turn = threading.Lock()
        self._readers: set[Reader] = set()
        self._waiting: queue.Queue[tuple[Envelope, bytes] | None] = queue.Queue(WAITING)
        self._thread: threading.Thread | None = None
        self._lost = 0
        self._ended = False

    @property
    def watched(self) -> bool:
        """Whether anybody looks. Asked at every request, so it costs nothing."""
        return bool(self._readers)

    @property
    def crowded(self) -> bool:
        """Whether no more may look."""
        return len(self._readers) >= MOST_READERS

    def tell(self, envelope: Envelope, text: bytes, *, lost: int = 0) -> None:
        """A request was kept; so many before it could not be told. Never waits."""
        self._lost += lost
        try:
            self._waiting.put_nowait((envelope, text))
        except queue.Full:
            self._lost += 1

    @contextmanager
    def reading(self, source: str = "", name: str = "") -> Iterator[Reader | None]:
        """A reader while the ``with`` lasts; none where too many look already, or the server ends."""
        with self._turn:
            if self._ended or len(self._readers) >= MOST_READERS:
                reader = None
            else:
                reader = Reader(source, name)
                self._readers = {*self._readers, reader}
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="stream", daemon=True)
                    self._thread.start()
        try:
            yield reader
        finally:
            with self._turn:
                self._readers = self._readers - {reader} if reader else self._readers

    def end(self) -> None:
        """Let every reader go, so that the server can end."""
        with self._turn:
            self._ended = True
            readers, thread = self._readers, self._thread
        for reader in readers:
            reader.end()
        if thread is not None:
            while True:
                try:
                    self._waiting.put_nowait(None)
                    break
                except queue.Full:
                    self._waiting.get_nowait()

    def _run(self) -> None:
        while (found := self._waiting.get()) is not None:
            readers = self._readers
            if readers:
                self._pass_on(readers, *found)

    def _pass_on(self, readers: set[Reader], envelope: Envelope, text: bytes) -> None:
        lost, self._lost = self._lost, 0
        try:
            events = list(self._read(envelope, text))
        except Exception:  # it is put aside whole when it is taken in; what it said is not told, it may be personal
            events = [{"source": envelope.source, "type": envelope.call, "name": None, "received_at": envelope.received_at,
                       "put_aside": {"code": "failed"}}]  # fmt: skip
        told = [(event, _line("aside" if event.get("put_aside") else "event", event)) for event in events]
        for reader in readers:
            wanted = [line for event, line in told if reader.wants(event)]
            if wanted or lost:
                reader.tell(wanted, lost)


def add_stream(app: FastAPI, stream: Stream) -> None:
    """The route."""

    @app.get(
        "/v1/events/live",
        summary="What arrives, as it arrives (server-sent events), personal data masked",
        response_class=StreamingResponse,
        dependencies=[need(Right.SEE)],
        responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
    )
    async def live(
        source: str = Query("", max_length=200, description="of this source only"),
        name: str = Query("", max_length=200, description="events of this name only"),
    ) -> StreamingResponse:
        if stream.crowded:
            raise BusyError(
                Text("too many look at what arrives already", "이미 너무 많은 사람이 보고 있습니다"),
                hint=Text("close one of them", "그중 하나를 닫으세요"),
            )
        return StreamingResponse(_until_gone(stream, source, name), media_type="text/event-stream")


async def _until_gone(stream: Stream, source: str, name: str) -> AsyncIterator[bytes]:
    with stream.reading(source, name) as reader:
        if reader is not None:
            async for line in reader.lines():
                yield line


def _line(kind: str, value: dict[str, Any]) -> bytes:
    data = orjson.dumps(value, default=_plain, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), data)


def _plain(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else str(value)
