"""What a rule is compiled against: the moment, the zone, whom to look at, and where the tables are."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal
from zoneinfo import ZoneInfo

from sqlglot import exp

from dangol.rules.catalog import Catalog
from dangol.rules.nodes import Of
from dangol.rules.surroundings import Around, around, asks_weather, weathered
from dangol.rules.windows import Bounds

Population = exp.Query | str | int | range | None


@dataclass(frozen=True, slots=True)
class Context:
    """Where and when a rule is asked.

    now         aware; windows end here
    tz          the workspace's zone, for calendar windows
    population  None: everyone; a table or query with a column customer_id; a range of ids; or one id.
                It is pushed into every scan, so that one customer costs milliseconds
    customers   the wide table of traits (customer_id, then one column per trait)
    segments    stored: members are read from `memberships`; inline: a segment's own rule is compiled in its place
    as_of       leave out everything that happened after now
    salt        the workspace's key for splits
    tables      other names for events, order_items, consents, identifiers, memberships, weather (scratch tables of a replay)
    """

    now: dt.datetime
    tz: ZoneInfo
    catalog: Catalog
    population: Population = None
    customers: str = "customers"
    segments: Literal["stored", "inline"] = "stored"
    as_of: bool = False
    salt: str = ""
    tables: Mapping[str, str] = field(default_factory=dict)

    def only(self, population: Population) -> Context:
        """The same question for other customers (an id may be any whole number, numpy's too)."""
        one = hasattr(population, "__index__")
        return replace(self, population=operator.index(population) if one else population)  # type: ignore[arg-type]

    def table(self, name: str) -> exp.Table:
        return exp.to_table(self.tables.get(name, name))

    def facts(self, of: Of, fields: Iterable[str] = ()) -> exp.Table | exp.Subquery:
        """Events or order lines, with the weather beside them where one of the fields asks for it."""
        table = self.table("order_items" if of == "items" else "events")
        if not asks_weather(fields):
            return table
        return weathered(table.name, self.table("weather").name, self.catalog.surroundings)

    def around(self, bounds: Bounds = (None, None)) -> Around:
        """Reads what stands around rows inside the bounds."""
        return around(self.catalog.surroundings, self.tz, self.now, bounds)

    def whose(self, column: exp.Column | None = None) -> exp.Expr:
        """The condition that a row belongs to somebody in the population."""
        who = column if column is not None else exp.column("customer_id")
        match self.population:
            case None:
                return exp.Not(this=exp.Is(this=who, expression=exp.null()))
            case int(one):
                return exp.EQ(this=who, expression=exp.convert(one))
            case range():
                start, stop = exp.convert(self.population.start), exp.convert(self.population.stop)
                return exp.and_(
                    exp.GTE(this=who, expression=start), exp.LT(this=who.copy(), expression=stop), copy=False
                )
            case str(table):
                members: exp.Query = exp.select("customer_id", copy=False).from_(exp.to_table(table), copy=False)
                return exp.In(this=who, query=members.subquery(copy=False))
            case query:
                return exp.In(this=who, query=query.copy().subquery(copy=False))
