"""What a workspace holds, in a shape that can be compared, and where its bytes lie."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlglot import exp

from dangol.app import Workspace

DERIVED = (
    "as_of",
    "touched_at",
    "full_at",
    "received_at",
    "recorded_at",
    "batch",
    "seq",
    "entry",
    "first_seen",
    "last_seen",
)
"""When and in which import something was taken in, and places in a log: these differ between runs that are equal."""


def tables(ws: Workspace, *, without: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """Every engine table as sorted lines."""
    return {
        name: sorted(
            repr({c: row[c] for c in columns if c not in without})
            for row in ws.engine.run(exp.select("*").from_(name)).to_pylist()
        )
        for name, columns in ws.engine.tables().items()
    }


def held(ws: Workspace) -> dict[str, int]:
    """Rows in the store that encrypt something."""
    return {"vault": len(ws.vault.nodes()), "quarantine": sum(1 for _ in ws.privacy.quarantine.rows())}


def partition(ws: Workspace) -> set[frozenset[tuple[str, int]]]:
    """Who is who, without the ids."""
    groups: dict[int, set[tuple[str, int]]] = {}
    for row in ws.engine.run(exp.select("*").from_("identifiers")).to_pylist():
        if row["customer_id"] is not None:
            groups.setdefault(row["customer_id"], set()).add((row["kind"], row["node"]))
    return {frozenset(g) for g in groups.values()}


def one(ws: Workspace, query: str) -> Any:
    return next(iter(ws.sql(query).table.to_pylist()[0].values()))


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every file below, by name."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def holding(folder: Path, *needles: str) -> list[tuple[str, str]]:
    """(file, needle) for each needle in a file's bytes: as UTF-8, UTF-16 or CP949."""
    found = []
    for name, body in bytes_of(folder).items():
        for needle in needles:
            forms = {needle.encode("utf-8"), needle.encode("utf-16-le")} | {needle.encode("cp949", "ignore")}
            if any(form and form in body for form in forms):
                found.append((name, needle))
    return found


def one_table(ws: Workspace, name: str) -> int:
    """How many rows a table of the engine has."""
    query = exp.select(exp.Count(this=exp.Star()).as_("n")).from_(name)
    return int(ws.engine.run(query)["n"][0].as_py())
