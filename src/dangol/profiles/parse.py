"""Trait documents → checked `Trait` values. Every mistake is collected, with its place and the nearest valid word."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Literal, get_args

from rapidfuzz import process

from dangol.profiles import formula
from dangol.profiles.clock import PARTS
from dangol.profiles.model import (
    FAMILIES,
    Age,
    Band,
    Behaviour,
    Cases,
    Cut,
    Family,
    Formula,
    Given,
    Score,
    Spec,
    Trait,
)  # fmt: skip
from dangol.schema import EVENTS, ORDER_ITEMS, Problem, Type

FUNCTIONS = (
    "count", "sum", "average", "min", "max", "first", "last", "most_frequent", "distinct", "list", "days_since",
    "days_between", "streak", "share", "trend",
)  # fmt: skip
DERIVED = ("formula", "cases", "quantile", "log_score", "typical", "band", "age")
WINDOWS = ("within", "between", "before", "after", "during")
_COMMON = ("trait", "family", "says", "unit", "type", "values", "settings", "tags", "folder")
_BEHAVIOUR = ("did", "of", "where", *WINDOWS)
_NAME = re.compile(r"^[^\W\d]\w*$")
_TYPES: tuple[Type, ...] = get_args(Type)
_OPTIONS = {
    "days_since": ("last", "first"),
    "days_between": ("median", "average", "min", "max", "last", "median_before_last"),
    "streak": ("days", "weeks", "months"),
    "trend": ("difference", "ratio"),
}
_FIELD_FUNCTIONS = frozenset({"sum", "average", "min", "max", "first", "last", "most_frequent", "distinct", "list"})


class _Reader:
    """One document being read; `problems` grows."""

    def __init__(self, body: Mapping[str, Any], where: str) -> None:
        self.body = body
        self.where = where
        self.problems: list[Problem] = []

    def wrong(self, message: str, key: str = "", hint: str = "") -> None:
        self.problems.append(Problem(message, f"{self.where}.{key}" if key else self.where, hint))

    def choice(self, value: object, allowed: Collection[str], key: str) -> str:
        if value in allowed:
            return str(value)
        self.wrong(f"'{value}' is not one of {', '.join(allowed)}", key, nearest(str(value), allowed))
        return next(iter(allowed))


def nearest(word: str, allowed: Collection[str]) -> str:
    """A hint that names the nearest of the allowed words, when one is near."""
    near = process.extractOne(word, list(allowed), score_cutoff=55)
    return f"did you mean '{near[0]}'?" if near else ""


def parse_trait(body: Mapping[str, Any]) -> tuple[Trait | None, list[Problem]]:
    """Read one document. Names of other traits are not checked here (`definitions` knows them all)."""
    name = body.get("trait") if isinstance(body, Mapping) else None
    read = _Reader(body, f"traits.{name}")
    if not isinstance(name, str) or not _NAME.match(name) or name != name.lower():
        read.wrong("a trait needs a name of lower-case letters, digits and _", "trait", "such as revenue_90d")
        return None, read.problems
    kinds = [k for k in (*FUNCTIONS, *DERIVED, "given", "score") if k in body]
    if len(kinds) != 1:
        said = " and ".join(kinds) or "none"
        read.wrong(
            f"one way to compute it is needed, found {said}",
            "",
            f"one of {', '.join((*FUNCTIONS, *DERIVED))}, given, score",
        )
        return None, read.problems
    kind = kinds[0]
    allowed = {*_COMMON, kind, *(_BEHAVIOUR if kind in FUNCTIONS else ()), *(("keep",) if kind == "given" else ())}
    for key in body:
        if key not in allowed:
            read.wrong(f"'{key}' has no meaning here", str(key), nearest(str(key), allowed))
    settings = _settings(read)
    spec, found, needs = _SPECS[kind](read, kind, settings) if kind not in FUNCTIONS else (*_behaviour(read, kind), ())
    trait = Trait(
        name=name,
        family=_family(read, kind),
        says=_says(read),
        type=_type(read, found),
        spec=spec,
        unit=str(body.get("unit", "")),
        needs=tuple(dict.fromkeys(needs)),
        settings=settings,
        values=_values(read),
        body=dict(body),
    )
    return trait, read.problems


def _family(read: _Reader, kind: str) -> Family:
    natural: Family = (
        "demographic" if kind in ("given", "age", "band") else "analytic" if kind == "score" else "behavioural"
    )
    said = read.choice(read.body.get("family", natural), FAMILIES, "family")
    return next(f for f in FAMILIES if f == said)


def _says(read: _Reader) -> dict[str, str]:
    says = read.body.get("says")
    if not isinstance(says, Mapping) or not says.get("ko") or not says.get("en"):
        read.wrong("says needs both languages", "says", "says: {ko: …, en: …}")
        return {"ko": str(read.body["trait"]), "en": str(read.body["trait"])}
    return {"ko": str(says["ko"]), "en": str(says["en"])}


def _type(read: _Reader, found: Type) -> Type:
    said = read.body.get("type")
    if said is None:
        return found
    read.choice(said, _TYPES, "type")
    return next((t for t in _TYPES if t == said), found)


def _values(read: _Reader) -> dict[str, dict[str, str]]:
    values = read.body.get("values", {})
    if not isinstance(values, Mapping) or not all(
        isinstance(v, Mapping) and {"ko", "en"} <= set(v) for v in values.values()
    ):
        read.wrong("values needs both languages for each value", "values", "values: {new: {ko: 신규, en: new}}")
        return {}
    return {str(k): {"ko": str(v["ko"]), "en": str(v["en"])} for k, v in values.items()}


def _settings(read: _Reader) -> dict[str, float]:
    said = read.body.get("settings", {})
    if not isinstance(said, Mapping) or not all(isinstance(v, int | float) for v in said.values()):
        read.wrong("settings are names with a number each", "settings", "settings: {lost_at: 6}")
        return {}
    return {str(k): float(v) for k, v in said.items()}


# -- behavioural ---------------------------------------------------------------------------------------------------
def _behaviour(read: _Reader, function: str) -> tuple[Behaviour, Type]:
    body = read.body
    of = read.choice(body.get("of", "events"), ("events", "items"), "of")
    source = "items" if of == "items" else "events"
    said = body[function]
    detail: dict[str, Any] = dict(said) if isinstance(said, Mapping) else {"field": said}
    window = {k: body[k] for k in WINDOWS if k in body}
    if len(window) > 1:
        read.wrong(f"one window is enough, found {' and '.join(window)}", next(iter(window)))
    did = body.get("did", "any")
    names = () if did == "any" else tuple(map(str, did)) if isinstance(did, list) else (str(did),)
    where = _mapping(read, body.get("where", {}), "where")
    field = weight = option = ""
    if function in _FIELD_FUNCTIONS:
        field = _field(read, detail.pop("field", None), function, source)
        weight = _weight(read, detail.pop("by", None), function, source)
    elif function == "count":
        read.choice(detail.pop("field", "events"), ("events", "items"), function)
    elif function in ("share", "trend"):
        weight = _weight(read, detail.pop("sum", None), function, source)
        detail.pop("count", None)
    if function in _OPTIONS:
        key = "as" if function == "trend" else "of" if "of" in detail else "field"
        option = read.choice(detail.pop(key, _OPTIONS[function][0]), _OPTIONS[function], function)
    if function == "trend" and "within" not in window:
        read.wrong("a trend needs `within:`, the window to hold against the one before", "within", "within: 90 days")
    if function == "share" and not detail.get("where"):
        read.wrong("a share needs a filter of its own", "share", "share: {where: {channel: store}}")
    spec = Behaviour(
        function=function, field=field, option=option, of="items" if source == "items" else "events", did=names,
        where=where,
        part_where=_mapping(read, detail.pop("where", {}), f"{function}.where"), window=window, weight=weight,
        limit=_whole(read, detail.pop("limit", 0), f"{function}.limit"),
        current=detail.pop("which", "longest") == "current",
    )  # fmt: skip
    detail.pop("field", None)
    for key in detail:
        read.wrong(f"'{key}' has no meaning for {function}", f"{function}.{key}")
    return spec, _behaviour_type(spec)


def _mapping(read: _Reader, value: Any, key: str) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    read.wrong("a filter is a list of fields with what they should be", key, "where: {channel: store}")
    return {}


def _whole(read: _Reader, value: Any, key: str) -> int:
    if isinstance(value, int) and value >= 0:
        return value
    read.wrong(f"'{value}' is not a whole number", key)
    return 0


def fields_of(source: str) -> dict[str, Type]:
    """Fields a trait may read, with their types: columns, local time parts, and the product's department."""
    table = ORDER_ITEMS if source == "items" else EVENTS
    hidden = {"node", "customer_id", "batch", "event_id", "line", "properties"}
    extra = {"department": "text"} if source == "items" else {}
    found: dict[str, Any] = {c.name: c.type for c in table.columns if c.name not in hidden} | extra | PARTS
    return found


def type_of(field: str, source: str) -> Type:
    return "text" if field.startswith("properties.") else fields_of(source).get(field, "text")


def _field(read: _Reader, said: Any, function: str, source: str) -> str:
    known = fields_of(source)
    field = str(said)
    if field.startswith("properties.") and source == "events":
        return field
    if field not in known:
        read.wrong(
            f"{source} have no field '{said}'",
            function,
            nearest(field, known) or "columns, day, weekday, hour, month, properties.x",
        )
    elif function in ("sum", "average") and known[field] not in formula.NUMERIC:
        read.wrong(f"'{said}' is not a number", function, nearest("amount", known))
    return field


def _weight(read: _Reader, said: Any, function: str, source: str) -> str:
    return "" if said is None else _field(read, said, "sum", source)


def _behaviour_type(spec: Behaviour) -> Type:
    if spec.function in ("count", "distinct", "days_since", "streak"):
        return "int64"
    if spec.function in ("average", "days_between", "share"):
        return "float64"
    if spec.function == "list":
        return "list<text>"
    if spec.function == "trend":
        return "float64" if spec.option == "ratio" else type_of(spec.weight, spec.of) if spec.weight else "int64"
    found = type_of(spec.field, spec.of)
    return "float64" if spec.function == "sum" and spec.field.startswith("properties.") else found


# -- given, derived, predicted -------------------------------------------------------------------------------------
Found = tuple[Spec, Type, tuple[str, ...]]


def _given(read: _Reader, kind: str, _: Mapping[str, float]) -> Found:
    keep = _mapping(read, read.body.get("keep", {}), "keep")
    then = read.choice(keep.pop("then", "latest"), ("latest", "first", "most_frequent"), "keep.then")
    top = _whole(read, keep.pop("top", 1), "keep.top") or 1
    sources = keep.pop("sources", [])
    if not isinstance(sources, list):
        read.wrong("sources is a list, the most trusted first", "keep.sources", "sources: [crm, mall]")
        sources = []
    for key in keep:
        read.wrong(f"'{key}' has no meaning here", f"keep.{key}", nearest(str(key), ("sources", "then", "top")))
    rule: Literal["latest", "first", "most_frequent"] = "latest"
    if then != "latest":
        rule = "first" if then == "first" else "most_frequent"
    spec = Given(str(read.body["given"]), tuple(map(str, sources)), rule, top)
    return spec, "list<text>" if top > 1 else "text", ()


def _formula(read: _Reader, kind: str, settings: Mapping[str, float]) -> Found:
    text = str(read.body["formula"])
    read.problems += formula.check(text, f"{read.where}.formula", settings=settings)
    return Formula(text), "float64", formula.names(text)


def _cases(read: _Reader, kind: str, settings: Mapping[str, float]) -> Found:
    rows = read.body["cases"]
    whens: list[tuple[str, object]] = []
    otherwise: object = None
    for index, row in enumerate(rows if isinstance(rows, list) else []):
        place = f"{read.where}.cases[{index}]"
        if isinstance(row, Mapping) and set(row) == {"when", "then"}:
            text = str(row["when"])
            read.problems += formula.check(text, f"{place}.when", condition=True, settings=settings)
            whens.append((text, row["then"]))
        elif isinstance(row, Mapping) and set(row) == {"else"} and index == len(rows) - 1:
            otherwise = row["else"]
        else:
            read.problems.append(Problem("a case is {when: …, then: …}; the last may be {else: …}", place))
    if not whens:
        read.wrong("cases needs at least one {when: …, then: …}", "cases")
    answers = [v for _, v in whens] + ([otherwise] if otherwise is not None else [])
    kinds = {_value_type(v) for v in answers if v is not None}
    if kinds == {"int64", "float64"}:
        kinds = {"float64"}
    if len(kinds) > 1:
        read.wrong(
            f"the values are of different types: {', '.join(sorted(kinds))}", "cases", "all text, or all numbers"
        )
    needs = tuple(n for text, _ in whens for n in formula.names(text))
    return Cases(tuple(whens), otherwise), next(iter(kinds), "text"), needs


def _value_type(value: object) -> Type:
    return (
        "bool"
        if isinstance(value, bool)
        else "int64"
        if isinstance(value, int)
        else "float64"
        if isinstance(value, float)
        else "text"
    )


def _cut(read: _Reader, kind: str, settings: Mapping[str, float]) -> Found:
    said = read.body[kind]
    detail = dict(said) if isinstance(said, Mapping) else {"trait": said}
    trait = str(detail.pop("trait", ""))
    of = _whole(read, detail.pop("of", 5), f"{kind}.of")
    reverse = detail.pop("reverse", False) is True
    among = str(detail.pop("among", ""))
    if among:
        read.problems += formula.check(among, f"{read.where}.{kind}.among", condition=True, settings=settings)
    if kind != "typical" and not 2 <= of <= 100:
        read.wrong(f"of is from 2 to 100, found {of}", f"{kind}.of")
    for key in detail:
        read.wrong(
            f"'{key}' has no meaning here", f"{kind}.{key}", nearest(str(key), ("trait", "of", "reverse", "among"))
        )
    how: Literal["quantile", "log_score", "typical"] = "quantile"
    if kind != "quantile":
        how = "typical" if kind == "typical" else "log_score"
    return (
        Cut(how, trait, of, reverse, among),
        "float64" if kind == "typical" else "int64",
        (trait, *formula.names(among)),
    )


def _band(read: _Reader, kind: str, _: Mapping[str, float]) -> Found:
    detail = _mapping(read, read.body["band"], "band")
    edges = detail.get("edges", [])
    if set(detail) - {"trait", "edges"} or not isinstance(edges, list) or not edges or sorted(set(edges)) != edges:
        read.wrong("a band is a trait and rising edges", "band", "band: {trait: age, edges: [20, 30, 40]}")
        edges = [0]
    return Band(str(detail.get("trait")), tuple(int(e) for e in edges)), "text", (str(detail.get("trait")),)


def _age(read: _Reader, kind: str, _: Mapping[str, float]) -> Found:
    detail = _mapping(read, read.body["age"], "age")
    if not detail.get("year") or set(detail) - {"year", "birthday"}:
        read.wrong("age is read from a birth year", "age", "age: {year: birth_year, birthday: birthday}")
    spec = Age(str(detail.get("year")), str(detail.get("birthday", "")))
    return spec, "int64", tuple(n for n in (spec.year, spec.birthday) if n)


def _score(read: _Reader, kind: str, _: Mapping[str, float]) -> Found:
    return Score(), "float64", ()


_SPECS = {
    "given": _given, "formula": _formula, "cases": _cases, "quantile": _cut, "log_score": _cut, "typical": _cut,
    "band": _band, "age": _age, "score": _score,
}  # fmt: skip
