"""Drafts, publishing, versions: a dry run says what then happens, the second of two is told, nothing is lost."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import yaml

from dangol.app import Workspace
from dangol.app.workspace import acting
from dangol.schema import ConflictError, DefinitionError, NotFoundError, RefusedError

RULE: dict[str, Any] = {"trait": "orders", "at_least": 2}


def document(name: str, where: Any = None, **more: Any) -> dict[str, Any]:
    return {"segment": name, "says": {"ko": f"{name} 고객", "en": f"{name} customers"}, "where": where or RULE, **more}


def inside(ws: Workspace, name: str) -> set[int]:
    return {
        r["customer_id"]
        for r in ws.sql(f"SELECT customer_id FROM memberships WHERE segment = '{name}' AND left_at IS NULL")
    }


def test_a_draft_is_kept_unfinished_and_counts_nowhere(ws: Workspace) -> None:
    before = {r["segment"] for r in ws.segments()}
    kept = ws.save_draft("new-one", {"says": {"ko": "", "en": "half"}, "where": {"all": []}}, base=0, seen=0)
    assert kept["version"] == 1
    assert {r["segment"] for r in ws.segments()} == before
    (row,) = [r for r in ws.shelf("en") if r["segment"] == "new-one"]
    assert (row["state"], row["draft"], row["says"]) == ("draft", 1, "half")
    opened = ws.open_segment("new-one")
    assert opened["version"] == 0
    assert opened["draft"]["document"]["where"] == {"all": []}
    ws.drop_draft("new-one", seen=1)
    with pytest.raises(NotFoundError):
        ws.open_segment("new-one")


def test_of_two_who_keep_a_draft_the_second_is_told(ws: Workspace) -> None:
    with acting("person/1"):
        ws.save_draft("both", document("both"), base=0, seen=0)
    with acting("person/2"), pytest.raises(ConflictError) as told:
        ws.save_draft("both", document("both", {"trait": "orders", "is": 1}), base=0, seen=0)
    assert told.value.theirs["by"] == "person/1"
    assert told.value.theirs["document"]["where"] == RULE  # type: ignore[index]
    assert told.value.as_dict("ko")["theirs"] == told.value.theirs
    with acting("person/2"):  # having seen it
        assert (
            ws.save_draft("both", document("both"), base=0, seen=1)["version"] == 1
        )  # the same again is no new version


def test_a_dry_run_says_what_then_happens(ws: Workspace) -> None:
    said = ws.publish("twice", document("twice"), seen=0, dry_run=True)
    assert "twice" not in {r["segment"] for r in ws.segments()}
    (mine,) = [s for s in said["segments"] if s["segment"] == "twice"]
    done = ws.publish("twice", document("twice"), seen=0, note="first")
    assert done["version"] == 1
    assert len(inside(ws, "twice")) == mine["enters"] > 0
    assert set(said["enters"]) <= inside(ws, "twice")
    before = inside(ws, "twice")
    tighter = document("twice", {"trait": "orders", "at_least": 4})
    said = ws.publish("twice", tighter, seen=1, dry_run=True)
    assert inside(ws, "twice") == before
    ws.publish("twice", tighter, seen=1)
    (mine,) = [s for s in said["segments"] if s["segment"] == "twice"]
    after = inside(ws, "twice")
    assert (mine["enters"], mine["leaves"], mine["stays"]) == (
        len(after - before),
        len(before - after),
        len(after & before),
    )
    assert set(said["leaves"]) <= before - after
    assert ws.count("twice").customers == len(after)


def test_who_reads_it_moves_along(ws: Workspace) -> None:
    ws.publish("base", document("base"), seen=0)
    ws.publish("above", document("above", {"not_in": "base"}), seen=0)
    outside = inside(ws, "above")
    others = {r["segment"]: inside(ws, r["segment"]) for r in ws.segments() if r["segment"] not in ("base", "above")}
    said = ws.publish("base", document("base", {"trait": "orders", "at_least": 1}), seen=1)
    assert {s["segment"]: s["status"] for s in said["segments"]} == {"base": "changed", "above": "affected"}
    assert inside(ws, "above") == outside - inside(ws, "base") != outside
    assert {name: inside(ws, name) for name in others} == others
    assert ws.open_segment("base")["read_by"] == ["above"]
    assert ws.open_segment("above")["reads"]["segments"] == ["base"]


def test_of_two_who_publish_the_second_is_told_and_nothing_is_lost(ws: Workspace) -> None:
    ws.publish("shared", document("shared"), seen=0)
    with acting("person/7"):
        ws.publish("shared", document("shared", {"trait": "orders", "is": 3}), seen=1, note="theirs")
    mine = document("shared", {"trait": "orders", "is": 2})
    for dry_run in (True, False):
        with pytest.raises(ConflictError) as told:
            ws.publish("shared", mine, seen=1, dry_run=dry_run)
        assert (told.value.theirs["by"], told.value.theirs["version"]) == ("person/7", 2)
    ws.publish("shared", mine, seen=2)  # chosen with open eyes
    notes = [(v["version"], v["by"], v["document"]["where"]) for v in ws.segment_versions("shared", "en")]
    assert [n[0] for n in notes] == [3, 2, 1]
    assert notes[1][1:] == ("person/7", {"trait": "orders", "is": 3})


def test_an_older_version_can_be_used_again(ws: Workspace) -> None:
    ws.publish("back", document("back"), seen=0)
    first = inside(ws, "back")
    ws.publish("back", document("back", {"trait": "orders", "at_least": 5}), seen=1)
    old = ws.segment_versions("back")[-1]["document"]
    assert ws.publish("back", old, seen=2, note="as before")["version"] == 3
    assert inside(ws, "back") == first
    assert ws.segment_versions("back")[0]["yaml"] == ws.segment_versions("back")[-1]["yaml"]


def test_what_others_read_is_not_archived_and_what_is_archived_comes_back(ws: Workspace) -> None:
    ws.publish("base", document("base"), seen=0)
    ws.publish("above", document("above", {"in": "base"}), seen=0)
    with pytest.raises(RefusedError, match="above"):
        ws.publish("base", None, seen=1)
    assert ws.publish("above", None, seen=1, dry_run=True)["segments"][0]["leaves"] > 0
    ws.publish("above", None, seen=1)
    assert inside(ws, "above") == set()
    (row,) = [r for r in ws.shelf("ko") if r["segment"] == "above"]
    assert (row["state"], row["says"]) == ("archived", "above 고객")
    opened = ws.open_segment("above")
    assert opened["archived"]
    ws.publish("above", opened["document"], seen=opened["version"])
    assert inside(ws, "above") == inside(ws, "base")


def test_publishing_takes_the_draft_along(ws: Workspace) -> None:
    ws.save_draft("fresh", document("fresh"), base=0, seen=0)
    ws.publish("fresh", document("fresh"), seen=0)
    assert ws.open_segment("fresh")["draft"] is None
    assert ws.save_draft("fresh", document("fresh", folder="x"), base=1, seen=0)["base"] == 1


@pytest.mark.parametrize("name", ["", "a/b", "../x", "a b", "x" * 81, "-x"])
def test_a_name_that_would_not_fit_an_address_is_refused(ws: Workspace, name: str) -> None:
    with pytest.raises(DefinitionError):
        ws.publish(name, document(name), seen=0)


def test_a_broken_document_changes_nothing(ws: Workspace) -> None:
    with pytest.raises(DefinitionError) as told:
        ws.publish("bad", document("bad", {"trait": "ordrs", "at_least": 1}) | {"says": {"ko": "한쪽"}}, seen=0)
    assert {p.where for p in told.value.problems} >= {"segments.bad.says"}
    assert "bad" not in {r["segment"] for r in ws.segments()}


def test_hangul_names_are_names(ws: Workspace) -> None:
    ws.publish("단골-손님", document("단골-손님"), seen=0)
    assert ws.count("단골-손님").customers == len(inside(ws, "단골-손님")) > 0


def test_what_is_published_is_what_pull_writes(ws: Workspace, tmp_path: Any) -> None:
    folder = tmp_path / "definitions"
    ws.publish("twice", document("twice", tags=["a"], folder="f"), seen=0)
    ws.pull(folder)
    written = yaml.safe_load((folder / "segments" / "twice.yaml").read_text(encoding="utf-8"))
    documents = [d for d in yaml.safe_load_all(ws.segments_yaml()) if d["segment"] == "twice"]
    assert documents == [written] == [document("twice", tags=["a"], folder="f")]
    assert len(ws.plan(folder).changes) == 0


def test_other_segments_keep_the_time_they_were_computed(ws: Workspace) -> None:
    before = {r["segment"]: r for r in ws.segment_state()}
    ws.publish("later", document("later"), seen=0)
    after = {r["segment"]: r for r in ws.segment_state()}
    assert {n: r["full_at"] for n, r in after.items() if n in before} == {n: r["full_at"] for n, r in before.items()}
    assert isinstance(after["later"]["first_at"], dt.datetime)
