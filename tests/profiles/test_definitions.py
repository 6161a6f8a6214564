"""Reading definitions: what is allowed, and every mistake at once with its place and the nearest word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dangol.profiles import Definitions, documents, shipped_traits
from dangol.schema import DefinitionError, FileError

SAYS = {"says": {"ko": "시험", "en": "test"}}
EXAMPLES = Path(__file__).parents[2] / "examples"


def wrong(*traits: dict[str, Any], segments: list[dict[str, Any]] | None = None) -> list[str]:
    with pytest.raises(DefinitionError) as caught:
        Definitions.of([{**SAYS, **t} for t in traits], segments or [])
    return [str(p) for p in caught.value.problems]


def test_shipped_traits_speak_both_languages_and_know_their_family() -> None:
    defined = Definitions.of()
    assert len(defined.traits) == len(shipped_traits())
    assert all(t.says["ko"] and t.says["en"] and t.says["ko"] != t.says["en"] for t in defined.traits.values())
    assert {t.family for t in defined.traits.values()} == {"demographic", "behavioural"}
    needed = {
        "orders", "cancelled_orders", "revenue", "revenue_90d", "revenue_365d", "average_basket", "first_order_at",
        "last_order_at", "days_since_last_order", "usual_interval", "lateness", "favourite_category", "favourite_channel",
        "favourite_weekday", "favourite_hour", "favourite_place", "device", "category_breadth", "discount_share",
        "rfm_recency", "rfm_frequency", "rfm_monetary", "rfm_score", "rfm_score_log", "lifecycle_stage", "spend_trend",
        "active_days", "first_channel", "first_product", "last_category", "gender", "birth_year", "age", "age_band",
        "region", "district",
    }  # fmt: skip
    assert needed <= set(defined.traits)


@pytest.mark.parametrize("name", ["complete-journey", "online-retail"])
def test_example_definitions_are_sound(name: str) -> None:
    found = documents(EXAMPLES / name / "traits") + documents(EXAMPLES / name / "segments")
    defined = Definitions.of([d for d in found if "trait" in d], [d for d in found if "segment" in d])
    assert len(defined.segments) >= 12
    assert all(s.says["ko"] != s.says["en"] for s in defined.segments.values())


def test_a_trait_of_the_same_name_replaces_the_shipped_one() -> None:
    defined = Definitions.of([{"trait": "age_band", **SAYS, "given": "age_band"}])
    assert defined.traits["age_band"].needs == ()


def test_every_mistake_is_reported_at_once() -> None:
    said = wrong(
        {"trait": "a", "sum": "amout"},
        {"trait": "b", "formula": "revenu / orders"},
        {"trait": "c", "count": "events", "wehre": {}},
        {"trait": "Bad Name", "count": "events"},
        {"trait": "d", "sum": "amount", "count": "events"},
        {"trait": "e", "formula": "system('x')"},
        {"trait": "f", "cases": [{"when": "lateness > :lapsng_at", "then": "late"}], "settings": {"lapsing_at": 3}},
        {"trait": "g", "quantile": {"trait": "revenue", "of": 1}},
        {"trait": "h", "trend": {"sum": "amount"}},
        {"trait": "refreshed_at", "count": "events"},
        {"trait": "i", "sum": "channel"},
        {"trait": "j", "count": "events", "within": "30 days", "during": "this month"},
    )
    text = "\n".join(said)
    for part in (
        "traits.a.sum: events have no field 'amout' (did you mean 'amount'?)",
        "traits.b: there is no trait 'revenu' (did you mean 'revenue'?)",
        "traits.c.wehre: 'wehre' has no meaning here (did you mean 'where'?)",
        "a trait needs a name of lower-case letters",
        "traits.d: one way to compute it is needed, found count and sum",
        "traits.e.formula",
        "there is no setting ':lapsng_at' (did you mean ':lapsing_at'?)",
        "of is from 2 to 100",
        "a trend needs `within:`",
        "this name is taken",
        "'channel' is not a number",
        "one window is enough",
    ):
        assert part in text, part


def test_circles_of_traits_and_of_segments_are_named() -> None:
    said = wrong({"trait": "a", "formula": "b + 1"}, {"trait": "b", "formula": "a + 1"})
    assert any("in a circle" in s and "a" in s for s in said)
    circle = [{"segment": "x", **SAYS, "where": {"in": "y"}}, {"segment": "y", **SAYS, "where": {"in": "x"}}]
    assert wrong(segments=circle)


@pytest.mark.parametrize(
    "text",
    [
        "orders; drop table customers", "(select 1)", "customers.orders", "orders over ()", "sum(orders)", "'text'",
        "read_csv('x')", "orders || 'x'", "orders +", "case when orders then 1 end", "cast(orders as int)", "*",
    ],
)  # fmt: skip
def test_formulas_hold_arithmetic_only(text: str) -> None:
    assert wrong({"trait": "a", "formula": text})


def test_filters_and_windows_are_checked_when_definitions_are_read() -> None:
    said = wrong(
        {"trait": "a", "count": "events", "where": {"channel": {"at_leats": 3}}},
        {"trait": "b", "count": "events", "within": "soon"},
        {"trait": "c", "share": {"where": {"weekday": {"like": "sat"}}}},
    )
    assert len(said) == 3
    assert all(s.startswith(f"traits.{n}") for s, n in zip(said, "abc", strict=True))


def test_segments_need_both_languages_and_a_rule() -> None:
    said = wrong(segments=[{"segment": "x", "says": {"ko": "가"}, "were": {}}])
    assert any("both languages" in s for s in said)
    assert any("did you mean 'where'?" in s for s in said)


def test_files_that_are_no_definitions_say_so(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("trait: [", encoding="utf-8")
    with pytest.raises(FileError, match="not valid YAML"):
        documents(tmp_path)
    with pytest.raises(FileError, match="nothing here"):
        documents(tmp_path / "none")
