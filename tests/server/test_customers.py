"""One customer over HTTP: by id or identifier; the same as the terminal shows; nothing personal in the clear, anywhere."""

from __future__ import annotations

import csv
import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from starlette.testclient import TestClient

from dangol.app import Workspace
from dangol.app.lookup import Named
from dangol.engine import DuckDBEngine, sql
from tests.app import shop
from tests.server.signed import bearer, nobody, signed


@pytest.fixture(scope="module")
def http(seen: Workspace) -> Iterator[TestClient]:
    with signed(seen) as client:
        yield client


def look(http: TestClient, **body: Any) -> Any:
    return http.post("/v1/customers/lookup", json=body)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("user_id", shop.LOGIN), ("phone", shop.PHONE), ("phone", "+82 10-9876-1234"), ("email", shop.EMAIL),
        ("email", shop.EMAIL.upper()), ("", shop.PHONE), ("", shop.EMAIL),
    ],
)  # fmt: skip
def test_every_identifier_leads_to_its_customer(http: TestClient, seen: Workspace, kind: str, value: str) -> None:
    answer = look(http, kind=kind, value=value)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    (who,) = {row["customer_id"] for row in seen.customers(find=shop.PHONE)}
    assert body["customer"] == f"C{who}"
    assert [s for s in shop.SECRETS if s in answer.text] == []
    assert {"email", "phone", "name"} <= {row["kind"] for row in body["person"]}


def test_it_is_what_the_terminal_shows(http: TestClient, seen: Workspace) -> None:
    for who in seen.customers(limit=30).table["customer_id"].to_pylist():
        whole = seen.customer(who)
        body = http.get(f"/v1/customers/C{who}?lang={seen.lang}").json()
        assert [r["segment"] for r in body["segments"]] == [r["segment"] for r in whole.segments]
        for family in ("demographic", "behavioural", "analytic"):
            told = [(r["trait"], r["says"], r["value"]) for r in body[family]]
            assert told == [(r["trait"], r["says"], r["value"]) for r in getattr(whole, family)]
        assert sorted((r["kind"], r["value"]) for r in body["identifiers"]) == sorted(
            (r["kind"], r["value"]) for r in whole.identifiers
        )


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_segments_have_their_sentence_and_why(http: TestClient, seen: Workspace, lang: str) -> None:
    body = http.post(
        f"/v1/customers/lookup?lang={lang}", json={"kind": "user_id", "value": shop.LOGIN, "reasons": True}
    ).json()
    listed = {r["segment"]: r["rule"] for r in seen.segments(lang)}  # type: ignore[arg-type]
    assert body["segments"]
    for row in body["segments"]:
        assert row["rule"] == listed[row["segment"]]
        assert row["since"]
        assert row["why"]["met"] is True
        assert bool(re.search("[가-힣]", row["rule"])) is (lang == "ko")


def test_several_identifiers_of_one_customer(http: TestClient) -> None:
    both = [{"kind": "phone", "value": shop.PHONE}, {"kind": "email", "value": shop.EMAIL}]
    assert look(http, identifiers=both).status_code == 200
    assert look(http, kind="user_id", value=shop.LOGIN, identifiers=both).status_code == 200


def test_identifiers_of_two_customers_are_said_to_be_so(http: TestClient) -> None:
    two = [{"kind": "user_id", "value": shop.LOGIN}, {"kind": "user_id", "value": "user01"}]
    answer = look(http, identifiers=two)
    assert (answer.status_code, answer.json()["code"]) == (409, "ambiguous")
    assert re.search(r"C\d+, C\d+", answer.json()["hint"])


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"kind": "email", "value": "nobody@haneul-mail.kr"}, 404, "not_found"),
        ({"kind": "user_id", "value": "ghost"}, 404, "not_found"),
        ({"kind": "shoe_size", "value": "270"}, 422, "definition"),
        ({"kind": "email", "value": "not an address"}, 422, "definition"),
        ({}, 422, "definition"),
        ({"kind": "email"}, 422, "definition"),
        ({"identifiers": []}, 422, "definition"),
        ({"identifiers": [{"value": "a"}] * 21}, 422, "invalid"),
        ({"value": 7}, 422, "invalid"),
        ({"kind": "user_id", "value": "x" * 2000}, 422, "invalid"),
        ([], 422, "invalid"),
    ],
)
def test_errors_are_clear_in_both_languages(http: TestClient, body: Any, status: int, code: str) -> None:
    for lang in ("ko", "en"):
        answer = http.post(f"/v1/customers/lookup?lang={lang}", json=body)
        said = answer.json()
        assert (answer.status_code, said["code"]) == (status, code), said
        assert "haneul" not in answer.text
        assert bool(re.search("[가-힣]", said["message"])) is (lang == "ko"), said


@pytest.mark.parametrize(
    "text", [b'{"value": "\\ud800"}', b"{", b"", b'{"value": NaN}', b"[" * 5000, b'{"value": 1e999}']
)
def test_what_is_no_text_is_refused(http: TestClient, text: bytes) -> None:
    answer = http.post("/v1/customers/lookup", content=text, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["code"] in ("invalid", "definition", "http")


def test_no_identifier_in_a_log_or_an_error(http: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for value in (shop.EMAIL, shop.PHONE, "stranger@haneul-mail.kr"):
            answer = look(http, kind="", value=value)
            assert value not in answer.text
    assert [s for s in (*shop.SECRETS, "stranger") if s in caplog.text] == []


def test_a_merged_id_leads_on(ws: Workspace) -> None:
    kept, gone = sorted(ws.customers(limit=2).table["customer_id"].to_pylist())
    ws.merge(kept, gone, reason="one person")
    with signed(ws) as http:
        body = http.get(f"/v1/customers/C{gone}").json()
        assert (body["asked"], body["customer_id"]) == (gone, kept)
        assert http.get(f"/v1/customers/C{kept}").json()["customer_id"] == kept


def test_an_erased_customer_is_gone(ws: Workspace) -> None:
    who = next(iter(ws.customers(find=shop.PHONE)))["customer_id"]
    with signed(ws) as http:
        assert look(http, kind="phone", value=shop.PHONE).status_code == 200
        ws.erase(who, reason="asked for it")
        assert look(http, kind="phone", value=shop.PHONE).status_code == 404
        assert http.get(f"/v1/customers/C{who}").status_code == 404


def test_whoever_has_no_line_yet_has_their_segments(ws: Workspace) -> None:
    """Memberships are followed at once; the line of traits comes with the next refresh."""
    who = next(iter(ws.customers(find=shop.PHONE)))["customer_id"]
    before = ws.seen(who)
    assert [r["segment"] for r in before["segments"]] == sorted(r["segment"] for r in ws.customer(who).segments)
    assert before["segments"]
    ws.engine.delete("customers", sql("customer_id = :n", n=who))
    after = ws.seen(who)
    assert after == {**before, "demographic": [], "behavioural": [], "analytic": []}
    assert ws.lookup([Named(shop.PHONE)])["segments"] == before["segments"]


def test_a_lookup_asks_little(seen: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each question gives the interpreter lock away a dozen times, and has to win it back while events stream in."""
    asked: list[str] = []
    real = DuckDBEngine._wait

    def counted(self: DuckDBEngine, *said: Any, **more: Any) -> Any:
        asked.append("engine")
        return real(self, *said, **more)

    who = next(iter(seen.customers(find=shop.PHONE)))["customer_id"]
    with nobody(seen) as http:
        http.headers.update(bearer(seen, "viewer"))
        questions = (
            lambda: look(http, kind="user_id", value=shop.LOGIN),
            lambda: look(http, kind="phone", value=shop.PHONE),
            lambda: http.get(f"/v1/customers/C{who}"),
        )
        for question in questions:
            assert question().status_code == 200
        monkeypatch.setattr(DuckDBEngine, "_wait", counted)
        monkeypatch.setattr("dangol.app.lookup.FRESH", 1e9)
        event.listen(seen.store._engine, "before_cursor_execute", lambda *said: asked.append(f"store: {said[2]}"))
        for question in questions:
            asked.clear()
            assert question().status_code == 200
            assert asked.count("engine") == 2, asked
            (store,) = [a for a in asked if a != "engine"]
            assert "vault_entries" in store


def test_a_changed_definition_is_told_at_once(ws: Workspace) -> None:
    with signed(ws) as http:
        before = look(http, kind="user_id", value=shop.LOGIN).json()["segments"]
        name = before[0]["segment"]
        body = dict(ws.store.definitions.get("segment", name).body) | {"says": {"ko": "새 이름", "en": "New name"}}
        ws.store.definitions.put("segment", name, body, actor="t", now=shop.NOW)
        after = look(http, kind="user_id", value=shop.LOGIN).json()["segments"]
        assert next(s for s in after if s["segment"] == name)["says"] in ("새 이름", "New name")


def test_many_may_ask_at_once(http: TestClient, seen: Workspace) -> None:
    ids = seen.customers(limit=10).table["customer_id"].to_pylist()
    expected = {c: http.get(f"/v1/customers/C{c}").json() for c in ids}
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda c: (c, http.get(f"/v1/customers/C{c}").json()), ids * 6))
    assert all(body == expected[c] for c, body in found)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(["", "email", "phone", "user_id", "card", "ci", "serial"]), value=st.text(max_size=60))
def test_any_text_is_answered(http: TestClient, kind: str, value: str) -> None:
    answer = look(http, kind=kind, value=value)
    assert answer.status_code in (200, 404, 409, 422), answer.text


def test_a_list_as_a_file_is_the_list_and_names_nobody_in_the_log(http: TestClient, seen: Workspace) -> None:
    """The searched value is in bodies only; lists of words are cells of a file, too."""
    (who,) = {row["customer_id"] for row in seen.customers(find=shop.PHONE)}
    listed = [c["column"] for c in http.post("/v1/customers/list", json={}).json()["choice"]]
    for asked in ({}, {"columns": listed}):
        answer = http.post("/v1/customers/export", json={**asked, "value": shop.EMAIL})
        head, *rows = csv.reader(answer.content.decode("utf-8-sig").splitlines())
        assert (answer.status_code, [row[0] for row in rows]) == (200, [f"C{who}"])
        assert set(head) <= {"customer", *listed}
    entry = next(e for e in seen.store.audit.entries() if e.action == "rows.exported")
    assert entry.after["by_identifier"] is True
    assert shop.EMAIL not in str(entry)
