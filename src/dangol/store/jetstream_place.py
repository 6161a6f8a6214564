"""Where a NATS server is: read from an address, never repeated in an error."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import ModuleType
from urllib.parse import unquote, urlsplit

from dangol.schema import Text, WorkspaceError

SCHEMES = ("nats", "tls")
_NAME = re.compile(r"[\w-]{1,64}")


@dataclass(frozen=True, slots=True)
class Place:
    """Servers of one cluster, who we are there, and the stream."""

    servers: list[str] = field(repr=False)
    stream: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @classmethod
    def read(cls, address: str, stream: str, password: str | None) -> Place:
        """Read ``nats://user@host:4222,host2:4222/name``. Raises `WorkspaceError`."""
        parts = urlsplit(address)
        who, _, hosts = parts.netloc.rpartition("@")
        user, _, inside = who.partition(":")
        named = parts.path.strip("/")
        if parts.scheme not in SCHEMES or not hosts or parts.query or (named and not _NAME.fullmatch(named)):
            raise unusable()
        servers = [_server(parts.scheme, host) for host in hosts.split(",")]
        return cls(servers, named or stream, unquote(user), unquote(inside) or password or "")


def _server(scheme: str, host: str) -> str:
    try:
        port = urlsplit(f"//{host}").port
    except ValueError:
        raise unusable() from None
    if not host:
        raise unusable()
    return f"{scheme}://{host}" if port else f"{scheme}://{host}:4222"


def driver() -> ModuleType:
    """The client's module. Raises `WorkspaceError` where it is not installed."""
    try:
        import nats.aio.client
    except ImportError as error:
        raise WorkspaceError(
            Text("the NATS client is not installed", "NATS 클라이언트가 설치되어 있지 않습니다"),
            hint=Text.same("pip install 'dangol[nats]'"),
        ) from error
    return nats.aio.client


def unusable() -> WorkspaceError:
    """The error for an address that cannot be read."""
    return WorkspaceError(
        Text("this intake address cannot be used", "이 수신 기록 주소는 쓸 수 없습니다"),
        where="intake",
        hint=Text("write it like nats://user@host:4222", "nats://사용자@호스트:4222 처럼 적으세요"),
    )
