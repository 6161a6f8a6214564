"""What both processes of a server have in common: how they serve, taking over connections, and names that nobody else gives."""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
import signal
import socket
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

import uvicorn

from dangol.server.logs import LOGGING
from dangol.server.patience import Hand, protocol


def begun(data: bytes) -> str:
    """The path of the request that begins with these bytes; empty where they do not say it yet."""
    words = data[:8192].split(b" ", 2)
    return words[1].partition(b"?")[0].decode("latin-1") if len(words) == 3 else ""


def tokens() -> Callable[[], str]:
    """Names that nobody else gives: random once, counted from there."""
    name, numbers = secrets.token_hex(10), itertools.count()
    return lambda: f"{name}{next(numbers):x}"


class Server(uvicorn.Server):
    """Says when it has begun and when it ends, and takes connections over that another process accepted."""

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        begun: Callable[[Server], None] = lambda server: None,
        ending: Callable[[], None] = lambda: None,
    ) -> None:
        """:param begun: called on the event loop once it listens.

        :param ending: called before it waits for answers to end: lets those go who would wait for ever.
        """
        super().__init__(config)
        self._begun = begun
        self._ending = ending
        self._loop: asyncio.AbstractEventLoop | None = None
        self._adopting: set[asyncio.Task[None]] = set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self._begun(self)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM ends like Ctrl-C, with everything put in order: uvicorn would raise it again and die of it."""
        if sig == signal.SIGINT:
            super().handle_exit(sig, frame)
        else:
            self.should_exit = True

    def adopt(self, connection: socket.socket, given: bytes) -> None:
        """Serve a connection that another process accepted, and of which it has read `given`; from any thread."""
        connection.setblocking(False)
        if not self.soon(lambda: self._begin(connection, given)):
            connection.close()

    def soon(self, what: Callable[[], None]) -> bool:
        """Do something on the event loop, from any thread; false where that has ended."""
        try:
            assert self._loop is not None
            self._loop.call_soon_threadsafe(what)
        except RuntimeError:
            return False
        return True

    def _begin(self, connection: socket.socket, given: bytes) -> None:
        task = asyncio.get_running_loop().create_task(self._adopt(connection, given))
        self._adopting.add(task)
        task.add_done_callback(self._adopting.discard)

    async def _adopt(self, connection: socket.socket, given: bytes) -> None:
        assert self._loop is not None

        def made() -> Any:
            protocol = self._protocol()
            protocol.given = given
            return protocol

        try:
            await self._loop.connect_accepted_socket(made, connection)
        except OSError:  # the client is gone
            connection.close()

    def _protocol(self) -> Any:
        state = {"server_state": self.server_state, "app_state": self.lifespan.state}
        return self.config.http_protocol_class(config=self.config, _loop=self._loop, **state)  # type: ignore[call-arg]

    def listening(self) -> list[socket.socket]:
        """The sockets it listens on, once more: they stay open when it stops listening."""
        return [socket.socket(fileno=os.dup(s.fileno())) for server in self.servers for s in server.sockets]

    def stop_listening(self) -> None:
        """Accept nothing more; who is connected stays. On the event loop."""
        for server in self.servers:
            server.close()
        self.servers = []

    async def listen(self, sockets: list[socket.socket]) -> None:
        """Accept on these again."""
        assert self._loop is not None
        for one in sockets:
            server = await self._loop.create_server(self._protocol, sock=one, backlog=self.config.backlog)
            self.servers.append(server)


def options(
    host: str,
    port: int,
    *,
    log_level: str = "warning",
    proxies: Sequence[str] = ("127.0.0.1", "::1"),
    hand: Hand | None = None,
) -> dict[str, Any]:
    """How an application is served: patient with slow clients to a degree, silent about what they said. For uvicorn."""
    return {
        "host": host,
        "port": port,
        "log_config": LOGGING,
        "log_level": log_level,
        "access_log": False,
        "http": protocol(hand),
        "limit_concurrency": _room(),
        "server_header": False,
        "timeout_graceful_shutdown": 20,
        "proxy_headers": True,
        "forwarded_allow_ips": list(proxies),
    }


def _room() -> int:
    """How many connections may be open at once: what files this process may open, less what the stores need."""
    try:
        import resource
    except ImportError:  # Windows
        return 400
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 8_192 if hard == resource.RLIM_INFINITY else min(8_192, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(64, max(soft, wanted) - 256)
