"""Who is who over HTTP: seen without personal data; values blocked and let go; rules tried, judged, published, taken back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from dangol.app import Workspace
from dangol.app.joining import precision
from dangol.server import create
from tests.app import shop
from tests.server.test_imports import HERE, ended

LOOSE = {"kinds": {"user_id": {"unique": False, "cap": 5}}}
PHONE = "010-5555-1000"
SECRETS = (PHONE, PHONE.replace("-", ""), "+821055551000", "own1@haneul-mail.kr")


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    """Ten logins, of whom two share a phone."""
    with Workspace.create(tmp_path / "shop", watch=lambda: shop.NOW, language="en") as made:
        made.import_files([shop.logins(tmp_path / "orders.csv")], accept_proposals=True)
        yield made


@pytest.fixture
def http(ws: Workspace) -> Iterator[TestClient]:
    app = create(ws, open_here=True)
    with TestClient(app, base_url=HERE, client=("127.0.0.1", 5000), headers={"x-dangol": "console"}) as client:
        yield client


def whose(ws: Workspace) -> dict[int, int]:
    return {r["node"]: r["customer_id"] for r in ws.engine.sql("SELECT node, customer_id FROM identifiers").to_pylist()}


def test_everything_is_shown_masked(http: TestClient) -> None:
    seen = http.get("/v1/identity").json()
    assert (seen["customers"], seen["identifiers"]) == (11, 29)
    assert {k["kind"]: k["identifiers"] for k in seen["kinds"]} == {"user_id": 10, "email": 10, "phone": 9}
    assert seen["conflicts"] == [{"reason": "contested", "n": 1}]
    (conflict,) = http.get("/v1/identity/conflicts").json()
    assert (conflict["kind"], conflict["value"], len(conflict["customers"])) == ("phone", "010-****-1000", 2)
    top = http.get("/v1/identity/biggest?limit=1").json()[0]
    graph = http.get(f"/v1/identity/graph/{top['customer']}").json()
    assert len(graph["nodes"]) == graph["identifiers"] == top["identifiers"] == 3
    assert {(n["kind"], n["oldest"]) for n in graph["nodes"]} >= {("user_id", False)} or graph["nodes"][0]["oldest"]
    nodes = {n["node"] for n in graph["nodes"]}
    assert all(isinstance(n, str) for n in nodes), "64 bits are too many for JSON's numbers in a browser"
    assert all({t["a"], t["b"]} <= nodes for t in graph["ties"])
    said = json.dumps([seen, conflict, graph], ensure_ascii=False)
    assert not any(secret in said for secret in SECRETS)


def test_rules_are_tried_judged_published_and_taken_back(http: TestClient, ws: Workspace) -> None:
    before = whose(ws)
    tried = ended(http, http.post("/v1/identity/rules/try", json={"policy": LOOSE}))
    found: dict[str, Any] = tried["result"]
    assert (found["before"], found["after"], found["joins"], found["separations"]) == (11, 9, 2, 0)
    assert whose(ws) == before, "a trial writes nothing"
    assert not any(secret in json.dumps(found, ensure_ascii=False) for secret in SECRETS)
    keys = [p["key"] for p in found["pairs"]]
    for key, verdict in zip(keys, ("same", "unsure"), strict=True):
        assert (
            http.post("/v1/identity/rules/judge", json={"key": key, "verdict": verdict, "joins": True}).status_code
            == 200
        )
    score = http.get(f"/v1/identity/rules/try/{tried['id']}/score").json()["joins"]
    assert (score["right"], score["wrong"], score["unsure"], score["estimate"]) == (1, 0, 1, 1.0)
    assert set(http.get("/v1/identity/rules/judged").json()) == set(keys)
    done = ended(
        http, http.post("/v1/identity/rules/publish", json={"policy": LOOSE, "version": 0, "note": "families"})
    )
    assert (done["result"]["version"], done["result"]["merges"]) == (1, 2)
    assert not ws.policy.kinds["user_id"].unique
    assert len(set(whose(ws).values())) == 9
    orders = ws.engine.sql("SELECT max(orders) AS n FROM customers").to_pylist()[0]["n"]
    assert orders == 4, "traits of the merged were computed again"
    late = http.post("/v1/identity/rules/publish", json={"policy": {}, "version": 0})
    assert ended(http, late, "failed")["error"]["code"] == "refused"
    back = ended(http, http.post("/v1/identity/rules/revert", json={"to": 0}))
    assert back["result"]["version"] == 2
    assert whose(ws) == before
    rules = http.get("/v1/identity/rules").json()
    assert [(v["version"], v["body"]) for v in rules["versions"]] == [(2, {}), (1, LOOSE)]
    again = ended(http, http.post("/v1/identity/rules/revert", json={"to": 1}))
    assert again["result"]["merges"] == 2


def test_wrong_rules_and_wrong_verdicts_are_refused_at_once(http: TestClient) -> None:
    wrong = http.post("/v1/identity/rules/try", json={"policy": {"kinds": {"emal": {"cap": 0}}}})
    assert (wrong.status_code, wrong.json()["problems"][0]["where"]) == (422, "kinds.emal")
    assert (
        http.post("/v1/identity/rules/judge", json={"key": "1-2", "verdict": "maybe", "joins": True}).status_code == 422
    )
    assert http.post("/v1/identity/rules/judge", json={"key": "a", "verdict": "same", "joins": True}).status_code == 422


def test_a_value_is_blocked_and_let_go_after_a_look(http: TestClient, ws: Workspace) -> None:
    before = whose(ws)
    value = {"kind": "phone", "value": "010 5555 1004"}
    told = http.post("/v1/identity/block", json={**value, "dry_run": True}).json()
    assert whose(ws) == before
    done = http.post("/v1/identity/block", json={**value, "reason": "the shop's own"}).json()
    after = whose(ws)  # who keeps the number where a value held others together goes by the shop's keys
    assert told["identifiers"] == sum(before[n] != after.get(n) for n in before) >= 1
    listed = http.get("/v1/identity/blocked").json()
    assert (listed["total"], listed["rows"][0]["node"], listed["rows"][0]["reason"]) == (1, done["node"], "by_hand")
    (entry,) = http.get("/v1/identity/log").json()
    assert (entry["action"], entry["node"]) == ("block", done["node"])
    http.post("/v1/identity/unblock", json={"node": done["node"]})
    assert whose(ws) == before
    assert [e.reason for e in ws.store.audit.entries(action="identity.block")] == ["the shop's own"]
    unknown = http.post("/v1/identity/block", json={"kind": "phone", "value": "010-1111-2222"})
    assert unknown.status_code == 404
    assert "1111" not in unknown.text


def test_a_merge_is_taken_back_by_its_entry(http: TestClient, ws: Workspace) -> None:
    before = whose(ws)
    first, second = sorted(set(before.values()))[:2]
    entry = ws.merge(first, second, reason="one person").facts["entry"]
    (row,) = http.get("/v1/identity/log").json()
    assert (row["entry"], row["action"], row["why"], row["undone"]) == (entry, "merge", "one person", False)
    assert http.post(f"/v1/identity/log/{entry}/undo", json={"dry_run": True}).json()["identifiers"] > 0
    http.post(f"/v1/identity/log/{entry}/undo", json={"reason": "two after all"})
    assert whose(ws) == before
    assert {(r["action"], r["undone"]) for r in http.get("/v1/identity/log").json()} == {
        ("revoke", False),
        ("merge", True),
    }
    assert http.post("/v1/identity/log/99/undo", json={}).status_code == 403


@pytest.mark.parametrize(
    ("right", "wrong", "low", "high"),
    [(81, 182, 0.2553, 0.3662), (15, 133, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 28, 0.0061, 0.1718)],
)
def test_the_interval_is_wilson_s(right: int, wrong: int, low: float, high: float) -> None:
    """Method 3 of Newcombe, Statistics in Medicine 17 (1998) 857-872, table I."""
    found = precision(right, wrong)
    assert found["low"] == pytest.approx(low, abs=6e-5)
    assert found["high"] == pytest.approx(high, abs=6e-5)
    assert precision(0, 0) == {"estimate": None, "low": None, "high": None}
