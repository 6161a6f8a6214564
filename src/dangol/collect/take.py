"""`take`: a file and a mapping to staged facts, in scratch tables that are gone when the ``with`` ends."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from collections.abc import Mapping as Dict
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from sqlglot import exp

from dangol.collect import facts, moments, people, sieve, who
from dangol.collect.aside import Aside, aside, doubts
from dangol.collect.lending import borrowed, widened
from dangol.collect.loading import Unsplit, loaded
from dangol.collect.mapping import Mapping
from dangol.collect.plan import TakeSettings, plan
from dangol.collect.quick import by_views, watched
from dangol.collect.reading import Reading
from dangol.collect.taken import Counts, Job, Taken, summarise
from dangol.collect.typed import typed
from dangol.collect.ways import LookAgain, Way
from dangol.engine import FileEngine, sql
from dangol.privacy import RESIDENT
from dangol.schema import Pseudonymises


@contextmanager
def take(
    engine: FileEngine,
    reading: Reading,
    mapping: Mapping,
    *,
    source: str,
    batch: int,
    now: dt.datetime,
    settings: TakeSettings,
    pseudonymiser: Pseudonymises,
    references: Dict[str, Reading] | None = None,
    way: Way | None = None,
    writer: FileEngine | None = None,
) -> Iterator[Taken]:
    """Stage the facts of a file. Nothing is written outside scratch; leaving the ``with`` forgets everything.

    :param engine: reads the file; its scratch tables hold raw text, so that its overflow must be encrypted.
    :param source: where the facts come from; part of every event's identity.
    :param now: aware; received_at, and the time of facts that carry none.
    :param references: readings of `reference` files by the name of their mapping, for mappings with `joins`.
    :param way: how, where the caller is ready for `LookAgain`. It must be given inside a transaction, since a query that fails
        takes that with it. Without, the ways are tried here.
    :param writer: the engine that will keep the facts, if it reads files itself: `Taken.placed` says what is there already.
    :raises FileError: the file cannot be read as a whole.
    :raises DefinitionError: the mapping asks for what is not in the file.
    """
    if mapping.grain in ("reference", "ignore"):
        yield Taken(Counts())
        return
    lent = references or {}
    laid = plan(mapping, reading.header, settings, source, borrowed(mapping, lent))
    with ExitStack() as stack:
        job = Job(engine, laid, reading, batch, now, pseudonymiser, stack, lent, writer)
        try:
            taken = _staged(job, way or "looking")
        except LookAgain as again:
            if way is not None:
                raise
            taken = _staged(job, again.way)
        with watched():
            yield taken


def _staged(job: Job, way: Way) -> Taken:
    if way == "lines":
        lent = {name: replace(one, plain=False) for name, one in job.references.items()}
        job = replace(job, reading=replace(job.reading, plain=False), references=lent)
    return by_views(job, way) or _by_tables(job)


# -- everything else: rows with numbers in a scratch table -----------------------------------------------------------------
def _by_tables(job: Job) -> Taken:
    engine, stack = job.engine, job.stack
    found: Counter[str] = Counter()
    with ExitStack() as early:  # the raw text is let go of before facts are made from it: it is the largest thing here
        rows, lookups, put, counts = _rows(replace(job, stack=early), stack, found)
    tables = _facts(job, rows, lookups)
    counts = _counted(job, counts, tables.get("events"))
    vault = people.vault(engine, rows, job.plan.mapping, lookups, stack)
    return Taken(
        counts,
        **tables,  # type: ignore[arg-type]
        quarantine=put.table,
        _engine=engine,
        _aside=put,
        _source=job.source,
        _vault=vault,
    )


def _rows(job: Job, stack: ExitStack, found: Counter[str]) -> tuple[str, list[who.Known], Aside, Counts]:
    """The rows that can be taken, typed and with their nodes; the others put aside. What stays is left on `stack`."""
    engine, early = job.engine, job.stack
    raw, unsplit = early.enter_context(loaded(engine, job.reading))
    raw = sieve.cleaned(engine, job.plan, raw, [f"c{i}" for i in range(len(job.plan.names))], early, found)
    wide = widened(engine, raw, job.reading, job.plan.mapping, job.references, early)
    read = _typed(job, wide, job.plan.mapping.grain == "events")
    lookups = who.known(engine, read, job.plan.identifiers, job.pseudonymiser, stack)
    doubtful = str(job.scratch(_doubtful(job, read, lookups)))
    put = aside(
        engine, job.plan, job.reading, doubtful, raw, unsplit, batch=job.batch, now=job.now, stack=stack, taken=found
    )
    sound = sql(
        "SELECT t.* FROM t WHERE t.skip IS NULL AND t.nr NOT IN (SELECT d.nr FROM d WHERE NOT d.taken)",
        tables={"t": read, "d": doubtful},
    )
    rows = stack.enter_context(engine.scratch(who.joined(sound, lookups)))  # type: ignore[arg-type]
    return rows, lookups, put, _counts(job, read, doubtful, unsplit, found, rows)


def _typed(job: Job, raw: str, by_content: bool) -> str:
    """Typed rows; when some moments cannot be read by the engine, Python reads their distinct texts and they are typed again."""

    def attempt(words: dict[str, str]) -> str:
        query = typed(job.plan, raw, numbered=True, content=by_content, blanks=job.reading.blanks, words=words)
        return str(job.scratch(query))

    read = attempt({})
    words = moments.words(job.engine, job.plan, raw, read, blanks=job.reading.blanks, stack=job.stack)
    return attempt(words) if words else read


def _doubtful(job: Job, read: str, lookups: list[who.Known]) -> exp.Expr:
    """nr, field, reason, taken: rows with a problem, and whether the row is taken without that field all the same."""
    query = doubts(read, lookups)
    kinds = [k.kind for k in lookups] or [""]
    mild = sql("SELECT q.*, q.field IN :kinds AS taken FROM q", tables={"q": query}, kinds=kinds)
    grain = job.plan.mapping.grain
    if grain == "order_lines":  # an order whose lines cannot all be read would be told with too little value
        return sql(
            """SELECT * FROM d UNION ALL
               SELECT t.nr, 'order_id' AS field, 'order_held' AS reason, false AS taken FROM t
               WHERE t.skip IS NULL AND t.nr NOT IN (SELECT d.nr FROM d WHERE NOT d.taken) AND t.order_id IN
                 (SELECT b.order_id FROM b JOIN d ON d.nr = b.nr WHERE NOT d.taken AND b.order_id IS NOT NULL)""",
            tables={"d": mild, "t": read, "b": read},
        )
    if grain == "customers":
        nobody = (
            exp.and_(*[sql(":n IS NULL", n=exp.column(f"n{i}")) for i in range(len(lookups))])
            if lookups
            else exp.true()
        )
        joined = who.joined(read, lookups)
        return sql(
            """SELECT coalesce(d.nr, j.nr) AS nr, coalesce(d.field, 'identifier') AS field,
                 coalesce(d.reason, 'no_identifier') AS reason,
                 coalesce(d.taken, false) AND NOT coalesce(j.nobody, false) AS taken
               FROM d FULL JOIN j ON j.nr = d.nr""",
            tables={
                "d": mild,
                "j": sql(
                    "SELECT nr, true AS nobody FROM w WHERE skip IS NULL AND :nobody",
                    tables={"w": joined},
                    nobody=nobody,
                ),
            },
        )
    return mild


def _facts(job: Job, rows: str, lookups: list[who.Known]) -> dict[str, str | None]:
    grain, source, batch, now = job.plan.mapping.grain, job.source, job.batch, job.now
    out: dict[str, str | None] = {}
    if grain == "products":
        return {"products": job.scratch(facts.products(rows, batch=batch))}
    if grain in ("orders", "order_lines"):
        moved = job.scratch(facts.moves(rows, source))
        assert moved is not None
        if grain == "order_lines":
            moved = _lines_once(job, moved)
        whole = job.scratch(facts.order_events(moved, source=source, batch=batch, now=now))
        assert whole is not None
        events = sql("SELECT * EXCLUDE (first_nr) FROM w", tables={"w": whole})
        out["events"] = job.stack.enter_context(job.engine.view(events))  # type: ignore[arg-type]
        if grain == "order_lines":
            out["items"] = job.scratch(facts.items(moved, whole, source=source, batch=batch))
    elif grain == "events":
        made = facts.events(rows, source=source, batch=batch, now=now, by_content=True)
        out["events"] = job.scratch(facts.once(made))
    out["identifiers"] = job.scratch(who.identifiers(rows, lookups, source=source, now=now))
    fact = sql("concat(:file, ' ', CAST(nr AS VARCHAR))", file=job.reading.name)
    out["links"] = job.scratch(who.links(rows, lookups, fact=fact, source=source, now=now))
    m = job.plan.mapping
    out["given"] = job.scratch(people.given(job.engine, rows, m, source=source, batch=batch, now=now, stack=job.stack))
    out["consents"] = job.scratch(people.consents(rows, m, lookups, source=source, batch=batch, now=now))
    return out


def _lines_once(job: Job, moved: str) -> str:
    repeated = job.scratch(facts.repeated_lines(moved))
    assert repeated is not None
    if not job.engine.run(sql("SELECT count(*) AS n FROM r", tables={"r": repeated}))["n"][0].as_py():
        return moved
    return str(job.scratch(facts.lines_once(moved, repeated)))


def _counts(job: Job, read: str, doubtful: str, unsplit: Unsplit, found: Counter[str], rows: str) -> Counts:
    """What became of the rows; the events are not made yet."""
    run = job.engine.run
    total = run(sql("SELECT count(*) AS n FROM t", tables={"t": read}))["n"][0].as_py()
    kept = run(sql("SELECT count(*) AS n FROM t", tables={"t": rows}))["n"][0].as_py()
    reasons = run(
        sql("SELECT reason, count(*) AS n FROM d GROUP BY 1 ORDER BY 2 DESC, 1", tables={"d": doubtful})
    ).to_pylist()
    why = Counter({r["reason"]: r["n"] for r in reasons})
    why.update(reason for _, reason, _ in unsplit.rows)
    skipped = run(
        sql("SELECT skip, count(*) AS n FROM t WHERE skip IS NOT NULL GROUP BY 1", tables={"t": read})
    ).to_pylist()
    return Counts(
        rows=total + len(unsplit.rows),
        taken=kept,
        quarantined=dict(why),
        skipped={r["skip"]: r["n"] for r in skipped},
        blocked={k: n for k, n in found.items() if k in RESIDENT},
        removed={k: n for k, n in found.items() if k not in RESIDENT},
    )


def _counted(job: Job, counts: Counts, events: str | None) -> Counts:
    summary = summarise(job, events)
    happened = sum(summary["events"].values())
    repeated = counts.taken - happened if job.plan.mapping.grain == "events" else 0
    return replace(counts, repeated=repeated, **summary)
