"""One port: the collector, the files of the browser SDK, and the API for all else."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starlette.types import ASGIApp, Receive, Scope, Send

from dangol.app import Workspace, bytes_of
from dangol.server.api import create
from dangol.server.collector import Collector
from dangol.server.gate import Gate
from dangol.server.intake import Intake
from dangol.server.pulse import Pulse
from dangol.server.quota import Quota
from dangol.server.sdk import SdkFiles


class Front:
    """The application that uvicorn serves."""

    def __init__(self, collector: Collector, api: ASGIApp) -> None:
        self._collector = collector
        self._sdk = SdkFiles()
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._collector.takes(scope["path"]):
            await self._collector(scope, receive, send)
        elif scope["type"] == "http" and self._sdk.takes(scope["path"]):
            await self._sdk(scope, receive, send)
        else:
            await self._api(scope, receive, send)


@contextmanager
def fronted(
    workspace: Workspace,
    *,
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    token: Callable[[], str] = lambda: secrets.token_hex(8),
    draining: bool = True,
) -> Iterator[Front]:
    """The application over an open workspace, with its drain running until the ``with`` ends.

    :param draining: false leaves what is received in the log.
    """
    pulse = Pulse(workspace)
    settings = workspace.settings
    intake = Intake(workspace.intake, workspace.privacy.sealer, arrived=pulse.wake, most=bytes_of(settings.backlog))
    quota = Quota(workspace.store.write_keys, now=now, tz=settings.tz)
    collector = Collector(
        intake,
        Gate(workspace.store.write_keys, quota=quota),
        now=now,
        token=token,
        replays=workspace.settings.replay_days > 0,
    )
    quota.start()
    if draining:
        pulse.start()
    try:
        yield Front(collector, create(workspace))
    finally:
        intake.close()
        if draining:
            pulse.stop()
        quota.stop()
