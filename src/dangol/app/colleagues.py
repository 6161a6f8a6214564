"""People who work here, and keys of programs: invited, given roles, kept out, removed. Every change is in the audit log."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from dangol.app import access, signing
from dangol.app.access import Doors
from dangol.privacy import ROLE_WORDS, Role
from dangol.schema import Answer, DefinitionError, Problem, RefusedError, Text, one_of
from dangol.store import ApiKey, Link, PersonRow

_PEOPLE = pa.schema(
    [
        ("person", pa.int64()),
        ("name", pa.string()),
        ("email", pa.string()),
        ("role", pa.string()),
        ("state", pa.string()),
        ("made_at", pa.timestamp("us", "UTC")),
        ("seen_at", pa.timestamp("us", "UTC")),
        ("sessions", pa.int64()),
        ("until", pa.timestamp("us", "UTC")),
        ("link", pa.int64()),
    ]
)
_KEYS = pa.schema(
    [
        ("key", pa.int64()),
        ("name", pa.string()),
        ("role", pa.string()),
        ("ends_in", pa.string()),
        ("made_by", pa.string()),
        ("made_at", pa.timestamp("us", "UTC")),
        ("used_at", pa.timestamp("us", "UTC")),
        ("revoked_at", pa.timestamp("us", "UTC")),
    ]
)


def read_role(text: str) -> Role:
    """Raises `DefinitionError` for a role that does not exist."""
    try:
        return Role(text)
    except ValueError:
        said = Text(f"there is no role {text!r}", f"{text!r}: 그런 역할이 없습니다")
        raise DefinitionError([Problem(said, "role", one_of([r.value for r in Role]))]) from None


def listed(ws: Doors) -> Answer:
    """Everybody: active, disabled, or invited and not here yet (those have no number, but that of their link)."""
    rows = [_row(ws, row) for row in ws.store.people.all()]
    now = ws.real_now()
    for link in ws.store.links.open(now):
        if link.kind == "invite":
            known = ws.staff.open(link.sealed)
            when = {"made_at": link.made_at, "seen_at": None, "sessions": 0, "until": link.until}
            who = {"person": None, "name": "", "email": known.email, "role": link.role, "state": "invited"}
            rows.append({**who, **when, "link": link.id})
    none = ws.say("Nobody yet: dangol people link", "아직 아무도 없습니다: dangol people link")
    return Answer(pa.Table.from_pylist(rows, schema=_PEOPLE), note="" if rows else none)


def _row(ws: Doors, row: PersonRow) -> dict[str, Any]:
    known = ws.staff.open(row.sealed)
    return {
        "person": row.id,
        "name": known.name,
        "email": known.email,
        "role": row.role,
        "state": "active" if row.active else "disabled",
        "made_at": row.made_at,
        "seen_at": row.seen_at,
        "sessions": len(access.sessions(ws, row.id)),
        "until": None,
        "link": None,
    }


def names(ws: Doors) -> Mapping[str, str]:
    """Actor of the audit log → what people call them: ``person/3`` → a name, ``key/2`` → the key's."""
    found = {f"key/{key.id}": key.name for key in ws.store.api_keys.all()}
    for row in ws.store.people.all():
        known = ws.staff.open(row.sealed)
        found[f"person/{row.id}"] = known.name or known.email
    return found


def called(ws: Doors) -> dict[str, str]:
    """Actor → what colleagues call them where everybody sees it; of one who gave no name the first part of the address."""
    return {actor: said.partition("@")[0] for actor, said in names(ws).items()}


def invite(ws: Doors, email: str, role: str) -> tuple[str, Link]:
    """A link for somebody to make an account with; works a week, and once. Returns its token and what is kept of it."""
    wanted = read_role(role)
    signing.check_address(email)
    if ws.store.people.at(ws.staff.address(email)) is not None:
        raise RefusedError(
            Text("somebody here has this address already", "이미 이 주소를 쓰는 사람이 있습니다"),
            where="email",
            hint=Text(
                "change their role, or make them a new password link", "역할을 바꾸거나 새 비밀번호 링크를 만드세요"
            ),
        )
    return signing.make_link(ws, "invite", role=wanted, email=email.strip())


def withdraw(ws: Doors, link: int) -> None:
    """An invitation works no more. Raises `NotFoundError`."""
    found = ws.store.links.get(link)
    with ws.store.writing():
        if ws.store.links.use(found.id, now=ws.real_now()):
            told = {"kind": found.kind, "role": found.role}
            ws.store.audit.write(ws.actor, "link.withdrawn", f"link/{link}", now=ws.real_now(), before=told)


def reset_link(ws: Doors, person: int) -> tuple[str, Link]:
    """A link to set a new password with; works a day, and once. Raises `NotFoundError`."""
    row = _here(ws, person)
    return signing.make_link(ws, "reset", role=Role(row.role), person=person)


def change_role(ws: Doors, person: int, role: str) -> None:
    """Give somebody another role, from their next request on. Raises `RefusedError` for the last owner."""
    wanted = read_role(role)
    with ws.store.writing():
        before = _here(ws, person).role
        if before == wanted.value:
            return
        ws.store.people.change(person, role=wanted.value)
        _expect_owner(ws)
        was, now = {"role": before}, {"role": wanted.value}
        ws.store.audit.write(ws.actor, "person.role", f"person/{person}", now=ws.real_now(), before=was, after=now)


def disable(ws: Doors, person: int, *, disabled: bool) -> None:
    """Keep somebody out, and end what they have open; or let them in again. Raises `RefusedError` for the last owner."""
    now = ws.real_now()
    with ws.store.writing():
        if (_here(ws, person).disabled_at is not None) == disabled:
            return
        ws.store.people.change(person, disabled_at=now if disabled else None)
        _expect_owner(ws)
        if disabled:
            _close(ws, person)
        action = "person.disabled" if disabled else "person.enabled"
        ws.store.audit.write(ws.actor, action, f"person/{person}", now=now)


def remove(ws: Doors, person: int) -> None:
    """Forget somebody's address, name and password; the number stays, which the audit log names."""
    now = ws.real_now()
    with ws.store.writing():
        row = _here(ws, person)
        gone: dict[str, Any] = {
            "address": None,
            "sealed": None,
            "password": None,
            "subject": None,
            "choices": {},
            "removed_at": now,
        }
        ws.store.people.change(person, **gone)
        _expect_owner(ws)
        _close(ws, person)
        ws.store.audit.write(ws.actor, "person.removed", f"person/{person}", now=now, before={"role": row.role})


def _close(ws: Doors, person: int) -> None:
    now = ws.real_now()
    ws.store.sessions.end(person=person, now=now)
    ws.store.links.close(kind="reset", person=person, now=now)


def _here(ws: Doors, person: int) -> PersonRow:
    row = ws.store.people.get(person)
    if row.removed_at is not None:
        raise RefusedError(Text("this person was removed", "이미 내보낸 사람입니다"))
    return row


def _expect_owner(ws: Doors) -> None:
    """Inside the transaction of a change: takes it back where nobody would own the workspace any more."""
    if ws.store.people.owners() == 0:
        owner = ROLE_WORDS[Role.OWNER]
        raise RefusedError(
            Text(f"somebody must be {owner.en}", f"{owner.ko}가 한 사람은 있어야 합니다"),
            hint=Text("make somebody else an owner first", "먼저 다른 사람을 소유자로 정하세요"),
        )


# -- keys of programs --------------------------------------------------------------------------------------------------
def keys(ws: Doors) -> Answer:
    """Every API key, revoked ones too."""
    known = names(ws)
    rows = [_key_row(key, known) for key in ws.store.api_keys.all()]
    return Answer(pa.Table.from_pylist(rows, schema=_KEYS))


def _key_row(key: ApiKey, known: Mapping[str, str]) -> dict[str, Any]:
    return {
        "key": key.id,
        "name": key.name,
        "role": key.role,
        "ends_in": key.hint,
        "made_by": known.get(key.actor, key.actor),
        "made_at": key.made_at,
        "used_at": key.used_at,
        "revoked_at": key.revoked_at,
    }


def add_key(ws: Doors, name: str, role: str) -> tuple[str, ApiKey]:
    """A key for a program. Returns the key, shown once and kept nowhere, and what is kept of it."""
    wanted, name = read_role(role), name.strip()
    if not 0 < len(name) <= 80:
        said = Text("a key needs a name of at most 80 letters", "키에는 80자 이하의 이름이 필요합니다")
        raise DefinitionError(
            [Problem(said, "name", Text("say which program it is for", "어떤 프로그램의 키인지 적으세요"))]
        )
    if wanted is Role.OWNER:
        said = Text("a program cannot be an owner", "프로그램은 소유자가 될 수 없습니다")
        raise DefinitionError([Problem(said, "role", one_of([r.value for r in Role if r is not Role.OWNER]))])
    key = f"dka_{secrets.token_urlsafe(32)}"
    return key, ws.store.api_keys.add(key, name=name, role=wanted.value, actor=ws.actor, now=ws.real_now())


def revoke_key(ws: Doors, key: int) -> None:
    """From now on a key opens nothing. Raises `NotFoundError`."""
    ws.store.api_keys.revoke(key, actor=ws.actor, now=ws.real_now())
