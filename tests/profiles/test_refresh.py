"""Refreshing: everyone, the touched, the past. The three answers may not differ."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from dangol.engine import sql
from dangol.profiles import Definitions, members, ranges, refresh_traits
from dangol.profiles.refresh import effective, wide
from tests.profiles.shop import NOW, Row, customers, event, shop

SEOUL = ZoneInfo("Asia/Seoul")
SHIPPED = Definitions.of()


def busy(seed: int, people: range, since: int = 300) -> tuple[list[Row], list[Row]]:
    draw = random.Random(seed)
    events, items = [], []
    for customer in people:
        for _ in range(draw.randint(0, 8)):
            at = NOW - dt.timedelta(days=draw.randint(0, since), minutes=draw.randint(0, 1400))
            name = draw.choice(["Order Completed"] * 4 + ["Order Refunded", "Page Viewed"])
            amount = draw.randint(5, 90) * (-1 if name == "Order Refunded" else 1)
            more: dict[str, Any] = {"channel": draw.choice(["web", "store"]), "place": draw.choice(["강남", "홍대"])}
            events.append(event(customer, at, name, amount=amount, discount=draw.randint(0, 5), **more))
            items.append(
                event(customer, at, name, amount=amount, category=draw.choice(["tea", "bread"]), product_id="p1")
            )
    return events, items


def test_a_partial_refresh_gives_what_a_full_one_gives() -> None:
    events, items = busy(1, range(1, 41))
    engine = shop(events, items, customers=range(1, 41))
    refresh_traits(engine, SHIPPED, now=NOW, tz=SEOUL)
    full = customers(engine)
    engine.delete("customers", sql("customer_id IN :some", some=[3, 5, 8, 13]))
    engine.update("customers", {"orders": sql("orders + 100")}, sql("customer_id IN :some", some=[21, 34]))
    touched = refresh_traits(engine, SHIPPED, now=NOW, tz=SEOUL, population=[3, 5, 8, 13, 21, 34])
    assert (touched.full, touched.customers, touched.why) == (False, 6, "")
    assert customers(engine) == full
    ids = pa.table({"customer_id": pa.array([1, 2, 2], pa.int64())})
    assert refresh_traits(engine, SHIPPED, now=NOW, tz=SEOUL, population=ids).customers == 2
    everyone = refresh_traits(engine, SHIPPED, now=NOW, tz=SEOUL, population="identifiers")
    assert (everyone.full, everyone.customers) == (False, 40)
    assert customers(engine) == full
    engine.close()


def test_ranges_of_customers_give_what_everyone_at_once_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    events, items = busy(3, range(1, 61))
    engine = shop(events, items, customers=range(1, 71))  # some never did anything
    refresh_traits(engine, SHIPPED, now=NOW, tz=SEOUL)
    whole = customers(engine)
    state = engine.run(sql("SELECT trait, cuts FROM trait_state ORDER BY trait")).to_pylist()
    monkeypatch.setattr(ranges, "ROWS", 40)
    assert len(ranges.ranges(engine)) > 4
    told: list[tuple[int, int]] = []
    refresh_traits(engine, SHIPPED, now=NOW, tz=SEOUL, progress=lambda done, of, what: told.append((done, of)))
    assert customers(engine) == whole
    assert engine.run(sql("SELECT trait, cuts FROM trait_state ORDER BY trait")).to_pylist() == state
    assert [done / of for done, of in told] == sorted(done / of for done, of in told)
    assert told[-1] == (1, 1)
    ids = engine.run(sql("SELECT customer_id FROM identifiers"))["customer_id"].to_pylist()
    held = [
        engine.run(sql("SELECT customer_id FROM identifiers WHERE :here", here=here))["customer_id"].to_pylist()
        for here in ranges.ranges(engine)
    ]
    assert sorted(i for part in held for i in part) == sorted(ids)
    monkeypatch.setattr(ranges, "ROWS", 30)  # the past of few traits copies what they read, and no more
    then, rule = (
        NOW - dt.timedelta(days=40),
        {"all": [{"trait": "orders", "at_least": 2}, {"trait": "category_breadth", "at_least": 1}]},
    )
    few = members(engine, SHIPPED, rule, now=NOW, tz=SEOUL, as_of=then, columns=("lifecycle_stage", "last_category"))
    monkeypatch.undo()
    assert len(few)
    assert few.table.equals(
        members(
            engine, SHIPPED, rule, now=NOW, tz=SEOUL, as_of=then, columns=("lifecycle_stage", "last_category")
        ).table
    )
    engine.close()


def test_new_facts_reach_only_the_touched_and_scores_keep_their_cut_points() -> None:
    events, _ = busy(2, range(1, 31))
    engine = shop(events, customers=range(1, 31))
    refresh_traits(engine, SHIPPED, now=NOW, tz=SEOUL)
    before = customers(engine)
    later = NOW + dt.timedelta(days=1)
    more = shop([*events, event(7, later, amount=10_000)], customers=range(1, 31))
    for table in ("customers", "trait_state"):
        more.replace(table, engine.run(sql("SELECT * FROM t", tables={"t": table})))
    refresh_traits(more, SHIPPED, now=later, tz=SEOUL, population=[7])
    after = customers(more)
    assert {c: r for c, r in after.items() if c != 7} == {c: r for c, r in before.items() if c != 7}
    assert after[7]["revenue"] == before[7]["revenue"] + 10_000
    assert after[7]["rfm_monetary"] == 5
    assert after[7]["refreshed_at"] == later.replace(tzinfo=None)
    state = {r["trait"]: r for r in more.run(sql("SELECT * FROM trait_state")).to_pylist()}
    assert state["revenue"]["full_at"] == NOW.replace(tzinfo=None)
    assert state["revenue"]["touched_at"] == later.replace(tzinfo=None)
    engine.close()
    more.close()


def test_customers_come_and_go_with_their_identifiers() -> None:
    engine = shop([event(1, NOW, amount=5), event(None, NOW, amount=7)], customers=[1, 2])
    refresh_traits(engine, SHIPPED, now=NOW, tz=SEOUL)
    rows = customers(engine)
    assert set(rows) == {1, 2}
    assert (rows[2]["orders"], rows[2]["revenue"], rows[2]["identifiers"]) == (0, 0, 1)
    engine.update("identifiers", {"customer_id": sql("1")}, sql("customer_id = 2"))  # 2 was merged into 1
    refresh_traits(engine, SHIPPED, now=NOW, tz=SEOUL, population=[1, 2])
    assert {c: r["identifiers"] for c, r in customers(engine).items()} == {1: 2}
    engine.close()


def test_an_empty_workspace_has_an_empty_table_with_every_column() -> None:
    engine = shop()
    assert refresh_traits(engine, SHIPPED, now=NOW, tz=SEOUL).customers == 0
    assert {"customer_id", "orders", "lifecycle_stage", "rfm_score"} <= set(engine.tables()["customers"])
    engine.close()


@pytest.mark.parametrize("change", ["definition", "setting", "zone", "column"])
def test_a_change_of_meaning_makes_a_partial_refresh_full(change: str) -> None:
    says = {"says": {"ko": "시험", "en": "test"}}
    base = {"trait": "late", **says, "settings": {"at": 3}, "cases": [{"when": "n > :at", "then": "late"}]}
    n = {"trait": "n", **says, "count": "events"}
    first = Definitions.of([n, base], with_shipped=False)
    engine = shop([event(1, NOW)], customers=[1, 2])
    refresh_traits(engine, first, now=NOW, tz=SEOUL)
    assert not refresh_traits(engine, first, now=NOW, tz=SEOUL, population=[1]).full
    second, settings, tz = first, {}, SEOUL
    if change == "definition":
        second = Definitions.of([{**n, "within": "3 days"}, base], with_shipped=False)
    elif change == "setting":
        settings = {"at": 0.0}
    elif change == "zone":
        tz = ZoneInfo("UTC")
    else:
        second = Definitions.of([n, base, {**n, "trait": "m"}], with_shipped=False)
    found = refresh_traits(engine, second, now=NOW, tz=tz, settings=settings, population=[1])
    assert found.full
    assert found.why
    engine.close()


def test_replaying_a_date_is_the_same_as_never_having_seen_the_rest() -> None:
    events, items = busy(5, range(1, 21))
    past = NOW - dt.timedelta(days=100)
    given = [{"customer_id": 3, "trait": "gender", "value": v, "source": "crm", "at": NOW - dt.timedelta(days=d)} for v, d in
             (("female", 200), ("male", 20))]  # fmt: skip
    whole = shop(events, items, given, customers=range(1, 21))
    known = [r for r in events if r["at"] <= past]
    cut = shop(known, [r for r in items if r["at"] <= past], given[:1])
    refresh_traits(cut, SHIPPED, now=past, tz=SEOUL)
    with wide(whole, SHIPPED, now=past, tz=SEOUL, settings=effective(SHIPPED, None), as_of=True) as (query, _):
        replayed = {r["customer_id"]: r for r in whole.run(query).to_pylist()}
    expected = customers(cut)
    ignore = {"first_seen", "last_seen"}
    for customer, row in expected.items():
        assert {k: v for k, v in replayed[customer].items() if k not in ignore} == {
            k: v for k, v in row.items() if k not in ignore
        }
    whole.close()
    cut.close()


def test_members_of_a_date_before_the_log_are_replayed() -> None:
    engine = shop([event(1, NOW - dt.timedelta(days=50), amount=5), event(2, NOW - dt.timedelta(days=5), amount=5)])
    rule = {"segment": "buyers", "says": {"ko": "구매", "en": "buyers"}, "where": {"trait": "orders", "at_least": 1}}
    defined = Definitions.of([], [rule])
    refresh_traits(engine, defined, now=NOW, tz=SEOUL)
    found = members(
        engine, defined, "buyers", now=NOW, tz=SEOUL, as_of=(NOW - dt.timedelta(days=20)).date(), columns=("revenue",)
    )
    assert found.facts["by"] == "replay"
    assert [(r["customer_id"], r["revenue"]) for r in found] == [(1, 5)]
    engine.close()
