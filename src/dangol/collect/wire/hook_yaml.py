"""A webhook's definition: what its sender's fields mean, and how the sender signs. Read from YAML, all mistakes together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from dangol.schema import KINDS, PERSON_FIELDS, DefinitionError, Problem, Text, one_of

Path = tuple[str, ...]
"""Places to look in, the first that is filled counts."""

Scheme = Literal["none", "token", "hmac-sha256", "timestamped"]
SCHEMES: tuple[Scheme, ...] = ("none", "token", "hmac-sha256", "timestamped")
ORDER = ("order_id", "total", "revenue", "tax", "shipping", "discount", "currency", "coupon")
ITEM = ("product_id", "name", "category", "brand", "quantity", "price", "discount", "coupon")
_KEYS = (
    "hook", "says", "source", "each", "signature", "event", "at", "id", "identifiers", "person", "traits", "order", "items",
    "properties", "channel",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signature:
    """How a sender proves itself.

    token        a shared secret in `header`, or in the query parameter `query`
    hmac-sha256  of the body, in `header`, as `encoding`, after `prefix`
    timestamped  of `payload` (with {timestamp} and {body}); no older than `tolerance` seconds. The time stands in the header
                 `timestamp`, or as t=… in `header`, where signatures then stand as v1=…
    """

    scheme: Scheme = "none"
    header: str = ""
    query: str = ""
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = ""
    timestamp: str = ""
    payload: str = "{timestamp}.{body}"
    tolerance: int = 300


@dataclass(frozen=True, slots=True)
class Named:
    """An event whose name stands in the delivery. `others`: what becomes of values that `values` does not name."""

    path: Path
    values: Mapping[str, str]
    ignore: tuple[str, ...] = ()
    others: Literal["quarantine", "keep"] = "quarantine"


@dataclass(frozen=True, slots=True)
class Items:
    """The lines of an order: where they are, and the fields of one."""

    each: Path
    fields: Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook. `each`: the list whose records are an event each; without, the body is one."""

    name: str
    source: str
    event: str | Named
    identifiers: Mapping[str, Path]
    signature: Signature = Signature()
    each: str | None = None
    at: Path | None = None
    id: Path | None = None
    person: Mapping[str, Path] = field(default_factory=dict)
    traits: Mapping[str, Path] = field(default_factory=dict)
    order: Mapping[str, Path] = field(default_factory=dict)
    items: Items | None = None
    properties: Mapping[str, Path] = field(default_factory=dict)
    channel: str = ""

    def headers(self) -> frozenset[str]:
        """Names (lower case) of the headers the translation needs."""
        maps = (
            self.identifiers,
            self.person,
            self.traits,
            self.order,
            self.properties,
            self.items.fields if self.items else {},
        )
        ways = [w for m in maps for path in m.values() for w in path]
        ways += [*(self.at or ()), *(self.id or ()), *(self.event.path if isinstance(self.event, Named) else ())]
        return frozenset(
            {"content-type", *(w.removeprefix("header.").lower() for w in ways if w.startswith("header."))}
        )


class _Reader:
    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def wrong(self, en: str, ko: str, where: str, hint: Text | None = None) -> None:
        self.problems.append(Problem(Text(en, ko), where, hint or Text("", "")))

    def map(self, value: Any, where: str, allowed: tuple[str, ...] | None = None) -> dict[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.wrong("this is a list of names with what they are", "이름과 값의 목록이어야 합니다", where)
            return {}
        for key in value:
            if allowed is not None and key not in allowed:
                self.wrong(f"'{key}' is not known here", f"'{key}': 여기서 쓸 수 없습니다", where, one_of(allowed))
        return {str(k): v for k, v in value.items() if allowed is None or k in allowed}

    def path(self, value: Any, where: str) -> Path:
        ways = value if isinstance(value, list) else [value]
        if not ways or not all(isinstance(w, str) and w.strip() for w in ways):
            hint = Text.same("customer.email, items[0].sku, header.X-Topic, $.shop")
            self.wrong("this is no path", "경로가 아닙니다", where, hint)
            return ()
        return tuple(w.strip() for w in ways)

    def paths(self, value: Any, where: str, allowed: tuple[str, ...] | None = None) -> dict[str, Path]:
        return {k: self.path(v, f"{where}.{k}") for k, v in self.map(value, where, allowed).items()}

    def choice(self, value: Any, where: str, allowed: tuple[str, ...]) -> Any:
        if value not in allowed:
            self.wrong(f"'{value}' is not allowed", f"'{value}': 쓸 수 없는 값입니다", where, one_of(allowed))
            return allowed[0]
        return value


def read_hook(body: Any) -> Hook:
    """A definition. Raises `DefinitionError` with every problem."""
    read = _Reader()
    top = read.map(body, "hook", _KEYS)
    name = str(top.get("hook") or "")
    if not name or not all((c.isalnum() and c.isascii()) or c in "-_" for c in name) or len(name) > 60:
        read.wrong(
            "a hook's name is up to 60 of a-z, 0-9, - and _", "훅 이름은 영문자, 숫자, -, _ 60자까지입니다", "hook"
        )
    who = read.paths(top.get("identifiers"), "identifiers", tuple(KINDS))
    if not who:
        read.wrong("nothing says who it is about", "누구에 관한 것인지 알 수 없습니다", "identifiers", one_of(KINDS))
    items = read.map(top.get("items"), "items", ("each", *ITEM))
    if items and "each" not in items:
        read.wrong(
            "say where the lines are", "상품 목록이 어디 있는지 적으세요", "items.each", Text.same("each: line_items")
        )
    made = Hook(
        name=name,
        source=str(top.get("source") or name),
        event=_event(read, top.get("event")),
        identifiers=who,
        signature=_signature(read, top.get("signature")),
        each=None if top.get("each") is None else str(top["each"]),
        at=read.path(top["at"], "at") if "at" in top else None,
        id=read.path(top["id"], "id") if "id" in top else None,
        person=read.paths(top.get("person"), "person", PERSON_FIELDS),
        traits=read.paths(top.get("traits"), "traits"),
        order=read.paths(top.get("order"), "order", ORDER),
        items=Items(
            read.path(items["each"], "items.each"),
            {k: read.path(v, f"items.{k}") for k, v in items.items() if k != "each"},
        ) if "each" in items else None,
        properties=read.paths(top.get("properties"), "properties"),
        channel=str(top.get("channel") or ""),
    )  # fmt: skip
    if read.problems:
        raise DefinitionError(read.problems, where=name)
    return made


def _event(read: _Reader, value: Any) -> str | Named:
    if isinstance(value, str) and value.strip():
        return value.strip()
    if not isinstance(value, Mapping):
        hint = Text.same("event: Order Completed")
        read.wrong("say what happened", "무슨 일인지 적으세요", "event", hint)
        return ""
    said = read.map(value, "event", ("path", "values", "ignore", "others"))
    names = {str(k): str(v) for k, v in read.map(said.get("values"), "event.values").items()}
    ignored = said.get("ignore") or []
    others = read.choice(said.get("others", "quarantine"), "event.others", ("quarantine", "keep"))
    return Named(read.path(said.get("path"), "event.path"), names, tuple(str(i) for i in ignored), others)


def _signature(read: _Reader, value: Any) -> Signature:
    keys = ("scheme", "header", "query", "encoding", "prefix", "timestamp", "payload", "tolerance")
    said = read.map(value, "signature", keys)
    if not said:
        return Signature()
    scheme = read.choice(said.get("scheme"), "signature.scheme", SCHEMES)
    encoding = read.choice(said.get("encoding", "hex"), "signature.encoding", ("hex", "base64"))
    texts = {k: str(said[k]) for k in ("header", "query", "prefix", "timestamp", "payload") if k in said}
    tolerance = said.get("tolerance", 300)
    if not isinstance(tolerance, int) or not 1 <= tolerance <= 86_400:
        read.wrong(
            "tolerance is seconds, 1 to 86,400", "tolerance는 1에서 86,400까지의 초입니다", "signature.tolerance"
        )
        tolerance = 300
    if scheme != "none" and not texts.get("header") and not (scheme == "token" and texts.get("query")):
        read.wrong("say which header it stands in", "어느 헤더에 있는지 적으세요", "signature.header")
    if "payload" in texts and not ("{timestamp}" in texts["payload"] and "{body}" in texts["payload"]):
        read.wrong(
            "payload names {timestamp} and {body}",
            "payload에는 {timestamp}와 {body}가 있어야 합니다",
            "signature.payload",
        )
    return Signature(scheme=scheme, encoding=encoding, tolerance=tolerance, **texts)
