"""What rows say of the person: given traits, consents, and direct personal data on its way to the vault."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import pyarrow as pa
from sqlglot import exp

from dangol.collect.mapping import Mapping
from dangol.collect.who import Known
from dangol.engine import FileEngine, sql
from dangol.privacy import REACHABLE, normalise
from dangol.privacy.derive import derive
from dangol.schema import PersonFact

PAGE = 20_000


def union(parts: Sequence[exp.Expr]) -> exp.Query | None:
    whole = None
    for part in parts:
        whole = part if whole is None else exp.union(whole, part, distinct=False)
    return whole  # type: ignore[return-value]


def given(
    engine: FileEngine, rows: str, mapping: Mapping, *, source: str, batch: int, now: dt.datetime, stack: ExitStack
) -> exp.Query | None:
    """node, trait, value, at, source, batch; once per node and trait and value, at its latest time."""
    parts = [
        sql("SELECT node, :name AS trait, :v AS value, at FROM t WHERE :v IS NOT NULL AND node IS NOT NULL", tables={"t": rows},
            name=t.name, v=exp.column(f"trait{place}"))
        for place, t in enumerate(mapping.traits) if t.kind != "gender"
    ]  # fmt: skip
    derived = [(f"trait{p}", "gender") for p, t in enumerate(mapping.traits) if t.kind == "gender"]
    derived += [(f"person_{name}", name) for name, _ in mapping.person if name in ("birth_date", "address")]
    for column, kind in derived:
        table = stack.enter_context(engine.scratch(_spread(_distinct(engine, rows, column), kind)))
        parts.append(
            sql(
                "SELECT t.node, d.trait, d.value, t.at FROM t JOIN d ON d.raw = :column WHERE t.node IS NOT NULL",
                tables={"t": rows, "d": table},
                column=exp.column(column, table="t"),
            )
        )
    whole = union(parts)
    if whole is None:
        return None
    return sql(  # type: ignore[return-value]
        """SELECT node, trait, value, coalesce(max(at), :now) AS at, :source AS source, CAST(:batch AS BIGINT) AS batch
           FROM u GROUP BY node, trait, value""",
        tables={"u": whole},
        now=now,
        source=source,
        batch=batch,
    )


def _distinct(engine: FileEngine, rows: str, column: str) -> list[str]:
    here = exp.column(column)
    found = engine.run(exp.select(here.as_("x")).from_(rows).where(sql(":c IS NOT NULL", c=here)).group_by(here))
    return found["x"].to_pylist()  # type: ignore[no-any-return]


def _spread(values: list[str], kind: str) -> pa.Table:
    found = [(raw, trait, value) for raw in values for trait, value in derive(kind, raw).items()]
    columns = list(zip(*found, strict=True)) or [(), (), ()]
    return pa.table({n: pa.array(c, pa.string()) for n, c in zip(("raw", "trait", "value"), columns, strict=True)})


_ENDPOINTS = {"email": "email", "sms": "phone", "kakao": "phone", "phone": "phone"}


def consents(
    rows: str, mapping: Mapping, lookups: Sequence[Known], *, source: str, batch: int, now: dt.datetime
) -> exp.Query | None:
    """node, purpose, channel, state, at, source, batch. The node is the endpoint's: consent follows the
    address, not the profile."""
    parts = []
    for place, consent in enumerate(mapping.consents):
        ends = [exp.column(f"open{i}") for i, k in enumerate(lookups) if k.kind == _ENDPOINTS.get(consent.channel)]
        node = exp.Coalesce(this=ends[0], expressions=ends[1:]) if ends else exp.column("node")
        state = exp.Case()
        for words, said in ((consent.granted, "granted"), (consent.refused, "refused")):
            if words:
                test = sql("(:c IN :words)", c=exp.column(f"consent{place}"), words=[w.lower() for w in words])
                state.append("ifs", exp.If(this=test, true=exp.Literal.string(said)))
        if not state.args.get("ifs"):
            continue
        parts.append(
            sql(
                """SELECT coalesce(at, :now) AS at, :node AS node, :purpose AS purpose, :channel AS channel, :state AS state,
                   :source AS source, CAST(:batch AS BIGINT) AS batch FROM t WHERE :node IS NOT NULL AND :state IS NOT NULL""",
                tables={"t": rows},
                node=node,
                purpose=consent.purpose,
                channel=consent.channel,
                state=state,
                now=now,
                source=source,
                batch=batch,
            )
        )
    return union(parts)


def vault(
    engine: FileEngine, rows: str, mapping: Mapping, lookups: Sequence[Known], stack: ExitStack, *, last: str = "at"
) -> str | None:
    """A scratch table n, node, kind, value, at of personal data; null when the file has none.

    :param last: column with the last moment of a row.
    """
    parts = []
    for place, one in enumerate(lookups):
        parts.append(
            sql(
                """SELECT CASE WHEN k.blocked IS NULL THEN k.node ELSE t.node END AS node, :kind AS kind, k.value,
                   max(:last) AS at
                   FROM t JOIN k ON k.raw = :column WHERE k.secret AND k.value IS NOT NULL
                   AND (k.blocked IS NULL OR k.blocked IN :kept) GROUP BY 1, 2, 3""",
                tables={"t": rows, "k": one.table},
                kind=one.kind,
                column=exp.column(f"id{place}", table="t"),
                last=exp.column(last, table="t"),
                kept=REACHABLE,
            )
        )
    for name, _ in mapping.person:
        column = f"person_{name}"
        table = stack.enter_context(engine.scratch(_normal(_distinct(engine, rows, column), name)))
        parts.append(
            sql(
                """SELECT t.node, :kind AS kind, d.value, max(t.at) AS at FROM t JOIN d ON d.raw = :column
                   WHERE t.node IS NOT NULL GROUP BY 1, 2, 3""",
                tables={"t": rows, "d": table},
                kind=name,
                column=exp.column(column, table="t"),
            )
        )
    whole = union(parts)
    if whole is None:
        return None
    numbered = sql(
        "SELECT row_number() OVER () AS n, node, kind, value, at FROM u WHERE node IS NOT NULL", tables={"u": whole}
    )
    return stack.enter_context(engine.scratch(numbered))


def _normal(values: list[str], kind: str) -> pa.Table:
    found = [(raw, normalise(kind, raw).value) for raw in values]
    kept = [(raw, value) for raw, value in found if value is not None]
    return pa.table(
        {"raw": pa.array([r for r, _ in kept], pa.string()), "value": pa.array([v for _, v in kept], pa.string())}
    )


def facts(engine: FileEngine, table: str | None, source: str) -> Iterator[list[PersonFact]]:
    """The vault table page by page, so that other queries may run between pages."""
    for page in pages(engine, table, "n"):
        yield [
            PersonFact(r["node"], r["kind"], r["value"], r["at"].replace(tzinfo=dt.UTC) if r["at"] else None, source)
            for r in page
        ]


def pages(engine: FileEngine, table: str | None, order: str) -> Iterator[list[dict[str, Any]]]:
    start = 1
    while table is not None:
        found = engine.run(
            sql(
                "SELECT * FROM t WHERE :n >= :low AND :n < :high",
                tables={"t": table},
                n=exp.column(order),
                low=start,
                high=start + PAGE,
            )
        ).to_pylist()
        if not found:
            return
        yield found
        start += PAGE
