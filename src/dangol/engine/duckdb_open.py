"""Opening a DuckDB file, and DuckDB's errors in plain words."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from dangol.schema import BusyError, EngineError

_DAMAGED = "restore it from a backup; or move it away and import again (the store still has the vault and definitions)"
_SPACE = "free some disk space and run it again; nothing was half-written"


def connect(path: str, *, memory: str, threads: int | None, read_only: bool) -> duckdb.DuckDBPyConnection:
    """Open (or make) the database file and take its lock.

    :raises BusyError: another process has it.
    :raises EngineError: it is damaged, not a database, from a newer version, or the folder is missing.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory,
        "TimeZone": "UTC",
        "autoinstall_known_extensions": "false",
        "allow_community_extensions": "false",
        "allow_persistent_secrets": "false",
        "python_enable_replacements": "false",  # a table name must never find a Python variable
        "ieee_floating_point_ops": "false",  # x / 0 is null, on every engine
    }
    # What overflows to disk may be personal data on its way to the vault. The built-in cipher is AES-GCM; what DuckDB calls
    # unsafe is its source of random numbers for keys. The key lives in this process only, and the files are gone with it.
    config |= {"force_mbedtls_unsafe": "true", "temp_file_encryption": "true"}
    if threads:
        config["threads"] = threads
    if path != ":memory:":
        config["temp_directory"] = f"{path}.tmp"
        if not Path(path).resolve().parent.is_dir():
            raise EngineError(
                "the folder of the database does not exist", where=path, hint="`dangol init` makes a workspace"
            )
        if read_only and not Path(path).exists():
            raise EngineError("there is no database yet to read", where=path, hint="import something first")
    try:
        con = duckdb.connect(path, config=config, read_only=read_only)
    except duckdb.Error as error:
        raise _opening(error, path) from error
    if path != ":memory:":
        _sweep(Path(f"{path}.tmp"))
    return con


def _opening(error: duckdb.Error, path: str) -> EngineError | BusyError:
    text = str(error)
    if "lock" in text.lower() or "different configuration" in text or "already attached" in text:
        pid = re.search(r"PID (\d+)", text)
        return BusyError(
            f"another process{f' ({pid[1]})' if pid else ''} has this workspace open",
            where=path,
            hint="wait until it ends, or stop it; `dangol status` names it",
        )
    if "newer version" in text or "storage version" in text.lower():
        return EngineError(
            "the database was written by a newer DuckDB", where=path, hint="upgrade dangol, then open it again"
        )
    if isinstance(error, duckdb.PermissionException) or "Permission denied" in text:
        return EngineError(
            "no permission to open the database file", where=path, hint="check who owns the file and its folder"
        )
    if "No space left" in text or "File too large" in text:
        return EngineError("no disk space left to open the database", where=path, hint=_SPACE)
    return EngineError(f"the database file is damaged or is not one: {first_line(error)}", where=path, hint=_DAMAGED)


def _sweep(folder: Path) -> None:
    """Remove overflow files that a killed process left; ours carry our own process id."""
    mine = f"duckdb_temp_{os.getpid()}_"
    for left in folder.glob("duckdb_temp_*") if folder.is_dir() else ():
        if not left.name.startswith(mine):
            left.unlink(missing_ok=True)


@contextmanager
def plain_errors() -> Iterator[None]:
    """DuckDB's errors as `EngineError`, without values of rows in them."""
    try:
        yield
    except duckdb.Error as error:
        raise _plain(error) from error


def _plain(error: duckdb.Error) -> EngineError:
    text = first_line(error)
    if isinstance(error, duckdb.OutOfMemoryException):
        return EngineError(
            f"not enough memory or temporary disk for this: {text}",
            hint="raise the memory setting, or free disk space, and run it again; nothing was half-written",
        )
    if isinstance(error, duckdb.InterruptException):
        return EngineError("stopped before it was done", hint="nothing was half-written; run it again when ready")
    if "invalidated" in text or isinstance(error, duckdb.FatalException):
        return EngineError(
            f"the engine had to stop: {text}", hint=f"{_SPACE}. Close the workspace and open it again before going on"
        )
    if "Corrupt database" in text or "checksum" in text or "enough bytes" in text:
        return EngineError(f"the database file is damaged: {text}", hint=_DAMAGED)
    if isinstance(error, duckdb.IOException):
        reads = "read" in text.lower() and "write" not in text.lower()
        return EngineError(
            f"the disk refused: {text}", hint="check that the file is there and readable" if reads else _SPACE
        )
    if isinstance(error, duckdb.TransactionException):
        return EngineError(f"the change could not be made: {text}", hint="run it again; nothing was half-written")
    if isinstance(error, duckdb.ConversionException | duckdb.InvalidInputException | duckdb.OutOfRangeException):
        return EngineError(_hide(text))
    guess = re.search(r"Did you mean \"?([^\"?\n]+)", str(error))
    return EngineError(text, hint=f"did you mean {guess[1]}?" if guess else "")


def _hide(text: str) -> str:
    """Values of rows are not for logs: what DuckDB quotes in a conversion error is left out."""
    return re.sub(r"'[^']*'|\"[^\"]*\"", "'…'", text)


def first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:300]
