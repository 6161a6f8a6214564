"""What the columns of a file mean. A mapping is a value, written as YAML, shipped as a preset or proposed for a new file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dangol.collect import header

Grain = Literal["order_lines", "orders", "events", "customers", "products", "reference", "ignore"]
GRAINS: tuple[Grain, ...] = ("reference", "products", "customers", "orders", "order_lines", "events", "ignore")
"""In the order files of one folder are taken: what others look up first, facts last."""

TEXTS = (
    "order_id", "line_id", "message_id", "name", "product_id", "title", "category", "department", "brand",
    "currency", "channel", "place", "device", "campaign", "coupon",
)  # fmt: skip
NUMBERS = ("quantity", "price", "amount", "discount", "tax")
FIELDS = ("at", *TEXTS, *NUMBERS)
REQUIRED: dict[Grain, tuple[str, ...]] = {
    "order_lines": ("at", "order_id"),
    "orders": ("at", "order_id"),
    "events": ("at", "name"),
    "customers": (),
    "products": ("product_id",),
    "reference": (),
    "ignore": (),
}


@dataclass(frozen=True, slots=True)
class Ref:
    """Where a value comes from.

    first    the first of the columns that is filled
    join     the columns, joined by `between` (a date column and a time column)
    sum      numbers added
    product  numbers multiplied (quantity by unit price)
    """

    columns: tuple[str, ...]
    how: Literal["first", "join", "sum", "product"] = "first"
    between: str = " "


@dataclass(frozen=True, slots=True)
class Identifier:
    """A column that points at the customer. `scope` goes in front of ids that are only unique inside one mall."""

    kind: str
    ref: Ref
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Test:
    """A question to one column: is its text one of `is_`, does it begin with `starts`, is its number below `below`?"""

    column: str
    is_: tuple[str, ...] = ()
    starts: str = ""
    below: float | None = None


@dataclass(frozen=True, slots=True)
class Undone:
    """Rows that undo value.

    event      Order Cancelled or Order Refunded
    completes  the row is the order itself, whose status says it was undone: it gives the order and its undoing. False for a
               document of its own (a credit note), which only undoes
    at         when it was undone, if the file says; else the time of the row
    amount     what was given back, if the file says; else the amount of the row
    """

    test: Test
    event: str = "Order Cancelled"
    completes: bool = True
    at: Ref | None = None
    amount: Ref | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """Rows that are no fact about a customer; counted under their reason."""

    test: Test
    reason: str


@dataclass(frozen=True, slots=True)
class Trait:
    """A demographic fact that was given. `kind`: text, number, date, gender."""

    name: str
    ref: Ref
    kind: Literal["text", "number", "date", "gender"] = "text"


@dataclass(frozen=True, slots=True)
class Property:
    """A column kept in `properties`. A `code` is never free text, so numbers in it are not taken for phones or cards."""

    name: str
    ref: Ref
    code: bool = False


@dataclass(frozen=True, slots=True)
class Consent:
    """A column that says yes or no to something. Words in neither list say nothing."""

    purpose: str
    channel: str
    ref: Ref
    granted: tuple[str, ...]
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Join:
    """Columns of another file of the same import (its mapping is `reference`), as ``mapping.column``, where `match` are equal."""

    reference: str
    match: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """See docs/presets.md; the YAML has the same keys."""

    name: str
    grain: Grain
    ko: str = ""
    en: str = ""
    source: str = ""
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    columns: tuple[tuple[str, Ref], ...] = ()
    constants: tuple[tuple[str, str], ...] = ()
    dates: tuple[str, ...] = ()
    timezone: str = ""
    numbers: Literal["point", "comma"] = "point"
    tax: Literal["included", "excluded", "unknown"] = "unknown"
    tax_rate: str = ""
    currency: str = ""
    undone: tuple[Undone, ...] = ()
    skip: tuple[Skip, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    person: tuple[tuple[str, Ref], ...] = ()
    traits: tuple[Trait, ...] = ()
    properties: tuple[Property, ...] = ()
    rest: Literal["drop", "properties"] = "drop"
    consents: tuple[Consent, ...] = ()
    drop: tuple[str, ...] = ()
    joins: tuple[Join, ...] = ()
    why: str = ""

    def ref(self, name: str) -> Ref | None:
        return dict(self.columns).get(name)

    def used(self) -> set[str]:
        """Every column the mapping speaks of, as compared (`header.key`)."""
        refs = [ref for _, ref in (*self.columns, *self.person)]
        refs += [i.ref for i in self.identifiers] + [t.ref for t in self.traits]
        refs += [p.ref for p in self.properties] + [c.ref for c in self.consents]
        refs += [ref for u in self.undone for ref in (u.at, u.amount) if ref]
        tests = [u.test.column for u in self.undone] + [s.test.column for s in self.skip]
        joins = [a for j in self.joins for a, _ in j.match]
        return {header.key(c) for c in (*(c for r in refs for c in r.columns), *tests, *joins, *self.drop)}

    def untaken(self, columns: Sequence[str]) -> tuple[str, ...]:
        """The columns of a header of which nothing is kept: not spoken of, or spoken of to drop them."""
        dropped = {header.key(c) for c in self.drop}
        if self.grain in ("reference", "ignore"):
            return ()
        kept = self.used() - dropped if self.rest == "drop" else {header.key(c) for c in columns} - dropped
        return tuple(c for c in columns if header.key(c) not in kept)

    def fits(self, columns: Sequence[str]) -> int:
        """How well it fits a header: 0 when a required column is missing or an absent one is there; more is better."""
        have = {header.key(c) for c in columns}
        need = [{header.key(c) for c in choices.split("|")} for choices in self.required]
        unfit = {header.key(c) for c in self.absent} & have
        if not need or unfit or not all(choices & have for choices in need):
            return 0
        # An export that names its columns exactly is surer than a list of what they might be called.
        sure = sum(1 for choices in need if len(choices) == 1)
        return (
            1000 * sure
            + 100 * (len(need) - sure)
            + sum(10 for c in self.optional if header.key(c) in have)
            + len(self.used() & have)
        )
