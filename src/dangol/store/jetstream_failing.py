"""What NATS says when it fails, as one clear error. Address, user and password are never repeated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dangol.schema import DangolError, Text, WorkspaceError

NATS_SECONDS = 5.0
"""How long one answer of the server is waited for."""

_AGAIN = Text(
    "what was acknowledged is safe: see that the server runs; it is tried again by itself",
    "응답한 것은 안전합니다. 서버가 켜져 있는지 확인하세요. 저절로 다시 잇습니다",
)
_NO_ROOM = {10002, 10023, 10028, 10047, 10065, 10077}
"""Error codes: resources of the account or the server, storage, maximum bytes, store failed."""


def lost() -> WorkspaceError:
    """The server does not answer now."""
    return WorkspaceError(Text("the connection to NATS was lost", "NATS와 연결이 끊겼습니다"), hint=_AGAIN)


def unreached() -> WorkspaceError:
    """It never answered."""
    return WorkspaceError(
        Text("the NATS server cannot be reached", "NATS 서버에 연결할 수 없습니다"),
        where="intake",
        hint=Text(
            "see that it runs, and check host and port of the intake address",
            "켜져 있는지, 수신 기록 주소의 호스트와 포트가 맞는지 확인하세요",
        ),
    )


def refused(error: Exception) -> WorkspaceError | None:
    """The error for somebody the server does not let in; null for other reasons."""
    if "authorization" not in str(error).lower() and "authentication" not in str(error).lower():
        return None
    return WorkspaceError(
        Text("NATS refused the user or the password", "NATS가 사용자나 비밀번호를 받아들이지 않았습니다"),
        where="intake",
        hint=Text("check the address and DANGOL_INTAKE_PASSWORD", "주소와 DANGOL_INTAKE_PASSWORD를 확인하세요"),
    )


def unusable_stream() -> WorkspaceError:
    """A stream of that name is something else, or the server is too old to make ours."""
    return WorkspaceError(
        Text("the stream is not one dangol can use", "dangol이 쓸 수 없는 스트림입니다"),
        where="intake",
        hint=Text(
            "NATS 2.12 or newer; retention workqueue, storage file, discard new, atomic batches allowed",
            "NATS 2.12 이상이어야 하고, 스트림은 workqueue·file·discard new·atomic batch여야 합니다",
        ),
    )


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn what the client raises into `WorkspaceError`."""
    try:
        yield
    except DangolError:
        raise
    except Exception as error:
        raise _plain(error) from error


def _plain(error: Exception) -> Exception:
    from nats.errors import Error, NoRespondersError
    from nats.js.errors import APIError, ServiceUnavailableError

    if isinstance(error, APIError) and (error.err_code in _NO_ROOM or error.code == 507):
        return WorkspaceError(
            Text("NATS has no room left; nothing was half-written", "NATS에 공간이 없습니다. 반만 쓰인 것은 없습니다"),
            hint=Text("give it more, or let what waits be taken in", "공간을 늘리거나 쌓인 것이 처리되기를 기다리세요"),
        )
    if isinstance(error, NoRespondersError | ServiceUnavailableError):
        return WorkspaceError(
            Text("the NATS server keeps no streams", "NATS 서버가 스트림을 보관하지 않습니다"),
            where="intake",
            hint=Text("turn JetStream on there", "그 서버의 JetStream을 켜세요"),
        )
    if isinstance(error, APIError):
        return WorkspaceError(
            Text(
                f"NATS did not do it (error {error.err_code or error.code})",
                f"NATS가 하지 못했습니다(오류 {error.err_code or error.code})",
            ),
            hint=Text("its own log says more", "NATS의 로그를 보세요"),
        )
    if isinstance(error, Error | OSError | TimeoutError):
        return lost()
    return error
