"""The clock that printed times follow: the workspace's that the command has open, UTC without one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from dangol.schema import day_words, moment_words

_ZONE: ContextVar[dt.tzinfo] = ContextVar("zone", default=dt.UTC)


@contextmanager
def on_the_clock_of(zone: dt.tzinfo) -> Iterator[None]:
    """Times printed inside are in `zone`."""
    before = _ZONE.set(zone)
    try:
        yield
    finally:
        _ZONE.reset(before)


def moment(at: dt.datetime) -> str:
    """A moment on the shop's clock; a day where it was given as one."""
    return moment_words(at, _ZONE.get())


def day(at: dt.datetime) -> str:
    """The shop's day at that moment."""
    return day_words(at, _ZONE.get())
