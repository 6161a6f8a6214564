"""Attribution against worked examples that are published, brute force over subsets, and journeys read one by one."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.engine import Engine
from dangol.insights.attribution import MODELS, NONE
from dangol.insights.credit import GOAL, LOST, START, markov, removal_effects
from tests.budget import examples
from tests.insights.orders import Fact, ask, day, fill, rows, shops
from tests.insights.world import NOW, SEOUL, shop

Journey = tuple[tuple[str, ...], bool]


def chain(journeys: Iterable[Journey]) -> dict[tuple[str, str], float]:
    steps: dict[tuple[str, str], float] = defaultdict(float)
    for path, converted in journeys:
        for here, there in itertools.pairwise((START, *path, GOAL if converted else LOST)):
            steps[here, there] += 1
    return steps


def reach(steps: Mapping[tuple[str, str], float], without: str = "") -> float:
    """The chance to convert, by walking the chain ten thousand steps: the second opinion."""
    names = sorted({n for pair in steps for n in pair})
    place = {n: i for i, n in enumerate(names)}
    moves = np.zeros((len(names), len(names)))
    for (here, there), n in steps.items():
        moves[place[here], place[there]] += n
    for name in (GOAL, LOST):
        if name in place:
            moves[place[name], place[name]] = 1
    if without:
        moves[place[without]] = 0
    moves = np.divide(
        moves, moves.sum(axis=1, keepdims=True), out=np.zeros_like(moves), where=moves.sum(axis=1, keepdims=True) > 0
    )
    state = np.zeros(len(names))
    state[place[START]] = 1
    return float((state @ np.linalg.matrix_power(moves, 10_000))[place[GOAL]]) if GOAL in place else 0.0


def test_markov_gives_the_published_example() -> None:
    """C1 C2 C3 bought, C1 did not, C2 C3 did not: removal effects 1/2, 1, 1 (most texts on it use this example)."""
    steps = chain([(("C1", "C2", "C3"), True), (("C1",), False), (("C2", "C3"), False)])
    assert reach(steps) == pytest.approx(1 / 3)
    assert removal_effects(steps) == pytest.approx({"C1": 0.5, "C2": 1.0, "C3": 1.0})
    assert markov(steps) == pytest.approx({"C1": 0.2, "C2": 0.4, "C3": 0.4})


@settings(max_examples=examples(80), deadline=None)
@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from("abcde"), min_size=1, max_size=6).map(tuple), st.booleans()),
        min_size=1,
        max_size=20,
    )
)
def test_removal_effects_are_those_of_chains_without_the_channel(journeys: list[Journey]) -> None:
    steps = chain(journeys)
    whole = reach(steps)
    for name, effect in removal_effects(steps).items():
        expected = 1 - reach(steps, without=name) / whole if whole > 0 else 0.0
        assert effect == pytest.approx(expected, abs=1e-9)


def read(
    facts: Sequence[Fact], start: dt.datetime, end: dt.datetime, *, lookback: int = 30, gap: int = 30, half: float = 7.0
) -> list[tuple[list[tuple[str, float]], bool, float]]:
    """Journeys event by event: ([(touch, age in days)], converted, value)."""
    found = []
    for customer in sorted({f.customer for f in facts}):
        mine = [f for f in facts if f.customer == customer and start - dt.timedelta(days=lookback) <= f.at < end]
        mine = [f for f in mine if f.name == "Order Completed" or f.campaign]
        mine.sort(key=lambda f: (f.at, f.name == "Order Completed", f.event_id))
        journey: list[Fact] = []
        for fact in [*mine, None]:
            if fact is not None and fact.name != "Order Completed":
                journey.append(fact)
                continue
            last = fact.at if fact else (journey[-1].at if journey else start)
            kept = [f for f in journey if f.at >= last - dt.timedelta(days=lookback)]
            steps = [
                f for i, f in enumerate(kept)
                if i == 0 or kept[i - 1].campaign != f.campaign or f.at - kept[i - 1].at > dt.timedelta(minutes=gap)
            ]  # fmt: skip
            if last >= start and (steps or fact):
                path = [(str(f.campaign), (last - f.at) / dt.timedelta(days=1)) for f in steps]
                found.append((path, fact is not None, float(sum(a for _, a in fact.items)) if fact else 0.0))
            journey = []
    return found


def shares(path: Sequence[tuple[str, float]], model: str) -> list[float]:
    n = len(path)
    if model == "first":
        return [1.0] + [0.0] * (n - 1)
    if model == "last":
        return [0.0] * (n - 1) + [1.0]
    if model == "linear":
        return [1 / n] * n
    if model == "position":
        return [1.0] if n == 1 else [0.5, 0.5] if n == 2 else [0.4] + [0.2 / (n - 2)] * (n - 2) + [0.4]
    weights = [2 ** (-age / 7.0) for _, age in path]
    return [w / sum(weights) for w in weights]


def by_subsets(journeys: Sequence[tuple[frozenset[str], float]]) -> dict[str, float]:
    """Shapley's value by its definition: every group of channels, worth the conversions that met no other."""
    players = sorted(set().union(*(s for s, _ in journeys))) if journeys else []

    def worth(group: frozenset[str]) -> float:
        return sum(w for s, w in journeys if s and s <= group)

    found = {}
    for player in players:
        rest = [p for p in players if p != player]
        total = 0.0
        for size in range(len(rest) + 1):
            for group in itertools.combinations(rest, size):
                weight = math.factorial(size) * math.factorial(len(players) - size - 1) / math.factorial(len(players))
                total += weight * (worth(frozenset((*group, player))) - worth(frozenset(group)))
        found[player] = total
    return found


@pytest.fixture(scope="module")
def engine() -> Iterable[Engine]:
    with shop() as made:
        yield made


@settings(max_examples=examples(60), deadline=None)
@given(facts=shops())
def test_every_model_is_what_it_says(engine: Engine, facts: list[Fact]) -> None:
    fill(engine, facts)
    start = day(10).astimezone(SEOUL).replace(hour=0)
    found = ask(engine, "attribution", period=f"{start.date()}..", top=50)
    start, end = found.start, found.end
    journeys = read(facts, start, end)
    table = {r["touch"]: r for r in rows(found, "credit")}
    wins = [(p, v) for p, c, v in journeys if c]
    touched = [(p, v) for p, v in wins if p]
    assert found.facts["conversions"] == len(wins)
    assert found.facts["touched"] == len(touched)
    assert (table[NONE]["conversions"] if NONE in table else 0) == len(wins) - len(touched)
    for model in ("first", "last", "linear", "position", "decay"):
        expected: dict[str, float] = defaultdict(float)
        value: dict[str, float] = defaultdict(float)
        for path, worth in touched:
            for (touch, _), share in zip(path, shares(path, model), strict=True):
                expected[touch] += share
                value[touch] += share * worth
        for touch, row in table.items():
            if touch != NONE:
                assert row[model] == pytest.approx(expected[touch], abs=1e-9), model
                assert row[f"{model}_value"] == pytest.approx(value[touch], abs=1e-6), model
    exact = by_subsets([(frozenset(t for t, _ in p), 1.0) for p, _ in touched])
    assert {t: r["shapley"] for t, r in table.items() if t in exact} == pytest.approx(exact, abs=1e-9)
    steps = chain((tuple(t for t, _ in p), c) for p, c, _ in journeys if p)
    effects = {n: 1 - reach(steps, without=n) / reach(steps) if reach(steps) > 0 else 0.0 for n in table if n != NONE}
    total = sum(effects.values())
    for touch, effect in effects.items():
        assert table[touch]["markov"] == pytest.approx(effect / total * len(touched) if total else 0.0, abs=1e-7)


@settings(max_examples=examples(30), deadline=None)
@given(facts=shops())
def test_every_model_gives_out_all_conversions_once(engine: Engine, facts: list[Fact]) -> None:
    fill(engine, facts)
    found = ask(engine, "attribution", period="all", top=2)
    for model in MODELS:
        assert sum(r[model] for r in rows(found, "credit")) == pytest.approx(found.facts["conversions"], abs=1e-6)
        assert sum(r[f"{model}_value"] for r in rows(found, "credit")) == pytest.approx(found.facts["value"], abs=1e-4)


def test_who_met_a_touch(engine: Engine) -> None:
    from dangol.insights import Context, people, question
    from tests.insights.orders import DEFINITIONS

    fill(
        engine,
        [
            Fact(1, day(1), 1, "Campaign Reached", campaign="spring"),
            Fact(1, day(3), 2, items=(("tea", 10),)),
            Fact(2, day(1), 3, "Campaign Reached", campaign="spring"),
            Fact(3, day(2), 4, items=(("tea", 10),)),
        ],
    )
    here = Context(now=NOW, tz=SEOUL, definitions=DEFINITIONS)
    asked = question("attribution", {"period": "all"})
    assert people(engine, asked, {"touch": "spring"}, here).ids == (1, 2)
    assert people(engine, asked, {"touch": "spring", "converted": True}, here).ids == (1,)
    assert people(engine, asked, {"touch": NONE}, here).ids == (3,)
    fill(
        engine,
        [
            *(Fact(1, day(n), n, "Campaign Reached", campaign="spring") for n in (1, 2)),
            Fact(1, day(3), 3, items=(("tea", 10),)),
            Fact(1, day(4), 4, items=(("tea", 10),)),  # straight after an order: no touch of its own
            Fact(2, day(1), 5, "Campaign Reached", campaign="naver"),
            Fact(2, day(50), 6, items=(("tea", 10),)),  # long after the touch
            Fact(3, day(1), 7, "Campaign Reached", campaign="letter"),
            Fact(3, day(2), 8, items=(("tea", 10),)),
        ],
    )
    asked = question("attribution", {"period": "all", "top": 1})
    table = {r["touch"]: r["conversions"] for r in rows(ask(engine, "attribution", period="all", top=1), "credit")}
    assert table == {"spring": 1, "(others)": 1, NONE: 2}
    assert people(engine, asked, {"touch": NONE}, here).ids == (1, 2)
    assert people(engine, asked, {"touch": "(others)"}, here).ids == (3,)
    assert people(engine, asked, {"touch": "(others)", "converted": True}, here).ids == (3,)
