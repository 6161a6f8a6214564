"""Weather into the workspace: fetched from the KMA or read from a file. Who is touched by it is refreshed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pyarrow as pa

from dangol.app.definitions import current
from dangol.collect.weather import (
    CALLS,
    Hour,
    KmaError,
    address,
    base,
    cell_of,
    merged,
    page_of,
    read_hours,
    read_items,
)
from dangol.engine import arrow_schema, sql
from dangol.rules.surroundings import WEATHER as FIELDS
from dangol.rules.surroundings import asked_names
from dangol.schema import WEATHER, Answer, RefusedError, Text

if TYPE_CHECKING:
    from dangol.app import Workspace

Get = Callable[[str], bytes]
_PATIENCE = 20.0
_LARGEST = 20_000_000
_TOLD = pa.schema(
    [("place", pa.string()), ("what", pa.string()), ("hours", pa.int64()), ("new", pa.int64()),
     ("changed", pa.int64()), ("problem", pa.string())]
)  # fmt: skip
_STATUS = pa.schema(
    [("place", pa.string()), ("hours", pa.int64()), ("observed", pa.int64()), ("forecast", pa.int64()),
     ("first", pa.timestamp("us", "UTC")), ("last", pa.timestamp("us", "UTC")), ("missing", pa.int64()),
     ("issued_at", pa.timestamp("us", "UTC"))]
)  # fmt: skip


def fetch(ws: Workspace, *, get: Get | None = None) -> Answer:
    """Ask the KMA for the last observation and the newest forecast of every cell the settings name.

    One row a cell and call; what failed has its `problem`, and the others are kept all the same.

    :param get: address → body of the answer; over HTTP by default.
    :raises RefusedError: no key, or no place that is a cell of the grid.
    """
    given, key = ws.settings.surroundings, ws.settings.kma_key
    places = [p for p in dict.fromkeys((given.spot, *given.spots.values())) if cell_of(p)]
    if not key or not places:
        raise RefusedError(
            Text("the weather of no place can be fetched", "날씨를 가져올 곳이 정해지지 않았습니다"),
            hint=Text(
                "set DANGOL_KMA_KEY, and weather_place to latitude,longitude or a cell such as 60,127",
                "DANGOL_KMA_KEY를 넣고 weather_place를 위도,경도나 60,127 같은 격자로 정하세요",
            ),
        )
    rows: list[dict[str, Any]] = []
    hours: list[Hour] = []
    for place in places:
        for call in CALLS:
            row: dict[str, Any] = {"place": place, "what": call, "hours": 0, "new": 0, "changed": 0}
            try:
                found = list(_asked(ws, place, call, get or _get))
                row["hours"] = len(found)
                hours += found
            except KmaError as error:
                row["problem"] = error.message.say(ws.lang)
            rows.append(row)
    _counted(rows, put(ws, hours))
    return Answer(pa.Table.from_pylist(rows, schema=_TOLD))


def take_file(ws: Workspace, path: Path) -> Answer:
    """Read weather from a CSV or JSON file. Rows that cannot be read are counted by column; the others are kept."""
    hours, unread = read_hours(path, place=ws.settings.surroundings.spot, tz=ws.settings.tz, now=ws.real_now())
    rows: list[dict[str, Any]] = []
    for place in dict.fromkeys(h.place for h in hours):
        mine = sum(h.place == place for h in hours)
        rows.append({"place": place, "what": path.name, "hours": mine, "new": 0, "changed": 0})
    _counted(rows, put(ws, hours))
    for field in dict.fromkeys(u.field for u in unread):
        which = [u.row for u in unread if u.field == field]
        said = ", ".join(map(str, which[:5])) + (", …" if len(which) > 5 else "")
        problem = ws.say(f"{field} cannot be read in rows {said}", f"{said}행의 {field} 값을 읽을 수 없음")
        rows.append({"place": None, "what": path.name, "hours": 0, "new": 0, "changed": 0, "problem": problem})
    return Answer(pa.Table.from_pylist(rows, schema=_TOLD))


def status(ws: Workspace) -> Answer:
    """What is known of each place, and how many hours between its first and its last (or now) nobody told."""
    found = ws.engine.run(
        sql(
            "SELECT place, COUNT(*) AS hours, SUM(CASE WHEN kind = 'observed' THEN 1 ELSE 0 END) AS observed,"
            " SUM(CASE WHEN kind = 'forecast' THEN 1 ELSE 0 END) AS forecast, MIN(hour) AS first, MAX(hour) AS last,"
            " MAX(issued_at) AS issued_at,"
            " SUM(CASE WHEN hour <= :now THEN 1 ELSE 0 END) AS past FROM weather GROUP BY place ORDER BY place",
            now=ws.real_now(),
        )
    ).to_pylist()
    now = ws.real_now().replace(tzinfo=None)
    rows = []
    for row in found:
        last = min(row["last"], now)
        due = int((last - row["first"]).total_seconds() // 3600) + 1 if last >= row["first"] else 0
        rows.append({**{k: v for k, v in row.items() if k != "past"}, "missing": due - int(row["past"])})
    note = ws.say(
        "No weather yet: set weather_place, then dangol weather fetch, or dangol weather import FILE",
        "아직 날씨가 없습니다. weather_place를 정한 뒤 dangol weather fetch나 dangol weather import 파일로 가져오세요",
    )
    utc = [{k: v.replace(tzinfo=dt.UTC) if isinstance(v, dt.datetime) else v for k, v in r.items()} for r in rows]
    return Answer(pa.Table.from_pylist(utc, schema=_STATUS), note="" if rows else note)


Put = dict[str, tuple[int, int]]
"""Place → (hours that are new, hours that read otherwise than before)."""


def put(ws: Workspace, hours: Sequence[Hour]) -> Put:
    """Keep hours, each merged with what is known of it, and refresh the customers who did something in a changed one."""
    fresh: dict[tuple[str, dt.datetime], Hour] = {}
    for one in hours:
        key = (one.place, one.hour)
        fresh[key] = merged(one, fresh[key]) if key in fresh else one
    if not fresh:
        return {}
    with ws.engine.transaction():
        known = {(h.place, h.hour): h for h in _known(ws, fresh)}
        kept = {key: merged(one, known[key]) if key in known else one for key, one in fresh.items()}
        moved = {k: h for k, h in kept.items() if k not in known or _says(h) != _says(known[k])}
        table = pa.Table.from_pylist([_row(h) for h in kept.values()], schema=arrow_schema(WEATHER))
        with ws.engine.scratch(table) as rows:
            where = sql("(place, hour) IN (SELECT place, hour FROM n)", tables={"n": rows})
            ws.engine.delete(WEATHER.name, where)
            ws.engine.append(WEATHER.name, table)
    _refresh(ws, [h.hour for h in moved.values()])
    return {
        place: (
            sum(k[0] == place and k not in known for k in moved),
            sum(k[0] == place and k in known for k in moved),
        )
        for place in {k[0] for k in fresh}
    }


def _known(ws: Workspace, keys: Iterable[tuple[str, dt.datetime]]) -> Iterator[Hour]:
    asked = list(keys)
    query = sql(
        "SELECT * FROM weather WHERE place IN :places AND hour >= :first AND hour <= :last",
        places=list({p for p, _ in asked}),
        first=min(h for _, h in asked),
        last=max(h for _, h in asked),
    )
    for row in ws.engine.run(query).to_pylist():
        times = {n: row[n] and row[n].replace(tzinfo=dt.UTC) for n in ("hour", "issued_at")}
        yield Hour(**{**row, **times})


def _says(hour: Hour) -> tuple[object, ...]:
    return (hour.condition, hour.temperature, hour.precipitation, hour.humidity, hour.wind)


def _row(hour: Hour) -> dict[str, Any]:
    named = {name: getattr(hour, name) for name in WEATHER.names}
    return {k: v.astimezone(dt.UTC).replace(tzinfo=None) if isinstance(v, dt.datetime) else v for k, v in named.items()}


def _refresh(ws: Workspace, hours: Sequence[dt.datetime]) -> None:
    """Nobody, unless a trait or a segment of this shop asks for weather and somebody did something in these hours."""
    found = current(ws)
    bodies = [s.where for s in found.segments.values()] + [t.body for t in found.traits.values()]
    if not hours or ws.refreshed_at() is None or not asked_names([dict(b) for b in bodies]) & set(FIELDS):
        return
    table = pa.table({"hour": pa.array({h.astimezone(dt.UTC).replace(tzinfo=None) for h in hours}, pa.timestamp("us"))})
    with ws.engine.scratch(table) as rows:
        query = sql(
            "SELECT DISTINCT customer_id FROM events AS e WHERE customer_id IS NOT NULL"
            " AND DATE_TRUNC('hour', e.at) IN (SELECT hour FROM h)",
            tables={"h": rows},
        )
        touched = ws.engine.run(query)["customer_id"].combine_chunks()
    if len(touched):
        ws.refresh_touched([touched])


def _counted(rows: list[dict[str, Any]], done: Put) -> None:
    """Say once a place what was new in it, on its first row."""
    for row in rows:
        row["new"], row["changed"] = done.pop(row["place"], (0, 0))


def _asked(ws: Workspace, place: str, call: Any, get: Get) -> Iterator[Hour]:
    cell, issued = cell_of(place), base(call, ws.real_now())
    assert cell is not None
    items: list[Any] = []
    page, total = 1, 1
    while len(items) < total and page <= 20:
        some, total = page_of(get(address(ws.settings.kma_url, call, ws.settings.kma_key, cell, issued, page)))
        if not some:
            break
        items += some
        page += 1
    if not items:
        raise KmaError(Text("nothing was issued for that hour", "그 시각에 발표된 자료가 없습니다"))
    yield from read_items(call, items, place, issued)


def _get(url: str) -> bytes:
    """The body behind an address. What goes wrong is told without the address, which holds the key."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise KmaError(Text("kma_url is no web address", "kma_url이 웹 주소가 아닙니다"))
    try:
        with urlopen(Request(url, headers={"accept": "application/json"}), timeout=_PATIENCE) as answer:  # noqa: S310
            return bytes(answer.read(_LARGEST))
    except HTTPError as error:
        return bytes(error.read(_LARGEST)) or _silent(str(error.code))
    except (URLError, TimeoutError, OSError) as error:
        return _silent(type(error).__name__)


def _silent(why: str) -> bytes:
    raise KmaError(
        Text(f"the weather service cannot be reached ({why})", f"날씨 서비스에 닿지 못했습니다({why})"),
        hint=Text("try again in some minutes", "몇 분 뒤에 다시 하세요"),
    ) from None
