"""`sql` for texts that are a SELECT, as a tree that can be selected from."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from dangol.engine import sql


def select(text: str, *, tables: dict[str, Any] | None = None, **holes: object) -> exp.Select:
    """`dangol.engine.sql`, for a SELECT."""
    found = sql(text, tables=tables, **holes)
    assert isinstance(found, exp.Select)
    return found
