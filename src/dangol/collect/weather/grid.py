"""Latitude and longitude to a cell of the KMA's 5 km grid: Lambert's conformal conic projection.

The constants are those of the guide of 기상청 단기예보 조회서비스: Seoul City Hall is 60,127.
"""

from __future__ import annotations

import math
import re

WIDE, HIGH = 149, 253
"""Cells of the grid from west to east and from south to north, numbered from 1."""

_EARTH = 6371.00877 / 5.0
_SLAT1, _SLAT2, _OLON, _OLAT = (math.radians(d) for d in (30.0, 60.0, 126.0, 38.0))
_XO, _YO = 43, 136
_PAIR = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*")

_HALF = math.pi / 4
_SN = math.log(math.cos(_SLAT1) / math.cos(_SLAT2)) / math.log(
    math.tan(_HALF + _SLAT2 / 2) / math.tan(_HALF + _SLAT1 / 2)
)
_SF = math.tan(_HALF + _SLAT1 / 2) ** _SN * math.cos(_SLAT1) / _SN
_RO = _EARTH * _SF / math.tan(_HALF + _OLAT / 2) ** _SN


def cell(latitude: float, longitude: float) -> tuple[int, int]:
    """(nx, ny) of degrees north and east. Raises ValueError outside the grid."""
    ra = _EARTH * _SF / math.tan(_HALF + math.radians(latitude) / 2) ** _SN
    theta = (math.radians(longitude) - _OLON + math.pi) % (2 * math.pi) - math.pi
    nx = int(ra * math.sin(theta * _SN) + _XO + 0.5)
    ny = int(_RO - ra * math.cos(theta * _SN) + _YO + 0.5)
    if not (1 <= nx <= WIDE and 1 <= ny <= HIGH):
        raise ValueError("outside the grid of the KMA")
    return nx, ny


def spot(said: str) -> str:
    """A place as the table `weather` names it: ``60,127`` (a cell) and ``37.5665, 126.9780`` (degrees) as a cell, else the name.

    Raises ValueError for degrees outside the grid.
    """
    found = _PAIR.fullmatch(said)
    if found is None:
        return said.strip()
    if "." not in said:
        nx, ny = int(found[1]), int(found[2])
        if not (1 <= nx <= WIDE and 1 <= ny <= HIGH):
            raise ValueError("outside the grid of the KMA")
        return f"{nx},{ny}"
    nx, ny = cell(float(found[1]), float(found[2]))
    return f"{nx},{ny}"


def cell_of(place: str) -> tuple[int, int] | None:
    """(nx, ny) of a place that is a cell; None for a name."""
    found = re.fullmatch(r"(\d{1,3}),(\d{1,3})", place)
    return (int(found[1]), int(found[2])) if found else None
