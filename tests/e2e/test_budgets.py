"""What the console may cost: bytes before the first screen, and time, in a real Chromium on loopback.

Times are the best of `TRIES`: other tests run on the same cores, and what they take is not the console's. A console that is
too slow is so each time.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest

from tests.e2e.browser import VITALS, Seat
from tests.e2e.conftest import Sit
from tests.server.live import Live

SCRIPT = 350 * 1024
LCP = 1_500
INP = 200
TRIES = 4


def best(measure: Callable[[], float], budget: float) -> float:
    """Milliseconds: the first that is within the budget, or the least of all tries."""
    found = []
    for _ in range(TRIES):
        found.append(measure())
        if found[-1] <= budget:
            break
    print(", ".join(f"{ms:.0f} ms" for ms in found))
    return min(found)


@pytest.mark.parametrize("path", ["/", "/customers", "/segments", "/understand"])
def test_the_first_load_is_small(site: Live, sit: Sit, path: str) -> None:
    seat = sit(site.url)
    bodies: dict[str, bytes] = {}
    seat.page.on(
        "response", lambda a: bodies.update({a.url: a.body()}) if a.url.split("?")[0].endswith(".js") else None
    )
    seat.open(path)  # with its pictures: everything that a first look loads
    sizes = {url: len(gzip.compress(body, 9)) for url, body in bodies.items()}
    print(path, f"{sum(sizes.values()) / 1024:.0f} KB of script")
    assert sum(sizes.values()) <= SCRIPT, sizes


@pytest.mark.parametrize("path", ["/", "/customers"])
def test_it_is_painted_soon(site: Live, sit: Sit, path: str) -> None:
    seat = sit(site.url)
    seat.open("/")  # the server's own first answer is not what is measured
    seat.page.add_init_script(
        "new PerformanceObserver((l) => { for (const e of l.getEntries()) window.__lcp = e.startTime })"
        ".observe({ type: 'largest-contentful-paint', buffered: true })"
    )

    def painted() -> float:
        seat.open(path)
        return float(seat.page.evaluate("() => window.__lcp"))

    assert best(painted, LCP) <= LCP


def test_it_answers_a_hand_at_once(site: Live, sit: Sit) -> None:
    """Interaction to next paint, by Google's own measure, over clicks and keys on the busiest screens."""
    seat = sit(site.url, lang="en")
    assert best(lambda: _interact(seat), INP) <= INP


def _interact(seat: Seat) -> float:
    page = seat.open("/customers")
    watch = "webVitals.onINP((m) => { window.__inp = m.value }, { reportAllChanges: true, durationThreshold: 16 })"
    page.evaluate(f"{VITALS.read_text(encoding='utf-8')};{watch}")
    page.get_by_role("button", name="Columns").click()
    page.keyboard.press("Escape")
    page.locator("th button").nth(1).click()
    seat.settle()
    page.locator("tbody tr").first.click()
    seat.settle()
    for tab in ("Demographic", "Analytic", "Behavioural"):
        page.get_by_role("tab", name=tab).click()
    page.keyboard.press("g")
    page.keyboard.press("h")
    seat.settle()
    page.get_by_text("28 days", exact=True).click()
    seat.settle()
    page.wait_for_timeout(300)
    found = float(page.evaluate("() => window.__inp ?? 0"))
    assert found > 0, "nothing was measured"
    return found
