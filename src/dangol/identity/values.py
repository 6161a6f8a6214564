"""What crosses the room's border."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import pyarrow as pa

MOVED = pa.schema([("node", pa.int64()), ("old_id", pa.int64()), ("new_id", pa.int64()), ("fresh", pa.bool_())])


@dataclass(frozen=True, slots=True)
class Resolution:
    """What one step changed (or, as a preview, would change).

    :param new_customers: ids minted.
    :param known_customers: customers from before that the batch's identifiers belong to.
    :param merges: ids from before that now lead to another.
    :param splits: ids that led to another and are customers of their own again.
    :param conflicts: refused joins around the customers that were looked at.
    :param links: pairs of evidence that were new to the log.
    :param moved: Arrow table ``node, old_id, new_id, fresh``: one row per identifier whose customer changed; `fresh`
        ones were not known before (their `old_id` is null); `new_id` is null for one that was blocked.
    :param touched: distinct customer ids (int64), vanished ones included, whose facts or traits may differ.
    :param entry: number of the by-hand action, which `unmerge(entry=…)` takes back; 0 when there was none.
    """

    new_customers: int = 0
    known_customers: int = 0
    merges: int = 0
    splits: int = 0
    conflicts: int = 0
    links: int = 0
    moved: pa.Table = field(default_factory=lambda: MOVED.empty_table())
    touched: pa.Array = field(default_factory=lambda: pa.array([], pa.int64()))
    entry: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a chain of evidence: a record, or a person, tied `node` to `to`.

    `rule` is ``same_record`` or ``by_hand``; `fact` names the record; `entry` is the by-hand action.
    """

    node: int
    to: int
    rule: str
    source: str | None
    fact: str | None
    at: dt.datetime | None
    actor: str | None
    entry: int | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why an identifier is on its customer: the shortest chain from it to the customer's oldest identifier.

    `chain` is empty for the oldest identifier itself.
    """

    node: int
    kind: str
    value: str | None
    first_seen: dt.datetime
    last_seen: dt.datetime
    source: str | None
    oldest: bool
    chain: tuple[Step, ...]
