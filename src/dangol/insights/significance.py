"""Whether a number could be chance: intervals of shares, and words for many comparisons at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from scipy.special import chdtrc, ndtri

Numbers: TypeAlias = Sequence[float] | np.ndarray[Any, Any]

Word = Literal["clear", "likely", "chance"]
"""clear: at most 1 in 100 such findings is expected to be chance; likely: 1 in 20; chance: cannot be told from it."""


def wilson(hits: Numbers, of: Numbers, confidence: float = 0.95) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Score intervals of shares (Wilson, JASA 22, 1927), many at once; (0, 1) where there is nothing to count."""
    k, n = np.asarray(hits, dtype=float), np.asarray(of, dtype=float)
    z = float(ndtri(1 - (1 - confidence) / 2))
    some = np.maximum(n, 1)
    p = k / some
    middle = (p + z * z / (2 * some)) / (1 + z * z / some)
    half = z / (1 + z * z / some) * np.sqrt(p * (1 - p) / some + z * z / (4 * some * some))
    low = np.where(k <= 0, 0.0, np.maximum(0.0, middle - half))
    high = np.where(k >= n, 1.0, np.minimum(1.0, middle + half))
    return np.where(n > 0, low, 0.0), np.where(n > 0, high, 1.0)


def g_test(both: Numbers, a: Numbers, b: Numbers, n: float) -> np.ndarray[Any, Any]:
    """p-values of independence in the 2×2 table of two marks (likelihood ratio, Wilks 1938; one degree of freedom).

    :param both: how many carry both marks; `a` and `b`: how many carry each; `n`: how many there are.
    """
    x, m, k = (np.asarray(v, dtype=float) for v in (both, a, b))
    cells = np.stack([x, m - x, k - x, n - m - k + x])
    expected = np.stack([m * k, m * (n - k), (n - m) * k, (n - m) * (n - k)]) / max(n, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(cells > 0, cells * np.log(cells / expected), 0.0)
    return np.asarray(chdtrc(1, np.maximum(0.0, 2 * terms.sum(axis=0))))


def words(p: Numbers, tests: int | None = None) -> list[Word]:
    """A word for each of many findings, by the rate of false ones (Benjamini and Hochberg, JRSS B 57, 1995).

    :param tests: how many were looked at, when only some are given (the rest count as not significant).
    """
    values = np.asarray(p, dtype=float)
    if not len(values):
        return []
    order = np.argsort(values, kind="stable")
    ranked = values[order] * max(tests or 0, len(values)) / np.arange(1, len(values) + 1)
    rates = np.minimum.accumulate(ranked[::-1])[::-1]
    found: list[Word] = ["chance"] * len(values)
    for place, rate in zip(order, rates, strict=True):
        found[int(place)] = "clear" if rate <= 0.01 else "likely" if rate <= 0.05 else "chance"
    return found
