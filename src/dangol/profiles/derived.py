"""Traits over traits: formulas, cases, bands, ages and scores from cut points, as expressions over the wide table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from sqlglot import exp

from dangol.engine import Engine, literal, sql
from dangol.profiles import clock, formula
from dangol.profiles.model import Age, Band, Behaviour, Cases, Cut, Formula, Given, Score, Trait
from dangol.profiles.passes import cast
from dangol.schema import Type

Cuts = Mapping[str, Sequence[float]]


def levels(traits: Mapping[str, Trait]) -> list[list[Trait]]:
    """Derived traits by depth; `traits` is in dependency order."""
    depth: dict[str, int] = {}
    found: list[list[Trait]] = []
    for trait in traits.values():
        if isinstance(trait.spec, Behaviour | Given | Score):
            depth[trait.name] = 0
            continue
        depth[trait.name] = 1 + max((depth[n] for n in trait.needs), default=0)
        while len(found) < depth[trait.name]:
            found.append([])
        found[depth[trait.name] - 1].append(trait)
    return found


def expression(
    trait: Trait, types: Mapping[str, Type], settings: Mapping[str, float], cuts: Cuts, now: dt.datetime, tz: ZoneInfo
) -> exp.Expr:
    """One derived trait as a typed expression over columns of the traits it needs."""
    spec = trait.spec
    if isinstance(spec, Formula):
        tree = formula.build(spec.text, types, settings)
        return cast(sql("ROUND(:x)", x=tree) if trait.type == "int64" else tree, trait.type)
    if isinstance(spec, Cases):
        return _cases(trait, spec, types, settings)
    if isinstance(spec, Cut):
        return cast(_cut(spec, types, settings, cuts.get(trait.name, ())), trait.type)
    if isinstance(spec, Band):
        return _band(spec)
    assert isinstance(spec, Age)
    return _age(spec, clock.today(now, tz))


def _cases(trait: Trait, spec: Cases, types: Mapping[str, Type], settings: Mapping[str, float]) -> exp.Expr:
    tree = exp.Case()
    for condition, value in spec.whens:
        tree = tree.when(formula.build(condition, types, settings), _value(value, trait.type))
    return cast(tree.else_(_value(spec.otherwise, trait.type)), trait.type)


def _value(value: object, kind: Type) -> exp.Expr:
    return exp.null() if value is None else cast(literal(value), kind)


def double(value: float) -> exp.Expr:
    """A float64 literal that every engine reads as the same number."""
    return exp.cast(exp.Literal.string(repr(value)), "double")


def measured(spec: Cut, types: Mapping[str, Type], settings: Mapping[str, float]) -> exp.Expr:
    """What a cut looks at: the trait as float64, for those it is `among`."""
    column = exp.cast(exp.column(spec.trait, quoted=True), "double")
    if not spec.among:
        return column
    return sql("CASE WHEN :among THEN :x END", among=formula.build(spec.among, types, settings), x=column)


def _cut(spec: Cut, types: Mapping[str, Type], settings: Mapping[str, float], cuts: Sequence[float]) -> exp.Expr:
    if not cuts:
        return exp.null()
    if spec.how == "typical":
        return double(cuts[0])
    value = measured(spec, types, settings)
    tree = exp.Case().when(sql(":x IS NULL", x=value), exp.null())
    for place, cut in enumerate(cuts):
        score = spec.of - place if spec.reverse else 1 + place
        tree = tree.when(sql(":x <= :cut", x=value, cut=double(cut)), literal(score))
    return tree.else_(literal(1 if spec.reverse else spec.of))


def _band(spec: Band) -> exp.Expr:
    column = exp.column(spec.trait, quoted=True)
    tree = exp.Case().when(sql(":x < :edge", x=column, edge=spec.edges[0]), literal(f"~{spec.edges[0] - 1}"))
    for low, high in zip(spec.edges, spec.edges[1:], strict=False):
        tree = tree.when(sql(":x < :edge", x=column, edge=high), literal(f"{low}-{high - 1}"))
    return tree.when(sql(":x >= :edge", x=column, edge=spec.edges[-1]), literal(f"{spec.edges[-1]}+")).else_(exp.null())


def _age(spec: Age, today: dt.date) -> exp.Expr:
    """Years lived. Without a birthday the year's difference, as Korean law counts ages for youth protection."""
    year = exp.column(spec.year, quoted=True)
    years = sql("CAST(:this_year - :year AS BIGINT)", this_year=today.year, year=year)
    if spec.birthday:
        later = sql(
            ":birthday > :today", birthday=exp.column(spec.birthday, quoted=True), today=today.strftime("%m-%d")
        )
        years = sql("CAST(:years - CASE WHEN :later THEN 1 ELSE 0 END AS BIGINT)", years=years, later=later)
    return sql(
        "CASE WHEN :year BETWEEN 1900 AND :this_year THEN :years END", year=year, this_year=today.year, years=years
    )


# -- cut points ----------------------------------------------------------------------------------------------------
def cut_points(
    engine: Engine, wide: exp.Query, spec: Cut, types: Mapping[str, Type], settings: Mapping[str, float]
) -> list[float]:
    """Cut points of a trait over everyone in `wide`; empty when nobody has it.

    quantile   the smallest value that k/of of the customers do not exceed (nearest rank): always a value somebody has
    log_score  equal steps of ln(1 + x) between the smallest and the largest value; negative values count as zero
    typical    the median by nearest rank
    """
    values = exp.select(measured(spec, types, settings).as_("x")).from_(wide.subquery("wide"))
    if spec.how == "log_score":
        return _log_cuts(engine, values, spec.of)
    steps = [(1, 2)] if spec.how == "typical" else [(k, spec.of) for k in range(1, spec.of)]
    ranked = sql(
        "SELECT x, SUM(n) OVER (ORDER BY x) AS reached, SUM(n) OVER () AS total"
        " FROM (SELECT x, COUNT(*) AS n FROM measured WHERE x IS NOT NULL GROUP BY x) AS counted",
        tables={"measured": values},
    )
    assert isinstance(ranked, exp.Select)
    columns = [
        sql("MIN(CASE WHEN reached * :of >= total * :k THEN x END)", of=of, k=k).as_(f"cut_{k}") for k, of in steps
    ]
    row = engine.run(exp.select(*columns).from_(ranked.subquery("ranked"))).to_pylist()[0]
    found = [v for v in row.values() if v is not None]
    return [float(v) for v in found] if len(found) == len(steps) else []


def _log_cuts(engine: Engine, values: exp.Query, of: int) -> list[float]:
    import math

    ends = engine.run(
        sql("SELECT MIN(x) AS low, MAX(x) AS high FROM measured", tables={"measured": values})
    ).to_pylist()[0]
    if ends["low"] is None:
        return []
    low, high = (math.log1p(max(0.0, float(ends[k]))) for k in ("low", "high"))
    return [math.expm1(low + (high - low) * k / of) for k in range(1, of)]
