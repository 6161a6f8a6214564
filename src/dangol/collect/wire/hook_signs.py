"""Whether a delivery comes from who holds the secret: compared in a time that tells nothing of it."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping

from dangol.collect.wire.hook_yaml import Signature


def signed(
    how: Signature, secret: str, *, headers: Mapping[str, str], query: Mapping[str, str], body: bytes, now: dt.datetime
) -> bool:
    """Whether the signature fits. `headers` by their names in lower case; `now` is aware."""
    if how.scheme == "none":
        return True
    if not secret:
        return False
    given = headers.get(how.header.lower(), "") if how.header else ""
    if how.scheme == "token":
        said = given.removeprefix(how.prefix) if how.header else query.get(how.query, "")
        return _same(said, secret)
    if how.scheme == "hmac-sha256":
        return _same(given.removeprefix(how.prefix), _made(how, secret, body))
    at, claims = _timestamped(how, given, headers)
    if not at.isdecimal() or len(at) > 12 or abs(now.timestamp() - int(at)) > how.tolerance:
        return False
    before, _, after = how.payload.replace("{timestamp}", at).partition("{body}")
    made = _made(how, secret, before.encode() + body + after.encode())
    return True in [_same(claim, made) for claim in claims]  # all of them are compared


def _timestamped(how: Signature, given: str, headers: Mapping[str, str]) -> tuple[str, list[str]]:
    """The time and the signatures claimed: two headers, or one as ``t=…,v1=…`` (several while a secret is changed)."""
    if how.timestamp:
        return headers.get(how.timestamp.lower(), "").strip(), [given.removeprefix(how.prefix)]
    parts = [tuple(part.strip().partition("=")[::2]) for part in given.split(",")]
    at = next((value for name, value in parts if name == "t"), "")
    return at, [value for name, value in parts if name == (how.prefix.rstrip("=") or "v1")][:8]


def _made(how: Signature, secret: str, text: bytes) -> str:
    digest = hmac.new(secret.encode(), text, hashlib.sha256).digest()
    return digest.hex() if how.encoding == "hex" else base64.b64encode(digest).decode()


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.strip().encode("utf-8", "surrogatepass"), right.encode())
