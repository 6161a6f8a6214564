"""Session recordings: taken like everything else, sealed, once, and gone with the customer or in time."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.app import Workspace
from dangol.collect.wire import BodyError, Envelope, read_replay
from dangol.schema import NotFoundError, RefusedError
from tests.budget import examples
from tests.server.live import Live, serving

BEGAN = 1_795_316_400_000
WORDS = "보이는 글자 secret-of-the-page"


def part(
    number: int = 0, *, who: str = "a-0001-0001", replay: str = "r-1", session: object = BEGAN, **more: Any
) -> dict[str, Any]:
    """A part as the recorder sends it: two seconds of one page."""
    at = BEGAN + 5_000 * number
    events = [{"type": 3, "timestamp": at, "data": {"text": WORDS}}, {"type": 3, "timestamp": at + 2_000, "data": {}}]
    page = {"path": "/cart", "url": "https://shop.example/cart?token=x&utm_source=naver"}
    sent = dt.datetime.fromtimestamp((at + 2_000) / 1000, dt.UTC).isoformat()
    head = {"sentAt": sent, "anonymousId": who, "sessionId": session, "replayId": replay, "part": number}
    return {**head, "page": page, "events": events, **more}


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with serving(tmp_path / "shop") as server:
        yield server


def post(live: Live, body: dict[str, Any], *, packed: bool = True, key: str = "") -> httpx.Response:
    text = json.dumps({"writeKey": key or live.browser, **body}, ensure_ascii=False).encode()
    with httpx.Client(base_url=live.url, timeout=20) as http:
        return http.post("/v1/replay", content=gzip.compress(text) if packed else text)


def test_parts_become_one_session_each_once(live: Live) -> None:
    for number in (1, 0, 0, 3):
        assert post(live, part(number, sentAt=None), packed=number != 1).content == b'{"success":true}'
    post(live, part(0, replay="r-2", page={"path": "/pay"}, sentAt=None))
    post(live, part(0, who="b-0002-0002"))
    live.drain()
    live.drain()
    mine = next(r for r in live.ws.replays() if r["parts"] == 4)
    assert (mine["pages"], mine["missing"], mine["events"], mine["source"]) == (2, 1, 8, "site")
    assert mine["seconds"] == 17
    assert len(live.ws.replays()) == 2
    assert mine["customer_id"] is None
    assert live.ws.quarantine().table.num_rows == 0
    assert live.events() == []


def test_what_is_kept_is_what_was_sent_and_cannot_be_read_on_the_disk(live: Live) -> None:
    post(live, part(0))
    post(live, part(1))
    live.drain()
    (one,) = live.ws.replays()
    for file in live.ws.folder.rglob("*"):
        assert not file.is_file() or b"secret-of-the-page" not in file.read_bytes(), file.name
    with pytest.raises(RefusedError):
        live.ws.export_replay(one["session"], reason=" ")
    with pytest.raises(NotFoundError):
        live.ws.export_replay("7", reason="test")
    said = json.loads(live.ws.export_replay(one["session"], reason="a fault in the cart"))
    (page,) = said["pages"]
    assert page["events"] == [*part(0)["events"], *part(1)["events"]]
    assert page["page"]["url"] == "https://shop.example/cart?utm_source=naver"
    (look,) = live.ws.store.audit.entries(action="replay.read")
    assert (look.subject, look.reason) == (f"replay/{one['session']}", "a fault in the cart")


def test_it_goes_with_the_customer_and_is_named_in_what_is_known(live: Live) -> None:
    with httpx.Client(base_url=live.url, timeout=20) as http:
        call = {"writeKey": live.browser, "type": "page", "anonymousId": "a-0001-0001", "userId": "u-1"}
        http.post("/v1/page", json=call)
    for who in ("a-0001-0001", "b-0002-0002"):
        post(live, part(0, who=who))
    live.drain()
    (customer,) = {e["customer_id"] for e in live.events()}
    (one,) = live.ws.replays(customer_id=customer)
    known = json.loads(live.ws.export_person(customer, reason="access request"))
    assert [r["session"] for r in known["session_recordings"]] == [one["session"]]
    receipt = live.ws.erase(customer, reason="asked")
    assert receipt["vault"]["replays"] == 1
    assert [r["customer_id"] for r in live.ws.replays()] == [None]


def test_time_ends_it_and_the_setting_says_when(tmp_path: Path) -> None:
    day = dt.timedelta(days=1)
    now = dt.datetime.now(dt.UTC)
    with serving(tmp_path / "shop") as live:
        post(live, part(0))
        live.drain()
        assert len(live.ws.replays()) == 1
    for days, left in ((29, 1), (31, 0)):
        with Workspace.open(tmp_path / "shop", watch=lambda days=days: now + days * day) as ws:
            assert len(ws.replays()) == left


def test_none_are_taken_where_none_are_kept(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "shop", replay_days=0):
        pass
    with serving(tmp_path / "shop") as live:
        answer = post(live, part(0))
        assert (answer.status_code, answer.json()["code"]) == (403, "replay_off")
        assert live.ws.intake.waiting().records == 0
        live.ws.use(replace(live.ws.settings, replay_days=30))  # from the console, while it runs
        assert post(live, part(0)).status_code == 200


WRONG: list[dict[str, Any]] = [
    {"anonymousId": None},
    {"anonymousId": "a b"},
    {"sessionId": True},
    {"replayId": ""},
    {"replayId": {"a": 1}},
    {"part": -1},
    {"part": 10_000},
    {"part": "0"},
    {"part": True},
    {"events": []},
    {"events": {}},
    {"events": [1]},
]


@pytest.mark.parametrize("wrong", range(len(WRONG)))
def test_what_is_no_recording_stops_the_recorder(live: Live, wrong: int) -> None:
    answer = post(live, {**part(0), **WRONG[wrong]})
    assert (answer.status_code, answer.json()["code"]) == (400, "body")
    assert next(iter(WRONG[wrong])) in answer.json()["message"]
    assert live.ws.intake.waiting().records == 0


def test_sizes_keys_and_broken_gzip(live: Live) -> None:
    assert post(live, part(0), key="nobody").status_code == 401
    assert post(live, part(0, more="x" * 4_100_000)).status_code == 413
    assert post(live, part(0, more="x" * 510_000), packed=False).status_code == 413
    assert post(live, part(0, more="x" * 100_000)).status_code == 200
    with httpx.Client(base_url=live.url, timeout=20) as http:
        assert http.post("/v1/replay", content=b"\x1f\x8bnonsense").status_code == 400
    assert live.ws.intake.waiting().records == 1


AT = dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC)


def read(body: dict[str, Any]) -> Any:
    return read_replay(Envelope("e", "site", "browser", "replay", AT), json.dumps(body).encode())


def test_times_are_set_right_and_resident_numbers_are_not_kept() -> None:
    said = part(0)
    said["events"][1]["data"] = {"text": "주민번호 850312-1234567 입니다", "other": "850312-9934567x"}
    found = read(said)
    assert found.last_at == AT
    assert AT - found.first_at == dt.timedelta(seconds=2)
    assert b"850312-1234567" not in found.text
    assert json.loads(found.text)["events"][0] == said["events"][0]
    assert "850312" not in repr(found)
    assert "a-0001" not in repr(found)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
EVENTS = st.lists(st.dictionaries(st.sampled_from(["timestamp", "type"]), JSON), min_size=1)
NAMES = st.sampled_from(["anonymousId", "sessionId", "replayId", "part", "events", "page", "sentAt"])


@settings(max_examples=examples(150), deadline=None)
@given(st.dictionaries(NAMES, JSON | EVENTS))
def test_any_json_is_read_or_refused(changed: dict[str, Any]) -> None:
    try:
        found = read({**part(0), **changed})
    except BodyError:
        return
    assert found.first_at <= found.last_at
    assert 0 < found.session < 2**63
