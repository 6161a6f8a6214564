"""Merges and unmerges by hand: the identity log, the facts, the vault, and the traits of exactly the customers touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from dangol import identity
from dangol.app import recovery
from dangol.app.both import both
from dangol.identity import Resolution
from dangol.schema import Answer

if TYPE_CHECKING:
    from dangol.app import Workspace

_MOVED = pa.schema([("kind", pa.string()), ("node", pa.int64()), ("old_id", pa.int64()), ("customer_id", pa.int64())])
_REFUSED = pa.schema(
    [
        ("node", pa.int64()),
        ("kind", pa.string()),
        ("reason", pa.string()),
        ("customers", pa.list_(pa.string())),
        ("at", pa.timestamp("us")),
    ]
)


def merge(ws: Workspace, one: int, other: int, *, reason: str = "", dry_run: bool = False) -> Answer:
    """One person: `other`'s identifiers move to the older of the two."""
    return _by_hand(
        ws,
        f"merge C{one} C{other}",
        reason,
        dry_run,
        lambda: identity.merge(
            ws.engine,
            one,
            other,
            actor=ws.actor,
            now=ws.real_now(),
            why=reason or None,
            policy=ws.policy,
            preview=dry_run,
        ),
    )


def unmerge(
    ws: Workspace,
    customer: int,
    *,
    identifiers: Sequence[int] = (),
    entry: int | None = None,
    reason: str = "",
    dry_run: bool = False,
) -> Answer:
    """Two people: the named identifiers leave `customer`, or the merge with number `entry` is taken back."""
    return _by_hand(
        ws,
        f"unmerge C{customer}",
        reason,
        dry_run,
        lambda: identity.unmerge(
            ws.engine,
            customer,
            nodes=identifiers,
            entry=entry,
            actor=ws.actor,
            now=ws.real_now(),
            why=reason or None,
            policy=ws.policy,
            preview=dry_run,
        ),
    )


def refused(ws: Workspace) -> Answer:
    """Joins that were refused: node, kind, reason, the customers that claim it."""
    found = identity.conflicts(ws.engine)
    if len(found):
        return found
    return Answer(_REFUSED.empty_table(), note=ws.say("No join was refused.", "거절된 연결이 없습니다."))


def follow_through(ws: Workspace, found: Resolution) -> None:
    """Facts and vault rows follow identifiers to their new customer. Inside the caller's transactions.

    What came with an identifier that was blocked is nobody's now: its facts stay without a customer, its personal data goes.
    """
    identity.rehome(ws.engine, found.moved)
    personal_follows(ws, found)


def personal_follows(ws: Workspace, found: Resolution) -> None:
    """The store's part of `follow_through`."""
    known = found.moved.filter(found.moved["old_id"].is_valid())
    moved = [(m["node"], m["old_id"], m["new_id"]) for m in known.to_pylist()]
    ws.vault.move([(node, old, new) for node, old, new in moved if new is not None])
    ws.vault.drop([(node, old) for node, old, new in moved if new is None])


def _by_hand(ws: Workspace, what: str, reason: str, dry_run: bool, step: Callable[[], Resolution]) -> Answer:
    if dry_run:
        return _moved(ws, step(), dry_run=True)
    with ws.facts_turn():  # until they are computed, too: a request must not come to wait for an import
        found = _done(ws, what, reason, step)
        ws.refresh_touched([found.touched])
    return _moved(ws, found)


def _done(ws: Workspace, what: str, reason: str, step: Callable[[], Resolution]) -> Resolution:
    with both(ws) as keep:
        found = step()
        keep()
        follow_through(ws, found)
        recovery.facts_change(ws)
        ws.store.audit.write(
            ws.actor,
            what.split()[0],
            what,
            now=ws.real_now(),
            reason=reason,
            before={"identifiers_of": _held(found, "old_id")},
            after={"entry": found.entry, "identifiers": found.moved.num_rows, "identifiers_of": _held(found, "new_id")},
        )
    return found


def _held(found: Resolution, side: str) -> dict[str, int]:
    """Customer → how many of the identifiers that moved were or are theirs."""
    counted = Counter(f"C{number}" if number is not None else "–" for number in found.moved[side].to_pylist())
    return dict(sorted(counted.items()))


def _moved(ws: Workspace, found: Resolution, *, dry_run: bool = False) -> Answer:
    from dangol.engine import sql

    nodes = [int(n) for n in found.moved["node"].to_pylist()]
    kinds = {
        r["node"]: r["kind"]
        for r in ws.engine.run(sql("SELECT node, kind FROM identifiers WHERE node IN :n", n=nodes or [0])).to_pylist()
    }
    rows = [
        {"kind": kinds.get(m["node"]), "node": m["node"], "old_id": m["old_id"], "customer_id": m["new_id"]}
        for m in found.moved.to_pylist()
    ]
    note = (
        ws.say(
            f"Entry {found.entry}; it can be taken back: dangol customers unmerge C… --entry {found.entry}",
            f"기록 {found.entry}번; 되돌리기: dangol customers unmerge C… --entry {found.entry}",
        )
        if found.entry and not dry_run
        else ""
    )
    return Answer(
        pa.Table.from_pylist(rows, schema=_MOVED), note=note, facts={"entry": found.entry, "conflicts": found.conflicts}
    )
