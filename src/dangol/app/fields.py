"""Everything a rule can be built from: traits with their values, events with their properties, segments, consent, time."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from dangol.app.definitions import current
from dangol.app.telling import unit
from dangol.engine import sql
from dangol.profiles import CUSTOMERS, FIXED, Definitions, Trait
from dangol.rules import CHANNEL_KINDS, CONSENT_CHANNELS, CONSENT_STATES, FIELDS, GROUPS, OPERATORS, PHRASES
from dangol.schema import EVENTS, ORDER_ITEMS, NotFoundError, Text, words_of

if TYPE_CHECKING:
    from dangol.app.workspace import Base
    from dangol.schema import Lang

TOP = 12
"""Values of a trait or field that are offered before anything is typed."""

LEAST = 3
"""Customers that must share a value of an event before it is offered: a value that one person alone said may be personal."""

KEPT = dt.timedelta(minutes=1)
"""How long the counts of events are kept that stand in the palette; `as_of` says of when they are."""

_COUNTED = """
SELECT name AS event, COUNT(*) AS n, COUNT(DISTINCT customer_id) AS customers, MAX(at) AS last_at FROM events
GROUP BY name ORDER BY n DESC, event LIMIT 300
"""

_HIDDEN = ("customer_id", "node", "properties", "batch", "event_id", "line")


def fields(ws: Base, lang: Lang) -> dict[str, Any]:
    """The builder's palette: traits by family, events, fields of events and order lines, segments, channels, calendar phrases."""
    definitions = current(ws)
    counted, at = ws.lately.ask(("fields", "events"), KEPT, lambda: ws.engine.run(sql(_COUNTED)).to_pylist())
    return {
        "as_of": at,
        "traits": _traits(ws, definitions, lang),
        "events": _events(ws, counted, lang),
        "fields": {"events": _columns("events", lang), "items": _columns("items", lang), "around": _around(ws, lang)},
        "segments": _segments(ws, definitions, lang),
        "channels": {
            "reachable": [{"value": c, "label": _channel(c, lang)} for c in CHANNEL_KINDS],
            "consent": [{"value": c, "label": _channel(c, lang)} for c in CONSENT_CHANNELS],
            "states": list(CONSENT_STATES),
            "purposes": _purposes(ws),
        },
        "operators": {group: list(names) for group, names in OPERATORS.items()},
        "phrases": list(PHRASES),
    }


def _channel(code: str, lang: Lang) -> str:
    said = words_of("channel").get(code)
    return said.say(lang) if said else code


def _traits(ws: Base, definitions: Definitions, lang: Lang) -> list[dict[str, Any]]:
    have = ws.engine.tables().get(CUSTOMERS, [])
    known = [t for t in definitions.traits.values() if t.name in have]
    filled = _filled(ws, [t.name for t in known])
    everyone = filled.pop("", 0)
    rows = []
    for t in definitions.traits.values():
        rows.append(
            {
                "name": t.name,
                "family": t.family,
                "label": t.says[lang],
                "type": t.type,
                "group": GROUPS[t.type],
                "unit": unit(t.unit, lang, ws.settings.currency),
                "share": t.unit == "share",
                "filled": filled.get(t.name, 0) / everyone if everyone else 0.0,
                "values": _values_of(ws, t, lang) if t.name in have else [],
            }
        )
    return rows


def _filled(ws: Base, names: list[str]) -> dict[str, int]:
    """Trait → customers who have it; under the empty name how many there are."""
    if not names:
        return {}
    counts = [exp.Count(this=exp.column(n, quoted=True)).as_(f"n{i}") for i, n in enumerate(names)]
    row = ws.engine.run(exp.select(sql("COUNT(*)").as_("everyone"), *counts).from_(CUSTOMERS)).to_pylist()[0]
    return {"": int(row["everyone"])} | {n: int(row[f"n{i}"]) for i, n in enumerate(names)}


def _values_of(ws: Base, trait: Trait, lang: Lang, find: str = "") -> list[dict[str, Any]]:
    """The most frequent values with how many customers have each, in words; none for numbers and dates without a list."""
    if trait.type not in ("text", "bool", "list<text>") and not trait.values:
        return []
    column = exp.column(trait.name, quoted=True)
    value = exp.func("UNNEST", column, dialect="duckdb") if trait.type == "list<text>" else exp.cast(column, "varchar")
    rows = ws.engine.run(
        sql(
            "SELECT value, COUNT(*) AS n FROM v WHERE value IS NOT NULL AND (:find = '' OR contains(lower(value), :find))"
            " GROUP BY value ORDER BY n DESC, value LIMIT :top",
            tables={"v": exp.select(value.as_("value")).from_(CUSTOMERS)},
            find=find.lower(),
            top=TOP,
        )
    ).to_pylist()
    return [{"value": r["value"], "label": _word(trait.words, r["value"], lang), "customers": r["n"]} for r in rows]


def _word(words: Mapping[str, Text], value: str, lang: Lang) -> str:
    return words[value].say(lang) if value in words else value


def _events(ws: Base, counted: list[dict[str, Any]], lang: Lang) -> list[dict[str, Any]]:
    """Every event that anybody did, the most frequent first, with the properties it came with."""
    told: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for row in ws.store.seen.rows():
        if row["property"]:
            one = told[row["event"]].setdefault(row["property"], {"types": [], "examples": []})
            one["types"] = sorted({*one["types"], *row["types"]})
            one["examples"] = list(dict.fromkeys([*one["examples"], *(row["examples"] or [])]))[:5]
    words = words_of("event")
    return [
        {
            "event": r["event"],
            "label": _word(words, r["event"], lang),
            "count": r["n"],
            "customers": r["customers"],
            "last_at": r["last_at"],
            "properties": [{"name": name, **found} for name, found in sorted(told[r["event"]].items())],
        }
        for r in counted
    ]


def _columns(of: str, lang: Lang) -> list[dict[str, Any]]:
    table = ORDER_ITEMS if of == "items" else EVENTS
    words = words_of("field")
    return [
        {
            "name": c.name,
            "label": _word(words, c.name, lang) if c.name in words else c.name.replace("_", " "),
            "group": GROUPS[c.type],
            "help": c.help,
        }
        for c in table.columns
        if c.name not in _HIDDEN
    ]


def _around(ws: Base, lang: Lang) -> list[dict[str, Any]]:
    """What stands around an event, with its codes in words."""
    bands, said = current(ws).catalog.surroundings.bands, words_of("field")
    rows = []
    for name, kind in FIELDS.items():
        words = words_of(name)
        codes = list(bands) if name == "hour_band" else list(words)
        values = [{"value": c, "label": _word(words, c, lang)} for c in codes]
        rows.append({"name": name, "label": _word(said, name, lang), "group": GROUPS[kind], "values": values})
    return rows


def _segments(ws: Base, definitions: Definitions, lang: Lang) -> list[dict[str, Any]]:
    sizes = ws.engine.run(sql("SELECT segment, members FROM segment_state")).to_pylist()
    known = {r["segment"]: r["members"] for r in sizes}
    return [
        {
            "segment": s.name,
            "label": s.says[lang],
            "customers": known.get(s.name),
            "folder": s.folder,
            "tags": list(s.tags),
        }
        for s in definitions.segments.values()
    ]


def _purposes(ws: Base) -> list[str]:
    found = ws.engine.run(sql("SELECT DISTINCT purpose FROM consents ORDER BY purpose LIMIT 50"))["purpose"].to_pylist()
    return list(dict.fromkeys(["advertising", *found]))


def values(ws: Base, lang: Lang, *, of: str, field: str, event: str = "", find: str = "") -> list[dict[str, Any]]:
    """Values of a trait (`of` traits), or of a field of events or order lines (`of` events, items), the most frequent first.

    :param event: only of this event.
    :param find: only those that hold this text.
    :raises NotFoundError: there is no such trait or field of text.
    """
    if of == "traits":
        trait = current(ws).traits.get(field)
        if trait is None or field not in ws.engine.tables().get(CUSTOMERS, []) or field in FIXED:
            raise _no_field(field)
        return _values_of(ws, trait, lang, find)
    table = ORDER_ITEMS if of == "items" else EVENTS
    column = table.column(field)
    if column is None or column.type != "text" or field in _HIDDEN:
        raise _no_field(field)
    rows = ws.engine.run(
        sql(
            "SELECT value, COUNT(DISTINCT customer_id) AS n FROM v WHERE value IS NOT NULL AND value <> ''"
            " AND (:event = '' OR name = :event) AND (:find = '' OR contains(lower(value), :find))"
            " GROUP BY value HAVING COUNT(DISTINCT customer_id) >= :least ORDER BY n DESC, value LIMIT :top",
            tables={"v": exp.select(exp.column(field).as_("value"), "name", "customer_id").from_(table.name)},
            event=event,
            find=find.lower(),
            least=LEAST,
            top=TOP * 2,
        )
    ).to_pylist()
    words = words_of(field)
    return [{"value": r["value"], "label": _word(words, r["value"], lang), "customers": r["n"]} for r in rows]


def _no_field(name: str) -> NotFoundError:
    shown = name[:80]
    return NotFoundError(
        Text(f"there are no values of '{shown}' to offer", f"'{shown}'의 값은 보여 줄 수 없습니다"),
        where="field",
        hint=Text("GET /v1/catalogue/fields lists the fields", "GET /v1/catalogue/fields에 목록이 있습니다"),
    )
