"""Names and addresses: kept as typed, matched in a plain form. Never a key on their own: 김민수 is many people."""

from __future__ import annotations

import re

from dangol.privacy.normal import LONGEST, NOTHING, Normal, NormaliseSettings, is_nothing, tidy

_PARENTHESES = re.compile(r"[(\[{（［][^)\]}）］]*[)\]}）］]?")
_HONORIFIC = re.compile(
    r"(?<=[가-힣]{2})(?:\s*(?:고객님|회원님|사모님|선생님|사장님|님|고객|회원|귀하)|\s+씨|(?<=[가-힣]{3})씨)$"
)
_TITLE = re.compile(r"^(?:mr|mrs|ms|miss|dr|prof)\.?\s+", re.IGNORECASE)
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_POSTCODE = re.compile(r"^[(\[]?\s*(?:우\)?\s*)?(\d{5}|\d{3}-\d{3})\s*[)\]]?\s*(?=\S)")


def name(raw: str, settings: NormaliseSettings) -> Normal:
    """A person's name; matched without spaces, parentheses and honorifics (님, 고객, 씨), in lower case."""
    text = tidy(raw)
    if is_nothing(text):
        return NOTHING
    if len(text) > LONGEST:
        return Normal(None, problem="too_long")
    if not any(c.isalpha() for c in text):
        return Normal(None, problem="bad_name") if not set(text) & set("*●○") else Normal(None, blocked="masked")
    return Normal(text, blocked="masked" if set(text) & set("*●○") else None, match=match_name(text) or text)


def match_name(text: str) -> str:
    """The plain form two spellings of a name share."""
    bare = _PARENTHESES.sub("", tidy(text, "NFKC")).strip()
    bare = _HONORIFIC.sub("", _TITLE.sub("", bare))
    return _NOT_LETTERS.sub("", bare).casefold()


def address(raw: str, settings: NormaliseSettings) -> Normal:
    """A postal address, as typed; a postcode in front is kept; matched without spaces and punctuation."""
    text = tidy(raw)
    if is_nothing(text):
        return NOTHING
    if len(text) > LONGEST:
        return Normal(None, problem="too_long")
    return Normal(text, match=re.sub(r"[\s,.()\-]+", "", text).casefold() or text)


def postcode(address: str) -> str | None:
    """The five-digit postcode in front of an address; the six-digit ones ended in 2015 and give null."""
    found = _POSTCODE.match(address)
    return found[1] if found and "-" not in found[1] else None
