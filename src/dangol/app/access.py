"""Who is asking: people with a session, programs with a key, this computer itself; and what they may."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

import orjson

from dangol.privacy import MAY, Right, Role, StaffSealer
from dangol.schema import BusyError, Lang, RefusedError, Text
from dangol.store import Session, Store

if TYPE_CHECKING:
    from dangol.app.settings import Settings

SEEN_EVERY = dt.timedelta(minutes=1)
"""How often a use of a session or key is written down."""

PASS = "dangol/pass"  # noqa: S105  (what a pass is bound to, not a secret)
PASS_MINUTES = 24 * 60


class Doors(Protocol):
    """What is needed of a workspace here; a `Desk` has it, too."""

    store: Store
    settings: Settings

    @property
    def actor(self) -> str: ...

    @property
    def staff(self) -> StaffSealer: ...

    def say(self, en: str, ko: str) -> str: ...

    def real_now(self) -> dt.datetime: ...


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """Whoever a request speaks for.

    kind     person (signed in), key (a program), computer (whoever sits at this machine, and holds its key)
    id       number of the person or the key; 0 for the computer
    actor    what the audit log calls them: ``person/3``, ``key/2``, or the name of the computer's user
    choices  lang, theme
    session  number of the session, of a person
    """

    kind: Literal["person", "key", "computer"]
    id: int
    actor: str
    role: Role
    email: str = ""
    name: str = ""
    choices: Mapping[str, Any] = field(default_factory=dict)
    session: int | None = None

    @property
    def rights(self) -> frozenset[Right]:
        return MAY[self.role]

    def may(self, right: Right) -> bool:
        return right in MAY[self.role]

    def __repr__(self) -> str:
        return f"Person({self.actor}, {self.role.value})"


def computer(ws: Doors, role: Role = Role.OWNER) -> Person:
    """Whoever sits at this machine."""
    return Person("computer", 0, ws.actor, role)


def is_new(ws: Doors) -> bool:
    """Whether nobody owns this workspace yet."""
    return ws.store.people.owners() == 0


def is_over(session: Session, now: dt.datetime, *, hours: int, days: int) -> bool:
    """Whether a session counts no more: ended, unused for `hours`, or `days` old."""
    if session.ended_at is not None:
        return True
    return now - session.seen_at >= dt.timedelta(hours=hours) or now - session.made_at >= dt.timedelta(days=days)


def begin(ws: Doors, person: int, *, device: str) -> str:
    """A new session of somebody; returns its token, which is kept nowhere."""
    token = secrets.token_urlsafe(32)
    now = ws.real_now()
    with ws.store.writing():
        made = ws.store.sessions.begin(token, person=person, device=device[:80], now=now)
        ws.store.people.change(person, seen_at=now)
        ws.store.audit.write(
            f"person/{person}", "session.begun", f"session/{made.id}", now=now, after={"on": device[:80]}
        )
    return token


def device_words(agent: str) -> str:
    """A browser by its name and system, such as ``Chrome, Windows``: enough to know one's own by."""
    from dangol.collect.wire.agents import read_agent  # here: it loads a thousand rules

    found = read_agent(agent)
    return ", ".join(part for part in (found.browser, found.os) if part) if found else ""


def by_session(ws: Doors, token: str) -> Person | None:
    """The person of a session's token; null where it is unknown, over, or its person may not sign in any more."""
    session = ws.store.sessions.find(token)
    now = ws.real_now()
    if session is None or is_over(session, now, hours=ws.settings.session_hours, days=ws.settings.session_days):
        return None
    row = ws.store.people.get(session.person)
    if not row.active:
        return None
    if now - session.seen_at >= SEEN_EVERY:
        with suppress(BusyError):  # while a backup is made, say: the next request writes it down
            ws.store.sessions.seen(session.id, now=now)
    known = ws.staff.open(row.sealed)
    role = Role(row.role)
    return Person("person", row.id, f"person/{row.id}", role, known.email, known.name, row.choices, session.id)


def by_key(ws: Doors, key: str) -> Person | None:
    """Whoever holds an API key, or a pass of this computer; null where it opens nothing."""
    if key.startswith("dkp_"):
        return _by_pass(ws, key.removeprefix("dkp_"))
    found = ws.store.api_keys.find(key)
    if found is None:
        return None
    now = ws.real_now()
    if found.used_at is None or now - found.used_at >= SEEN_EVERY:
        with suppress(BusyError):
            ws.store.api_keys.used(found.id, now=now)
    return Person("key", found.id, f"key/{found.id}", Role(found.role), name=found.name)


def computer_pass(ws: Doors, role: Role) -> str:
    """A key for a program of this computer that talks to its server; good for a day.

    Nothing of it is stored: it is sealed under the workspace's keys, and who can do that holds the workspace.
    """
    until = ws.real_now() + dt.timedelta(minutes=PASS_MINUTES)
    text = orjson.dumps([role.value, int(until.timestamp()), ws.actor])
    return "dkp_" + ws.staff.wrap(text, PASS).hex()


def _by_pass(ws: Doors, text: str) -> Person | None:
    try:
        opened = ws.staff.unwrap(bytes.fromhex(text), PASS)
    except ValueError:
        return None
    if opened is None:
        return None
    role, until, actor = orjson.loads(opened)
    return Person("computer", 0, actor, Role(role)) if ws.real_now().timestamp() < until else None


def mine(ws: Doors, person: Person) -> dict[str, Any]:
    """What the console needs to know of whoever uses it."""
    shop = ws.settings
    lang = person.choices.get("lang") or shop.language
    return {
        "person": {"id": person.id, "kind": person.kind, "name": person.name, "email": person.email,
                   "theme": person.choices.get("theme")},
        "role": person.role.value,
        "rights": sorted(right.value for right in person.rights),
        "lang": lang or None,
        "time_zone": shop.timezone,
        "currency": shop.currency,
        "shop": shop.name,
    }  # fmt: skip


def sessions(ws: Doors, person: int, *, here: int | None = None) -> list[dict[str, Any]]:
    """Sessions of somebody that still count; `here` is the one that asks."""
    now, shop = ws.real_now(), ws.settings
    return [
        {"session": s.id, "device": s.device, "made_at": s.made_at, "seen_at": s.seen_at, "here": s.id == here}
        for s in ws.store.sessions.of(person)
        if not is_over(s, now, hours=shop.session_hours, days=shop.session_days)
    ]


def end_sessions(ws: Doors, person: int, *, only: int | None = None, but: int | None = None) -> int:
    """End one session of somebody, or all but one; returns how many ended."""
    now = ws.real_now()
    with ws.store.writing():
        ended = ws.store.sessions.end(person=person, now=now, only=only, but=but)
        if ended:
            ws.store.audit.write(ws.actor, "session.ended", f"person/{person}", now=now, after={"sessions": ended})
    return ended


def choose(ws: Doors, person: Person, *, lang: Lang | Literal[""] | None, theme: str | None, name: str | None) -> None:
    """Keep somebody's own language, theme and name; null leaves what is."""
    if person.kind != "person":
        raise RefusedError(
            Text(
                "only somebody with an account has choices of their own",
                "계정이 있는 사람만 자기 설정을 둘 수 있습니다",
            ),
            hint=Text("make an account: dangol people link", "계정을 만드세요: dangol people link"),
        )
    row = ws.store.people.get(person.id)
    choices = dict(row.choices) | {k: v for k, v in (("lang", lang), ("theme", theme)) if v is not None}
    known = ws.staff.open(row.sealed)
    values: dict[str, Any] = {"choices": choices}
    if name is not None and name.strip() != known.name:
        values["sealed"] = ws.staff.seal(type(known)(known.email, name.strip()[:100]))
    ws.store.people.change(person.id, **values)
