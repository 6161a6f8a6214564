"""`dangol bench` on a small shop: every number is there, and what cannot hold says so. No test here is about speed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.app import Workspace
from dangol.bench import report, world
from dangol.bench.__main__ import main
from dangol.bench.load import Load, Requests, Seen
from dangol.bench.measure import Taking, Watched, marks, slope
from dangol.bench.shop import MARKED, made
from dangol.collect.wire import Call, Envelope, Money, read_body, read_calls
from tests.app import shop


def _made(folder: Path) -> int:
    return made(folder, 300, 3_000, now=lambda: shop.NOW, told=lambda *_: None).customers


def test_the_same_shop_every_time(tmp_path: Path) -> None:
    told = []
    for name in ("a", "b"):
        _made(tmp_path / name)
        with Workspace.open(tmp_path / name, watch=lambda: shop.NOW) as ws:
            assert len(ws.segments("en")) == 101
            sizes = {row["segment"]: row["customers"] for row in ws.segments("en")}
            facts = ws.sql("SELECT event_id, customer_id, at, name, amount FROM events ORDER BY event_id").table
            told.append((sizes, facts))
            assert ws.count(MARKED).customers == 0
            assert [c for c in ws.doctor() if c["state"] == "wrong"] == []
    assert told[0] == told[1]
    entered = [n for n in told[0][0].values() if n]
    assert len(entered) > 60, "most segments have somebody"


def test_a_shop_that_is_there_is_used_again(tmp_path: Path) -> None:
    _made(tmp_path / "a")
    again = made(tmp_path / "a", 300, 3_000, now=lambda: shop.NOW, told=lambda *_: pytest.fail("made anew"))
    assert again.made_in == 0.0


@pytest.mark.parametrize("size", [1, 7])
def test_requests_are_what_sdks_send_and_no_event_comes_twice(size: int) -> None:
    requests = Requests(Load(1, "key", size, customers=10))
    money = Money("KRW", {})
    keys = []
    for _ in range(20):
        head, body = requests.make().split(b"\r\n\r\n")
        assert f"content-length: {len(body)}".encode() in head
        envelope = Envelope("e", "bench", "server", "track" if size == 1 else "batch", shop.NOW)
        for call in read_calls(envelope, read_body(body), money):
            assert isinstance(call, Call)
            assert call.identifiers[0][0] == "user_id"
            assert call.identifiers[0][1] in {world.user(n) for n in range(1, 11)}
            keys.append(call.key)
    assert len(keys) == len(set(keys)) == 20 * size


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200))
def test_percentiles_are_by_nearest_rank(values: list[float]) -> None:
    told = marks(values)
    assert told == tuple(np.percentile(values, [50, 95, 99], method="inverted_cdf"))


@given(st.floats(-5, 5), st.floats(0, 1000), st.integers(6, 60))
def test_the_slope_is_that_of_a_line(a_minute: float, start: float, points: int) -> None:
    line = [(float(t), start + a_minute * t / 60) for t in range(points)]
    assert slope(line) == pytest.approx(a_minute, abs=1e-6)


def _seen(requests: int) -> Seen:
    return Seen(requests, requests, 1.0, 0, {"200": requests}, 1.0, 2.0, 3.0)


def test_the_ratio_is_the_median_of_the_rounds() -> None:
    taking = Taking(1, tuple(_seen(100) for _ in range(3)), (_seen(90), _seen(10), _seen(60)))
    assert taking.ratio == 0.6


def test_what_was_not_seen_does_not_hold() -> None:
    lines = {line.name: line for line in report.of_load(Watched(), 1_000)}
    assert lines["load.enter.p95"].holds is False
    assert lines["load.profile.p95"].holds is False


def test_a_membership_that_never_came_does_not_hold() -> None:
    lines = {line.name: line for line in report.of_load(Watched(entered=[0.1] * 100, late=1), 1_000)}
    assert lines["load.enter.p95"].holds is False


def test_a_growing_queue_does_not_hold() -> None:
    flat = Watched(queue=[(float(t), 500 + t % 7) for t in range(100)])
    grown = Watched(queue=[(float(t), 50 * t) for t in range(100)])
    held = [{line.name: line.holds for line in report.of_load(w, 1_000)}["load.queue"] for w in (flat, grown)]
    assert held == [True, False]


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_both_languages_say_the_same_numbers(lang: str) -> None:
    lines = report.of_soak(Watched(memory=[(float(t), 100.0) for t in range(20)]), 10)
    text = report.printed(lines, lang, len)  # type: ignore[arg-type]
    assert len(text.splitlines()) == len(lines)
    assert ("MISSED" in text) is (lang == "en")
    assert ("못 지킴" in text) is (lang == "ko")


@pytest.mark.parametrize(
    "wrong", [["--rate", "0"], ["--customers", "5"], ["--soak", "-1"], ["--rate", "1000000"], ["--only", "x"]]
)
def test_what_may_be_asked_is_bounded(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(wrong)
    assert ended.value.code == 2


@pytest.mark.slow
def test_the_whole_measurement(tmp_path: Path) -> None:
    asked = [
        "--customers",
        "300",
        "--events",
        "3000",
        "--rate",
        "50",
        "--seconds",
        "8",
        "--connections",
        "4",
        "--json",
    ]
    command = [sys.executable, "-m", "dangol.bench", *asked, "--shop", str(tmp_path / "shop")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode in (0, 1), done.stderr
    told = json.loads(done.stdout)
    numbers = {line["name"]: line["value"] for part in ("intake", "load") for line in told[part]}
    assert numbers["intake.errors"] == numbers["load.errors"] == 0
    assert min(numbers[f"intake.{size}.{which}"] for size in ("single", "batch") for which in ("empty", "durable")) > 0
    assert numbers["load.entered"] > 0
    assert numbers["load.profile.p50"] > 0
    with Workspace.open(tmp_path / "shop") as ws:
        assert ws.count(MARKED).customers >= numbers["load.entered"]
