"""Refresh traits: one wide row per customer, for everyone or for the customers touched."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias
from zoneinfo import ZoneInfo

import pyarrow as pa
from sqlglot import exp

from dangol.engine import Engine, arrow_schema, sql
from dangol.profiles import derived, ranges
from dangol.profiles.definitions import Definitions
from dangol.profiles.given import given_passes, score_pass
from dangol.profiles.model import Behaviour, Cut, Trait, fingerprint
from dangol.profiles.passes import Pass, empty, inside, passes
from dangol.profiles.reading import Reading
from dangol.profiles.state import CUSTOMERS, FIXED
from dangol.rules.surroundings import FIELDS, asked_names
from dangol.schema import TABLES, TRAIT_STATE

Progress = Callable[[int, int, str], None]
"""Called with (steps done, steps in all, what is being done)."""

Population: TypeAlias = str | exp.Query | pa.Table | Collection[int]
"""Customers asked for: a table or query with a column customer_id, or ids."""

_ALIASES = ("p1", "p2", "p3", "p4", "p5", "p6")
_MERGE = len(_ALIASES)


@dataclass(frozen=True, slots=True)
class TraitRefresh:
    """What a refresh did.

    customers  rows written
    full       everyone was computed; `why` says why when only some were asked for
    traits     trait names in column order
    """

    customers: int
    full: bool
    as_of: dt.datetime
    traits: tuple[str, ...]
    why: str = ""
    cuts: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


def refresh_traits(
    engine: Engine,
    definitions: Definitions,
    *,
    now: dt.datetime,
    tz: ZoneInfo,
    settings: Mapping[str, float] | None = None,
    population: Population | None = None,
    progress: Progress | None = None,
) -> TraitRefresh:
    """Compute every trait and write `customers`: all rows, or only those of `population`.

    Customers of `population` that no identifier points at any more (merged away, erased) lose their row. When the
    definitions changed since the last full refresh, everyone is computed instead, since a column cannot be half new.

    :param settings: values for settings that traits declare, by name.
    """
    engine.ensure(TABLES.values())
    values = effective(definitions, settings)
    state = trait_state(engine)
    digests = digests_of(definitions, values, tz)
    why = "" if population is None else why_full(engine, definitions, state, digests)
    if population is None or why:
        with (
            wide(engine, definitions, now=now, tz=tz, settings=values, progress=progress) as (query, cuts),
            engine.transaction(),
        ):
            count = engine.replace(CUSTOMERS, query.order_by("customer_id"))
            _write_state(engine, digests, cuts, full_at=now, touched_at=now, state={})
        return TraitRefresh(count, True, now, tuple(definitions.traits), why, {k: tuple(v) for k, v in cuts.items()})
    kept = {name: json.loads(str(row["cuts"])) for name, row in state.items() if row["cuts"]}
    with ExitStack() as stack:
        people = stack.enter_context(engine.scratch(people_query(population)))
        theirs = whose(engine, people)
        tables = {
            t: stack.enter_context(engine.scratch(exp.select("*").from_(t).where(theirs.copy())))
            for t in ("events", "order_items", "given", "identifiers", "scores")
        }
        bought = sql(
            "SELECT * FROM products WHERE product_id IN (SELECT product_id FROM items)",
            tables={"items": tables["order_items"]},
        )
        tables["products"] = stack.enter_context(engine.scratch(bought))
        query, cuts = stack.enter_context(
            wide(engine, definitions, now=now, tz=tz, settings=values, progress=progress, tables=tables, cuts=kept)
        )
        with engine.transaction():
            engine.delete(CUSTOMERS, sql("customer_id IN (SELECT customer_id FROM people)", tables={"people": people}))
            count = engine.append(CUSTOMERS, query)
            _write_state(engine, digests, cuts, full_at=None, touched_at=now, state=state)
    return TraitRefresh(count, False, now, tuple(definitions.traits), "", {k: tuple(v) for k, v in cuts.items()})


def effective(definitions: Definitions, settings: Mapping[str, float] | None) -> dict[str, dict[str, float]]:
    """Trait → its settings, defaults overridden by name."""
    said = settings or {}
    return {t.name: {k: float(said.get(k, v)) for k, v in t.settings.items()} for t in definitions.traits.values()}


def digests_of(definitions: Definitions, values: Mapping[str, Mapping[str, float]], tz: ZoneInfo) -> dict[str, str]:
    """Trait → fingerprint of all its values come from: the definition, its settings, the time zone."""
    around = definitions.catalog.surroundings
    world = [around.country, around.bands, around.spot, around.spots]
    return {
        t.name: fingerprint([t.body, values[t.name], str(tz), *(world if _looks_around(t) else ())])
        for t in definitions.traits.values()
    }


def _looks_around(trait: Trait) -> bool:
    """Whether a filter of the trait asks for holidays, hour bands or weather, which the shop's settings decide, too."""
    spec = trait.spec
    if not isinstance(spec, Behaviour):
        return False
    return bool(asked_names([spec.where, spec.part_where]) & (FIELDS.keys() - {"weekday", "hour"}))


def people_query(population: Population) -> exp.Query | pa.Table:
    """Any population as rows with one column `customer_id`, each once."""
    if isinstance(population, pa.Table):
        return pa.table({"customer_id": population["customer_id"].unique().cast(pa.int64())})
    if isinstance(population, str | exp.Query):
        query = sql(
            "SELECT DISTINCT customer_id FROM people WHERE customer_id IS NOT NULL", tables={"people": population}
        )
        assert isinstance(query, exp.Query)
        return query
    return pa.table({"customer_id": pa.array(sorted({int(i) for i in population}), pa.int64())})


def whose(engine: Engine, people: str, ids: pa.Array | None = None) -> exp.Expr:
    """The condition that a row belongs to these customers. One goes in as a number, which skips most of a table; already of
    three, a list of numbers takes longer than a join.

    :param ids: who they are, where that is known.
    """
    first = ids
    if first is None:
        first = engine.run(sql("SELECT customer_id FROM people LIMIT 2", tables={"people": people}))["customer_id"]
    if len(first) == 1:
        return sql("customer_id = :one", one=first[0].as_py())
    return sql("customer_id IN (SELECT customer_id FROM people)", tables={"people": people})


# -- the wide table ------------------------------------------------------------------------------------------------
@contextmanager
def wide(
    engine: Engine,
    definitions: Definitions,
    *,
    now: dt.datetime,
    tz: ZoneInfo,
    settings: Mapping[str, Mapping[str, float]],
    progress: Progress | None = None,
    tables: Mapping[str, str] | None = None,
    cuts: derived.Cuts | None = None,
    as_of: bool = False,
) -> Iterator[tuple[exp.Select, dict[str, list[float]]]]:
    """A query that gives the wide table, over scratch tables that live inside the ``with``, and the cut points used.

    :param tables: scratch copies to read instead of the tables themselves.
    :param cuts: kept cut points; without them they are taken over the customers computed here.
    :param as_of: leave out what was not known at `now`.
    """
    traits = definitions.traits
    with ExitStack() as stack:
        if tables:
            reading = Reading(now, tz, _span(engine, now, tables), definitions.catalog, tables)
            base = _base(engine, traits, reading, stack, _Steps(progress), as_of=as_of)
        else:
            base = _everyone(engine, definitions, now, tz, stack, progress, as_of=as_of)
        query, found = derive(engine, base, definitions, settings, cuts, now, tz)
        columns = [exp.column(c, quoted=True) for c in (*FIXED, *traits)]
        yield exp.select(*columns, copy=False).from_(inside(query, "derived"), copy=False), found
    if progress:
        progress(1, 1, CUSTOMERS)


@dataclass
class _Steps:
    """Tells progress, over all ranges."""

    tell: Progress | None
    ranges: int = 1
    before: int = 0

    def at(self, done: int, steps: int, what: str) -> None:
        if self.tell:
            self.tell(self.before * steps + done, self.ranges * steps + 1, what)


def _everyone(
    engine: Engine, definitions: Definitions, now: dt.datetime, tz: ZoneInfo, stack: ExitStack,
    progress: Progress | None, *, as_of: bool,
) -> str:  # fmt: skip
    """A scratch table of everyone with the traits that come from facts, made range by range."""
    span = _span(engine, now, {})
    needed = _needed(definitions.traits, Reading(now, tz, span, definitions.catalog, {}), as_of=as_of)
    every = ranges.ranges(engine, needed, few=len(definitions.traits) <= ranges.FEW)
    base = ""
    for place, condition in enumerate(every):
        with ExitStack() as inner:
            copies = inner.enter_context(ranges.copies(engine, condition, needed))
            reading = Reading(now, tz, span, definitions.catalog, copies)
            keep = stack if condition is None else inner
            steps = _Steps(progress, len(every), place)
            part = _base(engine, definitions.traits, reading, keep, steps, as_of=as_of, whole=True)
            rows = exp.select("*").from_(part)
            if condition is None:
                base = part
            elif not base:
                base = stack.enter_context(engine.scratch(rows))
            else:
                engine.append(base, rows)
    return base


@contextmanager
def facts_before(
    engine: Engine, definitions: Definitions, *, now: dt.datetime, tz: ZoneInfo
) -> Iterator[dict[str, str]]:
    """Copies of what these traits read of the facts up to `now`, for `wide` as of several moments up to then."""
    reading = Reading(now, tz, _span(engine, now, {}), definitions.catalog, {})
    with ExitStack() as stack:
        needed = _needed(definitions.traits, reading, as_of=True)
        yield {name: stack.enter_context(engine.scratch(need.of(name))) for name, need in needed.items()}


def _needed(traits: Mapping[str, Trait], reading: Reading, *, as_of: bool) -> ranges.Needs:
    """What the passes read of each table."""
    work = [one.query for one in _work(traits, reading, as_of=as_of)]
    return ranges.needs([_universe(reading, as_of=as_of), *work], traits.values(), reading.now)


def _work(traits: Mapping[str, Trait], reading: Reading, *, as_of: bool) -> list[Pass]:
    """The passes over facts."""
    given = given_passes(traits.values(), reading, as_of=as_of)
    return [*passes(traits.values(), reading), *given, *score_pass(traits.values(), reading)]


def _base(
    engine: Engine, traits: Mapping[str, Trait], reading: Reading, stack: ExitStack, steps: _Steps, *, as_of: bool,
    whole: bool = False,
) -> str:  # fmt: skip
    """A scratch table with one row per customer: who they are, and their traits that come from facts.

    :param whole: many customers: each pass gets a table of its own. Few: it goes into the join as it is, since each
        table made costs more than it saves.
    """
    work = _work(traits, reading, as_of=as_of)
    base: str | exp.Query = _universe(reading, as_of=as_of)
    pending: list[tuple[str | exp.Query, Pass]] = []
    for done, one in enumerate(work):
        steps.at(done, len(work) + 1, ", ".join(one.traits[:3]))
        made = stack.enter_context(engine.scratch(one.query)) if whole else one.query
        pending.append((made, one))
        if len(pending) == _MERGE:  # joined a few at a time, so that memory stays in bound
            base = stack.enter_context(engine.scratch(_join(base, pending, traits)))
            pending = []
    steps.at(len(work), len(work) + 1, CUSTOMERS)
    return stack.enter_context(engine.scratch(_join(base, pending, traits)))


def _span(engine: Engine, now: dt.datetime, tables: Mapping[str, str]) -> tuple[dt.datetime, dt.datetime]:
    """From the earliest fact read to now: what the offsets of the time zone have to cover."""
    read = [tables[name] for name in ("events", "order_items") if name in tables] or ["events", "order_items"]
    firsts = [sql("SELECT MIN(at) AS first FROM t", tables={"t": table}) for table in read]
    found = min((f for q in firsts for f in engine.run(q)["first"].to_pylist() if f is not None), default=None)
    return (min(found.replace(tzinfo=dt.UTC), now) if found else now), now


def _universe(reading: Reading, *, as_of: bool) -> exp.Select:
    """Every customer an identifier points at, also those without events."""
    query = sql(
        "SELECT customer_id, MIN(first_seen) AS first_seen,"
        " MAX(CASE WHEN last_seen <= :now OR NOT :as_of THEN last_seen ELSE first_seen END) AS last_seen,"
        " COUNT(*) AS identifiers, :now AS refreshed_at FROM identifiers"
        " WHERE customer_id IS NOT NULL AND (first_seen <= :now OR NOT :as_of) GROUP BY customer_id",
        tables={"identifiers": reading.table("identifiers")},
        now=reading.now,
        as_of=as_of,
    )
    assert isinstance(query, exp.Select)
    return query


def _join(base: str | exp.Query, parts: list[tuple[str | exp.Query, Pass]], traits: Mapping[str, Trait]) -> exp.Select:
    """Customers with the columns of some passes beside them; those without rows get the trait's empty value."""
    source = exp.to_table(base).as_("base") if isinstance(base, str) else inside(base, "base")
    columns: list[exp.Expr] = [exp.Column(this=exp.Star(), table=exp.to_identifier("base"))]
    query = exp.Select().from_(source, copy=False)
    for (made, one), alias in zip(parts, map(exp.to_identifier, _ALIASES), strict=False):
        on = exp.EQ(
            this=exp.column("customer_id", table="base"),
            expression=exp.Column(this=exp.to_identifier("customer_id"), table=alias),
        )
        query = query.join(_aliased(made, alias), on=on, join_type="left", copy=False)
        for name in one.traits:
            value: exp.Expr = exp.Column(this=exp.to_identifier(name, quoted=True), table=alias)
            zero = empty(traits[name])
            if zero is not None:
                value = exp.Coalesce(this=value, expressions=[zero])
            columns.append(value.as_(name, quoted=True))
    return query.select(*columns, copy=False)


def _aliased(made: str | exp.Query, alias: exp.Identifier) -> exp.Expr:
    table = exp.TableAlias(this=alias.copy())
    return (
        exp.Table(this=exp.to_identifier(made), alias=table)
        if isinstance(made, str)
        else exp.Subquery(this=made, alias=table)
    )


def derive(
    engine: Engine, base: str, definitions: Definitions, settings: Mapping[str, Mapping[str, float]],
    kept: derived.Cuts | None, now: dt.datetime, tz: ZoneInfo,
) -> tuple[exp.Select, dict[str, list[float]]]:  # fmt: skip
    """Put derived traits beside what they read, level by level; cut points are taken where they are not kept."""
    types = {t.name: t.type for t in definitions.traits.values()}
    query = exp.select("*").from_(base)
    found: dict[str, list[float]] = {}
    for level in derived.levels(definitions.traits):
        for trait in level:
            if isinstance(trait.spec, Cut):
                name = trait.name
                found[name] = list(kept[name]) if kept is not None and name in kept else derived.cut_points(
                    engine, query, trait.spec, types, settings[name]
                )  # fmt: skip
        columns = [
            derived.expression(t, types, settings[t.name], found, now, tz).as_(t.name, quoted=True) for t in level
        ]
        query = exp.select("*", *columns, copy=False).from_(inside(query, "before"), copy=False)
    return query, found


# -- freshness -----------------------------------------------------------------------------------------------------
def trait_state(engine: Engine) -> dict[str, dict[str, object]]:
    """How fresh each trait is, by name: rows of `trait_state`."""
    rows = engine.run(exp.select("*").from_(TRAIT_STATE.name)).to_pylist()
    return {r["trait"]: r for r in rows}


def why_full(
    engine: Engine, definitions: Definitions, state: Mapping[str, Mapping[str, object]], digests: Mapping[str, str]
) -> str:
    """Why a partial refresh would not do; empty where it does."""
    columns = engine.tables().get(CUSTOMERS)
    if columns is None:
        return "there was no table of customers yet"
    if set(columns) != {*FIXED, *definitions.traits}:
        return "traits were added or removed"
    changed = [n for n, d in digests.items() if state.get(n, {}).get("digest") != d]
    return f"definitions changed: {', '.join(changed[:5])}" if changed else ""


def _write_state(
    engine: Engine, digests: Mapping[str, str], cuts: Mapping[str, list[float]], *, full_at: dt.datetime | None,
    touched_at: dt.datetime, state: Mapping[str, Mapping[str, object]],
) -> None:  # fmt: skip
    def naive(moment: dt.datetime) -> dt.datetime:
        return moment.astimezone(dt.UTC).replace(tzinfo=None)

    rows = [
        {
            "trait": name,
            "digest": digest,
            "full_at": naive(full_at) if full_at else state[name]["full_at"],
            "touched_at": naive(touched_at),
            "cuts": json.dumps(cuts[name]) if name in cuts else None,
        }
        for name, digest in digests.items()
    ]
    engine.replace(TRAIT_STATE.name, pa.Table.from_pylist(rows, schema=arrow_schema(TRAIT_STATE)))
