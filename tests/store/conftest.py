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


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that is already migrated, to copy: quicker than migrating one for every example."""
    path = tmp_path_factory.mktemp("blank") / "store.sqlite"
    Store.open(path).close()
    return path


@pytest.fixture
def store(blank: Path, tmp_path: Path) -> Iterator[Store]:
    with Store.open(shutil.copy(blank, tmp_path / "store.sqlite")) as opened:
        yield opened
