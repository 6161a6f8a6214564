"""How much one file may ask for, so that a broken or hostile one ends in a clear word and not in a full machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one file.

    columns   columns in the header
    line      bytes in one record
    unpacked  bytes after decompression of gzip and zstd
    sheet     bytes after decompression of a spreadsheet
    held      bytes of one sheet that are held in memory (about twice as many) while it is read; a larger one is streamed if it is
              XLSX, and refused beyond eight times as many if it is not
    ratio     unpacked over packed size, looked at once `free` bytes have been unpacked
    bad       share of rows that cannot be split into columns above which the file is not a table at all
    """

    columns: int = 2_000
    line: int = 8 << 20
    unpacked: int = 64 << 30
    sheet: int = 4 << 30
    held: int = 128 << 20
    ratio: int = 200
    free: int = 64 << 20
    bad: float = 0.5
