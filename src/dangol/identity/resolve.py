"""One batch of identifiers and links, taken into who is who."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import ExitStack

import pyarrow as pa
from sqlglot import exp

from dangol.engine import Engine, sql
from dangol.identity.arrive import Arrival, Source, arrive
from dangol.identity.crowd import TOO_COMMON, too_common
from dangol.identity.entries import append, append_junk, append_links, blocks
from dangol.identity.place import Placed, place
from dangol.identity.policy import Policy
from dangol.identity.region import Region, read
from dangol.identity.values import Resolution
from dangol.identity.write import summary, work_out, write


def resolve(
    engine: Engine,
    identifiers: Source,
    links: Source | None,
    *,
    batch: int,
    now: dt.datetime,
    policy: Policy | None = None,
) -> Resolution:
    """Register identifiers, log their links, and recompute the customers they meet, and nobody else.

    Call it inside the transaction that writes the batch's facts, then `rehome` what moved.

    :param identifiers: table or query with ``node, kind, first_seen, last_seen`` and, if there are any, ``value``
        (readable, never personal data), ``source``, ``blocked``; repeats are allowed.
    :param links: table or query with ``a, b, fact, at, source``: nodes seen on one record; repeats are allowed. None
        when every record carries one identifier only.
    :param now: aware time of this step; stands in for facts without a time.
    """
    policy = policy or Policy()
    with engine.transaction(), ExitStack() as stack:
        came = stack.enter_context(arrive(engine, identifiers, links, now=now, repeat=policy.shared_device))
        placed, blocked = _placed(engine, came, policy, stack)
        if came.pairs is not None:
            append_links(engine, came.pairs, batch=batch, now=now)
        append_junk(engine, came.fresh, batch=batch, now=now)
        append(engine, blocks(blocked, now=now, batch=batch), now)
        return finish(stack, engine, placed, given=came.given, fresh=came.fresh, batch=batch, links=came.links)


def finish(
    stack: ExitStack,
    engine: Engine,
    placed: Placed,
    *,
    given: str,
    fresh: str,
    batch: int,
    links: int = 0,
    entry: int = 0,
    preview: bool = False,
) -> Resolution:
    """Work a step out, say what it does and, unless it is a preview, write it."""
    change = stack.enter_context(work_out(engine, placed, given=given, fresh=fresh, batch=batch))
    said = summary(engine, change, given=given, links=links, entry=entry)
    if not preview:
        write(engine, change)
    return said


def _placed(engine: Engine, came: Arrival, policy: Policy, stack: ExitStack) -> tuple[Placed, dict[int, str]]:
    """Place what the batch's links and new blocks meet; also which nodes it blocks that were open until now."""
    if came.pairs is None and not came.barred:
        return place(Region.nowhere(), {}, policy), {}
    barred = stack.enter_context(engine.scratch(pa.table({"node": pa.array(sorted(came.barred), pa.int64())})))
    seeds = stack.enter_context(engine.scratch(_seeds(came.pairs, barred)))
    region = read(engine, seeds, fresh=came.fresh, links=came.pairs, known=came.known)
    return settle_region(engine, region, dict(came.barred), policy)


def _seeds(pairs: str | None, barred: str) -> exp.Expr:
    if pairs is None:
        return sql("SELECT node FROM o", tables={"o": barred})
    return sql(
        "SELECT a AS node FROM p UNION SELECT b AS node FROM p UNION SELECT node FROM o",
        tables={"p": pairs, "o": barred},
    )


def settle_region(
    engine: Engine, region: Region, blocked: Mapping[int, str | None], policy: Policy
) -> tuple[Placed, dict[int, str]]:
    """Place a region, with values that turn out to be everybody's blocked; also all blocks that are new."""
    spared = {node for node, reason in blocked.items() if reason is None}
    already = set(blocked) | _barred_in(region)
    crowd = [n for n in too_common(engine, region, policy, spared) if n not in already]
    everything = {**blocked, **dict.fromkeys(crowd, TOO_COMMON)}
    return place(region, everything, policy), {n: r for n, r in everything.items() if r is not None}


def _barred_in(region: Region) -> set[int]:
    table = region.who
    if table["blocked"].null_count == table.num_rows:
        return set()
    return set(table.filter(table["blocked"].is_valid())["node"].to_pylist())
