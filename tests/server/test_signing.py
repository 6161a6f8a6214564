"""Coming in: passwords, one-time links, sessions that end; nothing that tells who has an account."""

from __future__ import annotations

import datetime as dt
import statistics
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from argon2 import PasswordHasher, Type
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from dangol.app import Role, Workspace, access, colleagues, signing
from dangol.app.access import is_over
from dangol.app.signing import FORGET, FREE, LONGEST_WAIT, Attempts
from dangol.schema import DefinitionError, RefusedError
from dangol.server import create
from dangol.store import Session
from tests.server.signed import CONSOLE, HERE, nobody, person, signed

PASSWORD = "horse battery staple 단골"
EMAIL = "kim.owner@team.example"


class Watch:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now

    def on(self, **by: float) -> None:
        self.now += dt.timedelta(**by)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def fresh(empty: Path, tmp_path: Path, watch: Watch) -> Iterator[Workspace]:
    """A workspace that nobody owns."""
    import shutil

    shutil.copytree(empty, tmp_path / "shop")
    with Workspace.open(tmp_path / "shop", watch=watch) as ws:
        yield ws


@pytest.fixture
def owned(fresh: Workspace) -> Workspace:
    token, _ = signing.make_link(fresh, "owner")
    signing.use_link(fresh, token, email=EMAIL, name="Kim", password=PASSWORD)
    return fresh


def try_in(client: TestClient, email: str = EMAIL, password: str = PASSWORD) -> int:
    return client.post("/v1/sign-in", json={"email": email, "password": password}).status_code


def test_the_first_run_ends_with_an_owner_who_is_in(fresh: Workspace) -> None:
    with nobody(fresh) as client:
        assert client.get("/v1/access").json()["new"] is True
        token, _ = signing.make_link(fresh, "owner")
        assert client.post("/v1/links/look", json={"token": token}).json()["kind"] == "owner"
        said = {"token": token, "email": EMAIL, "name": "Kim", "password": PASSWORD}
        made = client.post("/v1/links/use", json=said)
        assert made.status_code == 200, made.text
        assert made.json()["role"] == "owner"
        cookie = made.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "secure" not in cookie  # plain http on this machine
        assert client.get("/v1/me").json()["person"]["email"] == EMAIL
        assert client.get("/v1/access").json()["new"] is False
        assert client.post("/v1/links/use", json=said).status_code == 403
    (joined,) = fresh.store.audit.entries(action="person.joined")
    assert joined.after == {"role": "owner"}


def test_the_cookie_is_secure_behind_tls(owned: Workspace) -> None:
    from dataclasses import replace

    owned.settings = replace(owned.settings, allowed_hosts=["cdp.shop.example"])
    with TestClient(create(owned), base_url="https://cdp.shop.example", headers=CONSOLE) as client:
        answer = client.post("/v1/sign-in", json={"email": EMAIL, "password": PASSWORD})
    assert "secure" in answer.headers["set-cookie"].lower()


def test_in_and_out(owned: Workspace) -> None:
    with nobody(owned) as client:
        assert try_in(client, EMAIL.upper()) == 200
        assert client.get("/v1/me").status_code == 200
        kept = dict(client.cookies)
        assert client.post("/v1/sign-out").status_code == 200
        assert client.get("/v1/me").status_code == 401
        client.cookies.update(kept)  # somebody has a copy of it
        assert client.get("/v1/me").status_code == 401


def test_a_wrong_password_and_an_unknown_address_are_told_alike(owned: Workspace) -> None:
    person(owned, Role.VIEWER, "no.password@team.example")
    colleagues.disable(owned, person(owned, Role.AGENT, "gone@team.example"), disabled=True)
    told = []
    for email in (EMAIL, "nobody@team.example", "no.password@team.example", "gone@team.example", "", "not an address"):
        with nobody(owned) as client:
            answer = client.post("/v1/sign-in", json={"email": email, "password": "wrong wrong wrong"})
        told.append((answer.status_code, answer.json(), "set-cookie" in answer.headers))
    assert told == [told[0]] * len(told)
    assert told[0][0] == 401


@pytest.mark.slow
def test_they_take_the_same_time_and_enough_of_it(
    owned: Workspace, quick_passwords: Callable[[], PasswordHasher], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With passwords as dear as they are outside of tests: RFC 9106's second choice."""
    real = quick_passwords()
    assert (real.time_cost, real.memory_cost, real.parallelism, real.type) == (3, 65_536, 4, Type.ID)
    monkeypatch.setattr(signing, "_hasher", lambda: real)
    monkeypatch.setattr(signing, "_nobody", cache(signing._nobody.__wrapped__))
    row = owned.store.people.at(owned.staff.address(EMAIL))
    assert row is not None
    owned.store.people.change(row.id, password=signing._hashed(PASSWORD))

    def seconds(email: str) -> float:
        found = []
        for _ in range(7):
            start = time.perf_counter()
            assert signing.check_password(owned, email, "wrong wrong wrong") is None
            found.append(time.perf_counter() - start)
        return statistics.median(found)

    seconds("warm@up.example")
    known, unknown = seconds(EMAIL), seconds("nobody@team.example")
    assert 0.5 < known / unknown < 2


def test_too_many_wrong_tries_must_wait_and_say_how_long(owned: Workspace) -> None:
    with nobody(owned) as client:
        for _ in range(FREE["pair"]):
            assert try_in(client, password="wrong wrong wrong") == 401
        answer = client.post("/v1/sign-in", json={"email": EMAIL, "password": PASSWORD})
        assert (answer.status_code, answer.json()["code"]) == (429, "too_often")
        assert int(answer.headers["retry-after"]) >= 1
        assert try_in(client, "somebody.else@team.example") == 401  # another account from here is not held up yet
        for _ in range(FREE["pair"] - 1):
            try_in(client, "unknown@team.example", "wrong wrong wrong")
        assert try_in(client, "unknown@team.example") == 401
        assert try_in(client, "unknown@team.example") == 429  # held up like one that exists


@settings(deadline=None)
@given(st.lists(st.floats(0, 4000), min_size=1, max_size=80))
def test_waiting_grows_is_bounded_and_ends(steps: list[float]) -> None:
    attempts, now, name = Attempts(), 0.0, ("pair", "x")
    before = 0
    for step in steps:
        now += step
        wait = attempts.wait([name], now)
        assert 0 <= wait <= LONGEST_WAIT
        assert attempts.wait([name], now + wait) == 0
        if wait == 0:
            attempts.wrong([name], now)
            after = attempts.wait([name], now)
            assert after >= before or step >= FORGET or after == LONGEST_WAIT
            before = after if step < FORGET else 0
    attempts.right(name)
    assert attempts.wait([name], now) == 0


def test_attempts_take_no_more_memory_than_given() -> None:
    attempts = Attempts(most=100)
    for n in range(1_000):
        attempts.wrong([("pair", n), ("address", n)], float(n))
    assert len(attempts._tries) <= 102


# -- sessions ----------------------------------------------------------------------------------------------------------
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
gaps = st.lists(st.floats(0, 30 * 24, allow_nan=False), min_size=1, max_size=30)


@given(gaps, st.integers(1, 48), st.integers(1, 30))
def test_a_session_lives_as_long_as_it_is_used_and_no_longer(hours: list[float], idle: int, most: int) -> None:
    """Second opinion: walk the requests; the session is alive while no gap reached `idle` and its age is under `most` days."""
    session = Session(1, 1, "", START, START, None)
    now, alive = START, True
    for gap in hours:
        now += dt.timedelta(hours=gap)
        alive = alive and dt.timedelta(hours=gap) < dt.timedelta(hours=idle) and now - START < dt.timedelta(days=most)
        over = is_over(session, now, hours=idle, days=most)
        assert over is not alive
        if over:
            break
        session = Session(1, 1, "", START, now, None)


def test_a_session_ends_when_unused_and_in_any_case(owned: Workspace, watch: Watch) -> None:
    token = access.begin(owned, 1, device="")
    for _ in range(20):
        watch.on(hours=11)
        assert access.by_session(owned, token) is not None
    watch.on(hours=12)
    assert access.by_session(owned, token) is None
    token = access.begin(owned, 1, device="")
    for _ in range(13):
        for _ in range(4):
            watch.on(hours=6)
            assert access.by_session(owned, token) is not None
    watch.on(hours=11)
    watch.on(hours=0.9)
    assert access.by_session(owned, token) is not None
    watch.on(hours=11.5)
    watch.on(hours=1)
    assert access.by_session(owned, token) is None


def test_somebody_may_end_their_sessions_elsewhere(owned: Workspace) -> None:
    with nobody(owned) as here, nobody(owned) as there:
        assert try_in(here) == try_in(there) == 200
        listed = here.get("/v1/me/sessions").json()
        assert [s["here"] for s in listed].count(True) == 1
        (other,) = [s["session"] for s in listed if not s["here"]]
        assert here.delete(f"/v1/me/sessions/{other}").json() == {"ended": 1}
        assert there.get("/v1/me").status_code == 401
        assert here.get("/v1/me").status_code == 200


def test_nobody_ends_sessions_of_others_by_their_number(owned: Workspace) -> None:
    token = access.begin(owned, 1, device="")
    number = access.sessions(owned, 1)[0]["session"]
    with signed(owned, Role.VIEWER) as viewer:
        assert viewer.delete(f"/v1/me/sessions/{number}").json() == {"ended": 0}
    assert access.by_session(owned, token) is not None


def test_a_new_password_ends_every_other_session(owned: Workspace) -> None:
    with nobody(owned) as here, nobody(owned) as there:
        assert try_in(here) == try_in(there) == 200
        wrong = here.post("/v1/me/password", json={"old": "wrong wrong wrong", "new": "another horse battery"})
        assert (wrong.status_code, wrong.json()["where"]) == (403, "old")
        short = here.post("/v1/me/password", json={"old": PASSWORD, "new": "short"})
        assert (short.status_code, short.json()["code"]) == (422, "definition")
        assert here.post("/v1/me/password", json={"old": PASSWORD, "new": "another horse battery"}).status_code == 200
        assert (here.get("/v1/me").status_code, there.get("/v1/me").status_code) == (200, 401)
        assert try_in(there, password="another horse battery") == 200


@pytest.mark.parametrize("bad", ["", "short", "aaaaaaaaaaaaaaa", EMAIL, "x" * 257, "1111222233"])
def test_bad_passwords_are_refused_with_a_reason(owned: Workspace, bad: str) -> None:
    with pytest.raises(DefinitionError):
        signing.set_password(owned, 1, EMAIL, bad)


# -- people ------------------------------------------------------------------------------------------------------------
def test_an_invitation_makes_an_account_with_its_role_and_address(owned: Workspace, watch: Watch) -> None:
    with signed(owned) as owner:
        made = owner.post("/v1/people", json={"email": "lee@team.example", "role": "analyst"}).json()
        token = made["address"].partition("#link=")[2]
        assert made["address"].startswith(f"{HERE}/sign-in#link=")
        invited = [p for p in owner.get("/v1/people").json() if p["state"] == "invited"]
        assert [(p["email"], p["role"]) for p in invited] == [("lee@team.example", "analyst")]
    with nobody(owned) as lee:
        said = {"token": token, "email": "else@team.example", "name": "Lee", "password": PASSWORD}
        assert lee.post("/v1/links/use", json=said).json()["person"]["email"] == "lee@team.example"  # not whom they say
        assert lee.get("/v1/me").json()["role"] == "analyst"
        assert lee.get("/v1/people").status_code == 403
    with signed(owned) as owner:
        late = owner.post("/v1/people", json={"email": "late@team.example", "role": "viewer"}).json()
        gone = owner.post("/v1/people", json={"email": "gone@team.example", "role": "viewer"}).json()
        assert owner.delete(f"/v1/people/invitations/{gone['link']}").status_code == 200
        assert owner.post("/v1/people", json={"email": "lee@team.example", "role": "viewer"}).status_code == 403
        assert owner.post("/v1/people", json={"email": "nonsense", "role": "viewer"}).status_code == 422
        assert owner.post("/v1/people", json={"email": "a@b.example", "role": "king"}).status_code == 422
    watch.on(days=7, seconds=1)
    for one in (late, gone):
        with pytest.raises(RefusedError):
            signing.look_at(owned, one["address"].partition("#link=")[2])


def test_a_reset_link_sets_a_password_and_ends_everything(owned: Workspace) -> None:
    with nobody(owned) as there, signed(owned, Role.OWNER) as owner:
        assert try_in(there) == 200
        (kim,) = [p["person"] for p in owner.get("/v1/people").json() if p["email"] == EMAIL]
        first = owner.post(f"/v1/people/{kim}/link").json()["address"].partition("#link=")[2]
        token = owner.post(f"/v1/people/{kim}/link").json()["address"].partition("#link=")[2]
        with pytest.raises(RefusedError):
            signing.look_at(owned, first)  # the newer one took its place
        with nobody(owned) as kim_again:
            assert kim_again.post("/v1/links/look", json={"token": token}).json()["email"] == EMAIL
            said = {"token": token, "password": "a wholly new password"}
            assert kim_again.post("/v1/links/use", json=said).status_code == 200
        assert there.get("/v1/me").status_code == 401
        assert try_in(there) == 401
        assert try_in(there, password="a wholly new password") == 200


def test_a_change_of_role_counts_from_the_next_request(owned: Workspace) -> None:
    other = person(owned, Role.MARKETER)
    with signed(owned, Role.MARKETER) as marketer, signed(owned) as owner:
        assert marketer.get("/v1/audit").status_code == 403
        assert owner.patch(f"/v1/people/{other}", json={"role": "owner"}).status_code == 200
        assert marketer.get("/v1/audit").status_code == 200
        assert owner.patch(f"/v1/people/{other}", json={"disabled": True}).status_code == 200
        assert marketer.get("/v1/status").status_code == 401
        assert owner.patch(f"/v1/people/{other}", json={"disabled": False}).status_code == 200
        assert marketer.get("/v1/status").status_code == 401  # that session is over for good
    told = owned.store.audit.entries(subject=f"person/{other}", action="person.role")
    assert [(t.before, t.after) for t in told] == [({"role": "marketer"}, {"role": "owner"})]


def test_the_last_owner_stays(owned: Workspace) -> None:
    with nobody(owned) as owner:
        assert try_in(owner) == 200
        for said in ({"role": "viewer"}, {"disabled": True}):
            refused = owner.patch("/v1/people/1", json=said)
            assert (refused.status_code, refused.json()["code"]) == (403, "refused")
        assert owner.delete("/v1/people/1").status_code == 403
        with pytest.raises(RefusedError, match="somebody must be owner"):
            colleagues.remove(owned, 1)
        assert owner.get("/v1/me").json()["role"] == "owner"


@settings(max_examples=10, deadline=None)
@given(st.data())
def test_whatever_is_tried_somebody_owns_it(data: st.DataObject) -> None:
    """Random histories of roles, disabling and removal, against a dictionary."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder, Desk_for(Path(folder)) as ws:
        people = {person(ws, Role.OWNER, f"p{n}@team.example"): ["owner", True] for n in range(3)}
        for _ in range(data.draw(st.integers(1, 12))):
            who = data.draw(st.sampled_from(sorted(people)))
            step = data.draw(st.sampled_from(["role", "disable", "enable", "remove"]))
            after = {p: list(v) for p, v in people.items()}
            try:
                if step == "role":
                    after[who][0] = data.draw(st.sampled_from([r.value for r in Role]))
                    colleagues.change_role(ws, who, str(after[who][0]))
                elif step == "remove":
                    del after[who]
                    colleagues.remove(ws, who)
                else:
                    after[who][1] = step == "enable"
                    colleagues.disable(ws, who, disabled=step == "disable")
                people = after
            except RefusedError:
                assert not any(role == "owner" and active for role, active in after.values())
            assert ws.store.people.owners() == sum(role == "owner" and active for role, active in people.values()) > 0
            if not people:
                break


def Desk_for(folder: Path) -> Workspace:  # noqa: N802
    return Workspace.create(folder / "shop")


def test_addresses_and_names_are_not_in_the_store_s_bytes(owned: Workspace, tmp_path: Path) -> None:
    with signed(owned) as owner:
        owner.post("/v1/people", json={"email": "secret.lee@team.example", "role": "viewer"})
    owned.store.forget_bytes()
    raw = b"".join(f.read_bytes() for f in (tmp_path / "shop").glob("store.sqlite*"))
    assert b"argon2id" in raw
    for text in (EMAIL, "kim.owner", "secret.lee", PASSWORD):
        assert text.encode() not in raw


def test_whoever_is_removed_leaves_a_number(owned: Workspace) -> None:
    other = person(owned, Role.VIEWER, "leaving@team.example")
    with signed(owned) as owner:
        assert owner.delete(f"/v1/people/{other}").status_code == 200
        assert other not in [p["person"] for p in owner.get("/v1/people").json()]
    row = owned.store.people.get(other)
    assert (row.sealed, row.password, row.subject) == (None, None, None)
    assert person(owned, Role.VIEWER, "leaving@team.example") != other  # may come back, as somebody new
