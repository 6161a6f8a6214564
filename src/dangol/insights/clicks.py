"""A page by its events: what was clicked, what was clicked in anger or in vain, how far it was read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pyarrow as pa
from pydantic import Field
from sqlglot import exp

from dangol.engine import sql
from dangol.insights.asking import Asking
from dangol.insights.behind import did, is_, whole
from dangol.insights.question import Crowd, Found, Kind, Question
from dangol.insights.shapes import peeked, told
from dangol.schema import Text

SEVERAL = 3
"""Customers who must have seen the same words on an element before they are shown: a greeting may hold a name."""
CLICKS = ("Element Clicked", "Rage Clicked", "Dead Clicked")


class Clicks(Question):
    """What customers click on a page, and how far they read it."""

    kind: Literal["clicks"] = "clicks"
    period: str = Field(
        "30 days", max_length=60, description="90 days, 12 weeks, last month, 2026-01-01..2026-03-31, all"
    )
    path: str = Field("", max_length=1000, description="the page: /cart; empty: the page with the most views")
    device: Literal["", "desktop", "mobile", "tablet"] = Field("", description="only on such a device")
    shown: int = Field(200, ge=1, le=1000, description="elements listed")


def answer(question: Clicks, asking: Asking) -> Found:
    with asking.engine.scratch(_rows(question, asking)) as rows:
        asking.keep(_rows(question, asking))
        pages = peeked(asking, _pages(rows))
        listed = pages["path"].to_pylist()
        path = question.path or (listed[0] if listed else "")
        elements = told(asking, _elements(rows, path, question.shown))
        depth = told(asking, _depth(rows, path)).to_pylist()
        whole = peeked(asking, _whole(rows, path)).to_pylist()[0]
    scrolled = sum(r["n"] for r in depth)
    reached = [
        {
            "depth": d,
            "visits": sum(r["n"] for r in depth if r["depth"] >= d),
            "share": sum(r["n"] for r in depth if r["depth"] >= d) / scrolled,
        }
        for d in range(10, 101, 10)
        if scrolled
    ]
    facts = {
        "path": path,
        "views": int(whole["views"] or 0),
        "customers": int(whole["customers"] or 0),
        "clicks": int(whole["clicks"] or 0),
        "seconds": float(whole["seconds"]) if whole["seconds"] is not None else None,
    }
    data = {"elements": elements, "scroll": pa.Table.from_pylist(reached, schema=_SCROLL), "pages": pages}
    return Found(data, int(whole["rows"] or 0), NOTES, facts)


_SCROLL = pa.schema([("depth", pa.int64()), ("visits", pa.int64()), ("share", pa.float64())])
"""`depth` in percent of the page; `share` of the visits whose reading was measured."""


def _rows(question: Clicks, asking: Asking) -> exp.Select:
    """(customer_id, name, path, selector, text, depth, seconds) of page views, clicks and scrolls."""
    path = sql("COALESCE(:own, :around)", own=asking.field("path"), around=asking.field("context.page.path"))
    columns: list[exp.Expr] = [
        exp.column("customer_id"),
        exp.column("name"),
        path.as_("path"),
        asking.field("selector").as_("selector"),
        sql("COALESCE(:words, :name)", words=asking.field("text"), name=asking.field("properties.name")).as_("text"),
        sql("TRY_CAST(:d AS DOUBLE)", d=asking.field("depth")).as_("depth"),
        sql("TRY_CAST(:s AS DOUBLE)", s=asking.field("seconds")).as_("seconds"),
    ]
    rows = asking.rows(columns, asking.stretch, names=("Page Viewed", "Page Scrolled", *CLICKS), asks=("path",))
    return rows.where(exp.column("device").eq(question.device)) if question.device else rows


def _pages(rows: str) -> exp.Expr:
    return sql(
        "SELECT path, SUM(CASE WHEN name = 'Page Viewed' THEN 1 ELSE 0 END) AS views,"
        " SUM(CASE WHEN name = 'Element Clicked' THEN 1 ELSE 0 END) AS clicks,"
        " SUM(CASE WHEN name = 'Rage Clicked' THEN 1 ELSE 0 END) AS rage, SUM(CASE WHEN name = 'Dead Clicked' THEN 1"
        " ELSE 0 END) AS dead"
        " FROM t WHERE NOT path IS NULL GROUP BY path ORDER BY views DESC, path LIMIT 100",
        tables={"t": rows},
    )


def _elements(rows: str, path: str, shown: int) -> exp.Expr:
    """Clicks by element; `share` of the page's clicks, the angry and the vain ones beside them."""
    return sql(
        "SELECT selector, CASE WHEN COUNT(DISTINCT text) = 1 AND COUNT(DISTINCT customer_id) >= :several THEN"
        " MIN(text) END AS text,"
        " SUM(CASE WHEN name = 'Element Clicked' THEN 1 ELSE 0 END) AS clicks,"
        " COUNT(DISTINCT customer_id) AS customers, SUM(CASE WHEN name = 'Rage Clicked' THEN 1 ELSE 0 END) AS rage,"
        " SUM(CASE WHEN name = 'Dead Clicked' THEN 1 ELSE 0 END) AS dead,"
        " CAST(SUM(CASE WHEN name = 'Element Clicked' THEN 1 ELSE 0 END) AS DOUBLE)"
        " / SUM(SUM(CASE WHEN name = 'Element Clicked' THEN 1 ELSE 0 END)) OVER () AS share"
        " FROM t WHERE path = :path AND name IN :clicks AND NOT selector IS NULL"
        " GROUP BY selector ORDER BY clicks DESC, rage DESC, selector LIMIT :shown",
        tables={"t": rows},
        path=path,
        clicks=list(CLICKS),
        shown=shown,
        several=SEVERAL,
    )


def _depth(rows: str, path: str) -> exp.Expr:
    return sql(
        "SELECT LEAST(100, CAST(FLOOR(depth) AS BIGINT)) AS depth, COUNT(*) AS n FROM t"
        " WHERE path = :path AND name = 'Page Scrolled' AND NOT depth IS NULL GROUP BY 1 ORDER BY 1",
        tables={"t": rows},
        path=path,
    )


def _whole(rows: str, path: str) -> exp.Expr:
    return sql(
        "SELECT COUNT(*) AS rows, SUM(CASE WHEN path = :path AND name = 'Page Viewed' THEN 1 ELSE 0 END) AS views,"
        " COUNT(DISTINCT CASE WHEN path = :path THEN customer_id END) AS customers,"
        " SUM(CASE WHEN path = :path AND name = 'Element Clicked' THEN 1 ELSE 0 END) AS clicks,"
        " MEDIAN(CASE WHEN path = :path AND name = 'Page Scrolled' THEN seconds END) AS seconds FROM t",
        tables={"t": rows},
        path=path,
    )


def people(question: Clicks, cell: Mapping[str, Any], asking: Asking) -> Crowd:
    """Who clicked an element (`selector`), or did so in anger or in vain (``what``: rage, dead), on the page."""
    names = {"rage": ["Rage Clicked"], "dead": ["Dead Clicked"]}.get(str(cell.get("what")), list(CLICKS))
    query = sql(
        "SELECT DISTINCT customer_id FROM t WHERE NOT customer_id IS NULL AND path = :path AND (:every OR (name IN :names"
        " AND (:any OR selector = :selector)))",
        tables={"t": _rows(question, asking)},
        path=str(cell.get("path") or question.path),
        every=cell.get("selector") is None and cell.get("what") is None,
        any=cell.get("selector") is None,
        selector=str(cell.get("selector") or ""),
        names=names,
    )
    assert isinstance(query, exp.Query)
    where = [is_("context.page.path", str(cell.get("path") or question.path))]
    if cell.get("selector") is not None:
        where.append(is_("selector", str(cell["selector"])))
    everything = cell.get("selector") is None and cell.get("what") is None
    return Crowd(query, whole(asking, did(asking, ["Page Viewed"] if everything else names, *where)))


NOTES = (
    Text(
        "Only visits that allowed analytics are here. Clicks are those on links, buttons and the like; where the"
        " pointer was comes from"
        " recordings, which are a sample.",
        "분석에 동의한 방문만 있습니다. 클릭은 링크와 버튼 같은 것의 클릭입니다. 포인터의 위치는 일부 방문의 녹화에서 옵니다.",
    ),
    Text(
        "A page shown in several designs at once is one page here: compare designs by a filter.",
        "한 주소를 여러 디자인으로 보여 주면 한 페이지로 셉니다. 디자인은 필터로 나누어 비교하세요.",
    ),
)

KIND = Kind(
    Clicks,
    Text("Clicks and scrolling", "클릭과 스크롤"),
    Text(
        "What do visitors click on a page, and how far do they read?",
        "방문자는 페이지에서 무엇을 누르고 어디까지 읽나요?",
    ),
    Text(
        "Clicks on a page by element, with rage and dead clicks; the share of visits that reached each tenth of the page.",
        "페이지의 요소별 클릭과 분노 클릭, 헛클릭. 페이지의 10분의 1마다 거기까지 본 방문의 비율.",
    ),
    answer,
    people,
)
