"""Messages, and connections, between two processes of one server, over a pair of sockets.

What is sent is pickled: both ends are ours, and one of them started the other.
"""

from __future__ import annotations

import contextlib
import logging
import pickle
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

_HEAD = struct.Struct("!IB")
"""Bytes of the message, and which of these it is."""

_ALONE, _WITH, _ARRIVED = range(3)
"""A message, one with a connection, and the word that a connection has arrived."""

log = logging.getLogger("dangol.server")

Heard = Callable[[str, Any, socket.socket | None], None]


class Channel:
    """One end. Sending never waits; what comes is told to `heard` in a thread of the channel's own."""

    def __init__(self, end: socket.socket, *, heard: Heard, gone: Callable[[], None]) -> None:
        """:param heard: the kind of a message, its value, and the connection that came with it.

        :param gone: called once, when the other process has let go of its end.
        """
        self._end = end
        self._heard = heard
        self._gone = gone
        self._ended = False
        self._out: SimpleQueue[tuple[bytes, socket.socket | None] | None] = SimpleQueue()
        self._on_the_way: deque[socket.socket] = deque()
        self._sender = threading.Thread(target=self._send, name="channel-out", daemon=True)
        self._listener = threading.Thread(target=self._listen, name="channel-in", daemon=True)

    @property
    def waiting(self) -> int:
        """Messages that are not sent yet."""
        return self._out.qsize()

    def start(self) -> None:
        self._sender.start()
        self._listener.start()

    def say(self, kind: str, value: object = None, connection: socket.socket | None = None) -> None:
        """Send a message; a connection that goes with it is closed here, also where nobody is there any more."""
        body = pickle.dumps((kind, value), protocol=5)
        self._out.put((_HEAD.pack(len(body), _ALONE if connection is None else _WITH) + body, connection))
        if self._ended:
            self._forget()

    def close(self) -> None:
        """Send what waits, and let go: the other process hears that it is alone."""
        self._out.put(None)

    def _send(self) -> None:
        with contextlib.suppress(OSError):
            while (message := self._out.get()) is not None:
                text, connection = message
                if connection is not None:  # macOS loses one that is closed before it has arrived
                    self._on_the_way.append(connection)
                    socket.send_fds(self._end, [text[: _HEAD.size]], [connection.fileno()])
                    text = text[_HEAD.size :]
                self._end.sendall(text)
        self._ended = True
        self._forget()
        with contextlib.suppress(OSError):
            self._end.shutdown(socket.SHUT_RDWR)

    def _forget(self) -> None:
        """Whoever waits on a connection that cannot be handed over should not wait: it ends."""
        self._arrived(len(self._on_the_way))
        with contextlib.suppress(Empty):
            while True:
                message = self._out.get_nowait()
                if message is not None and message[1] is not None:
                    message[1].close()

    def _arrived(self, many: int) -> None:
        """So many of the connections that were sent have no need of this process any more."""
        with contextlib.suppress(IndexError):  # both threads may end at once
            for _ in range(many):
                self._on_the_way.popleft().close()

    def _listen(self) -> None:
        try:
            while self._hear():
                pass
        except (OSError, EOFError):
            pass
        except Exception as error:  # what was said is not told: it may be personal
            log.error("another process of this server cannot be followed: %s", type(error).__name__)
        self.close()
        with contextlib.suppress(OSError):
            self._end.shutdown(socket.SHUT_RDWR)
        self._sender.join()
        self._end.close()
        self._gone()

    def _hear(self) -> bool:
        """One message; false where there will be no more."""
        head, given, _, _ = socket.recv_fds(self._end, _HEAD.size, 1)
        if not head:
            return False
        size, what = _HEAD.unpack(head + self._exactly(_HEAD.size - len(head)))
        if what == _ARRIVED:
            self._arrived(1)
            return True
        if what == _WITH:
            self._out.put((_HEAD.pack(0, _ARRIVED), None))
        connection = socket.socket(fileno=given[0]) if given else None
        kind, value = pickle.loads(self._exactly(size))  # noqa: S301 (a process of ours)
        self._heard(kind, value, connection)
        return True

    def _exactly(self, size: int) -> bytes:
        parts = []
        while size:
            part = self._end.recv(min(size, 1 << 20))
            if not part:
                raise EOFError
            parts.append(part)
            size -= len(part)
        return b"".join(parts)
