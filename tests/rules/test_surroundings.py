"""Holidays, days off and times of day against other sources: Python's own calendar, and the Korean government's list."""

from __future__ import annotations

import csv
import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from dangol.app.settings import data_folder
from dangol.engine import DuckDBEngine, literal
from dangol.rules import Catalog, Context, Surroundings, compile_filter, parse, read_bands, say
from dangol.rules.surroundings import days_off
from dangol.schema import DefinitionError

NEW_YORK = ZoneInfo("America/New_York")
ENGINE = DuckDBEngine(threads=1)


def holds(where: dict[str, object], at: dt.datetime, tz: ZoneInfo, around: Surroundings) -> bool:
    """Whether an event at a moment (naive UTC) passes a filter, by the SQL."""
    context = Context(dt.datetime(2027, 1, 1, tzinfo=dt.UTC), tz, Catalog(surroundings=around))
    condition = compile_filter(where, "events", context.catalog, context)
    row = exp.select(literal(at).as_("at"))
    return bool(ENGINE.run(exp.select(condition.as_("c")).from_(row.subquery("e")))["c"][0].as_py())


@settings(max_examples=6, deadline=None)
@given(st.datetimes(dt.datetime(2001, 1, 1), dt.datetime(2026, 12, 31)))  # noqa: DTZ001
def test_weekday_and_hour_where_clocks_change(at: dt.datetime) -> None:
    here = at.replace(tzinfo=dt.UTC).astimezone(NEW_YORK)
    us = Surroundings("US")
    assert holds({"weekday": here.strftime("%a").lower(), "hour": here.hour}, at, NEW_YORK, us)
    assert not holds({"hour": (here.hour + 1) % 24}, at, NEW_YORK, us)


def test_every_hour_has_its_band() -> None:
    seoul = ZoneInfo("Asia/Seoul")
    bands = {"early": "22-7", "late": "18-22"}
    around = Surroundings("", read_bands(bands))
    for hour in range(24):
        at = dt.datetime(2026, 11, 18, hour) - dt.timedelta(hours=9)  # noqa: DTZ001
        expected = "late" if 18 <= hour < 22 else "early" if hour >= 22 or hour < 7 else None
        for band in bands:
            assert holds({"hour_band": band}, at, seoul, around) is (band == expected)
        assert holds({"hour_band": {"missing": True}}, at, seoul, around) is (expected is None)
        assert not holds({"holiday": True}, at, seoul, around)


@pytest.mark.parametrize("wrong", [{"a": "5"}, {"a": "5-5"}, {"a": "5-25"}, {"a": "3-9", "b": "8-10"}, {"a": "x-y"}])
def test_hours_that_are_none_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        read_bands(wrong)


def test_names_of_holidays_in_both_languages() -> None:
    names = dict(days_off("KR", 2026))
    assert [(n.en, n.ko) for n in names[dt.date(2026, 9, 25)]] == [("Chuseok", "추석")]
    assert days_off("", 2026) == ()
    assert {d for d, _ in days_off("US-CA", 2026)} >= {dt.date(2026, 7, 3), dt.date(2026, 11, 26)}


def test_a_value_that_is_none_names_the_nearest() -> None:
    for field, given_, near in (
        ("weekday", "mond", "mon"), ("hour_band", "evning", "evening"), ("weather", "rainy", "rain"),
        ("holiday", "Chusok", "Chuseok"),
    ):  # fmt: skip
        with pytest.raises(DefinitionError) as caught:
            parse({"did": "any", "where": {field: given_}}, Catalog())
        assert near in str(caught.value)
        assert caught.value.problems[0].where == f"where.where.{field}"


def test_sentences_say_it_in_both_languages() -> None:
    rule = parse(
        {"did": "Order Completed", "where": {"weather": "비", "day_off": False, "hour_band": "저녁"}}, Catalog()
    )
    assert say(rule, Catalog(), "ko") == "주문 완료(날씨: 비, 쉬는 날: 아니요, 시간대: 저녁)를 한 적이 있는 고객"
    assert say(rule, Catalog(), "en") == (
        "customers who did Order Completed (weather is rain and day off is false and time of day is evening)"
    )


@pytest.mark.real
def test_holidays_are_those_of_the_government() -> None:
    """Every day of the list from 2016 to 2025 that is one by law; elections and days declared once are in both."""
    folder = data_folder()
    file = folder / "kr_calendar" / "kr_holidays_2009_2030.csv" if folder else None
    if file is None or not file.exists():
        pytest.skip("set DANGOL_DATA to the folder of public data sets")
    with file.open(encoding="utf-8-sig") as lines:
        told = {dt.date.fromisoformat(row["date"]): row["name"] for row in csv.DictReader(lines)}
    ours = {day for year in range(2016, 2026) for day, _ in days_off("KR", year)}
    theirs = {day for day in told if 2016 <= day.year <= 2025}
    assert sorted(ours ^ theirs) == []
