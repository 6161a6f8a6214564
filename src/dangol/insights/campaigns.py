"""Campaign response: whom each campaign reached, who redeemed, and what they spent during it against before. Not lift."""

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
from dangol.insights.question import Crowd, Found, Kind, Question, Step
from dangol.insights.shapes import peeked, told
from dangol.insights.significance import wilson
from dangol.schema import Text


class Campaigns(Question):
    """How each campaign was answered."""

    kind: Literal["campaigns"] = "campaigns"
    period: str = Field("all", max_length=60, description="campaigns that began in this time")
    reached: Step = Field(
        Step(event="Campaign Reached"),
        description="the event of a customer who was reached; its `campaign` says by which",
    )
    redeemed: Step = Field(
        Step(event="Coupon Applied"), description="the event of a customer who took it up, with the same `campaign`"
    )
    days: int = Field(30, ge=1, le=365, description="how long a campaign lasts whose events do not say `campaign_ends`")
    shown: int = Field(100, ge=1, le=1000, description="campaigns listed, the newest")


def answer(question: Campaigns, asking: Asking) -> Found:
    query = _spans(question, asking)
    asking.keep(query)
    with asking.engine.scratch(query) as spans:
        query = _reached(question, asking, spans)
        asking.keep(query)
        with asking.engine.scratch(query) as reached:
            found = told(asking, _response(question, asking, reached, spans)).to_pylist()
            read = peeked(asking, sql("SELECT COUNT(*) AS n FROM r", tables={"r": reached}))["n"][0].as_py()
    low, high = wilson([r["redeemers"] for r in found], [r["reached"] for r in found])
    rows = []
    for i, r in enumerate(found):
        n = r["reached"]
        rows.append(
            {
                **{
                    k: r[k]
                    for k in ("campaign", "type", "starts", "ends", "days", "reached", "redeemers", "redemptions")
                },
                "rate": r["redeemers"] / n,
                "low": low[i],
                "high": high[i],
                "buyers_before": r["buyers_before"],
                "buyers_during": r["buyers_during"],
                "spend_before": r["spend_before"] / n,
                "spend_during": r["spend_during"] / n,
                "change": (r["spend_during"] - r["spend_before"]) / n,
                "others": r["others"],
                "others_before": r["others_before"] / r["others"] if r["others"] else None,
                "others_during": r["others_during"] / r["others"] if r["others"] else None,
                "cut": bool(r["cut"]),
            }
        )
    rows.sort(key=lambda r: (r["starts"], r["campaign"]))
    table = pa.Table.from_pylist(rows[-question.shown :], schema=_ROWS)
    facts = {
        "campaigns": len(rows),
        "reached": sum(r["reached"] for r in rows),
        "redeemers": sum(r["redeemers"] for r in rows),
    }
    return Found({"campaigns": table}, int(read), NOTES, facts)


_ROWS = pa.schema(
    [
        ("campaign", pa.string()),
        ("type", pa.string()),
        ("starts", pa.timestamp("us")),
        ("ends", pa.timestamp("us")),
        ("days", pa.int64()),
        ("reached", pa.int64()),
        ("redeemers", pa.int64()),
        ("redemptions", pa.int64()),
        ("rate", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("buyers_before", pa.int64()),
        ("buyers_during", pa.int64()),
        ("spend_before", pa.float64()),
        ("spend_during", pa.float64()),
        ("change", pa.float64()),
        ("others", pa.int64()),
        ("others_before", pa.float64()),
        ("others_during", pa.float64()),
        ("cut", pa.bool_()),
    ]
)
"""Spend is a mean a customer, of orders less what was undone; `others` are customers who had ordered before the campaign
began and were not reached by it; `cut`: not all of its days, or not as many before it, lie within what is known."""


def _began(question: Campaigns, asking: Asking) -> exp.Select:
    """(campaign, type, starts, ends_said) of the campaigns that began in the period: with the first reach of anybody, whomever
    the question is about."""
    step, columns = (
        question.reached,
        [asking.field("campaign_type").as_("type"), asking.field("campaign_ends").as_("ends_said")],
    )
    every = exp.select(exp.column("campaign"), exp.column("at"), *columns).from_(asking.facts("events", step.where))
    every = every.where(sql("NOT campaign IS NULL"), named(step.names), asking.filtered(step.where))
    query = sql(
        "SELECT campaign, MIN(type) AS type, MIN(at) AS starts, MAX(ends_said) AS ends_said FROM r GROUP BY campaign"
        " HAVING MIN(at) >= :low AND MIN(at) < :high",
        tables={"r": every},
        low=asking.stretch.start,
        high=asking.stretch.end,
    )
    assert isinstance(query, exp.Select)
    return query


def _reached(question: Campaigns, asking: Asking, began: str | exp.Select) -> exp.Select:
    """(customer_id, campaign), one row a customer and campaign that began in the period, whenever it reached them."""
    since = replace(asking.stretch, end=max(asking.stretch.end, asking.context.now))
    columns: list[exp.Expr] = [exp.column("customer_id"), exp.column("campaign")]
    rows = asking.rows(columns, since, names=question.reached.names, asks=(question.reached.where,), known=True)
    rows = rows.where(
        sql("campaign IN (SELECT campaign FROM s)", tables={"s": began}), asking.filtered(question.reached.where)
    )
    return rows.distinct()


def _taken(question: Campaigns, asking: Asking) -> exp.Select:
    """(customer_id, campaign, at): a row a redemption, of known customers."""
    step = question.redeemed
    rows = exp.select("customer_id", "campaign", "at").from_(asking.facts("events", step.where))
    return rows.where(
        sql("NOT campaign IS NULL AND NOT customer_id IS NULL"), named(step.names), asking.filtered(step.where)
    )


def _spans(question: Campaigns, asking: Asking) -> exp.Expr:
    """(campaign, type, starts, ends, days, before, cut): from the first reach to the end a campaign says, that day
    included; `before` begins as many days earlier."""
    said = sql(
        "SELECT campaign, type, starts, TRY_CAST(SUBSTRING(ends_said, 1, 10) AS DATE) AS last_day FROM r",
        tables={"r": _began(question, asking)},
    )
    known = sql("SELECT MIN(at) AS first FROM events WHERE name = 'Order Completed'")
    return sql(
        "SELECT campaign, type, starts, starts + n * INTERVAL '1' DAY AS ends, n AS days, starts - n * INTERVAL '1'"
        " DAY AS before,"
        " CASE WHEN starts + n * INTERVAL '1' DAY > :now OR starts - n * INTERVAL '1' DAY < k.first THEN 1 ELSE 0 END AS cut"
        " FROM (SELECT s.*, CASE WHEN last_day IS NULL THEN :days"
        " ELSE GREATEST(1, DATE_DIFF('day', CAST(:here AS DATE), last_day) + 1) END AS n FROM s) AS s, k",
        tables={"s": said, "k": known},
        now=asking.context.now,
        days=question.days,
        here=asking.local(exp.column("starts"), asking.stretch),
    )


def _response(question: Campaigns, asking: Asking, reached: str, spans: str) -> exp.Expr:
    """One row a campaign: reached, redeemed, and spend of the reached and of the others, before and during."""
    spent = sql(
        "SELECT s.campaign, e.customer_id, SUM(CASE WHEN e.at < s.starts THEN e.amount ELSE 0 END) AS before,"
        " SUM(CASE WHEN e.at >= s.starts THEN e.amount ELSE 0 END) AS during,"
        " MAX(CASE WHEN e.at < s.starts AND e.name = 'Order Completed' THEN 1 ELSE 0 END) AS bought_before,"
        " MAX(CASE WHEN e.at >= s.starts AND e.name = 'Order Completed' THEN 1 ELSE 0 END) AS bought_during"
        " FROM s JOIN events AS e ON e.at >= s.before AND e.at < s.ends"
        " WHERE e.name IN ('Order Completed', 'Order Cancelled', 'Order Refunded') AND NOT e.customer_id IS NULL"
        " GROUP BY s.campaign, e.customer_id",
        tables={"s": spans},
    )
    taken = sql(
        "SELECT s.campaign, e.customer_id, COUNT(*) AS n FROM s JOIN e ON e.campaign = s.campaign AND e.at >= s.starts"
        " GROUP BY s.campaign, e.customer_id",
        tables={"s": spans, "e": _taken(question, asking)},
    )
    inside = sql(
        "SELECT r.campaign, COUNT(*) AS reached, COUNT(t.n) AS redeemers, COALESCE(SUM(t.n), 0) AS redemptions,"
        " COALESCE(SUM(p.bought_before), 0) AS buyers_before, COALESCE(SUM(p.bought_during), 0) AS buyers_during,"
        " CAST(COALESCE(SUM(p.before), 0) AS DOUBLE) AS spend_before, CAST(COALESCE(SUM(p.during), 0) AS DOUBLE) AS spend_during"
        " FROM r LEFT JOIN t ON t.campaign = r.campaign AND t.customer_id = r.customer_id"
        " LEFT JOIN p ON p.campaign = r.campaign AND p.customer_id = r.customer_id GROUP BY r.campaign",
        tables={"r": reached, "t": taken, "p": spent},
    )
    known = sql(
        "SELECT customer_id, MIN(at) AS first FROM events WHERE name = 'Order Completed' AND NOT customer_id IS NULL AND :whose"
        " GROUP BY customer_id",
        whose=asking.whose() or exp.true(),
    )
    outside = sql(
        "SELECT s.campaign, COUNT(*) AS others, CAST(COALESCE(SUM(p.before), 0) AS DOUBLE) AS others_before,"
        " CAST(COALESCE(SUM(p.during), 0) AS DOUBLE) AS others_during FROM s JOIN k ON k.first < s.starts"
        " LEFT JOIN r ON r.campaign = s.campaign AND r.customer_id = k.customer_id"
        " LEFT JOIN p ON p.campaign = s.campaign AND p.customer_id = k.customer_id"
        " WHERE r.customer_id IS NULL GROUP BY s.campaign",
        tables={"s": spans, "k": known, "r": reached, "p": spent},
    )
    return sql(
        "SELECT s.*, i.reached, i.redeemers, i.redemptions, i.buyers_before, i.buyers_during, i.spend_before, i.spend_during,"
        " COALESCE(o.others, 0) AS others, o.others_before, o.others_during"
        " FROM s JOIN i ON i.campaign = s.campaign LEFT JOIN o ON o.campaign = s.campaign ORDER BY s.starts, s.campaign",
        tables={"s": spans, "i": inside, "o": outside},
    )


def people(question: Campaigns, cell: Mapping[str, Any], asking: Asking) -> Crowd:
    """Whom a campaign reached; with ``redeemed`` true or false, those who took it up, or did not."""
    campaign, redeemed = str(cell.get("campaign") or ""), cell.get("redeemed")
    began = exp.select("*").from_(_began(question, asking).subquery("b")).where(sql("campaign = :c", c=campaign))
    found = peeked(asking, began)["starts"].to_pylist()
    starts: dt.datetime | None = found[0].replace(tzinfo=dt.UTC) if found else None
    taken = _taken(question, asking).where(
        sql("campaign = :c AND at >= :at", c=campaign, at=starts or asking.stretch.end)
    )
    query = sql(
        "SELECT r.customer_id FROM r LEFT JOIN (SELECT DISTINCT customer_id FROM t) AS k"
        " ON k.customer_id = r.customer_id WHERE :either OR (NOT k.customer_id IS NULL) = :wanted",
        tables={"r": _reached(question, asking, began), "t": taken},
        either=not isinstance(redeemed, bool),
        wanted=bool(redeemed),
    )
    assert isinstance(query, exp.Query)
    mine = is_("campaign", campaign)
    parts = [did(asking, question.reached.names, question.filter, question.reached.where, mine, always=True)]
    if isinstance(redeemed, bool):
        took = did(asking, question.redeemed.names, question.redeemed.where, mine, always=True)
        if starts is not None:
            took["since"] = asking.stretch.local(starts).isoformat(sep=" ")
        parts.append(took if redeemed else {"not": took})
    return Crowd(query, whole(asking, *parts), starts is not None)


NOTES = (
    Text(
        "This is not lift. Whoever was chosen for a campaign would have spent differently anyway: spend during"
        " against before mixes the"
        " campaign with season, habit and choice. Only customers left out by chance show what it changed.",
        "이것은 증분 효과가 아닙니다. 캠페인 대상으로 뽑힌 고객은 원래도 다르게 샀을 것이고, 전후의 지출에는 계절과"
        " 습관, 대상 선정의 영향이"
        " 섞여 있습니다. 무작위로 뺀 대조군이 있어야 캠페인이 바꾼 것을 알 수 있습니다.",
    ),
    Text(
        "The others were not left out by chance; they show the season, not what would have happened.",
        "대상이 아닌 고객은 무작위로 뺀 것이 아닙니다. 계절의 흐름을 보여 줄 뿐, 캠페인이 없었을 때의 모습은 아닙니다.",
    ),
    Text(
        "Campaigns that overlap share customers, and each counts the whole of their spend.",
        "겹치는 캠페인은 같은 고객의 지출을 각각 모두 셉니다.",
    ),
)

KIND = Kind(
    Campaigns,
    Text("Campaign response", "캠페인 반응"),
    Text("How were campaigns answered?", "고객이 캠페인에 어떻게 반응했나요?"),
    Text(
        "For each campaign: customers reached, the share that redeemed (95 % interval), and mean spend of the"
        " reached during it and in as"
        " many days before it, beside customers not reached.",
        "캠페인별로 닿은 고객, 쓴 고객의 비율(95% 구간), 닿은 고객의 캠페인 기간과 그 전 같은 날수의 평균 지출. 닿지"
        " 않은 고객도 함께 보여 줍니다.",
    ),
    answer,
    people,
)
