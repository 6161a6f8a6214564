"""Behavioural traits → SQL. Traits with the same rows (table, events, filter, window) share one pass over them.

A pass is a query with one row per customer that has rows; customers without any get the trait's empty value when the
passes are joined. Kinds of pass: plain aggregates, values counted (most frequent), days between, and streaks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sqlglot import exp

from dangol.engine import literal, sql
from dangol.profiles import clock
from dangol.profiles.clock import PARTS
from dangol.profiles.filters import compile_where
from dangol.profiles.model import Behaviour, Trait, fingerprint
from dangol.profiles.reading import Reading
from dangol.rules import window_bounds
from dangol.rules.surroundings import WEATHER, weathered
from dangol.schema import ORDER_ITEMS, Type

SQL_TYPES: dict[Type, str] = {
    "int64": "BIGINT", "float64": "DOUBLE", "text": "VARCHAR", "bool": "BOOLEAN", "timestamp": "TIMESTAMP",
    "date": "DATE",
    "money": "DECIMAL(18,4)", "list<text>": "VARCHAR[]",
}  # fmt: skip
_PRODUCT = ("title", "category", "brand")
_ZERO = frozenset({"count", "distinct", "streak"})


@dataclass(frozen=True, slots=True)
class Pass:
    """One query and the traits it gives as columns."""

    query: exp.Select
    traits: tuple[str, ...]


def cast(tree: exp.Expr, kind: Type, *, lenient: bool = False) -> exp.Expr:
    """`tree` as a portable type; `lenient` gives null where it does not fit."""
    to = exp.DataType.build(SQL_TYPES[kind], dialect="duckdb")
    return exp.TryCast(this=tree, to=to) if lenient else exp.Cast(this=tree, to=to)


def empty(trait: Trait) -> exp.Expr | None:
    """What a customer without any row has: zero for counts and sums, nothing for the rest."""
    spec = trait.spec
    if isinstance(spec, Behaviour) and (spec.function in _ZERO | {"sum"} or spec.option == "difference"):
        return cast(exp.Literal.number(0), trait.type)
    return None


def passes(traits: Iterable[Trait], reading: Reading) -> list[Pass]:
    """Group traits by the rows they read and the shape of the work, one pass each."""
    groups: dict[str, list[Trait]] = {}
    for trait in traits:
        if isinstance(trait.spec, Behaviour):
            groups.setdefault(_key(trait.spec), []).append(trait)
    return [_pass(group, reading) for group in groups.values()]


def turned(traits: Iterable[Trait], before: Reading, after: Reading) -> Iterator[exp.Select]:
    """Customers with a row that a trait counted at one moment and does not at the other, a query per filter and window.

    A fact enters or leaves a window only so; what has no window changes by new facts alone.
    """
    done: set[str] = set()
    for trait in traits:
        spec = trait.spec
        if not isinstance(spec, Behaviour) or not spec.window:
            continue
        key = fingerprint([spec.of, sorted(spec.did), spec.where, spec.window, spec.function == "trend"])
        if key not in done:
            done.add(key)
            sides = [[_counted_at(spec, r, part) for r in (before, after)] for part in _parts(spec)]
            changed = [sql("COALESCE(:a, FALSE) <> COALESCE(:b, FALSE)", a=a, b=b) for a, b in sides]
            query = exp.select("customer_id", copy=False).distinct(copy=False).from_(_rows([trait], after), copy=False)
            yield query.where(sql("customer_id IS NOT NULL"), exp.or_(*changed, copy=False), copy=False)


def _parts(spec: Behaviour) -> tuple[bool, ...]:
    """A trend counts a row in its whole window, and apart in the younger half."""
    return (False, True) if spec.function == "trend" else (False,)


def _counted_at(spec: Behaviour, reading: Reading, younger: bool) -> exp.Expr:
    conditions = _conditions(spec, reading)
    if younger:
        conditions.append(sql("at >= :start", start=window_bounds(spec.window, reading.now, reading.tz)[0]))
    return exp.and_(*conditions, copy=False)


def _key(spec: Behaviour) -> str:
    shape: tuple[str, ...] = ("plain",)
    if spec.function == "most_frequent":
        shape = ("most_frequent", spec.field, spec.weight)
    elif spec.function == "streak":
        shape = ("streak", spec.option)
    elif spec.function in ("days_between", "trend"):
        shape = (spec.function,)
    return fingerprint([shape, spec.of, sorted(spec.did), spec.where, spec.window])


def _pass(group: list[Trait], reading: Reading) -> Pass:
    spec = group[0].spec
    assert isinstance(spec, Behaviour)
    names = tuple(t.name for t in group)
    if spec.function == "most_frequent":
        return Pass(_counted(group, spec, reading), names)
    if spec.function == "days_between":
        return Pass(_gaps(group, spec, reading), names)
    if spec.function == "streak":
        return Pass(_streaks(group, spec, reading), names)
    columns = [
        cast(_aggregate(t, t.spec, reading), t.type).as_(t.name, quoted=True)
        for t in group
        if isinstance(t.spec, Behaviour)
    ]
    return Pass(per_customer(columns, _rows(group, reading), _conditions(spec, reading)), names)


def per_customer(columns: list[exp.Expr], source: exp.Expr, where: list[exp.Expr] | None = None) -> exp.Select:
    """One row per customer. The parts become the query's own: copying trees costs more than running small queries."""
    who = exp.column("customer_id")
    query = exp.select(who, *columns, copy=False).from_(source, copy=False)
    if where:
        query = query.where(*where, copy=False)
    return query.group_by(who.copy(), copy=False)


def inside(query: exp.Expr, alias: str) -> exp.Subquery:
    """A query as something a FROM can name; the query becomes its own."""
    return exp.Subquery(this=query, alias=exp.TableAlias(this=exp.to_identifier(alias)))


# -- rows ----------------------------------------------------------------------------------------------------------
def _rows(group: list[Trait], reading: Reading) -> exp.Expr:
    """The table a group reads. Items know their product: what the line does not say, the catalogue does."""
    specs = [t.spec for t in group if isinstance(t.spec, Behaviour)]
    of = specs[0].of
    used = {name for s in specs for name in (s.field, s.weight)}
    for spec in specs:
        for where in (spec.where, spec.part_where):
            used |= {c.name for c in compile_where(where, of, reading).find_all(exp.Column)} if where else set()
    rich = of == "items" and bool(used & {*_PRODUCT, "department"})
    rows: str | exp.Query = reading.table("order_items" if of == "items" else "events")
    if rich:
        rows = items_with_products(reading)
    if used & set(WEATHER):
        return weathered(rows, reading.table("weather"), reading.catalog.surroundings)
    return exp.to_table(rows).as_("facts") if isinstance(rows, str) else inside(rows, "facts")


def items_with_products(reading: Reading) -> exp.Select:
    """order_items with title, category and brand filled from products, and the product's department."""
    columns: list[exp.Expr] = []
    for column in ORDER_ITEMS.names:
        mine = exp.column(column, table="i", quoted=True)
        if column in _PRODUCT:
            theirs = exp.column(column, table="p", quoted=True)
            columns.append(exp.Coalesce(this=mine, expressions=[theirs]).as_(column, quoted=True))
        else:
            columns.append(mine)
    columns.append(exp.column("department", table="p"))
    catalogue = sql(
        "SELECT product_id, MIN(title) AS title, MIN(category) AS category, MIN(brand) AS brand,"
        " MIN(department) AS department FROM products GROUP BY product_id",
        tables={"products": reading.table("products")},
    )
    items = exp.to_table(reading.table("order_items")).as_("i")
    products = exp.Subquery(this=catalogue, alias=exp.TableAlias(this=exp.to_identifier("p")))
    query = exp.select(*columns, copy=False).from_(items, copy=False)
    return query.join(products, on="i.product_id = p.product_id", join_type="left", copy=False)


def _conditions(spec: Behaviour, reading: Reading) -> list[exp.Expr]:
    found = [sql("customer_id IS NOT NULL"), sql("at <= :now", now=reading.now)]
    if spec.did:
        found.append(sql("name IN :names", names=list(spec.did)))
    if spec.window:
        start, end = _window(spec, reading)
        if start is not None:
            found.append(sql("at >= :start", start=start))
        if end is not None and end <= reading.now:
            found.append(sql("at < :end", end=end))
    if spec.where:
        found.append(compile_where(spec.where, spec.of, reading))
    return found


def _window(spec: Behaviour, reading: Reading) -> tuple[dt.datetime | None, dt.datetime | None]:
    start, end = window_bounds(spec.window, reading.now, reading.tz)
    if spec.function == "trend" and start is not None:
        start -= reading.now + dt.timedelta(microseconds=1) - start  # windows are [start, now + 1 µs)
    return start, end


def _field(name: str, of: str, reading: Reading, *, numeric: bool = False) -> exp.Expr:
    if name.startswith("properties."):
        path = exp.Literal.string("$." + exp.to_identifier(name.removeprefix("properties."), quoted=True).sql("duckdb"))
        text: exp.Expr = exp.func("JSON_EXTRACT_STRING", exp.column("properties"), path, dialect="duckdb")
        return cast(text, "float64", lenient=True) if numeric else text
    if name in PARTS:
        return clock.part(name, exp.column("at"), reading.tz, reading.span)
    return exp.column(name, quoted=True)


# -- plain aggregates ----------------------------------------------------------------------------------------------
def _aggregate(trait: Trait, spec: Behaviour, reading: Reading) -> exp.Expr:
    name = spec.function
    if name == "count":
        return sql("COUNT(*)")
    if name == "days_since":
        edge = sql("MAX(at)") if spec.option == "last" else sql("MIN(at)")
        day = clock.day_of(edge, reading.tz, reading.span)
        return sql("DATE_DIFF('day', :day, :today)", day=day, today=clock.today(reading.now, reading.tz))
    if name == "share":
        return _share(spec, reading)
    if name == "trend":
        return _trend(spec, reading)
    numeric = name in ("sum", "average") or trait.type in ("int64", "float64", "money")
    field = _field(spec.field, spec.of, reading, numeric=numeric)
    if name == "average":
        return sql("CAST(SUM(:x) AS DOUBLE) / NULLIF(COUNT(:x), 0)", x=field)
    if name == "distinct":
        return sql("COUNT(DISTINCT :x)", x=field)
    if name == "list":
        found = sql("LIST_SORT(LIST(DISTINCT CAST(:x AS VARCHAR)) FILTER (WHERE :x IS NOT NULL))", x=field)
        return (
            exp.func("ARRAY_SLICE", found, literal(1), literal(spec.limit), dialect="duckdb") if spec.limit else found
        )
    if name in ("first", "last"):
        return _edge(field, spec)
    plain = {"sum": "SUM(:x)", "min": "MIN(:x)", "max": "MAX(:x)"}
    total = sql(plain[name], x=field)
    return exp.Coalesce(this=total, expressions=[cast(literal(0), trait.type)]) if name == "sum" else total


def _edge(field: exp.Expr, spec: Behaviour) -> exp.Expr:
    """The value at the earliest or latest row that has one; ties at one moment go by event id, then line."""
    if spec.of == "items":
        row = sql(
            "CASE WHEN :x IS NOT NULL THEN {'at': at, 'event_id': event_id, 'line': line, 'value': :x} END", x=field
        )
    else:
        row = sql("CASE WHEN :x IS NOT NULL THEN {'at': at, 'event_id': event_id, 'value': :x} END", x=field)
    return sql("MIN(:row)['value']", row=row) if spec.function == "first" else sql("MAX(:row)['value']", row=row)


def _measure(spec: Behaviour, reading: Reading, condition: exp.Expr | None) -> exp.Expr:
    """Rows counted, or the weight summed, under a condition; zero without any."""
    if spec.weight:
        field = _field(spec.weight, spec.of, reading, numeric=True)
        kept = sql("CASE WHEN :condition THEN :x END", condition=condition, x=field) if condition is not None else field
        return sql("COALESCE(SUM(:x), 0)", x=kept)
    return (
        sql("COUNT(CASE WHEN :condition THEN 1 END)", condition=condition) if condition is not None else sql("COUNT(*)")
    )


def _share(spec: Behaviour, reading: Reading) -> exp.Expr:
    part = _measure(spec, reading, compile_where(spec.part_where, spec.of, reading))
    whole = _measure(spec, reading, None)
    return sql("CAST(:part AS DOUBLE) / NULLIF(CAST(:whole AS DOUBLE), 0)", part=part, whole=whole)


def _trend(spec: Behaviour, reading: Reading) -> exp.Expr:
    start, _ = window_bounds(spec.window, reading.now, reading.tz)
    this = _measure(spec, reading, sql("at >= :start", start=start))
    before = _measure(spec, reading, sql("at < :start", start=start))
    if spec.option == "ratio":
        return sql("CAST(:this AS DOUBLE) / NULLIF(CAST(:before AS DOUBLE), 0)", this=this, before=before)
    return sql("(:this) - (:before)", this=this, before=before)


# -- values counted ------------------------------------------------------------------------------------------------
def _counted(group: list[Trait], spec: Behaviour, reading: Reading) -> exp.Select:
    """The value with most rows (or most weight); ties go to the one seen last, then to the last in the alphabet."""
    field = _field(spec.field, spec.of, reading)
    conditions = [*_conditions(spec, reading), sql(":x IS NOT NULL", x=field)]
    weight = _measure(spec, reading, None)
    counted = (
        exp.select("customer_id", field.copy().as_("value"), weight.as_("n"), sql("MAX(at)").as_("seen"), copy=False)
        .from_(_rows(group, reading), copy=False).where(*conditions, copy=False)
        .group_by("customer_id", field, copy=False)
    )  # fmt: skip
    best = sql("MAX({'n': n, 'seen': seen, 'value': value})['value']")
    columns = [cast(best.copy(), t.type).as_(t.name, quoted=True) for t in group]
    return per_customer(columns, inside(counted, "counted"))


# -- days between, streaks -----------------------------------------------------------------------------------------
def _days(group: list[Trait], spec: Behaviour, reading: Reading) -> exp.Select:
    """The distinct local days on which a customer did it: two baskets on one day are one visit."""
    day = clock.part("day", exp.column("at"), reading.tz, reading.span)
    query = exp.select("customer_id", day.as_("day"), copy=False).distinct(copy=False)
    return query.from_(_rows(group, reading), copy=False).where(*_conditions(spec, reading), copy=False)


_GAPS = {
    "median": "MEDIAN(CAST(gap AS DOUBLE))",
    "average": "CAST(SUM(gap) AS DOUBLE) / NULLIF(COUNT(gap), 0)",
    "min": "CAST(MIN(gap) AS DOUBLE)",
    "max": "CAST(MAX(gap) AS DOUBLE)",
    "median_before_last": "MEDIAN(CASE WHEN following IS NOT NULL THEN CAST(gap AS DOUBLE) END)",
    "last": "CAST(MAX(CASE WHEN gap IS NOT NULL THEN {'day': day, 'gap': gap} END)['gap'] AS DOUBLE)",
}


def _gaps(group: list[Trait], spec: Behaviour, reading: Reading) -> exp.Select:
    gaps = sql(
        "SELECT customer_id, day, DATE_DIFF('day', LAG(day) OVER (PARTITION BY customer_id ORDER BY day), day) AS gap,"
        " LEAD(day) OVER (PARTITION BY customer_id ORDER BY day) AS following FROM days",
        tables={"days": _days(group, spec, reading)},
    )
    assert isinstance(gaps, exp.Select)
    columns = [
        cast(sql(_GAPS[t.spec.option]), t.type).as_(t.name, quoted=True) for t in group if isinstance(t.spec, Behaviour)
    ]
    return per_customer(columns, inside(gaps, "gaps"))


_PERIODS = {
    "days": "DATE_DIFF('day', DATE '1970-01-05', :day)",
    "weeks": "CAST(FLOOR(DATE_DIFF('day', DATE '1970-01-05', :day) / 7.0) AS BIGINT)",
    "months": "CAST(EXTRACT(YEAR FROM :day) * 12 + EXTRACT(MONTH FROM :day) AS BIGINT)",
}


def _streaks(group: list[Trait], spec: Behaviour, reading: Reading) -> exp.Select:
    """Runs of periods without a gap: a period less its rank is the same for all of a run (gaps and islands)."""
    period = _PERIODS[spec.option]
    today = sql(period, day=literal(clock.today(reading.now, reading.tz)))
    runs = sql(
        "SELECT customer_id, island, COUNT(*) AS n, MAX(period) AS latest FROM ("
        " SELECT customer_id, period, period - ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY period) AS island"
        " FROM (SELECT DISTINCT customer_id, :period AS period FROM days) AS periods) AS islands"
        " GROUP BY customer_id, island",
        tables={"days": _days(group, replace(spec), reading)},
        period=sql(period, day=exp.column("day")),
    )
    assert isinstance(runs, exp.Select)
    columns = []
    for trait in group:
        current = isinstance(trait.spec, Behaviour) and trait.spec.current
        run = sql("MAX(CASE WHEN latest >= :today - 1 THEN n ELSE 0 END)", today=today) if current else sql("MAX(n)")
        columns.append(cast(run, trait.type).as_(trait.name, quoted=True))
    return per_customer(columns, inside(runs, "runs"))
