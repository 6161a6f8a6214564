"""A table as a CSV file to keep: readable by spreadsheets (a byte order mark), and no cell of it is run as a formula there."""

from __future__ import annotations

import csv
import io
from typing import Any

from fastapi.responses import Response

from dangol.schema import Answer

_RUNS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes as the start of a formula."""


def csv_file(answer: Answer, name: str) -> Response:
    """`answer` as an attachment called `name`."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(answer.columns)
    for row in answer:
        writer.writerow([_cell(v) for v in row.values()])
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response("\ufeff" + out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_RUNS):
        return f"'{value}"
    return value
