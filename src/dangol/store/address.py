"""Where the store is: a file path, or a database URL. PostgreSQL speaks through pg8000, which is BSD and pure Python."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from dangol.schema import Text, WorkspaceError, one_of

SSL_MODES = ("prefer", "disable", "require", "verify-full")
"""As libpq's: prefer encrypts when the server can, require insists, verify-full also checks the certificate."""


def read_address(where: str | Path, password: str | None = None) -> tuple[sa.URL, dict[str, Any]]:
    """The URL and what the driver is told beside it. `password` is used where the URL has none.

    Raises `WorkspaceError` for an address that cannot be used; it never repeats the address, which may hold a password.
    """
    text = str(where)
    if "://" not in text:
        return sa.URL.create("sqlite+pysqlite", database=text), {}
    try:
        url = sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise _unusable() from error
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+pg8000")
    if url.drivername != "postgresql+pg8000":
        return url, {}
    options: dict[str, Any] = {}
    if "sslmode" in url.query:
        options["ssl_context"] = _ssl(url.query["sslmode"])
        url = url.difference_update_query(["sslmode"])
    if url.query or not url.host:
        raise _unusable()
    if url.password is None and password:
        url = url.set(password=password)
    return url.set(port=url.port or 5432, username=url.username or "postgres"), options


def _ssl(mode: Any) -> ssl.SSLContext | bool | None:
    if mode not in SSL_MODES:
        raise WorkspaceError(
            Text("sslmode of the store address is unknown", "저장소 주소의 sslmode를 알 수 없습니다"),
            hint=one_of(SSL_MODES),
        )
    if mode in ("prefer", "disable"):
        return None if mode == "prefer" else False
    context = ssl.create_default_context()
    if mode == "require":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def unusable(error: BaseException) -> WorkspaceError:
    """The error for an address whose database or driver is not known here."""
    if isinstance(error, ImportError) and "pg8000" in str(error):
        return WorkspaceError(
            Text("the PostgreSQL driver is not installed", "PostgreSQL 드라이버가 설치되어 있지 않습니다"),
            hint=Text.same("pip install 'dangol[postgres]'"),
        )
    return _unusable()


def _unusable() -> WorkspaceError:
    return WorkspaceError(
        Text("this store address cannot be used", "이 저장소 주소는 쓸 수 없습니다"),
        hint=Text(
            "give a file path, or a URL such as postgresql://user@host/name (?sslmode=require)",
            "파일 경로나 postgresql://사용자@호스트/이름 같은 URL을 주세요(?sslmode=require)",
        ),
    )
