"""One shop, one server, one browser for all tests of the console; each test copies what it changes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from dangol.app import Workspace
from dangol.server.console import Console
from tests.e2e import shop
from tests.e2e.browser import AXE, Seat, chromium, running, seat
from tests.server.live import Live, serving

Sit = Callable[..., Seat]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them are slow; where they cannot run they say why."""
    why = _cannot()
    for item in items:
        if "tests/e2e" in str(item.path).replace("\\", "/"):
            item.add_marker(pytest.mark.slow)
            if why:
                item.add_marker(pytest.mark.skip(reason=why))


def _cannot() -> str:
    if chromium() is None:
        return "NO CHROMIUM: the console was not tested (apt-get install chromium, or name one in CHROMIUM)"
    if not Console().built or not AXE.exists():
        return "NO CONSOLE: it is not built (scripts/console build)"
    return ""


@pytest.fixture(scope="session")
def hikers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The closed workspace; not to be written to."""
    place = tmp_path_factory.mktemp("e2e")
    shop.build(place / "shop", place / "files")
    return place / "shop"


@pytest.fixture(scope="session")
def site(hikers: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A server over a copy that tests only read, with the segments that come with dangol. Who asks is this computer, as with
    `dangol up --open`."""
    copy = tmp_path_factory.mktemp("served") / "shop"
    shutil.copytree(hikers, copy)
    with Workspace.open(copy) as ws:
        ws.apply(ws.plan("starter", effects=False))
    with serving(copy, draining=True) as live:
        yield live


@pytest.fixture
def own_site(hikers: Path, tmp_path: Path) -> Iterator[Live]:
    """A server over a copy that this test may change."""
    shutil.copytree(hikers, tmp_path / "shop")
    with serving(tmp_path / "shop", draining=True) as live:
        yield live


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Ends with its module: while it lives its event loop runs in this thread, and other tests need their own."""
    with sync_playwright() as playwright, running(playwright) as found:
        yield found


@pytest.fixture
def sit(browser: Browser) -> Iterator[Sit]:
    """`sit(url, lang="en", look="dark", width=390)`: somebody at a browser of their own."""
    with ExitStack() as stack:

        def down(url: str, **how: Any) -> Seat:
            one: AbstractContextManager[Seat] = seat(browser, url, **how)
            return stack.enter_context(one)

        yield down
