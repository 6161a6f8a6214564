"""Three populations and a brute-force reading agree: everyone, the union of single customers, touched ones, the oracle."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dangol.engine import DuckDBEngine, sql
from dangol.rules import Context, Rule, compile_rule, explain, parse, say, to_yaml
from dangol.schema import TABLES, DefinitionError, Lang
from dangol.schema.words import GLOSSARY
from tests.oracle.rules_reading import Reader
from tests.oracle.rules_worlds import CATALOG, NOW, PLACES, SEGMENTS, leaf_rules, load, rules, worlds

SEOUL = ZoneInfo("Asia/Seoul")
FOUND = (Phase.explicit, Phase.reuse, Phase.generate)  # a world with five tables shrinks too slowly
LANGUAGES: tuple[Lang, ...] = ("ko", "en")
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    engine = DuckDBEngine(threads=1)
    engine.ensure(TABLES.values())
    yield engine
    engine.close()


def context(tz: str = "Asia/Seoul") -> Context:
    now = NOW.replace(tzinfo=dt.UTC)
    return Context(now, ZoneInfo(tz), CATALOG, None, PLACES["customers"], "inline", salt="key", tables=PLACES)


def read(body: Any) -> Rule | None:
    """The rule; None for a random one that contradicts itself."""
    try:
        return parse(body, CATALOG)
    except DefinitionError as error:
        assert all("nobody can match" in p.message.en or "opposite" in p.message.en for p in error.problems), error  # noqa: PT017
        return None


def members(engine: DuckDBEngine, rule: Rule, ctx: Context) -> list[int]:
    return sorted(engine.run(compile_rule(rule, ctx))["customer_id"].to_pylist())


several = st.lists(rules, min_size=3, max_size=6)
zones = st.sampled_from(["Asia/Seoul", "America/New_York", "UTC"])


@settings(max_examples=12, deadline=None, suppress_health_check=QUIET, phases=FOUND)
@given(world=worlds, bodies=several, tz=zones)
def test_everyone_is_the_oracle(engine: DuckDBEngine, world: Any, bodies: list[Any], tz: str) -> None:
    against_oracle(engine, world, bodies, tz)


@pytest.mark.slow
@settings(max_examples=250, deadline=None, suppress_health_check=QUIET, phases=FOUND)
@given(world=worlds, bodies=several, tz=zones)
def test_everyone_is_the_oracle_many_times(engine: DuckDBEngine, world: Any, bodies: list[Any], tz: str) -> None:
    against_oracle(engine, world, bodies, tz)


def against_oracle(engine: DuckDBEngine, world: Any, bodies: list[Any], tz: str) -> None:
    load(engine, world)
    oracle = Reader(world, NOW, ZoneInfo(tz), SEGMENTS, "key")
    for body in bodies:
        if rule := read(body):
            assert members(engine, rule, context(tz)) == oracle.members(body), body


@settings(max_examples=6, deadline=None, suppress_health_check=QUIET, phases=FOUND)
@given(world=worlds, bodies=st.lists(rules, min_size=1, max_size=3))
def test_three_populations_agree_and_explain_says_the_same(engine: DuckDBEngine, world: Any, bodies: list[Any]) -> None:
    load(engine, world)
    ctx = context()
    for body in bodies:
        if not (rule := read(body)):
            continue
        everyone = members(engine, rule, ctx)
        single = [i for i in range(1, 6) if members(engine, rule, ctx.only(i))]
        touched = sql("SELECT customer_id FROM small_customers WHERE customer_id IN (2, 4, 5)")
        some = members(engine, rule, ctx.only(touched))  # type: ignore[arg-type]
        assert single == everyone
        assert some == [i for i in everyone if i in (2, 4, 5)]
        for i in (1, 4):
            told = explain(rule, i, ctx, engine)
            assert told.met == (i in everyone)
            assert told.because("en").startswith("in " if told.met else "out ")
            assert told.text("ko")
            assert told.as_dict()["met"] == told.met


@settings(max_examples=60, deadline=None, suppress_health_check=QUIET)
@given(body=rules)
def test_written_back_it_reads_the_same_and_says_the_same(body: Any) -> None:
    if rule := read(body):
        again = parse(yaml.safe_load(to_yaml(rule)), CATALOG)
        assert again.root == rule.root
        assert to_yaml(again) == to_yaml(rule)
        for lang in ("ko", "en"):
            assert say(again, CATALOG, lang) == say(rule, CATALOG, lang)
        assert compile_rule(rule, context()).sql("spark")


@settings(max_examples=60, deadline=None, suppress_health_check=QUIET)
@given(body=leaf_rules)
def test_sentences_name_every_value(body: Any) -> None:
    if rule := read(body):
        for lang in LANGUAGES:
            sentence = say(rule, CATALOG, lang).replace(",", "")
            for value in values(body):
                assert any(word.replace(",", "") in sentence for word in said(value, lang)), (value, sentence)


def said(value: str, lang: Lang) -> set[str]:
    """A value as a sentence may say it: a name of dangol's own in words, everything else as it is."""
    return {words[value].say(lang) for words in GLOSSARY.values() if value in words} or {value}


def values(body: Any) -> list[str]:
    """What a sentence has to mention: numbers, dates and words of the shop (lengths of time by their number)."""
    if isinstance(body, dict):
        if "waterfall" in body and "take" in body:  # the groups below the one taken decide nothing
            return values(body["waterfall"][: body["waterfall"].index(body["take"]) + 1])
        found = [
            v
            for k, part in body.items()
            if k not in ("is", "share", "from", "to", "channel", "purpose")
            for v in values(part)
        ]
        return found + ([v for v in values(body["is"]) if not isinstance(body["is"], str)] if "is" in body else [])
    if isinstance(body, list):
        return [v for part in body for v in values(part)]
    if isinstance(body, bool) or body in (None, "any", "events", "items", "email", "sms"):
        return []
    if body in ("granted", "refused", "withdrawn", "unknown"):  # said in words of either language
        return []
    if isinstance(body, str):
        first = body.split()[0]
        if body in ("today", "yesterday") or first in ("this", "last"):
            return []
        if body in CATALOG.traits:
            return []
        if body == "0 times":  # never
            return []
        return [first if first.isdigit() else body]
    if isinstance(body, int | float) and not isinstance(body, bool):
        return [] if body in (0, 1) else [f"{body:g}"]
    return [str(body)]
