"""What a recording (rrweb's events) says of one page: where it was clicked and moved over, how far it was scrolled.

Pure: a list of the recorder's events in, numbers out. Positions are the page's: x as a share of the width of the window,
y in CSS pixels from the top of the page (the window's y and how far the page was scrolled then).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

SNAPSHOT, CHANGE, META = 2, 3, 4
_MOVE, _TOUCH, _SCROLL, _RESIZE, _MOUSE, _DRAG = 1, 6, 3, 4, 2, 12
_CLICK, _TAP = 2, 7

Device = Literal["mobile", "tablet", "desktop"]

COLUMNS = 100
"""Cells across a page."""
CELL = 20
"""Height of a cell in CSS pixels."""
_FARTHEST = 100_000


@dataclass
class Seen:
    """One page of one recording. `clicks` and `moves` are (column 0 to 99, row of `CELL` pixels) → how often.

    depth     pixels from the top that came into view
    snapshot  the recorder's own picture of the page, None where it never came
    """

    width: int = 0
    height: int = 0
    depth: int = 0
    clicks: Counter[tuple[int, int]] = field(default_factory=Counter)
    moves: Counter[tuple[int, int]] = field(default_factory=Counter)
    snapshot: Mapping[str, Any] | None = None

    @property
    def device(self) -> Device:
        """By the width of the window: under 768 pixels mobile, under 1,100 tablet."""
        return "mobile" if self.width < 768 else "tablet" if self.width < 1100 else "desktop"


class Reader:
    """Reads a recording's events in their order. What lies on another page moves the window, but is not counted."""

    def __init__(self) -> None:
        self.seen = Seen()
        self._root: Any = None
        self._scrolled = 0.0

    def read(self, events: Iterable[Mapping[str, Any]], *, counted: bool = True) -> None:
        """:param counted: whether these events lie on the page that is asked about."""
        for event in events:
            data = event.get("data")
            if isinstance(data, Mapping):
                self._one(event.get("type"), data, event, counted)

    def _one(self, kind: Any, data: Mapping[str, Any], event: Mapping[str, Any], counted: bool) -> None:
        if kind == META:
            self._window(data)
            self._scrolled = 0.0
        elif kind == SNAPSHOT:
            node, offset = data.get("node"), data.get("initialOffset")
            self._root = node.get("id") if isinstance(node, Mapping) else None
            self._scrolled = _number(offset.get("top")) if isinstance(offset, Mapping) else 0.0
            if counted and self.seen.snapshot is None:
                self.seen.snapshot = event
        elif kind == CHANGE:
            self._change(data.get("source"), data, counted)
        if counted and self.seen.height:
            self.seen.depth = max(self.seen.depth, min(_FARTHEST, int(self._scrolled + self.seen.height)))

    def _change(self, source: Any, data: Mapping[str, Any], counted: bool) -> None:
        if source == _SCROLL and data.get("id") == self._root:
            self._scrolled = max(0.0, _number(data.get("y")))
        elif source == _RESIZE:
            self._window(data)
        elif counted and source == _MOUSE and data.get("type") in (_CLICK, _TAP):
            self._mark(self.seen.clicks, data)
        elif counted and source in (_MOVE, _TOUCH, _DRAG):
            positions = data.get("positions")
            for position in positions if isinstance(positions, list) else ():
                if isinstance(position, Mapping):
                    self._mark(self.seen.moves, position)

    def _window(self, data: Mapping[str, Any]) -> None:
        self.seen.width = int(_number(data.get("width"))) or self.seen.width
        self.seen.height = int(_number(data.get("height"))) or self.seen.height

    def _mark(self, marks: Counter[tuple[int, int]], at: Mapping[str, Any]) -> None:
        x, y = _number(at.get("x")), _number(at.get("y")) + self._scrolled
        if self.seen.width and 0 <= x <= self.seen.width and 0 <= y <= _FARTHEST:
            marks[min(COLUMNS - 1, int(COLUMNS * x / self.seen.width)), int(y // CELL)] += 1


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


@dataclass(frozen=True)
class Heat:
    """Many visits of one page added up.

    clicks, moves  (column, row, how often), most first
    reached        for each step of 100 pixels from the top: how many visits saw it
    """

    visits: int
    clicks: tuple[tuple[int, int, int], ...]
    moves: tuple[tuple[int, int, int], ...]
    reached: tuple[int, ...]


def add_up(pages: Sequence[Seen], *, most: int = 20_000) -> Heat:
    """The sum of visits; at most `most` cells of each kind, those with the most marks."""
    clicks: Counter[tuple[int, int]] = Counter()
    moves: Counter[tuple[int, int]] = Counter()
    for page in pages:
        clicks.update(page.clicks)
        moves.update(page.moves)
    deepest = max((page.depth for page in pages), default=0)
    steps = range(0, deepest, 100)
    reached = tuple(sum(page.depth > step for page in pages) for step in steps)
    return Heat(len(pages), _cells(clicks, most), _cells(moves, most), reached)


def _cells(marks: Counter[tuple[int, int]], most: int) -> tuple[tuple[int, int, int], ...]:
    ranked = sorted(marks.items(), key=lambda kv: (-kv[1], kv[0]))[:most]
    return tuple((x, y, n) for (x, y), n in ranked)
