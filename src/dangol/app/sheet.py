"""One customer as the console shows it: everything with its rule, its freshness and its evidence; personal data masked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from dangol.app.definitions import current
from dangol.app.people import _evidence, whoever
from dangol.app.telling import plain
from dangol.engine import sql
from dangol.identity import explain
from dangol.profiles import CUSTOMERS
from dangol.rules import say
from dangol.schema import Lang, RefusedError, Text, word

if TYPE_CHECKING:
    from dangol.app import Workspace

_ALL_IN = """
SELECT segment, entered_at, left_at, version FROM memberships WHERE customer_id = :c ORDER BY entered_at DESC, segment
"""
_CONSENTS = "SELECT node, purpose, channel, state, at, source FROM consents WHERE customer_id = :c ORDER BY at DESC"
_SPAN = """
SELECT COUNT(*) AS events, COUNT(CASE WHEN name = 'Order Completed' THEN 1 END) AS orders, MIN(at) AS first_at, MAX(at) AS last_at
FROM events WHERE customer_id = :c
"""
_HEADS = ("trait", "family", "says", "unit", "values")


def sheet(ws: Workspace, asked: int, lang: Lang) -> dict[str, Any]:
    """Plain values: who, counts, person (masked), identifiers with evidence, traits by family, segments in and out, consents.

    ``node`` is text: it is larger than JavaScript's numbers. Raises `NotFoundError` for who never was, or was erased.
    """
    number = whoever(ws, asked)
    person = ws.vault.masked([number])
    found = explain(ws.engine, number, policy=ws.policy)
    listed = _evidence(ws, found, person).table.to_pylist()
    chains = {e.node: e for e in found}
    return {
        "customer": f"C{number}",
        "customer_id": number,
        "asked": f"C{asked}",
        **ws.engine.run(sql(_SPAN, c=number)).to_pylist()[0],
        "first_seen": min((r["first_seen"] for r in listed if r["first_seen"]), default=None),
        "last_seen": max((r["last_seen"] for r in listed if r["last_seen"]), default=None),
        "person": [
            {"kind": r.kind, "says": word("kind", r.kind, lang), "value": r.value, "source": r.source} for r in person
        ],
        "identifiers": [_identifier(r, chains[r["node"]], lang) for r in listed],
        "traits": _traits(ws, number, lang),
        **_segments(ws, number, lang),
        "consents": _consents(ws, number, lang),
    }


def _identifier(row: dict[str, Any], evidence: Any, lang: Lang) -> dict[str, Any]:
    entries = [step.entry for step in evidence.chain if step.entry]
    return {
        **row,
        "node": str(row["node"]),
        "says": word("kind", row["kind"], lang),
        "oldest": evidence.oldest,
        "steps": len(evidence.chain),
        "entry": entries[0] if entries else None,
    }


def _traits(ws: Workspace, customer: int, lang: Lang) -> list[dict[str, Any]]:
    """Every trait, with a value or without: family, says, value (in words), raw, as_of, rule (as it is defined)."""
    have = CUSTOMERS in ws.engine.tables()
    rows = ws.engine.run(sql("SELECT * FROM customers WHERE customer_id = :c", c=customer)).to_pylist() if have else []
    values = rows[0] if rows else {}
    fresh = {r["trait"]: r["touched_at"] for r in ws.trait_state()}
    at = values.get("refreshed_at")
    return [
        {
            "trait": t.name,
            "family": t.family,
            "says": t.says[lang],
            "value": None if values.get(t.name) is None else plain(values[t.name], t, lang, ws.settings.currency),
            "raw": values.get(t.name),
            "unit": t.unit,
            "type": t.type,
            "as_of": at or fresh.get(t.name),
            "rule": _rule(t.body),
        }
        for t in current(ws).traits.values()
    ]


def _rule(body: Any) -> str:
    said = {key: value for key, value in body.items() if key not in _HEADS}
    return yaml.safe_dump(said, allow_unicode=True, sort_keys=False, width=100).strip()


def _segments(ws: Workspace, customer: int, lang: Lang) -> dict[str, Any]:
    """Segments this customer is in, was in, and is not in; why is another question."""
    definitions = current(ws)
    now: dict[str, Any] = {}
    past: dict[str, Any] = {}
    for row in ws.engine.run(sql(_ALL_IN, c=customer)).to_pylist():
        if row["left_at"] is None:
            now[row["segment"]] = row
        else:
            past.setdefault(row["segment"], row)
    listed = []
    for name, segment in definitions.segments.items():
        rule = say(definitions.rules[name], definitions.catalog, lang)
        one = {"segment": name, "says": segment.says[lang], "rule": rule, "folder": segment.folder}
        state = "in" if name in now else "left" if name in past else "out"
        row = now.get(name) or past.get(name) or {}
        listed.append({**one, "state": state, "since": row.get("entered_at"), "left_at": row.get("left_at")})
    return {"segments": listed}


def _consents(ws: Workspace, customer: int, lang: Lang) -> list[dict[str, Any]]:
    """The latest word per endpoint, purpose and channel."""
    latest: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in ws.engine.run(sql(_CONSENTS, c=customer)).to_pylist():
        latest.setdefault((row["node"], row["purpose"], row["channel"]), row)
    return [
        {
            "purpose": row["purpose"],
            "channel": row["channel"],
            "channel_says": word("channel", row["channel"], lang),
            "state": row["state"],
            "at": row["at"],
            "source": row["source"],
        }
        for row in latest.values()
    ]


def reveal(ws: Workspace, asked: int, lang: Lang, *, reason: str) -> dict[str, Any]:
    """Personal data in the clear. The look is written down with its reason. Raises `RefusedError` without one."""
    if not reason.strip():
        raise RefusedError(
            Text("looking at personal data needs a reason", "개인정보를 보려면 사유가 필요합니다"), where="reason"
        )
    number = whoever(ws, asked)
    rows = ws.vault.read([number], reason=reason, actor=ws.actor, now=ws.real_now())
    return {
        "customer": f"C{number}",
        "person": [
            {
                "node": str(r.node),
                "kind": r.kind,
                "says": word("kind", r.kind, lang),
                "value": r.value,
                "source": r.source,
            }
            for r in rows
        ],
    }
