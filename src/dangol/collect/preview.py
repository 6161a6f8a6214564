"""The first rows of a file as dangol would read them under a mapping."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from contextlib import ExitStack
from dataclasses import replace

import pyarrow as pa
from sqlglot import exp

from dangol.collect.lending import borrowed, widened
from dangol.collect.loading import loaded
from dangol.collect.mapping import Mapping
from dangol.collect.plan import TakeSettings, plan
from dangol.collect.reading import Reading, read_rows
from dangol.collect.typed import typed
from dangol.engine import FileEngine, sql
from dangol.privacy import scrub
from dangol.schema import Answer

_SHOWN = (
    "order_id",
    "product_id",
    "title",
    "category",
    "quantity",
    "amount",
    "discount",
    "channel",
    "place",
    "campaign",
    "coupon",
    "properties",
)


def preview(
    engine: FileEngine,
    reading: Reading,
    mapping: Mapping,
    *,
    settings: TakeSettings,
    rows: int = 10,
    references: Dict[str, Reading] | None = None,
) -> Answer:
    """Row, what happened and when, its fields, who it points at (masked), and what could not be read (`problem`).

    Times are in UTC. Columns without any value are left out. Nothing is kept.
    """
    sample = read_rows(
        [dict(r) for r in reading.sample[:rows]],
        numbers=[reading.header_row + 1 + i for i in range(min(rows, len(reading.sample)))],
    )
    sample = replace(sample, header=reading.header, name=reading.name)
    lent = {name: replace(one, plain=False) for name, one in (references or {}).items()}
    with ExitStack() as stack:
        laid = plan(mapping, reading.header, settings, mapping.source or "preview", borrowed(mapping, lent))
        raw, _ = stack.enter_context(loaded(engine, sample))
        raw = widened(engine, raw, sample, mapping, lent, stack)
        read = stack.enter_context(engine.scratch(typed(laid, raw, numbered=True)))
        query = exp.select(exp.column("nr").as_("row", quoted=True), *_fact(mapping)).from_(read).order_by("nr")
        for place, one in enumerate(laid.identifiers):
            query = query.select(_masked(exp.column(f"id{place}")).as_(f"{one.kind}", quoted=True))
        for name, _ in mapping.person:
            query = query.select(_masked(exp.column(f"person_{name}")).as_(name, quoted=True))
        for place, trait in enumerate(mapping.traits):
            query = query.select(exp.column(f"trait{place}").as_(trait.name, quoted=True))
        table = engine.run(query.select(sql("coalesce(skip, bad)").as_("problem")))
    table = _without_people(table)
    kept = [c for c in table.column_names if c in ("row", "problem") or table[c].null_count < table.num_rows]
    return Answer(table.select(kept), note=f"{reading.name}: {mapping.name} ({mapping.grain})")


def _fact(mapping: Mapping) -> list[exp.Expr]:
    shown: list[exp.Expr] = [exp.column("at"), *[exp.column(c) for c in _SHOWN]]
    if mapping.grain in ("order_lines", "orders"):
        return [sql("coalesce(undone, 'Order Completed')").as_("event"), *shown]
    return [exp.column("name").as_("event"), *shown] if mapping.grain == "events" else shown


def _masked(value: exp.Expr) -> exp.Expr:
    return sql("CASE WHEN :v IS NOT NULL THEN concat(left(:v, 2), '***') END", v=value)


def _without_people(table: pa.Table) -> pa.Table:
    """Phones, e-mails and numbers of persons may stand in columns the mapping takes for something else."""
    for place, column in enumerate(table.schema):
        if pa.types.is_string(column.type):
            clean = [None if v is None else scrub(v)[0] for v in table[place].to_pylist()]
            table = table.set_column(place, column, pa.array(clean, pa.string()))
    return table
