"""What a person says about who is who: merge, take apart, block, and take back. Each is one more entry in the log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from dangol.engine import Engine, sql
from dangol.identity.entries import append, as_evidence, entries
from dangol.identity.lookup import follow, identifiers_of, nodes_of
from dangol.identity.policy import Policy
from dangol.identity.region import read
from dangol.identity.resolve import settle_region
from dangol.identity.standing import Standing, stand, standing, withdrawn
from dangol.identity.values import Resolution
from dangol.identity.write import work_out, write
from dangol.schema import NotFoundError, RefusedError, Text, josa

BY_HAND = "by_hand"


def merge(
    engine: Engine,
    a: int,
    b: int,
    *,
    actor: str,
    now: dt.datetime,
    why: str | None = None,
    policy: Policy | None = None,
    preview: bool = False,
) -> Resolution:
    """Say that two customers are one person.

    Outranks uniqueness and caps, and every earlier cut between the two; a later cut outranks it.

    :return: what changes; its `entry` takes the merge back, see `unmerge`.
    :raises NotFoundError: a or b is no customer.
    :raises RefusedError: they are one already.
    """
    with engine.transaction():
        before, one, two = stand(engine), follow(engine, a), follow(engine, b)
        if one == two:
            raise RefusedError(
                Text(
                    f"customers C{a} and C{b} are one already (C{one})",
                    f"고객 {josa(f'C{a}', '과/와')} {josa(f'C{b}', '은/는')} 이미 한 사람입니다(C{one})",
                ),
                where="merge",
            )
        policy = policy or Policy()
        pairs = _said(engine, one, two, policy)
        pairs += [p for p in _cuts(engine, nodes_of(engine, one), nodes_of(engine, two)) if p not in pairs]
        rows = entries("merge", pairs, rule=BY_HAND, fact=why, now=now, actor=actor, entry=before.entry + 1)
        return _step(engine, list(pairs[0]), rows, before, now=now, policy=policy, preview=preview)


def unmerge(
    engine: Engine,
    customer_id: int | None = None,
    *,
    nodes: Sequence[int] = (),
    entry: int | None = None,
    actor: str,
    now: dt.datetime,
    why: str | None = None,
    policy: Policy | None = None,
    preview: bool = False,
) -> Resolution:
    """Say that some identifiers are not this customer's, or take one by-hand merge or cut back.

    :param customer_id: with `nodes`: the customer; every named identifier is cut from each that is not named.
    :param entry: a by-hand action's number (`Resolution.entry`, `Step.entry`): it is taken back as if never said.
    :raises NotFoundError: no such customer or entry. :raises RefusedError: nothing would be left apart.
    """
    policy = policy or Policy()
    with engine.transaction():
        before = stand(engine)
        if entry is not None:
            named = _named(engine, entry)
            rows = entries("revoke", [(None, None)], rule=BY_HAND, fact=why, now=now, actor=actor, entry=entry)
            return _step(engine, named, rows, before, now=now, policy=policy, preview=preview, without=entry)
        if customer_id is None:
            raise RefusedError(
                Text("neither a customer nor an entry to take back", "되돌릴 고객도 기록 번호도 없습니다"),
                where="unmerge",
                hint=Text("give one of them", "둘 가운데 하나를 주세요"),
            )
        mine = nodes_of(engine, follow(engine, customer_id))
        out = sorted(set(nodes))
        if strangers := set(out) - set(mine):
            raise NotFoundError(
                Text(
                    f"{len(strangers)} of the named identifiers are not customer C{customer_id}'s",
                    f"지정한 식별자 가운데 {len(strangers)}개는 고객 C{customer_id}의 것이 아닙니다",
                ),
                where="unmerge",
            )
        rest = [n for n in mine if n not in set(out)]
        if not out or not rest:
            raise RefusedError(
                Text("that would take all identifiers or none", "식별자를 전부 떼거나 하나도 떼지 않게 됩니다"),
                where="unmerge",
                hint=Text("name some, but not all, of them", "전부가 아니라 일부만 지정하세요"),
            )
        pairs = [(n, r) for n in out for r in rest]
        rows = entries("cut", pairs, rule=BY_HAND, fact=why, now=now, actor=actor, entry=before.entry + 1)
        return _step(engine, out, rows, before, now=now, policy=policy, preview=preview)


def block(
    engine: Engine,
    node: int,
    *,
    actor: str,
    now: dt.datetime,
    reason: str = BY_HAND,
    policy: Policy | None = None,
    preview: bool = False,
) -> Resolution:
    """Say that an identifier is nobody's (a shop's own phone): it joins nothing and points at no customer."""
    return _judge(engine, node, reason, actor=actor, now=now, policy=policy, preview=preview)


def unblock(
    engine: Engine,
    node: int,
    *,
    actor: str,
    now: dt.datetime,
    policy: Policy | None = None,
    preview: bool = False,
) -> Resolution:
    """Say that a blocked identifier may join after all; dangol will not block it by itself again."""
    return _judge(engine, node, None, actor=actor, now=now, policy=policy, preview=preview)


def _judge(
    engine: Engine,
    node: int,
    reason: str | None,
    *,
    actor: str,
    now: dt.datetime,
    policy: Policy | None,
    preview: bool,
) -> Resolution:
    with engine.transaction():
        if not engine.run(sql("SELECT node FROM identifiers WHERE node = :node", node=node)).num_rows:
            raise NotFoundError(
                Text("no such identifier is registered", "등록된 식별자가 아닙니다"),
                where="identifiers",
                hint=Text("check its kind and value", "종류와 값을 확인하세요"),
            )
        before = stand(engine)
        action = "unblock" if reason is None else "block"
        rows = entries(action, [(node, None)], rule=reason or BY_HAND, now=now, actor=actor, entry=before.entry + 1)
        seeds = [node, *_neighbours(engine, node)]
        return _step(
            engine, seeds, rows, before, now=now, policy=policy or Policy(), preview=preview, blocked={node: reason}
        )


def _step(
    engine: Engine,
    seeds: Sequence[int],
    rows: pa.Table,
    before: Standing,
    *,
    now: dt.datetime,
    policy: Policy,
    preview: bool,
    blocked: Mapping[int, str | None] | None = None,
    without: int = 0,
) -> Resolution:
    """Recompute around some identifiers under log entries that are written only if this is no preview."""
    with ExitStack() as stack:
        around = stack.enter_context(engine.scratch(pa.table({"node": pa.array(seeds, pa.int64())})))
        hand = rows.filter(pc.is_in(rows["action"], value_set=pa.array(["cut", "merge"])))
        region = read(engine, before, stack, seeds=around, hand=as_evidence([hand]), without=without)
        placed, _ = settle_region(engine, region, blocked or {}, before, policy)
        change = stack.enter_context(work_out(engine, placed, before))
        if not preview:
            append(engine, rows, last=before.seq, now=now)
            write(engine, change, before)
        return replace(change.said, entry=int(rows["entry"][0].as_py()))


def _strongest(engine: Engine, customer_id: int, policy: Policy) -> int:
    """The identifier that speaks for a customer: of its strongest kind the oldest."""
    rows = identifiers_of(engine, customer_id).to_pylist()  # oldest first, and max keeps the first of equals
    return int(max(rows, key=lambda r: policy.kinds[r["kind"]].strength)["node"])


def _said(engine: Engine, one: int, two: int, policy: Policy) -> list[tuple[int, int]]:
    """The pairs that a merge of two customers names: the two that speak for them, and each with those of its own identifiers
    that the other has one of, too, though a person has only one (two households): else the merge would drive one out again.
    """
    speaks = {c: _strongest(engine, c, policy) for c in (one, two)}
    unique = {
        c: {
            (r["kind"], int(r["node"])) for r in identifiers_of(engine, c).to_pylist() if policy.kinds[r["kind"]].unique
        }
        for c in (one, two)
    }
    both = {kind for kind, _ in unique[one]} & {kind for kind, _ in unique[two]}
    own = [(speaks[c], n) for c in (one, two) for kind, n in sorted(unique[c]) if kind in both and n != speaks[c]]
    return [(speaks[one], speaks[two]), *own]


def _cuts(engine: Engine, ones: Sequence[int], twos: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs that a person cut between two sets of identifiers, as they were named."""
    with (
        engine.scratch(pa.table({"node": pa.array(ones, pa.int64())})) as one,
        engine.scratch(pa.table({"node": pa.array(twos, pa.int64())})) as two,
    ):
        rows = engine.run(
            sql(
                "SELECT DISTINCT g.a, g.b FROM identity_log AS g WHERE g.action = 'cut' AND"
                " ((g.a IN (SELECT o.node FROM o) AND g.b IN (SELECT t.node FROM t))"
                " OR (g.b IN (SELECT o.node FROM o) AND g.a IN (SELECT t.node FROM t))) ORDER BY g.a, g.b",
                tables={"o": one, "t": two},
            )
        )
    return list(zip(rows["a"].to_pylist(), rows["b"].to_pylist(), strict=True))


def _named(engine: Engine, entry: int) -> list[int]:
    """The identifiers a by-hand action named."""
    rows = engine.run(
        sql("SELECT action, a, b FROM identity_log WHERE entry = :entry ORDER BY seq", entry=entry)
    ).to_pylist()
    actions = {r["action"] for r in rows}
    if not actions & {"cut", "merge"}:
        raise NotFoundError(
            Text(f"no merge or cut has the number {entry}", f"번호가 {entry}인 합치기나 나누기 기록이 없습니다"),
            where="unmerge",
            hint=Text("`explain` names them", "`dangol customers show`에 번호가 나옵니다"),
        )
    if "revoke" in actions:
        raise RefusedError(
            Text(f"action {entry} was taken back already", f"{entry}번 작업은 이미 되돌렸습니다"), where="unmerge"
        )
    return sorted({r[end] for r in rows for end in ("a", "b")})


def _neighbours(engine: Engine, node: int) -> list[int]:
    rows = engine.run(
        sql(
            "SELECT g.b AS node FROM identity_log AS g WHERE g.a = :node AND g.action IN ('link', 'merge') AND :counts"
            " UNION SELECT g.a AS node FROM identity_log AS g"
            " WHERE g.b = :node AND g.action IN ('link', 'merge') AND :counts",
            node=node,
            counts=standing(withdrawn(engine)),
        )
    )
    return [int(n) for n in rows["node"].to_pylist()]
