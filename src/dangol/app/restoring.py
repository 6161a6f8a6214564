"""A workspace from a backup: everything is checked before anything is touched, and what was there stays beside it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
import zipfile
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from dangol.app.api import Workspace
from dangol.app.backing import FORMAT
from dangol.app.settings import FILE, Settings
from dangol.app.workspace import Clock, Progress, no_progress, open_engine, real_clock
from dangol.schema import TABLES, Answer, FileError, Text, WorkspaceError
from dangol.store import Store, WorkspaceLock

_KEPT = (
    "store.sqlite",
    "store.sqlite-wal",
    "store.sqlite-shm",
    "engine.duckdb",
    "engine.duckdb.wal",
    "warehouse",
    FILE,
)
"""What a restored workspace takes the place of."""

_ROWS = pa.schema([("what", pa.string()), ("rows", pa.int64())])


def restore(
    file: Path,
    folder: Path,
    *,
    key: Path | None = None,
    in_place: bool = False,
    watch: Clock = real_clock,
    actor: str = "",
    lang: str = "",
    progress: Progress = no_progress,
) -> Answer:
    """Make the workspace at `folder` what it was when `file` was made.

    :param key: the workspace's key file, where `folder` has none yet.
    :param in_place: take the place of the workspace that is there; it is moved into a folder beside, and whoever was erased
        since the backup is erased again.

    Raises `FileError` for a file that is damaged or no backup, `WorkspaceError` where there is something already, the key is
    missing or does not fit, or the workspace is open.
    """
    now = watch()
    with ExitStack() as open_:
        packed = open_.enter_context(_opened(file))
        manifest = _checked(packed, file)
        there = (folder / FILE).exists()
        if there and not in_place:
            raise WorkspaceError(
                Text("there is a workspace here already", "여기에는 이미 작업 공간이 있습니다"),
                where=str(folder),
                hint=Text("name another folder, or add --in-place", "다른 폴더를 쓰거나 --in-place를 붙이세요"),
            )
        folder.mkdir(parents=True, exist_ok=True)
        _place_key(folder, key)
        erased: list[int] = []
        if there:
            open_.enter_context(WorkspaceLock(folder / "lock", command="dangol restore", now=now))
            erased = _erased_since(folder, dt.datetime.fromisoformat(manifest["at"]))
        staged = folder / ".restoring"
        shutil.rmtree(staged, ignore_errors=True)
        open_.callback(shutil.rmtree, staged, ignore_errors=True)
        staged.mkdir(mode=0o700)
        _stage(packed, staged, manifest, there=there, folder=folder, progress=progress)
        _swap(staged, folder, folder / f"before-{now:%Y%m%d-%H%M%S}" if there else None)
    return _finish(folder, manifest, erased, watch=watch, actor=actor, lang=lang)


def _opened(file: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except (OSError, zipfile.BadZipFile) as error:
        raise _damaged(file) from error


def _checked(packed: zipfile.ZipFile, file: Path) -> dict[str, Any]:
    """The manifest of a backup whose every file is whole."""
    try:
        manifest: dict[str, Any] = json.loads(packed.read("manifest.json"))
        if manifest["format"] > FORMAT:
            raise FileError(
                Text("this backup was made by a newer dangol", "더 새로운 dangol이 만든 백업입니다"),
                hint=Text("install that version", "그 버전을 설치하세요"),
            )
        for name, said in manifest["files"].items():
            with packed.open(name) as opened:
                if hashlib.file_digest(opened, "sha256").hexdigest() != said["sha256"]:  # type: ignore[arg-type]
                    raise _damaged(file)
    except (KeyError, ValueError, TypeError, OSError, zipfile.BadZipFile) as error:
        raise _damaged(file) from error
    return manifest


def _damaged(file: Path) -> FileError:
    return FileError(
        Text(f"{file.name} is no backup, or is damaged", f"{file.name} 파일은 백업이 아니거나 손상되었습니다"),
        hint=Text("nothing was changed; try another backup", "아무것도 바꾸지 않았습니다. 다른 백업을 쓰세요"),
    )


def _place_key(folder: Path, key: Path | None) -> None:
    place = folder / "keys" / "workspace.key"
    if key is not None and not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        place.touch(mode=0o600)
        shutil.copyfile(key, place)


def _erased_since(folder: Path, since: dt.datetime) -> list[int]:
    """Customers whom the workspace that is there has forgotten, and the backup has not."""
    settings = Settings.load(folder)
    if settings.store:
        raise WorkspaceError(
            Text(
                "the store of this workspace is in a database of its own",
                "이 작업 공간의 저장소는 따로 있는 데이터베이스입니다",
            ),
            hint=Text(
                "restore into another folder, then `dangol move-store` into an empty database",
                "다른 폴더로 되살린 뒤 `dangol move-store`로 빈 데이터베이스에 옮기세요",
            ),
        )
    if not (folder / "store.sqlite").exists():
        return []
    with closing(Store.open(folder / "store.sqlite")) as store:
        told = store.audit.page(action="vault.erase", since=since, limit=1_000_000)
    return sorted({int(e.subject.removeprefix("customer/")) for e in told if e.subject.startswith("customer/")})


def _stage(
    packed: zipfile.ZipFile, staged: Path, manifest: dict[str, Any], *, there: bool, folder: Path, progress: Progress
) -> None:
    """Store, settings and engine of the backup, in a folder of their own."""
    packed.extract("store.sqlite", staged)
    (staged / "store.sqlite").chmod(0o600)
    if there:
        shutil.copyfile(folder / FILE, staged / FILE)
    else:
        body = yaml.safe_load(packed.read(FILE)) or {}
        body = {name: value for name, value in body.items() if name not in ("store", "intake")}
        (staged / FILE).write_text(yaml.safe_dump(body, allow_unicode=True, sort_keys=False), encoding="utf-8")
    with closing(open_engine(staged, Settings.load(staged))) as engine:
        engine.ensure(TABLES.values())
        for n, (name, rows) in enumerate(manifest["engine"].items()):
            progress("restore", n, len(manifest["engine"]))
            part = Path(packed.extract(f"{name}.parquet", staged))
            with pq.ParquetFile(part) as opened:
                batches = pa.RecordBatchReader.from_batches(opened.schema_arrow, opened.iter_batches())
                if name in TABLES:
                    engine.append(name, batches)
                else:
                    engine.replace(name, batches)
            part.unlink()
            kept = next(t.rows for t in engine.stats().tables if t.name == name)
            if kept != rows:
                raise FileError(Text(f"not every row of {name} arrived", f"{name} 표의 행이 다 들어오지 않았습니다"))
        engine.compact()


def _swap(staged: Path, folder: Path, aside: Path | None) -> None:
    if aside is not None:
        aside.mkdir(mode=0o700)
        for name in _KEPT:
            if (folder / name).exists():
                (folder / name).rename(aside / name)
    for name in _KEPT:
        if (staged / name).exists():
            (staged / name).rename(folder / name)


def _finish(
    folder: Path, manifest: dict[str, Any], erased: list[int], *, watch: Clock, actor: str, lang: str
) -> Answer:
    """Open what was restored, forget again who was to be forgotten, and say what is there."""
    with Workspace.open(folder, watch=watch, actor=actor, lang=lang, command="dangol restore") as ws:
        ws.store.state.remove("workspace.open")
        ws.store.sessions.end_all(now=watch())
        here = {row["customer_id"] for row in ws.sql("SELECT DISTINCT customer_id FROM identifiers", timeout=0)}
        for customer in erased:
            if customer in here:
                ws.erase(customer, reason="erased before the backup was restored")
        told = {"made_at": manifest["at"], "erased_again": len(erased)}
        ws.store.audit.write(ws.actor, "backup.restored", "workspace", now=watch(), after=told)
        note = ws.say(
            f"Restored as of {manifest['at'][:16].replace('T', ' ')} UTC. Everybody signs in again.",
            f"{manifest['at'][:16].replace('T', ' ')}(UTC) 시점으로 되살렸습니다. 모두 다시 로그인해야 합니다.",
        )
    rows = [{"what": name, "rows": n} for name, n in manifest["engine"].items() if n]
    return Answer(pa.Table.from_pylist(rows, schema=_ROWS), note=note)
