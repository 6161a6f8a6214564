"""Reading the settings of what stands around events: holidays, times of day, places of weather."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml

from dangol.schema import Text


class UnfitError(ValueError):
    """Why a value does not fit its setting."""

    def __init__(self, why: Text) -> None:
        super().__init__(why)
        self.why = why


def pairs(value: Any) -> dict[Any, Any]:
    """Names with values; from text too, as somebody types it: ``USD: 1350, JPY: 9.5``. Raises `UnfitError`."""
    if not isinstance(value, str):
        return dict(value)
    text = value.strip()
    try:
        read = yaml.safe_load(text if text.startswith("{") else "{" + text + "}")
        if isinstance(read, dict) and None not in read.values():
            return read
    except yaml.YAMLError:
        pass
    raise UnfitError(Text("pairs such as  name: value, name: value", "'이름: 값, 이름: 값'처럼 적은 짝"))


def _country(value: Any, _: tuple[str, ...]) -> str:
    import holidays  # half a second; only what differs from the default is looked up

    code, _sep, part = str(value).strip().upper().partition("-")
    known = holidays.list_supported_countries()
    if code and (code not in known or (part and part not in known[code])):
        raise UnfitError(Text("no such country; write a code such as KR", "그런 나라가 없음. 예: KR"))
    return f"{code}-{part}" if part else code


def _bands(value: Any, _: tuple[str, ...]) -> dict[str, str]:
    from dangol.rules import read_bands  # here, so that `dangol --help` need not load the rules

    try:
        bands = {str(k): str(v) for k, v in pairs(value).items()}
        read_bands(bands)
    except UnfitError:
        raise
    except (ValueError, TypeError) as error:
        said = Text(
            "hours from 0 to 24 that do not overlap, such as evening: 18-22", "겹치지 않는 0~24시. 예: evening: 18-22"
        )
        raise UnfitError(said) from error
    return bands


def _spot(value: Any, _: tuple[str, ...]) -> str:
    from dangol.collect.weather import spot

    try:
        spot(str(value))
    except ValueError as error:
        raise UnfitError(Text("not a place on the grid of the KMA", "기상청 격자 밖")) from error
    return str(value)


def _spots(value: Any, _: tuple[str, ...]) -> dict[str, str]:
    return {str(place): _spot(where, ()) for place, where in pairs(value).items()}


READ: dict[str, Callable[[Any, tuple[str, ...]], Any]] = {
    "country": _country,
    "bands": _bands,
    "spot": _spot,
    "spots": _spots,
}
"""Kind of setting → how it is read. Raises `UnfitError`."""
