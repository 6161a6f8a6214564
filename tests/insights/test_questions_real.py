"""Campaigns and attribution over the public data sets, held to published counts and to sums made another way."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from dangol.engine import Engine
from dangol.insights.credit import GOAL, LOST, START, markov, removal_effects
from tests.collect.test_real import DATA
from tests.insights.orders import Fact, ask, fill, rows
from tests.insights.test_attribution import reach
from tests.insights.world import shop

pytestmark = pytest.mark.real


def there(name: str) -> Path:
    folder = DATA / name
    if not folder.exists():
        pytest.skip(f"{name} is not there; set DANGOL_DATA to the folder of data sets")
    return folder


@pytest.fixture
def engine() -> Iterable[Engine]:
    with shop() as made:
        yield made


def test_the_27_campaigns_of_complete_journey(engine: Engine) -> None:
    """27 campaigns, 6,589 memberships (84.51°); redemptions of weeks 1 to 40."""
    folder = there("completejourney")
    spans = {r["campaign_id"]: r for r in pq.read_table(folder / "campaign_descriptions.parquet").to_pylist()}
    members = pq.read_table(folder / "campaigns.parquet").to_pylist()
    taken = pq.read_table(folder / "split_coupon_redemptions_to_w40.parquet").to_pylist()
    facts = []
    for number, row in enumerate(members, 1):
        span = spans[row["campaign_id"]]
        more = (("campaign_type", str(span["campaign_type"])), ("campaign_ends", str(span["end_date"])[:10]))
        at = dt.datetime.combine(span["start_date"], dt.time(), dt.UTC)
        facts.append(
            Fact(int(row["household_id"]), at, number, "Campaign Reached", campaign=str(row["campaign_id"]), more=more)
        )
    for number, row in enumerate(taken, 100_000):
        at = dt.datetime.combine(row["redemption_date"], dt.time(12), dt.UTC)
        facts.append(Fact(int(row["household_id"]), at, number, "Coupon Applied", campaign=str(row["campaign_id"])))
    fill(engine, facts)
    table = {
        r["campaign"]: r
        for r in rows(ask(engine, "campaigns", now=dt.datetime(2018, 1, 1, tzinfo=dt.UTC)), "campaigns")
    }
    assert len(table) == 27
    reached: dict[str, set[str]] = defaultdict(set)
    for row in members:
        reached[str(row["campaign_id"])].add(row["household_id"])
    assert sum(r["reached"] for r in table.values()) == 6_589
    assert {c: r["reached"] for c, r in table.items()} == {c: len(w) for c, w in reached.items()}
    redeemers: dict[str, set[str]] = defaultdict(set)
    times: Counter[str] = Counter()
    for row in taken:
        campaign = str(row["campaign_id"])
        if (
            row["household_id"] in reached[campaign]
            and row["redemption_date"] >= spans[row["campaign_id"]]["start_date"]
        ):
            redeemers[campaign].add(row["household_id"])
            times[campaign] += 1
    assert {c: r["redeemers"] for c, r in table.items()} == {c: len(redeemers[c]) for c in table}
    assert {c: r["redemptions"] for c, r in table.items()} == {c: times[c] for c in table}
    for campaign, row in table.items():
        span = next(s for c, s in spans.items() if str(c) == campaign)
        assert (row["type"], row["days"]) == (span["campaign_type"], (span["end_date"] - span["start_date"]).days + 1)


def test_markov_over_ten_thousand_published_paths() -> None:
    """The data of the R package ChannelAttribution: the chain solved at once and walked without each channel agree."""
    data = pq.read_table(there("attribution_paths") / "Data.parquet").to_pylist()
    steps: dict[tuple[str, str], float] = defaultdict(float)
    for row in data:
        path = [p.strip() for p in row["path"].split(">")]
        for end, n in ((GOAL, row["total_conversions"]), (LOST, row["total_null"])):
            for here, there_ in zip([START, *path], [*path, end], strict=True):
                if n:
                    steps[here, there_] += n
    effects, whole = removal_effects(steps), reach(steps)
    assert len(effects) == 12
    for name, effect in effects.items():
        assert effect == pytest.approx(1 - reach(steps, without=name) / whole, rel=1e-9)
    assert sum(markov(steps).values()) == pytest.approx(1)
