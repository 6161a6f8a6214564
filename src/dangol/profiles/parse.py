"""Trait documents → checked `Trait` values. Every mistake is collected, with its place and the nearest valid word."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_args

from dangol.profiles import formula
from dangol.profiles.clock import PARTS
from dangol.profiles.model import (
    FAMILIES,
    Behaviour,
    Family,
    Trait,
)  # fmt: skip
from dangol.profiles.parse_derived import SPECS
from dangol.profiles.parse_reader import Reader, mapping, nearest, whole
from dangol.schema import EVENTS, ORDER_ITEMS, Problem, Text, Type, one_of

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


def parse_trait(body: Mapping[str, Any]) -> tuple[Trait | None, list[Problem]]:
    """Read one document. Names of other traits are not checked here (`definitions` knows them all)."""
    name = body.get("trait") if isinstance(body, Mapping) else None
    read = Reader(body, f"traits.{name}")
    if not isinstance(name, str) or not _NAME.match(name) or name != name.lower():
        read.wrong(
            Text(
                "a trait needs a name of lower-case letters, digits and _",
                "속성에는 영문 소문자, 숫자, _로 된 이름이 필요합니다",
            ),
            "trait",
            Text("such as revenue_90d", "예: revenue_90d"),
        )
        return None, read.problems
    kinds = [k for k in (*FUNCTIONS, *DERIVED, "given", "score") if k in body]
    if len(kinds) != 1:
        said = " and ".join(kinds) or "none"
        read.wrong(
            Text(f"one way to compute it is needed, found {said}", f"계산 방법이 하나 있어야 합니다. 적힌 것: {said}"),
            "",
            one_of((*FUNCTIONS, *DERIVED, "given", "score")),
        )
        return None, read.problems
    kind = kinds[0]
    allowed = {*_COMMON, kind, *(_BEHAVIOUR if kind in FUNCTIONS else ()), *(("keep",) if kind == "given" else ())}
    for key in body:
        if key not in allowed:
            read.wrong(
                Text(f"'{key}' has no meaning here", f"'{key}': 여기에서 쓸 수 없는 키입니다"),
                str(key),
                nearest(str(key), allowed),
            )
    settings = _settings(read)
    spec, found, needs = SPECS[kind](read, kind, settings) if kind not in FUNCTIONS else (*_behaviour(read, kind), ())
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


def _family(read: Reader, kind: str) -> Family:
    natural: Family = (
        "demographic" if kind in ("given", "age", "band") else "analytic" if kind == "score" else "behavioural"
    )
    said = read.choice(read.body.get("family", natural), FAMILIES, "family")
    return next(f for f in FAMILIES if f == said)


def _says(read: Reader) -> dict[str, str]:
    says = read.body.get("says")
    if not isinstance(says, Mapping) or not says.get("ko") or not says.get("en"):
        read.wrong(
            Text("says needs both languages", "says에는 두 언어가 모두 필요합니다"),
            "says",
            Text.same("says: {ko: …, en: …}"),
        )
        return {"ko": str(read.body["trait"]), "en": str(read.body["trait"])}
    return {"ko": str(says["ko"]), "en": str(says["en"])}


def _type(read: Reader, found: Type) -> Type:
    said = read.body.get("type")
    if said is None:
        return found
    read.choice(said, _TYPES, "type")
    return next((t for t in _TYPES if t == said), found)


def _values(read: Reader) -> dict[str, dict[str, str]]:
    values = read.body.get("values", {})
    if not isinstance(values, Mapping) or not all(
        isinstance(v, Mapping) and {"ko", "en"} <= set(v) for v in values.values()
    ):
        read.wrong(
            Text("values needs both languages for each value", "values에는 값마다 두 언어가 모두 필요합니다"),
            "values",
            Text.same("values: {new: {ko: 신규, en: new}}"),
        )
        return {}
    return {str(k): {"ko": str(v["ko"]), "en": str(v["en"])} for k, v in values.items()}


def _settings(read: Reader) -> dict[str, float]:
    said = read.body.get("settings", {})
    if not isinstance(said, Mapping) or not all(isinstance(v, int | float) for v in said.values()):
        read.wrong(
            Text("settings are names with a number each", "settings에는 이름마다 숫자를 하나씩 적어야 합니다"),
            "settings",
            Text.same("settings: {lost_at: 6}"),
        )
        return {}
    return {str(k): float(v) for k, v in said.items()}


# -- behavioural ---------------------------------------------------------------------------------------------------
def _behaviour(read: Reader, function: str) -> tuple[Behaviour, Type]:
    body = read.body
    of = read.choice(body.get("of", "events"), ("events", "items"), "of")
    source = "items" if of == "items" else "events"
    said = body[function]
    detail: dict[str, Any] = dict(said) if isinstance(said, Mapping) else {"field": said}
    window = {k: body[k] for k in WINDOWS if k in body}
    if len(window) > 1:
        read.wrong(
            Text(
                f"one window is enough, found {' and '.join(window)}",
                f"기간은 하나만 적어야 합니다. 적힌 것: {', '.join(window)}",
            ),
            next(iter(window)),
        )
    did = body.get("did", "any")
    names = () if did == "any" else tuple(map(str, did)) if isinstance(did, list) else (str(did),)
    where = mapping(read, body.get("where", {}), "where")
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
        read.wrong(
            Text(
                "a trend needs `within:`, the window to hold against the one before",
                "trend에는 바로 앞 기간과 견줄 기간 `within:`이 필요합니다",
            ),
            "within",
            Text.same("within: 90 days"),
        )
    if function == "share" and not detail.get("where"):
        read.wrong(
            Text("a share needs a filter of its own", "share에는 자체 필터가 필요합니다"),
            "share",
            Text.same("share: {where: {channel: store}}"),
        )
    spec = Behaviour(
        function=function, field=field, option=option, of="items" if source == "items" else "events", did=names,
        where=where,
        part_where=mapping(read, detail.pop("where", {}), f"{function}.where"), window=window, weight=weight,
        limit=whole(read, detail.pop("limit", 0), f"{function}.limit"),
        current=detail.pop("which", "longest") == "current",
    )  # fmt: skip
    detail.pop("field", None)
    for key in detail:
        read.wrong(
            Text(f"'{key}' has no meaning for {function}", f"'{key}': {function}에서 쓸 수 없는 키입니다"),
            f"{function}.{key}",
        )
    return spec, _behaviour_type(spec)


def fields_of(source: str) -> dict[str, Type]:
    """Fields a trait may read, with their types: columns, local time parts, and the product's department."""
    table = ORDER_ITEMS if source == "items" else EVENTS
    hidden = {"node", "customer_id", "batch", "event_id", "line", "properties"}
    extra = {"department": "text"} if source == "items" else {}
    found: dict[str, Any] = {c.name: c.type for c in table.columns if c.name not in hidden} | extra | PARTS
    return found


def type_of(field: str, source: str) -> Type:
    return "text" if field.startswith("properties.") else fields_of(source).get(field, "text")


def _field(read: Reader, said: Any, function: str, source: str) -> str:
    known = fields_of(source)
    field = str(said)
    if field.startswith("properties.") and source == "events":
        return field
    if field not in known:
        read.wrong(
            Text(f"{source} have no field '{said}'", f"{source}에 '{said}' 필드가 없습니다"),
            function,
            nearest(field, known)
            or Text(
                "columns, day, weekday, hour, month, properties.x",
                "열 이름, day, weekday, hour, month, properties.x를 쓸 수 있습니다",
            ),
        )
    elif function in ("sum", "average") and known[field] not in formula.NUMERIC:
        read.wrong(Text(f"'{said}' is not a number", f"'{said}': 숫자가 아닙니다"), function, nearest("amount", known))
    return field


def _weight(read: Reader, said: Any, function: str, source: str) -> str:
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
