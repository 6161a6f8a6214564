"""Reading the part of the workspace that new evidence meets: whole customers, and those they are in conflict with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dangol.engine import Engine, sql
from dangol.identity.components import Flags, Ints, Places, components, find
from dangol.identity.once import Source
from dangol.identity.standing import Standing, standing
from dangol.schema import DangolError, Text

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
    """Identifiers that can only join among themselves, and their log (columns of `EVIDENCE`).

    :param who: identifiers, columns of `WHO`, in ascending order of node; `node` is that column.
    :param fresh: which of them are not registered yet.
    :param ends: of each link entry, the largest thing here, the places of its two ends; -1 for one that is outside.
    :param at: time of each link's evidence in microseconds.
    :param outside: nodes of a link's first and second end that are outside, in the order of the links.
    :param hand: cuts and merges.
    :param rows: the table or query with the registered ones' rows of `identifiers`; None when there are none.
    """

    who: pa.Table
    node: Ints
    fresh: Flags
    ends: tuple[Places, Places]
    at: Ints
    outside: tuple[Ints, Ints]
    hand: pa.Table
    rows: Source | None

    @classmethod
    def of(cls, who: list[pa.Table], known: int, links: list[pa.Table], hand: pa.Table, rows: Source | None) -> Region:
        """Sort and number what was read (and let go of it); the first `known` of `who` are registered."""
        table = pa.concat_tables([t.cast(WHO) for t in who])
        who.clear()
        node = table["node"].to_numpy()
        order = np.argsort(node, kind="stable")
        table, node, fresh = table.take(order), node[order], order >= known
        a, b, at = _arrays(links)
        links.clear()
        ends = find(node, a), find(node, b)
        return cls(table, node, fresh, ends, at, (a[ends[0] < 0], b[ends[1] < 0]), hand, rows)

    def names(self, end: int, some: Flags) -> Ints:
        """The nodes at the first (0) or second (1) end of some of the links, those outside included."""
        places = self.ends[end]
        found = self.node[places[some]] if len(self.node) else np.empty(int(some.sum()), np.int64)
        found[places[some] < 0] = self.outside[end][some[places < 0]]
        return found


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
    :raises DangolError: a new pair names an identifier that is neither fresh nor registered.
    """
    who, stored, by_hand = [WHO.empty_table()], [], hand if hand is not None else EVIDENCE.empty_table()
    inside = None
    if seeds is not None and before.identifiers:
        inside = stack.enter_context(members(engine, seeds, before, near))
        who.append(engine.run(sql("SELECT node, kind, born_as, first_seen, blocked FROM m", tables={"m": inside})))
        stored.append(_links(engine, inside, before.withdrawn))
        if before.entry:
            by_hand = pa.concat_tables([_by_hand(engine, inside, without), by_hand])
    known = sum(t.num_rows for t in who)
    if fresh is not None:
        who.append(_unborn(engine.run(sql("SELECT node, kind, first_seen, blocked FROM f", tables={"f": fresh}))))
    if links is not None:
        stored.append(engine.run(sql("SELECT a, b, at FROM l", tables={"l": links})))
    new = stored[-1].num_rows if links is not None else 0
    region = Region.of(who, known, stored, by_hand, inside)
    _refuse_strangers(region, new)
    return region


def _unborn(rows: pa.Table) -> pa.Table:
    return rows.append_column("born_as", pa.nulls(rows.num_rows, pa.int64())).select(WHO.names)


def _refuse_strangers(region: Region, new: int) -> None:
    """The last `new` links are a batch's: what they name is in the batch or registered, and so part of the region."""
    late = np.zeros(len(region.at), np.bool_)
    late[len(late) - new :] = True
    strangers = [region.names(end, late & (region.ends[end] < 0)) for end in (0, 1)]
    missing = len(np.unique(np.concatenate(strangers)))
    if missing:
        raise DangolError(
            Text(
                f"{missing:,} identifiers are linked but neither given with the batch nor known",
                f"연결에 나오는 식별자 {missing:,}개가 이번 묶음에도 기존 기록에도 없습니다",
            ),
            where="links",
            hint=Text(
                "give every identifier of a link in `identifiers` too",
                "연결에 나오는 식별자를 `identifiers`에도 모두 넣으세요",
            ),
        )


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


def _links(engine: Engine, inside: str, withdrawn: tuple[int, ...]) -> pa.Table:
    """Every link with an end inside; the other end of some is blocked, and so outside."""
    return engine.run(
        sql(
            "SELECT g.a, g.b, g.at FROM identity_log AS g"
            " WHERE g.action = 'link' AND g.a IN (SELECT m.node FROM m) AND :counts"
            " UNION ALL SELECT g.a, g.b, g.at FROM identity_log AS g"
            " WHERE g.action = 'link' AND g.b IN (SELECT m.node FROM m) AND NOT g.a IN (SELECT m.node FROM m) AND :counts",
            tables={"m": inside},
            counts=standing(withdrawn),
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


def _arrays(tables: Sequence[pa.Table]) -> tuple[Ints, Ints, Ints]:
    def column(name: str) -> Ints:
        found = [np.asarray(t[name].cast(pa.int64()).to_numpy(), np.int64) for t in tables]
        return found[0] if len(found) == 1 else np.concatenate([np.empty(0, np.int64), *found])

    return column("a"), column("b"), column("at")
