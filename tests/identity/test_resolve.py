"""One batch after another: who joins whom, under which id, and what is refused."""

from __future__ import annotations

import sys

import pytest
from sqlglot import exp

from dangol.engine import sql
from dangol.identity import Policy, resolve
from dangol.schema import DangolError, NotFoundError
from tests.identity.shop import NOW, Shop, groups, node, nodes, record


def test_identifiers_on_one_record_are_one_customer() -> None:
    shop = Shop()
    said = shop.take(["u1", "e1"], ["e1", "p1"], ["p2"])
    assert shop.groups() == groups("u1 e1 p1", "p2")
    assert (said.new_customers, said.known_customers, said.merges, said.links) == (2, 0, 0, 2)
    assert said.moved.num_rows == 4
    assert all(said.moved["fresh"].to_pylist())


def test_ids_are_minted_by_first_seen_and_then_node() -> None:
    shop = Shop()
    shop.take(record("e5", day=9), record("p4", "u2", day=1), record("e3", day=1))
    assert shop.customers() == {"u2": 1, "p4": 1, "e3": 2, "e5": 3}


def test_a_growing_customer_keeps_the_oldest_id_and_others_redirect() -> None:
    shop = Shop()
    shop.take(["e1"], ["p1"], ["u1"])
    first = shop.customers()
    said = shop.take(["e1", "p1"], ["p1", "u1"])
    assert set(shop.customers().values()) == {1}
    assert said.merges == 2
    assert said.known_customers == 3
    assert {r["old_id"]: r["customer_id"] for r in shop.rows("redirects", "old_id")} == {2: 1, 3: 1}
    moved = {r["node"]: (r["old_id"], r["new_id"]) for r in said.moved.to_pylist()}
    assert moved == {node(n): (i, 1) for n, i in first.items() if i != 1}
    assert said.touched.to_pylist() == [1, 2, 3]


def test_the_same_batch_again_changes_nothing() -> None:
    shop = Shop()
    shop.take(["u1", "e1"], ["u2", "e1"], ["u2", "p2"])
    before, log = shop.state(), shop.log()
    said = shop.take(["u1", "e1"], ["u2", "e1"], ["u2", "p2"])
    assert (said.new_customers, said.links, said.moved.num_rows) == (0, 0, 0)
    assert said.known_customers == 3
    assert shop.state() == before
    assert shop.log() == log


def test_two_logins_never_join_on_a_shared_phone() -> None:
    shop = Shop()
    shop.take(["u1", "p1"], ["u2", "p1"])
    assert shop.groups() == groups("u1", "u2", "p1")
    ids = shop.customers()
    assert shop.conflicts() == {"p1": ("contested", frozenset({str(ids["u1"]), str(ids["u2"])}))}


def test_a_contested_phone_leaves_the_customer_it_was_on() -> None:
    shop = Shop()
    shop.take(["u1", "p1", "e1"])
    said = shop.take(["u2", "p1"])
    assert shop.groups() == groups("u1 e1", "u2", "p1")
    assert node("p1") in said.moved["node"].to_pylist()


def test_what_hangs_on_a_contested_identifier_stays_with_it() -> None:
    shop = Shop()
    shop.take(["u1", "p1"], ["u2", "p1"], ["p1", "e1"], ["e1", "e2"])
    assert shop.groups() == groups("u1", "u2", "p1 e1 e2")


def test_the_nearer_login_gets_what_lies_between_two() -> None:
    shop = Shop()
    shop.take(["u1", "e1"], ["e1", "p1"], ["p1", "p2"], ["p2", "u2"])
    assert shop.groups() == groups("u1 e1", "u2 p2", "p1") or shop.groups() == groups("u1 e1 p1", "u2 p2")
    shop = Shop()
    shop.take(["u1", "e1"], ["e1", "p1"], ["p1", "u2"])
    assert shop.groups() == groups("u1 e1", "u2 p1")
    assert shop.conflicts()["p1"][0] == "contested"


def test_stronger_evidence_is_tried_first() -> None:
    """The device saw both logins, but the e-mail is only on the first one's record."""
    shop = Shop()
    shop.take(["u1", "e1", "d1"], ["u2", "d1"])
    assert shop.groups() == groups("u1 e1", "u2", "d1")


def test_anonymous_history_follows_the_login() -> None:
    shop = Shop()
    shop.take(record("a1", day=1), record("a2", day=1))
    shop.take(record("a1", "u1", day=2), record("a2", "u1", day=3))
    assert shop.groups() == groups("u1 a1 a2")
    assert set(shop.customers().values()) == {1}


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("nobody", groups("u1", "u2", "d1")),
        ("first", groups("u1 d1", "u2")),
        ("last", groups("u1", "u2 d1")),
    ],
)
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)])
def test_a_shared_device_goes_where_the_policy_says(
    policy: str, expected: set[frozenset[str]], order: tuple[int, ...]
) -> None:
    shop = Shop(Policy(shared_device=policy))  # type: ignore[arg-type]
    facts = [record("u1", "d1", day=1), record("u2", "d1", day=5), record("u2", "d1", day=3)]
    for place in order:
        shop.take(facts[place])
    assert shop.groups() == expected


def test_a_shared_phone_is_nobodys_under_every_policy() -> None:
    shop = Shop(Policy(shared_device="last"))
    shop.take(record("u1", "p1", day=1), record("u2", "p1", day=5))
    assert shop.groups() == groups("u1", "u2", "p1")


def test_household_and_login_may_meet_but_not_two_of_either() -> None:
    shop = Shop()
    shop.take(["h1", "u1"], ["h2", "u2"], ["h2", "u3"])
    assert shop.groups() == groups("h1 u1", "h2", "u2", "u3")


def test_a_conflict_elsewhere_does_not_tear_a_clear_pair_apart() -> None:
    shop = Shop()
    shop.take(["u1", "c1"], ["u1", "p1"], ["p1", "u2"])
    assert shop.groups() == groups("u1 c1", "u2", "p1")


def test_too_many_values_of_a_kind_are_not_taken() -> None:
    shop = Shop()
    shop.take(["u1", "p1"], *[["u1", f"e{i}"] for i in range(11)])
    assert frozenset({"u1", "p1"}) in shop.groups()
    assert len(shop.groups()) == 12
    assert {reason for reason, _ in shop.conflicts().values()} == {"over_cap"}
    assert len(shop.conflicts()) == 11


def test_ten_are_taken() -> None:
    shop = Shop()
    shop.take(*[["u1", f"e{i}"] for i in range(10)])
    assert len(shop.groups()) == 1
    assert shop.conflicts() == {}


def test_a_value_linked_to_too_many_logins_is_blocked_for_good() -> None:
    shop = Shop(Policy(max_partners=3))
    for i in range(1, 4):
        shop.take([f"u{i}", "p1"])
    assert "p1" in shop.conflicts()
    shop.take(["u4", "p1"], ["p1", "e1"])
    row = next(r for r in shop.rows("identifiers", "node") if r["node"] == node("p1"))
    assert (row["blocked"], row["customer_id"]) == ("too_common", None)
    assert row["born_as"] is not None
    assert shop.groups() == groups("u1", "u2", "u3", "u4", "e1")
    assert shop.conflicts() == {}
    assert [(r["action"], r["rule"]) for r in shop.log() if r["action"] != "link"] == [("block", "too_common")]


def test_junk_never_joins_and_points_at_nobody() -> None:
    shop = Shop(junk={"e0": "junk"})
    shop.take(["u1", "e0"], ["u2", "e0"], ["e0"])
    assert shop.groups() == groups("u1", "u2")
    assert shop.customers()["e0"] is None
    assert shop.conflicts() == {}


def test_a_value_that_turns_out_to_be_junk_lets_go() -> None:
    shop = Shop()
    shop.take(["u1", "e0"], ["e0", "p1"])
    assert shop.groups() == groups("u1 e0 p1")
    shop.junk = {"e0": "junk"}
    said = shop.take(["e0"])
    assert shop.groups() == groups("u1", "p1")
    assert {"node": node("e0"), "new_id": None} in said.moved.select(["node", "new_id"]).to_pylist()


def test_a_batch_without_links_is_customers_alone() -> None:
    shop = Shop()
    said = shop.take(["u1"], ["e1"], ["e1"])
    assert (said.new_customers, said.links) == (2, 0)
    shop.take(["e1", "u1"])
    said = shop.take(["e1"], ["e2"])
    assert (said.new_customers, said.known_customers) == (1, 1)


def test_first_and_last_seen_widen_and_the_source_is_the_earliest() -> None:
    shop = Shop()
    shop.take(record("e1", day=5))
    shop.take(record("e1", day=9))
    shop.take(record("e1", day=2))
    row = shop.rows("identifiers", "node")[0]
    assert (row["first_seen"].day, row["last_seen"].day) == (3, 10)
    assert row["batch"] == 1


def given(kind: str = "email") -> exp.Expr:
    """One identifier without a time."""
    return sql(
        "SELECT 7 AS node, :kind AS kind, CAST(NULL AS TIMESTAMP) AS first_seen, CAST(NULL AS TIMESTAMP) AS last_seen",
        kind=kind,
    )


def test_a_link_to_an_unknown_identifier_is_refused_whole() -> None:
    shop = Shop()
    shop.take(["u1"])
    before = shop.state()
    links = sql("SELECT 1 AS a, 999 AS b, 'x' AS fact, CAST(NULL AS TIMESTAMP) AS at, 's' AS source")
    with pytest.raises(DangolError, match="neither given with the batch nor known"):
        resolve(shop.engine, given(), links, batch=2, now=NOW)
    assert shop.state() == before


def test_an_unknown_kind_is_named_and_nothing_is_written() -> None:
    shop = Shop()
    with pytest.raises(NotFoundError, match="fax"):
        resolve(shop.engine, given("fax"), None, batch=1, now=NOW)
    assert shop.rows("identifiers", "node") == []


def test_facts_without_a_time_are_seen_now() -> None:
    shop = Shop()
    resolve(shop.engine, given(), None, batch=1, now=NOW)
    assert shop.rows("identifiers", "node")[0]["first_seen"] == NOW.replace(tzinfo=None)


def test_a_step_that_fails_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    shop.take(["u1", "e1"])
    before, log = shop.state(), shop.log()

    def broken(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(sys.modules["dangol.identity.resolve"], "write", broken)
    with pytest.raises(OSError, match="disk full"):
        shop.take(["e1", "p1"])
    monkeypatch.undo()
    assert shop.state() == before
    assert shop.log() == log


def test_nothing_at_all_is_a_batch_too() -> None:
    shop = Shop()
    said = shop.take()
    assert (said.new_customers, said.moved.num_rows, said.touched.to_pylist()) == (0, 0, [])
    assert nodes([]) == []
