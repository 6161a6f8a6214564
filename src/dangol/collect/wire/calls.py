"""A request's JSON to calls: each an event, what it says of the person, or the reason why it cannot be taken."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as hidden
from typing import Any, Literal

import orjson

from dangol.collect.wire import clean, person
from dangol.collect.wire.body import WireLimits
from dangol.collect.wire.context import read_context
from dangol.collect.wire.envelope import Envelope
from dangol.collect.wire.moments import MomentError, call_moment
from dangol.collect.wire.orders import SIGNS, AmountError, Line, Money, Worth, worth
from dangol.collect.wire.person import Pair

CallType = Literal["track", "identify", "page", "screen", "group", "alias", "merge"]
TYPES: tuple[str, ...] = ("track", "identify", "page", "screen", "group", "alias", "merge")
_KEY = 0x7FFF_FFFF_FFFF_FFFF
_COLUMNS = {"order_id", "orderId", "product_id", "productId", "category", "coupon", "store", "affiliation"}
"""Properties that are columns of an event."""


@dataclass(frozen=True, slots=True)
class Happened:
    """The columns of an event that a call tells; the identity, time and source are the call's."""

    name: str
    channel: str | None
    order_id: str | None
    product_id: str | None
    category: str | None
    place: str | None
    device: str | None
    campaign: str | None
    coupon: str | None
    worth: Worth
    properties: str | None

    @property
    def lines(self) -> tuple[Line, ...]:
        return self.worth.lines


@dataclass(frozen=True, slots=True)
class Call:
    """One call, read. `identifiers`, `person` and `given` are (kind or name, value), identifiers strongest first.

    key        stable number of source and message id (of source and order, for what completes or cancels one)
    event      null for calls that only say who somebody is (identify, group, alias, merge)
    taken      what was taken out of its texts, by kind
    """

    key: int
    type: CallType
    source: str
    at: dt.datetime
    received_at: dt.datetime
    identifiers: tuple[Pair, ...] = hidden(repr=False)
    event: Happened | None = hidden(default=None, repr=False)
    person: tuple[Pair, ...] = hidden(default=(), repr=False)
    given: tuple[Pair, ...] = hidden(default=(), repr=False)
    taken: Counter[str] = hidden(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Refused:
    """A call that cannot be taken: `reason` is a code of `collect.REASONS`; `raw` is kept encrypted, to be read again."""

    key: int
    source: str
    received_at: dt.datetime
    place: int
    field: str | None
    reason: str
    raw: dict[str, Any] = hidden(repr=False)


class _WrongError(Exception):
    def __init__(self, field: str | None, reason: str) -> None:
        self.field, self.reason = field, reason


def read_calls(
    envelope: Envelope, body: Mapping[str, Any], money: Money, limits: WireLimits | None = None
) -> Iterator[Call | Refused]:
    """Every call of a request, in its order. Nothing is dropped: what cannot be read comes out as `Refused`."""
    bounds = limits or WireLimits()
    if envelope.call != "batch":
        yield _one(envelope, dict(body), 0, money, bounds)
        return
    batch = body.get("batch")
    if not isinstance(batch, list):
        yield _refused(envelope, body, 0, "batch", "bad_shape")
    elif len(batch) > bounds.events:
        yield _refused(envelope, body, 0, "batch", "too_many")
    else:
        for place, one in enumerate(batch):
            yield _one(envelope, _with_batch(body, one) if isinstance(one, dict) else one, place, money, bounds)


def _with_batch(body: Mapping[str, Any], one: Mapping[str, Any]) -> dict[str, Any]:
    """A call of a batch with what the batch says for all: the context beneath its own, and when it was sent."""
    merged = dict(one)
    for name in ("context", "integrations"):
        ours, all_ = one.get(name), body.get(name)
        if isinstance(all_, dict):
            merged[name] = {**all_, **(ours if isinstance(ours, dict) else {})}
    if merged.get("sentAt") is None and body.get("sentAt") is not None:
        merged["sentAt"] = body["sentAt"]
    return merged


def _one(envelope: Envelope, raw: Any, place: int, money: Money, limits: WireLimits) -> Call | Refused:
    try:
        if not isinstance(raw, dict):
            raise _WrongError(None, "bad_shape")
        raw.pop("writeKey", None)
        if envelope.call == "batch" and len(orjson.dumps(raw)) > limits.event:
            raise _WrongError(None, "too_big")
        return _call(envelope, raw, place, money)
    except _WrongError as wrong:
        return _refused(envelope, raw, place, wrong.field, wrong.reason)
    except MomentError as wrong:
        return _refused(envelope, raw, place, "at", str(wrong))
    except AmountError as wrong:
        return _refused(envelope, raw, place, *wrong.args)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return _refused(envelope, raw, place, None, "failed")  # a call nobody thought of never stops the others


def _refused(envelope: Envelope, raw: Any, place: int, field: str | None, reason: str) -> Refused:
    kept = dict(raw) if isinstance(raw, dict) else {"value": raw}
    kept.pop("writeKey", None)
    kept["messageId"] = _message(envelope, kept, place)  # so that it is the same call when it is read again
    made = number(envelope.source, "q", kept["messageId"])
    return Refused(made, envelope.source, envelope.received_at, place, field, reason, kept)


def _call(envelope: Envelope, raw: dict[str, Any], place: int, money: Money) -> Call:
    kind = str(raw.get("type") or "").lower() if envelope.call == "batch" else envelope.call
    if kind not in TYPES:
        raise _WrongError("type", "bad_type" if kind else "missing")
    raw["type"] = kind
    taken: Counter[str] = Counter()
    when = call_moment(raw, envelope.received_at)
    traits = person.traits_of(raw) if kind != "group" else {}
    who = person.identifiers(raw, traits)
    if not who:
        raise _WrongError("identifier", "no_identifier")
    if kind in ("alias", "merge") and len(who) < 2:
        raise _WrongError("identifier", "missing")
    event = _event(kind, raw, envelope, money, taken, when.claimed)
    return Call(
        key=_key(envelope, raw, place, event),
        type=kind,  # type: ignore[arg-type]
        source=envelope.source,
        at=when.at,
        received_at=envelope.received_at,
        identifiers=who,
        event=event,
        person=person.person(traits),
        given=_given(kind, raw, traits, taken),
        taken=taken,
    )


def _given(kind: str, raw: Mapping[str, Any], traits: Mapping[str, Any], taken: Counter[str]) -> tuple[Pair, ...]:
    if kind != "group":
        return person.given(traits, taken)
    group, own = clean.text(raw.get("groupId"), taken), raw.get("traits")
    if group is None:
        raise _WrongError("groupId", "missing")
    more = person.given({str(k): v for k, v in own.items()}, taken, prefix="group.") if isinstance(own, dict) else ()
    return (("group", group), *more)


def _event(
    kind: str, raw: Mapping[str, Any], envelope: Envelope, money: Money, taken: Counter[str], claimed: str | None
) -> Happened | None:
    if kind not in ("track", "page", "screen"):
        return None
    said = raw.get("properties")
    said = {str(k): v for k, v in said.items()} if isinstance(said, dict) else {}
    context = raw.get("context")
    seen = read_context(context if isinstance(context, dict) else {}, envelope, raw.get("channel"), taken)
    name = clean.text(raw.get("event"), taken) if kind == "track" else f"{kind.capitalize()} Viewed"
    if name is None:
        raise _WrongError("name", "missing")
    if kind != "track":
        own = {n: raw[n] for n in ("name", "category") if raw.get(n) is not None}
        said = {**own, **said}
    value = worth(name, said, money, taken)
    if SIGNS.get(name) and value.amount is None:
        raise _WrongError("amount", "missing")
    elsewhere = value.used | _COLUMNS if value.used else _COLUMNS
    rest = {clean.key(n): clean.value(n, v, taken) for n, v in said.items() if n not in elsewhere}
    kept = {n: v for n, v in rest.items() if v is not None}
    if seen.kept or claimed:
        kept["context"] = {**seen.kept, **({"claimed_at": claimed} if claimed else {})}
    return Happened(
        name=name,
        channel=seen.channel,
        order_id=clean.code(said.get("order_id") or said.get("orderId"), taken),
        product_id=None if value.lines else clean.code(said.get("product_id") or said.get("productId"), taken),
        category=clean.text(said.get("category"), taken),
        place=clean.text(said.get("store") if said.get("store") is not None else said.get("affiliation"), taken),
        device=seen.device,
        campaign=seen.campaign,
        coupon=clean.code(said.get("coupon"), taken),
        worth=value,
        properties=orjson.dumps(kept).decode() if kept else None,
    )


def _key(envelope: Envelope, raw: Mapping[str, Any], place: int, event: Happened | None) -> int:
    """By message id; what completes or cancels an order by the order, as in files: a page loaded again tells it twice."""
    if event is not None and event.order_id and event.name in ("Order Completed", "Order Cancelled"):
        return number(envelope.source, "o", event.order_id, event.name, "")
    return number(envelope.source, "m", _message(envelope, raw, place))


def _message(envelope: Envelope, raw: Mapping[str, Any], place: int) -> str:
    """The message id; without one the content, if that says when; else the request and the place in it."""
    said = clean.identifier(raw.get("messageId"))
    if said is not None:
        return said
    if any(raw.get(name) is not None for name in ("originalTimestamp", "timestamp")):
        content = {k: v for k, v in raw.items() if k not in ("writeKey", "sentAt", "integrations")}
        options = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
        return hashlib.sha256(orjson.dumps(content, option=options)).hexdigest()
    return f"{envelope.id}/{place}"


def number(*parts: str) -> int:
    """A stable positive 63-bit number of some texts; the same as `collect.cells.key` of them."""
    digest = hashlib.md5("\x1f".join(parts).encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()
    return int.from_bytes(digest[:8], "big") & _KEY
