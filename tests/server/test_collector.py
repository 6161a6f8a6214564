"""The collector's routes: who is answered what, what is kept, and what a hostile request does (nothing)."""

from __future__ import annotations

import base64
import concurrent.futures
import gzip
import json
import socket
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from dangol.schema import Text, WorkspaceError
from dangol.store import StoreLog
from tests.server.live import Live, serving

TRACK = {"type": "track", "event": "Product Viewed", "anonymousId": "a-1"}
OK = b'{"success":true}'


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serving(tmp_path_factory.mktemp("collector") / "shop") as server:
        yield server


@pytest.fixture(scope="module")
def http(live: Live) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=live.url, timeout=20) as client:
        yield client


def basic(key: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


def kept(live: Live) -> int:
    return live.ws.intake.waiting().records


@pytest.mark.parametrize("path", ["/v1/track", "/v1/t", "/v1/identify", "/v1/i", "/v1/page", "/v1/p", "/v1/screen", "/v1/s",
                                  "/v1/group", "/v1/g", "/v1/alias", "/v1/a", "/v1/merge"])  # fmt: skip
def test_every_path_keeps_one_call(live: Live, http: httpx.Client, path: str) -> None:
    before = kept(live)
    answer = http.post(path, json={"userId": "u", "event": "X", "writeKey": live.browser})
    assert (answer.status_code, answer.content) == (200, OK)
    assert answer.headers["content-type"] == "application/json"
    assert kept(live) == before + 1


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/import", "/beacon/v1/batch"])
def test_batches(live: Live, http: httpx.Client, path: str) -> None:
    before = kept(live)
    answer = http.post(f"{path}?writeKey={live.browser}", json={"batch": [TRACK, TRACK]})
    assert (answer.status_code, answer.content) == (200, OK)
    assert kept(live) == before + 1


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
def test_gzip_by_header_whatever_the_content_type(live: Live, http: httpx.Client, kind: str) -> None:
    body = gzip.compress(json.dumps({"batch": [TRACK]}).encode())
    said = {"content-encoding": "gzip", **({"content-type": kind} if kind else {}), **basic(live.server)}
    assert http.post("/v1/batch", content=body, headers=said).content == OK


def test_the_older_python_sdk_s_request(live: Live, http: httpx.Client) -> None:
    """segment-analytics-python 2.3.6: no header, the key in the body, nulls where nothing is said."""
    call = {
        **TRACK,
        "anonymousId": None,
        "userId": "old",
        "event": "Old",
        "integrations": {},
        "context": {},
        "messageId": "old-1",
    }
    body = {"batch": [call], "sentAt": "2026-11-22T03:00:00.123+00:00", "writeKey": live.server}
    for _ in range(2):  # it sends again when an answer is lost
        answer = http.post("/v1/batch", json=body, headers={"user-agent": "analytics-python/2.3.6"})
        assert (answer.status_code, answer.content) == (200, OK)
    assert [e["name"] for e in live.events()].count("Old") == 1


def test_metrics_are_answered_and_not_kept(live: Live, http: httpx.Client) -> None:
    before = kept(live)
    assert http.post("/v1/m", content=b'{"series":[]}').content == OK
    assert kept(live) == before


@pytest.mark.parametrize("path", ["/v1/t", "/v1/i", "/v1/p", "/v1/g", "/v1/s", "/v1/a", "/v1/b", "/v1/m", "/v1/batch"])
def test_preflights_allow_what_the_sdks_send(http: httpx.Client, path: str) -> None:
    said = {
        "origin": "https://shop.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization",
    }
    answer = http.options(path, headers=said)
    assert answer.status_code in (200, 204)
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    allowed = {h.strip() for h in answer.headers["access-control-allow-headers"].split(",")}
    assert {"authorization", "content-type", "x-retry-count"} <= allowed
    assert int(answer.headers["access-control-max-age"]) >= 3600


def test_answers_can_be_read_by_the_page(live: Live, http: httpx.Client) -> None:
    for key, status in ((live.browser, 200), ("nobody", 401)):
        answer = http.post("/v1/t", json={**TRACK, "writeKey": key}, headers={"origin": "https://shop.example"})
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == "https://shop.example"
        assert answer.headers["vary"] == "origin"


REFUSED: list[tuple[bytes, dict[str, str], int, str]] = [
    (b"{}", {}, 401, "no_key"),
    (b'{"writeKey":"nobody"}', {}, 401, "unknown_key"),
    (b'{"writeKey":5}', {}, 401, "no_key"),
    (b"not json", {}, 400, "body"),
    (b"[]", {}, 400, "body"),
    (b'{"a":NaN}', {}, 400, "body"),
    (b'{"a":"\\ud800"}', {}, 400, "body"),
    (b'{"a":' * 100_000, {}, 400, "body"),
    (b'{"a":"' + b"x" * 33_000 + b'"}', {}, 400, "body"),
    (b"x" * 500_001, {}, 413, "body"),
    (gzip.compress(b"0" * 50_000_000), {"content-encoding": "gzip"}, 413, "body"),
    (b"junk", {"content-encoding": "gzip"}, 400, "body"),
    (b"{}", {"content-encoding": "br"}, 400, "body"),
]


@pytest.mark.parametrize("case", range(len(REFUSED)))
def test_what_is_refused_is_told_in_one_shape(live: Live, http: httpx.Client, case: int) -> None:
    body, headers, status, code = REFUSED[case]
    before = kept(live)
    answer = http.post("/v1/track", content=body, headers={**headers, "accept-language": "ko-KR"})
    said = answer.json()
    assert (answer.status_code, said["code"]) == (status, code)
    assert any("가" <= c <= "힣" for c in said["message"])
    assert kept(live) == before


@pytest.mark.parametrize(
    "event", [{}, {"event": None}, {"event": "X"}, {"event": "X", "userId": 2**63, "timestamp": "never"}]
)
def test_bad_events_are_accepted_and_put_aside(live: Live, http: httpx.Client, event: dict[str, Any]) -> None:
    live.drain()
    before = len(live.ws.quarantine(limit=1000))
    assert http.post("/v1/track", json={**event, "writeKey": live.browser}).content == OK
    live.drain()
    assert len(live.ws.quarantine(limit=1000)) == before + 1


def test_too_many_in_a_batch_is_200_and_put_aside(live: Live, http: httpx.Client) -> None:
    body = gzip.compress(json.dumps({"batch": [TRACK] * 2_501}).encode())
    assert (
        http.post("/v1/batch", content=body, headers={"content-encoding": "gzip", **basic(live.server)}).content == OK
    )
    live.drain()
    assert "too_many" in {r["reason"] for r in live.ws.quarantine(limit=1000)}


def test_a_server_s_key_stays_on_servers(live: Live, http: httpx.Client) -> None:
    answer = http.post("/v1/t", json={**TRACK, "writeKey": live.server}, headers={"origin": "https://shop.example"})
    assert (answer.status_code, answer.json()["code"]) == (403, "server_key_in_browser")
    assert http.get(f"/v1/projects/{live.server}/settings").status_code == 401


def test_origins(live: Live, http: httpx.Client) -> None:
    key, _ = live.ws.add_source("own", origins=["https://shop.example"])
    body = {**TRACK, "writeKey": key}
    for origin, status in (("https://shop.example", 200), ("https://evil.example", 403), ("null", 403), (None, 200)):
        assert http.post("/v1/t", json=body, headers={"origin": origin} if origin else {}).status_code == status
    assert http.post("/v1/t", json=body, headers={"referer": "https://evil.example/x"}).status_code == 403
    assert http.post("/v1/t", json=body, headers={"referer": "https://shop.example/x"}).status_code == 200


def test_too_often(live: Live, http: httpx.Client) -> None:
    key, _ = live.ws.add_source("busy", per_minute=3)
    answers = [http.post("/v1/t", json={**TRACK, "writeKey": key}) for _ in range(5)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].json()["code"] == "too_often"
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 21
    assert answers[-1].headers["x-ratelimit-reset"] == answers[-1].headers["retry-after"]


def test_settings_steer_analytics_next_here(live: Live, http: httpx.Client) -> None:
    said = http.get(f"/v1/projects/{live.browser}/settings", headers={"origin": "https://shop.example"})
    host = live.url.removeprefix("http://")
    assert said.headers["access-control-allow-origin"] == "https://shop.example"
    assert said.json() == {
        "integrations": {"Segment.io": {"apiKey": live.browser, "apiHost": f"{host}/v1", "protocol": "http"}},
        "metrics": {"sampleRate": 0},
        "plan": {"track": {"__default": {"enabled": True, "integrations": {}}}},
        "remotePlugins": [],
    }
    proxied = {"x-forwarded-proto": "https", "x-forwarded-host": "cdp.example.com"}
    said = http.get(f"/v1/projects/{live.browser}/settings", headers=proxied)
    assert said.json()["integrations"]["Segment.io"] == {
        "apiKey": live.browser, "apiHost": "cdp.example.com/v1", "protocol": "https",
    }  # fmt: skip
    assert http.get("/v1/projects/nobody/settings").status_code == 401


@pytest.mark.parametrize("path", ["/sourceConfig", "/sourceConfig/"])
def test_source_config_starts_rudderstack(live: Live, http: httpx.Client, path: str) -> None:
    for answer in (
        http.get(path, params={"writeKey": live.browser, "v": "3"}),
        http.get(path, headers=basic(live.browser)),
    ):
        source = answer.json()["source"]
        assert source["id"]
        assert (source["enabled"], source["destinations"], source["writeKey"]) == (True, [], live.browser)
        assert source["config"]["statsCollection"]["metrics"] == {"enabled": False}
    assert http.get(path).status_code == 401


def test_pixels(live: Live, http: httpx.Client) -> None:
    live.drain()
    data = base64.b64encode(
        json.dumps({"writeKey": live.browser, "userId": "px", "event": "Email Opened"}).encode()
    ).decode()
    dotted = {"writeKey": live.browser, "anonymousId": "px2", "event": "Email Opened", "properties.campaign": "fall"}
    for answer in (
        http.get("/v1/pixel/track", params={"data": data}),
        http.get("/v1/pixel/track", params={"data": data.rstrip("=")}),
        http.get("/pixel/v1/track", params=dotted),
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/gif"
        assert answer.content.startswith(b"GIF89a")
    assert http.get("/pixel/v1/page", params={"writeKey": "nobody"}).status_code == 401
    for odd in ("단골", "!"):
        answer = http.get("/v1/pixel/track", params={"data": odd})
        assert (answer.status_code, answer.json()["code"]) == (400, "body")
    assert [e["name"] for e in live.events()].count("Email Opened") == 3


def test_what_is_known_of_the_sender(live: Live, http: httpx.Client) -> None:
    body = {**TRACK, "messageId": "ip", "event": "Where From", "writeKey": live.browser}
    http.post("/v1/t", json=body, headers={"x-forwarded-for": "10.0.0.1, 203.0.113.77", "user-agent": "Googlebot/2.1"})
    found = next(e for e in live.events() if e["name"] == "Where From")
    context = json.loads(found["properties"])["context"]
    assert context["ip"] == "203.0.113.0"
    assert context["agent"]["bot"] is True


def test_the_other_routes_are_as_they_were(http: httpx.Client) -> None:
    assert http.get("/v1/status").status_code == 200
    assert http.get("/v1/segments").json() == []
    assert http.get("/health").status_code == 200
    assert http.get("/v1/track").status_code == 405
    assert http.post("/v1/projects/x/settings").status_code == 405
    assert http.get("/v1/nothing").status_code == 404


def test_many_at_once_are_all_kept(live: Live) -> None:
    live.drain()
    with httpx.Client(base_url=live.url, timeout=30) as client, concurrent.futures.ThreadPoolExecutor(8) as pool:

        def send(i: int) -> int:
            return client.post(
                "/v1/t", json={**TRACK, "event": "Many", "messageId": f"many-{i}", "writeKey": live.browser}
            ).status_code

        assert set(pool.map(send, range(200))) == {200}
    assert [e["name"] for e in live.events()].count("Many") == 200


class Failing:
    """A log whose disk is full for a while."""

    def __init__(self, log: StoreLog) -> None:
        self.log = log
        self.full = False

    def append(self, records: Sequence[bytes]) -> None:
        if self.full:
            raise WorkspaceError(Text("the disk is full", "디스크가 가득 찼습니다"))
        self.log.append(records)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.log, name)


def test_a_full_disk_is_503_and_recovers_by_itself(tmp_path: Path) -> None:
    log = Failing(StoreLog.open(tmp_path / "intake.sqlite"))
    with serving(tmp_path / "shop", log=log) as live, httpx.Client(base_url=live.url) as client:
        body = {**TRACK, "writeKey": live.browser}
        assert client.post("/v1/t", json=body).status_code == 200
        log.full = True
        answer = client.post("/v1/t", json=body)
        assert (answer.status_code, answer.json()["code"]) == (503, "full")
        assert int(answer.headers["retry-after"]) > 0
        log.full = False
        assert client.post("/v1/t", json=body).status_code == 200
        assert kept(live) == 2
    log.close()


def test_what_was_answered_is_there_after_a_restart(tmp_path: Path) -> None:
    with serving(tmp_path / "shop") as live, httpx.Client(base_url=live.url) as client:
        assert client.post("/v1/t", json={**TRACK, "messageId": "r", "writeKey": live.browser}).status_code == 200
        assert live.table("events") == []
    with serving(tmp_path / "shop") as live:
        assert [e["name"] for e in live.events()] == ["Product Viewed"]


def test_the_server_drains_by_itself(tmp_path: Path) -> None:
    seen = threading.Event()
    with serving(tmp_path / "shop", draining=True) as live, httpx.Client(base_url=live.url) as client:
        assert client.post("/v1/t", json={**TRACK, "userId": "u", "writeKey": live.browser}).status_code == 200
        for _ in range(200):
            if client.get("/v1/customers").json():
                break
            seen.wait(0.1)
        assert len(client.get("/v1/customers").json()) == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"POST /v1/t HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n",
        b"POST /v1/t HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nabcdefg",
        b"POST /v1/t HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/t HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
        b"\x00\x01\x02\r\n\r\n",
        b"POST /v1/t HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nshort",
    ],
)  # fmt: skip
def test_broken_protocol_leaves_the_server_alive(live: Live, http: httpx.Client, raw: bytes) -> None:
    before = kept(live)
    host, port = live.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as wire:
        wire.settimeout(0.5)
        wire.sendall(raw)
        try:
            said = wire.recv(65_536)
        except (TimeoutError, ConnectionResetError):
            said = b""
    assert b" 200 " not in said.split(b"\r\n")[0]
    assert kept(live) == before
    assert http.get("/health").status_code == 200
