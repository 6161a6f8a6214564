"""The time wheel: whom time alone may have moved into or out of a segment since everyone was last looked at.

Facts enter and leave windows, days since an order go by, birthdays come. Customers to whom nothing of the kind happened
keep their memberships, so asking only those found here leaves the log as asking everyone would. Their trait *values*
may be older: a `days_since` of 12 that is 13 today is computed anew with the next full refresh, or where a rule turns on it.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from dangol.engine import Engine, sql
from dangol.profiles import clock
from dangol.profiles.definitions import Definitions
from dangol.profiles.model import Age, Behaviour, Trait
from dangol.profiles.passes import turned
from dangol.profiles.reading import Reading
from dangol.profiles.refresh import derive, digests_of, effective, trait_state, whose, why_full
from dangol.profiles.state import CUSTOMERS, FIXED
from dangol.rules import Context, Rule, compile_rule, due, nodes, window_bounds, windows_of
from dangol.rules.dependencies import leaves
from dangol.rules.nodes import Node

COPIED = ("events", "order_items", "scores", "consents", CUSTOMERS)
"""Tables of which `around` makes copies."""

_NOBODY = pa.table({"customer_id": pa.array([], pa.int64())})


@dataclass(frozen=True, slots=True)
class Turned:
    """Customers to ask again (one column, customer_id, ascending). `why` is not empty where it has to be everyone."""

    customers: pa.Table
    why: str = ""

    @property
    def everyone(self) -> bool:
        return bool(self.why)


def turn(
    engine: Engine,
    definitions: Definitions,
    *,
    since: dt.datetime,
    now: dt.datetime,
    tz: ZoneInfo,
    settings: Mapping[str, float] | None = None,
    tables: Mapping[str, str] | None = None,
    between: Callable[[float], None] = lambda seconds: None,
) -> Turned:
    """Whom to refresh at `now`, when everyone's memberships are right as of `since` and touched customers are refreshed.

    Refresh traits and segments of these customers, and the memberships of everyone are right as of `now`.
    Customers refreshed between the two are among them.

    :param tables: copies of `COPIED` with some customers only (`around`): then only of them is told.
    :param between: called after each question with the seconds it took: over everybody they are many, and may give way.
    """

    def ask(query: exp.Expr) -> pa.ChunkedArray:
        start = time.monotonic()
        answer = engine.run(query)["customer_id"]
        between(time.monotonic() - start)
        return answer

    copies = dict(tables or {})
    values = effective(definitions, settings)
    state = trait_state(engine)
    why = why_full(engine, definitions, state, digests_of(definitions, values, tz))
    rules = definitions.rules
    asked = list(dict.fromkeys(leaf for rule in rules.values() for leaf in leaves(rule.root)))
    why = why or _everyone(asked, definitions, rules, since, now, tz)
    if why:
        return Turned(_NOBODY, why)
    if now <= since:
        return Turned(_NOBODY)
    read = _read(definitions, asked)
    queries = [
        _touched(since, copies),
        *_happened(since, now, copies),
        *_facts(asked, definitions, since, now, tz, copies),
    ]
    before, after = (Reading(m, tz, (since, now), definitions.catalog, copies) for m in (since, now))
    queries += turned([definitions.traits[n] for n in read], before, after)
    queries += _streaks([definitions.traits[n] for n in read], before, after, copies.get(CUSTOMERS, CUSTOMERS))
    found = [ask(query) for query in queries]
    cuts = {name: json.loads(str(row["cuts"])) for name, row in state.items() if row["cuts"]}
    aging = [leaf for leaf in asked if _ages(leaf, definitions)]
    if aging:
        with (
            _aged(engine, definitions, values, cuts, since, tz, copies) as old,
            _aged(engine, definitions, values, cuts, now, tz, copies) as new,
        ):
            for leaf in aging:
                found.append(ask(_changed(leaf, definitions, (since, old), (now, new), tz)))
    ids = pc.unique(pa.chunked_array([c for f in found for c in f.chunks], pa.int64()))
    return Turned(pa.table({"customer_id": pc.take(ids, pc.sort_indices(ids))}))


@contextmanager
def around(engine: Engine, people: pa.Table) -> Iterator[dict[str, str]]:
    """Copies of what `turn` reads with the rows of these customers, to ask of them again and again."""
    with ExitStack() as stack:
        who = stack.enter_context(engine.scratch(people))
        theirs = whose(engine, who)
        queries = {table: exp.select("*").from_(table).where(theirs.copy()) for table in COPIED}
        yield {table: stack.enter_context(engine.scratch(query)) for table, query in queries.items()}


def shortest(definitions: Definitions) -> dt.timedelta | None:
    """The shortest stretch of time that a rule, or a trait that one reads, looks back; None where none has a length."""
    asked = [leaf for rule in definitions.rules.values() for leaf in leaves(rule.root)]
    windows = [w for leaf in asked for w in windows_of(leaf)]
    lengths = [w.value.fixed for w in windows if isinstance(w.value, nodes.Duration) and w.value.fixed is not None]
    for trait in (definitions.traits[n] for n in _read(definitions, asked)):
        if isinstance(trait.spec, Behaviour) and trait.spec.window:
            start = window_bounds(trait.spec.window, _SOME, ZoneInfo("UTC"))[0]
            lengths += [_SOME - start] if start is not None else []
    return min(lengths, default=None)


_SOME = dt.datetime(2020, 1, 15, tzinfo=dt.UTC)
"""Any moment will do to see how long a window is."""


def _read(definitions: Definitions, asked: list[Node]) -> list[str]:
    """Traits the rules read, and those these are computed from."""
    wanted = {name for leaf in asked for name in _names(leaf)}
    for trait in reversed(list(definitions.traits.values())):  # in dependency order, so one way back is enough
        if trait.name in wanted:
            wanted |= set(trait.needs)
    return [name for name in definitions.traits if name in wanted]


def _names(leaf: Node) -> tuple[str, ...]:
    match leaf:
        case nodes.Trait(name):
            return (name,)
        case nodes.Day(trait):
            return (trait,)
        case nodes.Top(by) | nodes.Rank(by):
            return (by,)
    return ()


# -- everyone ------------------------------------------------------------------------------------------------------
def _everyone(
    asked: list[Node], definitions: Definitions, rules: Mapping[str, Rule], since: dt.datetime, now: dt.datetime,
    tz: ZoneInfo,
) -> str:  # fmt: skip
    context = Context(now=since, tz=tz, catalog=definitions.catalog)
    for name, rule in rules.items():
        for leaf in leaves(rule.root):
            if isinstance(leaf, nodes.Did | nodes.Sequence):
                moment = due(leaf, context).everyone
                if moment is not None and moment <= now:
                    return f"a calendar window of {name} turned"
    if clock.today(since, tz) != clock.today(now, tz):
        older = _aging(definitions)
        for leaf in asked:
            if isinstance(leaf, nodes.Top | nodes.Rank) and leaf.by in older:
                return f"customers are ranked by {leaf.by}, which changes every day"
    return ""


def _touched(since: dt.datetime, copies: Mapping[str, str]) -> exp.Expr:
    """Refreshed in the meantime for another reason: what held for them at `since` says nothing about now."""
    return sql("SELECT customer_id FROM customers WHERE refreshed_at > :since", tables=dict(copies), since=since)


# -- facts ---------------------------------------------------------------------------------------------------------
def _happened(since: dt.datetime, now: dt.datetime, copies: Mapping[str, str]) -> Iterator[exp.Expr]:
    """Facts that lay in the future, and customers whose scores did."""
    for table in ("events", "order_items", "scores"):
        yield sql(
            "SELECT DISTINCT customer_id FROM facts WHERE at > :since AND at <= :now AND customer_id IS NOT NULL",
            tables={"facts": copies.get(table, table)},
            since=since,
            now=now,
        )


def _facts(
    asked: list[Node], definitions: Definitions, since: dt.datetime, now: dt.datetime, tz: ZoneInfo,
    copies: Mapping[str, str],
) -> Iterator[exp.Expr]:  # fmt: skip
    """Facts that left a window of a condition."""
    context = Context(now=since, tz=tz, catalog=definitions.catalog, tables=copies)
    for leaf in asked:
        if isinstance(leaf, nodes.Did | nodes.Sequence):
            query = due(leaf, context).query
            if query is not None:
                yield sql(
                    "SELECT customer_id FROM due WHERE due_at <= :now AND customer_id IS NOT NULL",
                    tables={"due": query},
                    now=now,
                )


def _streaks(traits: list[Trait], before: Reading, after: Reading, customers: str) -> Iterator[exp.Expr]:
    """A streak that still runs ends by nothing happening."""
    if clock.today(before.now, before.tz) != clock.today(after.now, after.tz):
        for trait in traits:
            if isinstance(trait.spec, Behaviour) and trait.spec.function == "streak" and trait.spec.current:
                yield exp.select("customer_id").from_(customers).where(sql(":x > 0", x=_column(trait.name)))


# -- age -----------------------------------------------------------------------------------------------------------
def _aging(definitions: Definitions) -> frozenset[str]:
    """Traits whose value changes from day to day by itself, and those computed from them."""
    found: set[str] = set()
    for trait in definitions.traits.values():
        since = isinstance(trait.spec, Behaviour) and trait.spec.function == "days_since"
        if since or isinstance(trait.spec, Age) or found & set(trait.needs):
            found.add(trait.name)
    return frozenset(found)


def _ages(leaf: Node, definitions: Definitions) -> bool:
    """Whether the truth of a condition on the wide table may change with the day or the moment."""
    match leaf:
        case nodes.Trait(name, tests):
            return name in _aging(definitions) or any(isinstance(t.value, nodes.Window) for t in tests)
        case nodes.Day() | nodes.Consent():
            return True
    return False


@contextmanager
def _aged(
    engine: Engine, definitions: Definitions, values: Mapping[str, Mapping[str, float]],
    cuts: Mapping[str, list[float]], moment: dt.datetime, tz: ZoneInfo, copies: Mapping[str, str],
) -> Iterator[str]:  # fmt: skip
    """The customers as they would be at a moment, if they did nothing: days counted on, the rest derived anew."""
    customers = copies.get(CUSTOMERS, CUSTOMERS)
    oldest = engine.run(sql("SELECT MIN(refreshed_at) AS first FROM c", tables={"c": customers}))["first"][0].as_py()
    first = min(oldest.replace(tzinfo=dt.UTC), moment) if oldest else moment
    shift = sql(
        "DATE_DIFF('day', :day, :today)",
        day=clock.day_of(exp.column("refreshed_at"), tz, (first, moment)),
        today=clock.today(moment, tz),
    )
    columns: list[exp.Expr] = [exp.column(name, quoted=True) for name in FIXED]
    for trait in definitions.traits.values():
        if isinstance(trait.spec, Behaviour) and trait.spec.function == "days_since":
            columns.append(sql(":x + :shift", x=_column(trait.name), shift=shift).as_(trait.name, quoted=True))
        elif not trait.needs:
            columns.append(_column(trait.name))
    with engine.scratch(exp.select(*columns).from_(customers)) as base:
        query, _ = derive(engine, base, definitions, values, cuts, moment, tz)
        with engine.scratch(query) as aged:
            yield aged


def _changed(
    leaf: Node, definitions: Definitions, old: tuple[dt.datetime, str], new: tuple[dt.datetime, str], tz: ZoneInfo
) -> exp.Expr:
    """Customers for whom a condition held at one moment and does not at the other."""
    before, after = (
        compile_rule(leaf, Context(now=moment, tz=tz, catalog=definitions.catalog, customers=table))
        for moment, table in (old, new)
    )
    return sql(
        "SELECT customer_id FROM (SELECT customer_id FROM old UNION ALL SELECT customer_id FROM new) AS sides"
        " GROUP BY customer_id HAVING COUNT(*) = 1",
        tables={"old": before, "new": after},
    )


def _column(name: str) -> exp.Column:
    return exp.column(name, quoted=True)
