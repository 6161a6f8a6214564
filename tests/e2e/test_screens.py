"""Every screen in both languages: no error, nothing for axe to find, nothing untranslated; walked by keyboard, and pictured."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from tests.e2e.conftest import Sit
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


@pytest.mark.parametrize("lang", BOTH)
@pytest.mark.parametrize("name", PATHS)
def test_a_screen_is_whole(site: Live, sit: Sit, name: str, lang: str) -> None:
    seat = sit(site.url, lang=lang)
    page = seat.open(PATHS[name])
    assert seat.trouble == []
    assert [m for m in seat.missing if not m.startswith("404") or name != "not-here"] == []
    assert seat.axe() == []
    assert page.title().endswith("· dangol")
    assert page.locator("html").get_attribute("lang") == lang
    rail = page.locator("nav").first.inner_text().replace(DATA, "")
    assert bool(HANGUL.search(rail)) == (lang == "ko")
    text = page.locator("main").inner_text().split("SELECT")[0]
    for shown in page.locator("main code").all_inner_texts():  # a key's last letters are no words
        text = text.replace(shown, "")
    assert KEY.findall(text) == []


@pytest.mark.parametrize("name", PATHS)
def test_a_screen_is_walked_by_keyboard(site: Live, sit: Sit, name: str) -> None:
    """Tab reaches everything that can be pressed, always in sight, and never gets stuck."""
    seat = sit(site.url, lang="en")
    page = seat.open(PATHS[name])
    seen: list[str] = []
    for _ in range(150):
        page.keyboard.press("Tab")
        at = page.evaluate(AT)
        if not at or (len(seen) > 12 and at == seen[0]):
            break
        seen.append(at)
    assert len(seen) > 8, seen
    assert [one for one in seen if one.startswith("HIDDEN")] == []


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("lang", BOTH)
def test_pictures(site: Live, sit: Sit, lang: str, look: str, width: int) -> None:
    """One of each into build/screens; on a narrow screen nothing makes the page itself wider than it."""
    seat = sit(site.url, lang=lang, look=look, width=width, height=900)
    wide = []
    for name, path in PATHS.items():
        page = seat.open(path)
        seat.shoot(f"{name}-{lang}-{look}-{width}")
        if page.evaluate("() => document.documentElement.scrollWidth > innerWidth + 1"):
            wide.append(name)
    assert wide == []
    assert [line for line in seat.trouble if "404" not in line] == []
