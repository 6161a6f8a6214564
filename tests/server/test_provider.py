"""Signing in by OpenID Connect against a provider that speaks the protocol, and that lies in every way it can."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2 as httpx
import pytest
from joserfc.jwk import OctKey, RSAKey
from starlette.testclient import TestClient

from dangol.app import Role, Workspace, colleagues
from tests.app import shop
from tests.server.oidc import CLIENT, SECRET, Provider, provider
from tests.server.signed import nobody, person

LEE = {"sub": "42", "email": "lee@team.example", "email_verified": True, "name": "Lee"}


@pytest.fixture
def there() -> Iterator[Provider]:
    with provider(int(shop.NOW.timestamp())) as made:
        made.claims = dict(LEE)
        yield made


@pytest.fixture
def here(empty: Path, tmp_path: Path, there: Provider) -> Iterator[Workspace]:
    shutil.copytree(empty, tmp_path / "shop")
    with Workspace.open(tmp_path / "shop", watch=lambda: shop.NOW) as ws:
        ws.settings = replace(ws.settings, oidc_issuer=there.issuer, oidc_client=CLIENT, oidc_secret=SECRET)
        person(ws, Role.OWNER)
        yield ws


def away(client: TestClient) -> dict[str, str]:
    """Where the provider sends the browser back to."""
    left = client.get("/v1/sign-in/provider", follow_redirects=False)
    assert left.status_code == 303, left.text
    assert "samesite=lax" in left.headers["set-cookie"].lower()
    back = httpx.get(left.headers["location"], follow_redirects=False).headers["location"]
    assert back.startswith("http://127.0.0.1:8700/v1/sign-in/provider/back?")
    return {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}


def come_back(client: TestClient, **asked: str) -> str:
    """Where the page goes on to."""
    answer = client.get("/v1/sign-in/provider/back", params=asked)
    assert answer.status_code == 200, answer.text
    found = re.search(r"url=([^\"]+)\"", answer.text)
    assert found
    return found[1]


def test_somebody_who_is_here_comes_in_and_is_known_by_the_subject_from_then_on(
    here: Workspace, there: Provider
) -> None:
    lee = person(here, Role.ANALYST, "lee@team.example")
    with nobody(here) as client:
        assert client.get("/v1/access").json()["provider"] == "OpenID Connect"
        assert come_back(client, **away(client)) == "/"
        me = client.get("/v1/me").json()
        assert (me["person"]["id"], me["role"]) == (lee, "analyst")
    there.claims["email"] = "lee.new@team.example"  # the address has changed over there
    with nobody(here) as client:
        assert come_back(client, **away(client)) == "/"
        assert client.get("/v1/me").json()["person"]["id"] == lee


def test_the_session_is_strict_and_the_way_back_is_forgotten(here: Workspace) -> None:
    person(here, Role.ANALYST, "lee@team.example")
    with nobody(here) as client:
        asked = away(client)
        answer = client.get("/v1/sign-in/provider/back", params=asked)
        assert "samesite=strict" in answer.headers["set-cookie"].lower()
        assert come_back(client, **asked) == "/sign-in?refused=failed"  # not twice


def test_a_stranger_stays_outside(here: Workspace) -> None:
    with nobody(here) as client:
        assert come_back(client, **away(client)) == "/sign-in?refused=unknown"
        assert client.get("/v1/me").status_code == 401
    assert len(here.store.people.all()) == 1


def test_somebody_invited_gets_the_role_of_the_invitation(here: Workspace) -> None:
    colleagues.invite(here, "Lee@team.example", "marketer")
    with nobody(here) as client:
        assert come_back(client, **away(client)) == "/"
        assert client.get("/v1/me").json()["role"] == "marketer"
        assert client.get("/v1/me").json()["person"]["name"] == "Lee"
    assert [p for p in colleagues.listed(here) if p["state"] == "invited"] == []


def test_people_of_a_domain_may_join_as_viewers(here: Workspace) -> None:
    here.settings = replace(here.settings, oidc_domains=["Team.example"])
    with nobody(here) as client:
        assert come_back(client, **away(client)) == "/"
        assert client.get("/v1/me").json()["role"] == "viewer"


def test_another_domain_that_only_ends_alike_may_not(here: Workspace, there: Provider) -> None:
    here.settings = replace(here.settings, oidc_domains=["team.example"])
    there.claims["email"] = "lee@evilteam.example"
    with nobody(here) as client:
        assert come_back(client, **away(client)) == "/sign-in?refused=unknown"


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_that_nobody_has_verified_is_not_believed(here: Workspace, there: Provider, verified: Any) -> None:
    person(here, Role.OWNER, "lee@team.example")
    there.claims["email_verified"] = verified
    with nobody(here) as client:
        assert come_back(client, **away(client)) == "/sign-in?refused=unverified"


def test_an_address_given_to_somebody_else_over_there_does_not_take_the_account_along(
    here: Workspace, there: Provider
) -> None:
    person(here, Role.OWNER, "lee@team.example")
    with nobody(here) as client:
        assert come_back(client, **away(client)) == "/"
    there.claims["sub"] = "43"
    with nobody(here) as client:
        assert come_back(client, **away(client)) == "/sign-in?refused=unknown"


def test_whoever_is_kept_out_stays_out(here: Workspace) -> None:
    lee = person(here, Role.ANALYST, "lee@team.example")
    colleagues.disable(here, lee, disabled=True)
    with nobody(here) as client:
        assert come_back(client, **away(client)) == "/sign-in?refused=unknown"


LIES: dict[str, dict[str, Any]] = {
    "another issuer": {"claims": {"iss": "https://evil.example"}},
    "for another client": {"claims": {"aud": "somebody-else"}},
    "for several, and us not meant": {"claims": {"aud": [CLIENT, "else"], "azp": "else"}},
    "expired": {"claims": {"exp": int(shop.NOW.timestamp()) - 3600}},
    "another nonce": {"claims": {"nonce": "replayed"}},
    "another key": {"key": RSAKey.generate_key(2048, {"kid": "k1"})},
    "our secret as key": {"key": OctKey.import_key(SECRET.encode() * 2, {"kid": "k1"})},
    "unsigned": {"unsigned": True},
    "says it is another": {"issuer": "https://evil.example"},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_not_believed(here: Workspace, there: Provider, lie: str) -> None:
    person(here, Role.OWNER, "lee@team.example")
    there.lies = LIES[lie]
    with nobody(here) as client:
        if lie == "says it is another":
            left = client.get("/v1/sign-in/provider", follow_redirects=False)
            assert left.headers["location"] == "/sign-in?refused=failed"
        else:
            assert come_back(client, **away(client)) == "/sign-in?refused=failed"
        assert client.get("/v1/me").status_code == 401


def test_what_another_began_cannot_be_finished_here(here: Workspace, there: Provider) -> None:
    """Login CSRF: a code and state of the attacker's, in the victim's browser."""
    person(here, Role.OWNER, "lee@team.example")
    with nobody(here) as attacker, nobody(here) as victim:
        stolen = away(attacker)
        assert come_back(victim, **stolen) == "/sign-in?refused=failed"  # no cookie of the way
        away(victim)
        assert come_back(victim, **stolen) == "/sign-in?refused=failed"  # another state
        assert come_back(victim, state="", code="") == "/sign-in?refused=failed"
    assert there.refused == []  # nothing of it ever reached the provider


def test_without_a_provider_there_is_none(ws: Workspace) -> None:
    with nobody(ws) as client:
        assert client.get("/v1/access").json()["provider"] is None
        assert client.get("/v1/sign-in/provider").status_code == 404


@pytest.mark.parametrize("issuer", ["http://provider.example", "ftp://x", "file:///etc", "nonsense"])
def test_a_provider_elsewhere_is_asked_with_tls_only(here: Workspace, issuer: str) -> None:
    here.settings = replace(here.settings, oidc_issuer=issuer)
    with nobody(here) as client:
        left = client.get("/v1/sign-in/provider", follow_redirects=False)
    assert left.headers["location"] == "/sign-in?refused=failed"
