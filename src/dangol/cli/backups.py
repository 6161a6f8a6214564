"""`dangol backup` and `dangol restore`."""

from __future__ import annotations

from pathlib import Path

import typer

from dangol.cli import output
from dangol.cli.output import Json
from dangol.cli.words import LANGUAGE, say
from dangol.cli.workspace import At, opened

BACKUP = say(
    "Write everything of the workspace, as it is at one moment, into one file. The key is not in it: keep a copy apart.",
    "작업 공간 전체를 한 시점 그대로 파일 하나에 담습니다. 열쇠는 들어 있지 않으니 따로 보관하세요.",
)
RESTORE = say("Make a workspace what it was when a backup was made.", "백업한 때의 작업 공간으로 되살립니다.")


def backup(
    to: Path | None = typer.Argument(
        None,
        metavar="FILE",
        help=say("the file; in the workspace's backups by default", "파일; 기본은 작업 공간의 backups"),
    ),
    listing: bool = typer.Option(False, "--list", help=say("list those that are there", "있는 백업을 나열")),
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        if listing:
            output.show(ws.backups(), as_json=as_json, title=say("Backups", "백업"))
            return
        with output.progress() as steps:
            file = ws.backup(to, progress=steps)
        size = file.stat().st_size
    if as_json:
        output.print_json({"backup": str(file), "bytes": size})
    else:
        output.out.print(f"{file}  {size:,} B", markup=False, highlight=False, soft_wrap=True)
        output.err.print(
            say(
                "Keep a copy of keys/workspace.key apart from it: without the key it cannot be read.",
                "keys/workspace.key를 따로 보관하세요. 열쇠가 없으면 읽을 수 없습니다.",
            ),
            style="dim",
            markup=False,
        )


def restore(
    file: Path = typer.Argument(..., metavar="FILE", help=say("the backup", "백업 파일")),
    to: Path = typer.Option(Path(), "--to", metavar="DIR", help=say("the workspace's folder", "작업 공간 폴더")),
    key: Path | None = typer.Option(
        None, "--key", metavar="FILE", help=say("the workspace's key, for a new folder", "작업 공간 열쇠; 새 폴더일 때")
    ),
    in_place: bool = typer.Option(
        False,
        "--in-place",
        help=say(
            "take the place of the workspace there, which is kept beside",
            "그곳의 작업 공간을 대신함; 있던 것은 옆에 남김",
        ),
    ),
    as_json: bool = Json,
) -> None:
    from dangol.app.restoring import restore as bring_back

    with output.plain_errors(as_json):
        with output.progress() as steps:
            told = bring_back(file, to, key=key, in_place=in_place, lang=LANGUAGE, progress=steps)
        output.show(told, as_json=as_json, title=say("Restored", "되살린 것"))
