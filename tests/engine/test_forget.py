"""Forgetting: rows deleted so leave no bytes in the file; everything else stays as it is."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from dangol.engine import DuckDBEngine, duckdb_forget, sql
from dangol.schema import TABLES

LOGIN = "somebodys_login_4711"


def _filled(path: Path, rows: int) -> DuckDBEngine:
    engine = DuckDBEngine(path, memory="500MB", threads=1)
    engine.ensure(TABLES.values())
    values = [LOGIN if i == rows // 2 else f"login_{i * 7919 % 1_000_003}" for i in range(rows)]
    table = {"node": range(rows), "kind": ["user_id"] * rows, "customer_id": range(rows), "value": values}
    engine.append("identifiers", pa.table({k: list(v) for k, v in table.items()}))
    engine.append(
        "identity_conflicts", pa.table({"node": [1, rows // 2], "customers": [["C1", "C2"], [f"C{rows // 2}", "C3"]]})
    )
    engine.statement("CHECKPOINT")
    return engine


def _held(path: Path) -> bool:
    return any(LOGIN.encode() in p.read_bytes() for p in path.parent.glob(f"{path.name}*") if p.is_file())


@pytest.mark.parametrize("small", [0, duckdb_forget.SMALL])
def test_forgotten_rows_leave_no_bytes(small: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duckdb_forget, "SMALL", small)
    path, rows = tmp_path / "engine.duckdb", 2_000 if small else 130_000
    engine = _filled(path, rows)
    before = engine.run(sql("SELECT * FROM identifiers WHERE value <> :v ORDER BY node", v=LOGIN))
    with engine.forgetting(), engine.transaction():
        assert engine.delete("identifiers", sql("value = :v OR node < 0", v=LOGIN)) == 1
        assert engine.delete("identity_conflicts", sql("node = :n", n=rows // 2)) == 1
    assert not _held(path)
    assert engine.run(sql("SELECT * FROM identifiers ORDER BY node")).equals(before)
    assert engine.run(sql("SELECT customers FROM identity_conflicts"))["customers"].to_pylist() == [["C1", "C2"]]
    assert set(engine.tables()) == set(TABLES)
    engine.append("identifiers", pa.table({"node": [rows + 1], "kind": ["user_id"]}))
    engine.close()
    again = DuckDBEngine(path)
    assert again.run(sql("SELECT count(*) AS n FROM identifiers"))["n"][0].as_py() == rows
    again.close()
    assert not list(tmp_path.glob("*.new"))


def test_a_plain_delete_would_leave_them(tmp_path: Path) -> None:
    """Why this file exists: the day this fails, forgetting can be a plain delete."""
    path = tmp_path / "engine.duckdb"
    engine = _filled(path, 2_000)
    assert _held(path)
    engine.delete("identifiers", sql("value = :v", v=LOGIN))
    engine.statement("CHECKPOINT")
    engine.close()
    assert _held(path)


def test_what_fails_inside_forgets_nothing(tmp_path: Path) -> None:
    engine = _filled(tmp_path / "engine.duckdb", 2_000)
    with pytest.raises(ZeroDivisionError), engine.forgetting(), engine.transaction():  # noqa: PT012
        engine.delete("identifiers", sql("value = :v", v=LOGIN))
        raise ZeroDivisionError
    assert engine.run(sql("SELECT count(*) AS n FROM identifiers WHERE value = :v", v=LOGIN))["n"][0].as_py() == 1
    engine.close()
