"""Questions over HTTP: the same answer as Python gives, who is behind a number, and mistakes in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from starlette.testclient import TestClient

from dangol.app import Role, Workspace
from dangol.engine import sql
from dangol.insights import KINDS
from tests.server.signed import signed


@pytest.fixture(scope="module")
def http(seen: Workspace) -> Iterator[TestClient]:
    with signed(seen, Role.VIEWER) as client:
        yield client


def test_every_kind_is_listed_with_its_schema(http: TestClient) -> None:
    found = {k["kind"]: k for k in http.get("/v1/insights?lang=ko").json()}
    assert list(found) == list(KINDS)
    for kind in found.values():
        assert re.search("[가-힣]", kind["says"])
        assert re.search("[가-힣]", kind["asks"])
        assert re.search("[가-힣]", kind["definition"])
        assert kind["schema"]["properties"]["period"]["default"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_answers_without_being_told_anything(http: TestClient, kind: str) -> None:
    answer = http.post(f"/v1/insights/{kind}", json={})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["kind"] == body["question"]["kind"] == kind
    assert body["sql"]
    assert body["definition"]
    assert body["data"]
    assert set(body) >= {"as_of", "period", "compared", "rows_read", "seconds", "by", "notes", "facts"}


def test_the_answer_is_pythons(http: TestClient, seen: Workspace) -> None:
    said = {"measure": "orders", "period": "all", "interval": "month"}
    body = http.post("/v1/insights/trends", json=said).json()
    assert body["data"]["series"] == seen.ask("trends", **said).data["series"].to_pylist()
    assert sum(r["n"] for r in body["data"]["series"]) > 0


def test_who_is_behind_a_number_can_become_a_segment(http: TestClient, seen: Workspace) -> None:
    asked = {
        "steps": [{"event": "Order Completed"}, {"event": "Order Completed"}],
        "period": "all",
        "window": "30 days",
    }
    (first, second) = http.post("/v1/insights/funnel", json=asked).json()["data"]["steps"]
    body = {"question": asked, "cell": {"step": 2, "dropped": True}, "limit": 2}
    found = http.post("/v1/insights/funnel/people?lang=ko", json=body).json()
    assert found["customers"] == first["customers"] - second["customers"] == second["dropped"]
    assert len(found["ids"]) == min(2, found["customers"])
    assert re.search("[가-힣]", found["sentence"])
    assert found["rule"]["all"]
    reached = http.post("/v1/insights/funnel/people", json={"question": asked, "cell": {"step": 1}}).json()
    assert (reached["exact"], reached["customers"]) == (True, first["customers"])


def test_a_question_can_be_looked_at_and_stopped(
    http: TestClient, seen: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By whoever asked it, also before it came; the engine hears it, and nobody else is told that there is one."""
    endless = sql("SELECT sum(a.range * b.range) AS s FROM range(10000000) AS a, range(1000000) AS b")
    monkeypatch.setattr(Workspace, "ask", lambda ws, *_: ws.engine.run(endless))
    mine, ticket, early = http, "a" * 32, "b" * 32
    with signed(seen, Role.ANALYST) as another, ThreadPoolExecutor(1) as beside, ExitStack() as beside_it:
        asked = beside.submit(mine.post, "/v1/insights/trends", params={"ticket": ticket}, json={})
        beside_it.callback(mine.delete, f"/v1/insights/underway/{ticket}")  # whatever fails, it does not go on for ever
        while (looked := mine.get(f"/v1/insights/underway/{ticket}").json())["state"] != "running":
            assert not asked.done()
        assert looked["seconds"] >= 0
        assert another.get(f"/v1/insights/underway/{ticket}").json()["state"] == "none"
        assert another.delete(f"/v1/insights/underway/{ticket}").json() == {"stopped": False}
        assert mine.delete(f"/v1/insights/underway/{ticket}").json() == {"stopped": True}
        assert asked.result(10).json()["message"] == "the question was stopped"
        assert mine.get(f"/v1/insights/underway/{ticket}").json()["state"] == "none"
        assert mine.delete(f"/v1/insights/underway/{early}").json() == {"stopped": False}
        late = mine.post("/v1/insights/trends", params={"ticket": early}, json={})
        assert (late.status_code, late.json()["message"]) == (403, "the question was stopped")
        assert mine.post("/v1/insights/trends", params={"ticket": "no"}, json={}).status_code == 422


def test_mistakes_are_told(http: TestClient) -> None:
    wrong = http.post("/v1/insights/trends?lang=ko", json={"measure": "profit"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "definition")
    assert re.search("[가-힣]", wrong.json()["message"])
    assert http.post("/v1/insights/nothing", json={}).status_code == 404
    assert http.post("/v1/insights/trends", json=[1]).status_code == 422
