"""Rules tried before they are made: against networkx under both policies, against what publishing does, and back again."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.engine import sql
from dangol.identity import Policy, differences, policy_body, read_policy, rebuild, try_out, unblock
from dangol.schema import KINDS, DefinitionError, Kind, Strength
from tests.budget import examples
from tests.identity.shop import NOW, Record, Shop, groups, name, node, record

names = st.sampled_from(["u1", "u2", "u3", "h1", "e1", "e2", "p1", "p2", "p3", "a1", "d1"])
records = st.lists(
    st.builds(Record, st.lists(names, min_size=1, max_size=3, unique=True).map(tuple), st.integers(0, 9)),
    min_size=1, max_size=10,
)  # fmt: skip


def with_kinds(base: Policy, **changed: Kind) -> Policy:
    return replace(base, kinds={**base.kinds, **changed})


LOOSE = with_kinds(Policy(), user_id=replace(KINDS["user_id"], unique=False, cap=9))
STRICT = with_kinds(
    Policy(), phone=replace(KINDS["phone"], cap=1), email=replace(KINDS["email"], strength=Strength.WEAK)
)
ONE_PHONE = with_kinds(Policy(), phone=replace(KINDS["phone"], unique=True))
CROWD = Policy(max_partners=1)
DRAFTS = (Policy(), LOOSE, STRICT, ONE_PHONE, CROWD)


def filled(*some: Record | tuple[str, ...], policy: Policy | None = None) -> Shop:
    shop = Shop(policy or Policy())
    shop.take(*some)
    return shop


def partition(shop: Shop) -> set[frozenset[str]]:
    return shop.groups()


@settings(max_examples=examples(40), deadline=None)
@given(records, st.sampled_from(DRAFTS), st.sampled_from(DRAFTS))
def test_a_trial_says_what_publishing_does_and_going_back_undoes_it(
    facts: list[Record], first: Policy, draft: Policy
) -> None:
    shop = filled(*facts, policy=first)
    was, before = shop.customers(), shop.groups()
    log = len(shop.log())
    trial = try_out(shop.engine, draft)
    assert shop.customers() == was, "a trial writes nothing"
    assert len(shop.log()) == log
    fresh = filled(*facts, policy=draft)
    done = rebuild(shop.engine, now=NOW, policy=draft)
    after = shop.groups()
    assert after == fresh.groups(), "as if these rules had always been"
    assert (trial.before, trial.after, trial.moved) == (len(before), len(after), done.moved.num_rows)
    assert trial.conflicts_after == len(shop.rows("identity_conflicts", "node"))
    assert_pairs(trial.pairs, before, after)
    assert rebuild(shop.engine, now=NOW, policy=draft).moved.num_rows == 0, "again changes nothing"
    rebuild(shop.engine, now=NOW, policy=first)
    assert shop.customers() == was, "every id is back"
    assert [r["blocked"] for r in shop.rows("identifiers", "node")] == [
        r["blocked"] for r in filled(*facts, policy=first).rows("identifiers", "node")
    ]


def assert_pairs(pairs: tuple, before: set[frozenset[str]], after: set[frozenset[str]]) -> None:
    """A second opinion: the pieces that both partitions share, and how many threads sew them together."""
    meet = [b & a for b in before for a in after if b & a]
    for joins, whole, part in ((True, after, before), (False, before, after)):
        sewn = nx.Graph()
        sewn.add_nodes_from(meet)
        for group in whole:
            inside = [m for m in meet if m <= group]
            sewn.add_edges_from(pairwise(inside))
        threads = len(meet) - nx.number_connected_components(sewn)
        assert sum(p.joins is joins for p in pairs) == threads
        for pair in (p for p in pairs if p.joins is joins):
            sides = [frozenset(_names(s)) for s in (pair.one, pair.other)]
            assert all(side in meet for side in sides)
            assert any(sides[0] | sides[1] <= group for group in whole)
            assert not any(sides[0] | sides[1] <= group for group in part)


def _names(nodes: tuple[int, ...]) -> list[str]:
    return [name(n) for n in nodes]


def test_two_logins_of_one_phone_join_when_logins_are_not_unique() -> None:
    shop = filled(record("u1", "p1"), record("u2", "p1"))
    assert partition(shop) == groups("u1", "u2", "p1")
    trial = try_out(shop.engine, LOOSE)
    assert (trial.before, trial.after, trial.joins, trial.separations) == (3, 1, 2, 0)
    (change,) = trial.changes
    assert (len(change.before), len(change.after), change.identifiers) == (3, 1, 3)
    rebuild(shop.engine, now=NOW, policy=LOOSE)
    assert partition(shop) == groups("u1 u2 p1")


def test_values_found_too_common_are_found_anew() -> None:
    shop = filled(*(record(f"u{i}", "p1") for i in range(1, 5)), policy=Policy(max_partners=3))
    assert shop.customers()["p1"] is None
    more = Policy(max_partners=10)
    trial = try_out(shop.engine, more)
    assert (trial.freed, trial.blocked) == ((node("p1"),), ())
    rebuild(shop.engine, now=NOW, policy=more)
    assert shop.customers()["p1"] is not None
    assert [r["action"] for r in shop.log() if r["action"] in ("block", "unblock")] == ["block", "unblock"]
    trial = try_out(shop.engine, Policy(max_partners=2))
    assert trial.blocked == (node("p1"),)


def test_what_a_person_said_of_a_value_outranks_the_policy() -> None:
    shop = filled(*(record(f"u{i}", "p1") for i in range(1, 5)), policy=Policy(max_partners=3))
    unblock(shop.engine, node("p1"), actor="tester", now=NOW, policy=shop.policy)
    trial = try_out(shop.engine, Policy(max_partners=1))
    assert trial.blocked == ()


def test_values_can_be_blocked_in_a_draft() -> None:
    shop = filled(record("u1", "e1", "p1"), record("u1", "e2"))
    trial = try_out(shop.engine, Policy(), blocked={node("u1"): "by_hand"})
    assert (trial.before, trial.after, trial.separations) == (1, 2, 1)
    assert trial.blocked == (node("u1"),)
    assert shop.engine.run(sql("SELECT count(*) AS n FROM identifiers WHERE NOT blocked IS NULL"))["n"][0].as_py() == 0


def test_a_sample_does_not_depend_on_the_draft_s_order() -> None:
    facts = [record(f"u{i}", f"p{i}") for i in range(1, 30)] + [record(f"u{i}", f"p{i % 9 + 40}") for i in range(1, 30)]
    one, other = filled(*facts), filled(*reversed(facts))
    first, second = try_out(one.engine, LOOSE), try_out(other.engine, LOOSE)
    assert sorted(p.key for p in first.pairs) != [p.key for p in first.pairs], "drawn, not listed"
    assert first.joins == second.joins


policies = st.builds(
    lambda partners, shared, unique, cap, strength: with_kinds(
        Policy(partners, shared), email=replace(KINDS["email"], unique=unique, cap=cap, strength=strength)
    ),
    st.integers(1, 99), st.sampled_from(["nobody", "first", "last"]), st.booleans(), st.integers(1, 99),
    st.sampled_from(list(Strength)),
)  # fmt: skip


@settings(max_examples=examples(100), deadline=None)
@given(policies, policies)
def test_a_policy_is_a_document(policy: Policy, base: Policy) -> None:
    assert read_policy(differences(policy, base), base) == policy
    assert read_policy(policy_body(policy)) == policy
    assert differences(base, base) == {}


def test_every_mistake_of_a_policy_is_told_at_once() -> None:
    body = {"max_partner": 3, "shared_device": "all", "kinds": {"mail": {}, "email": {"strength": "iron", "cap": 0}}}
    with pytest.raises(DefinitionError) as error:
        read_policy(body)
    assert {p.where for p in error.value.problems} == {
        "max_partner", "shared_device", "kinds.mail", "kinds.email.strength", "kinds.email.cap",
    }  # fmt: skip
    for wrong in ([], {"kinds": []}, {"kinds": {"email": 3}}, {"max_partners": True}):
        with pytest.raises(DefinitionError):
            read_policy(wrong)
