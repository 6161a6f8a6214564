"""The catalogue of what senders say, and the plan of what they should: pure, over events as they are staged."""

from dangol.collect.tracking.check import KINDS, Violation, check
from dangol.collect.tracking.examples import shape
from dangol.collect.tracking.plan import TYPES, Expected, Plan, Planned, plan_of, read_plan
from dangol.collect.tracking.seen import OTHER, Seen, Told, folded, tally, told_of

__all__ = [
    "KINDS",
    "OTHER",
    "TYPES",
    "Expected",
    "Plan",
    "Planned",
    "Seen",
    "Told",
    "Violation",
    "check",
    "folded",
    "plan_of",
    "read_plan",
    "shape",
    "tally",
    "told_of",
]
