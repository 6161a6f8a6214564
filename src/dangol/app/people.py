"""Customers: list and find, show one, say who is one person and who is not, erase, hand over."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from sqlglot import exp

from dangol.app import replays
from dangol.app.both import both
from dangol.app.definitions import current
from dangol.app.linking import follow_through
from dangol.app.profile import Profile
from dangol.app.telling import plain
from dangol.engine import sql
from dangol.identity import Evidence, Step, explain, follow, forget
from dangol.schema import (
    KINDS,
    NOTHING,
    TABLES,
    Answer,
    NotFoundError,
    RefusedError,
    Text,
    day_words,
    did_you_mean,
    utc_words,
    word,
)

if TYPE_CHECKING:
    from dangol.app import Workspace

CLEARING = "engine.clear_pending"
"""Set while an erasure waits for the engine's files to be cleared."""

DEFAULT_COLUMNS = ("lifecycle_stage", "orders", "revenue", "last_order_at")
_FACTS = ("events", "order_items", "given", "consents")
_OWNED = (*_FACTS, *(f"{name}_told" for name in _FACTS))
"""Tables whose rows belong to the customer of their node."""

EVENT_COLUMNS = ("at", "name", "channel", "order_id", "product_id", "category", "amount", "place", "source")


def customers(
    ws: Workspace,
    *,
    find: str | None = None,
    columns: list[str] | None = None,
    order: str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> Answer:
    """A page of customers with chosen traits.

    :param find: an e-mail, phone or id in any kind; whoever it points at.
    :param order: a trait, ``-`` in front for descending; customer id without.
    :raises NotFoundError: a column that is no trait.
    """
    have = ws.engine.tables().get("customers")
    if not have:
        return Answer(
            pa.table({"customer_id": pa.array([], pa.int64())}),
            note=ws.say("No customers yet: dangol import", "아직 고객이 없습니다: dangol import"),
        )
    chosen = ["customer_id", *(columns or [c for c in DEFAULT_COLUMNS if c in have])]
    descending, by = bool(order and order.startswith("-")), (order or "customer_id").lstrip("-")
    _known(have, [*chosen, by])
    query = exp.select(*[exp.column(c, quoted=True) for c in dict.fromkeys(chosen)]).from_("customers")
    if find:
        query = query.where(sql("customer_id IN :ids", ids=found(ws, find) or [-1]))
    key = exp.Ordered(this=exp.column(by, quoted=True), desc=descending, nulls_first=False)
    query = query.order_by(key, exp.column("customer_id")).limit(limit).offset(offset)
    everyone = ws.engine.run(sql("SELECT count(*) AS n FROM customers"))["n"][0].as_py()
    table = ws.engine.run(query)
    return Answer(
        table,
        note=f"{offset + 1:,}–{offset + table.num_rows:,} / {everyone:,}" if table.num_rows else "",
        query=ws.engine.to_sql(query),
    )


def found(ws: Workspace, value: str) -> list[int]:
    """Customers a value points at, whichever kind it is of; looked up by keyed hash, never by the value itself."""
    nodes: list[int] = []
    for kind in KINDS:
        nodes += [int(n) for n in ws.privacy.pseudonymiser.pseudonyms(kind, [value]).nodes if n]
    query = sql(
        "SELECT DISTINCT customer_id FROM identifiers WHERE node IN :nodes AND customer_id IS NOT NULL",
        nodes=nodes or [0],
    )
    return [int(c) for c in ws.engine.run(query)["customer_id"].to_pylist()]


def customer(ws: Workspace, asked: int, *, reveal: bool = False, reason: str = "") -> Profile:
    """One customer's profile; personal data masked unless revealed with a reason, which is written down."""
    if reveal and not reason.strip():
        raise RefusedError(
            Text("looking at personal data needs a reason", "개인정보를 보려면 사유가 필요합니다"),
            where="reason",
            hint=Text('say why: --reason "call about order 123"', '사유를 적으세요: --reason "주문 123 문의 전화"'),
        )
    number = whoever(ws, asked)
    row = (
        ws.engine.run(sql("SELECT * FROM customers WHERE customer_id = :c", c=number)).to_pylist()
        if "customers" in ws.engine.tables()
        else []
    )
    traits = row[0] if row else {}
    families = {f: _traits(ws, traits, f) for f in ("demographic", "behavioural", "analytic")}
    person = (
        ws.vault.read([number], reason=reason, actor=ws.actor, now=ws.real_now())
        if reveal
        else ws.vault.masked([number])
    )
    span = ws.engine.run(
        sql("SELECT min(first_seen) AS a, max(last_seen) AS b FROM identifiers WHERE customer_id = :c", c=number)
    )
    members = sql(
        "SELECT segment, entered_at AS since FROM memberships WHERE customer_id = :c AND left_at IS NULL ORDER BY segment",
        c=number,
    )
    latest = (
        exp.select(*EVENT_COLUMNS)
        .from_("events")
        .where(sql("customer_id = :c", c=number))
        .order_by(exp.column("at").desc())
        .limit(20)
    )
    return Profile(
        asked=asked,
        customer_id=number,
        first_seen=span["a"][0].as_py(),
        last_seen=span["b"][0].as_py(),
        person=_person(person),
        identifiers=_evidence(ws, explain(ws.engine, number, policy=ws.policy), person),
        segments=Answer(ws.engine.run(members)),
        events=Answer(ws.engine.run(latest)),
        **families,
    )


def whoever(ws: Workspace, asked: int) -> int:
    """The customer an id leads to today. Raises `NotFoundError` for one that never was, or was erased."""
    number = follow(ws.engine, asked)
    here = sql("SELECT count(*) AS n FROM identifiers WHERE customer_id = :c", c=number)
    if not ws.engine.run(here)["n"][0].as_py():
        raise NotFoundError(
            Text(f"there is no customer C{asked}", f"고객 C{asked}: 그런 고객이 없습니다"),
            hint=Text(
                "`dangol customers` lists them; an erased customer is gone for good",
                "`dangol customers`로 목록을 보세요. 삭제한 고객은 되살릴 수 없습니다",
            ),
        )
    return number


def _known(have: list[str], wanted: list[str]) -> None:
    from rapidfuzz import process

    for name in wanted:
        if name not in have:
            near = process.extractOne(name, have)
            raise NotFoundError(
                Text(f"there is no trait '{name}'", f"'{name}' 속성이 없습니다"),
                where="columns",
                hint=did_you_mean(f"'{near[0]}'") if near else NOTHING,
            )


def _traits(ws: Workspace, row: dict[str, Any], family: str) -> Answer:
    """Values in words, moments in UTC; ``facts["moments"]`` has those by trait, for whoever prints them on the shop's clock."""
    definitions = current(ws)
    freshness = {r["trait"]: r["touched_at"] for r in ws.trait_state()}
    rows = [
        {
            "trait": t.name,
            "says": t.says[ws.lang],
            "value": plain(row[t.name], t, ws.lang, ws.settings.currency),
            "as_of": freshness.get(t.name),
        }
        for t in definitions.traits.values()
        if t.family == family and row.get(t.name) is not None
    ]
    types = pa.schema(
        [
            ("trait", pa.string()),
            ("says", pa.string()),
            ("value", pa.string()),
            ("as_of", pa.timestamp("us")),
        ]
    )
    moments = {t: row[t] for t in definitions.traits if isinstance(row.get(t), dt.datetime)}
    return Answer(pa.Table.from_pylist(rows, schema=types), facts={"moments": moments})


def _evidence(ws: Workspace, found: tuple[Evidence, ...], person: Any) -> Answer:
    """Identifiers with the shortest chain of evidence that ties each to the oldest one, in words."""
    kept = {(r.node, r.kind): r.value for r in person}
    names = {
        e.node: f"{word('kind', e.kind, ws.lang)} {e.value or kept.get((e.node, e.kind)) or ''}".strip() for e in found
    }
    rows = [
        {
            "node": e.node,
            "kind": e.kind,
            "value": e.value or kept.get((e.node, e.kind)),
            "first_seen": e.first_seen,
            "last_seen": e.last_seen,
            "source": e.source,
            "why": ws.say("the oldest", "가장 오래됨")
            if e.oldest
            else " ← ".join(_step(ws, s, names) for s in e.chain),
        }
        for e in found
    ]
    texts, times = ("kind", "value", "source", "why"), ("first_seen", "last_seen")
    types = {"node": pa.int64(), **dict.fromkeys(texts, pa.string()), **dict.fromkeys(times, pa.timestamp("us"))}
    return Answer(
        pa.Table.from_pylist(
            rows,
            schema=pa.schema(
                [(c, types[c]) for c in ("node", "kind", "value", "first_seen", "last_seen", "source", "why")]
            ),
        )
    )


def _step(ws: Workspace, step: Step, names: dict[int, str]) -> str:
    when = day_words(step.at, ws.settings.tz) if step.at else ""
    other = names.get(step.to, "?")
    if step.rule == "by_hand":
        hand = ws.say("merged by hand with", "직접 합침:")
        number = ws.say(f"entry {step.entry}", f"기록 {step.entry}번")
        return f"{hand} {other} ({', '.join(filter(None, (step.actor, when, number)))})"
    together = ws.say("in one record with", "같은 기록:")
    return f"{together} {other} ({', '.join(filter(None, (step.source, step.fact, when)))})"


def _person(rows: Any) -> Answer:
    listed = [{"kind": r.kind, "value": r.value, "at": r.at, "source": r.source} for r in rows]
    types = pa.schema(
        [("kind", pa.string()), ("value", pa.string()), ("at", pa.timestamp("us")), ("source", pa.string())]
    )
    naive = [
        {**r, "at": r["at"].astimezone(dt.UTC).replace(tzinfo=None) if r["at"] and r["at"].tzinfo else r["at"]}
        for r in listed
    ]
    return Answer(pa.Table.from_pylist(naive, schema=types))


def export_person(ws: Workspace, asked: int, *, reason: str) -> str:
    """Everything known of a customer as JSON (the right of access): unmasked, so it needs a reason, which is written down."""
    if not reason.strip():
        raise RefusedError(
            Text("handing personal data over needs a reason", "개인정보를 내주려면 사유가 필요합니다"),
            where="reason",
            hint=Text(
                'say why: --reason "access request 2026-11-22"', '사유를 적으세요: --reason "2026-11-22 열람 요청"'
            ),
        )
    number = whoever(ws, asked)
    profile = customer(ws, number, reveal=True, reason=reason)
    have = ws.engine.tables()
    tables = ("customers", "events", "order_items", "given", "consents", "memberships")
    rows = {
        t: ws.engine.run(exp.select("*").from_(t).where(sql("customer_id = :c", c=number))).to_pylist()
        if t in have  # `customers` comes with the first refresh
        else []
        for t in tables
    }
    body = {
        "customer": f"C{number}",
        "made_at": ws.real_now().isoformat(),
        "person": list(profile.person),
        "identifiers": list(profile.identifiers),
        "traits": {f: list(getattr(profile, f)) for f in ("demographic", "behavioural", "analytic")},
        **rows,
        "session_recordings": replays.of_customer(ws, number),
    }
    return json.dumps(body, ensure_ascii=False, indent=2, default=_for_programs)


def _for_programs(value: object) -> str:
    return utc_words(value) if isinstance(value, dt.datetime) else str(value)


def erase(ws: Workspace, asked: int, *, reason: str = "") -> dict[str, Any]:
    """Forget a customer everywhere. Returns the receipt: what was removed, when, and the fingerprints of the destroyed keys.

    The vault goes first: once its key is destroyed nothing personal can be read, whatever happens next; a run that was
    interrupted there is completed by running it again.
    """
    number = whoever(ws, asked)
    logins = ws.engine.run(sql("SELECT value FROM identifiers WHERE customer_id = :c AND value IS NOT NULL", c=number))
    old = ws.engine.run(sql("SELECT old_id FROM redirects WHERE customer_id = :c", c=number))["old_id"].to_pylist()
    now = ws.real_now()
    receipt = ws.vault.erase(
        [number, *old],
        actor=ws.actor,
        now=now,
        reason=reason,
        values=logins["value"].to_pylist(),
        nodes=replays.owned(ws, number),
    )
    removed: dict[str, int] = {}
    ws.store.state.put(CLEARING, True, now=now)
    with ws.engine.forgetting(), both(ws) as keep:
        keep()
        gone = forget(ws.engine, number, actor=ws.actor, now=now, policy=ws.policy)
        ids = sorted({*gone.ids, number, *old})
        for name in (*_OWNED, "memberships", "customers", "scores"):
            if name in ws.engine.tables():
                whose = (
                    sql("customer_id IN :ids OR node IN :n", ids=ids, n=list(gone.nodes) or [0])
                    if name in _OWNED
                    else sql("customer_id IN :ids", ids=ids)
                )
                removed[name] = ws.engine.delete(name, whose)
        removed |= {"identifiers": len(gone.nodes), "identity_log": gone.entries}
        removed["quarantine"] = ws.engine.delete("quarantine", sql("id IN :ids", ids=list(receipt.quarantined) or [0]))
        follow_through(ws, gone.resolution)
    ws.store.state.remove(CLEARING)
    if len(gone.resolution.touched):
        ws.refresh_touched([gone.resolution.touched])
    body = {"customer": f"C{number}", "erased_at": now.isoformat(), "reason": reason, "rows": removed}
    return body | {"vault": receipt.as_dict()}


def finish_erasing(ws: Workspace) -> None:
    """Clear the bytes that an interrupted erasure left in the engine's files. Called when a workspace is opened."""
    if ws.store.state.get(CLEARING, False):
        with ws.engine.forgetting():
            pass
        ws.store.state.remove(CLEARING)


def left_behind(ws: Workspace, ids: list[int]) -> dict[str, int]:
    """Rows that still name these customers, by table; all zero after an erasure. The doctor and the tests ask."""
    counts = {}
    for name, table in TABLES.items():
        if table.column("customer_id") and name in ws.engine.tables():
            query = (
                exp.select(exp.Count(this=exp.Star()).as_("n")).from_(name).where(sql("customer_id IN :ids", ids=ids))
            )
            counts[name] = int(ws.engine.run(query)["n"][0].as_py())
    return counts
