"""Survivorship: which of the given facts counts, against a plain reading."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.profiles import Definitions, refresh_traits
from tests.profiles.shop import NOW, Row, column, customers, shop, utc

SEOUL = ZoneInfo("Asia/Seoul")
SAYS = {"says": {"ko": "시험", "en": "test"}}
SOURCES = ["crm", "mall", "form", "pos"]
KEEPS: dict[str, dict[str, Any]] = {
    "newest": {},
    "oldest": {"then": "first"},
    "commonest": {"then": "most_frequent"},
    "trusted": {"sources": ["crm", "mall"]},
    "trusted_common": {"sources": ["mall"], "then": "most_frequent"},
    "two": {"top": 2},
    "trusted_three": {"sources": ["form", "crm"], "then": "first", "top": 3},
}
DEFINED = Definitions.of(
    [{"trait": name, **SAYS, "given": "grade", "keep": keep} for name, keep in KEEPS.items()], with_shipped=False
)


def survivor(facts: list[Row], keep: dict[str, Any]) -> Any:
    """Rank every (value, priority), best first; the best, or the best few values in alphabetical order."""
    order = keep.get("sources", [])
    groups: dict[tuple[int, str], list[dt.datetime]] = {}
    for fact in facts:
        priority = order.index(fact["source"]) if fact["source"] in order else len(order)
        groups.setdefault((priority, fact["value"]), []).append(fact["at"])

    def rank(group: tuple[int, str]) -> tuple[Any, ...]:
        ats = groups[group]
        by = {"latest": [-max(ats).timestamp()], "first": [min(ats).timestamp()]}.get(keep.get("then", "latest"))
        return (group[0], *(by or [-len(ats), -max(ats).timestamp()]), group[1])

    best = list(dict.fromkeys(value for _, value in sorted(groups, key=rank)))
    top = keep.get("top", 1)
    return (sorted(best[:top]) or None) if top > 1 else next(iter(best), None)


facts_ = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from(["gold", "silver", "vip", "new"]), st.sampled_from(SOURCES), st.integers(0, 6)),
    min_size=1, max_size=30,
)  # fmt: skip


@settings(max_examples=6, deadline=None)
@given(facts_)
def test_survivorship_agrees_with_a_plain_reading(facts: list[tuple[int, str, str, int]]) -> None:
    rows = [
        {"customer_id": c, "trait": "grade", "value": v, "source": s, "at": utc(2026, 1, 1 + day)}
        for c, v, s, day in facts
    ]
    engine = shop(given=rows)
    refresh_traits(engine, DEFINED, now=NOW, tz=SEOUL)
    for customer, row in customers(engine).items():
        mine = [r for r in rows if r["customer_id"] == customer]
        assert {n: row[n] for n in KEEPS} == {n: survivor(mine, keep) for n, keep in KEEPS.items()}
    engine.close()


def test_counter_of_votes_is_what_most_frequent_means() -> None:
    votes = Counter(["a", "b", "a"])
    rows = [{"value": v, "source": "x", "at": utc(2026, 1, 1)} for v in votes.elements()]
    assert survivor(rows, {"then": "most_frequent"}) == "a"


def test_ages_follow_the_local_birthday() -> None:
    def born(customer: int, year: str, day: str | None = None) -> list[Row]:
        facts = [("birth_year", year)] + ([("birthday", day)] if day else [])
        return [
            {"customer_id": customer, "trait": t, "value": v, "source": "crm", "at": utc(2026, 1, 1)} for t, v in facts
        ]

    people = [
        *born(1, "1990", "04-03"),
        *born(2, "1990", "04-04"),
        *born(3, "1990"),
        *born(4, "만 스물"),
        *born(5, "1066"),
    ]
    engine = shop(given=people + born(6, "2010", "02-29"))
    # 02:30 UTC on 3 April is 11:30 on the 3rd in Seoul, and still the 2nd in Los Angeles
    refresh_traits(engine, Definitions.of(), now=NOW, tz=SEOUL)
    assert column(engine, "age") == {1: 36, 2: 35, 3: 36, 4: None, 5: None, 6: 16}
    assert column(engine, "age_band") == {1: "30-39", 2: "30-39", 3: "30-39", 4: None, 5: None, 6: "~19"}
    refresh_traits(engine, Definitions.of(), now=NOW, tz=ZoneInfo("America/Los_Angeles"))
    assert column(engine, "age")[1] == 35
    engine.close()
