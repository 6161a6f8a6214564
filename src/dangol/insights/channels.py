"""Channel mix: who buys where, online and offline together, who buys in several places, and who moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pyarrow as pa
from pydantic import Field
from sqlglot import exp

from dangol.engine import literal, sql
from dangol.insights.asking import Asking
from dangol.insights.behind import did, is_, whole
from dangol.insights.period import Stretch
from dangol.insights.question import Crowd, Found, Kind, Question, Step
from dangol.insights.shapes import peeked, told
from dangol.schema import Text

ONLINE = ("web", "app", "mall", "social", "marketplace", "message")
NOWHERE = "(none)"
OTHERS = "(others)"


class Channels(Question):
    """Who buys where, and who moves between channels."""

    kind: Literal["channels"] = "channels"
    event: Step = Field(Step(event="Order Completed"), description="what counts as being there")
    channel: str = Field(
        "channel", max_length=200, description="the field that names a channel: channel, place, source, device"
    )
    online: tuple[str, ...] = Field(ONLINE, max_length=50, description="channels that are online; the rest are offline")
    compare: Literal["none", "before", "year"] = Field("before", description="the stretch that moves are counted from")
    top: int = Field(12, ge=1, le=50, description="channels shown by name; the rest are others")


def answer(question: Channels, asking: Asking) -> Found:
    earlier = asking.compared or asking.stretch.before("before")
    assert earlier is not None
    now, then = _visits(question, asking, asking.stretch), _visits(question, asking, earlier)
    with asking.engine.scratch(now) as here, asking.engine.scratch(then) as there:
        asking.keep(now)
        names = [r["channel"] for r in peeked(asking, _top(here, there, question.top)).to_pylist()]
        named = {t: _named(t, names) for t in (here, there)}
        with asking.engine.scratch(named[here]) as a, asking.engine.scratch(named[there]) as b:
            data = {
                "channels": _channels(asking, a, question),
                "sets": _sets(asking, a, names, question),
                "overlap": _overlap(asking, a),
                "moves": _moves(asking, a, b),
                "sides": _sides(asking, here, question),
            }
        whole = peeked(asking, _whole(here, there)).to_pylist()[0]
    facts = {"customers": int(whole["customers"] or 0), "orders": int(whole["orders"] or 0), "online": question.online,
             "before": {"start": earlier.start, "end": earlier.end, "customers": int(whole["before"] or 0)}}  # fmt: skip
    return Found(data, int(whole["orders"] or 0) + int(whole["earlier"] or 0), NOTES, facts)


def _visits(question: Channels, asking: Asking, stretch: Stretch) -> exp.Select:
    """(customer_id, channel, orders, revenue), one row a customer and channel."""
    channel = sql("COALESCE(CAST(:c AS VARCHAR), :none)", c=asking.field(question.channel), none=NOWHERE)
    columns: list[exp.Expr] = [exp.column("customer_id"), channel.as_("channel"), exp.column("amount")]
    rows = asking.rows(
        columns, stretch, names=question.event.names, asks=(question.channel, question.event.where), known=True
    )
    rows = rows.where(asking.filtered(question.event.where))
    query = sql(
        "SELECT customer_id, channel, COUNT(*) AS orders, CAST(SUM(COALESCE(amount, 0)) AS DOUBLE) AS revenue"
        " FROM r GROUP BY customer_id, channel",
        tables={"r": rows},
    )
    assert isinstance(query, exp.Select)
    return query


def _top(here: str | exp.Expr, there: str | exp.Expr, top: int) -> exp.Expr:
    return sql(
        "SELECT channel, COUNT(*) AS n FROM (SELECT channel FROM a UNION ALL SELECT channel FROM b) AS every"
        " GROUP BY channel ORDER BY n DESC, channel LIMIT :top",
        tables={"a": here, "b": there},
        top=top,
    )


def _named(table: str | exp.Expr, names: list[str]) -> exp.Expr:
    """(customer_id, channel, orders, revenue) with the channels that are not shown as one."""
    return sql(
        "SELECT customer_id, CASE WHEN channel IN :names THEN channel ELSE :others END AS channel, SUM(orders) AS orders,"
        " SUM(revenue) AS revenue FROM t GROUP BY 1, 2",
        tables={"t": table},
        names=[*names, ""],
        others=OTHERS,
    )


def _whole(here: str, there: str) -> exp.Expr:
    return sql(
        "SELECT (SELECT COUNT(DISTINCT customer_id) FROM a) AS customers, (SELECT SUM(orders) FROM a) AS orders,"
        " (SELECT COUNT(DISTINCT customer_id) FROM b) AS before, (SELECT SUM(orders) FROM b) AS earlier",
        tables={"a": here, "b": there},
    )


def _side(question: Channels, column: exp.Expr) -> exp.Expr:
    return sql("CASE WHEN :c IN :online THEN 'online' ELSE 'offline' END", c=column, online=[*question.online, ""])


def _channels(asking: Asking, a: str, question: Channels) -> pa.Table:
    """Each channel: customers, of them those who were nowhere else, orders, revenue."""
    query = sql(
        "SELECT t.channel, :side AS side, COUNT(*) AS customers, SUM(CASE WHEN n.n = 1 THEN 1 ELSE 0 END) AS only_here,"
        " SUM(t.orders) AS orders, SUM(t.revenue) AS revenue"
        " FROM t JOIN (SELECT customer_id, COUNT(*) AS n FROM u GROUP BY customer_id) AS n ON n.customer_id = t.customer_id"
        " GROUP BY t.channel ORDER BY customers DESC, t.channel",
        tables={"t": a, "u": a},
        side=_side(question, exp.column("channel", "t")),
    )
    return told(asking, query)


def _flags(names: list[str]) -> list[exp.Expr]:
    """A column a channel: 1 for a customer who was there."""
    return [
        sql("MAX(CASE WHEN channel = :name THEN 1 ELSE 0 END)", name=name).as_(f"c{i}") for i, name in enumerate(names)
    ]


def _sets(asking: Asking, a: str, names: list[str], question: Channels) -> pa.Table:
    """Combinations of channels: `channels`, customers, orders, revenue; the largest 50."""
    every = [*names, OTHERS]
    flags = [exp.column(f"c{i}") for i in range(len(every))]
    one = exp.select(
        exp.column("customer_id"), *_flags(every), sql("SUM(orders)").as_("orders"), sql("SUM(revenue)").as_("revenue")
    )
    one = one.from_(a).group_by("customer_id")
    query = (
        exp.select(
            *flags,
            sql("COUNT(*)").as_("customers"),
            sql("SUM(orders)").as_("orders"),
            sql("SUM(revenue)").as_("revenue"),
        )
        .from_(one.subquery("one"))
        .group_by(*flags)
        .order_by(exp.column("customers").desc(), *flags)
        .limit(50)
    )
    rows = [
        {
            "channels": [name for i, name in enumerate(every) if r[f"c{i}"]],
            "customers": r["customers"],
            "orders": r["orders"],
            "revenue": r["revenue"],
        }
        for r in told(asking, query).to_pylist()
    ]
    return pa.Table.from_pylist(rows, schema=_SETS)


_SETS = pa.schema(
    [
        ("channels", pa.list_(pa.string())),
        ("customers", pa.int64()),
        ("orders", pa.int64()),
        ("revenue", pa.float64()),
    ]
)


def _overlap(asking: Asking, a: str) -> pa.Table:
    """Pairs of channels: customers of both, and their share of the left one's."""
    query = sql(
        "SELECT t.channel AS a, u.channel AS b, COUNT(*) AS customers,"
        " CAST(COUNT(*) AS DOUBLE) / MAX(n.n) AS share FROM t JOIN u ON u.customer_id = t.customer_id"
        " JOIN (SELECT channel, COUNT(*) AS n FROM v GROUP BY channel) AS n ON n.channel = t.channel"
        " WHERE t.channel <> u.channel GROUP BY t.channel, u.channel ORDER BY a, b",
        tables={"t": a, "u": a, "v": a},
    )
    return told(asking, query)


def _home(table: str | exp.Expr) -> exp.Expr:
    """Each customer's channel: where most of the orders were, then most of the money, then by name."""
    return sql(
        "SELECT customer_id, channel FROM (SELECT t.*, ROW_NUMBER() OVER (PARTITION BY customer_id"
        " ORDER BY orders DESC, revenue DESC, channel) AS place FROM t) AS placed WHERE place = 1",
        tables={"t": table},
    )


def _moves(asking: Asking, a: str, b: str) -> pa.Table:
    """Main channel in the stretch before → main channel in this one; null: bought nothing then, or now."""
    query = sql(
        "SELECT b.channel AS source, a.channel AS target, COUNT(*) AS customers FROM b FULL JOIN a ON a.customer_id"
        " = b.customer_id"
        " GROUP BY b.channel, a.channel ORDER BY customers DESC, source, target",
        tables={"a": _home(a), "b": _home(b)},
    )
    return told(asking, query)


def _sides(asking: Asking, a: str, question: Channels) -> pa.Table:
    """Only online, only offline, both: customers, orders, revenue, revenue a customer."""
    sides = sql(
        "SELECT customer_id, MAX(CASE WHEN :side = 'online' THEN 1 ELSE 0 END) AS online,"
        " MAX(CASE WHEN :side = 'offline' THEN 1 ELSE 0 END) AS offline, SUM(orders) AS orders, SUM(revenue) AS revenue"
        " FROM t GROUP BY customer_id",
        tables={"t": a},
        side=_side(question, exp.column("channel")),
    )
    query = sql(
        "SELECT CASE WHEN online = 1 AND offline = 1 THEN 'both' WHEN online = 1 THEN 'online' ELSE 'offline' END AS side,"
        " COUNT(*) AS customers, SUM(orders) AS orders, SUM(revenue) AS revenue, SUM(revenue) / COUNT(*) AS revenue_a_customer"
        " FROM s GROUP BY 1 ORDER BY 1",
        tables={"s": sides},
    )
    return told(asking, query)


def people(question: Channels, cell: Mapping[str, Any], asking: Asking) -> Crowd:
    """Who is behind a channel, a set (`channels`), a side, or a move (`source`, `target`)."""
    earlier = asking.compared or asking.stretch.before("before")
    assert earlier is not None
    visits, then = _visits(question, asking, asking.stretch), _visits(question, asking, earlier)
    names = peeked(asking, _top(visits, then, question.top))["channel"].to_pylist()
    here = _named(visits, names)
    if cell.get("source") is not None or cell.get("target") is not None:
        query = sql(
            "SELECT COALESCE(a.customer_id, b.customer_id) AS customer_id FROM b FULL JOIN a ON a.customer_id = b.customer_id"
            " WHERE b.channel IS NOT DISTINCT FROM :source AND a.channel IS NOT DISTINCT FROM :target",
            tables={"a": _home(here), "b": _home(_named(then, names))},
            source=_text(cell.get("source")),
            target=_text(cell.get("target")),
        )
    elif cell.get("channels"):
        wanted = [str(c) for c in cell["channels"]]
        query = sql(
            "SELECT customer_id FROM t GROUP BY customer_id HAVING COUNT(*) = :n"
            " AND SUM(CASE WHEN channel IN :names THEN 1 ELSE 0 END) = :n",
            tables={"t": here},
            n=len(wanted),
            names=wanted,
        )
    elif cell.get("side"):
        online, offline = cell["side"] in ("both", "online"), cell["side"] in ("both", "offline")
        query = sql(
            "SELECT customer_id FROM t GROUP BY customer_id HAVING (MAX(CASE WHEN :s = 'online' THEN 1 ELSE 0 END) = 1) = :online"
            " AND (MAX(CASE WHEN :s = 'offline' THEN 1 ELSE 0 END) = 1) = :offline",
            tables={"t": visits},
            s=_side(question, exp.column("channel")),
            online=online,
            offline=offline,
        )
    else:
        query = sql(
            "SELECT DISTINCT customer_id FROM t WHERE channel = :c",
            tables={"t": here},
            c=str(cell.get("channel") or ""),
        )
    assert isinstance(query, exp.Query)
    channel = cell.get("channel")
    if channel is None or channel == OTHERS or {"source", "target", "channels", "side"} & cell.keys():
        return Crowd(query)
    where = is_(question.channel, None if channel == NOWHERE else str(channel))
    return Crowd(query, whole(asking, did(asking, question.event.names, question.event.where, where)), True)


def _text(value: Any) -> exp.Expr:
    return sql("CAST(NULL AS VARCHAR)") if value is None else literal(str(value))


NOTES = (
    Text(
        "A customer who is known in the shop by a card and online by an e-mail that nothing joins counts as two:"
        " online and offline"
        " overlap more than this shows.",
        "매장에서는 카드로, 온라인에서는 이메일로만 알려져 이어지지 않은 고객은 두 명으로 셉니다. 실제로는"
        " 온·오프라인이 이보다 더 겹칩니다.",
    ),
    Text(
        "Customers of several channels buy more partly because whoever buys often has more occasions to: it does not"
        " follow that a"
        " second channel makes them buy more.",
        "여러 채널을 쓰는 고객이 더 사는 데는 자주 사는 고객일수록 기회가 많은 탓도 있습니다. 채널을 늘리면 더"
        " 산다는 뜻은 아닙니다.",
    ),
    Text(
        "A move is between the channels of most orders in each stretch.",
        "이동은 각 기간에 주문이 가장 많은 채널 사이의 이동입니다.",
    ),
)

KIND = Kind(
    Channels,
    Text("Channel mix", "채널 구성"),
    Text("Who buys where, and who moves?", "누가 어디에서 사고, 누가 옮겨 가나요?"),
    Text(
        "Customers by the channels they ordered through, alone and together; those of the stretch before by where"
        " they order now.",
        "주문한 채널별, 채널 조합별 고객. 앞선 기간의 고객이 지금 주문하는 채널.",
    ),
    answer,
    people,
)
