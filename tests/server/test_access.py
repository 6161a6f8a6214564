"""Who may come in and what they may: every route × every role, and what never leaves for whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
import sqlalchemy as sa
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from dangol.app import Right, Role, Workspace
from dangol.app.access import computer_pass
from dangol.privacy import MAY
from dangol.schema import RefusedError
from dangol.server import create, serve
from dangol.server.access import REMEMBERED, Keyring, needed
from dangol.server.imports import RIGHTS
from dangol.store.tables import API_KEYS
from tests.app import shop
from tests.server.signed import CONSOLE, HERE, bearer, nobody, person, signed

PLACES = {
    "segment": "regulars",
    "customer": "C2",
    "kind": "trend",
    "person": "1",
    "key": "1",
    "link": "1",
    "session": "1",
    "backup": "none",
}


@pytest.fixture(scope="module")
def app_routes(seen: Workspace) -> list[APIRoute]:
    return [r for r in create(seen).routes if isinstance(r, APIRoute)]


@pytest.fixture(scope="module")
def clients(seen: Workspace) -> dict[str, TestClient]:
    return {role.value: signed(seen, role, raise_server_exceptions=False) for role in Role}


def place(route: APIRoute) -> str:
    """An address of a route, with something in place of its names."""
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda m: PLACES.get(m[1], "1"), route.path)


def test_every_route_says_what_it_needs(app_routes: list[APIRoute]) -> None:
    assert [r.path for r in app_routes if needed(r) is None] == []


def test_a_route_that_says_nothing_is_refused(seen: Workspace) -> None:
    app = create(seen)

    @app.get("/v1/forgotten")
    def forgotten() -> dict[str, str]:
        return {"secret": "told"}

    with TestClient(app, base_url=HERE, headers=CONSOLE | bearer(seen, Role.OWNER)) as client:
        answer = client.get("/v1/forgotten")
    assert (answer.status_code, answer.json()["code"]) == (403, "refused")


def test_nobody_gets_nothing(seen: Workspace, app_routes: list[APIRoute]) -> None:
    """Whatever is not meant for people who have not signed in is 401, before a body is even read."""
    client = nobody(seen, raise_server_exceptions=False)
    for route in app_routes:
        asked = needed(route)
        if asked is None or asked.right is None or not route.path.startswith("/v1/"):
            continue
        for method in route.methods:
            answer = client.request(method, place(route), content=b"{" * 100)
            assert (answer.status_code, answer.json()["code"]) == (401, "sign_in"), f"{method} {route.path}"


def test_nobody_sends_more_than_an_address_takes(seen: Workspace, clients: dict[str, TestClient]) -> None:
    """Said to be too long, or longer than said; a stranger's is short, a colleague's is not read beyond what is bounded."""

    def endless() -> Iterator[bytes]:
        for _ in range(200):
            yield b" " * 100_000

    stranger, owner = nobody(seen, raise_server_exceptions=False), clients["owner"]
    said = b'{"token": "' + b"x" * 70_000 + b'"}'
    for client, path, body in (
        (stranger, "/v1/sign-in", said),
        (stranger, "/v1/shared", endless()),
        (stranger, "/v1/links/look", endless()),
        (owner, "/v1/links/look", said),
        (owner, "/v1/customers/find", endless()),
    ):
        answer = client.post(path, content=body)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large"), path
    assert owner.post("/v1/customers/find", content=said).status_code == 422
    assert stranger.post("/v1/shared", json={"token": "x" * 40}).status_code == 404


def test_a_role_that_may_not_is_refused_everywhere(clients: dict[str, TestClient], app_routes: list[APIRoute]) -> None:
    tried = 0
    for route in app_routes:
        asked = needed(route)
        if asked is None or asked.right is None:
            continue
        for role in Role:
            if asked.right in MAY[role]:
                continue
            for method in route.methods:
                answer = clients[role].request(method, place(route), json={})
                assert answer.status_code == 403, f"{role} {method} {route.path}: {answer.status_code}"
                assert answer.json()["code"] == "refused"
                tried += 1
    assert tried > 50


def test_a_job_is_begun_again_and_stopped_by_whoever_may_begin_it(
    seen: Workspace, clients: dict[str, TestClient]
) -> None:
    jobs = {
        kind: seen.jobs.wait(seen.jobs.start(kind, {}).id, 30).id for kind in ("identity.publish", "import", "compute")
    }
    may = {"identity.publish": "mend", "import": "take", "compute": "define"}
    for kind, job in jobs.items():
        for role in Role:
            allowed = Right(may[kind]) in MAY[role]
            for what in ("again", "cancel"):
                answer = clients[role].post(f"/v1/jobs/{job}/{what}")
                done = seen.jobs.get(job).state == "done" or what == "cancel"  # what has ended is refused to everybody
                assert (answer.status_code == 202) == (allowed and not done), (kind, role, what)
                assert "role" in answer.json().get("message", "") or allowed, (kind, role, what)
            seen.jobs.wait(max(j.id for j in seen.jobs.all()), 30)
    assert set(RIGHTS) == set(seen.jobs._kinds)


def test_what_is_no_number_is_no_failure(clients: dict[str, TestClient]) -> None:
    owner = clients["owner"]
    for text in ("²", "--5", "٣٤", "9" * 19, "9" * 400):
        assert owner.post(f"/v1/quarantine/{text}/reveal", json={"reason": "x"}).status_code == 404, text
        wanted = {"node": text, "reason": "x"}
        assert owner.post("/v1/identity/block", json=wanted).status_code == 422, text


def test_roles_are_what_was_agreed() -> None:
    assert MAY[Role.OWNER] == set(Right)
    assert MAY[Role.VIEWER] == {Right.SEE}
    assert Right.REVEAL not in MAY[Role.ANALYST] | MAY[Role.VIEWER]
    assert {role for role in Role if Right.ADMINISTER in MAY[role]} == {Role.OWNER}
    assert {role for role in Role if Right.MEND in MAY[role]} == {Role.OWNER, Role.ANALYST, Role.AGENT}
    assert all(Right.SEE in MAY[role] for role in Role)


@pytest.mark.parametrize("role", Role)
def test_no_answer_that_can_be_read_holds_personal_data(
    seen: Workspace, clients: dict[str, TestClient], app_routes: list[APIRoute], role: Role
) -> None:
    """Every GET of every role, over a shop whose secrets are known: nothing in the clear, not even for owners."""
    who = next(iter(seen.customers(find=shop.PHONE)))["customer_id"]
    read = 0
    for route in app_routes:
        endless = "/live" in route.path or "/stream" in route.path or route.path.startswith("/v1/sign-in/provider")
        if "GET" not in route.methods or endless or "backup" in route.path:
            continue
        for address in {place(route), re.sub(r"C2\b", f"C{who}", place(route))}:
            answer = clients[role].get(address)
            assert [s for s in shop.SECRETS if s in answer.text] == [], f"{role} {address}"
            read += answer.status_code == 200
    assert read > 10


def test_a_key_of_a_program_has_its_role_and_can_be_revoked(ws: Workspace) -> None:
    with signed(ws) as owner:
        made = owner.post("/v1/keys", json={"name": "nightly report", "role": "viewer"}).json()
        with TestClient(create(ws), base_url=HERE, headers={"authorization": f"Bearer {made['api_key']}"}) as program:
            assert program.get("/v1/status").status_code == 200
            assert program.get("/v1/me").json()["role"] == "viewer"
            assert program.post("/v1/keys", json={"name": "more", "role": "analyst"}).status_code == 403
            assert (
                program.post("/v1/customers/lookup", json={"value": shop.PHONE}).status_code == 200
            )  # no cookie: no forgery
            assert owner.delete(f"/v1/keys/{made['key']}").status_code == 200
            assert program.get("/v1/status").status_code == 401
        (row,) = owner.get("/v1/keys").json()
        assert (row["name"], row["role"], row["ends_in"]) == ("nightly report", "viewer", made["api_key"][-4:])
        assert made["api_key"] not in str(row)
        assert owner.post("/v1/keys", json={"name": "root", "role": "owner"}).status_code == 422
    assert [e.action for e in ws.store.audit.entries(subject=f"key/{made['key']}")] == [
        "api_key.revoked",
        "api_key.made",
    ]


def test_a_pass_of_this_computer_cannot_be_made_elsewhere(ws: Workspace) -> None:
    good = computer_pass(ws, Role.VIEWER)
    with nobody(ws) as client:
        assert client.get("/v1/status", headers={"authorization": f"Bearer {good}"}).status_code == 200
        for bad in (good[:-2] + ("00" if good[-2:] != "00" else "11"), "dkp_", "dkp_zz", "dkp_" + "0" * 80, ""):
            assert client.get("/v1/status", headers={"authorization": f"Bearer {bad}"}).status_code == 401


def test_a_key_is_believed_for_a_few_seconds_and_not_after_it_was_revoked(ws: Workspace) -> None:
    clock, key, now = [100.0], "dk_" + "k" * 40, ws.real_now()
    keys, ring = ws.store.api_keys, Keyring(ws, lambda: clock[0])

    def found() -> str:
        person = anyio.run(ring.find, key)
        return person.role.value if person else ""

    assert found() == ""
    made = keys.add(key, name="till", role="viewer", actor="t", now=now)
    assert found() == "viewer"  # who was nobody a moment ago is not remembered as nobody
    with ws.store.writing() as connection:  # as another process does it
        connection.execute(sa.update(API_KEYS).values(revoked_at=now))
    clock[0] += REMEMBERED - 0.1
    assert found() == "viewer"
    clock[0] += 0.2
    assert found() == ""
    other = keys.add(key[:-1] + "K", name="desk", role="analyst", actor="t", now=now)
    key = key[:-1] + "K"
    assert found() == "analyst"
    keys.revoke(made.id, actor="t", now=now)
    assert found() == "analyst"
    keys.revoke(other.id, actor="t", now=now)
    assert found() == ""


FORGED: dict[str, dict[str, str]] = {
    "no header": {},
    "another header": {"x-dangol": "yes"},
    "another origin": {**CONSOLE, "origin": "https://evil.example"},
    "no origin at all": {**CONSOLE, "origin": "null"},
    "another port": {**CONSOLE, "origin": "http://127.0.0.1:1"},
    "another site": {**CONSOLE, "sec-fetch-site": "cross-site"},
    "a sister site": {**CONSOLE, "sec-fetch-site": "same-site"},
}


@pytest.mark.parametrize("how", FORGED)
def test_another_site_cannot_act_for_somebody(ws: Workspace, how: str) -> None:
    with signed(ws) as client:
        client.headers.pop("x-dangol")
        answer = client.post("/v1/keys", json={"name": "forged", "role": "viewer"}, headers=FORGED[how])
        assert (answer.status_code, answer.json()["code"]) == (403, "refused")
        assert client.get("/v1/keys").json() == []
        own = {**CONSOLE, "origin": HERE, "sec-fetch-site": "same-origin"}
        assert client.post("/v1/keys", json={"name": "ours", "role": "viewer"}, headers=own).status_code == 200


def test_who_did_it_is_in_the_audit_log(ws: Workspace) -> None:
    number = person(ws, Role.OWNER)
    with signed(ws) as client:
        client.post("/v1/keys", json={"name": "report", "role": "viewer"})
    (made,) = ws.store.audit.entries(action="api_key.made")
    assert made.actor == f"person/{number}"
    assert made.after == {"name": "report", "role": "viewer"}
    assert ws.actor not in (made.actor, "")  # and outside the request it is the computer's user again


# -- other machines ----------------------------------------------------------------------------------------------------
def _with(ws: Workspace, **changed: Any) -> None:
    from dataclasses import replace

    ws.settings = replace(ws.settings, **changed)


def test_other_machines_only_by_a_known_name_and_with_tls(ws: Workspace) -> None:
    _with(ws, allowed_hosts=["cdp.shop.example"])
    headers = CONSOLE | bearer(ws)
    with TestClient(create(ws), base_url="https://cdp.shop.example", headers=headers) as client:
        assert client.get("/v1/status").status_code == 200
        assert client.get("/v1/status", headers={"host": "evil.example"}).status_code == 403
    with TestClient(create(ws), base_url="http://cdp.shop.example", headers=headers) as client:
        refused = client.get("/v1/status")
        assert refused.status_code == 403
        assert "TLS" in refused.json()["message"]
        _with(ws, plain_http="yes")
        assert client.get("/v1/status").status_code == 200


def test_the_server_stays_home_until_somebody_owns_it(ready: Path) -> None:
    with shop.reopen(ready) as ws:
        with pytest.raises(RefusedError, match="other machines") as told:
            serve(ws, host="0.0.0.0")
        assert "account" in told.value.hint.en
        person(ws, Role.OWNER)
        with pytest.raises(RefusedError) as told:
            serve(ws, host="0.0.0.0")
        assert "allowed_hosts" in told.value.hint.en
        with pytest.raises(RefusedError) as told:
            serve(ws, host="0.0.0.0", open_here=True)
        assert "--open" in told.value.hint.en


def test_open_here_is_for_this_computer_only(ws: Workspace) -> None:
    app = create(ws, open_here=True)
    with TestClient(app, base_url=HERE, headers=CONSOLE, client=("127.0.0.1", 1)) as here:
        assert here.get("/v1/me").json()["role"] == "owner"
        assert here.post("/v1/keys", json={"name": "x"}, headers={"x-dangol": ""}).status_code == 403
    with TestClient(app, base_url=HERE, headers=CONSOLE, client=("192.168.0.7", 1)) as there:
        assert there.get("/v1/me").status_code == 401
    with TestClient(app, base_url=HERE, headers=CONSOLE, client=("127.0.0.1", 1)) as proxy:
        for name in ("x-forwarded-for", "x-real-ip", "forwarded", "via"):
            assert proxy.get("/v1/me", headers={name: "203.0.113.9"}).status_code == 401
