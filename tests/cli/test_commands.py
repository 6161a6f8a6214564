"""Every command, in both languages, for people and for programs."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from rich.cells import cell_len

from tests.app import shop, world
from tests.cli.run import ROOT, commands

HANGUL = re.compile("[가-힣]")
NAMES = re.compile(r"시험 가게|경영|단골|상품 \d|[남이]\*+\w?|서울|부산|대구|마포구|해운대구|수성구|일반|가게")
"""Korean words that are the shop's own data and stay so in English."""


def _lists(ready: Path) -> list[list[str]]:
    at = ["-w", str(ready)]
    return [
        ["status", *at],
        ["doctor", *at],
        ["customers", *at],
        ["customers", "show", "C2", *at],
        ["customers", "conflicts", *at],
        ["traits", *at],
        ["segments", *at],
        ["segments", "count", "regulars", *at],
        ["segments", "members", "regulars", *at],
        ["segments", "why", "regulars", "C2", *at],
        ["segments", "overlap", "regulars", "everyone-with-an-order", *at],
        ["segments", "profile", "everyone-with-an-order", *at],
        ["home", *at],
        ["customers", "timeline", "C2", *at],
        ["segments", "trend", "regulars", *at],
        ["segments", "versions", "regulars", *at],
        ["segments", "rfm", *at],
        ["identity", *at],
        ["dashboards", *at],
        ["quarantine", *at],
        ["imports", *at],
        ["hooks", *at],
        ["sql", "SHOW TABLES", *at],
        ["presets"],
        ["refresh", *at],
        ["--help"],
        *[[name, "--help"] for name in ("import", "customers", "segments", "quarantine", "init", "up", "demo")],
    ]


@pytest.mark.parametrize("lang", ["ko", pytest.param("en", marks=pytest.mark.slow)])
def test_every_listing_speaks_one_language_in_80_columns(ready: Path, lang: str) -> None:
    lines = _lists(ready)
    for line, said in zip(lines, commands(lang, *lines), strict=True):
        assert said.code == 0, (line, said)
        assert said.out.strip(), line
        wide = [row for row in said.out.splitlines() if cell_len(row.rstrip()) > 80]
        assert wide == [], line
        if lang == "ko":
            assert HANGUL.search(said.out), line
        elif line[0] != "presets" and line[1:2] != ["show"]:  # which show Korean names and places
            assert not HANGUL.search(NAMES.sub("", said.out)), (line, said.out)
        assert [s for s in shop.SECRETS if s in said.out + said.err] == [], line


def test_every_listing_is_there_for_programs(ready: Path, tmp_path: Path) -> None:
    at = ["-w", str(ready)]
    listings = [
        ["customers"], ["customers", "conflicts"], ["traits"], ["segments"], ["segments", "members", "regulars"],
        ["segments", "profile", "everyone-with-an-order"], ["quarantine"],
        ["sql", "SELECT name, count(*) AS n FROM events GROUP BY name"],
    ]  # fmt: skip
    lines, kept = [], []
    for i, words in enumerate(listings):
        file = tmp_path / f"{i}.parquet"
        kept.append(file)
        lines += [[*words, *at, "--json"], [*words, *at, "--csv", "-"], [*words, *at, "--parquet", str(file)]]
    said = commands("ko", *lines)
    for i, words in enumerate(listings):
        as_json, as_csv, as_parquet = said[3 * i : 3 * i + 3]
        assert {as_json.code, as_csv.code, as_parquet.code} == {0}, (words, as_json, as_csv, as_parquet)
        rows = json.loads(as_json.out)
        assert len(rows) == pq.read_table(kept[i]).num_rows
        read = list(csv.DictReader(io.StringIO(as_csv.out)))
        assert len(read) == len(rows), words
        if rows:
            assert list(read[0]) == list(rows[0]) == pq.read_table(kept[i]).column_names


@pytest.mark.slow
def test_json_of_the_rest(ready: Path, tmp_path: Path) -> None:
    at = ["-w", str(ready), "--json"]
    lines = [
        ["status", *at], ["doctor", *at], ["customers", "show", "C2", *at], ["segments", "count", "regulars", *at],
        ["segments", "why", "regulars", "C2", *at], ["segments", "overlap", "regulars", "everyone-with-an-order", *at],
        ["refresh", *at], ["pull", str(tmp_path / "defs"), *at], ["plan", str(tmp_path / "defs"), *at], ["presets", "--json"],
    ]  # fmt: skip
    for line, said in zip(lines, commands("en", *lines), strict=True):
        assert said.code == 0, (line, said)
        assert json.loads(said.out) is not None, line


def test_a_shop_from_nothing(tmp_path: Path) -> None:
    """init, import, merge, unmerge, plan, apply, export, erase: as somebody would type them."""
    shop.files(tmp_path / "exports")
    shop.definitions(tmp_path / "defs")
    place, at = str(tmp_path / "shop"), ["-w", str(tmp_path / "shop")]
    said = commands(
        "en",
        ["init", place, "--name", "시험 가게"],
        ["init", place],
        ["import", str(tmp_path / "exports"), *at, "--dry-run"],
        ["import", str(tmp_path / "exports"), *at],
        ["import", str(tmp_path / "exports"), *at, "--json"],
        ["plan", str(tmp_path / "defs"), *at],
        ["apply", str(tmp_path / "defs"), *at, "--yes"],
        ["apply", str(tmp_path / "defs"), *at, "--yes"],
        ["customers", "--find", shop.PHONE, *at, "--json"],
    )
    init, again, dry, first, second, plan, apply, same, found = said
    assert init.code == 0
    assert again.code == 1
    assert "already" in again.err
    assert dry.code == first.code == second.code == plan.code == apply.code == same.code == 0, said
    assert "dry run" in dry.out
    assert {f["status"] for f in json.loads(second.out)["files"]} == {"known"}
    assert "regulars" in plan.out
    assert "Nothing would change" in same.out
    (row,) = json.loads(found.out)
    who = f"C{row['customer_id']}"
    export = tmp_path / "person.json"
    said = commands(
        "ko",
        ["customers", "merge", "C3", "C4", *at, "--dry-run"],
        ["customers", "merge", "C3", "C4", *at, "--reason", "같은 사람"],
        ["export-person", who, *at],
        ["export-person", who, *at, "--reason", "열람 요청", "--to", str(export)],
        ["customers", "show", who, *at, "--reveal"],
        ["customers", "show", who, *at, "--reveal", "--reason", "전화"],
        ["erase", who, *at, "--yes", "--reason", "요청", "--json"],
        ["customers", "show", who, *at],
        ["segments", "sql", "regulars", *at],
    )
    assert [s.code for s in said] == [0, 0, 1, 0, 1, 0, 0, 1, 0], said
    assert shop.NAME in export.read_text(encoding="utf-8")
    assert shop.NAME in said[5].out
    assert json.loads(said[6].out)["rows"]["events"] > 0
    assert said[8].out.lstrip().upper().startswith(("SELECT", "WITH"))
    assert world.holding(tmp_path / "shop", *shop.SECRETS) == []


def test_rows_that_could_not_be_read(ready: Path, tmp_path: Path) -> None:
    at = ["-w", str(ready)]
    file = shop.orders(tmp_path / "late.csv", start=40, count=5, bad=True)
    taken, listed = commands("ko", ["import", str(file), *at], ["quarantine", *at, "--json"])
    assert taken.code == 0
    assert "dangol quarantine" in taken.out
    (row,) = json.loads(listed.out)
    number = str(row["id"])
    said = commands(
        "en",
        ["quarantine", *at],
        ["quarantine", "show", number, *at],
        ["quarantine", "show", number, *at, "--reason", "a test"],
        ["quarantine", "replay", *at],
        ["quarantine", "dismiss", number, *at],
        ["quarantine", "--status", "all", "--json", *at],
        ["doctor", *at],
    )
    assert [s.code for s in said[:5]] == [0, 1, 0, 0, 1], said  # what was replayed cannot be dismissed
    assert "한개" in said[2].out
    assert {r["status"] for r in json.loads(said[5].out)} <= {"replayed", "dismissed", "open"}


ERRORS = {
    "unknown segment": (["segments", "count", "regular"], "not_found"),
    "unknown customer": (["customers", "show", "C999"], "not_found"),
    "no customer id": (["customers", "show", "somebody"], "not_found"),
    "unknown trait": (["customers", "--columns", "revenu"], "not_found"),
    "a write": (["sql", "DELETE FROM events"], "refused"),
    "no SQL": (["sql", "SELEC 1"], None),
    "no file": (["import", "nowhere.csv"], "file"),
    "no date": (["refresh", "--at", "soon"], "definition"),
    "no date either": (["segments", "members", "regulars", "--as-of", "soon"], "definition"),
}


@pytest.mark.parametrize("lang", ["ko", pytest.param("en", marks=pytest.mark.slow)])
def test_errors_are_one_message_and_exit_code_1(ready: Path, lang: str) -> None:
    at = ["-w", str(ready)]
    lines = [[*words, *at] for words, _ in ERRORS.values()]
    for line, said in zip(lines, commands(lang, *lines), strict=True):
        assert said.code == 1, (line, said)
        assert said.err.strip(), line
        assert "Traceback" not in said.err
    lines = [[*words, *at, "--json"] for words, _ in ERRORS.values()]
    for (words, code), said in zip(ERRORS.values(), commands(lang, *lines), strict=True):
        body = json.loads(said.out)
        assert body["message"], words
        assert body["code"] == (code or body["code"])


def test_help_does_not_wait_for_the_engine() -> None:
    code = (
        "import sys, dangol.cli; heavy = ['duckdb', 'numba', 'scipy', 'pandas', 'pyarrow', 'fastapi', 'sqlalchemy', 'sqlglot'];"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_setting_language_decides(ready: Path) -> None:
    settings = ready / "dangol.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + "language: ko\n", encoding="utf-8")
    code = "from dangol.cli.words import LANGUAGE; print(LANGUAGE)"
    environment = {"PATH": "", "LANG": "en_US.UTF-8", "PYTHONPATH": str(ROOT / "src")}
    for words, language in (
        (["status", "-w", str(ready)], "ko"),
        (["status"], "en"),
        (["--lang", "en", "-w", str(ready)], "en"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", code, *words],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
            cwd=ready.parent,
        )
        assert done.stdout.strip() == language, words


def test_an_import_is_listed_and_taken_back(ready: Path) -> None:
    at = ["-w", str(ready)]
    (listed,) = commands("en", ["imports", "--json", *at])
    batch = next(str(r["batch"]) for r in json.loads(listed.out) if r["file"] == "orders.csv")
    dry, done, again, after, nobody = commands(
        "ko",
        ["imports", "undo", batch, "--dry-run", *at],
        ["imports", "undo", batch, "--reason", "잘못된 파일", *at],
        ["imports", "undo", batch, *at],
        ["imports", *at],
        ["quarantine", "dismiss", "99", *at],
    )
    assert [s.code for s in (dry, done, again, after, nobody)] == [0, 0, 1, 0, 1]
    assert "시험이었습니다" in dry.out
    assert "이벤트" in done.out
    assert "orders.csv: 되돌렸습니다" in done.out
    assert "되돌림" in again.err
    assert "되돌림" in after.out
    assert "격리 중인 행이 아닙니다" in nobody.err


def test_an_erasure_gives_a_receipt_for_people(ready: Path) -> None:
    at = ["-w", str(ready)]
    erased, gone, odd = commands(
        "en",
        ["erase", "C2", "--yes", "--reason", "asked for", *at],
        ["customers", "show", "c2", *at],
        ["customers", "show", "2", *at],
    )
    assert erased.code == 0
    assert "{" not in erased.out
    for said in ("The receipt:", "C2", "asked for", "Keys destroyed", "identifiers"):
        assert said in erased.out
    assert "C2" in gone.err
    assert "C2" in odd.err


def test_tables_too_wide_for_the_terminal_become_blocks(ready: Path) -> None:
    columns = "name,source,channel,order_id,amount,currency,place,received_at,event_id,node,batch"
    query = ["sql", f"SELECT {columns} FROM events ORDER BY at LIMIT 2", "-w", str(ready)]
    (narrow,) = commands("en", query)
    (wide,) = commands("en", query, columns=240)
    assert max(len(line.rstrip()) for line in narrow.out.splitlines()) <= 80
    assert narrow.out.count("received_at") == 2, "a block a row"
    assert wide.out.count("received_at") == 1
