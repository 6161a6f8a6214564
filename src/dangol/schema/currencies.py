"""Currency codes of ISO 4217, and the nearest one to a text that is none."""

from __future__ import annotations

from functools import cache

from rapidfuzz.distance import OSA

from dangol.schema.text import Text, did_you_mean

_FIRST = ("KRW", "USD", "EUR", "JPY", "CNY", "GBP")
"""Of two codes as near, these are meant sooner."""


@cache
def currencies() -> tuple[str, ...]:
    """Codes of money in use; metals and test codes, which have no smallest unit, are none."""
    from iso4217 import Currency  # reads the standard's list, so only when a code is looked at

    codes = [c.code for c in Currency if c.exponent is not None]
    return (*_FIRST, *sorted(set(codes) - set(_FIRST)))


def currency_hint(text: str) -> Text:
    """What to write in place of a text that is no code."""
    plain = text.strip().upper()
    near = min(currencies(), key=lambda code: OSA.distance(plain, code))
    if OSA.distance(plain, near) == 1:
        return did_you_mean(near)
    return Text("a code of ISO 4217, such as KRW", "KRW 같은 ISO 4217 통화 코드를 적으세요")
