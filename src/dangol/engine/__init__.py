"""The analytical engine: catalog, run, append. The only room that imports a driver."""

from dangol.engine.base import ARROW_TYPES, Capabilities, Engine, EngineStats, Rows, TableStats, arrow_schema
from dangol.engine.columns import NULL, SCALE, Columns, Part, Words
from dangol.engine.duckdb_passes import DuckDBEngine
from dangol.engine.files import FileEngine, scan_csv, scan_parquet
from dangol.engine.guard import guard
from dangol.engine.spark import SparkEngine
from dangol.engine.sql import DIALECT, literal, sql
from dangol.engine.whole import whole_file, write_whole

__all__ = [
    "ARROW_TYPES",
    "DIALECT",
    "NULL",
    "SCALE",
    "Capabilities",
    "Columns",
    "DuckDBEngine",
    "Engine",
    "EngineStats",
    "FileEngine",
    "Part",
    "Rows",
    "SparkEngine",
    "TableStats",
    "Words",
    "arrow_schema",
    "guard",
    "literal",
    "scan_csv",
    "scan_parquet",
    "sql",
    "whole_file",
    "write_whole",
]
