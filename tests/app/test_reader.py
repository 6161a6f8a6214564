"""Reading many records in a process of its own: the same facts as reading them here, and never fewer."""

from __future__ import annotations

import json
import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dangol.app import Reader, Workspace, changing, reader
from dangol.collect.wire import Envelope
from dangol.store import Record
from tests.app import shop, world
from tests.app.test_live import LOGIN, NOW, ORDER, VIEW

NAMES = ("Product Viewed", "Product Added", "주문서 작성")


@pytest.fixture
def two(empty: Path, tmp_path: Path) -> Iterator[tuple[Workspace, Workspace]]:
    """Two shops with the same keys: equal values have equal nodes."""
    folders = [Path(shutil.copytree(empty, tmp_path / name)) for name in ("one", "other")]
    with shop.reopen(folders[0]) as one, shop.reopen(folders[1]) as other:
        yield one, other


@pytest.fixture
def beside(two: tuple[Workspace, Workspace]) -> Iterator[Reader]:
    """The other process of the first shop, ready."""
    made = Reader(two[0])
    assert made.read([], 1) is None, "the first time it only starts"
    assert made.wait(60)
    yield made
    made.close()


def _bodies(many: int, seed: int) -> list[tuple[str, bytes]]:
    """Requests of every kind that comes: calls, batches, repeats, refused ones, what is no JSON, what another route sent."""
    r = random.Random(seed)
    found: list[tuple[str, Any]] = [("batch", {"batch": [VIEW, LOGIN, ORDER]}), ("track", VIEW), ("identify", LOGIN)]
    for number in range(many):
        who = {"anonymousId": f"a-{r.randint(1, 9)}", "messageId": f"m-{r.randint(1, many)}"}
        call = {"type": "track", "event": r.choice(NAMES), **who, "properties": {"price": r.randint(1, 9)}}
        found.append(r.choice([("track", call), ("batch", {"batch": [call, {**call, "userId": f"u-{number % 7}"}]})]))
    found += [("track", {"type": "track", "userId": "u"}), ("batch", {"batch": "none"})]
    return [(call, json.dumps(body, ensure_ascii=False).encode()) for call, body in found] + [
        ("track", b"{no json"),
        ("hook/gone", b"{}"),
        ("replay", b"{}"),
    ]


def _fill(ws: Workspace, bodies: list[tuple[str, bytes]]) -> None:
    sealed = [
        ws.privacy.sealer.seal(Envelope(f"e{n}", "site", "browser", call, NOW, "203.0.113.0", "Mozilla/5.0").pack(text))
        for n, (call, text) in enumerate(bodies)
    ]
    ws.intake.append([*sealed, b"nothing that was sealed here"])


@pytest.mark.parametrize(("seed", "ahead"), [(1, False), (2, False), (3, True)])
def test_both_ways_give_the_same_shop(two: tuple[Workspace, Workspace], beside: Reader, seed: int, ahead: bool) -> None:
    bodies = _bodies(reader.MANY + 50, seed)
    done = []
    for ws, by in zip(two, (beside, None), strict=True):
        _fill(ws, bodies[:-40] if ahead else bodies)
        if by and ahead:
            by.ahead()
            assert by.is_ahead
        if ahead:  # some come after that
            _fill(ws, bodies[-40:])
        done.append(ws.drain(refresh=False, reader=by))
        assert ws.intake.waiting().records == 0
    for name in ("requests", "calls", "events", "quarantined"):
        assert getattr(done[0], name) == getattr(done[1], name), name
    left, right = (world.tables(ws, without=(*world.DERIVED, "received_at", "at")) for ws in two)
    told = {n for n in left if n.endswith("_told")}  # in one write or in two
    assert {n for n in left if left[n] != right.get(n)} <= told
    assert world.held(two[0]) == world.held(two[1])
    seen = [sorted((r["source"], r["event"], r["property"], r["count"]) for r in ws.store.seen.rows()) for ws in two]
    assert seen[0] == seen[1]
    assert seen[0]


def test_settings_changed_meanwhile_are_read_with(two: tuple[Workspace, Workspace], beside: Reader) -> None:
    ws = two[0]
    dollars = {**ORDER, "messageId": "in-dollars", "properties": {**ORDER["properties"], "currency": "USD"}}
    body = json.dumps({"type": "track", **dollars}).encode()
    record = Record(1, ws.privacy.sealer.seal(Envelope("e", "site", "browser", "track", NOW).pack(body)))
    before = beside.read([record], 1)
    assert before is not None
    changing.change(ws, {"rates": {"USD": "1400"}}, str(changing.editable(ws)["version"]))
    assert beside.read([record], 1) is None, "it is started anew"
    assert beside.wait(60)
    after = beside.read([record], 1)
    assert after is not None
    assert before.staged.events.num_rows == 0, "nobody had said what a dollar is worth"
    assert after.staged.events.column("amount").to_pylist() == [30_000 * 1400]


def test_what_was_read_ahead_and_taken_in_elsewhere_is_forgotten(
    two: tuple[Workspace, Workspace], beside: Reader
) -> None:
    ws = two[0]
    _fill(ws, _bodies(reader.MANY, 5))
    beside.ahead()
    here = ws.drain(refresh=False)
    _fill(ws, [(call, body.replace(b"m-", b"n-")) for call, body in _bodies(3, 6)])
    there = ws.drain(refresh=False, reader=beside)
    assert here.events > reader.MANY / 4
    assert there.events > 0
    assert not beside.is_ahead
    assert ws.intake.waiting().records == 0


def test_a_reader_that_dies_while_it_is_ahead_loses_nothing(two: tuple[Workspace, Workspace], beside: Reader) -> None:
    ws = two[0]
    _fill(ws, _bodies(reader.MANY, 7))
    beside.ahead()
    assert beside.is_ahead
    assert beside._process is not None
    beside._process.kill()
    beside._process.wait()
    done = ws.drain(refresh=False, reader=beside)
    assert done.events > reader.MANY / 4
    assert ws.intake.waiting().records == 0
    assert not beside.is_ahead


def test_a_reader_that_dies_loses_nothing(two: tuple[Workspace, Workspace], beside: Reader) -> None:
    ws = two[0]
    bodies = _bodies(reader.MANY, 3)
    _fill(ws, bodies)
    assert beside._process is not None
    beside._process.kill()
    beside._process.wait()
    done = ws.drain(refresh=False, reader=beside)
    assert done.events > reader.MANY / 4
    assert ws.intake.waiting().records == 0
    assert beside.read([], 1) is None, "it is started anew"
    assert beside.wait(60)


def test_a_reader_that_hangs_is_ended(
    two: tuple[Workspace, Workspace], beside: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    import signal

    monkeypatch.setattr(reader, "LIMIT", 0.5)
    assert beside._process is not None
    beside._process.send_signal(signal.SIGSTOP)
    start = time.monotonic()
    assert beside.read([Record(n, b"x" * 1000) for n in range(500)], 1) is None
    assert time.monotonic() - start < 30
    assert beside._process is None


def test_it_ends_with_its_parent(two: tuple[Workspace, Workspace]) -> None:
    made = Reader(two[0])
    made.read([], 1)
    assert made.wait(60)
    process = made._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()  # what the system does when the parent is killed
    assert process.wait(20) == 0
    made.close()


def test_few_records_need_no_process(two: tuple[Workspace, Workspace]) -> None:
    ws, made = two[0], Reader(two[0])
    _fill(ws, _bodies(3, 4))
    ws.drain(refresh=False, reader=made)
    assert made._process is None
