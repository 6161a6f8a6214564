"""Survivorship: of everything that was given about a customer, what counts. And the latest scores of models."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from dangol.engine import literal, sql
from dangol.profiles.model import Given, Score, Trait, fingerprint
from dangol.profiles.passes import Pass, cast, inside, per_customer
from dangol.profiles.reading import Reading

_ORDER = {
    "latest": "SELECT 1 ORDER BY priority, latest DESC, value",
    "first": "SELECT 1 ORDER BY priority, earliest, value",
    "most_frequent": "SELECT 1 ORDER BY priority, n DESC, latest DESC, value",
}


def given_passes(traits: Iterable[Trait], reading: Reading, *, as_of: bool) -> list[Pass]:
    """One pass per survivorship rule: the best value (or the best few) per customer and fact, turned into columns.

    :param as_of: only what was known at `reading.now`; otherwise everything, since a file may be younger than
        the shop's clock.
    """
    groups: dict[str, list[Trait]] = {}
    for trait in traits:
        if isinstance(trait.spec, Given):
            key = fingerprint([trait.spec.sources, trait.spec.then, trait.spec.top])
            groups.setdefault(key, []).append(trait)
    return [_pass(group, reading, as_of=as_of) for group in groups.values()]


def _pass(group: list[Trait], reading: Reading, *, as_of: bool) -> Pass:
    spec = group[0].spec
    assert isinstance(spec, Given)
    facts = sorted({t.spec.fact for t in group if isinstance(t.spec, Given)})
    priority = exp.Case(this=exp.column("source"))
    for place, source in enumerate(spec.sources):
        priority = priority.when(literal(source), literal(place))
    counted = sql(
        "SELECT customer_id, trait, value, priority, COUNT(*) AS n, MAX(at) AS latest, MIN(at) AS earliest FROM ("
        " SELECT customer_id, trait, value, at, :priority AS priority FROM given WHERE customer_id IS NOT NULL"
        " AND value IS NOT NULL AND trait IN :facts AND (:everything OR at IS NULL OR at <= :now)) AS facts"
        " GROUP BY customer_id, trait, value, priority",
        tables={"given": reading.table("given")},
        priority=priority.else_(literal(len(spec.sources))) if spec.sources else literal(0),
        facts=facts,
        everything=not as_of,
        now=reading.now,
    )
    window = exp.Window(
        this=exp.RowNumber(),
        partition_by=[exp.column("customer_id"), exp.column("trait")],
        order=exp.Order(expressions=sql(_ORDER[spec.then]).args["order"].expressions),
    )
    ranked = exp.select("customer_id", "trait", "value", window.as_("place")).from_(inside(counted, "counted"))
    if spec.top > 1:  # a value may come from several sources: its best place counts
        best = sql(
            "SELECT customer_id, trait, value, MIN(place) AS place FROM ranked GROUP BY customer_id, trait, value",
            tables={"ranked": ranked},
        )
        ranked = exp.select(
            "customer_id",
            "trait",
            "value",
            sql("ROW_NUMBER() OVER (PARTITION BY customer_id, trait ORDER BY place)").as_("place"),
        ).from_(inside(best, "best"))
    columns = [_column(t, spec).as_(t.name, quoted=True) for t in group]
    query = per_customer(columns, inside(ranked, "ranked"), [sql("place <= :top", top=spec.top)])
    return Pass(query, tuple(t.name for t in group))


def _column(trait: Trait, group: Given) -> exp.Expr:
    assert isinstance(trait.spec, Given)
    fact = literal(trait.spec.fact)
    if group.top > 1:
        return sql("LIST_SORT(LIST(value) FILTER (WHERE trait = :fact))", fact=fact)
    value = sql("MAX(CASE WHEN trait = :fact THEN value END)", fact=fact)
    return value if trait.type == "text" else cast(value, trait.type, lenient=True)


def score_pass(traits: Iterable[Trait], reading: Reading) -> list[Pass]:
    """Analytic traits: the latest score not after now, a column each."""
    scored = [t for t in traits if isinstance(t.spec, Score)]
    if not scored:
        return []
    latest = sql(
        "SELECT customer_id, trait, value,"
        " ROW_NUMBER() OVER (PARTITION BY customer_id, trait ORDER BY at DESC, value) AS place"
        " FROM scores WHERE at <= :now AND trait IN :names",
        tables={"scores": reading.table("scores")},
        now=reading.now,
        names=[t.name for t in scored],
    )
    columns = [
        cast(sql("MAX(CASE WHEN trait = :name THEN value END)", name=t.name), t.type).as_(t.name, quoted=True)
        for t in scored
    ]
    query = per_customer(columns, inside(latest, "latest_scores"), [sql("place = 1")])
    return [Pass(query, tuple(t.name for t in scored))]
