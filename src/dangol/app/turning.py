"""The time wheel of a running workspace: who time alone moves into or out of a segment, found within a second or so.

Once an hour all facts are asked who may be moved in the coming hour, and copies of these customers' facts are kept. Between,
every tick asks the copies only. At local midnight, when days are counted on and calendar windows turn, all are asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from dangol.app import refreshing
from dangol.app.definitions import current
from dangol.profiles import Definitions, around, shortest, turn

if TYPE_CHECKING:
    from dangol.app import Workspace

AHEAD = dt.timedelta(hours=1)
"""How far a look at everybody sees."""

_TICK = dt.timedelta(microseconds=1)


class Wheel:
    """Turned by one thread. `moved` is told whom to ask again, or None for everybody; `rest` rests after a piece."""

    def __init__(
        self, ws: Workspace, moved: Callable[[pa.Array | None], None], rest: Callable[[float], None] = lambda _: None
    ) -> None:
        self._ws, self._moved, self._rest = ws, moved, rest
        self._since: dt.datetime | None = None
        self._horizon: dt.datetime | None = None
        self._near = pa.array([], pa.int64())
        self._definitions: Definitions | None = None
        self._short = False
        self._copies: dict[str, str] = {}
        self._kept = ExitStack()

    def close(self) -> None:
        """Let go of the copies."""
        self._kept.close()

    def turn(self, now: dt.datetime, touched: pa.Array) -> bool:
        """Find who moved since the last turn. `touched`: who was touched meanwhile. Returns whether everybody was asked."""
        ws = self._ws
        if ws.settings.clock == "last-event" or ws.refreshed_at() is None:
            return False
        definitions = current(ws)
        since = self._since or refreshing.turned_at(ws) or now
        if now <= since:
            return False
        if self._horizon is None or now >= self._horizon or definitions is not self._definitions:
            self._look_around(definitions, since, now)
            return True
        if len(touched) and self._short:
            self._keep(pc.unique(pa.concat_arrays([self._near, touched])))
        if len(self._near):
            found = turn(ws.engine, definitions, since=since, now=now, tz=ws.settings.tz, tables=self._copies)
            self._tell(None if found.everyone else found.customers)
        self._since = now
        return False

    def _look_around(self, definitions: Definitions, since: dt.datetime, now: dt.datetime) -> None:
        """Ask all facts who moved up to now, and who may move until the next look."""
        ws = self._ws
        found = turn(ws.engine, definitions, since=since, now=now, tz=ws.settings.tz, between=self._rest)
        self._tell(None if found.everyone else found.customers)
        if not found.everyone:
            refreshing.turned(ws, now)
        length = shortest(definitions)
        self._since, self._definitions, self._short = now, definitions, length is not None and length <= AHEAD
        self._horizon = min(now + AHEAD, _midnight(now, ws.settings.tz))
        until = self._horizon - _TICK
        ahead = turn(ws.engine, definitions, since=now, now=until, tz=ws.settings.tz, between=self._rest)
        if ahead.everyone:  # something turns for all within the hour: look again every minute
            self._horizon = min(self._horizon, now + AHEAD / 60)
        self._keep(ahead.customers["customer_id"].combine_chunks())

    def _keep(self, who: pa.Array) -> None:
        self._kept.close()
        self._near = who
        self._copies = (
            self._kept.enter_context(around(self._ws.engine, pa.table({"customer_id": who}))) if len(who) else {}
        )

    def _tell(self, found: pa.Table | None) -> None:
        if found is None or found.num_rows:
            self._moved(None if found is None else found["customer_id"].combine_chunks())


def _midnight(now: dt.datetime, tz: dt.tzinfo) -> dt.datetime:
    """When the next local day begins, UTC."""
    tomorrow = now.astimezone(tz).date() + dt.timedelta(days=1)
    return dt.datetime.combine(tomorrow, dt.time(), tz).astimezone(dt.UTC)
