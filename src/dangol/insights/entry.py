"""Entry points: what customers buy first, and which first purchase leads to a second one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pyarrow as pa
from pydantic import Field
from sqlglot import exp

from dangol.engine import sql
from dangol.insights.asking import Asking
from dangol.insights.behind import did, is_, whole
from dangol.insights.journeys import days
from dangol.insights.question import Crowd, Found, Kind, Question
from dangol.insights.shapes import told
from dangol.insights.significance import g_test, wilson, words
from dangol.schema import ORDER_ITEMS, Text


class Entry(Question):
    """Which first product, category, channel or place leads to a second order."""

    kind: Literal["entry"] = "entry"
    period: str = Field("12 months", max_length=60, description="first orders in this time")
    of: str = Field(
        "category",
        max_length=200,
        description="of the first order: category, product_id, brand, channel, place, coupon",
    )
    within_days: int = Field(90, ge=1, le=730, description="a second order counts within so many days")
    least: int = Field(20, ge=1, description="customers an entry point must have")
    shown: int = Field(100, ge=1, le=1000, description="entry points listed")


def answer(question: Entry, asking: Asking) -> Found:
    first = _first(question, asking)
    asking.keep(first)
    with asking.engine.scratch(first) as kept:
        whole = told(asking, _whole(kept)).to_pylist()[0]
        found = told(asking, _points(question, asking, kept)).to_pylist()
    n, k = int(whole["ripe"] or 0), int(whole["repeated"] or 0)
    sizes, hits = [r["ripe"] for r in found], [r["repeated"] for r in found]
    low, high = wilson(hits, sizes)
    p = g_test(hits, sizes, [k] * len(found), n)
    sure = words(list(p))
    rows = [
        {
            "entry": r["entry"],
            "customers": r["customers"],
            "ripe": r["ripe"],
            "repeated": r["repeated"],
            "rate": r["repeated"] / r["ripe"] if r["ripe"] else None,
            "low": low[i],
            "high": high[i],
            "against": (r["repeated"] / r["ripe"] - k / n) if r["ripe"] and n else None,
            "sure": sure[i],
            "days_to_second": r["days_to_second"],
            "value": r["value"],
        }
        for i, r in enumerate(found)
    ]
    rows.sort(key=lambda r: (-r["customers"], str(r["entry"])))
    facts = {
        "customers": int(whole["customers"] or 0),
        "ripe": n,
        "repeated": k,
        "rate": k / n if n else None,
        "entry_points": len(rows),
        "within_days": question.within_days,
    }
    table = pa.Table.from_pylist(rows[: question.shown], schema=_POINTS)
    return Found({"entries": table}, int(whole["customers"] or 0), NOTES, facts)


_POINTS = pa.schema(
    [
        ("entry", pa.string()),
        ("customers", pa.int64()),
        ("ripe", pa.int64()),
        ("repeated", pa.int64()),
        ("rate", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("against", pa.float64()),
        ("sure", pa.string()),
        ("days_to_second", pa.float64()),
        ("value", pa.float64()),
    ]
)
"""`ripe`: customers whose days are over, of whom it is known whether they came again; `against`: rate less everyone's;
`days_to_second`: median; `value`: mean revenue of a ripe customer within the days, the first order included."""


def _first(question: Entry, asking: Asking) -> exp.Select:
    """One row a customer whose first order ever lies in the period: event_id, at, ripe (1 or 0), again_at, value.

    A second order is one at a later moment, of another order id.
    """
    stretch, now = asking.stretch, asking.context.now
    orders = sql(
        "SELECT customer_id, event_id, at, order_id, CAST(COALESCE(amount, 0) AS DOUBLE) AS amount FROM events"
        " WHERE name = 'Order Completed' AND NOT customer_id IS NULL AND at <= :now",
        now=now,
    )
    placed = sql(
        "SELECT o.*, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY at, event_id) AS place FROM o",
        tables={"o": orders},
    )
    within = exp.Interval(this=exp.Literal.string(str(question.within_days)), unit=exp.Var(this="DAY"))
    query = sql(
        "SELECT f.customer_id, f.event_id, f.at, CASE WHEN f.at + :within <= :now THEN 1 ELSE 0 END AS ripe,"
        " MIN(CASE WHEN s.at > f.at AND s.at <= f.at + :within THEN s.at END) AS again_at,"
        " f.amount + SUM(CASE WHEN s.place > 1 AND s.at <= f.at + :within THEN s.amount ELSE 0.0 END) AS value"
        " FROM f JOIN s ON s.customer_id = f.customer_id"
        " WHERE f.place = 1 AND f.at >= :start AND f.at < :end GROUP BY f.customer_id, f.event_id, f.at, f.amount",
        tables={"f": placed, "s": placed},
        within=within,
        now=now,
        start=stretch.start,
        end=stretch.end,
    )
    assert isinstance(query, exp.Select)
    whose = asking.whose()
    if whose is None and not question.filter:
        return query
    kept = exp.select("*").from_(query.subquery("first"))
    if whose is not None:
        kept = kept.where(whose)
    if question.filter:
        events = exp.select("event_id").from_(asking.facts("events")).where(asking.filtered(question.filter))
        kept = kept.where(exp.In(this=exp.column("event_id"), query=events.subquery()))
    return kept


def _whole(kept: str) -> exp.Expr:
    return sql(
        "SELECT COUNT(*) AS customers, SUM(ripe) AS ripe,"
        " SUM(CASE WHEN ripe = 1 AND NOT again_at IS NULL THEN 1 ELSE 0 END) AS repeated FROM t",
        tables={"t": kept},
    )


def _of(question: Entry) -> Literal["items", "events"]:
    own = ORDER_ITEMS.column(question.of) is not None and question.of not in ("channel", "place")
    return "items" if own else "events"


def _named(question: Entry, asking: Asking, kept: str | exp.Query) -> exp.Expr:
    """(event_id, entry): what a first order was of; each of its items once where the field is of items."""
    of = _of(question)
    value = exp.cast(asking.field(question.of, of), "varchar")
    rows = exp.select(exp.column("event_id"), value.as_("entry")).from_(asking.facts(of, question.of))
    rows = rows.where(sql("event_id IN (SELECT event_id FROM t)", tables={"t": kept}))
    if of == "items":
        rows = rows.where(sql("quantity > 0 OR quantity IS NULL"))
    return sql("SELECT DISTINCT event_id, entry FROM r WHERE NOT entry IS NULL", tables={"r": rows})


def _points(question: Entry, asking: Asking, kept: str) -> exp.Expr:
    return sql(
        "SELECT e.entry, COUNT(*) AS customers, SUM(f.ripe) AS ripe,"
        " SUM(CASE WHEN f.ripe = 1 AND NOT f.again_at IS NULL THEN 1 ELSE 0 END) AS repeated,"
        " MEDIAN(CASE WHEN f.ripe = 1 THEN :again - :at END) AS days_to_second,"
        " AVG(CASE WHEN f.ripe = 1 THEN f.value END) AS value"
        " FROM e JOIN f ON f.event_id = e.event_id GROUP BY e.entry HAVING COUNT(*) >= :least",
        tables={"e": _named(question, asking, kept), "f": kept},
        again=days(exp.column("again_at", "f")),
        at=days(exp.column("at", "f")),
        least=question.least,
    )


def people(question: Entry, cell: Mapping[str, Any], asking: Asking) -> Crowd:
    """Who came in through an entry point (`entry`); ``repeated`` true or false: who came again within the days, or not."""
    first = _first(question, asking)
    wanted = cell.get("repeated")
    query = sql(
        "SELECT DISTINCT f.customer_id FROM f LEFT JOIN e ON e.event_id = f.event_id"
        " WHERE (:any OR e.entry = :entry) AND (:either OR (f.ripe = 1 AND :wanted = (NOT f.again_at IS NULL)))",
        tables={"f": first, "e": _named(question, asking, first)},
        any=cell.get("entry") is None,
        entry=str(cell.get("entry") or ""),
        either=not isinstance(wanted, bool),
        wanted=bool(wanted),
    )
    assert isinstance(query, exp.Query)
    if not isinstance(wanted, bool) and cell.get("entry") is not None:
        bought = did(asking, ["Order Completed"], is_(question.of, str(cell["entry"])), of=_of(question))
        return Crowd(query, whole(asking, bought))
    return Crowd(query)


NOTES = (
    Text(
        "Customers who begin with different things differ in other ways, too: moving newcomers to the best entry"
        " point need not make"
        " them come back as often.",
        "처음 산 것이 다른 고객은 다른 점도 다릅니다. 새 고객을 가장 좋은 첫 상품으로 이끈다고 해서 그만큼 다시"
        " 오지는 않을 수 있습니다.",
    ),
    Text(
        "Customers whose days are not over yet are left out of rates. A first order of several things counts at each of them.",
        "아직 정한 날이 지나지 않은 고객은 비율에서 뺍니다. 첫 주문에 여러 가지가 들었으면 각각에 셉니다.",
    ),
    Text(
        "A first order is the first one known: customers who bought before the data begins look new.",
        "첫 주문은 자료에 있는 첫 주문입니다. 자료가 시작하기 전에 산 고객도 새 고객으로 보입니다.",
    ),
)

KIND = Kind(
    Entry,
    Text("Entry points", "첫 구매와 재구매"),
    Text(
        "What do customers buy first, and which first purchase brings them back?",
        "고객은 무엇을 처음 사고, 어떤 첫 구매가 다시 오게 하나요?",
    ),
    Text(
        "Customers by what their first order was of; of those whose days are over, the share with a second order"
        " within them, with a"
        " 95 % interval, and how it differs from everyone's.",
        "첫 주문에 든 것별 고객 수. 정한 날이 지난 고객 가운데 그 안에 두 번째로 주문한 비율과 95% 구간, 전체와의 차이.",
    ),
    answer,
    people,
)
