"""The SDKs in use, unmodified, against a real server: every call arrives once, with traits, context and times right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import rudderstack.analytics.client as rudder
import segment.analytics.client as segment

from tests.server import npm, python
from tests.server.arrived import check_everything, say_everything
from tests.server.live import Live, serving


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serving(tmp_path_factory.mktemp("sdk") / "shop") as server:
        yield server


def _errors(into: list[Any]) -> Any:
    return lambda error, items: into.append((error, items))


def _segment(live: Live, failed: list[Any]) -> Any:
    return segment.Client(live.server, host=live.url, on_error=_errors(failed), max_retries=2, timeout=10, gzip=False)


def _segment_packed(live: Live, failed: list[Any]) -> Any:
    return segment.Client(live.server, host=live.url, on_error=_errors(failed), max_retries=2, timeout=10, gzip=True)


def _rudder(live: Live, failed: list[Any]) -> Any:
    return rudder.Client(live.server, host=live.url, on_error=_errors(failed), max_retries=2, timeout=10)


CLIENTS = {"segment": _segment, "segment-gzip": _segment_packed, "rudder": _rudder}


@pytest.mark.parametrize("name", CLIENTS)
def test_every_call_arrives_once(live: Live, name: str) -> None:
    failed: list[Any] = []
    before = {e["event_id"] for e in live.events()}
    client = CLIENTS[name](live, failed)
    say_everything(client, name)
    client.join()
    assert failed == []
    check_everything(live, before, name)


@pytest.mark.slow
def test_the_older_python_sdk_beside_the_newest(live: Live) -> None:
    """2.3.6: the key in the body alone, no header. As the package sends it, not as we believe it does."""
    known = {e["event_id"] for e in live.events()}
    asked = {"sdk": "segment", "url": live.url, "key": live.server, "name": "older", "calls": True}
    said = npm.finished(python.start(lib=python.older(), **asked))
    assert (said["failed"], said["version"]) == ([], "2.3.6")
    check_everything(live, known, "older")


@pytest.mark.parametrize("name", CLIENTS)
def test_a_wrong_key_is_told_at_once(live: Live, name: str) -> None:
    """Dropped by the SDK after one request, not tried again and again."""
    failed: list[Any] = []
    waiting = live.ws.intake.waiting().records
    client = CLIENTS[name](replace(live, browser="", server="nobody-s-key"), failed)
    client.track("u", "Product Viewed")
    client.join()
    assert len(failed) == 1
    assert "401" in str(failed[0][0]) or "unknown" in str(failed[0][0])
    assert live.ws.intake.waiting().records == waiting
