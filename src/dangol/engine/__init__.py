"""The analytical engine: catalog, run, append. The only room that imports a driver."""

from dangol.engine.base import ARROW_TYPES, Capabilities, Engine, EngineStats, Rows, TableStats, arrow_schema
from dangol.engine.duckdb import DuckDBEngine
from dangol.engine.files import FileEngine, scan_csv, scan_parquet
from dangol.engine.guard import guard
from dangol.engine.spark import SparkEngine
from dangol.engine.sql import DIALECT, literal, sql

__all__ = [
    "ARROW_TYPES",
    "DIALECT",
    "Capabilities",
    "DuckDBEngine",
    "Engine",
    "EngineStats",
    "FileEngine",
    "Rows",
    "SparkEngine",
    "TableStats",
    "arrow_schema",
    "guard",
    "literal",
    "scan_csv",
    "scan_parquet",
    "sql",
]
