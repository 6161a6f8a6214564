"""Stored segments, ranks, splits, consent, reachability and yearly days as SQL."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from sqlglot import exp

from dangol.engine import DIALECT, literal
from dangol.engine import sql as static
from dangol.rules.compile_tests import both, held_sql, one_of, present
from dangol.rules.context import Context
from dangol.rules.nodes import Consent, Day, Duration, Rank, Reachable, Split, Top
from dangol.rules.parse_other import CHANNEL_KINDS
from dangol.rules.windows import TICK, back, calendar

SPLIT_STEPS = 2**32


def stored_sql(name: str, who: exp.Column, ctx: Context) -> exp.Expr:
    """Members of a stored segment: now, or at the moment asked for."""
    members = (
        exp.select("customer_id", copy=False)
        .from_(ctx.table("memberships"), copy=False)
        .where(ctx.whose(), exp.column("segment").eq(name), copy=False)
    )
    left = exp.column("left_at")
    still: exp.Expr = exp.Is(this=left, expression=exp.null())
    if ctx.as_of:
        after = exp.GT(this=left.copy(), expression=literal(ctx.now))
        still = exp.paren(exp.or_(still, after, copy=False), copy=False)
        members = members.where(exp.LTE(this=exp.column("entered_at"), expression=literal(ctx.now)), copy=False)
    return _among(who, members.where(still, copy=False))


def top_sql(top: Top, who: exp.Column, ctx: Context) -> exp.Expr:
    return _among(who, top_query(top, ctx))


def top_query(top: Top, ctx: Context) -> exp.Select:
    """Everyone is ranked, whoever is asked about; equal values go by the older customer."""
    value = exp.column(top.by, quoted=True)
    order = [
        exp.Ordered(this=value.copy(), desc=not top.lowest, nulls_first=False),
        exp.Ordered(this=exp.column("customer_id"), nulls_first=False),
    ]
    place = exp.Window(this=exp.RowNumber(), order=exp.Order(expressions=order))
    everyone = exp.Window(this=exp.Count(this=exp.Star()))
    ranked = exp.select(
        "customer_id", exp.alias_(place, "place", copy=False), exp.alias_(everyone, "n", copy=False), copy=False
    ).from_(exp.to_table(ctx.customers), copy=False)
    ranked = ranked.where(present(value), copy=False)
    limit: exp.Expr = exp.convert(top.n)
    if top.percent is not None:  # place − 1 < n × percent ÷ 100, so a share is rounded up
        limit = exp.Mul(
            this=exp.cast(exp.column("n"), "double"), expression=exp.cast(exp.convert(top.percent), "double")
        )
        first = exp.Mul(
            this=exp.convert(100), expression=exp.paren(exp.Sub(this=exp.column("place"), expression=exp.convert(1)))
        )
        within: exp.Expr = exp.LT(this=first, expression=limit)
    else:
        within = exp.LTE(this=exp.column("place"), expression=limit)
    return (
        exp.select("customer_id", copy=False)
        .from_(ranked.subquery("ranked", copy=False), copy=False)
        .where(within, copy=False)
    )


def rank_sql(rank: Rank, who: exp.Column, ctx: Context) -> exp.Expr:
    measured = rank_query(rank, ctx).subquery("measured", copy=False)
    passed = held_sql(exp.column("m"), rank.tests, "number", (ctx.now, ctx.tz))
    return _among(who, exp.select("customer_id", copy=False).from_(measured, copy=False).where(passed, copy=False))


def rank_query(rank: Rank, ctx: Context) -> exp.Select:
    """(customer_id, m): 100 × customers strictly below ÷ all others, among those who have the trait."""
    value = exp.column(rank.by, quoted=True)
    order = exp.Order(expressions=[exp.Ordered(this=value.copy(), nulls_first=False)])
    place = exp.Window(this=exp.Anonymous(this="rank"), order=order)
    everyone = exp.Window(this=exp.Count(this=exp.Star()))
    ranked = exp.select(
        "customer_id", exp.alias_(place, "place", copy=False), exp.alias_(everyone, "n", copy=False), copy=False
    )
    ranked = ranked.from_(exp.to_table(ctx.customers), copy=False).where(present(value), copy=False)
    query = static(
        "SELECT customer_id, CAST(100 * (place - 1) AS DOUBLE) / greatest(n - 1, 1) AS m FROM ranked",
        tables={"ranked": ranked},
    )
    return cast(exp.Select, query)


def split_sql(split: Split, who: exp.Column, ctx: Context) -> exp.Expr:
    """The first 8 hex digits of md5(salt:name:id), compared as text: the same in every engine and in Python."""
    if split.low == 0 and split.high == 1:
        return exp.true()
    mark = exp.Literal.string(split_prefix(split, ctx.salt))
    text = exp.func("concat", mark, exp.cast(who.copy(), "varchar"), dialect=DIALECT)
    digits = exp.Substring(this=exp.MD5(this=text), start=exp.convert(1), length=exp.convert(8))
    parts: list[exp.Expr] = []
    if split.low > 0:
        parts.append(exp.GTE(this=digits, expression=exp.Literal.string(split_edge(split.low))))
    if split.high < 1:
        parts.append(exp.LT(this=digits.copy(), expression=exp.Literal.string(split_edge(split.high))))
    return both(parts)


def split_prefix(split: Split, salt: str) -> str:
    return ":".join((salt, split.name, ""))


def split_edge(share: float) -> str:
    """The share as 8 hex digits; a customer is below it when theirs sort before."""
    return format(min(SPLIT_STEPS - 1, round(share * SPLIT_STEPS)), "08x")


def consent_sql(consent: Consent, who: exp.Column, ctx: Context) -> exp.Expr:
    def told() -> exp.Select:
        return exp.select("customer_id").from_(consent_query(consent, ctx).subquery("latest", copy=False), copy=False)

    states = [exp.convert(s) for s in consent.states if s != "unknown"]
    parts: list[exp.Expr] = []
    if states:
        parts.append(_among(who, told().where(exp.In(this=exp.column("state"), expressions=states), copy=False)))
    if "unknown" in consent.states:
        parts.append(exp.Not(this=_among(who, told())))
    return exp.paren(one_of(parts), copy=False)


def consent_query(consent: Consent, ctx: Context) -> exp.Select:
    """(customer_id, state): the latest word per endpoint; of two at one moment the stricter counts."""
    rows = static(
        """
        SELECT customer_id, state, row_number() OVER (
          PARTITION BY customer_id, node
          ORDER BY at DESC NULLS LAST,
            CASE state WHEN 'withdrawn' THEN 0 WHEN 'refused' THEN 1 ELSE 2 END
        ) AS place
        FROM consents WHERE purpose = :purpose AND channel = :channel AND :whose
        """,
        tables={"consents": ctx.tables.get("consents", "consents")},
        purpose=consent.purpose,
        channel=consent.channel,
        whose=ctx.whose(),
    )
    if ctx.as_of and isinstance(rows, exp.Select):
        known = exp.or_(
            exp.Is(this=exp.column("at"), expression=exp.null()),
            exp.LT(this=exp.column("at"), expression=literal(ctx.now + TICK)),
        )
        rows = rows.where(exp.paren(known), copy=False)
    return cast(exp.Select, static("SELECT customer_id, state FROM told WHERE place = 1", tables={"told": rows}))


def reachable_sql(reachable: Reachable, who: exp.Column, ctx: Context) -> exp.Expr:
    members = static(
        "SELECT customer_id FROM identifiers WHERE kind IN :kinds AND blocked IS NULL AND :whose",
        tables={"identifiers": ctx.tables.get("identifiers", "identifiers")},
        kinds=list(CHANNEL_KINDS[reachable.channel]),
        whose=ctx.whose(),
    )
    return _among(who, members)


def day_sql(day: Day, ctx: Context, guard: bool) -> exp.Expr:
    """A yearly day as one of the days the window holds; 29 February is kept on the 28th of other years."""
    value = exp.column(day.trait, "c", quoted=True)
    days = window_days(day, ctx)
    marks = day_marks(days)
    if day.birthday:
        found: exp.Expr = exp.In(this=value, expressions=[exp.convert(m) for m in marks])
        return both([present(value), found]) if guard else found
    local = value if ctx.catalog.traits[day.trait].type == "date" else _local(value, ctx)
    number = static("extract(month FROM :at) * 100 + extract(day FROM :at)", at=local)
    same: exp.Expr = exp.In(
        this=exp.paren(number), expressions=[exp.convert(int(m[:2]) * 100 + int(m[3:])) for m in marks]
    )
    earlier = exp.LT(this=exp.cast(local.copy(), "date"), expression=literal(days[0]))
    return both([present(value), same, earlier] if guard else [same, earlier])


def window_days(day: Day, ctx: Context) -> list[dt.date]:
    """The local days of the window, today included for within and within_next."""
    today = ctx.now.astimezone(ctx.tz).date()
    window = day.window
    if isinstance(window.value, Duration):
        sign = 1 if window.kind == "within_next" else -1
        other = back(ctx.now, window.value, ctx.tz, sign).astimezone(ctx.tz).date()
        first, last = sorted((today, other))
    else:
        first, after = calendar(str(window.value), ctx.now, ctx.tz)
        last = after - dt.timedelta(days=1)
    return [first + dt.timedelta(days=i) for i in range((last - first).days + 1)]


def day_marks(days: list[dt.date]) -> list[str]:
    marks = [f"{d:%m-%d}" for d in days]
    leapless = any(d.month == 2 and d.day == 28 and (d + dt.timedelta(days=1)).day == 1 for d in days)
    return [*marks, "02-29"] if leapless else marks


def _local(value: exp.Expr, ctx: Context) -> exp.Expr:
    """A UTC timestamp in the workspace's zone."""
    found: Any = static("(:at AT TIME ZONE 'UTC') AT TIME ZONE :tz", at=value, tz=str(ctx.tz))
    return cast(exp.Expr, found)


def _among(who: exp.Column, query: exp.Expr) -> exp.Expr:
    inner = cast(exp.Select, query)
    return exp.In(this=who.copy(), query=inner.subquery(copy=False))
