"""A disk that is really full: 503 while it is, 200 again by itself when there is room, and nothing acknowledged is lost."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx
import pytest

from dangol.app import Workspace
from tests.server.test_killed import free_port, start

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="needs tmpfs or prlimit")]

ROOM = 64_000_000
BODY = {"type": "track", "event": "Counted", "userId": "u"}


class Small:
    """A disk of `ROOM` bytes at `folder`: a file system of its own where that is allowed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self) -> None:
        with (self.folder / "ballast").open("wb", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(b"x" * 65_536)
            except OSError:
                pass

    def free(self) -> None:
        (self.folder / "ballast").unlink()


@contextmanager
def small(folder: Path) -> Iterator[Small]:
    """Mounted for the length of the ``with``; skipped with a word where mounting is not allowed."""
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("no file system may be mounted here; the test with a limit on file sizes covers it")
    try:
        yield Small(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def number(client: httpx.Client, key: str, name: str) -> int:
    return client.post(
        "/v1/t", json={**BODY, "writeKey": key, "messageId": name, "properties": {"n": name}}
    ).status_code


def until(status: int, client: httpx.Client, key: str, name: str, seconds: float = 60) -> list[str]:
    """Send numbered events until one is answered with `status`; returns those that were acknowledged."""
    acknowledged = []
    limit = time.monotonic() + seconds
    for turn in range(1_000_000):
        told = number(client, key, f"{name}{turn}")
        if told == 200:
            acknowledged.append(f"{name}{turn}")
        if told == status:
            return acknowledged
        assert told in (200, 503), told
        assert time.monotonic() < limit, f"never {status}"
    return acknowledged


def events(folder: Path) -> list[str]:
    with Workspace.open(folder) as ws:
        while ws.drain(refresh=False).requests:
            pass
        assert [c for c in ws.doctor() if c["state"] == "wrong" and c["name"] != "disk"] == []
        told = ws.sql("SELECT json_extract_string(properties, '$.n') AS n FROM events ORDER BY n")
        return [r["n"] for r in told]


def test_a_small_file_system(tmp_path: Path) -> None:
    with small(tmp_path / "disk") as disk:
        folder = disk.folder / "shop"
        with Workspace.create(folder) as ws:
            key, _ = ws.add_source("site")
        port = free_port()
        server = start(folder, port, {"TMPDIR": str(tmp_path)})
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
                sent = [f"a{i}" for i in range(20) if number(client, key, f"a{i}") == 200]
                assert len(sent) == 20
                for turn in range(2):
                    disk.fill()
                    sent += until(503, client, key, f"b{turn}-")
                    said = client.post("/v1/t", json={**BODY, "writeKey": key})
                    assert (said.json()["code"], int(said.headers["retry-after"]) > 0) == ("full", True)
                    assert client.get("/health").status_code == 200
                    disk.free()
                    sent += until(200, client, key, f"c{turn}-")
                    sent += [f"d{turn}-{i}" for i in range(20) if number(client, key, f"d{turn}-{i}") == 200]
            assert server.poll() is None
            assert len(sent) >= 60
        finally:
            server.send_signal(signal.SIGKILL)
            server.wait()
        found = events(folder)
        assert len(found) == len(set(found))
        assert set(sent) <= set(found)


def test_files_that_may_not_grow(tmp_path: Path) -> None:
    """The same where nothing may be mounted: no file of the server may pass a size, and then it may again."""
    import resource

    folder = tmp_path / "shop"
    with Workspace.create(folder) as ws:
        key, _ = ws.add_source("site")
    port = free_port()
    server = start(folder, port)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            sent = [f"a{i}" for i in range(20) if number(client, key, f"a{i}") == 200]
            resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (4_096, resource.RLIM_INFINITY))
            sent += until(503, client, key, "b")
            assert client.get("/health").status_code == 200
            resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            sent += until(200, client, key, "c")
        assert server.poll() is None
        assert len(sent) >= 20
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait()
    found = events(folder)
    assert len(found) == len(set(found))
    assert set(sent) <= set(found)
    assert (tmp_path / "output").stat().st_size < 100_000, "a full disk is told, not shouted"
