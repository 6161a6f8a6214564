"""Start the server."""

from __future__ import annotations

import errno
import socket
import sys
import time

import uvicorn

from dangol.app import Workspace
from dangol.app.access import is_new
from dangol.schema import BusyError, RefusedError, Text, system_says
from dangol.server.front import fronted
from dangol.server.handing import Server, options
from dangol.server.local import authority, is_loopback

LET_GO = 3.0
"""Seconds that a port in use is waited for."""

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
        how = options(host, port, proxies=proxies, hand=app.hand)
        server = Server(uvicorn.Config(app, **how), begun=app.begun, ending=app.ending)
        with _listening(host, port) as listening:
            server.run(sockets=[listening])
    if not server.started:
        sys.exit(3)  # uvicorn said why


def _listening(host: str, port: int) -> socket.socket:
    """A socket on the address; a process that is just ending has a moment to let go of it. Raises `BusyError`."""
    host, place = host.strip("[]"), authority(host, port)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    limit = time.monotonic() + LET_GO
    while True:
        try:
            return socket.create_server((host, port), family=family, backlog=2048)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                said = system_says(error)
                raise RefusedError(
                    Text(f"{place} cannot be served on: {said.en}", f"{place}에서 열 수 없습니다: {said.ko}"),
                    where="host",
                ) from None
            if time.monotonic() > limit:
                raise BusyError(
                    Text(f"port {port} is in use", f"{port}번 포트를 다른 프로그램이 쓰고 있습니다"),
                    hint=Text(
                        "end the other program, or choose another: --port 8701",
                        "그 프로그램을 끝내거나 다른 포트를 고르세요: --port 8701",
                    ),
                ) from None
            time.sleep(0.1)


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
