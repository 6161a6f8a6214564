"""Numbers of persons out of raw text, before anything else sees it: resident numbers and customs codes from every column,
cards, e-mails and phones from free text as well."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack

import pyarrow as pa
from sqlglot import exp

from dangol.collect.plan import Plan
from dangol.collect.typed import suspicious
from dangol.engine import FileEngine, sql
from dangol.privacy import FREE_TEXT, RESIDENT, scrub


def cleaned(engine: FileEngine, plan: Plan, raw: str, columns: list[str], stack: ExitStack, taken: Counter[str]) -> str:
    """`raw` without them: the same table when there are none, else a new scratch table. `taken` counts what was found.

    In free text a mark stands in their place; any other cell that holds one is emptied.
    """
    kept = plan.kept()
    fixes = {
        c: fix for c in _hit(engine, plan, raw, columns) if (fix := _fixes(engine, raw, c, kept.get(c, "plain"), taken))
    }
    if not fixes:
        return raw
    query = exp.select("r.nr").from_(exp.to_table(raw).as_("r"))
    every = [c for c in engine.run(sql("SELECT * FROM r LIMIT 0", tables={"r": raw})).column_names if c != "nr"]
    for column in every:
        here = exp.column(column, table="r")
        if column not in fixes:
            query = query.select(here)
            continue
        pairs = list(fixes[column].items())
        table = pa.table(
            {
                "dirty": pa.array([d for d, _ in pairs], pa.string()),
                "clean": pa.array([c for _, c in pairs], pa.string()),
            }
        )
        name = stack.enter_context(engine.scratch(table))
        query = query.join(
            name, join_type="left", join_alias=f"f_{column}", on=exp.column("dirty", table=f"f_{column}").eq(here)
        )
        query = query.select(
            sql("CASE WHEN :d IS NULL THEN :x ELSE :c END", d=exp.column("dirty", table=f"f_{column}"), x=here,
                c=exp.column("clean", table=f"f_{column}")).as_(column)
        )  # fmt: skip
    return stack.enter_context(engine.scratch(query))


def dirty(engine: FileEngine, plan: Plan, raw: str, columns: list[str]) -> bool:
    """Whether `cleaned` would change anything."""
    kept = plan.kept()
    return any(_fixes(engine, raw, c, kept.get(c, "plain"), Counter()) for c in _hit(engine, plan, raw, columns))


def _hit(engine: FileEngine, plan: Plan, raw: str, columns: list[str]) -> list[str]:
    """Columns with any suspicious cell, in one pass."""
    kept = plan.kept()
    query = exp.select().from_(raw)
    for column in columns:
        test = suspicious(exp.column(column), free=kept.get(column) == "free")
        query = query.select(sql("coalesce(bool_or(:t), false)", t=test).as_(column))
    if not columns:
        return []
    found = engine.run(query).to_pylist()[0]
    return [c for c in columns if found[c]]


def _fixes(engine: FileEngine, raw: str, column: str, kind: str, taken: Counter[str]) -> dict[str, str | None]:
    """Text → what stays of it, for those that change."""
    here, free = exp.column(column), kind == "free"
    query = (
        exp.select(here.as_("x"), sql("count(*)").as_("n")).from_(raw).where(suspicious(here, free=free)).group_by(here)
    )
    out: dict[str, str | None] = {}
    for row in engine.run(query).to_pylist():
        clean, counts = scrub(row["x"], take=FREE_TEXT if free else RESIDENT, codes=kind == "codes")
        if counts:
            out[row["x"]] = clean if free else None
            for what, n in counts.items():
                taken[what] += n * row["n"]
    return out
