"""Taking an import back: what remains is what the other imports told, to the last value."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from dangol.app import Workspace
from dangol.app.report import KNOWN, TAKEN
from dangol.identity import rebuild
from dangol.schema import NotFoundError, RefusedError
from tests.app import shop, test_live, test_orders, world

OF_THE_RUN = ("batch", "received_at", "recorded_at", "as_of", "touched_at", "full_at", "born_as", "entered_at", "seq")
"""In which import and when: these differ between runs that are equal."""


def state(ws: Workspace, *, without: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """All that is known, in both stores; customers by their smallest node."""
    rows = ws.engine.run(exp.select("customer_id", "node").from_("identifiers").order_by("node DESC")).to_pylist()
    known = {row["customer_id"]: row["node"] for row in rows}
    have = ws.engine.tables()
    found: dict[str, list[dict[str, Any]]] = {
        name: [] if name not in have else ws.engine.run(exp.select("*").from_(name)).to_pylist()
        for name in ("events", "order_items", "given", "consents", "products", "identifiers", "quarantine", "customers")
    }
    found["memberships"] = [
        r for r in ws.engine.run(exp.select("*").from_("memberships")).to_pylist() if r["left_at"] is None
    ]
    found["conflicts"] = [
        {**r, "customers": sorted(known[int(c)] for c in r["customers"])}
        for r in ws.engine.run(exp.select("*").from_("identity_conflicts")).to_pylist()
    ]
    people = [c for c in known if c is not None]
    found["vault"] = [
        {"customer_id": r.customer_id, "node": r.node, "kind": r.kind, "value": r.value, "at": r.at, "source": r.source}
        for r in ws.vault.read(people, reason="test", actor="tester", now=shop.NOW)
    ]
    found["held"] = [{"id": r.id, "row": r.row} for r in ws.privacy.quarantine.rows()]
    left_out = {*OF_THE_RUN, *without}
    return {
        name: sorted(
            repr({c: known.get(v) if c == "customer_id" else v for c, v in row.items() if c not in left_out})
            for row in lines
        )
        for name, lines in found.items()
    }


def compare(one: dict[str, list[str]], other: dict[str, list[str]]) -> None:
    for name, rows in one.items():
        assert rows == other[name], name


def untold(ws: Workspace) -> dict[str, int]:
    return {name: world.one_table(ws, name) for name in ws.engine.tables() if name.endswith("_told")}


def batches(ws: Workspace) -> dict[str, int]:
    return {row["file"]: row["batch"] for row in ws.imports() if row["state"] == "done"}


# -- the shop's own files, two by two ------------------------------------------------------------------------------------
def members(path: Path) -> Path:
    return shop.members(path, people=[*shop.PEOPLE[:4], ("late88", "늦손님", shop.PHONE, "late88@haneul-mail.kr")])


def some_orders(path: Path) -> Path:
    return shop.orders(path, start=20, count=30, bad=True)


PAIRS: list[tuple[Callable[[Path], Path], Callable[[Path], Path]]] = [
    (shop.orders, some_orders),
    (shop.members, members),
    (shop.members, shop.orders),
    (shop.orders, shop.smartstore),
    (shop.events, shop.members),
    (shop.customers, members),
]


@pytest.mark.parametrize(
    ("one", "two"), [PAIRS[0], *(pytest.param(*p, marks=pytest.mark.slow) for p in PAIRS[1:])], ids=lambda f: f.__name__
)
def test_either_of_two_can_be_taken_back(
    one: Callable[[Path], Path], two: Callable[[Path], Path], empty: Path, tmp_path: Path
) -> None:
    a, b = one(tmp_path / "a.csv"), two(tmp_path / "b.csv")
    alone = {}
    for file in (a, b):
        with shop.reopen(Path(shutil.copytree(empty, tmp_path / f"only-{file.stem}"))) as ws:
            ws.import_files([file])
            alone[file] = state(ws)
    for gone, left in ((a, b), (b, a)):
        with shop.reopen(Path(shutil.copytree(empty, tmp_path / f"without-{gone.stem}"))) as ws:
            ws.import_files([a])
            ws.import_files([b])
            number = batches(ws)[gone.name]
            before = state(ws)
            dry = ws.undo_import(number, dry_run=True)
            compare(before, state(ws))
            done = ws.undo_import(number, reason="the wrong file")
            assert done.facts == dry.facts
            compare(state(ws), alone[left])
            assert set(untold(ws).values()) == {0}
            assert not rebuild(ws.engine, now=shop.NOW, policy=ws.policy).moved.num_rows
            assert ws.import_files([left]).files[0].status == KNOWN
            again = ws.import_files([gone])
            assert again.files[0].status == TAKEN
            compare(state(ws), before)


# -- orders over several files -------------------------------------------------------------------------------------------
FEW = settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(FEW, max_examples=6)


def the_rest_stands(files: Sequence[list[test_orders.Line]], gone: int, empty: Path, folder: Path) -> None:
    paths = [test_orders.export(folder / f"{n}.csv", rows) for n, rows in enumerate(files)]
    with shop.reopen(Path(shutil.copytree(empty, folder / "rest"))) as ws:
        for n, path in enumerate(paths):
            if n != gone:
                ws.import_files([path])
        rest = state(ws)
    with shop.reopen(Path(shutil.copytree(empty, folder / "all"))) as ws:
        for path in paths:
            ws.import_files([path])
        ws.undo_import(batches(ws)[paths[gone].name])
        compare(state(ws), rest)


cuts = st.tuples(test_orders.cut(numbered=True), st.integers(0, 2))


@FEW
@given(made=cuts)
def test_orders_of_several_files_without_one_of_them(
    made: Any, empty: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (_, files), gone = made
    the_rest_stands(files, gone % len(files), empty, tmp_path_factory.mktemp("undo"))


@pytest.mark.slow
@MANY
@given(made=cuts)
def test_orders_of_several_files_without_one_of_them_often(
    made: Any, empty: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (_, files), gone = made
    the_rest_stands(files, gone % len(files), empty, tmp_path_factory.mktemp("undo"))


# -- identity and personal data ------------------------------------------------------------------------------------------
def people(path: Path, rows: Sequence[tuple[str, str, str]]) -> Path:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["이름", "휴대전화", "이메일"])
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


row = st.tuples(
    st.sampled_from(["가나다", "라마바", "사아자"]),
    st.sampled_from(["", "010-7253-9181", "010-7253-9182", "010-7253-9183"]),
    st.sampled_from(["", "ga@haneul-mail.kr", "na@haneul-mail.kr", "da@haneul-mail.kr"]),
).filter(lambda r: bool(r[1] or r[2]))


@FEW
@given(
    files=st.lists(st.lists(row, min_size=1, max_size=5), min_size=2, max_size=3, unique_by=repr),
    gone=st.integers(0, 2),
)
def test_who_is_who_without_one_list(
    files: list[list[tuple[str, str, str]]], gone: int, empty: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, gone = tmp_path_factory.mktemp("lists"), gone % len(files)
    paths = [people(folder / f"{n}.csv", rows) for n, rows in enumerate(files)]
    with shop.reopen(Path(shutil.copytree(empty, folder / "rest"))) as ws:
        for n, path in enumerate(paths):
            if n != gone:
                ws.import_files([path], preset="customer-list")
        rest, parts = state(ws), world.partition(ws)
    with shop.reopen(Path(shutil.copytree(empty, folder / "all"))) as ws:
        for path in paths:
            ws.import_files([path], preset="customer-list")
        ws.undo_import(batches(ws)[paths[gone].name])
        assert world.partition(ws) == parts
        compare(state(ws), rest)


def test_others_keep_their_numbers_and_nobody_else_is_computed(ws: Workspace, tmp_path: Path) -> None:
    before = {r["customer_id"] for r in ws.sql("SELECT customer_id FROM customers")}
    ws.import_files([people(tmp_path / "x.csv", [("새사람", "010-8888-1111", ""), ("오타", shop.PHONE, "")])])
    number = batches(ws)["x.csv"]
    done = ws.undo_import(number)
    assert {r["customer_id"] for r in ws.sql("SELECT customer_id FROM customers")} == before
    assert (done.facts["gone"], done.facts["repaired"]) == (1, 1)
    after = ws.import_files([people(tmp_path / "y.csv", [("또다른", "010-8888-2222", "")])])
    assert after.new_customers == 1
    assert max(r["customer_id"] for r in ws.sql("SELECT customer_id FROM customers")) > max(before) + 1, "used up"


def test_what_cannot_be_taken_back_says_so(ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        ws.undo_import(99_999)
    number = batches(ws)["orders.csv"]
    ws.undo_import(number, reason="twice")
    with pytest.raises(RefusedError, match="taken back"):
        ws.undo_import(number)
    entry = ws.store.audit.entries(action="import.undo")[0]
    assert (entry.subject, entry.reason) == (f"import/{number}", "twice")
    assert {r["batch"]: r["state"] for r in ws.imports()}[number] == "undone"


# -- files beside what arrives over HTTP ---------------------------------------------------------------------------------
def tracked(path: Path) -> Path:
    """An event list that tells a login's browser, and an order by its number, as the site will."""
    rows = [
        [shop.LOGIN, "a-1", "Product Viewed", "2026-10-01T10:00:00Z", "p9"],
        ["wrong-login", "a-7", "Product Viewed", "2026-10-02T10:00:00Z", "p9"],
    ]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["user_id", "anonymous_id", "event", "timestamp", "product_id"])
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def test_what_the_site_told_too_stays_when_a_file_goes(empty: Path, tmp_path: Path) -> None:
    file = tracked(tmp_path / "list.csv")
    with shop.reopen(Path(shutil.copytree(empty, tmp_path / "alone"))) as ws:
        test_live.send(ws, {"batch": test_live.DAY})
        ws.drain()
        alone, parts = state(ws, without=("last_seen",)), world.partition(ws)
    with shop.reopen(Path(shutil.copytree(empty, tmp_path / "both"))) as ws:
        ws.import_files([file])
        test_live.send(ws, {"batch": test_live.DAY})
        ws.drain()
        days = {row["preset"]: row["batch"] for row in ws.imports()}
        with pytest.raises(RefusedError, match="over HTTP"):
            ws.undo_import(days["live"])
        ws.undo_import(batches(ws)["list.csv"])
        assert world.partition(ws) == parts
        compare(state(ws, without=("last_seen",)), alone)


def test_a_kill_between_the_stores_is_finished_by_the_same_command(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = batches(ws)["smartstore.xlsx"]
    wanted = ws.undo_import(number, dry_run=True).facts

    def dead(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(ws.store.audit, "write", dead)
        patched.setattr(ws.engine, "transaction", nullcontext)  # as if the engine had committed by itself
        with pytest.raises(KeyboardInterrupt):
            ws.undo_import(number)
    assert {r["batch"]: r["state"] for r in ws.imports()}[number] == "done"
    assert world.one(ws, "SELECT count(*) FROM events WHERE source = 'smartstore'") == 0
    done = ws.undo_import(number)
    assert done.facts["personal"] == wanted["personal"] > 0
    assert {r["batch"]: r["state"] for r in ws.imports()}[number] == "undone"
    assert {r["preset"] for r in ws.imports() if r["batch"] == number} == {"smartstore-orders"}
    held = {node for node, _ in ws.vault.nodes()}
    rows = ws.engine.run(exp.select("node").from_("identifiers")).to_pylist()
    assert held <= {row["node"] for row in rows}
