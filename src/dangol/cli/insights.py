"""`dangol ask`: a question, its answer, and who is behind a number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer
import yaml

from dangol.cli import output
from dangol.cli.output import Csv, Json, Parquet
from dangol.cli.words import LANGUAGE, heading, say
from dangol.cli.workspace import At, opened
from dangol.schema import Answer, DefinitionError, Problem, Text

ASK = say("Ask a question: trends, funnel, retention, paths, …", "질문하기: 추이, 퍼널, 재방문, 경로 등.")


def ask(
    kind: str = typer.Argument(
        "", metavar="KIND", help=say("which question; none lists them", "어떤 질문인지; 비우면 목록")
    ),
    question: str = typer.Argument(
        "",
        metavar="QUESTION",
        help=say(
            "the question as JSON or YAML: '{measure: orders, period: 12 weeks}'",
            "질문 내용(JSON이나 YAML): '{measure: orders, period: 12주}'",
        ),
    ),
    people: str = typer.Option(
        "",
        "--people",
        metavar="CELL",
        help=say("who is behind a number: the row's own words, as JSON", "숫자에 해당하는 고객: 그 행의 값(JSON)"),
    ),
    table: str = typer.Option(
        "", "--table", metavar="NAME", help=say("only this table of the answer", "답 가운데 이 표만")
    ),
    as_json: bool = Json,
    csv: str | None = Csv,
    parquet: Path | None = Parquet,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        if not kind:
            _list(ws.questions(LANGUAGE), as_json)
            return
        asked = {**read(question), "kind": kind}
        if people:
            output.print_json(ws.ask_people(asked, read(people)).as_dict(LANGUAGE))
            return
        found = ws.ask(asked, LANGUAGE)
        if as_json:
            output.print_json(found.as_dict(LANGUAGE))
            return
        names = [table] if table else list(found.data)[:1] if csv or parquet else list(found.data)
        for name in names:
            if name not in found.data:
                raise DefinitionError(
                    [
                        Problem(
                            Text(f"this answer has no table '{name}'", f"이 답에는 '{name}' 표가 없습니다"),
                            "--table",
                            Text.same(", ".join(found.data)),
                        )
                    ]
                )
            output.show(
                Answer(found.data[name]), csv=csv, parquet=parquet, title=f"{found.says.say(LANGUAGE)}: {heading(name)}"
            )
        for note in found.notes:
            output.err.print(note.say(LANGUAGE), markup=False)


def _list(kinds: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        output.print_json(kinds)
        return
    for one in kinds:
        output.out.print(f"[bold]{one['kind']}[/bold]  {one['asks']}", highlight=False)


def read(text: str) -> dict[str, Any]:
    """Names and values as JSON, or as YAML in flow style; JSON is YAML."""
    try:
        body = yaml.safe_load(text) if text.strip() else {}
    except yaml.YAMLError as error:
        raise DefinitionError([_unread()]) from error
    if not isinstance(body, dict):
        raise DefinitionError([_unread()])
    return body


def _unread() -> Problem:
    return Problem(
        Text("this is neither JSON nor YAML with names and values", "이름과 값이 있는 JSON이나 YAML이 아닙니다"),
        "question",
        Text.same("'{measure: orders}'"),
    )
