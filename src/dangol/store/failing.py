"""What a database says when it fails, as one clear error. The address and its password are never repeated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from dangol.schema import BusyError, Text, WorkspaceError

_WAIT = Text("wait for it to end and try again", "끝나기를 기다렸다가 다시 하세요")
_AGAIN = Text(
    "nothing was half-written: see that it runs, and do it again",
    "반만 쓰인 것은 없습니다. 데이터베이스가 켜져 있는지 확인하고 다시 하세요",
)
_FULL = (
    Text("the disk is full; nothing was half-written", "디스크가 가득 찼습니다. 반만 쓰인 것은 없습니다"),
    Text("free some space and run it again", "공간을 비운 뒤 다시 실행하세요"),
)
_LOCKED = Text("the store is locked by another process", "다른 프로세스가 저장소를 잠그고 있습니다")
_LOST = (Text("the connection to the database was lost", "데이터베이스와 연결이 끊겼습니다"), _AGAIN)

# SQLSTATE, or its class (two digits): https://www.postgresql.org/docs/18/errcodes-appendix.html
_STATES = {
    "28": (
        Text(
            "the database refused the user or the password", "데이터베이스가 사용자나 비밀번호를 받아들이지 않았습니다"
        ),
        Text("check the store address and DANGOL_STORE_PASSWORD", "저장소 주소와 DANGOL_STORE_PASSWORD를 확인하세요"),
    ),
    "3D": (
        Text("there is no such database", "그런 데이터베이스가 없습니다"),
        Text("make it (createdb), or check the store address", "만들거나(createdb) 저장소 주소를 확인하세요"),
    ),
    "42501": (
        Text("the database user may not do this", "데이터베이스 사용자에게 이 권한이 없습니다"),
        Text(
            "it needs to own the database, or CREATE on its schema",
            "데이터베이스의 소유자이거나 스키마에 CREATE 권한이 있어야 합니다",
        ),
    ),
    "53100": _FULL,
    "53300": (
        Text("the database takes no more connections", "데이터베이스가 연결을 더 받지 않습니다"),
        Text("raise max_connections, or close other programs", "max_connections를 늘리거나 다른 프로그램을 끝내세요"),
    ),
    "57P": (Text("the database is stopping or starting", "데이터베이스가 꺼지거나 켜지는 중입니다"), _AGAIN),
    "08": _LOST,
}
_OURS = ("22", "23", "42")
"""Values that do not fit, broken constraints, wrong SQL: a mistake of ours, not of the database."""


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn what the database raises into `WorkspaceError` or `BusyError`; our own mistakes pass as they are."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        found = plain(error)
        if found is None:
            raise
        raise found from error


def plain(error: sa.exc.DBAPIError) -> WorkspaceError | None:
    """The error in plain words; null where it is a mistake of ours."""
    said = error.orig.args[0] if error.orig and error.orig.args else ""
    if isinstance(said, dict):  # pg8000: the fields of PostgreSQL's message, C its SQLSTATE
        return _postgresql(str(said.get("C", "")))
    if isinstance(error, sa.exc.IntegrityError | sa.exc.ProgrammingError):
        return None
    reason = str(said).split("\n")[0][:200]
    if isinstance(error, sa.exc.InterfaceError):
        return _unreached(reason)
    if "locked" in reason or "busy" in reason:
        return BusyError(
            Text("the store is locked by another process", "다른 프로세스가 저장소를 잠갔습니다"), hint=_WAIT
        )
    if "full" in reason:
        return WorkspaceError(
            Text("the disk is full; nothing was half-written", "디스크가 가득 찼습니다. 반만 쓰인 것은 없습니다"),
            hint=Text("free some space and run it again", "공간을 비우고 다시 실행하세요"),
        )
    return WorkspaceError(
        Text(f"the store failed: {reason}", f"저장소에서 오류가 났습니다: {reason}"),
        hint=Text(
            "check the disk and the address, or restore a backup", "디스크와 주소를 확인하거나 백업을 되돌리세요"
        ),
    )


def _postgresql(state: str) -> WorkspaceError | None:
    if state in ("55P03", "40P01"):
        return BusyError(
            Text("the store is locked by another process", "다른 프로세스가 저장소를 잠갔습니다"), hint=_WAIT
        )
    for known, (message, hint) in _STATES.items():
        if state.startswith(known):
            return WorkspaceError(message, hint=hint)
    if state.startswith(_OURS):
        return None
    return WorkspaceError(
        Text(f"the database failed (SQLSTATE {state})", f"데이터베이스에 문제가 생겼습니다 (SQLSTATE {state})"),
        hint=Text("its own log says more", "데이터베이스의 로그를 보세요"),
    )


def _unreached(reason: str) -> WorkspaceError:
    """pg8000 says in words of its own where the socket failed."""
    if "SSL" in reason:
        return WorkspaceError(
            Text("the database does not offer an encrypted connection", "데이터베이스가 암호화된 연결을 받지 않습니다"),
            hint=Text("turn SSL on there, or choose another sslmode", "데이터베이스의 SSL을 켜거나 sslmode를 바꾸세요"),
        )
    if reason.startswith("Can't create"):
        return WorkspaceError(
            Text("the database cannot be reached", "데이터베이스에 연결할 수 없습니다"),
            hint=Text(
                "see that it runs, and check host and port of the store address",
                "켜져 있는지, 저장소 주소의 호스트와 포트가 맞는지 확인하세요",
            ),
        )
    return WorkspaceError(_LOST[0], hint=_LOST[1])
