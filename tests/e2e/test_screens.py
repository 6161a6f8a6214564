"""Every screen in both languages: no error, nothing for axe to find, nothing untranslated; walked by keyboard, and pictured."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.e2e.browser import Seat, place, sat
from tests.server.live import Live

RULE = """{"all": [{"did": "Order Completed", "of": "items", "sum": "amount", "at_least": 1000, "within": "90 days",
  "where": {"all": [{"quantity": {"at_least": 1}}, {"weekday": {"in": ["sat", "sun"]}}]}},
 {"any": [{"trait": "lifecycle_stage", "in": ["lapsing"]}, {"trait": "orders", "at_least": 2},
  {"not": {"sequence": [{"did": "Order Completed"}, {"did": "Order Completed", "within": "3 days"}], "within": "1 year"}}]},
 {"top": {"by": "revenue", "percent": 50}}, {"reachable": "sms"}]}"""
"""A rule with a card of most kinds."""

PATHS = {
    "home": "/",
    "customers": "/customers",
    "profile": "/customers/C3",
    "identifiers": "/customers/C3?part=identifiers",
    "sources": "/sources",
    "import": "/sources/import",
    "live": "/sources/live",
    "tracking": "/sources/plan",
    "quarantine": "/sources/quarantine",
    "identity": "/identity",
    "identity-blocked": "/identity?tab=blocked",
    "rules-of-identity": "/identity/rules",
    "graph": "/identity/graph/C3",
    "segments": "/segments",
    "builder": f"/segments/new?rule={quote(RULE)}",
    "builder-yaml": f"/segments/new?rule={quote(RULE)}&tab=yaml",
    "builder-members": f"/segments/new?rule={quote(RULE)}&tab=members",
    "rfm": "/map?tab=rfm",
    "map": "/map",
    "map-inside": "/map?tab=tree",
    "map-movement": "/map?tab=flows",
    "understand": "/understand",
    "dashboards": "/dashboards",
    "settings": "/settings",
    "people": "/settings/people",
    "keys": "/settings/keys",
    "shop": "/settings/shop",
    "backups": "/settings/backups",
    "audit": "/settings/audit",
    "not-here": "/customers/none/none",
}
"""Screens by the name of their picture. A new one is a line here. Those of people who have not signed in: test_access."""

BOTH = ("ko", "en")
HANGUL = re.compile("[가-힣]")
KEY = re.compile(r"\b[a-z]+(?:[A-Z][a-z]+)+\b|\bwords\d+\b|\{[a-z]+\}")
"""What a missing word looks like: its key in camel case, or a hole that nobody filled."""

DATA = "하늘 등산"

AT = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return "";
  const r = e.getBoundingClientRect(), s = getComputedStyle(e);
  const box = e.type === "radio" || e.type === "checkbox" || e.closest(".skip") || e.classList.contains("unseen");
  const hidden = !box && (r.width === 0 || s.visibility === "hidden");
  const name = e.getAttribute("aria-label") || e.textContent || e.id || "";
  return (hidden ? "HIDDEN " : "") + e.tagName + " " + name.trim().slice(0, 40);
}"""
"""What has the focus, in words."""


@dataclass(frozen=True)
class Screen:
    """A screen in one language, opened once for all that is asked of it."""

    name: str
    lang: str
    seat: Seat

    @property
    def page(self) -> Page:
        return self.seat.page


@pytest.fixture(scope="module")
def places(browser: Browser) -> Iterator[dict[str, BrowserContext]]:
    """One of each language: the scripts are loaded once."""
    found = {lang: place(browser, lang=lang) for lang in BOTH}
    yield found
    for context in found.values():
        context.close()


@pytest.fixture(scope="module", params=[f"{name}-{lang}" for name in PATHS for lang in BOTH])
def screen(request: pytest.FixtureRequest, site: Live, places: dict[str, BrowserContext]) -> Iterator[Screen]:
    name, _, lang = request.param.rpartition("-")
    here = sat(places[lang], site.url)
    here.open(PATHS[name])
    yield Screen(name, lang, here)
    here.page.close()


def test_a_screen_is_whole(screen: Screen) -> None:
    page, here = screen.page, screen.seat
    assert here.trouble == []
    assert [m for m in here.missing if not m.startswith("404") or screen.name != "not-here"] == []
    assert here.axe() == []
    assert page.title().endswith("· dangol")
    assert page.locator("html").get_attribute("lang") == screen.lang
    rail = page.locator("nav").first.inner_text().replace(DATA, "")
    assert bool(HANGUL.search(rail)) == (screen.lang == "ko")
    text = page.locator("main").inner_text().split("SELECT")[0]
    for shown in page.locator("main code").all_inner_texts():  # a key's last letters are no words
        text = text.replace(shown, "")
    assert KEY.findall(text) == []


def test_a_screen_is_walked_by_keyboard(screen: Screen) -> None:
    """Tab reaches everything that can be pressed, always in sight, and never gets stuck."""
    seen: list[str] = []
    for _ in range(150):
        screen.page.keyboard.press("Tab")
        at = screen.page.evaluate(AT)
        if not at or (len(seen) > 12 and at == seen[0]):
            break
        seen.append(at)
    assert len(seen) > 8, seen
    assert [one for one in seen if one.startswith("HIDDEN")] == []


def test_a_screen_is_pictured(screen: Screen) -> None:
    """Light and dark, wide and narrow, into build/screens; on a narrow screen nothing makes the page itself wider than it."""
    page, wide = screen.page, []
    page.evaluate("() => { document.activeElement?.blur(); scrollTo(0, 0); }")
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for look in ("light", "dark"):
            page.emulate_media(color_scheme="dark" if look == "dark" else "light", reduced_motion="reduce")
            page.wait_for_timeout(150)  # what is drawn follows its frame and its colours a moment later
            screen.seat.settle()
            screen.seat.shoot(f"{screen.name}-{screen.lang}-{look}-{width}")
        if page.evaluate("() => document.documentElement.scrollWidth > innerWidth + 1"):
            wide.append(width)
    assert wide == []
    assert [line for line in screen.seat.trouble if "404" not in line] == []
