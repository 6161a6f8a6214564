"""Asking one rule: how many, what SQL, and why a customer is in or out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlglot import exp

from dangol.engine import Engine, sql
from dangol.profiles.definitions import Definitions
from dangol.profiles.segments import Draft, rule_of, who
from dangol.profiles.state import CUSTOMERS
from dangol.rules import Context, Explanation, dependencies, explain, say
from dangol.schema import NotFoundError, Text

_LANGS: tuple[Literal["ko", "en"], ...] = ("ko", "en")


@dataclass(frozen=True, slots=True)
class Count:
    """How many customers match, of how many, by traits as of `as_of`; `says` is the rule in words."""

    customers: int
    everyone: int
    as_of: dt.datetime | None
    says: Mapping[str, str]
    query: str = ""

    def sentence(self, lang: str) -> str:
        return self.says["ko" if lang == "ko" else "en"]


@dataclass(frozen=True, slots=True)
class Why:
    """Why one customer is in a segment, or not, with the traits its rule reads."""

    segment: str
    customer_id: int
    explanation: Explanation
    traits: Mapping[str, Any]


def count(engine: Engine, definitions: Definitions, draft: Draft, *, now: dt.datetime, tz: ZoneInfo) -> Count:
    """Count a segment or a draft rule exactly, over the traits as they are stored."""
    rule = rule_of(definitions, draft)
    found = who(definitions, draft, now=now, tz=tz)
    query = sql("SELECT COUNT(*) AS n FROM members", tables={"members": found})
    customers = int(engine.run(query)["n"][0].as_py())
    total = engine.run(sql("SELECT COUNT(*) AS n, MAX(refreshed_at) AS as_of FROM customers")).to_pylist()[0]
    as_of = total["as_of"].replace(tzinfo=dt.UTC) if total["as_of"] else None
    says: dict[str, str] = {lang: say(rule, definitions.catalog, lang) for lang in _LANGS}
    return Count(customers, int(total["n"]), as_of, says, engine.to_sql(found))


def segment_sql(engine: Engine, definitions: Definitions, draft: Draft, *, now: dt.datetime, tz: ZoneInfo) -> str:
    """The SELECT behind a segment or a draft, as this engine runs it."""
    return engine.to_sql(who(definitions, draft, now=now, tz=tz))


def why(
    engine: Engine, definitions: Definitions, segment: Draft, customer_id: int, *, now: dt.datetime, tz: ZoneInfo
) -> Why:
    """Explain one customer.

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
    name = segment if isinstance(segment, str) else str(segment.get("segment", "draft"))
    values = {k: v for k, v in row[0].items() if k != "customer_id"}
    return Why(name, customer_id, explain(rule, customer_id, context, engine), values)
