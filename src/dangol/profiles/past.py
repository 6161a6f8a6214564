"""Who was in which segments at a moment: by the membership log where it reaches back, else computed over the facts of then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pyarrow as pa
from sqlglot import exp

from dangol.engine import Engine, sql
from dangol.profiles.definitions import Definitions
from dangol.profiles.refresh import effective, facts_before, wide
from dangol.profiles.segments import covers, moment_of
from dangol.profiles.state import CUSTOMERS
from dangol.rules import Context, compile_rule, dependencies
from dangol.rules.local import day_of
from dangol.schema import SEGMENT_STATE

_PAIRS = pa.schema([("segment", pa.string()), ("customer_id", pa.int64())])


@dataclass(frozen=True, slots=True)
class Past:
    """Memberships at one moment: a table of (segment, customer_id), and which segments had to be computed."""

    table: str
    at: dt.datetime
    computed: tuple[str, ...]


def _reads(definitions: Definitions, names: Sequence[str]) -> set[str]:
    return {t for n in names for t in dependencies(definitions.rules[n], definitions.catalog).traits}


def facts_of(
    engine: Engine, definitions: Definitions, names: Sequence[str], *, now: dt.datetime, tz: ZoneInfo
) -> AbstractContextManager[dict[str, str]]:
    """Copies of the facts that the traits of these segments read, up to `now`: a year of month ends reads them once."""
    return facts_before(engine, definitions.only(_reads(definitions, names)), now=now, tz=tz)


@contextmanager
def memberships_at(
    engine: Engine,
    definitions: Definitions,
    names: Sequence[str],
    *,
    now: dt.datetime,
    tz: ZoneInfo,
    at: dt.date | dt.datetime | None = None,
    settings: Mapping[str, float] | None = None,
    facts: Mapping[str, str] | None = None,
) -> Iterator[Past]:
    """The members of several segments now, or at `at` (a date: the end of that local day).

    Facts that came later count where the past is computed: it is what is known today of that day.

    :param facts: copies to read instead of the facts (`facts_of`), where several moments are asked for.
    """
    moment = now if at is None else moment_of(at, tz)
    logged = [n for n in names if covers(engine, n, None if at is None else moment)]
    missing = tuple(n for n in names if n not in logged)
    with ExitStack() as stack:
        table = stack.enter_context(engine.scratch(_PAIRS.empty_table()))
        if logged and at is None:
            found = "SELECT segment, customer_id FROM memberships WHERE segment IN :names AND left_at IS NULL"
            engine.append(table, sql(found, names=logged))
        elif logged:
            then = sql(
                "SELECT segment, customer_id FROM memberships WHERE segment IN :names AND entered_at <= :at"
                " AND (left_at IS NULL OR left_at > :at)",
                names=logged,
                at=moment,
            )
            engine.append(table, then)
        if missing:
            _compute(engine, definitions, missing, table, moment, tz, settings, facts, past=at is not None)
        yield Past(table, moment, missing)


def _compute(
    engine: Engine, definitions: Definitions, names: Sequence[str], table: str, moment: dt.datetime, tz: ZoneInfo,
    settings: Mapping[str, float] | None, facts: Mapping[str, str] | None, *, past: bool,
) -> None:  # fmt: skip
    """The wide table of the moment once (where a rule looks at it at all), with no more traits than these segments read, and each
    rule over it."""
    reads = _reads(definitions, names)

    def asked(customers: str) -> list[exp.Select]:
        context = Context(
            now=moment, tz=tz, customers=customers, segments="inline", catalog=definitions.catalog, as_of=past
        )
        return [compile_rule(definitions.rules[name], context) for name in names]

    with ExitStack() as stack:
        customers = CUSTOMERS
        if past and any(t.name == CUSTOMERS for rule in asked(customers) for t in rule.find_all(exp.Table)):
            query, _ = stack.enter_context(
                wide(
                    engine,
                    definitions.only(reads),
                    now=moment,
                    tz=tz,
                    settings=effective(definitions, settings),
                    tables=facts,
                    as_of=True,
                )
            )
            customers = stack.enter_context(engine.scratch(query))
        for name, rule in zip(names, asked(customers), strict=True):
            found = sql(
                "SELECT CAST(:name AS VARCHAR) AS segment, customer_id FROM found", tables={"found": rule}, name=name
            )
            engine.append(table, found)


def sizes_by_day(engine: Engine, name: str, *, since: dt.datetime, now: dt.datetime, tz: ZoneInfo) -> pa.Table:
    """Size at the end of each local day from the log: day, customers, entered, left; the days the log knows only."""
    known = SEGMENT_STATE.name in engine.tables()
    state = sql("SELECT first_at FROM segment_state WHERE segment = :name", name=name)
    found = engine.run(state)["first_at"].to_pylist() if known else []
    first = found[0] if found else None
    rows: list[dict[str, object]] = []
    if first is not None:
        start = max(since, first.replace(tzinfo=dt.UTC)).astimezone(tz).date()
        size, entered = _daily(engine, name, "entered_at", start, now, tz)
        gone, left = _daily(engine, name, "left_at", start, now, tz)
        size -= gone
        day, last = start, now.astimezone(tz).date()
        while day <= last:
            size += entered.get(day, 0) - left.get(day, 0)
            rows.append({"day": day, "customers": size, "entered": entered.get(day, 0), "left": left.get(day, 0)})
            day += dt.timedelta(days=1)
    columns = [("day", pa.date32()), ("customers", pa.int64()), ("entered", pa.int64()), ("left", pa.int64())]
    return pa.Table.from_pylist(rows, schema=pa.schema(columns))


def _daily(
    engine: Engine, name: str, column: str, start: dt.date, now: dt.datetime, tz: ZoneInfo
) -> tuple[int, dict[dt.date, int]]:
    """How many before a local day, and by local day from it on."""
    begins, at = dt.datetime.combine(start, dt.time(), tz).astimezone(dt.UTC), exp.column(column)
    early = sql(
        "SELECT COUNT(*) AS n FROM memberships WHERE segment = :name AND :at < :begins", name=name, at=at, begins=begins
    )
    query = sql(
        "SELECT day, COUNT(*) AS n FROM (SELECT :day AS day FROM memberships WHERE segment = :name AND :at >= :begins) AS d"
        " GROUP BY day",
        name=name,
        at=at,
        begins=begins,
        day=day_of(at, tz, (begins, now + dt.timedelta(days=1))),
    )
    found = {row["day"]: int(row["n"]) for row in engine.run(query).to_pylist()}
    return int(engine.run(early)["n"][0].as_py()), found
