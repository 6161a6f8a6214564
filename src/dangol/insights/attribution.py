"""Attribution: seven ways to share conversions among the touches before them, side by side, and what none of them can say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import pyarrow as pa
from pydantic import Field
from sqlglot import exp

from dangol.engine import sql
from dangol.insights.asking import Asking, named
from dangol.insights.behind import did, is_, whole
from dangol.insights.credit import GOAL, LOST, START, markov
from dangol.insights.journeys import credited, listed, numbered, paths, steps_of, untouched
from dangol.insights.question import Crowd, Found, Kind, Question, Step
from dangol.insights.shapes import peeked
from dangol.schema import Text

NONE = "(none)"
"""Where a conversion goes that no touch preceded."""
OTHERS = "(others)"
MODELS = ("first", "last", "linear", "position", "decay", "markov", "shapley")


class Attribution(Question):
    """Which touches lead to conversions, by seven models."""

    kind: Literal["attribution"] = "attribution"
    goal: Step = Field(Step(event="Order Completed"), description="what counts as a conversion")
    touch: str = Field(
        "campaign",
        max_length=200,
        description="the field that names a touch: campaign, channel, context.campaign.source",
    )
    touches: tuple[Step, ...] = Field(
        (), max_length=20, description="events that count as touches; empty: every event that has the field"
    )
    lookback_days: int = Field(30, ge=1, le=365, description="a touch counts for so long")
    half_life_days: float = Field(7, gt=0, le=365, description="time decay: a touch so much older counts half")
    gap_minutes: int = Field(30, ge=0, le=1440, description="touches of the same name within so long are one")
    top: int = Field(30, ge=1, le=50, description="touches shown by name; the rest are others")


def answer(question: Attribution, asking: Asking) -> Found:
    with asking.engine.scratch(_told(question, asking)) as told:
        names = _names(question, asking, told)
        kept = numbered(told, names, question, asking.stretch.start)
        asking.keep(kept)
        with asking.engine.scratch(kept) as touches:
            return _shared(question, asking, told, touches)


def _shared(question: Attribution, asking: Asking, told: str, touches: str) -> Found:
    rows = peeked(asking, credited(touches, question.half_life_days)).to_pylist()
    whole = peeked(asking, _totals(told, touches, asking)).to_pylist()[0]
    share = markov(
        {(r["here"], r["there"]): r["n"] for r in peeked(asking, steps_of(touches, START, GOAL, LOST)).to_pylist()}
    )
    reached, worth = whole["touched"] or 0, whole["touched_value"] or 0.0
    table = []
    for row in rows:
        part = share.get(row["touch"], 0.0)
        table.append({**row, "markov": part * reached, "markov_value": part * worth})
    missing = whole["conversions"] - reached
    if missing:
        lost = dict.fromkeys(MODELS, float(missing))
        value = float(whole["value"] - worth)
        alone = {
            "touch": NONE,
            "touches": 0,
            "journeys": missing,
            "customers": None,
            "conversions": missing,
            "value": value,
        }
        table.append({**alone, **lost, **{f"{m}_value": value for m in MODELS}})
    table.sort(key=lambda r: (-r["linear"], r["touch"]))
    top = peeked(asking, paths(touches))
    facts = {
        "conversions": whole["conversions"],
        "value": whole["value"],
        "touched": reached,
        "journeys": whole["journeys"],
        "models": MODELS,
        "touch": question.touch,
    }
    data = {"credit": pa.Table.from_pylist(table, schema=_CREDIT), "paths": listed(top)}
    return Found(data, int(whole["read"]), NOTES, facts)


_CREDIT = pa.schema(
    [
        ("touch", pa.string()),
        ("touches", pa.int64()),
        ("journeys", pa.int64()),
        ("customers", pa.int64()),
        ("conversions", pa.int64()),
        ("value", pa.float64()),
        *((m, pa.float64()) for m in MODELS),
        *((f"{m}_value", pa.float64()) for m in MODELS),
    ]
)
"""`conversions` and `value` are of journeys that met the touch: they count twice where two touches met. The models share."""


def _told(question: Attribution, asking: Asking) -> exp.Select:
    """Touches and conversions: customer_id, at, event_id, goal (1 or 0), touch, value."""
    goal = exp.and_(named(question.goal.names), asking.filtered(question.goal.where))
    touch = exp.cast(asking.field(question.touch), "varchar")
    counts = exp.and_(sql("NOT :touch IS NULL", touch=touch), _counting(question, asking))
    is_goal = sql("CASE WHEN :goal THEN 1 ELSE 0 END", goal=goal)
    columns: list[exp.Expr] = [
        exp.column("customer_id"),
        exp.column("at"),
        exp.column("event_id"),
        is_goal.as_("goal"),
        sql("CASE WHEN :goal THEN NULL ELSE :touch END", goal=goal, touch=touch).as_("touch"),
        sql("CASE WHEN :goal THEN CAST(COALESCE(amount, 0) AS DOUBLE) ELSE 0.0 END", goal=goal).as_("value"),
    ]
    early = replace(asking.stretch, start=asking.stretch.start - dt.timedelta(days=question.lookback_days))
    asks = (question.touch, question.goal.where, *(s.where for s in question.touches))
    return asking.rows(columns, early, asks=asks, known=True).where(exp.or_(goal, counts))


def _counting(question: Attribution, asking: Asking) -> exp.Expr:
    if not question.touches:
        return exp.true()
    return exp.or_(*(exp.and_(named(s.names), asking.filtered(s.where)) for s in question.touches))


def _names(question: Attribution, asking: Asking, told: str | exp.Expr) -> list[str]:
    """The touches shown by name: those there are most of."""
    query = sql(
        "SELECT touch, COUNT(*) AS n FROM told WHERE NOT touch IS NULL GROUP BY touch ORDER BY n DESC, touch LIMIT :top",
        tables={"told": told},
        top=question.top,
    )
    return [str(t) for t in peeked(asking, query)["touch"].to_pylist()]


def _totals(told: str, touches: str, asking: Asking) -> exp.Expr:
    """All conversions of the period and their value, those with a touch, and how many rows were read."""
    return sql(
        "SELECT (SELECT COUNT(*) FROM told) AS read,"
        " (SELECT COUNT(*) FROM told WHERE goal = 1 AND at >= :start) AS conversions,"
        " (SELECT COALESCE(SUM(value), 0) FROM told WHERE goal = 1 AND at >= :start) AS value,"
        " (SELECT COUNT(*) FROM touches WHERE nth = 1) AS journeys,"
        " (SELECT COUNT(*) FROM touches WHERE nth = 1 AND converted = 1) AS touched,"
        " (SELECT COALESCE(SUM(worth), 0) FROM touches WHERE nth = 1 AND converted = 1) AS touched_value",
        tables={"told": told, "touches": touches},
        start=asking.stretch.start,
    )


def people(question: Attribution, cell: Mapping[str, Any], asking: Asking) -> Crowd:
    """Customers whose journeys met a touch (`touch`; others: one that is not shown by name); only those that converted with
    ``converted: true``. None: those with a conversion that no touch preceded."""
    told, start = _told(question, asking), asking.stretch.start
    touch = None if cell.get("touch") is None else str(cell["touch"])
    if touch == NONE:
        return Crowd(untouched(told, question, start))
    names = _names(question, asking, told) if touch == OTHERS else None if touch is None else [touch]
    kept = numbered(told, names, question, start)
    query = sql(
        "SELECT DISTINCT customer_id FROM touches WHERE (:any OR touch = :touch) AND (:open OR converted = 1)",
        tables={"touches": kept},
        any=touch is None,
        touch=touch or "",
        open=not cell.get("converted"),
    )
    assert isinstance(query, exp.Query)
    if touch in (None, OTHERS):
        return Crowd(query)
    events = list(dict.fromkeys(n for s in question.touches for n in s.names))
    touched = did(asking, events, is_(question.touch, touch))
    won = did(asking, question.goal.names, question.goal.where) if cell.get("converted") else None
    return Crowd(query, whole(asking, touched, won))


NOTES = (
    Text(
        "No model here proves that a touch caused an order: customers who would have bought anyway meet touches, too. Only a"
        " holdout shows what a contact changed.",
        "어떤 모형도 접점이 주문을 일으켰다고 증명하지 못합니다. 어차피 샀을 고객도 접점을 만납니다. 접촉이 바꾼"
        " 것은 대조군으로만 알 수 있습니다.",
    ),
    Text(
        "Touches that were not recorded (other devices, word of mouth, visits without consent) get nothing.",
        "기록되지 않은 접점(다른 기기, 입소문, 동의하지 않은 방문)은 아무 몫도 받지 못합니다.",
    ),
    Text(
        "Journeys that are still open at the end of the period count as not converted; this lowers Markov's shares"
        " of late touches.",
        "기간이 끝날 때 진행 중인 여정은 전환하지 않은 것으로 셉니다. 그래서 늦은 접점의 마르코프 몫이 낮아집니다.",
    ),
)

KIND = Kind(
    Attribution,
    Text("Attribution", "기여 분석"),
    Text("Which touches lead to orders?", "어떤 접점이 주문으로 이어지나요?"),
    Text(
        "Each conversion and its value, shared among the touches of the same customer in the lookback before it: all"
        " to the first or the"
        " last, equally, 40-20-40, by age (half-life), by Markov removal effect, and by Shapley value.",
        "전환 한 건과 그 금액을 같은 고객이 그 전 일정 기간에 만난 접점에 나눕니다: 처음 또는 마지막에 모두, 똑같이,"
        " 40-20-40, 지난 시간에"
        " 따라(반감기), 마르코프 제거 효과로, 섀플리 값으로.",
    ),
    answer,
    people,
)
