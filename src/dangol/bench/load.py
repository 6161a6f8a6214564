"""``python -m dangol.bench.load``: requests to one port of this machine, from a process of its own, over kept connections.

Closed (as fast as answers come back) or paced (so many events a second, whatever the answers). One request at a time on a
connection: nothing is pipelined. Prints what it saw as one line of JSON.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import time
from collections import Counter, deque
from dataclasses import asdict, dataclass

MOST_CONNECTIONS = 512
MOST_SECONDS = 7_200.0
KEPT = 200_000
"""Waiting times that are remembered; of more, every second, fourth, … one."""


@dataclass(frozen=True, slots=True)
class Load:
    """What to send.

    size     events a request: 1 is ``POST /v1/track``, more a batch
    rate     events a second; 0 is as fast as it goes
    customers  their events are by turns of this many, of the shop that `world` makes
    name     begins each message id: no two loads of one shop may share it
    """

    port: int
    key: str
    size: int = 1
    connections: int = 32
    seconds: float = 5.0
    rate: float = 0.0
    customers: int = 1_000
    name: str = "m"


@dataclass(frozen=True, slots=True)
class Seen:
    """What came back: waiting times (p50, p95, p99) in milliseconds; for a paced load from when it was due."""

    requests: int
    events: int
    seconds: float
    errors: int
    statuses: dict[str, int]
    p50: float
    p95: float
    p99: float

    @property
    def per_second(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds if self.seconds else 0.0


class Requests:
    """The requests of a load, each new."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._next = 0
        named = base64.b64encode(f"{load.key}:".encode()).decode()
        path = "/v1/track" if load.size == 1 else "/v1/batch"
        self._head = (
            f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Basic {named}\r\n"
            "content-type: application/json\r\nuser-agent: dangol-bench\r\ncontent-length: "
        ).encode()

    def make(self) -> bytes:
        """One request, of events whose ids never came before."""
        body = self._event() if self._load.size == 1 else b'{"batch":[%s]}' % b",".join(self._many())
        return b"%s%d\r\n\r\n%s" % (self._head, len(body), body)

    def _many(self) -> list[bytes]:
        return [self._event() for _ in range(self._load.size)]

    def _event(self) -> bytes:
        number = self._next
        self._next += 1
        who = number * 7_919 % self._load.customers + 1
        return (
            b'{"type":"track","event":"Product Viewed","messageId":"%s-%d","userId":"shopper-%d",'
            b'"properties":{"product_id":"%d","category":"category %d","url":"https://shop.example/p/%d"},'
            b'"context":{"locale":"ko-KR","library":{"name":"dangol-bench","version":"1"}}}'
        ) % (self._load.name.encode(), number, who, number % 5_000, number % 40, number % 5_000)


class _Connection(asyncio.Protocol):
    def __init__(self, crew: _Crew) -> None:
        self._crew = crew
        self._since = 0.0
        self._read = bytearray()
        self._whole = 0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self._crew.free(self)

    def ask(self, request: bytes, since: float) -> None:
        self._since = since
        assert self.transport is not None
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._read += data
        if not self._whole:
            end = self._read.find(b"\r\n\r\n")
            if end < 0:
                return
            at = self._read.lower().find(b"content-length:", 0, end)
            self._whole = end + 4 + (int(self._read[at + 15 : self._read.find(b"\r", at)]) if at >= 0 else 0)
        if len(self._read) >= self._whole:
            status, self._whole = int(self._read[9:12]), 0
            self._read.clear()
            self._crew.heard(self, status, self._since)

    def connection_lost(self, exc: Exception | None) -> None:
        self._crew.lost(self)


class _Crew:
    """The connections, and what they saw."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._requests = Requests(load)
        self._idle: deque[_Connection] = deque()
        self._due: deque[float] = deque()
        self._open = True
        self._every = 1
        self.waits: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.broken = 0

    def free(self, connection: _Connection) -> None:
        if not self._load.rate and self._open:
            connection.ask(self._requests.make(), time.perf_counter())
        elif self._due and self._open:
            connection.ask(self._requests.make(), self._due.popleft())
        else:
            self._idle.append(connection)

    def heard(self, connection: _Connection, status: int, since: float) -> None:
        self.statuses[status] += 1
        if sum(self.statuses.values()) % self._every == 0:
            self.waits.append(time.perf_counter() - since)
            if len(self.waits) >= KEPT:
                self.waits, self._every = self.waits[::2], self._every * 2
        self.free(connection)

    def lost(self, connection: _Connection) -> None:
        if self._open:
            self.broken += 1
        if connection in self._idle:
            self._idle.remove(connection)

    async def pace(self, start: float) -> None:
        """Say when requests are due; what finds no free connection waits, and its waiting counts."""
        told, step = 0, self._load.size / self._load.rate
        while self._open:
            wanted = int((time.perf_counter() - start) / step)
            for number in range(told, wanted):
                self._due.append(start + number * step)
            told = max(told, wanted)
            while self._due and self._idle:
                self._idle.popleft().ask(self._requests.make(), self._due.popleft())
            await asyncio.sleep(0.002)

    def stop(self) -> None:
        self._open = False


async def run(load: Load) -> Seen:
    """Send the load and say what was seen."""
    loop, crew = asyncio.get_running_loop(), _Crew(load)
    start = time.perf_counter()
    many = min(load.connections, MOST_CONNECTIONS)
    opened = [await loop.create_connection(lambda: _Connection(crew), "127.0.0.1", load.port) for _ in range(many)]
    pacing = loop.create_task(crew.pace(start)) if load.rate else None
    await asyncio.sleep(min(load.seconds, MOST_SECONDS))
    crew.stop()
    seconds = time.perf_counter() - start
    if pacing is not None:
        await pacing
    asked = sum(crew.statuses.values())
    for transport, _ in opened:
        transport.close()
    waits = sorted(crew.waits)
    fine = crew.statuses[200]
    ends = {
        f"p{q}": round(1000 * waits[min(len(waits) - 1, len(waits) * q // 100)], 3) if waits else 0.0
        for q in (50, 95, 99)
    }
    told = {str(status): n for status, n in sorted(crew.statuses.items())}
    return Seen(fine, fine * load.size, seconds, asked - fine + crew.broken, told, **ends)


def main(arguments: list[str]) -> None:
    load = Load(**json.loads(arguments[0]))
    with asyncio.Runner(loop_factory=_loop) as runner:
        print(json.dumps(asdict(runner.run(run(load)))), flush=True)


def _loop() -> asyncio.AbstractEventLoop:
    """The quickest there is: what the load takes of the machine the server has not."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        return asyncio.new_event_loop()
    return new_event_loop()


if __name__ == "__main__":
    main(sys.argv[1:])
