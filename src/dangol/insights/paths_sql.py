"""Journeys as SQL: the definition that passes are held against. Rows of a customer stand in order of (at, event_id)."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
from sqlglot import exp

from dangol.engine import sql
from dangol.insights.breakdown import OTHERS
from dangol.insights.selecting import select

END = "\u2063end"


def sessions(rows: exp.Select, gap: dt.timedelta | None) -> exp.Select:
    """The rows with `session` (a number within the customer) and `nth` (place within the session, from 1).

    :param rows: customer_id, at, event_id, label, a, g, amount, value. :param gap: quiet time that ends a session; None: never.
    """
    if gap is None:
        text = "SELECT *, 1 AS session FROM r"
        numbered = select(text, tables={"r": rows})
    else:
        text = (
            "SELECT *, SUM(fresh) OVER (PARTITION BY customer_id ORDER BY at, event_id ROWS BETWEEN UNBOUNDED PRECEDING"
            " AND CURRENT ROW) AS session FROM (SELECT *, CASE WHEN LAG(at) OVER (PARTITION BY customer_id ORDER BY at, event_id)"
            " + :gap >= at THEN 0 ELSE 1 END AS fresh FROM r) AS q"
        )
        step = exp.Interval(this=exp.Literal.string(str(int(gap.total_seconds()))), unit=exp.Var(this="SECOND"))
        numbered = select(text, tables={"r": rows}, gap=step)
    return select(
        "SELECT *, ROW_NUMBER() OVER (PARTITION BY customer_id, session ORDER BY at, event_id) AS nth FROM n",
        tables={"n": numbered},
    )


def steps(found: exp.Select, *, depth: int, anchored: bool, backwards: bool) -> exp.Select:
    """SELECT customer_id, session, pos, label: what was seen at each position of a journey, 0 being where it begins.

    The same thing twice running is one. Positions count from the first anchor (from the start without one), or from the first
    anchor back in time.
    """
    kept = select(
        "SELECT customer_id, session, label, a, ROW_NUMBER() OVER (PARTITION BY customer_id, session ORDER BY nth) AS k"
        " FROM (SELECT *, LAG(label) OVER (PARTITION BY customer_id, session ORDER BY nth) AS seen FROM s) AS q"
        " WHERE seen IS NULL OR seen <> label OR a",
        tables={"s": found},
    )
    start = select(
        "SELECT *, MIN(CASE WHEN a THEN k END) OVER (PARTITION BY customer_id, session) AS home FROM k"
        if anchored
        else "SELECT *, 1 AS home FROM k",
        tables={"k": kept},
    )
    placed = select("SELECT customer_id, session, label, :p AS pos FROM h WHERE NOT home IS NULL",
                 tables={"h": start}, p=sql("home - k") if backwards else sql("k - home"))  # fmt: skip
    return select("SELECT * FROM p WHERE pos >= 0 AND pos <= :depth", tables={"p": placed}, depth=depth)


def node_counts(table: str, top: int) -> exp.Select:
    """SELECT pos, label, n: the `top` labels of each position, the most frequent first."""
    counted = select("SELECT pos, label, COUNT(*) AS n FROM t GROUP BY pos, label", tables={"t": table})
    ranked = select(
        "SELECT *, ROW_NUMBER() OVER (PARTITION BY pos ORDER BY n DESC, label) AS place FROM c", tables={"c": counted}
    )
    return select("SELECT pos, label, n FROM r WHERE place <= :top ORDER BY pos, n DESC, label",
               tables={"r": ranked}, top=top)  # fmt: skip


def links(table: str, shown: str, *, depth: int) -> exp.Select:
    """SELECT pos, source, target, n: how many journeys went from what they saw at `pos` to what they saw next.

    :param shown: a table (pos, label) of labels that are named; the rest are `OTHERS`. The next of the last is `END`.
    """
    named = select(
        "SELECT t.customer_id, t.session, t.pos, COALESCE(s.label, :others) AS label FROM t"
        " LEFT JOIN s ON s.pos = t.pos AND s.label = t.label",
        tables={"t": table, "s": shown}, others=OTHERS,
    )  # fmt: skip
    onward = select(
        "SELECT pos, label AS source, COALESCE(LEAD(label) OVER (PARTITION BY customer_id, session ORDER BY pos), :ending)"
        " AS target FROM n",
        tables={"n": named}, ending=END,
    )  # fmt: skip
    return select(
        "SELECT pos, source, target, COUNT(*) AS n FROM o WHERE pos < :depth GROUP BY pos, source, target"
        " ORDER BY pos, n DESC, source, target",
        tables={"o": onward}, depth=depth,
    )  # fmt: skip


def passed(found: exp.Select, *, present: dt.datetime, gap: dt.timedelta | None) -> exp.Select:
    """SELECT customer_id, session, label, value, broke, won, worth: one row for each thing a journey saw on its way.

    won    whether the goal came later in the same journey; worth: the amount of what came
    broke  whether the journey ended there without the goal (and has ended: the gap is over)
    """
    ahead = select(
        "SELECT *, MAX(CASE WHEN g THEN 1 ELSE 0 END) OVER (PARTITION BY customer_id, session ORDER BY nth ROWS BETWEEN"
        " 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS won,"
        " SUM(CASE WHEN g THEN amount END) OVER (PARTITION BY customer_id, session ORDER BY nth ROWS BETWEEN"
        " 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS worth,"
        " MAX(nth) OVER (PARTITION BY customer_id, session) AS size,"
        " MAX(at) OVER (PARTITION BY customer_id, session) AS ended FROM s",
        tables={"s": found},
    )
    per = select(
        "SELECT *, MAX(CASE WHEN nth = size THEN 1 ELSE 0 END) OVER (PARTITION BY customer_id, session, label) AS ends,"
        " ROW_NUMBER() OVER (PARTITION BY customer_id, session, label ORDER BY nth) AS k FROM a WHERE NOT g",
        tables={"a": ahead},
    )
    over = present - (gap or dt.timedelta(0))
    return select(
        "SELECT customer_id, session, label, value, COALESCE(won, 0) AS won, COALESCE(worth, 0) AS worth,"
        " CASE WHEN ends = 1 AND COALESCE(won, 0) = 0 AND ended < :over THEN 1 ELSE 0 END AS broke FROM p WHERE k = 1",
        tables={"p": per}, over=over,
    )  # fmt: skip


def breaks(table: str, *, split: bool) -> exp.Select:
    """SELECT label, value, passed, broke, won, worth."""
    return select(
        "SELECT label, value, COUNT(*) AS passed, SUM(broke) AS broke, SUM(won) AS won, SUM(worth) AS worth FROM t"
        " GROUP BY label, value"
        if split
        else "SELECT label, CAST(NULL AS VARCHAR) AS value, COUNT(*) AS passed, SUM(broke) AS broke, SUM(won) AS won,"
        " SUM(worth) AS worth FROM t GROUP BY label",
        tables={"t": table},
    )


SHOWN = pa.schema([("pos", pa.int64()), ("label", pa.string())])
