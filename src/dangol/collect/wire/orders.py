"""Amounts and lines of the Segment e-commerce events: signs, tax and currency made explicit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from dangol.collect.wire import clean

SIGNS = {"Order Completed": 1, "Order Cancelled": -1, "Order Refunded": -1}
_PLACES = Decimal("0.0001")


class AmountError(ValueError):
    """(field, reason) of a number that cannot be read or converted."""


@dataclass(frozen=True, slots=True)
class Line:
    """One product of an order; quantity and amounts signed like the order's, in the workspace's currency."""

    product_id: str | None
    title: str | None
    category: str | None
    brand: str | None
    quantity: Decimal | None
    price: Decimal | None
    amount: Decimal | None
    discount: Decimal | None
    coupon: str | None


@dataclass(frozen=True, slots=True)
class Worth:
    """What an event is worth, in the workspace's currency, and the names of the properties that told it."""

    amount: Decimal | None = None
    discount: Decimal | None = None
    tax: Decimal | None = None
    quantity: Decimal | None = None
    currency: str | None = None
    lines: tuple[Line, ...] = ()
    used: frozenset[str] = frozenset()


_NOTHING = Worth()


@dataclass(frozen=True, slots=True)
class Money:
    """The workspace's currency, and what one unit of another is worth in it."""

    currency: str
    rates: Mapping[str, str]

    def rate(self, code: str | None) -> Decimal | None:
        """Units of the workspace's currency for one of `code`; null where nobody said."""
        if code is None or code == self.currency:
            return Decimal(1)
        return Decimal(self.rates[code]) if code in self.rates else None


def worth(name: str, said: Mapping[str, Any], money: Money, taken: Counter[str]) -> Worth:
    """Order events by their total (else revenue, tax and shipping, else their lines); others only by revenue or total.

    Raises `AmountError`.
    """
    sign = SIGNS.get(name)
    if sign is None and not any(said.get(n) is not None for n in ("total", "revenue")):
        return _NOTHING
    try:
        return _worth(sign, said, money, taken)
    except AmountError:
        if sign is None:  # not an order: what it says stays among its properties
            return _NOTHING
        raise


def _worth(sign: int | None, said: Mapping[str, Any], money: Money, taken: Counter[str]) -> Worth:
    currency = clean.text(said.get("currency"), taken)
    currency = currency.upper()[:3] if currency else None
    rate = money.rate(currency)
    if rate is None:
        raise AmountError("currency", "no_rate")
    turn = sign or 1
    lines = tuple(_lines(said.get("products"), turn, rate, taken)) if sign else ()
    discount, tax = (_number(said, n) for n in ("discount", "tax"))
    amount = _amount(said)
    costs = [abs(line.amount) for line in lines if line.amount is not None]
    if amount is None and costs and len(costs) == len(lines):
        amount = sum(costs, Decimal(0)) / rate
    total = [line.quantity for line in lines if line.quantity is not None]
    return Worth(
        None if amount is None else _signed(_by(amount, rate), turn),
        None if discount is None else abs(_by(discount, rate)),
        None if tax is None else _signed(_by(tax, rate), turn),
        sum(total, Decimal(0)) if total else None,
        currency or money.currency,
        lines,
        frozenset(
            {"total", "revenue", "tax", "discount", "currency", "coupon", "order_id", *(["products"] if lines else [])}
        ),
    )


def _signed(value: Decimal, sign: int) -> Decimal:
    return -abs(value) if sign < 0 else value


def _amount(said: Mapping[str, Any]) -> Decimal | None:
    total = _number(said, "total")
    if total is not None:
        return total
    revenue = _number(said, "revenue")  # without tax and shipping, by the specification
    if revenue is None:
        return _number(said, "value")
    return revenue + (_number(said, "tax") or 0) + (_number(said, "shipping") or 0)


def _lines(products: Any, sign: int, rate: Decimal, taken: Counter[str]) -> list[Line]:
    found = []
    for one in products if isinstance(products, list) else ():
        if not isinstance(one, dict):
            raise AmountError("products", "bad_shape")
        quantity = _number(one, "quantity")
        price = _number(one, "price")
        units = Decimal(1) if quantity is None else quantity
        amount = None if price is None else _by(price * units, rate)
        discount = _number(one, "discount")
        found.append(
            Line(
                clean.code(one.get("product_id") or one.get("productId") or one.get("sku") or one.get("id"), taken),
                clean.text(one.get("name"), taken),
                clean.text(one.get("category"), taken),
                clean.text(one.get("brand"), taken),
                -abs(units) if sign < 0 else units,
                None if price is None else _by(price, rate),
                None if amount is None else (-abs(amount) if sign < 0 else amount),
                None if discount is None else abs(_by(discount, rate)),
                clean.code(one.get("coupon"), taken),
            )
        )
    return found


def _number(said: Mapping[str, Any], name: str) -> Decimal | None:
    try:
        return clean.number(said.get(name))
    except ValueError as error:
        raise AmountError(name, str(error)) from None


def _by(value: Decimal, rate: Decimal) -> Decimal:
    made = (value * rate).quantize(_PLACES)
    if abs(made) > 1_000_000_000_000:
        raise AmountError("amount", "too_large")
    return made
