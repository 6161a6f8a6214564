"""Reading the part of the workspace that new evidence meets: whole customers, and those they are in conflict with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dangol.engine import Engine, sql
from dangol.identity.components import Ints, components
from dangol.identity.once import Source
from dangol.identity.standing import Standing

WHO = pa.schema(
    [
        ("node", pa.int64()),
        ("kind", pa.string()),
        ("born_as", pa.int64()),
        ("first_seen", pa.timestamp("us")),
        ("blocked", pa.string()),
    ]
)
EVIDENCE = pa.schema(
    [
        ("seq", pa.int64()),
        ("action", pa.string()),
        ("a", pa.int64()),
        ("b", pa.int64()),
        ("at", pa.timestamp("us")),
        ("entry", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class Region:
    """Identifiers (columns of `WHO`) that can only join among themselves, and their log (columns of `EVIDENCE`).

    `links` are the link entries' ``(a, b, at)``, the largest thing here, as plain arrays; `hand` are cuts and merges. The
    first `known` of `who` are registered; `rows` is the table (or query) with their rows of `identifiers`.
    """

    who: pa.Table
    links: tuple[Ints, Ints, Ints]
    hand: pa.Table
    known: int
    rows: Source | None


def read(
    engine: Engine,
    before: Standing,
    stack: ExitStack,
    *,
    seeds: str | None = None,
    near: str = "identifiers",
    fresh: Source | None = None,
    links: Source | None = None,
    hand: pa.Table | None = None,
    without: int = 0,
) -> Region:
    """The region around some identifiers; its scratch tables live as long as `stack`.

    :param seeds: table with `node`: identifiers that new evidence names, and those whose blocking changed. None: none that
        are registered.
    :param near: `identifiers`, or a smaller copy of it that has all the seeds and all that conflicts are about.
    :param fresh: identifiers not yet registered; all of them are part of the region.
    :param links: new pairs `a, b, at`, not yet logged.
    :param hand: new cuts and merges, not yet logged (columns of `EVIDENCE`).
    :param without: a by-hand action that is about to be taken back.
    """
    who, stored, by_hand = [WHO.empty_table()], [], hand if hand is not None else EVIDENCE.empty_table()
    inside = None
    if seeds is not None and before.identifiers:
        inside = stack.enter_context(members(engine, seeds, before, near))
        who.append(engine.run(sql("SELECT node, kind, born_as, first_seen, blocked FROM m", tables={"m": inside})))
        stored.append(_links(engine, inside))
        if before.entry:
            by_hand = pa.concat_tables([_by_hand(engine, inside, without), by_hand])
    known = sum(t.num_rows for t in who)
    if fresh is not None:
        named = engine.run(sql("SELECT node, kind, first_seen, blocked FROM f", tables={"f": fresh}))
        who.append(named.append_column("born_as", pa.nulls(named.num_rows, pa.int64())).select(WHO.names))
    if links is not None:
        stored.append(engine.run(sql("SELECT a, b, at FROM l", tables={"l": links})))
    return Region(pa.concat_tables([t.cast(WHO) for t in who]), _arrays(stored), by_hand, known, inside)


@contextmanager
def members(engine: Engine, seeds: str, before: Standing, near: str = "identifiers") -> Iterator[str]:
    """A scratch copy of the identifiers rows of every customer the seeds touch, and of seeds without a customer.

    Customers that claim the same identifier in `identity_conflicts` are taken together, because a pair that was refused
    is the only evidence that crosses a customer's border; so no walk over the log is needed to find the border.
    """
    met = engine.run(
        sql(
            "SELECT DISTINCT i.customer_id AS id FROM i"
            " WHERE i.node IN (SELECT s.node FROM s) AND NOT i.customer_id IS NULL",
            tables={"s": seeds, "i": near},
        )
    )
    ids = met["id"].to_numpy()
    if before.conflicts:
        ids = _with_rivals(engine, ids, near)
    with (
        engine.scratch(pa.table({"id": pa.array(ids, pa.int64())})) as customers,
        engine.scratch(
            sql(
                "SELECT i.* FROM identifiers AS i WHERE i.customer_id IN (SELECT c.id FROM c)"
                " UNION ALL SELECT n.* FROM n WHERE n.customer_id IS NULL AND n.node IN (SELECT s.node FROM s)",
                tables={"c": customers, "s": seeds, "n": near},
            )
        ) as inside,
    ):
        yield inside


def _with_rivals(engine: Engine, ids: Ints, near: str) -> Ints:
    rivals = engine.run(
        sql(
            "SELECT i.customer_id AS a, CAST(c.claim AS BIGINT) AS b"
            " FROM (SELECT node, UNNEST(customers) AS claim FROM identity_conflicts) AS c"
            " JOIN i ON i.node = c.node WHERE NOT i.customer_id IS NULL",
            tables={"i": near},
        )
    )
    if not rivals.num_rows:
        return ids
    a, b = rivals["a"].to_numpy(), rivals["b"].to_numpy()
    nodes, labels = components(a, b)
    wanted = labels[np.isin(nodes, ids)]
    return np.union1d(ids, nodes[np.isin(labels, wanted)])


def _links(engine: Engine, inside: str) -> pa.Table:
    """Every link with an end inside; the other end of some is blocked, and so outside."""
    return engine.run(
        sql(
            "SELECT g.a, g.b, g.at FROM identity_log AS g WHERE g.action = 'link' AND g.a IN (SELECT m.node FROM m)"
            " UNION ALL SELECT g.a, g.b, g.at FROM identity_log AS g"
            " WHERE g.action = 'link' AND g.b IN (SELECT m.node FROM m) AND NOT g.a IN (SELECT m.node FROM m)",
            tables={"m": inside},
        )
    )


def _by_hand(engine: Engine, inside: str, without: int) -> pa.Table:
    """Cuts and merges with both ends inside that were not taken back."""
    return engine.run(
        sql(
            "SELECT g.seq, g.action, g.a, g.b, g.at, g.entry FROM identity_log AS g"
            " WHERE g.action IN ('cut', 'merge')"
            " AND g.a IN (SELECT m.node FROM m) AND g.b IN (SELECT m.node FROM m)"
            " AND g.entry <> :without"
            " AND NOT g.entry IN (SELECT r.entry FROM identity_log AS r WHERE r.action = 'revoke')",
            tables={"m": inside},
            without=without,
        )
    ).cast(EVIDENCE)


def _arrays(tables: list[pa.Table]) -> tuple[Ints, Ints, Ints]:
    def column(name: str) -> Ints:
        found = [np.asarray(t[name].cast(pa.int64()).to_numpy(), np.int64) for t in tables]
        return found[0] if len(found) == 1 else np.concatenate([np.empty(0, np.int64), *found])

    return column("a"), column("b"), column("at")
