"""One port: the collector, the files of the browser SDK and of the console, and the API for all else."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from starlette.types import ASGIApp, Receive, Scope, Send

from dangol.app import Workspace, bytes_of
from dangol.app.arriving import arriving
from dangol.app.hooks import Door
from dangol.server.api import create
from dangol.server.collector import Collector
from dangol.server.console import Console
from dangol.server.gate import Gate
from dangol.server.handing import tokens
from dangol.server.hooks import Hooks
from dangol.server.intake import Intake
from dangol.server.pressure import Pressure
from dangol.server.pulse import Pulse
from dangol.server.quota import Quota
from dangol.server.receiving import Receiving
from dangol.server.sdk import SdkFiles
from dangol.server.stream import Stream


class Front:
    """The application that uvicorn serves."""

    def __init__(
        self,
        collector: Collector,
        api: ASGIApp,
        pressure: Pressure,
        stream: Stream,
        hooks: Hooks,
        console: Console,
        receiving: Receiving,
    ) -> None:
        self._collector = collector
        self._stream = stream
        self._pressure = pressure
        self._sdk = SdkFiles()
        self._console = console
        self._hooks = hooks
        self._api = api
        self.receiving = receiving
        self.begun = receiving.begin
        self.hand: Callable[[bytes, Callable[[], socket.socket]], bool] = receiving.hand

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._collector.takes(scope["path"]):
            self.receiving.received += 1
            await self._pressure.over(self._collector, scope, receive, send)
        elif scope["type"] == "http" and self._hooks.takes(scope["path"]):
            self._pressure.begin(asyncio.get_running_loop())
            await self._hooks(scope, receive, send)
        elif scope["type"] == "http" and self._sdk.takes(scope["path"]):
            await self._sdk(scope, receive, send)
        elif scope["type"] == "http" and self._console.takes(scope["path"]):
            await self._console(scope, receive, send)
        else:
            await self._api(scope, receive, send)

    def ending(self) -> None:
        """The server is about to end: let those go who would wait for ever."""
        self._stream.end()
        self.receiving.ending()


@contextmanager
def fronted(
    workspace: Workspace,
    *,
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    token: Callable[[], str] | None = None,
    draining: bool = True,
    open_here: bool = False,
) -> Iterator[Front]:
    """The application over an open workspace, with its drain running until the ``with`` ends.

    :param draining: false leaves what is received in the log.
    :param open_here: whoever asks from this computer is the owner, without an account.
    """
    pressure, stream = Pressure(), Stream(partial(arriving, workspace))
    pulse = Pulse(workspace, pressure.give_way)
    settings = workspace.settings
    intake = Intake(workspace.intake, workspace.privacy.sealer, arrived=pulse.wake, most=bytes_of(settings.backlog))
    quota = Quota(workspace.store.write_keys, now=now, zone=lambda: workspace.settings.tz)
    named = token or tokens()
    receiving = Receiving(workspace, stream, pressure, arrived=pulse.wake, leaving=quota.look_again)
    collector = Collector(
        intake,
        Gate(workspace.store.write_keys, quota=quota),
        now=now,
        token=named,
        replays=lambda: workspace.settings.replay_days > 0,
        stream=stream,
    )
    quota.start()
    if draining:
        pulse.start()
    try:
        yield Front(
            collector,
            create(workspace, stream, open_here=open_here),
            pressure,
            stream,
            Hooks(intake, Door(workspace), now=now, token=named),
            Console(hosts=lambda: tuple(workspace.settings.allowed_hosts)),
            receiving,
        )
    finally:
        stream.end()
        receiving.stop()
        intake.close()
        if draining:
            pulse.stop()
        quota.stop()
