"""Parts of recordings, on each database: once each, added up, forgotten by whose they are and by age."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangol.store import ReplayPart, Store
from tests.budget import examples

SECOND = dt.timedelta(seconds=1)
FAR = 2**62


def part(now: dt.datetime, session: int = FAR, recording: int = FAR + 1, number: int = 0, **more: Any) -> ReplayPart:
    at = now + number * SECOND
    said: dict[str, Any] = {
        "source": "site",
        "node": FAR + 2,
        "page": recording,
        "first_at": at,
        "last_at": at + SECOND,
        "events": 3,
        "size": 100,
        "sealed": b"x" * 40,
        "at": now,
    }
    return ReplayPart(session, recording, number, **{**said, **more})


def test_parts_add_up_to_sessions(store: Store, now: dt.datetime) -> None:
    parts = [part(now, number=n) for n in (0, 1, 3)]
    assert store.replays.add([*parts, parts[0]]) == 3
    assert store.replays.add(parts) == 0
    later = part(now + 60 * SECOND, recording=5, node=None, page=9)
    assert store.replays.add([later, part(now - SECOND, session=7, node=8)]) == 2
    first, second = store.replays.sessions()
    assert (first.session, second.session) == (FAR, 7), "the newest first"
    assert (first.pages, first.parts, first.missing, first.events) == (2, 4, 1, 12)
    assert (first.size, first.kept, first.node, first.source) == (400, 160, FAR + 2, "site")
    assert (first.started_at, first.ended_at) == (now, now + 61 * SECOND)
    assert store.replays.kept([FAR, 7, 11]) == {FAR: 160, 7: 40}
    assert [r.session for r in store.replays.sessions(nodes=[8])] == [7]
    assert [r.session for r in store.replays.sessions(limit=1)] == [FAR]
    assert store.replays.sessions(nodes=[]) == []
    assert store.replays.sessions(nodes=[FAR + 2]) == [first], "measured whole, whoever a part names"
    assert store.replays.sessions(since=now + 30 * SECOND) == [first], "from its beginning"
    assert store.replays.sessions(until=now) == [second]
    assert store.replays.sessions(since=now + 30 * SECOND, nodes=[8]) == []
    assert store.replays.parts(FAR) == [*parts, later]


def test_they_go_with_their_node_and_with_time(store: Store, now: dt.datetime) -> None:
    store.replays.add([part(now, session=s, node=n) for s, n in ((1, 10), (2, 10), (3, 11), (4, None))])
    assert store.replays.forget([10, 12]) == 2
    assert store.replays.forget([]) == 0
    assert [r.session for r in store.replays.sessions()] == [3, 4]
    assert store.prune(now + dt.timedelta(days=29))["replays"] == 0
    assert store.replays.forget_older(now) == 0
    assert store.prune(now + dt.timedelta(days=31))["replays"] == 2


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(0, 4)), max_size=20), st.integers())
def test_the_order_they_come_in_and_how_often_changes_nothing(
    sqlite: Store, now: dt.datetime, said: list[tuple[int, int, int]], seed: int
) -> None:
    parts = [part(now, *key) for key in said]
    sqlite.replays.forget([FAR + 2])
    sqlite.replays.add(parts)
    before = sqlite.replays.sessions()
    shuffled = [*parts, *parts]
    random.Random(seed).shuffle(shuffled)
    sqlite.replays.forget([FAR + 2])
    for start in range(0, len(shuffled), 3):
        sqlite.replays.add(shuffled[start : start + 3])
    assert sqlite.replays.sessions() == before
    assert sum(r.parts for r in before) == len(set(said))
