"""Product affinity: what is bought together, and what is bought next; with lift, support, confidence, and a word on chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from pydantic import Field
from sqlglot import exp

from dangol.engine import sql
from dangol.insights.asking import Asking
from dangol.insights.behind import did, is_, whole
from dangol.insights.question import Crowd, Found, Kind, Question
from dangol.insights.shapes import peeked, told
from dangol.insights.significance import g_test, wilson, words
from dangol.schema import Text


class Affinity(Question):
    """Which products (or categories, brands) go together."""

    kind: Literal["affinity"] = "affinity"
    how: Literal["together", "next"] = Field(
        "together", description="together: in one order; next: in the customer's next order"
    )
    of: str = Field("category", max_length=200, description="what is compared: product_id, category, brand, title")
    item: str = Field("", max_length=400, description="only pairs with this one on the left")
    within_days: int = Field(90, ge=1, le=730, description="next: an order counts as the next within so many days")
    least: int = Field(0, ge=0, description="orders a pair must be in; 0: one in a thousand, at least 5")
    among: int = Field(300, ge=2, le=1000, description="only so many of the most bought are compared")
    pairs: int = Field(100, ge=1, le=1000, description="pairs listed")
    order: Literal["lift", "both", "confidence"] = Field("lift", description="what the list is sorted by")


def answer(question: Affinity, asking: Asking) -> Found:
    baskets = _baskets(question, asking)
    asking.keep(baskets)
    with ExitStack() as stack:
        kept = stack.enter_context(asking.engine.scratch(baskets))
        queries = _sides(question, kept)
        left = stack.enter_context(asking.engine.scratch(queries[0]))
        right = stack.enter_context(asking.engine.scratch(queries[1])) if question.how == "next" else left
        whole = peeked(asking, _sizes(kept, left)).to_pylist()[0]
        n = int(whole["n"] or 0)
        least = question.least or max(5, round(n / 1000))
        top = told(asking, _top(question, left, right, least))
        names = {r["item"]: r for r in top.to_pylist()}
        found = told(asking, _pairs(question, left, right, list(names), least)) if names else pa.table({})
    table = _measured(found.to_pylist(), names, n, question)
    facts = {
        "orders": int(whole["orders"] or 0),
        "n": n,
        "least": least,
        "compared": len(names),
        "items": int(whole["items"] or 0),
        "tested": found.num_rows,
    }
    items = [{"item": k, "orders": r["a"], "share": r["a"] / n if n else None} for k, r in names.items()]
    data = {"pairs": table, "items": pa.Table.from_pylist(items, schema=_ITEMS)}
    return Found(data, int(whole["rows"] or 0), NOTES if question.how == "together" else (*NOTES, NEXT), facts)


_ITEMS = pa.schema([("item", pa.string()), ("orders", pa.int64()), ("share", pa.float64())])
_PAIRS = pa.schema(
    [
        ("a", pa.string()),
        ("b", pa.string()),
        ("both", pa.int64()),
        ("orders_a", pa.int64()),
        ("orders_b", pa.int64()),
        ("support", pa.float64()),
        ("confidence", pa.float64()),
        ("lift", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("p", pa.float64()),
        ("sure", pa.string()),
    ]
)


def _item(question: Affinity, asking: Asking) -> exp.Expr:
    return exp.cast(asking.field(question.of, "items"), "varchar")


def _baskets(question: Affinity, asking: Asking) -> exp.Select:
    """Each item of an order once: customer_id, event_id, at, place (nth order of the customer in the period), item."""
    item = _item(question, asking)
    columns: list[exp.Expr] = [exp.column(c) for c in ("customer_id", "event_id", "at")]
    lines = asking.rows(
        [*columns, item.as_("item")], asking.stretch, of="items", names=("Order Completed",), asks=(question.of,)
    )
    lines = lines.where(
        sql("quantity > 0 OR quantity IS NULL"), exp.Not(this=exp.Is(this=item.copy(), expression=exp.null()))
    )
    if question.how == "next":
        lines = lines.where(sql("NOT customer_id IS NULL"))
    query = sql(
        "SELECT l.*, DENSE_RANK() OVER (PARTITION BY customer_id ORDER BY at, event_id) AS place"
        " FROM (SELECT customer_id, event_id, at, item, COUNT(*) AS lines FROM lines GROUP BY customer_id, event_id,"
        " at, item) AS l",
        tables={"lines": lines},
    )
    assert isinstance(query, exp.Select)
    return query


def _sides(question: Affinity, kept: str | exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """Rows (deal, item, customer_id) of the left and of the right side: orders, or pairs of an order and the next one."""
    if question.how == "together":
        side = sql("SELECT event_id AS deal, item, customer_id FROM t", tables={"t": kept})
        return side, side.copy()
    pairs = sql(
        "SELECT a.customer_id, a.place FROM (SELECT DISTINCT customer_id, place, at FROM t) AS a"
        " JOIN (SELECT DISTINCT customer_id, place, at FROM u) AS b ON b.customer_id = a.customer_id AND b.place = a.place + 1"
        " WHERE b.at <= a.at + :within",
        tables={"t": kept, "u": kept},
        within=exp.Interval(this=exp.Literal.string(str(question.within_days)), unit=exp.Var(this="DAY")),
    )
    left = sql(
        "SELECT CAST(p.customer_id AS VARCHAR) || '/' || CAST(p.place AS VARCHAR) AS deal, l.item, l.customer_id"
        " FROM p JOIN t AS l ON l.customer_id = p.customer_id AND l.place = p.place",
        tables={"p": pairs, "t": kept},
    )
    right = sql(
        "SELECT CAST(p.customer_id AS VARCHAR) || '/' || CAST(p.place AS VARCHAR) AS deal, r.item, r.customer_id"
        " FROM p JOIN t AS r ON r.customer_id = p.customer_id AND r.place = p.place + 1",
        tables={"p": pairs, "t": kept},
    )
    return left, right


def _sizes(kept: str, left: str) -> exp.Expr:
    return sql(
        "SELECT (SELECT COUNT(DISTINCT deal) FROM l) AS n, (SELECT COUNT(DISTINCT event_id) FROM t) AS orders,"
        " (SELECT COUNT(DISTINCT item) FROM t) AS items, (SELECT SUM(lines) FROM t) AS rows",
        tables={"l": left, "t": kept},
    )


def _top(question: Affinity, left: str, right: str, least: int) -> exp.Expr:
    """The items compared: in how many deals on the left (a) and on the right (b)."""
    return sql(
        "SELECT item, SUM(a) AS a, SUM(b) AS b FROM ("
        " SELECT item, COUNT(*) AS a, 0 AS b FROM l GROUP BY item UNION ALL SELECT item, 0 AS a, COUNT(*) AS b FROM"
        " r GROUP BY item"
        ") AS sides GROUP BY item HAVING SUM(a) >= :least AND SUM(b) >= :least ORDER BY a DESC, item LIMIT :among",
        tables={"l": left, "r": right},
        least=least,
        among=question.among,
    )


def _pairs(question: Affinity, left: str, right: str, names: Sequence[str], least: int) -> exp.Expr:
    return sql(
        "SELECT l.item AS a, r.item AS b, COUNT(*) AS n FROM l JOIN r ON r.deal = l.deal"
        " WHERE l.item IN :names AND r.item IN :names AND (:next OR l.item < r.item)"
        " GROUP BY l.item, r.item HAVING COUNT(*) >= :least",
        tables={"l": left, "r": right},
        names=list(names),
        next=question.how == "next",
        least=least,
    )


def _measured(
    rows: list[dict[str, Any]], names: Mapping[str, Mapping[str, Any]], n: int, question: Affinity
) -> pa.Table:
    """Pairs with their measures, both directions of what is bought together; the most telling first."""
    if question.how == "together":
        rows = rows + [{"a": r["b"], "b": r["a"], "n": r["n"]} for r in rows]
    both = np.array([r["n"] for r in rows], dtype=float)
    a = np.array([names[r["a"]]["a"] for r in rows], dtype=float)
    b = np.array([names[r["b"]]["b"] for r in rows], dtype=float)
    p = g_test(both, a, b, n)
    low, high = wilson(both, a)
    tested = len(names) ** 2 if question.how == "next" else len(names) * (len(names) - 1)
    sure = words(list(p), tested)
    table = [
        {
            "a": r["a"],
            "b": r["b"],
            "both": int(both[i]),
            "orders_a": int(a[i]),
            "orders_b": int(b[i]),
            "support": both[i] / n,
            "confidence": both[i] / a[i],
            "lift": both[i] * n / (a[i] * b[i]),
            "low": low[i] * n / b[i],
            "high": high[i] * n / b[i],
            "p": p[i],
            "sure": sure[i],
        }
        for i, r in enumerate(rows)
        if question.item in ("", r["a"])
    ]
    table.sort(key=lambda r: (r["sure"] == "chance", -r[question.order], -r["both"], r["a"], r["b"]))
    return pa.Table.from_pylist(table[: question.pairs], schema=_PAIRS)


def people(question: Affinity, cell: Mapping[str, Any], asking: Asking) -> Crowd:
    """Who bought `a` (and never `b`, with ``without: true``); with `b`, whose orders hold the pair as it is counted: in one
    order, or `b` in the order that came next."""
    baskets, a, b = _baskets(question, asking), str(cell.get("a") or cell.get("item") or ""), str(cell.get("b") or "")
    if b and not cell.get("without"):
        left, right = _sides(question, baskets)
        query = sql(
            "SELECT DISTINCT l.customer_id FROM l JOIN r ON r.deal = l.deal"
            " WHERE l.item = :a AND r.item = :b AND NOT l.customer_id IS NULL",
            tables={"l": left, "r": right},
            a=a,
            b=b,
        )
    else:
        query = sql(
            "SELECT customer_id FROM t WHERE NOT customer_id IS NULL GROUP BY customer_id"
            " HAVING MAX(CASE WHEN item = :a THEN 1 ELSE 0 END) = 1"
            " AND (:alone OR MAX(CASE WHEN item = :b THEN 1 ELSE 0 END) = 0)",
            tables={"t": baskets},
            a=a,
            b=b,
            alone=not b,
        )
    assert isinstance(query, exp.Query)
    bought = [
        did(asking, ["Order Completed"], is_(question.of, str(v)), of="items")
        for v in (cell.get("a"), cell.get("b"))
        if v
    ]
    if cell.get("without") and len(bought) == 2:
        bought[1] = {"not": bought[1]}
    return Crowd(query, whole(asking, *bought) if bought else None)


NOTES = (
    Text(
        "Lift compares with chance: 2 means twice as often as if both were bought independently. It does not say that one makes"
        " customers buy the other.",
        "향상도는 우연과 견준 값입니다. 2는 서로 상관없이 살 때보다 두 배 자주 함께 샀다는 뜻이며, 하나가 다른"
        " 하나를 사게 한다는 뜻은 아닙니다.",
    ),
    Text(
        "The word on chance allows for how many pairs were compared. Orders of one customer count separately, so habits of a few"
        " loyal customers can make a pair look surer than it is.",
        "우연 여부는 비교한 쌍의 수를 고려해 판단합니다. 한 고객의 주문도 따로 세므로, 몇몇 단골의 습관 때문에"
        " 실제보다 확실해 보일 수 있습니다.",
    ),
)
NEXT = Text(
    "Orders followed by none within the days given are not counted: chances are among those who came back.",
    "정한 날 안에 다음 주문이 없는 주문은 세지 않습니다. 확률은 다시 온 주문을 기준으로 합니다.",
)

KIND = Kind(
    Affinity,
    Text("Product affinity", "상품 연관"),
    Text("What is bought together, and what next?", "무엇을 함께 사고, 다음에 무엇을 사나요?"),
    Text(
        "Orders with both over all orders (support), over orders with the left one (confidence), and that over the"
        " share of the right"
        " one in all orders (lift), with a 95 % interval.",
        "둘 다 든 주문의 비율(지지도), 왼쪽이 든 주문 가운데 오른쪽도 든 비율(신뢰도), 그것을 오른쪽이 든 주문"
        " 전체의 비율로 나눈 값(향상도)과 95% 구간.",
    ),
    answer,
    people,
)
