"""Reading a definition into a rule, with every problem reported together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dangol.rules.catalog import Catalog, nearest, segment_body
from dangol.rules.check import contradictions, cycles
from dangol.rules.nodes import All, AnyOf, In, Node, Not, Rank, Trait, Waterfall
from dangol.rules.parse_did import DID_KEYS, read_did, read_sequence, read_where
from dangol.rules.parse_other import read_consent, read_day, read_reachable, read_split, read_top
from dangol.rules.parse_tests import ALL_OPERATORS, GROUPS, known_values, read_tests
from dangol.rules.reading import Reading, as_list
from dangol.schema import DefinitionError, Problem, Text, josa

MAX_DEPTH = 40


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition that was read and found sound. `warnings`: what may be a slip (an event never seen so far)."""

    root: Node
    warnings: tuple[Problem, ...] = ()


def parse(body: Any, catalog: Catalog, *, where: str = "where", name: str | None = None) -> Rule:
    """Read a rule.

    :param body: the condition, as YAML gives it (a mapping; a list means `all`).
    :param where: how problems name the place the condition stands at.
    :param name: the segment being defined, so that a cycle through itself is seen.
    :raises DefinitionError: with every problem at once, each with its place and, where one is near, a valid name.
    """
    reading = Reading(catalog)
    root = _node(body, where, reading, 0)
    if root is not None:
        reading.problems.extend(contradictions(root))
        reading.problems.extend(cycles(root, catalog, name, where))
    if reading.problems or root is None:
        raise DefinitionError(tuple(dict.fromkeys(reading.problems)))
    return Rule(root, tuple(reading.warnings))


def parse_where(body: Any, of: str, catalog: Catalog, where: str = "where") -> Node | None:
    """Read a filter over events or items alone, as trait definitions have it. None when it asks nothing.

    :raises DefinitionError: with every problem at once.
    """
    reading = Reading(catalog)
    found = read_where(body, "items" if of == "items" else "events", where, reading) if body else None
    if reading.problems:
        raise DefinitionError(reading.problems)
    return found


def _node(body: Any, place: str, reading: Reading, depth: int) -> Node | None:
    if depth > MAX_DEPTH:
        reading.wrong(
            place,
            Text(f"deeper than {MAX_DEPTH} levels", f"{MAX_DEPTH}단계보다 깊습니다"),
            Text("split it into segments", "세그먼트로 나누세요"),
        )
        return None
    if isinstance(body, list):
        return _list("all", body, place, reading, depth)
    mapping = reading.mapping(body, place, "{trait: age, at_least: 60}")
    if mapping is None:
        return None
    heads = [key for key in HEADS if key in mapping]
    if "did" in heads or "trait" in heads:  # of these, `in`, `all` … may be operators
        heads = [h for h in heads if h in ("did", "trait")] + [h for h in heads if h in ("all", "any", "not")]
    elif "not_in" in heads or "in" in heads:
        heads = [h for h in heads if h not in ("in", "not_in")] or heads[:1]
    if len(heads) != 1:
        given = ", ".join(map(str, mapping))
        several = Text(
            "one condition per mapping; put several under all or any",
            "한 묶음에는 조건을 하나만 적고, 여럿이면 all이나 any 아래에 적으세요",
        )
        hint = several if heads else _head_hint(mapping)
        reading.wrong(
            place, Text(f"not a condition: {given or 'nothing'}", f"조건이 아닙니다: {given or '비어 있음'}"), hint
        )
        return None
    head = heads[0]
    if head in ("all", "any", "not"):
        reading.keys(mapping, (head,), place)
        if head == "not":
            inner = _node(mapping["not"], f"{place}.not", reading, depth + 1)
            return Not(inner, place) if inner else None
        return _list(head, mapping[head], place, reading, depth)
    return HEADS[head](mapping, place, reading)


def _head_hint(mapping: Mapping[str, Any]) -> Text:
    found = [nearest(str(key), HEADS) for key in mapping]
    close = [hint for hint in found if hint.en.startswith("did you mean")]
    heads = ", ".join(HEADS)
    return (
        close[0]
        if close
        else Text(f"a condition begins with one of {heads}", f"조건은 다음 가운데 하나로 시작합니다: {heads}")
    )


_FAMILIES = {"demographic": "인구통계", "behavioural": "행동", "analytic": "분석"}


def _list(head: str, body: Any, place: str, reading: Reading, depth: int) -> Node | None:
    if not isinstance(body, list) or not body:
        reading.wrong(
            f"{place}.{head}",
            Text(
                f"{head} takes a list of conditions, at least one",
                f"{head}에는 조건을 하나 이상 적은 목록이 필요합니다",
            ),
            Text(f"write {head}: [{{trait: …}}, {{did: …}}]", f"{head}: [{{trait: …}}, {{did: …}}]처럼 적으세요"),
        )
        return None
    read = [_node(part, f"{place}.{head}[{i}]", reading, depth + 1) for i, part in enumerate(body)]
    parts = tuple(p for p in read if p is not None)
    return (All(parts, place) if head == "all" else AnyOf(parts, place)) if parts else None


def _trait(body: Mapping[str, Any], place: str, reading: Reading) -> Node | None:
    score = "score" in body and "trait" not in body
    head = "score" if score else "trait"
    name = body[head]
    reading.keys(body, (head, *ALL_OPERATORS, "or_missing"), place)
    info = reading.trait(name, f"{place}.{head}")
    if info is None:
        return None
    if score and info.family != "analytic":
        scores = [n for n, i in reading.catalog.traits.items() if i.family == "analytic"]
        reading.wrong(
            f"{place}.score",
            Text(
                f"{name} is {info.family}, not a score",
                f"{josa(name, '은/는')} 점수가 아니라 {_FAMILIES[info.family]} 속성입니다",
            ),
            Text(
                f"write trait: {name}; {nearest(name, scores)}",
                f"trait: {josa(name, '으로/로')} 적으세요. {nearest(name, scores).ko}",
            ),
        )
    if body.get("or_missing", True) is not True:
        reading.wrong(
            f"{place}.or_missing", Text("or_missing is true or left out", "or_missing은 true로 적거나 빼야 합니다")
        )
    asked = [k for k in body if k in ALL_OPERATORS]
    tests = read_tests(body, GROUPS[info.type], place, reading)
    if not asked:
        if info.type != "bool":
            reading.wrong(
                place,
                Text(f"nothing is asked of {name}", f"{name}에 대한 조건이 없습니다"),
                Text(
                    "add an operator such as is, at_least, in or exists",
                    "is, at_least, in, exists 같은 연산자를 넣으세요",
                ),
            )
            return None
        tests = read_tests({"is": True}, "bool", place, reading)
    known_values(tests, info.values, place, reading)
    return Trait(str(name), tests, "or_missing" in body, score, place) if tests else None


def _in(body: Mapping[str, Any], place: str, reading: Reading) -> Node | None:
    head = "in" if "in" in body else "not_in"
    reading.keys(body, (head,), place)
    names = [reading.segment(n, f"{place}.{head}") for n in as_list(body[head])]
    kept = tuple(n for n in names if n is not None)
    if not as_list(body[head]):
        reading.wrong(
            f"{place}.{head}",
            Text("in which segment?", "어느 세그먼트인지 적혀 있지 않습니다"),
            Text("name at least one", "하나 이상 적으세요"),
        )
    node = In(kept, place) if kept else None
    return Not(node, place) if node and head == "not_in" else node


def _waterfall(body: Mapping[str, Any], place: str, reading: Reading) -> Node | None:
    reading.keys(body, ("waterfall", "take"), place)
    groups = [reading.segment(n, f"{place}.waterfall[{i}]") for i, n in enumerate(as_list(body["waterfall"]))]
    known = tuple(g for g in groups if g is not None)
    if not groups:
        reading.wrong(
            f"{place}.waterfall",
            Text("it has no groups", "묶음이 없습니다"),
            Text("name the segments, first come first: [a, b, c]", "세그먼트를 우선순위대로 적으세요: [a, b, c]"),
        )
    if len(set(known)) != len(known):
        reading.wrong(
            f"{place}.waterfall",
            Text("a group stands in it twice", "같은 묶음이 두 번 나옵니다"),
            Text("name each segment once, in order of priority", "세그먼트를 우선순위대로 한 번씩만 적으세요"),
        )
    take = body.get("take", known[-1] if known else None)
    if known and take not in known:
        reading.wrong(
            f"{place}.take",
            Text(f"{take!r} is not one of the groups", f"{take!r}: 묶음에 없는 이름입니다"),
            nearest(str(take), known),
        )
    return Waterfall(known, take, place) if take in known else None


def _rank(body: Mapping[str, Any], place: str, reading: Reading) -> Node | None:
    operators = ("at_least", "at_most", "above", "below", "between")
    reading.keys(body, ("rank", *operators), place)
    inner = body["rank"]
    if isinstance(inner, Mapping):
        reading.keys(inner, ("by", *operators), f"{place}.rank")
        asked, name = inner, inner.get("by")
    else:
        asked, name = body, inner
    info = reading.trait(name, f"{place}.rank")
    if info and GROUPS[info.type] not in ("number", "time"):
        reading.wrong(
            f"{place}.rank",
            Text(f"{name} has no order", f"{josa(str(name), '은/는')} 크기를 견줄 수 없는 값입니다"),
            Text("rank by a number or a date", "숫자나 날짜로 순위를 매기세요"),
        )
    tests = read_tests({k: v for k, v in asked.items() if k in operators}, "number", place, reading)
    if not any(k in operators for k in asked):
        reading.wrong(
            place,
            Text("which percentiles?", "백분위가 적혀 있지 않습니다"),
            Text("add at_least: 90, or between: [25, 75]", "at_least: 90 또는 between: [25, 75]를 넣으세요"),
        )
    return Rank(str(name), tests, place) if info and tests else None


HEADS: dict[str, Callable[[Mapping[str, Any], str, Reading], Node | None]] = {
    "all": lambda body, place, reading: None,
    "any": lambda body, place, reading: None,
    "not": lambda body, place, reading: None,
    "trait": _trait,
    "score": _trait,
    "did": read_did,
    "sequence": read_sequence,
    "in": _in,
    "not_in": _in,
    "waterfall": _waterfall,
    "top": read_top,
    "bottom": read_top,
    "rank": _rank,
    "split": read_split,
    "consent": read_consent,
    "reachable": read_reachable,
    "birthday": read_day,
    "anniversary": read_day,
}
"""Every condition there is, by the key that begins it."""

__all__ = ["DID_KEYS", "HEADS", "Rule", "parse", "parse_where", "segment_body"]
