"""Small questions that are asked again and again: planned once a connection. DuckDB plans one anew where its tables changed."""

from __future__ import annotations

from typing import Any

import duckdb

from dangol.engine.sql import as_text


class Points:
    """The questions that one connection has ready. A customer's line of sixty traits takes longer to plan than to read."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self._ready: dict[str, str] = {}

    def read(self, text: str, n: int) -> list[dict[str, Any]]:
        """Rows of a text whose hole ``:n`` is a number."""
        name = self._ready.get(text)
        if name is None:
            name = f"point_{len(self._ready)}"
            self._con.execute(" ".join(("PREPARE", name, "AS", as_text(text))))
            self._ready[text] = name
        found = self._con.execute(" ".join(("EXECUTE", name, "(n :=", str(int(n)), ")")))
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
