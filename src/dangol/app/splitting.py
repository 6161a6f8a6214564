"""What an unmerge or a merge would repair, before it is done: everything is done, looked at, and taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dangol import identity
from dangol.app.definitions import current
from dangol.app.people import whoever
from dangol.app.refreshing import many
from dangol.app.take import rehearsal
from dangol.app.telling import plain
from dangol.engine import sql
from dangol.identity import Resolution
from dangol.profiles import CUSTOMERS, refresh_segments, refresh_traits
from dangol.schema import Lang, word

if TYPE_CHECKING:
    from dangol.app import Workspace

_FACTS = """
SELECT customer_id, COUNT(*) AS events, COUNT(CASE WHEN name = 'Order Completed' THEN 1 END) AS orders, SUM(CASE WHEN name IN
  ('Order Completed', 'Order Cancelled', 'Order Refunded') THEN amount END) AS revenue, MIN(at) AS first_at, MAX(at) AS last_at
FROM events WHERE customer_id IN :ids GROUP BY 1
"""
_KINDS = "SELECT node, kind, customer_id FROM identifiers WHERE customer_id IN :ids ORDER BY first_seen, node"
_CONSENTS = "SELECT customer_id, COUNT(*) AS n FROM consents WHERE customer_id IN :ids GROUP BY 1"
_IN = "SELECT customer_id, segment FROM memberships WHERE left_at IS NULL AND customer_id IN :ids ORDER BY segment"
_TOLD = (
    "orders",
    "revenue",
    "average_basket",
    "last_order_at",
    "lifecycle_stage",
    "rfm_score",
    "favourite_category",
    "age",
    "region",
)
"""Traits that are told first; the others follow in the order of their definition."""


def split_preview(
    ws: Workspace, asked: int, lang: Lang, *, identifiers: Sequence[int] = (), entry: int | None = None
) -> dict[str, Any]:
    """What `unmerge` would do: moved identifiers, and each customer before and after. Nothing is kept.

    Raises what `unmerge` would raise.
    """
    number = whoever(ws, asked)
    return _rehearsed(
        ws, lang, [number],
        lambda: identity.unmerge(
            ws.engine, number, nodes=identifiers, entry=entry, actor=ws.actor, now=ws.real_now(), policy=ws.policy
        ),
    )  # fmt: skip


def join_preview(ws: Workspace, one: int, other: int, lang: Lang) -> dict[str, Any]:
    """The same of a merge."""
    both = [whoever(ws, one), whoever(ws, other)]
    return _rehearsed(
        ws, lang, both,
        lambda: identity.merge(ws.engine, *both, actor=ws.actor, now=ws.real_now(), policy=ws.policy),
    )  # fmt: skip


def _rehearsed(ws: Workspace, lang: Lang, known: list[int], step: Callable[[], Resolution]) -> dict[str, Any]:
    definitions, now, tz = current(ws), ws.now(), ws.settings.tz
    with rehearsal(ws):
        found = step()
        ids = sorted({*known, *(int(c) for c in found.touched.to_pylist())})
        identity.rehome(ws.engine, found.moved)
        if CUSTOMERS in ws.engine.tables():
            people = None if many(ws, len(ids)) else pa.table({"customer_id": pa.array(ids, pa.int64())})
            refresh_traits(ws.engine, definitions, now=now, tz=tz, population=people)
            refresh_segments(ws.engine, definitions, now=now, tz=tz, population=people)
        after = _read(ws, ids)
    before = _read(ws, ids)  # everything is as it was again
    moved = [
        {"node": str(m["node"]), "from": m["old_id"] and f"C{m['old_id']}", "to": m["new_id"] and f"C{m['new_id']}"}
        for m in found.moved.to_pylist()
    ]
    return {
        "moved": moved,
        "customers": [{"customer": f"C{c}", **_change(ws, lang, before.get(c), after.get(c))} for c in ids],
        "conflicts": found.conflicts,
    }


def _read(ws: Workspace, ids: list[int]) -> dict[int, dict[str, Any]]:
    """Identifiers, sums, traits and segments of some customers, as they are inside the caller's transaction."""
    if not ids:
        return {}
    run = ws.engine.run
    found: dict[int, dict[str, Any]] = {}
    for row in run(sql(_KINDS, ids=ids)).to_pylist():
        one = found.setdefault(
            row["customer_id"], {"identifiers": [], "facts": {}, "traits": {}, "segments": [], "consents": 0}
        )
        one["identifiers"].append({"node": str(row["node"]), "kind": row["kind"]})
    for row in run(sql(_FACTS, ids=ids)).to_pylist():
        if row["customer_id"] in found:
            found[row["customer_id"]]["facts"] = {k: v for k, v in row.items() if k != "customer_id"}
    for row in run(sql(_CONSENTS, ids=ids)).to_pylist():
        if row["customer_id"] in found:
            found[row["customer_id"]]["consents"] = int(row["n"])
    if CUSTOMERS in ws.engine.tables():
        for row in run(sql("SELECT * FROM customers WHERE customer_id IN :ids", ids=ids)).to_pylist():
            if row["customer_id"] in found:
                found[row["customer_id"]]["traits"] = row
        for row in run(sql(_IN, ids=ids)).to_pylist():
            if row["customer_id"] in found:
                found[row["customer_id"]]["segments"].append(row["segment"])
    return found


def _change(ws: Workspace, lang: Lang, before: dict[str, Any] | None, after: dict[str, Any] | None) -> dict[str, Any]:
    """One customer before and after: null where it was not, or is no more."""
    definitions = current(ws)
    old, new = before or {}, after or {}
    was, now = set(old.get("segments", ())), set(new.get("segments", ()))
    says = {name: segment.says[lang] for name, segment in definitions.segments.items()}
    return {
        "before": _brief(old, lang) if before else None,
        "after": _brief(new, lang) if after else None,
        "enters": [{"segment": s, "says": says[s]} for s in sorted(now - was) if s in says],
        "leaves": [{"segment": s, "says": says[s]} for s in sorted(was - now) if s in says],
        "traits": _traits(ws, lang, old.get("traits", {}), new.get("traits", {})),
    }


def _brief(one: dict[str, Any], lang: Lang) -> dict[str, Any]:
    facts = one["facts"]
    return {
        "identifiers": [{**i, "says": word("kind", i["kind"], lang)} for i in one["identifiers"]],
        "events": int(facts.get("events") or 0),
        "orders": int(facts.get("orders") or 0),
        "revenue": facts.get("revenue") or 0,
        "first_at": facts.get("first_at"),
        "last_at": facts.get("last_at"),
        "consents": one["consents"],
        "segments": len(one["segments"]),
    }


def _traits(ws: Workspace, lang: Lang, old: dict[str, Any], new: dict[str, Any]) -> list[dict[str, Any]]:
    """Traits that differ, in words, the telling ones first."""
    definitions, currency = current(ws), ws.settings.currency
    rows = []
    for name, trait in definitions.traits.items():
        a, b = old.get(name), new.get(name)
        if a == b:
            continue
        said = [None if v is None else plain(v, trait, lang, currency) for v in (a, b)]
        if said[0] != said[1]:
            rows.append(
                {"trait": name, "family": trait.family, "says": trait.says[lang], "before": said[0], "after": said[1]}
            )
    place = {name: i for i, name in enumerate(_TOLD)}
    return sorted(rows, key=lambda r: place.get(r["trait"], len(_TOLD)))
