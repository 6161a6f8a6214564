"""Leaving nothing of a customer in who is who, for an erasure."""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack
from dataclasses import dataclass

import pyarrow as pa

from dangol.engine import Engine, sql
from dangol.identity.entries import append, entries
from dangol.identity.lookup import follow, nodes_of
from dangol.identity.policy import Policy
from dangol.identity.region import members, read
from dangol.identity.resolve import settle_region
from dangol.identity.standing import stand
from dangol.identity.values import Resolution
from dangol.identity.write import work_out, write


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was erased.

    :param nodes: identifiers that are gone, with blocked ones that were this customer's alone: erase their
        facts and vault rows too.
    :param ids: customer ids that are gone, with those merged into it; none is ever given out again.
    :param entries: rows deleted from the log.
    :param resolution: what it changed for others, who shared an identifier with the customer and were kept apart.
    """

    nodes: tuple[int, ...]
    ids: tuple[int, ...]
    entries: int
    resolution: Resolution


def forget(
    engine: Engine, customer_id: int, *, actor: str, now: dt.datetime, policy: Policy | None = None
) -> Forgotten:
    """Delete a customer's identifiers, log entries, redirects and conflicts; one entry says that it was done.

    :raises NotFoundError: there is no such customer.
    """
    policy = policy or Policy()
    with engine.transaction(), ExitStack() as stack:
        before, today = stand(engine), follow(engine, customer_id)
        mine = nodes_of(engine, today)
        with engine.scratch(_column(mine)) as nodes, members(engine, nodes, before) as around:
            rivals = engine.run(
                sql(
                    "SELECT node FROM m WHERE customer_id <> :id OR customer_id IS NULL", tables={"m": around}, id=today
                )
            )["node"].to_pylist()
            mine += _blocked_and_only_theirs(engine, nodes)
        gone = stack.enter_context(engine.scratch(_column(mine)))
        ids = {today, *_born(engine, gone)}
        entry_count = _delete(engine, gone, today)
        note = entries("erase", [(None, None)], rule="by_hand", fact=str(before.id), now=now, actor=actor)
        append(engine, note, last=before.seq, now=now)
        seeds = stack.enter_context(engine.scratch(_column(rivals)))
        placed, _ = settle_region(engine, read(engine, before, stack, seeds=seeds), {}, before, policy)
        change = stack.enter_context(work_out(engine, placed, before))
        write(engine, change, before)
        return Forgotten(tuple(sorted(mine)), tuple(sorted(ids)), entry_count, change.said)


def _column(nodes: list[int]) -> pa.Table:
    return pa.table({"node": pa.array(nodes, pa.int64())})


def _blocked_and_only_theirs(engine: Engine, nodes: str) -> list[int]:
    """Blocked identifiers that were seen with this customer's identifiers and with nobody else's."""
    rows = engine.run(
        sql(
            "SELECT e.node FROM ("
            "  SELECT g.b AS node, g.a AS by FROM identity_log AS g WHERE g.action = 'link'"
            "  UNION ALL SELECT g.a AS node, g.b AS by FROM identity_log AS g WHERE g.action = 'link') AS e"
            " JOIN identifiers AS i ON i.node = e.node LEFT JOIN n ON n.node = e.by"
            " WHERE NOT i.blocked IS NULL GROUP BY e.node HAVING count(n.node) = count(*)",
            tables={"n": nodes},
        )
    )
    return [int(n) for n in rows["node"].to_pylist()]


def _born(engine: Engine, nodes: str) -> list[int]:
    rows = engine.run(
        sql(
            "SELECT born_as FROM identifiers WHERE node IN (SELECT n.node FROM n) AND NOT born_as IS NULL",
            tables={"n": nodes},
        )
    )
    return [int(n) for n in rows["born_as"].to_pylist()]


def _delete(engine: Engine, nodes: str, customer_id: int) -> int:
    names = {"n": nodes}
    engine.delete("identity_conflicts", sql("node IN (SELECT n.node FROM n)", tables=names))
    engine.delete("redirects", sql("customer_id = :id", id=customer_id))
    for table in ("identifiers", "identifiers_told"):
        engine.delete(table, sql("node IN (SELECT n.node FROM n)", tables=names))
    ends = sql("a IN (SELECT n.node FROM n) OR b IN (SELECT n.node FROM n)", tables=names)
    engine.delete("links_told", ends)
    return engine.delete("identity_log", ends)
