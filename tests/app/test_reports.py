"""Numbers as sentences."""

from __future__ import annotations

import pytest

from dangol.app.telling import amount, difference, number, plain, word
from dangol.profiles import Definitions

TRAITS = Definitions.of(traits=[], segments=[]).traits


@pytest.mark.parametrize(
    ("value", "unit", "en", "ko"),
    [
        (0.596, "share", "60 %", "60 %"),
        (0.004, "share", "0.4 %", "0.4 %"),
        (12_900, "money", "12,900 KRW", "12,900 KRW"),
        (4.25, "days", "4.25 days", "4.25일"),
        (1988, "year", "1988", "1988년"),
        (14, "hour of day", "14:00", "14시"),
        (3, "score", "3", "3점"),
        (7, "llamas", "7 llamas", "7 llamas"),
        (2, "", "2", "2"),
    ],
)
def test_amounts_have_units(value: float, unit: str, en: str, ko: str) -> None:
    assert amount(value, unit, "en", "KRW") == en
    assert amount(value, unit, "ko", "KRW") == ko


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0"), (0.0421, "0.042"), (1.0, "1"), (9.999, "10"), (42.55, "42.5"), (-150, "-150"), (1234567, "1,234,567")],
)
def test_three_telling_digits(value: float, said: str) -> None:
    assert number(value) == said


def test_values_have_words() -> None:
    assert word(TRAITS["favourite_weekday"], "sun", "ko") == "일요일"
    assert word(TRAITS["favourite_weekday"], "sun", "en") == "Sunday"
    assert plain(True, TRAITS["orders"], "ko", "KRW") == "예"
    assert plain(["a", "b"], None, "en", "KRW") == "a, b"


def test_a_difference_is_a_sentence() -> None:
    share = {"kind": "number", "value": None, "inside": 0.71, "outside": 0.31}
    trait = TRAITS["weekend_share"]
    assert difference(share, trait, "en", "KRW") == f"{trait.says['en']}: 71 % on average here, 31 % elsewhere"
    day = {"kind": "share", "value": "sun", "inside": 0.6, "outside": 0.05}
    assert difference(day, TRAITS["favourite_weekday"], "ko", "KRW").endswith(
        "일요일 — 여기서는 60 %, 다른 고객은 5.0 %"
    )
