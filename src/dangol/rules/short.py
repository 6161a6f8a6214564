"""A rule as a short SELECT that a person can read and change, and back. Only what SQL says plainly: tests on traits and
membership, put together with AND, OR and NOT. Behaviour, sequences, ranks and consent have no short form.

SQL knows three truths, a rule two. ``NOT (age >= 60)`` leaves out those of unknown age, as in SQL; a rule's own `not`, which
takes them in, is written ``NOT COALESCE(age >= 60, FALSE)``. So the two texts always find the same customers.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from dangol.engine import DIALECT
from dangol.rules.nodes import All, AnyOf, In, Node, Not, Test, Trait, Window
from dangol.rules.parse import Rule
from dangol.schema import DefinitionError, Problem, Text

_ORDER: dict[str, type[exp.Binary]] = {
    "is": exp.EQ,
    "is_not": exp.NEQ,
    "at_least": exp.GTE,
    "at_most": exp.LTE,
    "above": exp.GT,
    "below": exp.LT,
}
_OPPOSITE = {
    "is": "is_not",
    "is_not": "is",
    "at_least": "below",
    "below": "at_least",
    "at_most": "above",
    "above": "at_most",
    "in": "not_in",
    "not_in": "in",
    "exists": "missing",
    "missing": "exists",
}
_MIRRORED = {"at_least": "at_most", "at_most": "at_least", "above": "below", "below": "above"}
_WORDS = {"contains": "contains", "starts_with": "starts_with", "ends_with": "ends_with", "matches": "regexp_matches"}


def short_sql(rule: Rule) -> str | None:
    """The rule as a SELECT over `customers`; None where it has no short form."""
    found = _condition(rule.root)
    if found is None:
        return None
    return exp.select("customer_id").from_("customers").where(found).sql(DIALECT, pretty=True)


def _condition(node: Node) -> exp.Expr | None:
    match node:
        case All(parts) | AnyOf(parts):
            found = [_condition(p) for p in parts]
            known = [f for f in found if f is not None]
            if len(known) < len(found):
                return None
            return exp.paren(exp.and_(*known) if isinstance(node, All) else exp.or_(*known))
        case Not(In(segments)):
            return exp.Not(this=_members(segments))
        case Not(part):
            inner = _condition(part)
            return None if inner is None else exp.Not(this=exp.Coalesce(this=inner, expressions=[exp.false()]))
        case In(segments):
            return _members(segments)
        case Trait(name, tests, or_missing):
            return _trait(name, tests, or_missing)
        case _:
            return None


def _members(segments: tuple[str, ...]) -> exp.Expr:
    names = [exp.Literal.string(s) for s in segments]
    asked = exp.column("segment")
    named = exp.EQ(this=asked, expression=names[0]) if len(names) == 1 else exp.In(this=asked, expressions=names)
    now = exp.Is(this=exp.column("left_at"), expression=exp.null())
    inside = exp.select("customer_id").from_("memberships").where(named, now)
    return exp.In(this=exp.column("customer_id"), query=inside.subquery())


def _trait(name: str, tests: tuple[Test, ...], or_missing: bool) -> exp.Expr | None:
    column = exp.column(name, quoted=not name.isascii() or not name.isidentifier())
    found = [_test(column.copy(), test) for test in tests]
    known = [f for f in found if f is not None]
    if len(known) < len(found):
        return None
    held = exp.and_(*known)
    absent = exp.Is(this=column.copy(), expression=exp.null())
    return exp.paren(exp.or_(held, absent)) if or_missing else held


def _test(column: exp.Expr, test: Test) -> exp.Expr | None:
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    if any(isinstance(v, Window) for v in values):
        return None
    held = [_literal(v) for v in values if v is not None]
    match test.op:
        case "exists":
            return exp.Not(this=exp.Is(this=column, expression=exp.null()))
        case "missing":
            return exp.Is(this=column, expression=exp.null())
        case "in":
            return exp.In(this=column, expressions=held)
        case "not_in":
            return exp.Not(this=exp.In(this=column, expressions=held))
        case "between":
            return exp.Between(this=column, low=held[0], high=held[1])
        case op if op in _ORDER:
            return _ORDER[op](this=column, expression=held[0])
        case op if op in _WORDS:
            return exp.func(_WORDS[op], column, held[0], dialect=DIALECT)
        case _:
            return None


def _literal(value: Any) -> exp.Expr:
    return exp.convert(float(value) if isinstance(value, Decimal) and value % 1 else int(value)
                       if isinstance(value, Decimal) else value)  # fmt: skip


# -- and back ----------------------------------------------------------------------------------------------------------
def from_sql(text: str) -> dict[str, Any]:
    """The rule that a short SELECT says, as a definition (names are checked by `parse`).

    :raises DefinitionError: what SQL can say and a rule cannot, with the part that is too much.
    """
    try:
        tree = sqlglot.parse_one(text, dialect=DIALECT)
    except SqlglotError as error:
        said = str(error).split("\n")[0]
        raise _wrong(Text(f"not a statement SQL can read: {said}", f"SQL로 읽을 수 없습니다: {said}")) from error
    if not isinstance(tree, exp.Select):
        raise _unlike(tree)
    beside = _beside(tree)
    source = tree.args.get("from_") or tree.args.get("from")
    named = source is not None and isinstance(source.this, exp.Table) and source.this.name.lower() == "customers"
    asked = [e.name.lower() for e in tree.expressions if isinstance(e, exp.Column)]
    where = tree.args.get("where")
    if beside or not named or asked != ["customer_id"] or where is None:
        raise _unlike(tree)
    return _rule(where.this, no=False)


def _rule(e: exp.Expr, *, no: bool) -> dict[str, Any]:
    """The condition, or with `no` what SQL's NOT makes of it."""
    if isinstance(e, exp.Paren):
        return _rule(e.this, no=no)
    if isinstance(e, exp.Not):
        return _rule(e.this, no=not no)
    if isinstance(e, exp.And | exp.Or):
        parts = [_rule(p, no=no) for p in e.flatten()]
        return {"any" if isinstance(e, exp.Or) is not no else "all": parts}
    if isinstance(e, exp.Coalesce):
        if len(e.expressions) != 1 or not (isinstance(e.expressions[0], exp.Boolean) and not e.expressions[0].this):
            raise _unlike(e)
        inner = _rule(e.this, no=False)
        return {"not": inner} if no else inner
    if isinstance(e, exp.In) and e.args.get("query") is not None:
        names = _segments(e)
        return {"not_in" if no else "in": names if len(names) > 1 else names[0]}
    name, op, value = _comparison(e)
    if not no:
        return {"trait": name, op: value}
    if op == "between":
        return {"any": [{"trait": name, "below": value[0]}, {"trait": name, "above": value[1]}]}
    if op in _WORDS:
        return {"all": [{"trait": name, "exists": True}, {"not": {"trait": name, op: value}}]}
    return {"trait": name, _OPPOSITE[op]: value}


def _comparison(e: exp.Expr) -> tuple[str, str, Any]:
    """(trait, operator, value) of one test."""
    if isinstance(e, exp.Column):
        return _name(e), "is", True
    if isinstance(e, exp.Is) and isinstance(e.expression, exp.Null):
        return _name(e.this), "missing", True
    if isinstance(e, exp.In) and e.expressions:
        return _name(e.this), "in", [_value(v) for v in e.expressions]
    if isinstance(e, exp.Between):
        return _name(e.this), "between", [_value(e.args["low"]), _value(e.args["high"])]
    if isinstance(e, exp.Like):
        return _like(e)
    for op, kind in _ORDER.items():
        if type(e) is kind:
            left, right = e.this, e.expression
            if isinstance(right, exp.Column) and not isinstance(left, exp.Column):
                return _name(right), _MIRRORED.get(op, op), _value(left)
            return _name(left), op, _value(right)
    for op, (column, text) in _called(e):
        return _name(column), op, _value(text)
    raise _unlike(e)


def _called(e: exp.Expr) -> list[tuple[str, tuple[exp.Expr, exp.Expr]]]:
    """One of the functions on text, with its column and text."""
    if not isinstance(e, exp.Func):
        return []
    given = e.expressions if isinstance(e, exp.Anonymous) else [e.this, e.args.get("expression")]
    names = {e.name.lower()} if isinstance(e, exp.Anonymous) else {n.lower() for n in type(e).sql_names()}
    also: dict[str, Callable[[], bool]] = {
        "contains": lambda: isinstance(e, exp.Contains | exp.ArrayContains),
        "matches": lambda: isinstance(e, exp.RegexpLike),
    }
    for op, name in _WORDS.items():
        named = name in names or (op in also and also[op]())
        if named and len(given) == 2 and all(isinstance(g, exp.Expr) for g in given):
            return [(op, (given[0], given[1]))]
    return []


def _like(e: exp.Like) -> tuple[str, str, Any]:
    pattern = str(_value(e.expression))
    inner = pattern.strip("%")
    if "%" not in inner and "_" not in inner and "\\" not in inner and inner:
        first, last = pattern.startswith("%"), pattern.endswith("%")
        op = "contains" if first and last else "ends_with" if first else "starts_with" if last else "is"
        return _name(e.this), op, inner
    raise _unlike(e)


def _beside(tree: exp.Expr) -> list[str]:
    """What a SELECT says beside its columns, its table and its WHERE (LIMIT, GROUP BY, …): nothing that a rule could say."""
    return [k for k, v in tree.args.items() if v and k not in ("expressions", "from", "from_", "where", "kind")]


def _segments(e: exp.In) -> list[str]:
    """Names of the segments in ``customer_id IN (SELECT customer_id FROM memberships WHERE segment = … AND left_at IS NULL)``."""
    inside = e.args["query"].this
    where = inside.args.get("where") if isinstance(inside, exp.Select) else None
    if where is None or _beside(inside):
        raise _unlike(e)
    tables = [t.name for t in inside.find_all(exp.Table)]
    if tables != ["memberships"] or e.this.name.lower() != "customer_id" or inside.named_selects != ["customer_id"]:
        raise _unlike(e)
    names: list[str] = []
    now = False
    for part in where.this.flatten() if isinstance(where.this, exp.And) else [where.this]:
        if isinstance(part, exp.Is) and part.this.name == "left_at" and isinstance(part.expression, exp.Null):
            now = True
        elif isinstance(part, exp.EQ) and part.this.name == "segment" and not names:
            names = [str(_value(part.expression))]
        elif isinstance(part, exp.In) and part.this.name == "segment" and not names:
            names = [str(_value(v)) for v in part.expressions]
        else:
            raise _unlike(part)
    if not (names and now):
        raise _unlike(e)
    return names


def _name(e: exp.Expr) -> str:
    if not isinstance(e, exp.Column):
        raise _unlike(e)
    return str(e.name)


def _value(e: exp.Expr) -> Any:
    if isinstance(e, exp.Neg):
        return -_value(e.this)
    if isinstance(e, exp.Boolean):
        return bool(e.this)
    if isinstance(e, exp.Literal):
        if e.is_string:
            return str(e.this)
        return int(e.this) if str(e.this).isdigit() else float(e.this)
    raise _unlike(e)


def _unlike(e: exp.Expr) -> DefinitionError:
    part = e.sql(DIALECT)
    shown = part if len(part) <= 80 else f"{part[:77]}…"
    return _wrong(Text(f"a rule cannot say this: {shown}", f"조건으로 옮길 수 없습니다: {shown}"))


def _wrong(said: Text) -> DefinitionError:
    hint = Text(
        "write SELECT customer_id FROM customers WHERE …, with traits and segments; the rest is written in YAML",
        "SELECT customer_id FROM customers WHERE … 뒤에 속성과 세그먼트만 쓰고, 나머지는 YAML로 적으세요",
    )
    return DefinitionError([Problem(said, "sql", hint)])
