"""Backups: everything of a workspace as it was at one moment, in one file; and back again.

The file is a zip: ``manifest.json`` (what is in it, with digests), ``dangol.yaml``, ``store.sqlite`` (wherever the store was),
and a Parquet file for each table of the engine. It holds personal data only sealed, and never the workspace's key: without
that, nobody reads it, and nobody can restore it either. What was received and not taken in yet stays in the intake log.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from dangol import __version__
from dangol.app import live
from dangol.app.settings import FILE
from dangol.app.workspace import Progress, no_progress
from dangol.engine import whole_file
from dangol.schema import Answer, FileError, NotFoundError, Text, system_says
from dangol.store import Store, copy_into

if TYPE_CHECKING:
    from dangol.app import Workspace

FOLDER, SUFFIX = "backups", ".dangol-backup"
FORMAT = 1
_ROWS = pa.schema([("backup", pa.string()), ("made_at", pa.timestamp("us", "UTC")), ("bytes", pa.int64())])


def listed(ws: Workspace) -> Answer:
    """Every backup that lies in the workspace: name, when, how large; the newest first."""
    rows = [
        {
            "backup": file.name,
            "made_at": dt.datetime.fromtimestamp(file.stat().st_mtime, dt.UTC),
            "bytes": file.stat().st_size,
        }
        for file in sorted((ws.folder / FOLDER).glob(f"*{SUFFIX}"), reverse=True)
    ]
    return Answer(pa.Table.from_pylist(rows, schema=_ROWS))


def found(ws: Workspace, name: str) -> Path:
    """A backup by its name. Raises `NotFoundError`: a name is never a path."""
    file = ws.folder / FOLDER / name
    if Path(name).name != name or not name.endswith(SUFFIX) or not file.is_file():
        raise NotFoundError(
            Text(f"there is no backup {name[:80]!r}", f"{name[:80]!r}: 그런 백업이 없습니다"),
            hint=Text("`dangol backup --list` lists them", "`dangol backup --list`로 목록을 보세요"),
        )
    return file


def make(ws: Workspace, *, to: Path | None = None, progress: Progress = no_progress) -> Path:
    """Write a backup; returns its file. What senders send meanwhile is kept; what changes facts waits until it is done.

    :param to: the file; a name of its time in the workspace's `backups` without.

    Raises `FileError` where it cannot be written; nothing half-written stays.
    """
    touched = live.drain_all(ws)
    if len(touched):
        ws.refresh_touched([touched])
    now = ws.real_now()
    file = to or ws.folder / FOLDER / f"{now:%Y%m%d-%H%M%S}{SUFFIX}"
    scratch = file.with_name(f"{file.name}.files")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        scratch.mkdir(mode=0o700)
        with ws.facts_turn(), ws.engine.transaction():  # no facts change, so that both stores tell of the same
            tables = dict(_tables(ws, scratch, progress))
            with closing(Store.open(scratch / "store.sqlite")) as store:
                rows = copy_into(ws.store, store)
        shutil.copyfile(ws.folder / FILE, scratch / FILE)
        _pack(scratch, file, {"format": FORMAT, "dangol": __version__, "at": now.isoformat(),
                                "name": ws.settings.name, "engine": tables, "store": rows}, progress)  # fmt: skip
    except OSError as error:
        why = system_says(error)
        raise FileError(
            Text(f"the backup cannot be written: {why.en}", f"백업을 쓸 수 없습니다: {why.ko}"),
            hint=Text("check the folder and the space on the disk", "폴더와 디스크의 남은 공간을 확인하세요"),
        ) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    told = {"backup": file.name, "bytes": file.stat().st_size}
    ws.store.audit.write(ws.actor, "backup.made", f"backup/{file.name}", now=now, after=told)
    return file


def remove(ws: Workspace, name: str) -> None:
    """Delete a backup. Raises `NotFoundError`."""
    file = found(ws, name)
    told = {"backup": name, "bytes": file.stat().st_size}
    file.unlink()
    ws.store.audit.write(ws.actor, "backup.removed", f"backup/{name}", now=ws.real_now(), before=told)


def _tables(ws: Workspace, scratch: Path, progress: Progress) -> Iterator[tuple[str, int]]:
    """Every table of the engine into a Parquet file; yields its name and rows."""
    names = sorted(ws.engine.tables())
    for n, name in enumerate(names):
        progress("backup", n, len(names))
        rows = 0
        schema = ws.engine.run(exp.select("*").from_(exp.to_table(name, quoted=True)).limit(0)).schema
        with pq.ParquetWriter(scratch / f"{name}.parquet", schema, compression="zstd") as out:
            for batch in ws.engine.stream(exp.select("*").from_(exp.to_table(name, quoted=True))):
                out.write_batch(batch.cast(schema) if batch.schema != schema else batch)
                rows += batch.num_rows
        yield name, rows
    progress("backup", len(names), len(names))


def _pack(scratch: Path, file: Path, manifest: dict[str, Any], progress: Progress) -> None:
    """All of it into one file that is on the disk when this returns."""
    files = sorted(scratch.iterdir())
    manifest["files"] = {f.name: {"sha256": _digest(f), "bytes": f.stat().st_size} for f in files}
    with whole_file(file, mode=0o600) as out, zipfile.ZipFile(out, "w", allowZip64=True) as packed:
        packed.writestr("manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1))
        for n, one in enumerate(files):
            progress("pack", n, len(files))
            tight = zipfile.ZIP_STORED if one.suffix == ".parquet" else zipfile.ZIP_DEFLATED
            packed.write(one, one.name, tight, compresslevel=1)


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
