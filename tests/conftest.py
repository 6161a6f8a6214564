"""The made-up shop, imported once a run, for the tests of app, terminal, server and docs. Loaded only when one asks for it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.budget import FULL

if TYPE_CHECKING:
    from dangol.app import Workspace
    from dangol.store import Store
    from tests.nats import Server as Nats
    from tests.postgres import Server

# The run that decides whether a change lands tries the same examples each time, so that it says the same of the same
# commit; a developer's runs try new ones, and what they find becomes an `@example` or a mended line.
settings.register_profile("full", derandomize=True, database=None)
if FULL:
    settings.load_profile("full")


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Every export of the shop, in one folder."""
    from tests.app import shop

    return shop.files(tmp_path_factory.mktemp("exports"))


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace without anything, to be copied: with one key, equal values have equal nodes."""
    from tests.app import shop

    folder = tmp_path_factory.mktemp("empty") / "shop"
    shop.create(folder).close()
    return folder


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory, exports: list[Path]) -> Path:
    """A closed workspace with every export imported and two segments applied. Not to be written to."""
    from tests.app import shop

    folder = tmp_path_factory.mktemp("original") / "shop"
    with shop.create(folder) as ws:
        ws.import_files(exports)
        ws.apply(ws.plan(shop.definitions(folder.parent / "definitions")))
    return folder


@pytest.fixture
def ready(original: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    return Path(shutil.copytree(original, tmp_path / "shop"))


@pytest.fixture
def ws(ready: Path) -> Iterator[Workspace]:
    """That copy, open."""
    from tests.app import shop

    with shop.reopen(ready) as opened:
        yield opened


@pytest.fixture(scope="module")
def seen(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """An open workspace that tests of one module only look at."""
    from tests.app import shop

    folder = Path(shutil.copytree(original, tmp_path_factory.mktemp("seen") / "shop"))
    with shop.reopen(folder) as opened:
        yield opened


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server of this run."""
    from tests.postgres import running

    with running() as server:
        yield server


@pytest.fixture(scope="session")
def nats() -> Iterator[Nats]:
    """A NATS server of this run."""
    from tests.nats import running

    with running() as server:
        yield server


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite store that is already migrated, to copy: quicker than migrating one for every example."""
    from dangol.store import Store

    path = tmp_path_factory.mktemp("blank") / "store.sqlite"
    Store.open(path).close()
    return path


@pytest.fixture(scope="session")
def blank_database(postgres: Server) -> str:
    """A PostgreSQL database that is already migrated, to copy."""
    from dangol.store import Store

    name = postgres.make()
    Store.open(postgres.url(name)).close()
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a migrated store without anything lies: each database that dangol knows."""
    if request.param == "sqlite":
        yield str(shutil.copy(request.getfixturevalue("blank"), tmp_path / "store.sqlite"))
        return
    server: Server = request.getfixturevalue("postgres")
    name = server.make(request.getfixturevalue("blank_database"))
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    """That store, open."""
    from dangol.store import Store

    with Store.open(address) as opened:
        yield opened
