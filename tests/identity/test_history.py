"""The answer does not depend on the order of evidence or on how it is cut into batches, and replaying gives it again."""

from __future__ import annotations

from itertools import pairwise, permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangol.engine import sql
from dangol.identity import Policy, follow, merge, rebuild, slices, unmerge, withdraw
from tests.identity.shop import NOW, Record, Shop

NAMES = [f"{kind}{i}" for kind in "uhepad" for i in range(3)] + ["e9"]
JUNK = {"e9": "junk"}
State = dict[str, list[dict[str, Any]]]
few = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])

records = st.builds(
    Record,
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True).map(tuple),
    st.integers(0, 30),
)
histories = st.lists(records, min_size=1, max_size=9)


def shop(policy: str = "nobody") -> Shop:
    return Shop(Policy(max_partners=2, shared_device=policy), junk=JUNK)  # type: ignore[arg-type]


def answer(shop: Shop) -> tuple[Any, ...]:
    """What must not depend on order: who is with whom, who is blocked, what is refused and why."""
    conflicts = {
        (r["node"], r["reason"], frozenset(owners(shop, r["customers"])))
        for r in shop.rows("identity_conflicts", "node")
    }
    blocked = {(r["node"], r["blocked"]) for r in shop.rows("identifiers", "node") if r["blocked"]}
    seen = {(r["node"], r["first_seen"], r["last_seen"]) for r in shop.rows("identifiers", "node")}
    return shop.groups(), conflicts, blocked, seen


def owners(shop: Shop, ids: list[str]) -> list[frozenset[str]]:
    return [frozenset(n for n, c in shop.customers().items() if str(c) == i) for i in ids]


@few
@given(histories, st.booleans())
def test_large_batches_in_slices_give_the_same_rows(history: list[Record], repeats: bool) -> None:
    """Whatever the slices: with every identifier and pair once (read in place) or with repeats (grouped slice by slice)."""
    once = history if repeats else [Record(r.names[-2:], r.day) for r in history[:1]]
    plain, sliced, grown = shop(), shop(), shop()
    plain.take(*once)
    plain.take(*history)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(slices, "ROWS", 2)
        patched.setattr(slices, "SPACE", 100)
        sliced.take(*once)
        sliced.take(*history)
        grown.take(*once)
    grown.take(*history)
    assert plain.state() == sliced.state() == grown.state()
    assert plain.log() == sliced.log() == grown.log()


def test_slices_hold_every_node_once() -> None:
    every = slices.slices(5 * slices.ROWS + 1)
    assert len(every) == 6
    assert every[0].low is None
    assert every[-1].high is None
    assert all(left.high == right.low for left, right in pairwise(every))
    assert slices.slices(0) == slices.slices(slices.ROWS) == [slices.Slice(None, None)]


@few
@given(st.lists(histories, min_size=2, max_size=4), st.integers(0, 3), st.sampled_from(["nobody", "first", "last"]))
def test_an_import_that_is_taken_back_was_never_there(batches: list[list[Record]], which: int, policy: str) -> None:
    gone, whole, rest = which % len(batches), shop(policy), shop(policy)
    for place, batch in enumerate(batches):
        whole.take(*batch)
        if place != gone:
            rest.take(*batch)
    before = whole.log()
    found = withdraw(whole.engine, gone + 1, actor="tester", now=NOW, policy=whole.policy)
    assert answer(whole) == answer(rest)
    assert whole.log()[: len(before)] == before, "the log only grows"
    assert set(found.resolution.moved["old_id"].to_pylist()) - {None} <= set(found.resolution.touched.to_pylist())
    stood = whole.state()
    assert not rebuild(whole.engine, now=NOW, policy=whole.policy).moved.num_rows
    assert whole.state() == stood
    again = withdraw(whole.engine, gone + 1, actor="tester", now=NOW, policy=whole.policy)
    assert (again.identifiers, again.resolution.moved.num_rows) == (0, 0)
    whole.batches = rest.batches = 10
    for one in (whole, rest):
        one.take(*batches[gone])
    assert answer(whole) == answer(rest)


@pytest.mark.slow
@few
@given(histories, st.data())
def test_any_order_and_any_batching_give_the_same_answer(history: list[Record], data: st.DataObject) -> None:
    whole = shop()
    whole.take(*history)
    parts = shop()
    order = data.draw(st.permutations(history))
    cut = data.draw(st.integers(0, len(order)))
    parts.take(*order[:cut])
    for fact in order[cut : cut + 3]:
        parts.take(fact)
    parts.take(*order[cut + 3 :])
    assert answer(parts) == answer(whole)


@pytest.mark.slow
@few
@given(histories, st.data(), st.sampled_from(["first", "last"]))
def test_by_time_too(history: list[Record], data: st.DataObject, policy: str) -> None:
    whole = shop(policy)
    whole.take(*history)
    parts = shop(policy)
    order = data.draw(st.permutations(history))
    for start in range(0, len(order), 3):
        parts.take(*order[start : start + 3])
    assert answer(parts) == answer(whole)


@pytest.mark.slow
@few
@given(histories, st.data())
def test_within_a_batch_not_even_the_ids_depend_on_order(history: list[Record], data: st.DataObject) -> None:
    one, other = shop(), shop()
    one.take(*history)
    other.take(*data.draw(st.permutations(history)))
    assert [(r["node"], r["customer_id"], r["born_as"]) for r in one.rows("identifiers", "node")] == [
        (r["node"], r["customer_id"], r["born_as"]) for r in other.rows("identifiers", "node")
    ]


@pytest.mark.slow
@few
@given(histories, histories, st.integers(0, 5))
def test_rebuilding_changes_nothing_and_replaying_gives_the_same_ids(
    first: list[Record], second: list[Record], pick: int
) -> None:
    lived = shop()
    lived.take(*first)
    ids = sorted({c for c in lived.customers().values() if c is not None})
    if len(ids) > 1:
        merge(lived.engine, ids[pick % len(ids)], ids[(pick + 1) % len(ids)], actor="tester", now=NOW)
    lived.take(*second)
    state = lived.state()
    said = rebuild(lived.engine, now=NOW, policy=lived.policy)
    assert said.moved.num_rows == 0
    assert lived.state() == state
    again = shop()
    again.take(*first)
    if len(ids) > 1:
        merge(again.engine, ids[pick % len(ids)], ids[(pick + 1) % len(ids)], actor="tester", now=NOW)
    again.take(*second)
    assert again.state() == state


@pytest.mark.slow
@few
@given(histories, histories, st.integers(0, 5))
def test_merge_and_taking_it_back_restore_the_earlier_answer_to_the_last_value(
    history: list[Record], later: list[Record], pick: int
) -> None:
    lived = shop()
    lived.take(*history)
    ids = sorted({c for c in lived.customers().values() if c is not None})
    if len(ids) < 2:
        return
    before = lived.state()
    said = merge(lived.engine, ids[pick % len(ids)], ids[(pick + 1) % len(ids)], actor="tester", now=NOW)
    unmerge(lived.engine, entry=said.entry, actor="tester", now=NOW)
    after = lived.state()
    assert known_by_then(after, before) == before
    for row in after["identifiers"]:  # an id that the merge itself gave out (to what it drove out) leads home
        if row["born_as"] is not None and row["customer_id"] is not None:
            assert follow(lived.engine, row["born_as"]) == row["customer_id"]
    lived.take(*later)
    plain = shop()
    plain.take(*history)
    plain.take(*later)
    assert lived.groups() == plain.groups()


def known_by_then(state: State, before: State) -> State:
    """A state without the ids that were given out after `before`. They are never given out again, so their traces stay."""
    highest = max((r["born_as"] or 0 for r in before["identifiers"]), default=0)
    return {
        "identifiers": [
            {**r, "born_as": None if (r["born_as"] or 0) > highest else r["born_as"]} for r in state["identifiers"]
        ],
        "redirects": [r for r in state["redirects"] if r["old_id"] <= highest],
        "conflicts": state["conflicts"],
    }


def test_a_rebuild_mends_a_state_that_was_damaged() -> None:
    lived = shop()
    lived.take(Record(("u1", "e1"), 1), Record(("u2", "e1"), 2), Record(("u2", "p1"), 2))
    state = lived.state()
    lived.engine.update("identifiers", {"customer_id": sql("77")}, sql("kind = 'phone'"))
    lived.engine.delete("redirects", sql("old_id > 0"))
    lived.engine.delete("identity_conflicts", sql("node > 0"))
    said = rebuild(lived.engine, now=NOW, policy=lived.policy)
    assert said.moved.num_rows == 1
    assert lived.state() == state


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_triangle_of_conflicts_in_any_order(order: tuple[int, ...]) -> None:
    facts = [Record(("u1", "p1"), 1), Record(("u2", "p1"), 2), Record(("p1", "e1"), 3)]
    whole, parts = shop(), shop()
    whole.take(*facts)
    for place in order:
        parts.take(facts[place])
    assert answer(parts) == answer(whole)
