"""Customers: found by what points at them, taken apart when they are two, put together again."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e import shop
from tests.e2e.conftest import Sit
from tests.server.live import Live


def test_a_customer_is_found_by_phone_and_the_phone_is_in_no_address(site: Live, sit: Sit) -> None:
    seat = sit(site.url, lang="en")
    asked: list[str] = []
    seat.page.on("request", lambda request: asked.append(request.url))
    page = seat.open("/customers")
    page.get_by_role("textbox", name="Find by number").fill(shop.phone(7))
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator("tbody tr").first.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Customer C")
    seat.settle()
    shown = page.locator("main").inner_text()
    for secret in (shop.phone(7), shop.phone(7).replace("-", ""), shop.email(7), shop.name(7)):
        assert secret not in shown
        assert not any(secret in url for url in asked)


def test_revealing_asks_why_and_is_written_down(own_site: Live, sit: Sit) -> None:
    seat = sit(own_site.url, lang="ko")
    page = seat.open("/customers/C3")
    reveal = page.get_by_role("button", name="가리지 않고 보기")
    seat.leaves(seat.visits(reveal), reveal)
    finder = page.get_by_role("button", name="검색하거나 이동")
    seat.leaves(seat.visits(finder), finder)
    reveal.click()
    go = page.get_by_role("dialog").get_by_role("button", name="가리지 않고 보기")
    expect(go).to_be_disabled()
    page.get_by_role("textbox", name="사유").fill("주문 문의 전화")
    go.click()
    expect(page.get_by_text(re.compile(r"hiker\d{3}@haneul-mail\.kr")).first).to_be_visible()
    entries = [e for e in own_site.ws.store.audit.entries() if e.reason == "주문 문의 전화"]
    assert len(entries) == 1


def test_two_people_who_share_a_phone_are_taken_apart_and_joined_again(own_site: Live, sit: Sit) -> None:
    """What the preview says is what happens; undo brings back what was."""
    ws = own_site.ws
    merged = ws.merge(5, 9, reason="test").facts["entry"]
    assert merged
    before = ws.customer(5)
    seat = sit(own_site.url, lang="en")
    page = seat.open("/customers/C5?part=identifiers")
    rows = page.get_by_role("table", name="Identifiers").locator("tbody tr")
    count = rows.count()
    back = page.get_by_role("button", name="Take back").first
    seat.leaves(seat.visits(back), back)
    back.click()
    dialog = page.get_by_role("dialog")
    seat.settle()
    expect(dialog).to_contain_text("becomes a customer")
    said = dialog.inner_text()
    page.get_by_role("textbox", name="Reason").fill("two people")
    dialog.get_by_role("button", name="Take back").click()
    expect(dialog).to_be_hidden(timeout=30_000)
    expect(rows).not_to_have_count(count)
    after = [ws.customer(5), ws.customer(9)]
    assert sorted(len(one.identifiers) for one in after) != [len(before.identifiers)]
    for one in after:
        assert f"C{one.customer_id}" in said
        orders = {r["trait"]: r["value"] for r in one.behavioural}.get("orders", "0")
        assert re.sub(r"\D", "", orders) in said
