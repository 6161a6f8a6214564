"""Finding customers by anything that points at them, and lists of them with columns of choice."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from sqlglot import exp

from dangol.app.definitions import current
from dangol.app.people import DEFAULT_COLUMNS, _known, found
from dangol.app.profile import customer_number
from dangol.app.telling import plain
from dangol.engine import sql
from dangol.identity import follow
from dangol.profiles import CUSTOMERS, inside_now
from dangol.schema import KINDS, Answer, DangolError, Lang, NotFoundError, word

if TYPE_CHECKING:
    from dangol.app import Workspace

_MARK = """
SELECT customer_id, MIN(kind) AS kind FROM identifiers WHERE node IN :nodes AND customer_id IS NOT NULL
GROUP BY 1 ORDER BY 1 LIMIT :n
"""


def find(ws: Workspace, value: str, lang: Lang, *, limit: int = 8) -> list[dict[str, Any]]:
    """Customers that `value` points at, by id or by any kind of identifier written in full: customer, customer_id, hint.

    `hint` says by what they were found, in words and without the value. Looked up by keyed hash; the value is kept nowhere.
    """
    listed: dict[int, str] = {}
    try:
        asked = follow(ws.engine, customer_number(value))
        here = sql("SELECT 1 AS n FROM identifiers WHERE customer_id = :c LIMIT 1", c=asked)
        if ws.engine.run(here).num_rows:
            listed[asked] = ""
    except NotFoundError:
        pass
    nodes = {int(n) for kind in KINDS for n in ws.privacy.pseudonymiser.pseudonyms(kind, [value]).nodes if n}
    for row in ws.engine.run(sql(_MARK, nodes=sorted(nodes) or [0], n=limit)).to_pylist():
        listed.setdefault(row["customer_id"], word("kind", row["kind"], lang))
    return [{"customer": f"C{c}", "customer_id": c, "hint": hint} for c, hint in list(listed.items())[:limit]]


def columns(ws: Workspace, lang: Lang) -> list[dict[str, Any]]:
    """Columns a list may have: column, says, family, type, unit; in the order of their families."""
    have = set(ws.engine.tables().get(CUSTOMERS, ()))
    order = {"demographic": 0, "behavioural": 1, "analytic": 2}
    listed = [
        {
            "column": t.name,
            "says": t.says[lang],
            "family": t.family,
            "type": t.type,
            "unit": t.unit,
            "default": t.name in DEFAULT_COLUMNS,
        }
        for t in current(ws).traits.values()
        if t.name in have
    ]
    return sorted(listed, key=lambda c: order.get(str(c["family"]), 3))


def listing(
    ws: Workspace,
    lang: Lang,
    *,
    chosen: list[str] | None = None,
    order: str = "",
    segment: str = "",
    value: str = "",
    limit: int = 50,
    offset: int = 0,
) -> dict[str, Any]:
    """A page of customers: columns, rows (values, and ``words`` by column), of (how many there are), query, as_of.

    :param segment: members of this segment only. :param value: whom this identifier points at only.
    :param order: a column, ``-`` in front for descending.
    """
    have = ws.engine.tables().get(CUSTOMERS)
    if not have:
        return {"columns": [], "rows": [], "of": 0, "query": "", "as_of": None, "computed": False}
    names = _columns(have, chosen)
    by, descending = order.lstrip("-") or "customer_id", order.startswith("-")
    _known(have, [*names, by])
    whose = _whose(ws, segment, value)
    query = exp.select(exp.column("customer_id"), *[exp.column(c, quoted=True) for c in names]).from_(CUSTOMERS)
    total = exp.select(sql("COUNT(*)").as_("n"), sql("MAX(refreshed_at)").as_("at")).from_(CUSTOMERS)
    if whose is not None:
        query, total = query.where(whose), total.where(whose)
    key = exp.Ordered(this=exp.column(by, quoted=True), desc=descending, nulls_first=False)
    query = query.order_by(key, exp.column("customer_id")).limit(limit).offset(offset)
    counted = ws.engine.run(total).to_pylist()[0]
    described = {c["column"]: c for c in columns(ws, lang)}
    return {
        "columns": [described.get(c, {"column": c, "says": c, "family": "", "type": "", "unit": ""}) for c in names],
        "rows": _rows(ws, ws.engine.run(query), lang),
        "of": int(counted["n"]),
        "query": ws.engine.to_sql(query),
        "as_of": counted["at"],
        "computed": True,
    }


def whole(
    ws: Workspace, lang: Lang, *, chosen: list[str] | None = None, order: str = "", segment: str = "", value: str = ""
) -> Answer:
    """Every row of `listing`, for a file: customer and the same columns, as they are."""
    have = ws.engine.tables().get(CUSTOMERS)
    if not have:
        return Answer(pa.table({"customer": pa.array([], pa.string())}))
    names = _columns(have, chosen)
    by, descending = order.lstrip("-") or "customer_id", order.startswith("-")
    _known(have, [*names, by])
    query = exp.select(exp.column("customer_id"), *[exp.column(c, quoted=True) for c in names]).from_(CUSTOMERS)
    whose = _whose(ws, segment, value)
    if whose is not None:
        query = query.where(whose)
    key = exp.Ordered(this=exp.column(by, quoted=True), desc=descending, nulls_first=False)
    table = ws.engine.run(query.order_by(key, exp.column("customer_id")))
    shown = pa.array([f"C{c}" for c in table["customer_id"].to_pylist()], pa.string())
    return Answer(table.set_column(0, "customer", shown), query=ws.engine.to_sql(query))


def _columns(have: Sequence[str], chosen: Sequence[str] | None) -> list[str]:
    return list(dict.fromkeys(chosen or [c for c in DEFAULT_COLUMNS if c in have]))


def _whose(ws: Workspace, segment: str, value: str) -> exp.Expr | None:
    if value:
        ids = found(ws, value)
        with suppress(DangolError):
            ids.append(follow(ws.engine, customer_number(value)))
        return sql("customer_id IN :ids", ids=ids or [-1])
    if segment:
        ws.segment_name(segment)
        members = inside_now(ws.engine, current(ws), segment, now=ws.now(), tz=ws.settings.tz)
        return exp.column("customer_id").isin(query=members)
    return None


def _rows(ws: Workspace, table: pa.Table, lang: Lang) -> list[dict[str, Any]]:
    traits, currency = current(ws).traits, ws.settings.currency
    rows = []
    for row in table.to_pylist():
        number = row.pop("customer_id")
        said = {
            name: plain(value, traits[name], lang, currency)
            for name, value in row.items()
            if value is not None and name in traits
        }
        rows.append({"customer": f"C{number}", "customer_id": number, "values": row, "words": said})
    return rows
