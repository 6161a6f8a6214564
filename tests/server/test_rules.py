"""The builder over HTTP: reading, counting, superseding; drafts and publishing; two people at one segment."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
import yaml
from starlette.testclient import TestClient

from dangol.app import Role, Workspace
from dangol.engine import sql
from dangol.schema import ConflictError, EngineError, Text
from dangol.server.latest import Latest
from tests.app import shop
from tests.server.signed import signed

RULE = {"trait": "orders", "at_least": 2}


@pytest.fixture(scope="module")
def http(seen: Workspace) -> Iterator[TestClient]:
    with signed(seen) as client:
        yield client


def test_a_rule_is_checked_counted_sampled_and_compared(http: TestClient) -> None:
    checked = http.post("/v1/rules/check", json={"where": RULE}).json()
    assert checked["sound"]
    counted = http.post("/v1/rules/count", json={"where": RULE}).json()
    members = http.post("/v1/rules/sample", json={"where": RULE, "limit": 100, "reasons": False}).json()
    assert counted["customers"] == len(members)
    assert counted["query"] == checked["query"]
    assert all(isinstance(r["value"] or "", str) for r in http.post("/v1/rules/differ", json={"where": RULE}).json())
    assert {r["segment"] for r in http.post("/v1/rules/overlap", json={"where": RULE}).json()} >= {"regulars"}
    text = http.post("/v1/rules/members.csv", json={"where": RULE})
    assert text.headers["content-type"].startswith("text/csv")
    assert len(text.text.strip().splitlines()) - 1 == len(members)


@pytest.mark.parametrize(
    ("body", "sound"),
    [
        ({"text": "trait: orders\nat_least: 2"}, True),
        ({"text": "SELECT customer_id FROM customers WHERE orders >= 2", "kind": "sql"}, True),
        ({"text": "SELECT customer_id FROM customers", "kind": "sql"}, False),
        ({"text": "trait: ["}, False),
        ({"text": ""}, False),
        ({"where": None}, False),
        ({"where": []}, False),
        ({"where": {"all": [[[[]]]]}}, False),
    ],
)
def test_text_is_read_and_what_is_wrong_is_an_answer_not_an_error(http: TestClient, body: object, sound: bool) -> None:
    answer = http.post("/v1/rules/check", json=body)
    assert answer.status_code == 200
    assert answer.json()["sound"] is sound
    assert sound or answer.json()["problems"]


def test_a_count_of_what_is_wrong_is_refused_with_its_place(http: TestClient) -> None:
    answer = http.post("/v1/rules/count?lang=ko", json={"where": {"trait": "ordrs", "is": 1}})
    assert (answer.status_code, answer.json()["code"]) == (422, "definition")
    assert answer.json()["problems"][0]["where"] == "where.trait"


def test_an_older_question_of_a_tab_is_not_answered(http: TestClient) -> None:
    ask = {"where": RULE, "tab": "t1"}
    assert http.post("/v1/rules/count", json={**ask, "number": 5}).status_code == 200
    late = http.post("/v1/rules/count", json={**ask, "number": 4})
    assert (late.status_code, late.json()["code"]) == (409, "conflict")
    assert http.post("/v1/rules/count", json={**ask, "number": 6}).status_code == 200
    assert http.post("/v1/rules/count", json={**ask, "tab": "t2", "number": 1}).status_code == 200


def test_a_newer_question_ends_the_one_that_runs() -> None:
    latest, ended, outcome = Latest(), threading.Event(), []

    def ask() -> None:
        try:
            with latest.only("tab", 1, ended.set):
                assert ended.wait(10)
                raise EngineError(Text("interrupted", "멈췄습니다"))
        except ConflictError:
            outcome.append("superseded")

    thread = threading.Thread(target=ask)
    thread.start()
    while "tab" not in latest._running:
        time.sleep(0.01)
    with latest.only("tab", 2, lambda: None):
        thread.join(10)
    assert outcome == ["superseded"]
    with pytest.raises(EngineError), latest.only("tab", 3, lambda: None):
        raise EngineError(Text("no space", "공간이 없습니다"))


def test_a_running_query_is_ended_in_the_engine(seen: Workspace) -> None:
    """The real thing: a query that would take minutes ends at once when a newer question comes."""
    endless = sql("SELECT sum(a.i * b.i) AS n FROM range(3000000) AS a(i), range(3000000) AS b(i)")
    latest, outcome, begun = Latest(), [], threading.Event()

    def ask() -> None:
        try:
            with latest.only("tab", 1, seen.stopper()):
                begun.set()
                seen.engine.run(endless)
        except ConflictError:
            outcome.append("superseded")

    thread = threading.Thread(target=ask)
    thread.start()
    assert begun.wait(5)
    time.sleep(0.3)
    with latest.only("tab", 2, seen.stopper()):
        assert seen.count_rule(RULE)["customers"] > 0  # this thread's own question goes on
    thread.join(20)
    assert outcome == ["superseded"]


def test_two_people_at_one_segment(ws: Workspace) -> None:
    document = {"segment": "mine", "says": {"ko": "내 것", "en": "Mine"}, "where": RULE}
    with (
        signed(ws, Role.MARKETER) as one,
        signed(ws, Role.ANALYST) as two,
    ):
        assert one.put("/v1/definitions/segments/mine/draft", json={"document": document}).json()["version"] == 1
        told = two.put("/v1/definitions/segments/mine/draft?lang=ko", json={"document": document})
        assert (told.status_code, told.json()["code"]) == (409, "conflict")
        path = "/v1/definitions/segments/mine/publish"
        effect = one.post(path, json={"document": document, "dry_run": True}).json()
        assert effect["segments"][0]["enters"] > 0
        assert one.post(path, json={"document": document}).json()["version"] == 1
        theirs = {**document, "where": {"trait": "orders", "at_least": 3}}
        late = two.post(path, json={"document": theirs, "seen": 0})
        assert late.status_code == 409
        assert late.json()["theirs"]["version"] == 1
        assert late.json()["theirs"]["document"] == document
        assert two.post(path, json={"document": theirs, "seen": 1}).json()["version"] == 2
        documents = list(yaml.safe_load_all(two.get("/v1/definitions/segments.yaml").text))
        assert theirs in documents


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AGENT])
def test_who_may_only_look_changes_and_takes_nothing(ws: Workspace, role: Role) -> None:
    with signed(ws, role) as client:
        assert client.post("/v1/rules/count", json={"where": RULE}).status_code == 200
        for answer in (
            client.put("/v1/definitions/segments/x/draft", json={"document": {}}),
            client.delete("/v1/definitions/segments/x/draft?seen=0"),
            client.post("/v1/definitions/segments/x/publish", json={"document": None}),
            client.post("/v1/rules/members.csv", json={"where": RULE}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "refused")


def test_no_answer_holds_personal_data(http: TestClient) -> None:
    everyone = {"any": [{"trait": "orders", "exists": True}, {"trait": "orders", "missing": True}]}
    texts = [
        http.post("/v1/rules/sample", json={"where": everyone, "limit": 100}).text,
        http.post("/v1/rules/members.csv", json={"where": everyone}).text,
        http.get("/v1/catalogue/fields").text,
        *(http.get(f"/v1/catalogue/values?of=items&field={f}").text for f in ("title", "order_id", "product_id")),
    ]
    assert [s for s in shop.SECRETS for t in texts if s in t] == []
