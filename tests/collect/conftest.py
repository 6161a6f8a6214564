"""Shared by the tests of `collect`: an engine, settings, a pseudonymiser with a known key, and a short way to take a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dangol.collect import Mapping, Reading, Taken, preset, read, recognise, take
from dangol.engine import DuckDBEngine, sql
from dangol.privacy import Pseudonymiser

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
WHO = Pseudonymiser(b"collect-tests-16")


@dataclass(frozen=True)
class Settings:
    timezone: str = "Asia/Seoul"
    currency: str = "KRW"
    rates: dict[str, str] = field(default_factory=dict)


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    made = DuckDBEngine(threads=2)
    yield made
    made.close()


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Write bytes or text (UTF-8) to a file and say where it is."""

    def write(content: str | bytes, name: str = "file.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


Taker = Callable[..., AbstractContextManager[Taken]]


@pytest.fixture
def taking(engine: DuckDBEngine) -> Taker:
    """Take a file (path or reading) with a mapping, a preset's name, or what its header is recognised as."""

    def run(
        what: Path | Reading, mapping: Mapping | str | None = None, **options: Any
    ) -> AbstractContextManager[Taken]:
        reading = what if isinstance(what, Reading) else read(what)
        found = preset(mapping) if isinstance(mapping, str) else mapping or recognise(reading.header)
        assert found is not None, reading.header
        arguments: dict[str, Any] = {
            "source": "shop",
            "batch": 1,
            "now": NOW,
            "settings": Settings(),
            "pseudonymiser": WHO,
        } | options
        return take(arguments.pop("engine", engine), reading, found, **arguments)

    return run


def rows(engine: DuckDBEngine, table: str | None, order: str = "1") -> list[dict[str, Any]]:
    """A staged table as dicts, in a stable order."""
    if table is None:
        return []
    found = engine.run(sql("SELECT * FROM t", tables={"t": table})).to_pylist()
    return sorted(found, key=lambda r: str(r[order])) if order in (found[0] if found else {}) else found
