"""One customer's history as one list, newest first: orders with their lines, other events, consents, changes of identity.

A page ends where the next begins: the order is total (time, kind, id), so nothing is shown twice or passed over, however many
things happened at one moment.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dangol.app.people import whoever
from dangol.engine import sql
from dangol.schema import Lang, RefusedError, Text, word

if TYPE_CHECKING:
    from dangol.app import Workspace

KINDS = ("order", "event", "consent", "identity")
"""In the order in which things of one moment are shown; messages, voices and notes will join them."""

MOST = 200

_EVENTS = """
SELECT at, CAST(event_id AS VARCHAR) AS id, name, source, channel, order_id, product_id, category, amount, discount, quantity,
  place, device, campaign, coupon, properties
FROM events WHERE customer_id = :c AND (name IN ('Order Completed', 'Order Cancelled', 'Order Refunded')) = :orders
"""
_CONSENTS = """
SELECT at, CONCAT(purpose, '/', channel, '/', state, '/', CAST(node AS VARCHAR)) AS id, purpose, channel, state, source
FROM consents WHERE customer_id = :c
"""
_IDENTITY = """
SELECT MIN(l.recorded_at) AS at, MIN(CAST(l.seq AS VARCHAR)) AS id, l.action, l.rule, l.source, l.actor, l.entry,
  COUNT(DISTINCT l.seq) AS links, MIN(l.at) AS told_at
FROM identity_log AS l JOIN (SELECT node FROM identifiers WHERE customer_id = :c) AS mine ON l.a = mine.node OR l.b = mine.node
WHERE l.action IN ('cut', 'merge', 'block', 'unblock', 'revoke') OR l.rule = 'by_hand'
GROUP BY l.action, l.rule, l.source, l.actor, l.entry, CASE WHEN l.entry IS NULL THEN l.seq END
"""
_LINES = """
SELECT CAST(event_id AS VARCHAR) AS id, line, product_id, title, category, brand, quantity, price, amount, discount
FROM order_items WHERE event_id IN :ids ORDER BY event_id, line
"""
_PAGE = "SELECT * FROM rows WHERE at < :at OR (at = :at AND (:later OR (:same AND id < :id))) ORDER BY at DESC, id DESC LIMIT :n"
_FIRST = "SELECT * FROM rows ORDER BY at DESC, id DESC LIMIT :n"
_COUNTS = """
SELECT CASE WHEN name IN ('Order Completed', 'Order Cancelled', 'Order Refunded') THEN 'order' ELSE 'event' END AS kind,
  name, COUNT(*) AS n FROM events WHERE customer_id = :c GROUP BY 1, 2 ORDER BY 3 DESC, 2
"""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ended."""

    at: dt.datetime
    kind: str
    id: str

    def text(self) -> str:
        return f"{self.at.isoformat()}|{self.kind}|{self.id}"

    @classmethod
    def read(cls, text: str) -> Cursor:
        """Raises `RefusedError` for what was not given out here."""
        try:
            at, kind, key = text.split("|", 2)
            moment = dt.datetime.fromisoformat(at)
            if kind not in KINDS or moment.tzinfo is not None:
                raise ValueError(kind)
        except ValueError:
            said = Text("this is no place in a timeline", "타임라인의 위치가 아닙니다")
            start = Text("leave `before` out to begin with the newest", "처음부터 보려면 before를 빼세요")
            raise RefusedError(said, where="before", hint=start) from None
        return cls(moment, kind, key)


def timeline(
    ws: Workspace,
    asked: int,
    lang: Lang,
    *,
    before: str = "",
    kinds: Sequence[str] = (),
    name: str = "",
    limit: int = 50,
) -> dict[str, Any]:
    """A page: rows (kind, at, id and what it says), `next` for the page before it, counts by event name with the first page.

    :param kinds: of these only; all without. :param name: events of this name only.
    """
    number = whoever(ws, asked)
    cursor = Cursor.read(before) if before else None
    wanted = [k for k in KINDS if not kinds or k in kinds]
    if name:
        wanted = [k for k in wanted if k in ("order", "event")]
    most = max(1, min(limit, MOST))
    rows = [row for kind in wanted for row in _some(ws, kind, number, cursor, name, most + 1)]
    rows.sort(key=lambda r: r["id"], reverse=True)
    rows.sort(key=lambda r: KINDS.index(r["kind"]))
    rows.sort(key=lambda r: r["at"], reverse=True)
    page, more = rows[:most], len(rows) > most
    _with_lines(ws, page)
    found: dict[str, Any] = {
        "customer": f"C{number}",
        "rows": [_told(row, lang) for row in page],
        "next": Cursor(page[-1]["at"], page[-1]["kind"], page[-1]["id"]).text() if more else None,
    }
    if cursor is None:
        found["counts"] = [
            {**r, "says": word("event", r["name"], lang)} for r in ws.engine.run(sql(_COUNTS, c=number)).to_pylist()
        ]
    return found


def _some(ws: Workspace, kind: str, customer: int, cursor: Cursor | None, name: str, most: int) -> list[dict[str, Any]]:
    """The newest of one kind before the cursor; of its moment, what comes after it in the order of `KINDS` and ids."""
    if kind == "consent":
        source = sql(_CONSENTS, c=customer)
    elif kind == "identity":
        source = sql(_IDENTITY, c=customer)
    else:
        source = sql(_EVENTS, c=customer, orders=kind == "order")
        source = source.where(sql("name = :name", name=name)) if name else source  # type: ignore[attr-defined]
    if cursor is None:
        query = sql(_FIRST, tables={"rows": source}, n=most)
    else:
        place, there = KINDS.index(kind), KINDS.index(cursor.kind)
        query = sql(
            _PAGE, tables={"rows": source}, at=cursor.at, later=place > there, same=place == there, id=cursor.id, n=most
        )
    return [{"kind": kind, **row} for row in ws.engine.run(query).to_pylist()]


def _with_lines(ws: Workspace, rows: list[dict[str, Any]]) -> None:
    ids = [int(row["id"]) for row in rows if row["kind"] == "order"]
    if not ids:
        return
    lines: dict[str, list[dict[str, Any]]] = {}
    for line in ws.engine.run(sql(_LINES, ids=ids)).to_pylist():
        lines.setdefault(line.pop("id"), []).append(line)
    for row in rows:
        if row["kind"] == "order":
            row["lines"] = lines.get(row["id"], [])


def _told(row: dict[str, Any], lang: Lang) -> dict[str, Any]:
    """Without what is empty; properties as values."""
    told = {key: value for key, value in row.items() if value is not None and key != "properties"}
    if row["kind"] in ("order", "event"):
        told["says"] = word("event", row["name"], lang)
        told["properties"] = json.loads(row["properties"]) if row.get("properties") else {}
        for field in ("channel", "device"):
            if row.get(field):
                told[f"{field}_says"] = word(field, row[field], lang)
    if row["kind"] == "consent":
        told["channel_says"] = word("channel", row["channel"], lang)
    return told
