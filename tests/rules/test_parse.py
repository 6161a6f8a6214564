"""Bad definitions: every problem at once, each with its place and the nearest valid name; nothing ever crashes."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dangol.rules import EXAMPLE_CATALOG as CATALOG
from dangol.rules import Catalog, TraitInfo, compile_filter, dependencies, examples, parse, parse_where, to_body
from dangol.rules.parse import HEADS, MAX_DEPTH
from dangol.schema import DefinitionError, Problem
from tests.budget import examples as budget


def problems(text: str, catalog: Catalog = CATALOG, **more: Any) -> tuple[Problem, ...]:
    with pytest.raises(DefinitionError) as caught:
        parse(yaml.safe_load(text), catalog, **more)
    return caught.value.problems


def test_all_problems_come_together_with_places_and_nearest_names() -> None:
    found = problems("""
      all:
        - {trait: agee, at_least: 3}
        - {tarit: age}
        - {did: Order Completed, within: 90 dayz, at_leest: 3}
        - {in: newsleter-readers}
        - {trait: age, is: sixty}
        - {trait: region, above: 3}
        - {score: age, above: 1}
    """)
    assert [(p.where, p.message.en) for p in found] == [
        ("where.all[0].trait", "no trait 'agee'"),
        ("where.all[1]", "not a condition: tarit"),
        ("where.all[2].at_leest", "'at_leest' means nothing here"),
        ("where.all[2].within", "'90 dayz' is not a length of time"),
        ("where.all[3].in", "no segment 'newsleter-readers'"),
        ("where.all[4].is", "'sixty' is not a number"),
        ("where.all[5].above", "'above' does not go with text"),
        ("where.all[6].score", "age is demographic, not a score"),
    ]
    hints = [p.hint.en for p in found]
    assert hints[0] == "did you mean age?"
    assert hints[1] == "did you mean trait?"
    assert hints[2] == "did you mean at_least?"
    assert hints[4] == "did you mean newsletter-readers?"
    assert all(hints)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{all: [{trait: age, above: 60}, {trait: age, below: 50}]}", "nobody can match: age is above 60 and below 50"),
        ("{all: [{trait: age, is: 3}, {all: [{trait: age, is: 4}]}]}", "has no value left"),
        ("{all: [{trait: age, at_least: 60}, {trait: age, in: [20, 30]}]}", "has no value left"),
        ("{all: [{trait: vip}, {not: {trait: vip}}]}", "the opposite of another condition"),
        ("{all: [{in: big-spenders}, {not_in: big-spenders}]}", "the opposite of another condition"),
        ("{all: [{trait: age, exists: true}, {trait: age, missing: true}]}", "is missing and is not"),
        ("{did: A, at_least: 3, at_most: 2}", "the count is at least 3 and at most 2"),
        ("{all: [{did: A, never: true, within: 3 days}, {did: A, within: 3 days}]}", "nobody can match: the count"),
        ("{all: [{did: A, sum: amount, above: 5}, {did: A, sum: amount, below: 5}]}", "the sum is above 5 and below 5"),
        ("{trait: age, between: [5, 2]}", "nothing is between 5 and 2"),
        ("{did: A, between: [2026-02-01, 2026-01-01]}", "an empty window"),
        ("{did: A, within: 0 days}", "an empty window"),
        ("{split: {name: a, from: 30%, to: 10%}}", "is no share of everyone"),
        ("{did: A, where: {all: [{amount: {above: 9}}]}, never: true, at_least: 2}", "never is true, and stands alone"),
    ],
)
def test_what_nobody_can_match(text: str, says: str) -> None:
    assert any(says in p.message.en for p in problems(text)), problems(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{}", "not a condition"),
        ("[]", "takes a list"),
        ("3", "should be a mapping"),
        ("null", "should be a mapping"),
        ("{all: []}", "takes a list of conditions"),
        ("{all: {trait: vip}}", "takes a list of conditions"),
        ("{trait: age}", "nothing is asked of age"),
        ("{trait: age, at_least: .nan}", "is not a number"),
        ("{trait: age, is: true}", "is not a number"),
        ("{trait: region, matches: '(a'}", "not a pattern RE2 can read"),
        ("{trait: region, matches: '(?=a)'}", "not a pattern RE2 can read"),
        ("{trait: region, contains: ''}", "matches everything"),
        ("{trait: region, in: []}", "an empty list"),
        ("{trait: renewal, before: soon}", "is not a date"),
        ("{trait: vip, above: 1}", "does not go with true or false"),
        ("{did: ''}", "which event?"),
        ("{did: [A, 3]}", "which event?"),
        ("{did: A, at_least: -1}", "is not a whole number of times"),
        ("{did: A, at_least: 1.5}", "is not a whole number of times"),
        ("{did: A, is: 3}", "does not go with counting"),
        ("{did: A, within: 999999999 years}", "is not a length of time"),
        ("{did: A, during: next blue moon}", "is not a calendar phrase"),
        ("{did: A, sum: category, at_least: 1}", "sum needs a number"),
        ("{did: A, sum: amount}", "what should the sum of amount be?"),
        ("{did: A, sum: amount, max: amount, at_least: 1}", "one measure at a time"),
        ("{did: A, of: items, where: {colour: red}}", "cannot be asked of items"),
        ("{did: A, of: baskets}", "cannot be counted"),
        ("{did: A, where: {customer_id: 3}}", "cannot be asked of events"),
        ("{did: A, where: {'a\"b': 3}}", "cannot be the name of a property"),
        ("{did: A, where: {amount: {}}}", "nothing is asked of 'amount'"),
        ("{did: A, where: {amount: {atleast: 3}}}", "no operator 'atleast'"),
        ("{did: A, since: {where: {}}}", "since which event?"),
        ("{sequence: [{did: A}]}", "two steps or more"),
        ("{sequence: [{did: A, within: 3 days}, {did: B}]}", "the first step has nothing before it"),
        ("{sequence: [{did: A}, {did: B, within: 1 month}]}", "not an exact length of time"),
        ("{waterfall: [big-spenders, big-spenders]}", "stands in it twice"),
        ("{waterfall: [big-spenders], take: other}", "is not one of the groups"),
        ("{top: {by: region, n: 3}}", "region has no order"),
        ("{top: {by: revenue}}", "how many?"),
        ("{top: {by: revenue, n: 0}}", "is not a number of customers"),
        ("{top: {by: revenue, percent: 120}}", "is not a percentage"),
        ("{rank: revenue}", "which percentiles?"),
        ("{split: {share: 10%}}", "a split needs a name"),
        ("{consent: {channel: fax, is: granted}}", "no channel 'fax'"),
        ("{consent: {channel: email, is: maybe}}", "no state 'maybe'"),
        ("{reachable: fax}", "no channel 'fax'"),
        ("{birthday: {within_next: 400 days}}", "is not a number of days up to a year"),
        ("{birthday: {during: this year}}", "every day comes once a year"),
        ("{anniversary: {within_next: 3 days}}", "no trait None"),
        ("{anniversary: {of: region, within_next: 3 days}}", "region is text"),
        ("{not: {trait: vip}, trait: vip}", "not a condition"),
    ],
)
def test_bad_input_gets_a_clear_word(text: str, says: str) -> None:
    found = problems(text)
    assert any(says in p.message.en for p in found), found
    assert all(p.where.startswith("where") for p in found)


def test_a_cycle_names_its_way() -> None:
    segments = {"a": {"in": "b"}, "b": {"all": [{"in": "c"}]}, "c": {"not": {"in": "a"}}}
    found = problems("{in: a}", Catalog({}, segments), name="mine")
    assert [p.message.en for p in found] == ["segments lead back to themselves: a → b → c → a"]
    found = problems("{in: b}", Catalog({}, {**segments, "a": {"in": "mine"}, "mine": {}}), name="mine")
    assert found[0].message.en == "segments lead back to themselves: mine → b → c → a → mine"


def test_a_rule_that_is_too_deep_is_refused() -> None:
    body: Any = {"trait": "vip"}
    for _ in range(MAX_DEPTH + 5):
        body = {"not": body}
    with pytest.raises(DefinitionError, match="deeper than"):
        parse(body, CATALOG)


def test_unknown_events_and_values_are_warnings() -> None:
    catalog = Catalog(
        {"region": TraitInfo("text", values=("서울", "부산"))}, {}, events=["Order Completed"], properties=["colour"]
    )
    rule = parse(
        {"all": [{"did": "Order Complete", "where": {"color": "red"}}, {"trait": "region", "is": "서을"}]}, catalog
    )
    assert {(w.message.en, w.hint.en) for w in rule.warnings} == {
        ("no event 'Order Complete' has been seen so far", "did you mean Order Completed?"),
        ("no event has had a property 'color' so far", "did you mean colour?"),
        ("nobody has the value '서을'", "known: 부산, 서울"),
    }


def test_the_example_of_the_design_reads_word_for_word() -> None:
    body = yaml.safe_load("""
      all:
        - trait: age
          at_least: 60
        - did: Product Viewed
          where: {category: {in: [등산, 트레킹]}}
          at_least: 2 times
          within: 90 days
        - not: {did: Order Completed, within: 30 days}
        - score: churn
          above: 0.7
        - in: newsletter-readers
    """)
    rule = parse(body, CATALOG)
    found = dependencies(rule, CATALOG)
    assert found.traits == {"age", "churn"}
    assert found.segments == {"newsletter-readers"}
    assert found.events == {"Product Viewed", "Order Completed", "Email Opened"}
    assert dependencies(rule).events == {"Product Viewed", "Order Completed"}
    assert parse(to_body(rule), CATALOG) == rule


def test_filters_stand_alone() -> None:
    condition = compile_filter({"category": "등산", "amount": {"above": 10}}, "events", CATALOG)
    assert condition.sql("duckdb") == "category = '등산' AND amount > 10"
    assert compile_filter(None, "items", CATALOG).sql("duckdb") == "TRUE"
    assert parse_where({}, "events", CATALOG) is None
    with pytest.raises(DefinitionError, match="cannot be asked of items"):
        compile_filter({"nothing": 1}, "items", CATALOG)


words = st.one_of(
    st.sampled_from([*HEADS, "within", "between", "at_least", "where", "by", "n", "name", "is", "of"]),
    st.text(max_size=3),
)
plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(),
    st.text(max_size=4),
    st.dates(),
    st.sampled_from(["age", "A", "3 days", "10%"]),
)
anything = st.recursive(
    plain,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
    max_leaves=12,
)


@settings(max_examples=budget(120), deadline=None)
@given(
    body=st.one_of(
        anything, st.sampled_from(sorted(HEADS)).flatmap(lambda head: anything.map(lambda inner: {head: inner}))
    )
)
@example(body={"waterfall": []})
def test_nothing_crashes_the_reader(body: Any) -> None:
    try:
        rule = parse(body, CATALOG)
    except DefinitionError as error:
        assert str(error)  # noqa: PT017
    else:
        assert parse(to_body(rule), CATALOG).root == rule.root


@settings(max_examples=budget(80), deadline=None)
@given(body=st.sampled_from(sorted(examples())), key=words, value=anything)
def test_a_spoilt_example_is_read_or_refused(body: str, key: str, value: Any) -> None:
    try:
        rule = parse({**examples()[body], key: value}, CATALOG)
    except DefinitionError as error:
        assert str(error)  # noqa: PT017
    else:
        assert parse(to_body(rule), CATALOG).root == rule.root
