"""What is here and how fresh it is; what is wrong and how to mend it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pyarrow as pa

from dangol.app.definitions import current
from dangol.app.refreshing import LAST
from dangol.engine import sql
from dangol.schema import TABLES, Answer, DangolError

if TYPE_CHECKING:
    from dangol.app import Workspace

_ROWS = pa.schema([("what", pa.string()), ("value", pa.string())])
_CHECKS = pa.schema([("check", pa.string()), ("state", pa.string()), ("found", pa.string()), ("mend", pa.string())])


def status(ws: Workspace) -> Answer:
    """Counts and times, a line each."""
    counted = {name: _count(ws, name) for name in ("events", "order_items", "identifiers", "products")}
    customers = ws.engine.run(sql("SELECT count(DISTINCT customer_id) AS n FROM identifiers"))["n"][0].as_py()
    span = ws.engine.run(sql("SELECT min(at) AS a, max(at) AS b FROM events")).to_pylist()[0]
    held = ws.engine.run(sql("SELECT count(*) AS n FROM quarantine WHERE status = 'open'"))["n"][0].as_py()
    last = ws.store.state.get(LAST) or {}
    definitions = current(ws)
    lines = [
        ("workspace · 작업 공간", f"{ws.settings.name} ({ws.folder})"),
        ("time zone, currency · 시간대, 통화", f"{ws.settings.timezone}, {ws.settings.currency}"),
        ("customers · 고객", f"{customers:,}"),
        ("identifiers · 식별자", f"{counted['identifiers']:,}"),
        ("events · 이벤트", f"{counted['events']:,}"),
        ("order lines · 주문 상품", f"{counted['order_items']:,}"),
        ("products · 상품", f"{counted['products']:,}"),
        (
            "first and last event · 첫·마지막 이벤트",
            f"{span['a']:%Y-%m-%d} – {span['b']:%Y-%m-%d}" if span["a"] else "–",
        ),
        ("quarantined rows, open · 격리된 행", f"{held:,}"),
        ("traits, segments · 속성, 세그먼트", f"{len(definitions.traits)}, {len(definitions.segments)}"),
        ("refreshed as of · 계산 기준", last.get("as_of", "–")),
        ("refreshed at · 계산 시각", last.get("at", "–")),
        ("disk · 디스크", _size(sum(f.stat().st_size for f in ws.folder.rglob("*") if f.is_file()))),
    ]
    return Answer(pa.Table.from_pylist([{"what": a, "value": b} for a, b in lines], schema=_ROWS))


def doctor(ws: Workspace) -> Answer:
    """Every check with its state (fine, note, wrong), what was found and how to mend it."""
    rows = []
    for name, check in _CHECKERS.items():
        try:
            found = list(check(ws))
        except DangolError as error:
            found = [("wrong", str(error), error.hint)]
        rows += [{"check": name, "state": s, "found": f, "mend": m} for s, f, m in found or [("fine", "", "")]]
    return Answer(pa.Table.from_pylist(rows, schema=_CHECKS))


Finding = tuple[str, str, str]


def _tables(ws: Workspace) -> Iterator[Finding]:
    have = ws.engine.tables()
    for table in TABLES.values():
        missing = set(table.names) - set(have.get(table.name, ()))
        if missing:
            yield (
                "wrong",
                f"{table.name} lacks {', '.join(sorted(missing))}",
                "open the workspace once with this version",
            )


def _orphans(ws: Workspace) -> Iterator[Finding]:
    query = sql(
        "SELECT count(*) AS n FROM events AS e WHERE e.node IS NOT NULL AND NOT EXISTS (SELECT 1 FROM identifiers AS i WHERE i.node = e.node)"
    )
    lost = ws.engine.run(query)["n"][0].as_py()
    if lost:
        yield (
            "wrong",
            f"{lost:,} events name an identifier that is not known",
            "restore from a backup, or import the files again",
        )
    query = sql(
        "SELECT count(*) AS n FROM events AS e JOIN identifiers AS i ON i.node = e.node"
        " WHERE e.customer_id <> i.customer_id OR (e.customer_id IS NULL) <> (i.customer_id IS NULL)"
    )
    astray = ws.engine.run(query)["n"][0].as_py()
    if astray:
        yield "wrong", f"{astray:,} events are on another customer than their identifier", "dangol doctor --mend"


def _unfinished(ws: Workspace) -> Iterator[Finding]:
    for batch in ws.store.batches.all():
        if batch.status == "failed" and not ws.store.batches.find(batch.digest):
            yield "note", f"import {batch.id} of {batch.file} did not finish: {batch.why}", "import the file again"


def _quarantined(ws: Workspace) -> Iterator[Finding]:
    held = ws.engine.run(
        sql("SELECT reason, count(*) AS n FROM quarantine WHERE status = 'open' GROUP BY reason ORDER BY n DESC")
    )
    for row in held.to_pylist():
        yield "note", f"{row['n']:,} rows in quarantine: {row['reason']}", "dangol quarantine"


def _key(ws: Workspace) -> Iterator[Finding]:
    warning = ws.key_warning
    if warning:
        yield "wrong", warning, ""
    elif not ws.settings.key and not ws.settings.key_command:
        yield (
            "note",
            "the workspace key lies beside the data it protects",
            "keep a copy elsewhere, or use key_command (a KMS)",
        )


def _disk(ws: Workspace) -> Iterator[Finding]:
    free = shutil.disk_usage(ws.folder).free
    used = sum(f.stat().st_size for f in ws.folder.rglob("*") if f.is_file())
    if free < max(2 * used, 1 << 30):
        yield (
            "wrong" if free < used else "note",
            f"{_size(free)} free, {_size(used)} used",
            "an import may need as much again as is used; free some",
        )


def _definitions(ws: Workspace) -> Iterator[Finding]:
    current(ws)
    last = ws.store.state.get(LAST)
    if last is None and _count(ws, "events"):
        yield "note", "traits and segments were never computed", "dangol refresh"


_CHECKERS: dict[str, Callable[[Workspace], Iterator[Finding]]] = {
    "tables · 표": _tables,
    "links · 연결": _orphans,
    "imports · 가져오기": _unfinished,
    "quarantine · 격리": _quarantined,
    "key · 열쇠": _key,
    "disk · 디스크": _disk,
    "definitions · 정의": _definitions,
}


def _count(ws: Workspace, table: str) -> int:
    return int(ws.engine.run(sql("SELECT count(*) AS n FROM t", tables={"t": table}))["n"][0].as_py())


def _size(size: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
