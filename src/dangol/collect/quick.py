"""The quick way for events: a well-formed file whose every row reads is scanned by the engine and never copied.

The first scan sees only who is in it (identifiers, with their first and last moment) and what happened how often; the second
is run by whoever appends the `events` view. Whether every row reads is known only then. Who trusts the file (`trust`) has that
second scan stop at the first row that does not, with `LookAgain`, and takes the file again with numbered rows; who does not
has it looked at beforehand, by one more scan.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlglot import exp

from dangol.collect import cells, facts, people, sieve, who
from dangol.collect.loading import malformed, scanned
from dangol.collect.mapping import NUMBERS, TEXTS
from dangol.collect.taken import Counts, Job, Taken, moments
from dangol.collect.typed import suspicious, typed
from dangol.collect.ways import LookAgain, Way
from dangol.engine import FileEngine, sql
from dangol.privacy import has_resident
from dangol.schema import EngineError

_MARK = "dangol looks again: "


@contextmanager
def watched() -> Iterator[None]:
    """What the checks inside the `events` view say, as `LookAgain`."""
    try:
        yield
    except EngineError as error:
        if _MARK + "looking" in str(error):
            raise LookAgain("looking") from None
        if _MARK + "rows" in str(error):
            raise LookAgain("rows") from None
        if malformed(error):
            raise LookAgain("lines") from None
        raise


def by_views(job: Job, way: Way) -> Taken | None:
    """Staged facts as views over the file; null when this file needs its rows numbered."""
    plan, engine, stack = job.plan, job.engine, job.stack
    m = plan.mapping
    message = m.ref("message_id")
    if (
        way in ("rows", "lines")
        or m.grain != "events"
        or not job.reading.plain
        or not (message and plan.texts(message))
    ):
        return None
    if m.joins or m.person or m.traits or m.consents or m.skip or m.undone:
        return None
    try:
        raw = stack.enter_context(scanned(engine, job.reading))
        rows = stack.enter_context(engine.view(typed(plan, raw, numbered=False, blanks=job.reading.blanks)))
        if way == "looking" and not _sound(job, raw, rows):
            return None
        first = stack.enter_context(engine.scratch(_first(job, rows)))
        twice = job.scratch(_twice(job, rows)) if way != "trusting" else None
    except EngineError as error:
        if malformed(error):
            raise LookAgain("lines") from None
        raise
    counts = _counts(job, rows, first, twice)
    # Names are few and often: they are looked at once each, not in every row.
    if any(name is None or has_resident(name) for name in counts.events):
        return None
    keys = stack.enter_context(engine.view(sql("SELECT * FROM f WHERE who", tables={"f": first})))  # type: ignore[arg-type]
    lookups = who.known(engine, keys, plan.identifiers, job.pseudonymiser, stack)
    if any(_problems(job, one) for one in lookups):
        return None
    return _taken(job, keys, lookups, counts, twice, way)


def _sound(job: Job, raw: str, rows: str) -> bool:
    """Whether every row reads and holds nothing that must be taken out, by a scan of its own."""
    seen = job.engine.run(
        sql(
            "SELECT coalesce(bool_or(:wrong), false) AS wrong, coalesce(bool_or(:hit), false) AS hit FROM r",
            tables={"r": rows},
            wrong=_WRONG,
            hit=_hit(job),
        )
    ).to_pylist()[0]
    return not (seen["wrong"] or (seen["hit"] and sieve.dirty(job.engine, job.plan, raw, job.plan.stored())))


_WRONG = sql("(bad IS NOT NULL OR message_id IS NULL)")


def _hit(job: Job) -> exp.Expr:
    """Whether a row's texts may hold a number that must not be kept."""
    plan = job.plan
    texts = [
        exp.column(n)
        for n in TEXTS
        if n not in ("message_id", "name") and (ref := plan.mapping.ref(n)) and plan.places(ref)
    ]
    tests = [suspicious(t, free=False) for t in (*texts, *_ids(job))]
    if plan.properties:
        tests.append(suspicious(exp.column("properties"), free=True))
    return sql("coalesce(:any, false)", any=exp.or_(*tests)) if tests else exp.false()


def _ids(job: Job) -> list[exp.Expr]:
    return [exp.column(f"id{place}") for place in range(len(job.plan.identifiers))]


def _first(job: Job, rows: str) -> exp.Expr:
    """id0, id1 …, name, at, last, n, fact, who: rows by their identifiers (`who`), and, from the same scan, by their name.

    `fact` is the event that first held the identifiers together.
    """
    ids = _ids(job)
    linked = len(ids) > 1
    fact = sql("arg_min(:id, at)", id=facts.event_id(job.source)) if linked else exp.cast(exp.null(), "bigint")
    query = sql(
        """SELECT name, min(at) AS at, max(at) AS last, count(*) AS n, :fact AS fact, :who AS who FROM r""",
        tables={"r": rows},
        fact=fact,
        who=sql("grouping(name) = 1") if ids else exp.false(),
    )
    assert isinstance(query, exp.Select)
    query = query.select(*ids)
    sets = [exp.column("name"), *([exp.Tuple(expressions=[i.copy() for i in ids])] if ids else [])]
    query.set("group", exp.Group(grouping_sets=[exp.GroupingSets(expressions=sets)]))
    return query


def _twice(job: Job, rows: str) -> exp.Expr:
    made = exp.select(facts.event_id(job.source).as_("event_id")).from_(rows)
    return sql("SELECT event_id, count(*) - 1 AS more FROM k GROUP BY event_id HAVING count(*) > 1", tables={"k": made})


def _counts(job: Job, rows: str, first: str, twice: str | None) -> Counts:
    named = sql("SELECT name, n, at AS first, last FROM f WHERE NOT who ORDER BY n DESC, name", tables={"f": first})
    found = job.engine.run(named).to_pylist()
    total = sum(r["n"] for r in found)
    repeated = 0
    if twice is not None:
        more = sql("SELECT coalesce(CAST(sum(more) AS BIGINT), 0) AS n FROM t", tables={"t": twice})
        repeated = int(job.engine.run(more)["n"][0].as_py())
    if repeated:
        once = sql(
            """SELECT name, count(*) AS n, min(at) AS first, max(at) AS last FROM e GROUP BY 1 ORDER BY 2 DESC, 1""",
            tables={"e": _once(_named(job, rows), str(twice))},
        )
        found = job.engine.run(once).to_pylist()
    return Counts(rows=total, taken=total, repeated=repeated, **moments(found))


def _named(job: Job, rows: str) -> exp.Query:
    return exp.select(facts.event_id(job.source).as_("event_id"), "name", "at").from_(rows)


def _problems(job: Job, one: who.Known) -> bool:
    found = job.engine.run(sql("SELECT count(*) AS n FROM k WHERE problem IS NOT NULL", tables={"k": one.table}))
    return bool(found["n"][0].as_py())


def _taken(job: Job, keys: str, lookups: list[who.Known], counts: Counts, twice: str | None, way: Way) -> Taken:
    engine, stack, source = job.engine, job.stack, job.source
    joined = stack.enter_context(engine.view(who.joined(keys, lookups)))
    again = sql("SELECT event_id FROM events WHERE batch = :b GROUP BY 1 HAVING count(*) > 1 LIMIT 1", b=job.batch)
    return Taken(
        counts,
        events=_events(job, lookups, twice if counts.repeated else None, way),
        identifiers=job.scratch(who.identifiers(keys, lookups, source=source, now=job.now, last="last")),
        links=job.scratch(who.links(joined, lookups, fact=sql("CAST(fact AS VARCHAR)"), source=source, now=job.now)),
        placed=("events",),
        twice=again if way == "trusting" else None,
        _engine=engine,
        _vault=_vault(job, keys, lookups),
        _source=source,
    )


def _events(job: Job, lookups: list[who.Known], twice: str | None, way: Way) -> str:
    """The events as a view in the engine that will keep them, which reads the file itself."""
    writer, stack = job.writer or job.engine, job.stack
    raw = stack.enter_context(scanned(writer, job.reading))
    salt = exp.Literal.string(str(job.pseudonymiser.pseudonyms("user_id", [job.reading.digest]).nodes[0]))
    rows = _digested(job, typed(job.plan, raw, numbered=False, blanks=job.reading.blanks), salt, lookups, way)
    named = stack.enter_context(writer.view(_with_nodes(job, writer, rows, salt, lookups)))
    made = facts.without(
        facts.events(named, source=job.source, batch=job.batch, now=job.now, by_content=False), _empty(job)
    )
    for place, column in enumerate(made.selects):
        if column.alias_or_name == "event_id":
            made.selects[place].set("this", sql("(:key + coalesce(stop, 0))", key=column.this))
    if twice is None:
        return stack.enter_context(writer.view(made))
    repeated = job.engine.run(sql("SELECT event_id FROM t", tables={"t": twice}))
    return stack.enter_context(writer.view(_once(made, stack.enter_context(writer.scratch(repeated)))))


def _digested(job: Job, rows: exp.Query, salt: exp.Expr, lookups: list[who.Known], way: Way) -> exp.Select:
    """`rows` with a digest d0, d1, … in place of each identifier: the writer joins these, so it never keeps a raw one, not even
    while it joins. `stop` is null, or stops the query that asks for it at a row that does not read, or may hold what must be
    taken out; a file that was looked at beforehand has no such row.
    """
    checks = [] if way == "looking" else [(_WRONG, "rows"), (_hit(job), "looking")]
    stops = [exp.If(this=test, true=sql("CAST(error(:say) AS BIGINT)", say=_MARK + way)) for test, way in checks]
    stop = exp.Case(ifs=stops) if stops else exp.cast(exp.null(), "bigint")
    columns = [c for c in rows.named_selects if c not in {one.column for one in lookups}]
    digests = [cells.passing(salt, exp.column(one.column)).as_(f"d{place}") for place, one in enumerate(lookups)]
    return exp.select(*columns, *digests, stop.as_("stop")).from_(rows.subquery("r", copy=False))


def _with_nodes(job: Job, writer: FileEngine, rows: exp.Select, salt: exp.Expr, lookups: list[who.Known]) -> exp.Select:
    """`rows` with `node`, by the digests of their identifiers."""
    query, nodes = exp.select("t.*").from_(rows.subquery("t", copy=False)), []
    for place, one in enumerate(lookups):
        table = sql(
            "SELECT node, :digest AS digest FROM k WHERE blocked IS NULL AND node IS NOT NULL",
            tables={"k": one.table},
            digest=cells.passing(salt, exp.column("raw")),
        )
        known = job.stack.enter_context(writer.scratch(job.engine.run(table)))
        alias = f"k{place}"
        match = exp.column("digest", table=alias).eq(exp.column(f"d{place}", table="t"))
        query = query.join(known, join_type="left", join_alias=alias, on=match, copy=False)
        nodes.append(exp.column("node", table=alias))
    if not nodes:
        return query.select(exp.cast(exp.null(), "bigint").as_("node"), copy=False)
    return query.select(exp.Coalesce(this=nodes[0], expressions=nodes[1:]).as_("node"), copy=False)


def _empty(job: Job) -> set[str]:
    """Event columns this file has nothing for. They are left out of the view (the table fills them with null), so that nobody
    sorts ten million nulls."""
    m, constants = job.plan.mapping, dict(job.plan.mapping.constants)
    unknown = {n for n in (*TEXTS, *NUMBERS) if n not in constants and not ((ref := m.ref(n)) and job.plan.places(ref))}
    return unknown - {"currency"} | (set() if job.plan.properties else {"properties"})


def _once(made: exp.Query, twice: str) -> exp.Query:
    """Events of which repeated ones come once; only those are put through a window."""
    apart = {"e": made, "t": twice}
    plain = sql("SELECT e.* FROM e WHERE e.event_id NOT IN (SELECT t.event_id FROM t)", tables=apart)
    again = sql("SELECT e.* FROM e WHERE e.event_id IN (SELECT t.event_id FROM t)", tables=apart)
    again.set("expressions", [exp.column(c, table="e") for c in made.named_selects])
    return exp.union(plain, facts.once(again), distinct=False)  # type: ignore[arg-type]


def _vault(job: Job, keys: str, lookups: list[who.Known]) -> str | None:
    if not any(
        job.engine.run(sql("SELECT bool_or(secret) AS s FROM k", tables={"k": k.table}))["s"][0].as_py()
        for k in lookups
    ):
        return None
    rows = job.stack.enter_context(job.engine.view(who.joined(keys, lookups)))
    return people.vault(job.engine, rows, job.plan.mapping, lookups, job.stack, last="last")
