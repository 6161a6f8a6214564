"""Session recordings: kept from the intake log, listed, handed out with a reason, and forgotten in time."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa

from dangol.collect.wire import Part
from dangol.engine import sql
from dangol.schema import Answer, NotFoundError, RefusedError, Text
from dangol.store import Recorded, ReplayPart

if TYPE_CHECKING:
    from dangol.app import Workspace

LARGEST = 50_000_000
"""Bytes on the disk that one session may take; what comes after is not kept."""

_CODE = re.compile("[0-7][0-9a-f]{15}")
_PRUNED = "replays.pruned"
_ROWS = pa.schema(
    [
        ("session", pa.string()),
        ("customer_id", pa.int64()),
        ("source", pa.string()),
        ("started_at", pa.timestamp("us", "UTC")),
        ("seconds", pa.int64()),
        ("pages", pa.int64()),
        ("parts", pa.int64()),
        ("missing", pa.int64()),
        ("events", pa.int64()),
        ("bytes", pa.int64()),
        ("kept_bytes", pa.int64()),
    ]
)


def keep(ws: Workspace, parts: Sequence[Part]) -> int:
    """Keep parts of recordings; those that are here already change nothing. Returns how many were new."""
    if not parts or not ws.settings.replay_days:
        return 0
    forget_old(ws)
    nodes = _nodes(ws, sorted({p.anonymous_id for p in parts}))
    taken = ws.store.replays.kept(sorted({p.session for p in parts}))
    rows = []
    for part in parts:
        place = (part.session, part.recording, part.part)
        sealed = ws.privacy.replays.seal(*place, part.text)
        if taken.get(part.session, 0) + len(sealed) > LARGEST:
            continue
        taken[part.session] = taken.get(part.session, 0) + len(sealed)
        rows.append(
            ReplayPart(
                *place,
                source=part.source,
                node=nodes[part.anonymous_id],
                page=part.page,
                first_at=part.first_at,
                last_at=part.last_at,
                events=part.events,
                size=len(part.text),
                sealed=sealed,
                at=part.received_at,
            )
        )
    return ws.store.replays.add(rows)


def _nodes(ws: Workspace, values: list[str]) -> dict[str, int | None]:
    said = ws.privacy.pseudonymiser.pseudonyms("anonymous_id", values)
    return {value: int(node) or None for value, node in zip(values, said.nodes, strict=True)}


def forget_old(ws: Workspace) -> None:
    """Once a day, and when a workspace is opened: what the setting ``replay_days`` no longer keeps goes."""
    now = ws.real_now()
    day = f"{now.date()}/{ws.settings.replay_days}"
    if ws.store.state.get(_PRUNED) == day:
        return
    ws.store.replays.forget_older(now - dt.timedelta(days=ws.settings.replay_days))
    ws.store.state.put(_PRUNED, day, now=now)


def listed(ws: Workspace, *, customer_id: int | None = None, limit: int | None = 50) -> Answer:
    """Recorded sessions, the newest first: whose, where, when, how long, how many pages, how large."""
    nodes = None if customer_id is None else owned(ws, customer_id)
    found = ws.store.replays.sessions(nodes=nodes, limit=limit)
    whose = _customers(ws, [r.node for r in found if r.node is not None])
    rows = [{**_row(r), "customer_id": whose.get(r.node or 0)} for r in found]
    none = ws.say("No recordings", "녹화가 없습니다")
    return Answer(pa.Table.from_pylist(rows, schema=_ROWS), note="" if rows else none)


def owned(ws: Workspace, customer_id: int) -> list[int]:
    """Nodes of a customer's anonymous ids."""
    query = sql("SELECT node FROM identifiers WHERE customer_id = :c AND kind = 'anonymous_id'", c=customer_id)
    return [int(n) for n in ws.engine.run(query)["node"].to_pylist()]


def _customers(ws: Workspace, nodes: Sequence[int]) -> dict[int, int]:
    query = sql(
        "SELECT node, customer_id FROM identifiers WHERE node IN :nodes AND customer_id IS NOT NULL",
        nodes=list(nodes) or [0],
    )
    return {int(r["node"]): int(r["customer_id"]) for r in ws.engine.run(query).to_pylist()}


def _row(found: Recorded) -> dict[str, Any]:
    return {
        "session": f"{found.session:016x}",
        "source": found.source,
        "started_at": found.started_at,
        "seconds": round((found.ended_at - found.started_at).total_seconds()),
        "pages": found.pages,
        "parts": found.parts,
        "missing": found.missing,
        "events": found.events,
        "bytes": found.size,
        "kept_bytes": found.kept,
    }


def of_customer(ws: Workspace, customer_id: int) -> list[dict[str, Any]]:
    """A customer's recorded sessions, for the right of access: named and measured."""
    return [_row(r) for r in ws.store.replays.sessions(nodes=owned(ws, customer_id))]


def export(ws: Workspace, session: str, *, reason: str) -> str:
    """A session, by its code in the list, as JSON for rrweb's player, a list a page.

    It shows what somebody did, so it needs a reason, which is written down.
    """
    if not reason.strip():
        raise RefusedError(
            Text("handing a recording out needs a reason", "녹화를 내주려면 사유가 필요합니다"),
            where="reason",
            hint=Text('say why: --reason "error in the cart"', '사유를 적으세요: --reason "장바구니 오류 확인"'),
        )
    parts = ws.store.replays.parts(int(session, 16)) if _CODE.fullmatch(session) else []
    if not parts:
        raise NotFoundError(
            Text(f"there is no recording '{session[:40]}'", f"'{session[:40]}' 녹화가 없습니다"),
            hint=Text("`dangol replays` lists them", "`dangol replays`로 목록을 보세요"),
        )
    ws.store.audit.write(ws.actor, "replay.read", f"replay/{session}", now=ws.real_now(), reason=reason)
    pages: dict[int, dict[str, Any]] = {}
    for part in parts:
        said = orjson.loads(ws.privacy.replays.open(part))
        page = pages.setdefault(part.recording, {"page": said["page"], "events": []})
        page["events"] += said["events"]
    return json.dumps({"session": session, "pages": list(pages.values())}, ensure_ascii=False)
