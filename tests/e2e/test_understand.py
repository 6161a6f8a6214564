"""Understand and dashboards in a real Chromium: questions, a drop-off followed to its recording, answers pinned and shared."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import expect

from dangol.insights import KINDS
from tests.e2e.browser import Seat
from tests.e2e.conftest import Sit
from tests.e2e.test_screens import KEY
from tests.e2e.visited import STAYED, WAY, visit
from tests.server.live import Live, serving

FUNNEL = {
    "steps": [{"event": name} for name in WAY],
    "window": "1 hours",
    "period": "all",
    "filter": {"source": "site"},
}

BROKEN_DOWN = {"by": "trait:lifecycle_stage", "compare": "before", "where": {"trait": "orders", "at_least": 2}}


@pytest.fixture(scope="module")
def visited(hikers: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The shop with visits of its site and recordings of some."""
    folder = tmp_path_factory.mktemp("visited") / "shop"
    shutil.copytree(hikers, folder)
    with serving(folder) as live:
        visit(live)
        yield live


def asked(kind: str, question: dict[str, Any]) -> str:
    return f"/understand/{kind}?q={quote(json.dumps(question))}"


SCREENS = {
    "understand": "/understand",
    **{kind: f"/understand/{kind}" for kind in KINDS},
    "funnel-visits": asked("funnel", FUNNEL),
    "trends-by": asked(
        "trends", {"by": "trait:lifecycle_stage", "compare": "before", "where": {"trait": "orders", "at_least": 2}}
    ),
    "who": asked("funnel", FUNNEL) + f"&who={quote(json.dumps({'step': 2, 'dropped': True}))}",
    "replays": "/understand/replays",
    "no-question": "/understand/nothing",
    "dashboards": "/dashboards",
}


@pytest.mark.parametrize(("lang", "look", "width"), [("en", "light", 1440), ("ko", "dark", 390)])
def test_every_question_is_whole(visited: Live, sit: Sit, lang: str, look: Any, width: int) -> None:
    """It answers at once, without an error; axe finds nothing; no word is missing; nothing is wider than the screen."""
    seat = sit(visited.url, lang=lang, look=look, width=width)
    wrong: list[str] = []
    for name, path in SCREENS.items():
        page = seat.open(path)
        seat.shoot(f"{name}-{lang}-{look}-{width}")
        wrong += [f"{name}: {line}" for line in (*seat.trouble, *seat.missing, *seat.axe())]
        wrong += [f"{name}: {word}" for word in KEY.findall(page.locator("main").inner_text())]
        if page.evaluate("() => document.documentElement.scrollWidth > innerWidth + 1"):
            wrong.append(f"{name}: wider than the screen")
        seat.trouble.clear()
        seat.missing.clear()
    assert wrong == []


def test_a_question_is_its_address(visited: Live, sit: Sit) -> None:
    """What is changed is in the address, survives a reload, and is taken back by going back."""
    seat = sit(visited.url, lang="en")
    page = seat.open("/understand/trends")
    page.get_by_role("combobox", name="Measure").click()
    page.get_by_role("option", name="Orders", exact=True).click()
    seat.settle()
    assert _question(page.url) == {"measure": "orders"}
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_role("combobox", name="What").fill("lifecycle")
    page.get_by_role("option", name=re.compile("ifecycle")).first.click()
    page.get_by_role("combobox", name="Value").click()
    page.get_by_role("option", name="active", exact=True).click()
    page.get_by_role("button", name="Apply").click()
    seat.settle()
    assert _question(page.url) == {"measure": "orders", "where": {"trait": "lifecycle_stage", "is": "active"}}
    page.reload()
    seat.settle()
    expect(page.get_by_role("listitem").filter(has_text="active")).to_be_visible()
    expect(page.get_by_role("combobox", name="Measure")).to_have_value("Orders")
    page.go_back()
    seat.settle()
    assert _question(page.url) == {"measure": "orders"}


def test_from_a_drop_off_to_its_segment_and_its_recording(visited: Live, sit: Sit) -> None:
    """The number clicked is the number of people, the rule that becomes a segment, and the visits that can be watched."""
    seat = sit(visited.url, lang="en")
    page = seat.open(asked("funnel", FUNNEL))
    left = sum(stayed == 1 for stayed in STAYED)
    page.get_by_role("button", name=f"{left} dropped out", exact=True).click()
    panel = page.get_by_role("dialog")
    expect(panel.get_by_text(f"{left} customers", exact=True)).to_be_visible()
    assert panel.get_by_role("link", name=re.compile("Open customer C")).count() == left
    panel.get_by_role("button", name="Make it a segment").click()
    page.wait_for_url("**/segments/new**")
    seat.settle()
    expect(page.locator("main")).to_contain_text("Product", timeout=15_000)
    page.go_back()
    panel.get_by_role("button", name="See their recordings").click()
    page.wait_for_url("**/understand/replays?**")
    seat.settle()
    rows = page.get_by_role("table", name="Session replay").locator("tbody tr")
    expect(rows).to_have_count(0 if not _recorded_of(1) else _recorded_of(1))


def _recorded_of(stayed: int) -> int:
    from tests.e2e.visited import RECORDED

    return sum(STAYED[n] == stayed for n in RECORDED)


def test_a_recording_is_found_by_anger_and_played(visited: Live, sit: Sit) -> None:
    seat = sit(visited.url, lang="en")
    page = seat.open("/understand/replays")
    page.get_by_text("Rage clicks", exact=True).first.click()
    seat.settle()
    rows = page.get_by_role("table", name="Session replay").locator("tbody tr")
    expect(rows).to_have_count(1)
    rows.first.press("Enter")
    seat.settle()
    frame = page.locator("figure iframe")
    expect(frame).to_be_visible()
    assert "allow-scripts" not in (frame.get_attribute("sandbox") or "allow-scripts")
    expect(page.get_by_role("button", name=re.compile("Rage Clicked"))).to_be_visible()
    page.locator("figure").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("figure")).to_contain_text("0:05 / 0:09")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator("figure")).to_contain_text("0:09 / 0:09", timeout=20_000)
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    assert page.frame_locator("figure iframe").locator("#pay").count() == 1
    assert page.evaluate("() => window.ran === undefined")
    assert seat.axe() == []
    assert seat.trouble == []


def test_an_answer_is_pinned_arranged_shared_and_the_link_ended(hikers: Path, tmp_path: Path, sit: Sit) -> None:
    shutil.copytree(hikers, tmp_path / "shop")
    with serving(tmp_path / "shop") as live:
        seat = sit(live.url, lang="en")
        _pin(seat, "trends", "Weekly review")
        _pin(seat, "retention", None)
        page = seat.open("/dashboards/weekly-review?arrange=1")
        tiles = page.locator("section[aria-label] h2")
        expect(tiles).to_have_text(["Trends", "Retention"])
        page.get_by_role("button", name=re.compile("Move “Trends”")).press("ArrowRight")
        expect(tiles).to_have_text(["Retention", "Trends"])
        page.get_by_role("button", name=re.compile("Move “Trends”")).press("Shift+ArrowRight")
        seat.settle()
        kept = live.ws.dashboard("weekly-review")["document"]["tiles"]
        assert [(t["title"], t["w"]) for t in sorted(kept, key=lambda t: (t["y"], t["x"]))] == [
            ("Retention", 6),
            ("Trends", 8),
        ]
        assert seat.axe() == []
        seat.shoot("dashboard-en-light-1440")
        _arranged_by_mouse(seat, live)
        page.get_by_role("region", name="Trends").get_by_role("button", name=re.compile("Trends")).last.click()
        page.get_by_role("menuitem", name="Unpin").click()
        expect(tiles).to_have_text(["Retention"])
        page.get_by_role("button", name="Undo").click()  # right after one's own saving: nobody else changed it
        expect(tiles).to_have_text(["Retention", "Trends"])
        page.get_by_role("button", name="Share").click()
        page.get_by_role("button", name="Make link").click()
        link = page.get_by_role("dialog").get_by_role("textbox", name="Share").input_value()
        assert urlsplit(link).query == ""  # the token is in no address that a server sees
        guest = sit(live.url, lang="ko")
        guest.open("/shared#" + urlsplit(link).fragment)
        expect(guest.page.locator("section[aria-label] h2")).to_have_text(["Retention", "Trends"])
        assert guest.axe() == []
        assert "SELECT" not in guest.page.content()
        guest.shoot("shared-ko-light-1440")
        page.get_by_role("dialog").get_by_role("button", name="End").click()
        expect(page.get_by_text("The link shows nothing any more.")).to_be_visible()
        guest.page.reload()
        expect(guest.page.get_by_role("alert")).to_contain_text("공유가 끝났습니다")


def _arranged_by_mouse(seat: Seat, live: Live) -> None:
    """A tile is dragged before another, drawn smaller by its corner and put back; and saved as a picture."""
    page = seat.page
    tiles = page.locator("section[aria-label]")
    page.get_by_role("button", name=re.compile("Move “Trends”")).drag_to(tiles.first)
    expect(tiles.locator("h2")).to_have_text(["Trends", "Retention"])
    trends = page.get_by_role("region", name="Trends")
    before, corner = trends.bounding_box(), trends.get_by_title("Draw it larger or smaller").bounding_box()
    assert before
    assert corner
    x, y = corner["x"] + 9, corner["y"] + 9
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - before["width"] / 2, y + 88, steps=4)
    page.mouse.up()
    seat.settle()
    kept = {t["title"]: (t["w"], t["h"]) for t in live.ws.dashboard("weekly-review")["document"]["tiles"]}
    assert kept["Trends"][0] == 4
    after = trends.bounding_box()
    assert after
    assert after["height"] == pytest.approx(before["height"] + 88, abs=2)
    with page.expect_download() as saved:
        trends.get_by_role("button", name=re.compile("Trends")).last.click()
        page.get_by_role("menuitem", name="Picture (PNG)").click()
    assert saved.value.suggested_filename == "Trends.png"
    assert saved.value.path().read_bytes().startswith(b"\x89PNG")
    page.get_by_role("button", name=re.compile("Move “Trends”")).press("ArrowRight")
    expect(tiles.locator("h2")).to_have_text(["Retention", "Trends"])


def _pin(seat: Seat, kind: str, new: str | None) -> None:
    page = seat.open(f"/understand/{kind}")
    page.get_by_role("button", name="Pin", exact=True).click()
    dialog = page.get_by_role("dialog")
    if new:
        dialog.get_by_role("textbox", name="Name of the new dashboard").fill(new)
    dialog.get_by_role("button", name="Pin", exact=True).click()
    expect(page.get_by_text("Pinned to “Weekly review”.")).to_be_visible()


def _question(url: str) -> Any:
    return json.loads(parse_qs(urlsplit(url).query)["q"][0])
