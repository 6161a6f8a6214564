"""Trends: any measure over time, split by anything, beside the stretch before or the year before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

import pyarrow as pa
from pydantic import Field
from sqlglot import exp

from dangol.engine import literal, sql
from dangol.insights.asking import Asking
from dangol.insights.breakdown import OTHERS, Breakdown, read_breakdown, shown_sql, split_rows, value_rule
from dangol.insights.period import Interval, Stretch, bucket_words, floor, next_bucket
from dangol.insights.question import Crowd, Found, Kind, Question
from dangol.rules.compile_tests import number_of
from dangol.schema import EVENTS, ORDER_ITEMS, DefinitionError, NotFoundError, Problem, Text, one_of

ORDERS = ("Order Completed",)
MONEY = ("Order Completed", "Order Cancelled", "Order Refunded")
PLAIN = ("events", "customers", "orders", "revenue")
OVER = ("sum", "average", "min", "max", "distinct")


class Trends(Question):
    """How much of something, over time."""

    kind: Literal["trends"] = "trends"
    measure: str = Field(
        "revenue",
        max_length=120,
        description="events, customers, orders, revenue, or sum:, average:, min:, max:, distinct: and a field (sum:discount)",
    )
    event: str | tuple[str, ...] = Field(
        "", description="these events only; empty: orders for orders and revenue, else every event"
    )
    of: Literal["events", "items"] = Field(
        "events", description="items: order lines, for their product, brand, category"
    )
    interval: Literal["auto", "hour", "day", "week", "month"] = Field("auto", description="width of a point")


class _Measured:
    """The measure read: which events, the column it needs, how it is put together, and what unit it has."""

    def __init__(self, question: Trends, asking: Asking) -> None:
        kind, _, name = question.measure.partition(":")
        if (kind in PLAIN) == bool(name) or kind not in (*PLAIN, *OVER):
            raise DefinitionError(
                [
                    Problem(
                        Text(
                            f"'{question.measure[:60]}' is no measure", f"'{question.measure[:60]}': 측정값이 아닙니다"
                        ),
                        "measure",
                        one_of([*PLAIN, *(f"{k}:FIELD" for k in OVER)]),
                    )
                ]
            )
        given = (question.event,) if isinstance(question.event, str) else question.event
        names = tuple(dict.fromkeys(n for n in given if n and n != "any"))
        self.names = names or {"orders": ORDERS, "revenue": MONEY}.get(kind, ())
        self.kind = kind
        self.asks = (name,) if name else ()
        self.column, self.aggregate, self.unit = _parts(kind, name, question.of, asking)

    @property
    def additive(self) -> bool:
        """Whether nothing is zero: a day without an order sold 0, but has no average."""
        return self.kind not in ("average", "min", "max")


def _parts(kind: str, name: str, of: Literal["events", "items"], asking: Asking) -> tuple[exp.Expr, exp.Expr, str]:
    """(the column of a row, its aggregate over `v`, unit)."""
    if kind == "events":
        return literal(1), sql("COUNT(*)"), "count"
    if kind == "customers":
        return literal(1), sql("COUNT(DISTINCT customer_id)"), "count"
    if kind == "orders":
        return sql("COALESCE(order_id, CAST(event_id AS VARCHAR))"), sql("COUNT(DISTINCT v)"), "count"
    if kind == "revenue":
        return exp.column("amount"), sql("SUM(v)"), "money"
    field = asking.field(name, of)
    if kind == "distinct":
        return exp.cast(field, "varchar"), sql("COUNT(DISTINCT v)"), "count"
    column = (ORDER_ITEMS if of == "items" else EVENTS).column(name)
    number = (
        number_of(exp.cast(field, "varchar"))
        if column is None or column.type == "text"
        else exp.cast(field, "decimal(18,4)")
    )
    unit = "money" if name in ("amount", "price", "discount", "tax") else "number"
    text = {"sum": "SUM(v)", "average": "AVG(CAST(v AS DOUBLE))", "min": "MIN(v)", "max": "MAX(v)"}[kind]
    return number, sql(text), unit


def answer(question: Trends, asking: Asking) -> Found:
    """`series`: bucket, value, other, n, before; `totals`: value, other, n, before, change (a share).

    Without a breakdown there is one value, null. `other` marks the values beyond the top, put together. `n` is null where
    there is nothing to average; `before` is the point as far into the compared stretch.
    """
    stretch, compared = asking.stretch, asking.compared
    interval: Interval = stretch.interval() if question.interval == "auto" else question.interval
    measured, by = _Measured(question, asking), read_breakdown(asking)
    shown, more = _shown(question, asking, measured, by)
    here = _points(question, asking, measured, by, stretch, interval, shown, more)
    then = None if compared is None else _points(question, asking, measured, by, compared, interval, shown, more)
    buckets = stretch.buckets(interval)
    old = [] if compared is None else compared.buckets(interval)
    values: list[tuple[str | None, bool]] = [(v, False) for v in shown] + ([(None, True)] if more else [])
    zero: Any = (Decimal(0) if measured.unit == "money" else 0) if measured.additive else None
    series = []
    for value, other in values:
        key = OTHERS if other else value
        for i, at in enumerate(buckets):
            before = None
            if then is not None and i < len(old):
                before = then[0].get((bucket_words(old[i], interval), key), zero)
            name = bucket_words(at, interval)
            n = here[0].get((name, key), zero)
            series.append({"bucket": name, "value": value, "other": other, "n": _plain(n), "before": _plain(before)})
    totals = [_total(v, o, here[1], None if then is None else then[1], zero) for v, o in values]
    facts = {
        "interval": interval, "unit": measured.unit, "measure": question.measure,
        "partial": _partial(stretch, buckets, interval), "events": list(measured.names),
    }  # fmt: skip
    return Found({"series": _series(series), "totals": _totals(totals)}, here[2], _notes(by, measured, more), facts)


def _shown(
    question: Trends, asking: Asking, measured: _Measured, by: Breakdown | None
) -> tuple[list[str | None], bool]:
    """The values that are named, the largest first, and whether there are others."""
    if by is None:
        return [None], False
    rows = _rows(question, asking, measured, by, asking.stretch)
    query = sql(
        "SELECT value, :m AS m FROM e GROUP BY value ORDER BY m DESC NULLS LAST, value NULLS LAST LIMIT :most",
        tables={"e": rows}, m=measured.aggregate, most=question.top + 1,
    )  # fmt: skip
    found = asking.run(query)["value"].to_pylist()
    return found[: question.top], len(found) > question.top


def _rows(question: Trends, asking: Asking, measured: _Measured, by: Breakdown | None, stretch: Stretch) -> exp.Select:
    columns = [exp.column("customer_id"), exp.column("at"), measured.column.as_("v")]
    return split_rows(
        asking, by, columns, stretch, of=question.of, names=measured.names, asks=(*measured.asks, question.filter or {})
    )


_Points = tuple[dict[tuple[str, str | None], Any], dict[str | None, Any], int]


def _points(
    question: Trends, asking: Asking, measured: _Measured, by: Breakdown | None, stretch: Stretch, interval: Interval,
    shown: list[str | None], more: bool,
) -> _Points:  # fmt: skip
    """(bucket, value) → measure, value → measure over the whole stretch, and how many rows there were."""
    rows = _rows(question, asking, measured, by, stretch)
    bucket = sql("DATE_TRUNC(:unit, :here)", unit=interval, here=asking.local(exp.column("at"), stretch))
    value = shown_sql(exp.column("value"), shown, more=more) if by else exp.column("value")
    marked = exp.select("customer_id", "v", bucket.as_("bucket"), value.as_("value")).from_(rows.subquery("r"))
    fine = sql(
        "SELECT bucket, value, :m AS m, COUNT(*) AS read FROM e GROUP BY bucket, value",
        tables={"e": marked}, m=measured.aggregate,
    )  # fmt: skip
    whole = sql("SELECT value, :m AS m FROM e GROUP BY value", tables={"e": marked}, m=measured.aggregate)
    points, read = {}, 0
    for row in asking.run(fine).to_pylist():
        at = row["bucket"]
        local = at if isinstance(at, dt.datetime) else dt.datetime.combine(at, dt.time())
        points[bucket_words(local.replace(tzinfo=None), interval), row["value"]] = row["m"]
        read += row["read"]
    return points, {r["value"]: r["m"] for r in asking.run(whole).to_pylist()}, read


def _total(
    value: str | None, other: bool, here: Mapping[str | None, Any], then: Mapping[str | None, Any] | None, zero: Any
) -> dict[str, Any]:
    key = OTHERS if other else value
    n = _plain(here.get(key, zero))
    before = None if then is None else _plain(then.get(key, zero))
    change = (n - before) / abs(before) if n is not None and before else None
    return {"value": value, "other": other, "n": n, "before": before, "change": change}


def _partial(stretch: Stretch, buckets: list[dt.datetime], interval: Interval) -> list[str]:
    """Buckets that the stretch does not cover whole: the present one, as a rule."""
    found = []
    for at in {*buckets[:1], *buckets[-1:]}:
        if at < stretch.local(stretch.start) or next_bucket(at, interval) > stretch.local(stretch.end):
            found.append(bucket_words(at, interval))
    return sorted(found)


def _plain(n: Any) -> float | None:
    return None if n is None else float(n)


_SERIES = pa.schema(
    [
        ("bucket", pa.string()), ("value", pa.string()), ("other", pa.bool_()), ("n", pa.float64()),
        ("before", pa.float64()),
    ]
)  # fmt: skip
_TOTALS = pa.schema(
    [
        ("value", pa.string()), ("other", pa.bool_()), ("n", pa.float64()), ("before", pa.float64()),
        ("change", pa.float64()),
    ]
)  # fmt: skip


def _series(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=_SERIES)


def _totals(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=_TOTALS)


def _notes(by: Breakdown | None, measured: _Measured, more: bool) -> tuple[Text, ...]:
    found = []
    if by is not None and by.what != "property":
        found.append(
            Text(
                "Customers are split by what they are now, not by what they were at the time.",
                "고객을 그때가 아니라 지금의 값으로 나누었습니다.",
            )
        )
    if measured.kind == "customers":
        found.append(
            Text(
                "A customer counts once in each point, so points do not add up to the total.",
                "고객은 점마다 한 번씩 세므로 점을 더해도 합계가 되지 않습니다.",
            )
        )
    if more and measured.kind in ("customers", "distinct"):
        found.append(Text("Others are counted together, each once.", "기타는 함께 모아 한 번씩만 셉니다."))
    return tuple(found)


def people(question: Trends, cell: Mapping[str, Any], asking: Asking) -> Crowd:
    """Who is in a point or a total: {bucket?, value?, other?}."""
    measured, by = _Measured(question, asking), read_breakdown(asking)
    interval: Interval = asking.stretch.interval() if question.interval == "auto" else question.interval
    shown, more = _shown(question, asking, measured, by)
    rows = _rows(question, asking, measured, by, asking.stretch)
    query = exp.select("customer_id").distinct().from_(rows.subquery("r")).where(sql("NOT customer_id IS NULL"))
    if cell.get("bucket"):
        at = _bucket_of(str(cell["bucket"]), interval)
        here = asking.local(exp.column("at"), asking.stretch)
        query = query.where(sql(":here >= :low AND :here < :high", here=here, low=at, high=next_bucket(at, interval)))
    if by is not None and (cell.get("other") or "value" in cell):
        value = shown_sql(exp.column("value"), shown, more=more)
        wanted = OTHERS if cell.get("other") else cell.get("value")
        query = query.where(exp.Is(this=value, expression=exp.null()) if wanted is None else value.eq(str(wanted)))
    return Crowd(query, *_rule(question, cell, asking, measured, by, interval))


def _bucket_of(text: str, interval: Interval) -> dt.datetime:
    try:
        return floor(dt.datetime.fromisoformat(text).replace(tzinfo=None), interval)
    except ValueError as error:
        raise NotFoundError(
            Text("there is no such point", "그런 점이 없습니다"),
            where="bucket",
            hint=Text("take it from the answer", "답에 있는 값을 쓰세요"),
        ) from error


def _rule(
    question: Trends,
    cell: Mapping[str, Any],
    asking: Asking,
    measured: _Measured,
    by: Breakdown | None,
    interval: Interval,
) -> tuple[dict[str, Any] | None, bool]:
    """The rule that finds the customers of a cell, and whether it finds exactly them."""
    if question.of == "items" or cell.get("other"):
        return None, False
    stretch, tick = asking.stretch, dt.timedelta(microseconds=1)
    low, high = stretch.local(stretch.start), stretch.local(stretch.end)
    if cell.get("bucket"):
        at = _bucket_of(str(cell["bucket"]), interval)
        low, high = max(low, at), min(high, next_bucket(at, interval))
    did: dict[str, Any] = {
        "did": list(measured.names) or "any",
        "between": [low.isoformat(sep=" "), (high - tick).isoformat(sep=" ")],
    }
    person, event = value_rule(by, cell.get("value")) if by is not None and "value" in cell else (None, None)
    where = [w for w in (question.filter, event) if w]
    if where:
        did["where"] = where[0] if len(where) == 1 else {"all": where}
    parts = [p for p in (asking.rule(), person, did) if p]
    return (parts[0] if len(parts) == 1 else {"all": parts}), True


KIND = Kind(
    Trends,
    Text("Trends", "추이"),
    Text("How does it develop, and what drives it?", "어떻게 변하고 있고, 무엇이 움직이나요?"),
    Text(
        "Each point is the measure of the events that happened in it on the shop's clock. Revenue is what stayed: orders"
        " less cancellations and refunds, each at its own time.",
        "점마다 가게 시각으로 그 사이에 일어난 이벤트를 잰 값입니다."
        " 매출은 주문에서 취소와 환불을 각각 일어난 때에 뺀 금액입니다.",
    ),
    answer,
    people,
)
