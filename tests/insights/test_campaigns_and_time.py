"""Campaign response, time and context, clicks: against plain Python over the same events."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable

import pyarrow as pa
import pytest
from hypothesis import given, settings

from dangol.engine import Engine, arrow_schema
from dangol.insights import Context, answer, people, question
from dangol.profiles import Definitions
from dangol.profiles import who as chosen
from dangol.rules import Surroundings
from dangol.schema import TABLES, NotFoundError
from tests.budget import examples
from tests.insights.orders import DEFINITIONS, Fact, ask, day, fill, rows, shops
from tests.insights.world import NOW, SEOUL, shop

HERE = Context(now=NOW, tz=SEOUL, definitions=DEFINITIONS)


@pytest.fixture(scope="module")
def engine() -> Iterable[Engine]:
    with shop() as made:
        yield made


@settings(max_examples=examples(60), deadline=None)
@given(facts=shops())
def test_how_campaigns_were_answered(engine: Engine, facts: list[Fact]) -> None:
    fill(engine, facts)
    found = ask(engine, "campaigns", period="all", days=7)
    table = {r["campaign"]: r for r in rows(found, "campaigns")}
    reached: dict[str, dict[int, dt.datetime]] = {}
    for fact in sorted(facts):
        if fact.campaign:
            reached.setdefault(fact.campaign, {}).setdefault(fact.customer, fact.at)
    assert {c: r["reached"] for c, r in table.items()} == {c: len(w) for c, w in reached.items()}
    orders = [f for f in facts if f.name == "Order Completed"]
    for campaign, who in reached.items():
        starts = min(f.at for f in facts if f.campaign == campaign)
        length = dt.timedelta(days=table[campaign]["days"])
        assert length == dt.timedelta(days=7)
        before = sum(a for f in orders if f.customer in who and starts - length <= f.at < starts for _, a in f.items)
        during = sum(a for f in orders if f.customer in who and starts <= f.at < starts + length for _, a in f.items)
        row = table[campaign]
        assert row["spend_before"] == pytest.approx(before / len(who))
        assert row["spend_during"] == pytest.approx(during / len(who))
        others = {f.customer for f in orders if f.at < starts} - who.keys()
        assert row["others"] == len(others)


def test_a_campaign_ends_when_it_says_and_is_taken_up_by_coupon(engine: Engine) -> None:
    ends = (("campaign_ends", "2026-01-20"), ("campaign_type", "A"))
    fill(
        engine,
        [
            Fact(1, day(9), 1, "Campaign Reached", campaign="spring", more=ends),
            Fact(2, day(9), 2, "Campaign Reached", campaign="spring", more=ends),
            Fact(1, day(11), 3, "Coupon Applied", campaign="spring"),
            Fact(1, day(11), 4, "Coupon Applied", campaign="spring"),
            Fact(3, day(11), 5, "Coupon Applied", campaign="spring"),
            Fact(1, day(11), 6, items=(("tea", 40),)),
            Fact(1, day(-2), 7, items=(("tea", 10),)),
        ],
    )
    (row,) = rows(ask(engine, "campaigns"), "campaigns")
    early = [Fact(1, day(9, hour=-9), 1, "Campaign Reached", campaign="spring", more=ends)]  # midnight in Seoul
    assert (row["type"], row["days"], row["reached"], row["redeemers"], row["redemptions"]) == ("A", 11, 2, 1, 2)
    assert (row["spend_before"], row["spend_during"], row["change"]) == (5.0, 20.0, 15.0)
    asked = question("campaigns", {})
    assert people(engine, asked, {"campaign": "spring", "redeemed": True}, HERE).ids == (1,)
    assert people(engine, asked, {"campaign": "spring", "redeemed": False}, HERE).ids == (2,)
    fill(engine, early)
    assert [r["days"] for r in rows(ask(engine, "campaigns"), "campaigns")] == [11]


def test_what_counts_as_taken_up_is_the_same_for_the_number_and_the_people(engine: Engine) -> None:
    shown = (("taste", "tea"),)
    fill(
        engine,
        [
            Fact(9, day(5), 1, "Campaign Reached", channel="app", campaign="spring"),  # another's reach begins it
            Fact(1, day(9), 2, "Campaign Reached", channel="web", campaign="spring"),
            Fact(2, day(10), 3, "Campaign Reached", channel="web", campaign="spring"),
            Fact(1, day(4), 4, "Coupon Applied", campaign="spring", more=shown),  # before it began
            Fact(1, day(11), 5, "Coupon Applied", campaign="spring", more=shown),
            Fact(2, day(11), 6, "Coupon Applied", campaign="spring"),
            Fact(1, day(30), 7, "Campaign Reached", campaign="summer"),
        ],
    )
    engine.replace("customers", pa.table({"customer_id": [1, 2, 9], "orders": [0, 0, 0]}))
    web = {"filter": {"channel": "web"}, "days": 7}
    tea = {"event": "Coupon Applied", "where": {"taste": "tea"}}
    for said, who in (({}, (1, 2)), ({"redeemed": tea}, (1,)), ({"redeemed": {"event": ""}}, (1, 2))):
        row = rows(ask(engine, "campaigns", **web, **said), "campaigns")[0]
        assert (row["campaign"], row["reached"], row["redeemers"]) == ("spring", 2, len(who))
        assert row["starts"] == day(5).replace(tzinfo=None)
        asked = question("campaigns", {**web, **said})
        for redeemed in (True, False):
            cell = {"campaign": "spring", "redeemed": redeemed}
            found = people(engine, asked, cell, HERE)
            assert found.ids == (who if redeemed else tuple({1, 2} - {*who}))
            assert found.exact
            assert found.rule is not None
            lasting = engine.run(chosen(DEFINITIONS, found.rule, now=NOW, tz=SEOUL))["customer_id"]
            assert found.ids == tuple(sorted(lasting.to_pylist()))
    began = day(5).astimezone(SEOUL).date()
    late = ask(engine, "campaigns", period=f"{began + dt.timedelta(days=1)}..")
    assert [r["campaign"] for r in rows(late, "campaigns")] == ["summer"]
    early = ask(engine, "campaigns", period=f"{began}..{began}")  # whoever was reached later is in it, too
    assert [(r["campaign"], r["reached"]) for r in rows(early, "campaigns")] == [("spring", 3)]
    assert [r["campaign"] for r in rows(ask(engine, "campaigns", shown=1), "campaigns")] == ["summer"]


@settings(max_examples=examples(40), deadline=None)
@given(facts=shops())
def test_hours_and_days_are_the_shops(engine: Engine, facts: list[Fact]) -> None:
    fill(engine, facts)
    found = ask(engine, "timing", period="2026-01-05..2026-02-28")
    mine = [f.at.astimezone(SEOUL) for f in facts if f.name == "Order Completed" and found.start <= f.at < found.end]
    hours = Counter((["mon", "tue", "wed", "thu", "fri", "sat", "sun"][at.weekday()], at.hour) for at in mine)
    assert {(r["weekday"], r["hour"]): r["events"] for r in rows(found, "hours") if r["events"]} == dict(hours)
    assert len(rows(found, "hours")) == 168
    assert sum(r["events"] for r in rows(found, "days")) == len(mine)
    assert sum(r["days"] for r in rows(found, "days")) == 55
    days = {r["day"]: r["events"] for r in rows(found, "holidays")}
    assert {dt.date(2026, 2, 16), dt.date(2026, 2, 17), dt.date(2026, 2, 18)} <= days.keys()  # Seollal
    assert days == {d: sum(at.date() == d for at in mine) for d in days}


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        ("timing", {"hour": "x"}),
        ("timing", {"day": "x"}),
        ("flows", {"stage": "new", "at": "x"}),
        ("channels", {"channels": 3}),
        ("retention", {"cohort": "2026-03-01", "first": 1, "last": "x"}),
        ("retention", {"cohort": "2026-03-01", "first": 10**9}),
    ],
)
def test_a_cell_no_answer_has_is_refused(engine: Engine, kind: str, cell: dict[str, object]) -> None:
    fill(engine, [Fact(1, day(1), 1, items=(("tea", 1),))])
    with pytest.raises(NotFoundError) as refused:
        people(engine, question(kind, {}), cell, HERE)
    assert refused.value.where == "cell"


def test_weather_is_by_the_hour(engine: Engine) -> None:
    table = TABLES["weather"]
    hours = [
        dict.fromkeys(table.names)
        | {"place": "60,127", "hour": day(0, hour=h).replace(tzinfo=None), "condition": "rain" if h < 6 else "clear"}
        for h in range(24)
    ]
    fill(engine, [Fact(1, day(0, hour=h), i + 1, items=(("tea", 1),)) for i, h in enumerate((1.5, 2.0, 7.0))])
    engine.replace("weather", pa.Table.from_pylist(hours, schema=arrow_schema(table)))
    known = Definitions.of(segments=[], surroundings=Surroundings(spot="60,127"))
    here = Context(now=NOW, tz=SEOUL, definitions=known)
    found = answer(engine, question("timing", {"period": "2025-12-31..2026-01-03"}), here)
    told = {r["weather"]: (r["hours"], r["events"], r["events_an_hour"]) for r in rows(found, "weather")}
    assert told == {"rain": (6, 2, pytest.approx(2 / 6)), "clear": (18, 1, pytest.approx(1 / 18))}
    assert people(engine, question("timing", {"period": "all"}), {"weather": "rain"}, here).ids == (1,)
    engine.replace("weather", pa.Table.from_pylist([], schema=arrow_schema(table)))


def test_clicks_by_element_and_how_far_was_read(engine: Engine) -> None:
    def visit(customer: int, number: int, name: str, **more: object) -> Fact:
        said = {"context": {"page": {"path": "/cart"}}, **more}
        return Fact(customer, NOW - dt.timedelta(days=2), number, name, channel="web", more=tuple(said.items()))

    fill(
        engine,
        [
            visit(1, 1, "Page Viewed", path="/cart"),
            visit(2, 2, "Page Viewed", path="/cart"),
            visit(1, 3, "Element Clicked", selector="#pay", text="Pay"),
            visit(2, 4, "Element Clicked", selector="#pay", text="Pay"),
            visit(2, 5, "Element Clicked", selector="#back", text="Back"),
            visit(2, 6, "Rage Clicked", selector="#pay", text="Pay"),
            visit(1, 7, "Page Scrolled", depth=100, seconds=10.0),
            visit(2, 8, "Page Scrolled", depth=35, seconds=4.0),
            *(visit(c, 20 + c, "Element Clicked", selector="#menu", text="Menu") for c in (1, 2, 3)),
            *(visit(c, 30 + c, "Element Clicked", selector="#hello", text=f"Hello {c}") for c in (1, 2, 3)),
        ],
    )
    found = ask(engine, "clicks")
    assert (found.facts["path"], found.facts["views"], found.facts["clicks"], found.facts["seconds"]) == (
        "/cart",
        2,
        9,
        7.0,
    )
    table = {r["selector"]: r for r in rows(found, "elements")}
    assert (table["#menu"]["text"], table["#hello"]["text"], table["#pay"]["text"]) == ("Menu", None, None)
    first, second = table["#pay"], table["#back"]
    assert (first["selector"], first["clicks"], first["customers"], first["rage"], first["share"]) == (
        "#pay",
        2,
        2,
        1,
        pytest.approx(2 / 9),
    )
    assert second["selector"] == "#back"
    reached = {r["depth"]: r["visits"] for r in rows(found, "scroll")}
    assert (reached[30], reached[40], reached[100]) == (2, 1, 1)
    asked = question("clicks", {"path": "/cart"})
    assert people(engine, asked, {"selector": "#pay", "what": "rage"}, HERE).ids == (2,)
    assert people(engine, asked, {"selector": "#back"}, HERE).ids == (2,)
    assert people(engine, asked, {}, HERE).ids == (1, 2, 3)
