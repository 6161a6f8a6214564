"""DuckDB's copy of events as memory-mapped columns, in a folder beside the file.

SQL stays the definition and the referee; the copy makes questions about order several times faster. It is only ever trusted
when nothing can have changed without it being told:

- Before a write to `events` the customers it touches are noted; their rows are read from the table, the others' from the copy.
  Noting too many is harmless, so a write that is rolled back needs no care.
- The first note of a process leaves a mark on disk before the write; closing takes it away. A mark that is found when a file is
  opened means a kill, and the copy is thrown away. So it is when what the table adds up to is not what the copy was made of.
- Erasing throws it away at once. So does a write of which it cannot be said cheaply whom it touches.
- It is made in the background, from one snapshot; a disk that is full leaves none, and questions go by SQL. Until it is whole
  it lies in a folder of its own (`.new`), which is never trusted: what a kill leaves of it goes when the file is opened.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import sqlglot
from sqlglot import exp

from dangol.engine import column_files as files
from dangol.engine.columns import Columns, Ints, Part
from dangol.engine.sql import DIALECT, sql
from dangol.engine.whole import write_whole
from dangol.schema import EngineError

if TYPE_CHECKING:
    from dangol.engine.duckdb_passes import DuckDBEngine

_log = logging.getLogger(__name__)

TABLE = "events"
VERSION = 1
SLICE = 2_000_000
"""Rows sorted at once while the copy is made."""
TOUCHED = 20_000
"""Customers changed since, from which on the copy is made anew (or a twentieth of all, if that is more)."""
ONE_WRITE = 50_000
"""Customers touched by one write, from which on it is not counted who they are."""
MOST_FIELDS = 16
"""Fields the copy holds; the oldest go first."""
FEW = 300_000
"""Below so many events SQL is as quick, and no copy is kept."""


class Copy:
    """The copy of one engine. All methods may be called from any thread."""

    def __init__(self, engine: DuckDBEngine, folder: Path | None) -> None:
        """:param folder: where it lies; None: nowhere (an engine in memory)."""
        self._engine = engine
        self._folder = folder
        self._lock = threading.RLock()
        self._touched: set[int] = set()
        self._base: Part | None = None
        self._looked = folder is None
        self._marked = False
        self._making: threading.Thread | None = None
        self._given_up = threading.Event()
        self._newer: set[int] | None = None
        self._fields: dict[str, str] = {}
        self._asked: tuple[dict[str, exp.Expr], dict[str, exp.Expr]] = ({}, {})
        self.least = FEW
        self._sweep()

    # -- asking ------------------------------------------------------------------------------------------------------
    def columns(self, words: Mapping[str, exp.Expr], numbers: Mapping[str, exp.Expr], *, wait: bool) -> Columns | None:
        """Everybody's events with these fields; None while there is no copy to trust (one is being made, if that pays)."""
        if self._folder is None:
            return None
        with self._lock:
            self._look()
            wanted = {**{f: self._engine.to_sql(e) for f, e in words.items()},
                      **{f: self._engine.to_sql(e) for f, e in numbers.items()}}  # fmt: skip
            stale = self._base is None or len(self._touched) > max(TOUCHED, len(self._base.ids) // 20)
            lacking = any(self._fields.get(f) != text for f, text in wanted.items())
            if stale or lacking:
                for kept, more in zip(self._asked, (words, numbers), strict=True):
                    kept |= {f: e.copy() for f, e in more.items()}
                    for old in [f for f in kept if f not in more][: max(0, len(kept) - MOST_FIELDS)]:
                        del kept[old]
                self._make(*self._asked)
            making = self._making
        if making is not None and wait:
            making.join()
        with self._lock:
            if self._base is None or any(self._fields.get(f) != text for f, text in wanted.items()):
                return None
            base, touched = self._base, np.asarray(sorted(self._touched), np.int64)
        return Columns(self._parts(base, touched, words, numbers))

    def _parts(
        self, base: Part, touched: Ints, words: Mapping[str, exp.Expr], numbers: Mapping[str, exp.Expr]
    ) -> tuple[Part, ...]:
        if not len(touched):
            return (base,)
        left = np.isin(base.ids, touched, assume_unique=True)
        with self._engine.scratch(pa.table({"customer_id": touched})) as who:
            inside = sql("customer_id IN (SELECT customer_id FROM w)", tables={"w": who})
            fresh = self._engine.run(files.query(words, numbers, inside))
        shown = Part(base.ids, base.starts, base.at, base.words, base.numbers, left)
        return shown, files.read_part(fresh, words, numbers)

    # -- being told --------------------------------------------------------------------------------------------------
    def touch(self, who: Callable[[], pa.Table | None]) -> None:
        """A write to events is about to happen.

        :param who: the customers (customer_id) it touches, at most `ONE_WRITE` + 1 of them; None when that is not known.
            Asked only where there is a copy.
        """
        if self._folder is None:
            return
        with self._lock:
            self._look()
            if self._base is None and self._newer is None:
                return
            found = who()
            if found is None or found.num_rows > ONE_WRITE:
                self.throw_away()
                return
            ids = {i for i in found["customer_id"].to_pylist() if i is not None}
            if self._base is not None:  # what is being made is not trusted before it is whole, and is marked then
                self._mark()
            self._touched |= ids
            if self._newer is not None:
                self._newer |= ids

    def throw_away(self) -> None:
        """Forget the copy, here and on disk."""
        with self._lock:
            self._base, self._fields, self._touched, self._newer, self._looked = None, {}, set(), None, True
            self._marked = False
            self._given_up.set()
            self._sweep()
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)

    def close(self) -> None:
        """Leave the copy so that the next process may trust it, and nobody reading. Whoever calls may be writing."""
        with self._lock:
            making = self._making
            self._given_up.set()
        if making is not None:
            making.join()
        with self._lock:
            if self._base is None or self._folder is None or not self._marked:
                return
            try:
                told = json.loads((self._folder / "told.json").read_text())
                told |= {"touched": sorted(self._touched), "sum": self._sum()}
                write_whole(self._folder / "told.json", json.dumps(told, ensure_ascii=False))
                (self._folder / "open").unlink(missing_ok=True)
                self._marked = False
            except (OSError, ValueError, EngineError):
                self.throw_away()

    def _mark(self) -> None:
        if self._marked or self._folder is None:
            return
        try:
            _left_open(self._folder)
            self._marked = True
        except OSError:
            self.throw_away()

    # -- on disk -----------------------------------------------------------------------------------------------------
    def _look(self) -> None:
        """What lies there from an earlier process, once."""
        if self._looked or self._folder is None:
            return
        self._looked = True
        if not self._folder.exists():
            return
        try:
            told = json.loads((self._folder / "told.json").read_text())
            if (self._folder / "open").exists() or told["version"] != VERSION or told["sum"] != self._sum():
                raise ValueError("not to be trusted")
            self._base = files.load(self._folder, told)
            self._fields = dict(told["fields"])
            self._touched = set(told["touched"])
            for kept, names in zip(self._asked, (told["words"], told["numbers"]), strict=True):
                kept |= {f: sqlglot.parse_one(self._fields[f], dialect=DIALECT) for f in names}
        except (OSError, ValueError, KeyError, EngineError):
            self.throw_away()

    def _sum(self) -> list[str]:
        """What the table adds up to."""
        query = sql(
            "SELECT COUNT(*) AS n, SUM(CAST(event_id % 1000003 AS DECIMAL(38, 0))) AS e,"
            " SUM(CAST(customer_id AS DECIMAL(38, 0)) * (event_id % 1009)) AS c FROM events"
        )
        return [str(v) for v in self._engine.run(query).to_pylist()[0].values()]

    def _make(self, words: Mapping[str, exp.Expr], numbers: Mapping[str, exp.Expr]) -> None:
        """Make a new copy in the background, with the fields it has and these."""
        if self._making is not None or self._folder is None:
            return
        count = int(self._engine.run(sql("SELECT COUNT(*) AS n FROM events"))["n"][0].as_py())
        if count < self.least or shutil.disk_usage(self._folder.parent).free < 40 * count + 2**28:
            return
        self._given_up = threading.Event()
        self._making = threading.Thread(
            target=self._made, args=(dict(words), dict(numbers), self._given_up), daemon=True
        )
        self._making.start()

    def _made(self, words: dict[str, exp.Expr], numbers: dict[str, exp.Expr], given_up: threading.Event) -> None:
        try:
            self._written(words, numbers, given_up)
        except InterruptedError:  # given up: what was there before is as good as it was
            pass
        except Exception as error:  # a thread of its own: nobody else would say it
            _log.warning("no copy of events, questions go by SQL: %s", type(error).__name__)
            self.throw_away()
        finally:
            self._newer = None
            self._making = None
            self._sweep()

    def _written(self, words: dict[str, exp.Expr], numbers: dict[str, exp.Expr], given_up: threading.Event) -> None:
        folder, fresh = self._folder, self._fresh
        assert folder is not None
        assert fresh is not None
        self._sweep()
        fresh.mkdir()
        with self._engine.quietly(given_up):  # nobody is amid a write, and whoever comes is noted
            self._newer = set()
        with self._engine.snapshot() as ask:
            told = files.build(fresh, ask, words, numbers, most=SLICE, wanted=lambda: not given_up.is_set())
        told["sum"] = self._sum() if not self._newer else []
        told["fields"] = {f: self._engine.to_sql(e) for f, e in {**words, **numbers}.items()}
        with self._lock:
            if given_up.is_set() or self._newer is None:
                raise InterruptedError
            told["touched"] = sorted(self._newer)
            write_whole(fresh / "told.json", json.dumps(told, ensure_ascii=False))
            if self._newer:
                _left_open(fresh)
            self._marked = bool(self._newer)
            shutil.rmtree(folder, ignore_errors=True)
            fresh.replace(folder)
            self._base, self._fields = files.load(folder, told), dict(told["fields"])
            self._touched = set(self._newer)

    @property
    def _fresh(self) -> Path | None:
        """Where a copy lies while it is being made."""
        return None if self._folder is None else self._folder.with_name(f"{self._folder.name}.new")

    def _sweep(self) -> None:
        """Remove what an unfinished making left."""
        if self._fresh is not None:
            shutil.rmtree(self._fresh, ignore_errors=True)


def _left_open(folder: Path) -> None:
    """The mark of a copy that may not say all that came since. Raises OSError."""
    with (folder / "open").open("w") as file:
        os.fsync(file.fileno())
