"""The server is killed (kill -9) while real SDKs send, and comes back on the same port: nothing is lost, nothing is twice."""

from __future__ import annotations

import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from dangol.app import Workspace
from tests.server import npm, python
from tests.server.test_killed import free_port, start

pytestmark = pytest.mark.slow

EVENTS = 120
SDKS = ("segment-python", "segment-python-2.3.6", "rudder-python", "segment-node", "rudder-node")


def _sender(sdk: str, **asked: Any) -> Any:
    if sdk.endswith("node"):
        return npm.start("stream.mjs", sdk=sdk, every=25, **asked)
    name = "rudder" if sdk.startswith("rudder") else "segment"
    lib = python.older() if sdk.endswith("2.3.6") else None
    return python.start(lib=lib, sdk=name, every=0.025, **asked)


def test_a_server_that_restarts_loses_nothing_the_sdks_sent(tmp_path: Path) -> None:
    """All of them at once; each keeps what was not acknowledged, and sends it again."""
    folder, port = tmp_path / "shop", free_port()
    with Workspace.create(folder) as ws:
        key, _ = ws.add_source("backend", side="server")
    server = start(folder, port)
    try:
        asked = {"url": f"http://127.0.0.1:{port}", "key": key, "events": EVENTS}
        senders = {sdk: _sender(sdk, name=sdk, **asked) for sdk in SDKS}
        time.sleep(2)
        server.send_signal(signal.SIGKILL)
        server.wait()
        server = start(folder, port)
        said = {sdk: npm.finished(sender, 400) for sdk, sender in senders.items()}
    finally:
        server.kill()
        server.wait()
    with Workspace.open(folder) as ws:
        while ws.drain(refresh=False).requests:
            pass
        told = ws.sql(
            "SELECT json_extract_string(properties, '$.n') AS n, count(*) AS times FROM events GROUP BY 1"
        ).table
    counted = Counter(dict(zip(told["n"].to_pylist(), told["times"].to_pylist(), strict=True)))
    assert [n for n, times in counted.items() if times != 1] == []
    for sdk in SDKS:
        assert said[sdk]["failed"] == [], sdk
        taken = said[sdk].get("taken", [f"{sdk}-{n}" for n in range(EVENTS)])
        assert len(taken) == EVENTS, sdk
        assert [n for n in taken if n not in counted] == [], sdk
