"""The quick way for events: a well-formed file whose every row reads is scanned by the engine and never copied.

The first scan keeps a few narrow columns (event id, time, identifiers) and sees whether anything is wrong; the second is run
by whoever reads the `events` view. A file with any doubtful row goes the way of numbered rows instead.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from dangol.collect import facts, people, sieve, who
from dangol.collect.loading import malformed, scanned
from dangol.collect.mapping import NUMBERS, TEXTS
from dangol.collect.taken import Counts, Job, Taken, summarise
from dangol.collect.typed import suspicious, typed
from dangol.engine import sql
from dangol.privacy import has_resident
from dangol.schema import EngineError


def by_views(job: Job) -> Taken | None:
    """Staged facts as views over the file; null when this file needs its rows numbered."""
    plan, engine, stack = job.plan, job.engine, job.stack
    m = plan.mapping
    message = m.ref("message_id")
    if m.grain != "events" or not job.reading.plain or not (message and plan.texts(message)):
        return None
    if m.joins or m.person or m.traits or m.consents or m.skip or m.undone:
        return None
    try:
        raw = stack.enter_context(scanned(engine, job.reading))
        rows = stack.enter_context(engine.view(typed(plan, raw, numbered=False, blanks=job.reading.blanks)))
        keys = stack.enter_context(engine.scratch(_keys(job, rows)))
    except EngineError as error:
        if malformed(error):
            return None
        raise
    seen = engine.run(
        sql(
            "SELECT count(*) AS n, count(*) FILTER (WHERE wrong) AS wrong, count(*) FILTER (WHERE hit) AS hit FROM k",
            tables={"k": keys},
        )
    ).to_pylist()[0]
    if seen["wrong"] or (seen["hit"] and sieve.dirty(engine, plan, raw, plan.stored())):
        return None
    summary = summarise(job, keys)
    if any(has_resident(name) for name in summary["events"]):  # few and often: looked at once each, not in every row
        return None
    lookups = who.known(engine, keys, plan.identifiers, job.pseudonymiser, stack)
    if any(_problems(job, one) for one in lookups):
        return None
    return _taken(job, rows, keys, lookups, seen["n"], summary)


def _keys(job: Job, rows: str) -> exp.Expr:
    plan = job.plan
    ids = [exp.column(f"id{i}") for i in range(len(plan.identifiers))]
    texts = [
        exp.column(n)
        for n in TEXTS
        if n not in ("message_id", "name") and (ref := plan.mapping.ref(n)) and plan.places(ref)
    ]
    tests = [suspicious(t, free=False) for t in (*texts, *ids)]
    if plan.properties:
        tests.append(suspicious(exp.column("properties"), free=True))
    hit = sql("coalesce(:any, false)", any=exp.or_(*tests)) if tests else exp.false()
    wrong = sql("(bad IS NOT NULL OR message_id IS NULL)")
    return exp.select(
        facts.event_id(job.source).as_("event_id"), "at", "name", wrong.as_("wrong"), hit.as_("hit"), *ids
    ).from_(rows)


def _problems(job: Job, one: who.Known) -> bool:
    found = job.engine.run(sql("SELECT count(*) AS n FROM k WHERE problem IS NOT NULL", tables={"k": one.table}))
    return bool(found["n"][0].as_py())


def _taken(job: Job, rows: str, keys: str, lookups: list[who.Known], total: int, summary: dict[str, Any]) -> Taken:
    engine, stack, source = job.engine, job.stack, job.source
    named = stack.enter_context(engine.view(who.joined(rows, lookups, keep=False)))
    made = facts.without(
        facts.events(named, source=source, batch=job.batch, now=job.now, by_content=False), _empty(job)
    )
    twice = job.scratch(sql("SELECT event_id FROM k GROUP BY event_id HAVING count(*) > 1", tables={"k": keys}))
    again = engine.run(
        sql(
            "SELECT count(*) - count(DISTINCT event_id) AS n FROM k WHERE event_id IN (SELECT t.event_id FROM t)",
            tables={"k": keys, "t": twice},
        )
    )
    repeated = int(again["n"][0].as_py())
    events = stack.enter_context(engine.view(_once(made, str(twice)) if repeated else made))
    joined = stack.enter_context(engine.view(who.joined(keys, lookups)))
    fact = sql("CAST(event_id AS VARCHAR)")
    return Taken(
        Counts(rows=total, taken=total, repeated=repeated, **summary),
        events=events,
        identifiers=job.scratch(who.identifiers(keys, lookups, source=source, now=job.now)),
        links=job.scratch(who.links(joined, lookups, fact=fact, source=source, now=job.now)),
        _engine=engine,
        _vault=_vault(job, keys, lookups),
        _source=source,
    )


def _empty(job: Job) -> set[str]:
    """Event columns this file has nothing for. They are left out of the view (the table fills them with null), so that nobody
    sorts ten million nulls."""
    m, constants = job.plan.mapping, dict(job.plan.mapping.constants)
    unknown = {n for n in (*TEXTS, *NUMBERS) if n not in constants and not ((ref := m.ref(n)) and job.plan.places(ref))}
    return unknown - {"currency"} | (set() if job.plan.properties else {"properties"})


def _once(made: exp.Query, twice: str) -> exp.Query:
    """Events of which repeated ones come once; only those are put through a window."""
    return sql(  # type: ignore[return-value]
        """SELECT e.* FROM e WHERE e.event_id NOT IN (SELECT t.event_id FROM t)
           UNION ALL
           SELECT f.* FROM f WHERE f.event_id IN (SELECT t.event_id FROM t)
           QUALIFY row_number() OVER (PARTITION BY f.event_id ORDER BY f.at) = 1""",
        tables={"e": made, "f": made, "t": twice},
    )


def _vault(job: Job, keys: str, lookups: list[who.Known]) -> str | None:
    if not any(
        job.engine.run(sql("SELECT bool_or(secret) AS s FROM k", tables={"k": k.table}))["s"][0].as_py()
        for k in lookups
    ):
        return None
    rows = job.stack.enter_context(job.engine.view(who.joined(keys, lookups)))
    return people.vault(job.engine, rows, job.plan.mapping, lookups, job.stack)
