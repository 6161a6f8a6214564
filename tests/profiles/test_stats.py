"""Intervals against published examples and SciPy."""

from __future__ import annotations

import math
import random

import pytest
from scipy import stats as scipy_stats

from dangol.profiles.stats import Moments, newcombe, welch, wilson


def test_wilson_gives_the_published_interval() -> None:
    low, high = wilson(81, 263)  # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    low, high = wilson(15, 148)
    assert (round(low, 4), round(high, 4)) == (0.0624, 0.1605)
    assert [round(x, 4) for x in wilson(0, 20)] == [0.0, 0.1611]
    assert [round(x, 4) for x in wilson(1, 29)] == [0.0061, 0.1718]


@pytest.mark.parametrize(
    ("k1", "n1", "k2", "n2", "low", "high"),
    [  # Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0),
    ],
)
def test_newcombe_gives_the_published_intervals(k1: int, n1: int, k2: int, n2: int, low: float, high: float) -> None:
    found = newcombe(k1, n1, k2, n2)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert found.difference == pytest.approx(k1 / n1 - k2 / n2)


@pytest.mark.parametrize("seed", range(5))
def test_welch_agrees_with_scipy(seed: int) -> None:
    draw = random.Random(seed)
    a = [draw.gauss(5, 3) for _ in range(draw.randint(2, 60))]
    b = [draw.gauss(4, 1) for _ in range(draw.randint(2, 600))]

    def moments(x: list[float]) -> Moments:
        mean = math.fsum(x) / len(x)
        return Moments(len(x), mean, math.fsum((v - mean) ** 2 for v in x) / (len(x) - 1))

    found = welch(moments(a), moments(b), 0.9)
    expected = scipy_stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.9)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_no_spread_has_no_interval() -> None:
    assert welch(Moments(5, 1.0, 0.0), Moments(9, 2.0, 0.0)) is None
    assert welch(Moments(1, 1.0, 0.0), Moments(9, 2.0, 1.0)) is None
