"""A second reading of every trait function: plain loops over one customer's rows, written from docs/traits.md alone."""

from __future__ import annotations

import datetime as dt
import json
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby, pairwise
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Customer:
    """One customer's rows (events or lines), read at a moment in a zone."""

    def __init__(self, rows: Sequence[Row], now: dt.datetime, tz: ZoneInfo) -> None:
        self.now, self.tz = now, tz
        self.rows = sorted(
            (r for r in rows if r["at"] <= now), key=lambda r: (r["at"], r["event_id"], r.get("line", 0))
        )

    def narrowed(self, keep: Callable[[Row], bool]) -> Customer:
        return Customer([r for r in self.rows if keep(r)], self.now, self.tz)

    def did(self, *names: str) -> Customer:
        return self.narrowed(lambda r: r["name"] in names)

    def within(self, days: int) -> Customer:
        return self.narrowed(lambda r: r["at"] > self.now - dt.timedelta(days=days))

    def local(self, at: dt.datetime) -> dt.datetime:
        return at.astimezone(self.tz)

    def get(self, row: Row, field: str) -> Any:
        here = self.local(row["at"])
        if field.startswith("properties."):
            return json.loads(row["properties"]).get(field.split(".", 1)[1])
        parts = {"day": here.date(), "weekday": DAYS[here.weekday()], "hour": here.hour, "month": here.month}
        return parts[field] if field in parts else row.get(field)

    def values(self, field: str) -> list[Any]:
        return [v for r in self.rows if (v := self.get(r, field)) is not None]

    # -- functions -------------------------------------------------------------------------------------------------
    def sum(self, field: str) -> Any:
        return sum(self.values(field))

    def average(self, field: str) -> float | None:
        found = self.values(field)
        return float(sum(found)) / len(found) if found else None

    def most_frequent(self, field: str, weight: str | None = None) -> Any:
        scores: Counter[Any] = Counter()
        seen: dict[Any, dt.datetime] = {}
        for row in self.rows:
            value = self.get(row, field)
            if value is not None:
                scores[value] += (row.get(weight) or 0) if weight else 1
                seen[value] = max(row["at"], seen.get(value, row["at"]))
        return max(scores, key=lambda v: (scores[v], seen[v], v), default=None)

    def days(self) -> list[dt.date]:
        return sorted({self.local(r["at"]).date() for r in self.rows})

    def days_since(self, which: str) -> int | None:
        ats = [r["at"] for r in self.rows]
        if not ats:
            return None
        day = self.local(max(ats) if which == "last" else min(ats)).date()
        return (self.local(self.now).date() - day).days

    def gaps(self) -> list[int]:
        return [(b - a).days for a, b in pairwise(self.days())]

    def between(self, how: str) -> float | None:
        gaps = self.gaps()
        if how == "median_before_last":
            gaps, how = gaps[:-1], "median"
        if not gaps:
            return None
        if how == "last":
            return float(gaps[-1])
        return float({"median": statistics.median, "average": statistics.fmean, "min": min, "max": max}[how](gaps))

    def streak(self, unit: str, *, current: bool = False) -> int:
        def period(day: dt.date) -> int:
            return {"days": day.toordinal(), "weeks": (day.toordinal() - 1) // 7, "months": day.year * 12 + day.month}[
                unit
            ]

        periods = sorted({period(d) for d in self.days()})
        runs = [[p for _, p in run] for _, run in groupby(enumerate(periods), key=lambda pair: pair[1] - pair[0])]
        if current:
            today = period(self.local(self.now).date())
            runs = [r for r in runs if r[-1] >= today - 1]
        return max(map(len, runs), default=0)

    def share(self, keep: Callable[[Row], bool], weight: str | None = None) -> float | None:
        def size(rows: Sequence[Row]) -> float:
            return float(sum(r.get(weight) or 0 for r in rows)) if weight else float(len(rows))

        whole = size(self.rows)
        return size([r for r in self.rows if keep(r)]) / whole if whole else None

    def trend(self, days: int, field: str | None = None, how: str = "difference") -> Any:
        span = dt.timedelta(days=days)
        this = [r for r in self.rows if r["at"] > self.now - span]
        before = [r for r in self.rows if self.now - 2 * span < r["at"] <= self.now - span]
        a, b = ((sum(r.get(field) or 0 for r in rows) if field else len(rows)) for rows in (this, before))
        if how == "ratio":
            return float(a) / float(b) if b else None
        return a - b
