"""Segments in a real browser: the first one from nothing, two people at one, by mouse and keyboard, written three ways."""

from __future__ import annotations

import json
import re
import struct
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from dangol.app import Workspace
from tests.e2e.browser import Seat
from tests.e2e.conftest import Sit
from tests.server.live import Live

SEGMENT = {"segment": "hikers", "says": {"ko": "등산객", "en": "Hikers"}, "where": {"trait": "orders", "at_least": 3}}


def counted(page: Page) -> Locator:
    """The exact count, once it is that of the rule as it stands."""
    expect(page.get_by_test_id("count").locator("xpath=ancestor::*[@aria-busy][1]")).to_have_attribute(
        "aria-busy", "false"
    )
    return page.get_by_test_id("count")


def exactly(people: int) -> re.Pattern[str]:
    return re.compile(rf"^\D*{people:,}\D*$")


def quiet(seat: Seat) -> None:
    seat.page.wait_for_timeout(350)  # what is typed rests before it is asked
    seat.settle()


def test_the_first_segment_from_nothing(own_site: Live, sit: Sit) -> None:
    ws: Workspace = own_site.ws
    seat = sit(own_site.url, lang="ko")
    page = seat.open("/segments")
    expect(page.get_by_text("아직 세그먼트가 없습니다")).to_be_visible()
    page.get_by_role("main").get_by_role("button", name="새 세그먼트").last.click()
    expect(page.get_by_text("어떤 고객을 찾으세요?")).to_be_visible()
    page.get_by_role("textbox", name="영어 이름").fill("Steady hikers")
    page.get_by_role("textbox", name="한국어 이름").fill("꾸준한 등산객")
    page.get_by_role("textbox", name="조건 찾기").fill("주문수")
    page.get_by_role("button", name=re.compile("^주문 수 ")).first.click()
    card = page.get_by_role("group", name="주문 수").first
    card.get_by_role("textbox", name="주문 수: 값").fill("3")
    quiet(seat)
    expect(page.get_by_text("주문 수가 3 이상인 고객")).to_be_visible()
    first = ws.count_rule({"trait": "orders", "at_least": 3})["customers"]
    expect(counted(page)).to_have_text(exactly(first))
    assert first > 0
    page.get_by_role("textbox", name="조건 찾기").fill("주문 완료")
    page.get_by_role("textbox", name="조건 찾기").press("Enter")
    quiet(seat)
    both = {"all": [{"trait": "orders", "at_least": 3}, {"did": "Order Completed", "at_least": 1, "within": "90 days"}]}
    fewer = ws.count_rule(both)["customers"]
    expect(counted(page)).to_have_text(exactly(fewer))
    assert fewer < first
    publish = page.get_by_role("button", name="게시 …")
    seat.leaves(seat.visits(publish), publish)
    publish.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_test_id("enters")).to_have_text(f"+{ws.count_rule(both)['customers']:,}")
    dialog.get_by_role("textbox").fill("첫 세그먼트")
    dialog.get_by_role("button", name="게시", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("세그먼트")
    expect(page.get_by_role("table").get_by_text("꾸준한 등산객")).to_be_visible()
    assert ws.count("steady-hikers").customers == len(ws.members("steady-hikers")) > 0
    assert seat.trouble == []


def test_a_card_is_dragged_into_a_group_and_back(site: Live, sit: Sit) -> None:
    """By mouse, and by the card's own menu; the count is that of the rule as it stands."""
    older, often, much = (
        {"trait": "lifecycle_stage", "in": ["active"]},
        {"trait": "orders", "at_least": 20},
        {"trait": "revenue", "at_least": 2_000_000},
    )
    start: dict[str, Any] = {"all": [older, {"any": [often, {"not": {"trait": "orders", "at_least": 3}}]}, much]}
    inside = {"all": [older, {"any": [*start["all"][1]["any"], much]}]}
    fits = {json.dumps(rule): site.ws.count_rule(rule)["customers"] for rule in (start, inside)}
    assert len(set(fits.values())) == 2
    seat = sit(site.url, lang="en")
    page = seat.open(f"/segments/new?rule={quote(json.dumps(start))}")
    group, card = page.get_by_role("group", name="Group"), page.get_by_role("group", name="Revenue")
    whole = page.locator("[data-kind]").first.locator("xpath=../../..")

    def stands(rule: dict[str, Any], within: int) -> None:
        quiet(seat)
        expect(group.get_by_role("group", name="Revenue")).to_have_count(within)
        expect(counted(page)).to_have_text(exactly(fits[json.dumps(rule)]))

    stands(start, 0)
    card.get_by_title("Drag into a group").drag_to(group.get_by_role("button", name="Add into this group"))
    stands(inside, 1)
    card.get_by_title("Drag into a group").drag_to(whole, target_position={"x": 200, "y": 18})
    stands(start, 0)
    group.get_by_role("button", name="Add into this group").press("Enter")
    for item, rule, within in (
        ("Move into the group that is added to", inside, 1),
        ("Take out of the group", start, 0),
    ):
        card.get_by_role("button", name="What to do with this condition").press("Enter")
        page.get_by_role("menuitem", name=item).press("Enter")
        stands(rule, within)
    assert seat.trouble == []


def test_two_people_at_one_segment_and_the_second_is_told(own_site: Live, sit: Sit) -> None:
    ws = own_site.ws
    ws.publish("hikers", SEGMENT, seen=0)
    one, two = sit(own_site.url, lang="en"), sit(own_site.url, lang="ko")
    for seat, value in ((one, "4"), (two, "5")):
        page = seat.open("/segments/hikers")
        page.get_by_role("textbox", name=re.compile("(Orders|주문 수): (Value|값)")).fill(value)
        quiet(seat)
    one.page.get_by_role("button", name="Publish …").click()
    one.page.get_by_role("dialog").get_by_role("button", name="Publish", exact=True).click()
    expect(one.page.get_by_role("heading", level=1)).to_have_text("Segments")
    two.page.get_by_role("button", name="게시 …").click()
    told = two.page.get_by_role("dialog", name=re.compile("먼저 바꿨습니다"))
    expect(told).to_contain_text("버전 2")
    expect(told).to_contain_text("at_least: 4")
    expect(told).to_contain_text("at_least: 5")
    assert ws.open_segment("hikers")["document"]["where"]["at_least"] == 4
    two.missing = [m for m in two.missing if not m.startswith("409")]
    assert two.missing == []
    told.get_by_role("button", name="내 것으로 계속").click()
    two.page.get_by_role("button", name="게시 …").click()
    two.page.get_by_role("dialog").get_by_role("button", name="게시", exact=True).click()
    expect(two.page.get_by_role("heading", level=1)).to_have_text("세그먼트")
    assert [v["document"]["where"]["at_least"] for v in ws.segment_versions("hikers")] == [5, 4, 3]


def test_yaml_and_sql_write_the_same_rule(own_site: Live, sit: Sit) -> None:
    own_site.ws.publish("hikers", SEGMENT, seen=0)
    seat = sit(own_site.url, lang="en")
    page = seat.open("/segments/hikers?tab=yaml")
    text = page.get_by_role("textbox", name="YAML")
    text.fill(text.input_value().replace("at_least: 3", "between: [2, 6]"))
    quiet(seat)
    page.get_by_role("tab", name="SQL").click()
    short = page.get_by_role("textbox", name="As a short SELECT")
    expect(short).to_have_value(re.compile("orders BETWEEN 2 AND 6"))
    short.fill("SELECT customer_id FROM customers WHERE orders >= 4 AND NOT lifecycle_stage = 'lost'")
    page.get_by_role("tab", name="Builder").click()  # at once: what was written goes along
    quiet(seat)
    body = {"all": [{"trait": "orders", "at_least": 4}, {"trait": "lifecycle_stage", "is_not": "lost"}]}
    expect(counted(page)).to_have_text(exactly(own_site.ws.count_rule(body)["customers"]))
    page.get_by_role("tab", name="SQL").click()
    short.fill("SELECT count(*) FROM customers")
    quiet(seat)
    expect(page.get_by_role("alert")).to_contain_text("a rule cannot say this")
    page.get_by_role("tab", name="Builder").click()
    page.get_by_role("button", name="Undo").click()
    quiet(seat)
    expect(counted(page)).to_have_text(
        exactly(own_site.ws.count_rule({"trait": "orders", "between": [2, 6]})["customers"])
    )


def test_a_column_of_the_map_becomes_a_segment(own_site: Live, sit: Sit) -> None:
    ws = own_site.ws
    ws.publish("hikers", SEGMENT, seen=0)
    seat = sit(own_site.url, lang="en")
    page = seat.open("/map?tab=rfm")
    save = page.get_by_role("button", name="Save as picture (PNG)")
    with page.expect_download() as saved:
        save.click()
    png, panel = saved.value.path().read_bytes(), save.locator("xpath=ancestor::section").bounding_box()
    assert panel
    assert png.startswith(b"\x89PNG")
    assert struct.unpack(">II", png[16:24]) == pytest.approx((2 * panel["width"], 2 * panel["height"]), abs=4)
    assert len(png) > 40_000  # a sheet with nothing on it has a few thousand
    cell = page.get_by_role("button", name=re.compile("Recency 5, frequency 5"))
    shown = int(re.sub(r"\D", "", cell.locator("b").inner_text()))
    cell.click()
    quiet(seat)
    expect(counted(page)).to_have_text(exactly(shown))
    page = seat.open("/map")
    page.get_by_role("button", name=re.compile("^Hikers ")).click()
    quiet(seat)
    expect(counted(page)).to_have_text(exactly(ws.count("hikers").customers))
    assert seat.trouble == []
