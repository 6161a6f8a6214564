"""What passes look at for one population: its customers' traits and their events and order lines, sorted by customer and time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from sqlglot import exp

from dangol.rules.compile_tests import bounds_sql, field_sql
from dangol.rules.context import Context
from dangol.rules.nodes import Of
from dangol.rules.passes.columns import Bools, Col, Ints, column
from dangol.rules.surroundings import FIELDS
from dangol.rules.windows import TICK, Bounds
from dangol.schema import EVENTS, ORDER_ITEMS

PROPERTY = "property "
"""JSON properties come as columns of this prefix and their name."""


@dataclass(slots=True)
class Rows:
    """Events (or order lines) of a population, sorted by customer, time and event.

    who   row → position of its customer
    """

    who: Ints
    at: Ints
    table: pa.Table
    size: int
    _columns: dict[str, Col] = field(default_factory=dict)
    _groups: tuple[Ints, Ints] | None = None

    def col(self, name: str) -> Col:
        """A column, or a JSON property, by its field name; made once."""
        if name not in self._columns:
            json = PROPERTY + name in self.table.column_names
            self._columns[name] = column(self.table[PROPERTY + name if json else name], json=json)
        return self._columns[name]

    def moments(self) -> tuple[Ints, Ints]:
        """For each row: the first row of its customer and moment, and the first row of its customer."""
        if self._groups is None:
            new_who = np.ones(len(self.who), bool)
            new_who[1:] = self.who[1:] != self.who[:-1]
            new_at = new_who.copy()
            new_at[1:] |= self.at[1:] != self.at[:-1]
            self._groups = _first(new_at), _first(new_who)
        return self._groups


def _first(new: Bools) -> Ints:
    return np.maximum.accumulate(np.where(new, np.arange(len(new)), 0))


def rows_of(table: pa.Table, ids: Ints) -> Rows:
    """Rows of an Arrow table (with customer_id and at) that is sorted by customer_id, at, event_id.

    :param ids: the population, ascending; rows of anybody else are an error.
    """
    owners = np.asarray(table["customer_id"].combine_chunks(), np.int64)
    who = np.searchsorted(ids, owners)
    at = np.asarray(table["at"].combine_chunks().cast(pa.timestamp("us")).cast(pa.int64()))
    return Rows(who, at, table, len(ids))


def rows_query(of: Of, fields: Iterable[str], ctx: Context, bounds: Bounds) -> exp.Select:
    """The rows a set of rules needs of the population, and no other columns."""
    schema = ORDER_ITEMS if of == "items" else EVENTS
    order = ["customer_id", "at", "event_id", *(["line"] if of == "items" else [])]
    fields = set(fields)
    wanted = sorted(fields - {"at", "customer_id"})
    around = ctx.around(bounds)
    columns: list[exp.Expr] = [exp.column("customer_id"), exp.column("at")]
    for name in wanted:
        if schema.column(name) is not None:
            columns.append(exp.column(name))
        elif name in FIELDS:
            columns.append(exp.alias_(around.value(name), name, copy=False))
        else:
            columns.append(exp.alias_(field_sql(name, of), PROPERTY + name, quoted=True, copy=False))
    if ctx.as_of:
        end = ctx.now + TICK
        bounds = bounds[0], end if bounds[1] is None else min(bounds[1], end)
    query = exp.select(*columns, copy=False).from_(ctx.facts(of, fields), copy=False)
    query = query.where(ctx.whose(), *bounds_sql(exp.column("at"), bounds), copy=False)
    return query.order_by(*(exp.column(c) for c in order), copy=False)


def traits_query(names: Iterable[str], ctx: Context) -> exp.Select:
    """Traits of the population, by customer."""
    columns = [exp.column("customer_id"), *(exp.column(n, quoted=True) for n in sorted(set(names)))]
    query = exp.select(*columns, copy=False).from_(exp.to_table(ctx.customers), copy=False)
    if ctx.population is not None:
        query = query.where(ctx.whose(), copy=False)
    return query.order_by(exp.column("customer_id"), copy=False)


@dataclass(slots=True)
class Facts:
    """Everything about one population. `leaves`: truths of leaves that only SQL decides."""

    ids: Ints
    traits: pa.Table
    rows: Mapping[Of, Rows]
    _columns: dict[str, Col] = field(default_factory=dict)

    def trait(self, name: str) -> Col:
        if name not in self._columns:
            self._columns[name] = column(self.traits[name])
        return self._columns[name]
