"""The default engine when things go wrong: kills, full disks, broken files, two processes, Ctrl-C, threads."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from dangol.engine import DuckDBEngine, sql
from dangol.schema import REDIRECTS, TABLES, BusyError, EngineError

COUNT = sql("SELECT count(*) AS n, count(DISTINCT old_id) AS ids FROM redirects")


def filled(path: Path, rows: int = 100) -> None:
    engine = DuckDBEngine(path)
    engine.ensure([REDIRECTS])
    engine.append("redirects", pa.table({"old_id": range(rows), "customer_id": range(rows)}))
    engine.close()


def ask(path: Path, text: str) -> pa.Table:
    opened = DuckDBEngine(path)
    try:
        return opened.run(sql(text))
    finally:
        opened.close()


def rows(path: Path) -> int:
    engine = DuckDBEngine(path)
    found = engine.run(COUNT).to_pylist()[0]
    engine.append("redirects", pa.table({"old_id": [-1], "customer_id": [-1]}))  # it takes writes again
    engine.delete("redirects", sql("old_id = -1"))
    engine.close()
    assert found["n"] == found["ids"]
    return int(found["n"])


def python(code: str, *args: object) -> subprocess.Popen[str]:
    head = "import sys, resource\nfrom pathlib import Path\nimport pyarrow as pa\nfrom dangol.engine import DuckDBEngine, sql\n"
    text = head + textwrap.dedent(code)
    return subprocess.Popen(
        [sys.executable, "-c", text, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


# -- kills -----------------------------------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.parametrize("wait", [0.0, 0.3, 1.0])
def test_a_kill_in_the_middle_of_a_write_leaves_all_or_nothing(tmp_path: Path, wait: float) -> None:
    path = tmp_path / "engine.duckdb"
    filled(path)
    writer = python(
        """
        engine = DuckDBEngine(sys.argv[1], threads=1)
        print("ready", flush=True)
        with engine.transaction():
            engine.append("redirects", sql("SELECT 1000 + range AS old_id, hash(range) % 97 AS customer_id FROM range(4000000)"))
            engine.delete("redirects", sql("old_id < 100"))
            print("written", flush=True)
        print("committed", flush=True)
        """,
        path,
    )
    assert writer.stdout
    assert writer.stdout.readline() == "ready\n"
    time.sleep(wait)
    writer.kill()
    rest, _ = writer.communicate(timeout=60)
    assert rows(path) in ({4_000_000} if "committed" in rest else {100, 4_000_000})


def test_a_kill_before_commit_leaves_nothing_and_no_overflow_files(tmp_path: Path) -> None:
    path = tmp_path / "engine.duckdb"
    filled(path)
    left = Path(f"{path}.tmp")
    left.mkdir(exist_ok=True)
    (left / "duckdb_temp_999999999_0_storage_DEFAULT-0.tmp").write_bytes(b"of a killed process")
    writer = python(
        """
        engine = DuckDBEngine(sys.argv[1])
        with engine.transaction():
            engine.append("redirects", pa.table({"old_id": [1000], "customer_id": [1]}))
            print("written", flush=True)
            sys.stdin.read()
            import time; time.sleep(60)
        """,
        path,
    )
    assert writer.stdout
    assert writer.stdout.readline() == "written\n"
    writer.kill()
    writer.communicate(timeout=30)
    assert rows(path) == 100
    assert list(left.glob("duckdb_temp_999999999*")) == []


# -- a full disk -----------------------------------------------------------------------------------------------------
@pytest.mark.skipif(sys.platform == "win32", reason="needs RLIMIT_FSIZE")
def test_a_disk_that_fills_leaves_nothing_half_written(tmp_path: Path) -> None:
    path = tmp_path / "engine.duckdb"
    filled(path)
    writer = python(
        """
        from dangol.schema import EngineError
        engine = DuckDBEngine(sys.argv[1], threads=1)
        resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, resource.RLIM_INFINITY))
        try:
            with engine.transaction():
                engine.append("redirects", pa.table({"old_id": [1000], "customer_id": [1]}))
                engine.append("redirects", sql("SELECT range AS old_id, hash(range) // 2 AS customer_id FROM range(2000000)"))
        except EngineError as error:
            print(error.code, "|", error.message, "|", error.hint)
        """,
        path,
    )
    out, err = writer.communicate(timeout=120)
    assert writer.returncode == 0, err[-2000:]
    assert out.startswith("engine | ")
    assert "disk space" in out
    assert rows(path) == 100


# -- broken files ----------------------------------------------------------------------------------------------------
def test_a_file_that_is_no_database_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "engine.duckdb"
    path.write_bytes(b"not a database, certainly" * 1000)
    with pytest.raises(EngineError, match="damaged or is not one") as caught:
        DuckDBEngine(path)
    assert "restore" in caught.value.hint.en
    assert path.read_bytes().startswith(b"not a database")


@pytest.mark.parametrize("size", [0.02, 0.5, 0.95])
def test_a_truncated_file_is_one_clear_error(tmp_path: Path, size: float) -> None:
    path = tmp_path / "engine.duckdb"
    engine = DuckDBEngine(path)
    engine.replace("t", sql("SELECT range AS a, hash(range) AS b FROM range(300000)"))
    engine.close()
    os.truncate(path, int(path.stat().st_size * size))
    with pytest.raises(EngineError) as caught:
        ask(path, "SELECT sum(a) AS a, max(b) AS b FROM t")
    assert "damaged" in caught.value.message.en
    assert caught.value.hint.en


def test_a_damaged_block_is_named_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "engine.duckdb"
    engine = DuckDBEngine(path)
    engine.replace("t", sql("SELECT hash(range) AS b FROM range(600000)"))
    engine.close()
    content = bytearray(path.read_bytes())
    for at in range(len(content) // 4, len(content) * 3 // 4, 50_000):
        content[at : at + 50] = b"x" * 50
    path.write_bytes(content)
    with pytest.raises(EngineError, match="damaged") as caught:
        ask(path, "SELECT sum(b % 7) AS b FROM t")
    assert "restore" in caught.value.hint.en


def test_a_missing_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="folder") as caught:
        DuckDBEngine(tmp_path / "nowhere" / "engine.duckdb")
    assert "dangol init" in caught.value.hint.en


# -- two processes ---------------------------------------------------------------------------------------------------
def test_a_second_process_gets_a_clear_word(tmp_path: Path) -> None:
    path = tmp_path / "engine.duckdb"
    filled(path)
    holder = python(
        "engine = DuckDBEngine(sys.argv[1])\nprint('open', flush=True)\nsys.stdin.read()\nimport time; time.sleep(60)",
        path,
    )
    try:
        assert holder.stdout
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(BusyError, match=f"another process.*{holder.pid}"):
            DuckDBEngine(path)
        with pytest.raises(BusyError):
            DuckDBEngine(path, read_only=True)
    finally:
        holder.kill()
        holder.communicate(timeout=30)
    assert rows(path) == 100


def test_reading_only_refuses_to_write(tmp_path: Path) -> None:
    path = tmp_path / "engine.duckdb"
    filled(path)
    reader = DuckDBEngine(path, read_only=True)
    assert reader.run(COUNT).to_pylist()[0]["n"] == 100
    with pytest.raises(EngineError):
        reader.append("redirects", pa.table({"old_id": [1], "customer_id": [1]}))
    reader.close()


# -- Ctrl-C ----------------------------------------------------------------------------------------------------------
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_ends_a_query_soon_and_leaves_the_engine_usable(tmp_path: Path) -> None:
    path = tmp_path / "engine.duckdb"
    filled(path)
    runner = python(
        """
        import signal
        signal.signal(signal.SIGINT, signal.default_int_handler)
        engine = DuckDBEngine(sys.argv[1])
        print("ready", flush=True)
        try:
            with engine.transaction():
                engine.append("redirects", pa.table({"old_id": [1000], "customer_id": [1]}))
                engine.run(sql("SELECT count(*) AS n FROM range(100000000) AS a, range(100000) AS b WHERE a.range + b.range = 7"))
        except KeyboardInterrupt:
            print("stopped", engine.run(sql("SELECT count(*) AS n FROM redirects"))["n"][0].as_py(), flush=True)
        """,
        path,
    )
    assert runner.stdout
    assert runner.stdout.readline() == "ready\n"
    time.sleep(0.7)
    runner.send_signal(signal.SIGINT)
    out, err = runner.communicate(timeout=60)
    assert out == "stopped 100\n", err[-2000:]


# -- threads ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDBEngine]:
    made = DuckDBEngine(tmp_path / "engine.duckdb", memory="200MB", threads=2)
    made.ensure(TABLES.values())
    yield made
    made.close()


def test_threads_see_only_what_is_committed(engine: DuckDBEngine) -> None:
    seen: list[int] = []

    def look() -> None:
        seen.append(engine.run(COUNT)["n"][0].as_py())

    def beside() -> None:
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()

    with engine.transaction():
        engine.append("redirects", pa.table({"old_id": [1], "customer_id": [1]}))
        beside()
    beside()
    assert seen == [0, 1]


def test_many_threads_may_write(engine: DuckDBEngine) -> None:
    failed: list[BaseException] = []

    def write(start: int) -> None:
        try:
            for i in range(10):
                with engine.transaction():
                    engine.append("redirects", pa.table({"old_id": [start + i], "customer_id": [0]}))
                    engine.update("redirects", {"customer_id": sql("customer_id + 1")}, sql("old_id = :i", i=start + i))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(n * 100,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert engine.run(sql("SELECT count(*) AS n, sum(customer_id) AS s FROM redirects")).to_pylist() == [
        {"n": 60, "s": 60}
    ]


# -- memory ----------------------------------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.parametrize("private", [True, False])
def test_more_than_memory_overflows_to_disk_encrypted_where_it_is_private(tmp_path: Path, private: bool) -> None:
    engine = DuckDBEngine(tmp_path / "a.duckdb", memory="200MB", private=private)
    wide = sql("SELECT range AS a, md5(range::VARCHAR) || repeat('needle', 20) AS b FROM range(1500000) ORDER BY b")
    with engine.scratch(wide) as name:
        overflow = [f for f in Path(f"{engine._path}.tmp").glob("*") if f.stat().st_size > 1000]
        assert overflow, "the test must overflow"
        assert any(b"needleneedle" in f.read_bytes() for f in overflow) != private
        assert engine.run(sql("SELECT count(*) AS n FROM t", tables={"t": name}))["n"][0].as_py() == 1_500_000
    assert not [f for f in Path(f"{engine._path}.tmp").glob("*") if f.stat().st_size > 1000]
    engine.close()


def test_what_cannot_fit_is_one_clear_error(engine: DuckDBEngine) -> None:
    with pytest.raises(EngineError, match="memory") as caught:
        engine.run(sql("SELECT list(md5(range::VARCHAR)) AS l FROM range(20000000)"))
    assert "memory setting" in caught.value.hint.en
    assert engine.run(COUNT)["n"][0].as_py() == 0


def test_values_of_rows_stay_out_of_errors(engine: DuckDBEngine) -> None:
    with engine.scratch(pa.table({"said": ["minsu@example.kr"]})) as name, pytest.raises(EngineError) as caught:
        engine.run(sql("SELECT CAST(said AS INTEGER) AS n FROM t", tables={"t": name}))
    assert "minsu" not in str(caught.value)


@pytest.mark.slow
def test_what_went_in_sorted_needs_no_compaction(engine: DuckDBEngine) -> None:
    first = sql(
        "SELECT range AS event_id, hash(range) % 50000 AS customer_id,"
        " TIMESTAMP '2026-01-01' + to_seconds(range) AS at FROM range(700000)"
    )
    engine.append("events", first)
    assert engine.compact() == []
    before = engine.run(sql("SELECT sum(hash(event_id, customer_id, at)) AS h, count(*) AS n FROM events")).to_pylist()
    again = sql(
        "SELECT 700000 + range AS event_id, hash(range) % 50000 AS customer_id,"
        " TIMESTAMP '2026-02-01' + to_seconds(range) AS at FROM range(300000)"
    )
    engine.append("events", again)
    stats = next(t for t in engine.stats().tables if t.name == "events")
    assert stats.recent == pytest.approx(0.3, abs=0.1)  # a row group holds rows of both
    assert stats.reads is not None
    assert stats.reads > 2
    assert engine.compact() == ["events"]
    assert engine.compact() == []
    after = next(t for t in engine.stats().tables if t.name == "events")
    assert after.reads == pytest.approx(1, abs=0.01)
    kept = sql("SELECT sum(hash(event_id, customer_id, at)) AS h, count(*) AS n FROM events WHERE event_id < 700000")
    assert engine.run(kept).to_pylist() == before
    order = sql(
        "SELECT count(*) AS n FROM (SELECT customer_id < lag(customer_id) OVER (ORDER BY rowid) AS d FROM events) AS x WHERE d"
    )
    assert engine.run(order)["n"][0].as_py() == 0
    engine.ensure(TABLES.values())
    assert engine.tables()["events"] == list(TABLES["events"].names)


def test_a_rewrite_in_ranges_keeps_every_row(engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dangol.engine.duckdb_compact.CHUNK", 40_000)
    rows = (
        "SELECT range + :a AS event_id, CASE WHEN range % 50 = 0 THEN NULL ELSE hash(range) % 300 END AS customer_id,"
        " TIMESTAMP '2026-01-01' AS at FROM range(150000)"
    )
    for start in (0, 1_000_000):
        engine.append("events", sql(rows, a=start))
    question = sql("SELECT count(*) AS n, count(DISTINCT event_id) AS d, sum(customer_id) AS s FROM events")
    before = engine.run(question).to_pylist()
    assert engine.compact() == ["events"]
    assert engine.run(question).to_pylist() == before


@pytest.mark.parametrize("kept", [False, True], ids=["scratch", "kept"])
def test_rows_put_into_an_empty_table_in_one_transaction_are_all_there(kept: bool) -> None:
    """DuckDB 2.0 loses them where the table was made by a query without rows (see `duckdb_catalog.solid`)."""
    n = 130_000
    rows = pa.table({"i": pa.array(range(n), pa.int64()), "s": pa.array(["a"] * n)})
    engine = DuckDBEngine(threads=2)
    with engine.transaction(), engine.scratch(rows.slice(0, 0)) as scratch:
        table = "filled" if kept else scratch
        if kept:
            engine.replace(table, rows.slice(0, 0))
        engine.append(table, rows)
        tables = {"f": table}
        alone = sql("SELECT count(*) AS n FROM (SELECT i, s FROM f GROUP BY i, s) AS g", tables=tables)
        joined = sql("SELECT count(*) AS n FROM f JOIN (SELECT i FROM f) AS g ON g.i = f.i", tables=tables)
        anti = sql("SELECT count(*) AS n FROM f WHERE NOT EXISTS (SELECT 1 FROM g WHERE g.i = f.i)",
                   tables={"f": table, "g": sql("SELECT i FROM f WHERE FALSE", tables=tables)})  # fmt: skip
        assert [engine.run(q)["n"][0].as_py() for q in (alone, joined, anti)] == [n, n, n]
        assert engine.run(sql("SELECT typeof(i) AS i, typeof(s) AS s FROM f LIMIT 1", tables=tables)).to_pylist() == [
            {"i": "BIGINT", "s": "VARCHAR"}
        ]
    engine.close()
