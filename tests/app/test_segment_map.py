"""The map against plain sets of customers: intersections, containment, movement, RFM, sizes over time."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.app import Workspace, segment_map
from dangol.app.segment_map import INSIDE, tree
from dangol.app.together import BITS, Together
from dangol.schema import DefinitionError, NotFoundError


def _sets(ws: Workspace) -> dict[str, set[int]]:
    rows = ws.sql("SELECT segment, customer_id FROM memberships WHERE left_at IS NULL")
    found: dict[str, set[int]] = {r["segment"]: set() for r in ws.segments()}
    for r in rows:
        found[r["segment"]].add(r["customer_id"])
    return found


def _worth(ws: Workspace) -> dict[int, Any]:
    return {r["customer_id"]: r["revenue"] or 0 for r in ws.sql("SELECT customer_id, revenue FROM customers")}


@pytest.fixture(scope="module")
def shaped(seen: Workspace) -> Workspace:
    for name, where in (
        ("once", {"trait": "orders", "at_least": 1}),
        ("twice", {"trait": "orders", "at_least": 2}),
        ("often", {"trait": "orders", "at_least": 4}),
        ("late", {"trait": "lifecycle_stage", "in": ["lapsing", "lost"]}),
        ("nobody", {"trait": "orders", "at_least": 1000}),
    ):
        seen.publish(name, {"segment": name, "says": {"ko": name, "en": name}, "where": where}, seen=0)
    return seen


def test_sizes_values_and_intersections_are_those_of_sets(shaped: Workspace) -> None:
    sets, worth = _sets(shaped), _worth(shaped)
    chosen = ["once", "twice", "late", "regulars"]
    found = shaped.segment_map("en", chosen=chosen)
    assert found["everyone"] == len(worth)
    for row in found["segments"]:
        assert row["customers"] == len(sets[row["segment"]])
        assert row["value"] == sum(worth[c] for c in sets[row["segment"]])
    expected = Counter(frozenset(n for n in chosen if c in sets[n]) for c in worth)
    del expected[frozenset()]
    assert {frozenset(i["segments"]): i["customers"] for i in found["intersections"]} == dict(expected)
    for one in found["intersections"]:
        who = [c for c in worth if {n for n in chosen if c in sets[n]} == set(one["segments"])]
        assert one["value"] == sum(worth[c] for c in who)
    shared = {(p["a"], p["b"]): p["shared"] for p in found["pairs"]}
    for a, b in combinations(sorted(chosen), 2):
        assert shared.get((a, b), 0) == len(sets[a] & sets[b])


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.sets(st.integers(0, 129)), st.integers(-(10**17), 10**17)), max_size=80))
def test_bits_tell_what_sets_tell_in_more_segments_than_a_word_holds(people: list[tuple[set[int], int]]) -> None:
    names = tuple(f"s{i}" for i in range(130))
    masks = [[sum(1 << i % BITS for i in inside if i // BITS == word) for inside, _ in people] for word in range(3)]
    worth = np.array([w for _, w in people], np.int64)
    together = Together(names, np.array(masks, np.int64).reshape(3, len(people)), worth, exact=True)
    sizes, pairs = together.figures()
    for i in (0, 61, 62, 123, 124, 129):
        inside = [w for s, w in people if i in s]
        assert sizes[f"s{i}"] == {"customers": len(inside), "value": Decimal(sum(inside)) / 10_000}
        for j in (1, 61, 63, 128):
            both = sum(1 for s, _ in people if {i, j} <= s)
            assert i == j or pairs.get((min(names[i], names[j]), max(names[i], names[j])), 0) == both
    found = together.intersections(["s61", "s62", "s129"])
    expected = Counter(frozenset({61, 62, 129} & s) for s, _ in people)
    assert {frozenset(int(n[1:]) for n in row["segments"]): row["customers"] for row in found} == {
        which: n for which, n in expected.items() if which
    }


def test_what_took_seconds_is_kept_until_somebody_changes_something(
    shaped: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked = []
    real = segment_map._sizes_at
    monkeypatch.setattr(segment_map, "_sizes_at", lambda *asked: worked.append(1) or real(*asked))
    first = shaped.segment_past("often", months=2)
    assert shaped.segment_past("often", months=2) == first
    assert len(worked) == 1
    assert all(row["as_of"] is not None for row in first)
    shaped.store.audit.write("test", "import.done", "import/0", now=shaped.real_now())
    assert [r["customers"] for r in shaped.segment_past("often", months=2)] == [r["customers"] for r in first]
    assert len(worked) == 2
    monkeypatch.setattr(segment_map, "KEPT_PAST", dt.timedelta(microseconds=-1))  # too old
    shaped.segment_past("often", months=2)
    assert len(worked) == 3


def test_the_tree_puts_each_inside_the_smallest_that_holds_it(shaped: Workspace) -> None:
    found = {r["segment"]: r["parent"] for r in shaped.segment_map("en")["tree"]}
    assert found["twice"] == "once" or found["twice"] in found
    assert found["nobody"] is None
    sets = _sets(shaped)
    for name, parent in found.items():
        if parent is not None:
            assert len(sets[name] & sets[parent]) >= INSIDE * len(sets[name])


@given(st.lists(st.sets(st.integers(0, 12), max_size=12), min_size=1, max_size=7))
def test_a_tree_has_no_circles_and_hides_nobody(drawn: list[set[int]]) -> None:
    """Equal sets among them: of two that are the same one stands inside the other, never both."""
    sets = {f"s{i}": s for i, s in enumerate(drawn)}
    pairs = {(a, b): len(sets[a] & sets[b]) for a, b in combinations(sorted(sets), 2) if sets[a] & sets[b]}
    found = {r["segment"]: r["parent"] for r in tree({n: len(s) for n, s in sets.items()}, pairs)}
    assert set(found) == set(sets)
    for name in found:
        path, at = [name], found[name]
        while at is not None:
            assert at not in path
            path.append(at)
            at = found[at]
    for name, parent in found.items():
        holding = [n for n in sets if n != name and sets[name] and sets[name] <= sets[n]]
        if parent is None:
            assert all((len(sets[n]), n) < (len(sets[name]), name) for n in holding)
        else:
            assert len(sets[parent]) == min(
                len(sets[n]) for n in holding if (len(sets[n]), n) > (len(sets[name]), name)
            )


def test_movement_is_between_members_then_and_now(shaped: Workspace) -> None:
    """By hand: members as of both dates, each customer in the first segment it stands in."""
    chosen, since, until = ["often", "late", "once"], "2026-08-01", "2026-11-01"
    found = shaped.segment_flows(chosen=chosen, since=since, until=until, lang="en")
    when = {}
    for day in (since, until):
        sets = {n: {r["customer_id"] for r in shaped.members(n, as_of=day)} for n in chosen}
        when[day] = {c: next(n for n in chosen if c in sets[n]) for c in set().union(*sets.values())}
    everyone = set(when[since]) | set(when[until])
    expected = Counter((when[since].get(c, ""), when[until].get(c, "")) for c in everyone)
    assert {(f["from"], f["to"]): f["customers"] for f in found["flows"]} == dict(expected)
    assert found["computed"] == sorted(chosen)
    assert len(expected) > 1


def test_movement_to_today_reads_the_log(shaped: Workspace) -> None:
    found = shaped.segment_flows(chosen=["often"], since="2026-11-24", lang="en")
    assert sum(f["customers"] for f in found["flows"] if f["to"] == "often") == len(_sets(shaped)["often"])


@pytest.mark.parametrize("asked", [{"chosen": [], "since": "2026-01-01"}, {"chosen": ["once"], "since": "soon"}])
def test_movement_needs_segments_and_dates(shaped: Workspace, asked: dict[str, Any]) -> None:
    with pytest.raises(DefinitionError):
        shaped.segment_flows(**asked)


def test_an_unknown_segment_is_said(shaped: Workspace) -> None:
    with pytest.raises(NotFoundError):
        shaped.segment_map("en", chosen=["onc"])
    with pytest.raises(DefinitionError):
        shaped.segment_map("en", chosen=["once"] * 13)


def test_rfm_cells_are_counted_by_hand(shaped: Workspace) -> None:
    rows = shaped.sql("SELECT rfm_recency AS r, rfm_frequency AS f, revenue FROM customers")
    counted, worth = Counter[tuple[int, int]](), Counter[tuple[int, int]]()
    for row in rows:
        if row["r"] is not None and row["f"] is not None:
            counted[row["r"], row["f"]] += 1
            worth[row["r"], row["f"]] += row["revenue"] or 0
    found = shaped.rfm()
    assert {(c["recency"], c["frequency"]): c["customers"] for c in found["cells"]} == dict(counted)
    assert {(c["recency"], c["frequency"]): c["value"] for c in found["cells"]} == dict(worth)
    assert found["rated"] == sum(counted.values())


def test_sizes_over_time_come_from_the_log(shaped: Workspace) -> None:
    found = shaped.segment_trend("often", days=30)
    assert found["days"][-1]["customers"] == len(_sets(shaped)["often"])
    for before, after in zip(found["days"], found["days"][1:], strict=False):
        assert after["customers"] == before["customers"] + after["entered"] - after["left"]


def test_past_sizes_are_those_of_members_as_of_the_month_s_end(shaped: Workspace) -> None:
    for row in shaped.segment_past("often", months=4):
        assert row["customers"] == len(shaped.members("often", as_of=row["day"].isoformat()))
        assert (row["day"] + dt.timedelta(days=1)).day == 1
