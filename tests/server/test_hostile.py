"""A hostile day: what no client should send, on a real server process. Each is a clear 4xx, or kept and put aside; the process
lives, and its output repeats nothing of what was said."""

from __future__ import annotations

import gzip
import json
import signal
import socket
import subprocess
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx
import pytest

from dangol.app import Workspace
from dangol.server import patience
from tests.server.live import Live, serving
from tests.server.test_killed import free_port, start

SECRETS = ("hong.gildong@example.com", "010-2345-6789", "sesame-open", "서울시 종로구 1번지", "880101-1234567")
"""What the output must not repeat."""


@dataclass
class Wire:
    """One connection, spoken by hand."""

    socket: socket.socket

    def send(self, text: bytes) -> None:
        self.socket.sendall(text)

    def read(self) -> bytes:
        """Until the server closes, or says nothing for a while."""
        found = b""
        try:
            while part := self.socket.recv(65_536):
                found += part
        except (TimeoutError, ConnectionResetError):
            pass
        return found

    def closed_within(self, seconds: float) -> bool:
        self.socket.settimeout(seconds)
        try:
            while self.socket.recv(65_536):
                pass
        except TimeoutError:
            return False
        except ConnectionResetError:
            pass
        return True


@contextmanager
def wire(url: str, timeout: float = 1.5) -> Iterator[Wire]:
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=timeout) as opened:
        yield Wire(opened)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serving(tmp_path_factory.mktemp("hostile") / "shop") as server:
        yield server


def post(body: bytes, *headers: bytes, path: bytes = b"/v1/t", length: bool = True) -> bytes:
    told = [b"Content-Length: %d" % len(body)] if length else []
    return b"\r\n".join([b"POST %s HTTP/1.1" % path, b"Host: 127.0.0.1", *told, *headers, b"", body])


def statuses(said: bytes) -> list[int]:
    return [int(part[:3]) for part in said.split(b"HTTP/1.1 ")[1:]]


EVENT = b'{"type":"track","event":"Smuggled","userId":"u","writeKey":"%s"}'

SMUGGLED = {
    "length and chunks": (b"Transfer-Encoding: chunked", b"Content-Length: 4"),
    "chunks and length": (b"Content-Length: 4", b"Transfer-Encoding: chunked"),
    "two lengths": (b"Content-Length: 4", b"Content-Length: 400"),
    "lengths in one": (b"Content-Length: 4, 400",),
    "chunks, twice": (b"Transfer-Encoding: chunked, chunked",),
    "chunks, hidden": (b"Transfer-Encoding: xchunked",),
    "chunks, spaced": (b"Transfer-Encoding : chunked",),
    "chunks, folded": (b"Transfer-Encoding:\r\n chunked",),
    "chunks, capital": (b"tRANSFER-eNCODING: identity, chunked", b"Content-Length: 4"),
    "a bare line feed": (b"X: y\nTransfer-Encoding: chunked", b"Content-Length: 4"),
    "a null": (b"X: a\0b", b"Content-Length: 4"),
    "plus sign": (b"Content-Length: +4",),
    "hexadecimal": (b"Content-Length: 0x4",),
    "negative": (b"Content-Length: -4",),
    "huge": (b"Content-Length: 99999999999999999999999999",),
}


@pytest.mark.parametrize("name", SMUGGLED)
def test_no_second_request_is_smuggled(live: Live, name: str) -> None:
    """A front and a back that read lengths differently would let one request hide in another's body."""
    before = live.ws.intake.waiting().records
    inner = post(EVENT % live.browser.encode(), b"Content-Type: application/json")
    outer = b"\r\n".join([b"POST /v1/m HTTP/1.1", b"Host: 127.0.0.1", *SMUGGLED[name], b"", b"0\r\n\r\n" + inner])
    with wire(live.url) as connection:
        connection.send(outer)
        said = connection.read()
    told = statuses(said)
    assert [s for s in told if s >= 500] == []
    assert live.ws.intake.waiting().records == before or told[0] == 200, said
    assert len(told) <= 1 or told[0] != 200 or live.ws.intake.waiting().records == before
    assert httpx.get(f"{live.url}/health").status_code == 200


GARBAGE = {
    "a TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
    "zeros": b"\x00" * 5_000 + b"\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "version 9": b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no host": b"GET /health HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /v1/status HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n",
    "a large header": b"GET /health HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 300_000 + b"\r\n\r\n",
    "many headers": b"GET /health HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X%d: y\r\n" % i for i in range(30_000)) + b"\r\n",
    "a long path": b"GET /" + b"a" * 300_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a broken path": b"GET /%ff%00%zz/../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "letters in a path": "GET /v1/segments/단골 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode(),
    "an upgrade": b"GET /v1/status HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    "a bad chunk": b"POST /v1/t HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a huge chunk": b"POST /v1/t HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    "pipelined garbage": b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n" + b"\xde\xad\xbe\xef" * 50 + b"\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_is_refused_and_the_process_lives(live: Live, name: str) -> None:
    with wire(live.url) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.send(GARBAGE[name])
        said = connection.read()
    assert [s for s in statuses(said) if s >= 500] == []
    assert httpx.get(f"{live.url}/health").status_code == 200


def test_many_requests_in_one_breath_are_answered_in_their_order(live: Live) -> None:
    body = json.dumps({"type": "track", "event": "Breath", "userId": "u", "writeKey": live.browser}).encode()
    with wire(live.url, 3) as connection:
        connection.send(
            post(body) * 20 + b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n" + post(b"no", b"Connection: close")
        )
        assert statuses(connection.read()) == [200] * 21 + [400]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Live]:
    """A server with little patience."""
    monkeypatch.setattr(patience._Patience, "head_seconds", 0.6)
    monkeypatch.setattr("dangol.server.collector.BODY_SECONDS", 0.6)
    with serving(tmp_path / "shop") as server:
        yield server


@pytest.mark.parametrize("first", [b"", b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"])
def test_a_head_that_never_ends_is_cut_off(hurried: Live, first: bytes) -> None:
    with wire(hurried.url, 5) as connection:
        connection.send(first)
        began = time.monotonic()
        try:
            while time.monotonic() - began < 4:
                connection.send(b"X")
                time.sleep(0.1)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert time.monotonic() - began < 4
    assert httpx.get(f"{hurried.url}/health").status_code == 200


def test_a_connection_that_says_nothing_is_closed(hurried: Live) -> None:
    with wire(hurried.url, 5) as connection:
        assert connection.closed_within(4)


def test_a_body_that_never_ends_is_408(hurried: Live) -> None:
    with wire(hurried.url, 5) as connection:
        connection.send(post(b"", b"Content-Length: 1000", length=False) + b'{"a":')
        assert statuses(connection.read()) == [408]
    with wire(hurried.url, 5) as connection:  # a route that reads no body: answered, then closed as any idle connection
        connection.send(b"GET /v1/segments HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nab")
        assert connection.closed_within(20)


def test_many_slow_clients_do_not_keep_others_out(hurried: Live) -> None:
    opened = []
    host, port = hurried.url.removeprefix("http://").split(":")
    try:
        for _ in range(150):
            opened.append(socket.create_connection((host, int(port)), timeout=5))
            opened[-1].sendall(b"POST /v1/t HTTP/1.1\r\nHost: x\r\nContent-Le")
        assert httpx.get(f"{hurried.url}/health", timeout=5).status_code == 200
    finally:
        for one in opened:
            one.close()


def _nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


def _bodies(key: str) -> dict[str, tuple[bytes, dict[str, str], set[int]]]:
    """Bodies, their headers, and the answers that are right."""
    mail, phone, word, place, resident = SECRETS
    event = {"type": "track", "event": "Odd", "userId": mail, "writeKey": key, "context": {"traits": {"phone": phone}}}

    def told(**more: object) -> bytes:
        return json.dumps({**event, **more}).encode()

    packed = {"content-encoding": "gzip"}
    return {
        "deep": (_nested(60_000), {}, {400}),
        "deep but allowed": (told(properties=json.loads(_nested(900))), {}, {200, 400}),
        "2^63": (told(properties={"n": 2**63, "m": -(2**63) - 1, "o": 2**64}), {}, {200}),
        "a number without end": (b'{"type":"track","event":"Odd","n":' + b"9" * 20_000 + b"}", {}, {400, 401}),
        "1e999": (told(properties={}).replace(b'"properties": {}', b'"properties":{"n":1e999}'), {}, {200, 400}),
        "NaN": (b'{"n":NaN}', {}, {400}),
        "Infinity": (b'{"n":-Infinity}', {}, {400}),
        "lone surrogate": (b'{"event":"\\ud800"}', {}, {400}),
        "broken UTF-8": (b'{"event":"\xff\xfe"}', {}, {400}),
        "null letter": (told(properties={"x": "a\0b"}), {}, {200}),
        "twice the same name": (told()[:-1] + b',"event":"Other","event":"Third"}', {}, {200}),
        "wrong types": (told(properties=[1], context="x", timestamp={"a": 1}, messageId=[mail]), {}, {200}),
        "names": (told(properties={word * 50: resident, "": place, "__proto__": {"x": 1}}), {}, {200}),
        "times": (told(timestamp="+999999-01-01T00:00:00Z", sentAt="0000-00-00", originalTimestamp=mail), {}, {200}),
        "address in an order": (told(event="Order Completed", properties={"order_id": place, "total": "1e400"}), {}, {200}),
        "a bomb": (gzip.compress(b"0" * 400_000_000, 1)[:499_999], packed, {400, 413}),
        "a small bomb": (gzip.compress(b'{"a":"' + b"0" * 40_000_000 + b'"}'), packed, {413}),
        "bombs in a row": (gzip.compress(b"{}") * 5_000, packed, {400, 401}),
        "truncated gzip": (gzip.compress(told())[:-6], packed, {400}),
        "broken checksum": (gzip.compress(told())[:-8] + b"\0" * 8, packed, {400}),
        "gzip of gzip": (gzip.compress(gzip.compress(told())), packed, {400}),
        "deflate": (zlib.compress(told()), {"content-encoding": "deflate"}, {200}),
        "another packing": (told(), {"content-encoding": "gzip, gzip"}, {400}),
        "large": (told(properties={"x": "y" * 600_000}), {}, {413}),
        "a batch of anything": (json.dumps({"writeKey": key, "batch": [1, None, [], {"type": mail}, mail]}).encode(), {}, {200}),
        "key of another kind": (json.dumps({"writeKey": {"a": mail}, "event": "x"}).encode(), {}, {401}),
        "a long key": (json.dumps({"writeKey": word * 2_000}).encode(), {}, {401}),
    }  # fmt: skip


def test_a_hostile_day_leaves_no_trace_in_the_output(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    with Workspace.create(folder) as ws:
        key, _ = ws.add_source("site")
    port = free_port()
    server = start(folder, port)
    mail, phone, word, place, _ = SECRETS
    wrong = []
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        for name, (body, headers, right) in _bodies(key).items():
            path = "/v1/batch" if "batch" in name else "/v1/track"
            answer = client.post(path, content=body, headers=headers)
            if answer.status_code not in right:
                wrong.append((name, answer.status_code))
        for path in (f"/v1/customers/{mail}", f"/v1/segments/{word}/members", f"/v1/customers?columns={phone},{mail}",
                     f"/{place}", f"/v1/segments/x/why/{mail}", "/v1/segments/%00/profile?limit=1e9"):  # fmt: skip
            assert client.get(path).status_code in (200, 400, 404, 422), path
        client.get("/v1/pixel/track", params={"writeKey": key, "userId": mail, "properties.name": place})
        with wire(f"http://127.0.0.1:{port}") as connection:
            connection.send(f"BROKEN {mail} {word}\r\nX: {phone}\r\n\r\n".encode())
            connection.read()
        assert wrong == []
        good = {"type": "track", "event": "Good", "userId": "u-1", "messageId": "good", "writeKey": key}
        assert client.post("/v1/track", json=good).status_code == 200
        limit = time.monotonic() + 60
        while client.get("/v1/customers?limit=1").json() == [] and time.monotonic() < limit:
            time.sleep(0.1)
        assert server.poll() is None
        server.send_signal(signal.SIGINT)
        server.wait(60)
    said = (tmp_path / "output").read_text(errors="replace")
    for secret in (*SECRETS, key, "gildong", "2345-6789", "23456789"):
        assert secret not in said, "the output repeats what was sent"
    assert "Traceback" not in said, said
    with Workspace.open(folder) as ws:
        assert ws.drain().requests == 0
        names = [r["name"] for r in ws.sql("SELECT name FROM events")]
        assert names.count("Good") == 1
        assert ws.quarantine().table.num_rows > 0
        assert [c for c in ws.doctor() if c["state"] == "wrong"] == []


def test_a_poisoned_request_does_not_block_the_queue(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """What breaks the writing itself, not the reading, is found among the others and put aside."""
    from dangol.app import live as draining

    live.drain()
    body = {"type": "track", "userId": "u", "writeKey": live.browser}
    with httpx.Client(base_url=live.url) as client:
        for i in range(9):
            name = "Poison" if i == 4 else f"Fine {i}"
            assert client.post("/v1/t", json={**body, "event": name, "messageId": f"p{i}"}).status_code == 200
    honest = draining.staged

    def broken(found: list[object], **how: object) -> object:
        if any(getattr(getattr(call, "event", None), "name", "") == "Poison" for call in found):
            raise ArithmeticError("as a bug would")
        return honest(found, **how)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(draining, "staged", broken)
        live.drain()
    names = {e["name"] for e in live.table("events")}
    assert names >= {f"Fine {i}" for i in range(9) if i != 4}
    assert "Poison" not in names
    assert live.ws.intake.waiting().records == 0
    assert "failed" in {r["reason"] for r in live.table("quarantine") if r["status"] == "open"}
    with monkeypatch.context() as patched:
        patched.setattr(draining, "staged", broken)
        live.ws.replay()
        assert "Poison" not in {e["name"] for e in live.table("events")}
    live.ws.replay()
    assert "failed" not in {r["reason"] for r in live.table("quarantine") if r["status"] == "open"}
    assert "Poison" in {e["name"] for e in live.table("events")}


def test_the_output_names_the_place_and_not_the_value(capfd: pytest.CaptureFixture[str]) -> None:
    import logging
    import sys

    from dangol.server.logs import Discreet

    try:
        raise KeyError(SECRETS[0])
    except KeyError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "it failed", (), sys.exc_info())
    said = Discreet("%(levelname)s %(message)s").format(record)
    assert "KeyError" in said
    assert "test_hostile.py" in said
    assert SECRETS[0] not in said


def test_a_server_that_is_stopped_ends(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    Workspace.create(folder).close()
    server: subprocess.Popen[bytes] = start(folder, free_port())
    server.send_signal(signal.SIGTERM)
    assert server.wait(60) in (0, -signal.SIGTERM)
