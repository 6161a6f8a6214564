"""Bring traits and segments up to date: for everyone, or for the customers an import, merge or erasure touched."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from dangol.app import recovery
from dangol.app.definitions import current
from dangol.app.workspace import Progress, no_progress
from dangol.engine import sql
from dangol.profiles import CUSTOMERS, SegmentRefresh, refresh_segments, refresh_traits, turn
from dangol.schema import Answer, moment_words

if TYPE_CHECKING:
    from dangol.app import Workspace

FEW = 0.05
"""Above this share of all customers, refreshing everyone costs no more and keeps the cut points of scores fresh."""

LEAST = 2_000
"""Customers of a portion, at least."""

LAST = "refresh.last"

WHOLE = "refresh.whole"
"""As-of time of the last refresh of everyone."""

WHEEL = "refresh.wheel"
"""As-of time up to which everyone's memberships are right, touched customers or not."""


def refresh(ws: Workspace, *, now: dt.datetime | None = None, progress: Progress = no_progress) -> Answer:
    """Compute every trait and segment again, for everyone, as of `now`."""
    moment = now.astimezone(dt.UTC) if now and now.tzinfo else now.replace(tzinfo=ws.settings.tz) if now else ws.now()
    return _run(ws, None, moment, progress)


def refresh_touched(
    ws: Workspace, touched: Sequence[pa.Array], *, followed: bool = False, progress: Progress = no_progress
) -> Answer:
    """Refresh only these customers, unless they are many, or the clock of the shop moved since the last full refresh.

    :param followed: their memberships were followed already; only segments that need everybody are asked.
    """
    who = pc.unique(pa.concat_arrays([a.cast(pa.int64()) for a in touched])) if touched else pa.array([], pa.int64())
    now = ws.now()
    last = ws.refreshed_at()
    stale = last is None or now.date() != last.date() or now < last
    if stale or many(ws, len(who)):
        return _run(ws, None, now, progress)
    return _run(ws, pa.table({"customer_id": who}), now, progress, followed=followed)


def many(ws: Workspace, people: int) -> bool:
    """Whether so many are refreshed together with everyone else."""
    return people > FEW * _customers(ws)


def portion(ws: Workspace) -> int:
    """So many can be refreshed at once without everyone else; in small shops everyone is soon done."""
    return max(LEAST, int(FEW * _customers(ws)))


def refresh_due(ws: Workspace, *, now: dt.datetime | None = None, progress: Progress = no_progress) -> Answer:
    """Refresh whom time alone may have moved into or out of a segment since the last time; everyone where that is safer."""
    moment, since = now or ws.now(), turned_at(ws)
    if since is None or moment < since or recovery.refresh_is_due(ws):
        return _run(ws, None, moment, progress)
    found = turn(ws.engine, current(ws), since=since, now=moment, tz=ws.settings.tz)
    if found.everyone or many(ws, found.customers.num_rows):
        return _run(ws, None, moment, progress)
    done = _run(ws, found.customers, moment, progress)
    turned(ws, moment)
    return done


def _run(
    ws: Workspace, people: pa.Table | None, now: dt.datetime, progress: Progress, *, followed: bool = False
) -> Answer:
    definitions, tz = current(ws), ws.settings.tz

    def traits(done: int, total: int, what: str) -> None:
        progress("traits", done, total)

    def segments(done: int, total: int, what: str) -> None:
        progress("segments", done, total)

    done = refresh_traits(ws.engine, definitions, now=now, tz=tz, population=people, progress=traits)
    progress("traits", 1, 1)
    only = definitions.ranked if followed and not done.full else None
    found = refresh_segments(ws.engine, definitions, now=now, tz=tz, population=people, only=only, progress=segments)
    if not followed:
        recovery.facts_computed(ws)
    ws.store.state.put(
        LAST, {"as_of": now.isoformat(), "at": ws.real_now().isoformat(), "full": people is None}, now=ws.real_now()
    )
    if people is None:
        ws.store.state.put(WHOLE, now.isoformat(), now=ws.real_now())
        turned(ws, now)
    return _changes(found, ws.settings.tz)


def _customers(ws: Workspace) -> int:
    if CUSTOMERS not in ws.engine.tables():
        return 0
    return int(ws.engine.run(sql("SELECT count(*) AS n FROM c", tables={"c": CUSTOMERS}))["n"][0].as_py())


def whole_at(ws: Workspace) -> dt.datetime | None:
    """As-of time of the last refresh of everyone."""
    last = ws.store.state.get(WHOLE)
    return dt.datetime.fromisoformat(last) if last else None


def turned(ws: Workspace, moment: dt.datetime) -> None:
    """Everyone's memberships are right as of this moment."""
    ws.store.state.put(WHEEL, moment.isoformat(), now=ws.real_now())


def turned_at(ws: Workspace) -> dt.datetime | None:
    """As-of time of the last refresh that looked at everyone, or at all whom time had moved."""
    last = ws.store.state.get(WHEEL)
    return dt.datetime.fromisoformat(last) if last else None


def _changes(found: SegmentRefresh, zone: dt.tzinfo) -> Answer:
    rows = [{"segment": c.segment, "customers": c.members, "entered": c.entered, "left": c.left} for c in found.changes]
    types = pa.schema(
        [("segment", pa.string()), ("customers", pa.int64()), ("entered", pa.int64()), ("left", pa.int64())]
    )
    return Answer(pa.Table.from_pylist(rows, schema=types), note=moment_words(found.as_of, zone))


def refreshed_at(ws: Workspace) -> dt.datetime | None:
    """As-of time of the last refresh."""
    last = ws.store.state.get(LAST)
    return dt.datetime.fromisoformat(last["as_of"]) if last else None
