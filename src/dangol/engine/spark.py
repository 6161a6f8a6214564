"""Spark as the engine (first cut)."""

from __future__ import annotations

from pathlib import Path

from dangol.schema import EngineError


class SparkEngine:
    def __init__(self, path: Path | str, *, memory: str = "1GB", threads: int | None = None) -> None:
        raise EngineError("the Spark engine is not ready yet", where=str(path))
