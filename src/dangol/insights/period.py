"""Stretches of time that people name: `90 days`, `last month`, `2026-01-01..2026-03-31`, `all`; and what they are compared with.

Every stretch is half-open and made of whole local days (hours for a stretch of hours), except that it ends at the present.
"""

from __future__ import annotations

import datetime as dt
import re
from calendar import monthrange
from dataclasses import dataclass, replace
from typing import Literal
from zoneinfo import ZoneInfo

from dangol.rules import window_bounds
from dangol.rules.nodes import Window
from dangol.rules.words import duration, phrase
from dangol.schema import DefinitionError, Problem, Text

Interval = Literal["hour", "day", "week", "month"]
Compare = Literal["none", "before", "year"]
TICK = dt.timedelta(microseconds=1)
ALL = ("all", "전체")
YEARS = (1900, 2199)
"""What a period can be of; years beyond are slips of the pen."""
_MOST = 5000
"""Points a line may have: more is no picture any more."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `start` (included) to `end` (excluded), aware UTC.

    step   what the stretch is long, for going back by the same: (3, "month"), (90, "day")
    """

    start: dt.datetime
    end: dt.datetime
    step: tuple[int, str]
    tz: ZoneInfo

    def before(self, compare: Compare) -> Stretch | None:
        """The stretch to compare with: as long and just before, or a year ago (52 weeks where the stretch is weeks)."""
        if compare == "none":
            return None
        back = self.step if compare == "before" else (52, "week") if self.step[1] == "week" else (12, "month")
        return self.shifted(-back[0], back[1])

    def shifted(self, n: int, unit: str) -> Stretch:
        """The same stretch, n units later on the shop's calendar."""
        try:
            start, end = (_back_to_utc(_shift(self.local(at), n, unit), self.tz) for at in (self.start, self.end))
        except (OverflowError, ValueError) as error:
            raise _too_far() from error
        return replace(self, start=start, end=max(start, end))

    def local(self, at: dt.datetime) -> dt.datetime:
        """A moment on the shop's clock, naive."""
        return at.astimezone(self.tz).replace(tzinfo=None)

    def days(self) -> float:
        return (self.end - self.start) / dt.timedelta(days=1)

    def interval(self) -> Interval:
        """A fitting width of buckets: no more than about a hundred of them."""
        for most, interval in ((2.1, "hour"), (100, "day"), (740, "week")):
            if self.days() <= most:
                return interval  # type: ignore[return-value]
        return "month"

    def buckets(self, interval: Interval) -> list[dt.datetime]:
        """Beginnings of the buckets that touch the stretch, naive local time, in order."""
        found, at, end = [], floor(self.local(self.start), interval), self.local(self.end)
        while at < end:
            found.append(at)
            at = _shift(at, 1, interval)
            if len(found) > _MOST:
                raise _wrong(
                    Text("too many points for one line", "한 선에 담기에는 점이 너무 많습니다"),
                    Text("choose a shorter period or a wider interval", "기간을 줄이거나 간격을 넓히세요"),
                    "interval",
                )
        return found


def floor(local: dt.datetime, interval: str) -> dt.datetime:
    """The beginning of the bucket a local moment lies in; weeks begin on Monday."""
    if interval == "hour":
        return local.replace(minute=0, second=0, microsecond=0)
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if interval == "week":
        return day - dt.timedelta(days=day.weekday())
    return day.replace(day=1) if interval == "month" else day


def next_bucket(local: dt.datetime, interval: str) -> dt.datetime:
    """The beginning of the bucket after the one that begins at `local`."""
    return _shift(local, 1, interval)


def bucket_words(local: dt.datetime, interval: str) -> str:
    """How a bucket is named: `2026-03-01`, or `2026-03-01T15:00` for an hour."""
    return f"{local:%Y-%m-%dT%H:00}" if interval == "hour" else f"{local:%Y-%m-%d}"


def read_period(text: str, *, now: dt.datetime, tz: ZoneInfo, first: dt.datetime | None) -> Stretch:
    """A stretch from its words, in English or Korean.

    `90 days` are 90 days with today as the last, `12 weeks` and `3 months` calendar ones with the present one as the last;
    phrases (`last month`, `this year`, `last 4 weeks`) are the rule language's; `FROM..TO` are local days, both included;
    `FROM..` goes up to now; `all` begins with the day of the first event.

    :param first: the first event's moment (aware), for `all`.
    :raises DefinitionError: when it is none of these, or lies outside of `YEARS`.
    """
    try:
        found = _read(text, now, tz, first)
    except (OverflowError, ValueError) as error:
        raise _too_far() from error
    if text.strip().lower() not in ALL and not YEARS[0] <= found.start.year <= found.end.year <= YEARS[1]:
        raise _too_far()
    return found


def _read(text: str, now: dt.datetime, tz: ZoneInfo, first: dt.datetime | None) -> Stretch:
    said = " ".join(text.split())
    today = now.astimezone(tz).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    present = now.astimezone(dt.UTC) + TICK
    if said.lower() in ALL:
        start = first.astimezone(tz).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0) if first else today
        return _made(start, present, (max(1, (today - start).days + 1), "day"), tz)
    found = duration(said)
    if found is not None and found.n:
        unit = found.unit if found.unit not in ("second", "minute") else "hour"
        here = now.astimezone(tz).replace(tzinfo=None)
        floored = (
            here.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
            if unit == "year"
            else floor(here, unit)
        )
        return _made(_shift(floored, 1 - found.n, unit), present, (found.n, unit), tz)
    named = phrase(said)
    if named is not None:
        start_at, end_at = window_bounds((Window("during", named),), now, tz)
        if start_at is not None and end_at is not None:
            return Stretch(start_at, max(start_at, min(end_at, present)), _step_of(named), tz)
    days = re.fullmatch(r"(\d{4}-\d{2}-\d{2})\s*(?:\.\.|~)\s*(\d{4}-\d{2}-\d{2})?", said)
    if days:
        return _between(days[1], days[2], today, present, tz)
    raise _wrong(
        Text(f"'{text[:60]}' is no period", f"'{text[:60]}': 기간이 아닙니다"),
        Text(
            "such as 90 days, 12 weeks, last month, this year, 2026-01-01..2026-03-31, all",
            "예: 90일, 12주, 지난 달, 올해, 2026-01-01..2026-03-31, 전체",
        ),
    )


def _between(low: str, high: str | None, today: dt.datetime, present: dt.datetime, tz: ZoneInfo) -> Stretch:
    try:
        start = dt.datetime.fromisoformat(low)
        last = dt.datetime.fromisoformat(high) if high else today
    except ValueError as error:
        raise _wrong(
            Text("there is no such day", "그런 날짜는 없습니다"), Text.same("2026-01-01..2026-03-31")
        ) from error
    if last < start:
        raise _wrong(
            Text("the period ends before it begins", "기간의 끝이 시작보다 앞섭니다"),
            Text("write the earlier day first", "앞선 날짜를 먼저 적으세요"),
        )
    after = _back_to_utc(last + dt.timedelta(days=1), tz) if high else present
    return _made(start, after, ((last - start).days + 1, "day"), tz)


def _made(start: dt.datetime, end: dt.datetime, step: tuple[int, str], tz: ZoneInfo) -> Stretch:
    begin = _back_to_utc(start, tz)
    return Stretch(begin, max(begin, end), step, tz)


def _step_of(named: str) -> tuple[int, str]:
    words = named.split()
    n = int(words[1]) if len(words) == 3 else 1
    unit = words[-1].rstrip("s") if len(words) > 1 else "day"
    return (3 * n, "month") if unit == "quarter" else (n, unit)


def _shift(local: dt.datetime, n: int, unit: str) -> dt.datetime:
    if unit in ("hour", "day", "week"):
        return (
            local
            + n * {"hour": dt.timedelta(hours=1), "day": dt.timedelta(days=1), "week": dt.timedelta(weeks=1)}[unit]
        )
    months = n * (12 if unit == "year" else 1)
    y, m = divmod(local.year * 12 + local.month - 1 + months, 12)
    return local.replace(year=y, month=m + 1, day=min(local.day, monthrange(y, m + 1)[1]))


def _back_to_utc(local: dt.datetime, tz: ZoneInfo) -> dt.datetime:
    return local.replace(tzinfo=tz).astimezone(dt.UTC)


def _too_far() -> DefinitionError:
    low, high = YEARS
    return _wrong(
        Text("the period lies too far away", "기간이 너무 먼 때입니다"),
        Text(f"years from {low} to {high}", f"{low}년부터 {high}년까지 쓸 수 있습니다"),
    )


def _wrong(message: Text, hint: Text, where: str = "period") -> DefinitionError:
    return DefinitionError([Problem(message, where, hint)])
