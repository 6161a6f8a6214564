"""What arrives is catalogued, held against a plan, accepted into one; nothing personal is shown, nothing grows without bound."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from dangol.app import Workspace
from dangol.collect.tracking import OTHER
from dangol.schema import DefinitionError, NotFoundError
from tests.app import shop, world
from tests.app.test_live import drain, send


@pytest.fixture
def fresh(empty: Path, tmp_path: Path) -> Iterator[Workspace]:
    with shop.reopen(Path(shutil.copytree(empty, tmp_path / "shop"))) as ws:
        yield ws


def view(number: int, /, **properties: Any) -> dict[str, Any]:
    return {
        "type": "track", "event": "Product Viewed", "anonymousId": f"a-{number % 7}", "messageId": f"v-{number}",
        "timestamp": f"2026-11-{20 + number % 2}T01:00:00Z", "properties": properties,
    }  # fmt: skip


PLAN = """\
tracking: site
strictness: strict
events:
  Product Viewed:
    properties:
      product_id: {type: text, required: true}
      color: {type: text, allowed: [red, blue]}
      size: {type: text, pattern: "^[A-Z]+$"}
      seconds: number
      old: {deprecated: true}
  Cart Viewed: {deprecated: true}
"""


def planned(ws: Workspace, folder: Path, text: str = PLAN) -> None:
    ws.apply(ws.plan(shop.definitions(folder, text)), refresh=False)


def table(ws: Workspace) -> dict[str, dict[str, Any]]:
    return {r["property"]: r for r in ws.event_properties("Product Viewed")}


def test_events_and_properties_are_catalogued_as_they_arrive(fresh: Workspace) -> None:
    send(fresh, {"batch": [view(i, product_id="p", color="red", seconds=i, new=i % 2 == 0) for i in range(10)]})
    send(fresh, {"batch": [view(99, color=7, page={"name": "신상품", "kind": "가을"})]})
    drain(fresh)
    (row,) = fresh.events()
    assert (row["event"], row["source"], row["count"], row["planned"]) == ("Product Viewed", "site", 11, None)
    assert str(row["first_seen"]).startswith("2026-11-20 01:00")
    seen = table(fresh)
    assert set(seen) == {"product_id", "color", "seconds", "new", "page.name", "page.kind"}
    assert seen["color"]["types"] == "text 91%, number 9%"
    assert round(seen["page.name"]["filled"], 2) == 0.09
    assert "red" in seen["color"]["examples"]  # several people said it
    assert seen["page.kind"]["examples"] == []  # one person did
    assert seen["new"]["examples"] == ["true", "false"]
    assert [r["count"] for r in fresh.event_volumes("Product Viewed", days=5)] == [6, 5]


def test_a_message_sent_again_is_counted_once(fresh: Workspace) -> None:
    for _ in range(3):
        send(fresh, {"batch": [view(1, color="red"), view(2, color="red")]})
        drain(fresh)
    (row,) = fresh.events()
    assert row["count"] == 2
    assert sum(r["count"] for r in fresh.store.seen.rows() if r["property"] == "color") == 2


def test_a_candidate_becomes_an_example_when_a_third_person_says_it(fresh: Workspace) -> None:
    for n, shown in enumerate([[], [], ["가을"]]):
        send(fresh, {"batch": [view(n, season="가을"), view(n + 7, season="가을")]})  # the same person twice
        drain(fresh)
        assert table(fresh)["season"]["examples"] == shown


def test_no_example_is_personal(fresh: Workspace) -> None:
    secrets = {
        "note": f"{shop.NAME} {shop.PHONE}", "contact": shop.EMAIL, "이름": shop.NAME, "recipient_name": shop.NAME,
        "code": "AB12-99XZ-77Q3", "number": 1_234_567_890, "member": "20261122001", "site": "https://shop.example/u/7",
        "nick": "danbi", "text": "a-very-unique-thing",
    }  # fmt: skip
    send(fresh, {"batch": [view(0, **secrets)]})
    send(fresh, {"batch": [view(i, **{k: v for k, v in secrets.items() if k != "text"}) for i in range(1, 6)]})
    drain(fresh)
    assert [r["property"] for r in fresh.event_properties("Product Viewed") if r["examples"]] == []
    assert world.holding(fresh.folder, *shop.SECRETS[1:]) == []


def test_a_sender_that_invents_names_stays_within_bounds(fresh: Workspace) -> None:
    for start in range(0, 3000, 1000):
        calls = [
            {
                "type": "track",
                "event": f"Event {i}",
                "anonymousId": "a",
                "messageId": f"e{i}",
                "properties": {f"p{i}": i},
            }
            for i in range(start, start + 1000)
        ]
        send(fresh, {"batch": calls})
        drain(fresh)
    send(fresh, {"batch": [view(i, **{f"random {i} {j}": j for j in range(20)}) for i in range(50)]})
    drain(fresh)
    rows = fresh.store.seen.rows()
    kept = [r for r in rows if not r["property"] and r["event"] != OTHER]
    assert len(kept) == 500
    assert sum(r["count"] for r in rows if r["event"] == OTHER) == 2500 + 50
    shown = list(fresh.events())
    assert len(shown) == 1001
    assert sum(r["count"] for r in shown) == 3050
    assert shown[-1]["event"].startswith(OTHER)


def test_random_properties_of_one_event_stay_within_bounds(fresh: Workspace) -> None:
    send(fresh, {"batch": [view(i, **{f"random {i} {j}": j for j in range(20)}) for i in range(50)]})
    drain(fresh)
    rows = {r["property"]: r for r in fresh.store.seen.rows() if r["property"]}
    assert len(rows) == 201
    assert rows[OTHER]["count"] == 800
    assert rows[OTHER]["examples"] == []


def test_violations_are_counted_and_shown_and_the_events_are_kept(fresh: Workspace, tmp_path: Path) -> None:
    planned(fresh, tmp_path / "plan")
    calls = [
        view(1, product_id="p", color="red", size="XL", seconds=3),  # as planned
        view(2, color="red"),  # no product_id
        view(3, product_id="p", color="green"),
        view(4, product_id="p", color=5),
        view(5, product_id="p", size="xl"),
        view(6, product_id="p", old=1, extra=shop.EMAIL),
        {**view(7), "event": "Cart Viewed"},
        {**view(8), "event": "Prodct Viewed"},
        {**view(9), "event": "Prodct Viewed"},
    ]
    send(fresh, {"batch": calls})
    assert drain(fresh).events == 9
    found = {(r["kind"], r["event"], r["property"]): r for r in fresh.violations()}
    assert {k: r["count"] for k, r in found.items()} == {
        ("missing_property", "Product Viewed", "product_id"): 1,
        ("not_allowed", "Product Viewed", "color"): 1,
        ("wrong_type", "Product Viewed", "color"): 1,
        ("not_allowed", "Product Viewed", "size"): 1,
        ("deprecated", "Product Viewed", "old"): 1,
        ("unknown_property", "Product Viewed", "extra"): 1,
        ("deprecated", "Cart Viewed", ""): 1,
        ("unknown_event", "Prodct Viewed", ""): 2,
    }
    assert found["not_allowed", "Product Viewed", "color"]["samples"][0].endswith(": aaaaa")
    assert {r["day"] for r in found.values()} == {"2026-11-22"}
    event = int(found["unknown_event", "Prodct Viewed", ""]["samples"][0].split(":")[0])
    assert world.one(fresh, f"SELECT name FROM events WHERE event_id = {event}") == "Prodct Viewed"
    assert {r["event"]: (r["planned"], r["violations"]) for r in fresh.events()} == {
        "Product Viewed": (True, 6), "Cart Viewed": (True, 1), "Prodct Viewed": (False, 2),
    }  # fmt: skip
    (plan,) = fresh.tracking()
    assert (plan["source"], plan["events"], plan["violations"]) == ("site", 2, 9)
    send(fresh, {"batch": [{**view(10 + i), "event": "Prodct Viewed"} for i in range(9)]})
    drain(fresh)
    (again,) = list(fresh.violations(event="Prodct Viewed"))
    assert (again["count"], len(again["samples"])) == (11, 5)


def test_a_plan_that_is_known_only_checks_what_it_names(fresh: Workspace, tmp_path: Path) -> None:
    planned(fresh, tmp_path / "plan", PLAN.replace("strict\n", "known\n"))
    send(fresh, {"batch": [view(1, product_id="p", extra=1), {**view(2), "event": "Else"}, view(3, seconds="ten")]})
    drain(fresh)
    assert {r["kind"] for r in fresh.violations()} == {"missing_property", "wrong_type"}


def test_a_plan_is_accepted_from_what_was_seen(fresh: Workspace) -> None:
    send(
        fresh, {"batch": [view(i, product_id="p", color="red", **({"size": "XL"} if i % 2 else {})) for i in range(6)]}
    )
    send(
        fresh,
        {"batch": [{**view(9, color=3), "event": "Cart Viewed"}, {**view(10, color="x"), "event": "Cart Viewed"}]},
    )
    drain(fresh)
    assert yaml.safe_load(fresh.accept_tracking("site", dry_run=True))["tracking"] == "site"
    assert len(fresh.tracking()) == 0
    one = yaml.safe_load(fresh.accept_tracking("site", events=["Product Viewed"]))
    assert one["events"] == {
        "Product Viewed": {
            "properties": {
                "color": {"type": "text", "required": True},
                "product_id": {"type": "text", "required": True},
                "size": {"type": "text"},
            }
        }
    }
    send(fresh, {"batch": [view(20, product_id="p", color="red", taste="sweet"), {**view(21), "event": "Cart Viewed"}]})
    drain(fresh)
    assert {r["kind"] for r in fresh.violations()} == {"unknown_property", "unknown_event"}
    both = yaml.safe_load(fresh.accept_tracking("site"))
    assert both["events"]["Cart Viewed"]["properties"]["color"] == {}  # of two types
    assert both["events"]["Product Viewed"]["properties"]["taste"] == {"type": "text"}
    assert both["events"]["Product Viewed"]["properties"]["size"] == {"type": "text"}
    assert fresh.store.definitions.get("tracking", "site").version == 2
    with pytest.raises(NotFoundError, match="did you mean Cart Viewed"):
        fresh.accept_tracking("site", events=["Cart View"])
    with pytest.raises(NotFoundError, match="one of site"):
        fresh.accept_tracking("nobody")


def test_a_plan_is_checked_before_it_is_applied(fresh: Workspace, tmp_path: Path) -> None:
    send(fresh, {"batch": [view(1, product_id="p", color=3), view(2, odd=1), {**view(3), "event": "Else"}]})
    drain(fresh)
    file = tmp_path / "plan.yaml"
    file.write_text(PLAN, encoding="utf-8")
    found = {(r["kind"], r["event"], r["property"]): r["count"] for r in fresh.check_tracking(file)}
    assert found == {
        ("wrong_type", "Product Viewed", "color"): 1,
        ("unknown_property", "Product Viewed", "odd"): 1,
        ("missing_property", "Product Viewed", "product_id"): 1,
        ("unknown_event", "Else", ""): 1,
    }
    wrong = "tracking: site\nstrictness: hard\nevents: {A: {properties: {a: {type: txt, patern: x, pattern: '('}}}}\n"
    file.write_text(wrong, encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        fresh.check_tracking(file)
    assert {p.where for p in caught.value.problems} == {
        "site.strictness", "site.events.A.properties.a.type", "site.events.A.properties.a.patern",
        "site.events.A.properties.a.pattern",
    }  # fmt: skip
    with pytest.raises(DefinitionError):
        fresh.plan(shop.definitions(tmp_path / "wrong", wrong))


def test_plans_are_definitions_like_others(fresh: Workspace, tmp_path: Path) -> None:
    planned(fresh, tmp_path / "first")
    fresh.pull(tmp_path / "pulled")
    file = tmp_path / "pulled" / "tracking" / "site.yaml"
    assert yaml.safe_load(file.read_text(encoding="utf-8")) == yaml.safe_load(PLAN)
    file.write_text(
        file.read_text(encoding="utf-8").replace("strictness: strict", "strictness: known"), encoding="utf-8"
    )
    changed = fresh.plan(tmp_path / "pulled")
    assert [(c.kind, c.name, c.what) for c in changed.changes] == [("tracking", "site", "change")]
    assert len(changed.answer) == 1
    fresh.apply(changed)
    assert [r["strictness"] for r in fresh.tracking()] == ["known"]
    file.unlink()
    fresh.apply(fresh.plan(tmp_path / "pulled"))
    assert len(fresh.tracking()) == 0


def test_files_are_catalogued_too(fresh: Workspace, tmp_path: Path) -> None:
    fresh.import_files([shop.events(tmp_path / "events.csv")])
    assert {r["event"]: r["count"] for r in fresh.events()} == {"Product Viewed": 5, "Page Viewed": 5}
    assert {r["property"] for r in fresh.event_properties("Product Viewed")} == {"product_id"}


def test_an_event_nobody_sent_is_named_with_the_nearest(fresh: Workspace) -> None:
    send(fresh, {"batch": [view(1)]})
    drain(fresh)
    with pytest.raises(NotFoundError, match="did you mean Product Viewed"):
        fresh.event_properties("Product View")
