"""Every route, the one error shape, who may ask, and what may never be answered."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from dangol.app import Workspace
from dangol.schema import RefusedError
from dangol.server import serve
from dangol.server.collector import Collector
from dangol.server.local import authority, is_loopback
from dangol.server.run import _listening
from dangol.server.turns import AT_ONCE, long_turn
from tests.app import shop, world
from tests.server.signed import signed


@pytest.fixture(scope="module")
def http(seen: Workspace) -> Iterator[TestClient]:
    with signed(seen) as client:
        yield client


def test_pages_wait_for_no_long_question_and_for_no_change(seen: Workspace) -> None:
    """Every long turn is taken, as by people who draw maps: lists, profiles and the pulse are answered all the same."""
    with signed(seen) as client:
        turn = long_turn(client.app)  # type: ignore[arg-type]
        for _ in range(AT_ONCE):
            assert turn.acquire(blocking=False)
        assert not turn.acquire(blocking=False)
        for path in (
            "/v1/pulse",
            "/v1/home",
            "/v1/customers/C2/sheet",
            "/v1/customers/C2/timeline",
            "/v1/identity",
            "/v1/rfm",
        ):
            assert client.get(path).status_code == 200
        assert client.post("/v1/customers/list", json={}).status_code == 200
        assert client.post("/v1/rules/count", json={"where": {"trait": "orders", "at_least": 1}}).status_code == 200


ROUTES = {
    "/v1/status": list,
    "/v1/traits": list,
    "/v1/traits?family=behavioural&lang=ko": list,
    "/v1/segments": list,
    "/v1/segments/regulars/members": list,
    "/v1/segments/regulars/members?as_of=2026-11-23": list,
    "/v1/segments/everyone-with-an-order/profile?limit=3": list,
    "/v1/segments/regulars/why/C2": dict,
    "/v1/customers": list,
    "/v1/customers?columns=orders,revenue&order=-revenue&limit=3&offset=1": list,
    "/v1/customers/C2": dict,
    "/v1/customers/C2?reasons=true&lang=ko": dict,
    "/v1/events": list,
    "/v1/events/properties?event=Order%20Completed": list,
    "/v1/tracking": list,
    "/v1/tracking/violations?days=3": list,
    "/v1/weather": list,
    "/v1/insights": list,
    "/v1/catalogue/fields?lang=ko": dict,
    "/v1/catalogue/values?field=region": list,
    "/v1/definitions/segments": list,
    "/v1/definitions/segments/regulars": dict,
    "/v1/definitions/segments/regulars/versions": list,
    "/v1/segments/map?chosen=regulars": dict,
    "/v1/segments/flows?chosen=regulars&since=2026-09-01": dict,
    "/v1/segments/regulars/trend?days=7": dict,
    "/v1/segments/regulars/past?months=1": list,
    "/v1/rfm": dict,
    "/v1/imports": list,
    "/v1/jobs": list,
    "/v1/presets?lang=ko": dict,
    "/v1/quarantine?limit=3": dict,
    "/v1/quarantine/reasons": list,
    "/v1/sources": list,
    "/v1/sources/keys": list,
    "/v1/webhooks": list,
    "/v1/identity": dict,
    "/v1/identity/biggest": list,
    "/v1/identity/conflicts": list,
    "/v1/identity/blocked": dict,
    "/v1/identity/log": list,
    "/v1/identity/graph/C2": dict,
    "/v1/identity/rules": dict,
    "/v1/identity/rules/judged": dict,
    "/v1/home": dict,
    "/v1/home?days=28&lang=ko": dict,
    "/v1/home/flows": dict,
    "/v1/pulse": dict,
    "/v1/customers/C2/sheet": dict,
    "/v1/customers/C2/timeline?limit=2": dict,
    "/v1/dashboards": list,
    "/v1/heat": list,
    "/v1/access": dict,
    "/v1/me": dict,
    "/v1/me/sessions": list,
    "/v1/people": list,
    "/v1/roles": list,
    "/v1/keys": list,
    "/v1/settings": dict,
    "/v1/audit": dict,
    "/v1/audit/actors": dict,
    "/v1/backups": list,
    "/v1/openapi.json": dict,
}


@pytest.mark.parametrize("route", ROUTES)
def test_every_route_answers(http: TestClient, route: str) -> None:
    answer = http.get(route)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    assert isinstance(answer.json(), ROUTES[route])


def test_the_list_of_routes_is_whole(http: TestClient) -> None:
    paths = http.get("/v1/openapi.json").json()["paths"]
    promised = {path for path, how in paths.items() if "get" in how and not Collector.takes(path)}
    promised -= {"/v1/events/live"}  # it never ends: test_stream.py
    promised -= {  # no JSON, or of something that must be there first: tested where it is made
        "/v1/definitions/segments.yaml", "/v1/quarantine/export", "/v1/audit/export", "/v1/heat/page", "/v1/sign-in/provider",
        "/v1/sign-in/provider/back", "/v1/jobs/{job}", "/v1/imports/{batch}/mapping", "/v1/webhooks/{hook}",
        "/v1/backups/{backup}", "/v1/insights/underway/{ticket}",
        "/v1/tracking/{source}/plan", "/v1/identity/rules/try/{job}/score", "/v1/people/{person}/sessions",
        "/v1/replays/{session}", "/v1/replays/{session}/{recording}/{part}", "/v1/dashboards/{name}",
        "/v1/dashboards/{name}/links", "/v1/dashboards/{name}/versions", "/v1/dashboards/{name}/tiles/{tile}",
    }  # fmt: skip
    tried = {"/v1/" + r.removeprefix("/v1/").split("?")[0] for r in ROUTES} - {"/v1/openapi.json"}
    plain = {p.replace("{segment}", "regulars").replace("{customer}", "C2") for p in promised}
    assert plain == {t.replace("everyone-with-an-order", "regulars") for t in tried}


def test_every_route_that_reads_answers_or_says_why_not(http: TestClient) -> None:
    """All of them, with something in place of their names: an answer, or the one shape of an error; never a crash."""
    paths = http.get("/v1/openapi.json").json()["paths"]
    promised = {path for path, how in paths.items() if "get" in how and not Collector.takes(path)}
    promised -= {"/v1/events/live", "/v1/sign-in/provider/back"}  # one never ends, one is a page: tests of their own
    names = {"segment": "regulars", "customer": "C2"}
    for path in promised:
        answer = http.get(re.sub(r"\{(\w+)\}", lambda m: names.get(m[1], "1"), path), follow_redirects=False)
        assert answer.status_code < 500, f"{path}: {answer.text}"
        if answer.status_code >= 400:
            assert {"code", "message"} <= set(answer.json()), path


def test_the_numbers_are_those_of_the_workspace(http: TestClient, seen: Workspace) -> None:
    (row,) = [r for r in http.get("/v1/segments").json() if r["segment"] == "regulars"]
    assert row["customers"] == seen.count("regulars").customers == len(http.get("/v1/segments/regulars/members").json())
    (top,) = http.get("/v1/customers?columns=revenue&order=-revenue&limit=1").json()
    assert top["revenue"] == world.one(seen, "SELECT max(revenue) FROM customers")
    assert isinstance(top["revenue"], int | float)


ERRORS = {
    "/v1/events/properties?event=Order": (404, "not_found"),
    "/v1/tracking/violations?days=1000": (422, "invalid"),
    "/v1/segments/regular/members": (404, "not_found"),
    "/v1/segments/nowhere.yaml/members": (404, "not_found"),
    "/v1/segments/regulars/why/C999": (404, "not_found"),
    "/v1/segments/regulars/why/nobody": (404, "not_found"),
    "/v1/segments/regulars/members?as_of=soon": (422, "definition"),
    "/v1/customers/C999": (404, "not_found"),
    "/v1/customers/0": (404, "not_found"),
    "/v1/customers?columns=revenu": (404, "not_found"),
    "/v1/customers?limit=0": (422, "invalid"),
    "/v1/customers?limit=100000": (422, "invalid"),
    "/v1/customers?offset=-1": (422, "invalid"),
    "/v1/nothing": (404, "not_found"),
    "/nothing": (404, "not_found"),
}


@pytest.mark.parametrize("route", ERRORS)
def test_errors_have_one_shape(http: TestClient, route: str) -> None:
    answer = http.get(route)
    status, code = ERRORS[route]
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), body
    assert set(body) <= {"code", "message", "where", "hint", "problems"}
    assert body["message"]


@pytest.mark.parametrize("route", ERRORS)
def test_errors_speak_the_reader_s_language(http: TestClient, route: str) -> None:
    korean = http.get(route, headers={"accept-language": "ko-KR,ko;q=0.9,en;q=0.8"}).json()
    english = http.get(route, headers={"accept-language": "en-GB,en;q=0.9,ko;q=0.8"}).json()
    assert re.search("[가-힣]", korean["message"]), korean
    assert not re.search("[가-힣]", english["message"]), english
    assert korean.keys() == english.keys()
    assert korean["code"] == english["code"]


@pytest.mark.parametrize(
    ("header", "korean"),
    [
        ("", False),
        ("ko", True),
        ("KO-kr", True),
        ("fr-FR,fr;q=0.9,ko;q=0.3,en;q=0.2", True),
        ("ko;q=0.1,en;q=0.9", False),
        ("en;q=0,ko", True),
        ("de", False),
        ("ko;q=none", True),
    ],
)
def test_the_language_is_what_the_browser_prefers(http: TestClient, header: str, korean: bool) -> None:
    said = http.get("/v1/nothing", headers={"accept-language": header}).json()["message"]
    assert bool(re.search("[가-힣]", said)) is korean


def test_a_named_language_beats_the_browser(http: TestClient) -> None:
    said = http.get("/v1/customers/zero?lang=ko", headers={"accept-language": "en"}).json()
    assert re.search("[가-힣]", said["message"])
    said = http.get("/v1/customers?limit=0&lang=ko").json()
    assert said["message"] == "1 이상이어야 합니다"


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_nothing_can_be_written(http: TestClient, method: str) -> None:
    answer = getattr(http, method)("/v1/segments")
    assert answer.status_code == 405
    assert answer.json()["code"] == "method_not_allowed"


def test_a_crash_has_the_same_shape_and_says_nothing_of_it(seen: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("secret 010-9876-1234")

    monkeypatch.setattr(type(seen), "status", broken)
    with signed(seen, raise_server_exceptions=False) as client:
        answer = client.get("/v1/status")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert "secret" not in answer.text


@pytest.mark.parametrize("host", ["evil.example", "169.254.169.254", "127.0.0.1.evil.example", ""])
def test_unknown_hosts_are_refused(seen: Workspace, host: str) -> None:
    """A page elsewhere that points its name at this machine (DNS rebinding) gets nothing."""
    with signed(seen) as client:
        answer = client.get("/v1/segments", headers={"host": host})
    assert answer.status_code == 403
    assert answer.json()["code"] == "refused"


@pytest.mark.parametrize("host", ["127.0.0.1:8700", "localhost:8700", "[::1]:8700"])
def test_this_machine_may_ask(seen: Workspace, host: str) -> None:
    with signed(seen) as client:
        assert client.get("/v1/status", headers={"host": host}).status_code == 200


def test_other_pages_may_not_read_or_frame_it(http: TestClient) -> None:
    answer = http.get("/v1/status", headers={"origin": "https://elsewhere.example"})
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_no_route_answers_personal_data(http: TestClient, seen: Workspace) -> None:
    texts = [http.get(r).text for r in ROUTES]
    assert [s for s in shop.SECRETS for t in texts if s in t] == []
    who = next(iter(seen.customers(find=shop.PHONE)))["customer_id"]
    body = http.get(f"/v1/customers/C{who}").text
    assert "남" in body  # masked, and there
    assert [s for s in shop.SECRETS if s in body] == []


@pytest.mark.parametrize(
    "name", ["..%2f..%2fetc%2fpasswd", "/etc/hosts", "%2Fetc%2Fhosts.yaml", "draft.yaml", "..\\x.yml"]
)
def test_no_path_reads_a_file(http: TestClient, name: str) -> None:
    for tail in ("members", "profile", "why/C2"):
        answer = http.get(f"/v1/segments/{name}/{tail}")
        assert answer.status_code == 404
        assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.10", "::", "shop.example"])
def test_it_is_served_to_this_machine_only(seen: Workspace, host: str) -> None:
    with pytest.raises(RefusedError, match="other machines"):
        serve(seen, host=host)


@pytest.mark.parametrize(
    ("host", "written"),
    [("127.0.0.1", "127.0.0.1:80"), ("localhost", "localhost:80"), ("::1", "[::1]:80"), ("[::1]", "[::1]:80")],
)
def test_where_it_listens_can_be_opened(host: str, written: str) -> None:
    assert authority(host, 80) == written
    if ":" in host and not _ipv6():
        pytest.skip("this machine has no IPv6")
    with _listening(host, 0) as here, socket.create_connection(here.getsockname()[:2], 20) as there:
        assert is_loopback(there.getpeername()[0])


def _ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as one:
            one.bind(("::1", 0))
    except OSError:
        return False
    return True


def test_a_number_no_store_can_keep_is_refused_where_it_is_read(http: TestClient) -> None:
    found = http.get("/v1/openapi.json").json()["paths"]
    tried = 0
    for path, operations in found.items():
        for method, operation in operations.items():
            asked = {p["name"]: p["schema"] for p in operation.get("parameters", ()) if p["in"] == "path"}
            if any(schema.get("type") == "integer" for schema in asked.values()):
                there = re.sub(r"{[^}]*}", str(2**63), path)
                answer = http.request(method, there, json={} if method in ("post", "put", "patch") else None)
                assert answer.status_code == 422, (method, path, answer.text)
                tried += 1
    assert tried > 15


def test_the_description_is_json(http: TestClient) -> None:
    body = http.get("/v1/openapi.json").json()
    assert json.dumps(body)
    assert all("summary" in get for path in body["paths"].values() for get in path.values())
