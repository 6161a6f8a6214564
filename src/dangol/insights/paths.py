"""Paths: what customers see one after the other, from somewhere or to somewhere, and where their journeys break."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
from pydantic import Field
from sqlglot import exp

from dangol.engine import sql
from dangol.insights import paths_pass, paths_sql
from dangol.insights.asking import Asking
from dangol.insights.breakdown import OTHERS, Breakdown, read_breakdown, split_rows
from dangol.insights.question import Crowd, Found, Kind, Question, Step
from dangol.insights.selecting import select
from dangol.insights.steps import ORDER, condition, length
from dangol.schema import DefinitionError, NotFoundError, Problem, Text

PAGE = "context.page.path"
BREAKS = 50


class Paths(Question):
    """What comes after what."""

    kind: Literal["paths"] = "paths"
    nodes: str = Field("event", max_length=120, description="event: event by event; page: page by page; or a field")
    after: Step | None = Field(None, description="journeys from the first such event on")
    before: Step | None = Field(None, description="journeys to the first such event, going back from it")
    gap: str = Field(
        "30 minutes", max_length=40, description="quiet time that ends a journey; empty: one journey a customer"
    )
    depth: int = Field(5, ge=1, le=15, description="steps shown")
    goal: Step = Field(
        default_factory=lambda: Step(event=ORDER), description="what a journey is for: breaks are without it"
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """A paths question read. `rows`: customer_id, at, event_id, label, a, g, amount, value."""

    rows: exp.Select
    gap: dt.timedelta | None
    by: Breakdown | None
    present: dt.datetime
    label: exp.Expr


def read(question: Paths, asking: Asking) -> Plan:
    """Check the question, and say which rows it reads. Raises `DefinitionError`."""
    if question.after and question.before:
        raise DefinitionError(
            [
                Problem(
                    Text("from somewhere or to somewhere, not both", "출발과 도착 가운데 하나만 정할 수 있습니다"),
                    "before",
                    Text("ask a funnel for both", "둘 다라면 퍼널로 물어보세요"),
                )
            ]
        )
    anchor = question.after or question.before
    goal = condition(question.goal, asking)
    field = {"event": "name", "page": PAGE}.get(question.nodes, question.nodes)
    label: exp.Expr = exp.cast(asking.field(field), "varchar")
    if question.nodes != "event":  # the goal may be no page: it is a place of its own
        label = exp.Coalesce(this=label, expressions=[exp.Case().when(goal.copy(), exp.column("name"))])
    columns = [
        exp.column("customer_id"), exp.column("at"), exp.column("event_id"), label.as_("label"),
        (condition(anchor, asking) if anchor else exp.false()).as_("a"), goal.as_("g"), exp.column("amount"),
    ]  # fmt: skip
    by = read_breakdown(asking)
    asks = (field, question.goal.where or {}, anchor.where or {} if anchor else {})
    rows = split_rows(asking, by, columns, asking.stretch, asks=asks, known=True)
    rows = exp.select("*").from_(rows.subquery("e")).where(sql("NOT label IS NULL"))
    gap = length(question.gap, "gap") if question.gap else None
    return Plan(rows, gap, by, asking.stretch.end, label)


def answer(question: Paths, asking: Asking) -> Found:
    """`links`: step, source, source_kind, target, target_kind, journeys (for a picture); `nodes`: step, label, kind, journeys;
    `breaks`: rank, label, value, journeys, broke, rate, went_on, won, won_rate, worth (money of those who went on), cost."""
    plan = read(question, asking)
    engine = asking.engine
    walked = paths_sql.sessions(plan.rows, plan.gap)
    asking.keep(walked)
    asking.keep(paths_sql.passed(exp.select("*").from_("walked"), present=plan.present, gap=plan.gap))
    by_pass = paths_pass.run(question, asking, plan, plan.label)
    if by_pass is not None:
        asking.by = "passes"
        links = drawn(by_pass.links, backwards=bool(question.before))
        nodes = placed_nodes(by_pass.counted, by_pass.totals)
        return _found(question, plan, links, nodes, by_pass.breaks, by_pass.read)
    with engine.scratch(walked) as table:
        found = exp.select("*").from_(table)
        read_rows = int(engine.run(select("SELECT COUNT(*) AS n FROM t", tables={"t": table}))["n"][0].as_py())
        links, nodes = _links(question, asking, found)
        passed = paths_sql.passed(found, present=plan.present, gap=plan.gap)
        with engine.scratch(passed) as seen:
            broken = engine.run(paths_sql.breaks(seen, split=plan.by is not None)).to_pylist()
    return _found(question, plan, links, nodes, broken, read_rows)


def _found(
    question: Paths, plan: Plan, links: list[dict[str, Any]], nodes: list[dict[str, Any]], broken: list[dict[str, Any]],
    read_rows: int,
) -> Found:  # fmt: skip
    data = {
        "links": pa.Table.from_pylist(links, schema=LINKS),
        "nodes": pa.Table.from_pylist(nodes, schema=NODES),
        "breaks": pa.Table.from_pylist(ranked(broken), schema=BREAKS_TABLE),
    }
    goal = question.goal
    facts = {"unit": "money", "nodes": question.nodes, "depth": question.depth, "goal": goal.label, "goals": goal.names}
    return Found(data, read_rows, _notes(plan), facts)


def _links(question: Paths, asking: Asking, found: exp.Select) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    engine = asking.engine
    placed = paths_sql.steps(
        found, depth=question.depth, anchored=bool(question.after or question.before), backwards=bool(question.before)
    )
    with engine.scratch(placed) as table:
        counted = engine.run(paths_sql.node_counts(table, question.top)).to_pylist()
        shown = pa.Table.from_pylist([{"pos": r["pos"], "label": r["label"]} for r in counted], schema=paths_sql.SHOWN)
        with engine.scratch(shown) as named:
            rows = engine.run(paths_sql.links(table, named, depth=question.depth)).to_pylist()
        totals = {r["pos"]: r["n"] for r in engine.run(
            select("SELECT pos, COUNT(*) AS n FROM t GROUP BY pos", tables={"t": table})).to_pylist()}  # fmt: skip
    return drawn(rows, backwards=bool(question.before)), placed_nodes(counted, totals)


def drawn(rows: list[dict[str, Any]], *, backwards: bool) -> list[dict[str, Any]]:
    """Links as they are drawn: from left to right in time, whichever way they were counted."""
    found = []
    for row in rows:
        here, there = (row["source"], _kind(row["source"])), (row["target"], _kind(row["target"]))
        if backwards:
            here, there = there, here
        source, target = (None if k != "node" else v for v, k in (here, there))
        kinds = ("start" if k == "end" and backwards else k for k in (here[1], there[1]))
        source_kind, target_kind = kinds
        found.append(
            {
                "step": -row["pos"] if backwards else row["pos"], "source": source, "source_kind": source_kind,
                "target": target, "target_kind": target_kind, "journeys": row["n"],
            }
        )  # fmt: skip
    return found


def _kind(label: str) -> str:
    return {OTHERS: "others", paths_sql.END: "end"}.get(label, "node")


def placed_nodes(counted: list[dict[str, Any]], totals: Mapping[int, int]) -> list[dict[str, Any]]:
    """The named nodes of each step, and the others together."""
    found = [{"step": r["pos"], "label": r["label"], "kind": "node", "journeys": r["n"]} for r in counted]
    for pos, total in sorted(totals.items()):
        rest = total - sum(r["n"] for r in counted if r["pos"] == pos)
        if rest:
            found.append({"step": pos, "label": None, "kind": "others", "journeys": rest})
    return sorted(found, key=lambda r: (r["step"], r["kind"] != "node", -r["journeys"], r["label"] or ""))


def ranked(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Where journeys break, the dearest first.

    cost = journeys that broke × what one that went on was worth on average. It is what would have come if those who left were
    like those who stayed, so it is the most that mending the place can bring, not what it will.
    """
    found = []
    for row in rows:
        passed, broke, won, worth = (float(row[k] or 0) for k in ("passed", "broke", "won", "worth"))
        on = passed - broke
        each = worth / on if on else None
        found.append(
            {
                "label": row["label"], "value": row["value"], "journeys": int(passed), "broke": int(broke),
                "rate": broke / passed, "went_on": int(on), "won": int(won), "won_rate": won / on if on else None,
                "worth": worth, "cost": None if each is None else broke * each,
            }
        )  # fmt: skip
    found = [r for r in found if r["broke"]]
    found.sort(key=lambda r: (-(r["cost"] or 0.0), -r["broke"], r["label"], r["value"] or ""))
    return [{"rank": i, **row} for i, row in enumerate(found[:BREAKS], 1)]


LINKS = pa.schema(
    [
        ("step", pa.int64()), ("source", pa.string()), ("source_kind", pa.string()), ("target", pa.string()),
        ("target_kind", pa.string()), ("journeys", pa.int64()),
    ]
)  # fmt: skip
NODES = pa.schema([("step", pa.int64()), ("label", pa.string()), ("kind", pa.string()), ("journeys", pa.int64())])
BREAKS_TABLE = pa.schema(
    [
        ("rank", pa.int64()), ("label", pa.string()), ("value", pa.string()), ("journeys", pa.int64()), ("broke", pa.int64()),
        ("rate", pa.float64()), ("went_on", pa.int64()), ("won", pa.int64()), ("won_rate", pa.float64()),
        ("worth", pa.float64()), ("cost", pa.float64()),
    ]
)  # fmt: skip


def _notes(plan: Plan) -> tuple[Text, ...]:
    found = [
        Text(
            "The cost of a break supposes that those who left would have bought like those who went on. They were likely less"
            " keen, so it is the most that mending the place can bring.",
            "끊긴 곳의 손실은 떠난 고객도 계속 간 고객만큼 샀으리라고 본 값입니다."
            " 실제로는 덜 살 고객이 많으므로, 고쳐서 얻을 수 있는 최대치입니다.",
        )
    ]
    if plan.gap is None:
        found.append(
            Text(
                "Each customer's whole time is one journey, so a journey breaks only where the customer was last seen.",
                "고객의 전체 시간을 한 여정으로 보므로, 마지막으로 본 곳에서만 끊긴 것으로 셉니다.",
            )
        )
    return tuple(found)


def people(question: Paths, cell: Mapping[str, Any], asking: Asking) -> Crowd:
    """Who broke off at a place ({break: label, value?}), or was at a place of the picture ({step, label})."""
    plan = read(question, asking)
    walked = paths_sql.sessions(plan.rows, plan.gap)
    if "break" in cell:
        passed = paths_sql.passed(walked, present=plan.present, gap=plan.gap)
        query = exp.select("customer_id").distinct().from_(passed.subquery("p"))
        query = query.where(sql("broke = 1 AND label = :label", label=str(cell["break"])))
        if plan.by is not None and "value" in cell:
            value = cell["value"]
            query = query.where(sql("value IS NULL") if value is None else sql("value = :v", v=str(value)))
        return Crowd(query)
    if not isinstance(cell.get("step"), int) or not cell.get("label"):
        raise NotFoundError(
            Text("there is no such place", "그런 곳이 없습니다"),
            where="cell",
            hint=Text.same('{"break": "Product Viewed"}, {"step": 1, "label": "Product Viewed"}'),
        )
    placed = paths_sql.steps(
        walked, depth=question.depth, anchored=bool(question.after or question.before), backwards=bool(question.before)
    )
    query = exp.select("customer_id").distinct().from_(placed.subquery("p"))
    return Crowd(query.where(sql("pos = :p AND label = :label", p=abs(cell["step"]), label=str(cell["label"]))))


KIND = Kind(
    Paths,
    Text("Paths", "경로"),
    Text("Which ways do customers take, and where do they break off?", "고객은 어떤 길로 다니고, 어디서 끊기나요?"),
    Text(
        "A journey is what one customer did without a longer pause than the gap. The same thing twice running is one step. A"
        " journey breaks at the last thing seen, when the goal was not reached after it.",
        "여정은 한 고객이 정한 시간보다 오래 쉬지 않고 한 일입니다. 같은 것이 잇달으면 한 걸음으로 봅니다."
        " 그 뒤로 목표에 이르지 못했으면 마지막으로 본 곳에서 끊긴 것으로 셉니다.",
    ),
    answer,
    people,
)
