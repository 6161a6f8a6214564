"""Receiving in a process of its own: each request is answered where it belongs, and nothing acknowledged is lost."""

from __future__ import annotations

import base64
import errno
import http.client
import json
import os
import signal
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.server import patience, receiving
from dangol.server.channel import Channel
from dangol.server.handing import begun
from tests.budget import examples
from tests.server.live import Live, serving

pytestmark = pytest.mark.skipif(
    not hasattr(socket, "send_fds"), reason="connections cannot be handed over on this system"
)


def test_the_path_of_a_request_that_begins() -> None:
    assert begun(b"POST /v1/batch?writeKey=x HTTP/1.1\r\nhost: a\r\n") == "/v1/batch"
    assert begun(b"POST /v1/ba") == begun(b"") == begun(b"\r\n") == ""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A server whose other process receives, from the second request on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(receiving, "OFTEN", 1)
        patch.setattr(receiving, "LOOKS", 1)
        patch.setattr(receiving, "AGAIN", 0.5)
        with serving(tmp_path_factory.mktemp("receiving") / "shop") as here:
            with closing(Line(here)) as line:
                line.track("before")
            until(lambda: here.front.receiving.ready)
            yield here
            pid = process(here)
    assert not alive(pid)  # it ended with the server


class Line:
    """One connection that is kept, until `close`."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._http = http.client.HTTPConnection(live.url.removeprefix("http://"), timeout=20)
        self._http.connect()
        self._socket = self._http.sock

    def ask(self, method: str, path: str, body: object = None, key: str = "") -> tuple[int, Any]:
        head = {"content-type": "application/json"}
        if method == "POST":
            head["authorization"] = "Basic " + base64.b64encode(f"{key or self._live.server}:".encode()).decode()
        self._http.request(method, path, json.dumps(body) if body is not None else None, head)
        answer = self._http.getresponse()
        text = answer.read()
        assert self._http.sock is self._socket, "the connection was not kept"
        return answer.status, json.loads(text)

    def close(self) -> None:
        self._http.close()

    def track(self, name: str, key: str = "", **more: object) -> int:
        event = {"type": "track", "event": name, "userId": "u1", **more}
        return self.ask("POST", "/v1/track", event, key)[0]


def until(true: Callable[[], object], seconds: float = 120) -> None:
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit, "it did not come to that"
        time.sleep(0.02)


def process(live: Live) -> int:
    found = live.front.receiving._process
    assert found is not None
    return found.pid


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def told(live: Live) -> list[str]:
    return [e["name"] for e in live.events()]


@pytest.fixture
def line(live: Live) -> Iterator[Line]:
    with closing(Line(live)) as made:
        yield made


def test_one_connection_goes_to_and_fro(live: Live, line: Line) -> None:
    here = live.front.receiving.received
    assert line.track("first") == 200
    assert line.ask("GET", "/v1/status")[0] == 200
    assert line.track("second", properties={"long": "x" * 20_000}) == 200
    assert line.ask("POST", "/v1/segments/count", {"rule": "y" * 600_000})[0] < 500
    assert line.ask("GET", "/v1/status")[0] == 200
    assert line.track("third") == 200
    assert line.ask("GET", "/v1/nothing")[0] == 404
    assert live.front.receiving.received == here  # none of them was received here
    assert told(live).count("first") == told(live).count("second") == told(live).count("third") == 1


def test_many_connections_at_once_tell_everything_once(live: Live) -> None:
    with ExitStack() as stack:
        lines = [stack.enter_context(closing(Line(live))) for _ in range(12)]
        for turn in range(5):
            for number, line in enumerate(lines):
                assert line.track(f"many {number}.{turn}") == 200
                if (turn + number) % 3 == 0:
                    assert line.ask("GET", "/v1/status")[0] == 200
    found = told(live)
    assert sorted(n for n in found if n.startswith("many")) == sorted(
        f"many {n}.{t}" for n in range(12) for t in range(5)
    )


def test_where_no_file_is_left_a_request_is_answered_here(
    live: Live, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    here = live.front.receiving.received
    assert line.ask("GET", "/v1/status")[0] == 200
    with monkeypatch.context() as patch:
        patch.setattr(patience.os, "dup", full)
        assert line.track("no file") == 200
    assert live.front.receiving.received == here + 1
    assert line.track("a file") == 200
    assert live.front.receiving.received == here + 1
    found = told(live)
    assert (found.count("no file"), found.count("a file")) == (1, 1)


def test_who_looks_sees_what_the_other_process_receives(live: Live, line: Line) -> None:
    look = http.client.HTTPConnection(live.url.removeprefix("http://"), timeout=20)
    look.request("GET", "/v1/events/live?name=Looked")
    stream = look.getresponse()
    assert stream.readline() == b": dangol\n"
    until(lambda: (live.front.receiving._said or live.front.receiving._live()).watched)
    time.sleep(0.3)
    assert line.track("Looked") == 200
    lines = [stream.readline() for _ in range(3)]
    assert any(b'"name":"Looked"' in line for line in lines)
    look.close()


def test_settings_that_change_count_there(live: Live, line: Line) -> None:
    before = live.ws.settings
    live.ws.use(replace(before, replay_days=0))
    part = {"sessionId": "s", "anonymousId": "a", "part": 1}
    until(lambda: line.ask("POST", "/v1/replay", part)[0] == 403, 5)
    live.ws.use(before)


def test_a_days_events_are_counted_on(live: Live, line: Line) -> None:
    key, _ = live.ws.add_source("few", side="server", per_day=3)
    assert [line.track("few", key=key) for _ in range(5)] == [200, 200, 200, 429, 429]


def test_what_died_is_replaced(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "AGAIN", 4.0)  # longer than counts take to be written
    first = process(live)
    few, made = live.ws.add_source("fewer", side="server", per_day=3)
    assert accepted(live, "kept")
    assert [answered(live, "few", few) for _ in range(2)] == [200, 200]
    day = live.ws.real_now().astimezone(live.ws.settings.tz).date()
    until(lambda: live.ws.store.write_keys.counted(day).get(made.id) == 2)
    os.kill(first, signal.SIGKILL)
    until(lambda: not live.front.receiving.ready)
    until(lambda: accepted(live, "here again"))
    assert [answered(live, "few", few) for _ in range(2)] == [200, 429]
    until(lambda: accepted(live, "more") and live.front.receiving.ready)
    assert process(live) != first
    assert accepted(live, "there again")
    assert answered(live, "few", few) == 429
    found = told(live)
    assert [found.count(name) for name in ("kept", "here again", "there again")] == [1, 1, 1]


def answered(live: Live, name: str, key: str = "") -> int:
    with closing(Line(live)) as line:
        return line.track(name, key)


def accepted(live: Live, name: str) -> bool:
    try:
        return answered(live, name) == 200
    except (OSError, http.client.HTTPException):
        return False


def test_what_cannot_be_followed_ends_both_ends(caplog: pytest.LogCaptureFixture) -> None:
    """A process that hears no more must not seem to be there."""
    gone: list[str] = []

    def fail(kind: str, value: Any, connection: socket.socket | None) -> None:
        raise KeyError(value)

    ours, theirs = (
        Channel(end, heard=fail, gone=lambda name=name: gone.append(name))  # type: ignore[misc]
        for name, end in zip(("ours", "theirs"), socket.socketpair(), strict=True)
    )
    ours.start()
    theirs.start()
    ours.say("x", "kim@shop.example")
    until(lambda: sorted(gone) == ["ours", "theirs"])
    assert "KeyError" in caplog.text
    assert "kim@" not in caplog.text


def test_a_connection_on_its_way_is_kept_until_it_has_arrived() -> None:
    """macOS loses one that is closed meanwhile."""
    ours, theirs = socket.socketpair()
    channel = Channel(ours, heard=lambda *message: None, gone=lambda: None)
    channel.start()
    given, client = socket.socketpair()
    channel.say("connection", b"GET", given)
    with theirs, client, closing(socket.socket(fileno=socket.recv_fds(theirs, 5, 1)[1][0])) as taken:
        assert given.fileno() >= 0
        theirs.sendall(struct.pack("!IB", 0, 2))
        until(lambda: given.fileno() < 0)
        taken.sendall(b"!")
        assert client.recv(1) == b"!"


def test_a_connection_that_cannot_be_handed_over_ends() -> None:
    ours, theirs = socket.socketpair()
    gone: list[bool] = []
    channel = Channel(ours, heard=lambda *message: None, gone=lambda: gone.append(True))
    channel.start()
    theirs.close()
    until(lambda: gone)
    given, client = socket.socketpair()
    with client:
        client.settimeout(20)
        channel.say("connection", b"", given)
        assert client.recv(1) == b""


@given(st.lists(st.tuples(st.binary(max_size=300_000), st.booleans()), max_size=6))
@settings(max_examples=examples(20), deadline=None)
def test_messages_and_connections_arrive_in_their_order(sent: list[tuple[bytes, bool]]) -> None:
    heard: list[tuple[bytes, bool]] = []
    ours, theirs = socket.socketpair()

    def hear(kind: str, value: Any, connection: socket.socket | None) -> None:
        heard.append((value, connection is not None))
        if connection is not None:
            with connection:
                connection.sendall(b"!")

    ends = [Channel(ours, heard=hear, gone=lambda: None), Channel(theirs, heard=hear, gone=lambda: None)]
    for end in ends:
        end.start()
    clients = []
    for value, joined in sent:
        given = None
        if joined:
            given, client = socket.socketpair()
            clients.append(client)
        ends[0].say("x", value, given)
    for client in clients:
        with client:
            client.settimeout(20)
            assert client.recv(1) == b"!"
    until(lambda: len(heard) == len(sent))
    assert heard == sent
    for end in ends:
        end.close()
