"""Sources that send over HTTP: their write keys, made, listed and revoked."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import urlsplit

import pyarrow as pa

from dangol.app.books import Books
from dangol.schema import Answer, DefinitionError, Problem, Text
from dangol.store import WriteKey

SIDES = ("browser", "server")
ADDRESSES = ("truncated", "full", "none")
_NAME = re.compile(r"[\w][\w .-]{0,79}")
_ROWS = pa.schema(
    [
        ("key", pa.int64()),
        ("source", pa.string()),
        ("side", pa.string()),
        ("ends_in", pa.string()),
        ("origins", pa.string()),
        ("ip", pa.string()),
        ("per_minute", pa.int64()),
        ("per_day", pa.int64()),
        ("today", pa.int64()),
        ("made_at", pa.timestamp("us", "UTC")),
        ("revoked_at", pa.timestamp("us", "UTC")),
    ]
)


def listed(ws: Books) -> Answer:
    """Every write key: its source, whose it is, how it ends, where it may be used from, and its events of today."""
    note = ws.say("No sources yet: dangol sources add NAME", "아직 원천이 없습니다: dangol sources add 이름")
    today = ws.store.write_keys.counted(ws.real_now().astimezone(ws.settings.tz).date())
    rows = [_row(key, today.get(key.id, 0)) for key in ws.store.write_keys.all()]
    return Answer(pa.Table.from_pylist(rows, schema=_ROWS), note="" if rows else note)


def _row(key: WriteKey, today: int) -> dict[str, object]:
    return {
        "key": key.id,
        "source": key.source,
        "side": key.side,
        "ends_in": key.hint,
        "origins": ", ".join(key.origins),
        "ip": key.ip,
        "per_minute": key.per_minute,
        "per_day": key.per_day,
        "today": today,
        "made_at": key.made_at,
        "revoked_at": key.revoked_at,
    }


def add(
    ws: Books,
    source: str,
    *,
    side: str = "browser",
    origins: Sequence[str] = (),
    ip: str = "truncated",
    per_minute: int = 0,
    per_day: int = 0,
) -> tuple[str, WriteKey]:
    """A new write key for a source. Returns the key itself, which is shown once and kept nowhere, and what is kept of it.

    Raises `DefinitionError` with everything that is wrong.
    """
    problems = [*_wrong(source, side, ip, {"per_minute": per_minute, "per_day": per_day})]
    kept = []
    for one in origins:
        parts = urlsplit(one.strip().rstrip("/").lower())
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path:
            problems.append(
                Problem(
                    Text(f"{one!r} is not a web origin", f"{one!r}: 웹 출처가 아닙니다"),
                    "origin",
                    Text("write it like https://shop.example", "https://shop.example 처럼 적으세요"),
                )
            )
        else:
            kept.append(f"{parts.scheme}://{parts.netloc}")
    if kept and side == "server":
        problems.append(
            Problem(
                Text("a server's key has no web origins", "서버 키에는 웹 출처를 정하지 않습니다"),
                "origin",
                Text("leave it out, or make a browser key", "빼거나 브라우저 키로 만드세요"),
            )
        )
    if problems:
        raise DefinitionError(problems)
    key = f"dk{side[0]}_{secrets.token_urlsafe(24)}"
    made = ws.store.write_keys.add(
        key,
        source=source,
        side="server" if side == "server" else "browser",
        origins=kept,
        ip=ip,
        per_minute=per_minute,
        per_day=per_day,
        actor=ws.actor,
        now=ws.real_now(),
    )
    return key, made


def _wrong(source: str, side: str, ip: str, limits: Mapping[str, int]) -> Sequence[Problem]:
    found = []
    if not _NAME.fullmatch(source):
        allowed = Text("use letters, digits, spaces, _ . -", "글자, 숫자, 빈칸, _ . - 만 쓰세요")
        shown = source[:80]
        message = Text(f"{shown!r} cannot be the name of a source", f"{shown!r}: 원천 이름으로 쓸 수 없습니다")
        found.append(Problem(message, "source", allowed))
    for name, value, choices in (("side", side, SIDES), ("ip", ip, ADDRESSES)):
        if value not in choices:
            one_of = ", ".join(choices)
            found.append(
                Problem(Text(f"{value!r} is not one of {one_of}", f"{value!r}: {one_of} 가운데 하나여야 합니다"), name)
            )
    for name, limit in limits.items():
        if not 0 <= limit < 2**31:
            said = Text("a limit is a whole number from 0 to 2147483647", "한도는 0에서 2147483647 사이의 정수입니다")
            found.append(Problem(said, name))
    return found


def tag(ws: Books, key: str) -> str:
    """The browser SDK's script tag for a key: all that a page needs."""
    place = ws.settings.public_address.rstrip("/") or f"http://{ws.settings.host}:{ws.settings.port}"
    return f'<script async src="{escape(place)}/sdk/dangol.js" data-key="{escape(key)}"></script>'


def revoke(ws: Books, key: int) -> WriteKey:
    """From now on a key opens nothing. Raises `NotFoundError`."""
    return ws.store.write_keys.revoke(key, actor=ws.actor, now=ws.real_now())
