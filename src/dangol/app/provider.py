"""Signing in by OpenID Connect Core 1.0: the authorization code flow with PKCE (RFC 7636), state and nonce.

Who comes back is known by issuer and subject; the first time by an e-mail address that the provider has verified, which must
be that of somebody here, of somebody invited, or of a domain whose people may join. What the provider says is checked by Authlib.
"""

from __future__ import annotations

import json
import secrets
import urllib.error
import urllib.request
from base64 import b64encode
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import orjson

from dangol.app import signing
from dangol.app.access import Doors
from dangol.privacy import Colleague, Role
from dangol.schema import RefusedError, Text

BOUND = "dangol/provider"
MINUTES = 10
"""How long somebody may take to come back."""

SECONDS = 10.0
MOST = 1_000_000
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Signatures by a key that the provider keeps to itself; never `none`, never one that our own secret could make."""


class StrangerError(RefusedError):
    """Who comes back is nobody here. `why`: unknown, or unverified."""

    def __init__(self, message: Text, *, why: str) -> None:
        super().__init__(message)
        self.why = why


_UNKNOWN = Text("nobody here has this account", "여기에 등록되지 않은 계정입니다")
_UNVERIFIED = Text("the provider does not vouch for the address", "제공자가 이메일 주소를 확인해 주지 않았습니다")


@dataclass(frozen=True, slots=True)
class Leaving:
    """Where to send the browser, and what it keeps for us meanwhile, sealed."""

    address: str
    kept: str


class Provider:
    """The one that the settings name. What it says of itself is asked once an hour."""

    def __init__(self, ws: Doors) -> None:
        self._ws = ws
        self._known: tuple[float, dict[str, Any], dict[str, Any]] | None = None

    def leave(self, back: str) -> Leaving:
        """Begin. :param back: the address here that the provider sends the browser to."""
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        about, _ = self._about()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        address = prepare_grant_uri(
            _safe(about["authorization_endpoint"]),
            client_id=self._ws.settings.oidc_client,
            response_type="code",
            redirect_uri=back,
            scope="openid email profile",
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        until = self._ws.real_now().timestamp() + MINUTES * 60
        return Leaving(address, self._ws.staff.wrap(orjson.dumps([state, nonce, verifier, back, until]), BOUND).hex())

    def come_back(self, kept: str, state: str, code: str) -> int:
        """Whoever it is that comes back. Raises `StrangerError` for nobody, `RefusedError` where anything does not fit."""
        wanted, nonce, verifier, back = self._kept(kept)
        if not secrets.compare_digest(wanted.encode(), state.encode()):
            raise _unfit("state")
        about, keys = self._about()
        claims = self._claims(self._token(about, code, verifier, back), about, keys, nonce)
        return self._whose(claims)

    def _kept(self, kept: str) -> tuple[str, str, str, str]:
        try:
            opened = self._ws.staff.unwrap(bytes.fromhex(kept), BOUND)
        except ValueError:
            opened = None
        if opened is None:
            raise _unfit("cookie")
        state, nonce, verifier, back, until = orjson.loads(opened)
        if self._ws.real_now().timestamp() > until:
            raise _unfit("time")
        return state, nonce, verifier, back

    def _about(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the provider says of itself, and its keys."""
        now = self._ws.real_now().timestamp()
        if self._known is not None and now - self._known[0] < 3600:
            return self._known[1], self._known[2]
        issuer = self._ws.settings.oidc_issuer.rstrip("/")
        about = _asked(_safe(f"{issuer}/.well-known/openid-configuration"))
        if str(about.get("issuer", "")).rstrip("/") != issuer:
            raise _unfit("issuer")
        keys = _asked(_safe(about["jwks_uri"]))
        self._known = (now, about, keys)
        return about, keys

    def _token(self, about: dict[str, Any], code: str, verifier: str, back: str) -> str:
        shop = self._ws.settings
        said = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        headers = {}
        ways = about.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if shop.oidc_secret and "client_secret_basic" in ways:
            pair = f"{quote(shop.oidc_client, safe='')}:{quote(shop.oidc_secret, safe='')}"
            headers["authorization"] = "Basic " + b64encode(pair.encode()).decode()
        else:
            said |= {"client_id": shop.oidc_client}
            said |= {"client_secret": shop.oidc_secret} if shop.oidc_secret else {}
        answer = _asked(_safe(about["token_endpoint"]), urlencode(said).encode(), headers)
        if not isinstance(answer.get("id_token"), str):
            raise _unfit("token")
        return str(answer["id_token"])

    def _claims(self, token: str, about: dict[str, Any], keys: dict[str, Any], nonce: str) -> dict[str, Any]:
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        shop = self._ws.settings
        try:
            decoded = jwt.decode(token, KeySet.import_key_set(keys), algorithms=list(ALGORITHMS))  # type: ignore[arg-type]
            options = {
                "iss": {"essential": True, "value": about["issuer"]},
                "aud": {"essential": True, "value": shop.oidc_client},
                "sub": {"essential": True},
                "exp": {"essential": True},
            }
            claims = CodeIDToken(
                decoded.claims, decoded.header, options, {"nonce": nonce, "client_id": shop.oidc_client}
            )
            claims.validate(now=int(self._ws.real_now().timestamp()), leeway=60)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            self._known = None  # its keys may have changed: ask again next time
            raise _unfit("token") from error
        if not secrets.compare_digest(str(claims.get("nonce", "")), nonce):
            raise _unfit("nonce")
        return dict(claims)

    def _whose(self, claims: dict[str, Any]) -> int:
        ws = self._ws
        subject = ws.staff.subject(str(claims["iss"]), str(claims["sub"]))
        known = ws.store.people.known_as(subject)
        if known is not None:
            return self._expected(known.id)
        email = str(claims.get("email") or "")
        if not email or claims.get("email_verified") is not True:
            raise StrangerError(_UNVERIFIED, why="unverified")
        address = ws.staff.address(email)
        row = ws.store.people.at(address)
        if row is not None and row.subject is not None:  # the address has gone to somebody else over there
            raise StrangerError(_UNKNOWN, why="unknown")
        person = row.id if row is not None else self._joins(Colleague(email, str(claims.get("name") or "")[:100]))
        ws.store.people.change(person, subject=subject)
        return self._expected(person)

    def _joins(self, named: Colleague) -> int:
        """Somebody new: invited, or of a domain whose people may join."""
        ws, now = self._ws, self._ws.real_now()
        address = ws.staff.address(named.email)
        for link in ws.store.links.open(now):
            if link.kind == "invite" and ws.staff.address(ws.staff.open(link.sealed).email) == address:
                with ws.store.writing():
                    ws.store.links.use(link.id, now=now)
                    return signing.join(ws, named, Role(link.role))
        domain = named.email.rpartition("@")[2].casefold()
        if domain in [d.strip().lstrip("@").casefold() for d in ws.settings.oidc_domains]:
            return signing.join(ws, named, Role.VIEWER)
        raise StrangerError(_UNKNOWN, why="unknown")

    def _expected(self, person: int) -> int:
        if not self._ws.store.people.get(person).active:
            raise StrangerError(_UNKNOWN, why="unknown")
        return person


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A provider that sends our secret on to another place is not asked."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects)


def _asked(address: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> dict[str, Any]:
    said = {"accept": "application/json", **(headers or {})}
    try:
        with _OPENER.open(urllib.request.Request(address, body, said), timeout=SECONDS) as answer:  # noqa: S310
            found = json.loads(answer.read(MOST))
    except (OSError, ValueError) as error:
        raise _unfit("answer") from error
    if not isinstance(found, dict):
        raise _unfit("answer")
    return found


def _safe(address: object) -> str:
    """Only with TLS, but for a provider on this machine."""
    parts = urlsplit(str(address))
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")):
        return str(address)
    raise _unfit("address")


def _unfit(what: str) -> RefusedError:
    return RefusedError(
        Text(f"signing in with the provider did not work ({what})", f"제공자를 통한 로그인에 실패했습니다({what})"),
        hint=Text("try again, or sign in with a password", "다시 시도하거나 비밀번호로 로그인하세요"),
    )
