"""Receiving in a process of its own, while another one knows the customers; `dangol.server.receiving` starts it.

It needs the intake log and the write keys, no engine. What it is gets through its standard input; requests that are not the
collector's go to the process that started it, connection and all, and it ends with that process.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging.config
import os
import pickle
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import uvicorn
from starlette.types import Receive, Scope, Send

from dangol.collect.wire import Envelope
from dangol.privacy import Keys, Sealer
from dangol.schema import DangolError
from dangol.server.channel import Channel
from dangol.server.collector import Collector
from dangol.server.gate import Gate
from dangol.server.handing import Server, begun, options, tokens
from dangol.server.intake import Intake
from dangol.server.logs import LOGGING
from dangol.server.pressure import Pressure
from dangol.server.quota import Quota
from dangol.server.sdk import SdkFiles
from dangol.store import IntakeLog, NatsLog, Store, StoreLog

ENDING = 20.0
"""Seconds within which requests that were begun are answered, once it is told to end."""

MOST_TOLD = 1_000
"""Requests that wait to be shown to whoever looks at what arrives; of more the newest are lost."""

log = logging.getLogger("dangol.server")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a store or a log is, and how it is opened."""

    where: str | Path = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Live:
    """What may change while it runs: whether recordings are taken, whether anybody looks, the shop's time zone."""

    replays: bool
    watched: bool
    zone: str


@dataclass(frozen=True, slots=True)
class Means:
    """What receiving needs; of the keys only the one that seals what is received."""

    keys: Keys
    store: Place
    log: Place
    nats: bool
    most: int
    proxies: tuple[str, ...]
    live: Live


class Telling:
    """Tells the other process what was kept, while somebody looks there."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.channel: Channel | None = None
        self._lost = 0

    @property
    def watched(self) -> bool:
        return self.live.watched

    def tell(self, envelope: Envelope, text: bytes) -> None:
        """Never waits."""
        assert self.channel is not None
        if self.channel.waiting > MOST_TOLD:
            self._lost += 1
            return
        lost, self._lost = self._lost, 0
        self.channel.say("told", (envelope.pack(text), lost))


class Entrance:
    """The application: the collector, and the files of the browser SDK."""

    def __init__(self, collector: Collector, sdk: SdkFiles, pressure: Pressure) -> None:
        self._collector = collector
        self._sdk = sdk
        self._pressure = pressure

    def takes(self, path: str) -> bool:
        return self._collector.takes(path) or self._sdk.takes(path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if self._collector.takes(scope["path"]):
            await self._pressure.over(self._collector, scope, receive, send)
        elif self._sdk.takes(scope["path"]):
            await self._sdk(scope, receive, send)
        else:  # its connection could not be handed over: another one can
            head = [(b"content-length", b"0"), (b"connection", b"close"), (b"retry-after", b"0")]
            await send({"type": "http.response.start", "status": 503, "headers": head})
            await send({"type": "http.response.body", "body": b""})


@contextlib.contextmanager
def _log(means: Means) -> Iterator[IntakeLog]:
    password = means.log.password or None
    log: IntakeLog
    if means.nats:
        log = NatsLog.open(str(means.log.where), stream=Sealer(means.keys).name, password=password)
    else:
        log = StoreLog.open(means.log.where, password=password)
    with closing(log):
        yield log


def receive(means: Means, end: socket.socket, listening: list[socket.socket]) -> None:
    """Serve until the other process says so, or is gone."""
    telling = Telling(means.live)

    def heard(kind: str, value: Any, connection: socket.socket | None) -> None:
        if kind == "live":
            telling.live = value
        elif kind == "counted":
            quota.look_again()
        elif kind == "connection" and connection is not None:
            server.adopt(connection, value)
        elif kind == "end":
            told.append(True)
            server.should_exit = True

    def gone() -> None:
        if not told:  # what was acknowledged is on the disk; the port is free for the next process
            os._exit(0)

    told: list[bool] = []
    channel = telling.channel = Channel(end, heard=heard, gone=gone)
    with Store.beside(means.store.where, password=means.store.password or None) as store, _log(means) as log:
        quota = Quota(store.write_keys, now=_now, zone=lambda: ZoneInfo(telling.live.zone))
        arrived = lambda: channel.say("arrived")  # noqa: E731
        intake = Intake(log, Sealer(means.keys), arrived=arrived, most=means.most)
        gate = Gate(store.write_keys, quota=quota)
        taking = lambda: telling.live.replays  # noqa: E731
        collector = Collector(intake, gate, now=_now, token=tokens(), replays=taking, stream=telling)
        pressure = Pressure(told=lambda high: channel.say("pressure", high))
        entrance = Entrance(collector, SdkFiles(), pressure)

        def hand(data: bytes, leave: Callable[[], socket.socket]) -> bool:
            if entrance.takes(begun(data)):
                return False
            channel.say("connection", data, leave())
            return True

        server = Server(
            uvicorn.Config(
                entrance,
                **{**options("127.0.0.1", 0, proxies=means.proxies, hand=hand), "timeout_graceful_shutdown": ENDING},
                lifespan="off",
            ),
            begun=lambda server: channel.say("ready"),
        )
        channel.start()
        quota.start()
        try:
            server.run(sockets=listening)
        finally:
            intake.close()
            quota.stop()
            channel.close()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def main() -> None:
    """What it needs comes through its standard input: its means, and the numbers of its end of the channel and of the sockets."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    logging.config.dictConfig(LOGGING)
    try:
        means: Means
        means, end, numbers = pickle.load(sys.stdin.buffer)  # noqa: S301 (a process of ours)
        receive(means, socket.socket(fileno=end), [socket.socket(fileno=n) for n in numbers])
    except EOFError:  # the other process is gone
        return
    except DangolError as error:
        log.warning("the process that would receive cannot begin: %s", error.message)
