"""Demographics the engine may have. What they are derived from stays in the vault."""

from __future__ import annotations

import datetime as dt

from dangol.privacy.birth import Gender, read_birth
from dangol.privacy.normal import tidy
from dangol.privacy.places import place_of, region_of_postcode

_FEMALE = "f female woman women girl w 여 여자 여성 여성분 여학생 부인"
_MALE = "m male man men boy 남 남자 남성 남성분 남학생"
_GENDERS: dict[str, Gender] = {}
_GENDERS.update(dict.fromkeys(_FEMALE.split(), "female"))
_GENDERS.update(dict.fromkeys(_MALE.split(), "male"))


def gender(raw: str) -> Gender | None:
    """`female` or `male` from a word in Korean or English; null for anything else (numbers need a mapping)."""
    return _GENDERS.get(tidy(raw, "NFKC").lower().strip(" .()"))


def derive(kind: str, raw: str | None) -> dict[str, str]:
    """Traits that follow from one raw value of `birth_date`, `address`, `postcode` or `gender`; empty where none do.

    Keys are of `gender`, `birth_year` (four digits), `birthday` (MM-DD), `region`, `district`.
    """
    if not raw:
        return {}
    found: dict[str, str | None] = {}
    if kind == "birth_date":
        birth = read_birth(raw)
        if birth:
            year = None if birth.year is None else str(birth.year)
            found = {"birth_year": year, "birthday": birth.birthday, "gender": birth.gender}
    elif kind == "address":
        place = place_of(raw)
        found = {"region": place.region, "district": place.district}
    elif kind == "postcode":
        found = {"region": region_of_postcode(tidy(raw, "NFKC"))}
    elif kind == "gender":
        found = {"gender": gender(raw)}
    return {name: value for name, value in found.items() if value}


def age(birth_year: int, birthday: str | None, on: dt.date) -> int:
    """Full years (만 나이) on a day; without a birthday, as if it had been already. 29 February counts on 1 March."""
    years = on.year - birth_year
    return years - 1 if birthday and f"{on:%m-%d}" < birthday else years
