"""A rule in Korean. A condition has three endings: -고 (and), -거나 (or), and the one before 고객 (customers)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dangol.rules.catalog import Catalog, segment_label
from dangol.rules.nodes import (
    All,
    AnyOf,
    Consent,
    Day,
    Did,
    Field,
    In,
    Node,
    Not,
    Rank,
    Reachable,
    Sequence,
    Split,
    Test,
    Top,
    Trait,
    Waterfall,
    Window,
)
from dangol.rules.say_words import span, value, values, window, worded
from dangol.schema import josa, word, words_of


@dataclass(frozen=True, slots=True)
class Clause:
    """`and_`: 60 이상이고 · `or_`: 60 이상이거나 · `of`: 60 이상인."""

    and_: str
    or_: str
    of: str


def copula(text: str) -> Clause:
    return Clause(f"{text}이고", f"{text}이거나", f"{text}인")


def stem(text: str, of: str) -> Clause:
    return Clause(f"{text}고", f"{text}거나", text[: len(text) - 1] + of)


def having(text: str) -> Clause:
    return stem(f"{text} 있", "있는")


def lacking(text: str) -> Clause:
    return stem(f"{text} 없", "없는")


def done(text: str) -> Clause:
    return stem(f"{text} 했", "한")


_MEASURES = {
    "sum": "합계",
    "average": "평균",
    "min": "최솟값",
    "max": "최댓값",
    "first": "첫 값",
    "last": "마지막 값",
    "distinct": "가짓수",
}
_STATES = {"granted": "동의", "refused": "거부", "withdrawn": "철회", "unknown": "알 수 없음"}
PURPOSES = {"advertising": "광고", "profiling": "프로파일링"}


def clause(node: Node, catalog: Catalog) -> Clause:
    match node:
        case All(parts) | AnyOf(parts):
            read = [_inside(p, catalog) for p in parts]
            heads = [c.and_ if isinstance(node, All) else c.or_ for c in read[:-1]]
            last = read[-1]
            lead = "".join(f"{h}, " for h in heads)
            return Clause(lead + last.and_, lead + last.or_, lead + last.of)
        case Not(In(segments)):
            return stem(f"{_segments(segments, catalog)}에 들어 있지 않", "않은")
        case Not(Did() as part) if part.measure.kind == "count" and part.tests == (Test("at_least", 1),):
            return did(replace(part, tests=(Test("is", 0),)))
        case Not(part):
            return stem(f"{_inside(part, catalog).of} 경우가 아니", "닌")
        case Trait(name, tests, or_missing):
            label = _label(name, catalog) + (" 점수" if node.score else "")
            info = catalog.traits.get(name)
            found = _tests(label, worded(tests, info.words if info else {}, "ko"))
            if or_missing:
                found = copula(f"{found.or_} 알 수 없는 경우")
            return found
        case Did():
            return did(node)
        case Sequence():
            return done(_sequence(node))
        case _:
            return _other(node, catalog)


def _other(node: Node, catalog: Catalog) -> Clause:
    match node:
        case In(segments):
            return having(f"{_segments(segments, catalog)}에 들어")
        case Waterfall(groups, take):
            before = groups[: groups.index(take)]
            if not before:
                return having(f"{_segments((take,), catalog)}에 들어")
            left = f"앞선 {_segments(before, catalog)}에는 들어 있지 않고"
            return having(f"{left} {_segments((take,), catalog)}에 들어")
        case Top(by, n, percent, lowest):
            many = f"{value(n)}명" if n else f"{value(percent)}%"
            return copula(f"{_label(by, catalog)} {'하위' if lowest else '상위'} {many}")
        case Rank(by, tests):
            return _tests(f"{_label(by, catalog)} 백분위(0 최저, 100 최고)", tests)
        case Split(name, low, high):
            return having(f"지속 분할 “{name}”의 {_percent(low)}~{_percent(high)} 구간에 들어")
        case Consent(channel, purpose, states):
            said = values(tuple(_STATES[s] for s in states), "ko")
            return copula(
                f"{word('channel', channel, 'ko')} {PURPOSES.get(purpose, purpose)} 수신에 대한 의사가 {said}"
            )
        case Reachable(channel):
            return having(f"{josa(word('channel', channel, 'ko'), '으로/로')} 연락할 수")
        case Day(trait, w, birthday):
            what = "생일이" if birthday else f"{_label(trait, catalog)} 기념일이"
            return having(f"{what} {window(w, 'ko')}")
    raise AssertionError(node)


def did(node: Did) -> Clause:
    lead = "".join(f"{window(w, 'ko')} " for w in node.windows)
    if node.since is not None:
        lead += f"마지막으로 {josa(_what(node.since), '을/를')} 한 뒤로 "
    what = _what(node) + (" 주문 줄" if node.of == "items" else "")
    if node.measure.kind != "count":
        return _tests(
            f"{lead}{what}의 {word('field', node.measure.field, 'ko')} {_MEASURES[node.measure.kind]}", node.tests
        )
    if node.tests == (Test("is", 0),):
        return lacking(f"{lead}{josa(what, '을/를') if node.names else what + '도'} 한 적이")
    if node.tests == (Test("at_least", 1),):
        return having(f"{lead}{josa(what, '을/를')} 한 적이")
    return done(f"{lead}{josa(what, '을/를')} {', '.join(_times(t) for t in node.tests)}")


def _what(node: Did) -> str:
    names = _names(tuple(word("event", n, "ko") for n in node.names)) if node.names else "아무 행동"
    return f"{names}({where(node.where)})" if node.where is not None else names


def _times(test: Test) -> str:
    if test.op == "between" and isinstance(test.value, tuple):
        return f"{value(test.value[0])}~{value(test.value[1])}회"
    times = {
        "is": "정확히 {}회",
        "at_least": "{}회 이상",
        "at_most": "{}회 이하로",
        "above": "{}회보다 많이",
        "below": "{}회보다 적게",
    }
    return times[test.op].replace("{}", value(test.value))


def where(node: Node) -> str:
    """A filter in words."""
    match node:
        case All(parts):
            return ", ".join(_in_brackets(p) for p in parts)
        case AnyOf(parts):
            return " 또는 ".join(_in_brackets(p) for p in parts)
        case Not(part):
            return f"({where(part)})이 아님"
        case Field(name, tests):
            return ", ".join(_short(word("field", name, "ko"), t) for t in worded(tests, words_of(name), "ko"))
    raise AssertionError(node)


def _in_brackets(node: Node) -> str:
    return f"({where(node)})" if isinstance(node, All | AnyOf) else where(node)


def _short(name: str, test: Test) -> str:
    """`category: 등산 또는 트레킹`: inside brackets, without endings."""
    if isinstance(test.value, Window):
        return f"{name}: {window(test.value, 'ko')}"
    said = values(test.value, "ko")
    if test.op == "between" and isinstance(test.value, tuple):
        said = f"{value(test.value[0])}~{value(test.value[1])}"
    tail = {
        "is": f": {said}",
        "in": f": {said}",
        "is_not": f": {said} 아님",
        "not_in": f": {said} 아님",
        "at_least": f" {said} 이상",
        "at_most": f" {said} 이하",
        "above": f" {said} 초과",
        "below": f" {said} 미만",
        "between": f" {said}",
        "contains": f": “{said}” 포함",
        "starts_with": f": “{said}”로 시작",
        "ends_with": f": “{said}”로 끝남",
        "matches": f": 정규식 {said}",
        "exists": " 있음",
        "missing": " 없음",
        "has_any": f": {said}",
        "has_all": f": {said}",
    }
    return name + tail[test.op]


def _tests(label: str, tests: tuple[Test, ...]) -> Clause:
    read = [_test(label if i == 0 else "", t) for i, t in enumerate(tests)]
    lead = "".join(f"{c.and_} " for c in read[:-1])
    return Clause(lead + read[-1].and_, lead + read[-1].or_, lead + read[-1].of)


def _test(label: str, test: Test) -> Clause:
    name = f"{josa(label, '이/가')} " if label else ""
    said = values(test.value, "ko") if not isinstance(test.value, Window) else ""
    match test.op:
        case "exists":
            return having(f"{josa(label or '값', '이/가')}")
        case "missing":
            return lacking(f"{josa(label or '값', '이/가')}")
        case "window" if isinstance(test.value, Window):
            return having(f"{name}{window(test.value, 'ko')}")
        case "is_not" | "not_in":
            return stem(f"{name}{josa(said, '이/가')} 아니", "닌")
        case "between" if isinstance(test.value, tuple):
            return copula(f"{name}{value(test.value[0])}~{value(test.value[1])}")
        case "contains":
            return stem(f"{name}“{josa_quoted(said, '을/를')} 포함하", "하는")
        case "starts_with":
            return stem(f"{name}“{josa_quoted(said, '으로/로')} 시작하", "하는")
        case "ends_with":
            return stem(f"{name}“{josa_quoted(said, '으로/로')} 끝나", "나는")
        case "matches":
            return stem(f"{name}정규식 {said}에 맞", "맞는")
        case "has_any":
            return having(f"{label + '에 ' if label else ''}{josa(said, '이/가')}")
        case "has_all" if isinstance(test.value, tuple):
            return having(f"{label + '에 ' if label else ''}{josa(', '.join(map(value, test.value)), '이/가')} 모두")
    tail = {"at_least": " 이상", "at_most": " 이하", "above": " 초과", "below": " 미만"}.get(test.op, "")
    return copula(f"{name}{said}{tail}")


def josa_quoted(word: str, pair: str) -> str:
    """The closing quote stands between the word and its particle."""
    return f"{word}”{josa(word, pair)[len(word) :]}"


def _sequence(node: Sequence) -> str:
    text = "".join(f"{window(w, 'ko')} " for w in node.windows) + _what(node.steps[0].did)
    for step in node.steps[1:]:
        gap = f" {span(step.within, 'ko')} 안에" if step.within else ""
        clear = f" 사이에 {_what(step.not_between)} 없이" if step.not_between else ""
        text += f" 다음{gap}{clear} {_what(step.did)}"
    return f"{josa(text, '을/를')} 차례로"


def _inside(node: Node, catalog: Catalog) -> Clause:
    found = clause(node, catalog)
    if isinstance(node, All | AnyOf) and len(node.parts) > 1:
        return copula(f"({found.of}) 경우")
    return found


def _names(names: tuple[str, ...]) -> str:
    return values(names, "ko")


def _segments(names: tuple[str, ...], catalog: Catalog) -> str:
    return _names(tuple(segment_label(catalog, n, "ko") for n in names))


def _label(name: str, catalog: Catalog) -> str:
    info = catalog.traits.get(name)
    return (info.ko if info else "") or name


def _percent(share: float) -> str:
    return f"{share * 100:.6g}%"
