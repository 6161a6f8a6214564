"""kill -9 at random moments under load, of dangol and of NATS: no acknowledged event is lost, none is there twice."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx2 as httpx
import pytest

from dangol.app import Workspace
from dangol.bench.serving import children
from tests.nats import PASSWORD, Server, running

ROUNDS = int(os.environ.get("DANGOL_KILLS", "8"))
"""How often it is killed; a hundred takes a quarter of an hour."""


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def start(folder: Path, port: int, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """A server process of its own for the workspace at `folder`, once it answers. What it says goes to ``output``."""
    command = [sys.executable, "-m", "dangol.server", str(folder), "--port", str(port), "--open"]
    with (folder.parent / "output").open("ab") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, **(environment or {})})
    limit = time.monotonic() + 180
    while time.monotonic() < limit:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200:
                return server
        time.sleep(0.05)
    server.kill()
    server.wait()
    raise AssertionError("the server did not start")


class Sender(threading.Thread):
    """Sends numbered events one after another, again until each is acknowledged or the server is gone."""

    def __init__(self, port: int, key: str, name: str) -> None:
        super().__init__()
        self.where, self.key, self.tag = f"http://127.0.0.1:{port}/v1/batch", key, name
        self.acknowledged: list[str] = []
        self.ending = False

    def run(self) -> None:
        number = 0
        with httpx.Client(timeout=10) as client:
            while not self.ending:
                ids = [f"{self.tag}-{number}-{i}" for i in range(3)]
                calls = [
                    {"type": "track", "event": "Counted", "userId": self.tag, "messageId": m, "properties": {"n": m}}
                    for m in ids
                ]
                try:
                    answer = client.post(self.where, json={"batch": calls, "writeKey": self.key})
                except httpx.TransportError:
                    continue  # the same number again, as an SDK would
                if answer.status_code == 200:
                    self.acknowledged += ids
                    number += 1


@dataclass
class Run:
    """A workspace that is served, killed and served again, and what its senders were told."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    acknowledged: list[str] = field(default_factory=list)
    key: str = ""

    def begin(self, **settings: str) -> None:
        with Workspace.create(self.folder, **settings) as ws:
            self.key, _ = ws.add_source("site")

    def turn(self, name: str, seconds: float, after: Callable[[subprocess.Popen[bytes]], None]) -> None:
        """Serve, send for a while, then do what is to be done while senders go on sending."""
        port = free_port()
        server = start(self.folder, port, self.environment)
        senders = [Sender(port, self.key, f"{name}s{i}") for i in range(2)]
        for sender in senders:
            sender.start()
        time.sleep(seconds)
        after(server)
        for sender in senders:
            sender.ending = True
        for sender in senders:
            sender.join()
            self.acknowledged += sender.acknowledged
        if server.poll() is None:
            server.send_signal(signal.SIGKILL)
        server.wait()

    def check(self, rounds: int) -> None:
        """Take in what waits, and hold events against answers."""
        with Workspace.open(self.folder) as ws:
            while ws.drain(refresh=False).requests:
                pass
            told = ws.sql(
                "SELECT json_extract_string(properties, '$.n') AS n, count(*) AS times FROM events GROUP BY 1"
            ).table
            counted = Counter(dict(zip(told["n"].to_pylist(), told["times"].to_pylist(), strict=True)))
            checks = [c for c in ws.doctor() if c["state"] == "wrong"]
        assert len(self.acknowledged) > 10 * rounds
        assert [m for m in self.acknowledged if counted[m] != 1] == []
        assert [m for m, times in counted.items() if times != 1] == []
        assert checks == []


def _kill(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGKILL)
    server.wait()


@pytest.mark.slow
def test_no_acknowledged_event_is_lost_and_none_is_there_twice(tmp_path: Path) -> None:
    run, chance = Run(tmp_path / "shop"), random.Random(7)
    run.begin()
    for turn in range(ROUNDS):
        run.turn(f"r{turn}", chance.uniform(0.1, 2.5), _kill)
    run.check(ROUNDS)


def receiver(server: subprocess.Popen[bytes], seconds: float = 60) -> int:
    """The process that receives for a server, once it does: the one beside it that listens, too."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        for pid in children(server.pid):
            with contextlib.suppress(OSError):
                if b"dangol.server.receiver" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    return pid
        time.sleep(0.05)
    raise AssertionError("nobody else receives")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found in /proc: Linux only")
def test_nor_where_another_process_receives(tmp_path: Path) -> None:
    """Both are killed at a random moment, the one that receives first or last."""
    run, chance = Run(tmp_path / "shop"), random.Random(11)
    run.begin()
    rounds = max(2, ROUNDS // 8)

    def kill(server: subprocess.Popen[bytes]) -> None:
        other = receiver(server)
        time.sleep(chance.uniform(0.5, 6))
        if chance.random() < 0.5:
            os.kill(other, signal.SIGKILL)
            time.sleep(chance.uniform(0, 2))
        _kill(server)

    for turn in range(rounds):
        run.turn(f"r{turn}", 0, kill)
    run.check(rounds)


@pytest.fixture
def on_nats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Run, Server]]:
    """A workspace whose intake log is on a NATS server of its own."""
    monkeypatch.setenv("DANGOL_INTAKE_PASSWORD", PASSWORD)
    with running() as nats:
        run = Run(tmp_path / "shop")
        run.begin(intake=nats.url)
        yield run, nats


@pytest.mark.slow
def test_nor_with_the_log_on_nats(on_nats: tuple[Run, Server]) -> None:
    run, _ = on_nats
    chance = random.Random(8)
    for turn in range(max(2, ROUNDS // 2)):
        run.turn(f"n{turn}", chance.uniform(0.1, 2.5), _kill)
    run.check(max(2, ROUNDS // 2))


@pytest.mark.slow
def test_nor_when_nats_itself_is_killed(on_nats: tuple[Run, Server]) -> None:
    """dangol goes on by itself; what NATS did not answer, senders hear as 503 and send again."""
    run, nats = on_nats
    chance = random.Random(9)
    rounds = max(2, ROUNDS // 4)

    def kill_nats(server: subprocess.Popen[bytes]) -> None:
        for _ in range(3):
            nats.kill()
            time.sleep(chance.uniform(0, 1))
            nats.start()
            time.sleep(chance.uniform(2, 4))
        assert server.poll() is None, "dangol lives"

    for turn in range(rounds):
        run.turn(f"k{turn}", chance.uniform(0.5, 2), kill_nats)
    run.check(rounds)


@pytest.mark.slow
def test_a_nats_that_is_away_means_503_and_is_found_again(on_nats: tuple[Run, Server]) -> None:
    run, nats = on_nats
    port = free_port()
    server = start(run.folder, port)
    body = {"type": "track", "event": "Counted", "userId": "u", "messageId": "m", "properties": {"n": "m"}}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        send = {**body, "writeKey": run.key}
        assert client.post("/v1/t", json=send).status_code == 200
        nats.stop()
        answer = client.post("/v1/t", json=send)
        assert (answer.status_code, answer.json()["code"]) == (503, "full")
        assert int(answer.headers["retry-after"]) > 0
        nats.start()
        limit = time.monotonic() + 30
        while client.post("/v1/t", json=send).status_code != 200:
            assert time.monotonic() < limit, "it did not recover"
            time.sleep(0.1)
    _kill(server)
    run.acknowledged += ["m"] * 11
    run.check(1)
    said = (run.folder.parent / "output").read_text(errors="replace")
    assert PASSWORD not in said
    assert str(nats.port) not in said
