"""Mappings as YAML, both ways; every mistake is reported, with its place and the nearest right word."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Dict
from decimal import Decimal, InvalidOperation
from typing import Any

import yaml
from rapidfuzz import process

from dangol.collect import mapping as m
from dangol.schema import (
    KINDS,
    NOTHING,
    PERSON_FIELDS,
    DefinitionError,
    Problem,
    Text,
    currencies,
    currency_hint,
    did_you_mean,
    one_of,
)

_KEYS = (
    "mapping", "grain", "says", "source", "why", "recognise", "columns", "constants", "dates", "timezone", "numbers", "tax",
    "currency", "undone", "skip", "identifiers", "person", "traits", "properties", "rest", "consents", "drop", "joins",
)  # fmt: skip
_TRAIT_KINDS = ("text", "number", "date", "gender")
UNDO = ("Order Cancelled", "Order Refunded")


class _Reader:
    """Collects problems instead of stopping at the first."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def say(self, where: str, message: Text, hint: Text = NOTHING) -> None:
        self.problems.append(Problem(message, where, hint))

    def choice(self, where: str, value: Any, allowed: tuple[str, ...], default: str = "") -> Any:
        if value is None and default:
            return default
        if value not in allowed:
            near = process.extractOne(str(value), allowed)
            self.say(
                where,
                Text(f"'{value}' is not known here", f"'{value}': 여기에서 쓸 수 없는 값입니다"),
                did_you_mean(f"'{near[0]}'") if near else one_of(allowed),
            )
            return default or allowed[0]
        return value

    def keys(self, where: str, body: Any, allowed: tuple[str, ...]) -> dict[str, Any]:
        if body is None:
            return {}
        if not isinstance(body, dict):
            self.say(
                where, Text("must have keys", "키와 값으로 적어야 합니다"), Text.same(", ".join(allowed[:6]) + " …")
            )
            return {}
        for key in body:
            if allowed and key not in allowed:
                self.choice(f"{where}.{key}" if where else str(key), key, allowed)
        return {str(k): v for k, v in body.items()}

    def ref(self, where: str, value: Any) -> m.Ref:
        if isinstance(value, str | int | float):
            return m.Ref((str(value),))
        if isinstance(value, list) and value and all(isinstance(v, str) for v in value):
            return m.Ref(tuple(value))
        if isinstance(value, dict):
            for how in ("join", "sum", "product"):
                if isinstance(value.get(how), list):
                    return m.Ref(tuple(map(str, value[how])), how, str(value.get("between", " ")))
        self.say(
            where,
            Text("is not a column", "열이 아닙니다"),
            Text(
                "a name, a list of names, or {join: […]}, {sum: […]}, {product: […]}",
                "이름, 이름 목록, {join: […]}, {sum: […]}, {product: […]} 가운데 하나로 적으세요",
            ),
        )
        return m.Ref(("",))

    def maybe(self, where: str, value: Any) -> m.Ref | None:
        return None if value is None else self.ref(where, value)

    def words(self, where: str, value: Any) -> tuple[str, ...]:
        if value is None:
            return ()
        if isinstance(value, str | int | bool):
            return (_word(value),)
        if not isinstance(value, list):
            self.say(where, Text("must be a list", "목록이어야 합니다"))
            return ()
        return tuple(map(_word, value))

    def test(self, where: str, body: dict[str, Any]) -> m.Test:
        if "column" not in body:
            self.say(where, Text("names no column", "열 이름이 없습니다"), Text.same("column: 주문상태"))
        below = body.get("below")
        if below is not None and not isinstance(below, int | float):
            self.say(f"{where}.below", Text(f"'{below}' is not a number", f"'{below}': 숫자가 아닙니다"))
            below = None
        is_ = self.words(f"{where}.is", body.get("is"))
        starts = str(body.get("starts", ""))
        if not (is_ or starts or below is not None):
            self.say(
                where,
                Text("asks nothing of the column", "열에 대한 조건이 없습니다"),
                Text("is: […], starts: C, or below: 0", "is: […], starts: C, below: 0 가운데 하나를 적으세요"),
            )
        return m.Test(str(body.get("column", "")), is_, starts, below)


def mapping_from_yaml(text: str, *, where: str = "mapping") -> m.Mapping:
    """Raises `DefinitionError` with every problem at once."""
    try:
        body = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise DefinitionError(
            [Problem(Text(f"not valid YAML: {error}", f"YAML로 읽을 수 없습니다: {error}"), where)], where=where
        ) from error
    return mapping_from_body(body, where=where)


def mapping_to_yaml(mapping: m.Mapping) -> str:
    """What `mapping_from_yaml` reads as the same mapping."""
    return str(yaml.safe_dump(mapping_body(mapping), allow_unicode=True, sort_keys=False, width=120))


def mapping_from_body(body: Any, *, where: str = "mapping", draft: list[Problem] | None = None) -> m.Mapping:
    """Raises `DefinitionError` with every problem; puts them into `draft` instead where one is given."""
    read = _Reader()
    top = read.keys("", body, _KEYS)
    says = read.keys("says", top.get("says"), ("ko", "en"))
    seen = read.keys("recognise", top.get("recognise"), ("required", "optional", "absent"))
    grain = read.choice("grain", top.get("grain"), m.GRAINS)
    columns = {k: read.ref(f"columns.{k}", v) for k, v in read.keys("columns", top.get("columns"), m.FIELDS).items()}
    constants = {k: _word(v) for k, v in read.keys("constants", top.get("constants"), m.TEXTS).items()}
    if "currency" in constants:
        constants["currency"] = _currency(read, "constants.currency", constants["currency"])
    for field in m.REQUIRED[grain]:
        if field not in columns and field not in constants:
            read.say(
                f"columns.{field}",
                Text(f"is needed for {grain}", f"{grain} 매핑에 꼭 필요합니다"),
                Text(f"say which column holds {field}", f"{field} 값이 든 열을 적으세요"),
            )
    mapping = m.Mapping(
        name=str(top.get("mapping", "")) or where,
        grain=grain,
        ko=str(says.get("ko", "")),
        en=str(says.get("en", "")),
        source=str(top.get("source", "")),
        why=str(top.get("why", "")),
        required=read.words("recognise.required", seen.get("required")),
        optional=read.words("recognise.optional", seen.get("optional")),
        absent=read.words("recognise.absent", seen.get("absent")),
        columns=tuple(columns.items()),
        constants=tuple(constants.items()),
        dates=read.words("dates", top.get("dates")),
        timezone=str(top.get("timezone", "")),
        numbers=read.choice("numbers", top.get("numbers"), ("point", "comma"), "point"),
        **_tax(read, top.get("tax")),
        currency=_currency(read, "currency", top.get("currency", "")),
        rest=read.choice("rest", top.get("rest"), ("drop", "properties"), "drop"),
        drop=read.words("drop", top.get("drop")),
        **_lists(read, top),
    )
    if draft is not None:
        draft += read.problems
    elif read.problems:
        raise DefinitionError(read.problems, where=where)
    return mapping


def _currency(read: _Reader, where: str, value: Any) -> str:
    code = str(value or "").strip().upper()
    if code and code not in currencies():
        read.say(where, Text(f"'{code}' is no currency", f"'{code}': 없는 통화입니다"), currency_hint(code))
    return code


def _tax(read: _Reader, value: Any) -> dict[str, Any]:
    """`included`, `excluded` or `unknown`, or {included: …, rate: 10%}; the rate as a share, 0.1."""
    if not isinstance(value, dict):
        return {"tax": read.choice("tax", value, ("included", "excluded", "unknown"), "unknown")}
    body = read.keys("tax", value, ("included", "rate"))
    if not isinstance(body.get("included"), bool):
        read.say(
            "tax.included",
            Text("says whether amounts contain the tax", "금액에 세금이 들어 있는지 적어야 합니다"),
            Text.same("included: true | false"),
        )
    text = str(body.get("rate", "")).strip()
    share = _share(text) if text else Decimal(0)
    if share is None:
        read.say(
            "tax.rate",
            Text(f"'{text}' is no rate", f"'{text}': 세율이 아닙니다"),
            Text("10%, or 0.1", "10% 또는 0.1처럼 적으세요"),
        )
    return {
        "tax": "included" if body.get("included") else "excluded",
        "tax_rate": f"{share.normalize():f}" if text and share is not None else "",
    }


def _share(text: str) -> Decimal | None:
    """10% and 0.1 as 0.1; null for what is no share between nought and one."""
    try:
        share = Decimal(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except InvalidOperation:
        return None
    return share if share.is_finite() and 0 <= share < 1 else None


def _lists(read: _Reader, top: dict[str, Any]) -> dict[str, Any]:
    return {
        "undone": _each(read, "undone", top.get("undone"), _undone),
        "skip": _each(read, "skip", top.get("skip"), _skip),
        "identifiers": _identifiers(read, top.get("identifiers")),
        "person": tuple(
            (k, read.ref(f"person.{k}", v)) for k, v in read.keys("person", top.get("person"), PERSON_FIELDS).items()
        ),
        "traits": tuple(
            _trait(read, f"traits.{k}", k, v) for k, v in read.keys("traits", top.get("traits"), ()).items()
        ),
        "properties": _properties(read, top.get("properties")),
        "consents": _each(read, "consents", top.get("consents"), _consent),
        "joins": _each(read, "joins", top.get("joins"), _join),
    }


def _each(read: _Reader, where: str, value: Any, one: Callable[[_Reader, str, dict[str, Any]], Any]) -> tuple[Any, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
        read.say(where, Text("must be a list of entries with keys", "키가 있는 항목의 목록이어야 합니다"))
        return ()
    return tuple(one(read, f"{where}[{i}]", v) for i, v in enumerate(value))


def _undone(read: _Reader, where: str, body: dict[str, Any]) -> m.Undone:
    read.keys(where, body, ("column", "is", "starts", "below", "event", "completes", "at", "amount"))
    return m.Undone(
        read.test(where, body),
        read.choice(f"{where}.event", body.get("event"), UNDO, UNDO[0]),
        bool(body.get("completes", True)),
        read.maybe(f"{where}.at", body.get("at")),
        read.maybe(f"{where}.amount", body.get("amount")),
    )


def _skip(read: _Reader, where: str, body: dict[str, Any]) -> m.Skip:
    read.keys(where, body, ("column", "is", "starts", "below", "reason"))
    return m.Skip(read.test(where, body), str(body.get("reason", "skipped")))


def _consent(read: _Reader, where: str, body: dict[str, Any]) -> m.Consent:
    read.keys(where, body, ("purpose", "channel", "column", "granted", "refused"))
    return m.Consent(
        str(body.get("purpose", "advertising")),
        str(body.get("channel", "")),
        read.ref(f"{where}.column", body.get("column")),
        read.words(f"{where}.granted", body.get("granted")),
        read.words(f"{where}.refused", body.get("refused")),
    )


def _join(read: _Reader, where: str, body: dict[str, Any]) -> m.Join:
    read.keys(where, body, ("reference", "match"))
    return m.Join(
        str(body.get("reference", "")), tuple((str(a), str(b)) for a, b in dict(body.get("match") or {}).items())
    )


def _identifiers(read: _Reader, value: Any) -> tuple[m.Identifier, ...]:
    out = []
    for kind, entry in read.keys("identifiers", value, tuple(KINDS)).items():
        where = f"identifiers.{kind}"
        several = entry if isinstance(entry, list) and entry and all(isinstance(e, dict) for e in entry) else [entry]
        for one in several:
            ref, scope = (
                (one.get("column"), str(one.get("scope", "")))
                if isinstance(one, dict) and "column" in one
                else (one, "")
            )
            out.append(m.Identifier(kind, read.ref(where, ref), scope))
    return tuple(out)


def _trait(read: _Reader, where: str, name: str, value: Any) -> m.Trait:
    if isinstance(value, dict) and "column" in value:
        read.keys(where, value, ("column", "kind"))
        return m.Trait(
            name,
            read.ref(where, value["column"]),
            read.choice(f"{where}.kind", value.get("kind"), _TRAIT_KINDS, "text"),
        )
    return m.Trait(name, read.ref(where, value))


def _properties(read: _Reader, value: Any) -> tuple[m.Property, ...]:
    if isinstance(value, list):
        value = {str(c): str(c) for c in value}
    out = []
    for name, entry in read.keys("properties", value, ()).items():
        where = f"properties.{name}"
        if isinstance(entry, dict) and "column" in entry:
            read.keys(where, entry, ("column", "code"))
            out.append(m.Property(name, read.ref(where, entry["column"]), bool(entry.get("code", False))))
        else:
            out.append(m.Property(name, read.ref(where, entry)))
    return tuple(out)


def _word(value: object) -> str:
    """YAML reads T and Y as text but yes/no/true as booleans; both spellings are meant as what was typed."""
    return str(value).lower() if isinstance(value, bool) else str(value)


# -- writing -------------------------------------------------------------------------------------------------------------
def mapping_body(mapping: m.Mapping) -> dict[str, Any]:
    """The YAML body; what is at its default is left out. `mapping_from_body` gives the same mapping back."""
    body: dict[str, Any] = {"mapping": mapping.name, "grain": mapping.grain}
    body["says"] = {k: v for k, v in (("ko", mapping.ko), ("en", mapping.en)) if v}
    seen = {"required": mapping.required, "optional": mapping.optional, "absent": mapping.absent}
    body["recognise"] = {k: list(v) for k, v in seen.items() if v}
    for key in ("source", "why", "timezone", "currency"):
        body[key] = getattr(mapping, key)
    for key, default in (("numbers", "point"), ("tax", "unknown"), ("rest", "drop")):
        body[key] = "" if getattr(mapping, key) == default else getattr(mapping, key)
    if mapping.tax_rate:
        rate = f"{(Decimal(mapping.tax_rate) * 100).normalize():f}%"
        body["tax"] = {"included": mapping.tax == "included", "rate": rate}
    body["columns"] = {k: _ref(r) for k, r in mapping.columns}
    body["constants"] = dict(mapping.constants)
    body["dates"] = list(mapping.dates)
    body["undone"] = [
        _test(u.test) | _some(event=u.event, completes=u.completes, at=u.at, amount=u.amount) for u in mapping.undone
    ]
    body["skip"] = [_test(s.test) | {"reason": s.reason} for s in mapping.skip]
    body["identifiers"] = _write_identifiers(mapping.identifiers)
    body["person"] = {k: _ref(r) for k, r in mapping.person}
    body["traits"] = {
        t.name: _ref(t.ref) if t.kind == "text" else {"column": _ref(t.ref), "kind": t.kind} for t in mapping.traits
    }
    body["properties"] = {
        p.name: {"column": _ref(p.ref), "code": True} if p.code else _ref(p.ref) for p in mapping.properties
    }
    body["consents"] = [
        {
            "purpose": c.purpose,
            "channel": c.channel,
            "column": _ref(c.ref),
            "granted": list(c.granted),
            "refused": list(c.refused),
        }
        for c in mapping.consents
    ]
    body["drop"] = list(mapping.drop)
    body["joins"] = [{"reference": j.reference, "match": dict(j.match)} for j in mapping.joins]
    return {k: v for k, v in body.items() if v not in ("", {}, [])}


def _ref(ref: m.Ref) -> Any:
    if ref.how != "first":
        return {ref.how: list(ref.columns)} | ({"between": ref.between} if ref.between != " " else {})
    return ref.columns[0] if len(ref.columns) == 1 else list(ref.columns)


def _test(test: m.Test) -> dict[str, Any]:
    body: dict[str, Any] = {"column": test.column, "is": list(test.is_), "starts": test.starts}
    return {k: v for k, v in body.items() if v} | ({} if test.below is None else {"below": test.below})


def _some(**values: Any) -> dict[str, Any]:
    return {k: _ref(v) if isinstance(v, m.Ref) else v for k, v in values.items() if v is not None}


def _write_identifiers(identifiers: tuple[m.Identifier, ...]) -> Dict[str, Any]:
    kinds: dict[str, list[m.Identifier]] = {}
    for one in identifiers:
        kinds.setdefault(one.kind, []).append(one)

    def write(one: m.Identifier, several: bool) -> Any:
        if several or one.scope:
            return {"column": _ref(one.ref)} | ({"scope": one.scope} if one.scope else {})
        return _ref(one.ref)

    return {
        k: [write(o, True) for o in group] if len(group) > 1 else write(group[0], False) for k, group in kinds.items()
    }
