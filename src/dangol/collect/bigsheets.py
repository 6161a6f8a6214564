"""Large XLSX sheets as a stream, in memory that does not grow with their rows.

calamine is faster and holds the whole sheet (a gigabyte for 300,000 rows of 30 columns), so only sheets beyond `Limits.held`
come here. The texts are the same.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from lxml import etree
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils import column_index_from_string
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

Range = tuple[tuple[int, int], tuple[int, int]]
_MERGED = re.compile(rb'mergeCell [^>]*?ref="([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)"')
_REF = re.compile(r"([A-Z]+)([0-9]+)")
_BOOK = "xl/workbook.xml"


def large(archive: zipfile.ZipFile, size: int) -> bool:
    """Whether a spreadsheet is an XLSX with a sheet whose XML has more bytes than `size`."""
    names = [i for i in archive.infolist() if i.filename.startswith("xl/worksheets/") and i.filename.endswith(".xml")]
    return any(i.file_size > size for i in names) and _BOOK in archive.namelist()


def rows(data: bytes) -> Iterator[tuple[int, list[Any], list[Range]]]:
    """(row from 0, its values from column A, merged ranges) of the first sheet that has any. Rows without a cell are left out."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        book = etree.fromstring(archive.read(_BOOK))
        mac = any(p.get("date1904") in ("1", "true") for p in book.iter("{*}workbookPr"))
        read = _Values(_strings(archive), _kinds(archive), CALENDAR_MAC_1904 if mac else CALENDAR_WINDOWS_1900)
        for part in _parts(archive, book):
            merged = list(_merged(archive, part))
            some = False
            with archive.open(part) as file:
                for number, cells in _rows(file, read):
                    some = True
                    yield number, cells, merged
            if some:
                return


def _parts(archive: zipfile.ZipFile, book: Any) -> list[str]:
    """Files of the sheets, in the book's order."""
    links = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {r.get("Id"): r.get("Target", "") for r in links}
    found = []
    for sheet in book.iter("{*}sheet"):
        ids = [v for k, v in sheet.attrib.items() if k.endswith("}id")]
        target = targets.get(ids[0], "") if ids else ""
        found.append(target.lstrip("/") if target.startswith("/") else f"xl/{target}")
    return [part for part in found if part in archive.namelist()]


def _strings(archive: zipfile.ZipFile) -> list[str]:
    name = "xl/sharedStrings.xml"
    if name not in archive.namelist():
        return []
    found = []
    with archive.open(name) as file:
        for _, item in etree.iterparse(file, tag="{*}si"):
            found.append(_text(item))
            _let_go(item)
    return found


def _text(item: Any) -> str:
    """The text of a string with its runs, without how it is pronounced."""
    return "".join(t.text or "" for t in item.iter("{*}t") if not t.getparent().tag.endswith("}rPh"))


def _kinds(archive: zipfile.ZipFile) -> list[str]:
    """Style number → ``date``, ``span`` or nothing."""
    if "xl/styles.xml" not in archive.namelist():
        return []
    styles = etree.fromstring(archive.read("xl/styles.xml"))
    formats = {int(f.get("numFmtId", 0)): f.get("formatCode", "") for f in styles.iter("{*}numFmt")}
    kinds = []
    for style in (x for xfs in styles.iter("{*}cellXfs") for x in xfs):
        number = int(style.get("numFmtId", 0))
        code = formats.get(number) or BUILTIN_FORMATS.get(number, "General")
        kinds.append("span" if is_timedelta_format(code) else "date" if is_date_format(code) else "")
    return kinds


def _merged(archive: zipfile.ZipFile, part: str) -> Iterator[Range]:
    rest = b""
    with archive.open(part) as file:
        while piece := file.read(1 << 20):
            text = rest + piece
            last = 0
            for found in _MERGED.finditer(text):
                left, top, right, bottom = (g.decode() for g in found.groups())
                last = found.end()
                yield (
                    (int(top) - 1, column_index_from_string(left) - 1),
                    (int(bottom) - 1, column_index_from_string(right) - 1),
                )
            rest = text[max(last, len(text) - 200) :]


class _Values:
    """What a cell holds, by its type and style."""

    def __init__(self, strings: list[str], kinds: list[str], epoch: dt.datetime) -> None:
        self.strings, self.kinds, self.epoch = strings, kinds, epoch

    def of(self, cell: Any) -> Any:
        kind = cell.get("t")
        if kind == "inlineStr":
            return _text(cell)
        text = next((child.text for child in cell if child.tag.endswith("}v")), None)
        if text is None or kind == "e":
            return None
        if kind == "s":
            return self.strings[int(text)]
        if kind == "b":
            return text.strip() in ("1", "true")
        if kind == "str":
            return text
        if kind == "d":
            return dt.datetime.fromisoformat(text)
        return self.number(float(text), int(cell.get("s", 0)))

    def number(self, value: float, style: int) -> Any:
        shown = self.kinds[style] if style < len(self.kinds) else ""
        if not shown:
            return value
        found = from_excel(value, self.epoch, timedelta=shown == "span")
        if isinstance(found, dt.datetime) and value >= 1 and value.is_integer():
            return found.date()
        return found


def _rows(file: Any, read: _Values) -> Iterator[tuple[int, list[Any]]]:
    columns: dict[str, int] = {}
    number = -1
    for _, row in etree.iterparse(file, tag="{*}row"):
        number = int(row.get("r", number + 2)) - 1
        cells: list[Any] = []
        for cell in row:
            found = _REF.match(cell.get("r", ""))
            place = len(cells)
            if found:
                letters = found[1]
                place = columns.get(letters, -1)
                if place < 0:
                    place = columns[letters] = column_index_from_string(letters) - 1
            cells.extend([None] * (place - len(cells)))
            cells[place:] = [read.of(cell)]
        _let_go(row)
        if any(c is not None and c != "" for c in cells):
            yield number, cells


def _let_go(element: Any) -> None:
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]
