"""Starting Spark inside this process (one Java machine, shared by its engines), and its errors in plain words."""

from __future__ import annotations

import logging
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dangol.schema import EngineError, Text, system_says

_NEEDS = Text(
    "install a Java runtime, 17 or newer (Debian/Ubuntu: apt-get install openjdk-17-jre-headless; macOS: brew install"
    " openjdk@17), and PySpark (pip install 'dangol[spark]')",
    "Java 17 이상(Debian/Ubuntu: apt-get install openjdk-17-jre-headless, macOS: brew install openjdk@17)과"
    " PySpark(pip install 'dangol[spark]')를 설치하세요",
)

_QUIET = """rootLogger.level = off
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %p %m%n
"""

CONFIG = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.io.encryption.enabled": "true",  # what does not fit in memory is written encrypted
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "true",  # wrong casts and overflow are errors, as in DuckDB
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.decimalOperations.allowPrecisionLoss": "true",
    "spark.sql.adaptive.coalescePartitions.initialPartitionNum": "8",
    "spark.sql.shuffle.partitions": "4",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}
"""What makes Spark answer as DuckDB does: UTC, microseconds without a zone, errors instead of silent nulls."""

_starting = threading.Lock()


def start(folder: Path, *, memory: str, threads: int | None) -> Any:
    """A SparkSession of its own (temporary views are not shared) on this process's Spark.

    The memory, cores and spill folder of the first start hold for the life of the process.

    :raises EngineError: PySpark or Java is missing, with what to install.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        try:
            from pyspark.errors import PySparkRuntimeError
            from pyspark.sql import SparkSession
        except ImportError as error:
            raise EngineError(
                Text("the Spark engine needs PySpark", "Spark 엔진에는 PySpark가 필요합니다"), hint=_NEEDS
            ) from error
        logging.getLogger("SQLQueryContextLogger").disabled = True  # it would log queries and values
        logging.getLogger("py4j").setLevel(logging.CRITICAL)
        quiet = folder / "log4j2.properties"
        quiet.write_text(_QUIET)
        builder = SparkSession.builder.appName("dangol").master(f"local[{threads or '*'}]")
        for name, value in CONFIG.items():
            builder = builder.config(name, value)
        builder = (
            builder.config("spark.driver.memory", f"{megabytes(memory)}m")
            .config("spark.local.dir", str(folder / "spill"))
            .config("spark.sql.warehouse.dir", str(folder / "unused"))
            .config("spark.driver.extraJavaOptions", f"-Dlog4j2.configurationFile={quiet.resolve().as_uri()}")
        )
        try:
            with _starting:
                return builder.getOrCreate().newSession()
        except (PySparkRuntimeError, OSError) as error:
            raise EngineError(
                Text(
                    "Spark did not start: no usable Java was found",
                    "쓸 수 있는 Java가 없어 Spark를 시작하지 못했습니다",
                ),
                hint=_NEEDS,
            ) from error


def megabytes(memory: str) -> int:
    """``1.5GB`` → 1536. Spark does not start under 512 MB."""
    found = re.fullmatch(r"([\d.]+)\s*(MB|GB|MIB|GIB)", memory.strip().upper())
    if not found:
        raise EngineError(
            Text(f"'{memory}' is not an amount of memory", f"'{memory}': 메모리 크기가 아닙니다"),
            hint=Text("such as 500MB or 2GB", "예: 500MB 또는 2GB"),
        )
    return max(512, int(float(found[1]) * (1024 if found[2].startswith("G") else 1)))


@contextmanager
def plain_errors() -> Iterator[None]:
    """Spark's and Java's errors as `EngineError`, without values of rows in them."""
    try:
        yield
    except EngineError:
        raise
    except OSError as error:
        raise EngineError(
            Text(f"the disk refused: {system_says(error).en}", f"디스크가 거부했습니다: {system_says(error).ko}"),
            hint=Text(
                "free some disk space and run it again; nothing was half-written",
                "디스크 공간을 비우고 다시 실행하세요. 반만 쓰인 것은 없습니다",
            ),
        ) from error
    except Exception as error:
        if not type(error).__module__.startswith(("pyspark", "py4j", "pyarrow")):
            raise
        raise _plain(error) from error


def _plain(error: Exception) -> EngineError:
    text = str(error).strip()
    if "No space left" in text or "File too large" in text:
        return EngineError(
            Text("the disk is full", "디스크가 가득 찼습니다"),
            hint=Text(
                "free some disk space and run it again; nothing was half-written",
                "디스크 공간을 비우고 다시 실행하세요. 반만 쓰인 것은 없습니다",
            ),
        )
    if "OutOfMemory" in text or "SparkOutOfMemory" in text:
        return EngineError(
            Text("not enough memory for this", "메모리가 부족합니다"),
            hint=Text("raise the memory setting and run it again", "memory 설정을 늘리고 다시 실행하세요"),
        )
    if "cancelled" in text.lower() or "OPERATION_CANCELED" in text:
        return EngineError(
            Text("stopped before it was done", "끝나기 전에 멈췄습니다"),
            hint=Text(
                "nothing was half-written; run it again when ready", "반만 쓰인 것은 없습니다. 준비되면 다시 실행하세요"
            ),
        )
    first = re.sub(r"SQLSTATE.*", "", text.split("\n")[0])[:300].strip()
    if re.match(r"\[(CAST|CONVERSION|NUMERIC|CANNOT_PARSE|DATETIME)", first):
        first = re.sub(r"'[^']*'|\"[^\"]*\"", "'…'", first)
    return EngineError(Text.same(first))
