"""Dashboards: kept, changed by two people, pinned to, shared until the link ends, taken as files."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.app import Workspace, sharing
from dangol.app.handing_out import as_file
from dangol.app.sharing import suppressed
from dangol.schema import BusyError, ConflictError, DefinitionError, NotFoundError, RefusedError, Text
from tests.insights.orders import Fact, day, fill
from tests.insights.world import NOW

TRENDS = {"kind": "trends", "measure": "orders", "period": "90 days"}
CHANNELS = {"kind": "channels", "period": "90 days"}


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "shop", timezone="Asia/Seoul", watch=lambda: NOW) as made:
        facts = [
            Fact(c, day(60 + c), c, channel="web" if c > 3 else "store", items=(("tea", 10 * c),)) for c in range(1, 15)
        ]
        fill(made.engine, facts)
        yield made


def document(*tiles: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"says": {"ko": "주간 점검", "en": "Weekly review"}, "tiles": list(tiles), **more}


def tile(name: str, question: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": name, "question": question, **more}


def test_made_named_changed_and_taken_away(ws: Workspace) -> None:
    made = ws.make_dashboard(document(tile("a", TRENDS)))
    assert (made["dashboard"], made["version"]) == ("주간-점검", 1)
    assert ws.make_dashboard(document())["dashboard"] == "주간-점검-2"
    changed = ws.save_dashboard(
        "주간-점검", document(tile("a", TRENDS), tile("b", CHANNELS, x=6)), version=1, note="channels, too"
    )
    assert changed["version"] == 2
    with pytest.raises(ConflictError):
        ws.save_dashboard("주간-점검", document(), version=1)
    (first, second) = ws.dashboards("ko")
    assert (first["says"], first["tiles"], first["kinds"], first["links"]) == (
        "주간 점검",
        2,
        ["channels", "trends"],
        0,
    )
    assert second["tiles"] == 0
    assert [v["version"] for v in ws.dashboard_versions("주간-점검")] == [2, 1]
    with pytest.raises(ConflictError):
        ws.remove_dashboard("주간-점검", version=1)
    ws.remove_dashboard("주간-점검", version=2)
    with pytest.raises(NotFoundError):
        ws.dashboard("주간-점검")
    assert [v["removed"] for v in ws.dashboard_versions("주간-점검")] == [True, False, False]


def test_all_mistakes_at_once(ws: Workspace) -> None:
    wrong = document(tile("a", {"kind": "trends", "measures": 1, "top": 0}), tile("a", CHANNELS, x=8, w=6))
    with pytest.raises(DefinitionError) as caught:
        ws.save_dashboard("x", wrong, version=0)
    places = {p.where for p in caught.value.problems}
    assert {"tiles", "tiles[1].w", "tiles[0].question.measures", "tiles[0].question.top"} <= places
    for bad in (
        {"says": {}},
        {"says": {"en": "x"}, "colour": "red"},
        {"says": {"en": "x"}, "tiles": [{"id": "?", "question": {}}]},
    ):
        with pytest.raises(DefinitionError):
            ws.make_dashboard(bad)
    with pytest.raises(DefinitionError, match="horoscope"):
        ws.make_dashboard(document(tile("a", {"kind": "horoscope"})))


def test_as_files(ws: Workspace, tmp_path: Path) -> None:
    ws.save_dashboard("board", document(tile("a", TRENDS)), version=0)
    ws.pull(tmp_path / "defs")
    file = tmp_path / "defs" / "dashboards" / "board.yaml"
    assert ws.plan(tmp_path / "defs").changes == ()
    file.write_text(file.read_text(encoding="utf-8").replace("Weekly review", "Every Monday"), encoding="utf-8")
    by_hand = "dashboard: mine\nsays: {ko: 내 것}\ntiles:\n  - {id: a, question: {kind: channels}}\n"
    (tmp_path / "defs" / "mine.yaml").write_text(by_hand, encoding="utf-8")
    planned = ws.plan(tmp_path / "defs")
    assert {(c.name, c.what) for c in planned.changes} == {("board", "change"), ("mine", "add")}
    ws.apply(planned)
    assert ws.plan(tmp_path / "defs").changes == ()
    assert {r["dashboard"]: r["says"] for r in ws.dashboards("en")} == {"board": "Every Monday", "mine": "내 것"}
    token, _ = ws.share_dashboard("board", days=None)
    file.rename(tmp_path / "board.yaml")
    ws.apply(ws.plan(tmp_path / "defs"))
    (tmp_path / "board.yaml").rename(file)
    ws.apply(ws.plan(tmp_path / "defs"))
    with pytest.raises(NotFoundError):  # another of the same name is not what was shared
        ws.shared(token)
    (tmp_path / "defs" / "mine.yaml").write_text(by_hand.replace("channels", "nothing"), encoding="utf-8")
    with pytest.raises(DefinitionError):
        ws.plan(tmp_path / "defs")


def test_pinned_below_and_beside(ws: Workspace) -> None:
    ws.save_dashboard("board", document(), version=0)
    places = []
    for _ in range(3):
        found = ws.pin("board", TRENDS, view="number", title="주문")
        (mine,) = [t for t in found["document"]["tiles"] if t["id"] == found["tile"]]
        places.append((mine["x"], mine["y"]))
    assert places == [(0, 0), (6, 0), (0, 4)]
    with pytest.raises(DefinitionError):
        ws.pin("board", {"kind": "trends", "measure": 7})
    for _ in range(57):
        ws.pin("board", TRENDS)
    with pytest.raises(RefusedError):
        ws.pin("board", TRENDS)


def test_a_dashboards_period_is_its_tiles(ws: Workspace) -> None:
    ws.save_dashboard("board", document(tile("a", CHANNELS), period="2026-03-05..2026-03-10"), version=0)
    assert ws.tile("board", "a").question.period == "2026-03-05..2026-03-10"
    assert ws.tile("board", "a", period="30 days").question.period == "30 days"
    with pytest.raises(NotFoundError):
        ws.tile("board", "z")


def test_a_link_shows_little_and_ends(ws: Workspace) -> None:
    ws.save_dashboard("board", document(tile("a", CHANNELS, title="채널")), version=0)
    token, made = ws.share_dashboard("board", days=7, least=5)
    shown = ws.shared(token, "ko")
    assert (shown["says"], [t["title"] for t in shown["tiles"]]) == ("주간 점검", ["채널"])
    assert "question" not in shown["tiles"][0]
    answer = ws.shared_tile(token, "a", "ko")
    assert not {"sql", "question", "rows_read", "by"} & answer.keys()
    table = {r["channel"]: r for r in answer["data"]["channels"]}
    assert (table["web"]["customers"], table["store"]["customers"], table["store"]["revenue"]) == (11, None, None)
    assert answer["hidden"] > 0
    (listed,) = ws.dashboard_links("board")
    assert (listed["open"], listed["seen"], listed["hint"]) == (True, 1, token[-4:])
    weeks = {"kind": "trends", "measure": "customers", "period": "90 days", "interval": "week"}
    ws.save_dashboard("board", document(tile("b", weeks)), version=1)
    real = {r["bucket"]: r["n"] for r in ws.ask(weeks).data["series"].to_pylist()}
    answer = ws.shared_tile(token, "b", "en")
    assert {r["bucket"]: r["n"] for r in answer["data"]["series"]} == {
        b: n if not 0 < n < 5 else None for b, n in real.items()
    }
    assert 0 < answer["hidden"] < len(real)
    facts = {"currency": "KRW", "moments": ["2026-11-01"], "customers": 3, "conversions": 9, "value": 10}
    assert sharing._facts(facts, 5) == {"currency": "KRW", "moments": ["2026-11-01"], "conversions": 9}
    assert sharing._facts(facts, 3) == facts
    ages = pa.table({"customers": [2], "first": [7], "last": [13], "rank": [1]})
    assert suppressed(ages, 5)[0].to_pylist() == [{"customers": None, "first": 7, "last": 13, "rank": 1}]

    def busy(*_: object, **__: object) -> None:
        raise BusyError(Text("busy", "바쁨"))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ws.store.shares, "count", busy)
        assert ws.shared(token, "ko")["tiles"]
    for file in ws.folder.rglob("*"):
        assert not file.is_file() or token.encode() not in file.read_bytes(), file.name
    ws.end_link("board", made.id)
    for gone in (token, token + "x", "x" * 5000):
        with pytest.raises(NotFoundError):
            ws.shared(gone)
    assert [e.action for e in ws.store.audit.entries(subject=f"share/{made.id}")] == ["share.ended", "share.made"]


def test_a_link_ends_in_time_and_with_its_dashboard(tmp_path: Path) -> None:
    now = [NOW]
    with Workspace.create(tmp_path / "shop", watch=lambda: now[0]) as ws:
        ws.save_dashboard("board", document(), version=0)
        ws.save_dashboard("other", document(), version=0)
        week, _ = ws.share_dashboard("board", days=7)
        ever, kept = ws.share_dashboard("board", days=None)
        with pytest.raises(NotFoundError):
            ws.end_link("other", kept.id)
        now[0] = NOW + dt.timedelta(days=8)
        with pytest.raises(NotFoundError):
            ws.shared(week)
        assert ws.shared(ever)["tiles"] == []
        ws.remove_dashboard("board", version=1)
        with pytest.raises(NotFoundError):
            ws.shared(ever)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.floats(0, 100)), max_size=20), st.integers(0, 15))
def test_small_cells_are_hidden_and_large_ones_are_not(cells: list[tuple[int, int, float]], least: int) -> None:
    schema = pa.schema(
        [("stage", pa.string()), ("customers", pa.int64()), ("redeemers", pa.int64()), ("spend", pa.float64())]
    )
    rows = [{"stage": str(i), "customers": a, "redeemers": b, "spend": c} for i, (a, b, c) in enumerate(cells)]
    table, hidden = suppressed(pa.Table.from_pylist(rows, schema=schema), least)
    small = [any(0 < n < least for n in (a, b)) for a, b, _ in cells]
    assert hidden == sum(small)
    for row, before, hide in zip(table.to_pylist(), rows, small, strict=True):
        assert row == ({**before, "customers": None, "redeemers": None, "spend": None} if hide else before)


def test_files_hold_every_row_and_run_no_formula(ws: Workspace) -> None:
    text = ws.file_of(CHANNELS, "csv", table="channels")
    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    assert {r["channel"]: int(r["customers"]) for r in rows} == {"web": 11, "store": 3}
    table = pq.read_table(io.BytesIO(ws.file_of(CHANNELS, "parquet", table="sets")))
    assert table["channels"].to_pylist() == [["web"], ["store"]]
    odd = pa.table({"name": ["=1+1", "차", None], "path": [["=a", "b"], [], None], "at": [NOW, None, None]})
    lines = as_file(odd, "csv").decode("utf-8-sig").splitlines()
    assert lines == ["name,path,at", "'=1+1,'=a > b,2026-03-31T03:00:00Z", "차,,", ",,"]
    naive = pa.array([NOW.replace(tzinfo=None, microsecond=250_000)], pa.timestamp("us"))
    money = (
        pa.array([Decimal("-12.5000")], pa.decimal128(18, 4)),
        pa.array([Decimal("1200.0000")], pa.decimal128(18, 4)),
    )
    others = pa.array([True]), pa.array([NOW.date()]), pa.array([[{"a": 1}]])
    kinds = pa.table([naive, *money, *others], names=["+at", *"abcde"])
    head, row = as_file(kinds, "csv").decode("utf-8-sig").splitlines()
    assert head == "'+at,a,b,c,d,e"
    assert row == '2026-03-31T03:00:00.250000Z,-12.5000,1200,true,2026-03-31,"{""a"":1}"'
    with pytest.raises(NotFoundError):
        ws.file_of(CHANNELS, "csv", table="nothing")
    assert ws.store.audit.entries(action="answer.exported")
