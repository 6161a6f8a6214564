"""Retention and cohorts: of those who began, how many came back after so many days, weeks or months."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import pyarrow as pa
from pydantic import Field
from sqlglot import exp

from dangol.engine import literal, sql
from dangol.insights import retention_pass
from dangol.insights.asking import Asking
from dangol.insights.breakdown import OTHERS, Breakdown, read_breakdown, shown_sql, value_rule, value_sql
from dangol.insights.period import Interval, Stretch, bucket_words, next_bucket
from dangol.insights.question import Crowd, Found, Kind, Question, Step
from dangol.insights.selecting import select
from dangol.insights.steps import ORDER, condition, names_of
from dangol.profiles import CUSTOMERS
from dangol.schema import DefinitionError, NotFoundError, Problem, Text

Z95 = 1.959963984540054
"""The 97.5th percentile of the normal distribution."""
MOST = 60
BEGINNING = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Retention(Question):
    """Who comes back."""

    kind: Literal["retention"] = "retention"
    period: str = Field("12 months", max_length=60, description="when cohorts began")
    start: Step = Field(default_factory=lambda: Step(event=ORDER), description="what puts a customer into a cohort")
    first: bool = Field(
        True, description="true: the customer's very first such event; false: any, so a customer is in several"
    )
    back: Step = Field(default_factory=lambda: Step(event=ORDER), description="what counts as coming back")
    interval: Literal["day", "week", "month"] = Field("month", description="width of a cohort and of a step after it")
    rolling: bool = Field(False, description="true: came back then or later; false: then")
    brackets: tuple[int, ...] = Field(
        (), max_length=20, description="first intervals of wider steps: [1, 2, 4, 8]; empty: each"
    )
    most: int = Field(12, ge=1, le=MOST, description="intervals after the beginning that are looked at")


@dataclass(frozen=True, slots=True)
class Plan:
    """A retention question read. `steps`: (first, last) interval of each column."""

    cohorts: tuple[dt.datetime, ...]
    steps: tuple[tuple[int, int], ...]
    stretch: Stretch
    by: Breakdown | None


def read(question: Retention, asking: Asking) -> Plan:
    """Check the question; raises `DefinitionError` for brackets that do not rise."""
    edges = question.brackets
    if list(edges) != sorted(set(edges)) or any(not 0 <= e <= MOST for e in edges):
        raise DefinitionError(
            [
                Problem(
                    Text("brackets rise, from 0 to 60", "구간은 0부터 60까지 커져야 합니다"),
                    "brackets",
                    Text.same("[1, 2, 4, 8]"),
                )
            ]
        )
    singles = tuple((n, n) for n in range(question.most + 1))
    wide = tuple(
        (low, (edges[i + 1] - 1) if i + 1 < len(edges) else max(low, question.most)) for i, low in enumerate(edges)
    )
    cohorts = tuple(asking.stretch.buckets(question.interval))
    return Plan(cohorts, wide or singles, asking.stretch, read_breakdown(asking))


def returns(question: Retention, asking: Asking, plan: Plan) -> exp.Select:
    """SELECT customer_id, cohort (first day, local), n, value: a row for each cohort a customer is in and each interval n ≥ 0
    later in which there was a `back`; n is null for the cohort itself (a row for everybody in it)."""
    stretch = plan.stretch
    present = max(asking.context.now, stretch.end)
    whole = replace(stretch, start=BEGINNING if question.first else stretch.start, end=present)
    starts, backs = condition(question.start, asking), condition(question.back, asking)
    unit = question.interval
    bucket = sql("CAST(DATE_TRUNC(:unit, :here) AS DATE)", unit=unit, here=asking.local(exp.column("at"), whole))
    columns: list[exp.Expr] = [
        exp.column("customer_id"), exp.column("at"), exp.column("event_id"), bucket.as_("bucket"),
        starts.as_("s"), backs.as_("r"),
    ]  # fmt: skip
    asks: tuple[Any, ...] = (question.start.where or {}, question.back.where or {})
    by_property = plan.by is not None and plan.by.what == "property"
    if plan.by is not None and by_property:
        columns.append(value_sql(plan.by, asking).as_("value"))
        asks = (*asks, plan.by.name)
    rows = asking.rows(columns, whole, names=names_of((question.start, question.back)), asks=asks, known=True)
    rows = rows.where(exp.or_(exp.paren(starts.copy()), exp.paren(backs.copy())))
    numbered = exp.select(
        "*", sql("ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY at, event_id)").as_("nth")
    ).from_(rows.subquery("e"))  # fmt: skip
    begun = select(
        "SELECT customer_id, bucket, at, nth FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY nth) AS k"
        " FROM e WHERE s) AS f WHERE k = 1"
        if question.first
        else "SELECT customer_id, bucket, at, nth FROM (SELECT *,"
        " ROW_NUMBER() OVER (PARTITION BY customer_id, bucket ORDER BY nth) AS k FROM e WHERE s) AS f WHERE k = 1",
        tables={"e": numbered},
    )
    cohort = select("SELECT customer_id, bucket, nth FROM b WHERE at >= :low AND at < :high",
                 tables={"b": begun}, low=stretch.start, high=stretch.end)  # fmt: skip
    back = select("SELECT customer_id, bucket, MAX(nth) AS last FROM e WHERE r GROUP BY customer_id, bucket",
               tables={"e": numbered})  # fmt: skip
    joined = select(
        "SELECT c.customer_id, c.bucket AS cohort, CASE WHEN b.last > c.nth THEN DATE_DIFF(:unit, c.bucket, b.bucket) END AS n"
        " FROM c LEFT JOIN b ON b.customer_id = c.customer_id AND b.bucket >= c.bucket",
        tables={"c": cohort, "b": back}, unit=unit,
    )  # fmt: skip
    return _valued(question, asking, plan, joined, numbered, by_property)


def _valued(
    question: Retention, asking: Asking, plan: Plan, found: exp.Select, rows: exp.Select, by_property: bool
) -> exp.Select:
    if plan.by is None:
        return exp.select("f.*", sql("CAST(NULL AS VARCHAR)").as_("value")).from_(found.subquery("f"))
    if by_property:
        inside = select(
            "SELECT customer_id, value, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY nth) AS k FROM e"
            " WHERE s AND at >= :low AND at < :high",
            tables={"e": rows}, low=plan.stretch.start, high=plan.stretch.end,
        )  # fmt: skip
        first = select("SELECT customer_id, value FROM i WHERE k = 1", tables={"i": inside})
        return (
            exp.select("f.*", exp.column("value", "v")).from_(found.subquery("f"))
            .join(first.subquery("v"), on="v.customer_id = f.customer_id", join_type="left")
        )  # fmt: skip
    if plan.by.what == "segment":
        return exp.select("f.*", value_sql(plan.by, asking).as_("value")).from_(found.subquery("f"))
    trait = exp.cast(exp.column(plan.by.name, table="c", quoted=True), "varchar").as_("value")
    joined = exp.select("f.*", trait).from_(found.subquery("f"))
    return joined.join(exp.to_table(CUSTOMERS).as_("c"), on="c.customer_id = f.customer_id", join_type="left")


Cells = dict[tuple[str | None, dt.date, int], int]
"""(value, cohort, column) → customers; column −1 is the cohort's size."""


def _cells(question: Retention, asking: Asking, plan: Plan, table: str) -> tuple[Cells, list[str | None], bool]:
    """Customers by value, cohort and column; the values shown; whether there are others."""
    engine = asking.engine
    shown: list[str | None] = [None]
    more = False
    if plan.by is not None:
        sizes = select(
            "SELECT value, COUNT(DISTINCT customer_id) AS n FROM t GROUP BY value ORDER BY n DESC, value NULLS LAST LIMIT :m",
            tables={"t": table}, m=question.top + 1,
        )  # fmt: skip
        values = engine.run(sizes)["value"].to_pylist()
        shown, more = values[: question.top], len(values) > question.top
    value = shown_sql(exp.column("value"), shown, more=more) if plan.by is not None else exp.column("value")
    place = exp.Case()
    for i, (low, high) in enumerate(plan.steps):
        place = place.when(sql("n >= :low AND n <= :high", low=low, high=high), literal(i))
    if question.rolling:  # whoever came back later still came back "then or later"
        place = place.when(sql("n > :last", last=plan.steps[-1][1]), literal(len(plan.steps) - 1))
    if question.rolling:  # a customer's last column counts for every one before it
        marked = exp.select("customer_id", "cohort", value.as_("value"), sql("MAX(:p)", p=place).as_("p")).from_(table)
        marked = marked.group_by("customer_id", "cohort", value.copy())
    else:
        marked = exp.select("customer_id", "cohort", value.as_("value"), place.as_("p")).distinct().from_(table)
    counted = select("SELECT value, cohort, p, COUNT(*) AS n FROM m WHERE NOT p IS NULL GROUP BY value, cohort, p",
                  tables={"m": marked})  # fmt: skip
    found: Cells = {}
    for row in engine.run(counted).to_pylist():
        for column in range(row["p"] + 1) if question.rolling else (row["p"],):
            key = (row["value"], row["cohort"], column)
            found[key] = found.get(key, 0) + row["n"]
    everybody = exp.select("cohort", value.copy().as_("value"), "customer_id").from_(table)
    sizes = select("SELECT value, cohort, COUNT(DISTINCT customer_id) AS n FROM m GROUP BY value, cohort",
                tables={"m": everybody})  # fmt: skip
    for row in engine.run(sizes).to_pylist():
        found[row["value"], row["cohort"], -1] = row["n"]
    return found, shown, more


def answer(question: Retention, asking: Asking) -> Found:
    """`cohorts`: value, other, cohort, size; `cells`: value, other, cohort, first, last, customers, share, complete;
    `curve`: value, other, first, last, size, customers, share, low, high (95 %, Wilson) over the cohorts that are complete."""
    plan = read(question, asking)
    found = returns(question, asking, plan)
    asking.keep(found)
    end = max(asking.context.now, plan.stretch.end)
    passed = retention_pass.run(question, asking, plan, end)
    shown: list[str | None]
    if passed is not None:
        asking.by = "passes"
        (cells, read_rows), shown, more = passed, [None], False
    else:
        with asking.engine.scratch(found) as table:
            cells, shown, more = _cells(question, asking, plan, table)
        read_rows = _read_rows(question, asking)
    local_now = asking.stretch.local(max(asking.context.now, plan.stretch.end))
    cohorts, rows, curve = [], [], []
    for value in [*shown, *([OTHERS] if more else [])]:
        said = {"value": None if value == OTHERS else value, "other": value == OTHERS}
        sums = [[0, 0] for _ in plan.steps]
        for begun in plan.cohorts:
            size = cells.get((value, begun.date(), -1), 0)
            if not size:
                continue
            cohorts.append({**said, "cohort": bucket_words(begun, question.interval), "size": size})
            for i, (low, high) in enumerate(plan.steps):
                opens, closes = _later(begun, low, question.interval), _later(begun, high + 1, question.interval)
                if opens >= local_now:
                    continue
                n, complete = cells.get((value, begun.date(), i), 0), closes <= local_now
                rows.append(
                    {
                        **said, "cohort": bucket_words(begun, question.interval), "first": low, "last": high,
                        "customers": n, "share": n / size, "complete": complete,
                    }
                )  # fmt: skip
                if complete:
                    sums[i][0] += size
                    sums[i][1] += n
        curve += [_point(said, step, size, n) for step, (size, n) in zip(plan.steps, sums, strict=True) if size]
    data = {
        "cohorts": pa.Table.from_pylist(cohorts, schema=_COHORTS),
        "cells": pa.Table.from_pylist(rows, schema=_CELLS),
        "curve": pa.Table.from_pylist(curve, schema=_CURVE),
    }
    facts = {"unit": "count", "interval": question.interval, "rolling": question.rolling}
    return Found(data, read_rows, _notes(question), facts)


def _read_rows(question: Retention, asking: Asking) -> int:
    span = replace(asking.stretch, end=max(asking.context.now, asking.stretch.end))
    span = replace(span, start=BEGINNING) if question.first else span
    steps = (question.start, question.back)
    asks = tuple(s.where or {} for s in steps)
    rows = asking.rows([literal(1).as_("one")], span, names=names_of(steps), asks=asks, known=True)
    rows = rows.where(exp.or_(*(exp.paren(condition(s, asking)) for s in steps)))
    return int(asking.engine.run(select("SELECT COUNT(*) AS n FROM r", tables={"r": rows}))["n"][0].as_py())


def _later(begun: dt.datetime, n: int, interval: Interval) -> dt.datetime:
    if interval == "month":
        y, m = divmod(begun.year * 12 + begun.month - 1 + n, 12)
        return begun.replace(year=y, month=m + 1)
    return begun + n * {"day": dt.timedelta(days=1), "week": dt.timedelta(weeks=1)}[interval]


def wilson(k: int, n: int) -> tuple[float, float]:
    """95 % interval of a share k / n (Wilson 1927)."""
    share, z = k / n, Z95
    middle = share + z * z / (2 * n)
    wide = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, (middle - wide) / (1 + z * z / n)), min(1.0, (middle + wide) / (1 + z * z / n))


def _point(said: Mapping[str, Any], step: tuple[int, int], size: int, n: int) -> dict[str, Any]:
    low, high = wilson(n, size)
    return {
        **said, "first": step[0], "last": step[1], "size": size, "customers": n, "share": n / size, "low": low, "high": high
    }  # fmt: skip


_VALUE = [("value", pa.string()), ("other", pa.bool_())]
_COHORTS = pa.schema([*_VALUE, ("cohort", pa.string()), ("size", pa.int64())])
_CELLS = pa.schema(
    [
        *_VALUE, ("cohort", pa.string()), ("first", pa.int64()), ("last", pa.int64()), ("customers", pa.int64()),
        ("share", pa.float64()), ("complete", pa.bool_()),
    ]
)  # fmt: skip
_CURVE = pa.schema(
    [
        *_VALUE, ("first", pa.int64()), ("last", pa.int64()), ("size", pa.int64()), ("customers", pa.int64()),
        ("share", pa.float64()), ("low", pa.float64()), ("high", pa.float64()),
    ]
)  # fmt: skip


def _notes(question: Retention) -> tuple[Text, ...]:
    found = [
        Text(
            "The newest cohorts are younger: their last steps are still running and are left out of the curve.",
            "최근 코호트는 아직 어려서, 끝나지 않은 구간은 평균 곡선에서 뺐습니다.",
        )
    ]
    if not question.first:
        found.append(
            Text(
                "A customer is in every cohort in which the event happened, so the interval of the curve is too narrow.",
                "고객이 여러 코호트에 들어가므로 곡선의 구간은 실제보다 좁습니다.",
            )
        )
    return tuple(found)


def people(question: Retention, cell: Mapping[str, Any], asking: Asking) -> Crowd:
    """Who is in a cohort, or came back (or, `away`, did not): {cohort, first?, last?, away?, value?, other?}."""
    plan = read(question, asking)
    found = returns(question, asking, plan)
    begun = _cohort_of(cell, plan, question.interval)
    inside = exp.select("customer_id", "n").from_(found.subquery("f")).where(sql("cohort = :day", day=begun.date()))
    if plan.by is not None and "value" in cell and not cell.get("other"):
        value = cell["value"]
        inside = inside.where(sql("value IS NULL") if value is None else sql("value = :v", v=str(value)))
    low = cell.get("first")
    if not isinstance(low, int):
        return Crowd(
            exp.select("customer_id").distinct().from_(inside.subquery("i")), *_rule(question, cell, asking, plan)
        )
    high = MOST * 100 if question.rolling else int(cell.get("last", low))
    came = sql("MAX(CASE WHEN n >= :low AND n <= :high THEN 1 ELSE 0 END) = :yes", low=low, high=high,
               yes=0 if cell.get("away") else 1)  # fmt: skip
    return Crowd(
        exp.select("customer_id").from_(inside.subquery("i")).group_by("customer_id").having(came),
        *_rule(question, cell, asking, plan),
    )


def _cohort_of(cell: Mapping[str, Any], plan: Plan, interval: Interval) -> dt.datetime:
    for begun in plan.cohorts:
        if bucket_words(begun, interval) == cell.get("cohort"):
            return begun
    raise NotFoundError(
        Text("there is no such cohort", "그런 코호트가 없습니다"),
        where="cohort",
        hint=Text("take it from the answer", "답에 있는 값을 쓰세요"),
    )


def _rule(
    question: Retention, cell: Mapping[str, Any], asking: Asking, plan: Plan
) -> tuple[dict[str, Any] | None, bool]:
    """The rule: began in the cohort (and never before), and came back between two days, or not."""
    if cell.get("other") or cell.get("first") == 0:  # the language has no "again, later the same day"
        return None, False
    begun, unit = _cohort_of(cell, plan, question.interval), question.interval
    tick = dt.timedelta(microseconds=1)

    def did(step: Step, low: dt.datetime | None, high: dt.datetime | None) -> dict[str, Any]:
        said: dict[str, Any] = {"did": list(step.names) or "any"}
        where = [w for w in (question.filter, step.where) if w]
        if where:
            said["where"] = where[0] if len(where) == 1 else {"all": where}
        if low is not None and high is not None:
            said["between"] = [low.isoformat(sep=" "), (high - tick).isoformat(sep=" ")]
        elif low is not None:
            said["since"] = low.isoformat(sep=" ")
        elif high is not None:
            said["before"] = high.isoformat(sep=" ")
        return said

    low = max(begun, plan.stretch.local(plan.stretch.start))
    high = min(next_bucket(begun, unit), plan.stretch.local(plan.stretch.end))
    parts: list[Any] = [p for p in (asking.rule(), did(question.start, low, high)) if p]
    if question.first:
        parts.append({"not": did(question.start, None, low)})
    first, exact = cell.get("first"), plan.by is None
    if isinstance(first, int):
        last = int(cell.get("last", first))
        until = None if question.rolling else _later(begun, last + 1, unit)
        back = did(question.back, _later(begun, first, unit), until)
        parts.append({"not": back} if cell.get("away") else back)
    if plan.by is not None and "value" in cell:
        person, _ = value_rule(plan.by, cell["value"])
        exact = person is not None
        parts += [person] if person else []
    return (parts[0] if len(parts) == 1 else {"all": parts}), exact


KIND = Kind(
    Retention,
    Text("Retention", "재방문"),
    Text("Do customers come back, and for how long?", "고객이 다시 오나요, 얼마나 오래 오나요?"),
    Text(
        "A cohort is those who began in the same day, week or month on the shop's clock. A cell is the share of them who came"
        " back so many intervals later; 0 is later within the same interval.",
        "코호트는 가게 시각으로 같은 날, 같은 주, 같은 달에 시작한 고객입니다. 칸은 그 가운데 그만큼 뒤에 다시 온 비율이고,"
        " 0은 같은 구간 안에서 나중에 다시 온 것입니다.",
    ),
    answer,
    people,
)
