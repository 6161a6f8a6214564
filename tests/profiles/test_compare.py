"""Overlap against sets, profiles against SciPy on the rows themselves."""

from __future__ import annotations

import datetime as dt
import random
import statistics
from zoneinfo import ZoneInfo

import pytest
from scipy import stats as scipy_stats

from dangol.engine import Engine
from dangol.profiles import Definitions, overlap, profile, refresh_traits
from dangol.profiles.stats import newcombe
from tests.profiles.shop import NOW, event, shop

SEOUL = ZoneInfo("Asia/Seoul")
SAYS = {"says": {"ko": "시험", "en": "test"}}
DEFINED = Definitions.of(
    [
        {"trait": "n", **SAYS, "count": "events"},
        {"trait": "spent", **SAYS, "average": "amount"},
        {"trait": "channel", **SAYS, "most_frequent": "channel"},
        {"trait": "places", **SAYS, "list": "place"},
        {"trait": "rare", **SAYS, "most_frequent": "coupon"},
    ],
    [
        {"segment": "web", **SAYS, "where": {"trait": "channel", "is": "web"}},
        {"segment": "often", **SAYS, "where": {"trait": "n", "at_least": 4}},
        {"segment": "nobody", **SAYS, "where": {"trait": "n", "above": 99}},
    ],
    with_shipped=False,
)


@pytest.fixture(scope="module")
def world() -> Engine:
    draw = random.Random(11)
    events = []
    for customer in range(1, 161):
        web = draw.random() < 0.4
        for _ in range(draw.randint(0, 5) + 2 * web):
            events.append(
                event(
                    customer,
                    NOW - dt.timedelta(days=draw.randint(0, 30)),
                    amount=draw.randint(1, 50) + 30 * web,
                    channel="web" if web else draw.choice(["store", "call"]),
                    place=draw.choice(["강남", "홍대", "부산"]),
                    coupon="once" if customer == 3 else None,
                )
            )
    engine = shop(events, customers=range(1, 161))
    refresh_traits(engine, DEFINED, now=NOW, tz=SEOUL)
    return engine


def rows(engine: Engine) -> list[dict[str, object]]:
    from dangol.engine import sql

    return engine.run(sql("SELECT * FROM customers")).to_pylist()  # type: ignore[no-any-return]


def test_overlap_agrees_with_sets(world: Engine) -> None:
    found = overlap(world, DEFINED, "web", "often", now=NOW, tz=SEOUL)
    everyone = rows(world)
    a = {r["customer_id"] for r in everyone if r["channel"] == "web"}
    b = {r["customer_id"] for r in everyone if r["n"] >= 4}  # type: ignore[operator]
    assert (found.size_a, found.size_b, found.both, found.everyone) == (len(a), len(b), len(a & b), 160)
    assert found.jaccard == pytest.approx(len(a & b) / len(a | b))
    assert found.lift == pytest.approx((len(a & b) / 160) / ((len(a) / 160) * (len(b) / 160)))
    assert (found.share_of_a, found.share_of_b) == (len(a & b) / len(a), len(a & b) / len(b))
    nothing = overlap(world, DEFINED, "web", "nobody", now=NOW, tz=SEOUL)
    assert (nothing.both, nothing.share_of_b, nothing.lift) == (0, None, None)
    assert len(nothing.answer()) == 1


def test_numbers_of_a_profile_agree_with_scipy(world: Engine) -> None:
    answer = profile(world, DEFINED, "web", now=NOW, tz=SEOUL)
    row = next(r for r in answer if r["trait"] == "spent")
    inside = [r["spent"] for r in rows(world) if r["channel"] == "web"]
    outside = [r["spent"] for r in rows(world) if r["channel"] != "web" and r["spent"] is not None]
    interval = scipy_stats.ttest_ind(inside, outside, equal_var=False).confidence_interval()
    assert (row["n_inside"], row["n_outside"]) == (len(inside), len(outside))
    assert (row["low"], row["high"]) == pytest.approx((interval.low, interval.high))
    assert row["median_inside"] == pytest.approx(statistics.median(inside))
    assert row["median_outside"] == pytest.approx(statistics.median(outside))
    spread = ((statistics.variance(inside) + statistics.variance(outside)) / 2) ** 0.5
    assert row["effect"] == pytest.approx((statistics.fmean(inside) - statistics.fmean(outside)) / spread)


def test_values_and_lists_of_a_profile_are_shares(world: Engine) -> None:
    answer = profile(world, DEFINED, "often", now=NOW, tz=SEOUL)
    known = [r for r in rows(world) if r["places"]]
    often, rest = [r for r in known if r["n"] >= 4], [r for r in known if r["n"] < 4]  # type: ignore[operator]
    row = next(r for r in answer if (r["trait"], r["value"]) == ("places", "강남"))
    k1, k2 = (sum("강남" in r["places"] for r in side) for side in (often, rest))  # type: ignore[operator]
    expected = newcombe(k1, len(often), k2, len(rest))
    assert (row["inside"], row["outside"]) == (k1 / len(often), k2 / len(rest))
    assert (row["low"], row["high"], row["effect"]) == pytest.approx((expected.low, expected.high, expected.effect))
    assert {r["value"] for r in answer if r["trait"] == "channel"} == {"web", "store", "call"}


def test_profiles_are_ranked_and_small_groups_are_left_out(world: Engine) -> None:
    answer = profile(world, DEFINED, "web", now=NOW, tz=SEOUL)
    effects = [abs(r["effect"]) for r in answer]
    assert effects == sorted(effects, reverse=True)
    assert not [r for r in answer if r["trait"] == "rare"]
    assert len(profile(world, DEFINED, "nobody", now=NOW, tz=SEOUL)) == 0
    assert len(profile(world, DEFINED, "web", now=NOW, tz=SEOUL, least=100)) == 0
