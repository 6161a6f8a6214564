"""A rule in English: every condition is a clause after "customers"."""

from __future__ import annotations

from collections.abc import Mapping

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
from dangol.schema import Text, word, words_of

_OPS = {
    "is": "is",
    "is_not": "is not",
    "in": "is one of",
    "not_in": "is none of",
    "at_least": "is at least",
    "at_most": "is at most",
    "above": "is above",
    "below": "is below",
    "contains": "contains",
    "starts_with": "starts with",
    "ends_with": "ends with",
    "matches": "matches",
    "has_any": "include",
    "has_all": "include",
}
_MEASURES = {
    "sum": "total",
    "average": "average",
    "min": "lowest",
    "max": "highest",
    "first": "first",
    "last": "last",
    "distinct": "number of different",
}
_CHANNELS = {
    "email": "e-mail",
    "sms": "text message",
    "kakao": "KakaoTalk",
    "phone": "phone call",
    "push": "push",
    "post": "post",
    "web": "the web",
    "mall": "a marketplace",
}


def clause(node: Node, catalog: Catalog) -> str:
    """ "whose …" or "who …"."""
    match node:
        case All(parts):
            return ", and ".join(_inside(p, catalog) for p in parts)
        case AnyOf(parts):
            return " or ".join(_inside(p, catalog) for p in parts)
        case Not(In(segments)):
            return f"who are not in {_segments(segments, catalog)}"
        case Not(Did() as part) if is_plain(part):
            return f"who did not do {_did_what(part)}"
        case Not(part):
            return f"who are not customers {_inside(part, catalog)}"
        case Trait(name, tests, or_missing):
            label = f"{_label(name, catalog)}{' score' if node.score else ''}"
            missing = " or is unknown" if or_missing else ""
            return f"whose {label} {_tests(worded(tests, _words(name, catalog), 'en'))}{missing}"
        case Did():
            return did(node, catalog)
        case Sequence():
            return _sequence(node)
        case _:
            return _other(node, catalog)


def _other(node: Node, catalog: Catalog) -> str:
    match node:
        case In(segments):
            return f"who are in {_segments(segments, catalog)}"
        case Waterfall(groups, take):
            before = groups[: groups.index(take)]
            first = f" and in none of {_segments(before, catalog)}, which come first" if before else ""
            return f"who are in {_segments((take,), catalog)}{first}"
        case Top(by, n, percent, lowest):
            many = f"{value(n)} {'customer' if n == 1 else 'customers'}" if n else f"{value(percent)}% of customers"
            return f"who are among the {'lowest' if lowest else 'top'} {many} by {_label(by, catalog)}"
        case Rank(by, tests):
            return f"whose percentile by {_label(by, catalog)} (0 lowest, 100 highest) {_tests(tests)}"
        case Split(name, low, high):
            return f'who fall between {_percent(low)} and {_percent(high)} of the lasting split "{name}"'
        case Consent(channel, purpose, states):
            return f"whose consent to {purpose} by {_CHANNELS[channel]} is {values(states, 'en')}"
        case Reachable(channel):
            return f"who can be reached by {_CHANNELS[channel]}"
        case Day(trait, w, birthday):
            what = "birthday" if birthday else f"anniversary of {_label(trait, catalog)}"
            return f"whose {what} is {window(w, 'en')}"
    raise AssertionError(node)


def did(node: Did, catalog: Catalog) -> str:
    what = _what(node)
    when = _when(node)
    if node.measure.kind != "count":
        over = " over" if node.measure.kind not in ("first", "last") else " in"
        lines = "order lines of " if node.of == "items" else ""
        return (
            f"whose {_MEASURES[node.measure.kind]} {node.measure.field}{over} {lines}{what}{when} {_tests(node.tests)}"
        )
    lines = " (order lines)" if node.of == "items" else ""
    if node.tests == (Test("is", 0),):
        return f"who never did {_did_what(node)}"
    if is_plain(node):
        return f"who did {_did_what(node)}"
    return f"who did {what}{lines} {' and '.join(_times(t) for t in node.tests)}{when}"


def is_plain(node: Did) -> bool:
    """Whether it only asks for one such event or more."""
    return node.measure.kind == "count" and node.tests == (Test("at_least", 1),)


def _did_what(node: Did) -> str:
    return f"{_what(node)}{' (order lines)' if node.of == 'items' else ''}{_when(node)}"


def _what(node: Did) -> str:
    names = values(node.names, "en") if node.names else "anything"
    return f"{names} ({where(node.where)})" if node.where is not None else names


def _when(node: Did) -> str:
    parts = [window(w, "en") for w in node.windows]
    if node.since is not None:
        parts.append(f"since they last did {_what(node.since)}")
    return "".join(f" {p}" for p in parts)


def _times(test: Test) -> str:
    if test.op == "between" and isinstance(test.value, tuple):
        return f"{value(test.value[0])} to {value(test.value[1])} times"
    word = {"is": "exactly", "at_least": "at least", "at_most": "at most", "above": "more than", "below": "fewer than"}[
        test.op
    ]
    return f"{word} {value(test.value)} {'time' if test.value == 1 else 'times'}"


def where(node: Node) -> str:
    """A filter in words."""
    match node:
        case All(parts):
            return " and ".join(_in_brackets(p) for p in parts)
        case AnyOf(parts):
            return " or ".join(_in_brackets(p) for p in parts)
        case Not(part):
            return f"not ({where(part)})"
        case Field(name, tests):
            return f"{word('field', name, 'en')} {_tests(worded(tests, words_of(name), 'en'))}"
    raise AssertionError(node)


def _in_brackets(node: Node) -> str:
    return f"({where(node)})" if isinstance(node, All | AnyOf) else where(node)


def _tests(tests: tuple[Test, ...]) -> str:
    return " and ".join(_test(t) for t in tests)


def _test(test: Test) -> str:
    if test.op == "exists":
        return "is known"
    if test.op == "missing":
        return "is unknown"
    if isinstance(test.value, Window):
        return f"is {window(test.value, 'en')}"
    if test.op == "between" and isinstance(test.value, tuple):
        return f"is between {value(test.value[0])} and {value(test.value[1])}"
    if test.op == "has_all" and isinstance(test.value, tuple):
        return f"include {' and '.join(value(v) for v in test.value)}"
    if test.op in ("in", "not_in") and isinstance(test.value, tuple) and len(test.value) == 1:
        return f"{'is' if test.op == 'in' else 'is not'} {value(test.value[0])}"
    return f"{_OPS[test.op]} {values(test.value, 'en')}"


def _sequence(node: Sequence) -> str:
    text = f"who did {_what(node.steps[0].did)}"
    for step in node.steps[1:]:
        text += f", then {_what(step.did)}"
        text += f" within {span(step.within, 'en')}" if step.within else ""
        text += f" without {_what(step.not_between)} in between" if step.not_between else ""
    return text + "".join(f", all {window(w, 'en')}" for w in node.windows)


def _inside(node: Node, catalog: Catalog) -> str:
    text = clause(node, catalog)
    return f"({text})" if isinstance(node, All | AnyOf) and len(node.parts) > 1 else text


def _segments(names: tuple[str, ...], catalog: Catalog) -> str:
    return values(tuple(segment_label(catalog, n, "en") for n in names), "en")


def _words(name: str, catalog: Catalog) -> Mapping[str, Text]:
    info = catalog.traits.get(name)
    return info.words if info else {}


def _label(name: str, catalog: Catalog) -> str:
    info = catalog.traits.get(name)
    return (info.en if info else "") or name


def _percent(share: float) -> str:
    return f"{share * 100:.6g}%"
