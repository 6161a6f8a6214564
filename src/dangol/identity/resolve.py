"""One batch of identifiers and links, taken into who is who."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace

import pyarrow as pa

from dangol.engine import Engine, Rows, sql
from dangol.identity.arrive import Arrival, arrive
from dangol.identity.crowd import TOO_COMMON, too_common
from dangol.identity.entries import append, append_junk, append_links, blocks
from dangol.identity.once import Source
from dangol.identity.place import Placed, place
from dangol.identity.policy import Policy
from dangol.identity.region import Region, read
from dangol.identity.standing import Standing, stand
from dangol.identity.tellings import keep
from dangol.identity.values import Resolution
from dangol.identity.write import enter, work_out, write

_ENDS = "SELECT a AS node FROM p UNION SELECT b AS node FROM p"
_ENDS_AND = "SELECT a AS node FROM p UNION SELECT b AS node FROM p UNION SELECT node FROM o"


def resolve(
    engine: Engine,
    identifiers: Source,
    links: Source | None,
    *,
    batch: int,
    now: dt.datetime,
    policy: Policy | None = None,
    same: Sequence[int] = (),
) -> Resolution:
    """Register identifiers, log their links, and recompute the customers they meet, and nobody else.

    Call it inside the transaction that writes the batch's facts, then `rehome` what moved.

    :param identifiers: table or query with ``node, kind, first_seen, last_seen`` and, if there are any, ``value``
        (readable, never personal data), ``source``, ``blocked``; repeats are allowed.
    :param links: table or query with ``a, b, fact, at, source``: nodes seen on one record; repeats are allowed. None
        when every record carries one identifier only.
    :param now: aware time of this step; stands in for facts without a time.
    :param same: batches that are one teller with this one (the days of live events): none of them is taken back.
    """
    policy = policy or Policy()
    with engine.transaction(), ExitStack() as stack:
        before = stand(engine)
        came = stack.enter_context(arrive(engine, identifiers, links, before, now=now, policy=policy))
        region = _around(engine, came, before, stack)
        placed, blocked = settle_region(engine, region, came.barred, before, policy)
        del region
        keep(engine, came, before, batch=batch, same=same)
        last = before.seq
        if came.pairs is not None:
            last = append_links(engine, came.pairs, came.links, last=last, batch=batch, now=now)
        if came.junk:
            last = append_junk(engine, came.fresh, last=last, batch=batch, now=now)
        append(engine, blocks(blocked, now=now, batch=batch), last=last, now=now)
        change = stack.enter_context(work_out(engine, placed, before, given=came.given, near=came.near))
        write(engine, change, before)
        enter(engine, came.fresh, placed.fresh, batch=batch)
        return replace(change.said, links=came.links)


def _around(engine: Engine, came: Arrival, before: Standing, stack: ExitStack) -> Region:
    """What the batch's links and new blocks meet, and all that is new."""
    seeds = None
    if before.identifiers and (came.pairs is not None or came.barred):
        rows: Rows = pa.table({"node": pa.array(sorted(came.barred), pa.int64())})
        if came.pairs is not None:
            rows = sql(_ENDS, tables={"p": came.pairs})
        if came.pairs is not None and came.barred:
            barred = stack.enter_context(engine.scratch(pa.table({"node": pa.array(sorted(came.barred), pa.int64())})))
            rows = sql(_ENDS_AND, tables={"p": came.pairs, "o": barred})
        seeds = stack.enter_context(engine.scratch(rows))
    return read(engine, before, stack, seeds=seeds, near=came.near, fresh=came.fresh, links=came.pairs)


def settle_region(
    engine: Engine, region: Region, blocked: Mapping[int, str | None], before: Standing, policy: Policy
) -> tuple[Placed, dict[int, str]]:
    """Place a region, with values that turn out to be everybody's blocked; also all blocks that are new."""
    spared = {node for node, reason in blocked.items() if reason is None}
    already = set(blocked) | _barred_in(region)
    crowd = [n for n in too_common(engine, region, policy, spared) if n not in already]
    everything = {**blocked, **dict.fromkeys(crowd, TOO_COMMON)}
    return place(region, everything, before.id, policy), {n: r for n, r in everything.items() if r is not None}


def _barred_in(region: Region) -> set[int]:
    table = region.who
    if table["blocked"].null_count == table.num_rows:
        return set()
    return set(table.filter(table["blocked"].is_valid())["node"].to_pylist())
