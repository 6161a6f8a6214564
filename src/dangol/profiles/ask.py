"""Asking one rule: how many, what SQL, and why a customer is in or out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from sqlglot import exp

from dangol.engine import Engine, sql
from dangol.profiles.definitions import Definitions
from dangol.profiles.segments import Draft, rule_of, who
from dangol.profiles.state import CUSTOMERS
from dangol.rules import Context, Explanation, dependencies, explain, say
from dangol.schema import Answer, Lang, NotFoundError, Text

_LANGS: tuple[Lang, ...] = ("ko", "en")


@dataclass(frozen=True, slots=True)
class Count:
    """How many customers match, of how many.

    as_of   when the traits it read were computed, UTC (facts are read as they are now); null before the first refresh
    says    the rule in words, by language
    query   the SQL that finds them
    """

    customers: int
    everyone: int
    as_of: dt.datetime | None
    says: Mapping[str, str]
    query: str = ""

    def sentence(self, lang: str) -> str:
        return self.says["ko" if lang == "ko" else "en"]


_WHY = pa.schema(
    [
        ("level", pa.int64()),
        ("met", pa.bool_()),
        ("kind", pa.string()),
        ("condition", pa.string()),
        ("measured", pa.string()),
        ("place", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Why:
    """Why one customer is in a segment, or not, with the traits its rule reads."""

    segment: str
    customer_id: int
    explanation: Explanation
    traits: Mapping[str, Any]

    @property
    def met(self) -> bool:
        return self.explanation.met

    def text(self, lang: Lang) -> str:
        """A sentence, and every condition on a line of its own."""
        return self.explanation.text(lang)

    def as_dict(self) -> dict[str, Any]:
        """The explanation's tree, with the segment, the customer and the traits beside its root."""
        asked = {"segment": self.segment, "customer_id": self.customer_id, "traits": dict(self.traits)}
        return {**asked, **self.explanation.as_dict()}

    def answer(self, lang: Lang) -> Answer:
        """One row per condition: level (0 is the whole rule), met, kind, condition, measured, place in the rule."""
        return Answer(pa.Table.from_pylist(list(_rows(self.explanation, lang, 0)), schema=_WHY))


def _rows(node: Explanation, lang: Lang, level: int) -> Iterator[dict[str, Any]]:
    measured = node.measured and (node.measured.ko if lang == "ko" else node.measured.en)
    said = {"condition": node.ko if lang == "ko" else node.en, "measured": measured, "place": node.place}
    yield {"level": level, "met": node.met, "kind": node.kind, **said}
    for part in node.children:
        yield from _rows(part, lang, level + 1)


def count(engine: Engine, definitions: Definitions, draft: Draft, *, now: dt.datetime, tz: ZoneInfo) -> Count:
    """Count a segment or a draft rule exactly, over the traits as they are stored."""
    rule = rule_of(definitions, draft)
    says: dict[str, str] = {lang: say(rule, definitions.catalog, lang) for lang in _LANGS}
    if CUSTOMERS not in engine.tables():
        return Count(0, 0, None, says)
    found = who(definitions, draft, now=now, tz=tz)
    query = sql("SELECT COUNT(*) AS n FROM members", tables={"members": found})
    customers = int(engine.run(query)["n"][0].as_py())
    total = engine.run(sql("SELECT COUNT(*) AS n, MAX(refreshed_at) AS as_of FROM customers")).to_pylist()[0]
    as_of = total["as_of"].replace(tzinfo=dt.UTC) if total["as_of"] else None
    return Count(customers, int(total["n"]), as_of, says, engine.to_sql(found))


def segment_sql(engine: Engine, definitions: Definitions, draft: Draft, *, now: dt.datetime, tz: ZoneInfo) -> str:
    """The SELECT behind a segment or a draft, as this engine runs it, laid out to be read."""
    return engine.to_sql(who(definitions, draft, now=now, tz=tz), pretty=True)


def why(
    engine: Engine,
    definitions: Definitions,
    segment: Draft,
    customer_id: int,
    *,
    now: dt.datetime,
    tz: ZoneInfo,
    name: str = "",
) -> Why:
    """Explain one customer.

    :param name: what to call a draft.
    :raises NotFoundError: no such segment or customer.
    """
    rule = rule_of(definitions, segment)
    traits = dependencies(rule).traits
    columns = [exp.column(t, quoted=True) for t in ("customer_id", *sorted(traits))]
    row = engine.run(exp.select(*columns).from_(CUSTOMERS).where(sql("customer_id = :id", id=customer_id))).to_pylist()
    if not row:
        raise NotFoundError(
            Text(f"there is no customer C{customer_id}", f"고객 C{customer_id}: 그런 고객이 없습니다"),
            where="customers",
            hint=Text("`dangol customers` lists them", "`dangol customers`로 목록을 보세요"),
        )
    context = Context(now=now, tz=tz, customers=CUSTOMERS, segments="inline", catalog=definitions.catalog)
    called = segment if isinstance(segment, str) else name or str(segment.get("segment", "draft"))
    values = {k: v for k, v in row[0].items() if k != "customer_id"}
    return Why(called, customer_id, explain(rule, customer_id, context, engine), values)
