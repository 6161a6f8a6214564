import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dangol.store import Store

NOW = dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)


@pytest.fixture
def now() -> dt.datetime:
    return NOW


@pytest.fixture
def sqlite(blank: Path, tmp_path: Path) -> Iterator[Store]:
    """A store in a SQLite file, for what only such a file has."""
    with Store.open(shutil.copy(blank, tmp_path / "store.sqlite")) as opened:
        yield opened
