"""Tables as folders of Parquet files with one manifest: a reader sees every write of a transaction, or none.

A write makes new files and never changes old ones; what a table consists of is said by ``manifest.json``, which is replaced in
one rename. Files no manifest names (left by a kill or a rollback) are removed when the warehouse is opened.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dangol.engine.whole import write_whole
from dangol.schema import BusyError, EngineError, Text, system_says


@dataclass(frozen=True, slots=True)
class Stored:
    """One table: (column, Spark type) in order, and the part folders (relative to the warehouse) its rows lie in."""

    columns: tuple[tuple[str, str], ...]
    parts: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.columns]

    @property
    def ddl(self) -> str:
        return ", ".join(f"`{name}` {kind}" for name, kind in self.columns)


@dataclass
class Warehouse:
    """The folder, its lock, and the manifest as this process sees it (with what is staged)."""

    folder: Path
    tables: dict[str, Stored] = field(default_factory=dict)
    scratch: dict[str, Stored] = field(default_factory=dict)
    """Temporary tables: in no manifest, gone when the engine is opened again."""
    _committed: dict[str, Stored] = field(default_factory=dict)
    _made: list[str] = field(default_factory=list)
    _next: int = 1
    _lock: Any = None

    @classmethod
    def open(cls, folder: Path) -> Warehouse:
        """:raises BusyError: another engine has it. :raises EngineError: its manifest cannot be read."""
        folder.mkdir(parents=True, exist_ok=True)
        house = cls(folder, _lock=_locked(folder / ".lock"))
        try:
            house._read()
        except BaseException:
            house.close()
            raise
        house._sweep()
        return house

    def part(self, table: str) -> Path:
        """A new folder to write rows of `table` into; it does not exist yet."""
        name = f"{'scratch' if table in self.scratch else table}/{self._next:08d}"
        self._next += 1
        if table not in self.scratch:
            self._made.append(name)
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        return path

    @property
    def nothing(self) -> Path:
        """A folder without files: what a table without rows consists of."""
        folder = self.folder / "nothing"
        folder.mkdir(exist_ok=True)
        return folder

    def find(self, table: str) -> Stored | None:
        return self.scratch.get(table) or self.tables.get(table)

    def put(self, table: str, stored: Stored) -> None:
        (self.scratch if table in self.scratch else self.tables)[table] = stored

    def relative(self, part: Path) -> str:
        return part.relative_to(self.folder).as_posix()

    def paths(self, table: str) -> list[Path]:
        stored = self.find(table)
        return [self.folder / p for p in stored.parts] if stored else []

    def rows(self, parts: list[Path]) -> int:
        """Rows in part folders, from the files' own footers."""
        return sum(pq.read_metadata(f).num_rows for p in parts for f in files(p))

    def commit(self) -> None:
        """Make what is staged the truth, in one rename, then let go of files nobody needs."""
        body = {
            "next": self._next,
            "tables": {
                n: {"columns": [list(c) for c in t.columns], "parts": list(t.parts)} for n, t in self.tables.items()
            },
        }
        try:
            write_whole(self.folder / "manifest.json", json.dumps(body, ensure_ascii=False, indent=1))
        except OSError as error:
            raise EngineError(
                Text(f"the disk refused: {system_says(error).en}", f"디스크가 거부했습니다: {system_says(error).ko}"),
                hint=Text(
                    "free some disk space and run it again; nothing was half-written",
                    "디스크 공간을 비우고 다시 실행하세요. 반만 쓰인 것은 없습니다",
                ),
            ) from error
        before = {p for t in self._committed.values() for p in t.parts}
        after = {p for t in self.tables.values() for p in t.parts}
        self._committed = dict(self.tables)
        for gone in (before | set(self._made)) - after:
            shutil.rmtree(self.folder / gone, ignore_errors=True)
        self._made.clear()

    def rollback(self) -> None:
        """Forget what is staged."""
        self.tables = dict(self._committed)
        for made in self._made:
            shutil.rmtree(self.folder / made, ignore_errors=True)
        self._made.clear()

    def add(self, table: str, part: Path) -> None:
        stored = self.find(table)
        assert stored is not None
        self.put(table, replace(stored, parts=(*stored.parts, self.relative(part))))

    def close(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    @property
    def disk_bytes(self) -> int:
        return sum(f.stat().st_size for f in self.folder.rglob("*.parquet"))

    def _read(self) -> None:
        file = self.folder / "manifest.json"
        if not file.exists():
            return
        try:
            body = json.loads(file.read_text(encoding="utf-8"))
            self._next = int(body["next"])
            self.tables = {
                n: Stored(tuple((c, k) for c, k in t["columns"]), tuple(t["parts"])) for n, t in body["tables"].items()
            }
        except (ValueError, KeyError, TypeError) as error:
            raise EngineError(
                Text("the warehouse's manifest is damaged", "Spark 테이블 목록 파일이 깨졌습니다"),
                where=str(file),
                hint=Text("restore manifest.json from a backup", "백업에서 manifest.json을 되돌리세요"),
            ) from error
        for name in self.tables:
            for path in self.paths(name):
                if not path.is_dir():
                    raise EngineError(
                        Text(f"a part of table '{name}' is missing", f"'{name}' 테이블의 일부가 없습니다"),
                        where=str(path),
                        hint=Text("restore it from a backup", "백업에서 되돌리세요"),
                    )
        self._committed = dict(self.tables)

    def _sweep(self) -> None:
        kept = {p for t in self.tables.values() for p in t.parts}
        for folder in self.folder.glob("*/[0-9]*"):
            if folder.is_dir() and self.relative(folder) not in kept:
                shutil.rmtree(folder, ignore_errors=True)
        for left in ("scratch", "spill"):
            shutil.rmtree(self.folder / left, ignore_errors=True)


def files(part: Path) -> list[Path]:
    return sorted(part.glob("*.parquet"))


def write(part: Path, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> None:
    """Write Arrow batches as one Parquet file of a part. Spark need not be asked."""
    part.mkdir()
    with pq.ParquetWriter(part / "part-00000.parquet", schema, compression="zstd") as out:
        for batch in batches:
            out.write_batch(batch)


def _locked(path: Path) -> Any:
    """An open file that holds the lock until it is closed (also by a kill)."""
    handle = path.open("a+b")
    try:
        try:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:  # Windows
            import msvcrt

            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    except OSError as error:
        handle.close()
        raise BusyError(
            Text("another process has this workspace open", "다른 프로세스가 이 작업 공간을 쓰고 있습니다"),
            where=str(path.parent),
            hint=Text("wait until it ends, or stop it", "끝날 때까지 기다리거나 멈추세요"),
        ) from error
    return handle
