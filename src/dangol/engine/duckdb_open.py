"""Opening a DuckDB file, and DuckDB's errors in plain words."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from dangol.schema import NOTHING, BusyError, EngineError, Text, did_you_mean

_DAMAGED = Text(
    "restore it from a backup; or move it away and import again (the store still has the vault and definitions)",
    "백업에서 되돌리거나, 다른 곳으로 옮기고 다시 가져오세요(개인정보 보관함과 정의는 저장소에 남아 있습니다)",
)
_SPACE = Text(
    "free some disk space and run it again; nothing was half-written",
    "디스크 공간을 비우고 다시 실행하세요. 반만 쓰인 것은 없습니다",
)


def connect(
    path: str, *, memory: str, threads: int | None, read_only: bool, private: bool
) -> duckdb.DuckDBPyConnection:
    """Open (or make) the database file and take its lock. With `private`, what overflows to disk is encrypted.

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
        "ieee_floating_point_ops": "false",  # x / 0 is null, on every engine …
        "error_on_division_by_zero": "false",  # … of whole numbers and money too
    }
    if private:
        # The built-in cipher is AES-GCM; what DuckDB calls unsafe is its source of random numbers for keys. The key lives in
        # this process only, and the files are gone with it.
        config |= {"force_mbedtls_unsafe": "true", "temp_file_encryption": "true"}
    if threads:
        config["threads"] = threads
    if path != ":memory:":
        config["temp_directory"] = f"{path}.tmp"
        if not Path(path).resolve().parent.is_dir():
            raise EngineError(
                Text("the folder of the database does not exist", "데이터베이스 폴더가 없습니다"),
                where=path,
                hint=Text("`dangol init` makes a workspace", "`dangol init`으로 작업 공간을 만드세요"),
            )
        if read_only and not Path(path).exists():
            raise EngineError(
                Text("there is no database yet to read", "아직 읽을 데이터베이스가 없습니다"),
                where=path,
                hint=Text("import something first", "먼저 파일을 가져오세요"),
            )
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
            Text(
                f"another process{f' ({pid[1]})' if pid else ''} has this workspace open",
                f"다른 프로세스{f'({pid[1]})' if pid else ''}가 이 작업 공간을 쓰고 있습니다",
            ),
            where=path,
            hint=Text(
                "wait until it ends, or stop it; `dangol status` names it",
                "끝날 때까지 기다리거나 멈추세요. `dangol status`에 나옵니다",
            ),
        )
    if "newer version" in text or "storage version" in text.lower():
        return EngineError(
            Text("the database was written by a newer DuckDB", "더 새로운 DuckDB로 쓴 데이터베이스입니다"),
            where=path,
            hint=Text("upgrade dangol, then open it again", "dangol을 새 버전으로 올린 뒤 다시 여세요"),
        )
    if isinstance(error, duckdb.PermissionException) or "Permission denied" in text:
        return EngineError(
            Text("no permission to open the database file", "데이터베이스 파일을 열 권한이 없습니다"),
            where=path,
            hint=Text("check who owns the file and its folder", "파일과 폴더의 소유자를 확인하세요"),
        )
    if "No space left" in text or "File too large" in text:
        return EngineError(
            Text("no disk space left to open the database", "데이터베이스를 열 디스크 공간이 없습니다"),
            where=path,
            hint=_SPACE,
        )
    return EngineError(
        Text(
            f"the database file is damaged or is not one: {first_line(error)}",
            f"데이터베이스 파일이 깨졌거나 데이터베이스가 아닙니다: {first_line(error)}",
        ),
        where=path,
        hint=_DAMAGED,
    )


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
            Text(f"not enough memory or temporary disk for this: {text}", f"메모리나 임시 디스크가 부족합니다: {text}"),
            hint=Text(
                "raise the memory setting, or free disk space, and run it again; nothing was half-written",
                "memory 설정을 늘리거나 디스크를 비우고 다시 실행하세요. 반만 쓰인 것은 없습니다",
            ),
        )
    if isinstance(error, duckdb.InterruptException):
        return EngineError(
            Text("stopped before it was done", "끝나기 전에 멈췄습니다"),
            hint=Text(
                "nothing was half-written; run it again when ready", "반만 쓰인 것은 없습니다. 준비되면 다시 실행하세요"
            ),
        )
    if "invalidated" in text or isinstance(error, duckdb.FatalException):
        return EngineError(
            Text(f"the engine had to stop: {text}", f"분석 엔진이 멈췄습니다: {text}"),
            hint=Text(
                f"{_SPACE}. Close the workspace and open it again before going on",
                f"{_SPACE.ko}. 작업 공간을 닫았다가 다시 연 뒤 계속하세요",
            ),
        )
    if "Corrupt database" in text or "checksum" in text or "enough bytes" in text:
        return EngineError(
            Text(f"the database file is damaged: {text}", f"데이터베이스 파일이 깨졌습니다: {text}"), hint=_DAMAGED
        )
    if isinstance(error, duckdb.IOException):
        reads = "read" in text.lower() and "write" not in text.lower()
        return EngineError(
            Text(f"the disk refused: {text}", f"디스크가 거부했습니다: {text}"),
            hint=Text("check that the file is there and readable", "파일이 있고 읽을 수 있는지 확인하세요")
            if reads
            else _SPACE,
        )
    if isinstance(error, duckdb.TransactionException):
        return EngineError(
            Text(f"the change could not be made: {text}", f"바꿀 수 없었습니다: {text}"),
            hint=Text("run it again; nothing was half-written", "다시 실행하세요. 반만 쓰인 것은 없습니다"),
        )
    if isinstance(error, duckdb.ConversionException | duckdb.InvalidInputException | duckdb.OutOfRangeException):
        return EngineError(Text(_hide(text), f"값을 바꾸거나 계산할 수 없습니다: {_hide(text)}"))
    guess = re.search(r"Did you mean \"?([^\"?\n]+)", str(error))
    given = {w.casefold() for pair in re.findall(r"\"([^\"]+)\"|[Nn]ame (\S+)", text) for w in pair}
    near = guess is not None and guess[1].casefold() not in given
    return EngineError(
        Text(f"the query cannot be run: {text}", _in_korean(text)),
        hint=did_you_mean(guess[1]) if guess and near else NOTHING,
    )


_KOREAN = (
    (re.compile(r'column "([^"]+)" (?:not found|does not exist)|Referenced column "([^"]+)"'), "'{}' 열이 없습니다"),
    (re.compile(r'Table "([^"]+)" does not have a column named "([^"]+)"'), "'{}' 테이블에 '{}' 열이 없습니다"),
    (re.compile(r"Function with name \"?([\w.]+)\"? does not exist"), "'{}' 함수가 없습니다"),
    (re.compile(r"Table with name (\S+) does not exist"), "'{}' 테이블이 없습니다"),
    (
        re.compile(r'column "([^"]+)" must appear in the GROUP BY'),
        "'{}' 열은 GROUP BY에 있거나 집계 함수 안에 있어야 합니다",
    ),
    (
        re.compile(r'Ambiguous reference to column name "([^"]+)"'),
        "'{}' 열이 여러 테이블에 있습니다. 테이블 이름을 붙이세요",
    ),
    (
        re.compile(r"No function matches the given name and argument types '([\w.]+)\("),
        "'{}' 함수에 맞지 않는 값입니다",
    ),
)


def _in_korean(text: str) -> str:
    """What is wrong with a query in Korean where its kind is known, and what the engine said itself behind it."""
    for shape, words in _KOREAN:
        found = shape.search(text)
        if found:
            said = words.format(*[g for g in found.groups() if g])
            return f"쿼리를 실행할 수 없습니다: {said} (엔진: {text})"
    return f"쿼리를 실행할 수 없습니다. 엔진이 말한 이유: {text}"


def _hide(text: str) -> str:
    """Values of rows are not for logs: what DuckDB quotes in a conversion error is left out."""
    return re.sub(r"'[^']*'|\"[^\"]*\"", "'…'", text)


def first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:300]


def roll_back(con: duckdb.DuckDBPyConnection) -> None:
    """End the transaction. An interrupt that came late may hit the ROLLBACK itself, so it is said until it is heard."""
    for _ in range(5):
        try:
            con.execute("ROLLBACK")
            return
        except duckdb.Error as error:
            if "no transaction" in str(error).lower():  # a failed COMMIT has rolled back already
                return
