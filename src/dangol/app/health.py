"""What is here and how fresh it is; what is wrong and how to mend it."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from dangol.app.definitions import current
from dangol.app.refreshing import LAST
from dangol.app.settings_read import bytes_of
from dangol.collect import reason_words
from dangol.engine import sql
from dangol.schema import NOTHING, TABLES, Answer, DangolError, Lang, Text

if TYPE_CHECKING:
    from dangol.app import Workspace

_ROWS = pa.schema([("name", pa.string()), ("what", pa.string()), ("value", pa.string())])
_CHECKS = pa.schema(
    [(c, pa.string()) for c in ("name", "check", "state", "found", "mend")],
)


def status(ws: Workspace, lang: Lang) -> Answer:
    """Counts and times, a line each: `name` for programs, `what` in words."""
    counted = {name: _count(ws, name) for name in ("events", "order_items", "identifiers", "products")}
    customers = ws.engine.run(sql("SELECT count(DISTINCT customer_id) AS n FROM identifiers"))["n"][0].as_py()
    span = ws.engine.run(sql("SELECT min(at) AS a, max(at) AS b FROM events")).to_pylist()[0]
    held = ws.engine.run(sql("SELECT count(*) AS n FROM quarantine WHERE status = 'open'"))["n"][0].as_py()
    last = ws.store.state.get(LAST) or {}
    definitions = current(ws)
    days = [_local(ws, span[side].replace(tzinfo=dt.UTC))[:10] if span[side] else "" for side in ("a", "b")]
    values = {
        "workspace": f"{ws.settings.name} ({ws.folder})",
        "place": f"{ws.settings.timezone}, {ws.settings.currency}",
        "customers": f"{customers:,}",
        "identifiers": f"{counted['identifiers']:,}",
        "events": f"{counted['events']:,}",
        "order_items": f"{counted['order_items']:,}",
        "products": f"{counted['products']:,}",
        "span": " – ".join(days) if days[0] else "–",
        "quarantined": f"{held:,}",
        "definitions": f"{len(definitions.traits):,}, {len(definitions.segments):,}",
        "as_of": _local(ws, dt.datetime.fromisoformat(last["as_of"])) if last else "–",
        "refreshed": _local(ws, dt.datetime.fromisoformat(last["at"])) if last else "–",
        "disk": _size(_used(ws)),
    }
    rows = [{"name": name, "what": _STATUS[name].say(lang), "value": value} for name, value in values.items()]
    return Answer(pa.Table.from_pylist(rows, schema=_ROWS))


_STATUS = {
    "workspace": Text("workspace", "작업 공간"),
    "place": Text("time zone, currency", "시간대, 통화"),
    "customers": Text("customers", "고객"),
    "identifiers": Text("identifiers", "식별자"),
    "events": Text("events", "이벤트"),
    "order_items": Text("order lines", "주문 상품"),
    "products": Text("products", "상품"),
    "span": Text("first and last event", "첫 이벤트와 마지막 이벤트"),
    "quarantined": Text("rows in quarantine", "격리된 행"),
    "definitions": Text("traits, segments", "속성, 세그먼트"),
    "as_of": Text("computed as of", "계산 기준 시각"),
    "refreshed": Text("computed at", "계산한 시각"),
    "disk": Text("disk used", "디스크 사용"),
}


def doctor(ws: Workspace, lang: Lang) -> Answer:
    """Every check with its state (fine, note, wrong), what was found and how to mend it."""
    rows = []
    for name, (title, check) in _CHECKERS.items():
        try:
            found = list(check(ws))
        except DangolError as error:
            found = [Finding("wrong", error.message, error.hint)]
        for f in found or [Finding("fine", Text.same(""), Text.same(""))]:
            said = {"found": f.found.say(lang), "mend": f.mend.say(lang)}
            rows.append({"name": name, "check": title.say(lang), "state": f.state, **said})
    return Answer(pa.Table.from_pylist(rows, schema=_CHECKS))


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, and how to mend it."""

    state: str
    found: Text
    mend: Text = NOTHING


def _tables(ws: Workspace) -> Iterator[Finding]:
    have = ws.engine.tables()
    for table in TABLES.values():
        missing = ", ".join(sorted(set(table.names) - set(have.get(table.name, ()))))
        if missing:
            yield Finding(
                "wrong",
                Text(f"{table.name} lacks {missing}", f"{table.name} 표에 {missing} 열이 없음"),
                Text("open the workspace once with this version", "이 버전으로 작업 공간을 한 번 여세요"),
            )


def _links(ws: Workspace) -> Iterator[Finding]:
    query = sql(
        "SELECT count(*) AS n FROM events AS e WHERE e.node IS NOT NULL AND NOT EXISTS (SELECT 1 FROM identifiers AS i WHERE i.node = e.node)"
    )
    lost = ws.engine.run(query)["n"][0].as_py()
    if lost:
        yield Finding(
            "wrong",
            Text(
                f"{lost:,} events name an identifier that is not known", f"모르는 식별자를 가리키는 이벤트 {lost:,}건"
            ),
            Text("restore from a backup, or import the files again", "백업에서 되살리거나 파일을 다시 가져오세요"),
        )
    query = sql(
        "SELECT count(*) AS n FROM events AS e JOIN identifiers AS i ON i.node = e.node"
        " WHERE e.customer_id <> i.customer_id OR (e.customer_id IS NULL) <> (i.customer_id IS NULL)"
    )
    astray = ws.engine.run(query)["n"][0].as_py()
    if astray:
        yield Finding(
            "wrong",
            Text(
                f"{astray:,} events are on another customer than their identifier",
                f"식별자와 다른 고객에 붙은 이벤트 {astray:,}건",
            ),
            Text("restore from a backup, or import the files again", "백업에서 되살리거나 파일을 다시 가져오세요"),
        )


def _unfinished(ws: Workspace) -> Iterator[Finding]:
    done: dict[str, bool] = {}
    for batch in ws.store.batches.all():
        done[batch.digest] = done.get(batch.digest, False) or batch.status == "done"
    for batch in ws.store.batches.all():
        if batch.status == "failed" and not done[batch.digest]:
            why = Text.from_kept(batch.why or "")
            done[batch.digest] = True  # one line a file, however often it was tried
            yield Finding(
                "note",
                Text(f"{batch.file} was not taken in: {why.en}", f"{batch.file}: 가져오지 못함: {why.ko}"),
                Text("dangol import FILE", "dangol import 파일"),
            )


def _quarantined(ws: Workspace) -> Iterator[Finding]:
    held = ws.engine.run(
        sql("SELECT reason, count(*) AS n FROM quarantine WHERE status = 'open' GROUP BY reason ORDER BY n DESC")
    )
    for row in held.to_pylist():
        n, why = row["n"], reason_words(row["reason"])
        yield Finding(
            "note",
            Text(f"{n:,} rows: a value {why.en}", f"{n:,}행: 값이 {why.ko}"),
            Text.same("dangol quarantine"),
        )


def _key(ws: Workspace) -> Iterator[Finding]:
    if ws.key_warning:
        yield Finding("wrong", ws.key_warning, Text.same("chmod 600 keys/workspace.key"))
    elif not ws.settings.key and not ws.settings.key_command:
        yield Finding(
            "note",
            Text("the workspace key lies beside the data it protects", "열쇠가 그것으로 지키는 자료 옆에 있음"),
            Text(
                "keep a copy of keys/workspace.key elsewhere, or set key_command (a KMS)",
                "keys/workspace.key를 다른 곳에 복사해 두거나, key_command(KMS)를 쓰세요",
            ),
        )


def _disk(ws: Workspace) -> Iterator[Finding]:
    free, used = shutil.disk_usage(ws.folder).free, _used(ws)
    if free < max(2 * used, 1 << 30):
        yield Finding(
            "wrong" if free < used else "note",
            Text(f"{_size(free)} free, {_size(used)} used", f"남은 공간 {_size(free)}, 사용 {_size(used)}"),
            Text("free some: an import may need as much again", "공간을 비우세요: 가져올 때 그만큼 더 필요할 수 있음"),
        )


def _intake(ws: Workspace) -> Iterator[Finding]:
    waits, most = ws.intake.waiting(), bytes_of(ws.settings.backlog)
    place, size = _LOGS[ws.intake.kind], _size(waits.bytes)
    yield Finding(
        "note" if waits.bytes > most // 2 else "fine",
        Text(
            f"{place.en}: {waits.records:,} records wait ({size})",
            f"{place.ko}: 기다리는 기록 {waits.records:,}건({size})",
        ),
        Text("let `dangol up` take them in", "`dangol up`으로 처리하세요") if waits.bytes > most // 2 else NOTHING,
    )


_LOGS = {
    "sqlite": Text("SQLite file", "SQLite 파일"),
    "postgresql": Text.same("PostgreSQL"),
    "nats": Text.same("NATS JetStream"),
}


def _definitions(ws: Workspace) -> Iterator[Finding]:
    current(ws)
    if ws.store.state.get(LAST) is None and _count(ws, "events"):
        yield Finding(
            "note",
            Text("traits and segments were never computed", "속성과 세그먼트를 한 번도 계산하지 않음"),
            Text.same("dangol refresh"),
        )


_CHECKERS: dict[str, tuple[Text, Callable[[Workspace], Iterator[Finding]]]] = {
    "tables": (Text("tables", "표"), _tables),
    "links": (Text("links", "연결"), _links),
    "imports": (Text("imports", "가져오기"), _unfinished),
    "quarantine": (Text("quarantine", "격리"), _quarantined),
    "key": (Text("key", "열쇠"), _key),
    "disk": (Text("disk", "디스크"), _disk),
    "intake": (Text("intake log", "수신 기록"), _intake),
    "definitions": (Text("definitions", "정의"), _definitions),
}


def _local(ws: Workspace, moment: dt.datetime) -> str:
    """A moment on the clock of the shop."""
    return f"{moment.astimezone(ws.settings.tz):%Y-%m-%d %H:%M}"


def _used(ws: Workspace) -> int:
    return sum(f.stat().st_size for f in ws.folder.rglob("*") if f.is_file())


def _count(ws: Workspace, table: str) -> int:
    return int(ws.engine.run(sql("SELECT count(*) AS n FROM t", tables={"t": table}))["n"][0].as_py())


def _size(size: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
