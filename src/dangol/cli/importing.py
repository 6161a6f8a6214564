"""What an import says at its end, and the commands about rows that could not be read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import typer

from dangol.app import ImportReport
from dangol.cli import output
from dangol.cli.output import Csv, Json, Parquet
from dangol.cli.words import LANGUAGE, say
from dangol.cli.workspace import At, opened

imports = typer.Typer(
    no_args_is_help=False,
    invoke_without_command=True,
    help=say("Rows that could not be read: list, show, replay, dismiss.", "읽지 못한 행: 목록, 보기, 다시 읽기, 닫기."),
)


def report(done: ImportReport, *, as_json: bool) -> None:
    """The end report of an import."""
    if as_json:
        output.print_json(done.as_dict())
        return
    files = done.files_answer(LANGUAGE)
    output.table_for_people(replace(files, table=files.table.drop_columns([files.columns[-1]])), most=200)
    for file in done.files:
        if file.note:
            output.out.print(
                f"{file.file}: {' '.join(file.note.removeprefix(f'{file.file}: ').split())}", style="dim", markup=False
            )
    for line in done.left_out(LANGUAGE):
        output.out.print(line, markup=False, highlight=False)
    for preview in done.previews(LANGUAGE):
        output.out.print()
        output.out.print(preview[0], markup=False, highlight=False)
        output.table_for_people(preview[1])
    for label, value in done.lines(LANGUAGE):
        output.out.print(f"[bold]{label}[/bold] {value}", highlight=False)
    advice = done.advice(LANGUAGE)
    if advice:
        output.out.print(say("\nWhat to do next", "\n다음에 할 일"))
        for line in advice:
            output.out.print(f"  • {line}", markup=False, highlight=False)


@imports.callback()
def quarantine(
    context: typer.Context,
    status: str = typer.Option("open", help=say("open, replayed, dismissed or all", "open, replayed, dismissed, all")),
    limit: int = typer.Option(50, help=say("rows", "행 수")),
    as_json: bool = Json,
    csv: str | None = Csv,
    parquet: Path | None = Parquet,
    workspace: Path | None = At,
) -> None:
    if context.invoked_subcommand:
        return
    with output.plain_errors(as_json), opened(workspace) as ws:
        found = ws.quarantine(status=status, limit=limit)
        if not (as_json or csv or parquet):
            found = replace(found, table=found.table.drop_columns(["batch", "reason", "field"]))
        output.show(found, as_json=as_json, csv=csv, parquet=parquet)


@imports.command(
    help=say("The row as it came (personal data: needs a reason).", "들어온 그대로의 행 (개인정보: 이유가 필요).")
)
def show(
    row: int = typer.Argument(..., metavar="ROW", help=say("id of the quarantined row", "격리된 행의 번호")),
    reason: str = typer.Option("", help=say("why you look", "보는 이유")),
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(), opened(workspace) as ws:
        output.print_json(ws.quarantined_row(row, reason=reason))


@imports.command(help=say("Read them again, with a mended mapping.", "고친 매핑으로 다시 읽습니다."))
def replay(
    mapping: Path | None = typer.Option(None, help=say("mended mapping (YAML)", "고친 매핑 (YAML)")),
    batch: int = typer.Option(0, help=say("only those of this import", "이 가져오기의 것만")),
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        with output.progress() as steps:
            done = ws.replay(mapping=mapping, batch=batch or None, progress=steps)
        report(done, as_json=as_json)


@imports.command(help=say("Close them without taking them.", "받지 않고 닫습니다."))
def dismiss(
    row: list[int] = typer.Argument(..., metavar="ROW", help=say("ids of quarantined rows", "격리된 행의 번호들")),
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(), opened(workspace) as ws:
        closed = ws.dismiss(row)
        if not closed:
            output.err.print(
                say(
                    "None of these is open in quarantine; `dangol quarantine` lists those that are.",
                    "격리 중인 행이 아닙니다. `dangol quarantine`으로 목록을 보세요.",
                )
            )
            raise typer.Exit(1)
        output.out.print(say(f"{closed:,} closed.", f"{closed:,}개를 닫았습니다."))
