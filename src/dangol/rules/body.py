"""A rule written back as a definition, in one canonical way."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import yaml

from dangol.rules.nodes import (
    All,
    AnyOf,
    Consent,
    Day,
    Did,
    Duration,
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
from dangol.rules.parse import Rule


def to_body(rule: Rule | Node) -> dict[str, Any]:
    """The definition `parse` reads back into an equal rule."""
    node = rule.root if isinstance(rule, Rule) else rule
    match node:
        case All(parts):
            return {"all": [to_body(p) for p in parts]}
        case AnyOf(parts):
            return {"any": [to_body(p) for p in parts]}
        case Not(In(segments)):
            return {"not_in": _one_or_all(segments)}
        case Not(part):
            return {"not": to_body(part)}
        case Trait(name, tests, or_missing, score):
            extra = {"or_missing": True} if or_missing else {}
            return {"score" if score else "trait": name, **_tests(tests), **extra}
        case Did():
            return _did(node)
        case Sequence(steps, windows):
            written = [
                {
                    **_names(s.did),
                    **({"within": str(s.within)} if s.within else {}),
                    **({"not_between": _names(s.not_between)} if s.not_between else {}),
                }
                for s in steps
            ]
            return {"sequence": written, **_windows(windows)}
        case _:
            return _other(node)


def to_yaml(rule: Rule | Node) -> str:
    """As YAML text, Hangul as Hangul."""
    return str(yaml.safe_dump(to_body(rule), allow_unicode=True, sort_keys=False))


def _other(node: Node) -> dict[str, Any]:
    match node:
        case In(segments):
            return {"in": _one_or_all(segments)}
        case Waterfall(groups, take):
            return {"waterfall": list(groups), "take": take}
        case Top(by, n, percent, lowest):
            return {"bottom" if lowest else "top": {"by": by, **({"n": n} if n else {"percent": percent})}}
        case Rank(by, tests):
            return {"rank": by, **_tests(tests)}
        case Split(name, low, high):
            return {"split": {"name": name, "from": low, "to": high}}
        case Consent(channel, purpose, states):
            return {"consent": {"channel": channel, "purpose": purpose, "is": _one_or_all(states)}}
        case Reachable(channel):
            return {"reachable": channel}
        case Day(trait, window, birthday):
            return {"birthday" if birthday else "anniversary": {"of": trait, **_windows((window,))}}
    raise AssertionError(node)


def where_body(node: Node) -> Any:
    """A filter as `where` has it."""
    match node:
        case All(parts):
            return {"all": [where_body(p) for p in parts]}
        case AnyOf(parts):
            return {"any": [where_body(p) for p in parts]}
        case Not(part):
            return {"not": where_body(part)}
        case Field(name, tests):
            return {name: _tests(tests)}
    raise AssertionError(node)


def _names(did: Did) -> dict[str, Any]:
    names: Any = list(did.names) if len(did.names) > 1 else did.names[0] if did.names else "any"
    return {"did": names, **({"where": where_body(did.where)} if did.where is not None else {})}


def _did(did: Did) -> dict[str, Any]:
    body = {**_names(did), **({"of": did.of} if did.of == "items" else {})}
    if did.measure.field:
        body[did.measure.kind] = did.measure.field
        body.update(_tests(did.tests))
    else:
        body.update({"exactly" if t.op == "is" else t.op: _plain(t.value) for t in did.tests})
    body.update(_windows(did.windows))
    if did.since is not None:
        body["since"] = _names(did.since)
    return body


def _tests(tests: tuple[Test, ...]) -> dict[str, Any]:
    written: dict[str, Any] = {}
    for test in tests:
        if isinstance(test.value, Window):
            written.update(_windows((test.value,)))
        else:
            written[test.op] = True if test.value is None else _plain(test.value)
    return written


def _windows(windows: tuple[Window, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for w in windows:
        found[w.kind] = str(w.value) if isinstance(w.value, Duration) else _plain(w.value)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    if isinstance(value, dt.datetime):  # as text: YAML forgets offsets and microseconds' zeros
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def _one_or_all(names: tuple[str, ...]) -> str | list[str]:
    return names[0] if len(names) == 1 else list(names)
