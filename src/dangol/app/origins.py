"""Every source of facts in one list: files, browsers, servers and webhooks, with how much they tell and how they are."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from dangol.app import live
from dangol.app.hooks import KIND as HOOK
from dangol.app.sources import add
from dangol.collect.wire.hook_yaml import read_hook
from dangol.engine import sql
from dangol.rules.local import day_of
from dangol.schema import RefusedError, Text
from dangol.store import WriteKey

if TYPE_CHECKING:
    from dangol.app import Workspace

DAYS = 14
"""Days whose volumes are shown."""

QUIET = 3
"""A live source that is so many days silent, and was not before, is said to be quiet."""

_VOLUME = """
SELECT source, count(*) AS events, count(DISTINCT customer_id) AS customers, min("at") AS first_at, max("at") AS last_at,
  max(received_at) AS received_at, count(CASE WHEN received_at >= :day THEN 1 END) AS today
FROM events GROUP BY source
"""

_LATELY = """
SELECT source, day, count(*) AS n FROM (SELECT source, :day AS day FROM events WHERE received_at >= :since) AS lately
GROUP BY source, day
"""

_HELD = "SELECT source, count(*) AS n FROM quarantine WHERE status = 'open' GROUP BY source"


def listed(ws: Workspace) -> list[dict[str, Any]]:
    """A row a source, the one heard last first.

    source, ways (files, browser, server, webhook), keys (in use), events, customers, first_at, last_at, received_at, today,
    days (counts of the last days, oldest first), quarantined, violations, imports, health (fine, quiet, silent, waiting,
    problems).
    """
    now = ws.real_now()
    start = now.astimezone(ws.settings.tz).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(dt.UTC)
    since = start - dt.timedelta(days=DAYS - 1)
    first = since.astimezone(ws.settings.tz).date()
    told = {r["source"]: r for r in ws.engine.run(sql(_VOLUME, day=start)).to_pylist()}
    lately: dict[str, dict[dt.date, int]] = defaultdict(dict)
    day = day_of(exp.column("received_at"), ws.settings.tz, (since, now + dt.timedelta(days=1)))
    for r in ws.engine.run(sql(_LATELY, since=since, day=day)).to_pylist():
        lately[r["source"]][r["day"]] = r["n"]
    held = {r["source"]: r["n"] for r in ws.engine.run(sql(_HELD)).to_pylist()}
    broken: dict[str, int] = defaultdict(int)
    for r in ws.store.seen.broken(since=first.isoformat()):
        broken[r["source"]] += r["count"]
    ways, keys, imports = _ways(ws)
    rows = []
    for name in sorted({*told, *ways, *held}):
        one = told.get(name, {})
        days = [lately[name].get(first + dt.timedelta(days=d), 0) for d in range(DAYS)]
        row = {
            "source": name,
            "ways": sorted(ways.get(name, {"files"})),
            "keys": keys.get(name, 0),
            "events": one.get("events", 0),
            "customers": one.get("customers", 0),
            "first_at": one.get("first_at"),
            "last_at": one.get("last_at"),
            "received_at": one.get("received_at"),
            "today": one.get("today", 0),
            "days": days,
            "quarantined": held.get(name, 0),
            "violations": broken.get(name, 0),
            "imports": imports.get(name, 0),
        }
        rows.append({**row, "health": _health(row, now)})
    return sorted(rows, key=lambda r: (r["received_at"] is None, -_stamp(r["received_at"]), r["source"]))


def _stamp(at: dt.datetime | None) -> float:
    return at.replace(tzinfo=dt.UTC).timestamp() if at else 0.0


def _ways(ws: Workspace) -> tuple[dict[str, set[str]], dict[str, int], dict[str, int]]:
    """By source: how it comes, how many keys are in use, how many imports took."""
    ways: dict[str, set[str]] = defaultdict(set)
    keys: dict[str, int] = defaultdict(int)
    imports: dict[str, int] = defaultdict(int)
    for key in ws.store.write_keys.all():
        if key.revoked_at is None:
            ways[key.source].add(key.side)
            keys[key.source] += 1
    for kept in ws.store.definitions.all(HOOK).values():
        ways[read_hook(kept.body).source].add("webhook")
    for batch in ws.store.batches.all():
        if batch.preset != live.PRESET and batch.status == "done":
            ways[batch.source].add("files")
            imports[batch.source] += 1
    return ways, keys, imports


def _health(row: dict[str, Any], now: dt.datetime) -> str:
    """One word on a source: what needs a look comes first."""
    if row["quarantined"] or row["violations"]:
        return "problems"
    if not row["events"]:
        return "waiting"
    if set(row["ways"]) == {"files"}:
        return "fine"
    silent = (now.timestamp() - _stamp(row["received_at"])) / 86_400
    if silent > DAYS:
        return "silent"
    return "quiet" if silent > QUIET else "fine"


def rotate(ws: Workspace, number: int) -> tuple[str, WriteKey]:
    """A second key like this one: put it into the sender, see it used, then revoke the old one. Shown once.

    Raises `NotFoundError`, and `RefusedError` for one that was revoked.
    """
    old = ws.store.write_keys.get(number)
    if old.revoked_at is not None:
        raise RefusedError(
            Text(f"write key {number} was revoked", f"{number}번 쓰기 키는 이미 폐기했습니다"),
            hint=Text("make a new one", "새 키를 만드세요"),
        )
    return add(
        ws,
        old.source,
        side=old.side,
        origins=old.origins,
        ip=old.ip,
        per_minute=old.per_minute,
        per_day=old.per_day,
    )
