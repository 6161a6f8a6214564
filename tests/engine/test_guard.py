"""A person's own SQL is truly read-only and reaches no file, no network, no setting, no Python variable."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.engine import DuckDBEngine, guard, sql
from dangol.schema import DangolError, EngineError, RefusedError
from tests.budget import examples

SECRET = "only-in-the-file"


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("outside") / "secret.csv"
    path.write_text(f"a,b\n{SECRET},2\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    made = DuckDBEngine(threads=2)
    made.replace("events", pa.table({"name": ["A", "B", "B"], "n": [1, 2, 3]}))
    yield made
    made.close()


OUTSIDE = [
    "SELECT * FROM read_csv('{path}')",
    "SELECT * FROM read_csv_auto('{path}')",
    "SELECT * FROM read_text('{path}')",
    "SELECT * FROM read_blob('{path}')",
    "SELECT * FROM '{path}'",
    'SELECT * FROM "{path}"',
    "FROM '{path}'",
    "SELECT (SELECT content FROM read_text('{path}')) AS x FROM events",
    "SELECT * FROM events WHERE name IN (SELECT a FROM read_csv('{path}'))",
    "WITH f AS (SELECT * FROM read_csv('{path}')) SELECT * FROM f",
    'SELECT * FROM (WITH "{path}" AS (SELECT 1 AS a) SELECT * FROM "{path}") AS x, "{path}" AS y',
    "SELECT * FROM events UNION ALL SELECT a, 1 FROM '{path}'",
    "SELECT * FROM sniff_csv('{path}')",
    "SELECT * FROM glob('{path}')",
    "SELECT * FROM query('SELECT * FROM read_text(''{path}'')')",
    "SELECT * FROM query_table('{path}')",
    "SELECT * FROM parquet_metadata('{path}')",
    "SELECT * FROM read_parquet('https://example.com/x.parquet')",
    "SELECT * FROM 'https://example.com/x.csv'",
    "SELECT * FROM 's3://bucket/x.parquet'",
    "SELECT getenv('HOME')",
    "SELECT main.getenv('HOME')",
    "SELECT 'HOME'.getenv()",
    "SELECT list_transform(['HOME'], x -> getenv(x))",
    "SELECT current_setting('memory_limit')",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM pragma_database_size()",
    "SELECT * FROM pg_catalog.pg_tables",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM temp.main.events",
    "SELECT json_execute_serialized_sql('x')",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "SELECT reflect('java.lang.System', 'getenv', 'HOME')",
    "SELECT java_method('java.lang.System', 'exit', 1)",
    "SELECT write_log('x')",
    "SELECT nextval('s')",
]
WRITES = [
    "INSERT INTO events VALUES ('C', 4)",
    "UPDATE events SET n = 0",
    "DELETE FROM events",
    "DROP TABLE events",
    "CREATE TABLE t AS SELECT 1",
    "CREATE TEMP VIEW v AS SELECT 1",
    "ALTER TABLE events ADD COLUMN x INT",
    "TRUNCATE events",
    "COPY events TO '{path}.out'",
    "COPY events FROM '{path}'",
    "COPY (SELECT * FROM events) TO '{path}.out'",
    "EXPORT DATABASE '{path}.dir'",
    "ATTACH '{path}.db' AS x",
    "DETACH main",
    "INSTALL httpfs",
    "LOAD httpfs",
    "PRAGMA database_list",
    "SET memory_limit = '1GB'",
    "RESET memory_limit",
    "CALL pragma_version()",
    "CHECKPOINT",
    "BEGIN",
    "COMMIT",
    "VACUUM",
    "USE memory",
    "EXPLAIN ANALYZE DELETE FROM events",
    "SELECT 1; DELETE FROM events",
    "SELECT * INTO t FROM events",
    "WITH gone AS (DELETE FROM events RETURNING *) SELECT * FROM gone",
    "SELECT $1",
    "SELECT :x",
    "PREPARE p AS SELECT 1",
    "CREATE SECRET s (TYPE s3)",
    "",
    "   ;;  ",
    "SELEC 1",
    "SELECT (",
    "SELECT 'open",
    "SELECT * FROM no_such_table",
]


@pytest.mark.parametrize("text", OUTSIDE + WRITES)
def test_outside_and_writing_are_refused(engine: DuckDBEngine, secret: Path, text: str) -> None:
    before = sorted(secret.parent.iterdir())
    with pytest.raises(RefusedError) as refused:
        engine.sql(text.replace("{path}", str(secret)))
    assert SECRET not in str(refused.value)
    assert refused.value.where == "sql"
    assert sorted(secret.parent.iterdir()) == before
    assert engine.run(sql("SELECT sum(n) AS n FROM events"))["n"][0].as_py() == 6
    assert list(engine.tables()) == ["events"]


def test_the_second_wall_stands_without_the_first(engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the guard to let a write through, the transaction it runs in would not."""
    import sqlglot

    monkeypatch.setattr("dangol.engine.duckdb.guard", lambda text, _: sqlglot.parse_one(text, dialect="duckdb"))
    with pytest.raises(EngineError):
        engine.sql("DELETE FROM events RETURNING name")
    assert engine.run(sql("SELECT count(*) AS n FROM events"))["n"][0].as_py() == 3


def test_a_python_variable_is_no_table(engine: DuckDBEngine) -> None:
    frame = pa.table({"a": [1]})
    with pytest.raises(RefusedError):
        engine.sql("SELECT * FROM frame")
    with pytest.raises(EngineError):
        engine.run(sql("SELECT * FROM frame"))
    assert frame.num_rows == 1


READS = [
    "SELECT count(*) AS n FROM events",
    "FROM events",
    "SELECT name, sum(n) FILTER (WHERE n > 1) AS s FROM events GROUP BY ALL HAVING s > 0 ORDER BY ALL",
    "SELECT *, row_number() OVER (PARTITION BY name ORDER BY n) AS r FROM events QUALIFY r = 1",
    "SELECT * FROM events AS e JOIN (SELECT DISTINCT name FROM events) AS d USING (name)",
    "WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < 3) SELECT * FROM t",
    "SELECT unnest([1, 2]) AS x",
    "SELECT * FROM range(3)",
    "SELECT * FROM generate_series(1, 3) AS s(x)",
    "SELECT list_transform([1, 2], x -> x + 1) AS l, '등산' AS ko, DATE '2026-01-01' + INTERVAL 1 DAY AS d",
    "SELECT * EXCLUDE (n) FROM main.events",
    "SELECT name FROM EVENTS UNION SELECT 'x' EXCEPT SELECT 'A'",
    "SELECT * FROM events TABLESAMPLE 100 PERCENT",
    "SELECT 1 AS a -- a remark\n;",
]


@pytest.mark.parametrize("text", READS)
def test_what_only_reads_is_read(engine: DuckDBEngine, text: str) -> None:
    assert engine.sql(text).num_rows > 0


@settings(max_examples=examples(150), deadline=None)
@given(text=st.text(alphabet=st.sampled_from("SELECT from where()*,;'\"$:?1x한 \n-/\\\x00"), max_size=60))
def test_noise_is_answered_with_one_of_ours(text: str) -> None:
    with suppress(RefusedError):
        guard(text, ["x"])


def test_a_person_may_not_wait_forever(engine: DuckDBEngine) -> None:
    start = time.monotonic()
    slow = "SELECT count(*) AS n FROM range(100000000) AS a, range(100000) AS b WHERE a.range + b.range = 7"
    with pytest.raises(EngineError, match="stopped after"):
        engine.sql(slow, timeout=0.3)
    assert time.monotonic() - start < 20
    assert engine.sql("SELECT 1 AS a").num_rows == 1


LONG = [
    "repeat('x', 1000000000)", "repeat('x', 10001)", "repeat('x', n)", "repeat('x', 1000000000::INT)",
    "repeat('x', 1 + 1000000000)",
    "lpad('x', 1000000000, '0')", "rpad(name, n)", "name.repeat(1000000000)", "name.lpad(n, '0')", "main.repeat('x', 1000000000)",
    "list_resize([1], 1000000000)", "repeat(repeat('x', 10000), 10000)", "list_transform([1000000000], i -> repeat('x', i))",
]  # fmt: skip


@pytest.mark.parametrize("call", LONG)
def test_what_no_interrupt_can_end_is_refused(engine: DuckDBEngine, call: str) -> None:
    start = time.monotonic()
    with pytest.raises(RefusedError, match="so long") as caught:
        engine.sql(f"SELECT length({call}) AS a FROM events")
    assert "10,000" in caught.value.hint.en
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("call", ["repeat(name, 10000)", "name.lpad(9, '0')", "lpad(lpad(name, 3, '0'), 5, ' ')"])
def test_short_ones_are_read(engine: DuckDBEngine, call: str) -> None:
    assert engine.sql(f"SELECT {call} AS a FROM events").num_rows == 3


def test_a_limit_reads_no_further(engine: DuckDBEngine) -> None:
    assert engine.sql("SELECT * FROM range(1000000000000)", limit=5, timeout=30).num_rows == 5


def test_errors_point_to_the_nearest_name(engine: DuckDBEngine) -> None:
    with pytest.raises(DangolError, match="nme"):
        engine.sql("SELECT nme FROM events")
