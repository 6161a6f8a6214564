"""Session recordings: masked in the browser, and still what somebody did. Packed, then sealed, each part bound to its place."""

from __future__ import annotations

import os

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dangol.privacy.keys import Keys, Random
from dangol.schema import Text, WorkspaceError
from dangol.store import ReplayPart

LARGEST = 64_000_000
"""Bytes a part may unpack to."""


class ReplaySealer:
    """AES-256-GCM under a key of its own, derived from the quarantine key, so that a new workspace key changes nothing.

    Not under the customers' keys: whose a recording is may change with every merge, and it must not be written anew then.
    """

    def __init__(self, keys: Keys, *, random: Random = os.urandom) -> None:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"dangol/1/replay").derive(keys.quarantine)
        self._box = AESGCM(derived)
        self._random = random

    def seal(self, session: int, recording: int, part: int, text: bytes) -> bytes:
        """Packed (zstd) and encrypted."""
        nonce = self._random(12)
        packed = zstandard.ZstdCompressor(level=6).compress(text)
        return nonce + self._box.encrypt(nonce, packed, _bound(session, recording, part))

    def open(self, part: ReplayPart) -> bytes:
        """What was sealed. Raises `WorkspaceError` where it was changed, or belongs to another part."""
        bound = _bound(part.session, part.recording, part.part)
        try:
            packed = self._box.decrypt(part.sealed[:12], part.sealed[12:], bound)
        except InvalidTag:
            raise WorkspaceError(
                Text("a part of a recording was changed outside dangol", "녹화의 일부가 dangol 밖에서 바뀌었습니다"),
                hint=Text("restore the store from a backup", "백업에서 저장소를 되돌리세요"),
            ) from None
        return zstandard.ZstdDecompressor().decompress(packed, max_output_size=LARGEST)


def _bound(session: int, recording: int, part: int) -> bytes:
    return b"%d/%d/%d" % (session, recording, part)
