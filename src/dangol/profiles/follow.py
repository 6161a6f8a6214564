"""Following: the memberships of touched customers, in the beat that touched them.

A refresh computes and writes every trait; that is too much to do between an event and its answer. Here a few customers' facts
are copied once, the traits that segments read are computed from the copies and not written, and every segment is decided
over them by passes. What changed is written to the membership log, and nothing else. The wide table follows with the next
refresh. Segments in which one customer can push out another (ranks, tops) are left to that refresh, too.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from dangol.engine import Engine, literal, sql
from dangol.profiles.definitions import Definitions
from dangol.profiles.given import given_passes, score_pass
from dangol.profiles.matching import rows_of
from dangol.profiles.passes import passes
from dangol.profiles.reading import Reading
from dangol.profiles.refresh import digests_of, effective, trait_state, whose, why_full, wide
from dangol.rules import Context, compile_rule, dependencies
from dangol.rules.passes import Matrix, Passes
from dangol.schema import MEMBERSHIPS, TABLES

COPIED = ("events", "order_items")
_KEYS = {
    "events": ("customer_id", "event_id", "at", "name"),
    "order_items": ("customer_id", "event_id", "line", "at", "name"),
    "given": ("customer_id",),
    "identifiers": ("customer_id", "first_seen", "last_seen"),
    "scores": ("customer_id",),
}
_ALWAYS = ("events", "identifiers")


_BY_NUMBER = "rowid IN (SELECT l.place FROM l)"
_BY_KEY = (
    "left_at IS NULL AND customer_id IN (SELECT l.customer_id FROM l)"
    " AND (segment, customer_id) IN (SELECT l.segment, l.customer_id FROM l)"
)


@dataclass(frozen=True, slots=True)
class Followed:
    """Who entered and who left: rows of segment, customer_id, change (entered or left). `as_of` is their moment."""

    as_of: dt.datetime
    moves: pa.Table


class Follower:
    """The segments of one set of definitions, made ready to be followed again and again.

    `segments` are those it follows: all but the ranked ones, which need everybody.
    """

    def __init__(self, definitions: Definitions, *, tz: ZoneInfo, settings: Mapping[str, float] | None = None) -> None:
        self.definitions, self.tz = definitions, tz
        self._values = effective(definitions, settings)
        self._digests = digests_of(definitions, self._values, tz)
        ranked = definitions.ranked
        self.segments = tuple(n for n in definitions.segments if n not in ranked)
        self._rules = [definitions.rules[n] for n in self.segments]
        read = {t for rule in self._rules for t in dependencies(rule, definitions.catalog).traits}
        self._traits = definitions.only(read)
        self._columns = self._needed()

    def follow(self, engine: Engine, people: pa.Array, *, now: dt.datetime) -> Followed | None:
        """Bring the memberships of these customers up to date. None where traits have to be computed for everyone first.

        Customers that no identifier points at any more leave every segment.
        """
        state = trait_state(engine)
        if why_full(engine, self.definitions, state, self._digests):
            return None
        cuts = {name: json.loads(str(row["cuts"])) for name, row in state.items() if row["cuts"]}
        with ExitStack() as stack:
            who = stack.enter_context(engine.scratch(pa.table({"customer_id": people})))
            theirs = whose(engine, who, people)
            copies = {t: stack.enter_context(engine.scratch(q)) for t, q in self._copies(theirs)}
            query, _ = stack.enter_context(
                wide(engine, self._traits, now=now, tz=self.tz, settings=self._values, tables=copies, cuts=cuts)
            )
            fresh = stack.enter_context(engine.scratch(query))
            matrix = self._decided(engine, fresh, copies, now)
            with engine.transaction():
                return Followed(now, self._written(engine, matrix, who, now))

    def _decided(self, engine: Engine, fresh: str, copies: Mapping[str, str], now: dt.datetime) -> Matrix:
        context = self._context(now, fresh, {t: copies[t] for t in COPIED if t in copies})
        return Passes(self._rules, context).run(engine, fresh)

    def _context(self, now: dt.datetime, customers: str, tables: Mapping[str, str]) -> Context:
        return Context(
            now=now, tz=self.tz, customers=customers, segments="inline", catalog=self.definitions.catalog,
            tables=tables,
        )  # fmt: skip

    def _written(self, engine: Engine, matrix: Matrix, who: str, now: dt.datetime) -> pa.Table:
        """Close and open what differs from the log; returns the moves."""
        numbered = engine.capabilities.numbered
        here = sql(
            "SELECT segment, customer_id FROM memberships WHERE left_at IS NULL"
            " AND customer_id IN (SELECT w.customer_id FROM w)",
            tables={"w": who},
        )
        assert isinstance(here, exp.Select)
        before = engine.run(here.select("rowid AS place") if numbered else here)
        before = before.filter(pc.is_in(before["segment"], value_set=pa.array(self.segments, pa.string())))
        after = rows_of(matrix, self.segments, self.definitions)
        keys = ["segment", "customer_id"]
        entered, left = after.join(before, keys, join_type="left anti"), before.join(after, keys, join_type="left anti")
        if left.num_rows:
            with engine.scratch(left) as leavers:
                where = _BY_NUMBER if numbered else _BY_KEY
                engine.update(MEMBERSHIPS.name, {"left_at": literal(now)}, sql(where, tables={"l": leavers}))
        if entered.num_rows:
            moment = pa.scalar(now.astimezone(dt.UTC).replace(tzinfo=None), pa.timestamp("us"))
            rows = entered.append_column("entered_at", pa.repeat(moment, entered.num_rows))
            engine.append(MEMBERSHIPS.name, rows.sort_by([(c, "ascending") for c in MEMBERSHIPS.sort]))
        return pa.concat_tables([_moves(entered, "entered"), _moves(left, "left")])

    # -- what is copied ------------------------------------------------------------------------------------------------
    def _copies(self, theirs: exp.Expr) -> Iterator[tuple[str, exp.Query]]:
        for table, columns in self._columns.items():
            query = exp.select(*[exp.column(c, quoted=True) for c in columns]).from_(table)
            yield table, query.where(theirs.copy())

    def _needed(self) -> dict[str, tuple[str, ...]]:
        """Tables that the traits and rules read, with columns: whatever bears a name they use."""
        now = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)  # any moment will do: it changes no names
        reading = Reading(now, self.tz, (now, now), self.definitions.catalog, {})
        traits = self._traits.traits.values()
        made: list[exp.Expr] = [p.query for p in passes(traits, reading)]
        made += [p.query for p in given_passes(traits, reading, as_of=False) + score_pass(traits, reading)]
        context = self._context(now, "customers", {})
        made += [compile_rule(rule, context) for rule in self._rules]
        used = {column.name for query in made for column in query.find_all(exp.Column)}
        named = {*_ALWAYS, *(table.name for query in made for table in query.find_all(exp.Table))}
        return {t: tuple(n for n in TABLES[t].names if n in used | {*keys}) for t, keys in _KEYS.items() if t in named}


def _moves(table: pa.Table, change: str) -> pa.Table:
    return table.select(["segment", "customer_id"]).append_column("change", pa.repeat(change, table.num_rows))
