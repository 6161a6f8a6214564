"""Questions about orders, touches and visits: one answer on every engine."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from dangol.engine import Engine
from dangol.insights import Answered, Context, people, question
from tests.insights.orders import DEFINITIONS, Fact, ask, day, fill, rows
from tests.insights.world import NOW, SEOUL

ENDS = (("campaign_ends", "2026-02-20"), ("campaign_type", "A"))
PAGE = ("context", {"page": {"path": "/cart"}})


def world() -> list[Fact]:
    found = []
    for c in range(1, 9):
        touch = ("spring", "naver", "letter")[c % 3]
        found.append(Fact(c, day(30, hour=c), 100 * c + 1, "Campaign Reached", campaign=touch, more=ENDS))
        found.append(Fact(c, day(31, hour=c), 100 * c + 2, "Coupon Applied", campaign="spring", channel="app"))
        for k in range(1 + c % 4):
            items = (("tea", 10 + c), ("cup", 5)) if (c + k) % 2 else (("cake", 7),)
            where = ("web", "store", "app", None)[(c + k) % 4]
            found.append(Fact(c, day(20 + 9 * k, hour=c + k), 100 * c + 10 + k, channel=where, items=items))
        more = (("selector", "#pay"), ("depth", 10 * c), ("seconds", 1.5 * c), PAGE)
        for n, name in enumerate(("Page Viewed", "Element Clicked", "Page Scrolled", "Rage Clicked")):
            found.append(
                Fact(c, NOW - dt.timedelta(days=1, minutes=n), 100 * c + 50 + n, name, channel="web", more=more)
            )
    return found


ASKED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("attribution", {"period": "all"}, {"touch": "spring", "converted": True}),
    ("attribution", {"period": "2026-02-01..", "top": 1, "lookback_days": 5}, {"touch": "(none)"}),
    ("affinity", {"period": "all", "least": 1}, {"a": "tea", "b": "cup"}),
    ("affinity", {"period": "all", "least": 1, "how": "next"}, {"a": "cake"}),
    ("entry", {"period": "all", "least": 1, "within_days": 30}, {"entry": "tea", "repeated": True}),
    ("entry", {"period": "all", "least": 1, "of": "channel"}, {}),
    ("channels", {"period": "2026-02-01..2026-02-28"}, {"source": "web", "target": None}),
    ("channels", {"period": "all"}, {"side": "both"}),
    ("campaigns", {}, {"campaign": "spring", "redeemed": True}),
    ("timing", {"period": "all"}, {"weekday": "sat"}),
    ("clicks", {}, {"path": "/cart", "what": "rage"}),
    ("flows", {"period": "60 days", "interval": "month"}, {"stage": "new"}),
]


def plain(found: Answered) -> dict[str, list[dict[str, Any]]]:
    return {name: [{k: _round(v) for k, v in r.items()} for r in rows(found, name)] for name in found.data}


def _round(value: Any) -> Any:
    return round(value, 6) if isinstance(value, float) else value


@pytest.mark.spark
@pytest.mark.slow
def test_one_answer_on_every_engine(both: tuple[Engine, Engine]) -> None:
    here = Context(now=NOW, tz=SEOUL, definitions=DEFINITIONS)
    for engine in both:
        fill(engine, world())
    wrong = []
    for kind, said, cell in ASKED:
        one, other = (ask(engine, kind, **said) for engine in both)
        if plain(one) != plain(other) or one.rows_read != other.rows_read:
            wrong.append((kind, said))
        if [t.schema for t in one.data.values()] != [t.schema for t in other.data.values()]:
            wrong.append((kind, "types"))
        if kind != "flows":
            asked = question(kind, said)
            first, second = (people(engine, asked, cell, here).ids for engine in both)
            if first != second:
                wrong.append((kind, cell))
    assert wrong == []
