"""One port: the collector, the files of the browser SDK, and the API for all else; and the thread that drains the intake log."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starlette.types import ASGIApp, Receive, Scope, Send

from dangol.app import Workspace, bytes_of
from dangol.schema import DangolError
from dangol.server.api import create
from dangol.server.collector import Collector
from dangol.server.gate import Gate
from dangol.server.intake import Intake
from dangol.server.quota import Quota
from dangol.server.sdk import SdkFiles

PAUSE = 0.05
"""Seconds a drain waits for company: what comes together is taken in together."""

LATER = 2.0
"""Seconds until another try where a store failed."""

log = logging.getLogger("dangol.server")


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


class Drainer:
    """Takes in what waits in the log, whenever something was committed to it."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._woken = threading.Event()
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="drain", daemon=True)

    def wake(self) -> None:
        """Something arrived."""
        self._woken.set()

    def start(self) -> None:
        self._woken.set()  # an earlier process may have left something
        self._thread.start()

    def stop(self) -> None:
        """Let the drain that runs finish, and no other begin."""
        self._ending = True
        self._woken.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._woken.wait()
            if self._ending:
                return
            time.sleep(PAUSE)
            self._woken.clear()
            try:
                while not self._ending and self._workspace.drain().requests:
                    pass
            except DangolError as error:
                log.warning("intake waits: %s", error.message)
                time.sleep(LATER)
                self._woken.set()
            except (
                Exception
            ) as error:  # the queue must not die of one mistake; what it was is not told: it may be personal
                log.error("intake waits: %s", type(error).__name__)
                time.sleep(LATER)
                self._woken.set()


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
    drainer = Drainer(workspace)
    settings = workspace.settings
    intake = Intake(workspace.intake, workspace.privacy.sealer, arrived=drainer.wake, most=bytes_of(settings.backlog))
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
        drainer.start()
    try:
        yield Front(collector, create(workspace))
    finally:
        intake.close()
        if draining:
            drainer.stop()
        quota.stop()
