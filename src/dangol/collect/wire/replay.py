"""A part of a session recording on its way in. Nothing of it is an event: it is checked, measured and kept as it came."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from dangol.collect.wire import clean
from dangol.collect.wire.body import BodyError, WireLimits, read_body, unpacked
from dangol.collect.wire.calls import number
from dangol.collect.wire.envelope import Envelope
from dangol.collect.wire.moments import MomentError, moment
from dangol.privacy import RESIDENT, scrub
from dangol.schema import Text

MOST_PARTS = 10_000
"""Parts of one recording; half an hour of them, five seconds each, is 360."""

GZIP = b"\x1f\x8b"
"""How a packed body begins."""
_NAME = re.compile(r"[\w.:-]{1,128}")
_RESIDENT = re.compile(rb"(?<!\d)\d{6}[- ]\d{7}(?!\d)")


@dataclass(frozen=True, slots=True)
class Part:
    """One part, read.

    session    stable number of source, anonymous id and session; `recording` that of one page's recording
    page       stable number of recording and path
    text       JSON: ``{"page": {…}, "events": […]}``, the recorder's own events
    """

    session: int
    recording: int
    part: int
    source: str
    anonymous_id: str = field(repr=False)
    page: int
    first_at: dt.datetime
    last_at: dt.datetime
    received_at: dt.datetime
    events: int
    text: bytes = field(repr=False)


def replay_text(body: bytes, encoding: str, limits: WireLimits) -> bytes:
    """The JSON of a body. The recorder says gzip by the first two bytes alone: a header would cost it a preflight."""
    return unpacked(body, encoding or ("gzip" if body[:2] == GZIP else ""), limits)


def check_replay(body: Mapping[str, Any]) -> None:
    """Raises `BodyError` for what is no part of a recording: the recorder stops then."""
    wrong = [name for name in ("anonymousId", "sessionId", "replayId") if not _named(body.get(name))]
    part, events = body.get("part"), body.get("events")
    if isinstance(part, bool) or not isinstance(part, int) or not 0 <= part < MOST_PARTS:
        wrong.append("part")
    if not isinstance(events, list) or not events or not all(isinstance(e, Mapping) for e in events):
        wrong.append("events")
    if wrong:
        listed = ", ".join(wrong)
        raise BodyError(
            Text(f"not a part of a recording: {listed}", f"녹화의 일부가 아닙니다: {listed}"),
        )


def read_replay(envelope: Envelope, packed: bytes, limits: WireLimits | None = None) -> Part:
    """A part as it is kept, of a body as it came. Raises `BodyError`."""
    body = read_body(replay_text(packed, "", limits or WireLimits()))
    check_replay(body)
    source = envelope.source
    who, session, replay = (str(body[name]) for name in ("anonymousId", "sessionId", "replayId"))
    recording = number(source, "recording", who, replay)
    said = body.get("page")
    page = clean.value("page", said, Counter()) if isinstance(said, Mapping) else {}
    first, last = _span(body, envelope.received_at)
    kept = orjson.dumps({"page": page, "events": body["events"]})
    return Part(
        session=number(source, "session", who, session),
        recording=recording,
        part=body["part"],
        source=source,
        anonymous_id=who,
        page=page_number(recording, str(page.get("path") or page.get("url") or "")),
        first_at=first,
        last_at=last,
        received_at=envelope.received_at,
        events=len(body["events"]),
        text=_RESIDENT.sub(_without, kept),
    )


def page_number(recording: int, path: str) -> int:
    """Stable number of a path within a recording: what is kept of it outside the sealed part."""
    return number(str(recording), path)


def _named(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, str | int) and bool(_NAME.fullmatch(str(value)))


def _span(body: Mapping[str, Any], received: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """First and last moment, by the visitor's clock set right; the arrival where they cannot be read."""
    said = [t for e in body["events"] if isinstance(t := e.get("timestamp"), int | float) and not isinstance(t, bool)]
    try:
        first, last = (moment(t, body.get("sentAt"), received).at for t in (min(said), max(said)))
    except (ValueError, MomentError):
        return received, received
    return min(first, last), max(first, last)  # one of them may have been too far ahead to be believed


def _without(found: re.Match[bytes]) -> bytes:
    return scrub(found[0].decode(), take=RESIDENT)[0].encode()
