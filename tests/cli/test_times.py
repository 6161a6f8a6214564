"""Printed times are on the shop's clock; JSON, CSV and one's own SQL are UTC."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.schema import day_words, moment_words, utc_words
from tests.app import shop
from tests.cli.run import commands

ZONES = st.sampled_from(["Asia/Seoul", "UTC", "Europe/London", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"])
LAST = "SELECT max(at) AS at FROM events"


def her(folder: Path) -> str:
    """The customer the tests look for, as she is called in this workspace."""
    with shop.reopen(folder) as ws:
        (row,) = ws.customers(find=shop.LOGIN)
    return f"C{row['customer_id']}"


@given(at=st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2060, 1, 1)), zone=ZONES)  # noqa: DTZ001 - kept times are naive
def test_words_lead_back_to_the_moment(at: dt.datetime, zone: str) -> None:
    """Second opinion: what is printed, read again on the shop's clock, is the moment to the minute."""
    here = ZoneInfo(zone)
    said = moment_words(at, here)
    read = dt.datetime.fromisoformat(said).replace(tzinfo=here)
    offset = at.replace(tzinfo=dt.UTC).astimezone(here).utcoffset()
    wall = at + (offset or dt.timedelta())
    assert read.replace(tzinfo=None) == wall.replace(second=0, microsecond=0)
    assert day_words(at, here) == said[:10]
    assert len(said) == 16 or wall.time() == dt.time()
    assert dt.datetime.fromisoformat(utc_words(at)) == at.replace(tzinfo=dt.UTC)


def test_a_day_stays_a_day() -> None:
    seoul = ZoneInfo("Asia/Seoul")
    joined = dt.datetime(2025, 1, 2, tzinfo=seoul)
    assert moment_words(joined, seoul) == "2025-01-02"
    assert moment_words(joined.astimezone(dt.UTC).replace(tzinfo=None), seoul) == "2025-01-02"
    assert moment_words(joined + dt.timedelta(hours=15, minutes=5), seoul) == "2025-01-02 15:05"


def test_printed_times_are_the_shops_and_those_of_programs_utc(ready: Path) -> None:
    """She joined on 2025-01-01 and ordered last on 2026-11-04 at 10:39, both in Seoul."""
    who, at = her(ready), ["-w", str(ready)]
    said = commands(
        "en",
        ["customers", "show", who, *at],
        ["customers", "show", who, *at, "--json"],
        ["customers", *at, "--columns", "last_order_at"],
        ["customers", *at, "--columns", "last_order_at", "--json"],
        ["customers", *at, "--columns", "last_order_at", "--csv", "-"],
        ["sql", LAST, *at],
        ["sql", LAST, *at, "--json"],
        ["status", *at],
        ["export-person", who, "--reason", "a test", *at],
        columns=200,
    )
    assert [s.code for s in said] == [0] * len(said), said
    shown, as_json, listed, listed_json, as_csv, own, own_json, status, export = (s.out for s in said)
    assert "since 2025-01-01" in shown
    assert shown.count("2026-11-04 10:39") >= 2  # the trait and the event
    for text in (shown, listed):
        assert "01:39" not in text
    assert "2024-12-31" not in shown
    assert "2026-11-04 10:39" in listed
    body = json.loads(as_json)
    assert body["first_seen"] == "2024-12-31T15:00:00Z"
    assert body["events"][0]["at"] == "2026-11-04T01:39:00Z"
    assert {t["value"] for t in body["behavioural"] if t["trait"] == "last_order_at"} == {"2026-11-04T01:39:00Z"}
    assert "2026-11-04T01:39:00Z" in {row["last_order_at"] for row in json.loads(listed_json)}
    assert "2026-11-04 01:39:00" in as_csv
    assert "2026-11-04 01:39" in own
    assert json.loads(own_json) == [{"at": "2026-11-04T01:39:00Z"}]
    assert re.search(r"– 2026-11-04", status)
    assert json.loads(export)["events"][0]["at"].endswith("Z")


def test_a_preview_and_why_follow_the_same_clock(ready: Path, tmp_path: Path) -> None:
    unknown = tmp_path / "visits.csv"
    unknown.write_text(
        "고객전화,방문한 날짜,매장이름\n010-1111-2222,2026.07.01,강남\n010-1111-2223,2026.07.02 15:05,강남\n",
        encoding="utf-8",
    )
    draft = tmp_path / "draft.yaml"
    draft.write_text(
        "segment: lately\nsays: {ko: 최근, en: lately}\nwhere: {trait: last_order_at, after: 2026-11-01}\n",
        encoding="utf-8",
    )
    who, at = her(ready), ["-w", str(ready)]
    preview, why, as_json = commands(
        "en", ["import", str(unknown), *at], ["segments", "why", str(draft), who, *at],
        ["segments", "why", str(draft), who, *at, "--json"], columns=200,
    )  # fmt: skip
    assert "2026-07-01" in preview.out, preview
    assert "2026-07-02 15:05" in preview.out
    assert "2026-06-30" not in preview.out
    assert f"dangol import {unknown} --mapping" in preview.out.replace("\n", "")
    assert why.code == as_json.code == 0, (why, as_json)
    assert "2026-11-04 10:39" in why.out
    assert "2026-11-04T01:39:00Z" in as_json.out


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_a_long_cell_is_cut(ready: Path, lang: str) -> None:
    query = "SELECT repeat('x', 5000) AS a"
    printed, whole = commands(lang, ["sql", query, "-w", str(ready)], ["sql", query, "-w", str(ready), "--json"])
    assert printed.out.count("x") == 500
    assert "…" in printed.out
    assert json.loads(whole.out) == [{"a": "x" * 5000}]
