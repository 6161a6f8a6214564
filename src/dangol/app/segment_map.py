"""Segments as a picture: sizes and value, exact intersections, who stands inside whom, movement between dates; the RFM map."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from sqlglot import exp

from dangol.app.definitions import current
from dangol.app.segments import moment
from dangol.app.together import Together
from dangol.engine import Engine, sql
from dangol.profiles import CUSTOMERS, facts_of, memberships_at, segment_of, sizes_by_day
from dangol.schema import DefinitionError, NotFoundError, Problem, Text

if TYPE_CHECKING:
    from dangol.app.workspace import Base
    from dangol.schema import Lang

MOST = 12
"""Segments whose intersections are told exactly: beyond that there are more of them than anybody reads."""

INSIDE = 0.98
"""From this share on a segment stands inside another in the tree; the share is told beside it."""

MONEY = "revenue"

KEPT_PAST = dt.timedelta(days=1)
"""How long sizes of past months are kept. What comes live seldom changes them; whatever a person changes drops them."""

KEPT_FLOWS = dt.timedelta(minutes=15)
"""How long movement between two moments is kept."""


def picture(ws: Base, lang: Lang, *, chosen: Sequence[str] = ()) -> dict[str, Any]:
    """Every segment with size and value; of the chosen (the largest few without) every intersection; the tree of containment.

    An intersection is exclusive: those who are in all of its segments and in none of the other chosen ones.

    :raises NotFoundError: a chosen segment that does not exist.
    """
    definitions = current(ws)
    for name in chosen:
        segment_of(definitions, name)
    if len(chosen) > MOST:
        many = Text(f"{len(chosen)} segments were chosen", f"세그먼트를 {len(chosen)}개 골랐습니다")
        raise DefinitionError([Problem(many, "chosen", Text(f"choose at most {MOST}", f"{MOST}개까지 고르세요"))])
    if CUSTOMERS not in ws.engine.tables():
        return {"everyone": 0, "value": 0, "currency": ws.settings.currency, "segments": [], "chosen": [],
                "intersections": [], "pairs": [], "tree": [], "as_of": None}  # fmt: skip
    everyone = ws.engine.run(
        sql(
            "SELECT COUNT(*) AS n, COALESCE(SUM(:money), 0) AS value, MAX(refreshed_at) AS as_of FROM customers AS c",
            money=_money(ws.engine),
        )
    ).to_pylist()[0]
    together = Together.read(ws.engine, list(definitions.segments), _money(ws.engine))
    sizes, pairs = together.figures()
    rows = [
        {
            "segment": name,
            "says": segment.says[lang],
            "folder": segment.folder,
            "tags": list(segment.tags),
            **sizes[name],
        }
        for name, segment in definitions.segments.items()
    ]
    rows.sort(key=lambda r: (-r["customers"], r["segment"]))
    picked = list(dict.fromkeys(chosen)) or [r["segment"] for r in rows if r["customers"]][:5]
    counts = {r["segment"]: int(r["customers"]) for r in rows}
    return {
        "everyone": everyone["n"],
        "value": everyone["value"],
        "as_of": everyone["as_of"],
        "currency": ws.settings.currency,
        "segments": rows,
        "chosen": picked,
        "intersections": together.intersections(picked) if picked else [],
        "pairs": [{"a": a, "b": b, "shared": n} for (a, b), n in sorted(pairs.items()) if a in picked and b in picked],
        "tree": tree(counts, pairs),
    }


def _money(engine: Engine) -> exp.Expr:
    """What a customer is worth so far; 0 where the shop has no such trait."""
    have = MONEY in engine.tables().get(CUSTOMERS, [])
    return sql("COALESCE(c.revenue, 0)") if have else sql("0")


def tree(sizes: Mapping[str, int], pairs: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
    """Each segment with the smallest other one it stands inside (almost) wholly: segment, parent (null: none), share inside."""
    found = []
    for name, size in sizes.items():
        around = []
        for other, larger in sizes.items():
            share = pairs.get((min(name, other), max(name, other)), 0) / size if size and other != name else 0.0
            if share >= INSIDE and (larger, other) > (size, name):  # equal sets: the later name is the outer one
                around.append((larger, other, share))
        outer = min(around) if around else None
        found.append({"segment": name, "parent": outer[1] if outer else None, "share": outer[2] if outer else None})
    return found


def flows(ws: Base, lang: Lang, *, chosen: Sequence[str], since: str, until: str = "") -> dict[str, Any]:
    """Movement between two dates: of whom stood in which of the chosen segments then and now.

    A customer in several counts in the first of them, in the order given; in none, under the empty name. A date before the
    membership log began is computed over the facts of then.

    :raises DefinitionError: no date. :raises NotFoundError: no such segment.
    """
    definitions = current(ws)
    for name in chosen:
        segment_of(definitions, name)
    if not 1 <= len(chosen) <= MOST:
        none = Text("choose the segments to move between", "이동을 볼 세그먼트를 고르세요")
        raise DefinitionError([Problem(none, "chosen", Text(f"1 to {MOST}", f"1개에서 {MOST}개까지"))])
    found, at = ws.lately.ask(("flows", *chosen, since, until), KEPT_FLOWS, lambda: _moved(ws, chosen, since, until))
    return {**found, "segments": {n: definitions.segments[n].says[lang] for n in chosen}, "as_of": at}


def _moved(ws: Base, chosen: Sequence[str], since: str, until: str) -> dict[str, Any]:
    definitions = current(ws)
    start, end = moment(since), moment(until) if until else None
    now, zone = ws.now(), ws.settings.tz
    ranks = pa.table({"segment": pa.array(chosen, pa.string()), "rank": pa.array(range(len(chosen)), pa.int64())})
    engine = ws.engine
    with (
        engine.scratch(ranks) as order,
        memberships_at(engine, definitions, chosen, now=now, tz=zone, at=start) as before,
        memberships_at(engine, definitions, chosen, now=now, tz=zone, at=end) as after,
    ):
        query = sql(
            "SELECT one.rank AS a, other.rank AS b, COUNT(*) AS n FROM"
            " (SELECT customer_id, MIN(r.rank) AS rank FROM before_ AS m JOIN ranks AS r ON r.segment = m.segment"
            " GROUP BY customer_id) AS one FULL JOIN"
            " (SELECT customer_id, MIN(r.rank) AS rank FROM after_ AS m JOIN ranks AS r ON r.segment = m.segment"
            " GROUP BY customer_id) AS other ON one.customer_id = other.customer_id"
            " GROUP BY one.rank, other.rank ORDER BY n DESC",
            tables={"before_": before.table, "after_": after.table, "ranks": order},
        )
        rows = engine.run(query).to_pylist()
    computed = sorted({*before.computed, *after.computed})

    def named(rank: int | None) -> str:
        return "" if rank is None else chosen[rank]

    links = [{"from": named(r["a"]), "to": named(r["b"]), "customers": r["n"]} for r in rows]
    return {"since": before.at, "until": after.at, "computed": computed, "flows": links}


def trend(ws: Base, name: str, *, days: int = 90) -> dict[str, Any]:
    """How a segment's size went, a row a day, from the membership log; `began` is the first day it knows."""
    segment_of(current(ws), name)
    now = ws.now()
    table = sizes_by_day(ws.engine, name, since=now - dt.timedelta(days=days), now=now, tz=ws.settings.tz)
    rows = table.to_pylist()
    return {"segment": name, "began": rows[0]["day"] if rows else None, "days": rows}


def past_sizes(ws: Base, name: str, *, months: int = 12) -> list[dict[str, Any]]:
    """Its size at the end of each of the last months, computed over the facts of then where the log does not reach; `as_of`
    says when that was worked out."""
    definitions = current(ws)
    segment_of(definitions, name)
    now, zone = ws.now(), ws.settings.tz
    first = now.astimezone(zone).date().replace(day=1)
    ends = []
    for _ in range(months):
        ends.append(first - dt.timedelta(days=1))
        first = ends[-1].replace(day=1)
    found, at = ws.lately.ask(("past", name, *ends), KEPT_PAST, lambda: _sizes_at(ws, name, [*reversed(ends)]))
    return [{**row, "as_of": at} for row in found]


def _sizes_at(ws: Base, name: str, days: Sequence[dt.date]) -> list[dict[str, Any]]:
    definitions, now, zone, rows = current(ws), ws.now(), ws.settings.tz, []
    with facts_of(ws.engine, definitions, [name], now=now, tz=zone) as facts:
        for day in days:
            with memberships_at(ws.engine, definitions, [name], now=now, tz=zone, at=day, facts=facts) as past:
                n = ws.engine.run(sql("SELECT COUNT(*) AS n FROM t", tables={"t": past.table}))["n"][0].as_py()
            rows.append({"day": day, "customers": int(n), "computed": bool(past.computed)})
    return rows


RFM = ("rfm_recency", "rfm_frequency")


def rfm(ws: Base) -> dict[str, Any]:
    """Customers and what they are worth by fifths of recency and frequency (5 is best): a row a cell.

    :raises NotFoundError: the shop has no such traits.
    """
    have = ws.engine.tables().get(CUSTOMERS, [])
    missing = [t for t in RFM if t not in have]
    if have and missing:
        raise NotFoundError(
            Text(f"there is no trait '{missing[0]}'", f"'{missing[0]}' 속성이 없습니다"),
            hint=Text("the RFM map needs the traits that come with dangol", "RFM 지도에는 기본 속성이 필요합니다"),
        )
    if not have:
        return {"cells": [], "everyone": 0, "rated": 0, "as_of": None, "currency": ws.settings.currency, "query": ""}
    query = sql(
        "SELECT rfm_recency AS recency, rfm_frequency AS frequency, COUNT(*) AS customers, SUM(:money) AS value"
        " FROM customers AS c WHERE NOT rfm_recency IS NULL AND NOT rfm_frequency IS NULL"
        " GROUP BY rfm_recency, rfm_frequency ORDER BY rfm_recency, rfm_frequency",
        money=_money(ws.engine),
    )
    cells = ws.engine.run(query).to_pylist()
    total = ws.engine.run(sql("SELECT COUNT(*) AS n, MAX(refreshed_at) AS as_of FROM customers")).to_pylist()[0]
    return {
        "cells": cells,
        "everyone": total["n"],
        "rated": sum(c["customers"] for c in cells),
        "as_of": total["as_of"],
        "currency": ws.settings.currency,
        "query": ws.engine.to_sql(query, pretty=True),
    }
