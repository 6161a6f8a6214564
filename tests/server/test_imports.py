"""Files over HTTP: uploaded, looked at, imported as jobs, mended, taken back; garbage, torn and doubled uploads."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from dangol.app import Workspace
from dangol.app.spool import Spool
from dangol.server import create
from tests.app import shop

HERE = "http://127.0.0.1:8700"


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "shop", watch=lambda: shop.NOW, language="en") as made:
        yield made


@pytest.fixture
def http(ws: Workspace) -> Iterator[TestClient]:
    app = create(ws, open_here=True)
    with TestClient(app, base_url=HERE, client=("127.0.0.1", 5000), headers={"x-dangol": "console"}) as client:
        yield client


def sent(http: TestClient, file: Path | bytes, name: str = "") -> str:
    body = file if isinstance(file, bytes) else file.read_bytes()
    named = name or (file.name if isinstance(file, Path) else "file")
    answer = http.put("/v1/uploads", content=body, headers={"x-file-name": named})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["upload"])


def look(http: TestClient, upload: str, **how: Any) -> dict[str, Any]:
    answer = http.post(f"/v1/uploads/{upload}/look", json=how)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def ended(http: TestClient, answer: Any, state: str = "done") -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    until = time.monotonic() + 60
    while time.monotonic() < until:
        job = http.get(f"/v1/jobs/{answer.json()['id']}").json()
        if job["state"] not in ("waiting", "running"):
            assert job["state"] == state, job
            return job  # type: ignore[no-any-return]
        time.sleep(0.02)
    raise AssertionError("it never ended")


def imported(http: TestClient, *uploads: str, **how: Any) -> dict[str, Any]:
    files = [{"upload": u, "mapping": look(http, u)["mapping"]} for u in uploads]
    return ended(http, http.post("/v1/imports", json={"files": files, **how}))["result"]  # type: ignore[no-any-return]


def test_a_file_with_errors_is_imported_mended_and_read_again(http: TestClient, ws: Workspace, tmp_path: Path) -> None:
    orders, members = shop.orders(tmp_path / "orders.csv", bad=True), shop.members(tmp_path / "members.csv")
    uploads = [sent(http, orders), sent(http, members)]
    tried = imported(http, *uploads, dry_run=True)
    assert (tried["rows"], tried["taken"], tried["quarantined"]) == (53, 52, {"bad_number": 1})
    assert ws.store.batches.all() == []
    done = imported(http, *uploads)
    assert {k: done[k] for k in ("rows", "taken", "quarantined")} == {
        k: tried[k] for k in ("rows", "taken", "quarantined")
    }
    assert list((ws.folder / "spool").iterdir()) == [], "files go once they are taken"
    (why,) = http.get("/v1/quarantine/reasons").json()
    assert (why["reason"], why["field"], why["n"]) == ("bad_number", "quantity", 1)
    held = http.get(
        "/v1/quarantine", params={"batch": why["batch"], "reason": "bad_number", "field": "quantity"}
    ).json()
    assert held["total"] == 1
    (bad,) = [c for c in held["rows"][0]["cells"] if c["bad"]]
    assert (bad["column"], bad["value"]) == ("수량", "한개")
    for secret in shop.SECRETS:
        assert secret not in json.dumps(held, ensure_ascii=False)
    how = http.get(f"/v1/imports/{why['batch']}/mapping").json()
    body = {"mapping": how["mapping"], "change": [{"column": "수량", "meaning": ""}]}
    mended = http.post(f"/v1/imports/{why['batch']}/mapping", json=body).json()
    assert "quantity" not in mended["mapping"]["columns"]
    trial = http.post("/v1/quarantine/try", json={"batch": why["batch"], "mapping": mended["mapping"]}).json()
    assert (trial["rows"], trial["taken"], trial["quarantined"]) == (1, 1, {})
    assert http.get("/v1/quarantine/reasons").json() == [why], "a try writes nothing"
    again = ended(http, http.post("/v1/quarantine/replay", json={"batch": why["batch"], "mapping": mended["mapping"]}))
    assert again["result"]["taken"] == 1
    assert http.get("/v1/quarantine/reasons").json() == []


def test_the_same_file_twice_says_so_and_changes_nothing(http: TestClient, tmp_path: Path) -> None:
    orders = shop.orders(tmp_path / "orders.csv")
    imported(http, sent(http, orders))
    second = sent(http, orders, "a-copy.csv")
    seen = look(http, second)
    assert (seen["known"]["batch"], seen["known"]["file"]) == (1, "orders.csv")
    again = imported(http, second)
    assert [f["status"] for f in again["files"]] == ["known"]
    assert len(http.get("/v1/imports").json()) == 1


def test_an_import_is_taken_back_after_a_look_at_what_goes(http: TestClient, ws: Workspace, tmp_path: Path) -> None:
    imported(http, sent(http, shop.orders(tmp_path / "orders.csv", count=12)))
    before = ws.engine.stats()
    found = http.post("/v1/imports/1/undo", json={"dry_run": True}).json()["changes"]
    assert ws.engine.stats().tables == before.tables
    done = ended(http, http.post("/v1/imports/1/undo", json={"reason": "wrong shop"}))
    assert done["result"]["changes"] == found
    assert [i["state"] for i in http.get("/v1/imports").json()] == ["undone"]
    (entry,) = ws.store.audit.entries(action="import.undo")
    assert entry.reason == "wrong shop"
    imported(http, sent(http, shop.orders(tmp_path / "orders.csv", count=12)))


def test_an_unknown_header_is_proposed_edited_and_remembered(http: TestClient, ws: Workspace) -> None:
    rows = "\n".join(f"2026-06-{i + 1:02d},a{i % 3},{i * 1000},{i}" for i in range(9))
    upload = sent(http, f"날짜,아이디,금액,메모수\n{rows}\n".encode(), "list.csv")
    seen = look(http, upload)
    assert seen["recognised"] == ""
    assert {c["column"]: c["meaning"] for c in seen["columns"]}["아이디"] == "id:user_id"
    edited = look(http, upload, mapping=seen["mapping"], change=[{"column": "메모수", "meaning": "quantity"}])
    assert {c["column"]: c["meaning"] for c in edited["columns"]}["메모수"] == "quantity"
    wrong = look(http, upload, mapping={**seen["mapping"], "grain": "order_lines", "columns": {}})
    assert {p["where"] for p in wrong["problems"]} >= {"columns.at", "columns.order_id"}
    assert wrong["grain"] == "order_lines"
    assert wrong["preview"] is None
    as_yaml = look(http, upload, yaml=edited["yaml"])
    assert as_yaml["mapping"] == edited["mapping"]
    files = [{"upload": upload, "mapping": {**edited["mapping"], "mapping": "my-list"}}]
    ended(http, http.post("/v1/imports", json={"files": files, "source": "mine"}))
    other = look(http, sent(http, f"날짜,아이디,금액,메모수\n{rows},\n2026-07-01,b,5,6\n".encode(), "next.csv"))
    assert other["recognised"] == "my-list"
    assert [s["source"] for s in http.get("/v1/sources").json()] == ["mine"]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"\x00\x01\x02garbage\xff" * 50, "x.csv"),
        (b"PK\x03\x04not a zip", "x.xlsx"),
        (gzip.compress(bytes(range(256)) * 40, mtime=0)[:120], "x.csv.gz"),
        (b"PAR1" + b"\0" * 100, "x.parquet"),
        (b'{"a": [1, 2', "x.json"),
    ],
    ids=["csv", "xlsx", "gz", "parquet", "json"],
)
def test_garbage_is_one_clear_error(http: TestClient, body: bytes, name: str) -> None:
    answer = http.post(f"/v1/uploads/{sent(http, body, name)}/look", json={})
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] in ("file", "definition")
    assert answer.json()["message"]


def test_an_empty_a_torn_and_a_too_large_file_leave_nothing(
    http: TestClient, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert http.put("/v1/uploads", content=b"", headers={"x-file-name": "a.csv"}).status_code == 422
    torn = http.put("/v1/uploads", content=iter([b"abc"]), headers={"x-file-name": "a.csv", "content-length": "10"})
    assert torn.status_code == 422
    assert "whole" in torn.json()["message"]
    monkeypatch.setattr(ws, "spool", Spool(ws.folder / "spool", 5))
    large = http.put("/v1/uploads", content=iter([b"abc", b"def"]), headers={"x-file-name": "a.csv"})
    assert (large.status_code, large.json()["code"]) == (422, "file")
    korean = http.put("/v1/uploads", content=b"abcdefgh", headers={"x-file-name": "a.csv", "accept-language": "ko"})
    assert "큽니다" in korean.json()["message"]
    assert list((ws.folder / "spool").iterdir()) == []


def test_two_imports_at_once_take_turns(http: TestClient, tmp_path: Path) -> None:
    uploads = [sent(http, shop.orders(tmp_path / f"o{i}.csv", start=40 * i, count=40)) for i in range(2)]
    jobs = [
        http.post("/v1/imports", json={"files": [{"upload": u, "mapping": look(http, u)["mapping"]}]}) for u in uploads
    ]
    assert [ended(http, job)["result"]["taken"] for job in jobs] == [40, 40]
    assert [b["taken"] for b in http.get("/v1/imports").json()] == [40, 40]


def test_rows_are_dismissed_for_a_reason_that_is_kept(http: TestClient, ws: Workspace, tmp_path: Path) -> None:
    imported(http, sent(http, shop.orders(tmp_path / "orders.csv", bad=True)))
    assert http.post("/v1/quarantine/dismiss", json={"reason": " "}).status_code == 403
    done = http.post("/v1/quarantine/dismiss", json={"reason": "a test row", "code": "bad_number"})
    assert done.json() == {"closed": 1}
    assert [e.reason for e in ws.store.audit.entries(action="quarantine.dismissed")] == ["a test row"]
    assert http.get("/v1/quarantine", params={"status": "dismissed"}).json()["total"] == 1


def test_a_row_in_the_clear_needs_a_reason_and_is_written_down(http: TestClient, ws: Workspace, tmp_path: Path) -> None:
    imported(http, sent(http, shop.orders(tmp_path / "orders.csv", bad=True)))
    row = http.get("/v1/quarantine").json()["rows"][0]["id"]
    assert http.post(f"/v1/quarantine/{row}/reveal", json={}).status_code == 403
    clear = http.post(f"/v1/quarantine/{row}/reveal", json={"reason": "call about it"}).json()["row"]
    assert clear["수량"] == "한개"
    assert [e.reason for e in ws.store.audit.entries(action="quarantine.read")] == ["call about it"]
    assert http.post("/v1/quarantine/nothing/reveal", json={"reason": "x"}).status_code == 404


def test_the_list_of_rows_is_a_csv_that_runs_nothing(http: TestClient, tmp_path: Path) -> None:
    imported(http, sent(http, shop.orders(tmp_path / "=cmd.csv", bad=True)))
    answer = http.get("/v1/quarantine/export")
    assert answer.headers["content-disposition"] == 'attachment; filename="quarantine.csv"'
    assert ",'=cmd.csv," in answer.content.decode("utf-8-sig")


def test_keys_are_made_rotated_and_revoked(http: TestClient) -> None:
    made = http.post("/v1/sources/keys", json={"source": "site", "origins": ["https://shop.example"]}).json()
    assert made["key"] in made["tag"]
    second = http.post(f"/v1/sources/keys/{made['number']}/rotate").json()
    assert second["key"] != made["key"]
    rows = http.get("/v1/sources/keys").json()
    assert {(r["source"], r["origins"], r["side"]) for r in rows} == {("site", "https://shop.example", "browser")}
    assert made["key"] not in json.dumps(rows)
    http.post(f"/v1/sources/keys/{made['number']}/revoke")
    assert http.post(f"/v1/sources/keys/{made['number']}/rotate").status_code == 403
    (source,) = http.get("/v1/sources").json()
    assert (source["health"], source["keys"], source["ways"]) == ("waiting", 1, ["browser"])
    assert http.post("/v1/sources/keys", json={"source": "a/b", "origins": ["shop"]}).status_code == 422


HOOK = """
hook: forms
source: forms
signature: {scheme: token, header: X-Token}
event: Form Submitted
id: id
identifiers: {email: mail}
"""


def test_webhooks_are_tried_kept_and_removed(http: TestClient) -> None:
    (told,) = http.post("/v1/webhooks/try", json={"definition": HOOK, "body": '{"id": 1, "mail": "a@b.kr"}'}).json()
    assert (told["event"], told["identifiers"]) == ("Form Submitted", ["email"])
    assert http.post("/v1/webhooks/try", json={"definition": "hook: [", "body": "{}"}).status_code == 422
    made = http.post("/v1/webhooks", json={"definition": HOOK, "new_token": True})
    assert (made.status_code, made.json()["hook"]) == (201, "forms")
    assert made.json()["token"]
    assert [h["hook"] for h in http.get("/v1/webhooks").json()] == ["forms"]
    assert "signature" in http.get("/v1/webhooks/forms").json()["definition"]
    http.delete("/v1/webhooks/forms")
    assert http.get("/v1/webhooks").json() == []


def test_a_plan_is_accepted_checked_and_kept(http: TestClient, tmp_path: Path) -> None:
    imported(http, sent(http, shop.orders(tmp_path / "orders.csv")))
    accepted = http.post("/v1/tracking/cafe24/accept", json={}).json()
    assert "Order Completed" in accepted["yaml"]
    strict = "tracking: cafe24\nstrictness: strict\nevents: {Signed Up: {}}\n"
    found = http.post("/v1/tracking/plans", json={"yaml": strict, "dry_run": True}).json()
    assert {v["kind"] for v in found["violations"]} == {"unknown_event"}
    assert http.get("/v1/tracking/cafe24/plan").json()["yaml"] == accepted["yaml"]
    http.post("/v1/tracking/plans", json={"yaml": strict})
    assert "Signed Up" in http.get("/v1/tracking/cafe24/plan").json()["yaml"]
    assert http.post("/v1/tracking/plans", json={"yaml": "tracking: ["}).status_code == 422
