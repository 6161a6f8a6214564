"""Weather out of a file: CSV (UTF-8 or CP949) or JSON, one row a place and hour."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from dangol.collect.weather.grid import spot
from dangol.collect.weather.hours import CONDITIONS, Hour
from dangol.schema import FileError, Text, system_says, words_of

COLUMNS = ("time", "place", "condition", "temperature", "precipitation", "humidity", "wind", "kind")
_NUMBERS = {
    "temperature": (-90.0, 60.0), "precipitation": (0.0, 500.0), "humidity": (0.0, 100.0), "wind": (0.0, 120.0),
}  # fmt: skip
_LARGEST = 200_000_000


@dataclass(frozen=True, slots=True)
class Unread:
    """A row that could not be read: its number (the header is row 1) and the column."""

    row: int
    field: str


def read_hours(path: Path, *, place: str, tz: ZoneInfo, now: dt.datetime) -> tuple[list[Hour], list[Unread]]:
    """Hours of a file, and the rows that could not be read.

    :param place: stands where a row names none.
    :param tz: the zone of times without an offset.
    :raises FileError: the file cannot be read, or has no column `time`.
    """
    hours: list[Hour] = []
    wrong: list[Unread] = []
    for number, row in enumerate(_rows(path), 2):
        found = _hour(row, path.name, place, tz, now)
        if isinstance(found, Hour):
            hours.append(found)
        else:
            wrong.append(Unread(number, found))
    return hours, wrong


def _rows(path: Path) -> Iterable[Mapping[str, Any]]:
    try:
        if path.stat().st_size > _LARGEST:
            raise FileError(Text("the file is too large for weather", "날씨 파일이 너무 큽니다"), where=path.name)
        raw = path.read_bytes()
    except OSError as error:
        raise FileError(system_says(error), where=path.name) from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp949", "replace")
    rows: list[Mapping[str, Any]]
    if text.lstrip()[:1] in ("[", "{"):
        try:
            said = orjson.loads(text) if text.lstrip().startswith("[") else [orjson.loads(x) for x in text.splitlines()]
        except orjson.JSONDecodeError as error:
            raise FileError(Text("not valid JSON", "올바른 JSON이 아닙니다"), where=path.name) from error
        rows = [r for r in said if isinstance(r, Mapping)]
    else:
        rows = list(csv.DictReader(io.StringIO(text)))
    if rows and "time" not in rows[0]:
        raise FileError(
            Text("a weather file needs a column time", "날씨 파일에는 time 열이 필요합니다"),
            where=path.name,
            hint=Text(f"columns: {', '.join(COLUMNS)}", f"열: {', '.join(COLUMNS)}"),
        )
    return rows


def _hour(row: Mapping[str, Any], source: str, place: str, tz: ZoneInfo, now: dt.datetime) -> Hour | str:
    """The hour of a row, or the column that is wrong."""
    try:
        at = dt.datetime.fromisoformat(str(row["time"]).strip())
    except ValueError:
        return "time"
    at = (at if at.tzinfo else at.replace(tzinfo=tz)).astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)
    said = str(row.get("condition") or "").strip()
    condition = _code(said)
    if said and condition is None:
        return "condition"
    values: dict[str, float | None] = {}
    for name, (low, high) in _NUMBERS.items():
        text = str("" if row.get(name) is None else row[name]).strip()
        try:
            values[name] = float(text) if text else None
        except ValueError:
            return name
        value = values[name]
        if value is not None and not low <= value <= high:
            return name
    kind = str(row.get("kind") or "observed").strip()
    if kind not in ("observed", "forecast"):
        return "kind"
    try:
        where = spot(str(row.get("place") or "")) or place
    except ValueError:
        return "place"
    if not where:
        return "place"
    return Hour(where, at, condition, **values, kind=kind, issued_at=now, source=source)  # type: ignore[arg-type]


def _code(said: str) -> str | None:
    """A condition by its code or its word in either language."""
    words = words_of("weather")
    return next((c for c in CONDITIONS if said.casefold() in (c, words[c].en.casefold(), words[c].ko.casefold())), None)
