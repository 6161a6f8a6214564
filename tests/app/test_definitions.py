"""Definitions as files, and questions about segments, drafts and names that are not there."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from dangol.app import Workspace
from dangol.schema import DefinitionError, NotFoundError, RefusedError
from tests.app import shop, world

DRAFT = "where: {did: Order Completed, at_least: 2 times}\n"


def test_pull_plan_apply(ws: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "defs"
    assert {r["name"] for r in ws.pull(folder)} == {"regulars", "everyone-with-an-order"}
    assert ws.plan(folder).changes == ()
    file = folder / "segments" / "regulars.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("at_least: 4 times", "at_least: 3 times"), encoding="utf-8"
    )
    planned = ws.plan(folder)
    assert [(c.name, c.what) for c in planned.changes] == [("regulars", "change")]
    expected = ws.count(str(_draft(tmp_path, "where: {did: Order Completed, at_least: 3 times}\n"))).customers
    ws.apply(planned, note="a test")
    assert len(ws.members("regulars")) == expected
    assert ws.plan(folder).changes == ()
    assert len(ws.store.definitions.versions("segment", "regulars")) == 2


def test_what_is_deleted_from_a_pulled_folder_is_removed(ws: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "defs"
    ws.pull(folder)
    (folder / "segments" / "regulars.yaml").unlink()
    planned = ws.plan(folder)
    assert [(c.name, c.what) for c in planned.changes] == [("regulars", "remove")]
    ws.apply(planned)
    with pytest.raises(NotFoundError):
        ws.members("regulars")
    assert world.one(ws, "SELECT count(*) FROM memberships WHERE segment = 'regulars' AND left_at IS NULL") == 0


def test_a_folder_that_was_not_pulled_removes_nothing(ws: Workspace, tmp_path: Path) -> None:
    text = "segment: new\nsays: {ko: 새, en: New}\nwhere: {trait: orders, at_least: 1}\n"
    planned = ws.plan(shop.definitions(tmp_path / "mine", text))
    assert [(c.name, c.what) for c in planned.changes] == [("new", "add")]


def test_drift_is_refused(ws: Workspace, tmp_path: Path) -> None:
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    ws.pull(mine)
    ws.pull(theirs)
    for folder, times in ((mine, 2), (theirs, 3)):
        file = folder / "segments" / "regulars.yaml"
        file.write_text(file.read_text(encoding="utf-8").replace("4 times", f"{times} times"), encoding="utf-8")
    late = ws.plan(mine)
    ws.apply(ws.plan(theirs))
    with pytest.raises(RefusedError, match="regulars"):
        ws.plan(mine)
    with pytest.raises(RefusedError):
        ws.apply(late)
    assert ws.store.definitions.get("segment", "regulars").body["where"]["at_least"] == "3 times"


def test_all_mistakes_of_all_files_come_together(ws: Workspace, tmp_path: Path) -> None:
    bad = (
        "segment: a\nsays: {ko: 가, en: A}\nwhere: {trait: ordres, at_least: 1}\n---\n"
        "segment: b\nsays: {ko: 나, en: B}\nwhere: {in: c}\n---\n"
        "segment: c\nsays: {ko: 다, en: C}\nwhere: {in: b}\n"
    )
    with pytest.raises(DefinitionError) as wrong:
        ws.plan(shop.definitions(tmp_path / "bad", bad))
    said = " ".join(map(str, wrong.value.problems))
    assert "orders" in said
    assert "b → c → b" in said
    with pytest.raises(DefinitionError, match="no trait, segment, tracking plan or dashboard"):
        ws.plan(shop.definitions(tmp_path / "other", "colour: red\n"))
    with pytest.raises(DefinitionError, match="two segments"):
        ws.plan(shop.definitions(tmp_path / "twice", shop.SEGMENTS + "---\n" + shop.SEGMENTS))


def _draft(folder: Path, text: str = DRAFT) -> Path:
    file = folder / "draft.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_draft_answers_like_a_segment(seen: Workspace, tmp_path: Path) -> None:
    draft = str(_draft(tmp_path))
    by_hand = world.one(
        seen,
        "SELECT count(*) FROM (SELECT customer_id FROM events WHERE name = 'Order Completed'"
        " AND customer_id IS NOT NULL GROUP BY 1 HAVING count(*) >= 2) AS t",
    )
    count = seen.count(draft)
    assert count.customers == by_hand > 1
    assert {r["customer_id"] for r in seen.members(draft)} >= {r["customer_id"] for r in seen.members("regulars")}
    who = next(iter(seen.members(draft)))["customer_id"]
    assert "Order Completed" in seen.why(draft, who).text("en")
    assert seen.sql(seen.segment_sql(draft)).table.num_rows == by_hand
    (row,) = seen.overlap(draft, "regulars")
    assert (row["size_a"], row["size_b"], row["both"]) == (
        by_hand,
        len(seen.members("regulars")),
        len(seen.members("regulars")),
    )
    assert seen.segment_profile("everyone-with-an-order", "ko").note


def test_names_that_are_not_there_come_with_the_nearest(seen: Workspace, tmp_path: Path) -> None:
    for ask in (seen.count, seen.members, seen.segment_sql, seen.segment_profile):
        with pytest.raises(NotFoundError) as wrong:
            ask("regular")
        assert "regulars" in wrong.value.hint.en
    with pytest.raises(NotFoundError):
        seen.count("nowhere.yaml")
    with pytest.raises(DefinitionError):
        seen.count(str(_draft(tmp_path, "where: [")))
    with pytest.raises(DefinitionError):
        seen.members("regulars", as_of="yesterday-ish")
    with pytest.raises(NotFoundError):
        seen.why("regulars", 999)


def test_members_as_of_a_date(ws: Workspace, tmp_path: Path) -> None:
    now = len(ws.members("regulars"))
    assert len(ws.members("regulars", as_of="2026-11-23")) == now
    assert list(ws.members("regulars", as_of="2020-01-01")) == []


def test_sql_reads_and_never_writes(seen: Workspace) -> None:
    assert len(seen.sql("SELECT DISTINCT name FROM events")) >= 3
    for text in (
        "DELETE FROM events",
        "DROP TABLE events",
        "COPY events TO 'x.csv'",
        "SELECT * FROM read_csv('x.csv')",
        "ATTACH 'x.db'",
    ):
        with pytest.raises(RefusedError):
            seen.sql(text)


def test_segments_and_traits_are_listed_in_both_languages(seen: Workspace) -> None:
    for lang, word in (("ko", "고객"), ("en", "customers")):
        assert all(word in r["rule"] for r in seen.segments(lang))
    assert {r["family"] for r in seen.traits("ko", family="behavioural")} == {"behavioural"}
    assert all(yaml.safe_load(r["rule"]) for r in seen.traits("en"))
    assert {r["check"] for r in seen.doctor("ko")} >= {"열쇠", "표"}
    assert all("·" not in r["what"] for r in (*seen.status("ko"), *seen.status("en")))


def test_the_key_warning_is_a_note_and_no_check_is_wrong(seen: Workspace) -> None:
    states = {r["name"]: r["state"] for r in seen.doctor("en")}
    assert states["key"] == "note"
    assert "wrong" not in states.values()
