"""A real server on loopback, with a workspace of its own, for what only real clients show."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from sqlglot import exp

from dangol.app import Workspace
from dangol.server import Front, fronted
from dangol.server.handing import Server, options
from dangol.store import IntakeLog


@dataclass
class Live:
    """The server's address, and its keys."""

    ws: Workspace
    url: str
    browser: str
    server: str
    end: Callable[[], None]
    front: Front

    def drain(self) -> None:
        """Take in what was received, without waiting for traits and segments."""
        while self.ws.drain(refresh=False).requests:
            pass

    def table(self, name: str) -> list[dict[str, Any]]:
        return self.ws.engine.run(exp.select("*").from_(name)).to_pylist()  # type: ignore[no-any-return]

    def events(self) -> list[dict[str, Any]]:
        self.drain()
        return sorted(self.table("events"), key=lambda e: (e["at"], e["name"]))


@contextmanager
def serving(
    folder: Path, *, draining: bool = False, log: IntakeLog | None = None, open_here: bool = True
) -> Iterator[Live]:
    """Serve a new workspace at `folder` until the ``with`` ends. Not draining: tests say when.

    :param open_here: as `dangol up --open`: this computer is the owner, for tests that are not about who asks.
    """
    fresh = not (folder / "dangol.yaml").exists()
    with Workspace.create(folder, name="shop") if fresh else Workspace.open(folder) as ws:
        if log is not None:
            ws.__dict__["intake"] = log
        browser, _ = ws.add_source("site", side="browser")
        server, _ = ws.add_source("backend", side="server")
        with fronted(ws, draining=draining, open_here=open_here) as app, _running(app) as (url, end):
            yield Live(ws, url, browser, server, end, app)


@contextmanager
def _running(app: Front) -> Iterator[tuple[str, Callable[[], None]]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    how = options("127.0.0.1", port, log_level="error", hand=app.hand)
    server = Server(uvicorn.Config(app, **how), begun=app.begun, ending=app.ending)

    def end() -> None:
        server.should_exit = True

    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        limit = time.monotonic() + 30
        while not server.started:
            assert time.monotonic() < limit, "the server did not start"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}", end
    finally:
        end()
        thread.join(30)
