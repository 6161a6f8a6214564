"""A provider of sign-in on this machine that speaks OpenID Connect: discovery, keys, authorize (PKCE), token. It can lie."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

CLIENT, SECRET = "dangol-console", "s3cret of the client"


@dataclass
class Provider:
    """Who signs in over there, and what is wrong with it."""

    issuer: str
    now: int
    claims: dict[str, Any] = field(default_factory=dict)
    lies: dict[str, Any] = field(default_factory=dict)
    keys: KeySet = field(default_factory=lambda: KeySet([RSAKey.generate_key(2048, {"kid": "k1"})]))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def authorize(self, asked: dict[str, str]) -> str:
        """What the browser is sent back to, once somebody has signed in over there."""
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["client_id"] == CLIENT
        assert set(asked["scope"].split()) == {"openid", "email", "profile"}
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """RFC 6749, 4.1.3 and RFC 7636, 4.6: a code works once, for its client, its address and its verifier."""
        from urllib.parse import unquote

        asked = self.codes.pop(form.get("code", ""), None)
        user, _, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        challenge = (
            base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        )
        if asked is None or challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            self.refused.append("code")
            return None
        if (unquote(user), unquote(secret)) != (CLIENT, SECRET):
            self.refused.append("client")
            return None
        claims = {"iss": self.issuer, "aud": CLIENT, "exp": self.now + 300, "iat": self.now, "nonce": asked["nonce"],
                  "sub": "42", **self.claims, **self.lies.get("claims", {})}  # fmt: skip
        key = self.lies.get("key", self.keys.keys[0])
        algorithm = "HS256" if isinstance(key, OctKey) else "RS256"
        token = jwt.encode({"alg": algorithm, "kid": "k1"}, claims, key, algorithms=[algorithm])
        if self.lies.get("unsigned"):
            head, body, _ = token.split(".")
            head = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).rstrip(b"=").decode()
            token = f"{head}.{body}."
        return {"access_token": "a", "token_type": "Bearer", "id_token": token}

    def about(self) -> dict[str, Any]:
        return {
            "issuer": self.lies.get("issuer", self.issuer),
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }


@contextmanager
def provider(now: int) -> Iterator[Provider]:
    """One that runs until the ``with`` ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/.well-known/openid-configuration":
                self._say(made.about())
            elif parts.path == "/keys":
                self._say(made.keys.as_dict(private=False))
            elif parts.path == "/authorize":
                self.send_response(303)
                self.send_header("location", made.authorize({k: v[0] for k, v in parse_qs(parts.query).items()}))
                self.end_headers()

        def do_POST(self) -> None:
            form = {k: v[0] for k, v in parse_qs(self.rfile.read(int(self.headers["content-length"])).decode()).items()}
            answer = made.token(form, self.headers.get("authorization", ""))
            self._say(answer or {"error": "invalid_grant"}, 200 if answer else 400)

        def _say(self, body: Any, status: int = 200) -> None:
            raw = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Provider(f"http://127.0.0.1:{server.server_address[1]}", now)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
