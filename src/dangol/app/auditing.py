"""The audit log for people who look into it: who did what, when, to whom and why, with what was before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from dangol.app import colleagues
from dangol.app.access import Doors
from dangol.app.books import moment_of
from dangol.schema import Answer, Lang, NotFoundError, Text
from dangol.store import AuditEntry

_ROWS = pa.schema(
    [
        ("entry", pa.int64()),
        ("at", pa.timestamp("us", "UTC")),
        ("actor", pa.string()),
        ("who", pa.string()),
        ("action", pa.string()),
        ("says", pa.string()),
        ("subject", pa.string()),
        ("whom", pa.string()),
        ("reason", pa.string()),
        ("before", pa.string()),
        ("after", pa.string()),
    ]
)

ACTIONS: Mapping[str, Text] = {
    "answer.exported": Text("exported an answer", "분석 결과를 내보냄"),
    "api_key.made": Text("made an API key", "API 키를 만듦"),
    "api_key.revoked": Text("revoked an API key", "API 키를 취소함"),
    "backup.fetched": Text("fetched a backup", "백업을 내려받음"),
    "backup.made": Text("made a backup", "백업을 만듦"),
    "backup.removed": Text("deleted a backup", "백업을 지움"),
    "backup.restored": Text("restored a backup", "백업에서 되살림"),
    "definition.put": Text("changed a definition", "정의를 바꿈"),
    "definition.remove": Text("removed a definition", "정의를 없앰"),
    "hook.secret": Text("changed the secret of a webhook", "웹훅 비밀을 바꿈"),
    "identity.block": Text("blocked a value", "값을 막음"),
    "identity.unblock": Text("let a value join again", "값을 다시 잇게 함"),
    "import.done": Text("imported a file", "파일을 가져옴"),
    "import.undo": Text("took an import back", "가져오기를 되돌림"),
    "keys.rewrap": Text("changed the workspace key", "작업 공간 열쇠를 바꿈"),
    "link.made": Text("made a one-time link", "한 번 쓰는 링크를 만듦"),
    "link.withdrawn": Text("withdrew a link", "링크를 거둠"),
    "members.export": Text("exported members", "구성원을 내보냄"),
    "merge": Text("merged customers", "고객을 합침"),
    "person.disabled": Text("kept somebody out", "들어오지 못하게 함"),
    "person.enabled": Text("let somebody in again", "다시 들어오게 함"),
    "person.joined": Text("made an account", "계정을 만듦"),
    "person.password": Text("set a password", "비밀번호를 정함"),
    "person.removed": Text("removed somebody", "사람을 내보냄"),
    "person.role": Text("changed a role", "역할을 바꿈"),
    "quarantine.dismissed": Text("dismissed rows in quarantine", "격리된 행을 닫음"),
    "quarantine.read": Text("read a row in quarantine", "격리된 행을 읽음"),
    "quarantine.replayed": Text("replayed rows in quarantine", "격리된 행을 다시 읽음"),
    "replay.read": Text("watched a recording", "녹화를 봄"),
    "rows.exported": Text("exported rows", "행을 내보냄"),
    "session.begun": Text("signed in", "로그인함"),
    "session.ended": Text("signed out", "로그아웃함"),
    "session.refused": Text("a wrong password", "비밀번호가 틀림"),
    "settings.changed": Text("changed settings", "설정을 바꿈"),
    "share.ended": Text("ended a link to a dashboard", "대시보드 공유를 끝냄"),
    "share.made": Text("made a link to a dashboard", "대시보드를 공유함"),
    "unmerge": Text("unmerged customers", "고객을 나눔"),
    "vault.erase": Text("erased a customer", "고객을 지움"),
    "vault.export": Text("exported a customer's data", "고객의 자료를 내보냄"),
    "vault.read": Text("looked at personal data", "개인정보를 봄"),
    "write_key.made": Text("made a write key", "쓰기 키를 만듦"),
    "write_key.revoked": Text("revoked a write key", "쓰기 키를 취소함"),
}
"""What is done here, in words. An action that is not listed is shown as it is written."""


@dataclass(frozen=True, slots=True)
class Looking:
    """What of the log: any part left out fits everything. `kind` is the part of an action before its dot."""

    actor: str = ""
    action: str = ""
    kind: str = ""
    subject: str = ""
    since: str = ""
    until: str = ""
    limit: int = 50
    offset: int = 0


def looked(ws: Doors, asked: Looking, lang: Lang) -> Answer:
    """A page of the log, the newest first; facts: `total`. Raises `DefinitionError` for a date that is none."""
    zone = ws.settings.tz
    since, until = moment_of(zone, asked.since, "since"), moment_of(zone, asked.until, "until", end=True)
    wanted = {"actor": asked.actor, "action": asked.action, "kind": asked.kind, "subject": asked.subject}
    fits: dict[str, Any] = {name: text for name, text in wanted.items() if text}
    found = ws.store.audit.page(since=since, until=until, limit=asked.limit, offset=asked.offset, **fits)
    total = ws.store.audit.count(since=since, until=until, **fits)
    known = colleagues.names(ws)
    rows = [_row(ws, entry, known, lang) for entry in found]
    return Answer(pa.Table.from_pylist(rows, schema=_ROWS), facts={"total": total})


def _row(ws: Doors, entry: AuditEntry, known: Mapping[str, str], lang: Lang) -> dict[str, Any]:
    said = ACTIONS.get(entry.action)
    before, after = _bodies(ws, entry)
    return {
        "entry": entry.id,
        "at": entry.at,
        "actor": entry.actor,
        "who": known.get(entry.actor, entry.actor),
        "action": entry.action,
        "says": said.say(lang) if said else entry.action,
        "subject": entry.subject,
        "whom": known.get(entry.subject, entry.subject),
        "reason": entry.reason,
        "before": _json(before),
        "after": _json(after),
    }


def _bodies(ws: Doors, entry: AuditEntry) -> tuple[Any, Any]:
    """Before and after; of a definition the documents themselves, which its versions hold."""
    if not entry.action.startswith("definition."):
        return entry.before, entry.after
    kind, _, name = entry.subject.partition("/")
    return tuple(_version(ws, kind, name, said) for said in (entry.before, entry.after))


def _version(ws: Doors, kind: str, name: str, said: Any) -> Any:
    if not isinstance(said, Mapping) or "version" not in said:
        return said
    try:
        found = ws.store.definitions.get(kind, name, int(said["version"]))
    except NotFoundError:  # of a store that was restored from before it
        return said
    return said if found.body is None else found.body


def _json(value: Any) -> str | None:
    import orjson

    return None if value is None else orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS).decode()


def who_acted(ws: Doors) -> list[dict[str, str]]:
    """Everybody whom the log names: actor and name, for a choice."""
    known = colleagues.names(ws)
    return [{"actor": actor, "who": known.get(actor, actor)} for actor in ws.store.audit.actors()]
