"""Time and context: when customers act, by hour and weekday, on holidays and days off, and in what weather."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Literal

import pyarrow as pa
from pydantic import Field
from sqlglot import exp

from dangol.engine import sql
from dangol.insights.asking import Asking
from dangol.insights.behind import did, is_, whole
from dangol.insights.question import Crowd, Found, Kind, Question, Step
from dangol.insights.shapes import peeked, told
from dangol.rules.surroundings import days_off
from dangol.schema import Text

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Timing(Question):
    """When something happens: hour and weekday, holidays, weather."""

    kind: Literal["timing"] = "timing"
    period: str = Field(
        "12 months", max_length=60, description="90 days, 12 weeks, last month, 2026-01-01..2026-03-31, all"
    )
    event: Step = Field(Step(event="Order Completed"), description="what is counted")


def answer(question: Timing, asking: Asking) -> Found:
    rows = _rows(question, asking)
    with asking.engine.scratch(rows) as kept:
        asking.keep(rows)
        hours = told(asking, _hours(kept)).to_pylist()
        days = told(asking, _days(kept)).to_pylist()
        weather = _weather(asking, kept)
        whole = peeked(
            asking,
            sql(
                "SELECT COUNT(*) AS n, SUM(amount) AS amount, COUNT(DISTINCT customer_id) AS customers FROM t",
                tables={"t": kept},
            ),
        ).to_pylist()[0]
    calendar = _calendar(asking)
    data = {"hours": _grid(hours, calendar), "days": _kinds(days, calendar), "holidays": _holidays(days, calendar)}
    notes = [CALENDAR]
    if weather is None:
        notes.append(NO_WEATHER)
    else:
        data["weather"] = weather
        notes.append(WEATHER)
    facts = {"events": int(whole["n"]), "amount": float(whole["amount"] or 0), "customers": int(whole["customers"] or 0),
             "days": len(calendar), "country": asking.catalog.surroundings.country}  # fmt: skip
    return Found(data, int(whole["n"]), tuple(notes), facts)


def _rows(question: Timing, asking: Asking) -> exp.Select:
    """(customer_id, amount, weekday, hour, day, day_off, spot hour): one row an event, on the shop's clock."""
    columns: list[exp.Expr] = [exp.column("customer_id"), sql("CAST(COALESCE(amount, 0) AS DOUBLE)").as_("amount")]
    columns += [asking.field(name).as_(name) for name in ("weekday", "hour", "weather", "temperature")]
    columns.append(sql("CAST(:here AS DATE)", here=asking.local(exp.column("at"), asking.stretch)).as_("day"))
    rows = asking.rows(columns, asking.stretch, names=question.event.names, asks=("weather", question.event.where))
    return rows.where(asking.filtered(question.event.where))


def _hours(kept: str) -> exp.Expr:
    return sql(
        "SELECT weekday, hour, COUNT(*) AS events, COUNT(DISTINCT customer_id) AS customers, SUM(amount) AS amount FROM t"
        " GROUP BY weekday, hour",
        tables={"t": kept},
    )


def _days(kept: str) -> exp.Expr:
    return sql(
        "SELECT day, COUNT(*) AS events, COUNT(DISTINCT customer_id) AS customers, SUM(amount) AS amount FROM t"
        " GROUP BY day ORDER BY day",
        tables={"t": kept},
    )


def _calendar(asking: Asking) -> dict[dt.date, tuple[Text, ...]]:
    """Every local day of the stretch with its holidays; the last may be today, which is not over."""
    tz, stretch = asking.context.tz, asking.stretch
    first, last = (
        stretch.start.astimezone(tz).date(),
        (stretch.end - dt.timedelta(microseconds=1)).astimezone(tz).date(),
    )
    country = asking.catalog.surroundings.country
    named = {day: names for year in range(first.year, last.year + 1) for day, names in days_off(country, year)}
    return {
        day: named.get(day, ())
        for day in (first + dt.timedelta(days=i) for i in range(max(0, (last - first).days + 1)))
    }


def _grid(hours: list[dict[str, Any]], calendar: Mapping[dt.date, Any]) -> pa.Table:
    """All 168 hours of a week: how much there was, and how much in one such hour of one week."""
    found = {(r["weekday"], int(r["hour"])): r for r in hours}
    weeks = {name: sum(day.weekday() == i for day in calendar) for i, name in enumerate(WEEKDAYS)}
    rows = []
    for weekday in WEEKDAYS:
        for hour in range(24):
            r = found.get((weekday, hour), {})
            n = weeks[weekday]
            rows.append(
                {
                    "weekday": weekday,
                    "hour": hour,
                    "events": r.get("events", 0),
                    "customers": r.get("customers", 0),
                    "amount": r.get("amount", 0.0),
                    "a_time": r.get("events", 0) / n if n else None,
                }
            )
    return pa.Table.from_pylist(rows, schema=_HOURS)


_HOURS = pa.schema(
    [
        ("weekday", pa.string()),
        ("hour", pa.int64()),
        ("events", pa.int64()),
        ("customers", pa.int64()),
        ("amount", pa.float64()),
        ("a_time", pa.float64()),
    ]
)
_DAYS = pa.schema(
    [
        ("what", pa.string()),
        ("days", pa.int64()),
        ("events", pa.int64()),
        ("amount", pa.float64()),
        ("events_a_day", pa.float64()),
        ("amount_a_day", pa.float64()),
    ]
)


def _kinds(days: list[dict[str, Any]], calendar: Mapping[dt.date, Any]) -> pa.Table:
    """Working days, weekends and holidays, a day on the average; days without anything count, too."""
    found = {r["day"]: r for r in days}
    rows = []
    for what, fits in _KINDS_OF_DAY.items():
        here = [day for day, names in calendar.items() if fits(day, names)]
        rows.append(_mean({"what": what}, here, found))
    return pa.Table.from_pylist(rows, schema=_DAYS)


_KINDS_OF_DAY: Mapping[str, Callable[[dt.date, tuple[Text, ...]], bool]] = {
    "working_day": lambda day, names: day.weekday() < 5 and not names,
    "weekend": lambda day, names: day.weekday() >= 5 and not names,
    "holiday": lambda day, names: bool(names),
}


def _mean(head: dict[str, Any], here: list[dt.date], found: Mapping[dt.date, Mapping[str, Any]]) -> dict[str, Any]:
    events = sum(found[day]["events"] for day in here if day in found)
    amount = float(sum(found[day]["amount"] or 0 for day in here if day in found))
    n = len(here)
    means = {"events_a_day": events / n if n else None, "amount_a_day": amount / n if n else None}
    return {**head, "days": n, "events": events, "amount": amount, **means}


def _holidays(days: list[dict[str, Any]], calendar: Mapping[dt.date, tuple[Text, ...]]) -> pa.Table:
    """Each holiday of the stretch by day, beside the usual such weekday that is none."""
    found = {r["day"]: r for r in days}
    usual = {}
    for weekday in range(7):
        plain = [day for day, names in calendar.items() if day.weekday() == weekday and not names]
        usual[weekday] = _mean({}, plain, found)["events_a_day"]
    rows = [
        {
            "day": day,
            "en": "; ".join(n.en for n in names),
            "ko": "; ".join(n.ko for n in names),
            "events": found.get(day, {}).get("events", 0),
            "amount": float(found.get(day, {}).get("amount") or 0),
            "usual": usual[day.weekday()],
        }
        for day, names in calendar.items()
        if names
    ]
    schema = pa.schema(
        [
            ("day", pa.date32()),
            ("en", pa.string()),
            ("ko", pa.string()),
            ("events", pa.int64()),
            ("amount", pa.float64()),
            ("usual", pa.float64()),
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def _weather(asking: Asking, kept: str) -> pa.Table | None:
    """By weather: events, the hours there was such weather (of the places that count), events an hour. None where none is fed."""
    given, stretch = asking.catalog.surroundings, asking.stretch
    spots = sorted({given.spot, *given.spots.values()} - {""})
    if not spots:
        return None
    # an hour counts once for each place: events happened at all of them
    hours = sql(
        "SELECT condition, COUNT(*) AS hours FROM weather WHERE place IN :spots AND hour >= :start AND hour < :end"
        " AND NOT condition IS NULL GROUP BY condition",
        spots=spots,
        start=stretch.start,
        end=stretch.end,
    )
    found = told(
        asking,
        sql(
            "SELECT h.condition AS weather, h.hours, COALESCE(e.events, 0) AS events, COALESCE(e.amount, 0.0) AS amount,"
            " CAST(COALESCE(e.events, 0) AS DOUBLE) / h.hours AS events_an_hour"
            " FROM h LEFT JOIN (SELECT weather, COUNT(*) AS events, SUM(amount) AS amount FROM t GROUP BY weather) AS e"
            " ON e.weather = h.condition ORDER BY h.hours DESC, h.condition",
            tables={"h": hours, "t": kept},
        ),
    )
    return found if found.num_rows else None


def people(question: Timing, cell: Mapping[str, Any], asking: Asking) -> Crowd:
    """Who did it in an hour of the week (`weekday`, `hour`), on a day (`day`), or in a weather (`weather`)."""
    rows = _rows(question, asking)
    query = exp.select("customer_id").distinct().from_(rows.subquery("t")).where(sql("NOT customer_id IS NULL"))
    for name in ("weekday", "weather"):
        if cell.get(name) is not None:
            query = query.where(exp.column(name).eq(str(cell[name])))
    if cell.get("hour") is not None:
        query = query.where(exp.column("hour").eq(int(cell["hour"])))
    if cell.get("day") is not None:
        query = query.where(sql("day = :day", day=dt.date.fromisoformat(str(cell["day"])[:10])))
    if cell.get("day") is not None:
        return Crowd(query)
    where = [is_(n, cell[n]) for n in ("weekday", "hour", "weather") if cell.get(n) is not None]
    return Crowd(query, whole(asking, did(asking, question.event.names, question.event.where, *where)), True)


CALENDAR = Text(
    "Hours and days are on the shop's clock. Opening hours are not known here: an hour when the shop is closed looks quiet.",
    "시각과 날짜는 가게 시간대를 따릅니다. 영업 시간은 알지 못하므로 문을 닫은 시간도 한산한 시간으로 보입니다.",
)
WEATHER = Text(
    "Weather goes with season and hour: more orders in warm weather may be orders of summer evenings.",
    "날씨는 계절, 시간대와 함께 움직입니다. 더울 때 주문이 많은 것은 여름 저녁이라서일 수도 있습니다.",
)
NO_WEATHER = Text(
    "No weather is fed for the shop's places: set weather_place and import or fetch it.",
    "가게 위치의 날씨가 없습니다. weather_place를 정하고 날씨를 가져오세요.",
)

KIND = Kind(
    Timing,
    Text("Time and context", "시간과 맥락"),
    Text(
        "When do customers act: hour, weekday, holiday, weather?", "고객은 언제 움직이나요: 시간대, 요일, 휴일, 날씨?"
    ),
    Text(
        "Events by weekday and hour on the shop's clock, and the mean of one such hour; working days, weekends and"
        " holidays by the day;"
        " weather by the hour.",
        "가게 시간대의 요일과 시각별 이벤트와 그 한 시간의 평균. 평일, 주말, 공휴일은 하루 평균, 날씨는 시간당 평균.",
    ),
    answer,
    people,
)
