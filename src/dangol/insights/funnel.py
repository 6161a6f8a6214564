"""Funnels: how many go from step to step, how long it takes them, and who drops out where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import pyarrow as pa
from pydantic import Field
from sqlglot import exp

from dangol.engine import literal, sql
from dangol.insights import funnel_pass
from dangol.insights.asking import Asking
from dangol.insights.breakdown import OTHERS, Breakdown, read_breakdown, shown_sql, value_rule, value_sql
from dangol.insights.funnel_sql import levels, quartiles
from dangol.insights.period import Stretch
from dangol.insights.question import Crowd, Found, Kind, Question, Step
from dangol.insights.selecting import select
from dangol.insights.steps import condition, length, names_of, usual_steps
from dangol.profiles import CUSTOMERS
from dangol.schema import DefinitionError, NotFoundError, Problem, Text

MOST_STEPS = 10


class Funnel(Question):
    """How many customers go from step to step."""

    kind: Literal["funnel"] = "funnel"
    steps: tuple[Step, ...] = Field(
        (), max_length=MOST_STEPS, description="two to ten; empty: the usual way to an order"
    )
    order: Literal["ordered", "strict", "any"] = Field(
        "ordered", description="ordered: others may lie between; strict: one right after the other; any: in any order"
    )
    window: str = Field("14 days", max_length=40, description="from the first step of an attempt to its last")
    holding: str = Field(
        "", max_length=120, description="a field that has to stay the same from step to step: product_id"
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """A funnel read: its steps, each as people call it, and the rows it is made of.

    rows   customer_id, held, at, event_id, m1 … mk
    """

    steps: tuple[Step, ...]
    rows: exp.Select
    by: Breakdown | None
    span: Stretch


def read(question: Funnel, asking: Asking) -> Plan:
    """Check the question, and say which rows it reads.

    :raises DefinitionError: one step only, a window that is no length of time.
    """
    steps = question.steps or usual_steps(asking)
    if len(steps) < 2:
        raise DefinitionError(
            [
                Problem(
                    Text("a funnel has two steps or more", "퍼널에는 단계가 둘 이상 필요합니다"),
                    "steps",
                    Text("add a step", "단계를 더하세요"),
                )
            ]
        )
    window = length(question.window, "window")
    span = replace(asking.stretch, end=min(asking.stretch.end + window, _present(asking)))
    span = replace(span, end=max(span.end, asking.stretch.end))
    held = exp.cast(asking.field(question.holding), "varchar") if question.holding else sql("CAST(NULL AS VARCHAR)")
    columns = [exp.column("customer_id"), held.as_("held"), exp.column("at"), exp.column("event_id")]
    matches = [condition(step, asking) for step in steps]
    columns += [m.as_(f"m{j}") for j, m in enumerate(matches, 1)]
    names = () if question.order == "strict" else names_of(steps)
    asks = (question.holding, *(s.where or {} for s in steps))
    rows = asking.rows(columns, span, names=names, asks=asks, known=True)
    if question.holding:
        rows = rows.where(exp.Not(this=exp.Is(this=held.copy(), expression=exp.null())))
    if question.order != "strict":  # rows that are no step at all change nothing
        rows = rows.where(exp.or_(*(exp.paren(m.copy()) for m in matches)))
    return Plan(steps, rows, read_breakdown(asking), span)


def _present(asking: Asking) -> Any:
    return max(asking.stretch.end, asking.context.now)


def people_levels(question: Funnel, asking: Asking, plan: Plan) -> exp.Select:
    """SELECT customer_id, held, read, level, g2…, w2…: one row a customer (and held value)."""
    return levels(
        plan.rows,
        len(plan.steps),
        order=question.order,
        window=length(question.window, "window"),
        end=asking.stretch.end,
    )


def with_value(question: Funnel, asking: Asking, plan: Plan, found: exp.Select) -> exp.Select:
    """The rows of `people_levels`, with `value`: a trait or segment of the customer, or the property of the customer's
    first event in the period that is the first step (any step, when the order does not matter)."""
    by = plan.by
    if by is None:
        return exp.select("l.*", sql("CAST(NULL AS VARCHAR)").as_("value")).from_(
            found.subquery("l", copy=False), copy=False
        )
    if by.what == "segment":
        return exp.select("l.*", value_sql(by, asking).as_("value")).from_(found.subquery("l", copy=False), copy=False)
    if by.what == "trait":
        trait = exp.cast(exp.column(by.name, table="c", quoted=True), "varchar").as_("value")
        joined = exp.select("l.*", trait).from_(found.subquery("l", copy=False), copy=False)
        return joined.join(exp.to_table(CUSTOMERS).as_("c"), on="c.customer_id = l.customer_id", join_type="left")
    begins = plan.steps if question.order == "any" else plan.steps[:1]
    starts = exp.or_(*(exp.paren(condition(s, asking)) for s in begins))
    rows = asking.rows(
        [exp.column("customer_id"), exp.column("at"), exp.column("event_id"), value_sql(by, asking).as_("value")],
        asking.stretch, asks=(by.name, *(s.where or {} for s in begins)), known=True,
    ).where(starts)  # fmt: skip
    numbered = select(
        "SELECT customer_id, value, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY at, event_id) AS nth FROM r",
        tables={"r": rows},
    )
    first = select("SELECT customer_id, value FROM n WHERE nth = 1", tables={"n": numbered})
    return (
        exp.select("l.*", exp.column("value", "v"))
        .from_(found.subquery("l", copy=False), copy=False)
        .join(first.subquery("v"), on="v.customer_id = l.customer_id", join_type="left")
    )


def answer(question: Funnel, asking: Asking) -> Found:
    """`steps`: step, label, customers, share (of the first step), conversion (from the step before), dropped, q1, median, q3
    (seconds since the step before), total (median seconds since the first). `split`: the same by value, other."""
    plan = read(question, asking)
    found = with_value(question, asking, plan, people_levels(question, asking, plan))
    asking.keep(found)
    passed = funnel_pass.run(question, asking, plan.steps, plan.span)
    if passed is not None:
        asking.by = "passes"
        counted = Counted([], {None: passed.reached}, {(None, j): q for j, q in passed.quarters.items()}, passed.read)
    else:
        with asking.engine.scratch(found) as table:
            counted = _counted(asking, table, len(plan.steps), question)
    whole = [_row(plan, j, counted, None) for j in range(1, len(plan.steps) + 1)]
    data = {"steps": pa.Table.from_pylist(whole, schema=STEPS)}
    if plan.by is not None:
        rows = [
            {"value": None if v == OTHERS else v, "other": v == OTHERS, **_row(plan, j, counted, (v,))}
            for v in counted.values
            for j in range(1, len(plan.steps) + 1)
        ]
        data["split"] = pa.Table.from_pylist(rows, schema=SPLIT)
    facts = {
        "steps": [s.model_dump(mode="json") for s in plan.steps], "window": question.window, "order": question.order,
        "unit": "count",
    }  # fmt: skip
    return Found(data, counted.read, _notes(question, asking, plan), facts)


@dataclass(slots=True)
class Counted:
    """Customers by value (None: everybody; a tuple holds one value) and step, and the times between steps in microseconds."""

    values: list[str | None]
    reached: dict[tuple[str | None] | None, list[int]]
    times: dict[tuple[tuple[str | None] | None, int], tuple[Any, Any, Any, Any]]
    read: int


def _counted(asking: Asking, table: str, k: int, question: Funnel) -> Counted:
    """Aggregates of the customers' levels: a customer with several held values counts with the furthest."""
    engine, reads = asking.engine, exp.to_table(table)
    best = select(
        "SELECT customer_id, MAX(value) AS value, MAX(level) AS level, SUM(read) AS read FROM t GROUP BY customer_id",
        tables={"t": table},
    )
    sizes = engine.run(
        select("SELECT value, level, COUNT(*) AS n, SUM(read) AS read FROM b GROUP BY value, level", tables={"b": best})
    ).to_pylist()
    totals: dict[str | None, int] = {}
    for row in sizes:
        totals[row["value"]] = totals.get(row["value"], 0) + (row["n"] if row["level"] else 0)
    ranked = sorted((v for v in totals if totals[v]), key=lambda v: (-totals[v], v is None, v or ""))
    shown, more = ranked[: question.top], len(ranked) > question.top
    values: list[str | None] = [*shown, *([OTHERS] if more else [])] if question.by else []
    counted = Counted(values, {None: [0] * k} | {(v,): [0] * k for v in values}, {}, sum(r["read"] for r in sizes))
    for row in sizes:
        value = row["value"] if row["value"] in shown else OTHERS
        for j in range(row["level"]):
            counted.reached[None][j] += row["n"]
            if (value,) in counted.reached:
                counted.reached[(value,)][j] += row["n"]
    if question.order == "any":
        return counted
    for j in range(2, k + 1):
        middle = [q.as_(n) for q, n in zip(quartiles(f"g{j}"), ("q1", "q2", "q3"), strict=True)]
        total = quartiles(f"w{j}")[1].as_("w")
        there = sql("level >= :j", j=j)
        for row in engine.run(exp.select(*middle, total).from_(reads).where(there)).to_pylist():
            counted.times[None, j] = (row["q1"], row["q2"], row["q3"], row["w"])
        if values:
            split = shown_sql(exp.column("value"), shown, more=more).as_("shown")
            inner = exp.select(split, f"g{j}", f"w{j}").from_(reads).where(there.copy()).subquery("s")
            for row in engine.run(exp.select("shown", *middle, total).from_(inner).group_by("shown")).to_pylist():
                counted.times[(row["shown"],), j] = (row["q1"], row["q2"], row["q3"], row["w"])
    return counted


def _row(plan: Plan, j: int, counted: Counted, key: tuple[str | None] | None) -> dict[str, Any]:
    reached = counted.reached[key]
    n, first, before = reached[j - 1], reached[0], reached[j - 2] if j > 1 else None
    q1, q2, q3, total = counted.times.get((key, j), (None, None, None, None))
    return {
        "step": j, "label": plan.steps[j - 1].label, "customers": n, "share": n / first if first else None,
        "conversion": n / before if before else None, "dropped": None if before is None else before - n,
        "q1": _seconds(q1), "median": _seconds(q2), "q3": _seconds(q3), "total": _seconds(total),
    }  # fmt: skip


def _seconds(micros: Any) -> float | None:
    return None if micros is None else int(micros) / 1e6


_COLUMNS = [
    ("step", pa.int64()), ("label", pa.string()), ("customers", pa.int64()), ("share", pa.float64()),
    ("conversion", pa.float64()), ("dropped", pa.int64()), ("q1", pa.float64()), ("median", pa.float64()),
    ("q3", pa.float64()), ("total", pa.float64()),
]  # fmt: skip
STEPS = pa.schema(_COLUMNS)
SPLIT = pa.schema([("value", pa.string()), ("other", pa.bool_()), *_COLUMNS])


def _notes(question: Funnel, asking: Asking, plan: Plan) -> tuple[Text, ...]:
    found = [
        Text(
            "A step comes before the next one; that is not to say that it causes it.",
            "앞 단계가 먼저 일어났다는 뜻이지, 다음 단계의 원인이라는 뜻은 아닙니다.",
        )
    ]
    if asking.stretch.end + length(question.window, "window") > _present(asking):
        found.append(
            Text(
                "The newest attempts still have time: their later steps may be yet to come.",
                "최근에 시작한 시도는 아직 시간이 남아 있어, 뒤 단계가 더 늘 수 있습니다.",
            )
        )
    if plan.by is not None and plan.by.what == "property":
        found.append(
            Text(
                "Each customer is put where the first event of the first step in the period was.",
                "고객을 기간 안 첫 단계의 첫 이벤트가 있던 값에 넣었습니다.",
            )
        )
    return tuple(found)


def people(question: Funnel, cell: Mapping[str, Any], asking: Asking) -> Crowd:
    """Who reached a step, or dropped out before it: {step, dropped?: true, value?, other?}."""
    plan = read(question, asking)
    step = cell.get("step")
    if not isinstance(step, int) or not 1 <= step <= len(plan.steps):
        raise NotFoundError(
            Text("there is no such step", "그런 단계가 없습니다"),
            where="step",
            hint=Text("count steps from 1", "단계는 1부터 셉니다"),
        )
    found = with_value(question, asking, plan, people_levels(question, asking, plan))
    best = select(
        "SELECT customer_id, MAX(value) AS value, MAX(level) AS level FROM t GROUP BY customer_id", tables={"t": found}
    )
    query = exp.select("customer_id").from_(best.subquery("b"))
    dropped = bool(cell.get("dropped")) and step > 1
    query = query.where(sql("level = :j", j=step - 1) if dropped else sql("level >= :j", j=step))
    if plan.by is not None and "value" in cell and not cell.get("other"):
        value = cell["value"]
        query = query.where(sql("value IS NULL") if value is None else sql("value = :v", v=str(value)))
    if plan.by is not None and cell.get("other"):
        counted = answer(question, asking).data["split"].to_pylist()
        shown = [row["value"] for row in counted if not row["other"] and row["step"] == 1]
        query = query.where(shown_sql(exp.column("value"), shown, more=True).eq(literal(OTHERS)))
    return Crowd(query, *_rule(question, cell, asking, plan, step, dropped))


def _rule(
    question: Funnel, cell: Mapping[str, Any], asking: Asking, plan: Plan, step: int, dropped: bool
) -> tuple[dict[str, Any] | None, bool]:
    """The nearest rule: the language's sequence limits the time between steps, a funnel the time of all of them."""
    if question.order != "ordered" or cell.get("other"):
        return None, False
    start = asking.stretch.local(asking.stretch.start).isoformat(sep=" ")

    def went(n: int) -> dict[str, Any]:
        parts = []
        for j, one in enumerate(plan.steps[:n]):
            where = [w for w in (question.filter, one.where) if w]
            said: dict[str, Any] = {"did": list(one.names) or "any"}
            if where:
                said["where"] = where[0] if len(where) == 1 else {"all": where}
            if j and n > 1:
                said["within"] = question.window
            parts.append(said)
        if n == 1:
            return {**parts[0], "since": start}
        return {"sequence": parts, "since": start}

    person = value_rule(plan.by, cell.get("value"))[0] if plan.by is not None and "value" in cell else None
    parts = [p for p in (asking.rule(), person, went(step - 1 if dropped else step)) if p]
    if dropped:
        parts.append({"not": went(step)})
    exact = question.holding == "" and step <= 2 and plan.by is None and not dropped and step == 1
    return (parts[0] if len(parts) == 1 else {"all": parts}), exact


KIND = Kind(
    Funnel,
    Text("Funnel", "퍼널"),
    Text("Where do customers drop out on the way?", "고객이 어디에서 빠져나가나요?"),
    Text(
        "Each customer counts once, with the furthest step of any attempt. An attempt begins with the first step inside the"
        " period and has to take each later step within the window. Events at the same moment are ordered by their number.",
        "고객마다 한 번, 가장 멀리 간 시도로 셉니다. 시도는 기간 안의 첫 단계에서 시작하고,"
        " 뒤 단계는 모두 정한 시간 안에 일어나야 합니다."
        " 같은 시각의 이벤트는 번호순으로 봅니다.",
    ),
    answer,
    people,
)
