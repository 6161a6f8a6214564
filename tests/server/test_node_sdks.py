"""The SDKs for Node, unmodified, against a real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server import npm
from tests.server.arrived import CONTEXT, THEN, check_everything
from tests.server.live import Live, serving

pytestmark = pytest.mark.slow

CLIENTS = ("segment-node", "rudder-node")


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serving(tmp_path_factory.mktemp("node") / "shop") as server:
        yield server


@pytest.mark.parametrize("name", CLIENTS)
def test_every_call_arrives_once(live: Live, name: str) -> None:
    known = {e["event_id"] for e in live.events()}
    asked = {"sdk": name, "url": live.url, "key": live.server, "name": name}
    said = npm.run("send.mjs", **asked, then=THEN.isoformat(), context=CONTEXT)
    assert said["failed"] == []
    check_everything(live, known, name)


@pytest.mark.parametrize("name", CLIENTS)
def test_a_wrong_key_is_told_at_once(live: Live, name: str) -> None:
    """Dropped by the SDK, not tried again and again."""
    waiting = live.ws.intake.waiting().records
    asked = {"sdk": name, "url": live.url, "key": "nobody-s-key", "name": "nobody", "context": {}}
    said = npm.run("send.mjs", **asked, then=THEN.isoformat())
    assert said["failed"] != []
    assert live.ws.intake.waiting().records == waiting
