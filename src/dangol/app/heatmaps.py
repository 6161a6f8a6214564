"""Heat of a page out of session recordings: where it was clicked and moved over, how far it was scrolled, and its picture."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import orjson
import pyarrow as pa

from dangol.collect.wire import page_number
from dangol.engine import sql
from dangol.insights.recorded import CELL, COLUMNS, Device, Reader, Seen, add_up
from dangol.schema import DefinitionError, NotFoundError, Problem, Text, one_of

if TYPE_CHECKING:
    from dangol.app.workspace import Base
    from dangol.store import ReplayPart, Shown

MOST = 200
"""Recordings read for one picture, the newest first: a sample, said as such."""
_PATHS, _RECORDINGS = 300, 500
"""Pages and recordings that are held against each other for the list of pages."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page, on what device, since and until when (aware); a device of None is all of them."""

    path: str
    device: Device | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    most: int = MOST


def heat(ws: Base, asked: Asked) -> dict[str, Any]:
    """Clicks, moves and scrolling over a page, added up, with the newest picture of it. Everything in it is masked.

    `clicks` and `moves` are rows of [column 0 to 99, row, how often]; a row is `cell` CSS pixels high,
    a column a hundredth of the window's width. `reached` counts visits by steps of 100 pixels.
    Raises `NotFoundError` where no recording shows the page, `DefinitionError` for a device that does not exist.
    """
    if asked.device not in (None, *get_args(Device)):
        said = Text(f"there is no device {asked.device!r}", f"{asked.device!r}: 그런 기기는 없습니다")
        raise DefinitionError([Problem(said, "device", one_of(get_args(Device)))])
    seen: list[Seen] = []
    pictured = None
    devices: dict[str, int] = {}
    shown = _shown(ws, asked)
    for page, first in _pages(ws, shown[: asked.most]):
        devices[page.device] = devices.get(page.device, 0) + 1
        if asked.device in (None, page.device):
            seen.append(page)
            if pictured is None and page.snapshot is not None:
                pictured = _picture(page, first)
        page.snapshot = None  # a snapshot is a whole page: only one of hundreds is held
    if not seen:
        raise NotFoundError(
            Text("no recording shows this page", "이 페이지의 녹화가 없습니다"),
            where=asked.path[:200],
            hint=Text(
                "record it: data-dangol-replay on the page, replay above 0 in the tag",
                "페이지에 data-dangol-replay를 넣고 태그의 replay를 0보다 크게 하세요",
            ),
        )
    whole = add_up(seen)
    return {
        "path": asked.path,
        "device": asked.device,
        "devices": devices,
        "visits": whole.visits,
        "sampled": len(shown) > asked.most,
        "columns": COLUMNS,
        "cell": CELL,
        "clicks": whole.clicks,
        "moves": whole.moves,
        "reached": whole.reached,
        "snapshot": pictured,
    }


def numbers(found: Mapping[str, Any]) -> dict[str, Any]:
    """What `heat` found as tables, without the picture: path, device, devices, visits, sampled, tables.

    clicks, moves  where (percent from the left, pixels from the top), how often and what share, most first
    reached        by steps of 100 pixels from the top: how many visits saw it, and what share
    """
    tables = {name: _places(found[name], found["columns"], found["cell"]) for name in ("clicks", "moves")}
    visits = found["visits"]
    reached = [
        {"from_top": 100 * step, "visits": n, "share": n / visits if visits else None}
        for step, n in enumerate(found["reached"])
    ]
    told = {name: found[name] for name in ("path", "device", "devices", "visits", "sampled")}
    return {**told, "tables": {**tables, "reached": pa.Table.from_pylist(reached, schema=_REACHED)}}


_PLACES = pa.schema(
    [("from_left", pa.float64()), ("from_top", pa.int64()), ("times", pa.int64()), ("share", pa.float64())]
)
_REACHED = pa.schema([("from_top", pa.int64()), ("visits", pa.int64()), ("share", pa.float64())])


def _places(cells: Sequence[tuple[int, int, int]], columns: int, high: int) -> pa.Table:
    every = sum(n for _, _, n in cells)
    rows = [{"from_left": 100 * x / columns, "from_top": y * high, "times": n, "share": n / every} for x, y, n in cells]
    return pa.Table.from_pylist(rows, schema=_PLACES)


def _picture(page: Seen, first: ReplayPart) -> dict[str, Any]:
    """The page as rrweb's player takes it: a window and a snapshot."""
    at = int(first.first_at.timestamp() * 1000)
    meta = {"type": 4, "timestamp": at, "data": {"href": "", "width": page.width, "height": page.height}}
    return {
        "session": f"{first.session:016x}",
        "at": first.first_at,
        "width": page.width,
        "height": page.height,
        "events": [meta, {**(page.snapshot or {}), "timestamp": at + 1}],
    }


def _shown(ws: Base, asked: Asked) -> list[Shown]:
    """Recordings in which the page was shown, the newest first."""
    # a recording keeps the number of itself and a path, not the path: which of them are this page's can only be reckoned
    return [
        place
        for place in ws.store.replays.shown(since=asked.since, until=asked.until)
        if place.page == page_number(place.recording, asked.path)
    ]


def _pages(ws: Base, shown: Sequence[Shown]) -> Iterator[tuple[Seen, ReplayPart]]:
    """These recordings, read."""
    for place in shown:
        reader, first = Reader(), None
        for part in ws.store.replays.parts(place.session, recording=place.recording):
            said = orjson.loads(ws.privacy.replays.open(part))
            mine = part.page == place.page
            first = first or (part if mine else None)
            reader.read(said["events"], counted=mine)
        if first is not None and reader.seen.width:
            yield reader.seen, first


def paths(ws: Base, *, limit: int = 100) -> list[dict[str, Any]]:
    """Pages that the newest recordings show, by how many of them: path, views (page views of everyone), recordings."""
    query = sql(
        "SELECT json_extract_string(properties, '$.path') AS path, COUNT(*) AS views FROM events"
        " WHERE name = 'Page Viewed' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT :most",
        most=_PATHS,
    )
    shown: dict[int, set[int]] = {}
    for place in ws.store.replays.shown(limit=_RECORDINGS):
        shown.setdefault(place.recording, set()).add(place.page)
    found = []
    for row in ws.engine.run(query).to_pylist():
        path = row["path"]
        visits = sum(page_number(recording, path) in pages for recording, pages in shown.items()) if path else 0
        if visits:
            found.append({"path": path, "views": row["views"], "recordings": visits})
    return sorted(found, key=lambda r: (-r["recordings"], -r["views"], r["path"]))[:limit]
