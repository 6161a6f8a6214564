"""Dashboards shown to people who do not work here: under a link that can be ended, without a question's inner workings, and
without numbers of very few customers."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dangol.app import dashboards
from dangol.app.books import LEAST
from dangol.schema import BusyError, Lang, NotFoundError, Text
from dangol.store import Share

if TYPE_CHECKING:
    from dangol.app.books import Books
    from dangol.app.questions import Questions

COUNTS = (
    "customers",
    "people",
    "reached",
    "redeemers",
    "buyers_before",
    "buyers_during",
    "journeys",
    "ripe",
    "repeated",
    "size",
    "both",
    "others",
)
"""Columns that count customers, or what only customers do: by the smallest of them a row is judged."""


def share(ws: Books, name: str, *, days: int | None = 90, least: int = LEAST) -> tuple[str, Share]:
    """A link to a dashboard. Returns its token, shown once, and what is kept of it.

    :param days: it ends by itself after so many; null: when somebody ends it.
    """
    ws.store.definitions.get(dashboards.KIND, name)
    token, now = secrets.token_urlsafe(32), ws.real_now()
    until = now + dt.timedelta(days=days) if days is not None else None
    return token, ws.store.shares.add(token, dashboard=name, least=least, until=until, actor=ws.actor, now=now)


def address(ws: Books, token: str, *, port: int = 0) -> str:
    """The link itself. The token stands behind ``#``, so that no server logs it.

    :param port: of the server on this computer, where no public address is set.
    """
    place = ws.settings.public_address.rstrip("/") or f"http://localhost:{port or ws.settings.port}"
    return f"{place}/shared#{token}"


def links(ws: Books, name: str) -> list[dict[str, Any]]:
    """Links of a dashboard, the newest first; never the link itself. `open` is whether it shows anything now."""
    ws.store.definitions.get(dashboards.KIND, name)
    now = ws.real_now()
    return [
        {**asdict(s), "open": s.ended_at is None and (s.until is None or s.until > now)}
        for s in ws.store.shares.of(name)
    ]


def end(ws: Books, name: str, number: int) -> None:
    """From now on a link shows nothing. Raises `NotFoundError`, also where it is another dashboard's."""
    if ws.store.shares.get(number).dashboard != name:
        raise _over()
    ws.store.shares.end(number, actor=ws.actor, now=ws.real_now())


def shown(ws: Questions, token: str, lang: Lang) -> dict[str, Any]:
    """What a link opens: title, note, and the tiles with their place and picture. That it was opened is counted."""
    found = _found(ws, token)
    document = dashboards.opened(ws, found.dashboard)["document"]
    with suppress(BusyError):  # a visit that is not counted is better than one that sees nothing
        ws.store.shares.count(found.id, now=ws.real_now())
    says: Mapping[str, str] = document["says"]
    return {
        "says": says.get(lang) or next((v for v in says.values() if v), ""),
        "note": document.get("note", ""),
        "until": found.until,
        "least": found.least,
        "tiles": [
            {
                **{k: t[k] for k in ("id", "view", "table", "title", "note", "x", "y", "w", "h")},
                "kind": t["question"].get("kind", ""),
            }
            for t in document["tiles"]
        ],
    }


def shown_tile(ws: Questions, token: str, tile: str, lang: Lang) -> dict[str, Any]:
    """A tile's answer for whoever has the link: no queries, no question, no numbers of too few customers (`hidden` rows)."""
    found = _found(ws, token)
    answer = dashboards.answered(ws, found.dashboard, tile)
    told = answer.as_dict(lang)
    counts = ("n", "before") if told["facts"].get("measure") == "customers" else ()
    hidden = 0
    data = {}
    for name, table in answer.data.items():
        kept, left = suppressed(table, found.least, counts=counts)
        data[name], hidden = kept.to_pylist(), hidden + left
    words = {k: told[k] for k in ("kind", "says", "definition", "as_of", "period", "compared", "notes")}
    return {**words, "facts": _facts(told["facts"], found.least), "data": data, "hidden": hidden}


_SAID = (
    "currency",
    "time_zone",
    "unit",
    "interval",
    "measure",
    "moments",
    "words",
    "goals",
    "rolling",
    "partial",
    "within_days",
)
_COUNTED = ("customers", "conversions", "touched", "ripe", "views", "clicks")
_OF_THEM = ("value", "rate", "seconds")


def _facts(facts: Mapping[str, Any], least: int) -> dict[str, Any]:
    """What pictures need to be read; counts that are large enough, and what they come to where all of them are."""
    counted = {k: facts[k] for k in _COUNTED if isinstance(facts.get(k), int)}
    large = {k: n for k, n in counted.items() if n >= least}
    rest = _OF_THEM if counted and len(large) == len(counted) else ()
    return {**{k: facts[k] for k in (*_SAID, *rest) if k in facts}, **large}


def suppressed(table: pa.Table, least: int, *, counts: Collection[str] = ()) -> tuple[pa.Table, int]:
    """The table with the numbers of rows about 1 to `least` - 1 customers taken out; and how many rows that were.

    Rows are judged by the smallest of their `COUNTS`; tables without such a column stay as they are. What can be reckoned from
    the rest (a total less the other rows) is not hidden by this.

    :param counts: columns that count customers in this answer, whatever they count in others.
    """
    whole = [f.name for f in table.schema if pa.types.is_integer(f.type)]
    counting = [c for c in table.column_names if c in counts or (c in COUNTS and c in whole)]
    if least <= 1 or not counting or not table.num_rows:
        return table, 0
    small = [
        any(value is not None and 0 < value < least for value in row)
        for row in zip(*(table[c].to_pylist() for c in counting), strict=True)
    ]
    if not any(small):
        return table, 0
    columns = []
    for field in table.schema:
        values = table[field.name].to_pylist()
        number = pa.types.is_integer(field.type) or pa.types.is_floating(field.type) or pa.types.is_decimal(field.type)
        if number and field.name not in _AXES:
            values = [None if hide else value for value, hide in zip(values, small, strict=True)]
        columns.append(pa.array(values, field.type))
    return pa.table(columns, schema=table.schema), sum(small)


_AXES = {"step", "hour", "depth", "period", "age", "days", "place", "bucket", "first", "last", "rank"}
"""Numbers that say where a row stands, not how many it counts."""


def _found(ws: Questions, token: str) -> Share:
    found = ws.store.shares.find(token, now=ws.real_now())
    if found is None:
        raise _over()
    return found


def _over() -> NotFoundError:
    return NotFoundError(
        Text("this link shows nothing, or not any more", "이 링크로는 아무것도 볼 수 없거나, 공유가 끝났습니다"),
        hint=Text("ask whoever gave it to you for a new one", "링크를 준 사람에게 새 링크를 부탁하세요"),
    )
