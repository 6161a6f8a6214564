"""Requests out of the intake log into the workspace: read, resolved, appended once; then the customers touched are refreshed.

Everything a drain writes can be written twice without harm (events by their key, personal data and traits by what they say), and
the log forgets a record only afterwards. So a kill at any moment loses nothing and doubles nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from dangol.app import hooks, recovery, replays, tracking
from dangol.app.both import Keeping, both
from dangol.app.linking import personal_follows
from dangol.app.orders import add_lines, owned
from dangol.app.reader import MANY, Reader
from dangol.app.take import Effect, vault_rows
from dangol.app.tellings import keep_events
from dangol.app.tracking import Sums
from dangol.collect import new_only
from dangol.collect.wire import (
    HOOK,
    REPLAY,
    Call,
    Envelope,
    Money,
    Part,
    Refused,
    Staged,
    number,
    read_body,
    read_calls,
    read_replay,
    staged,
)
from dangol.engine import sql
from dangol.identity import rehome, resolve
from dangol.schema import EVENTS, GIVEN, DangolError
from dangol.store import Record

if TYPE_CHECKING:
    from dangol.app import Workspace

AT_ONCE = 5_000
"""Requests of one drain; batches are bounded by bytes before that."""

PRESET = "live"
_BATCH = "live.batch"
_NOBODY = pa.array([], pa.int64())


@dataclass(frozen=True, slots=True)
class Drained:
    """What one drain did: requests, the calls in them, events that were new, calls put aside, customers touched."""

    requests: int = 0
    calls: int = 0
    events: int = 0
    repeated: int = 0
    quarantined: int = 0
    touched: pa.Array = field(default_factory=lambda: _NOBODY, repr=False)


def drain(ws: Workspace, *, limit: int = AT_ONCE, refresh: bool = True, reader: Reader | None = None) -> Drained:
    """Take in what waits, at most `limit` requests. Nothing waiting: nothing done.

    :param reader: reads many records in a process of its own; without it they are read here.

    Raises `WorkspaceError` or `EngineError` where a store fails: everything is still in the log then.
    """
    with ws.facts_turn():
        records = ws.intake.read(limit)
        if not records:
            return Drained()
        effects = list(_taken(ws, records, reader))
    touched = pa.concat_arrays([_NOBODY, *(e.touched for e in effects)])
    if refresh and (len(touched) or recovery.refresh_is_due(ws)):
        ws.refresh_touched([touched])
    return Drained(
        requests=len(records),
        calls=sum(e.rows for e in effects),
        events=sum(e.events for e in effects),
        repeated=sum(e.repeated for e in effects),
        quarantined=sum(sum(e.quarantined.values()) for e in effects),
        touched=touched,
    )


def drain_all(ws: Workspace) -> pa.Array:
    """Take in everything that waits, before an erasure or a move; returns whom to refresh afterwards."""
    touched = [_NOBODY]
    while (drained := drain(ws, refresh=False)).requests:
        touched.append(drained.touched)
    return pa.concat_arrays(touched)


def _taken(ws: Workspace, records: Sequence[Record], reader: Reader | None = None) -> Iterable[Effect]:
    """Take records in and let the log forget them. A record that breaks the taking is found by halving, and put aside."""
    if reader is not None and (len(records) >= MANY or reader.is_ahead):
        effect, records = _read_beside(ws, records, reader)
        if effect is not None:
            yield effect
        if not records:
            return
    try:
        requests = [_request(ws, record) for record in records]
        replays.keep(ws, [r.replay for r in requests if r.replay is not None])
        effect = keep(ws, requests)
    except DangolError:
        raise  # a disk or a database: they will be read again
    except Exception:
        if len(records) > 1:
            half = len(records) // 2
            yield from _taken(ws, records[:half])
            yield from _taken(ws, records[half:])
            return
        effect = keep(ws, [_poison(ws, records[0])])
    ws.intake.ack([r.position for r in records])
    yield effect


def _read_beside(ws: Workspace, records: Sequence[Record], reader: Reader) -> tuple[Effect | None, Sequence[Record]]:
    """Take in what another process reads; also returns the records that are left to be read here."""
    with ws.store.writing():
        batch = _batch(ws, ws.real_now())
    told = reader.read(records, batch)
    if told is None:
        return None, records
    try:
        effect = _keep(ws, lambda _: told.staged, sums=told.sums)
    except DangolError:
        raise
    except Exception:  # one of them breaks the taking: it is found record by record
        return None, records
    left = set(told.left)
    ws.intake.ack([r.position for place, r in enumerate(records) if place not in left])
    return effect, [records[place] for place in told.left]


@dataclass(frozen=True)
class Request:
    """One request's calls and its envelope, for those that are put aside; or the part of a recording it was."""

    calls: tuple[Call | Refused, ...]
    envelope: Envelope | None
    replay: Part | None = None


def _request(ws: Workspace, record: Record) -> Request:
    """A record's calls. Reading needs no store, so whatever fails here fails again: it is put aside whole."""
    try:
        envelope, body = Envelope.unpack(ws.privacy.sealer.open(record.sealed))
        if envelope.call.startswith(HOOK):
            return Request(hooks.read(ws, envelope, body), envelope)
        if envelope.call == REPLAY:
            return Request((), None, read_replay(envelope, body))
        return _read(ws, envelope, read_body(body))
    except Exception:
        return _poison(ws, record)


def _read(ws: Workspace, envelope: Envelope, body: dict[str, Any]) -> Request:
    money = Money(ws.settings.currency, ws.settings.rates)
    return Request(tuple(read_calls(envelope, body, money)), envelope)


def _poison(ws: Workspace, record: Record) -> Request:
    """A request nothing could be done with, put aside whole."""
    told: Envelope | None = None
    try:
        told, body = Envelope.unpack(ws.privacy.sealer.open(record.sealed))
        envelope = told
    except Exception:
        envelope, body = Envelope(f"log/{record.position}", PRESET, "server", "batch", ws.real_now()), b""
    raw = {"body": body.decode("utf-8", "replace")}
    return Request((Refused(_whole(envelope), envelope.source, envelope.received_at, 0, None, "failed", raw),), told)


def _whole(envelope: Envelope) -> int:
    """The number of a request that is put aside whole."""
    return number(envelope.source, "p", envelope.id)


def keep(ws: Workspace, requests: Sequence[Request]) -> Effect:
    """Write what requests told, in both stores or in neither; see `app.both` and `app.take` for how."""
    found = [call for request in requests for call in request.calls]
    heads = {c.key: r.envelope.as_dict() for r in requests if r.envelope for c in r.calls if isinstance(c, Refused)}
    return _keep(ws, lambda batch: staged(found, batch=batch, pseudonymiser=ws.privacy.pseudonymiser, envelopes=heads))


def _keep(ws: Workspace, stage: Callable[[int], Staged], *, sums: Sums | None = None) -> Effect:
    now = ws.real_now()
    with ws.store.writing():
        batch = _batch(ws, now)
    told = stage(batch)
    with both(ws) as keep, ExitStack() as stack:
        effect = _write(ws, told, batch, now, stack, keep, sums)
        if len(effect.touched):
            recovery.facts_change(ws)
    return effect


def _write(
    ws: Workspace,
    told: Staged,
    batch: int,
    now: dt.datetime,
    stack: ExitStack,
    keep: Keeping,
    sums: Sums | None = None,
) -> Effect:
    """All of it into the engine, then (after `keep`) what the store keeps."""
    engine = ws.engine
    names = {
        what: stack.enter_context(engine.scratch(rows))
        for what in ("events", "items", "given", "identifiers", "links", "quarantine")
        if (rows := getattr(told, what)).num_rows or what in ("events", "identifiers")
    }
    links = names.get("links")
    days = ws.store.batches.numbers(PRESET)
    found = resolve(engine, names["identifiers"], links, batch=batch, now=now, policy=ws.policy, same=days)
    rehome(engine, found.moved)
    came = (
        new_only(names["events"]) if engine.perhaps(told.events["event_id"]) else exp.select("*").from_(names["events"])
    )
    fresh = stack.enter_context(engine.scratch(owned(came, EVENTS.sort)))
    new = engine.append("events", exp.select("*").from_(fresh))
    every = new == told.events.num_rows
    known = None if every or not new else engine.run(exp.select("event_id").from_(fresh))["event_id"].to_pylist()
    if new < told.events.num_rows:
        keep_events(engine, names["events"], names.get("items"), batch)
    if "items" in names:
        add_lines(engine, names["items"], exp.select("event_id").from_(fresh))
    about: list[exp.Expr] = [exp.select("customer_id").from_(fresh)]
    if "given" in names:
        given = stack.enter_context(engine.scratch(owned(_changed(names["given"]), GIVEN.sort)))
        engine.append("given", exp.select("*").from_(given))
        about.append(exp.select("customer_id").from_(given))
    keep()
    personal_follows(ws, found)
    if new:
        tracking.observe(ws, told.events, known, now, sums=sums)
    if told.person:
        ws.vault.put(vault_rows(ws, names["identifiers"], [told.person], batch))
    if "quarantine" in names:
        _aside(ws, told, names["quarantine"], batch, now)
    who = pa.concat_arrays([engine.run(query)["customer_id"].combine_chunks() for query in about])
    times = told.events["at"].to_pylist()
    return Effect(
        batch=batch,
        rows=told.calls,
        taken=told.calls - len(told.rejected),
        events=new,
        repeated=told.events.num_rows - new,
        quarantined=Counter(told.quarantine["reason"].to_pylist()),
        skipped=Counter(),
        blocked=sum(n for what, n in told.taken.items() if what in ("resident", "customs")),
        resolution=found,
        first_at=min(times).replace(tzinfo=dt.UTC).astimezone(ws.settings.tz) if times else None,
        last_at=max(times).replace(tzinfo=dt.UTC).astimezone(ws.settings.tz) if times else None,
        touched=pc.unique(pa.concat_arrays([found.touched.cast(pa.int64()), who.cast(pa.int64())]).drop_null()),
    )


def _changed(given: str) -> exp.Query:
    """Given traits without those that only say again what the same source said last: SDKs repeat them with every event."""
    return sql(  # type: ignore[return-value]
        "SELECT g.* FROM g WHERE NOT EXISTS (SELECT 1 FROM l WHERE l.node = g.node AND l.trait = g.trait"
        " AND l.source = g.source AND ((l.value = g.value AND l.last <= g.at) OR l.said = g.at))",
        tables={
            "g": given,
            "l": sql(
                "SELECT node, trait, source, arg_max(value, at) AS value, max(at) AS last, max(at) AS said FROM given"
                " WHERE node IN (SELECT n.node FROM n) GROUP BY node, trait, source",
                tables={"n": given},
            ),
        },
    )


def _aside(ws: Workspace, told: Staged, table: str, batch: int, now: dt.datetime) -> None:
    """Put calls aside; one that came before (a sender that tries again) stays as it is."""
    query = sql("SELECT q.* FROM q WHERE q.id NOT IN (SELECT id FROM quarantine)", tables={"q": table})
    unknown = ws.engine.run(query)
    new = set(unknown["id"].to_pylist())
    ws.engine.append("quarantine", unknown)
    ws.privacy.quarantine.put(batch, ((r.id, r.row) for r in told.rejected if r.id in new), now=now)


def _batch(ws: Workspace, now: dt.datetime) -> int:
    """The number facts of today carry: one import a day, since one a second would be a table of its own."""
    day = now.astimezone(ws.settings.tz).date().isoformat()
    kept = ws.store.state.get(_BATCH)
    if kept and kept["day"] == day:
        return int(kept["batch"])
    made = ws.store.batches.begin(PRESET, f"{PRESET} {day}", f"{PRESET}/{day}", PRESET, None, now)
    ws.store.batches.finish(made, {}, now)
    ws.store.state.put(_BATCH, {"day": day, "batch": made}, now=now)
    return made


def again(ws: Workspace, rows: Sequence[dict[str, Any]]) -> tuple[list[Effect], set[int]]:
    """Read calls that were put aside once more. Returns also the ids of those that still cannot be read: they stay open."""
    requests, effects, still = [], [], set()
    for row in rows:
        head, event = row["envelope"], dict(row["event"])
        envelope = Envelope(**{**head, "received_at": dt.datetime.fromisoformat(head["received_at"])})
        if set(event) == {"body"}:  # a whole request, alone: what broke the taking may break it again
            try:
                effects.append(keep(ws, [_read(ws, envelope, read_body(event["body"].encode()))]))
            except Exception:
                still.add(_whole(envelope))
            continue
        if envelope.call.startswith(HOOK):
            requests.append(Request(hooks.again(ws, envelope, event), envelope))
            continue
        if "batch" in event:
            requests.append(_read(ws, envelope, event))
            continue
        event.setdefault("type", envelope.call)
        one = Envelope(**{**asdict(envelope), "call": "batch"})
        requests.append(_read(ws, one, {"batch": [event]}))
    still |= {call.key for request in requests for call in request.calls if isinstance(call, Refused)}
    if requests or not effects:
        effects.append(keep(ws, requests))
    return effects, still
