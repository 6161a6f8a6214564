"""A change of rules tried on the real links before it is made: who would merge, who would split, and what to look at by hand."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dangol.engine import Engine, sql
from dangol.identity.components import Ints, components, find
from dangol.identity.policy import Policy
from dangol.identity.rebuild import whole
from dangol.identity.standing import stand
from dangol.identity.write import work_out

_AROUND = """
SELECT i.node, i.customer_id FROM identifiers AS i
WHERE i.customer_id IN (SELECT t.id FROM t) OR i.node IN (SELECT m.node FROM m)
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two groups of identifiers that would be joined into one customer (`joins`) or taken apart.

    :param a, b: the smallest node of each side: they name the pair, whatever draft it comes from.
    :param change: the change it is part of. :param one, other: all nodes of each side.
    """

    a: int
    b: int
    joins: bool
    change: int
    one: tuple[int, ...]
    other: tuple[int, ...]

    @property
    def key(self) -> str:
        return f"{min(self.a, self.b)}-{max(self.a, self.b)}"


@dataclass(frozen=True, slots=True)
class Change:
    """Customers that become others: their ids before and after, and how many identifiers they hold together."""

    number: int
    before: tuple[int, ...]
    after: tuple[int, ...]
    identifiers: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What another policy would change; nothing of it is written.

    :param before, after: customers. :param joins: customers that would become part of another.
    :param separations: groups of identifiers that would leave their customer.
    :param moved: identifiers whose customer would change. :param blocked, freed: values that would become nobody's, and no
        longer be.
    :param conflicts_before, conflicts_after: joins that are refused.
    :param changes: the biggest first. :param pairs: every join and separation, in an order that follows from the pairs alone,
        so that the first n of them are a sample.
    """

    before: int
    after: int
    joins: int = 0
    separations: int = 0
    moved: int = 0
    blocked: tuple[int, ...] = ()
    freed: tuple[int, ...] = ()
    conflicts_before: int = 0
    conflicts_after: int = 0
    changes: tuple[Change, ...] = ()
    pairs: tuple[Pair, ...] = field(default=(), repr=False)


def try_out(engine: Engine, policy: Policy, *, blocked: Mapping[int, str | None] | None = None) -> Trial:
    """Place everybody under `policy` and compare with today.

    :param blocked: values to block (node → reason) or to free (node → None) besides.
    """
    with ExitStack() as stack:
        before = stand(engine)
        found = whole(engine, before, policy, stack, blocked=blocked)
        change = stack.enter_context(work_out(engine, found.placed, before))
        moved = change.said.moved
        counts = engine.run(
            sql("SELECT count(DISTINCT customer_id) AS n FROM identifiers WHERE NOT customer_id IS NULL")
        )
        now = int(counts["n"][0].as_py())
        after = len(pc.unique(found.placed.known["customer_id"].drop_null()))
        changes, pairs = _compared(engine, moved)
        said = blocked or {}
        return Trial(
            before=now,
            after=after,
            joins=sum(p.joins for p in pairs),
            separations=sum(not p.joins for p in pairs),
            moved=moved.num_rows,
            blocked=tuple(sorted({*found.fresh, *(n for n, why in said.items() if why is not None)})),
            freed=tuple(sorted({*found.free, *(n for n, why in said.items() if why is None)})),
            conflicts_before=before.conflicts,
            conflicts_after=change.said.conflicts,
            changes=tuple(changes),
            pairs=tuple(pairs),
        )


def _compared(engine: Engine, moved: pa.Table) -> tuple[list[Change], list[Pair]]:
    """Changes, the biggest first, and the pairs they are made of."""
    if not moved.num_rows:
        return [], []
    node, old, new = _everybody_near(engine, moved)
    bound = (old > 0) & (new > 0)
    ids, label = components(old[bound], new[bound])
    number = np.zeros(len(node), np.int64)
    number[old > 0] = _label(ids, label, old[old > 0])
    number[(old == 0) & (new > 0)] = _label(ids, label, new[(old == 0) & (new > 0)])
    changes: list[Change] = []
    pairs: list[Pair] = []
    order = np.argsort(number, kind="stable")
    starts = np.flatnonzero(np.diff(number[order], prepend=-1))
    for some in np.split(order, starts[1:]):
        mine = _pairs(int(number[some[0]]), node[some], old[some], new[some])
        both = sorted({int(i) for i in old[some] if i}), sorted({int(i) for i in new[some] if i})
        pairs += mine
        changes.append(Change(int(number[some[0]]), tuple(both[0]), tuple(both[1]), len(some)))
    changes.sort(key=lambda c: (-c.identifiers, c.number))
    pairs.sort(key=lambda p: blake2b(p.key.encode(), digest_size=8).digest())
    return changes, pairs


def _label(ids: Ints, label: Ints, asked: Ints) -> Ints:
    """The component of each id; an id that is tied to none is its own."""
    place = find(ids, asked)
    return np.where(place >= 0, label[place.clip(min=0)] if len(label) else asked, asked)


def _everybody_near(engine: Engine, moved: pa.Table) -> tuple[Ints, Ints, Ints]:
    """Node, customer before and customer after (0: none) of every identifier of a customer that changes."""
    touched = pa.array(np.unique(np.concatenate([_ids(moved["old_id"]), _ids(moved["new_id"])])), pa.int64())
    with (
        engine.scratch(pa.table({"id": touched})) as who,
        engine.scratch(moved.select(["node"])) as named,
    ):
        rows = engine.run(sql(_AROUND, tables={"t": who, "m": named}))
    node = rows["node"].to_numpy()
    order = np.argsort(node, kind="stable")
    node, old = node[order], pc.fill_null(rows["customer_id"], 0).to_numpy()[order]
    new = old.copy()
    new[find(node, moved["node"].to_numpy())] = pc.fill_null(moved["new_id"], 0).to_numpy()
    return node, old, new


def _ids(column: pa.ChunkedArray) -> Ints:
    return np.asarray(pc.drop_null(column).to_numpy(), np.int64)


def _pairs(change: int, node: Ints, old: Ints, new: Ints) -> list[Pair]:
    """The joins into each customer after, and the separations out of each customer before: each against the oldest."""
    found: list[Pair] = []
    for joins, whole_, part in ((True, new, old), (False, old, new)):
        for one in np.unique(whole_[whole_ > 0]):
            inside = (whole_ == one) & (part > 0)
            sides = np.unique(part[inside])
            if len(sides) < 2:
                continue
            head = one if one in sides else sides[0]
            first = _side(node, inside & (part == head))
            for side in sides[sides != head]:
                other = _side(node, inside & (part == side))
                found.append(Pair(first[0], other[0], joins, change, first, other))
    return found


def _side(node: Ints, mine: np.ndarray) -> tuple[int, ...]:
    return tuple(int(n) for n in node[mine])
