"""Differences between two groups from sufficient statistics. No database, no rows."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Moments:
    """A group's numbers: count, mean and sample variance."""

    n: int
    mean: float
    variance: float


@dataclass(frozen=True, slots=True)
class Difference:
    """Inside less outside, with its interval and a size that compares across traits."""

    difference: float
    low: float
    high: float
    effect: float


def normal_quantile(p: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(p))


def student_quantile(p: float, df: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(df, p))


def welch(inside: Moments, outside: Moments, confidence: float = 0.95) -> Difference | None:
    """Difference of means without assuming equal variances (Welch, Biometrika 34, 1947), and Cohen's d with the plain
    average of the variances (d of equal weight, so that a small segment's spread counts). None when it has no meaning.
    """
    if inside.n < 2 or outside.n < 2:
        return None
    a, b = inside.variance / inside.n, outside.variance / outside.n
    difference = inside.mean - outside.mean
    spread = math.sqrt((inside.variance + outside.variance) / 2)
    if a + b == 0 or spread == 0:
        return None
    df = (a + b) ** 2 / (a**2 / (inside.n - 1) + b**2 / (outside.n - 1))
    half = student_quantile(1 - (1 - confidence) / 2, df) * math.sqrt(a + b)
    return Difference(difference, difference - half, difference + half, difference / spread)


def wilson(k: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Score interval of a share (Wilson, JASA 22, 1927)."""
    z = normal_quantile(1 - (1 - confidence) / 2)
    p = k / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low = 0.0 if k == 0 else max(0.0, middle - half)
    high = 1.0 if k == n else min(1.0, middle + half)
    return low, high


def newcombe(k1: int, n1: int, k2: int, n2: int, confidence: float = 0.95) -> Difference:
    """Difference of two shares with the hybrid score interval (Newcombe, Statistics in Medicine 17, 1998, method 10),
    and Cohen's h = 2 asin √p₁ − 2 asin √p₂ (Statistical Power Analysis, 1988), which reads on the scale of d.
    """
    p1, p2 = k1 / n1, k2 / n2
    (l1, u1), (l2, u2) = wilson(k1, n1, confidence), wilson(k2, n2, confidence)
    d = p1 - p2
    low = d - math.sqrt((p1 - l1) ** 2 + (u2 - p2) ** 2)
    high = d + math.sqrt((u1 - p1) ** 2 + (p2 - l2) ** 2)
    return Difference(d, low, high, 2 * math.asin(math.sqrt(p1)) - 2 * math.asin(math.sqrt(p2)))
