"""Compiled passes against the SQL that defines the numbers, on a shop whose facts go on changing."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangol.engine import DuckDBEngine, column_files, sql
from dangol.insights import Funnel, Paths, Question, Retention, Step, answer
from dangol.schema import TABLES
from tests.insights.world import NAMES, Event, context, histories, load, rows_of

FILTERS: tuple[Any, ...] = (None, {"channel": "web"}, {"amount": {"at_least": 30}}, {"not": {"channel": {"missing": True}}},
                            {"any": [{"context.page.path": "/tea"}, {"channel": {"in": ["store"]}}]})  # fmt: skip


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    made = DuckDBEngine(tmp_path_factory.mktemp("passes") / "engine.duckdb", memory="400MB", threads=1)
    made.ensure(TABLES.values())
    made.copy.least = 0
    yield made
    made.close()


def step() -> st.SearchStrategy[Step]:
    return st.builds(Step, event=st.sampled_from((*NAMES, "", NAMES[:2])), where=st.sampled_from(FILTERS))


def questions() -> st.SearchStrategy[Question]:
    common = {
        "period": st.sampled_from(("2026-01-01..2026-03-01", "2026-01-20..2026-02-10", "all")),
        "filter": st.sampled_from(FILTERS),
        "where": st.sampled_from((None, {"trait": "orders", "at_least": 1})),
    }
    funnel = st.builds(
        Funnel, steps=st.lists(step(), min_size=2, max_size=4).map(tuple), order=st.sampled_from(("ordered", "strict", "any")),
        window=st.sampled_from(("30 minutes", "1 day", "9 days")), **common,
    )  # fmt: skip
    retention = st.builds(
        Retention, start=step(), back=step(), interval=st.sampled_from(("day", "week", "month")), first=st.booleans(),
        rolling=st.booleans(), most=st.sampled_from((3, 12)), brackets=st.sampled_from(((), (0, 1, 3), (1, 2, 4))), **common,
    )  # fmt: skip
    paths = st.builds(
        Paths, nodes=st.sampled_from(("event", "page", "channel")), gap=st.sampled_from(("", "30 minutes", "2 days")),
        after=st.none() | step(), depth=st.integers(1, 4), top=st.integers(1, 4), **common,
    )  # fmt: skip
    back = st.builds(Paths, before=step(), gap=st.sampled_from(("", "2 days")), depth=st.integers(1, 4), **common)
    return st.one_of(funnel, retention, paths, back)


def same(engine: DuckDBEngine, asked: Question) -> None:
    by_sql, by_pass = (answer(engine, asked, context(use=use)) for use in ("sql", "passes"))
    assert (by_sql.by, by_pass.by) == ("sql", "passes")
    assert by_pass.rows_read == by_sql.rows_read
    for name, table in by_sql.data.items():
        assert by_pass.data[name].to_pylist() == table.to_pylist(), name


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories(most=30).filter(bool), questions())
def test_passes_equal_the_sql(engine: DuckDBEngine, events: list[Event], asked: Question) -> None:
    load(engine, events)
    engine.replace("customers", pa.table({"customer_id": [1, 2, 3, 4, 5], "orders": [0, 1, 2, None, 3]}))
    same(engine, asked)


CHANGES = st.tuples(st.sampled_from(("append", "merge", "erase", "undo")), st.integers(1, 5), st.integers(1, 5))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories(most=20).filter(bool), st.lists(CHANGES, max_size=4))
def test_the_copy_follows_every_change(
    engine: DuckDBEngine, events: list[Event], changes: list[tuple[str, int, int]]
) -> None:
    load(engine, events)
    asked = Funnel(steps=(Step(event="Product Viewed"), Step(event="Order Completed")), window="9 days", period="all")
    same(engine, asked)
    for number, (what, one, other) in enumerate(changes):
        if what == "append":
            at = dt.datetime(2026, 1, 3 + number, tzinfo=dt.UTC)
            engine.append("events", rows_of([Event(one, at, 1000 + number, NAMES[number % 3])]))
        elif what == "merge":
            moved = sql("SELECT * REPLACE (:b AS customer_id) FROM events WHERE customer_id = :a", a=one, b=other)
            with engine.transaction(), engine.scratch(moved) as rows:
                engine.delete("events", sql("customer_id = :a", a=one))
                engine.append("events", sql("SELECT * FROM r", tables={"r": rows}))
        elif what == "erase":
            with engine.forgetting(), engine.transaction():
                engine.delete("events", sql("customer_id = :a", a=one))
        else:
            with suppress(ZeroDivisionError), engine.transaction():
                engine.delete("events", sql("customer_id = :a", a=one))
                raise ZeroDivisionError
        same(engine, asked)


def _shop(tmp_path: Path) -> DuckDBEngine:
    engine = DuckDBEngine(tmp_path / "engine.duckdb", memory="400MB", threads=1)
    engine.ensure(TABLES.values())
    engine.copy.least = 0
    return engine


def _events(*customers: int) -> list[Event]:
    day = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
    return [Event(c, day + dt.timedelta(hours=i), 10 * c + i, NAMES[i]) for c in customers for i in range(3)]


NAME = {"name": sql("name")}


def test_the_copy_outlives_the_process_and_what_came_since(tmp_path: Path) -> None:
    engine = _shop(tmp_path)
    load(engine, _events(1, 2))
    assert engine.columns(NAME, wait=True) is not None
    engine.append("events", rows_of(_events(3)))
    engine.close()
    again = _shop(tmp_path)
    found = again.columns(NAME)  # without waiting: it is there
    assert found is not None
    here = [p.ids if p.left is None else p.ids[~p.left] for p in found.parts]
    assert sorted(np.concatenate(here).tolist()) == [1, 2, 3]
    again.close()


def test_a_kill_throws_it_away(tmp_path: Path) -> None:
    engine = _shop(tmp_path)
    load(engine, _events(1, 2))
    assert engine.columns(NAME, wait=True) is not None
    engine.append("events", rows_of(_events(3)))
    engine.copy.close = lambda: None  # type: ignore[method-assign]  # as a kill would: nothing is put in order
    engine.close()
    again = _shop(tmp_path)
    again.copy.least = 10**9
    assert again.columns(NAME) is None
    assert not (tmp_path / "engine.duckdb.columns").exists()
    again.close()


def test_a_file_from_a_backup_is_not_taken_for_the_one_it_was_made_of(tmp_path: Path) -> None:
    engine = _shop(tmp_path)
    load(engine, _events(1, 2))
    assert engine.columns(NAME, wait=True) is not None
    engine.close()
    kept = (tmp_path / "engine.duckdb.columns").rename(tmp_path / "kept")
    other = _shop(tmp_path)
    other.append("events", rows_of(_events(3)))
    other.close()
    kept.rename(tmp_path / "engine.duckdb.columns")
    again = _shop(tmp_path)
    again.copy.least = 10**9
    assert again.columns(NAME) is None
    again.close()


def test_erasing_reaches_the_copy_at_once(tmp_path: Path) -> None:
    engine = _shop(tmp_path)
    load(engine, _events(1, 2))
    assert engine.columns(NAME, wait=True) is not None
    with engine.forgetting(), engine.transaction():
        engine.delete("events", sql("customer_id = 1"))
        assert not (tmp_path / "engine.duckdb.columns").exists()
    engine.close()


def test_a_question_amid_an_erasure_holds_nobody_up(tmp_path: Path) -> None:
    engine = _shop(tmp_path)
    load(engine, _events(1, 2))
    fresh = tmp_path / "engine.duckdb.columns.new"
    fresh.mkdir()  # what a kill left, with values in it
    assert engine.columns(NAME, wait=True) is not None
    assert not fresh.exists()

    def erase() -> None:
        with engine.forgetting(), engine.transaction():
            engine.delete("events", sql("customer_id = 1"))
            assert engine.columns(NAME) is None  # it is gone, and a new one waits until nobody writes

    erasing = threading.Thread(target=erase, daemon=True)
    erasing.start()
    erasing.join(20)
    assert not erasing.is_alive()
    found = engine.columns(NAME, wait=True)
    assert found is not None
    assert [p.ids.tolist() for p in found.parts] == [[2]]
    engine.append("events", rows_of(_events(3)))
    assert (tmp_path / "engine.duckdb.columns" / "open").exists()
    engine.close()
    fresh.mkdir()
    _shop(tmp_path).close()
    assert not fresh.exists()


def test_a_shop_that_receives_events_gets_its_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = _shop(tmp_path)
    load(engine, _events(1, 2, 3))
    build, asked = column_files.build, Funnel(steps=(Step(event=NAMES[0]), Step(event=NAMES[1])), period="all")

    def amid_writes(*given: Any, **more: Any) -> dict[str, Any]:
        engine.append("events", rows_of(_events(4)))
        told = build(*given, **more)
        engine.delete("events", sql("customer_id = 2"))
        return told

    monkeypatch.setattr(column_files, "build", amid_writes)
    assert engine.columns(NAME, wait=True) is not None
    monkeypatch.undo()
    same(engine, asked)
    engine.close()
    again = _shop(tmp_path)
    assert again.columns(NAME) is not None
    same(again, asked)
    nobody = answer(again, Retention(period="next month"), context(use="passes"))
    assert nobody.data["cohorts"].num_rows == 0
    again.close()


def test_what_fails_in_the_background_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    engine = _shop(tmp_path)
    load(engine, _events(1))
    monkeypatch.setattr(engine, "snapshot", lambda: 1 / 0)
    assert engine.columns(NAME, wait=True) is None
    assert "ZeroDivisionError" in caplog.text
    engine.close()


def test_a_full_disk_leaves_the_question_to_sql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = _shop(tmp_path)
    load(engine, _events(1, 2))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dangol.engine.column_files.build", full)
    asked = Funnel(steps=(Step(event=NAMES[0]), Step(event=NAMES[1])), period="all")
    found = answer(engine, asked, context(use="passes"))
    assert found.by == "sql"
    assert found.data["steps"]["customers"].to_pylist() == [2, 2]
    assert not (tmp_path / "engine.duckdb.columns").exists()
    engine.close()


def test_many_changed_customers_make_it_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dangol.engine.duckdb_columns.TOUCHED", 0)
    engine = _shop(tmp_path)
    load(engine, _events(*range(1, 30)))
    assert engine.columns(NAME, wait=True) is not None
    engine.append("events", rows_of(_events(*range(30, 40))))
    found = engine.columns(NAME, wait=True)
    assert found is not None
    assert len(found.parts) == 1
    assert len(found.parts[0].ids) == 39
    engine.close()
