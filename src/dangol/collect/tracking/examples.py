"""Which values may be shown as an example, and what a value looks like without saying it."""

from __future__ import annotations

import re

from dangol.privacy import scrub

LONGEST = 40
PEOPLE = 3
"""A text is shown once so many people have said it: what one person wrote may be about that person."""

_NAMES = re.compile(
    r"name|e-?mail|phone|mobile|\btel|addr|birth|ssn|passw|token|secret|key|card|account|\bip\b|latitude|longitude|\blat|\blon"
    r"|user|login|nick|uuid|guid|(?:^|[._\s-])id$|[a-z]Id$|이름|성명|전화|휴대|연락|메일|주소|생년|생일|주민|계좌|카드|비밀|닉네임|아이디"
    r"|받는|수령|예금주|주문자|구매자|메모|메시지",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d[\d\s.-]{3,}\d")
_TAKEN = re.compile(r"\[(?:resident|customs|card|email|phone)\]")
"""What stood where a number or an address was taken out: the rest is about somebody, too."""

_CODE = re.compile(r"(?=\S*\d)(?=\S*[A-Za-z])\S{12,}|[0-9a-fA-F-]{12,}")


def may_show(name: str, value: object) -> bool:
    """Whether a scalar under this name may be an example at all (texts also need `PEOPLE`)."""
    if _NAMES.search(name):
        return False
    if isinstance(value, bool):
        return True
    if isinstance(value, int | float):
        return abs(value) < 100_000
    if not isinstance(value, str) or not value.strip():
        return False
    if "@" in value or "://" in value or _TAKEN.search(value) or _DIGITS.search(value) or _CODE.search(value):
        return False
    return not scrub(value)[1]


def shown(value: object) -> str:
    """A value as an example is printed: one line, cut after `LONGEST` letters."""
    text = ("true" if value else "false") if isinstance(value, bool) else " ".join(str(value).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def shape(value: object) -> str:
    """What a value looks like: letters as a, Hangul as 가, digits as 9. Enough to see what is wrong, nothing of what it says."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true/false"
    if isinstance(value, list):
        return f"[{len(value)}]"
    if isinstance(value, dict):
        return "{…}"
    said = str(value)[:LONGEST]
    masked = "".join(
        "9" if c.isdigit() else "가" if "가" <= c <= "힣" else "a" if c.isalpha() else " " if c.isspace() else c
        for c in said
    )
    return masked + ("…" if len(str(value)) > LONGEST else "")
