"""Signing in: passwords (argon2id, RFC 9106), one-time links, and how long to wait after wrong tries."""

from __future__ import annotations

import datetime as dt
import math
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from dangol.app.access import Doors, Person
from dangol.privacy import Colleague, Role
from dangol.schema import DefinitionError, Problem, RefusedError, Text
from dangol.store import Link, PersonRow

SHORTEST, LONGEST = 10, 256
"""Letters of a password. Length is what counts (NIST SP 800-63B, 3.1.1): no rules about digits and signs."""

KEPT = {"owner": dt.timedelta(days=1), "invite": dt.timedelta(days=7), "reset": dt.timedelta(days=1)}
"""How long a link of a kind works."""

_AT_ONCE = threading.Semaphore(2)
"""argon2 takes 64 MB and a core for a moment: no more than two at once, or a hundred tries would stop the shop."""


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobody() -> str:
    """A hash that no password fits: an address nobody has takes as long as one that somebody has."""
    return _hashed(secrets.token_urlsafe(32))


def _hashed(password: str) -> str:
    with _AT_ONCE:
        return _hasher().hash(password)


def _fits(kept: str, password: str) -> bool:
    with _AT_ONCE:
        try:
            return _hasher().verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False


def check_password(ws: Doors, email: str, password: str) -> PersonRow | None:
    """Whose password this is; null for a wrong one, an unknown address, and somebody who may not sign in: all alike."""
    row = ws.store.people.at(ws.staff.address(email))
    kept = row.password if row is not None and row.active else None
    right = _fits(kept or _nobody(), password[: LONGEST + 1]) and kept is not None
    if row is None or not right:
        return None
    if _hasher().check_needs_rehash(row.password or ""):
        ws.store.people.change(row.id, password=_hashed(password))
    return row


def set_password(ws: Doors, person: int, email: str, password: str, *, action: str = "person.password") -> None:
    """Give somebody a password; every other session of theirs is the caller's to end. Raises `DefinitionError`."""
    problems = unfit(email, password)
    if problems:
        raise DefinitionError(problems)
    kept = _hashed(password)
    now = ws.real_now()
    with ws.store.writing():
        ws.store.people.change(person, password=kept)
        ws.store.audit.write(ws.actor, action, f"person/{person}", now=now)


def unfit(email: str, password: str) -> list[Problem]:
    """Why a password will not do."""
    if not SHORTEST <= len(password) <= LONGEST:
        said = Text(f"a password has {SHORTEST} to {LONGEST} letters", f"비밀번호는 {SHORTEST}~{LONGEST}자여야 합니다")
        longer = Text("several words in a row are easy to remember", "낱말 여러 개를 이어 쓰면 외우기 쉽습니다")
        return [Problem(said, "password", longer)]
    own = email.strip().casefold().partition("@")[0]
    low = password.casefold()
    if len(set(low)) < 5 or (own and low in (own, own * 2, email.strip().casefold())):
        said = Text("this password is too easy to guess", "너무 쉽게 알아낼 수 있는 비밀번호입니다")
        return [Problem(said, "password", Text("use several words in a row", "낱말 여러 개를 이어 쓰세요"))]
    return []


# -- links -------------------------------------------------------------------------------------------------------------
def make_link(
    ws: Doors, kind: str, *, role: Role = Role.OWNER, person: int | None = None, email: str = ""
) -> tuple[str, Link]:
    """A link that works once. Returns its token, shown once, and what is kept of it. An older one of the kind works no more.

    :param email: whom an invitation is for; they can be nobody else then.
    """
    token = secrets.token_urlsafe(32)
    now = ws.real_now()
    sealed = ws.staff.seal(Colleague(email)) if email else None
    with ws.store.writing():
        if kind != "invite":
            ws.store.links.close(kind=kind, person=person, now=now)
        made = ws.store.links.add(
            token,
            kind=kind,
            role=role.value,
            person=person,
            sealed=sealed,
            actor=ws.actor,
            until=now + KEPT[kind],
            now=now,
        )
        told = {"kind": kind, "role": role.value, "until": made.until.isoformat()}
        subject = f"person/{person}" if person is not None else f"link/{made.id}"
        ws.store.audit.write(ws.actor, "link.made", subject, now=now, after=told)
    return token, made


def link_address(place: str, token: str) -> str:
    """The link itself. The token is behind a #, which browsers send to no server, and no server logs."""
    return f"{place.rstrip('/')}/sign-in#link={token}"


def look_at(ws: Doors, token: str) -> tuple[Link, Colleague]:
    """A link that still works, and whom it is for. Raises `RefusedError`."""
    found = ws.store.links.find(token)
    if found is None or found.used_at is not None or found.until <= ws.real_now():
        raise RefusedError(
            Text("this link does not work, or not any more", "쓸 수 없거나 기한이 지난 링크입니다"),
            hint=Text(
                "ask for a new one; the first owner's is printed by: dangol people link",
                "새 링크를 받으세요. 첫 소유자의 링크는 dangol people link로 만듭니다",
            ),
        )
    if found.person is not None:
        return found, ws.staff.open(ws.store.people.get(found.person).sealed)
    return found, ws.staff.open(found.sealed)


def use_link(ws: Doors, token: str, *, email: str, name: str, password: str) -> int:
    """Do what a link is for: make an account, or set a new password. Returns the person's number.

    Raises `RefusedError` for a link that does not work, `DefinitionError` with all that is wrong with what was typed.
    """
    link, named = look_at(ws, token)
    email = named.email or email.strip()
    problems = [*([] if named.email else _unfit_address(email)), *unfit(email, password)]
    if problems:
        raise DefinitionError(problems)
    kept = _hashed(password)
    now = ws.real_now()
    with ws.store.writing():
        if not ws.store.links.use(link.id, now=now):
            look_at(ws, token)  # somebody else was quicker: says so
        if link.person is not None:
            ws.store.people.change(link.person, password=kept)
            ws.store.sessions.end(person=link.person, now=now)
            ws.store.audit.write(f"person/{link.person}", "person.password", f"person/{link.person}", now=now)
            return link.person
        return _join(ws, Colleague(email, name.strip()[:100]), Role(link.role), kept)


def _join(ws: Doors, named: Colleague, role: Role, password: str | None) -> int:
    address = ws.staff.address(named.email)
    if ws.store.people.at(address) is not None:
        raise RefusedError(
            Text("somebody here has this address already", "이미 이 주소를 쓰는 사람이 있습니다"),
            where="email",
            hint=Text("sign in with it, or ask an owner", "그 주소로 로그인하거나 소유자에게 물어보세요"),
        )
    now = ws.real_now()
    row = ws.store.people.add(address=address, sealed=ws.staff.seal(named), role=role.value, password=password, now=now)
    ws.store.audit.write(f"person/{row.id}", "person.joined", f"person/{row.id}", now=now, after={"role": role.value})
    return row.id


def join(ws: Doors, named: Colleague, role: Role) -> int:
    """Somebody whom the provider of sign-in vouches for. Returns the person's number."""
    with ws.store.writing():
        return _join(ws, named, role, None)


def _unfit_address(email: str) -> list[Problem]:
    from email_validator import EmailNotValidError, validate_email

    try:
        validate_email(email, check_deliverability=False)
    except EmailNotValidError:
        said = Text("this is no e-mail address", "이메일 주소가 아닙니다")
        return [Problem(said, "email", Text.same("name@shop.example"))]
    return []


def check_address(email: str) -> None:
    """Raises `DefinitionError` for what is no e-mail address."""
    if problems := _unfit_address(email):
        raise DefinitionError(problems)


# -- wrong tries -------------------------------------------------------------------------------------------------------
FREE = {"pair": 5, "account": 50, "address": 30}
"""Wrong tries without a wait: at one account from one address, at one account from anywhere, from one address.

Of an account from anywhere there are more: else anybody could keep somebody out who is at work.
"""

LONGEST_WAIT, FORGET = 900.0, 3600.0
"""The longest wait in seconds; seconds after which tries are forgotten."""

Try = tuple[str, object]
"""What is counted: a name of `FREE`, and what it is."""


@dataclass(slots=True)
class _Tries:
    wrong: int
    at: float


class Attempts:
    """Wrong tries by whatever they came from or aimed at. In memory: a restart forgets them, an attacker cannot cause one.

    A try that must wait is refused without looking at the password, whether or not there is such an account.
    """

    def __init__(self, most: int = 10_000) -> None:
        self._tries: dict[Try, _Tries] = {}
        self._most = most
        self._turn = threading.Lock()

    def wait(self, names: Sequence[Try], now: float) -> int:
        """Seconds until another try may pass; 0 for now. :param now: seconds of a clock that never goes back."""
        with self._turn:
            return max((self._left(name, now) for name in names), default=0)

    def wrong(self, names: Sequence[Try], now: float) -> None:
        with self._turn:
            if len(self._tries) >= self._most:
                self._tries = {n: t for n, t in self._tries.items() if now - t.at < FORGET}
                while len(self._tries) >= self._most:
                    self._tries.pop(next(iter(self._tries)))
            for name in names:
                known = self._tries.pop(name, None)
                count = known.wrong if known is not None and now - known.at < FORGET else 0
                self._tries[name] = _Tries(count + 1, now)

    def right(self, name: Try) -> None:
        with self._turn:
            self._tries.pop(name, None)

    def _left(self, name: Try, now: float) -> int:
        known = self._tries.get(name)
        over = known.wrong - FREE[name[0]] if known is not None and now - known.at < FORGET else -1
        if known is None or over < 0:
            return 0
        wait = min(LONGEST_WAIT, 2.0 ** min(over + 1, 20))
        return max(0, math.ceil(known.at + wait - now))


def person_of(ws: Doors, number: int) -> Person:
    """Somebody as a request of theirs would have them."""
    row = ws.store.people.get(number)
    known = ws.staff.open(row.sealed)
    return Person("person", row.id, f"person/{row.id}", Role(row.role), known.email, known.name, row.choices)


def note_wrong(ws: Doors, email: str) -> None:
    """A wrong password is in the audit log where there is such an account; who tried is not known."""
    row = ws.store.people.at(ws.staff.address(email))
    if row is not None:
        ws.store.audit.write("–", "session.refused", f"person/{row.id}", now=ws.real_now())
