"""Receiving in a process of its own, once requests come thick: Python does one thing at a time, and whoever answers a thousand
requests a second lets the one who knows the customers have no turn.

`dangol up` begins as one process. From `OFTEN` requests a second on it starts `dangol.server.receiver`, which listens on the same
sockets instead; connections go to and fro, so that each request is answered where it belongs. Where that process cannot start or
dies, everything is received here, as before.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import pickle
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dangol.app import Workspace, bytes_of
from dangol.collect.wire import Envelope
from dangol.server.channel import Channel
from dangol.server.collector import ALIVE, Collector
from dangol.server.handing import Server, begun
from dangol.server.pressure import Pressure
from dangol.server.receiver import ENDING, Live, Means, Place
from dangol.server.stream import Stream

EVERY = 0.2
"""Seconds between two looks at how thick requests come, and at what changed."""

OFTEN = 50
"""Requests a second, from which on it is worth a process."""

LOOKS = 5
"""So many looks in a row: a burst is over before another process has started."""

AGAIN = 30.0
"""Seconds after which a process that died is started again."""

AT_ONCE = 5.0
"""Seconds in which a process that has let go of this one should have ended."""

log = logging.getLogger("dangol.server")


class Receiving:
    """The other process, seen from this one. All but `stop` is called on the event loop."""

    def __init__(
        self,
        workspace: Workspace,
        stream: Stream,
        pressure: Pressure,
        *,
        arrived: Callable[[], None],
        leaving: Callable[[], None],
    ) -> None:
        """:param arrived: something was kept; called from any thread.

        :param leaving: what was counted here is written, and no longer relied on: the other process goes on counting.
        """
        self._workspace = workspace
        self._stream = stream
        self._pressure = pressure
        self._arrived = arrived
        self._leaving = leaving
        self._server: Server | None = None
        self._sockets: list[socket.socket] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._starting: threading.Thread | None = None
        self._channel: Channel | None = None
        self._said: Live | None = None
        self._looks = 0
        self._seen = 0
        self._not_before = 0.0
        self._ended = False
        self.received = 0
        """Requests for the collector that were answered here."""
        self.ready = False
        """Whether the other process receives."""

    @property
    def possible(self) -> bool:
        """Whether connections can be handed over at all: not on Windows."""
        return hasattr(socket, "send_fds") and hasattr(socket, "AF_UNIX")

    def begin(self, server: Server) -> None:
        """Look from now on."""
        if self.possible:
            self._server, self._sockets = server, server.listening()
            asyncio.get_running_loop().call_later(EVERY, self._look)

    def hand(self, data: bytes, leave: Callable[[], socket.socket]) -> bool:
        """Give a connection away whose request is the other process's."""
        channel = self._channel  # it may end at any moment
        if not self.ready or channel is None:
            return False
        path = begun(data)
        if path in ALIVE or not Collector.takes(path):
            return False
        channel.say("connection", data, leave())
        return True

    def _look(self) -> None:
        if self._ended:
            return
        thick = self.received - self._seen >= OFTEN * EVERY
        self._seen = self.received
        self._looks = self._looks + 1 if thick else 0
        if self._process is None and self._looks >= LOOKS and time.monotonic() >= self._not_before:
            self._not_before = time.monotonic() + AGAIN
            self._starting = threading.Thread(target=self._start, name="receiving", daemon=True)
            self._starting.start()
        channel = self._channel
        if channel is not None and (live := self._live()) != self._said:
            self._said = live
            channel.say("live", live)
        asyncio.get_running_loop().call_later(EVERY, self._look)

    def _live(self) -> Live:
        settings = self._workspace.settings
        return Live(settings.replay_days > 0, self._stream.watched, str(settings.tz))

    def _means(self) -> Means:
        ws = self._workspace
        settings, password = ws.settings, ws.settings.store_password
        store = Place(settings.store or ws.folder / "store.sqlite", password)
        here = Place(settings.store or ws.folder / "intake.sqlite", password)
        nats = Place(settings.intake, settings.intake_password)
        keys = replace(ws.privacy.keys, wrap=b"", pseudonym=b"", digest=b"")
        most, proxies = bytes_of(settings.backlog), tuple(settings.trusted_proxies)
        return Means(keys, store, nats if settings.intake else here, bool(settings.intake), most, proxies, self._live())

    def _start(self) -> None:
        """Start it and go on; it says itself when it is ready."""
        means = self._means()
        command = [sys.executable, "-P", "-c", "from dangol.server.receiver import main; main()"]
        with contextlib.ExitStack() as unless_it_starts:
            try:
                ours, theirs = map(unless_it_starts.enter_context, socket.socketpair())
                numbers = [theirs.fileno(), *(s.fileno() for s in self._sockets)]
                process = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=numbers, start_new_session=True)
            except OSError as error:  # no more processes, files or memory: it is tried again later
                log.warning("receiving stays in this process: %s", type(error).__name__)
                return
            unless_it_starts.pop_all()
        theirs.close()
        self._said = means.live
        self._process = process
        channel = self._channel = Channel(ours, heard=self._heard, gone=self._gone)
        channel.start()
        assert process.stdin is not None
        with contextlib.suppress(OSError), process.stdin as pipe:
            pickle.dump((means, numbers[0], numbers[1:]), pipe, protocol=5)
        if self._ended:  # meanwhile
            channel.say("end")
            channel.close()

    def _heard(self, kind: str, value: Any, connection: socket.socket | None) -> None:
        if kind == "arrived":
            self._arrived()
        elif kind == "pressure":
            self._pressure.elsewhere = value
        elif kind == "told":
            packed, lost = value
            self._stream.tell(*Envelope.unpack(packed), lost=lost)
        elif connection is not None and self._server is not None:
            self._server.adopt(connection, value)
        elif kind == "ready":
            self._on_loop(self._take_leave)

    def _take_leave(self) -> None:
        """From now on the other process receives, and counts."""
        if not self._ended and self._server is not None and self._process is not None:
            self.ready = True
            self._server.stop_listening()
            asyncio.get_running_loop().run_in_executor(None, self._count_there)

    def _count_there(self) -> None:
        self._leaving()
        channel = self._channel
        if channel is not None:
            channel.say("counted")

    def _gone(self) -> None:
        process, self._process, self._channel = self._process, None, None
        self._pressure.elsewhere = False
        if process is not None:
            _end(process, AT_ONCE)
        if not self._ended:
            log.warning("receiving goes on in this process: the other one has ended")
            self._leaving()  # a request may have been counted here meanwhile; the other process knew of more
            self._on_loop(self._return)

    def _return(self) -> None:
        """Receive here again."""
        if self.ready and not self._ended and self._server is not None:
            self.ready = False
            self._not_before = time.monotonic() + AGAIN
            again = [one.dup() for one in self._sockets]
            self._task = asyncio.get_running_loop().create_task(self._server.listen(again))

    def _on_loop(self, what: Callable[[], None]) -> None:
        if self._server is not None:
            self._server.soon(what)

    def ending(self) -> None:
        """The server ends: the other process takes nothing new, and answers what it has begun."""
        self._ended, self.ready = True, False
        channel = self._channel
        if channel is not None:
            channel.say("end")

    def stop(self) -> None:
        """Until the other process has ended."""
        self._ended = True
        if self._starting is not None:
            self._starting.join()
        process, channel = self._process, self._channel
        if channel is not None and process is not None:
            channel.say("end")
            _end(process, ENDING + 5)
            channel.close()
        for one in self._sockets:
            one.close()


def _end(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Until it has ended; by force after so many seconds."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
