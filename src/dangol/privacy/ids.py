"""Logins, membership numbers, device and anonymous ids, serials, cards and linking information (CI)."""

from __future__ import annotations

import re
from functools import cache

from dangol.privacy.normal import LONGEST, MASKED, NO_VALUE, NOTHING, Normal, NormaliseSettings, is_nothing, tidy
from dangol.privacy.phones import looks_like_phone

# Three forms that need no second look, in one expression: an id with a digit other than 0 (no word for nobody has one), if
# it cannot be a mobile number, `123.0` or a UUID; a UUID in lower case; and, to be looked up in JUNK, any other plain word.
_PHONE_LIKE = r"(?!(?:82[-.]?)?0?10[0-9.-]{8})"
_HALF_UUID = r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-"
_SURE = re.compile(
    rf"{_PHONE_LIKE}(?!{_HALF_UUID})(?=[A-Za-z0_.:-]*[1-9])[A-Za-z0-9][A-Za-z0-9_.:-]{{1,127}}(?<!\.0)"
    r"|(?!0{8}-|f{8}-)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    re.ASCII,
)
_WORD = re.compile(r"[A-Za-z][A-Za-z_.:-]{1,127}", re.ASCII)
_FLOAT = re.compile(r"(\d+)\.0", re.ASCII)
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_SEPARATORS = re.compile(r"[\s\-_./:]+")
_CI = re.compile(r"[A-Za-z0-9+/]{86}==", re.ASCII)
_CARD_MASK = re.compile(r"[*xX●•]{2,}")

_NOBODY = (
    "0 00 000 0000 -1 guest anonymous anon unknown test tester admin user userid user_id id true false customer member "
    "distinct_id 비회원 손님 고객 테스트 관리자 미상 현금고객 "
    "00000000-0000-0000-0000-000000000000 ffffffff-ffff-ffff-ffff-ffffffffffff"
)
JUNK = frozenset(_NOBODY.split()) | {"[object object]", "not set", "(not set)"}
"""Values that many systems write when nobody is logged in; they would join everybody."""


@cache
def _own(settings: NormaliseSettings) -> frozenset[str]:
    return frozenset(tidy(v) for v in settings.own_identifiers)


def fast_ids(raws: list[str], settings: NormaliseSettings) -> list[str | None]:
    """Each plain ASCII id that nothing stands against, as it is; null for any other, which needs `plain_id`."""
    own, sure, word, refused = _own(settings), _SURE.fullmatch, _WORD.fullmatch, JUNK | NO_VALUE
    found = [raw if sure(raw) else None for raw in raws]
    for place, value in enumerate(found):
        if value is None:
            raw = raws[place]
            found[place] = raw if word(raw) and raw.lower() not in refused else None
    return [None if value in own else value for value in found] if own else found


def plain_id(raw: str, settings: NormaliseSettings) -> Normal:
    """A login, household, marketplace, device or anonymous id: trimmed, NFC; UUIDs in lower case, `123.0` as `123`."""
    text = tidy(raw)
    if is_nothing(text):
        return NOTHING
    if len(text) > LONGEST:
        return Normal(None, problem="too_long")
    number = _FLOAT.fullmatch(text)
    text = number[1] if number else text.lower() if _UUID.fullmatch(text) else text
    blocked = "own" if text in _own(settings) else "junk" if text.lower() in JUNK else None
    if blocked is None and "**" in text:
        return MASKED
    return Normal(text, blocked=blocked, personal=is_personal(text))


def is_personal(text: str) -> bool:
    """An id that is really an e-mail address or a mobile number."""
    return _EMAIL.fullmatch(text) is not None or looks_like_phone(text)


def membership_no(raw: str, settings: NormaliseSettings) -> Normal:
    """A membership number: matched without spaces and separators, upper case."""
    normal = plain_id(tidy(raw, "NFKC"), settings)
    return _without_separators(normal)


def serial(raw: str, settings: NormaliseSettings) -> Normal:
    """A product serial: upper case, matched without spaces and separators; a label in front (`S/N:`) dropped."""
    text = re.sub(
        r"^(?:S/?N|SERIAL(?: ?NO\.?)?|시리얼(?:번호)?|제조번호)(?:\s*[:：.#]|\s)\s*(?=\S)",
        "",
        tidy(raw, "NFKC"),
        flags=re.IGNORECASE,
    )
    normal = plain_id(text.upper() if not _UUID.fullmatch(text) else text, settings)
    return _without_separators(normal)


def _without_separators(normal: Normal) -> Normal:
    if normal.value is None:
        return normal
    bare = _SEPARATORS.sub("", normal.value).upper()
    if len(set(bare)) <= 1:
        return Normal(normal.value, blocked="junk", match=bare or normal.value)
    return Normal(normal.value, normal.blocked, None, bare, normal.personal)


def card(raw: str, settings: NormaliseSettings) -> Normal:
    """A payment card: 13 to 19 digits with a right check digit (Luhn). Only the last four are kept."""
    text = tidy(raw, "NFKC")
    if is_nothing(text):
        return NOTHING
    if _CARD_MASK.search(text):
        return MASKED
    digits = _SEPARATORS.sub("", text)
    if not (digits.isascii() and digits.isdigit() and 13 <= len(digits) <= 19 and luhn(digits)):
        return Normal(None, problem="bad_card")
    blocked = "junk" if len(set(digits)) <= 2 or digits in _TEST_CARDS else None
    return Normal("****-" + digits[-4:], blocked=blocked, match=digits)


_TEST_CARDS = frozenset(("4111111111111111", "4242424242424242", "5555555555554444", "378282246310005"))


def luhn(digits: str) -> bool:
    """The check digit of ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def linking_information(raw: str, settings: NormaliseSettings) -> Normal:
    """CI: 88 base64 characters, the same at every Korean service."""
    text = tidy(raw, "NFKC").replace(" ", "")
    if is_nothing(text):
        return NOTHING
    return Normal(text) if _CI.fullmatch(text) else Normal(None, problem="bad_ci")
