"""Imports: which there were, and taking one back as if its file had never been read.

The engine commits inside the store's transaction, as in an import. A kill between the two leaves the facts gone and the
personal data here under an import that still counts as done: the same command finishes it. Where there is much personal data it
goes after that, in pieces between which others write, and the import counts as done until the last of it is gone.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dangol import identity
from dangol.app import live, recovery, tellings
from dangol.app.both import both
from dangol.app.linking import personal_follows
from dangol.app.take import rehearsal
from dangol.app.workspace import Progress, no_progress
from dangol.engine import sql
from dangol.schema import Answer, RefusedError, Text, word
from dangol.store import Batch

if TYPE_CHECKING:
    from dangol.app import Workspace

_LISTED = pa.schema(
    [
        ("batch", pa.int64()),
        ("file", pa.string()),
        ("source", pa.string()),
        ("preset", pa.string()),
        ("rows", pa.int64()),
        ("taken", pa.int64()),
        ("at", pa.timestamp("us")),
        ("state", pa.string()),
    ]
)
_CHANGES = pa.schema([("name", pa.string()), ("what", pa.string()), ("rows", pa.int64())])

_WHAT = {
    "events": Text("events", "이벤트"),
    "order_items": Text("order lines", "주문 상품"),
    "retold": Text("events kept, as other imports told them", "다른 가져오기가 말한 대로 남은 이벤트"),
    "given": Text("given traits", "받은 속성"),
    "consents": Text("consents", "동의"),
    "products": Text("products", "상품"),
    "quarantine": Text("rows in quarantine", "격리된 행"),
    "personal": Text("pieces of personal data", "개인정보"),
    "identifiers": Text("identifiers", "식별자"),
    "links": Text("links withdrawn", "거둔 연결"),
    "gone": Text("customers that are gone", "사라진 고객"),
    "repaired": Text("customers computed again", "다시 계산하는 고객"),
}


def listed(ws: Workspace) -> Answer:
    """Every import, newest first: batch, file, source, preset, rows, taken, at, state."""
    rows = [_row(batch) for batch in reversed(ws.store.batches.all())]
    note = "" if rows else ws.say("Nothing was imported yet: dangol import", "아직 가져온 것이 없습니다: dangol import")
    return Answer(pa.Table.from_pylist(rows, schema=_LISTED), note=note)


def _row(batch: Batch) -> dict[str, Any]:
    report = batch.report or {}
    return {
        "batch": batch.id,
        "file": batch.file,
        "source": batch.source,
        "preset": batch.preset,
        "rows": report.get("rows"),
        "taken": report.get("taken"),
        "at": batch.started_at.astimezone(dt.UTC).replace(tzinfo=None),
        "state": batch.status,
    }


def undo(
    ws: Workspace, batch: int, *, reason: str = "", dry_run: bool = False, progress: Progress = no_progress
) -> Answer:
    """Take an import back: what it alone told goes, what others told, too, stays as they told it.

    :return: what left and what was repaired: name, what (in words), rows.
    :raises NotFoundError: there is no such import. :raises RefusedError: it cannot be taken back.
    """
    found = ws.store.batches.get(batch)
    _allowed(found)
    if not dry_run:
        recovery.facts_change(ws)  # before all else: a kill after it leaves no profile that nobody computes again
    with rehearsal(ws, patient=True) if dry_run else ws.facts_turn(patient=True):
        half = not recovery.here(ws, batch)
        counts, touched = _take_back(ws, found, reason, dry_run)
        for other in _interrupted(ws, found):
            more, again = _take_back(ws, other, reason, dry_run)
            counts = {name: n + more[name] for name, n in counts.items()}
            touched = pa.concat_arrays([touched, again]).unique()
    if not dry_run:
        if half:
            ws.refresh(progress=progress)  # whom the first try touched is not known any more
        else:
            ws.refresh_touched([touched], progress=progress)
    rows = [{"name": name, "what": _WHAT[name].say(ws.lang), "rows": n} for name, n in counts.items()]
    return Answer(pa.Table.from_pylist(rows, schema=_CHANGES), note=_note(ws, found, dry_run), facts=counts)


def _allowed(found: Batch) -> None:
    if found.preset == live.PRESET:
        raise RefusedError(
            Text(
                f"import {found.id} holds what arrived over HTTP on one day, and is not taken back",
                f"{found.id}번은 하루 동안 HTTP로 받은 자료여서 되돌릴 수 없습니다",
            ),
            hint=Text(
                "only files are; to forget one person use `dangol erase`",
                "파일 가져오기만 되돌립니다. 한 사람의 자료는 `dangol erase`로 지우세요",
            ),
        )
    if found.status != "done":
        raise RefusedError(
            Text(
                f"import {found.id} is not in: it is {word('import', found.status, 'en')}",
                f"{found.id}번 가져오기는 들어와 있지 않습니다: {word('import', found.status, 'ko')}",
            ),
            hint=Text("`dangol imports` lists them", "`dangol imports`로 목록을 보세요"),
        )


def _interrupted(ws: Workspace, found: Batch) -> list[Batch]:
    """Tries of the same file that a kill ended between the two commits: their facts are in, under a number that failed."""
    tried = [b for b in ws.store.batches.all() if b.digest == found.digest and b.status == "failed"]
    return [b for b in tried if recovery.here(ws, b.id)]


AT_ONCE = 50_000
"""Vault rows that still go in the transaction in which the engine commits."""


def _take_back(ws: Workspace, found: Batch, reason: str, dry_run: bool) -> tuple[dict[str, int], pa.Array]:
    now, batch = ws.real_now(), found.id
    with both(ws) as keep:
        who = identity.withdraw(ws.engine, batch, actor=ws.actor, now=now, policy=ws.policy)
        facts = tellings.take_back(ws.engine, batch)
        identity.rehome(ws.engine, who.resolution.moved)
        every = pa.concat_arrays([who.resolution.touched.cast(pa.int64()), facts.touched]).unique()
        gone = _vanished(ws, every)
        rows, personal = ws.vault.given_by(batch)
        counts = {
            "events": facts.rows["events"],
            "order_items": facts.rows["order_items"],
            "retold": facts.again,
            **{name: facts.rows[name] for name in ("given", "consents", "products", "quarantine")},
            "personal": personal,
            "identifiers": who.identifiers,
            "links": who.links,
            "gone": gone,
            "repaired": len(every) - gone,
        }
        if not dry_run:
            keep()
            personal_follows(ws, who.resolution)
            if rows <= AT_ONCE:
                _forgotten(ws, batch, reason, counts)
    if not dry_run and rows > AT_ONCE:
        ws.vault.withdraw(batch)
        with ws.store.writing():
            _forgotten(ws, batch, reason, counts)
    return counts, every


def _forgotten(ws: Workspace, batch: int, reason: str, counts: dict[str, int]) -> None:
    """The store's end of it, in one transaction."""
    ws.vault.withdraw(batch)
    ws.privacy.quarantine.withdraw(batch)
    ws.store.batches.undo(batch, reason)
    ws.store.audit.write(ws.actor, "import.undo", f"import/{batch}", now=ws.real_now(), reason=reason, after=counts)


_NOBODY = """
SELECT w.id FROM w WHERE NOT w.id IN (SELECT i.customer_id FROM identifiers AS i WHERE NOT i.customer_id IS NULL)
"""


def _vanished(ws: Workspace, touched: pa.Array) -> int:
    """Forget what was computed for customers that are no more; returns how many of these ids were customers until now."""
    engine, have = ws.engine, ws.engine.tables()
    with engine.scratch(pa.table({"id": touched})) as who, engine.scratch(sql(_NOBODY, tables={"w": who})) as nobody:
        count = int(engine.run(sql("SELECT n.id FROM n", tables={"n": nobody})).num_rows)
        for table in ("memberships", "scores", "customers", "redirects"):
            if count and table in have:
                engine.delete(table, sql("customer_id IN (SELECT n.id FROM n)", tables={"n": nobody}))
    return count


def _note(ws: Workspace, found: Batch, dry_run: bool) -> str:
    if dry_run:
        return ws.say(
            "This was a dry run; without --dry-run it is taken back.",
            "시험이었습니다. --dry-run 없이 실행하면 되돌립니다.",
        )
    return ws.say(
        f"{found.file} was taken back. It can be imported again: dangol import FILE --mapping MAPPING",
        f"{found.file}: 되돌렸습니다. 다시 가져올 수 있습니다: dangol import 파일 --mapping 매핑",
    )
