"""Small questions that a connection has ready: the same as asked anew, whatever happened to their tables meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest

from dangol.engine import DuckDBEngine, sql
from dangol.schema import EngineError

TEXT = "SELECT * FROM lines WHERE customer_id = :n"
SUMS = "SELECT l.customer_id, (SELECT count(*) FROM lines WHERE customer_id > :n) AS above FROM lines AS l WHERE customer_id = :n"


def lines(**columns: list[object]) -> pa.Table:
    return pa.table({"customer_id": pa.array([1, 2, -(2**63) + 1, 2**63 - 1], pa.int64()), **columns})


def test_a_ready_question_follows_its_table(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as other:
        engine = DuckDBEngine(tmp_path / "engine.duckdb", memory="200MB", threads=1)
        try:
            for made in (
                lines(a=["x", "y", "z", None]),
                lines(a=[1.5, None, 2.5, 3.5], b=["p", "q", "r", "s"]),
                lines(b=[True, False, None, True]),
            ):
                other.submit(engine.replace, "lines", made).result()
                for n in made["customer_id"].to_pylist():
                    for text in (TEXT, SUMS):
                        expected = engine.run(sql(text, n=n)).to_pylist()
                        assert engine.point(text, n) == expected
                        assert other.submit(engine.point, text, n).result() == expected
                assert engine.point(TEXT, 77) == []
            engine.drop("lines")
            with pytest.raises(EngineError, match="lines"):
                engine.point(TEXT, 1)
            with pytest.raises(EngineError, match="nowhere"):
                engine.point("SELECT * FROM nowhere WHERE customer_id = :n", 1)
            engine.replace("lines", lines(c=[1, 2, 3, 4]))
            with engine.transaction():
                engine.append("lines", lines(c=[5, 6, 7, 8]))
                assert [r["c"] for r in engine.point(TEXT, 1)] == [1, 5]
                assert [r["c"] for r in other.submit(engine.point, TEXT, 1).result()] == [1]
            assert [r["c"] for r in other.submit(engine.point, TEXT, 1).result()] == [1, 5]
        finally:
            engine.close()
