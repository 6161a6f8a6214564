"""Quarantine as a screen shows it: by reason, rows with the bad cell marked, and what a mended mapping would take."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping as Maps
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from sqlglot import exp

from dangol.app import live, quarantine
from dangol.app.jobs import Running
from dangol.app.take import rehearsal, rehearse_file
from dangol.app.uploads import LETTERS, shown_as, told
from dangol.collect import (
    Mapping,
    choose,
    chosen,
    mapping_body,
    mapping_from_body,
    mapping_from_yaml,
    meanings,
    read_rows,
    reason_words,
)
from dangol.engine import sql
from dangol.schema import GLOSSARY, Answer, Lang, Problem, RefusedError, Text, word

if TYPE_CHECKING:
    from dangol.app import Workspace

STATES = ("open", "replayed", "dismissed")
COLUMNS = 2_000
"""Columns that a form shows at most."""

_GROUPS = """
SELECT batch, file, source, field, reason, count(*) AS n, min("at") AS first_at, max("at") AS last_at
FROM quarantine WHERE status = 'open' GROUP BY batch, file, source, field, reason ORDER BY n DESC, batch DESC, reason
"""

_PLAIN = {
    *("type", "event", "messageid", "timestamp", "originaltimestamp", "sentat", "receivedat", "version", "channel"),
    *(
        "currency",
        "value",
        "revenue",
        "total",
        "subtotal",
        "shipping",
        "tax",
        "discount",
        "price",
        "amount",
        "quantity",
    ),
    *("orderid", "productid", "sku", "variant", "category", "brand", "coupon", "position", "locale", "timezone"),
}
"""Values of a call that are shown, by the last part of their path; every other may be about a person, in any language."""

_COUNTED = re.compile(r"-?[0-9.,]{1,7}%?")
"""What is no name, no birthday and no phone number: a small number."""


@dataclass(frozen=True, slots=True)
class Which:
    """Which rows: of one import, with one reason, of one field (``""``: the whole row), in one state."""

    batch: int | None = None
    reason: str | None = None
    field: str | None = None
    status: str = "open"

    def where(self) -> exp.Expr:
        """The condition on `quarantine`."""
        found: list[exp.Expr] = [sql("status = :s", s=self.status)]
        if self.batch is not None:
            found.append(sql("batch = :b", b=self.batch))
        if self.reason:
            found.append(sql("reason = :r", r=self.reason))
        if self.field is not None:
            found.append(sql("field = :f", f=self.field) if self.field else sql("field IS NULL"))
        return exp.and_(*found)


def groups(ws: Workspace) -> list[dict[str, Any]]:
    """Open rows by import, field and reason, the most frequent first, with the reason in words."""
    rows = ws.engine.run(sql(_GROUPS)).to_pylist()
    return [{**r, **_why(r, ws.lang), "live": _is_live(ws, r["batch"])} for r in rows]


def page(ws: Workspace, which: Which, *, limit: int = 50, offset: int = 0) -> dict[str, Any]:
    """A page of rows: id, where, why, and its cells masked, with the column that could not be read marked."""
    query = exp.select("id", "batch", "source", "file", exp.column("row", quoted=True), "field", "reason", "at")
    query = query.from_("quarantine").where(which.where())
    total = int(ws.engine.run(sql("SELECT count(*) AS n FROM q", tables={"q": query}))["n"][0].as_py())
    rows = ws.engine.run(query.order_by("batch DESC", "id").limit(limit).offset(offset)).to_pylist()
    kept = {r.id: r.row for r in ws.privacy.quarantine.rows(ids=[r["id"] for r in rows])} if rows else {}
    mappings: dict[int, Mapping | None] = {}
    shown = []
    for r in rows:
        if r["batch"] not in mappings:
            mappings[r["batch"]] = mapping_of(ws, r["batch"])
        cells = _cells(kept.get(r["id"], {}), mappings[r["batch"]], r["field"])
        shown.append({**r, "id": str(r["id"]), **_why(r, ws.lang), "cells": cells})
    return {"total": total, "rows": shown}


def _why(row: Maps[str, Any], lang: Lang) -> dict[str, Any]:
    """A row's reason and field in words."""
    field = row["field"]
    return {"says": reason_words(row["reason"]).say(lang), "field_says": field and _field(field, lang)}


def _field(field: str, lang: Lang) -> str:
    name = field.rpartition(":")[2]
    return word("kind" if name in GLOSSARY["kind"] and name != "name" else "field", name, lang)


def mapping_of(ws: Workspace, batch: int) -> Mapping | None:
    """What an import was read with; None for what came over HTTP."""
    kept = ws.store.batches.get(batch).mapping
    return mapping_from_yaml(kept, where=f"import {batch}") if isinstance(kept, str) else None


def described(ws: Workspace, batch: int, body: Any = None, change: Sequence[Maps[str, str]] = ()) -> dict[str, Any]:
    """An import's mapping as a form edits it, with the columns its quarantined rows have.

    :param body: the mapping as it is edited so far; the import's own without. :param change: columns taken for something else.
    """
    mapping = mapping_of(ws, batch)
    if mapping is None:
        raise RefusedError(
            Text("what came over HTTP has no mapping", "HTTP로 받은 것에는 매핑이 없습니다"),
            hint=Text("mend the sender, then replay the rows", "보내는 쪽을 고친 뒤 다시 처리하세요"),
        )
    wrong: list[Problem] = []
    if body is not None:
        mapping = mapping_from_body(body, draft=[] if change else wrong)
    for one in change:
        mapping = choose(mapping, one["column"], one["meaning"], kind=one.get("kind", ""))
    if change:
        mapping = mapping_from_body(mapping_body(mapping), draft=wrong)
    columns: dict[str, None] = {}
    for held in ws.privacy.quarantine.rows(batch=batch):
        columns |= dict.fromkeys(k for k in held.row if k != "row")
        if len(columns) > COLUMNS:
            break
    return {
        "mapping": mapping_body(mapping),
        "columns": [{**asdict(choice), "examples": []} for choice in chosen(mapping, list(columns))],
        "meanings": list(meanings(mapping.grain)),
        "problems": [p.as_dict(ws.lang) for p in wrong],
    }


def _cells(row: Maps[str, Any], mapping: Mapping | None, field: str | None) -> list[dict[str, Any]]:
    """Cells in the row's order: column, value as it may be shown, whether it is the one that could not be read."""
    if mapping is None:
        return [
            {"column": path, "value": _guarded(path, text), "bad": bool(field) and path.endswith(field or "")}
            for path, text in _flat(row.get("event", {}))
        ]
    names = [c for c in row if c != "row"]
    ref = mapping.ref(field) if field else None
    marked = set(ref.columns) if ref else set()
    made = []
    for choice in chosen(mapping, names):
        value = row[choice.column]
        bad = choice.column in marked or (bool(field) and field in (choice.meaning, choice.meaning.partition(":")[2]))
        text = None if value is None else _shown(str(value), choice.meaning, bad)
        made.append({"column": choice.column, "value": text, "bad": bad})
    return made


def _flat(value: Any, path: str = "") -> list[tuple[str, str]]:
    """A call's values with their paths, a hundred at most."""
    if isinstance(value, Maps):
        return [x for k, v in value.items() for x in _flat(v, f"{path}.{k}" if path else str(k))][:100]
    if isinstance(value, list):
        return [x for i, v in enumerate(value) for x in _flat(v, f"{path}[{i}]")][:100]
    return [(path, "" if value is None else str(value))]


def _guarded(path: str, text: str) -> str:
    low = path.lower().split(".")
    plain = low[-1].replace("_", "") in _PLAIN and "traits" not in low
    return shown_as(text, "test") if plain else shown_as(text, "person:name")[:LETTERS]


def _shown(text: str, meaning: str, bad: bool) -> str:
    """A cell of a file: a field that dangol has a place for as it is, what a shop calls its own only where it is no words."""
    own = meaning.partition(":")[0] in ("trait", "property") or (bad and not meaning)
    if own and not _COUNTED.fullmatch(text):
        return shown_as(text, "person:name")[:LETTERS]
    return shown_as(text, meaning or ("test" if bad else ""))


def try_mapping(ws: Workspace, batch: int, body: Any) -> dict[str, Any]:
    """What a mended mapping would take of an import's open rows; nothing is written.

    {rows, taken, quarantined: {reason: n}}. Raises `DefinitionError` with everything that is wrong with the mapping.
    """
    mapping = mapping_from_body(body)
    before = ws.store.batches.get(batch)
    rows = [r.row for r in ws.privacy.quarantine.rows(batch=batch)]
    if not rows:
        return {"rows": 0, "taken": 0, "repeated": 0, "quarantined": {}, "reasons": {}}
    reading = read_rows(rows, name=before.file)
    with rehearsal(ws):
        effect = rehearse_file(ws, reading, mapping, 0, source=before.source, references={})
    held: Counter[str] = effect.quarantined
    return {
        "rows": effect.rows,
        "taken": effect.taken,
        "repeated": effect.repeated,
        "quarantined": dict(held),
        "reasons": {code: {"en": reason_words(code).en, "ko": reason_words(code).ko} for code in sorted(held)},
    }


def replay_job(ws: Workspace, asked: dict[str, Any], running: Running) -> dict[str, Any]:
    """The work of a replay: {batch?, mapping?}."""
    mapping = mapping_from_body(asked["mapping"]) if asked.get("mapping") else None
    report = quarantine.replay(ws, mapping=mapping, batch=asked.get("batch"), progress=running.progress)
    return told(ws, report)


def dismiss(ws: Workspace, which: Which, ids: Sequence[int], reason: str) -> int:
    """Close rows without taking them, for a reason that is written down. Returns how many.

    :param ids: these rows; where there are none, all that `which` names.
    """
    if not reason.strip():
        raise RefusedError(
            Text("say why these rows are not wanted", "이 행들을 버리는 이유를 적으세요"),
            where="reason",
            hint=Text("test rows, a total line, …", "예: 시험 주문, 합계 행"),
        )
    wanted = list(ids) or ws.engine.run(exp.select("id").from_("quarantine").where(which.where()))["id"].to_pylist()
    return quarantine.dismiss(ws, wanted, reason=reason.strip()[:500])


def exported(ws: Workspace, which: Which) -> Answer:
    """Every row asked for: where it came from and why it is here, without what it holds."""
    query = exp.select(
        "id", "batch", "source", "file", exp.column("row", quoted=True), "field", "reason", "status", "at"
    )
    table = ws.engine.run(query.from_("quarantine").where(which.where()).order_by("batch DESC", "id"))
    said = pa.array([reason_words(code).say(ws.lang) for code in table["reason"].to_pylist()], pa.string())
    return Answer(table.append_column("says", said))


def _is_live(ws: Workspace, batch: int) -> bool:
    return ws.store.batches.get(batch).preset == live.PRESET
