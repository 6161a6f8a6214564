"""What arrives, to whoever looks: masked, filtered, bounded; and the server ends although somebody looks."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from dangol.collect.wire import Envelope
from dangol.server import stream as module
from dangol.server.stream import Stream
from tests.app import shop
from tests.server.live import Live, serving

TRACK = {"type": "track", "event": "Product Viewed", "userId": shop.LOGIN, "properties": {"product_id": "p-1"}}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serving(tmp_path_factory.mktemp("stream") / "shop") as server:
        yield server


@contextmanager
def looking(live: Live, **asked: str) -> Iterator[Iterator[tuple[str, Any]]]:
    """Events from now on: the stream is open when this begins."""
    with (
        httpx.Client(base_url=live.url, timeout=20) as client,
        client.stream("GET", "/v1/events/live", params=asked) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert next(lines).startswith(":")

        def events() -> Iterator[tuple[str, Any]]:
            kind = ""
            for line in lines:
                name, _, value = line.partition(": ")
                kind = value if name == "event" else kind
                if name == "data":
                    yield kind, json.loads(value)

        yield events()


def send(live: Live, *calls: Any, key: str = "") -> None:
    with httpx.Client(base_url=live.url) as http:
        assert http.post("/v1/batch", json={"batch": list(calls), "writeKey": key or live.server}).status_code == 200


def test_an_event_is_told_as_it_arrives_and_nothing_personal_in_the_clear(live: Live) -> None:
    note = f"call me at {shop.PHONE} or {shop.EMAIL}"
    traits = {"email": shop.EMAIL, "phone": shop.PHONE, "name": shop.NAME, "grade": "gold", "memo": note}
    with looking(live) as events:
        send(live, {**TRACK, "properties": {"product_id": "p-1", "note": note}},
             {"type": "identify", "userId": shop.LOGIN, "traits": traits})  # fmt: skip
        (one, event), (two, person) = next(events), next(events)
    assert (one, two) == ("event", "event")
    assert (event["source"], event["type"], event["name"]) == ("backend", "track", "Product Viewed")
    assert event["product_id"] == "p-1"
    assert event["at"].endswith("Z")
    assert event["put_aside"] is None
    assert {one["kind"] for one in person["identifiers"]} == {"user_id", "email", "phone"}
    assert person["traits"]["grade"] == "gold"
    told = json.dumps([event, person], ensure_ascii=False)
    assert [s for s in (*shop.SECRETS, shop.LOGIN) if s in told] == []


def test_what_is_put_aside_is_told_with_its_reason(live: Live) -> None:
    with looking(live) as events:
        send(live, {**TRACK, "timestamp": "never", "properties": {"phone": shop.PHONE}})
        kind, event = next(events)
    assert kind == "aside"
    assert event["put_aside"]["code"] == "bad_date"
    assert event["put_aside"]["ko"]
    assert event["put_aside"]["en"]
    assert shop.PHONE not in json.dumps(event)


def test_only_what_was_asked_for(live: Live) -> None:
    with looking(live, source="site", name="cart viewed") as events:
        send(live, {**TRACK, "event": "Cart Viewed"})
        send(live, TRACK, key=live.browser)
        send(live, {**TRACK, "event": "Cart Viewed", "userId": "u"}, key=live.browser)
        _, event = next(events)
    assert (event["source"], event["name"]) == ("site", "Cart Viewed")


def test_many_may_look(live: Live) -> None:
    with looking(live) as a, looking(live) as b, looking(live, source="nobody"):
        send(live, TRACK)
        assert next(a) == next(b)


def test_nobody_looks_nothing_is_read() -> None:
    stream = Stream(lambda envelope, text: pytest.fail("read for nobody"))
    assert not stream.watched


async def _first(stream: Stream, wanted: int) -> list[bytes]:
    found = []
    with stream.reading() as reader:
        assert reader is not None
        async for line in reader.lines():
            found.append(line)
            if len(found) >= wanted:
                break
    return found


def _envelope() -> Envelope:
    return Envelope("e", "site", "browser", "track", shop.NOW)


def test_a_slow_reader_loses_events_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUFFER", 3)
    stream = Stream(lambda envelope, text: iter([{"source": "site", "name": text.decode(), "put_aside": None}]))

    async def look() -> list[bytes]:
        with stream.reading() as reader:
            assert reader is not None
            lines = reader.lines()
            assert (await anext(lines)).startswith(b":")
            for number in range(10):
                stream.tell(_envelope(), b"%d" % number)
            await asyncio.sleep(0.5)
            return [await anext(lines) for _ in range(4)]

    lost, *kept = asyncio.run(look())
    stream.end()
    assert lost == b'event: lost\ndata: {"events":7}\n\n'
    assert [json.loads(line.split(b"data: ")[1])["name"] for line in kept] == ["7", "8", "9"]


def test_more_requests_than_can_be_read_are_counted_as_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING", 2)
    slow = threading.Event()

    def read(envelope: Envelope, text: bytes) -> Iterator[dict[str, Any]]:
        slow.wait(10)
        yield {"source": "site", "name": "x", "put_aside": None}

    stream = Stream(read)

    async def look() -> list[bytes]:
        with stream.reading() as reader:
            assert reader is not None
            lines = reader.lines()
            await anext(lines)
            for _ in range(10):
                stream.tell(_envelope(), b"x")
            slow.set()
            return [await anext(lines)]

    (first,) = asyncio.run(look())
    stream.end()
    assert first.startswith(b"event: lost")


def test_silence_is_broken_by_a_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEARTBEAT", 0.05)
    assert asyncio.run(_first(Stream(lambda e, t: iter(())), 3))[1:] == [b": alive\n\n"] * 2


def test_a_request_that_cannot_be_read_is_told_without_its_words() -> None:
    def broken(envelope: Envelope, text: bytes) -> Iterator[dict[str, Any]]:
        raise ValueError(shop.PHONE)

    stream = Stream(broken)

    async def look() -> bytes:
        with stream.reading() as reader:
            assert reader is not None
            lines = reader.lines()
            await anext(lines)
            stream.tell(_envelope(), shop.PHONE.encode())
            return await anext(lines)

    told = asyncio.run(look())
    stream.end()
    assert told.startswith(b"event: aside")
    assert shop.PHONE.encode() not in told


def test_no_more_than_may_look(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_READERS", 1)
    with looking(live), httpx.Client(base_url=live.url) as http:
        deadline = time.monotonic() + 10
        while (answer := http.get("/v1/events/live?lang=ko")).status_code != 423 and time.monotonic() < deadline:
            time.sleep(0.05)
    assert answer.json()["code"] == "busy"


def test_the_server_ends_although_somebody_looks(tmp_path: Path) -> None:
    ended: list[str] = []
    with serving(tmp_path / "shop") as live:
        opened = threading.Event()

        def look() -> None:
            with looking(live) as events:
                opened.set()
                ended.extend(kind for kind, _ in events)
            ended.append("end")

        thread = threading.Thread(target=look)
        thread.start()
        assert opened.wait(20)
        live.end()
        thread.join(20)
        assert ended == ["end"]
