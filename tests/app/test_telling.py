"""Values with their units, as people say them."""

from __future__ import annotations

from typing import Any

import pytest

from dangol.app.telling import amount


@pytest.mark.parametrize(
    ("value", "unit", "en", "ko"),
    [
        (1, "orders", "1 order", "1건"),
        (2, "orders", "2 orders", "2건"),
        (1, "categories", "1 category", "1개 카테고리"),
        (1.0, "days", "1 day", "1일"),
        (1.04, "days", "1.04 days", "1.04일"),
        (1_000, "coupons", "1,000 coupons", "1,000장"),
        (3, "times", "3 times", "3회"),
        (0.692, "times", "0.692 times", "0.692배"),
        (0.5, "share", "50 %", "50 %"),
        (1, "score", "1", "1점"),
    ],
)
def test_one_is_no_plural(value: Any, unit: str, en: str, ko: str) -> None:
    assert amount(value, unit, "en", "KRW") == en
    assert amount(value, unit, "ko", "KRW") == ko
