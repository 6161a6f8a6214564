"""Whether a request may be taken: its key, where it comes from, and how often."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from dangol.server.quota import Quota
from dangol.store import WriteKey, WriteKeys

REMEMBERED = 5.0
"""Seconds a key is believed to be what it was: so long does a revoked one go on working."""

MOST = 10_000
"""Keys that are remembered, unknown ones too: somebody may try many."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The key, or why not: `refused` is a code; `wait` the seconds until another try may pass.

    events  what was counted against the key's day
    """

    key: WriteKey | None
    refused: str = ""
    wait: int = 0
    events: int = 0


class Gate:
    """Looks keys up (remembered for `REMEMBERED` seconds) and counts their requests and events."""

    def __init__(
        self, keys: WriteKeys, *, quota: Quota | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """:param quota: counts events a day; without it they are not counted."""
        self._keys = keys
        self._quota = quota
        self._clock = clock
        self._known: dict[str, tuple[float, WriteKey | None]] = {}
        self._left: dict[int, tuple[float, float]] = {}

    def ask(self, key: str, *, origin: str = "", referer: str = "", events: int = 0) -> Verdict:
        """The key's verdict; nothing is counted for a key that may not be used from there.

        :param events: how many the request tells.
        """
        found = self.find(key)
        if found is None:
            return Verdict(None, "unknown_key" if key else "no_key")
        page = origin if origin and origin != "null" else _origin(referer)
        if found.side == "server" and origin:
            return Verdict(None, "server_key_in_browser")
        if found.origins and (page or origin == "null") and page.lower() not in found.origins:
            return Verdict(None, "origin")
        if wait := self._count(found):
            return Verdict(None, "too_often", wait)
        if self._quota is not None and (wait := self._quota.take(found, events)):
            return Verdict(None, "quota", wait)
        return Verdict(found, events=events)

    def not_kept(self, verdict: Verdict) -> None:
        """What was counted for a request could not be kept."""
        if self._quota is not None and verdict.key is not None:
            self._quota.give_back(verdict.key, verdict.events)

    def find(self, key: str) -> WriteKey | None:
        """The key, unless it is unknown or revoked."""
        now = self._clock()
        known = self._known.get(key)
        if known is not None and now - known[0] < REMEMBERED:
            return known[1]
        found = self._keys.find(key) if key else None
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[key] = (now, found)
        return found

    def _count(self, key: WriteKey) -> int:
        """A bucket that holds one minute's requests and fills as time goes by. Seconds to wait when it is empty."""
        if not key.per_minute:
            return 0
        now, rate = self._clock(), key.per_minute / 60
        at, left = self._left.get(key.id, (now, float(key.per_minute)))
        left = min(float(key.per_minute), left + (now - at) * rate)
        if left < 1:
            self._left[key.id] = (now, left)
            return int((1 - left) / rate) + 1
        self._left[key.id] = (now, left - 1)
        return 0


def _origin(referer: str) -> str:
    if not referer:
        return ""
    try:
        parts = urlsplit(referer)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
