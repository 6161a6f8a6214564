"""kill -9 at random moments under load: no acknowledged event is lost, none is there twice."""

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
from pathlib import Path

import httpx2 as httpx
import pytest

from dangol.app import Workspace

ROUNDS = int(os.environ.get("DANGOL_KILLS", "8"))
"""How often it is killed; a hundred takes a quarter of an hour."""


def _free() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "dangol.server", str(folder), "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200:
                return server
        time.sleep(0.05)
    server.kill()
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


@pytest.mark.slow
def test_no_acknowledged_event_is_lost_and_none_is_there_twice(tmp_path: Path) -> None:
    folder, chance = tmp_path / "shop", random.Random(7)
    with Workspace.create(folder) as ws:
        key, _ = ws.add_source("site")
    acknowledged: list[str] = []
    for turn in range(ROUNDS):
        port = _free()
        server = _start(folder, port)
        senders = [Sender(port, key, f"r{turn}s{i}") for i in range(2)]
        for sender in senders:
            sender.start()
        time.sleep(chance.uniform(0.1, 2.5))
        server.send_signal(signal.SIGKILL)
        server.wait()
        for sender in senders:
            sender.ending = True
        for sender in senders:
            sender.join()
            acknowledged += sender.acknowledged
    with Workspace.open(folder) as ws:
        while ws.drain(refresh=False).requests:
            pass
        told = ws.sql(
            "SELECT json_extract_string(properties, '$.n') AS n, count(*) AS times FROM events GROUP BY 1"
        ).table
        counted = Counter(dict(zip(told["n"].to_pylist(), told["times"].to_pylist(), strict=True)))
        checks = [c for c in ws.doctor() if c["state"] == "wrong"]
    assert len(acknowledged) > 20 * ROUNDS
    assert [m for m in acknowledged if counted[m] != 1] == []
    assert [m for m, times in counted.items() if times != 1] == []
    assert checks == []
