"""Questions about segments and traits: list, count, members, why, SQL, overlap, profile."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import yaml

from dangol import profiles
from dangol.app.definitions import current
from dangol.app.people import whoever
from dangol.app.starting import NONE_YET
from dangol.app.telling import difference
from dangol.engine import sql
from dangol.profiles import CUSTOMERS, Count, Definitions, Draft, Why
from dangol.rules import parse, say
from dangol.schema import Answer, DefinitionError, NotFoundError, Problem, Text, day_words

if TYPE_CHECKING:
    from dangol.app import Workspace
    from dangol.app.workspace import Base
    from dangol.schema import Lang

_LIST = pa.schema(
    [
        ("segment", pa.string()),
        ("says", pa.string()),
        ("customers", pa.int64()),
        ("share", pa.float64()),
        ("rule", pa.string()),
        ("tags", pa.string()),
        ("as_of", pa.timestamp("us")),
    ]
)
_TRAITS = pa.schema(
    [
        ("trait", pa.string()),
        ("family", pa.string()),
        ("says", pa.string()),
        ("type", pa.string()),
        ("unit", pa.string()),
        ("filled", pa.float64()),
        ("as_of", pa.timestamp("us")),
        ("rule", pa.string()),
    ]
)


def draft(definitions: Definitions, name: str) -> Draft:
    """A segment by name, or the draft in a YAML file. Raises `NotFoundError` with the nearest name."""
    if name in definitions.segments or not name.endswith((".yaml", ".yml")):
        profiles.segment_of(definitions, name)
        return name
    file = Path(name)
    if not file.exists():
        raise NotFoundError(
            Text("there is no such file", "그런 파일이 없습니다"),
            where=name,
            hint=Text(
                "name a segment, or a YAML file with a draft", "세그먼트 이름이나 초안이 담긴 YAML 파일을 주세요"
            ),
        )
    try:
        body = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise DefinitionError(
            [
                Problem(
                    Text(
                        f"not valid YAML: {' '.join(str(error).split())}",
                        f"YAML로 읽을 수 없습니다: {' '.join(str(error).split())}",
                    )
                )
            ],
            where=name,
        ) from error
    if not isinstance(body, dict):
        raise DefinitionError(
            [
                Problem(
                    Text(
                        "a draft is a rule, or a segment with where:",
                        "초안은 조건이거나 where:가 있는 세그먼트여야 합니다",
                    )
                )
            ],
            where=name,
        )
    return body


def listed(ws: Workspace, lang: Lang) -> Answer:
    """Every segment: its words, its size at the last refresh, its rule as a sentence."""
    definitions = current(ws)
    state = {r["segment"]: r for r in ws.segment_state()}
    everyone = _everyone(ws)
    rows = []
    for name, segment in definitions.segments.items():
        size = state[name]["members"] if name in state else None
        rule = parse(segment.where, definitions.catalog, where=f"segments.{name}.where")
        rows.append(
            {
                "segment": name,
                "says": segment.says[lang],
                "customers": size,
                "share": size / everyone if size is not None and everyone else None,
                "rule": say(rule, definitions.catalog, lang),
                "tags": ", ".join(segment.tags),
                "as_of": state[name]["full_at"] if name in state else None,
            }
        )
    return Answer(pa.Table.from_pylist(rows, schema=_LIST), note="" if rows else NONE_YET.say(lang))


def traits(ws: Workspace, lang: Lang, *, family: str | None = None) -> Answer:
    """Every trait by family: words, type, unit, share of customers that have it, freshness."""
    state = {r["trait"]: r for r in ws.trait_state()}
    rows, filled = [], _filled(ws)
    found = current(ws).traits.values()
    for t in sorted(found, key=lambda t: ("demographic", "behavioural", "analytic").index(t.family)):
        if family and t.family != family:
            continue
        rows.append(
            {
                "trait": t.name,
                "family": t.family,
                "says": t.says[lang],
                "type": t.type,
                "unit": t.unit,
                "filled": filled.get(t.name),
                "as_of": state[t.name]["touched_at"] if t.name in state else None,
                "rule": yaml.safe_dump(
                    _rule_of(t.body), allow_unicode=True, default_flow_style=True, width=10_000
                ).strip(),
            }
        )
    return Answer(pa.Table.from_pylist(rows, schema=_TRAITS))


def _rule_of(body: Any) -> dict[str, Any]:
    return {k: v for k, v in body.items() if k not in ("trait", "family", "says", "unit", "values")}


def _filled(ws: Workspace) -> dict[str, float]:
    columns = ws.engine.tables().get(CUSTOMERS, [])
    everyone = _everyone(ws)
    if not columns or not everyone:
        return {}
    from sqlglot import exp

    query = exp.select(*[exp.Count(this=exp.column(c, quoted=True)).as_(c, quoted=True) for c in columns]).from_(
        CUSTOMERS
    )
    return {c: n / everyone for c, n in ws.engine.run(query).to_pylist()[0].items()}


def count(ws: Workspace, name: str) -> Count:
    """Count a segment or draft by its rule; `as_of` is when the traits it read were computed."""
    definitions = current(ws)
    return profiles.count(ws.engine, definitions, draft(definitions, name), now=ws.now(), tz=ws.settings.tz)


def members(ws: Workspace, name: str, *, as_of: str | None = None, columns: list[str] | None = None) -> Answer:
    """Who is in a segment or draft; with `as_of` (a date or moment in the shop's time) who was."""
    definitions = current(ws)
    day = moment(as_of) if as_of else None
    found = profiles.members(
        ws.engine,
        definitions,
        draft(definitions, name),
        now=ws.now(),
        tz=ws.settings.tz,
        as_of=day,
        columns=tuple(columns or ()),
    )
    return found if len(found) or day is None else replace(found, note=_before(ws, found.facts["as_of"]))


def _before(ws: Workspace, moment: dt.datetime) -> str:
    """Why nobody was in a segment then, where it is that nothing was known yet."""
    first = ws.engine.run(sql("SELECT min(at) AS at FROM events"))["at"][0].as_py()
    if first is None:
        return ws.say(
            "There are no events yet, so nobody can have been in it.", "아직 이벤트가 없어 아무도 있을 수 없습니다."
        )
    began = first.replace(tzinfo=dt.UTC)
    if moment.astimezone(dt.UTC) >= began:
        return ws.say("Nobody was in it then.", "그때는 아무도 없었습니다.")
    day = day_words(began, ws.settings.tz)
    return ws.say(
        f"What is known begins on {day}: before that nobody can be found in a segment.",
        f"자료가 {day}에 시작합니다. 그 전에는 세그먼트에서 아무도 찾을 수 없습니다.",
    )


def moment(text: str) -> dt.date | dt.datetime:
    try:
        return dt.date.fromisoformat(text) if len(text) == 10 else dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise DefinitionError(
            [
                Problem(
                    Text(f"'{text}' is not a date", f"'{text}': 날짜가 아닙니다"),
                    "as_of",
                    Text("such as 2026-11-21 or 2026-11-21T15:00", "예: 2026-11-21 또는 2026-11-21T15:00"),
                )
            ]
        ) from error


def why(ws: Workspace, name: str, customer: int) -> Why:
    """Why a customer is in a segment or not: every condition with what was measured, and the traits it read."""
    definitions = current(ws)
    what, who = draft(definitions, name), whoever(ws, customer)
    return profiles.why(ws.engine, definitions, what, who, now=ws.now(), tz=ws.settings.tz, name=name)


def query_text(ws: Workspace, name: str) -> str:
    """The SQL behind a segment, as the engine runs it, laid out to be read."""
    definitions = current(ws)
    return profiles.segment_sql(ws.engine, definitions, draft(definitions, name), now=ws.now(), tz=ws.settings.tz)


def overlap(ws: Workspace, one: str, other: str) -> Answer:
    definitions = current(ws)
    a, b = draft(definitions, one), draft(definitions, other)
    return profiles.overlap(ws.engine, definitions, a, b, now=ws.now(), tz=ws.settings.tz).answer()


def profile(ws: Workspace, name: str, lang: Lang, *, limit: int = 20) -> Answer:
    """How members differ from everyone else, the most telling first, a sentence each."""
    return profile_of(ws, draft(current(ws), name), lang, limit=limit)


def profile_of(ws: Base, what: Draft, lang: Lang, *, limit: int = 20) -> Answer:
    """The same for a rule that is not kept."""
    definitions = current(ws)
    found = profiles.profile(ws.engine, definitions, what, now=ws.now(), tz=ws.settings.tz)
    table = found.table.filter(_telling(found.table["trait"].to_pylist())).slice(0, limit)
    currency = ws.settings.currency
    said = [difference(row, definitions.traits[row["trait"]], lang, currency) for row in table.to_pylist()]
    table = table.drop_columns(["ko", "en"]).add_column(0, "says", pa.array(said, pa.string()))
    inside, others = found.facts["members"], found.facts["everyone"] - found.facts["members"]
    note = (
        f"고객 {inside:,}명과 나머지 {others:,}명의 비교, 차이가 큰 것부터"
        if lang == "ko"
        else f"{inside:,} customers against the other {others:,}, largest difference first"
    )
    return Answer(table, note=note, query=found.query, facts=found.facts)


SAME = 3
"""Rows one trait may take in a profile: that Sunday is the day says already that Monday is not."""


def _telling(traits: list[str]) -> pa.Array:
    seen: Counter[str] = Counter()
    keep = []
    for name in traits:
        seen[name] += 1
        keep.append(seen[name] <= SAME)
    return pa.array(keep, pa.bool_())


def _everyone(ws: Workspace) -> int:
    if CUSTOMERS not in ws.engine.tables():
        return 0
    return int(ws.engine.run(sql("SELECT count(*) AS n FROM customers"))["n"][0].as_py())
