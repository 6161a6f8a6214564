"""Numbered events by a Python SDK of the version that PYTHONPATH names. Prints what failed, as JSON; see `test_restarted.py`."""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module
from typing import Any


def main(asked: dict[str, Any]) -> None:
    """``every`` seconds between events; ``calls`` true says every call once instead."""
    failed: list[str] = []
    module = "rudderstack.analytics" if asked["sdk"] == "rudder" else "segment.analytics"
    client = import_module(f"{module}.client").Client(
        asked["key"],
        host=asked["url"],
        on_error=lambda error, items: failed.append(f"{type(error).__name__}: {error}"),
        max_retries=10,
        timeout=10,
    )
    if asked.get("calls"):
        from tests.server.arrived import say_everything

        say_everything(client, asked["name"])
    for n in range(asked.get("events", 0)):
        message = f"{asked['name']}-{n}"
        client.track(asked["name"], "Counted", {"n": message}, message_id=message)
        time.sleep(asked["every"])
    client.shutdown()
    print(json.dumps({"failed": failed, "version": import_module(f"{module}.version").VERSION}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
