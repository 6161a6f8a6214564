"""The grid, the rules of issue times, and what the values of the weather service mean."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.collect.weather import Hour, KmaError, address, base, merged, page_of, read_hours, read_items, spot
from dangol.schema import FileError

SEOUL = ZoneInfo("Asia/Seoul")
NOW = dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("said", "is_"),
    [
        ("37.5665, 126.9780", "60,127"),
        ("37.4871,126.7274", "56,125"),  # the guide's own example
        ("35.1796,129.0756", "98,76"),
        ("33.4996,126.5312", "53,38"),
        ("60,127", "60,127"),
        (" Seoul store ", "Seoul store"),
        ("", ""),
    ],
)
def test_a_place_is_a_cell_of_the_grid_or_a_name(said: str, is_: str) -> None:
    assert spot(said) == is_


@pytest.mark.parametrize("said", ["48.85,2.35", "0,0", "150,1"])
def test_what_lies_outside_the_grid_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="outside"):
        spot(said)


def kst(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=SEOUL)


@pytest.mark.parametrize(
    ("now", "forecast", "observed"),
    [
        ("2026-11-22T12:00", "2026-11-22T11:00", "2026-11-22T11:00"),
        ("2026-11-22T11:09", "2026-11-22T08:00", "2026-11-22T10:00"),
        ("2026-11-22T11:10", "2026-11-22T11:00", "2026-11-22T10:00"),
        ("2026-11-22T11:40", "2026-11-22T11:00", "2026-11-22T11:00"),
        ("2026-11-22T02:09", "2026-11-21T23:00", "2026-11-22T01:00"),
        ("2026-11-22T00:05", "2026-11-21T23:00", "2026-11-21T23:00"),
    ],
)
def test_the_newest_issue_that_is_there(now: str, forecast: str, observed: str) -> None:
    assert base("getVilageFcst", kst(now)) == kst(forecast)
    assert base("getUltraSrtNcst", kst(now)) == kst(observed)


@given(st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2030, 1, 1)))  # noqa: DTZ001
def test_an_issue_is_never_of_the_future_and_never_old(now: dt.datetime) -> None:
    at = now.replace(tzinfo=SEOUL)
    assert dt.timedelta(minutes=10) <= at - base("getVilageFcst", at) < dt.timedelta(hours=3, minutes=10)
    assert dt.timedelta(minutes=40) <= at - base("getUltraSrtNcst", at) < dt.timedelta(hours=1, minutes=40)


def test_a_key_that_was_given_out_encoded_is_not_encoded_twice() -> None:
    for key in ("a+b==", "a%2Bb%3D%3D"):
        asked = address("https://kma.example/x/", "getVilageFcst", key, (60, 127), kst("2026-11-22T05:00"))
        assert "serviceKey=a%2Bb%3D%3D&" in asked
        assert "base_date=20261122&base_time=0500&nx=60&ny=127" in asked


def forecast(**said: str) -> Hour:
    head = {"baseDate": "20261122", "baseTime": "0500", "fcstDate": "20261122", "fcstTime": "1900", "nx": 60, "ny": 127}
    items = [{**head, "category": c, "fcstValue": v} for c, v in said.items()]
    (hour,) = read_items("getVilageFcst", items, "60,127", kst("2026-11-22T05:00"))
    return hour


@pytest.mark.parametrize(
    ("sky", "falling", "condition"),
    [
        ("1", "0", "clear"), ("3", "0", "partly_cloudy"), ("4", "0", "cloudy"), ("4", "1", "rain"), ("4", "2", "sleet"),
        ("3", "3", "snow"), ("3", "4", "rain"), ("-900", "0", "dry"), ("1", "-999", "clear"),
    ],
)  # fmt: skip
def test_sky_and_precipitation_make_the_condition(sky: str, falling: str, condition: str) -> None:
    assert forecast(SKY=sky, PTY=falling).condition == condition


@pytest.mark.parametrize(
    ("said", "mm"),
    [("강수없음", 0.0), ("1mm 미만", 0.1), ("1.0mm", 1.0), ("30.0~50.0mm", 30.0), ("50.0mm 이상", 50.0), ("0", 0.0)],
)
def test_amounts_of_rain(said: str, mm: float) -> None:
    assert forecast(PCP=said).precipitation == mm


def test_values_marked_as_missing_are_missing() -> None:
    hour = forecast(TMP="-998.9", REH="900", WSD="2.5", SKY="1", PTY="0")
    assert (hour.temperature, hour.humidity, hour.wind, hour.precipitation) == (None, None, 2.5, None)
    assert hour.hour == dt.datetime(2026, 11, 22, 10, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "body",
    [
        b"<x><returnAuthMsg>SERVICE_KEY_IS_NOT_REGISTERED_ERROR</returnAuthMsg><returnReasonCode>30</returnReasonCode></x>",
        b'{"response":{"header":{"resultCode":"22","resultMsg":"LIMITED"}}}',
        b"", b"null", b"[]", b"\xff", b'{"response":{"header":{"resultCode":"00"},"body":{"items":""}}}',
    ],
)  # fmt: skip
def test_whatever_else_is_answered_is_one_clear_error(body: bytes) -> None:
    with pytest.raises(KmaError) as caught:
        page_of(body)
    assert caught.value.hint


hours = st.builds(
    Hour,
    place=st.just("60,127"),
    hour=st.just(NOW),
    condition=st.sampled_from([None, "clear", "rain", "dry"]),
    temperature=st.sampled_from([None, 1.0, 2.0]),
    precipitation=st.sampled_from([None, 0.0]),
    humidity=st.none(),
    wind=st.none(),
    kind=st.sampled_from(["observed", "forecast"]),
    issued_at=st.integers(0, 10_000).map(lambda n: NOW - dt.timedelta(minutes=n)),
    source=st.just("kma"),
)


@given(st.lists(hours, min_size=2, max_size=2, unique_by=lambda h: h.issued_at))
def test_of_two_tellings_the_same_counts_in_any_order(two: list[Hour]) -> None:
    one, other = two
    found = merged(one, other)
    assert found == merged(other, one) == merged(found, other) == merged(found, one)
    seen = [h for h in two if h.kind == "observed"]
    if len(seen) == 1 and seen[0].temperature is not None:
        assert found.temperature == seen[0].temperature


def test_a_file_is_read_in_both_shapes_and_encodings(tmp_path: Path) -> None:
    head = "time,place,condition,temperature,precipitation,humidity,wind\n"
    file = tmp_path / "weather.csv"
    file.write_bytes((head + "2026-11-16T19:40,강남점,비,8.5,3,95,2.5\n2026-11-16T10:00Z,,clear,,,,\n").encode("cp949"))
    first, wrong = read_hours(file, place="60,127", tz=SEOUL, now=NOW)
    assert wrong == []
    assert [(h.place, h.condition, h.hour.hour) for h in first] == [("강남점", "rain", 10), ("60,127", "clear", 10)]
    file.write_text('[{"time": "2026-11-16T19:40", "place": "강남점", "condition": "비", "temperature": 8.5}]')
    (one,), _ = read_hours(file, place="60,127", tz=SEOUL, now=NOW)
    assert (one.place, one.condition, one.temperature) == ("강남점", "rain", 8.5)


def test_rows_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    file = tmp_path / "weather.csv"
    rows = [
        "time,place,condition,temperature,humidity",
        "x,a,,,",
        "2026-11-16T19:00,a,hail,,",
        "2026-11-16T19:00,a,,warm,",
    ]
    file.write_text("\n".join([*rows, "2026-11-16T19:00,a,,,140", "2026-11-16T19:00,,,,", "2026-11-16T19:00,a,,nan,"]))
    found, wrong = read_hours(file, place="", tz=SEOUL, now=NOW)
    assert found == []
    assert [(w.row, w.field) for w in wrong] == [
        (2, "time"), (3, "condition"), (4, "temperature"), (5, "humidity"), (6, "place"), (7, "temperature"),
    ]  # fmt: skip
    file.write_text("when,what\n1,2\n")
    with pytest.raises(FileError, match="time"):
        read_hours(file, place="", tz=SEOUL, now=NOW)
