"""The starter set: a shop's first segments, held against a plain reading of its events."""

from __future__ import annotations

import csv
import datetime as dt
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from dangol.app import Workspace
from dangol.app.starting import folder_of
from dangol.profiles import Definitions, documents
from tests.app import shop

HANGUL = re.compile("[가-힣]")


def _own_files(folder: Path) -> list[Path]:
    """A shop's exports with something for most of the set: shoppers of one, two and many orders, and visitors."""
    rows: list[list[Any]] = []
    for who in range(24):
        for n in range(1 + who % 6):
            at = dt.datetime(2026, 11, 20, 10, tzinfo=dt.UTC) - dt.timedelta(days=who * 5 + n * (7 + who % 9))
            rows.append([f"u{who}", "Order Completed", at.isoformat(), f"o{who}-{n}", 10_000 + 3_000 * who])
        if who % 4 == 0:
            rows.append([f"u{who}", "Product Viewed", f"2026-11-{19 + who % 3}T12:00:00+00:00", "", ""])
    file = folder / "events.csv"
    with file.open("w", encoding="utf-8", newline="") as text:
        csv.writer(text).writerows([["user_id", "event", "timestamp", "order_id", "revenue"], *rows])
    return [file]


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A new workspace with its own files, the starter set applied."""
    folder = tmp_path_factory.mktemp("started")
    with shop.create(folder / "shop") as ws:
        done = ws.import_files([*shop.files(folder / "exports"), *_own_files(folder)])
        for lang in ("ko", "en"):
            assert any("dangol apply starter" in line for line in done.advice(lang))
            assert "dangol apply starter" in ws.segments(lang).note
        ws.apply(ws.plan("starter"), note="a test")
        yield ws


def _orders(ws: Workspace) -> dict[int, list[dt.datetime]]:
    found: dict[int, list[dt.datetime]] = defaultdict(list)
    asked = "SELECT customer_id, at FROM events WHERE name = 'Order Completed' AND customer_id IS NOT NULL"
    for row in ws.sql(asked):
        found[row["customer_id"]].append(row["at"].replace(tzinfo=dt.UTC))
    return found


def _members(ws: Workspace, segment: str) -> set[int]:
    return {row["customer_id"] for row in ws.members(segment)}


def test_one_time_buyers_are_those_with_one_order(started: Workspace) -> None:
    expected = {who for who, at in _orders(started).items() if len(at) == 1}
    assert _members(started, "one-time-buyers") == expected
    assert expected


def test_new_customers_ordered_first_at_most_thirty_days_ago(started: Workspace) -> None:
    zone, today = started.settings.tz, shop.NOW.astimezone(started.settings.tz).date()
    first = {who: min(at).astimezone(zone).date() for who, at in _orders(started).items()}
    expected = {who for who, day in first.items() if (today - day).days <= 30}
    assert _members(started, "new-customers") == expected
    assert 0 < len(expected) < len(first)


def test_who_looked_and_did_not_order(started: Workspace) -> None:
    orders, looks = _orders(started), defaultdict(list)
    seen = ("Product Viewed", "Product Added", "Checkout Started")
    for row in started.sql("SELECT customer_id, name, at FROM events WHERE customer_id IS NOT NULL"):
        if row["name"] in seen:
            looks[row["customer_id"]].append(row["at"].replace(tzinfo=dt.UTC))
    lately = {who: max(at) for who, at in looks.items() if max(at) > shop.NOW - dt.timedelta(days=14)}
    expected = {who for who, at in lately.items() if all(order <= at for order in orders.get(who, []))}
    assert _members(started, "looked-not-ordered") == expected
    assert expected


def test_regulars_are_split_by_where_they_stand(started: Workspace) -> None:
    zone = started.settings.tz
    days = {who: {a.astimezone(zone).date() for a in at} for who, at in _orders(started).items()}
    often = {who for who, found in days.items() if len(found) >= 4}
    parts = [_members(started, name) for name in ("regulars", "lapsing-regulars", "lost-regulars")]
    assert set().union(*parts) == often
    assert sum(map(len, parts)) == len(often) > 0


def test_every_one_reads_back_in_both_languages(started: Workspace) -> None:
    for lang in ("ko", "en"):
        rows = list(started.segments(lang))
        assert 12 <= len(rows) <= 15
        for row in rows:
            assert bool(HANGUL.search(row["says"])) == bool(HANGUL.search(row["rule"])) == (lang == "ko"), row
            assert row["customers"] is not None


def test_applied_twice_nothing_changes(started: Workspace) -> None:
    assert started.plan("starter").changes == ()
    assert list(started.plan("starter").answer) == []


def test_it_needs_nothing_but_shipped_traits() -> None:
    bodies = documents(folder_of(Path("starter")))
    found = Definitions.of(traits=[], segments=bodies)
    assert set(found.segments) == {b["segment"] for b in bodies}


def test_a_folder_of_that_name_goes_first(tmp_path: Path) -> None:
    shop.definitions(tmp_path / "starter")
    here = Path.cwd()
    os.chdir(tmp_path)
    try:
        assert folder_of(Path("starter")) == Path("starter")
    finally:
        os.chdir(here)
    assert folder_of(Path("elsewhere")) == Path("elsewhere")


def test_a_mended_mapping_for_a_known_file_is_not_passed_over(tmp_path: Path) -> None:
    file = shop.unknown(tmp_path / "mystery.csv")
    with shop.create(tmp_path / "shop") as ws:
        mapping = Path(ws.import_files([file]).files[0].mapping)
        with file.open("a", encoding="utf-8") as text:
            text.write("someday,010-5000-0003,700,우산\n")
        assert ws.import_files([file], mapping=mapping).quarantined.total() == 1
        body = yaml.safe_load(mapping.read_text(encoding="utf-8"))
        named = tmp_path / "named.yaml"
        named.write_text(yaml.safe_dump(body | {"mapping": "another-name"}, allow_unicode=True), encoding="utf-8")
        mended = tmp_path / "mended.yaml"
        mended.write_text(yaml.safe_dump(body | {"numbers": "comma"}, allow_unicode=True), encoding="utf-8")
        events = list(ws.sql("SELECT * FROM events ORDER BY event_id"))
        for lang, said in (("en", "another mapping"), ("ko", "다른 매핑")):
            ws.lang = lang
            for same in (mapping, named):
                assert [(f.status, f.note) for f in ws.import_files([file], mapping=same).files] == [("known", "")]
            (again,) = ws.import_files([file], mapping=mended).files
            assert (again.status, again.taken) == ("known", 0)
            assert said in again.note
            assert f"dangol quarantine replay --batch 1 --mapping {mended}" in again.note
            assert "dangol imports undo 1" in again.note
        assert list(ws.sql("SELECT * FROM events ORDER BY event_id")) == events
