"""Steps of questions about order: what they are where nobody said, and as conditions on rows."""

from __future__ import annotations

import datetime as dt

from sqlglot import exp

from dangol.engine import sql
from dangol.insights.asking import Asking, named
from dangol.insights.question import Step
from dangol.rules.words import duration
from dangol.schema import DefinitionError, Problem, Text

LADDER = (
    "Product List Viewed", "Product Viewed", "Product Added", "Cart Viewed", "Checkout Started", "Payment Info Entered",
    "Order Completed",
)  # fmt: skip
"""The way to an order, as the Segment spec names it."""
ORDER = "Order Completed"


def usual_steps(asking: Asking) -> tuple[Step, ...]:
    """What a funnel is about where nobody said: the way to an order as far as the shop tells it; else order after order."""
    query = sql("SELECT DISTINCT name FROM events WHERE name IN :names", names=list(LADDER))
    here = set(asking.engine.run(query)["name"].to_pylist())
    found = [name for name in LADDER if name in here]
    if len(found) < 2:
        return (Step(event=ORDER), Step(event=ORDER), Step(event=ORDER))
    return tuple(Step(event=name) for name in found)


def condition(step: Step, asking: Asking) -> exp.Expr:
    """A row is such an event; columns are unqualified."""
    found = named(step.names)
    if step.where:
        found = exp.and_(found, exp.paren(asking.filtered(step.where)))
    return found


def names_of(steps: tuple[Step, ...]) -> tuple[str, ...]:
    """Every event the steps name; empty when one of them takes any event."""
    if any(not step.names for step in steps):
        return ()
    return tuple(dict.fromkeys(n for step in steps for n in step.names))


def length(text: str, where: str) -> dt.timedelta:
    """`30 minutes`, `14 days`, `2주`: a length that is always as long.

    :raises DefinitionError: it is none, or months or years, which are not.
    """
    found = duration(text)
    fixed = found.fixed if found is not None else None
    if not fixed:
        raise DefinitionError(
            [
                Problem(
                    Text(f"'{text[:40]}' is no length of time", f"'{text[:40]}': 시간의 길이가 아닙니다"),
                    where,
                    Text("such as 30 minutes, 12 hours, 14 days, 2 weeks", "예: 30분, 12시간, 14일, 2주"),
                )
            ]
        )
    return fixed
