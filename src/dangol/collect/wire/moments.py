"""When it happened: the sender's clock set right by how far it was off when it sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FUTURE = dt.timedelta(minutes=5)
"""Later than this after its arrival nothing can have happened."""


class MomentError(ValueError):
    """A time that cannot be read, or is not between 1900 and 2100; the argument is the reason's code."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When, aware, UTC; `claimed` is what the sender said where that was not believed."""

    at: dt.datetime
    claimed: str | None = None


def read_time(value: Any) -> dt.datetime | None:
    """An ISO 8601 text (without an offset: UTC), or seconds or milliseconds since 1970; null for nothing said."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, bool):
            raise MomentError("bad_date")
        if isinstance(value, int | float):
            return dt.datetime.fromtimestamp(value / 1000 if abs(value) > 1e11 else value, dt.UTC)
        if isinstance(value, str):
            text = value.strip()
            if text.isdecimal() and len(text) in (10, 13):
                return read_time(int(text))
            found = dt.datetime.fromisoformat(text)
            return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise MomentError("bad_date")


def call_moment(call: Mapping[str, Any], received: dt.datetime) -> Moment:
    """When a call says it happened; see `moment`.

    Both times and not the same: the shop's own word (RudderStack's Node SDK puts "now" beside it), or what Segment has set
    right already and hands on. So it is no browser's clock, and stands as it is.
    """
    original, said = call.get("originalTimestamp"), call.get("timestamp")
    if original in (None, "") or said in (None, "") or read_time(original) == read_time(said):
        return moment(said if original in (None, "") else original, call.get("sentAt"), received)
    return moment(said, None, received)


def moment(original: Any, sent: Any, received: dt.datetime) -> Moment:
    """received − (sent − original), as the Segment specification has it; without `sent` the clock is believed.

    A moment later than the arrival becomes the arrival. Raises `MomentError`.
    """
    said = read_time(original)
    if said is None:
        return Moment(received)
    try:
        left = read_time(sent)
    except MomentError:
        left = None
    at = said if left is None else received - (left - said)
    if not 1900 <= at.year <= 2100:
        raise MomentError("bad_year")
    return Moment(received, said.isoformat()) if at > received + FUTURE else Moment(at)
