"""Formulas, cases and scores: against Python arithmetic and a pandas reading of RFM."""

from __future__ import annotations

import datetime as dt
import math
import random
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from dangol.profiles import Definitions, refresh_traits
from tests.profiles.shop import NOW, Row, column, customers, event, shop, utc

SEOUL = ZoneInfo("Asia/Seoul")
SAYS = {"says": {"ko": "시험", "en": "test"}}
ORDERS = {"did": "Order Completed"}


def defined(*traits: dict[str, Any], shipped: bool = False) -> Definitions:
    return Definitions.of([{**SAYS, **t} for t in traits], with_shipped=shipped)


def test_formulas_are_safe_and_exact() -> None:
    engine = shop(
        [event(1, NOW, amount="10.10"), event(1, NOW, amount="0.20"), event(2, NOW, amount="-3")], customers=[3]
    )
    traits = defined(
        {"trait": "n", "count": "events"},
        {"trait": "s", "sum": "amount"},
        {"trait": "mean", "formula": "s / n"},
        {"trait": "sums", "formula": "(s + 1) / (n - 1)"},
        {"trait": "log", "formula": "round(ln(s), 3)"},
        {"trait": "clipped", "formula": "greatest(least(s, 5), 0) * coalesce(mean, -1) - -n"},
        {"trait": "whole", "formula": "s * 10", "type": "int64"},
        {"trait": "price", "formula": "s * 2", "type": "money"},
    )
    refresh_traits(engine, traits, now=NOW, tz=SEOUL)
    rows = customers(engine)
    assert [rows[c]["mean"] for c in (1, 2, 3)] == [pytest.approx(5.15), -3.0, None]
    assert [rows[c]["sums"] for c in (1, 2, 3)] == [pytest.approx(11.3), None, -1.0]
    assert [rows[c]["log"] for c in (1, 2, 3)] == [pytest.approx(round(math.log(10.3), 3)), None, None]
    assert [rows[c]["clipped"] for c in (1, 2, 3)] == [pytest.approx(5 * 5.15 + 2), 1.0, 0.0]
    assert [rows[c]["whole"] for c in (1, 2, 3)] == [103, -30, 0]
    assert [str(rows[c]["price"]) for c in (1, 2, 3)] == ["20.6000", "-6.0000", "0.0000"]
    engine.close()


def test_cases_take_the_first_that_holds_and_settings_move_them() -> None:
    engine = shop([event(c, NOW, amount=c) for c in range(1, 7)], customers=[9])
    size = {
        "trait": "size",
        "settings": {"big": 5},
        "cases": [
            {"when": "s >= :big", "then": "big"},
            {"when": "s between 2 and 3 or s in (1)", "then": "small"},
            {"when": "not (s > 0) or s is null", "then": "none"},
            {"else": "middle"},
        ],
    }
    traits = defined({"trait": "s", "sum": "amount"}, size)
    refresh_traits(engine, traits, now=NOW, tz=SEOUL)
    assert column(engine, "size") == {1: "small", 2: "small", 3: "small", 4: "middle", 5: "big", 6: "big", 9: "none"}
    refresh_traits(engine, traits, now=NOW, tz=SEOUL, settings={"big": 6})
    assert column(engine, "size")[5] == "middle"
    engine.close()


def buyers(seed: int, count: int = 120) -> list[Row]:
    draw = random.Random(seed)
    return [
        event(
            c, NOW - dt.timedelta(days=draw.randint(0, 400)), amount=draw.choice([5, 10, 20, 50]) * draw.randint(1, 9)
        )
        for c in range(1, count + 1)
        for _ in range(draw.choice([1, 1, 2, 3, 8]))
    ]


def fifths(values: pd.Series) -> pd.Series:
    """1 … 5 by nearest-rank quantiles; equal values get equal scores."""
    cuts = [np.quantile(values, q / 5, method="inverted_cdf") for q in range(1, 5)]
    return 1 + sum((values > c).astype(int) for c in cuts)


def test_rfm_agrees_with_pandas() -> None:
    events = buyers(7)
    engine = shop([*events, event(500, NOW, "Page Viewed")])
    refresh_traits(engine, Definitions.of(), now=NOW, tz=SEOUL)
    frame = pd.DataFrame(
        [(e["customer_id"], e["at"].astimezone(SEOUL).date(), float(e["amount"])) for e in events],
        columns=["c", "day", "amount"],
    )
    today = NOW.astimezone(SEOUL).date()
    by = frame.groupby("c").agg(last=("day", "max"), orders=("day", "size"), revenue=("amount", "sum"))
    recency = by["last"].map(lambda d: (today - d).days)
    expected = pd.DataFrame({"r": 6 - fifths(recency), "f": fifths(by["orders"]), "m": fifths(by["revenue"])})
    # a reversed quantile counts from the other end: at most the cut is the better score
    cuts = [np.quantile(recency, q / 5, method="inverted_cdf") for q in range(1, 5)]
    expected["r"] = recency.map(lambda x: 5 - sum(x > c for c in cuts))
    found = customers(engine)
    for c, row in expected.iterrows():
        assert (found[c]["rfm_recency"], found[c]["rfm_frequency"], found[c]["rfm_monetary"]) == (row.r, row.f, row.m)
        assert found[c]["rfm_score"] == 100 * row.r + 10 * row.f + row.m
    assert found[500]["rfm_frequency"] is None
    assert found[500]["rfm_score"] is None
    logs = np.log1p(by["revenue"])
    edges = logs.min() + (logs.max() - logs.min()) * np.arange(1, 5) / 5
    for c, value in logs.items():
        assert found[c]["rfm_monetary_log"] == 1 + int(sum(value > e + 1e-12 for e in edges))
    engine.close()


def visits(customer: int, *days_ago: int) -> list[Row]:
    return [event(customer, NOW - dt.timedelta(days=d), amount=10) for d in days_ago]


def test_lifecycle_is_held_against_the_own_rhythm() -> None:
    weekly = list(range(0, 200, 10))
    events = [
        *visits(1, *(d + 2 for d in weekly)),  # every ten days, last one two days ago
        *visits(2, *(d + 45 for d in weekly)),  # four and a half intervals late
        *visits(3, *(d + 90 for d in weekly)),  # nine intervals late
        *visits(4, *(d + 120 for d in weekly), 3),  # away for 117 days, back three days ago
        *visits(5, 12, 2),  # began lately
        *visits(6, *range(50, 900, 60)),  # rarely, but on time
    ]
    engine = shop([*events, event(7, NOW, "Page Viewed")])
    refresh_traits(engine, Definitions.of(), now=NOW, tz=SEOUL)
    stages = ["active", "lapsing", "lost", "won_back", "new", "active", None]
    assert column(engine, "lifecycle_stage") == dict(enumerate(stages, 1))
    assert column(engine, "usual_interval")[1] == 10.0
    assert column(engine, "shop_interval")[7] == 10.0
    assert column(engine, "lateness")[3] == pytest.approx(9.0)
    mixed = (1 * 10 + 2 * 10) / (1 + 2)  # one own gap of ten days, the shop's ten days weigh two
    assert column(engine, "expected_interval")[5] == pytest.approx(mixed)
    engine.close()


def test_scores_of_models_become_columns() -> None:
    import pyarrow as pa

    engine = shop(customers=[1, 2])
    traits = defined({"trait": "churn", "score": True})
    assert traits.traits["churn"].family == "analytic"
    refresh_traits(engine, traits, now=NOW, tz=SEOUL)
    assert column(engine, "churn") == {1: None, 2: None}
    rows = [(1, "churn", 0.2, utc(2026, 1, 1)), (1, "churn", 0.7, utc(2026, 2, 1)), (1, "churn", 0.9, utc(2027, 1, 1))]
    table = pa.Table.from_pylist(
        [{"customer_id": c, "trait": t, "value": v, "at": at.replace(tzinfo=None)} for c, t, v, at in rows]
    )
    engine.append("scores", table)
    refresh_traits(engine, traits, now=NOW, tz=SEOUL)
    assert column(engine, "churn") == {1: 0.7, 2: None}
    engine.close()
