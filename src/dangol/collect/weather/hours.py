"""One hour's weather at one place, and which of two tellings of it counts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Literal

CONDITIONS = ("clear", "partly_cloudy", "cloudy", "rain", "sleet", "snow", "dry")
"""``dry``: neither rain nor snow, the sky not told."""

SKIES = ("clear", "partly_cloudy", "cloudy")


@dataclass(frozen=True, slots=True)
class Hour:
    """hour: its beginning, aware. °C, mm in the hour, %, m/s; what was not told is null."""

    place: str
    hour: dt.datetime
    condition: str | None = None
    temperature: float | None = None
    precipitation: float | None = None
    humidity: float | None = None
    wind: float | None = None
    kind: Literal["observed", "forecast"] = "observed"
    issued_at: dt.datetime | None = None
    source: str = ""


def merged(one: Hour, other: Hour) -> Hour:
    """Two tellings of one hour: an observation counts more than a forecast, a later word more than an earlier.

    What the better one leaves out is the other's: an observation that only knows it was dry keeps the sky as it was forecast.
    """
    better, worse = (one, other) if _rank(one) >= _rank(other) else (other, one)
    condition = better.condition or worse.condition
    if better.condition == "dry" and worse.condition in SKIES:
        condition = worse.condition
    return replace(
        better,
        condition=condition,
        **{
            name: getattr(better, name) if getattr(better, name) is not None else getattr(worse, name)
            for name in ("temperature", "precipitation", "humidity", "wind")
        },
    )


def _rank(hour: Hour) -> tuple[bool, dt.datetime]:
    return hour.kind == "observed", hour.issued_at or dt.datetime.min.replace(tzinfo=dt.UTC)
