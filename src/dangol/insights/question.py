"""What is asked: frozen values with every default a person needs. What comes back: tables, and what they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlglot import exp

from dangol.insights.period import Compare
from dangol.schema import DefinitionError, Lang, NotFoundError, Problem, Text, did_you_mean


class Question(BaseModel):
    """What every question may say: for when, for whom, over which events, compared with what, split by what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    period: str = Field(
        "90 days", max_length=60, description="90 days, 12 weeks, last month, 2026-01-01..2026-03-31, all"
    )
    compare: Compare = Field(
        "none", description="before: the stretch just before, as long; year: the same stretch a year ago"
    )
    where: dict[str, Any] | list[Any] | None = Field(
        None, description="a rule of the rule language: these customers only"
    )
    segment: str = Field("", max_length=200, description="members of this segment only")
    filter: dict[str, Any] | list[Any] | None = Field(
        None, description="these events only: a `where` over events, {channel: web}"
    )
    by: str = Field("", max_length=200, description="break down: property:channel, trait:gender, segment:lapsing")
    top: int = Field(8, ge=1, le=50, description="breakdown values shown by name; the rest are others")


class Step(BaseModel):
    """One kind of event: its name (several: any of them; none: every event) and what must hold of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    event: str | tuple[str, ...] = Field(
        "", description="event name, or several of which any counts; empty: every event"
    )
    where: dict[str, Any] | list[Any] | None = Field(None, description="what must hold of the event: {channel: web}")
    name: str = Field("", max_length=120, description="what people call this step")

    @property
    def names(self) -> tuple[str, ...]:
        given = (self.event,) if isinstance(self.event, str) else self.event
        return tuple(dict.fromkeys(n for n in given if n and n != "any"))

    @property
    def label(self) -> str:
        return self.name or ", ".join(self.names) or "any"


@dataclass(frozen=True, slots=True)
class Found:
    """What a question's file gives back: tables by name, how many rows it read, what the numbers cannot say, and facts about
    them (unit, interval, …)."""

    data: Mapping[str, pa.Table]
    rows_read: int
    notes: tuple[Text, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Crowd:
    """The customers behind one number.

    query   SELECT customer_id, each customer once
    rule    a rule that finds them (for a segment that lives on), where one does
    exact   whether the rule finds exactly these customers today
    ids     the customers themselves (one column, customer_id), where they had to be computed; `query` says how then
    """

    query: exp.Query
    rule: Mapping[str, Any] | None = None
    exact: bool = False
    ids: pa.Table | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that says what it is.

    as_of      what counted as now; `start` and `end` are the period's bounds (end excluded), all aware UTC
    rows_read  events (or lines) the numbers were made of
    seconds    how long it took
    sql        the queries, to copy; when `by` is passes, the query that defines what the passes computed
    by         sql, or passes (compiled code over the engine's column copy)
    """

    kind: str
    question: Question
    says: Text
    definition: Text
    as_of: dt.datetime
    start: dt.datetime
    end: dt.datetime
    compared: tuple[dt.datetime, dt.datetime] | None
    rows_read: int
    seconds: float
    sql: tuple[str, ...]
    notes: tuple[Text, ...]
    facts: Mapping[str, Any]
    data: Mapping[str, pa.Table]
    by: str = "sql"

    def as_dict(self, lang: Lang) -> dict[str, Any]:
        """As JSON has it: tables are lists of rows, texts are in one language."""
        return {
            "kind": self.kind,
            "question": self.question.model_dump(mode="json"),
            "says": self.says.say(lang),
            "definition": self.definition.say(lang),
            "as_of": self.as_of,
            "period": {"start": self.start, "end": self.end},
            "compared": None if self.compared is None else {"start": self.compared[0], "end": self.compared[1]},
            "rows_read": self.rows_read,
            "seconds": round(self.seconds, 4),
            "by": self.by,
            "sql": list(self.sql),
            "notes": [n.say(lang) for n in self.notes],
            "facts": dict(self.facts),
            "data": {name: table.to_pylist() for name, table in self.data.items()},
        }


@dataclass(frozen=True, slots=True)
class People:
    """Who is behind a number: how many, a page of their ids, the rule that finds them where there is one."""

    customers: int
    ids: tuple[int, ...]
    rule: Mapping[str, Any] | None
    exact: bool
    sentence: Text
    sql: str

    def as_dict(self, lang: Lang) -> dict[str, Any]:
        return {
            "customers": self.customers,
            "ids": list(self.ids),
            "rule": None if self.rule is None else dict(self.rule),
            "exact": self.exact,
            "sentence": self.sentence.say(lang),
            "sql": self.sql,
        }


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of question: its model, what people call it and ask with it, what its number means, and who answers it.

    :param answer: (question, asking) → `Found`
    :param people: (question, cell, asking) → `Crowd`; a cell is what a row of the answer says of itself
    """

    model: type[Question]
    says: Text
    asks: Text
    definition: Text
    answer: Callable[[Any, Any], Found]
    people: Callable[[Any, Mapping[str, Any], Any], Crowd] | None = None

    @property
    def name(self) -> str:
        return str(self.model.model_fields["kind"].default)


def read_question(kinds: Mapping[str, Kind], kind: str, body: Mapping[str, Any]) -> Question:
    """A question from what JSON holds.

    :raises NotFoundError: no such kind. :raises DefinitionError: with every problem at once.
    """
    return kind_of(kinds, kind).model(**_checked(kinds, kind, body))


def kind_of(kinds: Mapping[str, Kind], kind: str) -> Kind:
    """A kind by name, or `NotFoundError` with the names there are."""
    found = kinds.get(kind)
    if found is None:
        listed = ", ".join(kinds)
        near = [k for k in kinds if k.startswith(kind[:4].lower())] if kind else []
        raise NotFoundError(
            Text(f"there is no question '{kind[:60]}'", f"'{kind[:60]}' 질문이 없습니다"),
            where="kind",
            hint=did_you_mean(near[0]) if near else Text(f"questions: {listed}", f"질문: {listed}"),
        )
    return found


def _checked(kinds: Mapping[str, Kind], kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    given = {k: v for k, v in body.items() if k != "kind"} | {"kind": kind}
    try:
        kinds[kind].model.model_validate(given)
    except ValidationError as error:
        raise DefinitionError([_problem(e) for e in error.errors()], where=kind) from error
    return given


def _problem(error: Any) -> Problem:
    """One of pydantic's findings in both languages."""
    limits = error.get("ctx", {})
    allowed = str(limits.get("expected", ""))
    korean = {
        "extra_forbidden": "이 질문에는 없는 항목입니다",
        "missing": "꼭 필요한 값입니다",
        "literal_error": f"다음 가운데 하나여야 합니다: {allowed}",
        "greater_than_equal": f"{limits.get('ge')} 이상이어야 합니다",
        "less_than_equal": f"{limits.get('le')} 이하여야 합니다",
        "too_short": f"{limits.get('min_length')}개 이상 필요합니다",
        "too_long": f"{limits.get('max_length')}개까지 됩니다",
        "string_too_long": f"{limits.get('max_length')}자까지 됩니다",
        "int_parsing": "정수여야 합니다",
        "int_type": "정수여야 합니다",
        "string_type": "글자여야 합니다",
    }.get(str(error["type"]), "값이 맞지 않습니다")
    return Problem(Text(str(error["msg"]), korean), ".".join(str(p) for p in error["loc"]))
