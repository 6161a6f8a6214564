"""What the questions mean, read event by event in plain Python: the second opinion."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from tests.insights.world import SEOUL, Event

Match = Callable[[Event], bool]


def by_customer(events: Sequence[Event]) -> dict[int, list[Event]]:
    found: dict[int, list[Event]] = defaultdict(list)
    for event in sorted(events):
        if event.customer:
            found[event.customer].append(event)
    return found


# -- funnel ------------------------------------------------------------------------------------------------------------
def furthest(
    rows: Sequence[Event],
    steps: Sequence[Match],
    window: dt.timedelta,
    order: str,
    start: dt.datetime,
    end: dt.datetime,
) -> int:
    """The furthest step of any attempt, by trying every attempt there is."""
    best = 0
    for first in range(len(rows)):
        if not start <= rows[first].at < end:
            continue
        late = rows[first].at + window
        near = [e for e in rows[first:] if e.at <= late]
        if order == "any":
            if any(s(rows[first]) for s in steps):
                best = max(best, sum(any(s(e) for e in near) for s in steps))
        elif steps[0](rows[first]):
            best = max(best, _strict(near, steps) if order == "strict" else _chain(near, steps))
    return best


def _strict(near: Sequence[Event], steps: Sequence[Match]) -> int:
    n = 0
    for event, step in zip(near, steps, strict=False):
        if not step(event):
            break
        n += 1
    return n


def _chain(near: Sequence[Event], steps: Sequence[Match]) -> int:
    """The longest chain beginning with near[0], each step at a later row; taking the earliest is as good as any."""
    n, place = 1, 1
    while n < len(steps):
        found = next((i for i in range(place, len(near)) if steps[n](near[i])), None)
        if found is None:
            break
        n, place = n + 1, found + 1
    return n


def gaps(
    rows: Sequence[Event], steps: Sequence[Match], window: dt.timedelta, start: dt.datetime, end: dt.datetime
) -> dict[int, tuple[dt.timedelta, dt.timedelta]]:
    """Step → (since the step before, since the first) in the first attempt to get there; the attempt is the one that began
    last, each of its steps the latest before the next."""
    found = {}
    for j in range(2, len(steps) + 1):
        for last in range(len(rows)):
            if not steps[j - 1](rows[last]):
                continue
            chains = [c for c in itertools.combinations(range(last), j - 1)
                      if all(steps[i](rows[r]) for i, r in enumerate(c)) and start <= rows[c[0]].at < end]  # fmt: skip
            fit = [c for c in chains if rows[last].at - rows[c[0]].at <= window]
            if fit:
                best = max(fit, key=lambda c: tuple(reversed(c)))
                found[j] = (rows[last].at - rows[best[-1]].at, rows[last].at - rows[best[0]].at)
                break
    return found


def funnel_counts(levels: Sequence[int], k: int) -> list[int]:
    return [sum(level >= j for level in levels) for j in range(1, k + 1)]


# -- retention ---------------------------------------------------------------------------------------------------------
def bucket(at: dt.datetime, interval: str) -> dt.date:
    day = at.astimezone(SEOUL).date()
    if interval == "week":
        return day - dt.timedelta(days=day.weekday())
    return day.replace(day=1) if interval == "month" else day


def distance(a: dt.date, b: dt.date, interval: str) -> int:
    if interval == "month":
        return (b.year - a.year) * 12 + b.month - a.month
    return (b - a).days // (7 if interval == "week" else 1)


def retention(
    events: Sequence[Event],
    begin: Match,
    back: Match,
    interval: str,
    *,
    first: bool,
    start: dt.datetime,
    end: dt.datetime,
) -> dict[dt.date, tuple[int, Counter[int], Counter[int]]]:
    """Cohort → size, customers who came back exactly n later, and who came back n or more later."""
    found: dict[dt.date, tuple[int, Counter[int], Counter[int]]] = {}
    for rows in by_customer(events).values():
        begun: dict[dt.date, int] = {}
        for i, event in enumerate(rows):
            if begin(event):
                if first and begun:
                    break
                if not first and not start <= event.at < end:
                    continue
                begun.setdefault(bucket(event.at, interval), i)
        for day, i in begun.items():
            if not start <= rows[i].at < end:
                continue
            size, exact, later = found.setdefault(day, (0, Counter(), Counter()))
            ns = {distance(day, bucket(e.at, interval), interval) for e in rows[i + 1 :] if back(e)}
            exact.update(ns)
            later.update(range(max(ns) + 1) if ns else ())
            found[day] = (size + 1, exact, later)
    return found


# -- paths -------------------------------------------------------------------------------------------------------------
def journeys(rows: Sequence[Event], gap: dt.timedelta | None) -> list[list[Event]]:
    found: list[list[Event]] = []
    for event in rows:
        if found and (gap is None or event.at - found[-1][-1].at <= gap):
            found[-1].append(event)
        else:
            found.append([event])
    return found


def walked(
    journey: Sequence[Event], label: Callable[[Event], str], anchor: Match | None, depth: int, *, back: bool
) -> list[str]:
    """What is seen at positions 0 to depth; empty without an anchor."""
    seen: list[tuple[str, bool]] = []
    for event in journey:
        flag = bool(anchor and anchor(event))
        if not seen or flag or label(event) != label(journey[journey.index(event) - 1]):
            seen.append((label(event), flag))
    home = 0 if anchor is None else next((i for i, (_, flag) in enumerate(seen) if flag), None)
    if home is None:
        return []
    words = [w for w, _ in seen]
    return (words[home::-1] if back else words[home:])[: depth + 1]


def breaks(
    journeys_: Sequence[Sequence[Event]], label: Callable[[Event], str], goal: Match, over: dt.datetime
) -> dict[str, tuple[int, int, int, Decimal]]:
    """Label → journeys that passed, broke there, won later, and the worth of that."""
    found: dict[str, list[Any]] = defaultdict(lambda: [0, 0, 0, Decimal(0)])
    for journey in journeys_:
        for word in {label(e) for e in journey if not goal(e)}:
            place = next(i for i, e in enumerate(journey) if label(e) == word and not goal(e))
            later = [e for e in journey[place + 1 :] if goal(e)]
            ends = label(journey[-1]) == word and not goal(journey[-1])
            cell = found[word]
            cell[0] += 1
            cell[1] += ends and not later and journey[-1].at < over
            cell[2] += bool(later)
            cell[3] += sum((e.amount or Decimal(0) for e in later), Decimal(0))
    return {k: (v[0], int(v[1]), v[2], v[3]) for k, v in found.items()}
