"""What the builder asks: counts against the members, reach against the ledger, samples page by page, values that many share."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from dangol.app import Workspace
from dangol.app.fields import LEAST
from dangol.schema import DefinitionError, Lang, NotFoundError

RULES: dict[str, Any] = {
    "trait": {"trait": "orders", "at_least": 2},
    "did": {"did": "Order Completed", "at_least": 1, "within": "90 days"},
    "not": {"not": {"did": "Order Cancelled"}},
    "both": {"all": [{"trait": "orders", "at_least": 1}, {"not_in": "regulars"}]},
    "sequence": {"sequence": [{"did": "Order Completed"}, {"did": "Order Completed", "within": "60 days"}]},
    "top": {"top": {"by": "revenue", "percent": 20}},
    "everyone": {"any": [{"trait": "orders", "exists": True}, {"trait": "orders", "missing": True}]},
    "nobody": {"trait": "orders", "at_least": 10_000},
}


def _rows(ws: Workspace, text: str) -> list[dict[str, Any]]:
    return list(ws.sql(text))


def _who(ws: Workspace, body: Any) -> set[int]:
    return {r["customer_id"] for r in ws.sample_rule(body, limit=10_000, reasons=False)}


@pytest.mark.parametrize("name", RULES)
def test_a_count_is_as_many_as_the_members(seen: Workspace, name: str) -> None:
    found = seen.count_rule(RULES[name])
    assert found["customers"] == len(_who(seen, RULES[name]))
    assert found["everyone"] == _rows(seen, "SELECT count(*) AS n FROM customers")[0]["n"]
    assert found["as_of"] is not None


def test_a_segment_counts_as_it_stands(seen: Workspace) -> None:
    assert seen.count_rule({"in": "regulars"})["customers"] == seen.count("regulars").customers


@pytest.mark.parametrize("name", RULES)
def test_reach_is_what_the_ledger_says(seen: Workspace, name: str) -> None:
    """By hand: an address that is not blocked, and the newest word on the channel is a yes."""
    who = _who(seen, RULES[name])
    kinds = {"email": "email", "sms": "phone", "kakao": "phone", "phone": "phone", "push": "device_id"}
    addresses: dict[str, set[int]] = {k: set() for k in kinds.values()}
    for row in _rows(seen, "SELECT customer_id, kind, blocked FROM identifiers"):
        if row["kind"] in addresses and row["blocked"] is None:
            addresses[row["kind"]].add(row["customer_id"])
    newest: dict[tuple[Any, ...], tuple[Any, str]] = {}
    strict = {"granted": 0, "refused": 1, "withdrawn": 2}
    for row in _rows(seen, "SELECT customer_id, node, channel, state, at FROM consents WHERE purpose = 'advertising'"):
        key = (row["customer_id"], row["node"], row["channel"])
        word = (row["at"], strict[row["state"]], row["state"])
        newest[key] = max(newest.get(key, word), word)  # type: ignore[type-var]
    for one in seen.count_rule(RULES[name])["reach"]:
        addressed = addresses[kinds[one["channel"]]] & who
        agreed = {c for (c, _, channel), word in newest.items() if channel == one["channel"] and word[-1] == "granted"}
        assert (one["address"], one["allowed"]) == (len(addressed), len(addressed & agreed)), one


def test_pages_of_members_hold_everybody_once(seen: Workspace) -> None:
    body = RULES["everyone"]
    pages = [seen.sample_rule(body, limit=4, offset=o, reasons=False) for o in range(0, 40, 4)]
    ids = [r["customer_id"] for page in pages for r in page]
    assert len(ids) == len(set(ids))
    assert set(ids) == _who(seen, body)


@pytest.mark.parametrize(("lang", "word"), [("ko", "조건에 맞습니다"), ("en", "in because")])
def test_a_member_comes_with_why(seen: Workspace, lang: Lang, word: str) -> None:
    found = list(seen.sample_rule(RULES["trait"], lang, limit=3))
    assert found
    assert all(r["why"].startswith(word) for r in found)


def test_everything_wrong_is_told_at_once_with_its_place(seen: Workspace) -> None:
    body = {"all": [{"trait": "ordrs", "at_least": 1}, {"in": "regular"}, {"did": "Order Completed", "sum": "amount"}]}
    found = seen.check_rule(body, "en")
    assert not found["sound"]
    assert {p["where"] for p in found["problems"]} >= {"where.all[0].trait", "where.all[1].in", "where.all[2]"}
    assert "orders" in found["problems"][0]["hint"]
    assert "regulars" in found["problems"][1]["hint"]


@pytest.mark.parametrize("name", RULES)
def test_what_is_sound_reads_back_the_same(seen: Workspace, name: str) -> None:
    found = seen.check_rule(RULES[name], "ko")
    assert found["sound"], found["problems"]
    assert found["says"]["ko"].endswith("고객")
    assert found["says"]["en"].startswith("customers")
    again = seen.check_rule(seen.read_rule(found["yaml"]), "ko")
    assert again["where"] == found["where"]
    assert _who(seen, found["where"]) == _who(seen, RULES[name])


def test_sentences_call_segments_by_their_names(seen: Workspace) -> None:
    said = seen.check_rule({"in": "regulars"}, "ko")["says"]
    assert "단골" in said["ko"]
    assert "regulars" not in said["ko"]


def test_a_slip_in_an_event_s_name_is_said(seen: Workspace) -> None:
    found = seen.check_rule({"did": "Order Complete"}, "en")
    assert found["sound"]
    assert "Order Completed" in found["warnings"][0]["hint"]


def test_a_cycle_through_the_segment_being_written_is_seen(seen: Workspace) -> None:
    found = seen.check_rule({"not": {"in": "regulars"}}, "en", name="regulars")
    assert not found["sound"]


@pytest.mark.parametrize(
    "text",
    ["a: &x [1]\nb: *x", "trait: [", "x" * 200_000, "&a [*a]"],
    ids=["alias", "broken", "long", "itself"],
)
def test_text_that_cannot_be_read_is_a_problem(seen: Workspace, text: str) -> None:
    with pytest.raises(DefinitionError):
        seen.read_rule(text)


def test_a_short_select_is_read_as_a_rule(seen: Workspace) -> None:
    body = seen.read_rule("SELECT customer_id FROM customers WHERE orders >= 2 AND NOT revenue < 100", "sql")
    assert body == {"all": [{"trait": "orders", "at_least": 2}, {"trait": "revenue", "at_least": 100}]}
    with pytest.raises(DefinitionError):
        seen.read_rule("DELETE FROM customers", "sql")


def test_overlap_is_what_sets_say(seen: Workspace) -> None:
    who = _who(seen, RULES["trait"])
    for row in seen.overlap_rule(RULES["trait"], (), "en"):
        there = {r["customer_id"] for r in seen.members(row["segment"])}
        assert (row["size"], row["shared"]) == (len(there), len(there & who))


def test_the_palette_holds_what_rules_can_say(seen: Workspace) -> None:
    found = seen.fields("ko")
    assert {t["family"] for t in found["traits"]} >= {"demographic", "behavioural"}
    assert {s["segment"] for s in found["segments"]} == {r["segment"] for r in seen.segments()}
    counted = {r["name"]: r["n"] for r in _rows(seen, "SELECT name, count(*) AS n FROM events GROUP BY name")}
    assert {e["event"]: e["count"] for e in found["events"]} == counted
    stage = next(t for t in found["traits"] if t["name"] == "lifecycle_stage")
    for value in stage["values"]:
        assert value["customers"] == seen.count_rule({"trait": "lifecycle_stage", "is": value["value"]})["customers"]


def test_a_value_that_few_said_is_not_offered(seen: Workspace) -> None:
    told = _rows(seen, "SELECT product_id AS v, count(DISTINCT customer_id) AS n FROM order_items GROUP BY 1")
    offered = seen.field_values(of="items", field="product_id", lang="en")
    assert {(r["value"], r["customers"]) for r in offered} <= {(r["v"], r["n"]) for r in told}
    assert all(r["customers"] >= LEAST for r in offered)


@pytest.mark.parametrize("field", ["properties", "amount", "customer_id", "nothing"])
def test_values_come_from_words_only(seen: Workspace, field: str) -> None:
    with pytest.raises(NotFoundError):
        seen.field_values(of="events", field=field)


def test_members_as_csv_are_written_down(ws: Workspace) -> None:
    text = ws.members_csv(RULES["trait"]).decode("utf-8-sig")
    lines = text.strip().splitlines()
    assert len(lines) - 1 == ws.count_rule(RULES["trait"])["customers"]
    entry = next(e for e in ws.store.audit.entries() if e.action == "members.export")
    assert entry.after["customers"] == len(lines) - 1


def test_a_document_is_checked_whole(seen: Workspace) -> None:
    body = yaml.safe_load("{segment: x, says: {ko: 엑스}, where: {trait: orders, at_least: 1}}")
    found = seen.check_rule(body, "en")
    assert not found["sound"]
    assert found["problems"][0]["where"] == "segments.x.says"
