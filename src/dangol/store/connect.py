"""Opens the database: SQLite by a path, PostgreSQL (or another) by a URL; brings its tables up to date."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from dangol.schema import BusyError, Text, WorkspaceError, josa, system_says
from dangol.store import postgres
from dangol.store.address import read_address, unusable
from dangol.store.failing import plain

HEAD = "0008"
"""The newest migration. Known without Alembic, so that opening an up-to-date store does not load it."""

MIGRATIONS = Path(__file__).parent / "migrations"

BUSY_SECONDS = 10.0
"""How long SQLite waits for another writer."""


Prepare = Callable[[sa.Engine], None]


def connect(where: str | Path, password: str | None = None, prepare: Prepare | None = None) -> sa.Engine:
    """An engine for a path or URL, migrated to `HEAD` (or prepared otherwise). Raises `WorkspaceError` when that cannot be."""
    path = None if "://" in str(where) else Path(where)
    if path is not None:
        _touch_private(path)
    url, options = read_address(where, password)
    sqlite = url.get_backend_name() == "sqlite"
    if sqlite:
        options["timeout"] = BUSY_SECONDS
    elif url.get_backend_name() == "postgresql":
        options["startup_params"] = postgres.startup(BUSY_SECONDS)
    to_json = partial(json.dumps, ensure_ascii=False)
    try:
        engine = sa.create_engine(url, json_serializer=to_json, hide_parameters=True, connect_args=options)
    except (sa.exc.ArgumentError, ImportError) as error:
        raise unusable(error) from error
    if sqlite:
        event.listen(engine, "connect", _sqlite_settings)
        event.listen(engine, "begin", _sqlite_begin)
    elif engine.dialect.name == "postgresql":
        dialect: Any = engine.dialect
        dialect.do_close = postgres.hang_up
        event.listen(engine, "do_connect", postgres.connecting)
        event.listen(engine, "checkout", postgres.checkout)
        event.listen(engine, "begin", postgres.begin)
    try:
        (prepare or _migrate)(engine)
    except sa.exc.DBAPIError as error:
        engine.dispose()
        found = plain(error)
        if path is not None and not isinstance(found, BusyError):
            raise _unreadable(path) from error
        if found is None:
            raise
        raise found from error
    except BaseException:
        engine.dispose()
        raise
    return engine


def _unreadable(path: Path) -> WorkspaceError:
    return WorkspaceError(
        Text(
            f"{path.name} cannot be read as a dangol store",
            f"{josa(path.name, '을/를')} dangol 저장소로 읽을 수 없습니다",
        ),
        hint=Text("restore it from a backup, or check the address", "백업에서 되돌리거나 주소를 확인하세요"),
    )


def _touch_private(path: Path) -> None:
    """Make the file with mode 0600 before SQLite would make it readable to everybody."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise WorkspaceError(
            Text(
                f"{path.name} cannot be opened: {system_says(error).en}",
                f"{path.name} 파일을 열 수 없습니다: {system_says(error).ko}",
            ),
            hint=Text("check the folder, its rights and the disk", "폴더와 권한, 디스크를 확인하세요"),
        ) from error


def _sqlite_settings(connection: Any, record: object) -> None:
    connection.isolation_level = None  # transactions are begun by `_sqlite_begin`, not guessed by the driver
    for pragma in (
        "PRAGMA journal_mode = WAL",
        "PRAGMA foreign_keys = ON",
        "PRAGMA secure_delete = ON",
        "PRAGMA cache_size = -65536",
        "PRAGMA temp_store = MEMORY",
    ):
        connection.execute(pragma)


def _sqlite_begin(connection: sa.Connection) -> None:
    """Writers ask for the lock at once: a reader that turns writer half-way would fail instead of waiting."""
    writes = connection.get_execution_options().get("writes", True)
    if writes is not None:  # null: no transaction at all, as VACUUM wants it
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def expect_current(engine: sa.Engine) -> None:
    """Prepare nothing. Raises `BusyError` where the tables are another version's: its process has them open."""
    if _version(engine) != HEAD:
        raise BusyError(
            Text("another version of dangol has the workspace open", "다른 버전의 dangol이 작업 공간을 열고 있습니다"),
            hint=Text("stop it, and try again", "그것을 멈추고 다시 하세요"),
        )


def _version(engine: sa.Engine) -> str | None:
    with engine.connect().execution_options(writes=False) as connection:
        known = sa.inspect(connection).has_table("alembic_version")
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() if known else None


def _migrate(engine: sa.Engine) -> None:
    current = _version(engine)
    if current == HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    revisions = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in revisions:
        raise WorkspaceError(
            Text("this store was made by a newer dangol", "더 새로운 dangol이 만든 저장소입니다"),
            hint=Text(
                "install that version, or a newer one, and open it again",
                "그 버전이나 더 새로운 버전을 설치하고 다시 여세요",
            ),
        )
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, HEAD)
