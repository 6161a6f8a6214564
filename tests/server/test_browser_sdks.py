"""Browser SDKs, unmodified, in a real Chromium, against a real server: dangol's own as served, and the two others in use."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.server import npm
from tests.server.arrived import THEN, check_person
from tests.server.live import Live, serving

pytestmark = pytest.mark.slow

OTHERS = {"next": 7, "rudder": 6}
"""SDK → requests it makes: `analytics-js` has no `screen`."""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serving(tmp_path_factory.mktemp("browser") / "shop") as server:
        yield server


def browse(live: Live, what: str, **more: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the page saw, and the events that are new."""
    known = {e["event_id"] for e in live.events()}
    said = npm.run("browse.mjs", what=what, url=live.url, key=live.browser, name=what, chromium=npm.chromium(), **more)
    assert said["faults"] == []
    assert said["strangers"] == [], "nothing leaves for anybody else"
    return said, [e for e in live.events() if e["event_id"] not in known]


@pytest.mark.parametrize("what", OTHERS)
def test_every_call_arrives_once(live: Live, what: str) -> None:
    said, new = browse(live, what, posts=OTHERS[what], then=THEN.isoformat())
    assert len([a for a in said["answers"] if a["method"] == "POST"]) == OTHERS[what]
    expected = ["Order Completed", "Page Viewed", "Product Viewed", *(["Screen Viewed"] if what == "next" else [])]
    assert sorted(e["name"] for e in new) == expected
    viewed = next(e for e in new if e["name"] == "Product Viewed")
    assert abs(viewed["at"].replace(tzinfo=dt.UTC) - THEN) < dt.timedelta(seconds=5)
    told = json.loads(viewed["properties"])["context"]
    assert told["locale"] == "ko-KR"
    assert told["page"]["path"] == "/shop"
    assert told["agent"]["browser"] == "HeadlessChrome" or "Chrome" in told["agent"]["browser"]
    assert (viewed["campaign"], viewed["channel"], viewed["source"]) == ("fall", "web", "site")
    order = next(e for e in new if e["name"] == "Order Completed")
    assert (order["amount"], order["quantity"]) == (25000, 3)
    page = next(e for e in new if e["name"] == "Page Viewed")
    assert json.loads(page["properties"])["url"] == "https://shop.example/start?utm_source=naver"
    (customer,) = {e["customer_id"] for e in new}
    check_person(live, customer, what)


def test_the_tag_that_is_printed_is_all_a_page_needs(live: Live) -> None:
    """Page view → event; identify → customer; order; a recording; the cookie set by the server."""
    place = f"http://{live.ws.settings.host}:{live.ws.settings.port}"
    tag = live.ws.tag(live.browser).replace(place, live.url)
    tag = tag.replace(
        "data-key", 'data-consent="implied" data-replay="1" data-cookie="server" data-wait="100" data-key'
    )
    said, new = browse(live, "dangol", tag=tag)
    names = [e["name"] for e in new]
    assert names.count("Page Viewed") == 2
    assert names.count("Order Completed") == names.count("Element Clicked") == 1
    (customer,) = {e["customer_id"] for e in new}
    sessions = {json.loads(e["properties"])["context"]["session_id"] for e in new}
    assert len(sessions) == 1
    assert [json.loads(e["properties"])["context"].get("session_start") for e in new].count(True) == 1
    assert (new[0]["campaign"], new[0]["source"]) == ("fall", "site")
    (recorded,) = live.ws.replays()
    assert recorded["customer_id"] == customer
    assert recorded["pages"] >= 1
    (cookie,) = [c for c in said["cookies"] if c["name"] == "dg_id"]
    assert (cookie["domain"], cookie["days"]) == (".shop.test", 400)
    files = [a for a in said["answers"] if a["path"].startswith("/sdk/")]
    assert {a["path"] for a in files} == {"/sdk/dangol.js", "/sdk/dangol-replay.js"}
    renewed = [a for a in said["answers"] if a["path"] == "/v1/visitor"]
    assert [a["status"] for a in renewed] == [200], "once a session"
    assert all(a["method"] != "OPTIONS" for a in said["answers"]), "no preflight"
