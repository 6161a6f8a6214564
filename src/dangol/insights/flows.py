"""Lifecycle flows: at which stage customers stood on one date and on another, and from period to period."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, Literal

import pyarrow as pa
from pydantic import Field
from sqlglot import exp

from dangol.engine import sql
from dangol.insights.asking import Asking
from dangol.insights.behind import whole
from dangol.insights.period import floor, next_bucket
from dangol.insights.question import Crowd, Found, Kind, Question
from dangol.insights.shapes import peeked, told
from dangol.profiles.parse_reader import nearest
from dangol.profiles.refresh import effective, wide
from dangol.schema import DefinitionError, NotFoundError, Problem, Text

TICK = dt.timedelta(microseconds=1)
MOST = 13
"""Moments at most: every one computes the trait for everybody."""
TEXTS = ("text", "bool", "int64")
OTHERS = "(others)"


class Flows(Question):
    """How customers move between stages."""

    kind: Literal["flows"] = "flows"
    trait: str = Field(
        "lifecycle_stage", max_length=200, description="whose values are the stages: any trait with few values"
    )
    interval: Literal["none", "week", "month", "quarter"] = Field(
        "none", description="none: from the beginning of the period to its end; else from each such period to the next"
    )
    top: int = Field(12, ge=1, le=50, description="stages shown by name; the rest are others")


def answer(question: Flows, asking: Asking) -> Found:
    _check(question, asking)
    moments = _moments(question, asking)
    with ExitStack() as stack:
        tables = [stack.enter_context(asking.engine.scratch(_as_table(question, asking, at))) for at in moments]
        names = _names(asking, tables, question.top)
        flows = []
        for before, after, start, end in zip(tables, tables[1:], moments, moments[1:], strict=False):
            for row in told(asking, _moved(before, after, names)).to_pylist():
                flows.append({"start": start, "end": end, **row})
        stages = [
            {"at": at, **row}
            for at, table in zip(moments, tables, strict=True)
            for row in told(asking, _sizes(table, names)).to_pylist()
        ]
        whole = [sum(s["customers"] for s in stages if s["at"] == at) for at in moments]
    for flow in flows:
        left = next((s["customers"] for s in stages if s["at"] == flow["start"] and s["stage"] == flow["source"]), 0)
        flow["share"] = flow["customers"] / left if left and flow["source"] is not None else None
    data = {"flows": pa.Table.from_pylist(flows, schema=_FLOWS), "stages": pa.Table.from_pylist(stages, schema=_STAGES)}
    words = asking.context.definitions.traits[question.trait].values
    facts = {
        "moments": moments,
        "customers": whole,
        "words": {str(k): {"en": v.en, "ko": v.ko} if isinstance(v, Text) else dict(v) for k, v in words.items()},
    }
    return Found(data, sum(whole), NOTES, facts)


_FLOWS = pa.schema(
    [
        ("start", pa.timestamp("us", "UTC")),
        ("end", pa.timestamp("us", "UTC")),
        ("source", pa.string()),
        ("target", pa.string()),
        ("customers", pa.int64()),
        ("share", pa.float64()),
    ]
)
"""`source` null: not a customer yet, or without a stage; `target` null: without one now; `share` of the source stage."""
_STAGES = pa.schema([("at", pa.timestamp("us", "UTC")), ("stage", pa.string()), ("customers", pa.int64())])


def _check(question: Flows, asking: Asking) -> None:
    traits = asking.context.definitions.traits
    if question.trait not in traits:
        raise NotFoundError(
            Text(f"there is no trait '{question.trait[:60]}'", f"'{question.trait[:60]}' 속성이 없습니다"),
            where="trait",
            hint=nearest(question.trait, traits)
            or Text("`dangol traits` lists them", "`dangol traits`로 목록을 보세요"),
        )
    if traits[question.trait].type not in TEXTS:
        raise DefinitionError(
            [
                Problem(
                    Text("the stages must be words or whole numbers", "단계는 낱말이나 정수여야 합니다"),
                    "trait",
                    Text("such as lifecycle_stage", "예: lifecycle_stage"),
                )
            ]
        )


def _moments(question: Flows, asking: Asking) -> list[dt.datetime]:
    """The ends of the periods, from the beginning of the stretch (the last moment before it) to its end."""
    stretch, tz = asking.stretch, asking.context.tz
    first, last = stretch.start - TICK, min(stretch.end - TICK, asking.context.now)
    if question.interval == "none":
        return [first, max(first, last)]
    unit, every = ("month", 3) if question.interval == "quarter" else (question.interval, 1)
    at, found = floor(stretch.local(stretch.start), unit), [first]
    while True:
        for _ in range(every):
            at = next_bucket(at, unit)
        moment = at.replace(tzinfo=tz).astimezone(dt.UTC) - TICK
        if moment >= last:
            break
        found.append(moment)
    found.append(last)
    if len(found) > MOST:
        raise DefinitionError(
            [
                Problem(
                    Text(f"{len(found) - 1} periods are too many", f"{len(found) - 1}개 구간은 너무 많습니다"),
                    "interval",
                    Text(f"at most {MOST - 1}: choose a longer interval", f"{MOST - 1}개까지 됩니다. 간격을 넓히세요"),
                )
            ]
        )
    return found


def _as_table(question: Flows, asking: Asking, at: dt.datetime) -> pa.Table:
    """(customer_id, stage) of everyone known at a moment, as it was then."""
    definitions = asking.context.definitions
    smaller = definitions.only({question.trait})
    values = effective(definitions, None)
    with wide(asking.engine, smaller, now=at, tz=asking.context.tz, settings=values, as_of=True) as (query, _):
        stage = exp.cast(exp.column(question.trait, quoted=True), "varchar").as_("stage")
        rows = exp.select(exp.column("customer_id"), stage).from_(query.subquery("then"))
        whose = asking.whose()
        if whose is not None:
            rows = rows.where(whose)
        asking.keep(rows)
        return peeked(asking, rows)


def _names(asking: Asking, tables: list[str], top: int) -> list[str]:
    sizes: dict[str, int] = {}
    for table in tables:
        query = sql("SELECT stage, COUNT(*) AS n FROM t WHERE NOT stage IS NULL GROUP BY stage", tables={"t": table})
        for row in peeked(asking, query).to_pylist():
            sizes[row["stage"]] = sizes.get(row["stage"], 0) + row["n"]
    return sorted(sizes, key=lambda s: (-sizes[s], s))[:top]


def _named(names: list[str], table: str) -> exp.Expr:
    return sql(
        "SELECT customer_id, CASE WHEN stage IS NULL OR stage IN :names THEN stage ELSE :others END AS stage FROM t",
        tables={"t": table},
        names=[*names, ""],
        others=OTHERS,
    )


def _moved(before: str, after: str, names: list[str]) -> exp.Expr:
    return sql(
        "SELECT b.stage AS source, a.stage AS target, COUNT(*) AS customers FROM b FULL JOIN a ON a.customer_id = b.customer_id"
        " WHERE NOT (a.stage IS NULL AND b.stage IS NULL) GROUP BY b.stage, a.stage ORDER BY customers DESC, source, target",
        tables={"b": _named(names, before), "a": _named(names, after)},
    )


def _sizes(table: str, names: list[str]) -> exp.Expr:
    return sql(
        "SELECT stage, COUNT(*) AS customers FROM t WHERE NOT stage IS NULL GROUP BY stage ORDER BY customers DESC, stage",
        tables={"t": _named(names, table)},
    )


def people(question: Flows, cell: Mapping[str, Any], asking: Asking) -> Crowd:
    """Who moved from `source` to `target` between `start` and `end`, or stood at `stage` at `at`."""
    _check(question, asking)
    moments = _moments(question, asking)
    said = [cell.get("stage")] if "stage" in cell else [cell.get("source"), cell.get("target")]
    shown = _shown(question, asking, moments) if OTHERS in said else set()

    def stands(stage: str | None, wanted: Any) -> bool:
        return stage is not None and stage not in shown if wanted == OTHERS else stage == wanted

    if "stage" in cell:
        there = _stages(_as_table(question, asking, _moment(cell.get("at"), moments[-1])))
        keep = [c for c, stage in there.items() if stands(stage, said[0])]
    else:
        start, end = _moment(cell.get("start"), moments[0]), _moment(cell.get("end"), moments[-1])
        before, after = (_stages(_as_table(question, asking, at)) for at in (start, end))
        keep = [
            c for c in before.keys() | after.keys() if stands(before.get(c), said[0]) and stands(after.get(c), said[1])
        ]
    now = said[-1]
    trait = exp.column(question.trait, quoted=True)
    query = exp.select("customer_id").from_("customers").where(exp.cast(trait, "varchar").eq(str(now)))
    ids = pa.table({"customer_id": pa.array(sorted(keep), pa.int64())})
    return Crowd(query, whole(asking, {"trait": question.trait, "is": now}) if now and now != OTHERS else None, ids=ids)


def _shown(question: Flows, asking: Asking, moments: list[dt.datetime]) -> set[str]:
    """The stages that the answer shows by name."""
    with ExitStack() as stack:
        tables = [stack.enter_context(asking.engine.scratch(_as_table(question, asking, at))) for at in moments]
        return set(_names(asking, tables, question.top))


def _stages(table: pa.Table) -> dict[int, str | None]:
    return dict(zip(table["customer_id"].to_pylist(), table["stage"].to_pylist(), strict=True))


def _moment(said: Any, otherwise: dt.datetime) -> dt.datetime:
    if not said:
        return otherwise
    found = said if isinstance(said, dt.datetime) else dt.datetime.fromisoformat(str(said))
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


NOTES = (
    Text(
        "Stages of the past are computed by today's rules over what is known today: an order told late counts at its own time.",
        "과거의 단계는 오늘의 규칙과 오늘 아는 사실로 다시 계산합니다. 늦게 알게 된 주문도 일어난 때에 셉니다.",
    ),
    Text(
        "Customers come in from nothing when they are first known; erased ones are in neither column.",
        "처음 알게 된 고객은 빈 칸에서 들어옵니다. 삭제한 고객은 어느 쪽에도 없습니다.",
    ),
)

KIND = Kind(
    Flows,
    Text("Lifecycle flows", "생애 단계 이동"),
    Text("Who became a regular, who is lapsing, who came back?", "누가 단골이 되고, 누가 뜸해지고, 누가 돌아왔나요?"),
    Text(
        "Customers by the stage they stood at on one date and on the next; the share is of those at the first stage.",
        "한 날짜와 다음 날짜에 고객이 있던 단계별 인원. 비율은 처음 단계의 고객을 기준으로 합니다.",
    ),
    answer,
    people,
)
