"""Start the server."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Sequence
from typing import Any

import uvicorn

from dangol.app import Workspace
from dangol.app.access import is_new
from dangol.schema import RefusedError, Text
from dangol.server.front import fronted
from dangol.server.local import is_loopback
from dangol.server.logs import LOGGING
from dangol.server.patience import protocol

SWITCH_SECONDS = 0.0005
"""How long a busy thread keeps the others waiting: a drain must not hold up answers for Python's usual 5 ms a step."""


def serve(workspace: Workspace, *, host: str = "127.0.0.1", port: int = 8700, open_here: bool = False) -> None:
    """Serve until interrupted. Other machines only once somebody owns the workspace and its name is in the settings.

    :param open_here: whoever asks from this computer is the owner, without an account.
    """
    if not is_loopback(host):
        _expect_doors(workspace, host, open_here)
    sys.setswitchinterval(SWITCH_SECONDS)
    with fronted(workspace, open_here=open_here) as app:
        proxies = workspace.settings.trusted_proxies
        server = Server(uvicorn.Config(app, **options(host, port, proxies=proxies)), ending=app.ending)
        server.run()
    if not server.started:
        sys.exit(3)  # uvicorn said why


def _expect_doors(workspace: Workspace, host: str, open_here: bool) -> None:
    """Refuses to let other machines in while there is nothing that would keep anybody out."""
    said = Text(f"'{host}' can be reached from other machines", f"'{host}' 주소는 다른 컴퓨터에서도 닿습니다")
    if open_here:
        hint = Text("leave --open out, or serve on 127.0.0.1", "--open을 빼거나 127.0.0.1에서 여세요")
    elif is_new(workspace):
        hint = Text(
            "make the owner's account first: dangol up on this machine, and open the link it prints",
            "먼저 소유자 계정을 만드세요: 이 컴퓨터에서 dangol up을 실행해 나오는 링크를 여세요",
        )
    elif not workspace.settings.allowed_hosts:
        hint = Text(
            "write the names it is reached by into dangol.yaml: allowed_hosts: [cdp.shop.example]",
            "여는 이름을 dangol.yaml에 적으세요. 예: allowed_hosts: [cdp.shop.example]",
        )
    else:
        return
    raise RefusedError(said, where="host", hint=hint)


class Server(uvicorn.Server):
    """Lets those go who look at what arrives, before it waits for answers to end."""

    def __init__(self, config: uvicorn.Config, *, ending: Callable[[], None]) -> None:
        super().__init__(config)
        self._ending = ending

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending()
        await super().shutdown(sockets)


def options(
    host: str, port: int, *, log_level: str = "warning", proxies: Sequence[str] = ("127.0.0.1", "::1")
) -> dict[str, Any]:
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
