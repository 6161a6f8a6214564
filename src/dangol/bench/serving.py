"""Processes of the measurement: the real server, the empty one, the load; their memory; and who asks them something."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dangol.bench.load import Load, Seen
from dangol.schema import Text, WorkspaceError

START_SECONDS = 120.0
STOP_SECONDS = 60.0


class Server:
    """A server that runs, with the processes that it started."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self._process = process
        self.port = port

    def memory(self) -> float:
        """Resident megabytes of all its processes."""
        return sum(map(memory_of, self._pids()))

    def cpu(self) -> float:
        """Seconds of processor time so far, of all its processes; 0 where the system does not say."""
        return sum(cpu_of(fields) for pid in self._pids() if (fields := stat_of(pid)))

    def _pids(self) -> list[int]:
        return [self._process.pid, *children(self._process.pid)]

    def lives(self) -> bool:
        return self._process.poll() is None


@contextmanager
def running(module: str, *arguments: str) -> Iterator[Server]:
    """``python -m module … --port N`` until the ``with`` ends. Raises `WorkspaceError` where it does not start."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-P", "-m", module, *arguments, "--port", str(port)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        limit = time.monotonic() + START_SECONDS
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > limit:
                raise WorkspaceError(
                    Text("the server did not start", "서버가 시작하지 않았습니다"),
                    hint=Text("its own words are above", "서버가 남긴 말을 위에서 보세요"),
                )
            time.sleep(0.05)
        yield Server(process, port)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def loaded(load: Load) -> Seen:
    """Run a load in a process of its own and say what it saw."""
    with loading(load) as process:
        return seen(process)


@contextmanager
def loading(load: Load) -> Iterator[subprocess.Popen[bytes]]:
    """The same in the background; `seen` waits for its end."""
    command = [sys.executable, "-P", "-m", "dangol.bench.load", json.dumps(asdict(load))]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def seen(process: subprocess.Popen[bytes]) -> Seen:
    """What a load saw. Raises `WorkspaceError` where it failed."""
    told, _ = process.communicate()
    if process.returncode:
        raise WorkspaceError(Text("the load generator failed", "부하 발생기에 오류가 났습니다"))
    return Seen(**json.loads(told))


def children(pid: int) -> list[int]:
    """The processes that a process has started, by their numbers; none where the system does not say."""
    numbers = [int(p.name) for p in Path("/proc").glob("[0-9]*")]
    return [n for n in numbers if stat_of(n)[1:2] == [str(pid)]]


def stat_of(pid: int) -> list[str]:
    """What Linux says of a process, from its state on; nothing where it does not."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    return []


def cpu_of(fields: list[str]) -> float:
    """Seconds of processor time, out of `stat_of`."""
    return (int(fields[11]) + int(fields[12])) / 100


def memory_of(pid: int) -> float:
    """Resident megabytes of a process; 0 where nobody says."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    with suppress(OSError, ValueError):
        done = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return int(done.stdout or 0) / 1024
    return 0.0


class Client:
    """Asks one server, over one kept connection. One thread's."""

    def __init__(self, port: int, key: str) -> None:
        """:param key: what the API is shown; see `dangol.app.access.computer_pass`."""
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._key = key

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        """Status and JSON of an answer."""
        said = {"content-type": "application/json", "authorization": f"Bearer {self._key}", **(headers or {})}
        self._connection.request("POST", path, json.dumps(body), said)
        answer = self._connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")

    def close(self) -> None:
        self._connection.close()
