import base64
import datetime as dt
import stat
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives import hashes, hmac

from dangol.privacy import Privacy, VaultRow, WorkspaceKey, open_keys, open_privacy, rewrap
from dangol.schema import NOTHING, WorkspaceError
from dangol.store import Store
from dangol.store.tables import STATE, VAULT_KEYS

OTHER = WorkspaceKey(b"n" * 32, "another test")


def test_a_key_file_is_private_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "workspace.key"
    made = WorkspaceKey.create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 or sys.platform == "win32"
    assert len(path.read_text().strip()) == 44
    loaded = WorkspaceKey.load(path=path)
    assert (loaded.secret, loaded.where, loaded.warning) == (made.secret, "workspace.key", NOTHING)
    with pytest.raises(WorkspaceError, match="already"):
        WorkspaceKey.create(path)
    assert WorkspaceKey.load(path=path).secret == made.secret


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX rights")
def test_a_loose_file_is_warned_about(tmp_path: Path) -> None:
    path = tmp_path / "workspace.key"
    WorkspaceKey.create(path)
    path.chmod(0o644)
    assert "chmod 600" in WorkspaceKey.load(path=path).warning.en


def test_no_secret_is_printed(privacy: Privacy, key: WorkspaceKey) -> None:
    secret = base64.b64encode(key.secret).decode()
    for thing in (key, privacy.keys, privacy):
        for leak in (secret, repr(key.secret), repr(privacy.keys.pseudonym), repr(privacy.keys.wrap)):
            assert leak not in repr(thing)
    with pytest.raises(WorkspaceError) as error:
        WorkspaceKey.load(value="c2hvcnQ=")
    assert "c2hvcnQ" not in str(error.value)


def test_value_beats_command_beats_file(tmp_path: Path) -> None:
    file, value, told = b"f" * 32, b"v" * 32, b"t" * 32
    path = tmp_path / "workspace.key"
    path.write_bytes(base64.b64encode(file))
    path.chmod(0o600)
    command = [sys.executable, "-c", f"print({base64.b64encode(told).decode()!r})"]
    encoded = base64.b64encode(value).decode()
    assert WorkspaceKey.load(path=path, command=command, value=encoded).secret == value
    assert WorkspaceKey.load(path=path, command=command).secret == told
    assert WorkspaceKey.load(path=path).secret == file


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("import sys; print('secret detail', file=sys.stderr); sys.exit(3)", "failed .exit 3."),
        ("import time; time.sleep(60)", "did not answer"),
        ("print('not base64!')", "not base64"),
        ("print('c2hvcnQ=')", "5 bytes, not 32"),
    ],
)
def test_a_key_command_that_fails_says_how(script: str, says: str) -> None:
    with pytest.raises(WorkspaceError, match=says) as error:
        WorkspaceKey.load(command=[sys.executable, "-c", script], timeout=1.0)
    assert "secret detail" not in str(error.value)


def test_missing_keys_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="cannot be read") as error:
        WorkspaceKey.load(path=tmp_path / "workspace.key")
    assert "DANGOL_KEY" in error.value.hint.en
    with pytest.raises(WorkspaceError, match="no workspace key"):
        WorkspaceKey.load()
    with pytest.raises(WorkspaceError, match="cannot be run"):
        WorkspaceKey.load(command=[str(tmp_path / "nothing-here")])


def test_derivation_is_hkdf(key: WorkspaceKey) -> None:
    """RFC 5869 by hand: extract with a zero salt, expand one block."""

    def mac(secret: bytes, text: bytes) -> bytes:
        step = hmac.HMAC(secret, hashes.SHA256())
        step.update(text)
        return step.finalize()

    assert key.derive("wrap") == mac(mac(b"\0" * 32, key.secret), b"dangol/1/wrap\x01")
    assert key.derive("wrap") != key.derive("seal")


def test_the_same_key_opens_and_another_does_not(store: Store, key: WorkspaceKey, now: dt.datetime) -> None:
    keys = open_keys(store, key, now=now)
    again = open_keys(store, key, now=now)
    for name in ("pseudonym", "digest", "quarantine", "wrap"):
        assert getattr(keys, name) == getattr(again, name)
    assert len({keys.pseudonym, keys.digest, keys.quarantine, keys.wrap, key.secret}) == 5
    with pytest.raises(WorkspaceError, match="does not fit this workspace"):
        open_keys(store, OTHER, now=now)


def test_lost_keys_are_not_quietly_made_anew(
    store: Store, privacy: Privacy, key: WorkspaceKey, now: dt.datetime
) -> None:
    privacy.vault.put([VaultRow(1, 1, "name", "김민수", now, "crm", 1)])
    with store.writing() as connection:
        connection.execute(sa.delete(STATE))
    with pytest.raises(WorkspaceError, match="keys are gone"):
        open_keys(store, key, now=now)


def test_a_new_workspace_key_changes_no_node_and_no_row(
    store: Store, privacy: Privacy, key: WorkspaceKey, now: dt.datetime, tmp_path: Path
) -> None:
    rows = [VaultRow(n, n % 3 + 1, "name", f"이름{n}", now, "crm", 1) for n in range(1, 10)]
    privacy.vault.put(rows)
    privacy.quarantine.put(1, [(1, {"a": "b"})], now=now)
    node = privacy.vault.find("email", "kim@naver.com")
    with store.reading() as connection:
        wrapped = list(connection.scalars(sa.select(VAULT_KEYS.c.wrapped)))

    assert rewrap(store, key, OTHER, actor="kim", now=now) == 3
    opened = open_privacy(store, OTHER, now=now)
    assert [r.value for r in opened.vault.read([1, 2, 3], reason="test", actor="kim", now=now)] != []
    assert sorted(r.value for r in opened.vault.read([1, 2, 3], reason="test", actor="kim", now=now)) == sorted(
        r.value for r in rows
    )
    assert opened.vault.find("email", "kim@naver.com") == node
    assert [q.row for q in opened.quarantine.rows()] == [{"a": "b"}]
    assert opened.vault.put(rows) == 0  # rows seen before are known again
    with pytest.raises(WorkspaceError, match="does not fit"):
        open_privacy(store, key, now=now)
    with pytest.raises(WorkspaceError, match="does not fit"):
        rewrap(store, key, OTHER, actor="kim", now=now)
    raw = b"".join(f.read_bytes() for f in tmp_path.glob("store.sqlite*"))
    assert not any(w in raw for w in wrapped)
    assert store.audit.entries(action="keys.rewrap")[0].after == {"customer_keys": 3}
