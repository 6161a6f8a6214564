"""Values, lengths of time and windows in words, in both languages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from dangol.rules.nodes import Duration, Test, Unit, Window
from dangol.schema import Lang, Text, moment_words

_KO_UNITS = {"second": "초", "minute": "분", "hour": "시간", "day": "일", "week": "주", "month": "개월", "year": "년"}
_UPWARDS: tuple[Unit, ...] = ("week", "day", "hour", "minute")
_KO_PHRASES = {
    "today": "오늘",
    "yesterday": "어제",
    "tomorrow": "내일",
    "this week": "이번 주",
    "last week": "지난주",
    "next week": "다음 주",
    "this month": "이번 달",
    "last month": "지난달",
    "next month": "다음 달",
    "this quarter": "이번 분기",
    "last quarter": "지난 분기",
    "next quarter": "다음 분기",
    "this year": "올해",
    "last year": "작년",
    "next year": "내년",
}
_KO_SEVERAL = {"days": "일", "weeks": "주", "months": "개월", "quarters": "개 분기", "years": "년"}


def value(given: Any) -> str:
    """One value as people write it."""
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, int):
        return f"{given:,}"
    if isinstance(given, float | Decimal):
        whole = abs(float(given)) < 1e15 and given == int(given)
        return f"{int(given):,}" if whole else f"{given.normalize():,f}" if isinstance(given, Decimal) else f"{given:,}"
    if isinstance(given, dt.datetime):
        return given.isoformat(sep=" ")
    return str(given)


def worded(tests: tuple[Test, ...], words: Mapping[str, Text], lang: Lang) -> tuple[Test, ...]:
    """The same tests with values as people say them: `lapsing` → 이탈 조짐; in Korean `true` → 예."""

    def said(given: Any) -> Any:
        if isinstance(given, bool) and lang == "ko":
            return "예" if given else "아니요"
        return words[given].say(lang) if isinstance(given, str) and given in words else given

    return tuple(
        replace(t, value=tuple(map(said, t.value)) if isinstance(t.value, tuple) else said(t.value))
        if t.op in ("is", "is_not", "in", "not_in", "has_any", "has_all")
        else t
        for t in tests
    )


def measured(given: Any, zone: dt.tzinfo = dt.UTC) -> str:
    """A measured value: as `value`, with four digits that matter where it is a fraction; a moment on the clock of `zone`."""
    if isinstance(given, dt.datetime):
        return moment_words(given, zone)
    if isinstance(given, float) and given != round(given):
        given = float(f"{given:.4g}") if abs(given) < 1000 else round(given, 1)
    return value(given)


def values(given: Any, lang: Lang) -> str:
    """Several values, joined by or."""
    each = [value(v) for v in (given if isinstance(given, tuple) else (given,))]
    if len(each) == 1:
        return each[0]
    return ", ".join(each[:-1]) + (" 또는 " if lang == "ko" else " or ") + each[-1]


def span(length: Duration, lang: Lang) -> str:
    """`2 weeks`, `3개월`; what a machine wrote in seconds, minutes or hours, in the largest unit that holds it whole."""
    length = _largest(length)
    return f"{length.n}{_KO_UNITS[length.unit]}" if lang == "ko" else str(length)


def _largest(length: Duration) -> Duration:
    """As long as it was. Days and weeks stay as somebody wrote them: 14 days are no slip of the pen."""
    fixed = length.fixed
    if fixed is None or length.n == 0 or length.unit in ("day", "week"):
        return length
    for unit in _UPWARDS:
        whole, rest = divmod(fixed, dt.timedelta(**{f"{unit}s": 1}))
        if not rest:
            return Duration(whole, unit)
    return length


def phrase(text: str, lang: Lang) -> str:
    if lang == "en":
        return f"in the {text}" if len(text.split()) == 3 else text
    if text in _KO_PHRASES:
        return _KO_PHRASES[text]
    _, n, unit = text.split()
    return f"지난 {n}{_KO_SEVERAL[unit]}"


def window(w: Window, lang: Lang) -> str:
    """When, as an adverbial: `in the last 90 days`, `최근 90일 동안`."""
    if isinstance(w.value, Duration):
        length = span(w.value, lang)
        return {
            "within": {"en": f"in the last {length}", "ko": f"최근 {length} 동안"},
            "not_within": {"en": f"more than {length} ago", "ko": f"{length}보다 전에"},
            "within_next": {"en": f"in the next {length}", "ko": f"앞으로 {length} 안에"},
        }[w.kind][lang]
    if isinstance(w.value, str):
        return phrase(w.value, lang) + (
            "에" if lang == "ko" and w.value not in ("today", "yesterday", "tomorrow") else ""
        )
    if isinstance(w.value, tuple):
        low, high = (value(v) for v in w.value)
        if low == high:
            return f"{low}에" if lang == "ko" else f"on {low}"
        return f"{low}부터 {high}까지" if lang == "ko" else f"from {low} to {high}"
    day = value(w.value)
    return {
        "before": {"en": f"before {day}", "ko": f"{day} 전에"},
        "after": {
            "en": f"after {day}",
            "ko": f"{day} 다음날부터" if not isinstance(w.value, dt.datetime) else f"{day} 뒤에",
        },
        "since": {"en": f"since {day}", "ko": f"{day}부터"},
    }[w.kind][lang]
