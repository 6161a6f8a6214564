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

from dangol.schema import EngineError

_NEEDS = (
    "install a Java runtime, 17 or newer (Debian/Ubuntu: apt-get install openjdk-17-jre-headless; macOS: brew install"
    " openjdk@17), and PySpark (pip install 'dangol[spark]')"
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
            raise EngineError("the Spark engine needs PySpark", hint=_NEEDS) from error
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
            raise EngineError("Spark did not start: no usable Java was found", hint=_NEEDS) from error


def megabytes(memory: str) -> int:
    """``1.5GB`` → 1536. Spark does not start under 512 MB."""
    found = re.fullmatch(r"([\d.]+)\s*(MB|GB|MIB|GIB)", memory.strip().upper())
    if not found:
        raise EngineError(f"'{memory}' is not an amount of memory", hint="such as 500MB or 2GB")
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
            f"the disk refused: {error.strerror or error}",
            hint="free some disk space and run it again; nothing was half-written",
        ) from error
    except Exception as error:
        if not type(error).__module__.startswith(("pyspark", "py4j", "pyarrow")):
            raise
        raise _plain(error) from error


def _plain(error: Exception) -> EngineError:
    text = str(error).strip()
    if "No space left" in text or "File too large" in text:
        return EngineError("the disk is full", hint="free some disk space and run it again; nothing was half-written")
    if "OutOfMemory" in text or "SparkOutOfMemory" in text:
        return EngineError("not enough memory for this", hint="raise the memory setting and run it again")
    if "cancelled" in text.lower() or "OPERATION_CANCELED" in text:
        return EngineError("stopped before it was done", hint="nothing was half-written; run it again when ready")
    first = re.sub(r"SQLSTATE.*", "", text.split("\n")[0])[:300].strip()
    if re.match(r"\[(CAST|CONVERSION|NUMERIC|CANNOT_PARSE|DATETIME)", first):
        first = re.sub(r"'[^']*'|\"[^\"]*\"", "'…'", first)
    return EngineError(first)
