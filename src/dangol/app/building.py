"""Questions about a rule that is not kept yet, as the builder asks them: is it sound, what does it say, how many, who, how they
differ. Nothing is written."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
import yaml
from sqlglot import exp

from dangol import profiles
from dangol.app.definitions import current
from dangol.app.handing_out import as_file
from dangol.app.segments import profile_of
from dangol.app.telling import word
from dangol.engine import sql
from dangol.profiles import CUSTOMERS, Definitions
from dangol.rules import (
    CHANNEL_KINDS,
    Catalog,
    Context,
    Rule,
    compile_rule,
    dependencies,
    explain,
    from_sql,
    parse,
    say,
    short_sql,
    to_body,
    to_yaml,
)
from dangol.schema import Answer, DefinitionError, Problem, Text

if TYPE_CHECKING:
    from dangol.app.workspace import Base
    from dangol.schema import Lang

MOST_TEXT = 100_000
"""Characters a rule may have as YAML or SQL."""

CHANNELS = ("email", "sms", "kakao", "push", "phone")
"""Channels with both an address and a consent, for reach."""


def read_text(text: str, kind: str) -> Any:
    """What a text stands for: a rule or a document in YAML, or a short SELECT.

    :raises DefinitionError: when it cannot be read.
    """
    if len(text) > MOST_TEXT:
        long = Text(f"longer than {MOST_TEXT:,} characters", f"{MOST_TEXT:,}자보다 깁니다")
        raise DefinitionError([Problem(long, "", Text("split it into segments", "세그먼트로 나누세요"))])
    if kind == "sql":
        return from_sql(text)
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.SafeLoader)):
            alias = Text("anchors and aliases are not read here", "앵커와 별칭은 읽지 않습니다")
            raise DefinitionError([Problem(alias, "", Text("write it out", "풀어서 적으세요"))])
        body = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        said = " ".join(str(error).split())
        wrong = Text(f"not valid YAML: {said}", f"YAML로 읽을 수 없습니다: {said}")
        raise DefinitionError([Problem(wrong, "")]) from error
    return orjson.loads(orjson.dumps(body, default=str, option=orjson.OPT_NON_STR_KEYS))


def where_of(body: Any) -> Any:
    """The condition of a whole segment document, or the condition itself."""
    if isinstance(body, Mapping) and "where" in body and not {"did", "trait", "score"} & set(body):
        return body["where"]
    return body


def check(ws: Base, body: Any, lang: Lang, *, name: str = "") -> dict[str, Any]:
    """Everything about a rule that needs no data: its problems all together, or its sentence, YAML, SQL and what it reads."""
    definitions = current(ws)
    catalog = _wide_catalog(ws, definitions)
    document = _document(body)
    try:
        rule = parse(where_of(body), catalog, name=name or None)
    except DefinitionError as error:
        problems = [p.as_dict(lang) for p in (*document, *error.problems)]
        return {"sound": False, "problems": problems, "warnings": []}
    reads = dependencies(rule, definitions.catalog)
    found = {
        "sound": not document,
        "problems": [p.as_dict(lang) for p in document],
        "warnings": [p.as_dict(lang) for p in rule.warnings],
        "where": to_body(rule),
        "says": {"ko": say(rule, catalog, "ko"), "en": say(rule, catalog, "en")},
        "yaml": to_yaml(rule),
        "sql": short_sql(rule),
        "reads": {
            "traits": sorted(reads.traits),
            "segments": sorted(reads.segments),
            "events": sorted(reads.events),
        },
    }
    if CUSTOMERS in ws.engine.tables():
        found["query"] = ws.engine.to_sql(compile_rule(rule, context_of(ws, definitions)), pretty=True)
    return found


def _document(body: Any) -> list[Problem]:
    """What is wrong with a whole document beside its rule."""
    if not (isinstance(body, Mapping) and "segment" in body and "where" in body):
        return []
    return profiles.document_problems(body)


def _wide_catalog(ws: Base, definitions: Definitions) -> Catalog:
    """The catalog with the events and properties that were ever seen, so that a slip in a name is said."""
    known = worded(definitions)
    rows = ws.store.seen.rows()
    events = {r["event"] for r in rows if not r["property"]}
    if not events:
        return known
    return replace(known, events=events, properties={r["property"] for r in rows if r["property"]})


def worded(definitions: Definitions) -> Catalog:
    """The catalog with whole documents of segments: sentences call them by their names for people."""
    return replace(definitions.catalog, segments={n: dict(s.body) for n, s in definitions.segments.items()})


def context_of(ws: Base, definitions: Definitions) -> Context:
    """Where and when a draft is asked: now, over the stored traits, segments by their rules."""
    return Context(now=ws.now(), tz=ws.settings.tz, customers=CUSTOMERS, segments="inline", catalog=definitions.catalog)


def _read(definitions: Definitions, body: Any) -> Rule:
    return parse(where_of(body), definitions.catalog)


def count(ws: Base, body: Any) -> dict[str, Any]:
    """Exactly how many match, of how many; how many of them each channel has an address of, and may reach under consent.

    `as_of` is when the traits were computed; facts are read as they are now.
    """
    started = time.perf_counter()
    definitions = current(ws)
    rule = _read(definitions, body)
    if CUSTOMERS not in ws.engine.tables():
        return {"customers": 0, "everyone": 0, "as_of": None, "reach": [], "seconds": 0.0, "query": ""}
    context = context_of(ws, definitions)
    members = compile_rule(rule, context)
    reach = {channel: _reach(definitions, channel, context) for channel in _granted(ws)}
    row = ws.engine.run(_counting(members, reach)).to_pylist()[0]
    total = ws.engine.run(sql("SELECT COUNT(*) AS n, MAX(refreshed_at) AS as_of FROM customers")).to_pylist()[0]
    return {
        "customers": int(row["n"]),
        "everyone": int(total["n"]),
        "as_of": total["as_of"],
        "reach": [
            {"channel": c, "allowed": int(row[f"may_{c}"]) if c in reach else 0, "address": int(row[f"has_{c}"])}
            for c in CHANNELS
        ],
        "seconds": round(time.perf_counter() - started, 3),
        "query": ws.engine.to_sql(members, pretty=True),
    }


def _granted(ws: Base) -> list[str]:
    """Channels on which anybody ever agreed to anything: the others reach nobody, and cost no query."""
    found = ws.engine.run(sql("SELECT DISTINCT channel FROM consents WHERE state = 'granted'"))["channel"].to_pylist()
    return [c for c in CHANNELS if c in found]


def _reach(definitions: Definitions, channel: str, context: Context) -> exp.Select:
    consent = {"consent": {"channel": channel, "purpose": "advertising", "is": "granted"}}
    return compile_rule(parse({"all": [{"reachable": channel}, consent]}, definitions.catalog), context)


def _counting(members: exp.Select, reach: Mapping[str, exp.Select]) -> exp.Select:
    """One SELECT: how many, and how many of them each channel reaches. The rule stands in it once."""
    kinds = sorted({CHANNEL_KINDS[c] for c in CHANNELS})
    query = exp.select(sql("COUNT(*)").as_("n")).from_(members.subquery("m"))
    tables: dict[str, exp.Query] = {f"may_{c}": found for c, found in reach.items()}
    for number, wanted in enumerate(kinds):
        addressed = sql(
            "SELECT DISTINCT customer_id FROM identifiers WHERE kind IN :kinds AND blocked IS NULL"
            " AND NOT customer_id IS NULL",
            kinds=list(wanted),
        )
        assert isinstance(addressed, exp.Query)
        tables[f"has_{number}"] = addressed
    for name, found in tables.items():
        same = exp.EQ(this=exp.column("customer_id", name), expression=exp.column("customer_id", "m"))
        query = query.join(found.subquery(name), on=same, join_type="left")
    for channel in reach:
        query = query.select(exp.Count(this=exp.column("customer_id", f"may_{channel}")).as_(f"may_{channel}"))
    for channel in CHANNELS:
        joined = f"has_{kinds.index(CHANNEL_KINDS[channel])}"
        query = query.select(exp.Count(this=exp.column("customer_id", joined)).as_(f"has_{channel}"))
    return query


_SHOWN = ("lifecycle_stage", "orders", "revenue", "last_order_at")


def sample(ws: Base, body: Any, lang: Lang, *, limit: int = 10, offset: int = 0, reasons: bool = True) -> Answer:
    """Some of the members, spread over everyone (in an order that stays), each with why it is in."""
    definitions = current(ws)
    rule = _read(definitions, body)
    have = ws.engine.tables().get(CUSTOMERS)
    if not have:
        return Answer(pa.table({"customer_id": pa.array([], pa.int64())}))
    context = context_of(ws, definitions)
    columns = [exp.column(c, table="c", quoted=True) for c in ("customer_id", *(c for c in _SHOWN if c in have))]
    who = compile_rule(rule, context)
    query = exp.select(*columns).from_(exp.to_table(CUSTOMERS).as_("c"))
    query = query.where(exp.In(this=exp.column("customer_id", "c"), query=who.subquery()))
    query = query.order_by(sql("md5(CAST(c.customer_id AS VARCHAR))"), exp.column("customer_id", "c"))
    table = ws.engine.run(query.limit(limit).offset(offset))
    stage = definitions.traits.get("lifecycle_stage")
    if stage is not None and "lifecycle_stage" in table.column_names:
        said = [None if v is None else word(stage, v, lang) for v in table["lifecycle_stage"].to_pylist()]
        table = table.append_column("stage", pa.array(said, pa.string()))
    if reasons:
        because = [explain(rule, i, context, ws.engine).because(lang) for i in table["customer_id"].to_pylist()]
        table = table.append_column("why", pa.array(because, pa.string()))
    return Answer(table, query=ws.engine.to_sql(who, pretty=True))


def members_csv(ws: Base, body: Any) -> bytes:
    """Everybody who matches, as CSV with the traits a list shows; that it was taken home is written down."""
    definitions = current(ws)
    rule = _read(definitions, body)
    have = ws.engine.tables().get(CUSTOMERS, [])
    columns = [exp.column(c, quoted=True) for c in ("customer_id", *(c for c in _SHOWN if c in have))]
    table = pa.table({"customer_id": pa.array([], pa.int64())})
    if have:
        who = compile_rule(rule, context_of(ws, definitions))
        inside = exp.In(this=exp.column("customer_id"), query=who.subquery())
        table = ws.engine.run(exp.select(*columns).from_(CUSTOMERS).where(inside).order_by("customer_id"))
        after = {"customers": table.num_rows, "rule": to_body(rule)}
        ws.store.audit.write(ws.actor, "members.export", "rule", now=ws.real_now(), after=after)
    return as_file(table, "csv")


def differ(ws: Base, body: Any, lang: Lang, *, limit: int = 20) -> Answer:
    """How those who match differ from everyone else, the most telling first, a sentence each."""
    return profile_of(ws, {"where": where_of(body)}, lang, limit=limit)


def overlaps(ws: Base, body: Any, others: Sequence[str], lang: Lang) -> list[dict[str, Any]]:
    """How many of those who match are in each of the other segments now, the most first: segment, says, size, shared."""
    definitions = current(ws)
    rule = _read(definitions, body)
    if CUSTOMERS not in ws.engine.tables():
        return []
    names = [n for n in (others or definitions.segments) if n in definitions.segments]
    query = sql(
        "SELECT s.segment, COUNT(*) AS size, COUNT(m.customer_id) AS shared FROM memberships AS s"
        " LEFT JOIN members AS m ON m.customer_id = s.customer_id WHERE s.left_at IS NULL AND s.segment IN :names"
        " GROUP BY s.segment",
        tables={"members": compile_rule(rule, context_of(ws, definitions))},
        names=[*names, ""],
    )
    rows = [
        {**row, "says": definitions.segments[row["segment"]].says[lang]} for row in ws.engine.run(query).to_pylist()
    ]
    return sorted(rows, key=lambda r: (-r["shared"], r["segment"]))
