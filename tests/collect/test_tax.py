"""Amounts with and without tax come out the same; currencies are those of ISO 4217."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangol.app.settings import Settings as Workspace
from dangol.collect import Mapping, mapping_from_yaml, mapping_to_yaml
from dangol.engine import DuckDBEngine
from dangol.schema import DefinitionError, currencies, currency_hint

from .conftest import Settings, Taker, rows

Save = Callable[..., Path]


def mapping(tax: str, *, column: bool = False, currency: str = "KRW") -> Mapping:
    return mapping_from_yaml(
        f"""
mapping: m
grain: order_lines
tax: {tax}
currency: {currency}
columns: {{at: at, order_id: order, line_id: line, amount: amount{", tax: vat" if column else ""}}}
undone:
  - {{column: state, is: [refunded], event: Order Refunded, amount: back}}
"""
    )


HEAD = "at,order,line,amount,vat,state,back\n"


def found(
    taking: Taker, engine: DuckDBEngine, path: Path, how: Mapping, **options: object
) -> list[tuple[Decimal, Decimal | None]]:
    with taking(path, how, **options) as taken:
        assert taken.counts.quarantined == {}
        return [(e["amount"], e["tax"]) for e in rows(engine, taken.events, "name")]


@pytest.mark.parametrize(
    ("tax", "column", "wanted"),
    [
        ("included", False, (11_000, None)),
        ("unknown", False, (11_000, None)),
        ("included", True, (11_000, 900)),
        ("{included: true, rate: 10%}", False, (11_000, 1000)),
        ("{included: true, rate: 0.1}", True, (11_000, 900)),
        ("excluded", False, (12_100, 1100)),  # won: ten per cent unless the mapping says another
        ("excluded", True, (11_900, 900)),
        ("{included: false, rate: 0%}", False, (11_000, 0)),
        ("{included: false, rate: 8%}", False, (11_880, 880)),
    ],
)
def test_value_is_with_tax(
    taking: Taker, engine: DuckDBEngine, save: Save, tax: str, column: bool, wanted: tuple[int, int | None]
) -> None:
    path = save(HEAD + "2026-01-01,O1,1,11000,900,paid,\n")
    [(amount, contained)] = found(taking, engine, path, mapping(tax, column=column))
    assert (amount, contained) == (Decimal(wanted[0]), None if wanted[1] is None else Decimal(wanted[1]))


def test_a_refund_is_with_tax_too(taking: Taker, engine: DuckDBEngine, save: Save) -> None:
    path = save(HEAD + "2026-01-01,O1,1,10000,,refunded,10000\n")
    assert found(taking, engine, path, mapping("{included: false, rate: 10%}")) == [
        (Decimal(11_000), Decimal(1000)),
        (Decimal(-11_000), Decimal(-1000)),
    ]


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(net=st.integers(1, 10**9), rate=st.sampled_from(["5%", "10%", "19%", "7.7%"]))
def test_net_and_gross_exports_of_one_order_agree(
    net: int, rate: str, taking: Taker, engine: DuckDBEngine, tmp_path: Path
) -> None:
    share = Decimal(rate[:-1]) / 100
    gross = net * (1 + share)
    told = []
    for included, amount in (("false", Decimal(net)), ("true", gross)):
        path = tmp_path / "o.csv"
        path.write_text(f"{HEAD}2026-01-01,O1,1,{amount},,paid,\n", encoding="utf-8")
        told += found(taking, engine, path, mapping(f"{{included: {included}, rate: {rate}}}"))
    assert [a for a, _ in told] == [gross, gross]
    assert all(t is not None and abs(t - net * share) <= Decimal("0.0002") + gross / 10**12 for _, t in told)


def test_a_net_amount_without_a_rate_is_asked_about(taking: Taker, save: Save) -> None:
    path = save(HEAD + "2026-01-01,O1,1,11000,900,paid,\n")
    with pytest.raises(DefinitionError, match="neither a column"), taking(
        path, mapping("excluded", currency="USD"), settings=Settings(rates={"USD": "1300"})
    ):  # fmt: skip
        pass


@pytest.mark.parametrize("tax", ["{included: false, rate: 10}", "{included: maybe}", "{rate: ten}", "vat"])
def test_odd_taxes_are_refused_with_a_hint(tax: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        mapping(tax)
    assert all(p.hint.en for p in caught.value.problems)
    assert any("\uac00" <= c <= "\ud7a3" for p in caught.value.problems for c in p.message.ko + p.hint.ko)


@pytest.mark.parametrize("tax", ["excluded", "{included: true, rate: 10%}", "{included: false, rate: 7.7%}"])
def test_taxes_are_written_as_they_were_read(tax: str) -> None:
    assert mapping_from_yaml(mapping_to_yaml(mapping(tax))) == mapping(tax)


def test_currencies_are_those_of_the_standard() -> None:
    codes = currencies()
    assert len(codes) == len(set(codes)) > 140
    assert {"KRW", "USD", "XOF", "VND"} <= set(codes)
    assert not {"XAU", "XTS", "XXX", "DEM", "ABC"} & set(codes)
    assert "KRW" in currency_hint("KWR").en
    assert "ISO 4217" in currency_hint("원").ko
    for write in ("currency: KWR", "constants: {currency: KWR}"):
        with pytest.raises(DefinitionError, match="KWR"):
            mapping_from_yaml(f"{{mapping: m, grain: products, columns: {{product_id: a}}, {write}}}")
    with pytest.raises(DefinitionError, match="KWR"):
        Workspace.load(currency="KWR")
    assert Workspace.load(currency="usd", rates={"eur": "1.1"}).rates == {"EUR": "1.1"}
