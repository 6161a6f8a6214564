"""Local time computed by offsets against Python's own zone data."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from dangol.engine import DuckDBEngine
from dangol.profiles import clock
from tests.budget import examples

ZONES = [
    "Asia/Seoul",
    "Europe/London",
    "America/New_York",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Africa/Casablanca",
    "UTC",
]
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ENGINE = DuckDBEngine(threads=1)


@settings(max_examples=examples(12), deadline=None)
@given(
    st.datetimes(dt.datetime.fromisoformat("2000-01-02"), dt.datetime.fromisoformat("2028-01-01")),
    st.lists(st.timedeltas(dt.timedelta(0), dt.timedelta(days=800)), min_size=1, max_size=40),
    st.sampled_from(ZONES),
)
def test_parts_of_time_agree_with_zoneinfo(start: dt.datetime, after: list[dt.timedelta], zone: str) -> None:
    tz = ZoneInfo(zone)
    moments = [start + step for step in after]
    span = (min(moments).replace(tzinfo=dt.UTC), max(moments).replace(tzinfo=dt.UTC))
    rows = pa.table({"at": pa.array(moments, pa.timestamp("us"))})
    columns = [clock.part(p, exp.column("at"), tz, span).as_(p) for p in clock.PARTS]
    with ENGINE.scratch(rows) as table:
        found = ENGINE.run(exp.select("at", *columns).from_(table)).to_pylist()
    for row in found:
        here = row["at"].replace(tzinfo=dt.UTC).astimezone(tz)
        assert (row["day"], row["hour"], row["month"]) == (here.date(), here.hour, here.month)
        assert row["weekday"] == DAYS[here.weekday()]


def test_a_zone_without_changes_is_one_addition() -> None:
    span = (dt.datetime(1995, 1, 1, tzinfo=dt.UTC), dt.datetime(2030, 1, 1, tzinfo=dt.UTC))
    assert len(clock.offsets(ZoneInfo("Asia/Seoul"), span)) == 1
    assert clock.local(exp.column("at"), ZoneInfo("Asia/Seoul"), span).sql("spark") == "at + INTERVAL '32400' SECOND"


def test_years_beyond_reason_keep_the_nearest_offset() -> None:
    span = (dt.datetime(1, 1, 1, tzinfo=dt.UTC), dt.datetime(9999, 12, 31, tzinfo=dt.UTC))
    assert len(clock.offsets(ZoneInfo("Asia/Seoul"), span)) < 40
