"""What no single condition can show: contradictions between conditions, and segments that lead back to themselves."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from dangol.rules.catalog import Catalog, segment_body
from dangol.rules.nodes import All, Did, In, Node, Not, Test, Trait, Waterfall, children
from dangol.schema import Problem, Text, josa


def contradictions(root: Node) -> list[Problem]:
    """Conditions under one `all` that cannot hold together."""
    problems: list[Problem] = []
    for node in _walk(root):
        parts = _flat(node) if isinstance(node, All) else (node,)
        problems.extend(_against(parts))
        problems.extend(_trait_ranges(parts))
        problems.extend(_count_ranges(parts))
    return list(dict.fromkeys(problems))


def cycles(root: Node, catalog: Catalog, name: str | None, where: str) -> list[Problem]:
    """Paths from this rule through segments back to a segment already on the path."""
    problems: list[Problem] = []

    def visit(segment: str, path: tuple[str, ...], done: set[str]) -> None:
        if segment in path:
            way = " → ".join((*path[path.index(segment) :], segment))
            problems.append(
                Problem(
                    Text(
                        f"segments lead back to themselves: {way}",
                        f"세그먼트가 돌고 돌아 자기 자신을 가리킵니다: {way}",
                    ),
                    where,
                    Text("take one of these steps out", "이 가운데 한 단계를 빼세요"),
                )
            )
            return
        if segment in done:
            return
        done.add(segment)
        for following in mentioned(segment_body(catalog.segments.get(segment))):
            visit(following, (*path, segment), done)

    done: set[str] = set()
    for segment in sorted(segments_of(root)):
        visit(segment, (name,) if name else (), done)
    return list(dict.fromkeys(problems))


def segments_of(node: Node) -> set[str]:
    """Names of the segments a rule refers to."""
    found: set[str] = set()
    for each in _walk(node):
        if isinstance(each, In):
            found.update(each.segments)
        elif isinstance(each, Waterfall):
            found.update(each.groups[: each.groups.index(each.take) + 1])
    return found


def mentioned(body: Any) -> list[str]:
    """Segments an unread body refers to: enough to follow it, even where it is wrong."""
    if isinstance(body, list):
        return [name for part in body for name in mentioned(part)]
    if not isinstance(body, Mapping):
        return []
    if "did" in body or "trait" in body:
        return []
    found: list[str] = []
    for key, value in body.items():
        if key in ("in", "not_in", "waterfall"):
            found += [v for v in (value if isinstance(value, list) else [value]) if isinstance(v, str)]
        elif key in ("all", "any", "not"):
            found += mentioned(value)
    return found


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for part in children(node):
        yield from _walk(part)
    if isinstance(node, Did) and node.where is not None:
        yield from _walk(node.where)


def _flat(node: Node) -> tuple[Node, ...]:
    if isinstance(node, All):
        return tuple(leaf for part in node.parts for leaf in _flat(part))
    return (node,)


def _against(parts: tuple[Node, ...]) -> Iterator[Problem]:
    """A condition together with its own opposite."""
    plain = {part for part in parts if not isinstance(part, Not)}
    for part in parts:
        if isinstance(part, Not) and part.part in plain:
            place = part.place
            yield Problem(
                Text(
                    "this is the opposite of another condition beside it: nobody can match both",
                    "옆에 있는 조건의 반대라서 둘 다 맞는 고객이 없습니다",
                ),
                place,
                Text("take one of them out", "둘 가운데 하나를 빼세요"),
            )


def _trait_ranges(parts: tuple[Node, ...]) -> Iterator[Problem]:
    by_trait: dict[str, list[Trait]] = {}
    for part in parts:
        if isinstance(part, Trait) and not part.or_missing:
            by_trait.setdefault(part.name, []).append(part)
    for name, traits in by_trait.items():
        tests = [test for trait in traits for test in trait.tests]
        why = empty(tests)
        if why:
            yield Problem(
                Text(
                    f"nobody can match: {name} {why.en}",
                    f"맞는 고객이 있을 수 없습니다: {josa(name, '은/는')} {why.ko}",
                ),
                traits[-1].place,
                Text("change one of the conditions on it", "걸린 조건 가운데 하나를 바꾸세요"),
            )


def _count_ranges(parts: tuple[Node, ...]) -> Iterator[Problem]:
    """Counts of one and the same thing that exclude each other."""
    by_what: dict[object, list[Did]] = {}
    for part in parts:
        if isinstance(part, Did):
            what = (part.names, part.of, part.where, part.measure, part.windows, part.since)
            by_what.setdefault(what, []).append(part)
    for same in by_what.values():
        why = empty([test for did in same for test in did.tests])
        if why:
            yield Problem(
                Text(
                    f"nobody can match: the {same[0].measure.kind} {why.en}",
                    f"맞는 고객이 있을 수 없습니다: {josa(same[0].measure.kind, '은/는')} {why.ko}",
                ),
                same[-1].place,
                Text("change one of the conditions on it", "걸린 조건 가운데 하나를 바꾸세요"),
            )


def empty(tests: list[Test]) -> Text | None:
    """Why these tests on one value cannot all hold; None when they may."""
    ops = {test.op for test in tests}
    if "missing" in ops and ops != {"missing"}:
        return Text("is missing and is not", "값이 있으면서 없어야 합니다")
    low, low_open, high, high_open = _interval(tests)
    if low > high or (low == high and (low_open or high_open)):
        floor, roof = "above" if low_open else "at least", "below" if high_open else "at most"
        return Text(
            f"is {floor} {_plain(low)} and {roof} {_plain(high)}",
            f"{_plain(low)} {'초과' if low_open else '이상'}이면서 {_plain(high)} {'미만' if high_open else '이하'}여야 합니다",
        )
    allowed = [set(_values(t)) for t in tests if t.op in ("is", "in")]
    if allowed:
        left = set.intersection(*allowed) - {v for t in tests if t.op in ("is_not", "not_in") for v in _values(t)}
        left = {v for v in left if not _number(v) or _inside(float(v), low, low_open, high, high_open)}
        if not left:
            return Text("has no value left that fits them all", "모든 조건에 맞는 값이 없습니다")
    return None


def _interval(tests: list[Test]) -> tuple[float, bool, float, bool]:
    low, low_open, high, high_open = -math.inf, False, math.inf, False
    for test in tests:
        bounds = test.value if test.op == "between" and isinstance(test.value, tuple) else (test.value, test.value)
        if not (_number(bounds[0]) and _number(bounds[1])):
            continue
        first, last = float(bounds[0]), float(bounds[1])  # type: ignore[arg-type]
        if test.op in ("at_least", "above", "between") and (first > low or (first == low and test.op == "above")):
            low, low_open = first, test.op == "above"
        if test.op in ("at_most", "below", "between") and (last < high or (last == high and test.op == "below")):
            high, high_open = last, test.op == "below"
    return low, low_open, high, high_open


def _inside(value: float, low: float, low_open: bool, high: float, high_open: bool) -> bool:
    return (value > low or (value == low and not low_open)) and (value < high or (value == high and not high_open))


def _values(test: Test) -> tuple[Any, ...]:
    return test.value if isinstance(test.value, tuple) else (test.value,)


def _number(value: object) -> bool:
    return not isinstance(value, bool | str) and hasattr(value, "__float__")


def _plain(value: float) -> str:
    return f"{value:g}"
