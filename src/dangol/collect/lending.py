"""Columns that one file of an import lends another: a campaign's start date for the households it reached."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from contextlib import ExitStack

from sqlglot import exp

from dangol.collect import header
from dangol.collect.loading import loaded
from dangol.collect.mapping import Mapping
from dangol.collect.reading import Reading
from dangol.engine import FileEngine, sql
from dangol.schema import DefinitionError, Problem, Text


def borrowed(mapping: Mapping, references: Dict[str, Reading]) -> dict[str, str]:
    """``mapping.column`` → engine column of everything the references lend. Raises `DefinitionError` when one is missing."""
    problems: list[Problem] = []
    extra: dict[str, str] = {}
    for place, join in enumerate(mapping.joins):
        lent = references.get(join.reference)
        if lent is None:
            hint = Text(
                f"import a file that is {join.reference} together with this one (the whole folder, say)",
                f"{join.reference} 파일을 이 파일과 함께 가져오세요(예: 폴더 전체)",
            )
            problems.append(
                Problem(
                    Text(
                        f"looks things up in '{join.reference}', which is not here",
                        f"'{join.reference}'에서 값을 찾아야 하는데 그 파일이 없습니다",
                    ),
                    f"joins[{place}]",
                    hint,
                )
            )
            continue
        extra |= {f"{join.reference}.{name}": f"j{place}_{column}" for column, name in enumerate(lent.header)}
    if problems:
        raise DefinitionError(problems, where=f"mapping {mapping.name}")
    return extra


def widened(
    engine: FileEngine, raw: str, reading: Reading, mapping: Mapping, references: Dict[str, Reading], stack: ExitStack
) -> str:
    """`raw` with the borrowed columns beside its own; of reference rows with the same key the first counts."""
    if not mapping.joins:
        return raw
    query = exp.select("r.*").from_(exp.to_table(raw).as_("r"))
    for place, join in enumerate(mapping.joins):
        lent = references[join.reference]
        table, _ = stack.enter_context(loaded(engine, lent))
        pairs = [(_column(reading, a, mapping, "match"), _column(lent, b, mapping, "match")) for a, b in join.match]
        alias = f"j{place}"
        once = sql(
            "SELECT * FROM t QUALIFY row_number() OVER (PARTITION BY :keys ORDER BY nr) = 1",
            tables={"t": table},
            keys=exp.Anonymous(
                this="concat_ws", expressions=[exp.Literal.string("\x1f"), *[exp.column(b) for _, b in pairs]]
            ),
        )
        on = exp.and_(*[exp.column(a, table="r").eq(exp.column(b, table=alias)) for a, b in pairs])
        query = query.join(once.subquery(alias), join_type="left", on=on)  # type: ignore[attr-defined]
        for column in range(len(lent.header)):
            query = query.select(exp.column(f"c{column}", table=alias).as_(f"j{place}_{column}"))
    return stack.enter_context(engine.view(query))


def _column(reading: Reading, name: str, mapping: Mapping, where: str) -> str:
    for place, have in enumerate(reading.header):
        if header.key(have) == header.key(name):
            return f"c{place}"
    raise DefinitionError(
        [
            Problem(
                Text(f"'{name}' is not a column of {reading.name}", f"{reading.name}에 '{name}' 열이 없습니다"), where
            )
        ],
        where=f"mapping {mapping.name}",
    )
