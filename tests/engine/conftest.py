"""One suite, every engine. Spark starts once per run; without Java its tests are skipped with a word that is hard to miss."""

from __future__ import annotations

import os
import shutil
import subprocess
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dangol.engine import DuckDBEngine, Engine, SparkEngine

Opener = Callable[[Path], Engine]


def _java() -> bool:
    java = shutil.which("java") or shutil.which("java", path=f"{os.environ.get('JAVA_HOME', '')}/bin")
    return bool(java) and subprocess.run([java, "-version"], capture_output=True, check=False).returncode == 0


def _duckdb(folder: Path) -> Engine:
    return DuckDBEngine(folder / "engine.duckdb", memory="400MB", threads=2)


def _spark(folder: Path) -> Engine:
    return spark_for_tests(folder / "warehouse")


def spark_for_tests(folder: Path) -> SparkEngine:
    """An engine set for many small questions: compiling each to Java costs more than reading a few rows does."""
    needs_java()
    engine = SparkEngine(folder, memory="1GB", threads=2)
    engine._spark.conf.set("spark.sql.codegen.wholeStage", "false")
    engine._spark.conf.set("spark.sql.shuffle.partitions", "1")
    return engine


@pytest.fixture(params=["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
def opener(request: pytest.FixtureRequest) -> Opener:
    """How to open an engine in a folder; for tests that close and open again."""
    return _spark if request.param == "spark" else _duckdb


@pytest.fixture
def engine(opener: Opener, tmp_path: Path) -> Iterator[Engine]:
    made = opener(tmp_path)
    yield made
    made.close()


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Engine, Engine]]:
    """DuckDB and Spark side by side, for questions that must have one answer."""
    first, second = _duckdb(tmp_path), _spark(tmp_path)
    yield first, second
    first.close()
    second.close()


def needs_java() -> None:
    if not _java():
        word = "NO JAVA 17+: the Spark half of the conformance suite did NOT run. Install openjdk-17-jre-headless."
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            warnings.warn(word, stacklevel=2)
        pytest.skip(word)
