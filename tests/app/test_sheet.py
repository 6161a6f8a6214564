"""One customer as the console shows it: found, masked, with a history in pages; what an unmerge would repair."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dangol.app import Workspace
from dangol.schema import NotFoundError, RefusedError
from tests.app import shop, world


def paged(ws: Workspace, customer: int, limit: int, **asked: Any) -> list[dict[str, Any]]:
    """A whole timeline by pages."""
    rows: list[dict[str, Any]] = []
    before = ""
    for _ in range(1000):
        page = ws.timeline(customer, "en", before=before, limit=limit, **asked)
        assert len(page["rows"]) <= limit
        rows += page["rows"]
        if page["next"] is None:
            return rows
        before = page["next"]
    raise AssertionError("it never ends")


def danbi(ws: Workspace) -> int:
    return int(next(iter(ws.customers(find=shop.PHONE)))["customer_id"])


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50, 200])
def test_pages_of_any_size_are_the_same_history(seen: Workspace, limit: int) -> None:
    who = danbi(seen)
    whole = paged(seen, who, 200)
    assert paged(seen, who, limit) == whole
    keys = [(row["kind"], row["id"]) for row in whole]
    assert len(set(keys)) == len(keys)
    assert [row["at"] for row in whole] == sorted((row["at"] for row in whole), reverse=True)
    events = list(seen.sql(f"SELECT event_id FROM events WHERE customer_id = {who}"))
    consents = list(seen.sql(f"SELECT 1 AS n FROM consents WHERE customer_id = {who}"))
    kinds = [row["kind"] for row in whole]
    assert kinds.count("order") + kinds.count("event") == len(events)
    assert kinds.count("consent") == len(consents)


def test_orders_come_with_their_lines(seen: Workspace) -> None:
    who = danbi(seen)
    orders = paged(seen, who, 50, kinds=["order"])
    lines = list(seen.sql(f"SELECT amount FROM order_items WHERE customer_id = {who}"))
    assert sum(len(order["lines"]) for order in orders) == len(lines)
    assert sum(line["amount"] for order in orders for line in order["lines"]) == sum(line["amount"] for line in lines)


def test_a_place_that_was_not_given_out_is_refused(seen: Workspace) -> None:
    for text in ("x", "2026-01-01|order", "2026-01-01T00:00:00|nothing|1", "2026-01-01T00:00:00+00:00|order|1"):
        with pytest.raises(RefusedError, match="no place"):
            seen.timeline(danbi(seen), "en", before=text)


def test_by_name_and_kind(seen: Workspace) -> None:
    who = danbi(seen)
    counts = seen.timeline(who, "en")["counts"]
    for each in counts:
        assert len(paged(seen, who, 50, name=each["name"])) == each["n"]
    assert {row["kind"] for row in paged(seen, who, 50, kinds=["consent", "order"])} <= {"consent", "order"}


@pytest.mark.parametrize("value", [shop.PHONE, shop.PHONE.replace("-", ""), shop.EMAIL, shop.EMAIL.upper(), shop.LOGIN])
def test_found_by_any_identifier_in_full(seen: Workspace, value: str) -> None:
    (found,) = seen.find_customers(value, "en")
    assert found["customer_id"] == danbi(seen)
    assert not any(secret in str(found) for secret in shop.SECRETS)
    assert seen.list_customers("en", value=value)["of"] == 1


@pytest.mark.parametrize("value", ["", " ", "없는값", shop.PHONE[:-1], "C0", "C999999", "%", "' OR 1=1"])
def test_a_part_finds_nobody(seen: Workspace, value: str) -> None:
    assert seen.find_customers(value, "ko") == []


def test_a_list_is_the_table(seen: Workspace) -> None:
    page = seen.list_customers("en", chosen=["revenue", "orders"], order="-revenue", limit=5, offset=2)
    real = list(seen.sql("SELECT customer_id, revenue FROM customers ORDER BY revenue DESC NULLS LAST, customer_id"))
    assert [(r["customer_id"], r["values"]["revenue"]) for r in page["rows"]] == [
        (r["customer_id"], r["revenue"]) for r in real[2:7]
    ]
    assert page["of"] == len(real)
    inside = seen.list_customers("en", segment="regulars", limit=500)
    assert {r["customer_id"] for r in inside["rows"]} == {r["customer_id"] for r in seen.members("regulars")}
    with pytest.raises(NotFoundError, match="there is no trait"):
        seen.list_customers("en", chosen=["reveneu"])
    file = seen.all_customers("en", chosen=["revenue"], order="-revenue")
    assert [r["customer"] for r in file] == [f"C{r['customer_id']}" for r in real]
    for asked in ({}, {"segment": "regulars"}, {"value": shop.EMAIL}, {"value": "nobody@nowhere.example"}):
        page, whole = seen.list_customers("en", limit=500, **asked), seen.all_customers("en", **asked)
        assert whole.columns == ["customer", *(c["column"] for c in page["columns"])]
        assert [r["customer"] for r in whole] == [r["customer"] for r in page["rows"]]


def test_a_sheet_is_masked_and_whole(seen: Workspace) -> None:
    sheet = seen.sheet(danbi(seen), "ko")
    assert [s for s in shop.SECRETS if s in str(sheet)] == []
    assert {t["trait"] for t in sheet["traits"]} >= {"orders", "revenue", "lifecycle_stage"}
    assert {s["segment"] for s in sheet["segments"] if s["state"] == "in"} == {
        r["segment"]
        for r in seen.sql(f"SELECT segment FROM memberships WHERE left_at IS NULL AND customer_id = {danbi(seen)}")
    }
    assert all(isinstance(i["node"], str) for i in sheet["identifiers"])
    assert sum(i["oldest"] for i in sheet["identifiers"]) == 1


def test_revealing_needs_a_reason_and_is_written_down(seen: Workspace) -> None:
    with pytest.raises(RefusedError, match="needs a reason"):
        seen.reveal(danbi(seen), "en", reason=" ")
    shown = seen.reveal(danbi(seen), "en", reason="call about an order")
    assert shop.EMAIL in {row["value"] for row in shown["person"]}
    assert seen.store.audit.entries(action="vault.read")[0].reason == "call about an order"


def test_what_a_preview_says_is_what_an_unmerge_does_and_it_keeps_nothing(ready: Path) -> None:
    """Preview and deed from the same start: every number the preview told is then read from the tables."""
    with shop.reopen(ready) as ws:
        who = danbi(ws)
        nodes = [int(i["node"]) for i in ws.sheet(who, "en")["identifiers"] if i["kind"] in ("email", "user_id")]
        before = world.tables(ws), world.held(ws)
        said = ws.split_preview(who, "en", identifiers=nodes[:1])
        assert (world.tables(ws), world.held(ws)) == before
        stays, *new = said["customers"]  # one new customer, or two where what was cut off held the rest together
        assert stays["before"] is not None
        assert [c["before"] for c in new] in ([None], [None, None])
        assert stays["before"]["events"] == sum(c["after"]["events"] for c in said["customers"])
        done = ws.unmerge(who, identifiers=nodes[:1])
        assert {m["node"] for m in said["moved"]} == {str(m["node"]) for m in done}
        for told in said["customers"]:
            number = int(told["customer"][1:])
            (real,) = ws.sql(f"SELECT count(*) AS n FROM events WHERE customer_id = {number}")
            assert told["after"]["events"] == real["n"]
            kinds = {i["node"] for i in ws.sheet(number, "en")["identifiers"]}
            assert {i["node"] for i in told["after"]["identifiers"]} == kinds
            inside = {s["segment"] for s in ws.sheet(number, "en")["segments"] if s["state"] == "in"}
            assert len(inside) == told["after"]["segments"]
            assert {s["segment"] for s in told["enters"]} <= inside
            assert not {s["segment"] for s in told["leaves"]} & inside
            shown = {t["trait"]: t["value"] for t in ws.sheet(number, "en")["traits"]}
            assert {t["trait"]: t["after"] for t in told["traits"]} == {
                t["trait"]: shown[t["trait"]] for t in told["traits"]
            }
        back = ws.split_preview(who, "en", entry=done.facts["entry"])
        assert {m["node"] for m in back["moved"]} == {str(m["node"]) for m in done}


def test_a_merge_is_previewed_too(ready: Path) -> None:
    with shop.reopen(ready) as ws:
        one, other = (r["customer_id"] for r in list(ws.customers(limit=2)))
        said = ws.join_preview(one, other, "ko")
        gone = next(c for c in said["customers"] if c["customer"] == f"C{max(one, other)}")
        stays = next(c for c in said["customers"] if c["customer"] == f"C{min(one, other)}")
        assert gone["after"] is None
        assert stays["after"]["events"] == stays["before"]["events"] + gone["before"]["events"]
        with pytest.raises(RefusedError):
            ws.split_preview(one, "en", identifiers=[])
