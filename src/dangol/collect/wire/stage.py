"""Calls to tables: the same shapes that files are staged in, so that both go the same way from here."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import pyarrow as pa

from dangol.collect.aside import Rejected
from dangol.collect.reasons import message
from dangol.collect.wire.calls import Call, Refused, number
from dangol.collect.wire.person import Pair
from dangol.engine import arrow_schema
from dangol.privacy import REACHABLE, RESIDENT, derive, normalise, scrub
from dangol.schema import EVENTS, GIVEN, KINDS, ORDER_ITEMS, QUARANTINE, PersonFact, Pseudonymises, Table

FILE = "live"
"""What stands for a file's name where the fact came over HTTP."""

IDENTIFIERS = pa.schema(
    [
        ("node", pa.int64()),
        ("kind", pa.string()),
        ("value", pa.string()),
        ("first_seen", pa.timestamp("us")),
        ("last_seen", pa.timestamp("us")),
        ("source", pa.string()),
        ("blocked", pa.string()),
    ]
)
LINKS = pa.schema(
    [("a", pa.int64()), ("b", pa.int64()), ("fact", pa.string()), ("at", pa.timestamp("us")), ("source", pa.string())]
)


@dataclass(frozen=True)
class Staged:
    """Tables with the columns of `schema.tables` without `customer_id`, and of `collect.Taken` for identifiers and links.

    Each event is in once. `person` goes to the vault and nowhere else, `rejected` to the encrypted quarantine.
    """

    events: pa.Table
    items: pa.Table
    given: pa.Table
    identifiers: pa.Table
    links: pa.Table
    quarantine: pa.Table
    person: list[PersonFact] = field(repr=False)
    rejected: list[Rejected] = field(repr=False)
    calls: int
    taken: Counter[str]


@dataclass(frozen=True, slots=True)
class _Known:
    """One identifier's pseudonym."""

    node: int | None
    value: str | None
    blocked: str | None
    problem: str | None
    secret: bool


def staged(
    found: Iterable[Call | Refused],
    *,
    batch: int,
    pseudonymiser: Pseudonymises,
    envelopes: dict[int, Any] | None = None,
) -> Staged:
    """Stage what requests told. Of calls with one key the earliest counts.

    :param batch: number that the facts carry.
    :param envelopes: key of a refused call → what to keep of its envelope, so that it can be read again.
    """
    everything = list(found)
    calls = [c for c in everything if isinstance(c, Call)]
    refused = [c for c in everything if isinstance(c, Refused)]
    known = _known(calls, pseudonymiser)
    read = [(c, [known[pair] for pair in c.identifiers]) for c in calls]
    doubts = [_doubt(c, pair, known[pair]) for c in calls if c.type == "identify" for pair in c.identifiers]
    refused += [d for d in doubts if d is not None]
    events, items = _events(read, batch)
    gone: Counter[str] = Counter()
    for call in calls:
        gone.update(call.taken)
    once = list({r.key: r for r in refused}.values())
    return Staged(
        events=events,
        items=items,
        given=_given(read, batch),
        identifiers=_identifiers(read),
        links=_links(read),
        quarantine=_quarantine(once, batch),
        person=_person(read),
        rejected=[Rejected(r.key, _kept(r, (envelopes or {}).get(r.key))) for r in once],
        calls=len(everything),
        taken=gone,
    )


def _known(calls: Sequence[Call], pseudonymiser: Pseudonymises) -> dict[Pair, _Known]:
    """The pseudonym of every identifier, each value hashed once."""
    values: dict[str, dict[str, None]] = {}
    for call in calls:
        for kind, raw in call.identifiers:
            values.setdefault(kind, {})[raw] = None
    out: dict[Pair, _Known] = {}
    for kind, raws in values.items():
        listed = list(raws)
        said = pseudonymiser.pseudonyms(kind, listed)
        for place, raw in enumerate(listed):
            node = int(said.nodes[place]) or None
            secret = KINDS[kind].personal or place in said.personal
            out[kind, raw] = _Known(node, said.values[place], said.blocked[place], said.problems[place], secret)
    return out


def _doubt(call: Call, pair: Pair, known: _Known) -> Refused | None:
    """An identifier that somebody said on purpose and that cannot be read; the rest of the call is taken."""
    if known.problem is None:
        return None
    key = number(call.source, "d", str(call.key), pair[0])
    return Refused(key, call.source, call.received_at, 0, pair[0], known.problem, {pair[0]: pair[1]})


def _node(knows: Sequence[_Known]) -> int | None:
    """The strongest identifier that may join."""
    return next((k.node for k in knows if k.node is not None and k.blocked is None), None)


Read = Sequence[tuple[Call, list[_Known]]]


def _events(read: Read, batch: int) -> tuple[pa.Table, pa.Table]:
    first: dict[int, tuple[Call, int | None]] = {}
    for call, knows in read:
        if call.event is not None and (call.key not in first or call.at < first[call.key][0].at):
            first[call.key] = (call, _node(knows))
    events: list[dict[str, Any]] = []
    items: list[dict[str, Any]] = []
    for key, (call, node) in first.items():
        said = call.event
        assert said is not None
        shared = {
            "event_id": key,
            "node": node,
            "at": call.at.replace(tzinfo=None),
            "name": said.name,
            "source": call.source,
            "channel": said.channel,
            "order_id": said.order_id,
            "place": said.place,
            "batch": batch,
        }
        worth = said.worth
        own = {n: getattr(said, n) for n in ("product_id", "category", "device", "campaign", "coupon", "properties")}
        value = {n: getattr(worth, n) for n in ("amount", "discount", "tax", "quantity", "currency")}
        events.append({**shared, **own, **value, "received_at": call.received_at.replace(tzinfo=None)})
        for line, one in enumerate(said.lines, 1):  # without a key: an order told here is told whole and never grows
            columns = ("product_id", "title", "category", "brand", "quantity", "price", "amount", "discount", "coupon")
            items.append({**shared, "line": line, **{n: getattr(one, n) for n in columns}})
    return _table(EVENTS, events), _table(ORDER_ITEMS, items)


_LATER = ("customer_id", "described")
"""Columns that come when facts are appended."""


def _table(table: Table, rows: list[dict[str, Any]]) -> pa.Table:
    whole = arrow_schema(table)
    return pa.Table.from_pylist(rows, schema=pa.schema([f for f in whole if f.name not in _LATER]))


def _given(read: Read, batch: int) -> pa.Table:
    """Given traits in the order of time, without those that only repeat what the one before said."""
    said: list[tuple[dt.datetime, int, str, str, str]] = []
    for call, knows in read:
        node = _node(knows)
        if node is None:
            continue
        pairs = [p for p in call.given if p[0] != "gender"]
        derived = [p for p in (*call.given, *call.person) if p[0] in ("gender", "birth_date", "address")]
        pairs += [made for kind, raw in derived for made in derive(kind, raw).items()]
        said += [(call.at.replace(tzinfo=None), node, trait, value, call.source) for trait, value in pairs]
    last: dict[tuple[int, str, str], str] = {}
    rows = []
    for at, node, trait, value, source in sorted(said):
        if last.get((node, trait, source)) != value:
            last[node, trait, source] = value
            rows.append({"node": node, "trait": trait, "value": value, "at": at, "source": source, "batch": batch})
    return _table(GIVEN, rows)


def _identifiers(read: Read) -> pa.Table:
    rows: dict[int, dict[str, Any]] = {}
    for call, knows in read:
        at = call.at.replace(tzinfo=None)
        for (kind, _), one in zip(call.identifiers, knows, strict=True):
            if one.node is None:
                continue
            known = rows.get(one.node)
            if known is None:
                value = None if one.secret else one.value
                rows[one.node] = {
                    "node": one.node,
                    "kind": kind,
                    "value": value,
                    "first_seen": at,
                    "last_seen": at,
                    "source": call.source,
                    "blocked": one.blocked,
                }
                continue
            if at < known["first_seen"]:
                known["first_seen"], known["source"] = at, call.source
            known["last_seen"] = max(known["last_seen"], at)
    return pa.Table.from_pylist(list(rows.values()), schema=IDENTIFIERS)


def _links(read: Read) -> pa.Table:
    rows: dict[tuple[int, int], dict[str, Any]] = {}
    for call, knows in read:
        nodes = sorted({k.node for k in knows if k.node is not None and k.blocked is None})
        at = call.at.replace(tzinfo=None)
        for a, b in combinations(nodes, 2):
            known = rows.get((a, b))
            if known is None or at < known["at"]:
                rows[a, b] = {"a": a, "b": b, "fact": f"message {call.key}", "at": at, "source": call.source}
    return pa.Table.from_pylist(list(rows.values()), schema=LINKS)


def _person(read: Read) -> list[PersonFact]:
    """Each value once, at the latest time it was said."""
    latest: dict[tuple[int, str, str], PersonFact] = {}
    for call, knows in read:
        node = _node(knows)
        own: list[tuple[int | None, str, str | None]] = [
            (one.node if one.blocked is None else node, kind, one.value)
            for (kind, _), one in zip(call.identifiers, knows, strict=True)
            if one.secret and (one.blocked is None or one.blocked in REACHABLE)
        ]
        own += [(node, kind, normalise(kind, raw).value) for kind, raw in call.person]
        for where, kind, value in own:
            if where is None or value is None:
                continue
            before = latest.get((where, kind, value))
            if before is None or before.at is None or before.at < call.at:
                latest[where, kind, value] = PersonFact(where, kind, value, call.at, call.source)
    return list(latest.values())


def _quarantine(refused: Sequence[Refused], batch: int) -> pa.Table:
    rows = [
        {
            "id": r.key,
            "batch": batch,
            "source": r.source,
            "file": FILE,
            "row": r.place,
            "field": r.field,
            "reason": r.reason,
            "message": message(r.reason, r.field),
            "status": "open",
            "at": r.received_at.replace(tzinfo=None),
        }
        for r in refused
    ]
    return pa.Table.from_pylist(rows, schema=arrow_schema(QUARANTINE))


def _kept(refused: Refused, envelope: Any) -> dict[str, Any]:
    """A refused call as it is kept: without resident numbers, its scalars on top so that an erasure finds whom they name."""
    clean = _without(refused.raw)
    named = {f"value {i}": v for i, v in enumerate(sorted(set(_texts(clean))))}
    return {"row": refused.place, "envelope": envelope, "event": clean, **named}


def _without(value: Any) -> Any:
    if isinstance(value, str):
        return scrub(value, take=RESIDENT)[0]
    if isinstance(value, dict):
        return {_without(k): _without(v) for k, v in value.items()}
    return [_without(v) for v in value] if isinstance(value, list) else value


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, str) and value:
        yield value
