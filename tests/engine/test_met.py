"""Whether events are here already: the filter never says no of one that is, whatever is written, undone or made meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.engine import DuckDBEngine, sql
from dangol.engine.bloom import Filter
from dangol.schema import TABLES
from tests.budget import examples

_IDS = st.lists(st.integers(0, 60), max_size=6, unique=True)
_STEPS = st.lists(
    st.tuples(st.sampled_from(["append", "query", "undone", "delete", "replace", "file", "made", "asked"]), _IDS),
    max_size=12,
)


def opened() -> DuckDBEngine:
    engine = DuckDBEngine(threads=1)
    engine.ensure(TABLES.values())
    engine.met.least = 0
    return engine


def rows(ids: list[int]) -> pa.Table:
    return pa.table({"event_id": pa.array(ids, pa.int64()), "customer_id": pa.array(ids, pa.int64())})


def made(engine: DuckDBEngine) -> None:
    """Ask until there is a filter."""
    engine.perhaps(rows([1])["event_id"])
    making = engine.met._making
    assert making is not None
    making.join()


def _do(engine: DuckDBEngine, step: str, ids: list[int]) -> None:
    match step:
        case "append":
            engine.append("events", rows(ids))
        case "query":
            with engine.scratch(rows(ids)) as name:
                engine.append("events", sql("SELECT * FROM t", tables={"t": name}))
        case "undone":
            with suppress(KeyError), engine.transaction():
                engine.append("events", rows(ids))
                engine.delete("events", sql("event_id > 30"))
                raise KeyError
        case "delete":
            engine.delete("events", sql("event_id IN :ids", ids=ids or [-1]))
        case "replace":
            engine.replace("events", rows(ids))
        case "file":
            engine.append("events", rows(ids), from_file=True)
        case "made":
            made(engine)


@settings(max_examples=examples(40), deadline=None)
@given(steps=_STEPS, asked=_IDS)
def test_an_event_that_is_here_is_never_denied(steps: list[tuple[str, list[int]]], asked: list[int]) -> None:
    engine = opened()
    made(engine)
    for step, ids in steps:
        _do(engine, step, ids)
        here = set(engine.run(sql("SELECT event_id FROM events"))["event_id"].to_pylist())
        for one in {*asked, *here}:
            assert engine.perhaps(rows([one])["event_id"]) or one not in here
    engine.close()


@pytest.mark.parametrize("write", [lambda e: e.append("events", rows([7])), lambda e: e.replace("events", rows([7]))])
def test_what_is_written_while_it_is_made_is_in_it(write: Callable[[DuckDBEngine], object]) -> None:
    engine = opened()
    engine.append("events", rows([1]))
    reading, go = threading.Event(), threading.Event()
    plain = engine.stream

    def slow(*args: object) -> object:
        found = list(plain(*args))  # type: ignore[arg-type]
        reading.set()
        assert go.wait(30)
        return (piece for piece in found)

    engine.stream = slow  # type: ignore[method-assign, assignment]
    assert engine.perhaps(rows([2])["event_id"]), "there is none yet"
    assert reading.wait(30)
    write(engine)
    go.set()
    made(engine)
    assert engine.perhaps(rows([7])["event_id"])
    engine.close()


def test_it_spares_the_table_and_grows_with_it() -> None:
    engine = opened()
    engine.append("events", rows([*range(1_000)]))
    made(engine)
    first = engine.met._filter
    assert first is not None
    assert not engine.perhaps(rows([*range(5_000, 6_000)])["event_id"])
    first.room = 1_500
    engine.append("events", rows([*range(2_000, 3_000)]))
    made(engine)
    assert engine.met._filter is not first
    assert engine.perhaps(rows([2_500])["event_id"])
    engine.close()


def test_small_shops_have_none() -> None:
    engine = opened()
    engine.met.least = 10
    made(engine)
    assert engine.met._filter is None
    assert engine.perhaps(rows([1])["event_id"])
    engine.close()


def test_what_cannot_be_made_is_not_tried_at_every_drain(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = opened()
    with monkeypatch.context() as broken:
        broken.setattr("dangol.engine.bloom.Filter", lambda room: 1 // 0)
        made(engine)
    tried = engine.met._making
    for _ in range(3):
        made(engine)
        assert engine.met._making is tried
    engine.close()


def test_few_are_taken_for_others() -> None:
    random = np.random.default_rng(5)
    kept = Filter(0)
    there = random.integers(0, 2**63, kept.room)
    kept.add(there)
    assert kept.holds(there).all()
    assert kept.holds(random.integers(0, 2**63, 500_000)).mean() < 2 / 24_000
    assert Filter(0).holds(np.arange(100)).sum() == 0
