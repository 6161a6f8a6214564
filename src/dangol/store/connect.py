"""Opens the database: SQLite by a path, PostgreSQL (or another) by a URL; brings its tables up to date."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from dangol.schema import BusyError, WorkspaceError

HEAD = "0001"
"""The newest migration. Known without Alembic, so that opening an up-to-date store does not load it."""

MIGRATIONS = Path(__file__).parent / "migrations"

BUSY_SECONDS = 10.0
"""How long SQLite waits for another writer."""


def connect(where: str | Path) -> sa.Engine:
    """An engine for a path or URL, migrated to `HEAD`. Raises `WorkspaceError` when that cannot be."""
    text = str(where)
    path = None if "://" in text else Path(text)
    if path is not None:
        _touch_private(path)
    try:
        url = sa.make_url(text) if path is None else sa.URL.create("sqlite+pysqlite", database=str(path))
        wait = {"timeout": BUSY_SECONDS} if url.get_backend_name() == "sqlite" else {}
        to_json = partial(json.dumps, ensure_ascii=False)
        engine = sa.create_engine(url, json_serializer=to_json, hide_parameters=True, connect_args=wait)
    except (sa.exc.ArgumentError, ImportError) as error:
        raise WorkspaceError(
            "this store address cannot be used",
            hint="give a file path, or a URL such as postgresql+psycopg://host/name",
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_settings)
        event.listen(engine, "begin", _sqlite_begin)
    try:
        _migrate(engine)
    except sa.exc.OperationalError as error:
        engine.dispose()
        if "locked" in str(error.orig):
            raise BusyError(
                "the store is locked by another process", hint="wait for it to end and try again"
            ) from error
        raise _unreadable(path) from error
    except sa.exc.DatabaseError as error:
        engine.dispose()
        raise _unreadable(path) from error
    except BaseException:
        engine.dispose()
        raise
    return engine


def _unreadable(path: Path | None) -> WorkspaceError:
    name = path.name if path else "the database"
    return WorkspaceError(
        f"{name} cannot be read as a dangol store", hint="restore it from a backup, or check the address"
    )


def _touch_private(path: Path) -> None:
    """Make the file with mode 0600 before SQLite would make it readable to everybody."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise WorkspaceError(
            f"{path.name} cannot be opened: {error.strerror}", hint="check the folder, its rights and the disk"
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


def _migrate(engine: sa.Engine) -> None:
    with engine.connect().execution_options(writes=False) as connection:
        known = sa.inspect(connection).has_table("alembic_version")
        current = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() if known else None
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
            "this store was made by a newer dangol", hint="install that version, or a newer one, and open it again"
        )
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, HEAD)
