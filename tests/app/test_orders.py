"""Orders that arrive in pieces: any way of cutting an export gives the shop that the whole file gives."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from dangol.app import Workspace
from dangol.app.orders import complete, described, owned
from dangol.collect import Mapping, mapping_from_yaml, new_only, preset, read_rows, take
from dangol.engine import DuckDBEngine, sql
from dangol.schema import EVENTS, IDENTIFIERS, ORDER_ITEMS, PRODUCTS
from tests.app import shop, world
from tests.collect.conftest import NOW, WHO, Settings

SMART = ["상품주문번호", "주문번호", "구매자ID", "구매자연락처", "주문상태", "결제일", "상품번호", "상품명", "옵션정보", "수량",
    "상품가격", "최종 상품별 총 주문금액", "결제수단"]  # fmt: skip
BARE = mapping_from_yaml(
    """
mapping: bare
grain: order_lines
columns: {at: 결제일, order_id: 주문번호, product_id: 상품번호, title: 상품명, quantity: 수량, price: 상품가격,
  amount: 최종 상품별 총 주문금액}
identifiers: {user_id: 구매자ID}
properties: {option: 옵션정보, payment: 결제수단}
undone:
  - {column: 주문상태, is: [취소], event: Order Cancelled}
"""
)
"""The same export without a number of the line: a line is known by what it says."""

FREE = {"batch", "received_at", "line"}
"""In which import something came, and the number a line was given."""


@dataclass(frozen=True)
class Line:
    order: int
    number: int
    product: int
    option: str
    quantity: int
    price: int
    undone: bool
    minute: int
    payment: str

    def row(self) -> dict[str, str]:
        amount = self.quantity * self.price
        values = [
            f"P{self.order}-{self.number}",
            f"O{self.order}",
            f"buyer{self.order % 3}",
            f"010-7253-918{self.order % 3}",
        ]
        values += ["취소" if self.undone else "구매확정", f"2026-11-01 09:{self.minute:02d}", str(880 + self.product)]
        values += ["등산화", self.option, str(self.quantity), f"{self.price:,}원", str(amount), self.payment]
        return dict(zip(SMART, values, strict=True))


lines = st.builds(
    Line,
    order=st.integers(1, 4),
    number=st.integers(1, 5),
    product=st.integers(0, 2),
    option=st.sampled_from(["", "빨강", "파랑"]),
    quantity=st.integers(1, 3),
    price=st.sampled_from([1000, 12_900]),
    undone=st.booleans(),
    minute=st.integers(0, 3),
    payment=st.sampled_from(["카드", "포인트"]),
)


@st.composite
def cut(draw: st.DrawFn, *, numbered: bool) -> tuple[list[Line], list[list[Line]]]:
    """An export and its rows in files: every row in one or more of them, the files in any order.

    Without numbers, rows that say the same are one row: nothing tells them apart across files.
    """

    def name(line: Line) -> tuple[Any, ...]:
        said = (line.order, line.product, line.option, line.quantity, line.price)
        return (line.order, line.number) if numbered else said

    whole = draw(st.lists(lines, min_size=3, max_size=20, unique_by=name))
    places = draw(st.lists(st.sets(st.integers(0, 2), min_size=1), min_size=len(whole), max_size=len(whole)))
    order = draw(st.permutations(range(3)))
    files = [draw(st.permutations([row for row, at in zip(whole, places, strict=True) if n in at])) for n in order]
    return whole, [f for f in files if f]


class Shelf:
    """Tables of facts without a workspace around them."""

    def __init__(self) -> None:
        self.engine = DuckDBEngine(threads=1)
        self.engine.ensure([EVENTS, ORDER_ITEMS, IDENTIFIERS, PRODUCTS])

    def add(self, rows: Sequence[Line], mapping: Mapping, batch: int) -> int:
        """Returns how many orders grew."""
        reading = read_rows([r.row() for r in rows], numbers=list(range(2, len(rows) + 2)))
        arguments: Any = {"source": "shop", "batch": batch, "now": NOW, "settings": Settings(), "pseudonymiser": WHO}
        with take(self.engine, reading, mapping, **arguments) as taken, self.engine.transaction():
            assert taken.events
            assert taken.items
            assert taken.counts.quarantined == {}
            grown, _ = complete(self.engine, taken.events, taken.items)
            self.engine.append("events", owned(new_only(taken.events), EVENTS.sort))
            fresh = "SELECT i.* FROM i WHERE i.event_id IN (SELECT event_id FROM events WHERE batch = :b)"
            arrived = sql(fresh, tables={"i": taken.items}, b=batch)
            self.engine.append("order_items", owned(described(arrived), ORDER_ITEMS.sort))
        return grown

    def told(self) -> dict[str, list[str]]:
        return {
            name: sorted(
                repr({k: v for k, v in row.items() if k not in FREE})
                for row in self.engine.run(exp.select("*").from_(name)).to_pylist()
            )
            for name in ("events", "order_items")
        }


def the_whole_and_the_parts_agree(made: tuple[list[Line], list[list[Line]]], mapping: Mapping) -> None:
    whole, files = made
    parts, once = Shelf(), Shelf()
    try:
        for batch, rows in enumerate(files, start=1):
            parts.add(rows, mapping, batch)
        once.add(whole, mapping, 1)
        assert parts.told() == once.told()
        # A second opinion: what the lines themselves add up to.
        bought = sum(line.quantity * line.price for line in whole)
        undone = sum(line.quantity * line.price for line in whole if line.undone)
        query = sql("SELECT sum(amount) AS a, count(DISTINCT order_id) AS n FROM events")
        found = parts.engine.run(query).to_pylist()[0]
        assert found == {"a": bought - undone, "n": len({line.order for line in whole})}
    finally:
        parts.engine.close()
        once.engine.close()


FEW = settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(FEW, max_examples=30)


@FEW
@given(made=cut(numbered=True))
def test_any_cut_of_an_export_tells_the_same_orders(made: tuple[list[Line], list[list[Line]]]) -> None:
    the_whole_and_the_parts_agree(made, preset("smartstore-orders"))


@FEW
@given(made=cut(numbered=False))
def test_lines_without_a_number_are_known_by_what_they_say(made: tuple[list[Line], list[list[Line]]]) -> None:
    the_whole_and_the_parts_agree(made, BARE)


@pytest.mark.slow
@MANY
@given(made=cut(numbered=True))
def test_any_cut_of_an_export_tells_the_same_orders_often(made: tuple[list[Line], list[list[Line]]]) -> None:
    the_whole_and_the_parts_agree(made, preset("smartstore-orders"))


@pytest.mark.slow
@MANY
@given(made=cut(numbered=False))
def test_lines_without_a_number_are_known_by_what_they_say_often(made: tuple[list[Line], list[list[Line]]]) -> None:
    the_whole_and_the_parts_agree(made, BARE)


LINE = Line(1, 1, 0, "빨강", 1, 1000, False, 0, "카드")


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    made = Shelf()
    yield made
    made.engine.close()


def values(shelf: Shelf) -> list[tuple[str, int, int | None]]:
    query = "SELECT name, CAST(amount AS INTEGER) AS a, CAST(quantity AS INTEGER) AS q FROM events ORDER BY name, a"
    return [(r["name"], r["a"], r["q"]) for r in shelf.engine.run(sql(query)).to_pylist()]


def test_equal_lines_without_a_number_count_as_often_as_one_file_has_them(shelf: Shelf) -> None:
    assert [shelf.add([LINE] * n, BARE, batch) for batch, n in enumerate((2, 2, 1, 3), start=1)] == [0, 0, 0, 1]
    assert values(shelf) == [("Order Completed", 3000, 3)]


def test_a_line_with_a_number_counts_once_even_inside_one_file(shelf: Shelf) -> None:
    shelf.add([LINE, LINE, LINE], preset("smartstore-orders"), 1)
    assert values(shelf) == [("Order Completed", 1000, 1)]


def test_a_line_that_is_cancelled_later_undoes_its_value(shelf: Shelf) -> None:
    mapping, second = preset("smartstore-orders"), replace(LINE, number=2, price=12_900)
    shelf.add([LINE], mapping, 1)
    shelf.add([replace(LINE, undone=True), second], mapping, 2)
    shelf.add([LINE, second], mapping, 3)
    assert values(shelf) == [("Order Cancelled", -1000, -1), ("Order Completed", 13_900, 2)]
    numbers = "SELECT line FROM order_items WHERE name = 'Order Completed' ORDER BY line"
    assert shelf.engine.run(sql(numbers))["line"].to_pylist() == [1, 2]


def test_an_order_told_without_lines_does_not_grow(shelf: Shelf) -> None:
    """An export with a row per order first, then one with its lines: adding both would double it."""
    whole = mapping_from_yaml(
        "{mapping: w, grain: orders, columns: {at: 결제일, order_id: 주문번호, amount: 최종 상품별 총 주문금액}}"
    )
    reading = read_rows([LINE.row()], numbers=[2])
    with take(
        shelf.engine, reading, whole, source="shop", batch=1, now=NOW, settings=Settings(), pseudonymiser=WHO
    ) as taken:
        assert taken.events
        shelf.engine.append("events", owned(new_only(taken.events), EVENTS.sort))
    assert shelf.add([LINE], BARE, 2) == 0
    assert values(shelf) == [("Order Completed", 1000, None)]


# -- through the whole house ---------------------------------------------------------------------------------------------
ROWS = [
    Line(order, number, (order + number) % 3, "", number, 1000 * order, order == 3 and number == 2, number, "카드")
    for order in range(1, 7)
    for number in range(1, 4)
]


def export(path: Path, rows: Sequence[Line]) -> Path:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, SMART)
    writer.writeheader()
    writer.writerows(r.row() for r in rows)
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


ARRIVAL = ("line", "entered_at", "left_at", "as_of", "born_as", "first_product")
"""What goes by the order in which files came: the place of a line in its order (and so which of the lines of one moment was
the first product), and how old a customer is in this house."""


def state(ws: Workspace) -> dict[str, list[str]]:
    """Facts, profiles and identifiers; customers by their smallest node, since their numbers go by who came first."""
    identifiers = ws.engine.run(
        exp.select("customer_id", "node").from_("identifiers").order_by("node DESC")
    ).to_pylist()
    known = {row["customer_id"]: row["node"] for row in identifiers}
    left_out = {*world.DERIVED, *ARRIVAL}
    return {
        name: sorted(
            repr({c: known[v] if c == "customer_id" else v for c, v in row.items() if c not in left_out})
            for row in ws.engine.run(exp.select("*").from_(name)).to_pylist()
        )
        for name in ("events", "order_items", "customers", "identifiers")
    }


def test_a_customer_whose_order_grows_is_refreshed(empty: Path, tmp_path: Path) -> None:
    half = [r for r in ROWS if r.number == 1], [r for r in ROWS if r.number != 1]
    with shop.reopen(Path(shutil.copytree(empty, tmp_path / "whole"))) as ws:
        ws.import_files([export(tmp_path / "whole.csv", ROWS)])
        whole = state(ws)
    with shop.reopen(Path(shutil.copytree(empty, tmp_path / "parts"))) as ws:
        ws.import_files([export(tmp_path / "a.csv", half[0])])
        dry = ws.import_files([export(tmp_path / "b.csv", half[1])], dry_run=True)
        assert world.one(ws, "SELECT count(*) FROM order_items") == 6
        wet = ws.import_files([tmp_path / "b.csv"])
        assert (dry.total("repeated"), dry.known_customers) == (wet.total("repeated"), wet.known_customers) == (0, 3)
        assert state(ws) == whole
        ws.refresh()
        assert state(ws) == whole


@pytest.mark.slow
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(places=st.lists(st.sets(st.integers(0, 2), min_size=1), min_size=len(ROWS), max_size=len(ROWS)))
def test_any_cut_gives_the_same_shop(
    places: list[set[int]], empty: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    with shop.reopen(Path(shutil.copytree(empty, folder / "whole"))) as ws:
        ws.import_files([export(folder / "whole.csv", ROWS)])
        whole = state(ws)
    with shop.reopen(Path(shutil.copytree(empty, folder / "parts"))) as ws:
        for n in range(3):
            rows = [row for row, at in zip(ROWS, places, strict=True) if n in at]
            if rows:
                ws.import_files([export(folder / f"{n}.csv", rows)])
        assert state(ws) == whole
