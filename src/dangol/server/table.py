"""A table as a file to keep, as an attachment."""

from __future__ import annotations

import pyarrow as pa
from fastapi.responses import Response

from dangol.app.handing_out import Format, as_file

TYPES = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


def attached(body: pa.Table | bytes, name: str, how: Format = "csv") -> Response:
    """`body`, a table or a file made of one, as an attachment called `name`."""
    text = body if isinstance(body, bytes) else as_file(body, how)
    return Response(text, media_type=TYPES[how], headers={"content-disposition": f'attachment; filename="{name}"'})
