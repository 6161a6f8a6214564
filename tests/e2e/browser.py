"""A real Chromium, and what every test of a screen does with it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Playwright, expect

ROOT = Path(__file__).resolve().parents[2]
SCREENS = ROOT / "build" / "screens"
AXE = ROOT / "console" / "node_modules" / "axe-core" / "axe.min.js"
VITALS = ROOT / "console" / "node_modules" / "web-vitals" / "dist" / "web-vitals.iife.js"

Look = Literal["light", "dark"]


def chromium() -> str | None:
    """Where the browser is; `CHROMIUM` names another."""
    for name in (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"):
        if name and (found := shutil.which(name)):
            return found
    return None


@contextmanager
def running(playwright: Playwright) -> Iterator[Browser]:
    """Chromium without a window until the ``with`` ends."""
    browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
    try:
        yield browser
    finally:
        browser.close()


@dataclass
class Seat:
    """Somebody at a browser. `trouble` are errors of the console and of scripts; `missing` are refused or failed requests."""

    page: Page
    url: str
    trouble: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go there and wait until everything asked for has come."""
        self.page.goto(self.url + path)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Until nothing is being asked and nothing is shown as busy."""
        self.page.wait_for_load_state("networkidle", timeout=30_000)
        quiet = "() => !document.querySelector('[aria-busy=true]') && document.querySelector('h1')"
        self.page.wait_for_function(quiet, timeout=30_000)

    def axe(self) -> list[str]:
        """What axe finds wrong, a line each."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        # Chromium headless without motion: what fades in is in by now
        found = self.page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
        return [
            f"{v['id']}: {n['target']} {n.get('failureSummary', '')}" for v in found["violations"] for n in v["nodes"]
        ]

    def visits(self, opens: Locator) -> Locator:
        """A dialog opened by keyboard: the focus is in it, axe finds nothing. `leaves` goes back."""
        opens.focus()
        self.page.keyboard.press("Enter")
        dialog = self.page.get_by_role("dialog").last
        dialog.wait_for()
        self.page.locator("[role=dialog] :focus").wait_for(state="attached")
        self.settle()
        assert self.axe() == []
        return dialog

    def leaves(self, dialog: Locator, back: Locator) -> None:
        """By Escape; the focus is on what opened it again."""
        self.page.keyboard.press("Escape")
        dialog.wait_for(state="hidden")
        expect(back).to_be_focused()

    def shoot(self, name: str) -> None:
        """A picture into build/screens."""
        SCREENS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENS / f"{name}.png", full_page=True)


def place(
    browser: Browser, *, lang: str = "ko", look: Look = "light", width: int = 1440, height: int = 900, state: Any = None
) -> BrowserContext:
    """A fresh browser context: its own cookies, one language, one look. Closed by who asked.

    :param state: cookies of somebody who signed in (Playwright's storage state).
    """
    context: BrowserContext = browser.new_context(
        locale="ko-KR" if lang == "ko" else "en-US", color_scheme=look, viewport={"width": width, "height": height},
        timezone_id="Asia/Seoul", reduced_motion="reduce", storage_state=state,
    )  # fmt: skip
    context.add_init_script(f"localStorage.setItem('dangol.lang', '{lang}')")
    return context


def sat(context: BrowserContext, url: str) -> Seat:
    """Somebody at a new page of it."""
    page = context.new_page()
    page.set_default_timeout(15_000)
    here = Seat(page, url)

    def said(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            here.trouble.append(f"{message.type}: {message.text}")

    page.on("console", said)
    page.on("pageerror", lambda error: here.trouble.append(str(error)))
    page.on(
        "response",
        lambda answer: here.missing.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None,
    )
    return here


@contextmanager
def seat(browser: Browser, url: str, **how: Any) -> Iterator[Seat]:
    """Somebody in a place of their own; `how` as for `place`."""
    context = place(browser, **how)
    try:
        yield sat(context, url)
    finally:
        context.close()
