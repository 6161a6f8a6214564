"""The measurements, each a function from a running server to a value."""

from __future__ import annotations

import base64
import statistics
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from dangol.bench.load import Load, Seen
from dangol.bench.serving import Client, Server, loaded, loading, running, seen
from dangol.bench.shop import MARK, MARKED, Shop
from dangol.bench.world import user
from dangol.schema import DangolError
from dangol.store import StoreLog

ROUNDS = 3
"""Turns of empty and durable, so that what else the machine does falls on both."""

BATCH = 100
LATE = 30.0
"""Seconds until a membership that does not come is given up."""

POLL = 0.1
LOOKUPS = 20.0
"""Profiles asked for a second while the load runs."""

LEFT_OVER = 5.0
"""So many times as long as a round took may the server work off what it has left, before the next one."""

WARM = 8.0
"""Seconds of requests that are not measured: under them the server starts the processes that it has under load."""


@dataclass(frozen=True, slots=True)
class Taking:
    """One way to send: the empty handler beside the durable one, rounds of each, and the processor seconds they took."""

    size: int
    empty: tuple[Seen, ...]
    durable: tuple[Seen, ...]
    empty_cpu: float = 0.0
    durable_cpu: float = 0.0

    def cpu(self, which: str) -> float:
        """Processor time of the server in microseconds an event, what it did behind the answers included."""
        rounds: tuple[Seen, ...] = getattr(self, which)
        events = sum(s.events for s in rounds)
        return 1e6 * float(getattr(self, f"{which}_cpu")) / events if events else 0.0

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios of requests a second."""
        pairs = zip(self.durable, self.empty, strict=True)
        return statistics.median(d.per_second / e.per_second if e.per_second else 0.0 for d, e in pairs)

    def rate(self, which: str) -> float:
        """Events a second, the median of the rounds."""
        rounds: tuple[Seen, ...] = getattr(self, which)
        return statistics.median(s.per_second * self.size for s in rounds)

    @property
    def errors(self) -> int:
        return sum(s.errors for s in (*self.empty, *self.durable))


@dataclass(frozen=True, slots=True)
class Intake:
    """Both ways to send, and the server's memory (MB) before and after them."""

    single: Taking
    batch: Taking
    memory_before: float
    memory_after: float


def intake(shop: Shop, *, seconds: float, connections: int, told: Callable[[str, int, int], None]) -> Intake:
    """The durable intake of a real server with nothing in it yet, its drain at work, beside the empty handler."""
    with running("dangol.server", str(shop.folder)) as real, running("dangol.server.empty") as empty:
        # what is made at the first requests is not what is measured
        for size, warm in ((1, min(WARM, seconds)), (BATCH, 1.0)):
            _send(shop, real, size, warm, connections, f"warm{size}")
            _send(shop, empty, size, 0.5, connections, "w")
        _quiet(real, LEFT_OVER * seconds, 1.0)
        before = real.memory()
        found = []
        for turn, size in enumerate((1, BATCH)):
            rounds: list[tuple[Seen, Seen]] = []
            used = [0.0, 0.0]
            for number in range(ROUNDS):
                told("intake", turn * ROUNDS + number, 2 * ROUNDS)
                before_it = empty.cpu(), real.cpu()
                nothing = _send(shop, empty, size, seconds, connections, "e")
                rounds.append((nothing, _send(shop, real, size, seconds, connections, f"{size}-{number}")))
                # taking in what was received is part of its work, and no other round's
                _quiet(real, LEFT_OVER * seconds, 1.0)
                used = [used[0] + empty.cpu() - before_it[0], used[1] + real.cpu() - before_it[1]]
            found.append(Taking(size, tuple(e for e, _ in rounds), tuple(d for _, d in rounds), *used))
        told("intake", 2 * ROUNDS, 2 * ROUNDS)
        return Intake(found[0], found[1], before, real.memory())


def _send(shop: Shop, server: Server, size: int, seconds: float, connections: int, name: str) -> Seen:
    many = connections if size == 1 else max(2, connections // 4)
    return loaded(Load(server.port, shop.key, size, many, seconds, customers=shop.customers, name=name))


@dataclass
class Watched:
    """What was seen of a server under load.

    entered   seconds from 200 to the membership being readable, one a probe; `late` were given up
    profiles  seconds a lookup took; `failed` of them were not answered 200
    queue     (second, records that wait in the intake log)
    memory    (second, resident MB)
    cores     that the server used on average
    """

    load: Seen | None = None
    entered: list[float] = field(default_factory=list)
    late: int = 0
    profiles: list[float] = field(default_factory=list)
    failed: int = 0
    queue: list[tuple[float, int]] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    drained_in: float = 0.0
    cores: float = 0.0


def under_load(
    shop: Shop, *, rate: float, seconds: float, name: str, probes: bool = True, told: Callable[[str, int, int], None]
) -> Watched:
    """A real server of a whole shop that takes `rate` events a second: how soon memberships follow, how fast profiles are."""
    found, ending = Watched(), threading.Event()
    with (
        running("dangol.server", str(shop.folder)) as server,
        closing(StoreLog.open(shop.folder / "intake.sqlite")) as log,
    ):
        _settled(log, 600.0)
        _quiet(server, 300.0)
        loaded(Load(server.port, shop.key, 1, 64, min(WARM, seconds), rate, shop.customers, f"{name}w"))
        _settled(log, 120.0)
        load = Load(server.port, shop.key, 1, 64, seconds, rate, shop.customers, name)
        start, used = time.monotonic(), server.cpu()
        threads = [threading.Thread(target=_profiles, args=(shop, server.port, found, ending))]
        threads += [threading.Thread(target=_probes, args=(shop, server.port, found, ending, name))] if probes else []
        with loading(load) as process:
            for thread in threads:
                thread.start()
            try:
                while process.poll() is None and server.lives():
                    now = time.monotonic() - start
                    found.queue.append((now, _waiting(log)))
                    found.memory.append((now, server.memory()))
                    told("load", min(int(now), int(seconds)), int(seconds))
                    ending.wait(1.0)
                ended = time.monotonic()
                found.load = seen(process)
                found.cores = (server.cpu() - used) / (ended - start)
            finally:
                ending.set()
                for thread in threads:
                    thread.join()
        _settled(log, 120.0)
        found.drained_in = time.monotonic() - ended
    return found


def _waiting(log: StoreLog) -> int:
    with suppress(DangolError):
        return log.waiting().records
    return -1


def _settled(log: StoreLog, most: float) -> None:
    """Wait until nothing waits."""
    limit = time.monotonic() + most
    while _waiting(log) and time.monotonic() < limit:
        time.sleep(0.1)


def _quiet(server: Server, most: float, every: float = 5.0) -> None:
    """Wait until a server has nothing left to do: it has just started and looks around, or takes in what came before."""
    limit, used = time.monotonic() + most, server.cpu()
    time.sleep(every)
    while time.monotonic() < limit:
        before, used = used, server.cpu()
        if used - before < 0.05 * every:
            return
        time.sleep(every)


def _profiles(shop: Shop, port: int, found: Watched, ending: threading.Event) -> None:
    """Ask for customers by their login, `LOOKUPS` a second."""
    with closing(Client(port, shop.shown())) as client:
        number, due = 0, time.monotonic()
        while not ending.is_set():
            number += 104_729
            since = time.perf_counter()
            status, _ = client.post("/v1/customers/lookup", _login(number % shop.customers + 1))
            found.profiles.append(time.perf_counter() - since)
            found.failed += status != 200
            due = max(due + 1 / LOOKUPS, time.monotonic() - 1)
            ending.wait(max(0.0, due - time.monotonic()))


def _probes(shop: Shop, port: int, found: Watched, ending: threading.Event, name: str) -> None:
    """Customers who are not in the marked segment do what makes them enter, one after the other."""
    key = {"authorization": "Basic " + base64.b64encode(f"{shop.key}:".encode()).decode()}
    with closing(Client(port, shop.shown())) as client:
        number = 0
        while not ending.wait(0.25):
            number += 15_485_863
            who = number % shop.customers + 1
            if _is_in(client, who):
                continue
            event = {"event": MARK, "userId": user(who), "messageId": f"mark-{name}-{number}"}
            status, _ = client.post("/v1/track", event, key)
            since = time.monotonic()
            if status != 200:
                found.late += 1
                continue
            while not _is_in(client, who) and time.monotonic() - since < LATE and not ending.is_set():
                time.sleep(POLL)
            waited = time.monotonic() - since
            if waited >= LATE:
                found.late += 1
            elif not ending.is_set():
                found.entered.append(waited)


def _is_in(client: Client, who: int) -> bool:
    status, body = client.post("/v1/customers/lookup", _login(who))
    return status == 200 and any(row["segment"] == MARKED for row in body["segments"])


def _login(number: int) -> dict[str, str]:
    return {"kind": "user_id", "value": user(number)}


def marks(values: list[float]) -> tuple[float, float, float]:
    """p50, p95 and p99, by nearest rank; zeros of nothing."""
    if not values:
        return 0.0, 0.0, 0.0
    ordered = sorted(values)
    at = [ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * q // 100) - 1))] for q in (50, 95, 99)]
    return at[0], at[1], at[2]


def slope(points: list[tuple[float, float]]) -> float:
    """Units a minute by least squares over the second half of the points, when caches have filled."""
    half = points[len(points) // 2 :]
    if len(half) < 3:
        return 0.0
    found = statistics.linear_regression([t for t, _ in half], [v for _, v in half])
    return found.slope * 60


def size_of(folder: Path) -> float:
    """Megabytes on disk."""
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6
