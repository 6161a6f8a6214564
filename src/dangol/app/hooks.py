"""Inbound webhooks: their definitions and secrets, and what a delivery tells."""

from __future__ import annotations

import base64
import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
import yaml

from dangol.collect.wire import HOOK, BodyError, Call, Envelope, Money, Refused, number, read_calls
from dangol.collect.wire.hook_yaml import Hook, read_hook
from dangol.collect.wire.hooks import Delivery, body_of, translated
from dangol.schema import Answer, DangolError, DefinitionError, FileError, NotFoundError, Problem, Text, system_says

if TYPE_CHECKING:
    from dangol.app import Workspace

KIND = "hook"
_LISTED = pa.schema(
    [(c, pa.string()) for c in ("hook", "source", "scheme", "secret", "path")] + [("version", pa.int64())]
)


@dataclass(frozen=True, slots=True)
class Open:
    """A webhook as the server needs it. `secret` is empty where the sender does not sign."""

    hook: Hook
    secret: str

    def __repr__(self) -> str:
        return f"Open({self.hook.name}, …)"


def listed(ws: Workspace) -> Answer:
    """Every webhook: hook, source, scheme, secret (kept or missing), path, version."""
    rows = []
    for name, kept in sorted(ws.store.definitions.all(KIND).items()):
        hook = read_hook(kept.body)
        has = ws.store.state.get(_place(name)) is not None
        state = ws.say("kept", "있음") if has else ws.say("missing", "없음")
        rows.append(
            {
                "hook": name,
                "source": hook.source,
                "scheme": hook.signature.scheme,
                "secret": "–" if hook.signature.scheme == "none" else state,
                "path": f"/v1/hooks/{name}",
                "version": kept.version,
            }
        )
    note = (
        "" if rows else ws.say("No webhooks yet: dangol hooks add FILE", "아직 웹훅이 없습니다: dangol hooks add 파일")
    )
    return Answer(pa.Table.from_pylist(rows, schema=_LISTED), note=note)


def read_file(file: Path) -> tuple[Hook, dict[str, Any]]:
    """A definition from a YAML file. Raises `FileError`, or `DefinitionError` with every problem."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        why = system_says(error)
        raise FileError(
            Text(f"the file cannot be read: {why.en}", f"파일을 읽을 수 없습니다: {why.ko}"), where=str(file)
        ) from error
    except UnicodeDecodeError as error:
        raise DefinitionError(
            [Problem(Text("it is not UTF-8 text", "UTF-8 텍스트가 아닙니다"))], where=str(file)
        ) from error
    return read_text(text, where=str(file))


def read_text(text: str, *, where: str = "hook") -> tuple[Hook, dict[str, Any]]:
    """A definition from YAML. Raises `DefinitionError` with every problem."""
    try:
        body = yaml.safe_load(text)
    except yaml.YAMLError as error:
        said = " ".join(str(error).split())
        wrong = Text(f"not valid YAML: {said}", f"YAML로 읽을 수 없습니다: {said}")
        raise DefinitionError([Problem(wrong)], where=where) from error
    hook = read_hook(body)
    return hook, orjson.loads(orjson.dumps(body, default=str))


def add(ws: Workspace, file: Path, *, secret: str = "", new_token: bool = False) -> tuple[Hook, str]:
    """Keep a definition and its secret; a hook of that name is replaced, its secret stays where none is given.

    :param new_token: make a token up; it is returned, and shown nowhere again.
    :raises DefinitionError: what is wrong, or a secret is missing.
    """
    return _add(ws, read_file(file), secret, new_token)


def add_text(ws: Workspace, text: str, *, secret: str = "", new_token: bool = False) -> tuple[Hook, str]:
    """The same of a definition as YAML text."""
    return _add(ws, read_text(text), secret, new_token)


def _add(ws: Workspace, read: tuple[Hook, dict[str, Any]], secret: str, new_token: bool) -> tuple[Hook, str]:
    hook, body = read
    made = secrets.token_urlsafe(32) if new_token and hook.signature.scheme == "token" else ""
    secret = secret or made
    place, now = _place(hook.name), ws.real_now()
    if hook.signature.scheme != "none" and not secret and ws.store.state.get(place) is None:
        missing = Text("the sender signs, so its secret is needed", "보내는 쪽이 서명하므로 비밀값이 필요합니다")
        hint = Text(
            "give it when asked, or in DANGOL_HOOK_SECRET", "물을 때 입력하거나 환경 변수 DANGOL_HOOK_SECRET에 넣으세요"
        )
        raise DefinitionError([Problem(missing, "signature", hint)], where=hook.name)
    ws.__dict__.pop(_DOOR, None)
    with ws.store.writing():
        kept = ws.store.definitions.all(KIND).get(hook.name)
        if kept is None or kept.body != body:
            ws.store.definitions.put(KIND, hook.name, body, actor=ws.actor, now=now, note="")
        if secret:
            sealed = ws.privacy.sealer.seal(_bound(hook.name) + secret.encode())
            ws.store.state.put(place, base64.b64encode(sealed).decode(), now=now)
            ws.store.audit.write(ws.actor, "hook.secret", f"hook/{hook.name}", now=now)
    return hook, made


def remove(ws: Workspace, name: str) -> None:
    """From now on nothing is taken under this name. Deliveries that wait are put aside."""
    _kept(ws, name)
    ws.__dict__.pop(_DOOR, None)
    with ws.store.writing():
        ws.store.definitions.remove(KIND, name, actor=ws.actor, now=ws.real_now(), note="")
        ws.store.state.remove(_place(name))


def find(ws: Workspace, name: str) -> Open | None:
    """A webhook with its secret; None where there is none."""
    kept = ws.store.definitions.all(KIND).get(name)
    if kept is None:
        return None
    sealed = ws.store.state.get(_place(name))
    secret = ""
    if sealed is not None:
        opened = ws.privacy.sealer.open(base64.b64decode(sealed))
        if opened.startswith(_bound(name)):
            secret = opened.removeprefix(_bound(name)).decode()
    return Open(read_hook(kept.body), secret)


def try_out(ws: Workspace, what: str, sample: Path, headers: Mapping[str, str]) -> list[dict[str, Any]]:
    """What a delivery would tell, call by call: kept nowhere. `what`: a hook's name, or a YAML file with a draft."""
    hook = read_file(Path(what))[0] if what.endswith((".yaml", ".yml")) else _kept(ws, what)
    try:
        text = sample.read_bytes()
    except OSError as error:
        why = system_says(error)
        said = Text(f"the sample cannot be read: {why.en}", f"견본을 읽을 수 없습니다: {why.ko}")
        raise FileError(said, where=str(sample)) from error
    return _tried(ws, hook, text, headers)


def try_text(ws: Workspace, definition: str, sample: bytes, headers: Mapping[str, str]) -> list[dict[str, Any]]:
    """The same of a draft as YAML text."""
    return _tried(ws, read_text(definition)[0], sample, headers)


def yaml_of(ws: Workspace, name: str) -> str:
    """A webhook's definition as YAML. Raises `NotFoundError`."""
    body = ws.store.definitions.get(KIND, name).body
    return str(yaml.safe_dump(body, allow_unicode=True, sort_keys=False, width=120))


def _tried(ws: Workspace, hook: Hook, text: bytes, headers: Mapping[str, str]) -> list[dict[str, Any]]:
    named = {name.lower(): value for name, value in headers.items()}
    envelope = Envelope("test", hook.source, "server", HOOK + hook.name, ws.real_now())
    return [_told(call) for call in _calls(ws, envelope, hook, Delivery(named, text))]


def _told(call: Call | Refused) -> dict[str, Any]:
    if isinstance(call, Refused):
        return {"problem": f"{call.field or ''}:{call.reason}"}
    shown: dict[str, Any] = {"at": call.at, "identifiers": [kind for kind, _ in call.identifiers]}
    shown |= {"person": [kind for kind, _ in call.person], "traits": [name for name, _ in call.given]}
    event = call.event
    if event is not None:
        shown |= {
            "event": event.name,
            "order_id": event.order_id,
            "amount": event.worth.amount,
            "lines": len(event.lines),
        }
    return shown


def read(ws: Workspace, envelope: Envelope, body: bytes) -> tuple[Call | Refused, ...]:
    """The calls of a delivery out of the intake log; what cannot be read comes out as `Refused`, with the delivery."""
    return _of(ws, envelope, Delivery.unpack(body))


def again(ws: Workspace, envelope: Envelope, kept: Mapping[str, Any]) -> tuple[Call | Refused, ...]:
    """The same for a delivery that was put aside."""
    headers = {**kept["headers"], "content-type": "application/json"} if "body" in kept else dict(kept["headers"])
    text = orjson.dumps(kept["body"]) if "body" in kept else str(kept["text"]).encode()
    return _of(ws, envelope, Delivery(headers, text))


def _of(ws: Workspace, envelope: Envelope, delivery: Delivery) -> tuple[Call | Refused, ...]:
    found = _known(ws).find(envelope.call.removeprefix(HOOK), ws.real_now())
    if found is None:
        return (_aside(envelope, delivery, "hook", "bad_type"),)
    return tuple(_calls(ws, envelope, found.hook, delivery))


def _calls(ws: Workspace, envelope: Envelope, hook: Hook, delivery: Delivery) -> list[Call | Refused]:
    try:
        calls = translated(hook, delivery)
    except BodyError:
        return [_aside(envelope, delivery, None, "bad_shape")]
    money = Money(ws.settings.currency, ws.settings.rates)
    one = replace(envelope, call="batch")
    read_ = list(read_calls(one, {"batch": calls}, money))
    return [replace(c, raw=_raw(delivery)) if isinstance(c, Refused) else c for c in read_]


def _aside(envelope: Envelope, delivery: Delivery, field: str | None, reason: str) -> Refused:
    key = number(envelope.source, "q", f"{envelope.call}/{envelope.id}")
    return Refused(key, envelope.source, envelope.received_at, 0, field, reason, _raw(delivery))


def _raw(delivery: Delivery) -> dict[str, Any]:
    """A delivery as it is kept aside: its values apart where they can be told, so that an erasure finds whom they name."""
    try:
        return {"headers": dict(delivery.headers), "body": body_of(delivery)}
    except BodyError:
        return {"headers": dict(delivery.headers), "text": delivery.text.decode("utf-8", "replace")}


def _kept(ws: Workspace, name: str) -> Hook:
    kept = ws.store.definitions.all(KIND).get(name)
    if kept is None:
        raise NotFoundError(
            Text(f"there is no webhook '{name[:60]}'", f"'{name[:60]}' 웹훅이 없습니다"),
            hint=Text("`dangol hooks` lists them", "`dangol hooks`로 목록을 보세요"),
        )
    return read_hook(kept.body)


def _place(name: str) -> str:
    return f"hook.secret.{name}"


def _bound(name: str) -> bytes:
    """What a sealed secret belongs to: moved to another hook by hand, it does not open."""
    return f"{KIND}/{name}\n".encode()


class Door:
    """The webhooks as the server looks them up: what changed is seen within `seconds`."""

    def __init__(self, ws: Workspace, *, seconds: float = 2.0) -> None:
        self._ws, self._keep = ws, dt.timedelta(seconds=seconds)
        self._known: dict[str, tuple[dt.datetime, Open | None]] = {}

    def find(self, name: str, now: dt.datetime) -> Open | None:
        """Raises `DangolError` where the store fails."""
        known = self._known.get(name)
        if known is not None and now - known[0] < self._keep:
            return known[1]
        try:
            found = find(self._ws, name)
        except DefinitionError:  # written by a newer dangol: as good as none
            found = None
        if len(self._known) > 1_000:  # names that strangers try
            self._known.clear()
        self._known[name] = now, found
        return found


_DOOR = "_door"


def _known(ws: Workspace) -> Door:
    """The webhooks as a drain looks them up: once for all deliveries of a moment."""
    door: Door = ws.__dict__.setdefault(_DOOR, Door(ws))
    return door


__all__ = [
    "DangolError",
    "Door",
    "Open",
    "add",
    "add_text",
    "again",
    "find",
    "listed",
    "read",
    "remove",
    "try_out",
    "try_text",
]
