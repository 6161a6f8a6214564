"""A rule as a frozen tree. `place` is where a node stood in the definition; it never takes part in equality."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

Scalar = str | int | float | bool | Decimal | dt.datetime | dt.date
Of = Literal["events", "items"]
WindowKind = Literal["within", "not_within", "within_next", "during", "between", "before", "after", "since"]
Unit = Literal["second", "minute", "hour", "day", "week", "month", "year"]


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time. Seconds to weeks are exact; months and years follow the calendar of the workspace's zone."""

    n: int
    unit: Unit

    @property
    def fixed(self) -> dt.timedelta | None:
        """As exact time; None for months and years."""
        seconds = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}.get(self.unit)
        return None if seconds is None else dt.timedelta(seconds=self.n * seconds)

    def __str__(self) -> str:
        return f"{self.n} {self.unit}{'' if self.n == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time, relative to now, to the calendar or absolute.

    value: a Duration (within, not_within, within_next), a calendar phrase (during), a moment (before, after, since)
    or two moments (between). A date means the whole day in the workspace's zone.
    """

    kind: WindowKind
    value: Duration | str | dt.date | tuple[dt.date, dt.date]


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison: operator and what it is held against (None for exists and missing)."""

    op: str
    value: Scalar | tuple[Scalar, ...] | Window | None = None

    __test__ = False  # pytest: this is not a test case


def _place() -> str:
    return field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Node, ...]
    place: str = _place()


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Node, ...]
    place: str = _place()


@dataclass(frozen=True, slots=True)
class Not:
    part: Node
    place: str = _place()


@dataclass(frozen=True, slots=True)
class Trait:
    """Tests on one trait; all must hold. A missing value matches nothing unless `or_missing`. `score`: analytic."""

    name: str
    tests: tuple[Test, ...]
    or_missing: bool = False
    score: bool = False
    place: str = _place()


@dataclass(frozen=True, slots=True)
class Field:
    """Tests on one column or JSON property of an event or order line; only inside `where`."""

    name: str
    tests: tuple[Test, ...]
    place: str = _place()


@dataclass(frozen=True, slots=True)
class Measure:
    kind: Literal["count", "sum", "average", "min", "max", "first", "last", "distinct"] = "count"
    field: str = ""


@dataclass(frozen=True, slots=True)
class Did:
    """Events (or order lines) of the given names that pass `where` and the windows, measured, and tested.

    names   empty: any event
    since   only events after this customer's last event of that kind; customers without one do not match
    """

    names: tuple[str, ...]
    of: Of = "events"
    where: Node | None = None
    measure: Measure = Measure()
    tests: tuple[Test, ...] = (Test("at_least", 1),)
    windows: tuple[Window, ...] = ()
    since: Did | None = None
    place: str = _place()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a sequence: at most `within` after the step before, with none of `not_between` strictly between."""

    did: Did
    within: Duration | None = None
    not_between: Did | None = None


@dataclass(frozen=True, slots=True)
class Sequence:
    """Steps strictly one after the other in time, all inside the windows."""

    steps: tuple[Step, ...]
    windows: tuple[Window, ...] = ()
    place: str = _place()


@dataclass(frozen=True, slots=True)
class In:
    """Member of one of the segments."""

    segments: tuple[str, ...]
    place: str = _place()


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Exclusive groups: member of `take` and of none that stand before it."""

    groups: tuple[str, ...]
    take: str
    place: str = _place()


@dataclass(frozen=True, slots=True)
class Top:
    """The first n (or percent, rounded up) customers by a trait; equal values go by the older customer id."""

    by: str
    n: int | None = None
    percent: float | None = None
    lowest: bool = False
    place: str = _place()


@dataclass(frozen=True, slots=True)
class Rank:
    """Percentile of a trait, 0 (lowest) to 100 (highest), among customers who have it; equal values rank equal."""

    by: str
    tests: tuple[Test, ...]
    place: str = _place()


@dataclass(frozen=True, slots=True)
class Split:
    """A persistent share of everyone, [low, high) of 0..1, by a keyed hash of the name and the customer."""

    name: str
    low: float
    high: float
    place: str = _place()


@dataclass(frozen=True, slots=True)
class Consent:
    """Some endpoint's latest word for purpose and channel is one of `states`; unknown: there is no word at all."""

    channel: str
    purpose: str
    states: tuple[str, ...]
    place: str = _place()


@dataclass(frozen=True, slots=True)
class Reachable:
    """Has an identifier of the channel's kind that is not blocked."""

    channel: str
    place: str = _place()


@dataclass(frozen=True, slots=True)
class Day:
    """A yearly day: `trait` birthday (MM-DD text) or the anniversary of a date trait, inside the window.

    window: within_next or within (days, today included) or during (a calendar phrase)
    """

    trait: str
    window: Window
    birthday: bool
    place: str = _place()


Node = (
    All | AnyOf | Not | Trait | Field | Did | Sequence | In | Waterfall | Top | Rank | Split | Consent | Reachable | Day
)


def children(node: Node) -> tuple[Node, ...]:
    """The parts a node combines; none for a leaf."""
    match node:
        case All(parts) | AnyOf(parts):
            return parts
        case Not(part):
            return (part,)
        case _:
            return ()
