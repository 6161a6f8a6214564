"""Reading behaviour: `did`, its `where`, windows, measures, `since`, and sequences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dangol.rules.catalog import nearest
from dangol.rules.nodes import All, AnyOf, Did, Duration, Field, Measure, Node, Not, Of, Sequence, Step, Test, Window
from dangol.rules.parse_around import read_around
from dangol.rules.parse_tests import ALL_OPERATORS, GROUPS, OPERATORS, Group, read_field, read_tests
from dangol.rules.reading import Reading, as_list
from dangol.rules.surroundings import FIELDS
from dangol.rules.windows import WINDOW_KEYS, read_window
from dangol.rules.words import duration, moment
from dangol.schema import EVENTS, ORDER_ITEMS, Problem, Text, josa

MEASURES = ("sum", "average", "min", "max", "first", "last", "distinct")
_COUNTS = ("at_least", "at_most", "exactly", "between", "above", "below", "never")
_TIME_KEYS = tuple(k for k in WINDOW_KEYS if k not in ("within_next",))
_NAME = re.compile(r"[\w\- ]+(\.[\w\- ]+)*")
_NOT_FIELDS = ("customer_id", "node", "properties", "batch")
DID_KEYS = ("did", "of", "where", *MEASURES, *OPERATORS["json"], "never", *_TIME_KEYS)


def field_group(name: str, of: Of) -> Group | None:
    """What can be asked of a field: by its column's type, `json` for a property; None when there is no such field."""
    if name in FIELDS:
        return GROUPS[FIELDS[name]]
    table = ORDER_ITEMS if of == "items" else EVENTS
    column = table.column(name)
    if column is not None:
        return GROUPS[column.type]
    return "json" if of == "events" else None


def read_did(body: Mapping[str, Any], place: str, reading: Reading) -> Did:
    reading.keys(body, DID_KEYS, place)
    of: Of = "items" if body.get("of") == "items" else "events"
    if body.get("of", "events") not in ("events", "items"):
        reading.wrong(
            f"{place}.of",
            Text(f"{body['of']!r} cannot be counted", f"{body['of']!r}: 셀 수 없습니다"),
            Text("use events or items", "events나 items를 쓰세요"),
        )
    where = read_where(body["where"], of, f"{place}.where", reading) if body.get("where") else None
    measure, tests = _measure(body, of, place, reading)
    since: Did | None = None
    windows: list[Window] = []
    for key in _TIME_KEYS:
        if key not in body or (key == "between" and not _dates(body[key])):
            continue
        if key == "since" and isinstance(body[key], Mapping):
            since = read_since(body[key], f"{place}.since", reading)
        elif window := read_window(key, body[key], f"{place}.{key}", reading.problems):
            windows.append(window)
    names = read_names(body.get("did"), f"{place}.did", reading)
    return Did(names, of, where, measure, tests, tuple(windows), since, place)


def read_names(value: Any, place: str, reading: Reading) -> tuple[str, ...]:
    """Event names; `any` is the empty tuple. An unknown one is a warning: it may come tomorrow."""
    if value == "any":
        return ()
    names = as_list(value)
    if not names or not all(isinstance(n, str) and n.strip() for n in names):
        reading.wrong(
            place,
            Text("which event?", "어떤 이벤트인지 적혀 있지 않습니다"),
            Text(
                "a name such as Order Completed, a list of names, or any",
                "Order Completed 같은 이름, 이름 목록, any 가운데 하나를 적으세요",
            ),
        )
        return ()
    known = reading.catalog.events
    for name in names:
        if known is not None and name not in known:
            reading.warnings.append(
                Problem(
                    Text(f"no event {name!r} has been seen so far", f"지금까지 {name!r} 이벤트가 없었습니다"),
                    place,
                    nearest(name, known),
                )
            )
    return tuple(dict.fromkeys(names))


def read_since(body: Mapping[str, Any], place: str, reading: Reading) -> Did | None:
    """The event a window starts from: names and `where` only."""
    reading.keys(body, ("did", "where", "of"), place)
    if "did" not in body:
        reading.wrong(
            place,
            Text("since which event?", "since 뒤에 어떤 이벤트인지 적혀 있지 않습니다"),
            Text(
                "write since: {did: Order Completed}, or since: 2026-01-01",
                "since: {did: Order Completed} 또는 since: 2026-01-01처럼 적으세요",
            ),
        )
        return None
    names = read_names(body["did"], f"{place}.did", reading)
    where = read_where(body["where"], "events", f"{place}.where", reading) if body.get("where") else None
    return Did(names, where=where, place=place)


def read_where(body: Any, of: Of, place: str, reading: Reading) -> Node | None:
    """A filter on columns and properties: {field: value, …}, all of which must hold; any, all and not nest."""
    if isinstance(body, list):
        return _where_list("all", body, of, place, reading)
    mapping = reading.mapping(body, place, "{category: {in: [등산]}}")
    if mapping is None:
        return None
    parts: list[Node] = []
    for key, value in mapping.items():
        at = f"{place}.{key}"
        if key in ("all", "any") and isinstance(value, list):
            inside = _where_list(key, value, of, at, reading)
        elif key == "not" and isinstance(value, Mapping | list):
            inner = read_where(value, of, at, reading)
            inside = Not(inner, at) if inner else None
        else:
            inside = _field(str(key), value, of, at, reading)
        if inside is not None:
            parts.append(inside)
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else All(tuple(parts), place)


def _where_list(key: str, body: list[Any], of: Of, place: str, reading: Reading) -> Node | None:
    read = [read_where(part, of, f"{place}[{i}]", reading) for i, part in enumerate(body)]
    parts = tuple(p for p in read if p is not None)
    if not parts:
        reading.wrong(
            place,
            Text(f"{key} of nothing", f"{key}에 조건이 없습니다"),
            Text("name at least one condition", "조건을 하나 이상 적으세요"),
        )
        return None
    return All(parts, place) if key == "all" else AnyOf(parts, place)


def _field(name: str, value: Any, of: Of, place: str, reading: Reading) -> Node | None:
    group = field_group(name, of)
    if group is None or name in _NOT_FIELDS:
        table = ORDER_ITEMS if of == "items" else EVENTS
        reading.wrong(
            place,
            Text(f"{name!r} cannot be asked of {of}", f"{of}에는 {name!r} 조건을 쓸 수 없습니다"),
            nearest(name, [*(n for n in table.names if n not in _NOT_FIELDS), *FIELDS]),
        )
        return None
    _property(name, group, place, reading)
    read = read_around if name in FIELDS else read_field
    tests = read(name, value, group, place, reading)
    return Field(name, tests, place) if tests else None


def _property(name: str, group: Group, place: str, reading: Reading) -> None:
    known = reading.catalog.properties
    if group == "json" and not _NAME.fullmatch(name):
        reading.wrong(
            place,
            Text(f"{name!r} cannot be the name of a property", f"{name!r}: 이벤트 속성의 이름으로 쓸 수 없습니다"),
            Text(
                "letters, digits, spaces, _, - and . between levels",
                "글자, 숫자, 빈칸, _, -를 쓰고 단계 사이에는 .을 쓰세요",
            ),
        )
    if group == "json" and known is not None and name.removeprefix("properties.") not in known:
        hint = nearest(name, [*known, *EVENTS.names, *FIELDS])
        reading.warnings.append(
            Problem(
                Text(
                    f"no event has had a property {name!r} so far", f"지금까지 {name!r} 값을 가진 이벤트가 없었습니다"
                ),
                place,
                hint,
            )
        )


def _measure(body: Mapping[str, Any], of: Of, place: str, reading: Reading) -> tuple[Measure, tuple[Test, ...]]:
    asked = [m for m in MEASURES if m in body]
    if not asked:
        return Measure(), _counts(body, place, reading)
    kind = asked[0]
    if len(asked) > 1:
        reading.wrong(
            place,
            Text(
                f"one measure at a time, not {' and '.join(asked)}",
                f"한 번에 하나만 잴 수 있습니다. 적힌 것: {', '.join(asked)}",
            ),
            Text("put them side by side under all", "all 아래에 나란히 적으세요"),
        )
    name = body[kind]
    group = field_group(name, of) if isinstance(name, str) else None
    if group is None or name in _NOT_FIELDS:
        reading.wrong(
            f"{place}.{kind}",
            Text(f"{name!r} is not a field of {of}", f"{of}에 {name!r} 필드가 없습니다"),
            nearest(str(name), (ORDER_ITEMS if of == "items" else EVENTS).names),
        )
        return Measure(), ()
    _property(name, group, f"{place}.{kind}", reading)
    if kind in ("sum", "average", "min", "max") and group not in ("number", "json"):
        reading.wrong(
            f"{place}.{kind}",
            Text(
                f"{kind} needs a number, and {name} is not one",
                f"{kind}에는 숫자가 필요한데 {josa(name, '은/는')} 숫자가 아닙니다",
            ),
            Text("use first, last or distinct", "first, last, distinct 가운데 하나를 쓰세요"),
        )
    result: Group = (
        "number" if kind in ("sum", "average", "min", "max", "distinct") else "text" if group == "time" else group
    )
    if "never" in body:
        reading.wrong(
            f"{place}.never",
            Text(f"never does not go with {kind}", f"never와 {josa(kind, '은/는')} 함께 쓸 수 없습니다"),
            Text("leave one of them out", "둘 가운데 하나를 빼세요"),
        )
    asked_of = {
        k: v
        for k, v in body.items()
        if not (k == "between" and _dates(v)) and k in ALL_OPERATORS and k not in _TIME_KEYS
    }
    if "between" in body and not _dates(body["between"]):
        asked_of["between"] = body["between"]
    tests = read_tests(asked_of, result, place, reading)
    if not tests and not any(k in OPERATORS[result] for k in asked_of):
        reading.wrong(
            place,
            Text(f"what should the {kind} of {name} be?", f"{name}의 {kind} 값이 어떠해야 하는지 적혀 있지 않습니다"),
            Text("add at_least, at_most, between, is …", "at_least, at_most, between, is 등을 넣으세요"),
        )
    return Measure(kind, str(name)), tests  # type: ignore[arg-type]


def _counts(body: Mapping[str, Any], place: str, reading: Reading) -> tuple[Test, ...]:
    asked = {k: v for k, v in body.items() if k in _COUNTS and k != "never" and not (k == "between" and _dates(v))}
    for key in body:
        if key in ALL_OPERATORS and key not in _COUNTS and key not in _TIME_KEYS:
            reading.wrong(
                f"{place}.{key}",
                Text(f"{key!r} does not go with counting", f"{key!r}: 횟수를 셀 때는 쓸 수 없습니다"),
                Text(
                    "ask it of a field under where, or of a measure such as last:",
                    "where 아래의 필드나 last: 같은 값에 쓰세요",
                ),
            )
    if "never" in body:
        if asked or body["never"] is not True:
            reading.wrong(
                f"{place}.never",
                Text("never is true, and stands alone", "never는 true로 혼자 써야 합니다"),
                Text("leave the other count out", "다른 횟수 조건을 빼세요"),
            )
        return (Test("is", 0),)
    tests = read_tests(asked, "times", place, reading)
    return tests if tests or asked else (Test("at_least", 1),)


def _dates(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(moment(v) is not None for v in value)


def read_sequence(body: Mapping[str, Any], place: str, reading: Reading) -> Sequence:
    reading.keys(body, ("sequence", *(k for k in _TIME_KEYS)), place)
    raw = body["sequence"]
    if not isinstance(raw, list) or len(raw) < 2:
        reading.wrong(
            f"{place}.sequence",
            Text("a sequence has two steps or more", "sequence에는 단계가 둘 이상 필요합니다"),
            Text("write [{did: A}, {did: B, within: 3 days}]", "[{did: A}, {did: B, within: 3 days}]처럼 적으세요"),
        )
        raw = []
    steps = [_step(step, i, f"{place}.sequence[{i}]", reading) for i, step in enumerate(raw)]
    windows = [read_window(k, body[k], f"{place}.{k}", reading.problems) for k in _TIME_KEYS if k in body]
    return Sequence(tuple(s for s in steps if s), tuple(w for w in windows if w), place)


def _step(body: Any, index: int, place: str, reading: Reading) -> Step | None:
    mapping = reading.mapping(body, place, "{did: Product Viewed, within: 3 days}")
    if mapping is None:
        return None
    reading.keys(mapping, ("did", "where", "within", "not_between", "not between"), place)
    names = read_names(mapping.get("did"), f"{place}.did", reading)
    where = read_where(mapping["where"], "events", f"{place}.where", reading) if mapping.get("where") else None
    within: Duration | None = None
    between = mapping.get("not_between", mapping.get("not between"))
    if index == 0 and ("within" in mapping or between is not None):
        reading.wrong(
            place,
            Text("the first step has nothing before it", "첫 단계에는 앞 단계가 없습니다"),
            Text(
                "put within and not_between on a later step, or beside sequence",
                "within과 not_between은 뒤 단계나 sequence 옆에 적으세요",
            ),
        )
    if "within" in mapping:
        within = duration(mapping["within"])
        if within is None or within.fixed is None or within.n == 0:
            reading.wrong(
                f"{place}.within",
                Text(
                    f"{mapping['within']!r} is not an exact length of time",
                    f"{mapping['within']!r}: 정확한 시간 길이가 아닙니다",
                ),
                Text("write it like 3 days, 2 weeks or 36 hours", "3 days, 2 weeks, 36 hours처럼 적으세요"),
            )
    barrier = read_since(between, f"{place}.not_between", reading) if isinstance(between, Mapping) else None
    if between is not None and barrier is None and not isinstance(between, Mapping):
        reading.wrong(
            f"{place}.not_between",
            Text("which event may not lie between?", "사이에 없어야 할 이벤트가 적혀 있지 않습니다"),
            Text("write not_between: {did: Order Completed}", "not_between: {did: Order Completed}처럼 적으세요"),
        )
    return Step(Did(names, where=where, place=place), within, barrier)


__all__ = ["DID_KEYS", "MEASURES", "field_group", "read_did", "read_sequence", "read_where"]
