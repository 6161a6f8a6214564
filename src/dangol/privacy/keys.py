"""The workspace key, and the four keys that work under it.

The workspace key encrypts no data itself. It seals the pseudonym, digest and quarantine keys in the store, so that a
new workspace key (`rewrap`) changes no node. Derivation is HKDF-SHA256 (RFC 5869), sealing AES-256-GCM
(NIST SP 800-38D).
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import os
import stat
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dangol.privacy.wrap import rewrap_all, vault_in_use
from dangol.schema import NOTHING, Text, WorkspaceError, josa, system_says
from dangol.store import Store

Random = Callable[[int], bytes]
"""Gives that many random bytes, fit for keys."""

SIZE = 32
"""Bytes of every key."""

_STATE = "keys"
_SEALED = ("pseudonym", "digest", "quarantine")


@dataclass(frozen=True, slots=True, repr=False)
class WorkspaceKey:
    """32 secret bytes and where they came from (in words). Prints without the secret."""

    secret: bytes
    where: str
    warning: Text = NOTHING

    def __post_init__(self) -> None:
        if len(self.secret) != SIZE:
            raise WorkspaceError(
                Text(
                    f"the workspace key from {self.where} has {len(self.secret)} bytes, not {SIZE}",
                    f"{self.where}의 작업 공간 열쇠가 {SIZE}바이트가 아니라 {len(self.secret)}바이트입니다",
                ),
                hint=Text(
                    "it is 32 bytes in base64: 44 characters ending in =",
                    "열쇠는 base64로 적은 32바이트, 곧 =로 끝나는 44글자입니다",
                ),
            )

    def __repr__(self) -> str:
        return f"WorkspaceKey(from {self.where})"

    @classmethod
    def create(cls, path: str | Path, *, random: Random = os.urandom) -> WorkspaceKey:
        """Make a key and write it to a new file with mode 0600. Raises `WorkspaceError` rather than overwrite one."""
        path, secret = Path(path), random(SIZE)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise WorkspaceError(
                Text(f"there is a key already in {path.name}", f"{path.name}에 이미 열쇠가 있습니다"),
                hint=Text(
                    "it is kept; use it, or move it away", "그대로 두었습니다. 그 열쇠를 쓰거나 다른 곳으로 옮기세요"
                ),
            ) from None
        except OSError as error:
            raise WorkspaceError(
                Text(
                    f"{path.name} cannot be written: {system_says(error).en}",
                    f"{path.name} 파일을 쓸 수 없습니다: {system_says(error).ko}",
                ),
                hint=Text("check the folder", "폴더를 확인하세요"),
            ) from error
        with os.fdopen(file, "wb") as out:
            out.write(base64.b64encode(secret) + b"\n")
            out.flush()
            os.fsync(out.fileno())
        return cls(secret, path.name)

    @classmethod
    def load(
        cls,
        *,
        path: str | Path | None = None,
        value: str | None = None,
        command: Sequence[str] | None = None,
        timeout: float = 30.0,
    ) -> WorkspaceKey:
        """The key from the first that is given: `value` (base64, from ``DANGOL_KEY``), `command` (a KMS), file `path`.

        :param command: program and arguments; prints the key in base64 on its standard output.
        :param timeout: seconds the command may take.
        """
        if value:
            return cls(_decode(value, "DANGOL_KEY"), "DANGOL_KEY")
        if command:
            return cls(_decode(_ask(command, timeout), "the key command"), "the key command")
        if path is None:
            raise WorkspaceError(
                Text("no workspace key is set", "작업 공간 열쇠가 정해지지 않았습니다"),
                hint=Text(
                    "give a key file, DANGOL_KEY, or a key command",
                    "열쇠 파일, DANGOL_KEY, 열쇠 명령 가운데 하나를 주세요",
                ),
            )
        return cls._from_file(Path(path))

    @classmethod
    def _from_file(cls, path: Path) -> WorkspaceKey:
        try:
            text = path.read_text("ascii")
            mode = path.stat().st_mode
        except (OSError, UnicodeDecodeError) as error:
            raise WorkspaceError(
                Text(
                    f"the workspace key {path.name} cannot be read",
                    f"작업 공간 열쇠 {path.name} 파일을 읽을 수 없습니다",
                ),
                hint=Text(
                    "put the key file back from its backup, or set DANGOL_KEY; nothing else opens personal data",
                    "백업에서 열쇠 파일을 되돌리거나 DANGOL_KEY를 정하세요. 열쇠 없이는 개인정보를 열 수 없습니다",
                ),
            ) from error
        loose = os.name == "posix" and bool(mode & (stat.S_IRWXG | stat.S_IRWXO))
        others = Text(
            f"others may read {path.name}: chmod 600 it", f"다른 사용자도 {path.name} 파일을 읽을 수 있습니다"
        )
        warning = others if loose else NOTHING
        return cls(_decode(text, path.name), path.name, warning)

    def derive(self, purpose: str) -> bytes:
        """A key of its own for one purpose (HKDF)."""
        return HKDF(algorithm=SHA256(), length=SIZE, salt=None, info=f"dangol/1/{purpose}".encode()).derive(self.secret)


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The keys a running dangol works with, 32 bytes each. Prints as nothing.

    pseudonym   nodes of identifiers      wrap        wraps each customer's data key
    digest      tells repeated rows apart quarantine  rows that could not be read
    """

    pseudonym: bytes
    digest: bytes
    quarantine: bytes
    wrap: bytes

    def __repr__(self) -> str:
        return "Keys(…)"


def open_keys(store: Store, key: WorkspaceKey, *, now: dt.datetime, random: Random = os.urandom) -> Keys:
    """The keys of this store. A new store gets them; a wrong workspace key raises one clear `WorkspaceError`."""
    with store.writing() as connection:
        sealed = store.state.get(_STATE)
        if sealed is None:
            if vault_in_use(connection):
                raise WorkspaceError(
                    Text(
                        "the store has personal data but its keys are gone",
                        "저장소에 개인정보가 있지만 그 열쇠가 사라졌습니다",
                    ),
                    hint=Text("restore the store from a backup", "백업에서 저장소를 되돌리세요"),
                )
            inner = {name: key.derive(name) for name in _SEALED}
            store.state.put(_STATE, _seal(inner, key, random), now=now)
        else:
            inner = _unseal(sealed, key)
    return Keys(wrap=key.derive("wrap"), **inner)


def rewrap(
    store: Store, old: WorkspaceKey, new: WorkspaceKey, *, actor: str, now: dt.datetime, random: Random = os.urandom
) -> int:
    """Put everything under a new workspace key, in one transaction; returns how many customer keys were wrapped anew.

    Nodes, rows and quarantine stay as they are. Afterwards the old key opens nothing; clear its bytes from disk too.
    """
    with store.writing() as connection:
        inner = _unseal(store.state.get(_STATE) or {}, old)
        count = rewrap_all(connection, old.derive("wrap"), new.derive("wrap"), random)
        store.state.put(_STATE, _seal(inner, new, random), now=now)
        store.audit.write(actor, "keys.rewrap", "workspace", now=now, after={"customer_keys": count})
    store.forget_bytes()
    return count


def _seal(inner: dict[str, bytes], key: WorkspaceKey, random: Random) -> dict[str, str]:
    box = AESGCM(key.derive("seal"))
    sealed = {}
    for name, secret in inner.items():
        nonce = random(12)
        sealed[name] = base64.b64encode(nonce + box.encrypt(nonce, secret, name.encode())).decode()
    return sealed


def _unseal(sealed: dict[str, str], key: WorkspaceKey) -> dict[str, bytes]:
    box = AESGCM(key.derive("seal"))
    try:
        raw = {name: base64.b64decode(sealed[name]) for name in _SEALED}
        return {name: box.decrypt(text[:12], text[12:], name.encode()) for name, text in raw.items()}
    except (InvalidTag, KeyError, ValueError) as error:
        raise WorkspaceError(
            Text(
                f"the workspace key from {key.where} does not fit this workspace",
                f"{key.where}의 열쇠가 이 작업 공간에 맞지 않습니다",
            ),
            hint=Text(
                "use the key it was made with (keys/workspace.key), or the new one if it was changed",
                "작업 공간을 만들 때 쓴 열쇠(keys/workspace.key)를, 바꿨다면 새 열쇠를 쓰세요",
            ),
        ) from error


def _decode(text: str, where: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise WorkspaceError(
            Text(f"the workspace key from {where} is not base64", f"{where}의 작업 공간 열쇠가 base64가 아닙니다"),
            hint=Text("it is 44 characters ending in =", "열쇠는 =로 끝나는 44글자입니다"),
        ) from None


def _ask(command: Sequence[str], timeout: float) -> str:
    name = Path(command[0]).name
    try:
        done = subprocess.run(list(command), capture_output=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        raise WorkspaceError(
            Text(
                f"the key command {name} did not answer in {timeout:g} s",
                f"열쇠 명령 {josa(name, '이/가')} {timeout:g}초 안에 답하지 않았습니다",
            ),
            hint=Text("try it by hand", "직접 실행해 보세요"),
        ) from None
    except OSError as error:
        raise WorkspaceError(
            Text(
                f"the key command {name} cannot be run: {system_says(error).en}",
                f"열쇠 명령 {josa(name, '을/를')} 실행할 수 없습니다: {system_says(error).ko}",
            ),
            hint=Text("check its path", "경로를 확인하세요"),
        ) from error
    if done.returncode != 0:
        raise WorkspaceError(
            Text(
                f"the key command {name} failed (exit {done.returncode})",
                f"열쇠 명령 {josa(name, '이/가')} 실패했습니다(종료 코드 {done.returncode})",
            ),
            hint=Text("try it by hand", "직접 실행해 보세요"),
        )
    return done.stdout.decode("ascii", "replace")
