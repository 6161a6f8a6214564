"""Takes numbers and addresses of persons out of text.

Resident registration numbers may not be kept at all (Personal Information Protection Act, Article 24-2). A barcode of
Korea (EAN-13 from 880) has the same thirteen digits, so a bare run of digits is judged with care; see `_is_resident`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache

from dangol.privacy.ids import luhn

RESIDENT_SQL = r"\p{Nd}{6}\P{Nd}{0,3}\p{Nd}[\p{Nd}*＊]{6}|[PpＰｐ]\p{Nd}{12}"
"""A first sieve for the engine (RE2 and Java): all that `scrub` takes as resident or customs number, and more."""

PERSONAL_SQL = RESIDENT_SQL + r"|[@＠﹫]|\p{Nd}(?:\P{Nd}{0,3}\p{Nd}){8}"
"""The same for everything `scrub` takes out of free text."""

RESIDENT = ("resident", "customs")
"""Never kept, in any column."""

FREE_TEXT = ("resident", "customs", "card", "email", "phone")
"""Taken out of text that people write."""

_JOIN = r"(?: ?- ?| {1,2})"
_RESIDENT = re.compile(rf"(?<![0-9])([0-9]{{6}})({_JOIN})?([1-8])([0-9]{{6}}|\*{{6}})(?![0-9])")
_CUSTOMS = re.compile(r"(?<![A-Za-z0-9])[Pp][0-9]{12}(?![0-9])")
_CARD = re.compile(
    r"(?<![0-9])(?:[0-9]{4}([- ]?)[0-9]{4}\1[0-9]{4}\1[0-9]{4}|[0-9]{4}([- ]?)[0-9]{6}\2[0-9]{4,5})(?![0-9])"
)
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9_%+-][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,6}[A-Za-z]{2,24}"
)
_BEFORE = r"(?<![0-9])(?<![0-9][-.])"
_AFTER = r"(?![0-9]|[-.][0-9])"
_PHONE = re.compile(
    _BEFORE
    + r"(?:(?:\+|00)?82[- .]?\(?0?\)?[- .]?(?:1[016789]|50[0-9]|70|2|[3-6][1-5])"
    + r"|01[016789]|050[0-9]|070|(?=0[2-6][0-9]?[-). ])0(?:2|[3-6][1-5]))"
    + r"[-). ]{0,2}[0-9]{3,4}[- .]?[0-9]{4}"
    + _AFTER
)
_IIN = re.compile(r"4|5[1-5]|2(?:2[2-9]|[3-6]|7[01])|3[4578]|30|36|6011|6[25]|9")

_WORTH_A_LOOK = re.compile(r"[@＠]|\d(?:\D*\d){6}")
"""No number of a person has fewer than seven digits in clear."""

_DASHES = "‐‑‒–—―−－﹣"
_SPACES = "\u00a0\u2002\u2003\u2009\u3000\t"


@cache
def _plain() -> dict[int, str]:
    """One character to one: every decimal digit, dash, space and full-width letter to ASCII, so that places stay."""
    table = {c: str(unicodedata.decimal(chr(c))) for c in range(128, 0x20000) if chr(c).isdecimal()}  # none lie higher
    table |= {c: chr(c - 0xFEE0) for c in range(0xFF01, 0xFF5F) if c not in table}
    table |= dict.fromkeys(map(ord, _DASHES), "-") | dict.fromkeys(map(ord, _SPACES), " ")
    return table


def scrub(text: str, *, take: tuple[str, ...] = FREE_TEXT, codes: bool = False) -> tuple[str, Counter[str]]:
    """Take personal numbers and addresses out of `text`.

    :param take: what to take, of `FREE_TEXT`; `RESIDENT` for columns that are allowed to hold phones and addresses.
    :param codes: the column is known to hold product codes or serials, so a valid EAN-13 of any country is kept.
    :return: the text with ``[resident]``, ``[phone]`` … in place of what was taken, and counts of it.
    """
    taken: Counter[str] = Counter()
    if not _WORTH_A_LOOK.search(text):
        return text, taken
    plain = text if text.isascii() else text.translate(_plain())
    for kind in take:
        spans = list(_FINDERS[kind](plain, codes))
        for start, end in reversed(spans):
            text = text[:start] + f"[{kind}]" + text[end:]
            plain = plain[:start] + f"[{kind}]" + plain[end:]
        if spans:
            taken[kind] += len(spans)
    return text, taken


def has_resident(text: str, *, codes: bool = False) -> bool:
    """Whether a resident number or customs code is in `text`."""
    return bool(scrub(text, take=RESIDENT, codes=codes)[1])


def _residents(plain: str, codes: bool) -> Iterator[tuple[int, int]]:
    for found in _RESIDENT.finditer(plain):
        if _is_resident(found[1], found[2], found[3] + found[4], codes):
            yield found.span()


def _is_resident(date: str, join: str | None, rest: str, codes: bool) -> bool:
    """Judged by the date; a bare run of thirteen digits also against EAN-13.

    Written with a hyphen or space it is always taken. Bare digits are taken unless they are a barcode: any valid
    EAN-13 in a column of product codes; elsewhere only one from Korea (880) that fails the resident check digit.
    """
    if not _is_date(date, rest[0]):
        return False
    if join or rest.endswith("*"):
        return True
    digits = date + rest
    if not _is_ean13(digits):
        return True
    return not (codes or (digits.startswith("880") and not _passes_resident_check(digits)))


_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _is_date(yymmdd: str, digit: str) -> bool:
    month, day = int(yymmdd[2:4]), int(yymmdd[4:6])
    return 1 <= month <= 12 and 1 <= day <= _MONTH_DAYS[month - 1]


def _is_ean13(digits: str) -> bool:
    """The check digit of GS1 General Specifications, 7.9."""
    total = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(digits[:12]))
    return (10 - total % 10) % 10 == int(digits[12])


def _passes_resident_check(digits: str) -> bool:
    """The check digit that resident numbers had until October 2020."""
    total = sum(int(d) * w for d, w in zip(digits[:12], (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5), strict=True))
    return (11 - total % 11) % 10 == int(digits[12])


def _cards(plain: str, codes: bool) -> Iterator[tuple[int, int]]:
    for found in _CARD.finditer(plain):
        digits = found[0].replace("-", "").replace(" ", "")
        if _IIN.match(digits) and luhn(digits):
            yield found.span()


def _spans(pattern: re.Pattern[str]) -> Callable[[str, bool], Iterator[tuple[int, int]]]:
    def find(plain: str, codes: bool) -> Iterator[tuple[int, int]]:
        return (found.span() for found in pattern.finditer(plain))

    return find


_FINDERS: dict[str, Callable[[str, bool], Iterator[tuple[int, int]]]] = {
    "resident": _residents,
    "customs": _spans(_CUSTOMS),
    "card": _cards,
    "email": _spans(_EMAIL),
    "phone": _spans(_PHONE),
}
