"""The first screen: what changed since yesterday on the shop's clock, how things stand, and what could be done next.

Every number is of one query that is told beside it. The advice are rules with the customers they find today; a screen words them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlglot import exp

from dangol import profiles
from dangol.app.advice import advice
from dangol.app.definitions import current
from dangol.app.live import PRESET as LIVE
from dangol.app.refreshing import LAST
from dangol.collect import reason_words
from dangol.engine import sql
from dangol.profiles import CUSTOMERS
from dangol.rules.local import day_of
from dangol.schema import Lang, RefusedError, Text

if TYPE_CHECKING:
    from dangol.app import Workspace

SHIFTS = {1: 7, 7: 14, 28: 35}
"""Days looked back, and how far before that the comparison lies: whole weeks, so that weekdays are held against the same, and far
enough that the two never meet."""

KEPT = dt.timedelta(minutes=15)
"""How long it is kept who moved between stages: everybody's past is worked out for it."""

STAGES = ("new", "active", "won_back", "lapsing", "lost")
_ORDERS = ("Order Completed", "Order Cancelled", "Order Refunded")

_SALES = """
SELECT CASE WHEN e.at >= :since THEN 'now' ELSE 'before' END AS period, SUM(e.amount) AS revenue,
  COUNT(CASE WHEN e.name = 'Order Completed' THEN 1 END) AS orders,
  COUNT(DISTINCT CASE WHEN e.name = 'Order Completed' THEN e.customer_id END) AS buyers,
  COUNT(CASE WHEN e.name = 'Order Completed' AND e.at > c.first_order_at THEN 1 END) AS again,
  COUNT(CASE WHEN e.name = 'Order Completed' AND c.first_order_at IS NOT NULL THEN 1 END) AS told, COUNT(*) AS n
FROM events AS e LEFT JOIN people AS c ON c.customer_id = e.customer_id
WHERE e.name IN :names AND ((e.at >= :since AND e.at <= :until) OR (e.at >= :earlier AND e.at <= :past))
GROUP BY 1
"""
_DAYS = """
SELECT day, SUM(amount) AS revenue, COUNT(CASE WHEN name = 'Order Completed' THEN 1 END) AS orders
FROM (SELECT :day AS day, name, amount FROM events WHERE name IN :names AND at >= :first AND at < :last) AS e GROUP BY day
"""
_STAND = """
SELECT lifecycle_stage AS stage, COUNT(*) AS customers, SUM(revenue_365d) AS value,
  SUM(CASE WHEN orders >= 2 THEN 1 ELSE 0 END) AS again
FROM customers WHERE orders >= 1 GROUP BY 1
"""
_MOVES = """
SELECT segment, SUM(CASE WHEN entered_at > :since THEN 1 ELSE 0 END) AS entered,
  SUM(CASE WHEN left_at > :since THEN 1 ELSE 0 END) AS gone
FROM memberships WHERE entered_at > :since OR left_at > :since GROUP BY 1
"""
_HELD = "SELECT reason, COUNT(*) AS n FROM quarantine WHERE status = 'open' GROUP BY 1 ORDER BY 2 DESC, 1"
_LIVE = """
  SELECT MAX(received_at) AS at, COUNT(CASE WHEN received_at > :since THEN 1 END) AS n FROM events WHERE batch IN :days
"""


@dataclass(frozen=True, slots=True)
class Period:
    """From local midnight `days` days ago until now, and the same hours so much earlier. Aware, UTC."""

    days: int
    since: dt.datetime
    until: dt.datetime
    earlier: dt.datetime
    then: dt.datetime

    @classmethod
    def of(cls, now: dt.datetime, tz: ZoneInfo, days: int) -> Period:
        """Raises `RefusedError` for a number of days that is not offered."""
        if days not in SHIFTS:
            said = ", ".join(map(str, SHIFTS))
            raise RefusedError(Text(f"days is one of {said}", f"days는 {said} 가운데 하나입니다"), where="days")
        here = now.astimezone(tz)
        start = _midnight(here.date() - dt.timedelta(days=days), tz)
        back = dt.timedelta(days=SHIFTS[days])
        wall = (here.replace(tzinfo=None) - back).replace(
            tzinfo=tz
        )  # the same time on the clock, whatever summer time did
        return cls(days, start, now, _midnight(start.astimezone(tz).date() - back, tz), wall.astimezone(dt.UTC))


def home(ws: Workspace, lang: Lang, *, days: int = 1) -> dict[str, Any]:
    """Plain values: period, sales (now, before), series by day, stages, moves, lapsing, intake, imports, quarantine, advice."""
    now = ws.now()
    period = Period.of(now, ws.settings.tz, days)
    computed = CUSTOMERS in ws.engine.tables()
    found = _sales(ws, period, computed)
    stages, query = _stages(ws, lang) if computed else ([], "")
    return {
        "as_of": now,
        "days": days,
        "since": period.since,
        "compared_with": {"since": period.earlier, "until": period.then, "days": SHIFTS[days]},
        "events": _count(ws, "events"),
        "customers": sum(row["customers"] for row in stages),
        "known": _count(ws, CUSTOMERS) if computed else 0,
        "computed": computed,
        **found,
        "series": _series(ws, now),
        "stages": stages,
        "stages_query": query,
        "moves": _moves(ws, period, lang),
        **_health(ws, lang),
        "advice": advice(ws, now) if computed else [],
    }


def flows(ws: Workspace, lang: Lang, *, days: int = 28) -> dict[str, Any]:
    """Who stood at which lifecycle stage when the period began, and where they stand now: from, to, customers.

    Kept for a while; ``until`` says as of when. The past is computed from the facts up to that moment, with today's
    identities. ``from`` is null for who had not ordered yet.
    """
    period = Period.of(ws.now(), ws.settings.tz, days)
    if CUSTOMERS not in ws.engine.tables():
        return {"since": period.since, "until": period.until, "flows": []}
    found, _ = ws.lately.ask(("stages", period.since), KEPT, lambda: _moved(ws, period))
    return {**found, "stages": _stage_words(ws, lang)}


def _moved(ws: Workspace, period: Period) -> dict[str, Any]:
    now = period.until
    moment = period.since - dt.timedelta(microseconds=1)
    past = profiles.members(
        ws.engine, current(ws), {"trait": "orders", "at_least": 1}, now=now, tz=ws.settings.tz, as_of=moment, replay=True,
        columns=("lifecycle_stage",),
    ).table  # fmt: skip
    today = ws.engine.run(sql("SELECT customer_id, lifecycle_stage FROM customers WHERE orders >= 1"))
    then = past.select(["customer_id", "lifecycle_stage"]).rename_columns(["customer_id", "came_from"])
    both = today.join(then, "customer_id", join_type="left outer").group_by(["came_from", "lifecycle_stage"])
    rows = both.aggregate([("customer_id", "count")]).to_pylist()
    listed = [{"from": r["came_from"], "to": r["lifecycle_stage"], "customers": r["customer_id_count"]} for r in rows]
    return {
        "since": period.since,
        "until": now,
        "flows": sorted(listed, key=lambda r: (-r["customers"], str(r["from"]), str(r["to"]))),
    }


def pulse(ws: Workspace) -> dict[str, Any]:
    """How fresh things are, cheaply: asked every few seconds by every open screen."""
    last = ws.store.state.get(LAST) or {}
    return {
        "refreshed_at": last.get("at"),
        "as_of": last.get("as_of"),
        "waiting": ws.intake.waiting().records,
        "at": ws.real_now(),
    }


def _sales(ws: Workspace, period: Period, computed: bool) -> dict[str, Any]:
    people = (
        sql("SELECT customer_id, first_order_at FROM customers")
        if computed
        else sql("SELECT CAST(NULL AS BIGINT) AS customer_id, CAST(NULL AS TIMESTAMP) AS first_order_at")
    )
    query = sql(
        _SALES, tables={"people": people}, names=list(_ORDERS), since=period.since, until=period.until,
        earlier=period.earlier, past=period.then,
    )  # fmt: skip
    rows = {row["period"]: row for row in ws.engine.run(query).to_pylist()}
    read = sum(int(row["n"]) for row in rows.values())
    sides = {side: _sums(rows.get(side)) for side in ("now", "before")}
    return {"sales": sides, "sales_query": ws.engine.to_sql(query), "rows_read": read}


def _sums(row: dict[str, Any] | None) -> dict[str, Any]:
    if row is None:
        return {"revenue": 0, "orders": 0, "buyers": 0, "repeat": None}
    told = int(row["told"])
    return {
        "revenue": row["revenue"] or 0,
        "orders": int(row["orders"]),
        "buyers": int(row["buyers"]),
        "repeat": int(row["again"]) / told if told else None,
    }


def _series(ws: Workspace, now: dt.datetime) -> list[dict[str, Any]]:
    """Revenue and orders of the last 28 local days, today's as far as it went."""
    tz = ws.settings.tz
    today = now.astimezone(tz).date()
    listed = [today - dt.timedelta(days=back) for back in range(28, -1, -1)]
    first, last = _midnight(listed[0], tz), _midnight(today + dt.timedelta(days=1), tz)
    day = day_of(exp.column("at"), tz, (first, last))
    query = sql(_DAYS, day=day, names=list(_ORDERS), first=first, last=last)
    found = {row["day"]: row for row in ws.engine.run(query).to_pylist()}
    nothing = {"revenue": 0, "orders": 0}
    return [{"day": one.isoformat(), **{k: found.get(one, nothing)[k] or 0 for k in nothing}} for one in listed]


def _stages(ws: Workspace, lang: Lang) -> tuple[list[dict[str, Any]], str]:
    query = sql(_STAND)
    rows = {row["stage"]: row for row in ws.engine.run(query).to_pylist()}
    words = _stage_words(ws, lang)
    known = [stage for stage in STAGES if stage in words] or sorted(str(s) for s in rows if s)
    listed = [
        {
            "stage": stage,
            "says": words.get(stage, stage),
            "customers": int(rows[stage]["customers"]) if stage in rows else 0,
            "value": rows[stage]["value"] or 0 if stage in rows else 0,
            "again": int(rows[stage]["again"] or 0) if stage in rows else 0,
        }
        for stage in known
    ]
    return listed, ws.engine.to_sql(query)


def _stage_words(ws: Workspace, lang: Lang) -> dict[str, str]:
    trait = current(ws).traits.get("lifecycle_stage")
    return {value: str(said[lang]) for value, said in (trait.values or {}).items()} if trait else {}


def _moves(ws: Workspace, period: Period, lang: Lang) -> list[dict[str, Any]]:
    """Segments that people entered or left within the period, the largest change first."""
    definitions = current(ws)
    rows = ws.engine.run(sql(_MOVES, since=period.since)).to_pylist()
    state = {r["segment"]: r for r in ws.segment_state()}
    since = _naive(period.since)
    listed = [
        {
            "segment": r["segment"],
            "says": definitions.segments[r["segment"]].says[lang],
            "entered": int(r["entered"] or 0),
            "left": int(r["gone"] or 0),
            "customers": state.get(r["segment"], {}).get("members"),
        }
        for r in rows
        if r["segment"] in definitions.segments
        # a segment that was made within the period moved nobody: it was filled
        and (state.get(r["segment"], {}).get("first_at") or since) < since
    ]
    return sorted(listed, key=lambda r: (-(r["entered"] + r["left"]), r["segment"]))[:6]


def _health(ws: Workspace, lang: Lang) -> dict[str, Any]:
    """What comes in, what was imported, what could not be read: on the clock on the wall."""
    now = ws.real_now()
    days = ws.store.batches.numbers(LIVE) or [0]  # what was received over HTTP, day by day; files are told apart
    live = ws.engine.run(sql(_LIVE, since=now - dt.timedelta(hours=24), days=days)).to_pylist()[0]
    held = ws.engine.run(sql(_HELD)).to_pylist()
    batches = ws.store.batches.all()
    done = [b for b in batches if b.status == "done"]
    taken = {b.digest for b in done}
    failed = [b for b in batches if b.status == "failed" and b.digest not in taken]
    last = max(done, key=lambda b: b.ended_at or b.started_at, default=None)
    return {
        "intake": {"last_at": live["at"], "last_day": int(live["n"]), **pulse(ws), "sources": len(ws.sources())},
        "imports": {
            "done": len(done),
            "failed": len({b.digest for b in failed}),
            "running": sum(b.status == "running" for b in batches),
            "last": {"file": last.file, "at": last.ended_at} if last else None,
        },
        "quarantine": [{"reason": r["reason"], "rows": int(r["n"]), "says": reason_words(r["reason"]).say(lang)} for r in held],
    }  # fmt: skip


def _count(ws: Workspace, table: str) -> int:
    return int(ws.engine.run(exp.select(sql("COUNT(*)").as_("n")).from_(table))["n"][0].as_py())


def _midnight(day: dt.date, tz: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tz).astimezone(dt.UTC)


def _naive(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(tzinfo=None)
