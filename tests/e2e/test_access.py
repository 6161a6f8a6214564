"""Coming in, in a real browser: the first owner, a wrong password, an invitation; and what a role never receives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Response

from dangol.app import Role, Workspace
from dangol.app.access import begin
from dangol.app.signing import link_address, make_link
from tests.e2e.browser import Seat
from tests.e2e.conftest import Sit
from tests.server.live import Live, serving
from tests.server.signed import person

PASSWORD = "horse battery staple 단골"


@pytest.fixture
def closed(hikers: Path, tmp_path: Path) -> Iterator[Live]:
    """A server that asks who is there, over a shop that nobody owns yet."""
    import shutil

    shutil.copytree(hikers, tmp_path / "shop")
    with serving(tmp_path / "shop", open_here=False) as live:
        yield live


def cookies(ws: Workspace, url: str, role: Role) -> Any:
    """The browser of somebody who has signed in, as Playwright keeps it."""
    token = begin(ws, person(ws, role), device="test")
    cookie = {"name": ws.staff.cookie, "value": token, "domain": "127.0.0.1", "path": "/", "expires": -1,
              "httpOnly": True, "secure": False, "sameSite": "Strict"}  # fmt: skip
    return {"cookies": [cookie], "origins": []}


def fill(seat: Seat, **typed: str) -> None:
    for kind, text in typed.items():
        seat.page.locator(f"input[autocomplete={kind.replace('_', '-')}]").fill(text)


def test_the_first_owner_and_a_colleague(closed: Live, sit: Sit) -> None:
    """Nobody gets in; the printed link makes an account; its owner invites somebody; they come in as what they are."""
    owner = sit(closed.url, lang="ko")
    owner.open("/")
    owner.page.get_by_text("아직 이 작업 공간의 소유자가 없습니다").wait_for()
    token, _ = make_link(closed.ws, "owner")
    owner.page.goto("about:blank")
    owner.open(link_address("", token))
    assert "#" not in owner.page.url  # the word of the link is not left in the history
    assert owner.axe() == []
    fill(owner, name="김단골", username="kim@team.example", new_password=PASSWORD)
    owner.page.get_by_role("button", name="계정 만들기").click()
    owner.page.wait_for_url(f"{closed.url}/")
    owner.open("/settings/people")
    owner.page.get_by_role("button", name="초대").click()
    owner.page.locator("[role=dialog] input[type=email]").fill("lee@team.example")
    owner.page.get_by_role("button", name="링크 만들기").click()
    address = owner.page.get_by_test_id("secret").inner_text()
    assert re.fullmatch(re.escape(closed.url) + r"/sign-in#link=\S{40,}", address)

    lee = sit(closed.url, lang="en", look="dark", width=390)
    lee.open(address.removeprefix(closed.url))
    assert lee.axe() == []
    fill(lee, name="Lee", new_password=PASSWORD)
    lee.page.get_by_role("button", name="Make account").click()
    lee.page.wait_for_url(f"{closed.url}/")
    lee.open("/settings/people")
    lee.page.get_by_text("Only owners see this part").wait_for()
    assert [m for m in lee.missing if "401" not in m and "403" not in m] == []
    assert "403" not in " ".join(lee.missing)  # the screen does not even ask


def test_a_wrong_password_is_told_and_the_right_one_leads_where_one_wanted_to_go(closed: Live, sit: Sit) -> None:
    from dangol.app.signing import use_link

    token, _ = make_link(closed.ws, "owner")
    use_link(closed.ws, token, email="kim@team.example", name="Kim", password=PASSWORD)
    kim = sit(closed.url, lang="en")
    kim.open("/settings/keys")
    kim.page.locator("input[autocomplete=current-password]").wait_for()
    assert kim.page.url.startswith(f"{closed.url}/sign-in?next=")
    fill(kim, username="kim@team.example", current_password="wrong wrong wrong")
    kim.page.keyboard.press("Enter")
    kim.page.get_by_text("this e-mail and password do not fit together").wait_for()
    fill(kim, current_password=PASSWORD)
    kim.page.keyboard.press("Enter")
    kim.page.wait_for_url("**/settings/keys")
    kim.settle()
    kim.page.keyboard.press("c")  # a key by keyboard alone
    kim.page.locator("[role=dialog] input[required]").fill("report")
    kim.page.keyboard.press("Enter")
    assert kim.page.get_by_test_id("secret").inner_text().startswith("dka_")
    kim.open("/sign-in?next=//evil.example")  # never to another site
    fill(kim, username="kim@team.example", current_password=PASSWORD)
    kim.page.keyboard.press("Enter")
    kim.page.wait_for_url(f"{closed.url}/")


SCREENS = ["/", "/customers", "/segments", "/identity", "/sources", "/sources/quarantine", "/map", "/understand",
           "/dashboards", "/settings", "/settings/people", "/settings/keys", "/settings/shop", "/settings/audit"]  # fmt: skip


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST])
def test_a_role_that_may_not_see_a_phone_number_never_receives_it(closed: Live, sit: Sit, role: Role) -> None:
    """Every answer that reaches the browser on a walk through all screens, against every phone and address in the vault."""
    ws = closed.ws
    ids = [row["customer_id"] for row in ws.customers(limit=1000)]
    rows = ws.vault.read(ids, reason="test", actor="test", now=ws.real_now())
    secrets = {r.value for r in rows if r.kind in ("phone", "email") and len(r.value) > 6}
    secrets |= {s.replace("+82", "0") for s in secrets if s.startswith("+82")}
    assert len(secrets) > 10
    seat = sit(closed.url, state=cookies(ws, closed.url, role))
    told: list[str] = []
    bodies: list[str] = []

    def came(answer: Response) -> None:
        if "/v1/" in answer.url and answer.request.resource_type in ("fetch", "xhr"):
            try:
                bodies.append(answer.text())
            except Exception:
                told.append(answer.url)  # a stream, or gone with its page

    seat.page.on("response", came)
    for path in [*SCREENS, f"/customers/C{ids[0]}"]:
        seat.open(path)
    assert len(bodies) > 20
    assert [s for s in secrets if any(s in body for body in bodies)] == []
    assert not any(s in seat.page.content() for s in secrets)
    assert all("/live" in url or "/v1/" in url for url in told)


def test_settings_of_an_owner_are_changed_from_the_console(closed: Live, sit: Sit) -> None:
    seat = sit(closed.url, lang="en", state=cookies(closed.ws, closed.url, Role.OWNER))
    seat.open("/settings/shop")
    seat.page.get_by_label("Name of the shop").fill("단골 등산")
    seat.page.get_by_role("button", name="Save").click()
    seat.page.get_by_text("Saved.").wait_for()
    assert "단골 등산" in (closed.ws.folder / "dangol.yaml").read_text(encoding="utf-8")
    hours = seat.page.get_by_label("Hours without use until somebody is signed out")
    for wrong in ("", "0"):  # an empty field is no 0, which would sign everybody out for good
        hours.fill(wrong)
        assert seat.page.get_by_role("button", name="Save").is_disabled()
    hours.fill("8")
    assert seat.page.get_by_role("button", name="Save").is_enabled()
    seat.open("/settings/audit?action=settings.changed")
    seat.page.locator("tbody tr").first.press("Enter")
    seat.page.get_by_text("단골 등산").first.wait_for()
    seat.open("/settings/backups")
    seat.page.get_by_role("button", name="Make a backup").click()
    seat.page.locator("tbody tr").first.wait_for(timeout=60_000)
    assert len(closed.ws.backups()) == 1


KINDS = ["trends", "retention", "affinity", "attribution", "channels", "entry", "flows", "paths", "timing"]


def test_a_stranger_with_a_link_sees_a_dashboard_and_asks_for_nothing_else(closed: Live, sit: Sit) -> None:
    """Every kind of answer, shared: nobody is sent to the entrance, and nothing is asked that only people of the shop may ask."""
    ws = closed.ws
    make_link(ws, "owner")
    person(ws, Role.OWNER)
    ws.make_dashboard({"dashboard": "weekly", "says": {"en": "Weekly", "ko": "주간"}, "tiles": []})
    for kind in KINDS:
        ws.pin("weekly", {"kind": kind})
    token, _ = ws.share_dashboard("weekly")
    stranger = sit(closed.url, lang="ko", width=390)
    asked: list[str] = []
    stranger.page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    stranger.open(f"/shared#{token}")
    stranger.page.locator("section[aria-label] h2").nth(len(KINDS) - 1).wait_for()
    stranger.page.wait_for_function("() => !document.querySelector('[aria-busy=true]')", timeout=120_000)
    assert urlsplit(stranger.page.url).path == "/shared"
    assert stranger.page.locator("main a").count() == 0, "there is nowhere to go from here"
    assert {path for path in asked if path.startswith("/v1/")} == {
        "/v1/shared", *(f"/v1/shared/t{n}" for n in range(1, len(KINDS) + 1))
    }  # fmt: skip
    assert stranger.axe() == []
    assert stranger.missing == []
