"""Recordings found by what went wrong in them, and handed to the player part by part. Masked ones only: others are not made."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import orjson
import pyarrow as pa

from dangol.engine import sql
from dangol.schema import Answer, DefinitionError, NotFoundError, Problem, Text, one_of

if TYPE_CHECKING:
    from dangol.app.workspace import Base
    from dangol.store import Recorded

Friction = Literal["rage", "dead", "error", "abandoned", "form"]
FRICTIONS: tuple[Friction, ...] = get_args(Friction)

NAMED: Mapping[str, Friction] = {
    "Rage Clicked": "rage",
    "Dead Clicked": "dead",
    "Error Occurred": "error",
    "Payment Failed": "error",
    "Form Failed": "error",
    "Form Abandoned": "form",
}
"""Events that are friction by themselves. An abandoned cart is what was added or taken to the till, with no order in time."""

_CART = ("Product Added", "Checkout Started")
_ORDER = "Order Completed"
_WAIT = dt.timedelta(hours=1)
"""An order that comes within so long after the recording's end was not abandoned."""
_MARGIN = dt.timedelta(seconds=2)
_MARKED = (*NAMED, *_CART, _ORDER, "Cart Viewed", "Form Submitted", "Page Viewed", "Coupon Applied")
MOST = 5_000
"""Sessions that are looked through, the newest first."""
MANY = 5_000
"""Customers behind a number whose recordings are looked for."""

_ROWS = pa.schema(
    [
        ("session", pa.string()),
        ("customer_id", pa.int64()),
        ("source", pa.string()),
        ("started_at", pa.timestamp("us", "UTC")),
        ("seconds", pa.int64()),
        ("pages", pa.int64()),
        ("missing", pa.int64()),
        ("bytes", pa.int64()),
        *((name, pa.int64()) for name in FRICTIONS),
    ]
)


@dataclass(frozen=True, slots=True)
class Search:
    """Which recordings: all that pass every test given.

    friction   any of these happened in it; empty: whatever happened
    customers  only these customers' (`None`: anybody's)
    seconds    at least so long
    """

    friction: tuple[Friction, ...] = ()
    customers: Collection[int] | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    seconds: int = 0
    limit: int = 50
    offset: int = 0


def search(ws: Base, asked: Search) -> Answer:
    """Sessions, the newest first, with how often each kind of friction happened in them; `facts`: found, looked through.

    Raises `DefinitionError` for friction that does not exist.
    """
    if unknown := sorted(set(asked.friction) - set(FRICTIONS)):
        said = Text(f"there is no friction {unknown[0]!r}", f"{unknown[0]!r}: 그런 불편은 없습니다")
        raise DefinitionError([Problem(said, "friction", one_of(FRICTIONS))])
    nodes = None if asked.customers is None else _nodes(ws, asked.customers)
    sessions = ws.store.replays.sessions(nodes=nodes, since=asked.since, until=asked.until, limit=MOST + 1)
    cut, sessions = len(sessions) > MOST, sessions[:MOST]
    whose = _customers(ws, [s.node for s in sessions if s.node is not None])
    felt = _friction(ws, sessions, whose)
    rows = [
        {**_row(s), "customer_id": whose.get(s.node or 0), **{f: felt[s.session][f] for f in FRICTIONS}}
        for s in sessions
        if (s.ended_at - s.started_at).total_seconds() >= asked.seconds
        and (not asked.friction or any(felt[s.session][f] for f in asked.friction))
    ]
    page = rows[asked.offset : asked.offset + asked.limit]
    facts = {"found": len(rows), "looked": len(sessions), "cut": cut}
    none = ws.say("No such recordings", "그런 녹화가 없습니다")
    return Answer(pa.Table.from_pylist(page, schema=_ROWS), note="" if page else none, facts=facts)


def of_some(ws: Base, found: Answer, looked: int, behind: int) -> Answer:
    """What was found for the first `looked` of `behind` customers, saying so where that is not all."""
    said = ws.say(
        f"only recordings of {looked:,} of the {behind:,} customers behind this number were looked for",
        f"이 숫자의 고객 {behind:,}명 가운데 {looked:,}명의 녹화만 찾았습니다",
    )
    note = ". ".join(part for part in (found.note, said if looked < behind else "") if part)
    return replace(found, note=note, facts={**found.facts, "behind": behind, "behind_looked": looked})


def _row(found: Recorded) -> dict[str, Any]:
    return {
        "session": f"{found.session:016x}",
        "source": found.source,
        "started_at": found.started_at,
        "seconds": round((found.ended_at - found.started_at).total_seconds()),
        "pages": found.pages,
        "missing": found.missing,
        "bytes": found.size,
    }


def _nodes(ws: Base, customers: Collection[int]) -> list[int]:
    query = sql(
        "SELECT node FROM identifiers WHERE kind = 'anonymous_id' AND customer_id IN :ids",
        ids=sorted(customers) or [-1],
    )
    return [int(n) for n in ws.engine.run(query)["node"].to_pylist()]


def _customers(ws: Base, nodes: Sequence[int]) -> dict[int, int]:
    query = sql(
        "SELECT node, customer_id FROM identifiers WHERE customer_id IS NOT NULL AND node IN :nodes",
        nodes=sorted(set(nodes)) or [0],
    )
    return {int(r["node"]): int(r["customer_id"]) for r in ws.engine.run(query).to_pylist()}


def _happened(ws: Base, people: Collection[int], first: dt.datetime, last: dt.datetime) -> list[dict[str, Any]]:
    """What these customers did between two moments, of what marks a recording: customer_id, at (aware), name, in order."""
    if not people:
        return []
    query = sql(
        "SELECT customer_id, at, name FROM events WHERE customer_id IN :people AND at >= :first AND at <= :last"
        " AND name IN :names ORDER BY at, event_id",
        people=sorted(people),
        first=first,
        last=last,
        names=list(_MARKED),
    )
    return [{**r, "at": r["at"].replace(tzinfo=dt.UTC)} for r in ws.engine.run(query).to_pylist()]


def _friction(ws: Base, sessions: Sequence[Recorded], whose: Mapping[int, int]) -> dict[int, Counter[Friction]]:
    """Session → friction, by the events of the same customer within the recording's time."""
    felt: dict[int, Counter[Friction]] = {s.session: Counter() for s in sessions}
    known = [s for s in sessions if s.node in whose]
    if not known:
        return felt
    first, last = min(s.started_at for s in known) - _MARGIN, max(s.ended_at for s in known) + _WAIT
    theirs: dict[int, list[dict[str, Any]]] = {}
    for event in _happened(ws, {whose[s.node or 0] for s in known}, first, last):
        theirs.setdefault(event["customer_id"], []).append(event)
    for one in known:
        felt[one.session] = _felt(theirs.get(whose[one.node or 0], []), one)
    return felt


def _felt(events: Sequence[Mapping[str, Any]], one: Recorded) -> Counter[Friction]:
    felt: Counter[Friction] = Counter()
    cart, ordered = False, False
    for event in events:
        inside = one.started_at - _MARGIN <= event["at"] <= one.ended_at + _MARGIN
        if inside and event["name"] in NAMED:
            felt[NAMED[event["name"]]] += 1
        cart = cart or (inside and event["name"] in _CART)
        ordered = ordered or (event["name"] == _ORDER and one.started_at <= event["at"] <= one.ended_at + _WAIT)
    if cart and not ordered:
        felt["abandoned"] = 1
    return felt


# -- to the player ---------------------------------------------------------------------------------------------------
def opened(ws: Base, session: str) -> dict[str, Any]:
    """What the player needs before it fetches anything: the session, its parts in order, and marks on its time line.

    That somebody looked is written down. Raises `NotFoundError`.
    """
    parts = ws.store.replays.measured(_number(session))
    if not parts:
        raise _missing(session)
    ws.store.audit.write(ws.actor, "replay.read", f"replay/{session}", now=ws.real_now(), reason="player")
    one = ws.store.replays.sessions(sessions=[parts[0].session])[0]
    customer = _customers(ws, [one.node]).get(one.node) if one.node is not None else None
    happened = _happened(ws, [customer] if customer else [], one.started_at - _MARGIN, one.ended_at + _MARGIN)
    pages: dict[int, int] = {}
    return {
        **_row(one),
        "customer_id": customer,
        "parts": [
            {
                "recording": f"{p.recording:016x}",
                "part": p.part,
                "page": pages.setdefault(p.page, len(pages) + 1),
                "first_at": p.first_at,
                "last_at": p.last_at,
                "events": p.events,
                "bytes": p.size,
            }
            for p in parts
        ],
        "marks": [{"at": e["at"], "name": e["name"], "friction": NAMED.get(e["name"])} for e in happened],
    }


def part(ws: Base, session: str, recording: str, number: int) -> dict[str, Any]:
    """One part: ``{"page": {…}, "events": […]}``, the recorder's own events. Raises `NotFoundError`."""
    found = ws.store.replays.parts(_number(session), recording=_number(recording), part=number)
    if not found:
        raise _missing(session)
    said: dict[str, Any] = orjson.loads(ws.privacy.replays.open(found[0]))
    return said


def _number(code: str) -> int:
    """A session's or recording's number by its code: 16 hexadecimal digits."""
    digits = code.lower()
    fits = len(digits) == 16 and digits[0] in "01234567" and all(c in "0123456789abcdef" for c in digits)
    return int(digits, 16) if fits else -1


def _missing(session: str) -> NotFoundError:
    return NotFoundError(
        Text(f"there is no recording '{session[:40]}'", f"'{session[:40]}' 녹화가 없습니다"),
        hint=Text("it may have been forgotten in time", "보관 기간이 지나 지워졌을 수 있습니다"),
    )
