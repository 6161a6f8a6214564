"""Large sheets are streamed: the same rows as the reader that holds them, in memory that does not grow."""

# ruff: noqa: DTZ001 - a spreadsheet's wall clock

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from dangol.collect import Limits
from dangol.collect.sheets import sheet_rows
from dangol.schema import FileError

STREAM = Limits(held=0)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Hangul, runs, dates, times, spans, booleans, formulas, gaps, merged cells, an empty sheet before it."""
    made = openpyxl.Workbook()
    made.create_sheet("주문")
    sheet = made.worksheets[1]
    sheet["B2"] = "엑셀 다운로드 안내"
    sheet.merge_cells("B2:F2")
    for row in (
        [None, "주문번호", "상품명", "수량", "일시", "날짜", "시각", "확인"],
        [
            None,
            "O1",
            "등산화 <방수> & 뷁",
            1,
            dt.datetime(2026, 1, 2, 15, 5, 30),
            dt.date(2026, 1, 2),
            dt.time(9, 30),
            True,
        ],
        [None, None, " 양말 ", 2.5, dt.datetime(2026, 1, 2), None, dt.timedelta(hours=30), False],
        [None, "O2", 20260102000123, -0.1, None, dt.date(1999, 12, 31), None, None],
    ):
        sheet.append(row)
    sheet["C9"], sheet["D9"] = "끝", "=D4*2"
    sheet.merge_cells("B4:B5")
    sheet.merge_cells("C9:C10")
    made.save(tmp_path / "book.xlsx")
    return tmp_path / "book.xlsx"


def test_a_streamed_sheet_reads_as_a_held_one(book: Path) -> None:
    held = [[*row, *[None] * (8 - len(row))] for row in sheet_rows(book, None, Limits())]
    streamed = [[*row, *[None] * (8 - len(row))] for row in sheet_rows(book, None, STREAM)]
    # The width of a streamed sheet is only known from its rows: a notice merged over columns stays in the first of them.
    assert held[1] == [None, *["엑셀 다운로드 안내"] * 5, None, None]
    assert streamed[1] == [None, "엑셀 다운로드 안내", *[None] * 6]
    assert streamed[2:] == held[2:]
    assert [row[1] for row in streamed[2:6]] == ["주문번호", "O1", "O1", "O2"]


def test_a_damaged_sheet_is_one_clear_error(book: Path) -> None:
    import zipfile

    cut = book.with_name("cut.xlsx")
    with zipfile.ZipFile(book) as good, zipfile.ZipFile(cut, "w") as bad:
        for name in good.namelist():
            body = good.read(name)
            bad.writestr(name, body[: len(body) // 2] if name.endswith("sheet2.xml") else body)
    with pytest.raises(FileError, match="damaged"):
        list(sheet_rows(cut, None, STREAM))


_READ = """
import resource, sys
from pathlib import Path
from dangol.collect import Limits
from dangol.collect.sheets import sheet_rows
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
rows = sum(1 for _ in sheet_rows(Path(sys.argv[1]), None, Limits(held=1 << 20)))
print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    import zipfile

    from openpyxl.utils import get_column_letter

    made = openpyxl.Workbook()
    made.save(tmp_path / "small.xlsx")
    columns = [get_column_letter(c) for c in range(1, 31)]
    text = "<is><t>상품 이름이 여기에 길게 들어갑니다</t></is>"
    with (
        zipfile.ZipFile(tmp_path / "small.xlsx") as good,
        zipfile.ZipFile(tmp_path / "large.xlsx", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as big,
    ):
        for name in good.namelist():
            if not name.endswith("sheet1.xml"):
                big.writestr(name, good.read(name))
        with big.open("xl/worksheets/sheet1.xml", "w") as sheet:
            space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
            sheet.write(f'<worksheet xmlns="{space}"><sheetData>'.encode())
            for n in range(1, 12_001):
                cells = "".join(f'<c r="{c}{n}" t="inlineStr">{text}</c>' for c in columns)
                sheet.write(f'<row r="{n}">{cells}</row>'.encode())
            sheet.write(b"</sheetData></worksheet>")
    done = subprocess.run(
        [sys.executable, "-c", _READ, str(tmp_path / "large.xlsx")], capture_output=True, text=True, check=True
    )
    rows, grown = map(int, done.stdout.split())
    assert rows == 12_000
    assert grown < 40_000  # KiB: the sheet's XML is 38 MB, and 360,000 cells held would be more than that
