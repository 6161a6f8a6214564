"""Splitting an answer: by a property of events, a trait of customers, or membership of a segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlglot import exp

from dangol.engine import literal, sql
from dangol.insights.asking import Asking
from dangol.insights.period import Stretch
from dangol.profiles import CUSTOMERS, segment_of, who
from dangol.rules import nearest
from dangol.rules.nodes import Of
from dangol.schema import DefinitionError, NotFoundError, Problem, Text, one_of

KINDS = ("property", "trait", "segment")
OTHERS = "\u2063others"
"""What stands for the values beyond the top, inside queries only."""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """`property:channel` read: what it is, its name."""

    what: Literal["property", "trait", "segment"]
    name: str


def read_breakdown(asking: Asking) -> Breakdown | None:
    """The question's `by`; None when it has none.

    :raises DefinitionError: not one of the three. :raises NotFoundError: no such trait or segment.
    """
    said = asking.question.by
    if not said:
        return None
    what, _, name = said.partition(":")
    if what not in KINDS or not name:
        raise DefinitionError(
            [
                Problem(
                    Text(f"'{said[:60]}' is no breakdown", f"'{said[:60]}': 나누는 기준이 아닙니다"),
                    "by",
                    one_of(["property:channel", "trait:gender", "segment:NAME"]),
                )
            ]
        )
    if what == "trait" and name not in asking.catalog.traits:
        raise NotFoundError(
            Text(f"there is no trait '{name[:60]}'", f"'{name[:60]}' 속성이 없습니다"),
            where="by",
            hint=nearest(name, asking.catalog.traits),
        )
    if what == "segment":
        segment_of(asking.context.definitions, name)
    return Breakdown(what, name)  # type: ignore[arg-type]


def value_sql(by: Breakdown, asking: Asking, of: Of = "events") -> exp.Expr:
    """The property or segment a row falls under, as text over unqualified columns; null when it has none.

    Membership is the customer's as it is now, not as it was then.
    """
    if by.what == "property":
        return exp.cast(asking.field(by.name, of), "varchar")
    members = who(asking.context.definitions, by.name, now=asking.context.now, tz=asking.context.tz)
    inside = exp.In(this=exp.column("customer_id"), query=members.subquery())
    return exp.Case().when(inside, literal("in")).else_(literal("out"))


def split_rows(
    asking: Asking, by: Breakdown | None, columns: list[exp.Expr], stretch: Stretch, *, of: Of = "events",
    names: tuple[str, ...] = (), asks: tuple[Any, ...] = (), known: bool = False,
) -> exp.Select:  # fmt: skip
    """`Asking.rows` with one more column, `value`: what each row falls under (text; null when it has none).

    :param columns: of the rows; customer_id must be among them.
    """
    if by is None:
        none = sql("CAST(NULL AS VARCHAR)").as_("value")
        return asking.rows([*columns, none], stretch, of=of, names=names, asks=asks, known=known)
    if by.what == "trait":
        rows = asking.rows(columns, stretch, of=of, names=names, asks=asks, known=known)
        trait = exp.cast(exp.column(by.name, table="c", quoted=True), "varchar").as_("value")
        return (
            exp.select("e.*", trait)
            .from_(rows.subquery("e"))
            .join(exp.to_table(CUSTOMERS).as_("c"), on="c.customer_id = e.customer_id", join_type="left")
        )
    value = value_sql(by, asking, of).as_("value")
    more = (*asks, by.name) if by.what == "property" else asks
    return asking.rows([*columns, value], stretch, of=of, names=names, asks=more, known=known)


def shown_sql(value: exp.Expr, shown: Sequence[str | None], *, more: bool) -> exp.Expr:
    """A value, or `OTHERS` for one that is not among those shown (null may be among them)."""
    if not more:
        return value
    words = [v for v in shown if v is not None]
    kept: exp.Expr = exp.In(this=value.copy(), expressions=[exp.convert(w) for w in words]) if words else exp.false()
    if None in shown:
        kept = exp.or_(kept, exp.Is(this=value.copy(), expression=exp.null()))
    else:
        kept = exp.and_(kept, exp.Not(this=exp.Is(this=value.copy(), expression=exp.null())))
    return exp.Case().when(kept, value.copy()).else_(literal(OTHERS))


def value_rule(by: Breakdown, value: str | None) -> tuple[dict[str, object] | None, dict[str, object] | None]:
    """A value as (rule about the customer, filter of events): one of the two is None."""
    if by.what == "segment":
        return {"in" if value == "in" else "not_in": by.name}, None
    if by.what == "trait":
        return {"trait": by.name, **({"is": value} if value is not None else {"missing": True})}, None
    return None, {by.name: {"is": value} if value is not None else {"missing": True}}
