"""Phone numbers to E.164. Only a Korean 010 mobile (or a foreign mobile) is a person; the rest is kept and blocked.

Numbering as in `phonenumbers` (Google's libphonenumber metadata). A fast path reads the usual 010 forms; a
property test holds it to the library.
"""

from __future__ import annotations

import re
from functools import cache

import phonenumbers
from phonenumbers import PhoneNumberType as Type

from dangol.privacy.normal import MASKED, NOTHING, Normal, NormaliseSettings, is_nothing, tidy

# 010-597x to 010-599x are not assigned in the library's metadata: left to it, so that both always agree.
_USUAL = re.compile(r"(?:010|10|\+?82[- ]?0?10)[- .]?((?!59[7-9])\d{4})[- .]?(\d{4})", re.ASCII)
_NOTE = re.compile(r"\s*[(\[][^)\]0-9]*[)\]]\s*$")
_EXTENSION = re.compile(r"\s*(?:ext\.?|x|내선|#)\s*\d{1,6}$", re.IGNORECASE)
_FLOAT = re.compile(r"(\d{8,12})\.0", re.ASCII)
_MASK = re.compile(r"[*●○xX•#]{2,}")

_BLOCKS = {
    Type.PERSONAL_NUMBER: "safe_number",
    Type.VOIP: "voip",
    Type.TOLL_FREE: "toll_free",
    Type.UAN: "service",
    Type.SHARED_COST: "service",
    Type.PREMIUM_RATE: "premium",
    Type.FIXED_LINE: "landline",
}


@cache
def _listed(settings: NormaliseSettings) -> dict[str, str]:
    """E.164 → reason, for numbers that are junk or the shop's own by the settings."""
    listed: dict[str, str] = {}
    for reason, raws in (("junk", settings.junk_phones), ("own", settings.own_identifiers)):
        for raw in raws:
            read = _library(tidy(raw, "NFKC"), settings.region)
            if read.value:
                listed[read.value] = reason
    return listed


def fast_phones(raws: list[str], settings: NormaliseSettings) -> list[str | None]:
    """The E.164 form of each Korean mobile in a usual form that is not junk; null for others, which need `phone`."""
    if settings.region != "KR":
        return [None] * len(raws)
    listed = _listed(settings)
    found: list[str | None] = []
    for raw in raws:
        usual = _USUAL.fullmatch(raw)
        if usual is None:
            found.append(None)
            continue
        number = "+8210" + usual[1] + usual[2]
        found.append(None if number in listed or _repeats(number) else number)
    return found


def phone(raw: str, settings: NormaliseSettings) -> Normal:
    """One phone number: E.164, or the reason it is not a person's, or `bad_phone`."""
    text = tidy(raw, "NFKC")
    if is_nothing(text):
        return NOTHING
    if _MASK.search(text):
        return MASKED
    read = _library(text, settings.region)
    if read.value is None:
        digits = "".join(filter(str.isdigit, text))
        return Normal(digits, blocked="junk") if 7 <= len(digits) <= 12 and len(set(digits)) == 1 else read
    listed = _listed(settings).get(read.value)
    if listed or _repeats(read.value):
        return Normal(read.value, blocked=listed or "junk")
    return read


def _library(text: str, region: str) -> Normal:
    """What phonenumbers says, with the reason it is not one person's."""
    bad = Normal(None, problem="bad_phone")
    text = _EXTENSION.sub("", _NOTE.sub("", text))
    whole = _FLOAT.fullmatch(text)
    text = whole[1] if whole else text
    start = next((i for i, c in enumerate(text) if c.isdigit() or c == "+"), None)
    if start is None or any(c.isalpha() for c in text[start:]):
        return bad
    try:
        number = phonenumbers.parse(text[start:], region)
    except phonenumbers.NumberParseException:
        return bad
    if not phonenumbers.is_valid_number(number):
        return bad
    value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    kind = phonenumbers.number_type(number)
    if value.startswith("+82") and kind == Type.MOBILE:
        return _korean_mobile(value)
    blocked = None if kind in (Type.MOBILE, Type.FIXED_LINE_OR_MOBILE) else _BLOCKS.get(kind, "not_mobile")
    return Normal(value, blocked=blocked)


def _korean_mobile(value: str) -> Normal:
    if not value.startswith("+8210"):
        return Normal(value, blocked="old_mobile")
    # The metadata allows 010 with seven digits, but every such number has had eight since 2004: a digit is missing.
    return Normal(value) if len(value) == 13 else Normal(None, problem="bad_phone")


def _repeats(number: str) -> bool:
    """010-0000-0000, 010-1111-1111 …: typed to get past a form."""
    return len(set(number[-8:])) == 1


def looks_like_phone(text: str) -> bool:
    """A login or membership number that is really a mobile number."""
    return _USUAL.fullmatch(text) is not None and not text.startswith("10")
