"""What is bought together, first, next and where: against plain Python over the same orders."""

from __future__ import annotations

import datetime as dt
import itertools
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from scipy.stats import chi2_contingency

from dangol.engine import Engine
from dangol.insights import Context, people, question
from dangol.insights.significance import g_test, wilson, words
from dangol.profiles.stats import wilson as one_wilson
from tests.budget import examples
from tests.insights.orders import DEFINITIONS, Fact, ask, day, fill, rows, shops
from tests.insights.world import NOW, SEOUL, shop

HERE = Context(now=NOW, tz=SEOUL, definitions=DEFINITIONS)


@pytest.fixture(scope="module")
def engine() -> Iterable[Engine]:
    with shop() as made:
        yield made


def orders(facts: Sequence[Fact]) -> list[Fact]:
    return sorted((f for f in facts if f.name == "Order Completed"), key=lambda f: (f.customer, f.at, f.event_id))


def kinds(fact: Fact) -> set[str]:
    return {c for c, _ in fact.items}


@settings(max_examples=examples(60), deadline=None)
@given(facts=shops())
def test_bought_together(engine: Engine, facts: list[Fact]) -> None:
    fill(engine, facts)
    found = ask(engine, "affinity", period="all", least=1)
    baskets = [kinds(f) for f in orders(facts)]
    n = len(baskets)
    alone = Counter(c for b in baskets for c in b)
    both = Counter(pair for b in baskets for pair in itertools.permutations(sorted(b), 2))
    table = {(r["a"], r["b"]): r for r in rows(found, "pairs")}
    assert {k: r["both"] for k, r in table.items()} == dict(both)
    for (a, b), row in table.items():
        assert row["support"] == pytest.approx(both[a, b] / n)
        assert row["confidence"] == pytest.approx(both[a, b] / alone[a])
        assert row["lift"] == pytest.approx(both[a, b] * n / (alone[a] * alone[b]))
        assert row["low"] <= row["lift"] * (1 + 1e-9)
        assert row["lift"] <= row["high"] * (1 + 1e-9)


@settings(max_examples=examples(60), deadline=None)
@given(facts=shops())
def test_bought_next(engine: Engine, facts: list[Fact]) -> None:
    fill(engine, facts)
    found = ask(engine, "affinity", how="next", period="all", least=1, within_days=20)
    deals = [
        (kinds(one), kinds(two))
        for one, two in itertools.pairwise(orders(facts))
        if one.customer == two.customer and two.at <= one.at + dt.timedelta(days=20)
    ]
    both = Counter((a, b) for left, right in deals for a in left for b in right)
    lefts, rights = Counter(a for left, _ in deals for a in left), Counter(b for _, right in deals for b in right)
    table = {(r["a"], r["b"]): r for r in rows(found, "pairs")}
    shown = {c for c in lefts if c in rights}
    assert {k: r["both"] for k, r in table.items()} == {k: v for k, v in both.items() if shown >= set(k)}
    for (a, b), row in table.items():
        assert row["lift"] == pytest.approx(both[a, b] * len(deals) / (lefts[a] * rights[b]))


def test_who_bought_one_without_the_other(engine: Engine) -> None:
    fill(engine, [Fact(1, day(1), 1, items=(("tea", 1), ("cup", 2))), Fact(2, day(1), 2, items=(("tea", 1),))])
    asked = question("affinity", {"period": "all", "least": 1})
    assert people(engine, asked, {"a": "tea", "b": "cup"}, HERE).ids == (1,)
    assert people(engine, asked, {"a": "tea", "b": "cup", "without": True}, HERE).ids == (2,)
    assert people(engine, asked, {"a": "tea"}, HERE).ids == (1, 2)
    both = [Fact(3, day(1), 3, items=(("tea", 1),)), Fact(3, day(9), 4, items=(("cup", 1),))]
    late = [Fact(4, day(1), 5, items=(("tea", 1),)), Fact(4, day(40), 6, items=(("cup", 1),))]
    fill(engine, [Fact(1, day(1), 1, items=(("tea", 1), ("cup", 2))), *both, *late])
    assert people(engine, asked, {"a": "tea", "b": "cup"}, HERE).ids == (1,)  # in one order, as the pair is counted
    after = question("affinity", {"period": "all", "least": 1, "how": "next", "within_days": 20})
    assert people(engine, after, {"a": "tea", "b": "cup"}, HERE).ids == (3,)


@settings(max_examples=examples(60), deadline=None)
@given(facts=shops())
def test_what_a_first_order_leads_to(engine: Engine, facts: list[Fact]) -> None:
    fill(engine, facts)
    within = dt.timedelta(days=40)
    found = ask(engine, "entry", period="all", least=1, within_days=40)
    mine: dict[int, list[Fact]] = defaultdict(list)
    for fact in orders(facts):
        mine[fact.customer].append(fact)
    expected: dict[str, list[tuple[bool, dt.timedelta | None]]] = defaultdict(list)
    for own in mine.values():
        first = own[0]
        again = [f.at - first.at for f in own if first.at < f.at <= first.at + within]
        for kind in kinds(first):
            expected[kind].append((first.at + within <= NOW, min(again, default=None)))
    table = {r["entry"]: r for r in rows(found, "entries")}
    assert set(table) == set(expected)
    for kind, row in table.items():
        ripe = [gap for is_ripe, gap in expected[kind] if is_ripe]
        gaps = [g / dt.timedelta(days=1) for g in ripe if g is not None]
        assert (row["customers"], row["ripe"], row["repeated"]) == (len(expected[kind]), len(ripe), len(gaps))
        if gaps:
            assert row["days_to_second"] == pytest.approx(statistics.median(gaps))
    assert found.facts["customers"] == len(mine)


def test_who_came_again(engine: Engine) -> None:
    fill(
        engine,
        [
            Fact(1, day(1), 1, items=(("tea", 1),)),
            Fact(1, day(5), 2, items=(("cup", 1),)),
            Fact(2, day(2), 3, items=(("tea", 1),)),
        ],
    )
    asked = question("entry", {"period": "all", "within_days": 30})
    assert people(engine, asked, {"entry": "tea"}, HERE).ids == (1, 2)
    assert people(engine, asked, {"entry": "tea", "repeated": True}, HERE).ids == (1,)
    assert people(engine, asked, {"repeated": False}, HERE).ids == (2,)


@settings(max_examples=examples(60), deadline=None)
@given(facts=shops())
def test_who_buys_where(engine: Engine, facts: list[Fact]) -> None:
    fill(engine, facts)
    found = ask(engine, "channels", period="2026-02-01..2026-02-28", compare="before", online=["web", "app"])
    start, end = found.start, found.end
    before_start = dt.datetime.fromisoformat(str(found.facts["before"]["start"]))
    now: dict[int, Counter[str]] = defaultdict(Counter)
    then: dict[int, Counter[str]] = defaultdict(Counter)
    worth: dict[tuple[int, str], int] = Counter()
    for fact in orders(facts):
        where = fact.channel or "(none)"
        if start <= fact.at < end:
            now[fact.customer][where] += 1
            worth[fact.customer, where] += sum(a for _, a in fact.items)
        elif before_start <= fact.at < start:
            then[fact.customer][where] += 1
    table = {r["channel"]: r for r in rows(found, "channels")}
    assert {c: r["customers"] for c, r in table.items()} == dict(Counter(c for own in now.values() for c in own))
    assert {c: r["only_here"] for c, r in table.items() if r["only_here"]} == dict(
        Counter(next(iter(own)) for own in now.values() if len(own) == 1)
    )
    sets = {frozenset(r["channels"]): r["customers"] for r in rows(found, "sets")}
    assert sets == dict(Counter(frozenset(own) for own in now.values()))
    sides = {r["side"]: r["customers"] for r in rows(found, "sides")}
    online = {"web", "app"}
    assert sides == dict(
        Counter(
            "both" if own.keys() & online and own.keys() - online else "online" if own.keys() & online else "offline"
            for own in now.values()
        )
    )
    moves = {(r["source"], r["target"]): r["customers"] for r in rows(found, "moves")}
    assert sum(moves.values()) == len(now.keys() | then.keys())
    assert sum(n for (s, _), n in moves.items() if s is not None) == len(then)
    if moves:
        (source, target), n = next(iter(moves.items()))
        asked = question("channels", {"period": "2026-02-01..2026-02-28", "compare": "before"})
        assert people(engine, asked, {"source": source, "target": target}, HERE).customers == n


def test_who_is_behind_the_others(engine: Engine) -> None:
    places = ((1, ("web", "app")), (2, ("app", "app", "mall")), (3, ("mall",)), (4, ("web", "web", "app")))
    sold = [(customer, channel) for customer, channels in places for channel in channels]
    fill(engine, [Fact(c, day(1 + i), i + 1, channel=w, items=(("tea", 1),)) for i, (c, w) in enumerate(sold)])
    said = {"period": "2026-01-01..2026-02-28", "top": 1, "online": ["web", "mall"]}
    found, asked = ask(engine, "channels", **said), question("channels", said)
    shown = {r["channel"]: r["customers"] for r in rows(found, "channels")}
    assert shown == {"app": 3, "(others)": 4}
    for table, names in (
        ("channels", ("channel",)),
        ("sets", ("channels",)),
        ("sides", ("side",)),
        ("moves", ("source", "target")),
    ):
        for row in rows(found, table):
            cell = {name: row[name] for name in names}
            assert people(engine, asked, cell, HERE).customers == row["customers"], cell
    assert {r["side"]: r["customers"] for r in rows(found, "sides")} == {"both": 3, "online": 1}


def test_intervals_and_tests_are_those_of_others() -> None:
    low, high = wilson([0, 3, 10], [10, 10, 10])
    for i, k in enumerate((0, 3, 10)):
        assert (low[i], high[i]) == pytest.approx(one_wilson(k, 10))
    for x, a, b, n in ((30, 60, 50, 100), (5, 40, 30, 200)):
        other = chi2_contingency([[x, a - x], [b - x, n - a - b + x]], correction=False, lambda_="log-likelihood")
        assert g_test([x], [a], [b], n)[0] == pytest.approx(other.pvalue)
    # Benjamini and Hochberg's own example (1995, section 4): at 0.05 the four smallest of these fifteen are found
    theirs = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1.0,
    ]
    assert [w != "chance" for w in words(theirs)] == [True] * 4 + [False] * 11
