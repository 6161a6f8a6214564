"""What a request tells, as it may be shown while it arrives: personal data masked, what will be put aside with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import orjson

from dangol.collect import reason_words
from dangol.collect.wire import Call, Envelope, Money, Refused, read_body, read_calls
from dangol.privacy import mask, scrub

if TYPE_CHECKING:
    from dangol.app import Workspace

LONGEST = 80
"""Letters of a name that could not be read."""


def arriving(ws: Workspace, envelope: Envelope, text: bytes) -> Iterator[dict[str, Any]]:
    """Every call of a request, in its order, as plain values.

    source, side, type, name, at, received_at, identifiers (masked), person and traits (masked), and what an event says;
    ``put_aside`` is null, or the reason: code, field, and words in both languages. Nothing here decides anything: the same
    request is read again when it is taken in.
    """
    money = Money(ws.settings.currency, ws.settings.rates)
    for call in read_calls(envelope, read_body(text), money):
        head = {"source": call.source, "side": envelope.side}
        yield head | (_call(call) if isinstance(call, Call) else _refused(call, envelope))


def _call(call: Call) -> dict[str, Any]:
    told: dict[str, Any] = {
        "type": call.type,
        "name": call.event.name if call.event else call.type,
        "at": call.at,
        "received_at": call.received_at,
        "identifiers": [{"kind": kind, "value": mask(kind, value)} for kind, value in call.identifiers],
        "put_aside": None,
    }
    if call.person:
        told["person"] = [{"kind": kind, "value": mask(kind, value)} for kind, value in call.person]
    if call.given:
        told["traits"] = {name: scrub(value)[0] for name, value in call.given}
    event = call.event
    if event is not None:
        said = {"order_id": event.order_id, "product_id": event.product_id, "category": event.category,
                "amount": event.worth.amount, "channel": event.channel, "device": event.device,
                "campaign": event.campaign}  # fmt: skip
        told |= {name: value for name, value in said.items() if value is not None}
        told["lines"] = len(event.lines)
        told["properties"] = orjson.loads(event.properties) if event.properties else {}
    return told


def _refused(call: Refused, envelope: Envelope) -> dict[str, Any]:
    said = reason_words(call.reason)
    name = call.raw.get("event") or call.raw.get("name")
    shown = scrub(name[:LONGEST])[0] if isinstance(name, str) else None
    kind = call.raw.get("type")
    return {
        "type": kind[:LONGEST] if isinstance(kind, str) and kind.isalpha() else envelope.call,
        "name": shown,
        "at": None,
        "received_at": call.received_at,
        "put_aside": {"code": call.reason, "field": call.field, "en": said.en, "ko": said.ko},
    }
