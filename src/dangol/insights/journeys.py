"""Journeys to a conversion as SQL: each touch in its place, and each model's share of the conversion it led to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

import pyarrow as pa
from sqlglot import exp

from dangol.engine import sql

SHOWN = 6
"""Touches of a journey that the list of paths shows."""


class Told(Protocol):
    """What of a question decides which touches count."""

    @property
    def lookback_days(self) -> int: ...
    @property
    def gap_minutes(self) -> int: ...


def days(column: exp.Expr) -> exp.Expr:
    """A naive UTC column as days since 2000, to the second; engines have no function in common for it, and one gives the
    second its fraction."""
    found = sql(
        "CAST(DATE_DIFF('day', DATE '2000-01-01', CAST(:at AS DATE)) AS DOUBLE) + (EXTRACT(HOUR FROM :at) * 3600.0"
        " + EXTRACT(MINUTE FROM :at) * 60.0 + FLOOR(CAST(EXTRACT(SECOND FROM :at) AS DOUBLE))) / 86400.0",
        at=column,
    )
    return exp.paren(found)


def numbered(told: str | exp.Query, names: Sequence[str] | None, question: Told, start: dt.datetime) -> exp.Select:
    """One row a touch that counts: customer_id, journey, at, touch, nth of n, converted (1 or 0), worth, age in days.

    A journey is what lies between one conversion of a customer and the next, or after the last. At the same moment touches come
    before conversions. Touches of one name that follow each other within the gap are one, the first.

    :param names: touches that keep their name; the others are called so. None: all keep it.
    :param start: journeys that ended before then (converted, or with their last touch) are left out.
    """
    touch = exp.column("touch", "t")
    named = (
        sql("CASE WHEN :t IS NULL THEN NULL WHEN :t IN :names THEN :t ELSE '(others)' END", t=touch, names=[*names, ""])
        if names is not None
        else touch
    )
    placed = _placed(told, named)
    ended = sql(
        "SELECT p.*, MAX(p.goal) OVER (PARTITION BY p.customer_id, p.journey) AS converted,"
        " MAX(p.at) OVER (PARTITION BY p.customer_id, p.journey) AS ended_at,"
        " MAX(CASE WHEN p.goal = 1 THEN p.value END) OVER (PARTITION BY p.customer_id, p.journey) AS worth"
        " FROM placed AS p",
        tables={"placed": placed},
    )
    near = sql(
        "SELECT e.*, LAG(e.touch) OVER (PARTITION BY e.customer_id, e.journey ORDER BY e.at, e.event_id) AS before_touch,"
        " LAG(e.at) OVER (PARTITION BY e.customer_id, e.journey ORDER BY e.at, e.event_id) AS before_at"
        " FROM ended AS e WHERE e.goal = 0 AND e.ended_at >= :start AND e.at >= e.ended_at - :lookback",
        tables={"ended": ended},
        start=start,
        lookback=_interval(question.lookback_days, "DAY"),
    )
    query = sql(
        "SELECT customer_id, journey, at, touch, converted, COALESCE(worth, 0.0) AS worth, :ended - :here AS age,"
        " ROW_NUMBER() OVER (PARTITION BY customer_id, journey ORDER BY at, event_id) AS nth,"
        " COUNT(*) OVER (PARTITION BY customer_id, journey) AS n"
        " FROM near WHERE before_touch IS NULL OR before_touch <> touch OR at > before_at + :gap",
        tables={"near": near},
        ended=days(exp.column("ended_at")),
        here=days(exp.column("at")),
        gap=_interval(question.gap_minutes, "MINUTE"),
    )
    assert isinstance(query, exp.Select)
    return query


def _placed(told: str | exp.Query, touch: exp.Expr) -> exp.Expr:
    """Each row with the number of its journey: how many conversions of the customer came before."""
    return sql(
        "SELECT t.customer_id, t.at, t.event_id, t.goal, :touch AS touch, t.value,"
        " SUM(t.goal) OVER (PARTITION BY t.customer_id ORDER BY t.at, t.goal, t.event_id"
        " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - t.goal AS journey FROM told AS t",
        tables={"told": told},
        touch=touch,
    )


def untouched(told: str | exp.Query, question: Told, start: dt.datetime) -> exp.Query:
    """Customers (customer_id) with a conversion since `start` in whose journey no touch counts."""
    query = sql(
        "SELECT DISTINCT p.customer_id FROM p LEFT JOIN (SELECT DISTINCT customer_id, journey FROM touches) AS k"
        " ON k.customer_id = p.customer_id AND k.journey = p.journey"
        " WHERE p.goal = 1 AND p.at >= :start AND k.customer_id IS NULL",
        tables={"p": _placed(told, exp.column("touch", "t")), "touches": numbered(told, None, question, start)},
        start=start,
    )
    assert isinstance(query, exp.Query)
    return query


def _interval(n: int, unit: str) -> exp.Expr:
    return exp.Interval(this=exp.Literal.string(str(n)), unit=exp.Var(this=unit))


def credited(touches: str, half_life: float) -> exp.Expr:
    """One row a touch: how often, in how many journeys and conversions, and what each model of touches gives it.

    Shapley's value, of the game in which a group of channels is worth the conversions that met no other, shares each conversion
    equally among the different touches it met (Zhao, Mahboobi and Bagheri, "Shapley value methods for attribution modeling in
    online advertising", 2018), so it is exact for any number of touches.
    """
    weighed = sql(
        "SELECT t.*, POWER(CAST(2.0 AS DOUBLE), -age / CAST(:half AS DOUBLE)) AS weight,"
        " ROW_NUMBER() OVER (PARTITION BY customer_id, journey, touch ORDER BY nth) AS again FROM touches AS t",
        tables={"touches": touches},
        half=half_life,
    )
    shares = sql(
        "SELECT w.*, CASE WHEN nth = 1 THEN 1.0 ELSE 0.0 END AS s_first, CASE WHEN nth = n THEN 1.0 ELSE 0.0 END AS s_last,"
        " 1.0 / n AS s_linear,"
        " CASE WHEN n = 1 THEN 1.0 WHEN n = 2 THEN 0.5 WHEN nth = 1 OR nth = n THEN 0.4 ELSE 0.2 / (n - 2) END AS s_position,"
        " weight / SUM(weight) OVER (PARTITION BY customer_id, journey) AS s_decay,"
        " CASE WHEN again = 1 THEN 1.0 ELSE 0.0 END"
        " / SUM(CASE WHEN again = 1 THEN 1.0 ELSE 0.0 END) OVER (PARTITION BY customer_id, journey) AS s_shapley"
        " FROM weighed AS w",
        tables={"weighed": weighed},
    )
    columns: list[exp.Expr] = [
        exp.column("touch"),
        sql("COUNT(*)").as_("touches"),
        sql("SUM(CASE WHEN again = 1 THEN 1 ELSE 0 END)").as_("journeys"),
        sql("COUNT(DISTINCT customer_id)").as_("customers"),
        sql("SUM(CASE WHEN again = 1 THEN converted ELSE 0 END)").as_("conversions"),
        sql("CAST(SUM(CASE WHEN again = 1 THEN worth * converted ELSE 0.0 END) AS DOUBLE)").as_("value"),
    ]
    for model in ("first", "last", "linear", "position", "decay", "shapley"):
        share = exp.column(f"s_{model}")
        columns.append(sql("SUM(CAST(:s * converted AS DOUBLE))", s=share).as_(model))
        columns.append(sql("SUM(CAST(:s * converted * worth AS DOUBLE))", s=share).as_(f"{model}_value"))
    return exp.select(*columns).from_(exp.Subquery(this=shares, alias=exp.TableAlias(this="shares"))).group_by("touch")


def steps_of(touches: str, start: str, goal: str, lost: str) -> exp.Expr:
    """(here, there, n): how often one touch followed another, with the beginnings and the ends of journeys."""
    return sql(
        "SELECT here, there, COUNT(*) AS n FROM ("
        " SELECT COALESCE(LAG(touch) OVER (PARTITION BY customer_id, journey ORDER BY nth), :start) AS here, touch"
        " AS there FROM touches"
        " UNION ALL SELECT touch AS here, CASE WHEN converted = 1 THEN :goal ELSE :lost END AS there FROM ends WHERE nth = n"
        ") AS steps GROUP BY here, there",
        tables={"touches": touches, "ends": touches},
        start=start,
        goal=goal,
        lost=lost,
    )


def paths(touches: str, most: int = 50) -> exp.Expr:
    """The commonest journeys by their first touches: how many, how many converted, what they brought."""
    steps: list[exp.Expr] = [sql("MAX(CASE WHEN nth = :k THEN touch END)", k=k + 1).as_(f"t{k}") for k in range(SHOWN)]
    one = (
        exp.select(
            *steps, sql("MAX(n)").as_("n"), sql("MAX(converted)").as_("converted"), sql("MAX(worth)").as_("worth")
        )
        .from_(touches)
        .group_by("customer_id", "journey")
    )
    places = [exp.column(f"t{k}") for k in range(SHOWN)]
    longer = sql("CASE WHEN n > :most THEN 1 ELSE 0 END", most=SHOWN).as_("more")
    return (
        exp.select(*places, longer, sql("COUNT(*)").as_("journeys"), sql("SUM(converted)").as_("conversions"),
                   sql("CAST(SUM(worth * converted) AS DOUBLE)").as_("value"))
        .from_(one.subquery("one"))
        .group_by(*places, sql("CASE WHEN n > :most THEN 1 ELSE 0 END", most=SHOWN))
        .order_by(exp.column("journeys").desc(), *places)
        .limit(most)
    )  # fmt: skip


def listed(found: pa.Table) -> pa.Table:
    """Paths with their touches as one list: path, more (whether it goes on), journeys, conversions, value."""
    rows = [
        {
            "path": [r[f"t{k}"] for k in range(SHOWN) if r[f"t{k}"] is not None],
            "more": bool(r["more"]),
            "journeys": r["journeys"],
            "conversions": r["conversions"],
            "value": r["value"],
        }
        for r in found.to_pylist()
    ]
    schema = pa.schema(
        [
            ("path", pa.list_(pa.string())),
            ("more", pa.bool_()),
            ("journeys", pa.int64()),
            ("conversions", pa.int64()),
            ("value", pa.float64()),
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)
