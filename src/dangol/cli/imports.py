"""Imports: which there were, and taking one back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import typer

from dangol.cli import output
from dangol.cli.listing import group, lists
from dangol.cli.output import Json
from dangol.cli.words import say
from dangol.cli.workspace import At, opened
from dangol.schema import Answer

app = group(say("Imports: list them, take one back.", "가져오기: 목록, 되돌리기."))
lists(app, lambda ws: ws.imports())


@app.command(
    help=say(
        "Take an import back: what it alone told goes, and the same file can be imported again.",
        "가져오기를 되돌립니다: 그 파일만 말한 것은 사라지고, 같은 파일을 다시 가져올 수 있습니다.",
    )
)
def undo(
    batch: int = typer.Argument(
        ...,
        metavar="BATCH",
        help=say("number of the import (see: dangol imports)", "가져오기 번호 (dangol imports 참고)"),
    ),
    reason: str = typer.Option("", help=say("why, for the audit log", "이유 (감사 기록에 남음)")),
    dry_run: bool = typer.Option(
        False,
        "--dry-run",
        help=say("say exactly what would go, change nothing", "무엇이 사라지는지만 보고, 바꾸지 않음"),
    ),
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        with output.progress() as steps:
            done = ws.undo_import(batch, reason=reason, dry_run=dry_run, progress=steps)
        if not as_json:
            done = _shown(done)
        output.show(done, as_json=as_json, title=say(f"Import {batch}", f"{batch}번 가져오기"))


def _shown(done: Answer) -> Answer:
    """Without the names for programs, and without what there is none of."""
    import pyarrow.compute as pc

    some = done.table.filter(pc.greater(done.table["rows"], 0))
    return replace(done, table=(some if some.num_rows else done.table).drop_columns(["name"]))
