"""Sources and identity in the browser: a file with errors imported, mended and read again; rules tried, published, taken back."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Sit
from tests.server.live import Live

HEAD = "주문번호,주문일시,상품명,수량,결제금액,아이디,휴대전화,이메일"


def orders(path: Path) -> Path:
    """Forty orders of ten customers; four dates are told in a way of the shop's own, two logins share a phone."""
    rows = [HEAD]
    for n in range(40):
        who = n % 10
        date = f"2026-07-{n % 28 + 1:02d} 10:00" if n % 10 != 3 else f"{n % 28 + 1:02d}#07#2026"
        phone = f"010-5555-{1000 + (0 if who < 2 else who)}"
        rows.append(f"N{n:04d},{date},차 {n % 5},1,{(n % 9 + 1) * 1000},login{who},{phone},own{who}@haneul-mail.kr")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def choose(page: Page, file: Path) -> None:
    page.set_input_files("#files", str(file))
    expect(page.get_by_text("First rows, as they would be read")).to_be_visible(timeout=30_000)


def test_a_file_with_errors_is_imported_mended_and_read_again(own_site: Live, sit: Sit, tmp_path: Path) -> None:
    seat = sit(own_site.url, lang="en")
    page = seat.open("/sources/import")
    choose(page, orders(tmp_path / "tea-orders.csv"))
    page.get_by_role("button", name="Check before importing").click()
    expect(page.get_by_text("This is what would happen; nothing was taken.")).to_be_visible(timeout=60_000)
    expect(page.get_by_text(re.compile("4 × cannot be read as a date"))).to_be_visible()
    page.get_by_role("button", name="Import now").click()
    page.get_by_role("button", name="Mend the rows that could not be read").click(timeout=60_000)
    page.get_by_role("row", name=re.compile("cannot be read as a date")).get_by_role(
        "button", name="Mend"
    ).first.click()
    dates = page.get_by_role("textbox", name="How dates are written")
    page.get_by_role("button", name="Try", exact=True).click()
    expect(page.get_by_text("Still: cannot be read as a date (4)")).to_be_visible(timeout=30_000)
    dates.fill("%d#%m#%Y")
    dates.blur()
    expect(page.get_by_text("Still: cannot be read as a date (4)")).to_be_hidden()
    page.get_by_role("button", name="Try", exact=True).click()
    expect(page.get_by_text("All 4 rows could be read now.")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Read again", exact=True).click()
    expect(page.get_by_text("Every row could be read.")).to_be_visible(timeout=60_000)
    assert own_site.ws.quarantine().table.num_rows == 0
    assert seat.trouble == []


def test_rules_are_tried_judged_published_and_taken_back(own_site: Live, sit: Sit, tmp_path: Path) -> None:
    ws = own_site.ws
    ws.import_files([orders(tmp_path / "tea-orders.csv")], accept_proposals=True)
    before = {
        r["node"]: r["customer_id"] for r in ws.engine.sql("SELECT node, customer_id FROM identifiers").to_pylist()
    }
    draft = quote(json.dumps({"kinds": {"user_id": {"unique": False, "cap": 5}}}))
    seat = sit(own_site.url, lang="ko")
    page = seat.open(f"/identity/rules?draft={draft}")
    page.get_by_role("button", name="실제 자료로 시험").click()
    expect(page.get_by_text("초안은 이 둘을 한 고객으로 봅니다")).to_be_visible(timeout=60_000)
    assert ws.policy.kinds["user_id"].unique, "a trial changes nothing"
    page.keyboard.press("1")
    expect(page.get_by_text(re.compile("95% 확신으로"))).to_be_visible()
    page.get_by_role("button", name="적용", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="적용").click()
    expect(page.get_by_text(re.compile("1번 버전으로 적용했습니다"))).to_be_visible(timeout=60_000)
    assert not ws.policy.kinds["user_id"].unique
    after = {
        r["node"]: r["customer_id"] for r in ws.engine.sql("SELECT node, customer_id FROM identifiers").to_pylist()
    }
    assert after != before
    page.get_by_role("button", name="이 버전으로 되돌리기").last.click()
    page.get_by_role("dialog").get_by_role("button", name="이 버전으로 되돌리기").click()
    expect(page.get_by_text(re.compile("2번 버전으로 적용했습니다"))).to_be_visible(timeout=60_000)
    again = {
        r["node"]: r["customer_id"] for r in ws.engine.sql("SELECT node, customer_id FROM identifiers").to_pylist()
    }
    assert again == before
    assert seat.trouble == []
