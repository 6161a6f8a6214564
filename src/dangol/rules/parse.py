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
from dangol.schema import DefinitionError, Problem

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
        reading.wrong(place, f"deeper than {MAX_DEPTH} levels", "split it into segments")
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
        given = ", ".join(map(str, mapping)) or "nothing"
        hint = "one condition per mapping; put several under all or any" if heads else _head_hint(mapping)
        reading.wrong(place, f"not a condition: {given}", hint)
        return None
    head = heads[0]
    if head in ("all", "any", "not"):
        reading.keys(mapping, (head,), place)
        if head == "not":
            inner = _node(mapping["not"], f"{place}.not", reading, depth + 1)
            return Not(inner, place) if inner else None
        return _list(head, mapping[head], place, reading, depth)
    return HEADS[head](mapping, place, reading)


def _head_hint(mapping: Mapping[str, Any]) -> str:
    found = [nearest(str(key), HEADS) for key in mapping]
    close = [hint for hint in found if hint.startswith("did you mean")]
    return close[0] if close else "a condition begins with one of " + ", ".join(HEADS)


def _list(head: str, body: Any, place: str, reading: Reading, depth: int) -> Node | None:
    if not isinstance(body, list) or not body:
        reading.wrong(
            f"{place}.{head}",
            f"{head} takes a list of conditions, at least one",
            f"write {head}: [{{trait: …}}, {{did: …}}]",
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
            f"{place}.score", f"{name} is {info.family}, not a score", f"write trait: {name}; {nearest(name, scores)}"
        )
    if body.get("or_missing", True) is not True:
        reading.wrong(f"{place}.or_missing", "or_missing is true or left out")
    asked = [k for k in body if k in ALL_OPERATORS]
    tests = read_tests(body, GROUPS[info.type], place, reading)
    if not asked:
        if info.type != "bool":
            reading.wrong(place, f"nothing is asked of {name}", "add an operator such as is, at_least, in or exists")
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
        reading.wrong(f"{place}.{head}", "in which segment?", "name at least one")
    node = In(kept, place) if kept else None
    return Not(node, place) if node and head == "not_in" else node


def _waterfall(body: Mapping[str, Any], place: str, reading: Reading) -> Node | None:
    reading.keys(body, ("waterfall", "take"), place)
    groups = [reading.segment(n, f"{place}.waterfall[{i}]") for i, n in enumerate(as_list(body["waterfall"]))]
    known = tuple(g for g in groups if g is not None)
    if not groups:
        reading.wrong(f"{place}.waterfall", "it has no groups", "name the segments, first come first: [a, b, c]")
    if len(set(known)) != len(known):
        reading.wrong(
            f"{place}.waterfall", "a group stands in it twice", "name each segment once, in order of priority"
        )
    take = body.get("take", known[-1] if known else None)
    if known and take not in known:
        reading.wrong(f"{place}.take", f"{take!r} is not one of the groups", nearest(str(take), known))
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
        reading.wrong(f"{place}.rank", f"{name} has no order", "rank by a number or a date")
    tests = read_tests({k: v for k, v in asked.items() if k in operators}, "number", place, reading)
    if not any(k in operators for k in asked):
        reading.wrong(place, "which percentiles?", "add at_least: 90, or between: [25, 75]")
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
