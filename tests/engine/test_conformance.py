"""What every engine promises: catalog, append, replace, delete, update, scratch, transactions, types there and back."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from dangol.engine import Engine, arrow_schema, sql
from dangol.schema import EVENTS, GIVEN, REDIRECTS, TABLES, Column, EngineError, RefusedError, Table
from tests.engine.conftest import Opener

_at = dt.datetime.fromisoformat

EVERY_TYPE = Table(
    "every_type",
    (
        Column("n", "int64", "number"),
        Column("f", "float64", "float"),
        Column("s", "text", "text"),
        Column("b", "bool", "truth"),
        Column("t", "timestamp", "time"),
        Column("d", "date", "day"),
        Column("m", "money", "money"),
        Column("l", "list<text>", "list"),
    ),
)

ROWS: list[dict[str, object]] = [
    {
        "n": 2**63 - 1,
        "f": 1.7976931348623157e308,
        "s": "단골 손님 🙂 'quoted' \"twice\" \\ back\nline\ttab",
        "b": True,
        "t": _at("9999-12-31T23:59:59.999999"),
        "d": dt.date(9999, 12, 31),
        "m": Decimal("99999999999999.9999"),
        "l": ["등산", "", None, "a,b"],
    },
    {
        "n": -(2**63),
        "f": 5e-324,
        "s": "",
        "b": False,
        "t": _at("0001-01-01"),
        "d": dt.date(1, 1, 1),
        "m": Decimal("-99999999999999.9999"),
        "l": [],
    },
    {
        "n": 0,
        "f": -0.0,
        "s": "한글",
        "b": None,
        "t": _at("1582-10-10T01:02:03.000004"),
        "d": dt.date(1582, 10, 10),
        "m": Decimal("0.0001"),
        "l": None,
    },
    dict.fromkeys(EVERY_TYPE.names),
]


def redirects(*pairs: tuple[int, int]) -> pa.Table:
    return pa.table(
        {"old_id": [a for a, _ in pairs], "customer_id": [b for _, b in pairs]}, schema=arrow_schema(REDIRECTS)
    )


def every(engine: Engine, table: str = "redirects") -> list[tuple[object, ...]]:
    rows = engine.run(sql("SELECT * FROM t", tables={"t": table})).to_pylist()
    return sorted((tuple(r.values()) for r in rows), key=repr)


def number(engine: Engine, table: str = "redirects") -> int:
    return int(engine.run(sql("SELECT count(*) AS n FROM t", tables={"t": table}))["n"][0].as_py())


# -- catalog ---------------------------------------------------------------------------------------------------------
def test_ensure_makes_every_table_once(engine: Engine) -> None:
    engine.ensure(TABLES.values())
    engine.ensure(TABLES.values())
    found = engine.tables()
    assert {name: list(table.names) for name, table in TABLES.items()} == {n: found[n] for n in TABLES}


def test_ensure_adds_columns_to_an_older_table(engine: Engine) -> None:
    older = Table("redirects", REDIRECTS.columns[:1])
    engine.ensure([older])
    engine.append("redirects", pa.table({"old_id": [7]}))
    engine.ensure([REDIRECTS])
    assert engine.tables()["redirects"] == ["old_id", "customer_id"]
    assert every(engine) == [(7, None)]


def test_ensure_keeps_columns_of_a_newer_version(engine: Engine) -> None:
    newer = Table("redirects", (*REDIRECTS.columns, Column("why", "text", "not known to this version")))
    engine.ensure([newer])
    engine.ensure([REDIRECTS])
    assert engine.tables()["redirects"] == ["old_id", "customer_id", "why"]
    engine.append("redirects", redirects((1, 2)))
    assert every(engine) == [(1, 2, None)]


# -- writing ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("form", ["table", "reader", "query"])
def test_append_goes_by_name_from_any_form(engine: Engine, form: str) -> None:
    engine.ensure([REDIRECTS, GIVEN])
    turned = pa.table({"customer_id": [2, 4], "old_id": [1, 3]})
    if form == "table":
        assert engine.append("redirects", turned) == 2
    elif form == "reader":
        assert (
            engine.append("redirects", pa.RecordBatchReader.from_batches(turned.schema, iter(turned.to_batches()))) == 2
        )
    else:
        with engine.scratch(turned) as name:
            assert engine.append("redirects", sql("SELECT customer_id, old_id FROM s", tables={"s": name})) == 2
    assert every(engine) == [(1, 2), (3, 4)]


def test_a_missing_column_becomes_null_and_an_unknown_one_is_refused(engine: Engine) -> None:
    engine.ensure([REDIRECTS])
    assert engine.append("redirects", pa.table({"old_id": [1]})) == 1
    assert every(engine) == [(1, None)]
    with pytest.raises(EngineError):
        engine.append("redirects", pa.table({"no_such": [1]}))
    assert every(engine) == [(1, None)]


def test_appending_nothing_is_fine(engine: Engine) -> None:
    engine.ensure([REDIRECTS])
    assert engine.append("redirects", redirects()) == 0
    assert engine.append("redirects", sql("SELECT * FROM redirects")) == 0
    assert every(engine) == []


def test_replace_puts_rows_in_place_and_may_read_the_table_itself(engine: Engine) -> None:
    engine.ensure([REDIRECTS])
    engine.append("redirects", redirects((1, 2), (3, 4)))
    assert engine.replace("redirects", redirects((5, 6))) == 1
    assert every(engine) == [(5, 6)]
    assert (
        engine.replace(
            "free", pa.table({"a": ["x", None], "m": pa.array([Decimal("1.5000"), None], pa.decimal128(18, 4))})
        )
        == 2
    )
    assert engine.replace("free", sql("SELECT a, m, 1 AS k FROM free WHERE a IS NOT NULL")) == 1
    assert every(engine, "free") == [("x", Decimal("1.5000"), 1)]
    assert engine.tables()["free"] == ["a", "m", "k"]


def test_delete_counts_and_leaves_what_is_unknown(engine: Engine) -> None:
    engine.ensure([REDIRECTS])
    engine.append("redirects", pa.table({"old_id": [1, 2, None], "customer_id": [1, 1, 1]}))
    assert engine.delete("redirects", sql("old_id > 1")) == 1
    assert every(engine) == [(1, 1), (None, 1)]
    with engine.scratch(pa.table({"id": [1]})) as gone:
        assert engine.delete("redirects", sql("old_id IN (SELECT id FROM gone)", tables={"gone": gone})) == 1
    assert every(engine) == [(None, 1)]


def test_update_counts_and_may_look_elsewhere(engine: Engine) -> None:
    engine.ensure([REDIRECTS])
    engine.append("redirects", redirects((1, 10), (2, 20), (3, 30)))
    assert engine.update("redirects", {"customer_id": sql("customer_id + 1")}, sql("old_id >= 2")) == 2
    assert every(engine) == [(1, 10), (2, 21), (3, 31)]
    with engine.scratch(pa.table({"id": [1, 2], "new_id": [100, 200]})) as moved:
        looked = sql("(SELECT max(m.new_id) FROM m WHERE m.id = redirects.old_id)", tables={"m": moved})
        assert (
            engine.update(
                "redirects", {"customer_id": looked}, sql("old_id IN (SELECT id FROM m)", tables={"m": moved})
            )
            == 2
        )
    assert every(engine) == [(1, 100), (2, 200), (3, 31)]
    assert engine.update("redirects", {"customer_id": sql("0")}, sql("old_id > 99")) == 0


def test_drop_is_quiet_about_what_is_not_there(engine: Engine) -> None:
    engine.replace("free", pa.table({"a": [1]}))
    engine.drop("free")
    engine.drop("free")
    assert "free" not in engine.tables()


# -- reading ---------------------------------------------------------------------------------------------------------
def test_stream_gives_every_row_in_batches_while_others_write(engine: Engine) -> None:
    engine.ensure([REDIRECTS])
    engine.append("redirects", redirects(*((i, i) for i in range(5000))))
    seen = 0
    for batch in engine.stream(sql("SELECT old_id FROM redirects"), rows=1000):
        seen += batch.num_rows
        assert batch.num_rows <= 2048
        engine.append("redirects", redirects((-1, -1)))
    assert seen == 5000


def test_stream_sees_scratch_tables_and_open_transactions(engine: Engine) -> None:
    engine.ensure([REDIRECTS])
    with engine.scratch(pa.table({"a": list(range(300))})) as name:
        got = [
            r
            for b in engine.stream(sql("SELECT a FROM s ORDER BY a", tables={"s": name}), rows=100)
            for r in b["a"].to_pylist()
        ]
        assert got == list(range(300))
    with engine.transaction():
        engine.append("redirects", redirects((1, 2)))
        assert sum(b.num_rows for b in engine.stream(sql("SELECT * FROM redirects"))) == 1


def test_a_stream_left_early_blocks_nothing(engine: Engine) -> None:
    engine.ensure([REDIRECTS])
    engine.append("redirects", redirects(*((i, i) for i in range(5000))))
    stream = engine.stream(sql("SELECT * FROM redirects"), rows=10)
    next(iter(stream))
    engine.append("redirects", redirects((-1, -1)))
    assert number(engine) == 5001


def test_scratch_is_gone_afterwards_and_names_are_its_own(engine: Engine) -> None:
    with engine.scratch(pa.table({"a": [1]})) as one, engine.scratch(pa.table({"a": [2]})) as two:
        assert one != two
        assert (number(engine, one), every(engine, two)) == (1, [(2,)])
    assert not {one, two} & set(engine.tables())
    with pytest.raises(EngineError):
        number(engine, one)


# -- transactions ----------------------------------------------------------------------------------------------------
def test_a_transaction_is_all_or_nothing(engine: Engine) -> None:
    engine.ensure([REDIRECTS, EVENTS])
    engine.append("redirects", redirects((1, 1)))
    with pytest.raises(ZeroDivisionError), engine.transaction():  # noqa: PT012
        engine.append("redirects", redirects((2, 2)))
        engine.replace("free", pa.table({"a": [1]}))
        engine.delete("redirects", sql("old_id = 1"))
        assert every(engine) == [(2, 2)]
        raise ZeroDivisionError
    assert every(engine) == [(1, 1)]
    assert "free" not in engine.tables()
    with engine.transaction():
        engine.append("redirects", redirects((3, 3)))
        engine.drop("events")
    assert every(engine) == [(1, 1), (3, 3)]
    assert "events" not in engine.tables()


def test_a_failed_inner_transaction_dooms_the_outer_even_when_caught(engine: Engine) -> None:
    engine.ensure([REDIRECTS])

    def half() -> None:
        with engine.transaction():
            engine.append("redirects", redirects((2, 2)))
            raise ValueError("inner")

    with pytest.raises(EngineError, match="nothing of it was written"), engine.transaction():  # noqa: PT012
        engine.append("redirects", redirects((1, 1)))
        with pytest.raises(ValueError, match="inner"):
            half()
    assert every(engine) == []
    with engine.transaction(), engine.transaction():
        engine.append("redirects", redirects((3, 3)))
    assert every(engine) == [(3, 3)]


def test_a_bad_statement_in_a_transaction_leaves_nothing(engine: Engine) -> None:
    engine.ensure([REDIRECTS])
    with pytest.raises(EngineError), engine.transaction():  # noqa: PT012
        engine.append("redirects", redirects((1, 1)))
        engine.run(sql("SELECT no_such_column FROM redirects"))
    assert every(engine) == []


def test_what_was_committed_is_there_after_reopening(opener: Opener, tmp_path: Path) -> None:
    engine = opener(tmp_path)
    engine.ensure([REDIRECTS, EVERY_TYPE])
    engine.append("redirects", redirects((1, 2)))
    engine.append("every_type", pa.Table.from_pylist(ROWS, schema=arrow_schema(EVERY_TYPE)))
    engine.replace("free", pa.table({"a": ["가"]}))
    engine.close()
    again = opener(tmp_path)
    assert every(again) == [(1, 2)]
    assert every(again, "free") == [("가",)]
    assert again.tables()["every_type"] == list(EVERY_TYPE.names)
    again.close()


# -- types -----------------------------------------------------------------------------------------------------------
def test_types_come_back_as_they_went(engine: Engine) -> None:
    engine.ensure([EVERY_TYPE])
    given = pa.Table.from_pylist(ROWS, schema=arrow_schema(EVERY_TYPE))
    assert engine.append("every_type", given) == len(ROWS)
    back = engine.run(sql("SELECT * FROM every_type"))
    assert back.schema.types == given.schema.types
    assert sorted(back.to_pylist(), key=repr) == sorted(ROWS, key=repr)
    engine.replace("copied", sql("SELECT * FROM every_type"))
    assert sorted(engine.run(sql("SELECT * FROM copied")).to_pylist(), key=repr) == sorted(ROWS, key=repr)


def test_money_adds_up_exactly(engine: Engine) -> None:
    engine.ensure([EVERY_TYPE])
    cents = [Decimal(n) / 10000 for n in range(1, 10_001)]
    engine.append("every_type", pa.table({"m": pa.array(cents, pa.decimal128(18, 4))}))
    total = engine.run(sql("SELECT sum(m) AS total FROM every_type"))["total"][0].as_py()
    assert total == sum(cents)


# -- a person's own SQL ----------------------------------------------------------------------------------------------
def test_sql_reads(engine: Engine) -> None:
    engine.ensure([REDIRECTS])
    engine.append("redirects", redirects((1, 2), (3, 4), (5, 6)))
    text = "WITH big AS (SELECT * FROM redirects WHERE old_id > 1) SELECT b.old_id AS a FROM big AS b ORDER BY a DESC"
    assert engine.sql(text).to_pylist() == [{"a": 5}, {"a": 3}]
    assert engine.sql(text, limit=1).to_pylist() == [{"a": 5}]
    assert engine.sql("SELECT old_id FROM redirects", limit=0).num_rows == 0
    assert engine.sql("SELECT 1 AS one UNION ALL SELECT 2 AS one").num_rows == 2


def test_sql_refuses_to_write(engine: Engine) -> None:
    engine.ensure([REDIRECTS])
    with pytest.raises(RefusedError):
        engine.sql("DELETE FROM redirects")


# -- upkeep ----------------------------------------------------------------------------------------------------------
def test_compact_changes_no_row_and_stats_count_them(engine: Engine) -> None:
    engine.ensure(TABLES.values())
    for start in range(25):
        ids = [start * 40 + i for i in range(40)]
        engine.append(
            "given", pa.table({"customer_id": [i % 7 for i in ids], "node": ids, "value": [str(i) for i in ids]})
        )
    before = every(engine, "given")
    engine.compact()
    assert every(engine, "given") == before
    assert engine.compact() == []
    stats = engine.stats()
    assert {t.name: t.rows for t in stats.tables}["given"] == 1000
    assert stats.disk_bytes > 0


def test_nothing_divided_by_zero_is_null_and_never_an_error(engine: Engine) -> None:
    """Whole numbers, money and fractions; by a column, as a person's own query does it."""
    with engine.scratch(pa.table({"n": [6, 7], "z": [0, 2]})) as name:
        query = sql(
            """SELECT n / z AS whole, n % z AS rest, CAST(n AS DOUBLE) / z AS fraction,
               CAST(n AS DECIMAL(18,4)) / CAST(z AS DECIMAL(18,4)) AS money FROM t ORDER BY n""",
            tables={"t": name},
        )
        first, second = engine.run(query).to_pylist()
    assert list(first.values()) == [None] * 4
    assert [float(v) for v in second.values()] == [3.5, 1.0, 3.5, 3.5]
