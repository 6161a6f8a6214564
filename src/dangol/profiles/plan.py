"""What a change of definitions would do, before it is done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Literal
from zoneinfo import ZoneInfo

import pyarrow as pa
from sqlglot import exp

from dangol.engine import Engine, sql
from dangol.profiles.definitions import Definitions
from dangol.profiles.refresh import effective, wide
from dangol.profiles.state import CUSTOMERS
from dangol.rules import Context, compile_rule, dependencies, parse
from dangol.schema import Answer

Status = Literal["new", "changed", "removed", "affected", "same"]


@dataclass(frozen=True, slots=True)
class SegmentPlan:
    """One segment: how many enter, leave and stay. `affected`: its own rule is the same, something it reads changed."""

    segment: str
    status: Status
    enters: int
    leaves: int
    stays: int
    query: str = ""


@dataclass(frozen=True, slots=True)
class TraitPlan:
    """One trait: new, changed, removed or affected, and for how many customers its value differs."""

    trait: str
    status: Status
    customers: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a change of definitions would change."""

    traits: tuple[TraitPlan, ...]
    segments: tuple[SegmentPlan, ...]
    as_of: dt.datetime
    notes: tuple[str, ...] = field(default=())

    @property
    def empty(self) -> bool:
        return not self.traits and not self.segments

    @property
    def answer(self) -> Answer:
        rows = [
            {"kind": "trait", "name": t.trait, "status": t.status, "customers": t.customers}
            for t in self.traits
        ] + [
            {"kind": "segment", "name": s.segment, "status": s.status, "customers": s.enters + s.stays,
             "enters": s.enters, "leaves": s.leaves, "stays": s.stays}
            for s in self.segments
        ]  # fmt: skip
        texts, counts = ("kind", "name", "status"), ("customers", "enters", "leaves", "stays")
        schema = pa.schema([*((c, pa.string()) for c in texts), *((c, pa.int64()) for c in counts)])
        return Answer(pa.Table.from_pylist(rows, schema=schema), facts={"as_of": self.as_of})


def plan(
    engine: Engine,
    current: Definitions,
    proposed: Definitions,
    *,
    now: dt.datetime,
    tz: ZoneInfo,
    settings: Mapping[str, float] | None = None,
) -> Plan:
    """Compare what is defined with what is proposed: changed traits are computed in scratch tables, and every segment
    that changed, or reads something that changed, is compared with the members it has now. Nothing is written.
    """
    traits = _changed_traits(current, proposed)
    statuses = _changed_segments(current, proposed, set(traits))
    with ExitStack() as stack:
        customers = CUSTOMERS
        if any(status != "removed" for status in traits.values()) or CUSTOMERS not in engine.tables():
            values = effective(proposed, settings)
            smaller = proposed.only({*traits, *_read_by(proposed, statuses)})
            query, _ = stack.enter_context(wide(engine, smaller, now=now, tz=tz, settings=values))
            customers = stack.enter_context(engine.scratch(query))
        trait_plans = tuple(_trait_plan(engine, n, s, customers) for n, s in traits.items())
        context = Context(
            now=now,
            tz=tz,
            population=None,
            customers=customers,
            segments="inline",
            catalog=proposed.catalog,
            as_of=False,
        )
        plans = tuple(_segment_plan(engine, proposed, n, s, context) for n, s in statuses.items())
    return Plan(trait_plans, plans, now)


def _changed_traits(current: Definitions, proposed: Definitions) -> dict[str, Status]:
    found: dict[str, Status] = {}
    for name, trait in proposed.traits.items():  # in dependency order, so that effects spread
        old = current.traits.get(name)
        if old is None:
            found[name] = "new"
        elif old.digest != trait.digest:
            found[name] = "changed"
        elif any(n in found for n in trait.needs):
            found[name] = "affected"
    return found | {name: "removed" for name in current.traits if name not in proposed.traits}


def _changed_segments(current: Definitions, proposed: Definitions, traits: set[str]) -> dict[str, Status]:
    found: dict[str, Status] = {}
    for level in proposed.levels:
        for name in level:
            segment = proposed.segments[name]
            reads = dependencies(parse(segment.where, proposed.catalog))
            if name not in current.segments:
                found[name] = "new"
            elif current.segments[name].digest != segment.digest:
                found[name] = "changed"
            elif traits & reads.traits or set(found) & reads.segments:
                found[name] = "affected"
    return found | {name: "removed" for name in current.segments if name not in proposed.segments}


def _read_by(proposed: Definitions, segments: Mapping[str, Status]) -> set[str]:
    """Traits that these segments read, also through segments they name."""
    found: set[str] = set()
    for name, status in segments.items():
        if status != "removed":
            rule = parse(proposed.segments[name].where, proposed.catalog, name=name)
            found |= dependencies(rule, proposed.catalog).traits
    return found


def _trait_plan(engine: Engine, name: str, status: Status, customers: str) -> TraitPlan:
    old = name in engine.tables().get(CUSTOMERS, ())
    column = exp.column(name, quoted=True)
    if status == "removed" or customers == CUSTOMERS:
        count = sql("SELECT COUNT(:x) AS n FROM customers", x=column) if old else sql("SELECT 0 AS n")
    elif not old:
        count = sql("SELECT COUNT(:x) AS n FROM t", tables={"t": customers}, x=column)
    else:
        count = sql(
            "SELECT COUNT(*) AS n FROM t FULL JOIN customers AS c ON c.customer_id = t.customer_id"
            " WHERE :new IS DISTINCT FROM :old",
            tables={"t": customers},
            new=exp.column(name, table="t", quoted=True),
            old=exp.column(name, table="c", quoted=True),
        )
    return TraitPlan(name, status, int(engine.run(count)["n"][0].as_py()))


def _segment_plan(engine: Engine, proposed: Definitions, name: str, status: Status, context: Context) -> SegmentPlan:
    now_in = sql("SELECT customer_id FROM memberships WHERE segment = :name AND left_at IS NULL", name=name)
    if status == "removed":
        count = engine.run(sql("SELECT COUNT(*) AS n FROM now_in", tables={"now_in": now_in}))
        return SegmentPlan(name, status, 0, int(count["n"][0].as_py()), 0)
    after = compile_rule(parse(proposed.segments[name].where, proposed.catalog), context)
    query = sql(
        "SELECT COUNT(CASE WHEN b.customer_id IS NULL THEN 1 END) AS enters,"
        " COUNT(CASE WHEN a.customer_id IS NULL THEN 1 END) AS leaves,"
        " COUNT(CASE WHEN a.customer_id = b.customer_id THEN 1 END) AS stays"
        " FROM after_ AS a FULL JOIN before_ AS b ON a.customer_id = b.customer_id",
        tables={"after_": after, "before_": now_in},
    )
    row = engine.run(query).to_pylist()[0]
    return SegmentPlan(name, status, row["enters"], row["leaves"], row["stays"], engine.to_sql(after))
