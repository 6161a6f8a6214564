"""Dates and times only Python can read: 3시 5분, Nov 21, 2026, RFC 2822. Once per distinct text, and only where SQL could not."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from contextlib import ExitStack
from email.utils import parsedate_to_datetime

import pyarrow as pa
from sqlglot import exp

from dangol.collect import cells
from dangol.collect.plan import Plan
from dangol.engine import FileEngine, sql

_MOST = 200_000
"""Distinct unreadable texts looked at; a file with more has another column in the place of its dates."""

_KOREAN = re.compile(
    r"(\d{4})\s*[년./-]\s*(\d{1,2})\s*[월./-]\s*(\d{1,2})\s*[일.]?\s*(?:\([월화수목금토일]\))?[\sT]*"
    r"(오전|오후|AM|PM|am|pm)?\s*(?:(\d{1,2})\s*[시:]\s*(?:(\d{1,2})\s*분?)?(?:\s*:?\s*(\d{1,2})(?:\.\d+)?\s*초?)?)?\s*(AM|PM|am|pm)?"
)
_ENGLISH = (
    "%b %d, %Y", "%b %d, %Y %I:%M %p", "%b %d, %Y %H:%M", "%b %d, %Y %H:%M:%S", "%B %d, %Y", "%B %d, %Y %I:%M %p",
    "%d %b %Y", "%d %b %Y %H:%M", "%d %b %Y %H:%M:%S", "%d %B %Y", "%d-%b-%Y", "%d-%b-%Y %H:%M", "%d-%b-%y",
    "%a %b %d %H:%M:%S %Y",
)  # fmt: skip


def read_moment(text: str) -> dt.datetime | None:
    """The date and time a text shows: naive, unless it says its offset. Null where it cannot be read."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if found := _KOREAN.fullmatch(plain):
        return _korean(found)
    for form in _ENGLISH:
        try:
            return dt.datetime.strptime(plain, form)  # noqa: DTZ007 - the zone is the caller's
        except ValueError:
            continue
    try:
        return parsedate_to_datetime(plain)
    except (ValueError, TypeError, IndexError):
        return None


def _korean(found: re.Match[str]) -> dt.datetime | None:
    year, month, day, before, hour, minute, second, after = found.groups()
    hours = int(hour or 0)
    half = {"오전": "am", "오후": "pm"}.get(before or "", (before or after or "").lower())
    if half == "pm" and hours < 12:
        hours += 12
    elif half == "am" and hours == 12:
        hours = 0
    try:
        return dt.datetime(int(year), int(month), int(day), hours, int(minute or 0), int(second or 0))  # noqa: DTZ001
    except ValueError:
        return None


def words(engine: FileEngine, plan: Plan, raw: str, read: str, *, blanks: bool, stack: ExitStack) -> dict[str, str]:
    """Name of a moment → scratch table (raw, at: local time without zone) of the texts Python could read; empty when none."""
    out = {}
    bad = engine.run(sql("SELECT count(*) AS n FROM t WHERE bad = 'at:bad_date'", tables={"t": read}))["n"][0].as_py()
    for name, ref in plan.moment_refs().items():
        if ref == plan.mapping.ref("at") and not bad:
            continue
        tidy = exp.select(*[cells.text(exp.column(c), blanks=blanks).as_(c) for c in plan.places(ref)]).from_(raw)
        text = plan.text(ref)
        unread = sql(
            "(:x IS NOT NULL AND coalesce(:a, :e, :n) IS NULL)",
            x=text,
            a=cells.aware(text),
            e=cells.epoch(text),
            n=cells.naive(text, plan.mapping.dates),
        )
        query = exp.select(text.as_("x")).distinct().from_(tidy.subquery("t")).where(unread).limit(_MOST)
        texts = engine.run(query)["x"].to_pylist()
        pairs = [(t, _local(found, plan)) for t in texts if (found := read_moment(t)) is not None]
        if pairs:
            table = pa.table(
                {
                    "raw": pa.array([t for t, _ in pairs], pa.string()),
                    "at": pa.array([m for _, m in pairs], pa.timestamp("us")),
                }
            )
            out[name] = stack.enter_context(engine.scratch(table))
    return out


def _local(moment: dt.datetime, plan: Plan) -> dt.datetime:
    return moment.astimezone(plan.zone).replace(tzinfo=None) if moment.tzinfo else moment
