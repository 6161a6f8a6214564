"""Spreadsheets: XLSX and XLS through calamine, protected XLSX through msoffcrypto, and the HTML that malls call ``.xls``."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lxml import etree
from python_calamine import CalamineError, CalamineWorkbook

from dangol.collect.contents import chunks, plain_name
from dangol.collect.limits import Limits
from dangol.schema import FileError, Text

if TYPE_CHECKING:
    from dangol.collect import bigsheets

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"
_PACKAGE = "EncryptedPackage".encode("utf-16-le")


def is_protected(path: Path) -> bool:
    """Whether an OLE file is an XLSX behind a password: its directory then names the encrypted package (MS-OFFCRYPTO 2.3)."""
    return _PACKAGE in path.read_bytes()


def sheet_rows(path: Path, password: str | None, limits: Limits) -> Iterator[list[str | None]]:
    """Rows of the first sheet that has any, as text.

    Formulas give the value the spreadsheet program last computed and saved. A merged cell counts for every row and column it
    covers, because order exports merge the order number over its lines.
    """
    name = plain_name(path)
    data = _opened(path, password, name)
    large = data[:4] == ZIP and _check_zip(data, limits, name)
    try:
        if large:
            from dangol.collect import bigsheets  # openpyxl takes a quarter of a second, and few sheets are large

            yield from _filled(bigsheets.rows(data))
            return
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for number in range(len(book.sheet_names)):
            sheet = book.get_sheet_by_index(number)
            if sheet.height:
                yield from _filled(_numbered(sheet))
                return
    except (CalamineError, etree.XMLSyntaxError, OSError, ValueError, LookupError, zipfile.BadZipFile) as error:
        raise FileError(
            Text("the spreadsheet is damaged or not one", "엑셀 파일이 깨졌거나 엑셀 파일이 아닙니다"),
            where=name,
            hint=Text(
                "open it, save it again as .xlsx or CSV, and import that",
                "열어서 .xlsx나 CSV로 다시 저장한 뒤 가져오세요",
            ),
        ) from error
    except BaseException as error:  # the reader is Rust: a panic is not an Exception
        if type(error).__name__ != "PanicException":
            raise
        raise FileError(
            Text("the spreadsheet is damaged", "엑셀 파일이 깨졌습니다"),
            where=name,
            hint=Text("save it again as .xlsx or CSV", ".xlsx나 CSV로 다시 저장하세요"),
        ) from error


def _numbered(sheet: Any) -> Iterator[tuple[int, list[Any], list[bigsheets.Range]]]:
    """As `bigsheets.rows`. calamine's rows count from the first, its cells from the first used column; merged ranges from A1."""
    left = (sheet.start or (0, 0))[1]
    merged = sheet.merged_cell_ranges or []
    for number, row in enumerate(sheet.iter_rows()):
        yield number, [None] * left + row, merged


def _filled(rows: Iterator[tuple[int, list[Any], list[bigsheets.Range]]]) -> Iterator[list[str | None]]:
    """Every row of the sheet from the first, as text, with merged cells counted wherever they lie."""
    covered: dict[int, list[tuple[int, int, int]]] | None = None
    first: dict[tuple[int, int], str | None] = {}
    width, here = 0, 0
    for number, values, merged in rows:
        if covered is None:
            covered = _covered(merged)
        for place in range(here, number + 1):
            cells = [cell_text(c) for c in values] if place == number else []
            width = max(width, len(cells))
            for top, left, right in covered.get(place, ()):
                cells.extend([None] * (min(right + 1, width) - len(cells)))
                if place == top:
                    first[top, left] = cells[left] if left < len(cells) else None
                cells[left : min(right + 1, len(cells))] = [first.get((top, left))] * (
                    min(right + 1, len(cells)) - left
                )
            yield cells
        here = number + 1


def _covered(merged: list[bigsheets.Range]) -> dict[int, list[tuple[int, int, int]]]:
    """Row → merged ranges that lie over it: their top row, first and last column."""
    found: dict[int, list[tuple[int, int, int]]] = {}
    for (top, left), (bottom, right) in merged:
        for row in range(top, bottom + 1):
            found.setdefault(row, []).append((top, left, right))
    return found


def cell_text(value: Any) -> str | None:
    """A cell as text that reads back to the same value; whole numbers have no ``.0``."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    return str(value)


def _opened(path: Path, password: str | None, name: str) -> bytes:
    data = path.read_bytes()
    if data[:8] != OLE:
        return data
    import msoffcrypto
    from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError, ParseError

    try:
        office = msoffcrypto.OfficeFile(io.BytesIO(data))
        if not office.is_encrypted():
            return data
        if password is None:
            raise FileError(
                Text("is protected by a password", "암호가 걸려 있습니다"),
                where=name,
                hint=Text("give it with --password", "--password로 암호를 주세요"),
            )
        out = io.BytesIO()
        office.load_key(password=password)
        office.decrypt(out)
        return out.getvalue()
    except (InvalidKeyError, DecryptionError) as error:
        raise FileError(
            Text("the password does not open it", "이 암호로는 열리지 않습니다"),
            where=name,
            hint=Text(
                "check --password; malls often use the birth date or business number",
                "--password를 확인하세요. 쇼핑몰은 생년월일이나 사업자등록번호를 자주 씁니다",
            ),
        ) from error
    except (FileFormatError, ParseError, OSError, ValueError, IndexError, struct.error):
        return data  # an old .xls that msoffcrypto does not know: let the reader say


def _has_large(archive: zipfile.ZipFile, size: int) -> bool:
    """`bigsheets.large`, asked only where a part is large at all."""
    if all(i.file_size <= size for i in archive.infolist()):
        return False
    from dangol.collect import bigsheets

    return bigsheets.large(archive, size)


def _check_zip(data: bytes, limits: Limits, name: str) -> bool:
    """A spreadsheet is a zip: add up what it unpacks to, and unpack it once to see that the numbers do not lie.

    Returns whether it has a sheet that is read as a stream.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            total = sum(i.file_size for i in archive.infolist())
            large = _has_large(archive, limits.held)
            most = limits.sheet if large else limits.held * 8
            if total > most or (total > limits.free and total > len(data) * limits.ratio):
                raise FileError(
                    Text(
                        f"unpacks to {total >> 20:,} MiB from {len(data):,} bytes; at most {most >> 20:,} MiB"
                        f" and {limits.ratio} times are read",
                        f"{len(data):,}바이트가 {total >> 20:,} MiB로 풀립니다. {most >> 20:,} MiB,"
                        f" {limits.ratio}배까지만 읽습니다",
                    ),
                    where=name,
                    hint=Text(
                        "save it as CSV and import that; nothing of it was taken",
                        "CSV로 저장해서 가져오세요. 이 파일에서는 아무것도 들여오지 않았습니다",
                    ),
                )
            broken = archive.testzip()
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError) as error:
        raise FileError(
            Text("the spreadsheet is cut off or damaged", "엑셀 파일이 잘렸거나 깨졌습니다"),
            where=name,
            hint=Text(
                "download it again; nothing of it was taken",
                "다시 내려받으세요. 이 파일에서는 아무것도 들여오지 않았습니다",
            ),
        ) from error
    if broken:
        raise FileError(
            Text("the spreadsheet is damaged", "엑셀 파일이 깨졌습니다"),
            where=name,
            hint=Text(
                "download it again; nothing of it was taken",
                "다시 내려받으세요. 이 파일에서는 아무것도 들여오지 않았습니다",
            ),
        )
    return large


def html_rows(path: Path, encoding: str, limits: Limits) -> Iterator[list[str | None]]:
    """Rows of the first table with more than one row; spans are filled like merged cells."""
    spans: dict[int, tuple[int, str | None]] = {}
    source = _Stream(chunks(path, limits), limits, plain_name(path))
    events = etree.iterparse(source, events=("end",), tag="tr", html=True, encoding=encoding, huge_tree=False)
    try:
        for _, row in events:
            yield _html_row(row, spans)
            row.clear()
            while row.getprevious() is not None:
                del row.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise FileError(
            Text("the table in it is damaged", "안에 든 표가 깨졌습니다"),
            where=plain_name(path),
            hint=Text("open it and save it as .xlsx or CSV", "열어서 .xlsx나 CSV로 저장하세요"),
        ) from error


def _html_row(row: Any, spans: dict[int, tuple[int, str | None]]) -> list[str | None]:
    cells: list[str | None] = []

    def covered() -> None:
        while len(cells) in spans:
            left, value = spans.pop(len(cells))
            if left > 1:
                spans[len(cells)] = (left - 1, value)
            cells.append(value)

    for cell in row.iterchildren("td", "th"):
        covered()
        text = " ".join("".join(cell.itertext()).split()) or None
        for _ in range(_span(cell, "colspan")):
            if (down := _span(cell, "rowspan")) > 1:
                spans[len(cells)] = (down - 1, text)
            cells.append(text)
    covered()
    return cells


def _span(cell: Any, name: str) -> int:
    text = str(cell.get(name, "1")).strip()
    return max(1, min(int(text), 10_000)) if text.isdecimal() else 1


class _Stream(io.RawIOBase):
    """Pieces of bytes as a file for lxml."""

    def __init__(self, pieces: Iterator[bytes], limits: Limits, name: str) -> None:
        self._pieces, self._rest = pieces, b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self._rest:
            self._rest = next(self._pieces, b"")
        out, self._rest = (self._rest[:size], self._rest[size:]) if size >= 0 else (self._rest, b"")
        return out
