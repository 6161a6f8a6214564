"""What a newcomer stumbled over once: each is a word where there was silence, or a way where there was none."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from dangol.app import Workspace
from dangol.schema import EngineError, NotFoundError, RefusedError
from tests.app import shop, world


# -- dangol sql ----------------------------------------------------------------------------------------------------------
def test_show_tables_and_describe_simply_work(seen: Workspace) -> None:
    listed = {row["table"]: row for row in seen.sql("show tables;")}
    assert {"customers", "events", "order_items", "imports"} <= set(listed)
    assert listed["events"]["rows"] == world.one(seen, "SELECT count(*) FROM events")
    assert not [name for name in listed if name.endswith("_told")], "only what is promised"
    for text in ("DESCRIBE events", 'desc "events"', "SHOW COLUMNS FROM events"):
        assert {"event_id", "at", "amount"} <= {row["column"] for row in seen.sql(text)}
    assert "orders" in {row["column"] for row in seen.sql("DESCRIBE customers")}
    with pytest.raises(NotFoundError, match="tables: consents, customers, events"):
        seen.sql("DESCRIBE evnts")


@pytest.mark.parametrize(
    "text", ["SHOW ALL SETTINGS", "PRAGMA version", "CALL x()", "SELECT 1; SELECT 2", "EXPLAIN SELECT 1"]
)
def test_what_is_refused_names_the_tables_and_leaves_no_log(
    seen: Workspace, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), pytest.raises(RefusedError, match="order_items"):
        seen.sql(text)
    assert caplog.records == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT nothing FROM events", "'nothing' 열이 없습니다"),
        ("SELECT nope(1)", "'nope' 함수가 없습니다"),
        ("SELECT name, count(*) FROM events", "'name' 열은 GROUP BY에 있거나"),
        ("SELECT CAST('abc' AS INTEGER)", "값을 바꾸거나 계산할 수 없습니다"),
        ("SELECT * FORM events WHERE (", "번째 줄"),
    ],
)
def test_a_wrong_query_is_explained_in_korean(seen: Workspace, text: str, said: str) -> None:
    with pytest.raises((EngineError, RefusedError)) as told:
        seen.sql(text)
    assert said in told.value.say("ko")
    assert "혹시 nothing" not in told.value.say("ko")


def test_a_long_query_ends(seen: Workspace) -> None:
    slow = "SELECT count(*) FROM range(100000000000) AS a, range(1000) AS b"
    with pytest.raises(EngineError, match=r"stopped after 0.2 seconds"):
        seen.sql(slow, timeout=0.2)
    assert seen.settings.sql_seconds == 60


# -- definitions ---------------------------------------------------------------------------------------------------------
def test_a_folder_written_by_hand_notices_what_changed_in_the_shop(ws: Workspace, tmp_path: Path) -> None:
    mine = shop.definitions(tmp_path / "mine", shop.SEGMENTS.replace("at_least: 4 times", "at_least: 3 times"))
    ws.apply(ws.plan(mine), refresh=False)
    assert ws.plan(mine).changes == ()
    theirs = shop.definitions(tmp_path / "theirs", shop.SEGMENTS.replace("at_least: 4 times", "at_least: 2 times"))
    ws.apply(ws.plan(theirs), refresh=False)
    with pytest.raises(RefusedError, match="segment/regulars"):
        ws.plan(mine)
    assert not list(tmp_path.rglob(".dangol.json")), "one folder may serve several shops"


# -- segments ------------------------------------------------------------------------------------------------------------
def test_members_before_anything_was_known_say_so(seen: Workspace) -> None:
    found = seen.members("regulars", as_of="2020-01-01")
    assert len(found) == 0
    assert "What is known begins on 202" in found.note


# -- imports -------------------------------------------------------------------------------------------------------------
def test_only_known_files_say_what_to_do_next(ws: Workspace, exports: list[Path]) -> None:
    report = ws.import_files(exports[:2])
    assert any("dangol imports undo" in line for line in report.advice("en"))
    assert any("dangol imports undo" in line for line in report.advice("ko"))


def test_rows_known_before_are_not_counted_as_taken(ws: Workspace, tmp_path: Path) -> None:
    report = ws.import_files([shop.orders(tmp_path / "late.csv", start=30, count=20)])
    (told,) = report.files
    assert (told.rows, told.taken, told.repeated) == (20, 10, 10)
    assert ("Rows", "20 → 10 (10 known before)") in report.lines("en")
    batch = max(row["batch"] for row in ws.imports())
    assert world.one(ws, f"SELECT taken FROM imports WHERE batch = {batch}") == 10


def test_columns_that_are_not_taken_are_named(ws: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    lines = [f"김손님{i},010-7253-91{i:02d},오래 이야기한 내용 {i}번째 기록입니다 다음에 전화" for i in range(10, 20)]
    file.write_text("\n".join(["성명함,손전화번호,상담기록", *lines]) + "\n", encoding="utf-8")
    asked = ws.import_files([file])
    assert asked.files[0].untaken
    assert any("not taken" in line and "상담기록" in line for line in asked.left_out("en"))
    assert any("가져오지 않는 열" in line for line in asked.left_out("ko"))
    taken = ws.import_files([file], accept_proposals=True)
    assert "상담기록" in taken.files[0].untaken


# -- the terminal --------------------------------------------------------------------------------------------------------
def test_help_loads_neither_engine_nor_store() -> None:
    heavy = "{'duckdb', 'pyarrow', 'sqlalchemy', 'sqlglot', 'numpy', 'openpyxl', 'cryptography', 'fastapi'}"
    code = f"import dangol.cli.main, sys; found = {heavy} & set(sys.modules); assert not found, found"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
