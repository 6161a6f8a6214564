"""People who work here are people, too: their e-mail and name are sealed, and found by a keyed hash."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dangol.privacy.keys import Keys, Random
from dangol.schema import Text, WorkspaceError

_BOUND = b"dangol/staff"


@dataclass(frozen=True, slots=True, repr=False)
class Colleague:
    """An e-mail address and a name; prints as neither."""

    email: str
    name: str = ""

    def __repr__(self) -> str:
        return "Colleague(…)"


class StaffSealer:
    """AES-256-GCM and BLAKE2b under keys of their own, derived from the quarantine key: a new workspace key changes nothing."""

    def __init__(self, keys: Keys, *, random: Random = os.urandom) -> None:
        self._box = AESGCM(_derived(keys, b"dangol/1/staff"))
        self._hash = _derived(keys, b"dangol/1/staff/address")
        self._random = random
        self.cookie = f"dangol_{_derived(keys, b'dangol/1/staff/cookie').hex()[:8]}"
        """Name of the session's cookie: browsers do not tell ports apart, and two workspaces may run on one machine."""

    def address(self, email: str) -> bytes:
        """The keyed hash by which somebody is found: letters of any size, blanks around left out."""
        return self._keyed(b"address", email.strip().casefold())

    def subject(self, issuer: str, subject: str) -> bytes:
        """The keyed hash of what a provider of sign-in calls somebody."""
        return self._keyed(b"subject", f"{issuer}\n{subject}")

    def seal(self, named: Colleague) -> bytes:
        nonce = self._random(12)
        return nonce + self._box.encrypt(nonce, orjson.dumps([named.email, named.name]), _BOUND)

    def open(self, sealed: bytes | None) -> Colleague:
        """What was sealed; nobody for a person who was removed. Raises `WorkspaceError` where it was changed."""
        if sealed is None:
            return Colleague("", "")
        try:
            email, name = orjson.loads(self._box.decrypt(sealed[:12], sealed[12:], _BOUND))
        except InvalidTag:
            raise WorkspaceError(
                Text("a person's row was changed outside dangol", "사람 정보가 dangol 밖에서 바뀌었습니다"),
                hint=Text("restore the store from a backup", "백업에서 저장소를 되돌리세요"),
            ) from None
        return Colleague(email, name)

    def wrap(self, text: bytes, bound: str) -> bytes:
        """Something short that a browser keeps for us and may not read or change."""
        nonce = self._random(12)
        return nonce + self._box.encrypt(nonce, text, bound.encode())

    def unwrap(self, sealed: bytes, bound: str) -> bytes | None:
        """What was wrapped; null where it was changed or belongs elsewhere."""
        try:
            return self._box.decrypt(sealed[:12], sealed[12:], bound.encode())
        except (InvalidTag, ValueError):
            return None

    def _keyed(self, what: bytes, text: str) -> bytes:
        return hashlib.blake2b(
            text.encode("utf-8", "surrogatepass"), digest_size=32, key=self._hash, person=what
        ).digest()


def _derived(keys: Keys, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(keys.quarantine)
