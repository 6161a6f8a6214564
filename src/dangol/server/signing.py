"""Signing in and out, one-time links, and what belongs to whoever is signed in."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from typing import Literal

from fastapi import FastAPI, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from dangol.app import Right, Workspace, access, signing
from dangol.app.signing import Attempts, Try
from dangol.schema import RefusedError, SignInError, Text, TooOftenError
from dangol.server.access import anybody, need, whoever
from dangol.server.numbers import Number
from dangol.server.reply import Plain


class Credentials(BaseModel):
    """What somebody signs in with."""

    email: str = Field(max_length=320)
    password: str = Field(max_length=1000)


class Token(BaseModel):
    """The word of a one-time link, which is behind its #."""

    token: str = Field(max_length=200)


class Joining(Token):
    """What somebody makes an account with, or a new password."""

    email: str = Field("", max_length=320)
    name: str = Field("", max_length=100)
    password: str = Field(max_length=1000)


class NewPassword(BaseModel):
    """The password somebody has, and the one they want."""

    old: str = Field(max_length=1000)
    new: str = Field(max_length=1000)


class Choices(BaseModel):
    """Somebody's own settings; what is left out stays."""

    name: str | None = Field(None, max_length=100)
    lang: Literal["", "ko", "en"] | None = None
    theme: Literal["light", "dark", "auto"] | None = None


class Keeper:
    """Counts wrong tries and sets cookies."""

    def __init__(self, workspace: Workspace, clock: Callable[[], float] = time.monotonic) -> None:
        self._ws = workspace
        self._clock = clock
        self._attempts = Attempts()

    def tries(self, request: Request, email: str) -> list[Try]:
        """What a try is counted against. Raises `TooOftenError` where it must wait."""
        account, place = self._ws.staff.address(email), _network(request)
        names: list[Try] = [("pair", (account, place)), ("account", account), ("address", place)]
        self.expect_calm(names)
        return names

    def expect_calm(self, names: list[Try]) -> None:
        if wait := self._attempts.wait(names, self._clock()):
            raise TooOftenError(
                Text(f"too many wrong tries: wait {wait} s", f"잘못된 시도가 많습니다. {wait}초 기다리세요"),
                wait=wait,
                hint=Text(
                    "an owner can make you a link for a new password", "소유자가 새 비밀번호 링크를 만들 수 있습니다"
                ),
            )

    def wrong(self, names: list[Try]) -> None:
        self._attempts.wrong(names, self._clock())

    def right(self, names: list[Try]) -> None:
        self._attempts.right(names[0])

    def let_in(self, request: Request, person: int) -> Plain:
        """The answer that begins a session."""
        token = access.begin(self._ws, person, device=access.device_words(request.headers.get("user-agent", "")))
        answer = Plain(access.mine(self._ws, signing.person_of(self._ws, person)))
        self.give(request, answer, token)
        return answer

    def give(self, request: Request, answer: Response, token: str) -> None:
        answer.set_cookie(
            self._ws.staff.cookie,
            token,
            max_age=self._ws.settings.session_days * 86_400,
            path="/",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )


def add_signing(app: FastAPI, workspace: Workspace, keeper: Keeper) -> None:
    """The routes of whoever comes in, and of whoever is in."""

    @app.get("/v1/access", summary="How to sign in here", dependencies=[anybody()])
    def how() -> Plain:
        shop = workspace.settings
        label = (shop.oidc_label or "OpenID Connect") if shop.oidc_issuer else None
        facts = {"shop": shop.name, "lang": shop.language or None, "new": access.is_new(workspace), "provider": label}
        return Plain(facts)

    @app.post("/v1/sign-in", summary="Begin a session with e-mail and password", dependencies=[anybody()])
    def sign_in(request: Request, said: Credentials) -> Plain:
        names = keeper.tries(request, said.email)
        row = signing.check_password(workspace, said.email, said.password)
        if row is None:
            keeper.wrong(names)
            signing.note_wrong(workspace, said.email)
            raise SignInError(
                Text("this e-mail and password do not fit together", "이메일이나 비밀번호가 맞지 않습니다"),
                hint=Text(
                    "an owner can make you a link for a new password", "소유자가 새 비밀번호 링크를 만들 수 있습니다"
                ),
            )
        keeper.right(names)
        return keeper.let_in(request, row.id)

    @app.post("/v1/sign-out", summary="End this session", dependencies=[anybody()])
    def sign_out(request: Request) -> Plain:
        person = getattr(request.state, "person", None)
        if person is not None and person.session is not None:
            access.end_sessions(workspace, person.id, only=person.session)
        answer = Plain({"signed_out": True})
        answer.delete_cookie(workspace.staff.cookie, path="/", httponly=True, samesite="strict")
        return answer

    @app.post("/v1/links/look", summary="What a one-time link is for", dependencies=[anybody()])
    def look(request: Request, said: Token) -> Plain:
        names: list[Try] = [("address", _network(request))]
        keeper.expect_calm(names)
        try:
            link, named = signing.look_at(workspace, said.token)
        except RefusedError:
            keeper.wrong(names)
            raise
        return Plain(
            {"kind": link.kind, "role": link.role, "email": named.email, "name": named.name, "until": link.until}
        )

    @app.post(
        "/v1/links/use", summary="Make an account, or a new password, with a one-time link", dependencies=[anybody()]
    )
    def use(request: Request, said: Joining) -> Plain:
        names: list[Try] = [("address", _network(request))]
        keeper.expect_calm(names)
        person = signing.use_link(workspace, said.token, email=said.email, name=said.name, password=said.password)
        return keeper.let_in(request, person)

    _mine(app, workspace, keeper)


def _mine(app: FastAPI, workspace: Workspace, keeper: Keeper) -> None:
    @app.get("/v1/me", summary="Who is signed in, and what they may", dependencies=[need(Right.SEE)])
    def me(request: Request) -> Plain:
        return Plain(access.mine(workspace, whoever(request)))

    @app.put("/v1/me", summary="One's own name, language and theme", dependencies=[need(Right.SEE)])
    def choose(request: Request, said: Choices) -> Plain:
        person = whoever(request)
        access.choose(workspace, person, lang=said.lang, theme=said.theme, name=said.name)
        return Plain(access.mine(workspace, signing.person_of(workspace, person.id)))

    @app.post("/v1/me/password", summary="A new password; every other session ends", dependencies=[need(Right.SEE)])
    def password(request: Request, said: NewPassword) -> Plain:
        person = whoever(request)
        if person.kind != "person":
            raise RefusedError(Text("only people have passwords", "비밀번호는 사람에게만 있습니다"))
        names = keeper.tries(request, person.email)
        if signing.check_password(workspace, person.email, said.old) is None:
            keeper.wrong(names)
            raise RefusedError(Text("this is not the password you have", "지금 비밀번호가 맞지 않습니다"), where="old")
        signing.set_password(workspace, person.id, person.email, said.new)
        ended = access.end_sessions(workspace, person.id, but=person.session)
        return Plain({"ended": ended})

    @app.get("/v1/me/sessions", summary="Where one is signed in", dependencies=[need(Right.SEE)])
    def sessions(request: Request) -> Plain:
        person = whoever(request)
        return Plain(access.sessions(workspace, person.id, here=person.session) if person.kind == "person" else [])

    @app.delete("/v1/me/sessions/{session}", summary="Sign out elsewhere", dependencies=[need(Right.SEE)])
    def end(request: Request, session: Number) -> Plain:
        person = whoever(request)
        own = person.kind == "person"
        return Plain({"ended": access.end_sessions(workspace, person.id, only=session) if own else 0})


def _network(request: Request) -> str:
    """Whom wrong tries are counted against: an address, or of IPv6 the network that one household has."""
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return ""
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)
