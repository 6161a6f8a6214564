"""Reading comparisons: which operators a type knows, and values of that type."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from dangol.rules.catalog import nearest
from dangol.rules.nodes import Scalar, Test, Window
from dangol.rules.reading import Reading, as_list
from dangol.rules.windows import WINDOW_KEYS, read_window
from dangol.rules.words import moment, number, times
from dangol.schema import NOTHING, Problem, Text, josa

Group = Literal["number", "text", "bool", "time", "list", "json", "times"]
GROUPS: Mapping[str, Group] = {
    "int64": "number",
    "float64": "number",
    "money": "number",
    "text": "text",
    "bool": "bool",
    "timestamp": "time",
    "date": "time",
    "list<text>": "list",
}
_EXISTS = ("exists", "missing")
_EQUAL = ("is", "is_not", "in", "not_in")
_ORDER = ("at_least", "at_most", "above", "below", "between", "exactly")
_TEXT = ("contains", "starts_with", "ends_with", "matches")
OPERATORS: Mapping[Group, tuple[str, ...]] = {
    "number": (*_EQUAL, *_ORDER, *_EXISTS),
    "text": (*_EQUAL, *_TEXT, *_EXISTS),
    "bool": ("is", "is_not", *_EXISTS),
    "time": (*WINDOW_KEYS, "is", *_EXISTS),
    "list": ("has_any", "has_all", "contains", *_EXISTS),
    "json": (*_EQUAL, *_ORDER, *_TEXT, *_EXISTS),
    "times": _ORDER,
}
ALL_OPERATORS = tuple(dict.fromkeys(op for ops in OPERATORS.values() for op in ops))
_KIND = {
    "number": Text("a number", "숫자"),
    "text": Text("text", "글자"),
    "bool": Text("true or false", "true나 false"),
    "time": Text("a date", "날짜"),
    "list": Text("text", "글자"),
    "json": Text("text, a number or true/false", "글자나 숫자, true나 false"),
    "times": Text("a whole number of times", "횟수(정수)"),
}


def read_tests(body: Mapping[str, Any], group: Group, place: str, reading: Reading) -> tuple[Test, ...]:
    """Every operator in `body` as a test on a value of `group`; keys that are no operators are left to the caller."""
    tests: list[Test] = []
    for key, value in body.items():
        if key not in ALL_OPERATORS:
            continue
        at = f"{place}.{key}"
        if key not in OPERATORS[group]:
            reading.wrong(
                at,
                Text(
                    f"{key!r} does not go with {_KIND[group]}", f"{_KIND[group].ko}에는 {key!r} 조건을 쓸 수 없습니다"
                ),
                Text(f"use {', '.join(OPERATORS[group])}", f"쓸 수 있는 것: {', '.join(OPERATORS[group])}"),
            )
            continue
        test = _time_test(key, value, at, reading) if group == "time" else _test(key, value, group, at, reading)
        if test is not None:
            tests.append(test)
    return tuple(tests)


def read_field(name: str, value: Any, group: Group, place: str, reading: Reading) -> tuple[Test, ...]:
    """A field of `where`: a mapping of operators, or a plain value (a list means in)."""
    if isinstance(value, Mapping):
        for key in value:
            if key not in ALL_OPERATORS:
                reading.wrong(
                    f"{place}.{key}",
                    Text(f"no operator {key!r}", f"{key!r} 연산자가 없습니다"),
                    nearest(str(key), OPERATORS[group]),
                )
        if not value:
            reading.wrong(
                place,
                Text(f"nothing is asked of {name!r}", f"{name!r}에 대한 조건이 없습니다"),
                Text("write {is: …} or {in: […]}", "{is: …}나 {in: […]}처럼 적으세요"),
            )
        return read_tests(value, group, place, reading)
    if group == "time" and isinstance(value, str) and moment(value) is None:
        reading.wrong(
            place,
            Text(f"{value!r} is not a date", f"{value!r}: 날짜가 아닙니다"),
            Text("write it like 2026-01-31", "2026-01-31처럼 적으세요"),
        )
        return ()
    if group == "list":
        return read_tests({"has_any": as_list(value)}, group, place, reading)
    return read_tests({"in" if isinstance(value, list | tuple) else "is": value}, group, place, reading)


def _test(op: str, value: Any, group: Group, place: str, reading: Reading) -> Test | None:
    if op in _EXISTS:
        if value not in (True, None):
            reading.wrong(
                place,
                Text(f"{op} takes true", f"{op}에는 true를 적어야 합니다"),
                Text(
                    f"write {op}: true, or use {_EXISTS[op == 'exists']}",
                    f"{op}: true로 적거나 {josa(_EXISTS[op == 'exists'], '을/를')} 쓰세요",
                ),
            )
            return None
        return Test(op)
    if op == "exactly":
        op = "is"
    if op in ("in", "not_in", "has_any", "has_all"):
        found = [_value(v, group, place, reading) for v in as_list(value)]
        if not found:
            reading.wrong(
                place,
                Text("an empty list matches nothing", "빈 목록에는 아무것도 맞지 않습니다"),
                Text("name at least one value", "값을 하나 이상 적으세요"),
            )
        kept = tuple(v for v in found if v is not None)
        return Test(op, kept) if kept and len(kept) == len(found) else None
    if op == "between":
        return _between(value, group, place, reading)
    if op == "contains" and group == "list":
        one = _value(value, group, place, reading)
        return None if one is None else Test("has_any", (one,))
    one = _value(
        value, "text" if op in _TEXT else "number" if op in _ORDER and group == "json" else group, place, reading
    )
    if op == "matches" and isinstance(one, str) and not _regex(one, place, reading):
        return None
    if op in _TEXT and one == "":
        reading.wrong(
            place,
            Text(f"{op} with empty text matches everything", f"{op}에 빈 글자를 쓰면 모두 맞습니다"),
            Text("use exists: true", "exists: true를 쓰세요"),
        )
        return None
    return None if one is None else Test(op, one)


def _between(value: Any, group: Group, place: str, reading: Reading) -> Test | None:
    pair = list(value) if isinstance(value, list | tuple) else []
    if len(pair) != 2:
        reading.wrong(
            place,
            Text("between takes two values", "between에는 값이 둘 필요합니다"),
            Text(
                "write between: [10, 20]; both ends are included", "between: [10, 20]처럼 적으세요. 양 끝도 포함합니다"
            ),
        )
        return None
    low, high = (_value(v, "number" if group == "json" else group, place, reading) for v in pair)
    if low is None or high is None:
        return None
    if low > high:  # type: ignore[operator]
        reading.wrong(
            place,
            Text(f"nothing is between {low} and {high}", f"{low}부터 {high}까지에는 아무것도 없습니다"),
            Text("put the smaller first", "작은 값을 먼저 적으세요"),
        )
        return None
    return Test("between", (low, high))


def _time_test(op: str, value: Any, place: str, reading: Reading) -> Test | None:
    if op in _EXISTS:
        return _test(op, value, "text", place, reading)
    key, held = ("between", [value, value]) if op == "is" else (op, value)
    window = read_window(key, held, place, reading.problems)
    return Test("window", window) if isinstance(window, Window) else None


def _value(value: Any, group: Group, place: str, reading: Reading) -> Scalar | None:
    """The value as the group's type; a problem and None when it is not one."""
    found: Scalar | None = None
    if group in ("text", "list") and isinstance(value, str | int | float | dt.date) and not isinstance(value, bool):
        found = str(value)
    elif group == "number":
        found = number(value)
    elif group == "times":
        found = times(value)
    elif group == "bool" and isinstance(value, bool):
        found = value
    elif group == "json" and isinstance(value, str | bool | int | float | Decimal | dt.date):
        found = value if isinstance(value, str | bool) else str(value) if isinstance(value, dt.date) else number(value)
    if found is None:
        reading.wrong(
            place,
            Text(f"{value!r} is not {_KIND[group]}", f"{value!r}: {josa(_KIND[group].ko, '이/가')} 아닙니다"),
            _hint(value, group),
        )
    return found


def _hint(value: Any, group: Group) -> Text:
    if group == "number" and isinstance(value, str):
        return Text("write the number without quotes or units", "따옴표나 단위 없이 숫자만 적으세요")
    return Text("write 2 times, or 2", "2 times, 2회, 2처럼 적으세요") if group == "times" else NOTHING


def _regex(pattern: str, place: str, reading: Reading) -> bool:
    """RE2, as Arrow has it; lookaround and back references are not in RE2."""
    try:
        pc.match_substring_regex(pa.array([""]), pattern)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        reason = str(error).split("\n")[0].removeprefix("Invalid regular expression: ")
        reading.wrong(
            place,
            Text(f"not a pattern RE2 can read: {reason}", f"RE2로 읽을 수 있는 정규식이 아닙니다: {reason}"),
            Text("no look-around and no back references", "전방·후방 탐색과 역참조는 쓸 수 없습니다"),
        )
        return False
    return True


def known_values(tests: Sequence[Test], values: tuple[str, ...] | None, place: str, reading: Reading) -> None:
    """Warn about a word that the trait has never had."""
    for test in tests:
        if values is None or test.op not in ("is", "is_not", "in", "not_in", "has_any", "has_all"):
            continue
        for value in as_list(test.value):
            if value not in values:
                reading.warnings.append(_unseen(value, values, place))


def _unseen(value: Any, values: tuple[str, ...], place: str) -> Problem:
    return Problem(
        Text(f"nobody has the value {value!r}", f"{value!r} 값을 가진 고객이 없습니다"),
        place,
        nearest(str(value), values),
    )
