"""Moments as people read them: on the clock of the shop. What is kept and what programs get is UTC."""

from __future__ import annotations

import datetime as dt


def local_moment(at: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """`at` on the clock of `zone`; without a time zone it is UTC, as everything that is kept."""
    return (at if at.tzinfo else at.replace(tzinfo=dt.UTC)).astimezone(zone)


def moment_words(at: dt.datetime, zone: dt.tzinfo) -> str:
    """``2026-07-01 15:05`` in `zone`; ``2026-07-01`` for its very midnight: such a moment was given as a day."""
    here = local_moment(at, zone)
    return f"{here:%Y-%m-%d}" if here.time() == dt.time() else f"{here:%Y-%m-%d %H:%M}"


def day_words(at: dt.datetime, zone: dt.tzinfo) -> str:
    """The day it is in `zone` at that moment."""
    return f"{local_moment(at, zone):%Y-%m-%d}"


def utc_words(at: dt.datetime) -> str:
    """For programs: ISO 8601 in UTC, ``2026-07-01T06:05:00Z``."""
    return local_moment(at, dt.UTC).replace(tzinfo=None).isoformat() + "Z"
