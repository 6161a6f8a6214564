"""What stands around an event without being told with it: weekday, hour, days off, weather.

Nothing of this is stored with events: it is read from their time and place when a rule asks, so that a corrected
calendar, a mended hour band or weather that came late changes the answers about the past as well.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlglot import exp

from dangol.engine import literal, sql
from dangol.rules import local
from dangol.rules.local import Span
from dangol.rules.nodes import Did, Field, Node, Test, children
from dangol.schema import BANDS, Text, Type

FIELDS: dict[str, Type] = {
    "weekday": "text",
    "hour": "int64",
    "hour_band": "text",
    "holiday": "text",
    "day_off": "bool",
    "weather": "text",
    "temperature": "float64",
    "precipitation": "float64",
    "humidity": "float64",
    "wind": "float64",
}
"""Fields every event and order line has for rules, beside its columns. They hide properties of the same name."""

WEATHER = ("weather", "temperature", "precipitation", "humidity", "wind")
"""Those of them that the table `weather` tells; missing where it has no row for the place and hour."""

_FIRST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_AHEAD = dt.timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a shop lets its rules know of the world.

    country  ISO code (``KR``, or ``US-CA`` with a part of the country) whose public holidays count; empty: none
    bands    name → hours of the day (0 to 23) that belong to it
    spot     place in the table `weather` that stands for events without one of their own; empty: none
    spots    an event's `place` → its place in the table `weather`
    """

    country: str = "KR"
    bands: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: read_bands(BANDS))
    spot: str = ""
    spots: Mapping[str, str] = field(default_factory=dict)

    def holidays(self) -> dict[str, Text]:
        """Name in English → name in both languages, of every holiday from 2000 to 2035."""
        found: dict[str, Text] = {}
        for year in range(_FIRST.year, 2036):
            for _, names in days_off(self.country, year):
                found |= {name.en: name for name in names}
        return found


def read_bands(said: Mapping[str, str]) -> dict[str, tuple[int, ...]]:
    """``{"evening": "18-22"}`` → hours; ``22-2`` goes over midnight. Raises ValueError."""
    found: dict[str, tuple[int, ...]] = {}
    for name, hours in said.items():
        first, _, end = str(hours).partition("-")
        low, high = int(first), int(end)
        if not (0 <= low <= 23 and 0 <= high <= 24 and low != high):
            raise ValueError(hours)
        found[str(name)] = tuple(range(low, high)) if low < high else (*range(low, 24), *range(high))
    every = [hour for hours in found.values() for hour in hours]
    if len(every) != len(set(every)):
        raise ValueError("two bands share an hour")
    return found


@lru_cache(maxsize=512)
def days_off(country: str, year: int) -> tuple[tuple[dt.date, tuple[Text, ...]], ...]:
    """Public holidays of a year with their names (the `holidays` package); English where it has no Korean."""
    if not country:
        return ()
    import holidays  # half a second; only rules on days off pay for it

    code, _, part = country.partition("-")
    said = [holidays.country_holidays(code, subdiv=part or None, years=year, language=lang) for lang in ("en_US", "ko")]
    found = []
    for day in sorted(said[0]):
        if day.year == year:
            english, korean = said[0].get_list(day), said[1].get_list(day)
            pairs = zip(english, korean if len(korean) == len(english) else english, strict=True)
            found.append((day, tuple(Text(en, ko) for en, ko in pairs)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Around:
    """Reads `FIELDS` of rows that lie within a span of time."""

    given: Surroundings
    tz: ZoneInfo
    span: Span

    def value(self, name: str) -> exp.Expr:
        """A field of a row as SQL over `at`; weather is a column of `weathered` rows."""
        if name in WEATHER:
            return exp.column(name)
        if name in local.PARTS:
            return local.part(name, exp.column("at"), self.tz, self.span)
        if name == "hour_band":
            named = exp.Case(this=local.part("hour", exp.column("at"), self.tz, self.span))
            for band, hours in self.given.bands.items():
                for hour in hours:
                    named = named.when(literal(hour), literal(band))
            return named
        here = local.local(exp.column("at"), self.tz, self.span)
        day = sql("CAST(:here AS DATE)", here=here)
        if name == "day_off":
            weekend = sql(":n >= 5", n=local.weekday_number(here))
            days = [literal(d) for d, _ in self._days()]
            return exp.paren(exp.or_(weekend, exp.In(this=day, expressions=days)) if days else weekend)
        cases = exp.Case()
        for said, dates in self._named().items():
            cases = cases.when(exp.In(this=day.copy(), expressions=[literal(d) for d in dates]), literal(said))
        return cases if cases.args.get("ifs") else sql("CAST(NULL AS VARCHAR)")

    def tests(self, name: str, tests: tuple[Test, ...]) -> tuple[Test, ...]:
        """Tests as the field's values need them: a holiday may be asked for in either language, and share its day."""
        return tuple(map(self._named_test, tests)) if name == "holiday" else tests

    def _named_test(self, test: Test) -> Test:
        if test.op not in ("is", "is_not", "in", "not_in"):
            return test
        asked = {str(v).casefold() for v in (test.value if isinstance(test.value, tuple) else (test.value,))}
        values = tuple(
            dict.fromkeys(
                _joined(names)
                for _, names in self._days()
                if any(name.en.casefold() in asked or name.ko.casefold() in asked for name in names)
            )
        )
        return replace(test, op="in" if test.op in ("is", "in") else "not_in", value=values or ("",))

    def _days(self) -> list[tuple[dt.date, tuple[Text, ...]]]:
        first, last = self.span[0].astimezone(self.tz).year, self.span[1].astimezone(self.tz).year
        return [one for year in range(first, last + 1) for one in days_off(self.given.country, year)]

    def _named(self) -> dict[str, list[dt.date]]:
        found: dict[str, list[dt.date]] = {}
        for day, names in self._days():
            found.setdefault(_joined(names), []).append(day)
        return found


def around(
    given: Surroundings, tz: ZoneInfo, now: dt.datetime, bounds: tuple[dt.datetime | None, dt.datetime | None]
) -> Around:
    """For rows inside the bounds of a window; facts before 2000 are read as the year 2000 begins."""
    start, end = bounds
    first = max(start or _FIRST, _FIRST)
    return Around(given, tz, (first, max(first, min(end or now + _AHEAD, now + _AHEAD))))


def weathered(facts: str | exp.Query, weather: str, given: Surroundings) -> exp.Subquery:
    """Rows of events or order lines with the weather of their place and hour beside their own columns."""
    spot: exp.Expr = literal(given.spot) if given.spot else sql("CAST(NULL AS VARCHAR)")
    if given.spots:
        cases = exp.Case(this=sql("f.place"))
        for place, where in given.spots.items():
            cases = cases.when(literal(place), literal(where))
        spot = cases.else_(spot)
    query = sql(
        "SELECT f.*, w.condition AS weather, w.temperature AS temperature, w.precipitation AS precipitation,"
        " w.humidity AS humidity, w.wind AS wind"
        " FROM f LEFT JOIN w ON w.place = :spot AND w.hour = DATE_TRUNC('hour', f.at)",
        tables={"f": facts, "w": weather},
        spot=spot,
    )
    return exp.Subquery(this=query, alias=exp.TableAlias(this=exp.to_identifier("facts")))


def fields_in(where: Node | None) -> Iterator[str]:
    """Names of the fields a filter asks."""
    if isinstance(where, Field):
        yield where.name
    elif where is not None:
        for part in children(where):
            yield from fields_in(part)


def fields_of(did: Did) -> Iterator[str]:
    """Names of the fields behaviour is asked by: its filter and its measure (not those of `since`)."""
    yield from fields_in(did.where)
    if did.measure.field:
        yield did.measure.field


def asked_names(body: object) -> set[str]:
    """Every key of a condition as it is written, which holds the names of the fields it asks."""
    if isinstance(body, Mapping):
        return {str(k) for k in body} | {name for part in body.values() for name in asked_names(part)}
    return {name for part in body for name in asked_names(part)} if isinstance(body, list) else set()


def asks_weather(names: Iterable[str]) -> bool:
    return any(name in WEATHER for name in names)


def _joined(names: tuple[Text, ...]) -> str:
    return "; ".join(name.en for name in names)
