"""What could be done next, as rules with the customers they find today. Screens word it; `id` says which it is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dangol import profiles
from dangol.app.definitions import current
from dangol.engine import sql
from dangol.schema import DangolError

if TYPE_CHECKING:
    from dangol.app import Workspace

_VALUE = """
SELECT COUNT(*) AS customers, SUM(c.revenue_365d) AS value FROM members AS m JOIN customers AS c ON c.customer_id = m.customer_id
"""


@dataclass(frozen=True, slots=True)
class Advice:
    """A rule worth acting on when it finds somebody."""

    id: str
    rule: dict[str, Any]
    needs: tuple[str, ...]
    least: int = 1


RULES = (
    Advice(
        "lapsing_value",
        {"all": [{"trait": "lifecycle_stage", "is": "lapsing"}, {"trait": "rfm_monetary", "at_least": 4}]},
        ("lifecycle_stage", "rfm_monetary"),
    ),
    Advice(
        "second_order",
        {"all": [{"trait": "orders", "is": 1}, {"trait": "lateness", "between": [1, 3]}]},
        ("orders", "lateness"),
    ),
    Advice(
        "won_back",
        {"all": [{"trait": "lifecycle_stage", "is": "won_back"}]},
        ("lifecycle_stage",),
    ),
    Advice(
        "big_quiet",
        {"all": [{"trait": "lifecycle_stage", "is": "lost"}, {"trait": "rfm_monetary", "is": 5}]},
        ("lifecycle_stage", "rfm_monetary"),
    ),
    Advice("newcomers", {"all": [{"trait": "days_since_first_order", "at_most": 30}]}, ("days_since_first_order",)),
    Advice(
        "regulars",
        {
            "all": [
                {"trait": "rfm_recency", "at_least": 4},
                {"trait": "rfm_frequency", "at_least": 4},
                {"trait": "rfm_monetary", "at_least": 4},
            ]
        },
        ("rfm_recency", "rfm_frequency", "rfm_monetary"),
    ),
)
"""In the order of urgency: what is being lost first, what can grow next, what can be thanked for last."""


def advice(ws: Workspace, now: dt.datetime) -> list[dict[str, Any]]:
    """Those that find somebody: id, rule, customers, value (revenue of their last 365 days)."""
    definitions = current(ws)
    listed = []
    for one in RULES:
        if any(trait not in definitions.traits for trait in one.needs):
            continue
        try:
            found = profiles.who(definitions, one.rule, now=now, tz=ws.settings.tz)
            row = ws.engine.run(sql(_VALUE, tables={"members": found})).to_pylist()[0]
        except DangolError:  # the shop defined a trait of this name otherwise: then it is no advice here
            continue
        if row["customers"] >= one.least:
            listed.append({"id": one.id, "rule": one.rule, "customers": row["customers"], "value": row["value"] or 0})
    return listed
