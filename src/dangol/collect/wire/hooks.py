"""Inbound webhooks: a body of any shape to calls, by a definition in YAML. Pure: nothing is read or written here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson

from dangol.collect.wire import clean
from dangol.collect.wire.body import BodyError, read_body
from dangol.collect.wire.hook_yaml import Hook, Path

HEADER = "header."
"""Paths that begin so name a header of the request."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request of a sender: the headers that its definition speaks of (lower case), and the body as it came."""

    headers: Mapping[str, str]
    text: bytes = field(repr=False)

    def pack(self) -> bytes:
        """As one body of the intake log."""
        return orjson.dumps({"headers": dict(self.headers), "text": self.text.decode("utf-8", "replace")})

    @classmethod
    def unpack(cls, packed: bytes) -> Delivery:
        said = orjson.loads(packed)
        return cls(said["headers"], said["text"].encode())


def body_of(delivery: Delivery) -> dict[str, Any]:
    """The body as an object: JSON, or a form. A list stands under ``items``. Raises `BodyError`."""
    if "form-urlencoded" in delivery.headers.get("content-type", ""):
        return dict(parse_qsl(delivery.text.decode("utf-8", "replace"), keep_blank_values=True))
    if delivery.text.lstrip()[:1] == b"[":
        return read_body(b'{"items":' + delivery.text + b"}")
    return read_body(delivery.text)


def translated(hook: Hook, delivery: Delivery) -> list[dict[str, Any]]:
    """The calls a delivery tells, in the shape SDKs send them; what the definition ignores is not among them.

    Raises `BodyError` where the body is no JSON object. What is missing in a call is found when the call is read.
    """
    body = body_of(delivery)
    records = [body] if hook.each is None else list(_list(_at(body, hook.each)))
    found = []
    for record in records:
        values = _Values(body, record, delivery.headers)
        name = _name(hook, values)
        if name is not None:
            found.append(_call(hook, values, name))
    return found


@dataclass(frozen=True, slots=True)
class _Values:
    """Where paths look: in the record, in the whole body from ``$``, in the headers."""

    body: Any
    record: Any
    headers: Mapping[str, str]

    def get(self, path: Path | None) -> Any:
        """The first of the path's places that is filled."""
        for way in path or ():
            if way.startswith(HEADER):
                value: Any = self.headers.get(way.removeprefix(HEADER).lower())
            elif way == "$" or way.startswith("$."):
                value = _at(self.body, way[2:])
            else:
                value = _at(self.record, way)
            if value is not None and value != "":
                return value
        return None

    def all(self, paths: Mapping[str, Path]) -> dict[str, Any]:
        found = {name: self.get(path) for name, path in paths.items()}
        return {name: value for name, value in found.items() if value is not None}


def _at(value: Any, way: str) -> Any:
    """``customer.phones[0]``: names and places one after another; None where there is nothing."""
    for step in way.replace("[", ".").replace("]", "").split(".") if way else ():
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.lstrip("-").isdecimal():
            place = int(step)
            value = value[place] if -len(value) <= place < len(value) else None
        else:
            return None
    return value


def _list(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        yield from value
    elif value is not None:
        yield value


def _name(hook: Hook, values: _Values) -> str | None:
    """What happened; None for what the definition ignores. A value it does not name stays as it is, to be put aside."""
    if isinstance(hook.event, str):
        return hook.event
    said = clean.identifier(values.get(hook.event.path))
    if said is not None and said in hook.event.ignore:
        return None
    return hook.event.values.get(said or "", "") or (said if hook.event.others == "keep" and said else "")


def _call(hook: Hook, values: _Values, name: str) -> dict[str, Any]:
    ids = values.all(hook.identifiers)
    traits = {**values.all(hook.traits), **values.all(hook.person)}
    traits |= {kind: ids[kind] for kind in ("email", "phone") if kind in ids}
    own = [
        {"type": kind, "id": v} for kind, v in ids.items() if kind not in ("email", "phone", "user_id", "anonymous_id")
    ]
    said = values.all(hook.properties) | values.all(hook.order)
    if hook.items is not None:
        lines = [
            _Values(values.body, one, values.headers).all(hook.items.fields)
            for one in _list(values.get(hook.items.each))
        ]
        if lines:
            said["products"] = lines
    call = {
        "type": "identify" if hook.event == IDENTIFY else "track",
        "event": name or None,
        "messageId": _message(hook, values, name),
        "timestamp": values.get(hook.at),
        "userId": ids.get("user_id"),
        "anonymousId": ids.get("anonymous_id"),
        "traits": traits,
        "properties": said,
        "channel": hook.channel or None,
        "context": {"externalIds": own} if own else {},
    }
    return {key: value for key, value in call.items() if value not in (None, {}, [])}


def _message(hook: Hook, values: _Values, name: str) -> str | None:
    """The sender's number of the event, with its name: shops give an order and its cancellation one number."""
    said = clean.identifier(values.get(hook.id))
    return None if said is None else f"{hook.name}/{name}/{said}"


IDENTIFY = "identify"
"""The event of a definition that only says who somebody is (a form, a member's record)."""

__all__ = ["HEADER", "IDENTIFY", "BodyError", "Delivery", "body_of", "translated"]
