"""Comparisons and filters as SQL conditions. A missing value matches no comparison, also under `not`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlglot import exp

from dangol.engine import DIALECT, literal
from dangol.rules.nodes import All, AnyOf, Field, Node, Not, Of, Scalar, Test, Window
from dangol.rules.parse_did import field_group
from dangol.rules.parse_tests import Group
from dangol.rules.surroundings import FIELDS, Around
from dangol.rules.windows import Bounds, day_start, window_bounds
from dangol.schema import EVENTS, ORDER_ITEMS

ORDER = {"at_least": exp.GTE, "at_most": exp.LTE, "above": exp.GT, "below": exp.LT}
_TEXT = {"contains": "contains", "starts_with": "starts_with", "ends_with": "ends_with", "matches": "regexp_matches"}
Moment = tuple[dt.datetime, ZoneInfo]


def both(conditions: Iterable[exp.Expr]) -> exp.Expr:
    """All of them."""
    kept = list(conditions)
    return exp.and_(*kept, copy=False) if kept else exp.true()


def one_of(conditions: Iterable[exp.Expr]) -> exp.Expr:
    kept = list(conditions)
    return exp.or_(*kept, copy=False) if kept else exp.false()


def inverse(condition: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.paren(condition, copy=False))


def present(value: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.Is(this=value.copy(), expression=exp.null()))


def absent(value: exp.Expr) -> exp.Expr:
    return exp.Is(this=value.copy(), expression=exp.null())


def held_sql(
    value: exp.Expr, tests: Sequence[Test], group: Group, when: Moment, *, is_date: bool = False, guard: bool = False
) -> exp.Expr:
    """All tests on one SQL value.

    :param guard: the condition stands under a `not`, so it must be false, not null, for a missing value.
    """
    parts: list[exp.Expr] = []
    for test in tests:
        held = _typed(value, test, group)
        condition = _test(held, test, group, when, is_date)
        if guard and test.op not in ("exists", "missing"):
            condition = both([present(held), condition])
        parts.append(exp.paren(condition, copy=False) if isinstance(condition, exp.Or) else condition)
    return both(parts)


def bounds_sql(column: exp.Expr, bounds: Bounds) -> list[exp.Expr]:
    """start ≤ column < end, for what is bounded."""
    start, end = bounds
    found: list[exp.Expr] = []
    if start is not None:
        found.append(exp.GTE(this=column.copy(), expression=literal(start)))
    if end is not None:
        found.append(exp.LT(this=column.copy(), expression=literal(end)))
    return found


def date_bounds(window: Window, now: dt.datetime, tz: ZoneInfo) -> tuple[dt.date | None, dt.date | None]:
    """A window as local dates, first included and last excluded: a date is in when its first moment is."""
    start, end = window_bounds(window, now, tz)
    first = None if start is None else _from(start, tz)
    if window.kind == "within_next":
        first = now.astimezone(tz).date()
    return first, None if end is None else _from(end, tz)


def filter_sql(
    node: Node | None, of: Of, when: Moment, *, around: Around | None = None, guard: bool = False
) -> exp.Expr:
    """A `where` as a condition over the unqualified columns of events or order_items (`Context.facts`).

    :param around: reads what stands around events; needed where the filter asks for it.
    """
    match node:
        case None:
            return exp.true()
        case All(parts):
            return both(_wrapped(filter_sql(p, of, when, around=around, guard=guard)) for p in parts)
        case AnyOf(parts):
            return exp.paren(
                one_of(_wrapped(filter_sql(p, of, when, around=around, guard=guard)) for p in parts), copy=False
            )
        case Not(part):
            return inverse(filter_sql(part, of, when, around=around, guard=True))
        case Field(name, tests):
            group = field_group(name, of) or "json"
            asked = around.tests(name, tests) if around is not None else tests
            return held_sql(field_sql(name, of, around), asked, group, when, guard=guard)
    raise AssertionError(node)


def field_sql(name: str, of: Of, around: Around | None = None) -> exp.Expr:
    """The value of a field: what stands around the event, a column, or a JSON property as text."""
    if name in FIELDS:
        if around is None:
            raise ValueError(f"{name} is read with a context")
        return around.value(name)
    table = ORDER_ITEMS if of == "items" else EVENTS
    if table.column(name) is not None:
        return exp.column(name)
    path = "$" + "".join(f'."{part}"' for part in name.removeprefix("properties.").split("."))
    return exp.func("json_extract_string", exp.column("properties"), exp.Literal.string(path), dialect=DIALECT)


def number_of(value: exp.Expr) -> exp.Expr:
    """A property as money, null when it is no number; sums of it do not depend on order."""
    return exp.TryCast(this=value, to=exp.DataType.build("decimal(18,4)"))


def constant(value: Scalar, group: Group) -> exp.Expr:
    """A value as a literal fit for comparing."""
    if group == "json" and isinstance(value, bool):
        return exp.Literal.string("true" if value else "false")
    if isinstance(value, Decimal):
        return exp.convert(float(value)) if value != value.to_integral() else exp.convert(int(value))
    return exp.convert(value)


def _typed(value: exp.Expr, test: Test, group: Group) -> exp.Expr:
    """A JSON property compared with a number is read as a number; what is none counts as missing."""
    if group != "json" or not _numeric(test.value):
        return value.copy()
    return exp.TryCast(this=value.copy(), to=exp.DataType.build("double"))


def _numeric(value: Any) -> bool:
    held = value if isinstance(value, tuple) else (value,)
    return all(not isinstance(v, bool) and isinstance(v, int | float | Decimal) for v in held)


def _test(value: exp.Expr, test: Test, group: Group, when: Moment, is_date: bool) -> exp.Expr:
    op, held = test.op, test.value
    if op == "exists":
        return present(value)
    if op == "missing":
        return absent(value)
    if op == "window" and isinstance(held, Window):
        return _window(value, held, when, is_date)
    values = held if isinstance(held, tuple) else (held,)
    constants = [constant(v, group) for v in values if v is not None and not isinstance(v, Window)]
    if op in ("in", "not_in"):
        found = exp.In(this=value, expressions=[_as_text(c, group, held) for c in constants])
        return found if op == "in" else exp.Not(this=found)
    if op in ("has_any", "has_all"):
        has = [exp.func("list_contains", value.copy(), c, dialect=DIALECT) for c in constants]
        return one_of(has) if op == "has_any" else both(has)
    if op == "between":
        return exp.Between(this=value, low=constants[0], high=constants[1])
    if op in ORDER:
        return ORDER[op](this=value, expression=constants[0])
    if op in _TEXT:
        return exp.func(_TEXT[op], value, constants[0], dialect=DIALECT)
    return (exp.EQ if op == "is" else exp.NEQ)(this=value, expression=constants[0])


def _as_text(value: exp.Expr, group: Group, held: Any) -> exp.Expr:
    """In a mixed list about a JSON property everything is compared as text."""
    if group == "json" and not _numeric(held) and not value.is_string:
        return exp.Literal.string(value.name if isinstance(value, exp.Literal) else value.sql(DIALECT))
    return value


def _window(value: exp.Expr, window: Window, when: Moment, is_date: bool) -> exp.Expr:
    now, tz = when
    if not is_date:
        return both(bounds_sql(value, window_bounds(window, now, tz)))
    first, after = date_bounds(window, now, tz)
    parts: list[exp.Expr] = []
    if first is not None:
        parts.append(exp.GTE(this=value.copy(), expression=literal(first)))
    if after is not None:
        parts.append(exp.LT(this=value.copy(), expression=literal(after)))
    return both(parts)


def _from(moment: dt.datetime, tz: ZoneInfo) -> dt.date:
    """The first local day that does not begin before the moment."""
    try:
        day = moment.astimezone(tz).date()
        return day if day_start(day, tz) >= moment else day + dt.timedelta(days=1)
    except OverflowError:
        return dt.date.min if moment.year == 1 else dt.date.max


def _wrapped(condition: exp.Expr) -> exp.Expr:
    return exp.paren(condition, copy=False) if isinstance(condition, exp.Or) else condition
