"""Sentences as people would say them, particles and all."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dangol.rules import EXAMPLE_CATALOG as CATALOG
from dangol.rules import Catalog, examples, parse, say
from dangol.schema import josa


@pytest.mark.parametrize(
    ("body", "ko", "en"),
    [
        ({"trait": "age", "at_least": 60}, "나이가 60 이상인 고객", "customers whose age is at least 60"),
        ({"trait": "region", "is_not": "서울"}, "지역이 서울이 아닌 고객", "customers whose region is not 서울"),
        (
            {"score": "churn", "above": 0.7},
            "이탈 가능성 점수가 0.7 초과인 고객",
            "customers whose churn score is above 0.7",
        ),
        (
            {"did": "Order Completed", "never": True, "within": "30 days"},
            "최근 30일 동안 주문 완료를 한 적이 없는 고객",
            "customers who never did Order Completed in the last 30 days",
        ),
        (
            {"not": {"did": "구매", "during": "this month"}},
            "이번 달에 구매를 한 적이 없는 고객",
            "customers who did not do 구매 this month",
        ),
        (
            {
                "did": "상품 조회",
                "where": {"category": {"in": ["등산", "트레킹"]}},
                "at_least": 2,
                "within": "3 months",
            },
            "최근 3개월 동안 상품 조회(카테고리: 등산 또는 트레킹)를 2회 이상 한 고객",
            "customers who did 상품 조회 (category is one of 등산 or 트레킹) at least 2 times in the last 3 months",
        ),
        (
            {"any": [{"trait": "vip"}, {"all": [{"in": "big-spenders"}, {"trait": "age", "below": 30}]}]},
            "우수 고객이 예이거나, (big-spenders에 들어 있고, 나이가 30 미만인) 경우인 고객",
            "customers whose VIP is true or (who are in big-spenders, and whose age is below 30)",
        ),
        (
            {"sequence": [{"did": "조회"}, {"did": "구매", "within": "3 days", "not_between": {"did": "문의"}}]},
            "조회 다음 3일 안에 사이에 문의 없이 구매를 차례로 한 고객",
            "customers who did 조회, then 구매 within 3 days without 문의 in between",
        ),
    ],
)
def test_sentences(body: Any, ko: str, en: str) -> None:
    rule = parse(body, CATALOG)
    assert say(rule, CATALOG, "ko") == ko
    assert say(rule, CATALOG, "en") == en


SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
SAID = {"초": "second", "분": "minute", "시간": "hour", "일": "day", "주": "week"}
SAID |= {f"{unit}{s}": unit for unit in SECONDS for s in ("", "s")}


@given(st.integers(1, 100), st.sampled_from([1, 60, 3600, 86_400, 604_800]), st.sampled_from(list(SECONDS)))
@example(14, 86_400, "second")
def test_a_span_is_said_as_long_as_it_is(n: int, each: int, unit: str) -> None:
    """Read back from both sentences; below a day no larger unit would hold it whole."""
    length = n * each // SECONDS[unit] or n
    rule = parse({"did": "구매", "within": f"{length} {unit}s"}, CATALOG)
    en = re.search(r"in the last (\d+) (\w+)$", say(rule, CATALOG, "en"))
    ko = re.match(r"최근 (\d+)([가-힣]+?) 동안", say(rule, CATALOG, "ko"))
    assert en
    assert ko
    for found in (en, ko):
        said, size = int(found[1]), SECONDS[SAID[found[2]]]
        assert said * size == length * SECONDS[unit]
        larger = [s for s in SECONDS.values() if s > size and said * size % s == 0]
        assert not larger or unit in ("day", "week")
    assert (en[1] == "1") == (not en[2].endswith("s"))


def test_a_segment_is_called_what_people_call_it() -> None:
    document = {"says": {"ko": "단골", "en": "regulars"}, "where": {"trait": "vip"}}
    catalog = Catalog(CATALOG.traits, {"seg-1": document, "seg-2": {"trait": "vip"}})
    rule = parse({"waterfall": ["seg-2", "seg-1"]}, catalog)
    assert say(rule, catalog, "ko") == "앞선 seg-2에는 들어 있지 않고 단골에 들어 있는 고객"
    assert say(rule, catalog, "en") == "customers who are in regulars and in none of seg-2, which come first"


@pytest.mark.parametrize("name", sorted(examples()))
def test_every_construct_has_both_sentences(name: str) -> None:
    rule = parse(examples()[name], CATALOG)
    ko, en = say(rule, CATALOG, "ko"), say(rule, CATALOG, "en")
    assert ko.endswith(" 고객")
    assert en.startswith(("customers who ", "customers whose "))
    assert "  " not in ko + en


@pytest.mark.parametrize(
    ("word", "pair", "said"),
    [
        ("서울", "을/를", "서울을"),
        ("부산", "이/가", "부산이"),
        ("나이", "은/는", "나이는"),
        ("서울", "으로/로", "서울로"),
        ("문자", "으로/로", "문자로"),
        ("카카오톡", "으로/로", "카카오톡으로"),
        ("3", "을/를", "3을"),
        ("2", "을/를", "2를"),
        ("E-mail", "이/가", "E-mail이"),
        ("구매(category: 등산)", "을/를", "구매(category: 등산)를"),
        ("", "을/를", "를"),
    ],
)
def test_particles(word: str, pair: str, said: str) -> None:
    assert josa(word, pair) == said
