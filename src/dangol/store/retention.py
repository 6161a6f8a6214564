"""How long each operational table keeps what. A test fails when a table has no rule here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from dangol.store.tables import (
    AUDIT,
    LINKS,
    QUARANTINED,
    REPLAYS,
    SESSIONS,
    VAULT_ENTRIES,
    VAULT_KEYS,
    VIOLATIONS,
    WRITE_KEY_DAYS,
)

if TYPE_CHECKING:
    from dangol.store.store import Store


@dataclass(frozen=True, slots=True)
class Retention:
    """`keep` is null where time alone removes nothing; the words say what does."""

    keep: dt.timedelta | None
    ko: str
    en: str


RETENTION: dict[str, Retention] = {
    "definitions": Retention(
        None, "모든 판을 남깁니다. 지난 숫자를 설명합니다", "every version stays: it explains past numbers"
    ),
    "batches": Retention(
        None, "모두 남깁니다. 개인정보가 없고 한 건에 1KB 남짓입니다", "all stay: no personal data, about 1 KB each"
    ),
    "vault_keys": Retention(
        None, "고객을 지우거나 자료가 없어지면 없앱니다", "until the customer is erased or has nothing left"
    ),
    "vault_entries": Retention(None, "고객을 지울 때까지 남깁니다", "until the customer is erased"),
    "vault_told": Retention(
        None, "그 자료를 지울 때까지 남깁니다. 지문만 있습니다", "as long as the row it is about: fingerprints only"
    ),
    "quarantined": Retention(
        dt.timedelta(days=180),
        "격리된 날부터 180일, 처리가 끝난 행은 30일 뒤 지웁니다",
        "180 days from being put aside; 30 days once replayed or dismissed",
    ),
    "write_keys": Retention(
        None, "모두 남깁니다. 열쇠 자체는 없고 지문만 있습니다", "all stay: fingerprints only, never a key itself"
    ),
    "write_key_days": Retention(
        dt.timedelta(days=90), "키마다 하루에 보낸 이벤트 수. 90일", "events a day of each key, counted: 90 days"
    ),
    "replays": Retention(
        dt.timedelta(days=30),
        "녹화가 도착한 날부터 30일(설정 replay_days), 고객을 지우면 바로 지웁니다",
        "30 days from arrival (setting replay_days), or until the customer is erased",
    ),
    "seen": Retention(
        None, "모두 남깁니다. 수가 정해져 있고 개인정보가 없습니다", "all stay: bounded in number, no personal data"
    ),
    "violations": Retention(
        dt.timedelta(days=90), "마지막 위반부터 90일", "90 days from the last violation of its day"
    ),
    "intake_log": Retention(
        None,
        "이벤트로 옮기면 바로 지웁니다. 읽지 못한 것은 격리로 갑니다",
        "until taken into events, seconds later; what cannot be read goes to quarantine",
    ),
    "people": Retention(
        None,
        "사람을 내보낼 때까지. 그 뒤에는 번호만 남깁니다",
        "until somebody is removed; then only the number stays, which the audit log names",
    ),
    "sessions": Retention(
        dt.timedelta(days=30), "마지막으로 쓴 날부터 30일", "30 days from the last request of the session"
    ),
    "links": Retention(
        dt.timedelta(days=30), "쓸 수 있는 기한이 지나고 30일", "30 days after the link stopped working"
    ),
    "api_keys": Retention(
        None, "모두 남깁니다. 열쇠 자체는 없고 지문만 있습니다", "all stay: fingerprints only, never a key itself"
    ),
    "shares": Retention(
        None, "모두 남깁니다. 링크 자체는 없고 지문만 있습니다", "all stay: fingerprints only, never a link itself"
    ),
    "state": Retention(None, "마지막 값만 남깁니다", "the newest value only"),
    "audit": Retention(
        dt.timedelta(days=3 * 365),
        "3년. 개인정보 접속기록은 법에 따라 1년(5만 명 이상 2년) 이상 남겨야 합니다",
        "3 years; Korean law asks for at least 1 (2 from 50,000 people) for looks at personal data",
    ),
}
"""Table → rule. The legal floor for `audit`: 개인정보의 안전성 확보조치 기준, Article 8."""

CLOSED_KEEP = dt.timedelta(days=30)


def prune(store: Store, now: dt.datetime, keep: Mapping[str, dt.timedelta] | None = None) -> dict[str, int]:
    """Delete what the rules no longer keep; returns rows deleted by table. `keep` replaces the time of a table."""
    times = {name: rule.keep for name, rule in RETENTION.items()} | dict(keep or {})
    q, a, used = QUARANTINED, AUDIT, sa.select(VAULT_ENTRIES.c.customer_id)
    gone: dict[str, sa.ColumnElement[bool]] = {"vault_keys": VAULT_KEYS.c.customer_id.not_in(used)}
    if times["quarantined"] is not None:
        gone["quarantined"] = (q.c.at < now - times["quarantined"]) | (q.c.closed_at < now - CLOSED_KEEP)
    if times["audit"] is not None:
        gone["audit"] = a.c.at < now - times["audit"]
    if times["replays"] is not None:
        gone["replays"] = REPLAYS.c.at < now - times["replays"]
    if times["write_key_days"] is not None:
        gone["write_key_days"] = WRITE_KEY_DAYS.c.day < (now - times["write_key_days"]).date()
    if times["violations"] is not None:
        gone["violations"] = VIOLATIONS.c.last_at < now - times["violations"]
    if times["sessions"] is not None:
        gone["sessions"] = SESSIONS.c.seen_at < now - times["sessions"]
    if times["links"] is not None:
        gone["links"] = LINKS.c.until < now - times["links"]
    tables = {
        "violations": VIOLATIONS,
        "sessions": SESSIONS,
        "links": LINKS,
        "vault_keys": VAULT_KEYS,
        "quarantined": q,
        "audit": a,
        "replays": REPLAYS,
        "write_key_days": WRITE_KEY_DAYS,
    }
    with store.writing() as connection:
        return {name: connection.execute(sa.delete(tables[name]).where(where)).rowcount for name, where in gone.items()}
