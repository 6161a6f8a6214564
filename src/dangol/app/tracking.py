"""The catalogue of events as they arrive, and tracking plans: what should come, accepted from what came, and what broke it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson
import pyarrow as pa
import yaml
from sqlglot import exp

from dangol.collect.tracking import OTHER, Plan, Seen, Told, check, folded, plan_of, read_plan, tally, told_of
from dangol.engine import sql
from dangol.rules.local import day_of
from dangol.schema import Answer, NotFoundError, Text, did_you_mean, one_of
from dangol.store import Definition

if TYPE_CHECKING:
    from dangol.app.workspace import Base

Sums: TypeAlias = Mapping[tuple[str, str, str], Seen]
"""What events add up to, by source, event and property."""

KIND = "tracking"
SAMPLE = 20_000
"""Events of an imported file that are looked at; how many there were is counted in `events` itself."""

MOST = 1000
"""Events a listing names; those sent least often are summed up."""

DAYS = 30

_COLUMNS = ("event_id", "source", "name", "at", "node", "order_id", "product_id", "category", "amount", "discount", "tax",
            "quantity", "currency", "place", "campaign", "coupon", "properties")  # fmt: skip


# -- as events arrive --------------------------------------------------------------------------------------------------
def observe(
    ws: Base, events: pa.Table, new: Iterable[int] | None, now: dt.datetime, *, sums: Sums | None = None
) -> None:
    """Note what a drain's new events say, and hold them against the plans. Inside the store's transaction: one write each.

    :param new: ids of those that are new; None when all of them are.
    :param sums: what all of them add up to, where somebody knows.
    """
    plans = {d.name: _read(d.version, orjson.dumps(d.body)) for d in ws.store.definitions.all(KIND).values()}
    if new is None and sums is not None and not plans:
        _fold(ws, sums)
        return
    wanted = None if new is None else set(new)
    rows = [row for row in events.select(_COLUMNS).to_pylist() if wanted is None or row["event_id"] in wanted]
    told = [told_of(row) for row in rows]
    _note(ws, told)
    _hold(ws, plans, [(row["event_id"], one) for row, one in zip(rows, told, strict=True)], now)


def seen_in_file(ws: Base, batch: int) -> Sums:
    """What a sample of a file's new events says, to be noted. A file is as it is: it is not held against a plan."""
    query = exp.select(*_COLUMNS).from_("events").where(sql("batch = :b", b=batch)).limit(SAMPLE)
    return tally([told_of(row) for row in ws.engine.run(query).to_pylist()], ws.privacy.keys.digest)


def note(ws: Base, sums: Sums) -> None:
    """Add to the catalogue. Inside the store's transaction, since it reads what it writes."""
    if sums:
        _fold(ws, sums)


def _note(ws: Base, told: Sequence[Told]) -> None:
    if told:
        _fold(ws, tally(told, ws.privacy.keys.digest))


def _fold(ws: Base, sums: Sums) -> None:
    names = {event for _, event, _ in sums}
    rows = [_seen(row) for row in ws.store.seen.rows(events={*names, OTHER})]
    known = {(r.source, r.event, r.property): r for r in rows}
    ws.store.seen.put(_row(s) for s in folded(known, sums.values(), ws.store.seen.events()))


def _seen(row: Mapping[str, Any]) -> Seen:
    return Seen(**{**row, "types": Counter(row["types"])})


def _row(seen: Seen) -> dict[str, Any]:
    kept = ("source", "event", "property", "count", "first_at", "last_at", "examples", "held")
    return {**{name: getattr(seen, name) for name in kept}, "types": dict(seen.types)}


def _hold(ws: Base, plans: Mapping[str, Plan], told: Sequence[tuple[int, Told]], now: dt.datetime) -> None:
    day = now.astimezone(ws.settings.tz).date().isoformat()
    found: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    for event_id, one in told:
        if one.source not in plans:
            continue
        for broken in check(plans[one.source], one.event, one.properties):
            key = (one.source, _kept(broken.event), _kept(broken.property), broken.kind)
            row = found.setdefault(
                key,
                {
                    "day": day,
                    **dict(zip(("source", "event", "property", "kind"), key, strict=True)),
                    "count": 0,
                    "samples": [],
                },
            )
            row["count"] += 1
            if len(row["samples"]) < 5:
                row["samples"].append({"event_id": event_id, "at": f"{one.at.isoformat()}Z", "shape": broken.shape})
    ws.store.seen.breach(_bounded(found.values()), now=now)


_MOSTBROKEN = 300


def _bounded(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """At most so many kinds of violation a drain and source; the rest (invented names) are one row an event."""
    kept: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda r: -r["count"]):
        if len(kept) >= _MOSTBROKEN:
            row = {**row, "event": OTHER, "property": ""}
        key = (row["source"], row["event"], row["property"], row["kind"])
        if key in kept:
            kept[key]["count"] += row["count"]
        else:
            kept[key] = row
    return list(kept.values())


def _kept(name: str) -> str:
    return name[:120]


@lru_cache(maxsize=64)
def _read(version: int, body: bytes) -> Plan:
    """A plan as the store has it; `version` only tells cache entries apart."""
    return read_plan(orjson.loads(body))


# -- looking in --------------------------------------------------------------------------------------------------------
_EVENTS = pa.schema(
    [("event", pa.string()), ("source", pa.string()), ("count", pa.int64()), ("first_seen", pa.timestamp("us", "UTC")),
     ("last_seen", pa.timestamp("us", "UTC")), ("properties", pa.int64()), ("planned", pa.bool_()), ("violations", pa.int64())]
)  # fmt: skip
_PROPERTIES = pa.schema(
    [("property", pa.string()), ("source", pa.string()), ("types", pa.string()), ("filled", pa.float64()),
     ("examples", pa.list_(pa.string())), ("last_seen", pa.timestamp("us", "UTC")), ("planned", pa.string())]
)  # fmt: skip
_VOLUMES = pa.schema([("day", pa.date32()), ("source", pa.string()), ("count", pa.int64())])
BROKEN = pa.schema(
    [("day", pa.string()), ("source", pa.string()), ("event", pa.string()), ("property", pa.string()), ("kind", pa.string()),
     ("count", pa.int64()), ("samples", pa.list_(pa.string()))]
)  # fmt: skip
_PLANS = pa.schema(
    [("source", pa.string()), ("strictness", pa.string()), ("events", pa.int64()), ("properties", pa.int64()),
     ("version", pa.int64()), ("violations", pa.int64())]
)  # fmt: skip


def events(ws: Base, *, source: str | None = None) -> Answer:
    """Every event seen, by source, the most frequent first: how often, since when, and whether a plan names it."""
    rows = ws.engine.run(
        sql(
            "SELECT name AS event, source, COUNT(*) AS n, MIN(at) AS first_seen, MAX(at) AS last_seen FROM events"
            " WHERE :source IS NULL OR source = :source GROUP BY name, source ORDER BY n DESC, event, source",
            source=source,
        )
    ).to_pylist()
    properties = Counter((r["source"], r["event"]) for r in ws.store.seen.rows(source) if r["property"])
    plans, broken = _plans(ws), Counter[tuple[str, str]]()
    for row in ws.store.seen.broken(since=_since(ws), source=source):
        broken[row["source"], row["event"]] += row["count"]
    shown = [
        {
            "event": r["event"], "source": r["source"], "count": r["n"], **_utc(r, "first_seen", "last_seen"),
            "properties": properties[r["source"], r["event"]],
            "planned": r["event"] in plans[r["source"]].events if r["source"] in plans else None,
            "violations": broken[r["source"], r["event"]],
        }
        for r in rows[:MOST]
    ]  # fmt: skip
    left = rows[MOST:]
    if left:
        rest = {
            "event": f"{OTHER} ({len(left):,})",
            "count": sum(r["n"] for r in left),
            "properties": 0,
            "violations": 0,
        }
        shown.append(rest)
    note = "" if shown else ws.say("No events yet.", "아직 이벤트가 없습니다.")
    return Answer(pa.Table.from_pylist(shown, schema=_EVENTS), note=note)


def properties(ws: Base, event: str, *, source: str | None = None) -> Answer:
    """The properties of an event: types, the share of looked-at events that had each, examples, and what a plan says.

    :raises NotFoundError: nobody ever sent it, with the nearest name.
    """
    rows = ws.store.seen.rows(source, [event])
    if not rows:
        raise _unknown(ws, event)
    totals = {r["source"]: r["count"] for r in rows if not r["property"]}
    plans = _plans(ws)
    shown = []
    for r in rows:
        if not r["property"]:
            continue
        total = sum(r["types"].values()) or 1
        types = ", ".join(
            t if n == total else f"{t} {n / total:.0%}" for t, n in sorted(r["types"].items(), key=lambda x: -x[1])
        )
        shown.append(
            {
                "property": r["property"], "source": r["source"], "types": types,
                "filled": min(1.0, r["count"] / max(totals.get(r["source"], 0), 1)), "examples": r["examples"],
                "last_seen": r["last_at"], "planned": _says(plans.get(r["source"]), event, r["property"]),
            }
        )  # fmt: skip
    note = "" if shown else ws.say("It came without properties.", "속성 없이 왔습니다.")
    return Answer(pa.Table.from_pylist(shown, schema=_PROPERTIES), note=note)


def _says(plan: Plan | None, event: str, name: str) -> str | None:
    """What a plan says of a property, in a few words of the plan's own; null where there is no plan."""
    if plan is None:
        return None
    known = plan.events.get(event)
    expected = known.properties.get(name) if known else None
    if expected is None:
        return "–"
    words = [expected.type, "required" if expected.required else "", "deprecated" if expected.deprecated else ""]
    return " ".join(w for w in words if w) or "✓"


def volumes(ws: Base, event: str, *, days: int = DAYS, source: str | None = None) -> Answer:
    """How many a day of the shop, by the events' own time, newest day first."""
    now = ws.now()
    since = now - dt.timedelta(days=days)
    query = sql(
        "SELECT day, source, COUNT(*) AS count FROM (SELECT source, :day AS day FROM events WHERE name = :event AND at >= :since"
        " AND (:source IS NULL OR source = :source)) AS days GROUP BY day, source ORDER BY day DESC, source",
        day=day_of(exp.column("at"), ws.settings.tz, (since, now + dt.timedelta(days=2))),
        event=event,
        since=since,
        source=source,
    )
    return Answer(ws.engine.run(query).cast(_VOLUMES))


def violations(ws: Base, *, days: int = 7, source: str | None = None, event: str | None = None) -> Answer:
    """What broke the plans, by day and kind, with samples: the number of the event, and what its value looked like."""
    rows = []
    for r in ws.store.seen.broken(since=_since(ws, days), source=source, event=event):
        samples = [f"{s['event_id']}: {s['shape']}" if s["shape"] else str(s["event_id"]) for s in r["samples"]]
        rows.append({**{n: r[n] for n in ("day", "source", "event", "property", "kind", "count")}, "samples": samples})
    none = ws.say("Nothing broke a tracking plan.", "수집 계획에 어긋난 것이 없습니다.")
    return Answer(pa.Table.from_pylist(rows, schema=BROKEN), note="" if rows else none)


# -- plans -------------------------------------------------------------------------------------------------------------
def plans(ws: Base) -> Answer:
    """Every tracking plan: its source, strictness, size, and violations of the last days."""
    broken: Counter[str] = Counter()
    for row in ws.store.seen.broken(since=_since(ws)):
        broken[row["source"]] += row["count"]
    rows = []
    for d in ws.store.definitions.all(KIND).values():
        plan = read_plan(d.body)
        size = sum(len(e.properties) for e in plan.events.values())
        rows.append(
            {"source": d.name, "strictness": plan.strictness, "events": len(plan.events), "properties": size,
             "version": d.version, "violations": broken[d.name]}
        )  # fmt: skip
    note = ws.say(
        "No tracking plans yet: dangol tracking accept SOURCE makes one from what was seen",
        "아직 수집 계획이 없습니다. dangol tracking accept 원천으로 지금까지 온 것에서 만드세요",
    )
    return Answer(pa.Table.from_pylist(rows, schema=_PLANS), note="" if rows else note)


def plan_yaml(ws: Base, source: str) -> str:
    """A source's plan as YAML. Raises `NotFoundError`."""
    return as_yaml(ws.store.definitions.get(KIND, source).body)


def as_yaml(body: Any) -> str:
    return str(yaml.safe_dump(body, allow_unicode=True, sort_keys=False, width=120))


def accept(ws: Base, source: str, *, only: Sequence[str] = (), dry_run: bool = False) -> dict[str, Any]:
    """Take what a source sent so far (or only some events of it) into its plan; what the plan says already stays.

    Returns the plan's body. Raises `NotFoundError` where the source, or an event named, was never seen.
    """
    rows = [r for r in ws.store.seen.rows(source) if r["event"] != OTHER and (not only or r["event"] in only)]
    names = {r["event"] for r in rows}
    missing = [name for name in only if name not in names]
    if missing:
        raise _unknown(ws, missing[0])
    if not rows:
        known = sorted({r["source"] for r in ws.store.seen.rows()})
        nothing = Text(f"nothing was seen of {source!r} so far", f"{source!r}: 아직 온 이벤트가 없습니다")
        raise NotFoundError(
            nothing, hint=one_of(known) if known else Text("send events first", "이벤트를 먼저 보내세요")
        )
    seen: dict[str, dict[str, dict[str, int]]] = {name: {} for name in sorted(names)}
    for r in rows:
        if r["property"] and r["property"] != OTHER:
            seen[r["event"]][r["property"]] = r["types"]
    counts = {r["event"]: r["count"] for r in rows if not r["property"]}
    before = ws.store.definitions.all(KIND).get(source)
    body = plan_of(source, seen, counts, before.body if before else None)
    read_plan(body)
    if not dry_run:
        note = ws.say("accepted from what was seen", "온 것에서 받아들임")
        ws.store.definitions.put(KIND, source, body, actor=ws.actor, now=ws.real_now(), note=note)
    return body


def _plans(ws: Base) -> dict[str, Plan]:
    kept: Mapping[str, Definition] = ws.store.definitions.all(KIND)
    return {name: read_plan(d.body) for name, d in kept.items()}


def _since(ws: Base, days: int = DAYS) -> str:
    return (ws.real_now() - dt.timedelta(days=days)).astimezone(ws.settings.tz).date().isoformat()


def _utc(row: Mapping[str, Any], *names: str) -> dict[str, dt.datetime]:
    return {n: row[n].replace(tzinfo=dt.UTC) for n in names}


def _unknown(ws: Base, event: str) -> NotFoundError:
    from rapidfuzz import process

    names = sorted({r["event"] for r in ws.store.seen.rows()})
    near = process.extractOne(event, names, score_cutoff=60)
    hint = did_you_mean(near[0]) if near else Text("`dangol events` lists them", "`dangol events`로 목록을 보세요")
    return NotFoundError(
        Text(f"no event {event[:80]!r} has been seen", f"{event[:80]!r} 이벤트가 온 적이 없습니다"), hint=hint
    )
