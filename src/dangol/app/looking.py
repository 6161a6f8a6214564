"""A person's own questions: one SELECT over the documented tables, and what the tables and their columns are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow as pa

from dangol.app.definitions import current
from dangol.engine import sql
from dangol.schema import TABLES, Answer, NotFoundError, Text

if TYPE_CHECKING:
    from dangol.app import Workspace

_SHOW = re.compile(r"\s*show\s+(?:all\s+)?tables\s*;?\s*", re.IGNORECASE)
_DESCRIBE = re.compile(
    r"\s*(?:describe|desc|show\s+columns\s+from|show)\s+(?:table\s+)?\"?(\w+)\"?\s*;?\s*", re.IGNORECASE
)

_TABLES = pa.schema([("table", pa.string()), ("rows", pa.int64()), ("what", pa.string())])
_COLUMNS = pa.schema([("column", pa.string()), ("type", pa.string()), ("what", pa.string())])


_KO = {
    "customers": "고객마다 한 행, 속성마다 한 열",
    "events": "고객이 한 일",
    "order_items": "주문에 든 상품",
    "identifiers": "본 적 있는 식별자(가명)와 그것이 가리키는 고객",
    "redirects": "합쳐진 옛 고객 번호와 지금 번호",
    "memberships": "누가 언제부터 언제까지 어느 세그먼트에 있었는지",
    "consents": "고객이 허락하거나 거절한 것",
    "products": "상품 목록",
    "quarantine": "읽지 못해 따로 둔 행",
    "imports": "가져온 파일",
}


def ask(ws: Workspace, text: str, *, timeout: float | None = None) -> Answer:
    """One SELECT; ``SHOW TABLES`` and ``DESCRIBE table`` are answered from the documentation of the tables.

    :param timeout: seconds after which it is given up; None: the setting ``sql_seconds``; 0: never.
    """
    if _SHOW.fullmatch(text):
        return tables(ws)
    described = _DESCRIBE.fullmatch(text)
    if described:
        return columns(ws, described[1].lower())
    seconds = ws.settings.sql_seconds if timeout is None else timeout
    return Answer(ws.engine.sql(text, timeout=seconds or None), query=text)


def tables(ws: Workspace) -> Answer:
    """The tables `dangol sql` can rely on: table, rows, what."""
    here = ws.engine.tables()
    english = {"customers": "One row a customer, one column a trait."} | {
        t.name: t.help for t in TABLES.values() if t.public
    }
    rows = [
        {"table": name, "rows": _count(ws, name), "what": _KO.get(name, "") if ws.lang == "ko" else help_}
        for name, help_ in sorted(english.items())
        if name in here
    ]
    return Answer(pa.Table.from_pylist(rows, schema=_TABLES))


def columns(ws: Workspace, name: str) -> Answer:
    """A table's columns: column, type, what."""
    here = ws.engine.tables()
    known = sorted({t.name for t in TABLES.values() if t.public} | ({"customers"} & set(here)))
    if name not in known:
        listed = ", ".join(known)
        raise NotFoundError(
            Text(f"there is no table '{name}'", f"'{name}' 테이블이 없습니다"),
            where="sql",
            hint=Text(f"tables: {listed}", f"테이블: {listed}"),
        )
    if name == "customers":
        traits = current(ws).traits
        rows = [
            {
                "column": c,
                "type": traits[c].type
                if c in traits
                else "int64"
                if c in ("customer_id", "identifiers")
                else "timestamp",
                "what": traits[c].says[ws.lang] if c in traits else "",
            }
            for c in here["customers"]
        ]
    else:
        rows = [{"column": c.name, "type": c.type, "what": c.help} for c in TABLES[name].columns]
        if ws.lang == "ko":  # what columns mean is written in English only (docs/tables.md)
            return Answer(pa.Table.from_pylist(rows, schema=_COLUMNS).drop_columns(["what"]), note=_KO.get(name, ""))
    return Answer(pa.Table.from_pylist(rows, schema=_COLUMNS))


def _count(ws: Workspace, name: str) -> int:
    return int(ws.engine.run(sql("SELECT count(*) AS n FROM t", tables={"t": name}))["n"][0].as_py())
