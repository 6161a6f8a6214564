"""Records of the intake log hold personal data as it came: they are sealed before the log sees them."""

from __future__ import annotations

import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dangol.privacy.keys import Keys, Random
from dangol.schema import Text, WorkspaceError

_BOUND = b"dangol/intake"


class Sealer:
    """AES-256-GCM under a key of its own, derived from the quarantine key, so that a new workspace key changes nothing."""

    def __init__(self, keys: Keys, *, random: Random = os.urandom) -> None:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"dangol/1/intake").derive(keys.quarantine)
        self._box = AESGCM(derived)
        self._random = random
        named = HKDF(algorithm=SHA256(), length=8, salt=None, info=b"dangol/1/intake/name").derive(keys.quarantine)
        self.name = f"dangol-{named.hex()}"
        """What a log that several workspaces may share calls this one's: who holds other keys cannot read it by mistake."""

    def seal(self, record: bytes) -> bytes:
        nonce = self._random(12)
        return nonce + self._box.encrypt(nonce, record, _BOUND)

    def seal_all(self, records: Sequence[bytes]) -> list[bytes]:
        """Each of them sealed; the random numbers are asked for once."""
        pool, encrypt = self._random(12 * len(records)), self._box.encrypt
        nonces = [pool[start : start + 12] for start in range(0, len(pool), 12)]
        return [nonce + encrypt(nonce, record, _BOUND) for nonce, record in zip(nonces, records, strict=True)]

    def open(self, sealed: bytes) -> bytes:
        """What was sealed. Raises `WorkspaceError` where it was changed."""
        try:
            return self._box.decrypt(sealed[:12], sealed[12:], _BOUND)
        except InvalidTag:
            raise WorkspaceError(
                Text("a record of the intake log was changed outside dangol", "수신 기록이 dangol 밖에서 바뀌었습니다"),
                hint=Text("restore the log from a backup", "백업에서 되돌리세요"),
            ) from None
