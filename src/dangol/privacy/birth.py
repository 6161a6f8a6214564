"""Birth dates as people write them. The digit after a Korean one says century and gender; then it is gone."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal

from dangol.privacy.normal import NOTHING, Normal, NormaliseSettings, is_nothing, tidy

Gender = Literal["female", "male"]

_LUNAR = re.compile(r"음력|\(음\)|\[음\]|lunar", re.IGNORECASE)
_RESIDENT = re.compile(r"(\d{2})(\d{2})(\d{2})[- ]?([0-9])(?:[\d*●xX]{6})?", re.ASCII)
_FULL = re.compile(r"(\d{4})(?:[-./년 ]\s?)(\d{1,2})(?:[-./월 ]\s?)(\d{1,2})(?:일|\.)?(?:[T ].*)?", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\.0)?", re.ASCII)
_SHORT = re.compile(r"'?(\d{2})[-./년 ]?\s?(\d{2})[-./월 ]?\s?(\d{2})(?:일|\.)?", re.ASCII)
_DAY = re.compile(r"(?:--)?(\d{1,2})[-./월]\s?(\d{1,2})(?:일|\.)?", re.ASCII)
_YEAR = re.compile(r"(\d{4})(?:년|년생|\.0)?", re.ASCII)
_CENTURY = {
    "1": 1900,
    "2": 1900,
    "5": 1900,
    "6": 1900,
    "3": 2000,
    "4": 2000,
    "7": 2000,
    "8": 2000,
    "9": 1800,
    "0": 1800,
}


@dataclass(frozen=True, slots=True)
class Birth:
    """What a birth date says; null for what it does not."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    gender: Gender | None = None

    @property
    def iso(self) -> str | None:
        """`1985-03-12`, `--03-12` when the year is not known, `1985` when only the year is; null when nothing is."""
        if self.month and self.day:
            return (
                f"{self.year:04d}-{self.month:02d}-{self.day:02d}"
                if self.year
                else f"--{self.month:02d}-{self.day:02d}"
            )
        return f"{self.year:04d}" if self.year else None

    @property
    def birthday(self) -> str | None:
        """MM-DD."""
        return f"{self.month:02d}-{self.day:02d}" if self.month and self.day else None


def read_birth(raw: str) -> Birth | None:
    """A birth date; null where it cannot be read.

    Two-digit years without the gender digit stay without a year (85 and 15 are both alive). A lunar date keeps its year
    only: the solar day moves. Years before 1900 are taken for placeholders, unless the gender digit says so.
    """
    text = tidy(raw, "NFKC")
    lunar = _LUNAR.search(text) is not None
    text = _LUNAR.sub("", text).strip(" ()[]").removeprefix("양력").strip()
    birth = _read(text)
    if birth is None or not lunar:
        return birth
    return Birth(birth.year, None, None, birth.gender) if birth.year else None


def _read(text: str) -> Birth | None:
    # Eight digits are a whole date first: 19850312 is not 198503-1.
    whole = _COMPACT.fullmatch(text) or _FULL.fullmatch(text)
    if whole:
        return _checked(int(whole[1]), int(whole[2]), int(whole[3]))
    if resident := _RESIDENT.fullmatch(text):
        yy, mm, dd, digit = resident.groups()
        return _checked(
            _CENTURY[digit] + int(yy), int(mm), int(dd), "male" if int(digit) % 2 else "female", oldest=1800
        )
    if short := _SHORT.fullmatch(text):
        return _checked(None, int(short[2]), int(short[3]))
    if day := _DAY.fullmatch(text):
        return _checked(None, int(day[1]), int(day[2]))
    if year := _YEAR.fullmatch(text):
        return Birth(int(year[1])) if 1900 <= int(year[1]) <= 2100 else None
    return None


def _checked(year: int | None, month: int, day: int, gender: Gender | None = None, oldest: int = 1900) -> Birth | None:
    try:
        dt.date(year or 2000, month, day)
    except ValueError:
        return None
    if year is not None and not oldest <= year <= 2100:
        return None
    return Birth(year, month, day, gender)


def birth_date(raw: str, settings: NormaliseSettings) -> Normal:
    """A birth date as ISO text (see `Birth.iso`)."""
    text = tidy(raw, "NFKC")
    if is_nothing(text) or not text.strip("0-./ "):
        return NOTHING
    birth = read_birth(text)
    return Normal(birth.iso) if birth and birth.iso else Normal(None, problem="bad_birth_date")
