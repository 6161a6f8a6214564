"""Short SELECTs: the rule, the SELECT run as it stands, and the rule read back from it find the same customers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlglot import exp, parse_one

from dangol.engine import DuckDBEngine
from dangol.rules import Context, Rule, compile_rule, from_sql, parse, short_sql
from dangol.schema import TABLES, DefinitionError
from tests.oracle.rules_worlds import CATALOG, NOW, PLACES, load

QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]
CONTEXT = Context(NOW.replace(tzinfo=dt.UTC), ZoneInfo("Asia/Seoul"), CATALOG, segments="inline")

_numbers = st.sampled_from(
    [{"is": 60}, {"is_not": 60}, {"at_least": 60}, {"at_most": 59}, {"above": 20}, {"below": 61}, {"between": [20, 60]},
     {"in": [20, 61]}, {"not_in": [59]}, {"exists": True}, {"missing": True}, {"at_least": 20, "below": 61}]
)  # fmt: skip
_texts = st.sampled_from(
    [{"is": "서울"}, {"is_not": "부산"}, {"in": ["서울", "Seoul"]}, {"not_in": ["서울"]}, {"contains": "산"},
     {"starts_with": "서"}, {"ends_with": "oul"}, {"matches": "^(서|S)"}, {"missing": True}]
)  # fmt: skip
_missing = st.sampled_from([{}, {}, {"or_missing": True}])
leaves = st.one_of(
    st.tuples(_numbers, _missing).map(lambda x: {"trait": "age", **x[0], **x[1]}),
    st.tuples(_texts, _missing).map(lambda x: {"trait": "region", **x[0], **x[1]}),
    st.sampled_from([{"trait": "vip"}, {"trait": "vip", "is": False}, {"trait": "vip", "is_not": True}]),
    st.sampled_from([{"trait": "revenue", "at_least": 100.5}, {"trait": "churn", "above": 0.5}]),
)
rules = st.recursive(
    leaves,
    lambda inner: st.one_of(
        inner.map(lambda b: {"not": b}),
        st.lists(inner, min_size=1, max_size=3).map(lambda b: {"all": b}),
        st.lists(inner, min_size=1, max_size=3).map(lambda b: {"any": b}),
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    made = DuckDBEngine(threads=1)
    made.ensure(TABLES.values())
    world = {"customers": _everybody(), "events": [], "items": [], "consents": [], "identifiers": [], "weather": []}
    load(made, world)
    yield made
    made.close()


def _everybody() -> list[dict[str, Any]]:
    """Every combination of the values that rules ask for, missing ones among them."""
    rows: list[dict[str, Any]] = []
    for age in (None, 20, 59, 60, 61):
        for region in (None, "서울", "부산", "Seoul"):
            for vip in (None, True, False):
                n = len(rows)
                rows.append(
                    {"customer_id": n + 1, "age": age, "region": region, "vip": vip, "churn": (None, 0.1, 0.9)[n % 3],
                     "revenue": (None, 0, 900)[n % 3], "birthday": None, "joined": None, "last_seen_at": None, "likes": None}
                )  # fmt: skip
    return rows


def _read(body: Any) -> Rule:
    try:
        return parse(body, CATALOG)
    except DefinitionError as error:
        assert all("nobody can match" in p.message.en or "opposite" in p.message.en for p in error.problems)  # noqa: PT017
        assume(False)
        raise


def _members(engine: DuckDBEngine, rule: Rule) -> list[int]:
    here = replace(CONTEXT, customers=PLACES["customers"], tables=PLACES)
    return sorted(engine.run(compile_rule(rule, here))["customer_id"].to_pylist())


@settings(max_examples=150, deadline=None, suppress_health_check=QUIET)
@given(body=rules)
def test_the_three_find_the_same(engine: DuckDBEngine, body: Any) -> None:
    rule = _read(body)
    text = short_sql(rule)
    assert text is not None
    expected = _members(engine, rule)
    query = parse_one(text, dialect="duckdb")
    for table in query.find_all(exp.Table):
        table.replace(exp.to_table(PLACES["customers"]))
    assert sorted(engine.run(query)["customer_id"].to_pylist()) == expected
    assert _members(engine, parse(from_sql(text), CATALOG)) == expected


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("age >= 60", {"trait": "age", "at_least": 60}),
        ("60 <= age", {"trait": "age", "at_least": 60}),
        ("NOT age >= 60", {"trait": "age", "below": 60}),
        ("NOT COALESCE(age >= 60, FALSE)", {"not": {"trait": "age", "at_least": 60}}),
        ("NOT (vip AND age < 20)", {"any": [{"trait": "vip", "is_not": True}, {"trait": "age", "at_least": 20}]}),
        ("region LIKE '서%'", {"trait": "region", "starts_with": "서"}),
        ("region LIKE '%울'", {"trait": "region", "ends_with": "울"}),
        ("region LIKE '%a%'", {"trait": "region", "contains": "a"}),
        ("region IS NOT NULL", {"trait": "region", "exists": True}),
        ("age NOT BETWEEN 20 AND 30", {"any": [{"trait": "age", "below": 20}, {"trait": "age", "above": 30}]}),
        ("revenue > -1.5", {"trait": "revenue", "above": -1.5}),
    ],
)
def test_what_sql_says_is_read_as_sql_means_it(text: str, body: Any) -> None:
    assert from_sql(f"SELECT customer_id FROM customers WHERE {text}") == body


def test_membership_goes_both_ways() -> None:
    catalog = CATALOG
    name = next(iter(catalog.segments))
    for body in ({"in": name}, {"not_in": name}, {"in": sorted(catalog.segments)[:2]}):
        rule = parse(body, catalog)
        text = short_sql(rule)
        assert text is not None
        assert parse(from_sql(text), catalog).root == rule.root


@pytest.mark.parametrize(
    "body",
    [
        {"did": "a"},
        {"top": {"by": "age", "n": 3}},
        {"reachable": "email"},
        {"trait": "last_seen_at", "within": "3 days"},
    ],
)
def test_what_has_no_short_form_says_so(body: Any) -> None:
    assert short_sql(parse(body, CATALOG)) is None
    assert short_sql(parse({"all": [{"trait": "vip"}, body]}, CATALOG)) is None


@pytest.mark.parametrize(
    "text",
    [
        "DROP TABLE customers",
        "SELECT * FROM customers WHERE age > 1",
        "SELECT customer_id FROM customers",
        "SELECT customer_id FROM events WHERE amount > 1",
        "SELECT customer_id FROM customers JOIN events USING (customer_id) WHERE age > 1",
        "SELECT customer_id FROM customers WHERE age > 1 LIMIT 3",
        "SELECT customer_id FROM customers WHERE age + 1 > 2",
        "SELECT customer_id FROM customers WHERE lower(region) = 'a'",
        "SELECT customer_id FROM customers WHERE age > (SELECT 1)",
        "SELECT customer_id FROM customers WHERE customer_id IN (SELECT customer_id FROM memberships WHERE segment = 'a')",
        *(
            "SELECT customer_id FROM customers WHERE customer_id IN"
            f" (SELECT customer_id FROM memberships WHERE segment = 'a' AND left_at IS NULL {more})"
            for more in ("LIMIT 3", "GROUP BY customer_id", "GROUP BY customer_id HAVING COUNT(*) > 1", "OFFSET 1")
        ),
        "SELECT customer_id FROM customers WHERE COALESCE(age > 1, TRUE)",
        "SELECT customer_id FROM customers WHERE region LIKE 'a_b'",
        "age > 1",
        "SELECT customer_id FROM customers WHERE (",
    ],
)
def test_what_a_rule_cannot_say_is_refused_with_a_word(text: str) -> None:
    with pytest.raises(DefinitionError) as told:
        from_sql(text)
    assert told.value.problems[0].hint
