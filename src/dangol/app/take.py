"""One file into the workspace: staged by `collect`, resolved by `identity`, kept by the engine and the vault, or nothing at all.

All but the end happens in the engine's transaction alone (`app.both`). Personal data and rows put aside go to the store in
pieces, each a transaction of its own under the import's number, so that people's writes come between; an import that fails, or is
killed before the engine commits, is taken back by that number (`both.take_back`, `recovery`). The store's last transaction is the
outer one and the engine commits inside it: a kill between the two leaves facts of an import that never ended, so its file is not
"known", and importing it again adds the rest. The other order would leave personal data that belongs to nobody.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Maps
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from dangol.app import recovery, tracking
from dangol.app.both import Keeping, both, settle
from dangol.app.catalogue import catalogue
from dangol.app.linking import personal_follows
from dangol.app.orders import add_lines, complete, owned
from dangol.app.report import FileReport, ImportReport
from dangol.app.tellings import keep_events, keep_rows
from dangol.collect import Counts, LookAgain, Mapping, Reading, Taken, Way, mapping_to_yaml, new_only, take
from dangol.engine import FileEngine, sql
from dangol.identity import Resolution, rehome, resolve
from dangol.privacy import VaultRow
from dangol.schema import CONSENTS, EVENTS, GIVEN, DangolError, PersonFact

if TYPE_CHECKING:
    from dangol.app import Workspace

_NOBODY = pa.array([], pa.int64())


References = Maps[str, Reading]
"""Readings of reference files (a table of campaigns, say) by the name of their mapping, for the files that look things up."""


@dataclass(frozen=True)
class Effect:
    """What one file changed. `touched` are the customers whose facts are new or have moved."""

    batch: int
    rows: int
    taken: int
    events: int
    repeated: int
    quarantined: Counter[str]
    skipped: Counter[str]
    blocked: int
    resolution: Resolution
    first_at: dt.datetime | None
    last_at: dt.datetime | None
    touched: pa.Array = field(default_factory=lambda: _NOBODY)
    conflicts: int = 0


def told(base: FileReport, effect: Effect) -> FileReport:
    """The report of a file that was taken."""
    return replace(
        base,
        rows=effect.rows,
        taken=effect.taken,
        repeated=effect.repeated,
        quarantined=dict(effect.quarantined),
        skipped=dict(effect.skipped),
        blocked=effect.blocked,
        batch=effect.batch,
    )


def summed(
    files: Sequence[FileReport], effects: Sequence[Effect], *, before: int, seconds: float, dry_run: bool = False
) -> ImportReport:
    """What several files changed together.

    :param before: the highest customer id before the first of them, so that a customer of two files is counted once.
    """
    touched = pc.unique(pa.concat_arrays([_NOBODY, *(e.touched for e in effects)]))
    return ImportReport(
        files=tuple(files),
        new_customers=sum(e.resolution.new_customers for e in effects),
        known_customers=pc.sum(pc.less_equal(touched, before)).as_py() or 0,
        merges=sum(e.resolution.merges for e in effects),
        conflicts=effects[-1].conflicts if effects else 0,
        first_at=min((e.first_at for e in effects if e.first_at), default=None),
        last_at=max((e.last_at for e in effects if e.last_at), default=None),
        seconds=seconds,
        dry_run=dry_run,
    )


def highest_id(ws: Workspace) -> int:
    """The highest customer id given out so far."""
    return int(ws.engine.run(sql("SELECT max(born_as) AS n FROM identifiers"))["n"][0].as_py() or 0)


class _UndoError(Exception):
    """Raised at the end of a rehearsal, so that the engine rolls back."""


@contextmanager
def rehearsal(ws: Workspace, *, patient: bool = False) -> Iterator[None]:
    """All that the engine is told inside is taken back at the end; until then each file sees the ones before it.

    The store is not written to: what would be is counted, if it is asked for.
    """
    with suppress(_UndoError), ws.facts_turn(patient=patient), ws.engine.transaction():
        yield
        raise _UndoError


def take_file(
    ws: Workspace, reading: Reading, mapping: Mapping, *, source: str | None, references: References
) -> Effect:
    """Take a file in, in both stores or in neither."""
    name, kept = source_of(mapping, source), mapping_to_yaml(mapping)
    batch = ws.store.batches.begin(name, reading.name, reading.digest, mapping.name, kept, ws.real_now())
    way: Way = "trusting" if isinstance(ws.engine, FileEngine) else "looking"
    one = _Try(batch)
    try:
        while True:
            try:
                return _wholly(ws, reading, mapping, name, one, references, way)
            except LookAgain as again:
                way = again.way
    except DangolError as error:
        ws.store.batches.fail(batch, error.message.kept()[:600], ws.real_now())
        raise


def rehearse_file(
    ws: Workspace, reading: Reading, mapping: Mapping, place: int, *, source: str | None, references: References
) -> Effect:
    """What `take_file` would do, inside a `rehearsal`. `place`: how many files of it came before."""
    return _take(ws, reading, mapping, source_of(mapping, source), -1 - place, references, "looking")


def source_of(mapping: Mapping, named: str | None) -> str:
    """The source of a file's facts: the one somebody named, else the mapping's."""
    return named or mapping.source or mapping.name


@dataclass
class _Try:
    """What an import has written to the store so far; `moved`: whom identifiers went to, as long as it holds."""

    batch: int
    pieces: bool = False
    moved: pa.Table | None = None


def _wholly(
    ws: Workspace, reading: Reading, mapping: Mapping, source: str, one: _Try, references: References, way: Way
) -> Effect:
    batch = one.batch
    with ws.facts_turn(patient=True):  # until a failed one is taken back: the next may give out its customers' numbers
        try:
            with both(ws) as keep:
                effect = _take(ws, reading, mapping, source, batch, references, way, (one, keep))
                if len(effect.touched):
                    recovery.facts_change(ws)
                counts = {"rows": effect.rows, "taken": effect.taken, "repeated": effect.repeated}
                ws.store.batches.finish(batch, counts, ws.real_now())
                said = {"file": reading.name, "source": source, **counts}
                ws.store.audit.write(ws.actor, "import.done", f"import/{batch}", now=ws.real_now(), after=said)
        except BaseException:
            if one.pieces and not keep.committed:
                ws.unsettled.append((batch, one.moved))
                with suppress(DangolError):  # a store that fails: whoever changes facts next tries again
                    settle(ws)
            one.pieces = False
            raise
    return effect


def _take(
    ws: Workspace,
    reading: Reading,
    mapping: Mapping,
    source: str,
    batch: int,
    references: References,
    way: Way,
    keeping: tuple[_Try, Keeping] | None = None,
) -> Effect:
    """Take a file into the engine; with `keeping` into the store as well, whose transaction is open when this returns."""
    now = ws.real_now()
    with (
        take(
            ws.reader,
            reading,
            mapping,
            source=source,
            batch=batch,
            now=now,
            settings=ws.settings,
            pseudonymiser=ws.privacy.pseudonymiser,
            references=references,
            way=way,
            writer=ws.engine if isinstance(ws.engine, FileEngine) else None,
        ) as read,
        _carried(ws, read) as taken,
    ):
        found = (
            resolve(ws.engine, taken.identifiers, taken.links, batch=batch, now=now, policy=ws.policy)
            if taken.identifiers
            else Resolution()
        )
        rehome(ws.engine, found.moved)
        new, touched = _facts(ws, taken, batch)
        fresh = _fresh(ws, taken, batch, new)
        conflicts = ws.engine.run(sql("SELECT count(*) AS n FROM identity_conflicts"))["n"][0].as_py()
        counts = taken.counts
        counts = replace(counts, taken=fresh, repeated=counts.repeated + counts.taken - fresh)
        _note(ws, reading, mapping, source, batch, counts, now)
        if keeping is not None:
            _kept(ws, taken, found, keeping, new=new, now=now)
        return Effect(
            batch=batch,
            rows=counts.rows,
            taken=counts.taken,
            events=new,
            repeated=counts.repeated,
            quarantined=Counter(counts.quarantined),
            skipped=Counter(counts.skipped),
            blocked=sum(counts.blocked.values()),
            resolution=found,
            first_at=counts.first and counts.first.astimezone(ws.settings.tz),
            last_at=counts.last and counts.last.astimezone(ws.settings.tz),
            touched=pa.concat_arrays([found.touched.cast(pa.int64()), touched]),
            conflicts=conflicts,
        )


def _kept(
    ws: Workspace,
    taken: Taken,
    found: Resolution,
    keeping: tuple[_Try, Keeping],
    *,
    new: int,
    now: dt.datetime,
) -> None:
    """What the store keeps of a file: the many rows first, between which others write, then the short rest as one."""
    one, keep = keeping
    one.pieces, one.moved, batch = True, found.moved, one.batch
    if taken.identifiers:
        ws.vault.put_by_pieces(vault_rows(ws, taken.identifiers, taken.vault(), batch))
    before = ws.privacy.quarantine.add(batch, ((r.id, r.row) for r in taken.rejected()), now=now)
    seen = tracking.seen_in_file(ws, batch) if new else None
    keep()
    personal_follows(ws, found)
    if seen is not None:
        tracking.note(ws, seen)
    if before:
        ws.privacy.quarantine.put(batch, ((r.id, r.row) for r in taken.rejected() if r.id in before), now=now)


_STAGED = ("events", "items", "products", "given", "identifiers", "links", "consents", "quarantine")


@contextmanager
def _carried(ws: Workspace, read: Taken) -> Iterator[Taken]:
    """Staged tables where the workspace's engine can see them: copied over from the one that reads, in batches."""
    placed = read.placed if isinstance(ws.engine, FileEngine) else ()
    with ExitStack() as stack:
        names: dict[str, Any] = {}
        for what in _STAGED:
            table = getattr(read, what)
            if table is not None and what not in placed:
                batches = ws.reader.stream(exp.select("*").from_(table))
                schema = ws.reader.run(exp.select("*").from_(table).limit(0)).schema
                names[what] = stack.enter_context(ws.engine.scratch(pa.RecordBatchReader.from_batches(schema, batches)))
        yield replace(read, **names)


def _fresh(ws: Workspace, taken: Taken, batch: int, new: int) -> int:
    """Rows that said something new: those whose event or order line was here before are not taken again."""
    counts = taken.counts
    if taken.events is None or (new == sum(counts.events.values()) and not taken.items):
        return counts.taken
    if taken.items:  # a row is a line, and one more where it is undone
        mine = sql("SELECT DISTINCT order_id, line_key FROM order_items WHERE batch = :b", b=batch)
        told = sql("SELECT DISTINCT order_id, line_key FROM i", tables={"i": taken.items})
        lines, all_lines = (_number(ws, query) for query in (mine, told))
        return max(0, counts.taken - (all_lines - lines))
    events = sum(counts.events.values())
    if set(counts.events) <= {"Order Completed", "Order Cancelled", "Order Refunded"}:  # a row is an order
        mine = sql("SELECT DISTINCT order_id, source FROM events WHERE batch = :b", b=batch)
        told = sql("SELECT DISTINCT order_id, source FROM e", tables={"e": taken.events})
        return max(0, counts.taken - (_number(ws, told) - _number(ws, mine)))
    return max(0, counts.taken - (events - new))


def _number(ws: Workspace, query: exp.Expr) -> int:
    return int(ws.engine.run(sql("SELECT count(*) AS n FROM q", tables={"q": query}))["n"][0].as_py())


def _facts(ws: Workspace, taken: Taken, batch: int) -> tuple[int, pa.Array]:
    """Append what is new to every table of facts. Returns (new events, customers they are about)."""
    engine, new, who = ws.engine, 0, _NOBODY
    if taken.products:
        catalogue(ws, taken.products)
    if taken.events:
        if taken.items:
            keep_events(engine, taken.events, taken.items, batch)
            _, who = complete(engine, taken.events, taken.items)
        new = engine.append("events", owned(new_only(taken.events), EVENTS.sort), from_file="events" in taken.placed)
        if taken.twice is not None and engine.run(taken.twice).num_rows:
            raise LookAgain("once")
        if not taken.items and new < sum(taken.counts.events.values()):
            keep_events(engine, taken.events, None, batch)
        about = sql("SELECT DISTINCT customer_id FROM events WHERE batch = :b AND customer_id IS NOT NULL", b=batch)
        who = pa.concat_arrays([who, engine.run(about)["customer_id"].combine_chunks()])
    if taken.items:
        add_lines(engine, taken.items, sql("SELECT event_id FROM events WHERE batch = :b", b=batch))
    if taken.given:
        given = sql(
            "SELECT DISTINCT g.* FROM g WHERE NOT EXISTS (SELECT 1 FROM given AS k WHERE k.node = g.node"
            " AND k.trait = g.trait AND k.value = g.value AND k.at IS NOT DISTINCT FROM g.at AND k.source = g.source)",
            tables={"g": taken.given},
        )
        engine.append("given", owned(given, GIVEN.sort))
        keep_rows(engine, "given", taken.given, batch)
    if taken.consents:
        consents = sql(
            "SELECT DISTINCT c.* FROM c WHERE NOT EXISTS (SELECT 1 FROM consents AS k WHERE k.node = c.node"
            " AND k.purpose = c.purpose AND k.channel = c.channel AND k.state = c.state AND k.at IS NOT DISTINCT FROM c.at)",
            tables={"c": taken.consents},
        )
        engine.append("consents", owned(consents, CONSENTS.sort))
        keep_rows(engine, "consents", taken.consents, batch)
    if taken.quarantine:
        engine.append("quarantine", exp.select("*").from_(taken.quarantine))
    return new, who


def vault_rows(ws: Workspace, identifiers: str, pages: Iterable[list[PersonFact]], batch: int) -> Iterator[VaultRow]:
    """Personal data on its way to the vault, each with its customer; what belongs to nobody (a blocked value) is not kept."""
    found = ws.engine.run(
        sql(
            "SELECT node, customer_id FROM identifiers"
            " WHERE customer_id IS NOT NULL AND node IN (SELECT node FROM i) ORDER BY node",
            tables={"i": identifiers},
        )
    )
    nodes, customers = found["node"].to_numpy(), found["customer_id"].to_numpy()
    for facts in pages:
        asked = np.fromiter((f.node for f in facts), np.int64, len(facts))
        places = np.minimum(np.searchsorted(nodes, asked), max(len(nodes) - 1, 0))
        for fact, place in zip(facts, places, strict=True):
            if len(nodes) and nodes[place] == fact.node:
                yield _row(fact, int(customers[place]), batch)


def _row(fact: PersonFact, customer: int, batch: int) -> VaultRow:
    return VaultRow(fact.node, customer, fact.kind, fact.value, fact.at, fact.source, batch)


def _note(
    ws: Workspace, reading: Reading, mapping: Mapping, source: str, batch: int, counts: Counts, now: dt.datetime
) -> None:
    """The engine's own word that this file is in; written with its facts."""
    row = {
        "batch": [batch],
        "file": [reading.name],
        "source": [source],
        "preset": [mapping.name],
        "rows": [counts.rows],
        "taken": [counts.taken],
        "repeated": [counts.repeated],
        "quarantined": [sum(counts.quarantined.values())],
        "at": [now.replace(tzinfo=None)],
    }
    ws.engine.append("imports", pa.table(row))
