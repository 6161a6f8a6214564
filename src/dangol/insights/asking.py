"""Answering: what every question needs of the shop, and the steps all of them share."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pyarrow as pa
from sqlglot import exp

from dangol.engine import Engine, sql
from dangol.insights.period import Stretch, read_period
from dangol.insights.question import Answered, Kind, People, Question, kind_of
from dangol.profiles import Definitions, segment_of, who
from dangol.rules import Catalog, compile_filter, parse, say
from dangol.rules import Context as RuleContext
from dangol.rules.compile_tests import bounds_sql, field_sql
from dangol.rules.local import local
from dangol.rules.nodes import Of
from dangol.rules.surroundings import asked_names
from dangol.schema import NOTHING, DefinitionError, NotFoundError, Text

Use = Literal["best", "sql", "passes"]
NOBODY = Text("nobody is behind this number", "이 숫자에 해당하는 고객이 없습니다")
MANY = 10_000
"""Customer ids given back at most at once."""


@dataclass(frozen=True, slots=True)
class Context:
    """Where and when questions are asked.

    now   aware; what counts as the present
    use   best: passes where the engine has them, else SQL; or one of the two (for tests and benches)
    """

    now: dt.datetime
    tz: ZoneInfo
    definitions: Definitions
    currency: str = "KRW"
    use: Use = "best"


class Asking:
    """One question being answered: runs queries and remembers them, and knows for when, for whom and over which events."""

    def __init__(self, engine: Engine, question: Question, context: Context) -> None:
        self.engine = engine
        self.question = question
        self.context = context
        self.sql: list[str] = []
        self.by = "sql"

    def run(self, query: exp.Expr) -> pa.Table:
        """Run a query and keep its text for whoever wants to copy it."""
        self.keep(query)
        return self.engine.run(query)

    def keep(self, query: exp.Expr) -> None:
        self.sql.append(self.engine.to_sql(query, pretty=True))

    # -- when --------------------------------------------------------------------------------------------------------
    @cached_property
    def stretch(self) -> Stretch:
        """The question's period."""
        ctx, said = self.context, self.question.period
        first = self._first if said.strip().lower() in ("all", "전체") else None
        return read_period(said, now=ctx.now, tz=ctx.tz, first=first)

    @cached_property
    def compared(self) -> Stretch | None:
        """The period it is compared with."""
        return self.stretch.before(self.question.compare)

    @property
    def _first(self) -> dt.datetime | None:
        found = self.engine.run(sql('SELECT min("at") AS first FROM events'))["first"][0].as_py()
        return found.replace(tzinfo=dt.UTC) if found else None

    def local(self, column: exp.Expr, stretch: Stretch) -> exp.Expr:
        """A naive UTC column on the shop's clock, for rows inside a stretch."""
        return local(column, self.context.tz, (stretch.start, stretch.end))

    # -- for whom ----------------------------------------------------------------------------------------------------
    @property
    def catalog(self) -> Catalog:
        return self.context.definitions.catalog

    @property
    def rule_context(self) -> RuleContext:
        return RuleContext(now=self.context.now, tz=self.context.tz, catalog=self.catalog, segments="inline")

    def rule(self) -> dict[str, Any] | None:
        """`where` and `segment` as one rule; None when everybody is asked about."""
        parts: list[Any] = []
        if self.question.where:
            parts.append(self.question.where if isinstance(self.question.where, dict) else {"all": self.question.where})
        if self.question.segment:
            segment_of(self.context.definitions, self.question.segment)
            parts.append({"in": self.question.segment})
        return None if not parts else parts[0] if len(parts) == 1 else {"all": parts}

    @cached_property
    def population(self) -> exp.Select | None:
        """The customers asked about: SELECT customer_id; None for everybody (those without a customer, too)."""
        rule = self.rule()
        if rule is None:
            return None
        return who(self.context.definitions, rule, now=self.context.now, tz=self.context.tz)

    def whose(self) -> exp.Expr | None:
        """`population` as a condition on customer_id."""
        if self.population is None:
            return None
        return exp.In(this=exp.column("customer_id"), query=self.population.subquery())

    # -- over which events -------------------------------------------------------------------------------------------
    def filtered(self, where: Any, of: Of = "events") -> exp.Expr:
        """A `where` over events or lines as a condition on unqualified columns."""
        return compile_filter(where or None, of, self.catalog, self.rule_context)

    def facts(self, of: Of, *asked: Any) -> exp.Table | exp.Subquery:
        """Events or lines to read from, with the weather beside them where one of the filters or fields asks for it."""
        names: set[str] = set()
        for body in (self.question.filter, *asked):
            names |= {body} if isinstance(body, str) else asked_names(body)
        return self.rule_context.facts(of, names)

    def field(self, name: str, of: Of = "events") -> exp.Expr:
        """The value of a field of events or lines: a column, a JSON property, or what stands around (weekday, weather …)."""
        around = self.rule_context.around((self.stretch.start, self.stretch.end))
        return field_sql(name, of, around)

    def rows(
        self, columns: list[exp.Expr], stretch: Stretch, *, of: Of = "events", names: tuple[str, ...] = (),
        asks: tuple[Any, ...] = (), known: bool = False,
    ) -> exp.Select:  # fmt: skip
        """SELECT of the columns over the events (or lines) of a stretch that pass the question's filter, of its customers.

        :param names: these events only; every event without. :param asks: fields and filters the columns read besides.
        :param known: only rows that belong to a customer.
        """
        query = exp.select(*columns).from_(self.facts(of, *asks)).where(*bounds_sql(exp.column("at"), _naive(stretch)))
        if names:
            query = query.where(named(names))
        if self.question.filter:
            query = query.where(self.filtered(self.question.filter, of))
        who_ = self.whose()
        if who_ is not None:
            query = query.where(who_)
        elif known:
            query = query.where(sql("NOT customer_id IS NULL"))
        return query


def named(names: tuple[str, ...]) -> exp.Expr:
    """The condition that an event has one of these names; true without any."""
    if not names:
        return exp.true()
    if len(names) == 1:
        return exp.column("name").eq(names[0])
    return exp.In(this=exp.column("name"), expressions=[exp.convert(n) for n in names])


def _naive(stretch: Stretch) -> tuple[dt.datetime, dt.datetime]:
    return stretch.start, stretch.end


def answer(engine: Engine, question: Question, context: Context, kinds: Mapping[str, Kind]) -> Answered:
    """Answer one question, of whatever kind.

    :raises DefinitionError: what is asked does not read. :raises NotFoundError: no such kind, segment or trait.
    """
    kind = kind_of(kinds, question.kind)
    begun = time.perf_counter()
    asking = Asking(engine, question, context)
    found = kind.answer(question, asking)
    stretch, compared = asking.stretch, asking.compared
    return Answered(
        kind=question.kind,
        question=question,
        says=kind.says,
        definition=kind.definition,
        as_of=context.now,
        start=stretch.start,
        end=stretch.end,
        compared=None if compared is None else (compared.start, compared.end),
        rows_read=found.rows_read,
        seconds=time.perf_counter() - begun,
        sql=tuple(dict.fromkeys(asking.sql)),
        notes=found.notes,
        facts={"currency": context.currency, "time_zone": str(context.tz), **found.facts},
        data=found.data,
        by=asking.by,
    )


def people(
    engine: Engine, question: Question, cell: Mapping[str, Any], context: Context, kinds: Mapping[str, Kind],
    *, limit: int = 100, offset: int = 0,
) -> People:  # fmt: skip
    """Who is behind one number of an answer.

    :param cell: what a row of the answer says of itself (its bucket, its step, its value, …).
    :raises NotFoundError: this kind of question has no people behind its numbers, or the cell cannot be of an answer.
    """
    kind = kind_of(kinds, question.kind)
    if kind.people is None:
        raise NotFoundError(
            Text("there are no customers behind this number", "이 숫자 뒤에는 고객 목록이 없습니다"),
            where=question.kind,
        )
    asking = Asking(engine, question, context)
    try:
        crowd = kind.people(question, cell, asking)
    except (ValueError, TypeError, OverflowError) as error:  # an hour "x", channels 3: what no answer says of itself
        raise NotFoundError(
            Text("there is no such number in the answer", "답에 그런 숫자가 없습니다"),
            where="cell",
            hint=Text("take the cell from a row of the answer", "답의 행에 있는 값을 쓰세요"),
        ) from error
    with engine.scratch(crowd.query if crowd.ids is None else crowd.ids) as table:
        n = int(engine.run(sql("SELECT count(*) AS n FROM t", tables={"t": table}))["n"][0].as_py())
        page = sql(
            "SELECT customer_id FROM t ORDER BY customer_id LIMIT :limit OFFSET :offset",
            tables={"t": table},
            limit=max(0, min(limit, MANY)),
            offset=max(0, offset),
        )
        ids = tuple(engine.run(page)["customer_id"].to_pylist())
    rule = crowd.rule
    sentence = NOTHING if n else NOBODY
    try:
        read = None if rule is None else parse(rule, asking.catalog)
    except DefinitionError:  # what is behind the number contradicts itself as a rule: "again, later in the same hour"
        read = rule = None
    if read is not None:
        sentence = Text(say(read, asking.catalog, "en"), say(read, asking.catalog, "ko"))
    return People(n, ids, rule, crowd.exact and rule is not None, sentence, engine.to_sql(crowd.query, pretty=True))
