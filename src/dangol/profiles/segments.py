"""Segments: who is in, who entered and who left, and since when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from sqlglot import exp

from dangol.engine import Engine, arrow_schema, literal, sql
from dangol.profiles.definitions import Definitions
from dangol.profiles.matching import MATCHES, By, Matching
from dangol.profiles.model import Segment
from dangol.profiles.parse_reader import nearest
from dangol.profiles.refresh import Population, Progress, effective, people_query, wide
from dangol.profiles.state import CUSTOMERS
from dangol.rules import Context, Rule, compile_rule, dependencies, parse
from dangol.schema import MEMBERSHIPS, SEGMENT_STATE, TABLES, Answer, NotFoundError, Text

Draft = str | Mapping[str, Any]
"""A segment's name, a whole segment document, or the rule alone."""


@dataclass(frozen=True, slots=True)
class SegmentChange:
    """One segment after a refresh: how many are in, entered and left."""

    segment: str
    members: int
    entered: int
    left: int


@dataclass(frozen=True, slots=True)
class SegmentRefresh:
    """What a refresh found. Who entered and left is in the log; `moves` reads it."""

    as_of: dt.datetime
    changes: tuple[SegmentChange, ...]
    full: bool

    def change(self, segment: str) -> SegmentChange:
        return next(c for c in self.changes if c.segment == segment)


def refresh_segments(
    engine: Engine,
    definitions: Definitions,
    *,
    now: dt.datetime,
    tz: ZoneInfo,
    population: Population | None = None,
    only: Collection[str] | None = None,
    progress: Progress | None = None,
    by: By = "best",
) -> SegmentRefresh:
    """Bring the membership log up to date: differences only, in dependency order.

    A full refresh (no `population`) also closes the memberships of segments that are no longer defined.

    :param only: ask these segments; the others' memberships are right already (`Follower`), and keep their own time.
    :param by: how to ask; the log comes out the same.
    """
    engine.ensure(TABLES.values())
    entered: dict[str, int] = {}
    left: dict[str, int] = {}
    total, done = len(definitions.segments), 0
    with engine.transaction(), ExitStack() as stack:
        people = stack.enter_context(engine.scratch(people_query(population))) if population is not None else None
        if people is None:
            _close_removed(engine, tuple(definitions.segments), now)
        matching = Matching(engine, definitions, people, now=now, tz=tz, by=by)
        for step in matching.steps if only is None else matching.among(only):
            if progress:
                progress(done, total, step[0])
            with engine.scratch(MATCHES.empty_table()) as fresh:
                for found in matching.matches(step):
                    engine.append(fresh, found)
                left |= _leave(engine, fresh, step, people, matching.ranked, now)
                entered |= _enter(engine, fresh, now)
            done += len(step)
        members = _counts(
            engine, sql("SELECT segment, COUNT(*) AS n FROM memberships WHERE left_at IS NULL GROUP BY segment")
        )
        asked = definitions.segments if people is None and only is None else only if people is None else ()
        _write_state(engine, definitions, members, now, asked=frozenset(asked or ()))
    if progress:
        progress(total, total, "")
    changes = tuple(
        SegmentChange(n, members.get(n, 0), entered.get(n, 0), left.get(n, 0)) for n in definitions.segments
    )
    return SegmentRefresh(now, changes, population is None)


def _leave(
    engine: Engine, fresh: str, level: tuple[str, ...], people: str | None, ranked: frozenset[str], now: dt.datetime
) -> dict[str, int]:
    gone = sql(
        "SELECT m.segment, m.customer_id FROM memberships AS m"
        " LEFT JOIN fresh AS f ON f.segment = m.segment AND f.customer_id = m.customer_id"
        " WHERE m.left_at IS NULL AND m.segment IN :level AND f.customer_id IS NULL",
        tables={"fresh": fresh},
        level=list(level),
    )
    assert isinstance(gone, exp.Select)
    if people is not None:
        gone = gone.where(
            sql(
                "m.segment IN :ranked OR m.customer_id IN (SELECT customer_id FROM people)",
                tables={"people": people},
                ranked=[*sorted(ranked), ""],
            )
        )
    with engine.scratch(gone) as leavers:
        found = _counts(
            engine, sql("SELECT segment, COUNT(*) AS n FROM leavers GROUP BY segment", tables={"leavers": leavers})
        )
        if found:
            where = sql(
                "left_at IS NULL AND (segment, customer_id) IN (SELECT segment, customer_id FROM leavers)",
                tables={"leavers": leavers},
            )
            engine.update(MEMBERSHIPS.name, {"left_at": literal(now)}, where)
    return found


def _enter(engine: Engine, fresh: str, now: dt.datetime) -> dict[str, int]:
    new = sql(
        "SELECT f.segment, f.customer_id, :now AS entered_at, CAST(NULL AS TIMESTAMP) AS left_at, f.version"
        " FROM fresh AS f LEFT JOIN (SELECT segment, customer_id FROM memberships WHERE left_at IS NULL) AS m"
        " ON f.segment = m.segment AND f.customer_id = m.customer_id WHERE m.customer_id IS NULL",
        tables={"fresh": fresh},
        now=now,
    )
    with engine.scratch(new) as entrants:
        found = _counts(
            engine, sql("SELECT segment, COUNT(*) AS n FROM entrants GROUP BY segment", tables={"entrants": entrants})
        )
        if found:
            engine.append(MEMBERSHIPS.name, exp.select("*").from_(entrants))
    return found


def _close_removed(engine: Engine, names: tuple[str, ...], now: dt.datetime) -> None:
    where = sql("left_at IS NULL AND NOT segment IN :names", names=[*names, ""])
    engine.update(MEMBERSHIPS.name, {"left_at": literal(now)}, where)


def _counts(engine: Engine, query: exp.Expr) -> dict[str, int]:
    return {row["segment"]: row["n"] for row in engine.run(query).to_pylist()}


def _write_state(
    engine: Engine, definitions: Definitions, members: Mapping[str, int], now: dt.datetime, *, asked: frozenset[str]
) -> None:
    """:param asked: segments of which everyone was asked."""
    before = {r["segment"]: r for r in engine.run(exp.select("*").from_(SEGMENT_STATE.name)).to_pylist()}
    moment = now.astimezone(dt.UTC).replace(tzinfo=None)
    rows = []
    for name, segment in definitions.segments.items():
        old, full = before.get(name, {}), name in asked
        first = old.get("first_at") or (moment if full else None)
        rows.append(
            {
                "segment": name,
                "digest": segment.digest,
                "first_at": min(first, moment) if first and full else first,
                "full_at": moment if full else old.get("full_at"),
                "members": members.get(name, 0),
            }
        )
    engine.replace(SEGMENT_STATE.name, pa.Table.from_pylist(rows, schema=arrow_schema(SEGMENT_STATE)))


# -- asking --------------------------------------------------------------------------------------------------------
def moment_of(day: dt.date | dt.datetime, tz: ZoneInfo) -> dt.datetime:
    """A date means the end of that local day (its last microsecond); a naive moment is local."""
    if isinstance(day, dt.datetime):
        return (day if day.tzinfo else day.replace(tzinfo=tz)).astimezone(dt.UTC)
    after = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tz)
    return after.astimezone(dt.UTC) - dt.timedelta(microseconds=1)


def segment_of(definitions: Definitions, name: str) -> Segment:
    """A defined segment, or `NotFoundError` with the nearest name."""
    found = definitions.segments.get(name)
    if found is None:
        hint = nearest(name, definitions.segments) or Text(
            "`dangol segments` lists them", "`dangol segments`로 목록을 보세요"
        )
        raise NotFoundError(
            Text(f"there is no segment '{name}'", f"'{name}' 세그먼트가 없습니다"), where="segments", hint=hint
        )
    return found


def rule_of(definitions: Definitions, draft: Draft) -> Rule:
    """The parsed rule of a segment or of a draft."""
    if isinstance(draft, str):
        return parse(segment_of(definitions, draft).where, definitions.catalog, where=f"segments.{draft}.where")
    body = draft["where"] if "where" in draft and "did" not in draft else draft
    return parse(body, definitions.catalog)


def who(
    definitions: Definitions, draft: Draft, *, now: dt.datetime, tz: ZoneInfo, population: str | None = None
) -> exp.Select:
    """The compiled rule: one column customer_id, over the stored traits. Segments inside it are compiled in."""
    context = Context(
        now=now,
        tz=tz,
        population=population,
        customers=CUSTOMERS,
        segments="inline",
        catalog=definitions.catalog,
        as_of=False,
    )
    return compile_rule(rule_of(definitions, draft), context)


def members(
    engine: Engine,
    definitions: Definitions,
    name: Draft,
    *,
    now: dt.datetime,
    tz: ZoneInfo,
    as_of: dt.date | dt.datetime | None = None,
    replay: bool = False,
    columns: tuple[str, ...] = (),
    settings: Mapping[str, float] | None = None,
) -> Answer:
    """Who is in a segment: customer_id, entered_at and the traits asked for in `columns`.

    With `as_of`, who was: by the membership log where it reaches back that far, else (or with `replay`) by computing
    traits and rule over the facts up to that moment. A draft is always computed. `facts["by"]` says which it was.
    """
    unknown = [
        c for c in columns if c not in definitions.traits and c not in ("first_seen", "last_seen", "identifiers")
    ]
    if unknown:
        raise NotFoundError(
            Text(f"there is no trait '{unknown[0]}'", f"'{unknown[0]}' 속성이 없습니다"),
            where="columns",
            hint=nearest(unknown[0], definitions.traits),
        )
    rule_of(definitions, name)
    moment = moment_of(as_of, tz) if as_of is not None else now
    logged = isinstance(name, str) and not replay and covers(engine, name, moment if as_of is not None else None)
    if isinstance(name, str) and logged:
        found = sql(
            "SELECT customer_id, entered_at FROM memberships WHERE segment = :name AND entered_at <= :at"
            " AND (left_at IS NULL OR left_at > :at)",
            name=name,
            at=moment,
        ) if as_of is not None else sql(
            "SELECT customer_id, entered_at FROM memberships WHERE segment = :name AND left_at IS NULL", name=name
        )  # fmt: skip
        query = _with_columns(found, CUSTOMERS, columns)
        return Answer(engine.run(query), query=engine.to_sql(query), facts={"by": "log", "as_of": moment})
    if as_of is None:
        found = exp.select("customer_id", sql("CAST(NULL AS TIMESTAMP)").as_("entered_at")).from_(
            who(definitions, name, now=now, tz=tz).subquery("members")
        )
        query = _with_columns(found, CUSTOMERS, columns)
        return Answer(engine.run(query), query=engine.to_sql(query), facts={"by": "rule", "as_of": moment})
    return _replayed(engine, definitions, name, moment, tz, columns, settings)


def _replayed(
    engine: Engine, definitions: Definitions, name: Draft, moment: dt.datetime, tz: ZoneInfo, columns: tuple[str, ...],
    settings: Mapping[str, float] | None,
) -> Answer:  # fmt: skip
    values = effective(definitions, settings)
    reads = dependencies(rule_of(definitions, name), definitions.catalog).traits
    with (
        wide(engine, definitions.only({*reads, *columns}), now=moment, tz=tz, settings=values, as_of=True) as (past, _),
        engine.scratch(past) as customers,
    ):
        context = Context(
            now=moment,
            tz=tz,
            population=None,
            customers=customers,
            segments="inline",
            catalog=definitions.catalog,
            as_of=True,
        )
        rule = compile_rule(rule_of(definitions, name), context)
        found = exp.select("customer_id", sql("CAST(NULL AS TIMESTAMP)").as_("entered_at")).from_(
            rule.subquery("members")
        )
        query = _with_columns(found, customers, columns)
        return Answer(engine.run(query), query=engine.to_sql(query), facts={"by": "replay", "as_of": moment})


def _with_columns(found: exp.Expr, customers: str, columns: tuple[str, ...]) -> exp.Select:
    members_ = exp.Subquery(this=found, alias=exp.TableAlias(this=exp.to_identifier("m")))
    query = exp.select(exp.column("customer_id", table="m"), exp.column("entered_at", table="m")).from_(members_)
    if columns:
        query = query.join(exp.to_table(customers).as_("c"), on="c.customer_id = m.customer_id", join_type="left")
        query = query.select(*[exp.column(c, table="c", quoted=True) for c in columns])
    return query.order_by(exp.column("customer_id", table="m"))


def covers(engine: Engine, name: str, moment: dt.datetime | None) -> bool:
    """Whether the log knows this segment at `moment` (None: today)."""
    if SEGMENT_STATE.name not in engine.tables():
        return False
    rows = engine.run(sql("SELECT first_at FROM segment_state WHERE segment = :name", name=name)).to_pylist()
    if not rows or rows[0]["first_at"] is None:
        return False
    return moment is None or rows[0]["first_at"].replace(tzinfo=dt.UTC) <= moment


def inside_now(engine: Engine, definitions: Definitions, name: str, *, now: dt.datetime, tz: ZoneInfo) -> exp.Select:
    """Who is in a segment today, one column customer_id: by the log where it is of this very definition, else by the rule.

    The log is kept up to date by every beat and costs a look; a rule over a million customers' facts costs seconds.
    """
    digest = segment_of(definitions, name).digest
    kept = sql("SELECT 1 AS n FROM segment_state WHERE segment = :name AND digest = :d AND NOT first_at IS NULL",
               name=name, d=digest)  # fmt: skip
    if SEGMENT_STATE.name in engine.tables() and engine.run(kept).num_rows:
        found = sql("SELECT customer_id FROM memberships WHERE segment = :name AND left_at IS NULL", name=name)
        assert isinstance(found, exp.Select)
        return found
    return who(definitions, name, now=now, tz=tz)


def moves(engine: Engine, at: dt.datetime, segment: str | None = None) -> Answer:
    """Who entered or left at a refresh's as-of time: segment, customer_id, change (entered or left)."""
    query = sql(
        "SELECT segment, customer_id, 'entered' AS change FROM memberships WHERE entered_at = :at"
        " UNION ALL SELECT segment, customer_id, 'left' AS change FROM memberships WHERE left_at = :at",
        at=at,
    )
    shown = exp.select("*").from_(exp.Subquery(this=query, alias=exp.TableAlias(this=exp.to_identifier("moves"))))
    if segment is not None:
        shown = shown.where(sql("segment = :name", name=segment))
    shown = shown.order_by("segment", "customer_id", "change")
    return Answer(engine.run(shown), query=engine.to_sql(shown))
