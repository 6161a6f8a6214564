"""How a connection is served: how long a client may take, and whether another process of this server takes it over.

Heads and bodies that never end must not hold a connection for ever. uvicorn bounds the size of a head and the time between
requests, not the time a head takes. Bodies have their limit in the collector; routes that read none end a connection whose
body still trickles in.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
"""From the connection, or the end of the answer before, until a request's head is complete."""

HEAD_BYTES = 65_536
"""A head that is larger ends the connection."""

Hand = Callable[[bytes, Callable[[], socket.socket]], bool]
"""Is shown the beginning of a request and may take its connection, which leaves this process then. Returns whether it did."""

if TYPE_CHECKING:
    _Base = asyncio.Protocol
else:
    _Base = object


class _Patience(_Base):
    """Goes before one of uvicorn's protocols."""

    head_seconds = HEAD_SECONDS
    hand: Hand | None = None
    given: bytes = b""
    """What the process that had this connection before has read of it."""
    loop: asyncio.AbstractEventLoop
    cycle: Any
    _transport: Any = None
    _clock: asyncio.TimerHandle | None = None
    _waited = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        super().connection_made(transport)
        self._clock = self.loop.call_later(self.head_seconds, self._late)
        if self.given:
            given, self.given = self.given, b""  # up to 256 KB, of which a connection that is kept has no need
            self.data_received(given)

    def data_received(self, data: bytes) -> None:
        if self._handed(data):
            return
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before or (self.cycle is not None and not self.cycle.response_complete):
            self._heard()
            return
        self._waited += len(data)
        unheard = self.cycle is not None and self.cycle.more_body  # a body nobody wants any more, until its time is up
        if self._waited > HEAD_BYTES and not unheard:
            self._late()
        elif self._clock is None:
            self._clock = self.loop.call_later(self.head_seconds, self._late)

    def connection_lost(self, exc: Exception | None) -> None:
        self._heard()
        super().connection_lost(exc)

    def _handed(self, data: bytes) -> bool:
        """Whether this begins a request that another process answers, connection and all."""
        hand = type(self).hand
        try:
            return hand is not None and self._between and hand(data, self._leave)
        except OSError:  # too many files are open to hand one over: it is answered here, or refused for the moment
            return False

    @property
    def _between(self) -> bool:
        """Whether what comes now begins a request, and nothing of the one before is still to be sent."""
        return self.cycle is None and self._waited == 0

    def _leave(self) -> socket.socket:
        """The connection, which is no longer this process's."""
        transport = self._transport
        taken = socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno()))
        transport.pause_reading()
        transport.abort()  # closes what we had of it: the client notices nothing while `taken` is open
        return taken

    def _heard(self) -> None:
        """A head is complete."""
        self._waited = 0
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _late(self) -> None:
        self._clock = None
        if self._transport is not None and not self._transport.is_closing():
            self._transport.close()


class PatientH11(_Patience, H11Protocol):
    """HTTP/1.1 in pure Python."""

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is answered in the shape of every other error."""
        import h11

        body = b'{"code":"http","message":"this is no valid HTTP request"}'
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            for event in (h11.Response(status_code=400, headers=headers), h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def protocol(hand: Hand | None = None) -> type[asyncio.Protocol]:
    """The protocol to serve with: httptools where it is installed (faster), h11 otherwise."""
    handed = staticmethod(hand) if hand is not None else None
    try:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
    except ImportError:
        return type("HandingH11", (PatientH11,), {"hand": handed})

    class PatientHttpTools(_Patience, HttpToolsProtocol):
        """HTTP/1.1 in C."""

        hand = handed
        _inside = False

        def on_message_begin(self) -> None:
            self._inside = True
            super().on_message_begin()

        def on_message_complete(self) -> None:
            self._inside = False
            super().on_message_complete()

        @property
        def _between(self) -> bool:
            if self._inside or self.pipeline:
                return False
            answered = self.cycle is None or self.cycle.response_complete
            return answered and self.transport.get_write_buffer_size() == 0

    return PatientHttpTools
