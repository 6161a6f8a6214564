"""Taking in gives way to receiving, for a while; groups of any size are kept in their order."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.privacy import Keys, Sealer
from dangol.server import pressure as module
from dangol.server.pressure import Pressure
from dangol.store import StoreLog

KEYS = Keys(b"p" * 32, b"d" * 32, b"q" * 32, b"w" * 32)


@pytest.mark.parametrize(
    ("share", "waiting", "high"), [(0.9, 200, True), (0.9, 1, False), (0.3, 200, False), (0.3, 1, False)]
)
def test_a_flood_takes_the_processor_and_still_keeps_many_waiting(
    share: float, waiting: int, high: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVERY", 0.02)
    seen = []
    told: list[bool] = []

    async def run() -> None:
        loop = asyncio.get_running_loop()
        pressure = Pressure(clock=lambda: share * loop.time(), told=told.append)
        pressure.open = waiting
        pressure.begin(loop)
        pressure.begin(loop)
        await asyncio.sleep(0.3)
        seen.append(pressure.high)
        pressure.open = 0
        await asyncio.sleep(0.5)
        seen.append(pressure.high)

    asyncio.run(run())
    assert seen == [high, False]
    assert told == [True, False] * high


@pytest.mark.parametrize("where", ["high", "elsewhere"])
def test_it_gives_way_no_longer_than_it_may(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 0.2)
    pressure = Pressure()
    pressure.give_way(lambda: False)
    setattr(pressure, where, True)
    start = time.monotonic()
    pressure.give_way(lambda: False)
    assert 0.2 <= time.monotonic() - start < 5
    start = time.monotonic()
    monkeypatch.setattr(module, "MOST", 60.0)
    pressure.give_way(lambda: True)
    assert time.monotonic() - start < 5


@settings(max_examples=15, deadline=None)
@given(many=st.integers(1, 1_500), size=st.sampled_from([1, 40, 20_000]))
def test_a_group_is_kept_whole_and_in_its_order(many: int, size: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    many = min(many, 300) if size > 1_000 else many
    records = [n.to_bytes(4, "big") * (size // 4 + 1) for n in range(many)]
    log = StoreLog.open(Path(tmp_path_factory.mktemp("log")) / "intake.sqlite")
    try:
        log.append(records)
        found = log.read(many + 1, most_bytes=10**9)
    finally:
        log.close()
    assert [r.sealed for r in found] == records
    assert all(a.position < b.position for a, b in itertools.pairwise(found))


@given(st.lists(st.binary(max_size=200), max_size=30))
def test_sealed_together_is_sealed_each_for_itself(records: list[bytes]) -> None:
    sealer = Sealer(KEYS)
    sealed = sealer.seal_all(records)
    assert [sealer.open(one) for one in sealed] == records
    assert len({one[:12] for one in sealed}) == len(records)


def test_the_random_numbers_are_each_used_once() -> None:
    asked: list[int] = []

    def random(size: int) -> bytes:
        asked.append(size)
        return os.urandom(size)

    Sealer(KEYS, random=random).seal_all([b"a", b"b", b"c"])
    assert asked == [36]
