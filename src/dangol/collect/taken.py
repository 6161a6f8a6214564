"""What comes of taking a file, and what every step of it needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Dict
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from dangol.collect import people
from dangol.collect.aside import Aside, Rejected
from dangol.collect.plan import Plan
from dangol.collect.reading import Reading
from dangol.engine import FileEngine, sql
from dangol.schema import PersonFact, Pseudonymises


@dataclass(frozen=True)
class Counts:
    """What became of the rows. `blocked`: numbers that may not be kept, by kind; `removed`: cards, e-mails and phones taken
    out of free text; `repeated`: rows that repeat a message of the same file; `first` and `last` event, aware, UTC."""

    rows: int = 0
    taken: int = 0
    quarantined: Dict[str, int] = field(default_factory=dict)
    skipped: Dict[str, int] = field(default_factory=dict)
    blocked: Dict[str, int] = field(default_factory=dict)
    removed: Dict[str, int] = field(default_factory=dict)
    events: Dict[str, int] = field(default_factory=dict)
    repeated: int = 0
    first: dt.datetime | None = None
    last: dt.datetime | None = None


@dataclass(frozen=True)
class Taken:
    """Names of scratch tables (or views) with the columns of `schema.tables` minus `customer_id`; null where there is nothing.

    All are in the engine that read the file, but for those named in `placed`, which are in the one that will keep them.
    `events` of a plain event list may lack columns the file has nothing for: append it by name. Where `twice` is a query, ask it
    of the engine once they are appended: a row means that the file repeats messages (`LookAgain`).

    identifiers  node, kind, value, first_seen, last_seen, source, blocked
    links        a, b, fact, at, source
    """

    counts: Counts
    events: str | None = None
    items: str | None = None
    products: str | None = None
    given: str | None = None
    identifiers: str | None = None
    links: str | None = None
    consents: str | None = None
    quarantine: str | None = None
    placed: tuple[str, ...] = ()
    twice: exp.Expr | None = None
    _engine: FileEngine | None = field(default=None, repr=False)
    _vault: str | None = field(default=None, repr=False)
    _aside: Aside | None = field(default=None, repr=False)
    _source: str = ""

    def vault(self) -> Iterator[list[PersonFact]]:
        """Direct personal data in lists of at most 20,000, for the vault and nowhere else."""
        if self._engine is not None:
            yield from people.facts(self._engine, self._vault, self._source)

    def rejected(self) -> Iterator[Rejected]:
        """The quarantined rows themselves, to be kept encrypted."""
        if self._engine is not None and self._aside is not None:
            yield from self._aside.rows(self._engine)


@dataclass(frozen=True)
class Job:
    """One taking: what every step needs."""

    engine: FileEngine
    plan: Plan
    reading: Reading
    batch: int
    now: dt.datetime
    pseudonymiser: Pseudonymises
    stack: ExitStack
    references: Dict[str, Reading] = field(default_factory=dict)
    writer: FileEngine | None = None

    @property
    def source(self) -> str:
        return self.plan.source

    def scratch(self, query: exp.Expr | None) -> str | None:
        return None if query is None else self.stack.enter_context(self.engine.scratch(query))


def summarise(job: Job, events: str | None) -> dict[str, Any]:
    """events by name, first, last."""
    if events is None:
        return {"events": {}}
    query = sql(
        "SELECT name, count(*) AS n, min(at) AS first, max(at) AS last FROM t GROUP BY 1 ORDER BY 2 DESC",
        tables={"t": events},
    )
    return moments(job.engine.run(query).to_pylist())


def moments(found: Sequence[Dict[str, Any]]) -> dict[str, Any]:
    """events by name, first, last; of rows name, n, first, last."""
    stamps = [t.replace(tzinfo=dt.UTC) for r in found for t in (r["first"], r["last"]) if t]
    return {
        "events": {r["name"]: r["n"] for r in found},
        "first": min(stamps, default=None),
        "last": max(stamps, default=None),
    }
