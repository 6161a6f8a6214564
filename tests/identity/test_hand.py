"""By hand: merge, take apart, block, take back; and that taking back restores the earlier answer to the last value."""

from __future__ import annotations

from typing import Any

import pytest

from dangol.identity import Policy, block, explain, follow, merge, rebuild, unblock, unmerge
from dangol.schema import NotFoundError, RefusedError
from tests.identity.shop import NOW, Shop, groups, node, nodes

WHO: dict[str, Any] = {"actor": "tester", "now": NOW}


def test_a_merge_outranks_uniqueness_and_its_taking_back_restores_everything() -> None:
    shop = Shop()
    shop.take(["u1", "e1"], ["u2", "p2"], ["e9"])
    before, ids = shop.state(), shop.customers()
    said = merge(shop.engine, ids["u1"], ids["u2"], **WHO)
    assert shop.groups() == groups("u1 e1 u2 p2", "e9")
    assert (said.merges, said.entry) == (1, 1)
    assert follow(shop.engine, ids["u2"]) == min(ids["u1"], ids["u2"])
    back = unmerge(shop.engine, entry=said.entry, **WHO)
    assert back.splits == 1
    assert shop.state() == before
    assert [r["action"] for r in shop.log()] == ["link", "link", "merge", "revoke"]


def test_a_merge_taken_apart_by_name_restores_the_customers_too() -> None:
    shop = Shop()
    shop.take(["u1", "e1"], ["u2", "p2"])
    before, ids = shop.state(), shop.customers()
    merge(shop.engine, ids["u1"], ids["u2"], **WHO)
    unmerge(shop.engine, ids["u1"], nodes=nodes(["u2", "p2"]), **WHO)
    assert shop.state() == before


def test_taking_an_identifier_out_gives_it_a_customer_of_its_own() -> None:
    shop = Shop()
    shop.take(["u1", "e1", "p1"])
    said = unmerge(shop.engine, 1, nodes=[node("p1")], **WHO)
    assert shop.groups() == groups("u1 e1", "p1")
    assert said.new_customers == 1
    assert said.moved.select(["node", "old_id", "new_id"]).to_pylist() == [
        {"node": node("p1"), "old_id": 1, "new_id": 2}
    ]
    shop.take(["u1", "p1"])  # the same evidence again does not outrank what a person said
    assert shop.groups() == groups("u1 e1", "p1")


def test_what_was_cut_does_not_come_back_over_a_third() -> None:
    shop = Shop()
    shop.take(["u1", "e1", "p1"])
    unmerge(shop.engine, 1, nodes=[node("p1")], **WHO)
    shop.take(["p1", "p2"], ["p2", "p3"], ["p3", "e1"])
    assert shop.groups() == groups("u1 e1 p3", "p1 p2")
    assert {why for why, _ in shop.conflicts().values()} == {"cut_between"}


def test_a_later_merge_outranks_a_cut_and_its_taking_back_brings_the_cut_back() -> None:
    shop = Shop()
    shop.take(["u1", "e1", "p1"])
    unmerge(shop.engine, 1, nodes=[node("p1")], **WHO)
    apart, ids = shop.state(), shop.customers()
    said = merge(shop.engine, ids["p1"], ids["u1"], **WHO)
    assert shop.groups() == groups("u1 e1 p1")
    unmerge(shop.engine, entry=said.entry, **WHO)
    assert shop.state() == apart


def test_taking_a_cut_back() -> None:
    shop = Shop()
    shop.take(["u1", "e1", "p1"])
    together = shop.groups()
    said = unmerge(shop.engine, 1, nodes=nodes(["p1", "e1"]), **WHO)
    assert shop.groups() == groups("u1", "e1 p1")
    unmerge(shop.engine, entry=said.entry, **WHO)
    assert shop.groups() == together
    assert set(shop.customers().values()) == {1}


def test_evidence_that_comes_between_merge_and_unmerge_counts() -> None:
    shop = Shop()
    shop.take(["u1"], ["u2"])
    said = merge(shop.engine, 1, 2, **WHO)
    shop.take(["u1", "e1"], ["u2", "p2"])
    assert shop.groups() == groups("u1 u2 e1 p2")
    unmerge(shop.engine, entry=said.entry, **WHO)
    assert shop.groups() == groups("u1 e1", "u2 p2")


def test_a_preview_says_the_same_and_writes_nothing() -> None:
    shop = Shop()
    shop.take(["u1", "e1", "p1"], ["u2", "p2"])
    before, log, ids = shop.state(), shop.log(), shop.customers()
    asked = [
        lambda **p: merge(shop.engine, ids["u1"], ids["u2"], **WHO, **p),
        lambda **p: unmerge(shop.engine, ids["u1"], nodes=[node("p1")], **WHO, **p),
        lambda **p: block(shop.engine, node("e1"), **WHO, **p),
        lambda **p: unblock(shop.engine, node("e1"), **WHO, **p),
    ]
    for ask in asked:
        foreseen = ask(preview=True)
        assert (shop.state(), shop.log()) == (before, log)
        done = ask()
        assert sorted(foreseen.moved.to_pylist(), key=str) == sorted(done.moved.to_pylist(), key=str)
        assert foreseen.touched == done.touched
        assert (foreseen.new_customers, foreseen.merges, foreseen.conflicts) == (
            done.new_customers,
            done.merges,
            done.conflicts,
        )
        before, log = shop.state(), shop.log()


def test_blocking_and_unblocking_restore_the_answer() -> None:
    shop = Shop()
    shop.take(["u1", "p1"], ["u2", "p1"], ["p1", "e1"])
    before = shop.state()
    said = block(shop.engine, node("p1"), **WHO)
    assert shop.groups() == groups("u1", "u2", "e1")
    assert shop.conflicts() == {}
    assert said.conflicts == 0
    unblock(shop.engine, node("p1"), **WHO)
    after = shop.state()
    assert shop.groups() == groups("u1", "u2", "p1 e1")
    assert after["conflicts"] == before["conflicts"]
    assert [r["customer_id"] for r in after["identifiers"]] == [r["customer_id"] for r in before["identifiers"]]


def test_a_person_outranks_junk_and_crowds() -> None:
    shop = Shop(Policy(max_partners=2), junk={"e0": "junk"})
    shop.take(["u1", "e0"])
    unblock(shop.engine, node("e0"), **WHO)
    assert shop.groups() == groups("u1 e0")
    shop.take(["u1", "e0"], ["u2", "e0"], ["u3", "e0"])
    assert shop.customers()["e0"] is not None
    assert shop.groups() == groups("u1", "u2", "u3", "e0")


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda e: merge(e, 1, 1, **WHO), RefusedError, "one already"),
        (lambda e: merge(e, 1, 77, **WHO), NotFoundError, "no customer C77"),
        (lambda e: unmerge(e, **WHO), RefusedError, "neither"),
        (lambda e: unmerge(e, 1, nodes=nodes(["u1", "e1"]), **WHO), RefusedError, "all identifiers or none"),
        (lambda e: unmerge(e, 1, **WHO), RefusedError, "all identifiers or none"),
        (lambda e: unmerge(e, 1, nodes=[node("u2")], **WHO), NotFoundError, "not customer C1's"),
        (lambda e: unmerge(e, entry=5, **WHO), NotFoundError, "number 5"),
        (lambda e: block(e, 5, **WHO), NotFoundError, "no such identifier"),
        (lambda e: explain(e, 9), NotFoundError, "no customer C9"),
    ],
)
def test_what_cannot_be_done_says_so_and_changes_nothing(ask: Any, error: type[Exception], words: str) -> None:
    shop = Shop()
    shop.take(["u1", "e1"], ["u2"])
    before, log = shop.state(), shop.log()
    with pytest.raises(error, match=words):
        ask(shop.engine)
    assert (shop.state(), shop.log()) == (before, log)


def test_an_action_is_taken_back_once() -> None:
    shop = Shop()
    shop.take(["u1"], ["u2"])
    said = merge(shop.engine, 1, 2, **WHO)
    unmerge(shop.engine, entry=said.entry, **WHO)
    with pytest.raises(RefusedError, match="already"):
        unmerge(shop.engine, entry=said.entry, **WHO)


def test_a_rebuild_after_all_of_that_changes_nothing() -> None:
    shop = Shop(Policy(max_partners=3), junk={"e0": "junk"})
    shop.take(["u1", "p1", "e0"], ["u2", "p1"], ["u3", "e3"], ["e0", "u3"], *[[f"u{i}", "d1"] for i in range(10, 15)])
    ids = shop.customers()
    merge(shop.engine, ids["u1"], ids["u3"], **WHO)
    unmerge(shop.engine, ids["u3"], nodes=[node("e3")], **WHO)
    block(shop.engine, node("e3"), **WHO)
    unblock(shop.engine, node("e0"), **WHO)
    before, log = shop.state(), shop.log()
    said = rebuild(shop.engine, now=NOW, policy=shop.policy)
    assert shop.state() == before
    assert shop.log() == log
    assert (said.moved.num_rows, said.new_customers) == (0, 0)


def test_a_merge_keeps_what_a_person_has_only_one_of_on_both_sides() -> None:
    """Two households are one by a person's word; neither is driven out, and taking it back gives the earlier ids."""
    lived = Shop()
    lived.take(["h0", "e1"], ["u1", "h1"])
    before = lived.state()
    said = merge(lived.engine, 2, 1, actor="tester", now=NOW)
    assert set(lived.customers().values()) == {1}
    unmerge(lived.engine, entry=said.entry, actor="tester", now=NOW)
    assert lived.state() == before
