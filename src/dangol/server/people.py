"""People who work here, over HTTP: invited, given roles, kept out, removed; and keys of programs. Owners only."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from pydantic import BaseModel, Field

from dangol.app import Right, Workspace, access, colleagues
from dangol.app.signing import link_address
from dangol.privacy import MAY, RIGHT_WORDS, ROLE_WORDS
from dangol.schema import RefusedError, Text
from dangol.server.access import need, whoever
from dangol.server.numbers import Number
from dangol.server.reply import Plain, language
from dangol.store import Link

ADMINISTER = [need(Right.ADMINISTER)]


class Invitation(BaseModel):
    """Whom to invite, as what."""

    email: str = Field(max_length=320)
    role: str = Field(max_length=20)


class Change(BaseModel):
    """What becomes of somebody; what is left out stays."""

    role: str | None = Field(None, max_length=20)
    disabled: bool | None = None


class NewKey(BaseModel):
    """A program, and what it may."""

    name: str = Field(max_length=80)
    role: str = Field("viewer", max_length=20)


def add_people(app: FastAPI, workspace: Workspace) -> None:
    """The routes."""

    @app.get("/v1/people", summary="Who works here, and who is invited", dependencies=ADMINISTER)
    def people() -> Plain:
        return Plain(colleagues.listed(workspace))

    @app.get("/v1/roles", summary="Roles, and what each may", dependencies=[need(Right.SEE)])
    def roles(request: Request, lang: str = "") -> Plain:
        spoken = language(request, lang)
        return Plain(
            [
                {"role": role.value, "says": ROLE_WORDS[role].say(spoken),
                 "rights": [{"right": r.value, "says": RIGHT_WORDS[r].say(spoken)} for r in Right if r in may]}
                for role, may in MAY.items()
            ]
        )  # fmt: skip

    @app.post("/v1/people", summary="Invite somebody: a link that works once, for a week", dependencies=ADMINISTER)
    def invite(request: Request, said: Invitation) -> Plain:
        return _link(request, *colleagues.invite(workspace, said.email, said.role))

    @app.delete("/v1/people/invitations/{link}", summary="Withdraw an invitation", dependencies=ADMINISTER)
    def withdraw(link: Number) -> Plain:
        colleagues.withdraw(workspace, link)
        return Plain({"withdrawn": link})

    @app.patch("/v1/people/{person}", summary="Another role; kept out, or let in again", dependencies=ADMINISTER)
    def change(person: Number, said: Change) -> Plain:
        with workspace.store.writing():
            if said.role is not None:
                colleagues.change_role(workspace, person, said.role)
            if said.disabled is not None:
                colleagues.disable(workspace, person, disabled=said.disabled)
        return Plain({"person": person})

    @app.post("/v1/people/{person}/link", summary="A link for a new password", dependencies=ADMINISTER)
    def reset(request: Request, person: Number) -> Plain:
        return _link(request, *colleagues.reset_link(workspace, person))

    @app.get("/v1/people/{person}/sessions", summary="Where somebody is signed in", dependencies=ADMINISTER)
    def sessions(request: Request, person: Number) -> Plain:
        return Plain(access.sessions(workspace, person, here=whoever(request).session))

    @app.delete("/v1/people/{person}/sessions", summary="Sign somebody out everywhere", dependencies=ADMINISTER)
    def end(person: Number) -> Plain:
        return Plain({"ended": access.end_sessions(workspace, person)})

    @app.delete(
        "/v1/people/{person}", summary="Remove somebody: address, name and password go", dependencies=ADMINISTER
    )
    def remove(request: Request, person: Number) -> Plain:
        if whoever(request).kind == "person" and whoever(request).id == person:
            raise RefusedError(
                Text("nobody removes themselves", "자기 자신은 내보낼 수 없습니다"),
                hint=Text("ask another owner", "다른 소유자에게 부탁하세요"),
            )
        colleagues.remove(workspace, person)
        return Plain({"removed": person})

    _keys(app, workspace)


def _keys(app: FastAPI, workspace: Workspace) -> None:
    @app.get("/v1/keys", summary="Keys of programs that use this API", dependencies=ADMINISTER)
    def keys() -> Plain:
        return Plain(colleagues.keys(workspace))

    @app.post("/v1/keys", summary="A key for a program; it is shown once", dependencies=ADMINISTER)
    def add(said: NewKey) -> Plain:
        key, made = colleagues.add_key(workspace, said.name, said.role)
        return Plain({"key": made.id, "name": made.name, "role": made.role, "api_key": key})

    @app.delete("/v1/keys/{key}", summary="From now on this key opens nothing", dependencies=ADMINISTER)
    def revoke(key: Number) -> Plain:
        colleagues.revoke_key(workspace, key)
        return Plain({"revoked": key})


def _link(request: Request, token: str, made: Link) -> Plain:
    """A link as the browser that asked for it reaches this server."""
    place = f"{request.url.scheme}://{request.headers['host']}"
    told: dict[str, Any] = {
        "link": made.id,
        "address": link_address(place, token),
        "role": made.role,
        "until": made.until,
    }
    return Plain(told)
