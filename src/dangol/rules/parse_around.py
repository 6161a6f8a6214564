"""Reading what a rule asks of an event's surroundings: codes may be written as people say them, in either language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dangol.rules.catalog import nearest
from dangol.rules.nodes import Test
from dangol.rules.parse_tests import Group, read_field
from dangol.rules.reading import Reading
from dangol.rules.surroundings import FIELDS, WEATHER, Surroundings
from dangol.schema import Problem, Text, josa, words_of

_WHICH = ("is", "is_not", "in", "not_in")


def read_around(name: str, value: Any, group: Group, place: str, reading: Reading) -> tuple[Test, ...]:
    """Tests on one of `FIELDS`. What names no weekday, hour band, weather or holiday is a problem."""
    given = reading.catalog.surroundings
    if name in WEATHER and not given.spot and not given.spots:
        reading.warnings.append(
            Problem(
                Text(
                    "this shop has no weather yet, so nothing matches", "아직 날씨 자료가 없어 아무것도 맞지 않습니다"
                ),
                place,
                Text(
                    "set weather_place, then dangol weather fetch or import",
                    "weather_place를 정하고 dangol weather로 가져오세요",
                ),
            )
        )
    if name == "holiday":
        value = _yes_or_no(value)
    if FIELDS[name] == "text":
        known = _codes(name, given)
        value = _read(value, known, name, place, reading)
        if value is None:
            return ()
    return read_field(name, value, group, place, reading)


def _yes_or_no(value: Any) -> Any:
    """`holiday: true` is any holiday, `false` none."""
    said = value["is"] if isinstance(value, Mapping) and set(value) == {"is"} else value
    return {"exists" if said else "missing": True} if isinstance(said, bool) else value


def _codes(name: str, given: Surroundings) -> Mapping[str, Text]:
    words = words_of(name)
    if name == "holiday":
        return given.holidays()
    if name == "hour_band":
        return {band: words.get(band, Text.same(band)) for band in given.bands}
    return words


def _read(value: Any, known: Mapping[str, Text], name: str, place: str, reading: Reading) -> Any:
    """The value with codes in place of words; None when one of them is unknown."""
    if isinstance(value, Mapping):
        read = {k: _read(v, known, name, f"{place}.{k}", reading) if k in _WHICH else v for k, v in value.items()}
        return None if any(read[k] is None for k in value if k in _WHICH) else read
    if isinstance(value, list | tuple):
        each = [_read(v, known, name, place, reading) for v in value]
        return None if any(v is None for v in each) else each
    found = _code(str(value), known, name)
    if found is None:
        names = [*known, *(said.ko for said in known.values())]
        reading.wrong(
            place,
            Text(f"{value!r} is no {name}", f"{value!r}: {josa(name, '으로/로')} 쓸 수 없는 값입니다"),
            nearest(str(value), names),
        )
    return found


def _code(said: str, known: Mapping[str, Text], name: str) -> str | None:
    """A holiday stays as it was written, since a sentence says it back; the rest become codes."""
    asked = said.strip().casefold()
    for code, text in known.items():
        if asked in (code.casefold(), text.en.casefold(), text.ko.casefold()):
            return said.strip() if name == "holiday" else code
    return None
