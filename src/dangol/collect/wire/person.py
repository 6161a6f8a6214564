"""What a call says of the person: identifiers, direct personal data for the vault, and given traits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from dangol.collect.wire import clean
from dangol.schema import KINDS

Pair = tuple[str, str]

_ALIASES = {
    "firstname": "first_name",
    "first_name": "first_name",
    "lastname": "last_name",
    "last_name": "last_name",
    "name": "name",
    "email": "email",
    "phone": "phone",
    "phonenumber": "phone",
    "phone_number": "phone",
    "mobile": "phone",
    "address": "address",
    "birthday": "birth_date",
    "birthdate": "birth_date",
    "birth_date": "birth_date",
    "dateofbirth": "birth_date",
    "date_of_birth": "birth_date",
    "gender": "gender",
    "sex": "gender",
    "avatar": "",
    "username": "",
    "photo": "",
    "ssn": "",
    "password": "",
    "id": "",
    "anonymousid": "",
    "userid": "",
}
"""Names that mean something of their own; empty: not kept, since it would name a person outside the vault, or is no trait."""

_RANKS = {kind: place for place, kind in enumerate(sorted(KINDS, key=lambda k: -KINDS[k].strength))}
_PLACE = ("postalCode", "postal_code", "zip", "state", "city", "street", "address1", "address2", "line1", "line2")
_TYPES = {"google": "", "ios.idfa": "", "android.idfa": "", "ga_client_id": "", "customer_id": "user_id"}


def traits_of(call: Mapping[str, Any]) -> dict[str, Any]:
    """Traits of a call: those in the context (RudderStack's Python SDK puts them only there), then its own."""
    found: dict[str, Any] = {}
    context = call.get("context")
    for place in (context.get("traits") if isinstance(context, dict) else None, call.get("traits")):
        if isinstance(place, dict):
            found.update({str(k): v for k, v in place.items()})
    return found


def identifiers(call: Mapping[str, Any], traits: Mapping[str, Any]) -> tuple[Pair, ...]:
    """(kind, value as it came), the strongest first, each once."""
    context = call.get("context") if isinstance(call.get("context"), dict) else {}
    assert isinstance(context, dict)
    found: list[tuple[str, Any]] = [("user_id", call.get("userId")), ("anonymous_id", call.get("anonymousId"))]
    found += [(kind, v) for name, v in traits.items() if (kind := _ALIASES.get(name.lower(), "")) in ("email", "phone")]
    device = context.get("device")
    if isinstance(device, dict):
        found.append(("device_id", device.get("id")))
    for place in (context.get("externalIds"), call.get("externalIds"), context.get("externalId")):
        if place:
            found += _external(place)
    if call.get("type") == "alias":
        found.append(("anonymous_id", call.get("previousId")))
    if call.get("type") == "merge":
        found += [(k, v) for k, v in _external(call.get("mergeProperties"))]
    kept = {(kind, value): None for kind, raw in found if (value := clean.identifier(raw)) is not None}
    return tuple(kept) if len(kept) == 1 else tuple(sorted(kept, key=lambda pair: _RANKS[pair[0]]))


def _external(place: Any) -> Iterator[tuple[str, Any]]:
    """Identifiers listed as {id, type} or {value, type}; those of kinds dangol does not know stay out."""
    for one in place if isinstance(place, list) else ():
        if isinstance(one, dict):
            kind = str(one.get("type") or "")
            kind = _TYPES.get(kind, _ALIASES.get(kind.lower(), kind))
            if kind in KINDS:
                yield kind, one.get("id") if one.get("id") is not None else one.get("value")


def person(traits: Mapping[str, Any]) -> tuple[Pair, ...]:
    """(field, value as it came) of `schema.PERSON_FIELDS`, on its way to the vault."""
    if not traits:
        return ()
    said = {_ALIASES.get(name.lower(), name): v for name, v in traits.items()}
    found: list[Pair] = []
    parts = [clean.identifier(said.get(part)) for part in ("first_name", "last_name")]
    if any(c >= "\uac00" for part in parts if part for c in part[:1]):
        parts.reverse()  # a Korean name has the family's in front
        joined = "".join(p for p in parts if p)
    else:
        joined = " ".join(p for p in parts if p)
    name = clean.identifier(said.get("name")) or joined
    if name:
        found.append(("name", name))
    address = said.get("address")
    if isinstance(address, dict):
        address = " ".join(p for part in _PLACE if (p := clean.identifier(address.get(part))))
    if where := clean.identifier(address):
        found.append(("address", where))
    if born := clean.identifier(said.get("birth_date")):
        found.append(("birth_date", born))
    return tuple(found)


def given(traits: Mapping[str, Any], taken: Counter[str], *, prefix: str = "") -> tuple[Pair, ...]:
    """(trait, value) of what may be kept readable; `gender` as it came. Lists as JSON; objects one level down, with a dot."""
    found: list[Pair] = []
    for name, value in traits.items():
        alias = None if prefix else _ALIASES.get(name.lower())
        if alias is None or alias == "gender":
            found += _spread(alias or prefix + clean.key(name), value, taken)
    return tuple(found)


def _spread(name: str, value: Any, taken: Counter[str]) -> Iterator[Pair]:
    if isinstance(value, dict):
        for inner, one in value.items():
            if not isinstance(one, Mapping | list) and (said := clean.text(one, taken)) is not None:
                yield f"{name}.{clean.key(str(inner))}", said
    elif isinstance(value, list):
        yield name, orjson.dumps(clean.value(name, value, taken)).decode()
    elif (said := clean.text(value, taken)) is not None:
        yield name, said
