"""Rows that could not be read: list them, look at one, read them again, close them."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from sqlglot import exp

from dangol.app import live
from dangol.app.both import both
from dangol.app.importing import mapping_in
from dangol.app.report import TAKEN, FileReport, ImportReport
from dangol.app.take import Effect, highest_id, summed, take_file, told
from dangol.app.workspace import Progress, no_progress
from dangol.collect import Mapping, mapping_from_yaml, read_rows
from dangol.engine import literal, sql
from dangol.schema import Answer, NotFoundError, RefusedError, Text

if TYPE_CHECKING:
    from dangol.app import Workspace


def listed(ws: Workspace, *, status: str = "open", limit: int = 50) -> Answer:
    """id, file, row, field, reason, message, status, at; newest first."""
    query = exp.select(
        "id", "batch", "file", exp.column("row", quoted=True), "field", "reason", "message", "status"
    ).from_("quarantine")
    if status != "all":
        query = query.where(sql("status = :s", s=status))
    total = ws.engine.run(sql("SELECT count(*) AS n FROM q", tables={"q": query}))["n"][0].as_py()
    table = ws.engine.run(query.order_by("batch DESC", "id").limit(limit))
    note = f"{table.num_rows:,} / {total:,}" if total else ws.say("Nothing is in quarantine.", "격리된 행이 없습니다.")
    said = [Text.from_kept(text or "").say(ws.lang) for text in table["message"].to_pylist()]
    place = table.column_names.index("message")
    return Answer(table.set_column(place, "message", pa.array(said, pa.string())), note=note)


def row(ws: Workspace, number: int, *, reason: str) -> dict[str, Any]:
    """The row as it came (resident numbers already taken out). Personal data: needs a reason, which is written down."""
    if not reason.strip():
        raise RefusedError(
            Text(
                "a quarantined row is personal data: say why you look",
                "격리된 행은 개인정보이므로 보려면 사유가 필요합니다",
            ),
            where="reason",
            hint=Text.same("--reason '…'"),
        )
    found = next(iter(ws.privacy.quarantine.rows(ids=[number])), None)
    if found is None:
        raise NotFoundError(
            Text(f"there is no open quarantined row {number}", f"격리 중인 {number}번 행이 없습니다"),
            hint=Text("`dangol quarantine` lists them", "`dangol quarantine`으로 목록을 보세요"),
        )
    ws.store.audit.write(ws.actor, "quarantine.read", f"quarantine/{number}", now=ws.real_now(), reason=reason)
    return found.row


def replay(
    ws: Workspace,
    *,
    mapping: Path | Mapping | None = None,
    batch: int | None = None,
    progress: Progress = no_progress,
) -> ImportReport:
    """Take open rows again, import by import. What reads now is closed as replayed; what still does not gets a new row."""
    start, before_id = time.monotonic(), highest_id(ws)
    mended = mapping_in(mapping) if isinstance(mapping, Path) else mapping
    groups: dict[int, list[Any]] = defaultdict(list)
    for held in ws.privacy.quarantine.rows(batch=batch):
        groups[held.batch].append(held)
    reports: list[FileReport] = []
    effects: list[Effect] = []
    for place, (number, rows) in enumerate(sorted(groups.items())):
        progress("replay", place, len(groups))
        before = ws.store.batches.get(number)
        if before.preset == live.PRESET:
            rows = [r for r in rows if r.row.get("envelope")]  # of the others the rest of the call was taken
            if rows:
                read, still = live.again(ws, [r.row for r in rows])
                _close(ws, [r.id for r in rows if r.id not in still], "replayed")
                effects += read
                file = FileReport(before.file, TAKEN, preset=live.PRESET, format="json")
                reports += [told(file, effect) for effect in read]
            continue
        how = mended or mapping_from_yaml(before.mapping, where=f"import {number}")
        reading = read_rows([r.row for r in rows], name=before.file)
        effect = take_file(ws, reading, how, source=before.source, references={})
        _close(ws, [r.id for r in rows], "replayed")
        effects.append(effect)
        reports.append(told(FileReport(before.file, TAKEN, preset=how.name, format="rows"), effect))
    if effects:
        ws.refresh_touched([e.touched for e in effects], progress=progress)
    return summed(reports, effects, before=before_id, seconds=time.monotonic() - start)


def dismiss(ws: Workspace, rows: Sequence[int], *, reason: str = "") -> int:
    """Close rows for good."""
    return _close(ws, rows, "dismissed", reason)


def _close(ws: Workspace, rows: Sequence[int], status: str, reason: str = "") -> int:
    ids = [int(r) for r in rows]
    if not ids:
        return 0
    with both(ws) as keep:
        keep()
        closed = ws.privacy.quarantine.close(ids, status, now=ws.real_now())  # type: ignore[arg-type]
        ws.engine.update("quarantine", {"status": literal(status)}, sql("id IN :ids AND status = 'open'", ids=ids))
        ws.store.audit.write(ws.actor, f"quarantine.{status}", f"{len(ids)} rows", now=ws.real_now(), reason=reason)
    return closed
