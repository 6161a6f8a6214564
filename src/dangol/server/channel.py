"""Messages, and connections, between two processes of one server, over a pair of sockets.

What is sent is pickled: both ends are ours, and one of them started the other.
"""

from __future__ import annotations

import contextlib
import pickle
import socket
import struct
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

_HEAD = struct.Struct("!IB")
"""Bytes of the message, and whether a connection comes with it."""

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
        self._threads = [
            threading.Thread(target=work, name=f"channel-{name}", daemon=True)
            for name, work in (("out", self._send), ("in", self._listen))
        ]

    @property
    def waiting(self) -> int:
        """Messages that are not sent yet."""
        return self._out.qsize()

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def say(self, kind: str, value: object = None, connection: socket.socket | None = None) -> None:
        """Send a message; a connection that goes with it is closed here, also where nobody is there any more."""
        self._out.put((pickle.dumps((kind, value), protocol=5), connection))
        if self._ended:
            self._forget()

    def close(self) -> None:
        """Send what waits, and let go: the other process hears that it is alone."""
        self._out.put(None)

    def _send(self) -> None:
        with contextlib.suppress(OSError):
            while (message := self._out.get()) is not None:
                body, connection = message
                head = _HEAD.pack(len(body), connection is not None)
                if connection is None:
                    self._end.sendall(head)
                else:
                    with connection:
                        socket.send_fds(self._end, [head], [connection.fileno()])
                self._end.sendall(body)
        self._ended = True
        self._forget()
        with contextlib.suppress(OSError):
            self._end.shutdown(socket.SHUT_RDWR)

    def _forget(self) -> None:
        """Whoever waits on a connection that cannot be handed over should not wait: it ends."""
        with contextlib.suppress(Empty):
            while True:
                message = self._out.get_nowait()
                if message is not None and message[1] is not None:
                    message[1].close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError, EOFError):
            while True:
                head, given, _, _ = socket.recv_fds(self._end, _HEAD.size, 1)
                head += self._exactly(_HEAD.size - len(head)) if head else b""
                if not head:
                    break
                size, _ = _HEAD.unpack(head)
                connection = socket.socket(fileno=given[0]) if given else None
                kind, value = pickle.loads(self._exactly(size))  # noqa: S301 (a process of ours)
                self._heard(kind, value, connection)
        self.close()
        self._end.close()
        self._gone()

    def _exactly(self, size: int) -> bytes:
        parts = []
        while size:
            part = self._end.recv(min(size, 1 << 20))
            if not part:
                raise EOFError
            parts.append(part)
            size -= len(part)
        return b"".join(parts)
