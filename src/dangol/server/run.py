"""Start the server."""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections.abc import Callable
from typing import Any

import uvicorn

from dangol.app import Workspace
from dangol.schema import RefusedError, Text
from dangol.server.front import fronted
from dangol.server.logs import LOGGING
from dangol.server.patience import protocol

SWITCH_SECONDS = 0.0005
"""How long a busy thread keeps the others waiting: a drain must not hold up answers for Python's usual 5 ms a step."""


def serve(workspace: Workspace, *, host: str = "127.0.0.1", port: int = 8700) -> None:
    """Serve until interrupted. Only loopback addresses: there are no accounts yet, so nobody else may look in."""
    if not _is_loopback(host):
        raise RefusedError(
            Text(
                f"'{host}' can be reached from other machines, and there are no accounts yet",
                f"'{host}' 주소는 다른 컴퓨터에서도 닿는데 아직 계정 기능이 없습니다",
            ),
            where="host",
            hint=Text(
                "serve on 127.0.0.1 and reach it through an SSH tunnel", "127.0.0.1에서 열고 SSH 터널로 접속하세요"
            ),
        )
    sys.setswitchinterval(SWITCH_SECONDS)
    with fronted(workspace) as app:
        server = Server(uvicorn.Config(app, **options(host, port)), ending=app.ending)
        server.run()
    if not server.started:
        sys.exit(3)  # uvicorn said why


class Server(uvicorn.Server):
    """Lets those go who look at what arrives, before it waits for answers to end."""

    def __init__(self, config: uvicorn.Config, *, ending: Callable[[], None]) -> None:
        super().__init__(config)
        self._ending = ending

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending()
        await super().shutdown(sockets)


def options(host: str, port: int, *, log_level: str = "warning") -> dict[str, Any]:
    """How an application is served: patient with slow clients to a degree, silent about what they said. For uvicorn."""
    return {
        "host": host,
        "port": port,
        "log_config": LOGGING,
        "log_level": log_level,
        "access_log": False,
        "http": protocol(),
        "limit_concurrency": _room(),
        "server_header": False,
        "timeout_graceful_shutdown": 20,
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


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
