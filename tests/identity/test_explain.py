"""Why is it here, what follows it, and what is left of a customer that is erased."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from dangol.engine import sql
from dangol.identity import biggest, block, conflicts, explain, follow, forget, merge, rebuild, rehome, unmerge
from dangol.schema import EVENTS, GIVEN, NotFoundError
from tests.identity.shop import NOW, START, Shop, groups, name, node, nodes, record

WHO: dict[str, Any] = {"actor": "tester", "now": NOW}


def test_every_identifier_says_why_it_is_here() -> None:
    shop = Shop()
    shop.take(record("a1", day=1), record("a1", "u1", day=2), record("u1", "e1", day=3), record("u9", day=0))
    ids = shop.customers()
    said = merge(shop.engine, ids["u1"], ids["u9"], why="same person, by phone", **WHO)
    found = {name(e.node): e for e in explain(shop.engine, ids["u1"])}
    assert next(iter(found)) == "u9"
    assert found["u9"].oldest
    assert found["u9"].chain == ()
    chain = [(name(s.node), name(s.to), s.rule) for s in found["e1"].chain]
    assert chain == [("e1", "u1", "same_record"), ("u1", "u9", "by_hand")]
    step = found["e1"].chain[1]
    assert (step.entry, step.actor, step.fact) == (said.entry, "tester", "same person, by phone")
    assert found["a1"].chain[0].fact == "a1-u1"
    assert found["e1"].value is None
    assert found["u1"].value == "u1"


def test_the_chain_never_runs_over_a_cut() -> None:
    shop = Shop()
    shop.take(["u1", "e1", "p1"])
    unmerge(shop.engine, 1, nodes=[node("p1")], **WHO)
    for customer in set(shop.customers().values()):
        for evidence in explain(shop.engine, int(customer or 0)):
            assert all({name(s.node), name(s.to)} == {"u1", "e1"} for s in evidence.chain)


def test_old_ids_lead_on_and_lists_list() -> None:
    shop = Shop()
    shop.take(["e1"], ["p1"], ["u2"], ["u3"])
    shop.take(["e1", "p1"], ["u2", "e2"], ["u3", "e2"])
    assert follow(shop.engine, max(shop.customers()["p1"] or 0, 2)) in set(shop.customers().values())
    top = biggest(shop.engine, 1).table.to_pylist()[0]
    assert top["identifiers"] == 2
    assert [name(r["node"]) for r in conflicts(shop.engine)] == ["e2"]
    block(shop.engine, node("u3"), **WHO)
    with pytest.raises(NotFoundError):
        follow(shop.engine, 99)


def fact(number: int, who: str, customer: int | None) -> dict[str, Any]:
    return {"event_id": number, "node": node(who), "customer_id": customer, "at": START, "name": "Product Viewed"}


def test_facts_follow_their_identifier_and_come_back() -> None:
    shop = Shop()
    shop.engine.ensure([EVENTS, GIVEN])
    shop.take(["u1", "e1"], ["p1"])
    ids = shop.customers()
    facts = [fact(1, "u1", ids["u1"]), fact(2, "p1", ids["p1"]), fact(3, "p1", ids["p1"]), fact(4, "e1", ids["e1"])]
    shop.engine.append("events", pa.Table.from_pylist(facts))
    shop.engine.append("given", pa.table({"node": [node("p1")], "customer_id": [ids["p1"]], "trait": ["gender"]}))
    before = sorted(shop.rows("events", "event_id"), key=str)
    said = merge(shop.engine, ids["u1"], ids["p1"], **WHO)
    assert {table: rows for table, rows in rehome(shop.engine, said.moved).items() if rows} == {"events": 2, "given": 1}
    assert {r["customer_id"] for r in shop.rows("events", "event_id")} == {1}
    back = unmerge(shop.engine, entry=said.entry, **WHO)
    assert rehome(shop.engine, back.moved)["events"] == 2
    assert sorted(shop.rows("events", "event_id"), key=str) == before
    gone = block(shop.engine, node("p1"), **WHO)
    rehome(shop.engine, gone.moved)
    assert [r["customer_id"] for r in shop.rows("events", "event_id")] == [1, None, None, 1]


def test_nothing_of_an_erased_customer_is_left_and_its_id_is_not_given_again() -> None:
    shop = Shop(junk={"e0": "junk"})
    shop.take(["u1", "e1"], ["u2", "p1"], ["u3", "p1", "e0"])
    ids = shop.customers()
    erased = max(ids[u] or 0 for u in ("u1", "u2", "u3"))
    who = next(u for u in ("u1", "u2", "u3") if ids[u] == erased)
    assert ids["p1"] != erased
    gone = forget(shop.engine, erased, **WHO)
    mine = set(gone.nodes)
    assert node(who) in mine
    assert not mine & {r["node"] for r in shop.rows("identifiers", "node")}
    assert not mine & {r[end] for r in shop.log() for end in ("a", "b")}
    state = shop.state()
    assert rebuild(shop.engine, now=NOW).moved.num_rows == 0
    assert shop.state() == state
    shop.take(["e7"])
    assert (shop.customers()["e7"] or 0) > max(i for i in ids.values() if i)
    with pytest.raises(NotFoundError):
        follow(shop.engine, erased)


def test_erasing_one_claimant_settles_what_was_contested() -> None:
    shop = Shop(junk={"e0": "junk"})
    shop.take(["u1", "p1"], ["u2", "p1"], ["u2", "e0"])
    gone = forget(shop.engine, shop.customers()["u2"] or 0, **WHO)
    assert set(gone.nodes) == set(nodes(["u2", "e0"]))
    assert shop.groups() == groups("u1 p1")
    assert gone.resolution.merges == 1
    assert shop.conflicts() == {}
    entry = shop.engine.run(sql("SELECT a, b, fact FROM identity_log WHERE action = 'erase'")).to_pylist()
    assert entry[0]["a"] is None
    assert entry[0]["b"] is None
