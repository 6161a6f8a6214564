"""Who would enter and leave a segment under a changed definition: samples, beside the counts that `plan` gives."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from dangol.engine import Engine, sql
from dangol.profiles.definitions import Definitions
from dangol.profiles.segments import who


@dataclass(frozen=True, slots=True)
class Movers:
    """Some of those who would enter and leave, in an order that stays."""

    enters: tuple[int, ...]
    leaves: tuple[int, ...]


def movers(
    engine: Engine, proposed: Definitions, name: str, *, now: dt.datetime, tz: ZoneInfo, limit: int = 10
) -> Movers:
    """At most `limit` of each, spread over everyone. Members now are those of the log."""
    after = who(proposed, name, now=now, tz=tz) if name in proposed.segments else sql("SELECT 0 AS customer_id LIMIT 0")
    before = sql("SELECT customer_id FROM memberships WHERE segment = :name AND left_at IS NULL", name=name)

    def only(one: object, other: object) -> tuple[int, ...]:
        query = sql(
            "SELECT a.customer_id FROM one AS a LEFT JOIN other AS b ON b.customer_id = a.customer_id"
            " WHERE b.customer_id IS NULL ORDER BY md5(CAST(a.customer_id AS VARCHAR)), a.customer_id LIMIT :n",
            tables={"one": one, "other": other},
            n=limit,
        )
        return tuple(engine.run(query)["customer_id"].to_pylist())

    return Movers(only(after, before), only(before, after))
