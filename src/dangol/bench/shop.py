"""The workspace that is measured: made once in a folder, with its segments, its marked segment and two write keys."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from dangol.app import Desk, Role, Workspace
from dangol.app.access import computer_pass
from dangol.bench import world

MARK = "Bench Marked"
MARKED = "bench-marked"
"""The segment that whoever does `MARK` must enter."""

_FILE = "bench.json"
_RULE = {"did": MARK, "within": "30 days"}


@dataclass(frozen=True, slots=True)
class Shop:
    """A workspace and how to send to it. `made_in` is in seconds; 0 where it was there already."""

    folder: Path
    customers: int
    events: int
    key: str = field(repr=False)
    made_in: float = 0.0

    def shown(self) -> str:
        """What a program of this computer shows the server's API."""
        with Desk.open(self.folder, command="dangol bench") as desk:
            return computer_pass(desk, Role.VIEWER)


def made(
    folder: Path, customers: int, events: int, *, now: Callable[[], dt.datetime], told: Callable[[str, int, int], None]
) -> Shop:
    """The workspace in `folder`; made where there is none of this size.

    :param told: what is done now, how far, of how much.
    """
    kept = folder / _FILE
    if kept.exists():
        said = json.loads(kept.read_text(encoding="utf-8"))
        if (said["customers"], said["events"]) == (customers, events):
            return Shop(folder, customers, events, said["key"])
    start = now()
    with Workspace.create(folder, name="bench", language="en") as ws:
        key, _ = ws.add_source("bench", side="server")
        world.fill(ws, customers, events, now=now(), told=lambda n: told("events", n, events))
        bodies = {**world.segments(), MARKED: {"segment": MARKED, "says": {"ko": MARKED, "en": MARKED}, "where": _RULE}}
        for name, body in bodies.items():
            ws.store.definitions.put("segment", name, body, actor=ws.actor, now=now())
        ws.refresh(progress=lambda step, done=0, total=None: told(step, done, total or 0))
        ws.engine.compact()
    shop = Shop(folder, customers, events, key, (now() - start).total_seconds())
    kept.write_text(json.dumps({k: v for k, v in asdict(shop).items() if k in ("customers", "events", "key")}))
    return shop
