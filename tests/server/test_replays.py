"""Recordings found by what went wrong, played part by part, and added up to the heat of a page; dashboards over HTTP."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from dangol.app import Workspace, replay_search
from dangol.schema import DefinitionError
from tests.server.live import Live, serving
from tests.server.signed import signed

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(minutes=30)
PAGE = {"path": "/cart", "url": "https://shop.example/cart"}
BEGAN = int(NOW.timestamp() * 1000)


def picture(at: int) -> list[dict[str, Any]]:
    """A page as rrweb records it: the window, then the whole tree, masked."""
    tree = {
        "id": 1,
        "type": 0,
        "childNodes": [{"id": 2, "type": 2, "tagName": "html", "attributes": {}, "childNodes": []}],
    }
    return [
        {"type": 4, "timestamp": at, "data": {"href": "https://shop.example/cart", "width": 1200, "height": 800}},
        {"type": 2, "timestamp": at + 1, "data": {"node": tree, "initialOffset": {"left": 0, "top": 0}}},
    ]


def did(at: int, source: int, **data: Any) -> dict[str, Any]:
    return {"type": 3, "timestamp": at, "data": {"source": source, **data}}


def send(
    live: Live, who: str, number: int, events: list[dict[str, Any]], *, replay: str = "r-1", page: Any = PAGE
) -> None:
    body = {
        "writeKey": live.browser, "sentAt": None, "anonymousId": who, "sessionId": BEGAN, "replayId": replay, "part": number,
        "page": page, "events": events,
    }  # fmt: skip
    with httpx.Client(base_url=live.url, timeout=20) as http:
        assert http.post("/v1/replay", content=gzip.compress(json.dumps(body).encode())).status_code == 200


def track(live: Live, who: str, name: str, after: int, **more: Any) -> None:
    at = (NOW + dt.timedelta(seconds=after)).isoformat()
    call = {"writeKey": live.browser, "anonymousId": who, "event": name, "timestamp": at, "properties": more,
            "context": {"page": PAGE}}  # fmt: skip
    with httpx.Client(base_url=live.url, timeout=20) as http:
        assert http.post("/v1/track", json=call).status_code == 200


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Two visits: one in anger that leaves a cart behind, one that buys."""
    with serving(tmp_path_factory.mktemp("replays") / "shop") as server:
        for who, x in (("a-0001-0001", 300), ("b-0002-0002", 900)):
            send(server, who, 0, [*picture(BEGAN), did(BEGAN + 2000, 3, id=1, x=0, y=400)])
            send(
                server,
                who,
                1,
                [
                    did(BEGAN + 6000, 2, type=2, id=2, x=x, y=100),
                    did(BEGAN + 9000, 1, positions=[{"x": x, "y": 50, "id": 2, "timeOffset": 0}]),
                ],
            )
            track(server, who, "Product Added", 3, product_id="p1")
        track(server, "a-0001-0001", "Rage Clicked", 6, selector="#pay")
        track(server, "a-0001-0001", "Rage Clicked", 3600, selector="#pay")  # long after the recording
        track(server, "b-0002-0002", "Order Completed", 60, order_id="o1", total=10, currency="KRW")
        with httpx.Client(base_url=server.url, timeout=20) as http:
            for who in ("a-0001-0001", "b-0002-0002"):
                at = NOW.isoformat()
                http.post(
                    "/v1/page",
                    json={"writeKey": server.browser, "anonymousId": who, "timestamp": at, "properties": PAGE},
                )
        server.drain()
        yield server


def ask(live: Live, method: str, where: str, body: Any = None, **query: Any) -> httpx.Response:
    with httpx.Client(base_url=live.url, timeout=30, headers={"x-dangol": "console"}) as http:
        return http.request(method, where, json=body, params=query)


def found(live: Live, **body: Any) -> list[dict[str, Any]]:
    answer = ask(live, "POST", "/v1/replays/search", body)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["replays"])


def test_found_by_what_went_wrong(live: Live) -> None:
    assert len(found(live)) == 2
    (angry,) = found(live, friction=["rage"])
    assert (angry["rage"], angry["abandoned"], angry["dead"]) == (1, 1, 0)
    assert [r["session"] for r in found(live, friction=["abandoned"])] == [angry["session"]]
    assert found(live, friction=["error"]) == []
    assert found(live, seconds=60) == []
    assert found(live, customers=[]) == []
    assert [r["session"] for r in found(live, customers=[angry["customer_id"]])] == [angry["session"]]
    assert len(found(live, limit=1, offset=1)) == 1
    assert found(live, until=(NOW - dt.timedelta(days=1)).isoformat()) == []
    behind = {"question": {"kind": "timing", "period": "7 days"}, "cell": {}}
    (bought,) = found(live, behind=behind)
    assert bought["customer_id"] != angry["customer_id"]
    told = ask(live, "POST", "/v1/replays/search", {"behind": behind}).json()
    assert (told["behind"], told["behind_looked"], told["note"]) == (1, 1, "")
    few = replay_search.of_some(live.ws, live.ws.find_replays(), 5_000, 9_000)
    assert "5,000 of the 9,000" in few.note


def test_played_part_by_part_and_the_look_is_written_down(live: Live) -> None:
    (angry,) = found(live, friction=["rage"])
    opened = ask(live, "GET", f"/v1/replays/{angry['session']}").json()
    assert [(p["part"], p["page"]) for p in opened["parts"]] == [(0, 1), (1, 1)]
    assert [m["friction"] for m in opened["marks"] if m["friction"]] == ["rage"]
    first = opened["parts"][0]
    part = ask(live, "GET", f"/v1/replays/{angry['session']}/{first['recording']}/0").json()
    assert [e["type"] for e in part["events"]] == [4, 2, 3]
    assert ask(live, "GET", f"/v1/replays/{angry['session']}/{first['recording']}/7").status_code == 404
    assert ask(live, "GET", "/v1/replays/zz").status_code == 404
    looks = live.ws.store.audit.entries(action="replay.read", subject=f"replay/{angry['session']}")
    assert looks


def test_the_heat_of_a_page(live: Live) -> None:
    (page,) = ask(live, "GET", "/v1/heat").json()
    assert (page["path"], page["recordings"], page["views"]) == ("/cart", 2, 2)
    heat = ask(live, "GET", "/v1/heat/page", path="/cart").json()
    assert (heat["visits"], heat["devices"], heat["sampled"]) == (2, {"desktop": 2}, False)
    assert [live.ws.heat("/cart", most=most)["sampled"] for most in (1, 2)] == [True, False]
    assert sorted(heat["clicks"]) == [[25, 25, 1], [75, 25, 1]]  # 300 and 900 of 1200; (400 + 100) / 20
    assert heat["reached"] == [2] * 12
    assert [e["type"] for e in heat["snapshot"]["events"]] == [4, 2]
    assert heat["snapshot"]["events"][0]["data"]["href"] == ""
    numbers = live.ws.heat_numbers("/cart", device="desktop")
    assert (numbers["visits"], "snapshot" in numbers) == (2, False)
    clicks = sorted(numbers["tables"]["clicks"].to_pylist(), key=lambda r: r["from_left"])
    assert clicks == [{"from_left": x, "from_top": 500, "times": 1, "share": 0.5} for x in (25.0, 75.0)]
    assert numbers["tables"]["reached"].to_pylist()[-1] == {"from_top": 1100, "visits": 2, "share": 1.0}
    with pytest.raises(DefinitionError):
        live.ws.heat_numbers("/cart", device="watch")
    assert ask(live, "GET", "/v1/heat/page", path="/cart", device="mobile").status_code == 404
    assert ask(live, "GET", "/v1/heat/page", path="/other").status_code == 404


def test_dashboards_over_http(live: Live) -> None:
    tile = {"id": "a", "question": {"kind": "timing", "period": "7 days"}, "title": "언제"}
    document = {"says": {"ko": "아침", "en": "Morning"}, "tiles": [tile]}
    made = ask(live, "POST", "/v1/dashboards", {"document": document})
    assert (made.status_code, made.json()["dashboard"]) == (201, "아침")
    place = "/v1/dashboards/아침"
    assert ask(live, "PUT", place, {"document": {**document, "note": "x"}, "version": 1}).json()["version"] == 2
    late = ask(live, "PUT", place, {"document": document, "version": 1})
    assert (late.status_code, late.json()["code"]) == (409, "conflict")
    assert ask(live, "GET", "/v1/dashboards", lang="ko").json()[0]["says"] == "아침"
    assert ask(live, "GET", f"{place}/tiles/a", lang="ko").json()["facts"]["events"] == 1
    pinned = ask(live, "POST", f"{place}/tiles", {"question": {"kind": "channels"}}).json()
    assert (pinned["version"], pinned["tile"]) == (3, "t1")
    file = ask(live, "POST", "/v1/insights/timing/csv", {"period": "7 days"}, table="hours")
    assert file.headers["content-disposition"] == 'attachment; filename="timing-hours.csv"'
    assert len(file.content.decode("utf-8-sig").splitlines()) == 169
    assert ask(live, "POST", "/v1/insights/timing/parquet", {}).content[:4] == b"PAR1"
    link = ask(live, "POST", f"{place}/links", {"days": 1, "least": 0}).json()
    strangers = httpx.Client(base_url=live.url, timeout=30)
    with strangers as http:
        shared = http.post("/v1/shared", json={"token": link["token"]}, headers={"x-dangol": "console"})
        assert [t["kind"] for t in shared.json()["tiles"]] == ["timing", "channels"]
        answer = http.post("/v1/shared/a", json={"token": link["token"]}, headers={"x-dangol": "console"})
        assert "sql" not in answer.json()
        assert http.post("/v1/shared", json={"token": "guess"}, headers={"x-dangol": "console"}).status_code == 404
    assert ask(live, "DELETE", f"{place}/links/{link['id']}").status_code == 200
    assert ask(live, "POST", "/v1/shared", {"token": link["token"]}).status_code == 404
    assert ask(live, "DELETE", place, version=3).status_code == 200


def test_strangers_may_not_guess_for_long(live: Live) -> None:
    codes = [ask(live, "POST", "/v1/shared", {"token": f"guess-{i}"}).status_code for i in range(25)]
    assert codes[0] in (404, 429)
    assert codes[-1] == 429


def test_who_may_do_what(tmp_path: Path) -> None:
    with serving(tmp_path / "shop", open_here=False) as live:
        for method, path in (
            ("GET", "/v1/dashboards"), ("POST", "/v1/dashboards"), ("GET", "/v1/heat"), ("POST", "/v1/replays/search"),
            ("GET", "/v1/replays/0000000000000001"), ("POST", "/v1/insights/timing/csv"), ("GET", "/v1/dashboards/x/links"),
        ):  # fmt: skip
            assert ask(live, method, path, {} if method == "POST" else None).status_code == 401, path
        assert ask(live, "POST", "/v1/shared", {"token": "x"}).status_code == 404


def test_roles(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "shop") as ws:
        document = {"document": {"says": {"en": "Board"}, "tiles": []}}
        asked = (("GET", "/v1/dashboards", None), ("POST", "/v1/dashboards", document), ("POST", "/v1/insights/timing/csv", {}),
                 ("POST", "/v1/replays/search", {}), ("GET", "/v1/dashboards/board/links", None))  # fmt: skip
        allowed = {"viewer": "ynnyn", "agent": "ynnyn", "analyst": "yyyyy", "marketer": "yyyyy"}
        for role, said in allowed.items():
            client = signed(ws, role)
            codes = [client.request(method, path, json=body).status_code for method, path, body in asked]
            assert ["n" if code == 403 else "y" for code in codes] == list(said), (role, codes)
            assert all(code in (200, 201, 403) for code in codes), (role, codes)
