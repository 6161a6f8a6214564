"""What one customer measured on one leaf, and how far from it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, cast

from sqlglot import exp

from dangol.engine import Engine
from dangol.rules.compile_did import measure_query, sequence_query
from dangol.rules.compile_other import SPLIT_STEPS, consent_query, rank_query, split_prefix, top_query
from dangol.rules.context import Context
from dangol.rules.nodes import Consent, Day, Did, In, Node, Rank, Reachable, Sequence, Split, Test, Top, Trait
from dangol.rules.say_words import measured as said
from dangol.schema import Lang, Text, josa, utc_words

LANGUAGES: tuple[Lang, Lang] = ("ko", "en")


@dataclass(frozen=True, slots=True)
class Measured:
    """The value, a sentence in each language, and for a near miss how much is missing."""

    value: Any
    ko: str
    en: str
    missing: float | None = None

    def as_dict(self) -> dict[str, Any]:
        plain = self.value if isinstance(self.value, str | int | float | bool | list | None) else _plain(self.value)
        shape = {"value": plain, "ko": self.ko, "en": self.en}
        return {**shape, "missing": self.missing} if self.missing is not None else shape


def _plain(value: object) -> str:
    return utc_words(value) if isinstance(value, dt.datetime) else str(value)


def measure(node: Node, met: bool, ctx: Context, engine: Engine) -> Measured | None:
    """The customer is `ctx.population`; None where truth says it all."""
    match node:
        case Trait(name):
            return _trait(name, node.tests, met, ctx, engine)
        case Day(name):
            return _trait(name, (), met, ctx, engine)
        case Did():
            return _did(node, met, ctx, engine)
        case Sequence():
            return _sequence(node, ctx, engine)
        case Rank():
            return _rank(node, ctx, engine)
        case Top(by):
            return _top(node, by, ctx, engine)
        case Split():
            return _split(node, ctx)
        case Consent():
            return _consent(node, ctx, engine)
        case In() | Reachable():
            return None
    return None


def split_position(split: Split, salt: str, customer_id: int) -> float:
    """Where a customer falls in a split, 0..1: the Python reading of what the SQL compares as text."""
    digest = hashlib.md5((split_prefix(split, salt) + str(customer_id)).encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) / SPLIT_STEPS


def _trait(name: str, tests: tuple[Test, ...], met: bool, ctx: Context, engine: Engine) -> Measured:
    info = ctx.catalog.traits[name]
    ko, en = info.ko or name, info.en or name
    value = _one(
        engine,
        exp.select(exp.alias_(exp.column(name, quoted=True), "m", copy=False), copy=False)
        .from_(exp.to_table(ctx.customers), copy=False)
        .where(ctx.whose(), copy=False),
    )
    if value is None:
        return Measured(None, f"{josa(ko, '을/를')} 알 수 없음", f"{en} is unknown")
    shown_ko, shown_en = (_shown(value, info.words, lang, ctx.tz) for lang in LANGUAGES)
    missing = None if met else _short_of(value, tests)
    near_ko, near_en = (f", {said(missing)} 모자람", f", {said(missing)} short") if missing is not None else ("", "")
    return Measured(value, f"{josa(ko, '이/가')} {shown_ko}{near_ko}", f"{en} is {shown_en}{near_en}", missing)


def _shown(value: Any, words: Mapping[str, Text], lang: Lang, zone: dt.tzinfo) -> str:
    if isinstance(value, list):
        return ", ".join(_shown(v, words, lang, zone) for v in value)
    if isinstance(value, bool) and lang == "ko":
        return "예" if value else "아니요"
    return words[value].say(lang) if isinstance(value, str) and value in words else said(value, zone)


def _did(did: Did, met: bool, ctx: Context, engine: Engine) -> Measured:
    value = _one(
        engine, exp.select("m", copy=False).from_(measure_query(did, ctx).subquery("measured", copy=False), copy=False)
    )
    if value is None and did.measure.kind in ("count", "sum", "distinct"):
        value = 0
    missing = None if met else _short_of(value, did.tests)
    if did.measure.kind == "count":
        goal = next((said(t.value) for t in did.tests if t.op == "at_least"), None)
        if goal is not None and missing is not None:
            many = "time" if goal == "1" else "times"
            return Measured(value, f"{goal}회 가운데 {said(value)}회", f"{said(value)} of {goal} {many}", missing)
        return Measured(value, f"{said(value)}회", f"{said(value)} {'time' if value == 1 else 'times'}", missing)
    if value is None:
        return Measured(None, "값이 없음", "there is no value", None)
    near_ko, near_en = (f", {said(missing)} 모자람", f", {said(missing)} short") if missing is not None else ("", "")
    return Measured(value, f"{said(value, ctx.tz)}{near_ko}", f"{said(value, ctx.tz)}{near_en}", missing)


def _sequence(sequence: Sequence, ctx: Context, engine: Engine) -> Measured:
    total = len(sequence.steps)
    reached = 0
    for n in range(1, total + 1):
        part = replace(sequence, steps=sequence.steps[:n])
        if engine.run(sequence_query(part, ctx).limit(1)).num_rows == 0:
            break
        reached = n
    return Measured(
        reached, f"{total}단계 가운데 {reached}단계", f"{reached} of {total} steps", float(total - reached) or None
    )


def _rank(rank: Rank, ctx: Context, engine: Engine) -> Measured:
    value = _one(
        engine,
        exp.select("m", copy=False)
        .from_(rank_query(rank, ctx).subquery("measured", copy=False), copy=False)
        .where(ctx.whose(), copy=False),
    )
    if value is None:
        return Measured(None, *_unknown(rank.by, ctx))
    return Measured(value, f"백분위 {value:.4g}", f"percentile {value:.4g}")


def _top(top: Top, by: str, ctx: Context, engine: Engine) -> Measured:
    ranked = cast(exp.Subquery, top_query(top, ctx).args["from_"].this)
    place = _one(
        engine,
        exp.select(exp.alias_(exp.column("place"), "m", copy=False), copy=False)
        .from_(ranked, copy=False)
        .where(ctx.whose(), copy=False),
    )
    if place is None:
        return Measured(None, *_unknown(by, ctx))
    return Measured(place, f"{said(place)}번째", f"place {said(place)}")


def _split(split: Split, ctx: Context) -> Measured:
    position = split_position(split, ctx.salt, cast(int, ctx.population))
    return Measured(position, f"분할에서 {position:.2%} 자리", f"at {position:.2%} of the split")


def _consent(consent: Consent, ctx: Context, engine: Engine) -> Measured:
    states = sorted(engine.run(consent_query(consent, ctx))["state"].to_pylist()) or ["unknown"]
    words = {"granted": "동의", "refused": "거부", "withdrawn": "철회", "unknown": "알 수 없음"}
    return Measured(states, ", ".join(words.get(s, s) for s in states), ", ".join(states))


def _unknown(name: str, ctx: Context) -> tuple[str, str]:
    info = ctx.catalog.traits.get(name)
    ko, en = (info.ko or name, info.en or name) if info else (name, name)
    return f"{josa(ko, '을/를')} 알 수 없음", f"{en} is unknown"


def _one(engine: Engine, query: exp.Query) -> Any:
    found = engine.run(query)["m"].to_pylist()
    return found[0] if found else None


def _short_of(value: Any, tests: tuple[Test, ...]) -> float | None:
    """How much a number lacks to the largest lower limit; None when it is not a matter of lacking."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    lowest: list[float] = []
    for test in tests:
        held = test.value[0] if test.op == "between" and isinstance(test.value, tuple) else test.value
        if test.op in ("at_least", "above", "between", "is") and isinstance(held, int | float | Decimal):
            lowest.append(float(held) - float(value))
    short = max(lowest, default=0.0)
    return short if short > 0 else None
